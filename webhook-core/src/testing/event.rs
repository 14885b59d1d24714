//! A delivery in one line, for unit tests of handlers.

use std::error::Error;
use std::fmt;

use crate::account::Settings;
use crate::delivery::{Delivery, FromDelivery};
use crate::endpoint::Endpoint;
use crate::outcome::{Answer, ConfigError, Rejection};
use crate::provider;
use crate::testing::receive::poll_once;
use crate::testing::{FixedClock, Sample, SampleKeys, SignedRequest, receive};
use crate::time::UnixTime;

/// When everything is signed and received: certificates for tests are valid then, and no test depends on the day.
const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// The event `E`, as if `provider` had sent this body: for a unit test of a handler in one line.
///
/// The request is signed and verified with made-up keys, so nothing has to be set up. `provider` is a name of
/// [`provider::names`](crate::provider::names).
///
/// ```
/// use webhook_core::provider::stripe;
/// use webhook_core::testing;
///
/// /// The handler: `Verified(event): Verified<stripe::Event>`.
/// async fn handle(event: stripe::Event) -> u16 {
///     if event.kind == "invoice.paid" { 200 } else { 204 }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let body = r#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;
/// assert_eq!(handle(testing::event("stripe", body)?).await, 200);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`delivery`]; and if the body cannot be read as `E`. The error says what to change.
pub fn event<E: FromDelivery>(provider: &str, body: impl AsRef<[u8]>) -> Result<E, EventError> {
    delivery(provider, body)?.decode().map_err(|error| {
        let wanted = std::any::type_name::<E>();
        EventError(format!(
            "`{provider}` would send this body, but it cannot be read as `{wanted}`: {error}"
        ))
    })
}

/// A delivery, as if `provider` had sent this body: signed by the provider's signer and verified, with made-up keys.
///
/// Where a provider writes id and kind into headers, these are made up too: [`delivery_with`] sets them. A provider with two
/// modes has the first of [`provider::samples`](crate::provider::samples); the name of another sample, such as
/// `flutterwave v3`, chooses that one.
///
/// A test event is a test, as on a server that takes money: its
/// [`PaymentUpdate`](crate::payment::PaymentUpdate) has the status [`Test`](crate::payment::PaymentStatus::Test), unless the
/// body says that it is live (`"livemode":true` of Stripe).
///
/// ```
/// use webhook_core::payment::{PaymentStatus, PaymentUpdates};
/// use webhook_core::testing;
///
/// let body = r#"{"event":"charge.success","data":{"domain":"live","amount":1099,"currency":"NGN","reference":"4711"}}"#;
/// let delivery = testing::delivery("paystack", body)?;
/// assert_eq!(delivery.provider(), "paystack");
///
/// let updates: PaymentUpdates = delivery.decode()?;
/// assert!(updates.iter().all(|update| update.status == PaymentStatus::Paid));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is no such provider; if it does not send bodies like this one, or signs something that is not in it; if the body is
/// a handshake, which no handler sees.
pub fn delivery(provider: &str, body: impl AsRef<[u8]>) -> Result<Delivery, EventError> {
    delivery_with(provider, body, [])
}

/// The same with these headers, for what a provider does not sign: the kind of GitHub, the topic and the shop of Shopify.
///
/// ```
/// use webhook_core::provider::github;
/// use webhook_core::testing;
///
/// let delivery = testing::delivery_with("github", "{}", [("x-github-event", "push")])?;
/// let event: github::Event = delivery.decode()?;
/// assert_eq!(event.kind.unverified(), "push");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`delivery`]; and if one of the headers is signed.
pub fn delivery_with<'a>(
    provider: &str,
    body: impl AsRef<[u8]>,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Delivery, EventError> {
    let sample = sample(provider)?;
    let request = sample.signer.sign(body.as_ref(), NOW);
    let request = request.map_err(|error| {
        EventError(format!(
            "`{provider}` does not sign this body: {error}{}",
            help(&sample)
        ))
    })?;
    let set = |request: SignedRequest, (name, value): (&str, &str)| {
        request.with_header(&name.to_ascii_lowercase(), value)
    };
    let request = headers.into_iter().fold(request, set);
    let endpoint = endpoint(&sample)?.clock(FixedClock::at(NOW));
    match poll_once(receive(&endpoint, request)) {
        Some(Ok(delivery)) => Ok(delivery),
        Some(Err(answer)) => Err(refused(&sample, &answer)),
        None => Err(EventError(format!(
            "`{provider}` has to be asked whether it sent this, which a test cannot do"
        ))),
    }
}

/// Why there is no delivery for a test. Says what to change, in `Debug` too, so that `unwrap` shows it.
///
/// ```
/// use webhook_core::testing;
///
/// let error = testing::delivery("stirpe", "{}").unwrap_err();
/// assert_eq!(error.to_string(), "there is no provider `stirpe`; did you mean `stripe`?");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EventError(String);

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for EventError {}

impl From<ConfigError> for EventError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}

/// The sample of this name, or the first one of the provider.
fn sample(name: &str) -> Result<Sample, EventError> {
    let (provider, _) = name.split_once(' ').unwrap_or((name, ""));
    let samples = provider::samples(provider, &SampleKeys::new())?;
    let names: Vec<&str> = samples.iter().map(|sample| sample.name).collect();
    let none = format!(
        "`{provider}` has no mode `{name}`: write one of {}",
        names.join(", ")
    );
    let mut fitting = samples
        .into_iter()
        .filter(|sample| name == provider || sample.name == name);
    fitting.next().ok_or(EventError(none))
}

fn endpoint(sample: &Sample) -> Result<Endpoint, ConfigError> {
    let settings = Settings::new(sample.settings.clone())?;
    Ok(Endpoint::new(provider::by_name(
        sample.provider,
        &settings,
    )?))
}

fn refused(sample: &Sample, answer: &Answer) -> EventError {
    let name = sample.name;
    let why = match answer {
        Answer::Rejection(rejection) => rejected(sample, rejection),
        Answer::Reply(_) => format!(
            "this body is a handshake of `{name}`: the library answers it, and no handler sees it"
        ),
        answer => format!("`{name}`: {answer}"),
    };
    EventError(why)
}

fn rejected(sample: &Sample, rejection: &Rejection) -> String {
    let name = sample.name;
    format!(
        "`{name}` would not send this: {} ({rejection}){}",
        rejection.code(),
        help(sample)
    )
}

/// Where a body is that the provider sends.
fn help(sample: &Sample) -> String {
    format!(
        "; `webhook-cli send {} --print http` shows a request that it sends",
        sample.provider
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::payment::{PaymentStatus, PaymentUpdates};
    use crate::provider::stripe;
    use crate::testing::Bodies;

    /// What a sample sends.
    fn body(sample: &Sample) -> &[u8] {
        match &sample.bodies {
            Bodies::Any => Sample::BODY,
            Bodies::Own(body) => body,
        }
    }

    #[test]
    fn every_way_in_which_a_provider_signs_makes_a_delivery() {
        let mut made = 0;
        for name in provider::names() {
            for sample in provider::samples(name, &SampleKeys::new()).unwrap() {
                let delivery = delivery(sample.name, body(&sample));
                let delivery = delivery.unwrap_or_else(|error| panic!("{}: {error}", sample.name));
                assert_eq!(delivery.provider(), name);
                assert_eq!(delivery.coverage(), sample.coverage, "{}", sample.name);
                if let Bodies::Any = sample.bodies {
                    assert_eq!(delivery.body(), body(&sample), "{}", sample.name);
                }
                made += 1;
            }
        }
        assert!(made > provider::names().count(), "{made}");
    }

    #[test]
    fn a_name_without_a_mode_has_the_first_one() {
        let v4 = provider::samples("flutterwave", &SampleKeys::new()).unwrap();
        let delivery = delivery("flutterwave", body(&v4[0])).unwrap();
        assert_eq!(delivery.coverage(), v4[0].coverage);
        assert_ne!(v4[0].coverage, v4[1].coverage);
    }

    #[test]
    fn a_test_event_is_a_test_and_a_live_one_is_money() {
        for (livemode, status) in [(true, PaymentStatus::Paid), (false, PaymentStatus::Test)] {
            let body = serde_json::json!({
                "id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "livemode": livemode,
                "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount_received": 1099, "currency": "eur"}},
            });
            let updates: PaymentUpdates = event("stripe", body.to_string()).unwrap();
            let statuses: Vec<PaymentStatus> = updates.iter().map(|update| update.status).collect();
            assert_eq!(statuses, [status]);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let decoded = |body| event::<stripe::Event>("stripe", body).unwrap_err();
        for (error, parts) in [
            (
                delivery("stirpe", "{}").unwrap_err(),
                ["no provider `stirpe`", "`stripe`"],
            ),
            (
                delivery("flutterwave v5", "{}").unwrap_err(),
                ["no mode `flutterwave v5`", "flutterwave v4, flutterwave v3"],
            ),
            (
                decoded("{}"),
                ["`webhook_core::provider::stripe::event::Event`", "id"],
            ),
            (decoded("no JSON"), ["cannot be read as", "stripe"]),
            (
                delivery("slack", r#"{"type":"url_verification","challenge":"x"}"#).unwrap_err(),
                ["handshake of `slack`", "no handler sees it"],
            ),
            (
                delivery("adyen", "{}").unwrap_err(),
                ["`adyen`", "webhook-cli send adyen --print http"],
            ),
            (
                delivery_with("stripe", "{}", [("Stripe-Signature", "t=1,v1=00")]).unwrap_err(),
                ["`stripe` would not send this", "stale"],
            ),
        ] {
            for part in parts {
                assert!(error.to_string().contains(part), "{error}\nhas no {part:?}");
            }
            assert_eq!(format!("{error:?}"), error.to_string());
        }
    }

    #[test]
    fn no_error_shows_a_key_or_the_body() {
        let card = Sample::CARD;
        for name in provider::names() {
            for sample in provider::samples(name, &SampleKeys::new()).unwrap() {
                let odd = format!(r#"{{"{card}":"{card}"}}"#);
                let Err(error) = delivery_with(sample.name, odd, [("authorization", "x")]) else {
                    continue;
                };
                let error = error.to_string();
                assert!(!error.contains(card), "{error}");
                let shown = sample
                    .secrets
                    .iter()
                    .find(|secret| error.contains(secret.as_str()));
                assert_eq!(shown, None, "{error}");
            }
        }
    }
}

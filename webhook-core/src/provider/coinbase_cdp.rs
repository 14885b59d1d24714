//! Coinbase CDP and Coinbase Business: checkouts, payment links, transfers, on- and off-ramps. Delivered by Hook0.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hook0-Signature: t=…,v0=…[,h=…,v1=…]`, hex HMAC-SHA256. `v1`, if it is there, of `t`, `.`, the names in `h`, `.`, the values of these headers with `.` between them, `.`, body. Else `v0`, of `t`, `.`, body |
//! | key | the text of the subscription's secret |
//! | time window | 300 seconds both ways |
//! | event id | `X-Event-Id` if `v1` covers it, else `eventId`, `eventID` or `id` in the body, signed; without them `X-Event-Id`, **not signed** |
//! | kind | `eventType` or `type` in the body, signed; `X-Event-Type` where `v1` covers it, or where the body names none |
//!
//! # What to know
//!
//! - Whoever has caught a request with both signatures can drop `v1` and change the headers: `v0` covers the body all
//!   the same.
//! - In what `v1` signs, values are joined with dots, so that text could move from one header to the next. A header
//!   counts as signed only where no covered value holds a dot.
//! - Where the body begins is beyond doubt, with `v1` and with `v0`: it is a JSON object or array, and neither a covered
//!   value nor a name holds what it begins with. Anything else is refused, as is a header's name with a dot.
//! - Which products send `X-Event-Id` is not documented. The `id` of a checkout's body is that of the checkout, so that
//!   several events can share it.
//! - That the secret is used as text, not decoded, is general knowledge; the documentation does not say it.
//!
//! Checked against the library `hook0-client` 2.0.3 (Rust) and `openapi.yaml` of `coinbase/cdp-sdk`. Documentation:
//! ["Verify Signatures"](https://docs.cdp.coinbase.com/webhooks/verify-signatures).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `acceptance.payment_session.created`, `acceptance.payment_session.authorization_pending` |  | `Pending` | `data.paymentSession.amount` |
//! | `acceptance.payment_session.canceled` |  | `Canceled` | `data.paymentSession.amount` |
//! | `acceptance.payment_session.authorization_succeeded` |  | `Authorized` | `data.authorization.amount`, a step of id `data.authorization.authorizationId` |
//! | `acceptance.payment_session.authorization_failed` |  | `Failed` | `data.authorization.amount`, a step of id `data.authorization.authorizationId` |
//! | `acceptance.payment_session.capture_pending` |  | `Pending` | `data.capture.amount`, a step of id `data.capture.captureId` |
//! | `acceptance.payment_session.capture_succeeded` |  | `Paid` | `data.capture.amount`, a step of id `data.capture.captureId`; so far `data.paymentSession.balances.captured` |
//! | `acceptance.payment_session.capture_failed` |  | `Failed` | `data.capture.amount`, a step of id `data.capture.captureId` |
//! | `acceptance.payment_session.void_succeeded` |  | `Canceled` | `data.void.amount`, a step of id `data.void.voidId` |
//! | `acceptance.payment_session.refund_pending` |  | `RefundPending` | `data.refund.amount`, a step of id `data.refund.refundId` |
//! | `acceptance.payment_session.refund_succeeded` | `data.paymentSession.balances.refunded` equals `data.paymentSession.balances.captured` | `Refunded` | `data.refund.amount`, a step of id `data.refund.refundId`; so far `data.paymentSession.balances.refunded` |
//! | `acceptance.payment_session.refund_succeeded` | `data.paymentSession.balances.captured - data.paymentSession.balances.refunded` is above 0 | `PartiallyRefunded` | `data.refund.amount`, a step of id `data.refund.refundId`; so far `data.paymentSession.balances.refunded` |
//! | `acceptance.payment_session.refund_succeeded` |  | `Refund` | `data.refund.amount`, a step of id `data.refund.refundId`; so far `data.paymentSession.balances.refunded` |
//! | `acceptance.payment_session.refund_failed` |  | `RefundFailed` | `data.refund.amount`, a step of id `data.refund.refundId` |
//! | `acceptance.disbursement.pending`, `acceptance.disbursement.succeeded` |  | `Payout` | `data.amount` |
//! | `acceptance.disbursement.failed` |  | `PayoutFailed` | `data.amount` |
//! | `payments.transfers.quoted`, `payments.transfers.processing`, `payments.transfers.completed` |  | `Payout` | `data.sourceAmount` |
//! | `payments.transfers.failed`, `payments.transfers.expired` |  | `PayoutFailed` | `data.sourceAmount` |
//! | `checkout.payment.success`, `payment_link.payment.success` |  | `Paid` | `amount` |
//! | `checkout.payment.failed`, `payment_link.payment.failed` |  | `Failed` | `amount` |
//! | `checkout.payment.expired`, `payment_link.payment.expired` |  | `Expired` | `amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `acceptance.disbursement.pending`, `acceptance.disbursement.succeeded`, `acceptance.disbursement.failed` | `data.asset`, major units | `data.externalReferenceId` | `data.disbursementId` | `timestamp`, by RFC 3339 |
//! | `payments.transfers.quoted`, `payments.transfers.processing`, `payments.transfers.completed`, `payments.transfers.failed`, `payments.transfers.expired` | `data.sourceAsset`, major units |  | `data.transferId` | `timestamp`, by RFC 3339 |
//! | `checkout.payment.success`, `payment_link.payment.success`, `checkout.payment.failed`, `payment_link.payment.failed`, `checkout.payment.expired`, `payment_link.payment.expired` | `currency`, major units |  | `id` | `updatedAt`, by RFC 3339 |
//! | all others | `data.paymentSession.asset`, major units | `data.paymentSession.externalReferenceId` | `data.paymentSession.paymentSessionId` | `timestamp`, by RFC 3339 |
//!
//! - The amount is an error for USDC and other crypto assets, which are no currencies of ISO 4217. The status stays.
//! - Authorizations, captures, voids and refunds are steps. `Refunded` means that all that was captured is back; without
//!   the balances of the session it is `Refund`.
//! - With `autoCapture` a capture follows each authorization by itself. A capture with `finalCapture` releases the rest.
//! - Disbursements and transfers are money that goes out. Of a transfer, what leaves is read: `targetAmount` may be of
//!   another asset. One that is `quoted` has not begun.
//! - Checkouts and payment links have no reference; what you gave to Coinbase is in `metadata`.
//! - Kinds of on-ramps and off-ramps, where a user buys or sells for himself, are `Other`, as are those of wallets.
//!
//! Dedupe tells events apart by: `eventId` or `eventID`, else body. A repeat is handled again if it is not recognised:
//! kinds without an id, rendered anew.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderName;

use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::json::values;
use crate::message::{Message, Whose};
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Expired, Failed, Paid, PartiallyRefunded, Payout, PayoutFailed, Pending,
    Refund, RefundFailed, RefundPending, Refunded,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::TimeUnit;
use crate::verify::Keys;
use crate::verify::{Candidate, hmac_sha256, pairs, require_post, signature_header, streaming};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, MatchedKey, Proof,
    Rejection, RequestHead, Settings, Tolerance, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(CoinbaseCdp::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new("https://docs.cdp.coinbase.com/webhooks/verify-signatures")
    .setup(&[
        "Make a webhook subscription for the URL of your endpoint, with the CDP CLI or the API.",
        "Copy the `secret` of the answer: it becomes `secrets`.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the secret in the answer that made the subscription: one or a list, any of which \
             may match",
        ),
        Setting::optional("tolerance_seconds", "how old the signed time may be"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["x-hook0-signature", "x-event-id", "x-event-type"])
    .signed(
        "HMAC-SHA256 in hex of: the time, `.`, the names and the values of the headers in `h` \
         where it has `v1`, the body",
    )
    .tolerance_secs(300);

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

const NAME: &str = "coinbase-cdp";
const HEADER: &str = "x-hook0-signature";

/// So many headers can be signed. Hook0 signs a handful.
const MOST_HEADERS: usize = 32;

/// Verifies what Coinbase sends to one subscription.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::coinbase_cdp::CoinbaseCdp;
///
/// let endpoint = Endpoint::new(CoinbaseCdp::new(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CoinbaseCdp {
    keys: Keys<PreparedKey>,
    tolerance: Tolerance,
}

impl CoinbaseCdp {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        Ok(Self {
            keys: Keys::new(&["organizations/"], keys, |secret| {
                hmac_sha256(KeyFormat::text(), secret)
            })?,
            tolerance: Tolerance::secs(300),
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let verifier = Self::new(settings.keys("secrets")?)?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => verifier.tolerance(tolerance),
            None => verifier,
        })
    }

    /// Another tolerance than the 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }
}

impl Verifier for CoinbaseCdp {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let value = signature_header(head, HEADER)?;
        let [time, v0, names, v1] = pairs(value, b',', ["t", "v0", "h", "v1"])?;
        let time = time.ok_or(malformed("the signature has no time"))?;
        let sent_at = TimeUnit::Seconds
            .parse(time)
            .ok_or(malformed("`t` is not a whole number of seconds"))?;
        let (given, covered) = match (names, v1, v0) {
            (Some(names), Some(v1), _) => (v1, Covered::read(head, names)?),
            (None, None, Some(v0)) => (v0, Covered::default()),
            (None, None, None) => return Err(missing("no signature of an accepted version").into()),
            _ => return Err(malformed("`h` and `v1` come without each other").into()),
        };
        let candidate = |(key, prepared): (MatchedKey, &PreparedKey)| {
            let mut candidate = Candidate::new(key, prepared, Encoding::Hex, given);
            for piece in [time, b".", &covered.content] {
                candidate.update(piece);
            }
            candidate
        };
        let candidates = self.keys.valid(now)?.map(candidate).collect();
        let tolerance = self.tolerance;
        let named = Named {
            id: covered.name(head, "x-event-id")?,
            kind: covered.name(head, "x-event-type")?,
        };
        Ok(streaming(candidates, move |key, body| {
            // Else what `v1` signs before the body could be taken for the beginning of what `v0` signs.
            if !body.trim_ascii_start().starts_with(b"{")
                && !body.trim_ascii_start().starts_with(b"[")
            {
                return Err(malformed("the body is neither a JSON object nor an array").into());
            }
            tolerance.require(sent_at, now, TimeUnit::Seconds)?;
            // The `id` of a checkout names the checkout: only the whole body tells one event from another.
            let [event_id, id_of_transfer] = values(body, ["/eventId", "/eventID"]);
            let id = event_id.or(id_of_transfer).unwrap_or_default();
            let identity = [id.as_bytes().as_ref()];
            let identity = if id.is_empty() { &[][..] } else { &identity };
            let proof = Proof::dangerously_assert(Coverage::Body)
                .whose(&WHOSE)
                .key(key)
                .sent_at(sent_at)
                .identity(identity);
            Ok(Verdict::Authentic(named.of(proof, body)))
        }))
    }
}

/// What `v1` signs before the body: the names of headers and their values, each with a dot behind it.
#[derive(Default)]
struct Covered {
    content: Vec<u8>,
    /// Those whose value begins and ends beyond doubt.
    certain: Vec<HeaderName>,
}

impl Covered {
    fn read(head: &RequestHead<'_>, names: &[u8]) -> Result<Self, Rejection> {
        let names = names.split(|byte| *byte == b' ').take(MOST_HEADERS + 1);
        let names: Vec<HeaderName> = names
            .map(HeaderName::from_bytes)
            .collect::<Result<_, _>>()
            .map_err(|_| malformed("`h` names what can be no header"))?;
        if names.len() > MOST_HEADERS {
            return Err(malformed("the signature covers too many headers"));
        }
        let joined: Vec<&str> = names.iter().map(HeaderName::as_str).collect();
        if joined.iter().any(|name| name.contains('.')) {
            return Err(malformed("a signed header has a dot in its name"));
        }
        let mut content = joined.join(" ").into_bytes();
        content.push(b'.');
        let mut is_certain = true;
        for name in &joined {
            let value = head.header(name)?;
            let value = value.ok_or(malformed("a signed header is absent"))?;
            if value.iter().any(|byte| b"{[".contains(byte)) {
                return Err(malformed("a signed header holds what the body begins with"));
            }
            is_certain &= !value.contains(&b'.');
            content.extend_from_slice(value);
            content.push(b'.');
        }
        let certain = if is_certain { names } else { Vec::new() };
        Ok(Self { content, certain })
    }

    /// The value of a header and whether it is signed.
    fn name(
        &self,
        head: &RequestHead<'_>,
        name: &'static str,
    ) -> Result<Option<(String, bool)>, Rejection> {
        let value = head.header_str(name)?.filter(|value| !value.is_empty());
        Ok(value.map(|value| (value.to_owned(), self.certain.iter().any(|own| own == name))))
    }
}

/// Where bodies have the id and the kind of an event. Events of `payments.transfers` write `eventID`.
const NAMES: [&str; 5] = ["/eventId", "/eventID", "/id", "/eventType", "/type"];

/// Id and kind in headers, each with whether it is signed.
struct Named {
    id: Option<(String, bool)>,
    kind: Option<(String, bool)>,
}

impl Named {
    fn of(self, proof: Proof, body: &Bytes) -> Proof {
        let [event_id, id_of_transfer, id, event_type, kind] = values(body, NAMES);
        let in_body =
            |text: Option<bytestring::ByteString>| text.map(|text| (text.to_string(), true));
        // What is signed goes before what is not: otherwise a header more or less would change the name.
        let in_order = |head: Option<(String, bool)>, body| match head {
            Some((name, true)) => Some((name, true)),
            doubtful => in_body(body).or(doubtful),
        };
        let id = in_order(self.id, event_id.or(id_of_transfer).or(id));
        let kind = in_order(self.kind, event_type.or(kind));
        let proof = match id {
            Some((id, true)) => proof.id(id),
            Some((id, false)) => proof.unverified_id(id),
            None => proof,
        };
        match kind {
            Some((kind, true)) => proof.kind(kind),
            Some((kind, false)) => proof.unverified_kind(kind),
            None => proof,
        }
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), NAMES)?;
    Ok(vec![MEANING.read(message)?])
}

const WHOSE: Whose = Whose::new().account(&[Field::Json("/data/paymentSession/entityId")]);

/// What Coinbase's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    SESSION,
    &[
        Rule::new(
            &[
                "acceptance.payment_session.created",
                "acceptance.payment_session.authorization_pending",
            ],
            Pending,
        ),
        Rule::new(&["acceptance.payment_session.canceled"], Canceled),
        Rule::new(
            &["acceptance.payment_session.authorization_succeeded"],
            Authorized,
        )
        .places(&AUTHORIZATION),
        Rule::new(&["acceptance.payment_session.authorization_failed"], Failed)
            .places(&AUTHORIZATION),
        Rule::new(&["acceptance.payment_session.capture_pending"], Pending).places(&CAPTURE),
        Rule::new(&["acceptance.payment_session.capture_succeeded"], Paid).places(&CAPTURE_DONE),
        Rule::new(&["acceptance.payment_session.capture_failed"], Failed).places(&CAPTURE),
        Rule::new(&["acceptance.payment_session.void_succeeded"], Canceled).places(&VOID),
        Rule::new(
            &["acceptance.payment_session.refund_pending"],
            RefundPending,
        )
        .places(&REFUND),
        Rule::new(&["acceptance.payment_session.refund_succeeded"], Refunded)
            .when(&[When::Equal(REFUNDED, CAPTURED)])
            .places(&REFUND_DONE),
        Rule::new(
            &["acceptance.payment_session.refund_succeeded"],
            PartiallyRefunded,
        )
        .when(&[When::Positive(
            "/data/paymentSession/balances/captured - /data/paymentSession/balances/refunded",
        )])
        .places(&REFUND_DONE),
        Rule::new(&["acceptance.payment_session.refund_succeeded"], Refund).places(&REFUND_DONE),
        Rule::new(&["acceptance.payment_session.refund_failed"], RefundFailed).places(&REFUND),
        Rule::new(
            &[
                "acceptance.disbursement.pending",
                "acceptance.disbursement.succeeded",
            ],
            Payout,
        )
        .places(&DISBURSEMENT),
        Rule::new(&["acceptance.disbursement.failed"], PayoutFailed).places(&DISBURSEMENT),
        Rule::new(
            &[
                "payments.transfers.quoted",
                "payments.transfers.processing",
                "payments.transfers.completed",
            ],
            Payout,
        )
        .places(&TRANSFER),
        Rule::new(
            &["payments.transfers.failed", "payments.transfers.expired"],
            PayoutFailed,
        )
        .places(&TRANSFER),
        Rule::new(
            &["checkout.payment.success", "payment_link.payment.success"],
            Paid,
        )
        .places(&CHECKOUT),
        Rule::new(
            &["checkout.payment.failed", "payment_link.payment.failed"],
            Failed,
        )
        .places(&CHECKOUT),
        Rule::new(
            &["checkout.payment.expired", "payment_link.payment.expired"],
            Expired,
        )
        .places(&CHECKOUT),
    ],
);

const CAPTURED: &str = "/data/paymentSession/balances/captured";
const REFUNDED: &str = "/data/paymentSession/balances/refunded";

const SESSION: Places = Places::new(Unit::Major)
    .amount(&["/data/paymentSession/amount"])
    .currency(&["/data/paymentSession/asset"])
    .reference(&["/data/paymentSession/externalReferenceId"])
    .transaction(&["/data/paymentSession/paymentSessionId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const AUTHORIZATION: Places = SESSION
    .step_amount(&["/data/authorization/amount"])
    .step_id(&["/data/authorization/authorizationId"]);

const CAPTURE: Places = SESSION
    .step_amount(&["/data/capture/amount"])
    .step_id(&["/data/capture/captureId"]);
const CAPTURE_DONE: Places = CAPTURE.total_so_far(&[CAPTURED]);

const VOID: Places = SESSION
    .step_amount(&["/data/void/amount"])
    .step_id(&["/data/void/voidId"]);

const REFUND: Places = SESSION
    .step_amount(&["/data/refund/amount"])
    .step_id(&["/data/refund/refundId"]);
const REFUND_DONE: Places = REFUND.total_so_far(&[REFUNDED]);

const DISBURSEMENT: Places = Places::new(Unit::Major)
    .amount(&["/data/amount"])
    .currency(&["/data/asset"])
    .reference(&["/data/externalReferenceId"])
    .transaction(&["/data/disbursementId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const TRANSFER: Places = Places::new(Unit::Major)
    .amount(&["/data/sourceAmount"])
    .currency(&["/data/sourceAsset"])
    .transaction(&["/data/transferId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const CHECKOUT: Places = Places::new(Unit::Major)
    .amount(&["/amount"])
    .currency(&["/currency"])
    .transaction(&["/id"])
    .time(TimeUnit::Rfc3339, &["/updatedAt"]);

/// Signs as Hook0 does for Coinbase: `v0` alone, or `v1` as soon as there is a header to cover.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::coinbase_cdp::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("a secret for tests")?.header("x-event-id", "1");
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("x-hook0-signature").unwrap().contains("h=x-event-id,v1="));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    secret: crate::Secret,
    headers: Vec<(String, String)>,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this secret.
    ///
    /// # Errors
    /// If the secret is empty.
    pub fn new(secret: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: crate::Secret::dangerously_short(secret)?,
            headers: Vec::new(),
        })
    }

    /// One more header that is signed; the name in lower case.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let time = TimeUnit::Seconds.write(now);
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(" ");
        let values = self.headers.iter().map(|(_, value)| value.as_str());
        let listed = Some(names.as_str()).filter(|names| !names.is_empty());
        let head: Vec<&str> = [time.as_str()]
            .into_iter()
            .chain(listed)
            .chain(values)
            .collect();
        let content = [head.join(".").as_bytes(), b".", body].concat();
        let code = hmac_sha256(KeyFormat::text(), &self.secret)?
            .tag_of(&content)
            .to_hex();
        let value = if names.is_empty() {
            format!("t={time},v0={code}")
        } else {
            format!("t={time},h={names},v1={code}")
        };
        let request = SignedRequest::json(body.to_vec()).with_header(HEADER, value);
        let headers = self.headers.iter();
        Ok(headers.fold(request, |request, (name, value)| {
            request.with_header(name, value.as_str())
        }))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let sample = |signer| Sample {
        reads: reads::hook0,
        bodies: Bodies::Own(Sample::BODY.to_vec()),
        window: Some([300; 2]),
        ..Sample::new(NAME, signer, secrets(keys.text), Place::Header(HEADER))
            .keyed(keys.text, CoinbaseCdp::new)
    };
    let signer = Signer::new(key)?;
    Ok(vec![
        sample(signer.clone()),
        Sample {
            name: "coinbase-cdp with headers",
            signed: vec!["x-event-id"],
            id: Some(Sample::ID),
            ..sample(signer.header("x-event-id", Sample::ID))
        },
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::dedupe::DedupeKey;
    use crate::delivery::Delivery;
    use crate::payment::PaymentStatus;
    use crate::testing::support::{NOW, only};
    use crate::testing::{FixedClock, receive};
    use crate::{Endpoint, Unverified};

    fn received(request: SignedRequest) -> Result<Delivery, &'static str> {
        let endpoint =
            Endpoint::new(CoinbaseCdp::new(["another secret", "a secret for tests"]).unwrap());
        let endpoint = endpoint.clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        match runtime.block_on(receive(&endpoint, request)) {
            Ok(delivery) => Ok(delivery),
            Err(Answer::Reply(_)) => panic!("a reply"),
            Err(rejection) => Err(rejection.code()),
        }
    }

    fn signer() -> Signer {
        Signer::new("a secret for tests").unwrap()
    }

    #[test]
    fn a_header_is_signed_only_where_v1_covers_it_beyond_doubt() {
        let body = br#"{"id":"body","eventType":"a.b"}"#;
        for (signer, signed) in [
            (signer(), false),
            (signer().header("x-event-id", "1"), true),
            (
                signer()
                    .header("x-event-id", "1")
                    .header("content-type", "application/json"),
                true,
            ),
            (
                signer()
                    .header("x-event-id", "1")
                    .header("x-event-type", "a.b"),
                false,
            ),
            (
                signer().header("x-event-id", "1").header("x-other", "."),
                false,
            ),
            (signer().header("x-other", "1"), false),
        ] {
            let request = signer.sign(body, NOW).unwrap();
            let delivery = received(request.with_header("x-event-id", "1")).unwrap();
            let id = if signed { "1" } else { "body" };
            assert_eq!(delivery.id(), Some(id), "{signer:?}");
            assert_eq!(delivery.kind(), Some("a.b"));
            assert_eq!(delivery.key().unwrap().index(), 1);
        }
    }

    #[test]
    fn events_of_one_checkout_are_not_taken_for_each_other() {
        let key = |signer: &Signer, body: &[u8], head: &str| {
            let request = signer.sign(body, NOW).unwrap();
            let request = match head {
                "" => request.without_header("x-event-id"),
                id => request.with_header("x-event-id", id),
            };
            DedupeKey::of(&received(request).unwrap())
        };
        let failed = br#"{"id":"chk_1","eventType":"checkout.payment.failed"}"#;
        let paid = br#"{"id":"chk_1","eventType":"checkout.payment.success"}"#;
        assert_ne!(key(&signer(), failed, ""), key(&signer(), paid, ""));
        // Whoever leaves out `v1` may change the headers.
        let both = signer().header("x-event-id", "1");
        assert_eq!(key(&both, paid, "1"), key(&signer(), paid, ""));
        assert_eq!(key(&both, paid, "1"), key(&signer(), paid, "2"));
    }

    #[test]
    fn the_body_names_the_event_before_an_unsigned_header_does() {
        let request = signer().sign(br#"{"id":7,"type":"t"}"#, NOW).unwrap();
        let delivery = received(request.with_header("x-event-type", "forged")).unwrap();
        assert_eq!(delivery.id(), Some("7"));
        assert_eq!(delivery.kind(), Some("t"));
        let request = signer().sign(br#"{"eventID":"8","data":{}}"#, NOW).unwrap();
        assert_eq!(received(request).unwrap().id(), Some("8"));
        let request = signer().sign(b"{\xff", NOW).unwrap();
        let delivery = received(request.with_header("x-event-type", "t")).unwrap();
        assert_eq!(delivery.unverified_kind(), Some(Unverified::new("t")));
        assert_eq!(delivery.kind(), None);
    }

    #[test]
    fn moving_text_between_signed_headers_signs_nothing() {
        let signer = signer().header("x-event-id", "1.2").header("x-other", "3");
        let request = signer.sign(b"{}", NOW).unwrap();
        let moved = request
            .with_header("x-event-id", "1")
            .with_header("x-other", "2.3");
        assert_eq!(received(moved).unwrap().id(), None);
    }

    #[test]
    fn what_v1_signs_is_no_v0_of_another_body() {
        let request = signer().header("x-a", "b").sign(b"{}", NOW).unwrap();
        let value = request.header(HEADER).unwrap();
        let (_, code) = value.split_once("v1=").unwrap();
        let as_v0 = format!("t={},v0={code}", NOW.as_secs());
        let swapped = request.clone().with_header(HEADER, as_v0);
        assert_eq!(
            received(swapped.with_body("x-a.b.{}")).err(),
            Some("malformed")
        );
        // And the other way round: what begins a JSON text is no name of a header.
        let request = signer().sign(br#"{"a":"b.c.d"}"#, NOW).unwrap();
        let code = request
            .header(HEADER)
            .unwrap()
            .replace("v0=", r#"h={"a":"b,v1="#);
        let swapped = request.with_header(HEADER, code).with_header("b", "c");
        assert_eq!(received(swapped.with_body("d\"}")).err(), Some("malformed"));
    }

    #[test]
    fn no_header_swallows_what_the_body_begins_with() {
        let body = br#"{"a":"1.[","b":".{}"}"#;
        let request = signer().header("x-a", "1").sign(body, NOW).unwrap();
        received(request.clone()).unwrap();
        for (value, rest) in [
            (r#"1.{"a":"1"#, r#"[","b":".{}"}"#),
            (r#"1.{"a":"1.[","b":""#, r#"{}"}"#),
        ] {
            let moved = request.clone().with_header("x-a", value).with_body(rest);
            assert_eq!(received(moved).err(), Some("malformed"), "{value}");
        }
        // A name is told from its value by the first dot.
        let request = signer().header("x-a", "b.c").sign(body, NOW).unwrap();
        let renamed = request.header(HEADER).unwrap().replace("h=x-a", "h=x-a.b");
        let renamed = request
            .with_header(HEADER, renamed)
            .with_header("x-a.b", "c");
        assert_eq!(received(renamed).err(), Some("malformed"));
    }

    #[test]
    fn a_signature_covers_32_headers_and_no_more() {
        for (count, code) in [(32, None), (33, Some("malformed"))] {
            let named = |signer: Signer, at| signer.header(format!("x-{at}"), "1");
            let signer = (0..count).fold(signer(), named);
            let request = signer.sign(b"{}", NOW).unwrap();
            assert_eq!(received(request).err(), code, "{count}");
        }
    }

    #[test]
    fn unusable_headers_are_refused() {
        let request = signer().sign(b"{}", NOW).unwrap();
        let good = request.header(HEADER).unwrap().to_owned();
        let code = good.rsplit('=').next().unwrap();
        let t = NOW.as_secs();
        let many = vec!["host"; 33].join(" ");
        for (value, wanted) in [
            (String::new(), "missing_signature"),
            ("  ".to_owned(), "missing_signature"),
            (format!("t={t}"), "missing_signature"),
            (format!("t={t},v2={code}"), "missing_signature"),
            (format!("v0={code}"), "malformed"),
            (format!("t=,v0={code}"), "malformed"),
            (format!("t=0{t},v0={code}"), "malformed"),
            (format!("t=+{t},v0={code}"), "malformed"),
            (format!("t={t},t=1,v0={code}"), "malformed"),
            (format!("t={t},v0={code},v0=00"), "malformed"),
            (format!("t={t},v0={code},v1={code}"), "malformed"),
            (format!("t={t},v0={code},h=host"), "malformed"),
            (format!("t={t},h=,v1={code}"), "malformed"),
            (format!("t={t},h=a  b,v1={code}"), "malformed"),
            (format!("t={t},h=absent,v1={code}"), "malformed"),
            (format!("t={t},h={many},v1={code}"), "malformed"),
            (format!("t={t},v0="), "bad_signature"),
            (format!("t={t},v0=0x{code}"), "bad_signature"),
            (format!("t={t},v0=0X{code}"), "bad_signature"),
            (format!("t={t},v0={code}00"), "bad_signature"),
            (format!("t={t},v0={}", &code[1..]), "bad_signature"),
            (format!("t={t},v0={}", &code[2..]), "bad_signature"),
        ] {
            let changed = request
                .clone()
                .with_header("host", "x")
                .with_header(HEADER, value.clone());
            assert_eq!(received(changed).err(), Some(wanted), "{value}");
        }
        let doubled = SignedRequest {
            headers: vec![
                (HEADER.to_owned(), good),
                (HEADER.to_owned(), "t=1".to_owned()),
            ],
            ..request.clone()
        };
        assert_eq!(received(doubled).err(), Some("malformed"));
        let get = SignedRequest {
            method: "GET".to_owned(),
            ..request
        };
        assert_eq!(received(get).err(), Some("method_not_allowed"));
    }

    #[test]
    fn the_time_is_that_of_the_change() {
        let body = r#"{"eventType":"checkout.payment.success","updatedAt":"2026-08-05T09:00:00Z"}"#;
        let request = signer().sign(body.as_bytes(), NOW.plus_secs(60)).unwrap();
        let update = only(&received(request).unwrap()).unwrap();
        assert_eq!(update.time, Some(NOW));
    }

    #[test]
    fn a_payment_of_an_unsigned_kind_is_none() {
        let request = signer().sign(br#"{"amount":"1"}"#, NOW).unwrap();
        let forged = request.with_header("x-event-type", "checkout.payment.success");
        let update = only(&received(forged).unwrap()).unwrap();
        assert_eq!(update.status, PaymentStatus::Other);
    }
}

//! Toss Payments: payouts and sellers; payments by asking.
//!
//! | | |
//! |---|---|
//! | signature | `tosspayments-webhook-signature`: base64 HMAC-SHA256 of body, `:`, `tosspayments-webhook-transmission-time`; each after `v1:`, with `,` between them |
//! | key | the text of the security key |
//! | time window | 300 seconds both ways; the number is ours, Toss Payments names none |
//! | event id | `tosspayments-webhook-transmission-id`, **not signed** |
//! | kind | `eventType` in the body, signed |
//!
//! # What to know
//!
//! - Toss Payments signs `payout.changed` and `seller.changed` **only**. The events of payments, such as `PAYMENT_STATUS_CHANGED` and
//!   `DEPOSIT_CALLBACK`, are refused as [`Unsigned`](crate::RejectionKind::Unsigned): anyone can send them. Give them an address of their own,
//!   where [`Confirm`](crate::Confirm) asks for the payment: [`PAYMENT`] is their description.
//! - While a key is replaced, the request has a signature by each; any of them may match.
//! - Toss Payments takes nothing but 200 for a success, waits for 10 seconds, and tries seven times more within four days.
//! - What its kinds mean for a payment is not told: those that tell of payments are not signed.
//!
//! ```
//! use webhook_core::provider::toss;
//! use webhook_core::scheme::Field;
//! use webhook_core::{Confirm, Endpoint};
//!
//! # struct Payment { key: String, status: String }
//! # async fn get(_: &str) -> Result<Option<Payment>, std::io::Error> { Ok(None) }
//! let confirm = Confirm::new(toss::PAYMENT, |lookup| async move {
//!     let id = lookup.unverified_id().into_unverified();
//!     match lookup.field() {
//!         // A deposit to a virtual account names the order only.
//!         Field::Json("/orderId") => get(&format!("https://api.tosspayments.com/v1/payments/orders/{id}")).await,
//!         _ => get(&format!("https://api.tosspayments.com/v1/payments/{id}")).await,
//!     }
//! });
//! let endpoint = Endpoint::new(confirm.identity(|payment: &Payment| format!("{} {}", payment.key, payment.status)));
//! ```
//!
//! Checked against vectors that we computed, by the sender's documentation; its library verifies nothing. Documentation:
//! ["Webhooks"](https://docs.tosspayments.com/en/webhooks).
//!
//! Dedupe tells events apart by: body, unsigned transmission id and kind. A repeat is handled again if it is not recognised: under another
//! transmission id.

use std::sync::Arc;

#[cfg(feature = "testing")]
use crate::ConfigError;
#[cfg(feature = "testing")]
use crate::Settings;
use crate::crypto::{Algorithm, Encoding};
use crate::json;
use crate::outcome::missing;
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::verify::{buffered, require_post};
use crate::{
    Answer, BodyCheck, Notice, Rejection, RejectionKind, RequestHead, TimeUnit, UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Toss(SCHEME.configured(settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.tosspayments.com/en/webhooks")
    .setup(&[
        "In the developer center, open Webhooks, choose Register Webhooks, and enter the URL and the events.",
        "Copy the security key from the developer center, API keys. It becomes `secrets`.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the security key: one or a list, any of which may match",
        ),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&[HEADER, "tosspayments-webhook-transmission-time", ID_HEADER])
    .signed("HMAC-SHA256 in base64 of: the body, `:`, the time; only of `payout.changed` and `seller.changed`")
    .tolerance_secs(300)
    .acknowledgement("200");

const HEADER: &str = "tosspayments-webhook-signature";
const ID_HEADER: &str = "tosspayments-webhook-transmission-id";
const KIND: &str = "/eventType";

/// The kinds that are signed.
const SIGNED: [&str; 2] = ["payout.changed", "seller.changed"];

/// How Toss Payments signs what it signs: base64 HMAC-SHA256 of body, `:`, time. [`Toss`] also says of what it does not.
pub const SCHEME: Scheme = Scheme::new("toss", Algorithm::HmacSha256)
    // <https://docs.tosspayments.com/guides/webhook>
    .waits_secs(10)
    .signature(
        Signature::header(HEADER)
            .separator(b',')
            .prefix("v1:")
            .encoding(Encoding::Base64),
    )
    .timestamp(
        Timestamp::header("tosspayments-webhook-transmission-time")
            .unit(TimeUnit::Rfc3339)
            .tolerance(300),
    )
    .signed_content(&[Part::Body, Part::Literal(":"), Part::Timestamp])
    .id(&[Field::Header(ID_HEADER)])
    .kind(&[Field::Json(KIND)]);

/// What the event of a payment names: the key of the payment, or, of a deposit to a virtual account, your own id of the order.
pub const PAYMENT: Notice = Notice::new(
    SCHEME.name(),
    &[Field::Json("/data/paymentKey"), Field::Json("/orderId")],
);

scheme_provider! {
    /// Verifies what Toss Payments signs.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::toss::Toss;
    ///
    /// let endpoint = Endpoint::new(Toss::new(["new security key", "old security key"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Toss, SCHEME, timed, by begin
}

/// What is not signed may be of a kind that nobody signs.
fn begin(
    scheme: &SchemeVerifier,
    head: &RequestHead<'_>,
    now: UnixTime,
) -> Result<BodyCheck, Answer> {
    let signature = head.header(HEADER)?.unwrap_or_default();
    if !signature.trim_ascii().is_empty() {
        return scheme.begin(head, now);
    }
    require_post(head)?;
    Ok(buffered(|body| Err(without_signature(body).into())))
}

const UNSIGNED: Rejection = Rejection::new(
    RejectionKind::Unsigned,
    "an event of a kind that nobody signs: look up what it names with `Confirm`",
);

/// Whether a request without a signature should have had one.
fn without_signature(body: &bytes::Bytes) -> Rejection {
    // A deposit to a virtual account has no kind.
    let [kind, order] = json::select(body, [Some(KIND), Some("/orderId")]);
    match (kind, order) {
        (Some(kind), _) if !SIGNED.contains(&&*kind) => UNSIGNED,
        (None, Some(_)) => UNSIGNED,
        _ => missing("the request has no signature").of_header(HEADER),
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::configured(SCHEME, settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = Sample::of_scheme(SCHEME, keys)?.made_by(Toss::new);
    Ok(vec![sample])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{receive, support};
    use crate::{Confirm, Confirmed, Endpoint};

    #[test]
    fn a_payment_is_looked_up_by_its_key_and_a_deposit_by_its_order() {
        let signer = Signer::new(SCHEME, "a security key").unwrap();
        for (body, named) in [
            (
                r#"{"eventType":"PAYMENT_STATUS_CHANGED","data":{"paymentKey":"k7","orderId":"o7"}}"#,
                "k7",
            ),
            (
                r#"{"createdAt":"2026-08-05","secret":"s","status":"DONE","orderId":"o7"}"#,
                "o7",
            ),
        ] {
            let confirm = Confirm::new(PAYMENT, |lookup| {
                let id = lookup.unverified_id().into_unverified().to_owned();
                async move { Ok::<_, ()>(Some(id)) }
            });
            let endpoint = Endpoint::new(confirm.identity(|id: &String| id.clone()));
            let request = signer.sign(body.as_bytes(), support::NOW).unwrap();
            let delivery = support::run(receive(&endpoint, request)).unwrap();
            let ids: Confirmed<String> = delivery.decode().unwrap();
            assert!(ids.iter().eq([named]), "{body}");
        }
    }

    #[test]
    fn what_nobody_signs_is_told_from_what_lost_its_signature() {
        let signer = Signer::new(SCHEME, "a security key").unwrap();
        for (body, code) in [
            (
                r#"{"eventType":"PAYMENT_STATUS_CHANGED","data":{"paymentKey":"k"}}"#,
                "unsigned",
            ),
            (
                r#"{"createdAt":"2026-08-05","secret":"s","status":"DONE","orderId":"o"}"#,
                "unsigned",
            ),
            (
                r#"{"eventType":"payout.changed","entityBody":{}}"#,
                "missing_signature",
            ),
            (
                r#"{"eventType":"seller.changed","orderId":"o"}"#,
                "missing_signature",
            ),
            ("{}", "missing_signature"),
            ("", "missing_signature"),
        ] {
            let request = signer.sign(body.as_bytes(), support::NOW).unwrap();
            let request = request.without_header(HEADER);
            let settings = json!({"secrets": "a security key"});
            let refused = support::refused("toss", settings, request);
            assert_eq!(refused.code(), code, "{body}");
        }
    }
}

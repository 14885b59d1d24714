//! Adyen for platforms: balance platform, banking, management and recurring webhooks. For payments see
//! [`adyen`].
//!
//! | | |
//! |---|---|
//! | signature | `HmacSignature`: base64 HMAC-SHA256 of the body |
//! | key | the bytes of the webhook's HMAC key, which Adyen shows in hex |
//! | time window | none: Adyen signs a time in the body and says nothing about its age |
//! | event id | none |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - There is no event id that all kinds have: `data.id`, `type` and `timestamp` together come near to one.
//! - The name of the header is known from several users of it, not from Adyen's libraries.
//! - `Protocol: HmacSHA256` comes along and is not looked at: there is only this one.
//!
//! Checked against Adyen's library `Adyen` 16.0.0 (Python). Documentation:
//! ["Verify HMAC signatures"](https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures).
//!
//! # Payments
//!
//! A transfer is money that is moved between the platform's accounts and the world. Which way it moves is not part of
//! an update: `data.direction` says it.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `received` or `pending` | `Pending` | `data.amount.value` |
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `authorised` | `Authorized` | `data.amount.value` |
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `captured` or `booked` | `Paid` | `data.amount.value` |
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `refused` or `rejected` or `failed` or `error` | `Failed` | `data.amount.value` |
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `cancelled` | `Canceled` | `data.amount.value` |
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `expired` | `Expired` | `data.amount.value` |
//! | `balancePlatform.transfer.created`, `balancePlatform.transfer.updated` | `data.status` is `refunded` or `returned` or `reversed` | `Refunded` | `data.amount.value` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `data.amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `data.reference` | `data.id` | `timestamp`, by RFC 3339 |
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::TimeUnit;
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Expired, Failed, Paid, Pending, Refunded,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::About;
use crate::provider::adyen;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
)
.setup(&[
    "In the Customer Area or the Balance Platform Customer Area, open Developers, \
     Webhooks, and add the webhook with the URL of your endpoint.",
    "Under Security, generate an HMAC key and copy it: it becomes `secrets`.",
]);

/// Base64 HMAC-SHA256 of the body; the key is hex.
pub const SCHEME: Scheme = Scheme::new("adyen-platform", Algorithm::HmacSha256)
    .key(KeyFormat::hex().reject_prefixes(&["AQE"]).bytes(32))
    .signature(Signature::header("hmacsignature").encoding(Encoding::Base64))
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/data/balancePlatform")])
    .live(Field::Json("/environment"), &["live"])
    .test(Field::Json("/environment"), &["test"]);

scheme_provider! {
    /// Verifies what Adyen sends to one webhook of a platform.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::adyen_platform::AdyenPlatform;
    ///
    /// let key = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
    /// let endpoint = Endpoint::new(AdyenPlatform::new(key)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    AdyenPlatform, SCHEME
}

/// What the kinds of Adyen for platforms mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSFER,
    &[Rule::by(
        &[
            "balancePlatform.transfer.created",
            "balancePlatform.transfer.updated",
        ],
        "/data/status",
        &[
            ("received", Pending),
            ("pending", Pending),
            ("authorised", Authorized),
            ("captured", Paid),
            ("booked", Paid),
            ("refused", Failed),
            ("rejected", Failed),
            ("failed", Failed),
            ("error", Failed),
            ("cancelled", Canceled),
            ("expired", Expired),
            ("refunded", Refunded),
            ("returned", Refunded),
            ("reversed", Refunded),
        ],
    )],
);

const TRANSFER: Places = Places::new(Unit::MinorExcept(adyen::MINOR_UNITS))
    .amount(&["/data/amount/value"])
    .currency(&["/data/amount/currency"])
    .reference(&["/data/reference"])
    .transaction(&["/data/id"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, support};

    #[test]
    fn the_time_is_that_of_the_event() {
        let key = "C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8";
        let body = r#"{"type":"balancePlatform.transfer.updated","timestamp":"2026-08-05T09:00:00Z","data":{"status":"booked"}}"#;
        let signer = Signer::new(SCHEME, key).unwrap();
        let delivery = support::signed("adyen-platform", json!({"secrets": key}), &signer, body);
        let update = support::only(&delivery).unwrap();
        assert_eq!(update.time, Some(support::NOW));
    }
}

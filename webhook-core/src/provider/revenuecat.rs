//! RevenueCat: purchases and subscriptions in apps, of all stores.
//!
//! | | mode `authorization` | mode `hmac` |
//! |---|---|---|
//! | proof | the value of `Authorization`, whole, as it was set in the dashboard | `X-RevenueCat-Webhook-Signature: t=…,v1=…`: hex HMAC-SHA256 of `t`, `.`, body |
//! | key | that value, `Bearer ` included if it was set so; setting `authorization` | the text of the signing secret; setting `secrets` |
//! | covered | **nothing**: only that the sender knows the value | the body |
//! | time window | none | 300 seconds both ways |
//! | event id | `event.id` in the body | the same, signed |
//! | kind | `event.type` in the body | the same, signed |
//!
//! # What to know
//!
//! - Mode `hmac` is **doubtful**: RevenueCat's own text on it could not be read. Many users agree on the scheme, and one
//!   vendor's guide calls the header `X-RevenueCat-Signature` instead: the setting `auth_header` takes another name.
//! - In mode `authorization` whoever has seen one request can send others. Ask RevenueCat's API before you act.
//! - Purchases in a store's sandbox arrive by the same way, with `event.environment` `SANDBOX`. They cost nothing.
//! - RevenueCat wants 200 within 60 seconds and tries again after 5, 10, 20, 40 and 80 minutes.
//!
//! Checked by the documentation, ["Webhooks"](https://www.revenuecat.com/docs/integrations/webhooks); there is no vendor library that verifies.
//!
//! # Payments
//!
//! In mode `authorization` these are claims, and the status is `Unconfirmed`.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `INITIAL_PURCHASE`, `RENEWAL` |  | `SubscriptionActive` | `event.price_in_purchased_currency`, a step |
//! | `NON_RENEWING_PURCHASE` |  | `Paid` | `event.price_in_purchased_currency`, a step |
//! | `INVOICE_ISSUANCE` |  | `Pending` | `event.price_in_purchased_currency`, a step |
//! | `UNCANCELLATION`, `SUBSCRIPTION_EXTENDED` |  | `SubscriptionActive` |  |
//! | `CANCELLATION` | `event.cancel_reason` is `CUSTOMER_SUPPORT` | `Refund` | `abs(event.price_in_purchased_currency)`, a step |
//! | `CANCELLATION` | `event.price_in_purchased_currency` is below 0 | `Refund` | `abs(event.price_in_purchased_currency)`, a step |
//! | `CANCELLATION` | `event.cancel_reason` is `BILLING_ERROR` | `SubscriptionPastDue` |  |
//! | `CANCELLATION`, `SUBSCRIPTION_PAUSED` |  | `SubscriptionEnding` |  |
//! | `BILLING_ISSUE` |  | `SubscriptionPastDue` |  |
//! | `EXPIRATION` | `event.expiration_reason` is `SUBSCRIPTION_PAUSED` | `SubscriptionPaused` |  |
//! | `EXPIRATION` |  | `SubscriptionCanceled` |  |
//! | `REFUND_REVERSED` |  | `RefundFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `event.currency`, major units | `event.app_user_id` | `event.transaction_id` | `event.event_timestamp_ms`, in milliseconds |
//!
//! - An amount is what was taken this time, 0 for a trial; of a refund what went back, without its minus. A refund does not say
//!   whether that was all.
//! - RevenueCat writes amounts as floats: one with more digits than its currency has, as `4.9900000001`, is an error in
//!   the amount.
//! - After `CANCELLATION` or `SUBSCRIPTION_PAUSED` a subscription runs until the end of what is paid. `EXPIRATION` tells of
//!   that end: do not take access away before it.
//! - A payment that failed comes as `BILLING_ISSUE` and as `CANCELLATION` with `BILLING_ERROR`.
//! - `REFUND_REVERSED`, of the App Store only, has the money of a refund back; how much is not said.
//! - `INVOICE_ISSUANCE` is an invoice of RevenueCat's own web billing that is not paid yet.
//!
//! Dedupe tells events apart by: `event.id`; HMAC: with the kind.

use std::sync::Arc;

use crate::crypto::{Algorithm, KeyFormat};
use crate::message::{Identity, Whose};
use crate::payment::PaymentStatus::{
    Paid, Pending, Refund, RefundFailed, SubscriptionActive, SubscriptionCanceled,
    SubscriptionEnding, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::verifies_by_inner;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::time::TimeUnit;
use crate::{ConfigError, IntoKeyring, Settings, Tolerance};
#[cfg(feature = "testing")]
use serde_json::json;

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(RevenueCat::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://www.revenuecat.com/docs/integrations/webhooks")
    .setup(&[
        "In the dashboard, open Integrations, Webhooks and add a webhook with the URL.",
        "Enter a value for the authorization header. With `mode` set to `authorization`, it becomes `authorization`.",
        "If the webhook has a signing secret, set `mode` to `hmac`. Then the secret becomes `secrets`.",
    ])
    .settings(&[
        Setting::required("mode", "`authorization` or `hmac`"),
        Setting::optional(
            "authorization",
            "the whole value of the header: one or a list; needed for `authorization`",
        ),
        Setting::optional(
            "secrets",
            "the webhook's signing secret: one or a list; needed for `hmac`",
        ),
        Setting::optional(
            "auth_header",
            "the signature's header for `hmac`; `x-revenuecat-webhook-signature` if absent",
        ),
        Setting::optional(
            "tolerance_seconds",
            "how old a signed time may be, for `hmac`; 300 if absent",
        ),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["authorization", "x-revenuecat-webhook-signature"])
    .signed(
        "`authorization`: nothing, the sender shows the value itself; `hmac`: HMAC-SHA256 in hex of: the time, `.`, the body",
    )
    .tolerance_secs(300)
    .acknowledgement("200, within 60 seconds");

/// How long it waits for an answer: <https://www.revenuecat.com/docs/integrations/webhooks>.
const PATIENCE_SECS: u32 = 60;

/// Where the signature stands, unless another header is configured.
pub const SIGNATURE_HEADER: &str = "x-revenuecat-webhook-signature";

/// The value of `Authorization`, whole.
pub const AUTHORIZATION_SCHEME: Scheme = Scheme::new("revenuecat", Algorithm::Token)
    .waits_secs(PATIENCE_SECS)
    .signature(Signature::header("authorization"))
    .id(&[Field::Json("/event/id")])
    .kind(&[Field::Json("/event/type")])
    .identity(Identity::fields(&[&[Field::Json("/event/id")]]))
    .whose(&WHOSE)
    .meaning(&MEANING);

/// Hex HMAC-SHA256 of time, dot and body, in a header that is configured: [`SIGNATURE_HEADER`] or another.
pub const SCHEME: Scheme = Scheme::new("revenuecat", Algorithm::HmacSha256)
    .waits_secs(PATIENCE_SECS)
    .key(KeyFormat::text().reject_prefixes(&["sk_", "appl_", "goog_", "amzn_", "strp_"]))
    .signature(
        Signature::configured_header()
            .separator(b',')
            .prefix("v1=")
            .ignore_other_versions(),
    )
    .timestamp(Timestamp::entry("t=").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Json("/event/id")])
    .kind(&[Field::Json("/event/type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/event/app_id")])
    .api_version(&[Field::Json("/api_version")])
    .live(Field::Json("/event/environment"), &["PRODUCTION"])
    .test(Field::Json("/event/environment"), &["SANDBOX"]);

/// Verifies what RevenueCat sends to one webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::revenuecat::RevenueCat;
///
/// let by_header = Endpoint::new(RevenueCat::with_authorization("Bearer 5f0c2a9b7d3e8f60")?);
/// let by_signature = Endpoint::new(RevenueCat::with_signature(["new secret", "old secret"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RevenueCat(SchemeVerifier);

impl RevenueCat {
    /// Accepts what shows any of these values in `Authorization`, each as it was set in the dashboard.
    ///
    /// # Errors
    /// If there is no value, or one is empty.
    ///
    /// # Security
    /// The body is not signed: see the [module](self).
    pub fn with_authorization(values: impl IntoKeyring) -> Result<Self, ConfigError> {
        AUTHORIZATION_SCHEME.verifier(values).map(Self)
    }

    /// Accepts what any of these keys has signed, in the header [`SIGNATURE_HEADER`].
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn with_signature(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let verifier = SCHEME.verifier(keys)?;
        verifier.header_name(SIGNATURE_HEADER).map(Self)
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        match settings.required("mode")? {
            "authorization" => Self::with_authorization(settings.keys("authorization")?)
                .map_err(|error| error.of_setting("authorization")),
            "hmac" => {
                let verifier = SCHEME.configured(settings)?;
                Ok(Self(match settings.text("auth_header")? {
                    Some(_) => verifier,
                    None => verifier.header_name(SIGNATURE_HEADER)?,
                }))
            }
            _ => Err(ConfigError::new(
                "`mode` is neither `authorization` nor `hmac`",
            )),
        }
    }

    /// Looks for the signature in another header.
    ///
    /// # Errors
    /// If it is not a header name.
    pub fn signature_header(self, name: &str) -> Result<Self, ConfigError> {
        self.0.header_name(name).map(Self)
    }

    /// Another tolerance than the 300 seconds both ways.
    ///
    /// # Errors
    /// If no time is signed, because the sender shows an [authorization](Self::with_authorization).
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        self.0.tolerance(tolerance).map(Self)
    }
}

verifies_by_inner!(RevenueCat);

/// What RevenueCat's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::new(&["INITIAL_PURCHASE", "RENEWAL"], SubscriptionActive).step_amount(&[PRICE]),
        Rule::new(&["NON_RENEWING_PURCHASE"], Paid).step_amount(&[PRICE]),
        Rule::new(&["INVOICE_ISSUANCE"], Pending).step_amount(&[PRICE]),
        Rule::new(
            &["UNCANCELLATION", "SUBSCRIPTION_EXTENDED"],
            SubscriptionActive,
        ),
        Rule::new(CANCELLATION, Refund)
            .when(&[When::Is(CANCEL_REASON, &["CUSTOMER_SUPPORT"])])
            .step_amount(WENT_BACK),
        // A negative price went back, whatever the reason.
        Rule::new(CANCELLATION, Refund)
            .when(&[When::Negative(PRICE)])
            .step_amount(WENT_BACK),
        Rule::new(CANCELLATION, SubscriptionPastDue)
            .when(&[When::Is(CANCEL_REASON, &["BILLING_ERROR"])]),
        Rule::new(&["CANCELLATION", "SUBSCRIPTION_PAUSED"], SubscriptionEnding),
        Rule::new(&["BILLING_ISSUE"], SubscriptionPastDue),
        Rule::new(&["EXPIRATION"], SubscriptionPaused).when(&[When::Is(
            "/event/expiration_reason",
            &["SUBSCRIPTION_PAUSED"],
        )]),
        Rule::new(&["EXPIRATION"], SubscriptionCanceled),
        Rule::new(&["REFUND_REVERSED"], RefundFailed),
    ],
);

const CANCELLATION: &[&str] = &["CANCELLATION"];
const CANCEL_REASON: &str = "/event/cancel_reason";
const PRICE: &str = "/event/price_in_purchased_currency";
const WENT_BACK: &[&str] = &["|/event/price_in_purchased_currency|"];

const PLACES: Places = Places::new(Unit::Major)
    .currency(&["/event/currency"])
    .reference(&["/event/app_user_id"])
    .transaction(&["/event/transaction_id"])
    .time(TimeUnit::Milliseconds, &["/event/event_timestamp_ms"]);

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    match settings.text("mode")? {
        Some("authorization") => {
            let secret = settings.first_key("authorization")?;
            Ok(Box::new(Signer::new(AUTHORIZATION_SCHEME, secret)?))
        }
        _ => {
            let signer = Signer::configured(SCHEME, settings)?;
            let name = settings.text("auth_header")?;
            Ok(Box::new(
                signer.header_name(name.unwrap_or(SIGNATURE_HEADER)),
            ))
        }
    }
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let hmac = Sample::of_scheme_at(SCHEME, SIGNATURE_HEADER, keys)?;
    let authorization = Sample::of_scheme(AUTHORIZATION_SCHEME, keys)?;
    let [settings, stranger] = keys
        .text
        .map(|secret| json!({"mode": "authorization", "authorization": [secret]}));
    Ok(vec![
        hmac.named("revenuecat hmac")
            .set("mode", "hmac")
            .made_by(RevenueCat::with_signature),
        Sample {
            name: "revenuecat authorization",
            keys: &["authorization"],
            settings,
            stranger,
            ..authorization.made_by(RevenueCat::with_authorization)
        },
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::UnixTime;
    use crate::testing::support;
    use crate::testing::support::NOW;
    use crate::testing::{FixedClock, receive};
    use crate::{Coverage, Endpoint, provider};

    const BODY: &str =
        r#"{"event":{"id":"1","type":"NON_RENEWING_PURCHASE","event_timestamp_ms":1785920400120}}"#;

    #[test]
    fn an_update_has_the_time_of_the_event() {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let signer = signer.header_name(SIGNATURE_HEADER);
        let settings = json!({"mode": "hmac", "secrets": "a secret for tests"});
        let delivery = support::signed("revenuecat", settings, &signer, BODY);
        let time = support::only(&delivery).unwrap().time;
        assert_eq!(time, Some(UnixTime::from_millis(1_785_920_400_120)));
    }

    #[test]
    fn what_only_the_authorization_vouches_for_is_a_claim() {
        let signer = Signer::new(AUTHORIZATION_SCHEME, "Bearer abc").unwrap();
        let settings = json!({"mode": "authorization", "authorization": "Bearer abc"});
        let delivery = support::signed("revenuecat", settings, &signer, BODY);
        assert_eq!(delivery.coverage(), Coverage::SenderOnly);
        assert_eq!((delivery.id(), delivery.kind()), (None, None));
        assert!(delivery.unverified_id().is_some() && delivery.unverified_kind().is_some());
        let update = support::only(&delivery).unwrap();
        assert!(update.kind.is_none() && update.event_id.is_none());
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.kind.as_deref(), Some("NON_RENEWING_PURCHASE"));
    }

    #[test]
    fn the_signature_may_stand_in_another_header() {
        let name = "x-revenuecat-signature";
        let signer = Signer::new(SCHEME, "a secret for tests")
            .unwrap()
            .header_name(name);
        let request = signer.sign(b"{}", NOW).unwrap();
        let usual = RevenueCat::with_signature("a secret for tests").unwrap();
        let other = usual.clone().signature_header(name).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let receive = |verifier: RevenueCat| {
            let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
            runtime.block_on(receive(&endpoint, request.clone()))
        };
        assert!(receive(other).is_ok());
        assert_eq!(receive(usual).unwrap_err().code(), "missing_signature");
    }

    #[test]
    fn the_mode_must_be_chosen() {
        for settings in [
            json!({"secrets": "a secret for tests"}),
            json!({"mode": "signature", "secrets": "a secret for tests"}),
            json!({"mode": "authorization", "secrets": "a secret for tests"}),
            json!({"mode": "hmac", "authorization": "Bearer abc"}),
        ] {
            let settings = Settings::new(settings).unwrap();
            assert!(provider::by_name("revenuecat", &settings).is_err());
        }
    }
}

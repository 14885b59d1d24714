//! Chargebee: subscriptions and their invoices.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `Authorization: Basic` shows the user name and the password of the webhook |
//! | time window | none |
//! | event id | `id` in the body, not signed |
//! | kind | `event_type` in the body, not signed |
//!
//! Settings: `username`, and `password`: one or a list, any may match.
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the password, from a log or a proxy, can send anything. Read the
//!   event from Chargebee's API before you hand out something of value.
//! - A webhook without basic authentication is refused here.
//! - Events arrive out of order, too; `resource_version` in `content` says which is newer.
//!
//! Checked against Chargebee's library `chargebee` 3.33.0 (JavaScript), except that the word `Basic` may be written in
//! any case, as HTTP says. Documentation: ["Webhook Settings"](https://www.chargebee.com/docs/webhook_settings.html), "Events".
//!
//! # Payments
//!
//! Everything is a claim: the update is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), and what follows stands in
//! its [`unverified`](crate::payment::PaymentUpdate::unverified).
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment_succeeded` |  | `Paid` | `content.transaction.amount`, a step |
//! | `payment_failed` |  | `Failed` | `content.transaction.amount`, a step |
//! | `payment_initiated` |  | `Pending` | `content.transaction.amount`, a step |
//! | `payment_refunded` |  | `Refund` | `content.transaction.amount`, a step of id `content.transaction.id` |
//! | `refund_initiated` |  | `RefundPending` | `content.transaction.amount`, a step of id `content.transaction.id` |
//! | `authorization_succeeded` |  | `Authorized` | `content.transaction.amount`, a step |
//! | `authorization_voided` |  | `Canceled` | `content.transaction.amount`, a step |
//! | `subscription_created`, `subscription_created_with_backdating` | `content.subscription.status` is `active` or `in_trial` | `SubscriptionActive` |  |
//! | `subscription_created`, `subscription_created_with_backdating` | `content.subscription.status` is `non_renewing` | `SubscriptionEnding` |  |
//! | `subscription_created`, `subscription_created_with_backdating` | `content.subscription.status` is `future` | `Pending` |  |
//! | `subscription_started`, `subscription_activated`, `subscription_activated_with_backdating`, `subscription_renewed`, `subscription_reactivated`, `subscription_reactivated_with_backdating`, `subscription_resumed`, `subscription_scheduled_cancellation_removed`, `subscription_scheduled_pause_removed` |  | `SubscriptionActive` |  |
//! | `subscription_cancellation_scheduled`, `subscription_pause_scheduled` |  | `SubscriptionEnding` |  |
//! | `subscription_paused` |  | `SubscriptionPaused` |  |
//! | `subscription_cancelled`, `subscription_canceled_with_backdating`, `subscription_deleted` |  | `SubscriptionCanceled` |  |
//! | `dunning_updated` | `content.invoice.dunning_status` is `in_progress` or `exhausted` | `SubscriptionPastDue` |  |
//! | `omnichannel_subscription_created`, `omnichannel_subscription_item_renewed`, `omnichannel_subscription_item_reactivated`, `omnichannel_subscription_item_recovered`, `omnichannel_subscription_item_resubscribed`, `omnichannel_subscription_item_resumed`, `omnichannel_subscription_item_scheduled_cancellation_removed` |  | `SubscriptionActive` |  |
//! | `omnichannel_subscription_item_cancellation_scheduled`, `omnichannel_subscription_item_pause_scheduled` |  | `SubscriptionEnding` |  |
//! | `omnichannel_subscription_item_dunning_started`, `omnichannel_subscription_item_grace_period_started`, `omnichannel_subscription_item_grace_period_expired` |  | `SubscriptionPastDue` |  |
//! | `omnichannel_subscription_item_paused` |  | `SubscriptionPaused` |  |
//! | `omnichannel_subscription_item_cancelled`, `omnichannel_subscription_item_expired`, `omnichannel_subscription_item_dunning_expired` |  | `SubscriptionCanceled` |  |
//! | `omnichannel_one_time_order_created` |  | `Paid` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `payment_refunded`, `refund_initiated` | `content.transaction.currency_code`, minor units |  | `content.transaction.refunded_txn_id` | `occurred_at`, in seconds |
//! | `subscription_created`, `subscription_created_with_backdating`, `subscription_started`, `subscription_activated`, `subscription_activated_with_backdating`, `subscription_renewed`, `subscription_reactivated`, `subscription_reactivated_with_backdating`, `subscription_resumed`, `subscription_scheduled_cancellation_removed`, `subscription_scheduled_pause_removed`, `subscription_cancellation_scheduled`, `subscription_pause_scheduled`, `subscription_paused`, `subscription_cancelled`, `subscription_canceled_with_backdating`, `subscription_deleted` |  |  | `content.subscription.id` | `occurred_at`, in seconds |
//! | `dunning_updated` |  |  | `content.invoice.subscription_id` | `occurred_at`, in seconds |
//! | `omnichannel_subscription_created`, `omnichannel_subscription_item_renewed`, `omnichannel_subscription_item_reactivated`, `omnichannel_subscription_item_recovered`, `omnichannel_subscription_item_resubscribed`, `omnichannel_subscription_item_resumed`, `omnichannel_subscription_item_scheduled_cancellation_removed`, `omnichannel_subscription_item_cancellation_scheduled`, `omnichannel_subscription_item_pause_scheduled`, `omnichannel_subscription_item_dunning_started`, `omnichannel_subscription_item_grace_period_started`, `omnichannel_subscription_item_grace_period_expired`, `omnichannel_subscription_item_paused`, `omnichannel_subscription_item_cancelled`, `omnichannel_subscription_item_expired`, `omnichannel_subscription_item_dunning_expired` |  |  | `content.omnichannel_subscription.id` | `occurred_at`, in seconds |
//! | `omnichannel_one_time_order_created` |  |  | `content.omnichannel_one_time_order.id` | `occurred_at`, in seconds |
//! | all others | `content.transaction.currency_code`, minor units |  | `content.transaction.id` | `occurred_at`, in seconds |
//!
//! - Several transactions can pay one invoice: every amount is a step.
//! - A refund is a transaction of its own: the step id is its id, and the transaction id that of the payment. Whether all went
//!   back is not told.
//! - A subscription that will not be renewed, or will rest, is `SubscriptionEnding`. `dunning_updated` is `Other` where the
//!   dunning succeeded or was stopped.
//! - `omnichannel_…` tell of what an app store bills, without amounts.
//! - The units are those that "What are zero decimal currencies" says.
//! - Chargebee has no field for a reference of your own; ids of customers and subscriptions can be yours, and stand in
//!   `content`.
//!
//! Dedupe tells events apart by: `id`, unsigned.

use std::sync::Arc;

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Paid, Pending, Refund, RefundPending, SubscriptionActive,
    SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::basic_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{BasicSigner, Sample, SampleKeys, Sign, SignedRequest};
use crate::time::TimeUnit;
use crate::verify::Login;
#[cfg(feature = "testing")]
use crate::{ConfigError, Settings, UnixTime};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Chargebee(Login::configured(NAMES, settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://www.chargebee.com/docs/webhook_settings.html",
)
.setup(&[
    "Open Settings, Configure Chargebee, API Keys and Webhooks, Webhooks, and add a \
         webhook with the URL of your endpoint.",
    "Turn on the protection of the URL with basic authentication, with a user name and a \
         long random password: they become `username` and `password`.",
])
.settings(&[
    Setting::required(
        "username",
        "the user name of the basic authentication, as you entered it at Chargebee",
    ),
    Setting::required(
        "password",
        "the password that belongs to it: one or a list, any of which may match",
    ),
])
.headers(&["authorization"])
.signed("nothing: the sender shows a user name and a password itself");

const NAME: &str = "chargebee";

/// Where id and kind stand. What is shown is no more than a token, so neither is signed.
const NAMES: Scheme = Scheme::new(NAME, Algorithm::Token)
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/event_type")])
    // Not the body: a repeat says another `webhook_status`.
    .identity(Identity::fields(&[&[Field::Json("/id")]]))
    .meaning(&MEANING);

basic_provider! {
    /// Verifies that a request shows the user name and the password of a webhook with Chargebee.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::chargebee::Chargebee;
    ///
    /// let endpoint = Endpoint::new(Chargebee::new("chargebee", ["new password", "old password"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Chargebee, NAMES
}

/// What Chargebee's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["payment_succeeded"], Paid),
        Rule::new(&["payment_failed"], Failed),
        Rule::new(&["payment_initiated"], Pending),
        Rule::new(&["payment_refunded"], Refund).places(&REFUND),
        Rule::new(&["refund_initiated"], RefundPending).places(&REFUND),
        Rule::new(&["authorization_succeeded"], Authorized),
        Rule::new(&["authorization_voided"], Canceled),
        Rule::by(
            &[
                "subscription_created",
                "subscription_created_with_backdating",
            ],
            "/content/subscription/status",
            &[
                ("active", SubscriptionActive),
                ("in_trial", SubscriptionActive),
                ("non_renewing", SubscriptionEnding),
                ("future", Pending),
            ],
        )
        .places(&SUBSCRIPTION),
        Rule::new(
            &[
                "subscription_started",
                "subscription_activated",
                "subscription_activated_with_backdating",
                "subscription_renewed",
                "subscription_reactivated",
                "subscription_reactivated_with_backdating",
                "subscription_resumed",
                "subscription_scheduled_cancellation_removed",
                "subscription_scheduled_pause_removed",
            ],
            SubscriptionActive,
        )
        .places(&SUBSCRIPTION),
        Rule::new(
            &[
                "subscription_cancellation_scheduled",
                "subscription_pause_scheduled",
            ],
            SubscriptionEnding,
        )
        .places(&SUBSCRIPTION),
        Rule::new(&["subscription_paused"], SubscriptionPaused).places(&SUBSCRIPTION),
        Rule::new(
            &[
                "subscription_cancelled",
                "subscription_canceled_with_backdating",
                "subscription_deleted",
            ],
            SubscriptionCanceled,
        )
        .places(&SUBSCRIPTION),
        Rule::by(
            &["dunning_updated"],
            "/content/invoice/dunning_status",
            &[
                ("in_progress", SubscriptionPastDue),
                ("exhausted", SubscriptionPastDue),
            ],
        )
        .places(&SUBSCRIPTION)
        .transaction(&["/content/invoice/subscription_id"]),
        Rule::new(
            &[
                "omnichannel_subscription_created",
                "omnichannel_subscription_item_renewed",
                "omnichannel_subscription_item_reactivated",
                "omnichannel_subscription_item_recovered",
                "omnichannel_subscription_item_resubscribed",
                "omnichannel_subscription_item_resumed",
                "omnichannel_subscription_item_scheduled_cancellation_removed",
            ],
            SubscriptionActive,
        )
        .places(&APP_STORE),
        Rule::new(
            &[
                "omnichannel_subscription_item_cancellation_scheduled",
                "omnichannel_subscription_item_pause_scheduled",
            ],
            SubscriptionEnding,
        )
        .places(&APP_STORE),
        Rule::new(
            &[
                "omnichannel_subscription_item_dunning_started",
                "omnichannel_subscription_item_grace_period_started",
                "omnichannel_subscription_item_grace_period_expired",
            ],
            SubscriptionPastDue,
        )
        .places(&APP_STORE),
        Rule::new(
            &["omnichannel_subscription_item_paused"],
            SubscriptionPaused,
        )
        .places(&APP_STORE),
        Rule::new(
            &[
                "omnichannel_subscription_item_cancelled",
                "omnichannel_subscription_item_expired",
                "omnichannel_subscription_item_dunning_expired",
            ],
            SubscriptionCanceled,
        )
        .places(&APP_STORE),
        Rule::new(&["omnichannel_one_time_order_created"], Paid)
            .places(&APP_STORE)
            .transaction(&["/content/omnichannel_one_time_order/id"]),
    ],
);

const EVENT: Places = Places::new(Unit::Minor).time(TimeUnit::Seconds, &["/occurred_at"]);

const PAYMENT: Places = EVENT
    .step_amount(&["/content/transaction/amount"])
    .currency(&["/content/transaction/currency_code"])
    .transaction(&["/content/transaction/id"]);

/// The transaction is that of the refund.
const REFUND: Places = PAYMENT
    .step_id(&["/content/transaction/id"])
    .transaction(&["/content/transaction/refunded_txn_id"]);

const SUBSCRIPTION: Places = EVENT.transaction(&["/content/subscription/id"]);

/// Billed by an app store.
const APP_STORE: Places = EVENT.transaction(&["/content/omnichannel_subscription/id"]);

/// Shows a user name and a password as Chargebee does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::chargebee::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("chargebee", "correct horse battery")?;
/// let body = br#"{"id":"ev_1","event_type":"payment_succeeded","content":{}}"#;
/// let request = signer.sign(body, UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("authorization").unwrap().starts_with("Basic "));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer(BasicSigner);

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this user name and password.
    ///
    /// # Errors
    /// If one of them is empty.
    pub fn new(
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        BasicSigner::new(username, password).map(Self)
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        self.0.sign(body, now)
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(BasicSigner::configured(settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = BasicSigner::sample(NAME, keys, |keys| Chargebee::new(BasicSigner::USER, keys))?;
    Ok(vec![sample])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use base64ct::{Base64, Encoding};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::support;
    use crate::{MatchedKey, RejectionKind};

    fn settings() -> Value {
        json!({"username": "user", "password": ["new:pass", "the old one"]})
    }

    fn request(header: &str) -> SignedRequest {
        let signer = Signer::new("user", "the old one").unwrap();
        let request = signer.sign(b"{}", support::NOW).unwrap();
        request.with_header("authorization", header)
    }

    fn basic(credentials: &str) -> SignedRequest {
        request(&format!(
            "Basic {}",
            Base64::encode_string(credentials.as_bytes())
        ))
    }

    #[test]
    fn any_password_may_match_and_the_scheme_is_written_in_any_case() {
        for (header, index) in [
            (
                basic("user:new:pass")
                    .header("authorization")
                    .unwrap()
                    .to_owned(),
                0,
            ),
            ("bAsIc dXNlcjp0aGUgb2xkIG9uZQ==".to_owned(), 1),
            ("  Basic   dXNlcjp0aGUgb2xkIG9uZQ== ".to_owned(), 1),
        ] {
            let delivery = support::accepted("chargebee", settings(), request(&header));
            assert_eq!(
                delivery.key().map(MatchedKey::index),
                Some(index),
                "{header}"
            );
        }
    }

    #[test]
    fn other_names_and_passwords_are_refused() {
        for credentials in [
            "user:",
            ":old",
            "user:OLD",
            "user:old ",
            "user:old:",
            "User:old",
            "user:new",
            "user::new:pass",
        ] {
            let refused = support::refused("chargebee", settings(), basic(credentials));
            assert_eq!(refused.kind(), RejectionKind::BadSignature, "{credentials}");
        }
    }

    #[test]
    fn what_is_no_basic_authentication_is_malformed() {
        for header in [
            "Basic",
            "dXNlcjp0aGUgb2xkIG9uZQ==",
            "Bearer dXNlcjp0aGUgb2xkIG9uZQ==",
            "Basic dXNlcjpvbGQ",
            "Basic dXNlcjpvbGR=",
            "Basic dXNlcg==",
            "Basic /w==",
            "Basic dXNl cjpvbGQ=",
        ] {
            let refused = support::refused("chargebee", settings(), request(header));
            assert_eq!(refused.kind(), RejectionKind::Malformed, "{header}");
        }
        let refused = support::refused("chargebee", settings(), request("  "));
        assert_eq!(refused.kind(), RejectionKind::MissingSignature);
    }

    #[test]
    fn names_that_basic_authentication_cannot_express_are_refused() {
        for (username, password) in [("", "p"), ("u", ""), ("u:v", "p")] {
            assert!(Chargebee::new(username, password).is_err());
        }
    }

    #[test]
    fn id_and_time_are_only_claimed() {
        let body =
            r#"{"id":"ev_1","occurred_at":1785920400,"event_type":"payment_failed","content":{}}"#;
        let signer = Signer::new("user", "the old one").unwrap();
        let delivery = support::signed("chargebee", settings(), &signer, body);
        let update = support::only(&delivery).unwrap();
        assert_eq!((update.event_id.as_deref(), update.time), (None, None));
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.event_id.as_deref(), Some("ev_1"));
        assert_eq!(claimed.time, Some(support::NOW));
    }

    #[test]
    fn debug_shows_neither_name_nor_password() {
        let shown = format!(
            "{:?}",
            Chargebee::new("canary", "canary for tests").unwrap()
        );
        assert!(!shown.contains("canary"));
    }
}

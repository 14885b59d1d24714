//! GoCardless: direct debits and bank payments.
//!
//! | | |
//! |---|---|
//! | signature | `Webhook-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the endpoint's secret |
//! | time window | none: GoCardless signs no time |
//! | event id | `meta.webhook_id` in the body, signed: the id of the **webhook**, which holds up to 250 events |
//! | kind | `resource_type`, `.`, `action` of the first event, such as `payments.confirmed`, signed; none if there is no event |
//!
//! # What to know
//!
//! - One webhook holds several events: take [`PaymentUpdates`](crate::payment::PaymentUpdates), and tell events apart
//!   by the id of each, [`event_id`](PaymentUpdate::event_id) of its update, not by the id of the webhook.
//! - GoCardless asks for status 498 where a signature is wrong. Any answer that is no 2xx has the same effect.
//! - GoCardless's libraries differ on hex in upper case, which it does not send. It is accepted here.
//!
//! Checked against GoCardless's libraries `gocardless-pro` 3.22.0 (Python) and `gocardless-nodejs` 10.1.2. Documentation:
//! ["Stay up to date with webhooks"](https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks/).
//!
//! # Payments
//!
//! One update for each event; more than 1,000 in one webhook are an error.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payments.created`, `payments.customer_approval_granted`, `payments.submitted`, `payments.resubmission_requested` |  | `Pending` |  |
//! | `payments.confirmed` |  | `Paid`, as `payments.paid_out` |  |
//! | `payments.paid_out` |  | `Paid`, as `payments.confirmed` |  |
//! | `payments.failed`, `payments.customer_approval_denied` |  | `Failed` |  |
//! | `payments.late_failure_settled` |  | `Failed`, as `payments.failed` |  |
//! | `payments.cancelled` |  | `Canceled` |  |
//! | `payments.charged_back` |  | `Disputed` |  |
//! | `payments.chargeback_cancelled` |  | `DisputeWon` |  |
//! | `payments.chargeback_settled` |  | `DisputeLost` |  |
//! | `refunds.created`, `refunds.submitted` |  | `RefundPending` | of id `links.refund` |
//! | `refunds.paid` |  | `Refund` | of id `links.refund` |
//! | `refunds.failed`, `refunds.funds_returned` |  | `RefundFailed` | of id `links.refund` |
//! | `subscriptions.created`, `subscriptions.customer_approval_granted`, `subscriptions.resumed`, `subscriptions.scheduled_pause_cancelled` |  | `SubscriptionActive` |  |
//! | `subscriptions.scheduled_pause` |  | `SubscriptionEnding` |  |
//! | `subscriptions.paused` |  | `SubscriptionPaused` |  |
//! | `subscriptions.cancelled`, `subscriptions.finished`, `subscriptions.customer_approval_denied` |  | `SubscriptionCanceled` |  |
//! | `payouts.paid` |  | `Payout` |  |
//! | `creditors.bounced_payout` |  | `PayoutFailed` |  |
//! | `outbound_payments.created`, `outbound_payments.set_to_pending_approval`, `outbound_payments.set_to_executing`, `outbound_payments.executed` |  | `Payout` |  |
//! | `outbound_payments.cancelled`, `outbound_payments.failed` |  | `PayoutFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `subscriptions.created`, `subscriptions.customer_approval_granted`, `subscriptions.resumed`, `subscriptions.scheduled_pause_cancelled`, `subscriptions.scheduled_pause`, `subscriptions.paused`, `subscriptions.cancelled`, `subscriptions.finished`, `subscriptions.customer_approval_denied` |  |  | `links.subscription` | `created_at`, by RFC 3339 |
//! | `payouts.paid` |  |  | `links.payout` | `created_at`, by RFC 3339 |
//! | `creditors.bounced_payout` |  |  |  | `created_at`, by RFC 3339 |
//! | `outbound_payments.created`, `outbound_payments.set_to_pending_approval`, `outbound_payments.set_to_executing`, `outbound_payments.executed`, `outbound_payments.cancelled`, `outbound_payments.failed` |  |  | `links.outbound_payment` | `created_at`, by RFC 3339 |
//! | all others |  |  | `links.payment` | `created_at`, by RFC 3339 |
//!
//! - The places are inside of the event.
//! - There is neither amount nor reference: no event has them. What you gave to GoCardless is in `metadata`, and the amount in
//!   its API.
//! - `payments.confirmed` and `payments.paid_out` both come, one after the other. After each of them a payment can still fail
//!   or be charged back. `payments.late_failure_settled` says that such a failure, told before, was taken off a payout.
//! - A refund names itself, and in GoCardless's samples not its payment: the transaction id is missing there. Whether all went
//!   back is not told. `refunds.funds_returned` can come after `refunds.paid`.
//! - A subscription that the customer must approve can still be denied after `subscriptions.created`.
//! - `creditors.bounced_payout` does not say which payout.
//! - All events of `mandates`, `billing_requests` and `instalment_schedules` are `Other`; so are `refunds.refund_settled` and
//!   fees.
//!
//! Dedupe tells events apart by: `meta.webhook_id`.

use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "testing")]
use crate::ConfigError;
#[cfg(feature = "testing")]
use crate::account::Settings;
use crate::crypto::Algorithm;
use crate::json::{EventKind, elements, places, values};
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Canceled, DisputeLost, DisputeWon, Disputed, Failed, Paid, Payout, PayoutFailed, Pending,
    Refund, RefundFailed, RefundPending, SubscriptionActive, SubscriptionCanceled,
    SubscriptionEnding, SubscriptionPaused,
};
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign};
use crate::time::TimeUnit;
use crate::verify::map_proof;
use crate::{Answer, BodyCheck, DecodeError, Proof, RequestHead, UnixTime, Verifier};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(GoCardless(SCHEME.configured(settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks/",
)
.setup(&[
    "In the Dashboard, open Developers, and create a webhook endpoint with the URL of \
     yours.",
    "Open it in the list and copy its secret: it becomes `secrets`.",
])
.settings(&[Setting::required(
    "secrets",
    "the secret of the webhook endpoint, shown in the Dashboard: one or a list, any of \
     which may match",
)])
.headers(&["webhook-signature"])
.signed("HMAC-SHA256 in hex of: the body");

/// Hex HMAC-SHA256 of the body. The kind of the first event is [`GoCardless`]'s to read.
pub const SCHEME: Scheme = Scheme::new("gocardless", Algorithm::HmacSha256)
    .signature(Signature::header("webhook-signature"))
    .id(&[Field::Json("/meta/webhook_id")])
    .meaning(&MEANING)
    .payments(updates);

/// Four times what GoCardless sends.
const MOST_EVENTS: usize = 1000;

scheme_provider! {
    /// Verifies what GoCardless sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::gocardless::GoCardless;
    ///
    /// let endpoint = Endpoint::new(GoCardless::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    GoCardless, SCHEME, by begin
}

/// With its names.
fn begin(
    scheme: &SchemeVerifier,
    head: &RequestHead<'_>,
    now: UnixTime,
) -> Result<BodyCheck, Answer> {
    Ok(map_proof(scheme.begin(head, now)?, named))
}

/// Names the webhook after its first event.
fn named(proof: Proof, body: &Bytes) -> Proof {
    match values(body, ["/events/0/resource_type", "/events/0/action"]) {
        [Some(resource), Some(action)] => proof.kind(format!("{resource}.{action}")),
        _ => proof,
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let events = elements(message.body(), "/events")?;
    if events.len() > MOST_EVENTS {
        return Err(DecodeError::new("events", "more than 1,000 events"));
    }
    let updates = events.iter().map(|event| update(message, event));
    updates.collect()
}

fn update(message: &Message, event: &Bytes) -> Result<PaymentUpdate, DecodeError> {
    let [id, resource, action] = places(event, ["/id", "/resource_type", "/action"])?;
    let kind = match (resource.get()?, action.get()?) {
        (Some(resource), Some(action)) => Some(format!("{resource}.{action}")),
        _ => None,
    };
    let base = PaymentUpdate {
        event_id: id.text()?,
        kind: kind.as_deref().map(EventKind::from),
        ..PaymentUpdate::other(message)
    };
    MEANING.update(kind.as_deref().unwrap_or_default(), event, base)
}

/// What GoCardless's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    EVENT,
    &[
        Rule::new(
            &[
                "payments.created",
                "payments.customer_approval_granted",
                "payments.submitted",
                "payments.resubmission_requested",
            ],
            Pending,
        ),
        Rule::new(&["payments.confirmed"], Paid).twin("payments.paid_out"),
        Rule::new(&["payments.paid_out"], Paid).twin("payments.confirmed"),
        Rule::new(
            &["payments.failed", "payments.customer_approval_denied"],
            Failed,
        ),
        Rule::new(&["payments.late_failure_settled"], Failed).twin("payments.failed"),
        Rule::new(&["payments.cancelled"], Canceled),
        Rule::new(&["payments.charged_back"], Disputed),
        Rule::new(&["payments.chargeback_cancelled"], DisputeWon),
        Rule::new(&["payments.chargeback_settled"], DisputeLost),
        Rule::new(&["refunds.created", "refunds.submitted"], RefundPending).step_id(REFUND),
        Rule::new(&["refunds.paid"], Refund).step_id(REFUND),
        Rule::new(&["refunds.failed", "refunds.funds_returned"], RefundFailed).step_id(REFUND),
        Rule::new(
            &[
                "subscriptions.created",
                "subscriptions.customer_approval_granted",
                "subscriptions.resumed",
                "subscriptions.scheduled_pause_cancelled",
            ],
            SubscriptionActive,
        )
        .transaction(SUBSCRIPTION),
        Rule::new(&["subscriptions.scheduled_pause"], SubscriptionEnding).transaction(SUBSCRIPTION),
        Rule::new(&["subscriptions.paused"], SubscriptionPaused).transaction(SUBSCRIPTION),
        Rule::new(
            &[
                "subscriptions.cancelled",
                "subscriptions.finished",
                "subscriptions.customer_approval_denied",
            ],
            SubscriptionCanceled,
        )
        .transaction(SUBSCRIPTION),
        Rule::new(&["payouts.paid"], Payout).transaction(&["/links/payout"]),
        // It names the creditor, and no payout.
        Rule::new(&["creditors.bounced_payout"], PayoutFailed).transaction(&[]),
        Rule::new(
            &[
                "outbound_payments.created",
                "outbound_payments.set_to_pending_approval",
                "outbound_payments.set_to_executing",
                "outbound_payments.executed",
            ],
            Payout,
        )
        .transaction(OUTBOUND),
        Rule::new(
            &["outbound_payments.cancelled", "outbound_payments.failed"],
            PayoutFailed,
        )
        .transaction(OUTBOUND),
    ],
);

const REFUND: &[&str] = &["/links/refund"];
const SUBSCRIPTION: &[&str] = &["/links/subscription"];
const OUTBOUND: &[&str] = &["/links/outbound_payment"];

const EVENT: Places = Places::new(Unit::Major)
    .transaction(&["/links/payment"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(crate::testing::Signer::configured(
        SCHEME, settings,
    )?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![
        Sample::of_scheme(SCHEME, keys)?.made_by(GoCardless::new),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::delivery::Delivery;
    use crate::payment::{PaymentStatus, PaymentUpdates};
    use crate::testing::{Signer, support};

    fn delivery(body: impl AsRef<[u8]>) -> Delivery {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        support::signed(
            "gocardless",
            json!({"secrets": "a secret for tests"}),
            &signer,
            body,
        )
    }

    fn webhook(events: &[Value]) -> Delivery {
        delivery(json!({"events": events, "meta": {"webhook_id": "WB1"}}).to_string())
    }

    fn event(id: &str, resource: &str, action: &str, links: Value) -> Value {
        json!({"id": id, "created_at": "2026-08-05T09:00:00.120Z", "resource_type": resource, "action": action,
            "links": links, "details": {"origin": "bank", "cause": "x"}, "metadata": {"order": "7"}})
    }

    fn updates(delivery: &Delivery) -> Vec<PaymentUpdate> {
        let PaymentUpdates(updates) = delivery.decode().unwrap();
        updates
    }

    #[test]
    fn each_event_is_an_update_with_its_own_id_and_kind() {
        let delivery = webhook(&[
            event("EV1", "payments", "confirmed", json!({"payment": "PM1"})),
            event("EV2", "mandates", "active", json!({"mandate": "MD1"})),
            event("EV3", "refunds", "paid", json!({"refund": "RF1"})),
        ]);
        assert_eq!(delivery.id(), Some("WB1"));
        assert_eq!(delivery.kind(), Some("payments.confirmed"));
        let updates = updates(&delivery);
        let seen: Vec<_> = updates
            .iter()
            .map(|update| {
                (
                    update.event_id.as_deref().unwrap(),
                    update.kind.as_deref().unwrap(),
                    update.status,
                    update.transaction_id.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (
                    "EV1",
                    "payments.confirmed",
                    PaymentStatus::Paid,
                    Some("PM1")
                ),
                ("EV2", "mandates.active", PaymentStatus::Other, None),
                ("EV3", "refunds.paid", PaymentStatus::Refund, None),
            ]
        );
        assert_eq!(updates[2].step_id.as_deref(), Some("RF1"));
        assert_eq!(updates[0].time.unwrap().as_millis(), 1_785_920_400_120);
    }

    #[test]
    fn a_webhook_whose_events_cannot_be_read_has_no_kind() {
        for body in [
            &b"{}"[..],
            b"[]",
            br#"{"events":[]}"#,
            br#"{"events":null}"#,
            b"",
            br#"{"events":{}}"#,
            br#"{"events":[],"events":[1]}"#,
            b"{\"events\":[\xff]}",
            br#"{"events":[1]}"#,
            br#"{"events":[{},"x"]}"#,
        ] {
            assert_eq!(delivery(body).kind(), None, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn the_number_of_events_is_bounded() {
        let body = |count: usize| format!("{{\"events\":[{}]}}", vec!["{}"; count].join(","));
        assert_eq!(updates(&delivery(body(1000))).len(), 1000);
        let error = delivery(body(1001)).decode::<PaymentUpdates>().unwrap_err();
        assert_eq!(error.path(), "events");
    }

    #[test]
    fn deep_nesting_is_no_panic() {
        let deep = format!(
            "{{\"events\":[{}{}]}}",
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        assert_eq!(delivery(&deep).kind(), None);
        assert!(delivery(&deep).decode::<PaymentUpdates>().is_err());
    }
}

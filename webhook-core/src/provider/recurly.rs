//! Recurly: subscriptions, their invoices and payments. JSON webhooks only.
//!
//! | | |
//! |---|---|
//! | signature | `recurly-signature`: the time in milliseconds and one or more hex HMAC-SHA256 of time, `.`, body, with `,` between them |
//! | key | the text of the endpoint's key |
//! | time window | 300 seconds both ways |
//! | event id | `id` in the body, signed. **It names the object**, so that several events share it |
//! | kind | `object_type`, `.`, `event_type` of the body, such as `charge_invoice.paid`, signed |
//!
//! # What to know
//!
//! - Webhooks in XML are not signed at all, and are refused here.
//! - Tell events apart by id, kind and `event_time` together: `charge_invoice.created` and `charge_invoice.paid` carry
//!   the same id.
//! - A body without `site_id` is not the documented envelope: it has no id here, and its kind is `event_type` alone.
//! - The events say what happened, not to how much: ask Recurly's API for the object.
//! - While a key is replaced, a request carries a signature with each.
//!
//! Checked against Recurly's libraries `recurly-client-ruby` at 05fa008, `lib/recurly/webhooks.rb`, and
//! `recurly-client-go`, `webhook.go`. Documentation:
//! ["Signature verification"](https://docs.recurly.com/recurly-subscriptions/docs/signature-verification).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `charge_invoice.created`, `charge_invoice.processing`, `charge_invoice.past_due`, `charge_invoice.reopened`, `invoice.created`, `invoice.processing`, `invoice.past_due`, `payment.scheduled`, `payment.processing` |  | `Pending` |  |
//! | `payment.authorized` |  | `Authorized` |  |
//! | `charge_invoice.paid` |  | `Paid`, as `payment.succeeded` |  |
//! | `payment.succeeded` |  | `Paid`, as `charge_invoice.paid` |  |
//! | `charge_invoice.failed`, `payment.failed` |  | `Failed` |  |
//! | `payment.voided` |  | `Canceled` |  |
//! | `payment.refunded` |  | `Refund` | of id `id` |
//! | `subscription.created`, `subscription.renewed`, `subscription.reactivated`, `subscription.resumed`, `subscription.pause.canceled` |  | `SubscriptionActive` |  |
//! | `subscription.canceled`, `subscription.pause.scheduled` |  | `SubscriptionEnding` |  |
//! | `subscription.paused` |  | `SubscriptionPaused` |  |
//! | `subscription.expired` |  | `SubscriptionCanceled` |  |
//! | `external_subscription.created`, `external_subscription.renewed`, `external_subscription.resubscribed`, `external_subscription.reactivated`, `external_subscription.recovered`, `external_subscription.extended_renewal`, `external_subscription.upgraded` |  | `SubscriptionActive` |  |
//! | `external_subscription.canceled` |  | `SubscriptionEnding` |  |
//! | `external_subscription.renewal_failure`, `external_subscription.renewal_failure_with_grace_period` |  | `SubscriptionPastDue` |  |
//! | `external_subscription.paused` |  | `SubscriptionPaused` |  |
//! | `external_subscription.expired`, `external_subscription.revoked`, `external_subscription.voided` |  | `SubscriptionCanceled` |  |
//! | `external_subscription.refunded` |  | `Refund` |  |
//! | `external_subscription.refund_reversed` |  | `RefundFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `payment.refunded` |  |  |  | `event_time`, by RFC 3339 |
//! | all others |  |  | `id` | `event_time`, by RFC 3339 |
//!
//! - No event has an amount or a reference.
//! - `charge_invoice.paid` and `payment.succeeded` tell of the same money: count one of the two.
//! - `payment.refunded` names the refund, not the payment, and does not say whether that was all.
//! - A subscription that is `canceled` runs until the end of its term; then `subscription.expired` comes. One that is set to
//!   rest is `SubscriptionEnding` too.
//! - `charge_invoice.past_due` is `Pending`: the invoice can still be paid.
//! - `external_subscription.…` are billed by an app store. `invoice.…` come from old sites without credit invoices. The names
//!   of these in JSON are derived from those in XML.
//! - The update's event id is `None`, because there is none: `id` names the invoice, payment or subscription.
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "testing")]
use crate::ConfigError;
#[cfg(feature = "testing")]
use crate::account::Settings;
use crate::crypto::Algorithm;
use crate::json::values;
use crate::message::{Message, Whose};
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Failed, Paid, Pending, Refund, RefundFailed, SubscriptionActive,
    SubscriptionCanceled, SubscriptionEnding, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::time::TimeUnit;
use crate::verify::map_proof;
use crate::{Answer, BodyCheck, DecodeError, Proof, RequestHead, UnixTime, Verifier};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Recurly(SCHEME.configured(settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.recurly.com/recurly-subscriptions/docs/signature-verification",
)
    .setup(&[
        "In Recurly, open Integrations, Webhooks and add an endpoint with the URL and the format JSON.",
        "Copy its secret key from the list of endpoints. It becomes `secrets`.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the endpoint's secret key, shown under Integrations, Webhooks: one or a list, any of which may match",
        ),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["recurly-signature"])
    .signed("HMAC-SHA256 in hex of: the time in milliseconds, `.`, the body")
    .tolerance_secs(300);

/// Hex HMAC-SHA256 of time, dot and body, after the time. The names of an event are [`Recurly`]'s to read.
pub const SCHEME: Scheme = Scheme::new("recurly", Algorithm::HmacSha256)
    .signature(
        Signature::header("recurly-signature")
            .separator(b',')
            .ignore_other_versions(),
    )
    .timestamp(
        Timestamp::first_entry()
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .kind(&[Field::Json("/event_type")])
    .whose(&WHOSE)
    .meaning(&MEANING)
    .payments(updates);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/site_id")]);

scheme_provider! {
    /// Verifies what Recurly sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::recurly::Recurly;
    ///
    /// let endpoint = Endpoint::new(Recurly::new(["the new key", "the old key"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Recurly, SCHEME, timed, by begin
}

/// With its names.
fn begin(
    scheme: &SchemeVerifier,
    head: &RequestHead<'_>,
    now: UnixTime,
) -> Result<BodyCheck, Answer> {
    Ok(map_proof(scheme.begin(head, now)?, named))
}

/// Names the event where the documented envelope is complete. Its id is that of the object, so only the whole body tells
/// one event from another.
const NAMES: [&str; 4] = ["/site_id", "/id", "/object_type", "/event_type"];

fn named(proof: Proof, body: &Bytes) -> Proof {
    match values(body, NAMES) {
        [Some(_), Some(id), Some(object), Some(event)] => proof
            .identity(&[])
            .id(id.to_string())
            .kind(format!("{object}.{event}")),
        _ => proof,
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), NAMES)?;
    Ok(vec![PaymentUpdate {
        event_id: None,
        ..MEANING.read(message)?
    }])
}

/// What Recurly's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::new(
            &[
                "charge_invoice.created",
                "charge_invoice.processing",
                "charge_invoice.past_due",
                "charge_invoice.reopened",
                "invoice.created",
                "invoice.processing",
                "invoice.past_due",
                "payment.scheduled",
                "payment.processing",
            ],
            Pending,
        ),
        Rule::new(&["payment.authorized"], Authorized),
        Rule::new(&["charge_invoice.paid"], Paid).twin("payment.succeeded"),
        Rule::new(&["payment.succeeded"], Paid).twin("charge_invoice.paid"),
        Rule::new(&["charge_invoice.failed", "payment.failed"], Failed),
        Rule::new(&["payment.voided"], Canceled),
        // Its id is that of the refund. Which payment it belongs to is not told.
        Rule::new(&["payment.refunded"], Refund)
            .step_id(ID)
            .transaction(&[]),
        Rule::new(
            &[
                "subscription.created",
                "subscription.renewed",
                "subscription.reactivated",
                "subscription.resumed",
                "subscription.pause.canceled",
            ],
            SubscriptionActive,
        ),
        Rule::new(
            &["subscription.canceled", "subscription.pause.scheduled"],
            SubscriptionEnding,
        ),
        Rule::new(&["subscription.paused"], SubscriptionPaused),
        Rule::new(&["subscription.expired"], SubscriptionCanceled),
        Rule::new(
            &[
                "external_subscription.created",
                "external_subscription.renewed",
                "external_subscription.resubscribed",
                "external_subscription.reactivated",
                "external_subscription.recovered",
                "external_subscription.extended_renewal",
                "external_subscription.upgraded",
            ],
            SubscriptionActive,
        ),
        Rule::new(&["external_subscription.canceled"], SubscriptionEnding),
        Rule::new(
            &[
                "external_subscription.renewal_failure",
                "external_subscription.renewal_failure_with_grace_period",
            ],
            SubscriptionPastDue,
        ),
        Rule::new(&["external_subscription.paused"], SubscriptionPaused),
        Rule::new(
            &[
                "external_subscription.expired",
                "external_subscription.revoked",
                "external_subscription.voided",
            ],
            SubscriptionCanceled,
        ),
        Rule::new(&["external_subscription.refunded"], Refund),
        Rule::new(&["external_subscription.refund_reversed"], RefundFailed),
    ],
);

const ID: &[&str] = &["/id"];

const PLACES: Places = Places::NONE
    .transaction(ID)
    .time(TimeUnit::Rfc3339, &["/event_time"]);

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::configured(SCHEME, settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    Ok(vec![Sample::of_scheme(SCHEME, keys)?.made_by(Recurly::new)])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dedupe::DedupeKey;
    use crate::delivery::Delivery;
    use crate::testing::support;

    fn delivery(body: &str) -> Delivery {
        let signer = Signer::new(SCHEME, "a key for tests").unwrap();
        support::signed(
            "recurly",
            json!({"secrets": "a key for tests"}),
            &signer,
            body,
        )
    }

    fn event(object: &str, event: &str) -> String {
        json!({"id": "rafhdbbf41mc", "object_type": object, "site_id": "qc326l1hl8k9", "event_type": event,
            "event_time": "2026-08-05T09:00:00Z", "uuid": "63b068f7d409d4b4478dea4e6aba58ae"})
        .to_string()
    }

    #[test]
    fn the_kind_is_joined_of_signed_fields() {
        let delivery = delivery(&event("charge_invoice", "paid"));
        assert_eq!(delivery.kind(), Some("charge_invoice.paid"));
        assert_eq!(delivery.id(), Some("rafhdbbf41mc"));
    }

    #[test]
    fn events_of_one_object_are_not_taken_for_each_other() {
        let created = event("charge_invoice", "created");
        let key = |body: &str| DedupeKey::of(&delivery(body));
        assert_eq!(key(&created), key(&created));
        for other in [
            event("charge_invoice", "paid"),
            event("payment", "created"),
            created.replace("09:00", "09:01"),
            created.replace("qc326l1hl8k9", "another"),
            created.replace("rafhdbbf41mc", "another"),
            created.replace(r#""event_time":"2026-08-05T09:00:00Z","#, ""),
        ] {
            assert_ne!(key(&other), key(&created), "{other}");
        }
    }

    #[test]
    fn an_envelope_with_a_part_missing_or_doubled_has_no_id() {
        let whole = event("payment", "succeeded");
        for (part, instead) in [
            (r#""site_id":"qc326l1hl8k9""#, r#""x":1"#),
            (r#""id":"rafhdbbf41mc""#, r#""x":1"#),
            (r#""id":"rafhdbbf41mc""#, r#""id":"a","id":"b""#),
            (
                r#""object_type":"payment""#,
                r#""object_type":"payment","object_type":"x""#,
            ),
        ] {
            assert!(whole.contains(part));
            let delivery = delivery(&whole.replace(part, instead));
            assert_eq!(delivery.id(), None, "{instead}");
            assert_eq!(delivery.kind(), Some("succeeded"), "{instead}");
        }
        for body in ["", "{}", "[]", "null", "\u{feff}{}"] {
            assert_eq!(delivery(body).kind(), None, "{body}");
        }
    }

    #[test]
    fn an_update_has_the_time_of_the_event_and_no_id() {
        let update = support::only(&delivery(&event("payment", "succeeded"))).unwrap();
        assert_eq!(update.time, Some(support::NOW));
        assert_eq!(update.event_id, None);
    }
}

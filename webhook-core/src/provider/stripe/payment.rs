//! Stripe's events in the normal form of payments. The tables are in the documentation of the module above.

use crate::TimeUnit;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Expired, Failed, Other, Paid,
    PartiallyRefunded, Pending, Refunded, SubscriptionActive, SubscriptionCanceled,
    SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::{Meaning, Places, Rule, Unit, When};

/// What Stripe's kinds mean for a payment. Thin events have `v2.core.event` in the place of `event`, and no object inside.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        // Nothing is bought: a card is stored for later.
        Rule::new(&["checkout.session.*"], Other)
            .when(&[When::Is("/data/object/mode", &["setup"])])
            .places(&Places::NONE),
        Rule::new(SESSION_DONE, Paid)
            .when(&[When::Is(
                "/data/object/payment_status",
                &["paid", "no_payment_required"],
            )])
            .amount(TOTAL),
        Rule::new(SESSION_DONE, Pending).amount(TOTAL),
        Rule::new(&["checkout.session.async_payment_failed"], Failed).amount(TOTAL),
        Rule::new(&["checkout.session.expired"], Expired).amount(TOTAL),
        Rule::new(
            &[
                "payment_intent.created",
                "payment_intent.processing",
                "payment_intent.requires_action",
                "payment_intent.partially_funded",
            ],
            Pending,
        ),
        Rule::new(&["payment_intent.amount_capturable_updated"], Authorized)
            .amount(&["/data/object/amount_capturable"]),
        Rule::new(&["payment_intent.succeeded"], Paid).amount(&["/data/object/amount_received"]),
        Rule::new(&["payment_intent.payment_failed"], Failed),
        Rule::new(&["payment_intent.canceled"], Canceled),
        Rule::new(&["charge.succeeded"], Paid)
            .when(&[When::Is("/data/object/captured", &["true"])]),
        Rule::new(&["charge.succeeded"], Authorized),
        Rule::new(&["charge.captured"], Paid).amount(&["/data/object/amount_captured"]),
        Rule::new(&["charge.pending"], Pending),
        Rule::new(&["charge.failed"], Failed),
        Rule::new(&["charge.expired"], Expired),
        Rule::new(&["charge.refunded"], Refunded)
            .when(&[When::Is("/data/object/refunded", &["true"])])
            .amount(BACK),
        Rule::new(&["charge.refunded"], PartiallyRefunded).amount(BACK),
        Rule::by(
            &["charge.dispute.*"],
            "/data/object/status",
            &[
                ("warning_needs_response", Disputed),
                ("warning_under_review", Disputed),
                ("needs_response", Disputed),
                ("under_review", Disputed),
                ("won", DisputeWon),
                ("warning_closed", DisputeWon),
                ("lost", DisputeLost),
            ],
        ),
        Rule::new(&["invoice.paid", "invoice.payment_succeeded"], Paid)
            .amount(&["/data/object/amount_paid"]),
        Rule::new(&["invoice.payment_failed"], Failed).amount(DUE),
        Rule::new(&["invoice.payment_action_required"], Pending).amount(DUE),
        Rule::new(&["invoice.voided"], Canceled).amount(DUE),
        Rule::new(&["customer.subscription.deleted"], SubscriptionCanceled).amount(&[]),
        Rule::by(
            &[
                "customer.subscription.created",
                "customer.subscription.updated",
                "customer.subscription.paused",
                "customer.subscription.resumed",
            ],
            "/data/object/status",
            &[
                ("incomplete", Pending),
                ("active", SubscriptionActive),
                ("trialing", SubscriptionActive),
                ("past_due", SubscriptionPastDue),
                ("unpaid", SubscriptionPastDue),
                ("paused", SubscriptionPaused),
                ("canceled", SubscriptionCanceled),
                ("incomplete_expired", SubscriptionCanceled),
            ],
        )
        .amount(&[]),
    ],
)
.only_if(&[When::Is("/object", &["event"])]);

const SESSION_DONE: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
];
const TOTAL: &[&str] = &["/data/object/amount_total"];
const DUE: &[&str] = &["/data/object/amount_due"];
const BACK: &[&str] = &["/data/object/amount_refunded"];

const PLACES: Places = Places::new(Unit::MinorExcept(OWN_DIGITS))
    .amount(&["/data/object/amount"])
    .currency(&["/data/object/currency"])
    .reference(&[
        "/data/object/client_reference_id",
        "/data/object/metadata/order_id",
    ])
    .transaction(&[
        "/data/object/payment_intent",
        "/data/object/payment_intent/id",
        "/data/object/charge",
        "/data/object/charge/id",
        "/data/object/id",
    ])
    .time(TimeUnit::Seconds, &["/created"]);

/// Where Stripe departs from ISO 4217: the ariary is counted whole, the króna and the Ugandan shilling in hundredths
/// that are always zero. Source: "Supported currencies" in Stripe's documentation, "Special cases".
const OWN_DIGITS: &[(&str, u32)] = &[("ISK", 2), ("MGA", 0), ("UGX", 2)];

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use crate::provider::stripe::SCHEME;
    use crate::testing::support::{NOW, update};

    #[test]
    fn id_and_time_of_an_update_are_those_of_the_event() {
        let body = r#"{"id":"evt_1","object":"event","created":1785920400,"type":"payment_intent.succeeded"}"#;
        let update = update(SCHEME, body).unwrap();
        assert_eq!(update.time, Some(NOW));
        assert_eq!(update.event_id.as_deref(), Some("evt_1"));
    }
}

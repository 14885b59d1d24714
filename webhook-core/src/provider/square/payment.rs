//! Square's events in the normal form of payments. The tables are in the documentation of the module above.

use bytes::Bytes;

use crate::json::elements;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Failed, Other, Paid,
    PartiallyRefunded, Payout, PayoutFailed, Pending, Refund, RefundFailed, RefundPending,
    Refunded, SubscriptionActive, SubscriptionCanceled, SubscriptionEnding, SubscriptionPaused,
};
use crate::payment::read::{minor, places, sum};
use crate::payment::{Amount, Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::{DecodeError, TimeUnit};

pub(super) fn payments(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let update = MEANING.read(message)?;
    let is_of_invoice = update.kind.as_deref() == Some(INVOICE_PAID);
    Ok(vec![match update.status {
        Paid if is_of_invoice => paid_invoice(message.body(), update)?,
        _ => update,
    }])
}

/// An invoice says what was paid of each of its instalments.
fn paid_invoice(body: &Bytes, update: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    const REQUESTS: &str = "/data/object/invoice/payment_requests";
    let mut paid = Vec::new();
    for request in elements(body, REQUESTS)? {
        let [amount, currency] = places(
            &request,
            [
                "/total_completed_amount_money/amount",
                "/total_completed_amount_money/currency",
            ],
        )?;
        paid.push(minor(&amount, &currency));
    }
    // What is not paid yet says nothing.
    let paid = sum(paid.into_iter().filter(|part| *part != Ok(None)));
    let nothing = (paid == Ok(None)).then_some(REQUESTS);
    Ok(PaymentUpdate {
        amount: paid.map(|sum| sum.map(Amount::Total)),
        missing: update.missing.into_iter().chain(nothing).collect(),
        ..update
    })
}

/// What Square's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(PAYMENTS, Refunded)
            .when(&[COMPLETED, When::Positive(BACK), When::Equal(BACK, TOTAL)])
            .amount(&[BACK]),
        Rule::new(PAYMENTS, PartiallyRefunded)
            .when(&[COMPLETED, When::Positive(BACK)])
            .amount(&[BACK]),
        Rule::new(PAYMENTS, Authorized)
            .when(&[When::Is(PAYMENT_STATUS, &["APPROVED"])])
            .amount(&["/data/object/payment/approved_money/amount", TOTAL]),
        Rule::by(
            PAYMENTS,
            PAYMENT_STATUS,
            &[
                ("COMPLETED", Paid),
                ("PENDING", Pending),
                ("CANCELED", Canceled),
                ("FAILED", Failed),
            ],
        ),
        Rule::new(REFUNDS, Refund)
            .when(&[When::Is(REFUND_STATUS, &["COMPLETED"])])
            .places(&REFUND)
            .twin(PAYMENT_UPDATED),
        Rule::by(
            REFUNDS,
            REFUND_STATUS,
            &[
                ("PENDING", RefundPending),
                ("REJECTED", RefundFailed),
                ("FAILED", RefundFailed),
            ],
        )
        .places(&REFUND),
        Rule::by(
            &[
                "dispute.created",
                "dispute.state.updated",
                "dispute.state.changed",
            ],
            "/data/object/dispute/state",
            &[
                ("INQUIRY_EVIDENCE_REQUIRED", Disputed),
                ("INQUIRY_PROCESSING", Disputed),
                ("EVIDENCE_REQUIRED", Disputed),
                ("PROCESSING", Disputed),
                ("WON", DisputeWon),
                ("LOST", DisputeLost),
                ("ACCEPTED", DisputeLost),
                ("INQUIRY_CLOSED", DisputeClosed),
            ],
        )
        .places(&DISPUTE),
        Rule::by(
            &[INVOICE_PAID],
            INVOICE_STATUS,
            &[("PAID", Paid), ("PARTIALLY_PAID", Paid)],
        )
        .places(&INVOICE)
        .twin(PAYMENT_UPDATED),
        Rule::new(&[INVOICE_PAID], Pending).places(&INVOICE),
        Rule::new(&["invoice.published"], Pending).places(&INSTALMENT),
        Rule::new(&["invoice.scheduled_charge_failed"], Failed).places(&INSTALMENT),
        Rule::new(&["invoice.canceled"], Canceled).places(&INVOICE),
        Rule::by(
            &["invoice.refunded"],
            INVOICE_STATUS,
            &[
                ("REFUNDED", Refunded),
                ("PARTIALLY_REFUNDED", PartiallyRefunded),
            ],
        )
        .places(&INVOICE)
        .twin(PAYMENT_UPDATED),
        Rule::new(&["invoice.refunded"], Refund)
            .places(&INVOICE)
            .twin(PAYMENT_UPDATED),
        Rule::new(SUBSCRIPTIONS, SubscriptionEnding)
            .when(&[
                When::Is(SUBSCRIPTION_STATUS, &["ACTIVE"]),
                When::Present("/data/object/subscription/canceled_date"),
            ])
            .places(&SUBSCRIPTION),
        Rule::by(
            SUBSCRIPTIONS,
            SUBSCRIPTION_STATUS,
            &[
                ("PENDING", Pending),
                ("ACTIVE", SubscriptionActive),
                ("PAUSED", SubscriptionPaused),
                ("CANCELED", SubscriptionCanceled),
                ("DEACTIVATED", SubscriptionCanceled),
                ("COMPLETED", SubscriptionCanceled),
            ],
        )
        .places(&SUBSCRIPTION),
        // Money that comes from the merchant's bank.
        Rule::new(&["payout.sent", "payout.paid", "payout.failed"], Other)
            .when(&[When::Negative("/data/object/payout/amount_money/amount")])
            .places(&Places::NONE),
        Rule::new(&["payout.sent", "payout.paid"], Payout).places(&PAYOUT),
        Rule::new(&["payout.failed"], PayoutFailed).places(&PAYOUT),
    ],
);

const PAYMENTS: &[&str] = &["payment.created", PAYMENT_UPDATED];
const PAYMENT_UPDATED: &str = "payment.updated";
const PAYMENT_STATUS: &str = "/data/object/payment/status";
const COMPLETED: When = When::Is(PAYMENT_STATUS, &["COMPLETED"]);
/// What was taken, with the tip.
const TOTAL: &str = "/data/object/payment/total_money/amount";
/// What went back so far.
const BACK: &str = "/data/object/payment/refunded_money/amount";
const REFUNDS: &[&str] = &["refund.created", "refund.updated"];
const REFUND_STATUS: &str = "/data/object/refund/status";
const INVOICE_PAID: &str = "invoice.payment_made";
const INVOICE_STATUS: &str = "/data/object/invoice/status";
const SUBSCRIPTIONS: &[&str] = &["subscription.created", "subscription.updated"];
const SUBSCRIPTION_STATUS: &str = "/data/object/subscription/status";

const EVENT: Places = Places::new(Unit::Minor).time(TimeUnit::Rfc3339, &["/created_at"]);

const PAYMENT: Places = EVENT
    .amount(&[TOTAL])
    .currency(&[
        "/data/object/payment/total_money/currency",
        "/data/object/payment/amount_money/currency",
    ])
    .reference(&["/data/object/payment/reference_id"])
    .transaction(&["/data/object/payment/id"]);

const REFUND: Places = EVENT
    .step_amount(&["/data/object/refund/amount_money/amount"])
    .currency(&["/data/object/refund/amount_money/currency"])
    .step_id(&["/data/object/refund/id"])
    .transaction(&["/data/object/refund/payment_id"]);

const DISPUTE: Places = EVENT
    .amount(&["/data/object/dispute/amount_money/amount"])
    .currency(&["/data/object/dispute/amount_money/currency"])
    .step_id(&["/data/object/dispute/id"])
    .transaction(&["/data/object/dispute/disputed_payment/payment_id"]);

const INVOICE: Places = EVENT.transaction(&["/data/object/invoice/id"]);

/// The instalment that is due next.
const INSTALMENT: Places = INVOICE
    .step_amount(&["/data/object/invoice/next_payment_amount_money/amount"])
    .currency(&["/data/object/invoice/next_payment_amount_money/currency"]);

const SUBSCRIPTION: Places = EVENT.transaction(&["/data/object/subscription/id"]);

const PAYOUT: Places = EVENT
    .amount(&["/data/object/payout/amount_money/amount"])
    .currency(&["/data/object/payout/amount_money/currency"])
    .transaction(&["/data/object/payout/id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use crate::UnixTime;
    use crate::provider::square::SCHEME;
    use crate::testing::Signer;
    use crate::testing::support::{only, signed};

    #[test]
    fn the_time_of_an_update_is_that_of_the_event() {
        const URL: &str = "https://shop.example/hooks/square";
        for (kind, object) in [
            (
                "payment.updated",
                json!({"payment": {"status": "COMPLETED"}}),
            ),
            (
                "dispute.created",
                json!({"dispute": {"state": "PROCESSING"}}),
            ),
            (
                "subscription.updated",
                json!({"subscription": {"status": "ACTIVE"}}),
            ),
        ] {
            let body = json!({"type": kind, "created_at": "2026-08-05T09:00:00.120Z", "data": {"object": object}});
            let signer = Signer::new(SCHEME, "a key for tests").unwrap();
            let signer = signer.public_url(URL);
            let settings = json!({"secrets": "a key for tests", "public_url": URL});
            let update = only(&signed("square", settings, &signer, body.to_string())).unwrap();
            let time = Some(UnixTime::from_millis(1_785_920_400_120));
            assert_eq!(update.time, time, "{kind}");
        }
    }
}

//! What PayPal's events say about payments. The tables are in the documentation of the module above.

use bytes::Bytes;

use crate::json::{elements, places};
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeLost, DisputeWon, Disputed, Failed, Paid, Payout,
    PayoutFailed, Pending, Refund, RefundFailed, RefundPending, SubscriptionActive,
    SubscriptionCanceled, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentStatus, PaymentUpdate, Places, Rule, Unit, When};
use crate::time::TimeUnit;
use crate::{DecodeError, Text};

pub(super) fn payments(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/id", "/event_type"])?;
    let update = MEANING.read(message)?;
    let is_of_capture = update
        .kind
        .as_deref()
        .is_some_and(|kind| REFUNDS.contains(&kind));
    Ok(vec![match is_of_capture {
        true => of_capture(message.body(), update)?,
        false => update,
    }])
}

/// A refund with the id of the capture that it belongs to.
fn of_capture(body: &Bytes, update: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    let transaction_id = captured(body)?;
    let nothing = transaction_id.is_none().then_some(LINKS);
    Ok(PaymentUpdate {
        transaction_id,
        missing: update.missing.into_iter().chain(nothing).collect(),
        ..update
    })
}

const LINKS: &str = "/resource/links";

/// The first version of the interface names it; in the second it stands in the address of the capture and nowhere else.
fn captured(body: &Bytes) -> Result<Option<Text>, DecodeError> {
    let [id] = places(body, ["/resource/capture_id"])?;
    if let Some(id) = id.text()? {
        return Ok(Some(id));
    }
    for link in elements(body, LINKS)? {
        let [relation, address] = places(&link, ["/rel", "/href"])?;
        let Some((_, id)) = address.str()?.rsplit_once("/captures/") else {
            continue;
        };
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_id && relation.str()? == "up" {
            return Ok(Some(Text::from(id)));
        }
    }
    Ok(None)
}

/// What PayPal's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSACTION,
    &[
        Rule::new(
            &["PAYMENT.CAPTURE.COMPLETED", "PAYMENT.SALE.COMPLETED"],
            Paid,
        ),
        Rule::new(
            &["PAYMENT.CAPTURE.PENDING", "PAYMENT.SALE.PENDING"],
            Pending,
        ),
        Rule::new(
            &[
                "PAYMENT.CAPTURE.DENIED",
                "PAYMENT.CAPTURE.DECLINED",
                "PAYMENT.SALE.DENIED",
            ],
            Failed,
        ),
        Rule::by(&[CAPTURE_REFUNDED], "/resource/status", REFUND_STATUSES).places(&REFUND),
        Rule::by(&[CAPTURE_REFUNDED], "/resource/state", REFUND_STATUSES).places(&REFUND),
        Rule::new(&[CAPTURE_REFUNDED, CAPTURE_REVERSED], Refund).places(&REFUND),
        Rule::new(&[REFUND_PENDING], RefundPending).places(&REFUND),
        Rule::new(&[REFUND_FAILED], RefundFailed).places(&REFUND),
        Rule::by(
            &["PAYMENT.SALE.REFUNDED"],
            "/resource/state",
            REFUND_STATUSES,
        )
        .places(&SALE_REFUND),
        Rule::new(&["PAYMENT.SALE.REFUNDED", "PAYMENT.SALE.REVERSED"], Refund).places(&SALE_REFUND),
        Rule::new(AUTHORIZED, Pending)
            .when(&[When::Is("/resource/status", PENDING)])
            .amount(AMOUNT),
        Rule::new(AUTHORIZED, Pending)
            .when(&[
                When::Absent("/resource/status"),
                When::Is("/resource/state", PENDING),
            ])
            .amount(AMOUNT),
        Rule::new(AUTHORIZED, Authorized).amount(AMOUNT),
        Rule::new(
            &["PAYMENT.AUTHORIZATION.VOIDED", "PAYMENT.ORDER.CANCELLED"],
            Canceled,
        )
        .amount(AMOUNT),
        Rule::new(&["PAYMENT.ORDER.CREATED"], Pending).amount(AMOUNT),
        Rule::new(APPROVED, Pending).when(ONE_UNIT).places(&UNIT),
        Rule::new(APPROVED, Pending).places(&ORDER),
        Rule::new(VOIDED, Canceled).when(ONE_UNIT).places(&UNIT),
        Rule::new(VOIDED, Canceled).places(&ORDER),
        Rule::new(DECLINED, Failed).when(ONE_UNIT).places(&UNIT),
        Rule::new(DECLINED, Failed).places(&ORDER),
        Rule::new(
            &[
                "CUSTOMER.DISPUTE.CREATED",
                "CUSTOMER.DISPUTE.UPDATED",
                "RISK.DISPUTE.CREATED",
            ],
            Disputed,
        )
        .places(&DISPUTE),
        Rule::by(
            RESOLVED,
            OUTCOME,
            &[
                ("RESOLVED_BUYER_FAVOUR", DisputeLost),
                ("ACCEPTED", DisputeLost),
            ],
        )
        .places(&LOST_DISPUTE),
        Rule::by(
            RESOLVED,
            OUTCOME,
            &[
                ("RESOLVED_SELLER_FAVOUR", DisputeWon),
                ("CANCELED_BY_BUYER", DisputeWon),
                ("DENIED", DisputeWon),
            ],
        )
        .places(&DISPUTE),
        Rule::new(RESOLVED, DisputeClosed).places(&DISPUTE),
        Rule::new(&["BILLING.SUBSCRIPTION.CREATED"], Pending).places(&SUBSCRIPTION),
        Rule::new(
            &[
                "BILLING.SUBSCRIPTION.ACTIVATED",
                "BILLING.SUBSCRIPTION.RE-ACTIVATED",
            ],
            SubscriptionActive,
        )
        .places(&SUBSCRIPTION),
        Rule::new(&["BILLING.SUBSCRIPTION.SUSPENDED"], SubscriptionPaused).places(&SUBSCRIPTION),
        Rule::new(
            &["BILLING.SUBSCRIPTION.PAYMENT.FAILED"],
            SubscriptionPastDue,
        )
        .places(&SUBSCRIPTION_FAILED),
        Rule::new(
            &[
                "BILLING.SUBSCRIPTION.CANCELLED",
                "BILLING.SUBSCRIPTION.EXPIRED",
            ],
            SubscriptionCanceled,
        )
        .places(&SUBSCRIPTION),
        Rule::by(UPDATED, "/resource/status", SUBSCRIPTION_STATUSES).places(&SUBSCRIPTION),
        Rule::by(UPDATED, "/resource/state", SUBSCRIPTION_STATUSES).places(&SUBSCRIPTION),
        Rule::by(
            INVOICE_PAID,
            INVOICE_STATUS,
            &[("PAID", Paid), ("MARKED_AS_PAID", Paid)],
        )
        .places(&INVOICE),
        Rule::new(INVOICE_PAID, Paid)
            .when(&[When::Is(INVOICE_STATUS, &["PARTIALLY_PAID"])])
            .places(&PAID_INVOICE),
        Rule::new(INVOICE_PAID, Pending).places(&INVOICE),
        Rule::new(&["INVOICING.INVOICE.REFUNDED"], Refund).places(&REFUNDED_INVOICE),
        Rule::new(&["INVOICING.INVOICE.CANCELLED"], Canceled).places(&INVOICE),
        Rule::new(
            &[
                "PAYMENT.PAYOUTSBATCH.PROCESSING",
                "PAYMENT.PAYOUTSBATCH.SUCCESS",
            ],
            Payout,
        )
        .places(&BATCH)
        .twin("PAYMENT.PAYOUTS-ITEM.SUCCEEDED"),
        Rule::new(&["PAYMENT.PAYOUTSBATCH.DENIED"], PayoutFailed)
            .places(&BATCH)
            .twin("PAYMENT.PAYOUTS-ITEM.DENIED"),
        Rule::new(
            &[
                "PAYMENT.PAYOUTS-ITEM.SUCCEEDED",
                "PAYMENT.PAYOUTS-ITEM.HELD",
                "PAYMENT.PAYOUTS-ITEM.UNCLAIMED",
            ],
            Payout,
        )
        .places(&PAYOUT_ITEM),
        Rule::new(
            &[
                "PAYMENT.PAYOUTS-ITEM.BLOCKED",
                "PAYMENT.PAYOUTS-ITEM.CANCELED",
                "PAYMENT.PAYOUTS-ITEM.DENIED",
                "PAYMENT.PAYOUTS-ITEM.FAILED",
                "PAYMENT.PAYOUTS-ITEM.REFUNDED",
                "PAYMENT.PAYOUTS-ITEM.RETURNED",
            ],
            PayoutFailed,
        )
        .places(&PAYOUT_ITEM),
        Rule::new(&["CUSTOMER.PAYOUT.COMPLETED"], Payout),
        Rule::new(&["PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED"], Payout).places(&EVENT),
        Rule::new(&["PAYMENT.REFERENCED-PAYOUT-ITEM.FAILED"], PayoutFailed).places(&EVENT),
    ],
);

const CAPTURE_REFUNDED: &str = "PAYMENT.CAPTURE.REFUNDED";
const CAPTURE_REVERSED: &str = "PAYMENT.CAPTURE.REVERSED";
const REFUND_PENDING: &str = "PAYMENT.REFUND.PENDING";
const REFUND_FAILED: &str = "PAYMENT.REFUND.FAILED";
/// What is about a refund of a capture.
const REFUNDS: &[&str] = &[
    CAPTURE_REFUNDED,
    CAPTURE_REVERSED,
    REFUND_PENDING,
    REFUND_FAILED,
];
/// Of a refund that has not happened. The first version of the interface writes them with small letters.
const REFUND_STATUSES: &[(&str, PaymentStatus)] = &[
    ("PENDING", RefundPending),
    ("pending", RefundPending),
    ("FAILED", RefundFailed),
    ("failed", RefundFailed),
    ("CANCELLED", RefundFailed),
    ("cancelled", RefundFailed),
];
const AUTHORIZED: &[&str] = &["PAYMENT.AUTHORIZATION.CREATED"];
const PENDING: &[&str] = &["PENDING", "pending"];
const APPROVED: &[&str] = &["CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.SAVED"];
const VOIDED: &[&str] = &[
    "CHECKOUT.ORDER.VOIDED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
];
const DECLINED: &[&str] = &["CHECKOUT.ORDER.DECLINED"];
const ONE_UNIT: &[When] = &[When::Absent("/resource/purchase_units/1")];
const RESOLVED: &[&str] = &["CUSTOMER.DISPUTE.RESOLVED"];
const OUTCOME: &str = "/resource/dispute_outcome/outcome_code";
const UPDATED: &[&str] = &["BILLING.SUBSCRIPTION.UPDATED"];
/// The same for subscriptions.
const SUBSCRIPTION_STATUSES: &[(&str, PaymentStatus)] = &[
    ("ACTIVE", SubscriptionActive),
    ("Active", SubscriptionActive),
    ("SUSPENDED", SubscriptionPaused),
    ("Suspended", SubscriptionPaused),
    ("CANCELLED", SubscriptionCanceled),
    ("Cancelled", SubscriptionCanceled),
    ("EXPIRED", SubscriptionCanceled),
    ("Expired", SubscriptionCanceled),
];
const INVOICE_PAID: &[&str] = &["INVOICING.INVOICE.PAID"];
const INVOICE_STATUS: &str = "/resource/invoice/status";
const AMOUNT: &[&str] = &["/resource/amount/value", "/resource/amount/total"];

const EVENT: Places = Places::new(Unit::Major).time(TimeUnit::Rfc3339, &["/create_time"]);

/// A capture or a sale. The second version of the interface has other names for some members than the first.
const TRANSACTION: Places = EVENT
    .step_amount(AMOUNT)
    .currency(&[
        "/resource/amount/currency_code",
        "/resource/amount/currency",
    ])
    .reference(&[
        "/resource/custom_id",
        "/resource/invoice_id",
        "/resource/custom",
        "/resource/invoice_number",
    ])
    .transaction(&["/resource/id"]);

/// Of a capture: which one stands in a link.
const REFUND: Places = TRANSACTION
    .step_amount(&["/resource/amount/value", "|/resource/amount/total|"])
    .total_so_far(&["/resource/seller_payable_breakdown/total_refunded_amount/value"])
    .step_id(&["/resource/id"])
    .transaction(&[]);

const SALE_REFUND: Places = TRANSACTION
    .step_amount(&["|/resource/amount/total|"])
    .total_so_far(&["/resource/total_refunded_amount/value"])
    .step_id(&["/resource/id"])
    .transaction(&["/resource/sale_id"]);

const ORDER: Places = EVENT.transaction(&["/resource/order_id", "/resource/id"]);

const UNIT: Places = ORDER
    .amount(&["/resource/purchase_units/0/amount/value"])
    .currency(&["/resource/purchase_units/0/amount/currency_code"])
    .reference(&[
        "/resource/purchase_units/0/custom_id",
        "/resource/purchase_units/0/invoice_id",
    ]);

const DISPUTE: Places = EVENT
    .amount(&["/resource/dispute_amount/value"])
    .currency(&["/resource/dispute_amount/currency_code"])
    .reference(&[
        "/resource/disputed_transactions/0/custom",
        "/resource/disputed_transactions/0/invoice_number",
    ])
    .step_id(&["/resource/dispute_id"])
    .transaction(&["/resource/disputed_transactions/0/seller_transaction_id"]);

const LOST_DISPUTE: Places = DISPUTE
    .amount(&[
        "/resource/dispute_outcome/amount_refunded/value",
        "/resource/dispute_amount/value",
    ])
    .currency(&[
        "/resource/dispute_outcome/amount_refunded/currency_code",
        "/resource/dispute_amount/currency_code",
    ]);

const SUBSCRIPTION: Places = EVENT
    .reference(&["/resource/custom_id"])
    .transaction(&["/resource/id"]);

const SUBSCRIPTION_FAILED: Places = SUBSCRIPTION
    .step_amount(&["/resource/billing_info/last_failed_payment/amount/value"])
    .currency(&["/resource/billing_info/last_failed_payment/amount/currency_code"]);

const INVOICE: Places = EVENT
    .amount(&["/resource/invoice/amount/value"])
    .currency(&["/resource/invoice/amount/currency_code"])
    .reference(&["/resource/invoice/detail/invoice_number"])
    .transaction(&["/resource/invoice/id", "/resource/id"]);

const PAID_INVOICE: Places = INVOICE
    .amount(&["/resource/invoice/payments/paid_amount/value"])
    .currency(&["/resource/invoice/payments/paid_amount/currency_code"]);

const REFUNDED_INVOICE: Places = INVOICE
    .amount(&["/resource/invoice/refunds/refund_amount/value"])
    .currency(&["/resource/invoice/refunds/refund_amount/currency_code"]);

const BATCH: Places = EVENT
    .amount(&["/resource/batch_header/amount/value"])
    .currency(&[
        "/resource/batch_header/amount/currency",
        "/resource/batch_header/amount/currency_code",
    ])
    .reference(&["/resource/batch_header/sender_batch_header/sender_batch_id"])
    .transaction(&["/resource/batch_header/payout_batch_id"]);

const PAYOUT_ITEM: Places = EVENT
    .step_amount(&["/resource/payout_item/amount/value"])
    .currency(&[
        "/resource/payout_item/amount/currency",
        "/resource/payout_item/amount/currency_code",
    ])
    .reference(&["/resource/payout_item/sender_item_id"])
    .step_id(&["/resource/payout_item_id"])
    .transaction(&["/resource/payout_item_id"]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::paypal::{
        Signer, TEST_CERTIFICATE_PEM, TEST_CERTIFICATE_URL, TEST_ROOT_PEM,
    };
    use crate::testing::support::{only, signed};

    fn update(body: &str) -> PaymentUpdate {
        let signer = Signer::new().unwrap();
        let settings = json!({
            "webhook_id": signer.webhook_id(),
            "trust_roots_pem": TEST_ROOT_PEM,
            "cert_by_url": {TEST_CERTIFICATE_URL: TEST_CERTIFICATE_PEM},
        });
        only(&signed("paypal", settings, &signer, body)).unwrap()
    }

    #[test]
    fn id_kind_and_time_are_only_claimed() {
        for kind in [
            "PAYMENT.CAPTURE.COMPLETED",
            "PAYMENT.CAPTURE.REFUNDED",
            "CHECKOUT.ORDER.APPROVED",
            "CUSTOMER.DISPUTE.CREATED",
            "BILLING.SUBSCRIPTION.ACTIVATED",
        ] {
            let body = json!({"id": "WH-1", "create_time": "2026-08-05T08:59:58.500Z", "event_type": kind});
            let update = update(&body.to_string());
            assert_eq!((&update.event_id, &update.kind), (&None, &None));
            assert_eq!(update.time, None);
            let claimed = update.dangerously_trust_unverified();
            assert_eq!(claimed.event_id.as_deref(), Some("WH-1"));
            assert_eq!(claimed.kind.as_deref(), Some(kind));
            let time = claimed.time.map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some("2026-08-05T08:59:58.5Z"), "{kind}");
        }
    }
}

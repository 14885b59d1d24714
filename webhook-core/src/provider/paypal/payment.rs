//! What PayPal's events say about payments. The tables are in the documentation of the module above.

use bytes::Bytes;

use crate::json::{elements, places};
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeLost, DisputeWon, Disputed, Failed, Paid, PartiallyRefunded,
    Pending, SubscriptionActive, SubscriptionCanceled, SubscriptionPastDue, SubscriptionPaused,
};
use crate::payment::read::require;
use crate::payment::{Meaning, Money, PaymentUpdate, Places, Rule, Unit, When};
use crate::time::TimeUnit;
use crate::{DecodeError, Text};

pub(super) fn payments(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/id", "/event_type"])?;
    let update = MEANING.read(message)?;
    Ok(vec![match update.status {
        PartiallyRefunded => refund(message.body(), update)?,
        _ => update,
    }])
}

/// A refund as the first version of the interface writes it may have a sign.
fn refund(body: &Bytes, update: PaymentUpdate) -> Result<PaymentUpdate, DecodeError> {
    let [value] = places(body, ["/resource/amount/value"])?;
    Ok(PaymentUpdate {
        amount: match value.is_there() {
            true => update.amount,
            false => update
                .amount
                .map(|sum| sum.map(|sum| sum.map(Money::without_sign))),
        },
        transaction_id: captured(body)?.or(update.transaction_id),
        ..update
    })
}

/// The id of the capture that a refund belongs to. It stands in the address of the capture and nowhere else.
fn captured(body: &Bytes) -> Result<Option<Text>, DecodeError> {
    for link in elements(body, "/resource/links")? {
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
        Rule::new(
            &[
                "PAYMENT.CAPTURE.REFUNDED",
                "PAYMENT.CAPTURE.REVERSED",
                "PAYMENT.SALE.REFUNDED",
                "PAYMENT.SALE.REVERSED",
            ],
            PartiallyRefunded,
        )
        .places(&REFUND),
        Rule::new(AUTHORIZED, Pending).when(&[When::Is("/resource/status", PENDING)]),
        Rule::new(AUTHORIZED, Pending).when(&[
            When::Absent("/resource/status"),
            When::Is("/resource/state", PENDING),
        ]),
        Rule::new(AUTHORIZED, Authorized),
        Rule::new(&["PAYMENT.AUTHORIZATION.VOIDED"], Canceled),
        Rule::new(APPROVED, Pending)
            .when(&[ONE_UNIT])
            .places(&ORDER_OF_ONE),
        Rule::new(APPROVED, Pending).places(&ORDER),
        Rule::new(TAKEN_BACK, Canceled)
            .when(&[ONE_UNIT])
            .places(&ORDER_OF_ONE),
        Rule::new(TAKEN_BACK, Canceled).places(&ORDER),
        Rule::by(
            &["CUSTOMER.DISPUTE.RESOLVED"],
            "/resource/dispute_outcome/outcome_code",
            &[
                ("RESOLVED_SELLER_FAVOUR", DisputeWon),
                ("CANCELED_BY_BUYER", DisputeWon),
                ("RESOLVED_BUYER_FAVOUR", DisputeLost),
            ],
        )
        .places(&DISPUTE),
        Rule::new(
            &[
                "CUSTOMER.DISPUTE.CREATED",
                "CUSTOMER.DISPUTE.UPDATED",
                "CUSTOMER.DISPUTE.RESOLVED",
                "RISK.DISPUTE.CREATED",
            ],
            Disputed,
        )
        .places(&DISPUTE),
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
        Rule::by(
            &["BILLING.SUBSCRIPTION.UPDATED"],
            "/resource/status",
            &[
                ("ACTIVE", SubscriptionActive),
                ("SUSPENDED", SubscriptionPaused),
                ("CANCELLED", SubscriptionCanceled),
                ("EXPIRED", SubscriptionCanceled),
            ],
        )
        .places(&SUBSCRIPTION),
    ],
);

const AUTHORIZED: &[&str] = &["PAYMENT.AUTHORIZATION.CREATED"];
const PENDING: &[&str] = &["PENDING", "pending"];
const APPROVED: &[&str] = &["CHECKOUT.ORDER.APPROVED"];
const TAKEN_BACK: &[&str] = &["CHECKOUT.PAYMENT-APPROVAL.REVERSED"];
const ONE_UNIT: When = When::Absent("/resource/purchase_units/1");

/// A capture, sale or authorization. The second version of the interface has other names for some members than the first.
const TRANSACTION: Places = Places::new(Unit::Major)
    .amount(&["/resource/amount/value", "/resource/amount/total"])
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
    .transaction(&["/resource/id"])
    .time(TimeUnit::Rfc3339, &["/create_time"]);

const REFUND: Places = TRANSACTION.transaction(&["/resource/sale_id", "/resource/id"]);

const ORDER: Places = Places::NONE
    .transaction(&["/resource/order_id", "/resource/id"])
    .time(TimeUnit::Rfc3339, &["/create_time"]);

const ORDER_OF_ONE: Places = ORDER
    .amount(&["/resource/purchase_units/0/amount/value"])
    .currency(&["/resource/purchase_units/0/amount/currency_code"])
    .reference(&[
        "/resource/purchase_units/0/custom_id",
        "/resource/purchase_units/0/invoice_id",
    ]);

const DISPUTE: Places = Places::new(Unit::Major)
    .amount(&["/resource/dispute_amount/value"])
    .currency(&["/resource/dispute_amount/currency_code"])
    .reference(&[
        "/resource/disputed_transactions/0/custom",
        "/resource/disputed_transactions/0/invoice_number",
    ])
    .transaction(&["/resource/disputed_transactions/0/seller_transaction_id"])
    .time(TimeUnit::Rfc3339, &["/create_time"]);

const SUBSCRIPTION: Places = Places::new(Unit::Major)
    .reference(&["/resource/custom_id"])
    .transaction(&["/resource/id"])
    .time(TimeUnit::Rfc3339, &["/create_time"]);

const SUBSCRIPTION_FAILED: Places = SUBSCRIPTION
    .amount(&["/resource/billing_info/last_failed_payment/amount/value"])
    .currency(&["/resource/billing_info/last_failed_payment/amount/currency_code"]);

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

//! What PayPal's events say about payments. The table is in the documentation of the module above.

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
            false => update.amount.map(|sum| sum.map(Money::without_sign)),
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

    use super::super::{Signer, TEST_CERTIFICATE_PEM, TEST_CERTIFICATE_URL, TEST_ROOT_PEM};
    use super::*;
    use crate::payment::{PaymentStatus, PaymentUpdates};
    use crate::testing::support::line;
    use crate::testing::support::only;
    use crate::testing::support::{signed, vectors};

    /// What is claimed: nothing of it is signed.
    fn update(body: &str) -> PaymentUpdate {
        let signer = Signer::new().unwrap();
        let settings = json!({
            "webhook_id": signer.webhook_id(),
            "trust_roots_pem": TEST_ROOT_PEM,
            "cert_by_url": {TEST_CERTIFICATE_URL: TEST_CERTIFICATE_PEM},
        });
        let delivery = signed("paypal", settings, &signer, body);
        let PaymentUpdates(mut updates) = delivery.decode().unwrap();
        assert_eq!(updates.len(), 1);
        claimed(updates.remove(0))
    }

    fn claimed(update: PaymentUpdate) -> PaymentUpdate {
        let known = [PaymentStatus::Other, PaymentStatus::Unconfirmed];
        assert!(known.contains(&update.status), "{}", update.status);
        assert_eq!((&update.event_id, &update.kind), (&None, &None));
        assert_eq!((update.amount, update.time), (Ok(None), None));
        assert_eq!((&update.reference, &update.transaction_id), (&None, &None));
        update.unverified.unwrap().into_unverified()
    }

    fn event(kind: &str, resource: &str) -> PaymentUpdate {
        let update = update(&format!(
            r#"{{"id":"WH-1","event_version":"1.0","create_time":"2026-08-05T08:59:58.500Z","event_type":"{kind}","resource":{resource}}}"#
        ));
        let at = (update.status != PaymentStatus::Other).then_some("2026-08-05T08:59:58.5Z");
        let time = update.time.map(|time| time.to_string());
        assert_eq!(time.as_deref(), at, "{kind}");
        update
    }

    fn shown(update: &PaymentUpdate) -> (&str, Option<String>, Option<&str>, Option<&str>) {
        (
            update.status.as_str(),
            update.amount.unwrap().map(|amount| amount.to_string()),
            update.reference.as_deref(),
            update.transaction_id.as_deref(),
        )
    }

    #[test]
    fn a_capture_is_read_as_its_kind_says() {
        let capture = r#"{"id":"5XL27109ME0152142","status":"COMPLETED","final_capture":true,
            "amount":{"currency_code":"USD","value":"413.97"},
            "seller_receivable_breakdown":{"gross_amount":{"currency_code":"USD","value":"413.97"},
                "paypal_fee":{"currency_code":"USD","value":"12.31"}},
            "custom_id":"order-7","invoice_id":"INV-7",
            "links":[{"rel":"self","href":"https://api.paypal.com/v2/payments/captures/5XL27109ME0152142"}]}"#;
        for (kind, status) in [
            ("PAYMENT.CAPTURE.COMPLETED", "paid"),
            ("PAYMENT.CAPTURE.PENDING", "pending"),
            ("PAYMENT.CAPTURE.DENIED", "failed"),
            ("PAYMENT.CAPTURE.DECLINED", "failed"),
            ("PAYMENT.AUTHORIZATION.CREATED", "authorized"),
            ("PAYMENT.AUTHORIZATION.VOIDED", "canceled"),
        ] {
            let update = event(kind, capture);
            let amount = Some("413.97 USD".to_owned());
            let want = (status, amount, Some("order-7"), Some("5XL27109ME0152142"));
            assert_eq!(shown(&update), want, "{kind}");
            assert_eq!(update.event_id.as_deref(), Some("WH-1"));
        }
    }

    #[test]
    fn a_refund_names_the_capture_that_it_belongs_to() {
        let refund = r#"{"id":"1Y107995YT783435V","status":"COMPLETED",
            "amount":{"currency_code":"USD","value":"0.99"},
            "seller_payable_breakdown":{"total_refunded_amount":{"currency_code":"USD","value":"1.98"}},
            "invoice_id":"INV-7",
            "links":[{"rel":"self","href":"https://api.paypal.com/v2/payments/refunds/1Y107995YT783435V"},
                {"rel":"up","href":"https://api.paypal.com/v2/payments/captures/0JF852973C016714D"}]}"#;
        for kind in ["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED"] {
            let amount = Some("0.99 USD".to_owned());
            let want = (
                "partially_refunded",
                amount,
                Some("INV-7"),
                Some("0JF852973C016714D"),
            );
            assert_eq!(shown(&event(kind, refund)), want);
        }
    }

    #[test]
    fn a_refund_without_a_capture_keeps_its_own_id() {
        for links in [
            "[]",
            "null",
            r#"[{"rel":"up","href":"https://api.paypal.com/v2/payments/captures/"}]"#,
            r#"[{"rel":"up","href":"https://api.paypal.com/v2/payments/captures/a?b"}]"#,
            r#"[{"rel":"up","href":"https://api.paypal.com/v2/payments/authorizations/A"}]"#,
            r#"[{"rel":"self","href":"https://api.paypal.com/v2/payments/captures/C"}]"#,
        ] {
            let refund = format!(r#"{{"id":"R","links":{links}}}"#);
            let update = event("PAYMENT.CAPTURE.REFUNDED", &refund);
            assert_eq!(update.transaction_id.as_deref(), Some("R"), "{links}");
        }
    }

    #[test]
    fn a_sale_of_the_first_interface_is_read_too() {
        let sale = r#"{"id":"44P499886K055384U","state":"completed","billing_agreement_id":"I-37B4TLL0FAJJ",
            "amount":{"total":"14.55","currency":"CAD","details":{"subtotal":"14.55"}},
            "custom":"","invoice_number":"INV-8"}"#;
        for (kind, status) in [
            ("PAYMENT.SALE.COMPLETED", "paid"),
            ("PAYMENT.SALE.PENDING", "pending"),
            ("PAYMENT.SALE.DENIED", "failed"),
        ] {
            let amount = Some("14.55 CAD".to_owned());
            let want = (status, amount, Some("INV-8"), Some("44P499886K055384U"));
            assert_eq!(shown(&event(kind, sale)), want, "{kind}");
        }
    }

    #[test]
    fn what_went_back_of_a_sale_has_no_sign() {
        for total in ["0.01", "-0.01"] {
            let refund = format!(
                r#"{{"id":"6YX43824R4443062K","sale_id":"9T0916710M1105906","state":"completed",
                    "amount":{{"total":"{total}","currency":"USD"}}}}"#
            );
            for kind in ["PAYMENT.SALE.REFUNDED", "PAYMENT.SALE.REVERSED"] {
                let amount = Some("0.01 USD".to_owned());
                let want = (
                    "partially_refunded",
                    amount,
                    None,
                    Some("9T0916710M1105906"),
                );
                assert_eq!(shown(&event(kind, &refund)), want);
            }
        }
    }

    #[test]
    fn what_was_paid_for_a_sale_keeps_its_sign() {
        let sale = r#"{"id":"S","amount":{"total":"-14.55","currency":"CAD"}}"#;
        let amount = event("PAYMENT.SALE.COMPLETED", sale).amount;
        assert_eq!(amount.unwrap().unwrap().to_string(), "-14.55 CAD");
    }

    #[test]
    fn an_authorization_that_is_looked_at_is_pending() {
        for resource in [
            r#"{"id":"A","status":"PENDING"}"#,
            r#"{"id":"A","state":"pending"}"#,
        ] {
            let update = event("PAYMENT.AUTHORIZATION.CREATED", resource);
            assert_eq!(update.status, PaymentStatus::Pending);
        }
    }

    #[test]
    fn amounts_count_the_digits_of_their_currency() {
        for (value, code, want) in [
            ("1000", "JPY", "1000 JPY"),
            ("1000.00", "JPY", "1000 JPY"),
            ("1000", "HUF", "1000.00 HUF"),
            ("1.234", "KWD", "1.234 KWD"),
            ("90071992547409.93", "EUR", "90071992547409.93 EUR"),
        ] {
            let capture = format!(r#"{{"amount":{{"currency_code":"{code}","value":"{value}"}}}}"#);
            let amount = event("PAYMENT.CAPTURE.COMPLETED", &capture).amount;
            assert_eq!(amount.unwrap().unwrap().to_string(), want);
        }
    }

    #[test]
    fn an_approved_order_is_not_paid() {
        let order = r#"{"id":"9JL52742K01513702","intent":"CAPTURE","status":"APPROVED",
            "purchase_units":[{"reference_id":"default","amount":{"currency_code":"USD","value":"4999.81"},
                "custom_id":"order-9"}]}"#;
        let amount = Some("4999.81 USD".to_owned());
        let want = (
            "pending",
            amount,
            Some("order-9"),
            Some("9JL52742K01513702"),
        );
        assert_eq!(shown(&event("CHECKOUT.ORDER.APPROVED", order)), want);
    }

    #[test]
    fn an_order_of_several_units_has_no_one_amount() {
        let order = r#"{"id":"9J","purchase_units":[{"amount":{"currency_code":"USD","value":"1.00"},"custom_id":"a"},
            {"amount":{"currency_code":"USD","value":"2.00"},"custom_id":"b"}]}"#;
        let want = ("pending", None, None, Some("9J"));
        assert_eq!(shown(&event("CHECKOUT.ORDER.APPROVED", order)), want);
    }

    #[test]
    fn an_approval_that_was_not_captured_is_canceled() {
        let reversed = r#"{"order_id":"5O190127TN364715T","purchase_units":[{"reference_id":"d9f80740",
            "custom_id":"MERCHANT_CUSTOM_ID","invoice_id":"MERCHANT_INVOICE_ID"}]}"#;
        let want = (
            "canceled",
            None,
            Some("MERCHANT_CUSTOM_ID"),
            Some("5O190127TN364715T"),
        );
        assert_eq!(
            shown(&event("CHECKOUT.PAYMENT-APPROVAL.REVERSED", reversed)),
            want
        );
    }

    #[test]
    fn a_dispute_is_decided_by_its_outcome() {
        for (kind, outcome, status) in [
            ("CUSTOMER.DISPUTE.CREATED", "null", "disputed"),
            ("CUSTOMER.DISPUTE.UPDATED", "null", "disputed"),
            ("RISK.DISPUTE.CREATED", "null", "disputed"),
            (
                "CUSTOMER.DISPUTE.UPDATED",
                r#""RESOLVED_BUYER_FAVOUR""#,
                "disputed",
            ),
            (
                "CUSTOMER.DISPUTE.RESOLVED",
                r#""RESOLVED_SELLER_FAVOUR""#,
                "dispute_won",
            ),
            (
                "CUSTOMER.DISPUTE.RESOLVED",
                r#""CANCELED_BY_BUYER""#,
                "dispute_won",
            ),
            (
                "CUSTOMER.DISPUTE.RESOLVED",
                r#""RESOLVED_BUYER_FAVOUR""#,
                "dispute_lost",
            ),
            (
                "CUSTOMER.DISPUTE.RESOLVED",
                r#""RESOLVED_WITH_PAYOUT""#,
                "disputed",
            ),
            ("CUSTOMER.DISPUTE.RESOLVED", "null", "disputed"),
        ] {
            let dispute = format!(
                r#"{{"dispute_id":"PP-D-12345","status":"RESOLVED","dispute_amount":{{"currency_code":"EUR","value":"20.00"}},
                    "dispute_outcome":{{"outcome_code":{outcome}}},
                    "disputed_transactions":[{{"seller_transaction_id":"00D10444LD479031K","invoice_number":"INV-9"}}]}}"#
            );
            let amount = Some("20.00 EUR".to_owned());
            let want = (status, amount, Some("INV-9"), Some("00D10444LD479031K"));
            assert_eq!(shown(&event(kind, &dispute)), want, "{kind} {outcome}");
        }
    }

    #[test]
    fn a_subscription_is_read_as_its_kind_says() {
        let subscription = |state: &str| {
            format!(
                r#"{{"id":"I-BW452GLLEP1G","status":"{state}","custom_id":"member-3","billing_info":{{
                    "outstanding_balance":{{"currency_code":"USD","value":"10.00"}},
                    "last_failed_payment":{{"amount":{{"currency_code":"USD","value":"11.00"}}}}}}}}"#
            )
        };
        for (kind, state, status) in [
            ("CREATED", "APPROVAL_PENDING", "pending"),
            ("ACTIVATED", "ACTIVE", "subscription_active"),
            ("RE-ACTIVATED", "ACTIVE", "subscription_active"),
            ("UPDATED", "ACTIVE", "subscription_active"),
            ("UPDATED", "SUSPENDED", "subscription_paused"),
            ("UPDATED", "CANCELLED", "subscription_canceled"),
            ("SUSPENDED", "SUSPENDED", "subscription_paused"),
            ("CANCELLED", "CANCELLED", "subscription_canceled"),
            ("EXPIRED", "EXPIRED", "subscription_canceled"),
        ] {
            let update = event(
                &format!("BILLING.SUBSCRIPTION.{kind}"),
                &subscription(state),
            );
            let want = (status, None, Some("member-3"), Some("I-BW452GLLEP1G"));
            assert_eq!(shown(&update), want, "{kind}");
        }
        let failed = event(
            "BILLING.SUBSCRIPTION.PAYMENT.FAILED",
            &subscription("ACTIVE"),
        );
        assert_eq!(failed.status, PaymentStatus::SubscriptionPastDue);
        assert_eq!(failed.amount.unwrap().unwrap().to_string(), "11.00 USD");
    }

    #[test]
    fn what_means_nothing_for_a_payment_is_other() {
        for kind in [
            "CHECKOUT.ORDER.COMPLETED",
            "PAYMENT.CAPTURE.SOMETHING",
            "PAYMENT.PAYOUTS-ITEM.SUCCEEDED",
            "BILLING.SUBSCRIPTION.UPDATED",
            "BILLING.PLAN.CREATED",
            "CUSTOMER.DISPUTE.SOMETHING",
            "VAULT.PAYMENT-TOKEN.CREATED",
            "",
        ] {
            let resource = r#"{"id":"X","amount":{"currency_code":"USD","value":"no amount"}}"#;
            let update = event(kind, resource);
            assert_eq!(update.status, PaymentStatus::Other, "{kind}");
            assert_eq!(update.amount, Ok(None));
        }
        assert_eq!(update("[]").status, PaymentStatus::Other);
    }

    #[test]
    fn an_amount_that_is_written_twice_is_ambiguous() {
        let capture =
            r#"{"id":"X","amount":{"currency_code":"USD","value":"1.00","value":"9999.00"}}"#;
        let capture = event("PAYMENT.CAPTURE.COMPLETED", capture);
        assert_eq!(line(&capture), "paid | ambiguous | - | X");
    }

    #[test]
    fn the_accepted_vectors_claim_to_be_paid() {
        for (name, delivery) in vectors("paypal") {
            let update = only(&delivery).unwrap();
            assert_eq!(update.status, PaymentStatus::Unconfirmed, "{name}");
            let update = claimed(update);
            assert_eq!(update.status, PaymentStatus::Paid, "{name}");
            assert!(
                update.amount.unwrap().is_some() && update.reference.is_some(),
                "{name}"
            );
        }
    }
}

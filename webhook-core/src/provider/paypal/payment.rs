//! What PayPal's events say about payments.

use bytes::Bytes;
use bytestring::ByteString;

use crate::payment::read::{elements, major, text, time, values};
use crate::payment::{Money, PaymentStatus, PaymentUpdate};
use crate::time::TimeUnit;
use crate::{DecodeError, Delivery, Text};

pub(super) fn payments(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let kind = delivery.kind().unwrap_or_default();
    let update = match group(kind) {
        Group::Transaction => transaction(delivery, kind)?,
        Group::Order => order(delivery, kind)?,
        Group::Dispute => dispute(delivery, kind)?,
        Group::Subscription => subscription(delivery, kind)?,
        Group::Other => PaymentUpdate::other(delivery),
    };
    Ok(vec![update])
}

/// What an event has as its `resource`.
enum Group {
    Transaction,
    Order,
    Dispute,
    Subscription,
    Other,
}

fn group(kind: &str) -> Group {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| kind.starts_with(prefix));
    if begins(&["PAYMENT.CAPTURE.", "PAYMENT.SALE.", "PAYMENT.AUTHORIZATION."]) {
        Group::Transaction
    } else if begins(&["CHECKOUT.ORDER.", "CHECKOUT.PAYMENT-APPROVAL."]) {
        Group::Order
    } else if begins(&["CUSTOMER.DISPUTE.", "RISK.DISPUTE."]) {
        Group::Dispute
    } else if begins(&["BILLING.SUBSCRIPTION."]) {
        Group::Subscription
    } else {
        Group::Other
    }
}

/// A capture, sale or authorization, or a refund of one. The second version of the interface has other names for some
/// members than the first; what has come in one of them is taken.
fn transaction(delivery: &Delivery, kind: &str) -> Result<PaymentUpdate, DecodeError> {
    let body = delivery.body();
    let found = values(
        body,
        [
            "/resource/id",
            "/resource/status",
            "/resource/state",
            "/resource/amount/value",
            "/resource/amount/currency_code",
            "/resource/amount/total",
            "/resource/amount/currency",
            "/resource/custom_id",
            "/resource/invoice_id",
            "/resource/custom",
            "/resource/invoice_number",
            "/resource/sale_id",
            "/create_time",
        ],
    );
    let [id, status, state, value, code, total, currency, names @ ..] = found;
    let [custom_id, invoice_id, custom, invoice_number, sale_id, at] = names;
    let state = status.or(state).unwrap_or_default();
    let Some(status) = transaction_status(kind, &state) else {
        return Ok(PaymentUpdate::other(delivery));
    };
    let is_refund = status == PaymentStatus::PartiallyRefunded;
    let total = total.as_deref().map(|total| match total.strip_prefix('-') {
        Some(unsigned) if is_refund => unsigned,
        _ => total,
    });
    let amount = match value {
        Some(value) => major(Some(&value), code.as_deref(), "resource.amount.value")?,
        None => major(total, currency.as_deref(), "resource.amount.total")?,
    };
    let payment = match is_refund {
        true => captured(body).or(text(sale_id)).or(text(id)),
        false => text(id),
    };
    Ok(PaymentUpdate {
        status,
        amount,
        reference: first([custom_id, invoice_id, custom, invoice_number]),
        transaction_id: payment,
        time: time(TimeUnit::Rfc3339, at.as_deref()),
        ..PaymentUpdate::other(delivery)
    })
}

fn transaction_status(kind: &str, state: &str) -> Option<PaymentStatus> {
    Some(match kind {
        "PAYMENT.CAPTURE.COMPLETED" | "PAYMENT.SALE.COMPLETED" => PaymentStatus::Paid,
        "PAYMENT.CAPTURE.PENDING" | "PAYMENT.SALE.PENDING" => PaymentStatus::Pending,
        "PAYMENT.CAPTURE.DENIED" | "PAYMENT.CAPTURE.DECLINED" | "PAYMENT.SALE.DENIED" => {
            PaymentStatus::Failed
        }
        "PAYMENT.CAPTURE.REFUNDED"
        | "PAYMENT.CAPTURE.REVERSED"
        | "PAYMENT.SALE.REFUNDED"
        | "PAYMENT.SALE.REVERSED" => PaymentStatus::PartiallyRefunded,
        "PAYMENT.AUTHORIZATION.CREATED" if state.eq_ignore_ascii_case("pending") => {
            PaymentStatus::Pending
        }
        "PAYMENT.AUTHORIZATION.CREATED" => PaymentStatus::Authorized,
        "PAYMENT.AUTHORIZATION.VOIDED" => PaymentStatus::Canceled,
        _ => return None,
    })
}

/// The id of the capture that a refund belongs to. It stands in the address of the capture and nowhere else.
fn captured(body: &Bytes) -> Option<Text> {
    elements(body, "/resource/links").iter().find_map(|link| {
        let [relation, address] = values(link, ["/rel", "/href"]);
        let address = address?;
        let (_, id) = address.rsplit_once("/captures/")?;
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
        (relation? == "up" && is_id).then(|| Text::from(ByteString::from(id)))
    })
}

fn order(delivery: &Delivery, kind: &str) -> Result<PaymentUpdate, DecodeError> {
    let status = match kind {
        "CHECKOUT.ORDER.APPROVED" => PaymentStatus::Pending,
        "CHECKOUT.PAYMENT-APPROVAL.REVERSED" => PaymentStatus::Canceled,
        _ => return Ok(PaymentUpdate::other(delivery)),
    };
    let body = delivery.body();
    let [id, order_id, at] = values(body, ["/resource/id", "/resource/order_id", "/create_time"]);
    let (amount, reference) = match elements(body, "/resource/purchase_units").as_slice() {
        [unit] => purchase(unit)?,
        _ => (None, None),
    };
    Ok(PaymentUpdate {
        status,
        amount,
        reference,
        transaction_id: text(order_id).or(text(id)),
        time: time(TimeUnit::Rfc3339, at.as_deref()),
        ..PaymentUpdate::other(delivery)
    })
}

/// Amount and reference of a unit of an order.
fn purchase(unit: &Bytes) -> Result<(Option<Money>, Option<Text>), DecodeError> {
    let found = values(
        unit,
        [
            "/amount/value",
            "/amount/currency_code",
            "/custom_id",
            "/invoice_id",
        ],
    );
    let [value, code, custom_id, invoice_id] = found;
    let amount = major(
        value.as_deref(),
        code.as_deref(),
        "resource.purchase_units[0].amount.value",
    )?;
    Ok((amount, first([custom_id, invoice_id])))
}

fn dispute(delivery: &Delivery, kind: &str) -> Result<PaymentUpdate, DecodeError> {
    let found = values(
        delivery.body(),
        [
            "/resource/dispute_amount/value",
            "/resource/dispute_amount/currency_code",
            "/resource/dispute_outcome/outcome_code",
            "/resource/disputed_transactions/0/seller_transaction_id",
            "/resource/disputed_transactions/0/custom",
            "/resource/disputed_transactions/0/invoice_number",
            "/create_time",
        ],
    );
    let [value, code, outcome, transaction, custom, invoice_number, at] = found;
    let outcome = outcome.unwrap_or_default();
    let Some(status) = dispute_status(kind, &outcome) else {
        return Ok(PaymentUpdate::other(delivery));
    };
    Ok(PaymentUpdate {
        status,
        amount: major(
            value.as_deref(),
            code.as_deref(),
            "resource.dispute_amount.value",
        )?,
        reference: first([custom, invoice_number]),
        transaction_id: text(transaction),
        time: time(TimeUnit::Rfc3339, at.as_deref()),
        ..PaymentUpdate::other(delivery)
    })
}

fn dispute_status(kind: &str, outcome: &str) -> Option<PaymentStatus> {
    Some(match (kind, outcome) {
        ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_SELLER_FAVOUR" | "CANCELED_BY_BUYER") => {
            PaymentStatus::DisputeWon
        }
        ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED_BUYER_FAVOUR") => PaymentStatus::DisputeLost,
        (
            "CUSTOMER.DISPUTE.CREATED"
            | "CUSTOMER.DISPUTE.UPDATED"
            | "CUSTOMER.DISPUTE.RESOLVED"
            | "RISK.DISPUTE.CREATED",
            _,
        ) => PaymentStatus::Disputed,
        _ => return None,
    })
}

fn subscription(delivery: &Delivery, kind: &str) -> Result<PaymentUpdate, DecodeError> {
    let found = values(
        delivery.body(),
        [
            "/resource/id",
            "/resource/status",
            "/resource/custom_id",
            "/resource/billing_info/last_failed_payment/amount/value",
            "/resource/billing_info/last_failed_payment/amount/currency_code",
            "/create_time",
        ],
    );
    let [id, state, custom_id, value, code, at] = found;
    let Some(status) = subscription_status(kind, &state.unwrap_or_default()) else {
        return Ok(PaymentUpdate::other(delivery));
    };
    let amount = match status {
        PaymentStatus::SubscriptionPastDue => major(
            value.as_deref(),
            code.as_deref(),
            "resource.billing_info.last_failed_payment.amount.value",
        )?,
        _ => None,
    };
    Ok(PaymentUpdate {
        status,
        amount,
        reference: text(custom_id),
        transaction_id: text(id),
        time: time(TimeUnit::Rfc3339, at.as_deref()),
        ..PaymentUpdate::other(delivery)
    })
}

fn subscription_status(kind: &str, state: &str) -> Option<PaymentStatus> {
    let name = kind.strip_prefix("BILLING.SUBSCRIPTION.")?;
    Some(match (name, state) {
        ("CREATED", _) => PaymentStatus::Pending,
        ("ACTIVATED" | "RE-ACTIVATED", _) | ("UPDATED", "ACTIVE") => {
            PaymentStatus::SubscriptionActive
        }
        ("SUSPENDED", _) | ("UPDATED", "SUSPENDED") => PaymentStatus::SubscriptionPaused,
        ("PAYMENT.FAILED", _) => PaymentStatus::SubscriptionPastDue,
        ("CANCELLED" | "EXPIRED", _) | ("UPDATED", "CANCELLED" | "EXPIRED") => {
            PaymentStatus::SubscriptionCanceled
        }
        _ => return None,
    })
}

/// The first that says something.
fn first<const N: usize>(texts: [Option<ByteString>; N]) -> Option<Text> {
    texts.into_iter().find_map(text)
}

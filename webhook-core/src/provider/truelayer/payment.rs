//! What TrueLayer's events mean for a payment.

use crate::TimeUnit;
use crate::payment::PaymentStatus::{
    Failed, Paid, Payout, PayoutFailed, Pending, Refund, RefundFailed,
};
use crate::payment::{Meaning, Places, Rule, Unit};

/// What TrueLayer's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["payment_authorized", "payment_executed"], Pending),
        Rule::new(&["payment_settled"], Paid),
        Rule::new(&["payment_failed"], Failed),
        Rule::new(&["refund_executed"], Refund).step_id(REFUND_ID),
        Rule::new(&["refund_failed"], RefundFailed).step_id(REFUND_ID),
        Rule::new(&["payout_executed"], Payout).transaction(PAYOUT_ID),
        Rule::new(&["payout_failed"], PayoutFailed).transaction(PAYOUT_ID),
    ],
);

const REFUND_ID: &[&str] = &["/refund_id"];
const PAYOUT_ID: &[&str] = &["/payout_id"];

const PAYMENT: Places = Places::new(Unit::Minor).transaction(&["/payment_id"]).time(
    TimeUnit::Rfc3339,
    &[
        "/settled_at",
        "/executed_at",
        "/failed_at",
        "/authorized_at",
    ],
);

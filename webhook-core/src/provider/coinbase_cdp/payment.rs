//! What its kinds mean for a payment.

use crate::DecodeError;
use crate::message::Message;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, Expired, Failed, Paid, PartiallyRefunded, Payout, PayoutFailed, Pending,
    Refund, RefundFailed, RefundPending, Refunded,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::time::TimeUnit;

/// Where bodies have the id and the kind of an event. Events of `payments.transfers` write `eventID`.
pub(super) const NAMES: [&str; 5] = ["/eventId", "/eventID", "/id", "/eventType", "/type"];

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), NAMES)?;
    Ok(vec![MEANING.read(message)?])
}

/// What Coinbase's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    SESSION,
    &[
        Rule::new(
            &[
                "acceptance.payment_session.created",
                "acceptance.payment_session.authorization_pending",
            ],
            Pending,
        ),
        Rule::new(&["acceptance.payment_session.canceled"], Canceled),
        Rule::new(
            &["acceptance.payment_session.authorization_succeeded"],
            Authorized,
        )
        .places(&AUTHORIZATION),
        Rule::new(&["acceptance.payment_session.authorization_failed"], Failed)
            .places(&AUTHORIZATION),
        Rule::new(&["acceptance.payment_session.capture_pending"], Pending).places(&CAPTURE),
        Rule::new(&["acceptance.payment_session.capture_succeeded"], Paid).places(&CAPTURE_DONE),
        Rule::new(&["acceptance.payment_session.capture_failed"], Failed).places(&CAPTURE),
        Rule::new(&["acceptance.payment_session.void_succeeded"], Canceled).places(&VOID),
        Rule::new(
            &["acceptance.payment_session.refund_pending"],
            RefundPending,
        )
        .places(&REFUND),
        Rule::new(&["acceptance.payment_session.refund_succeeded"], Refunded)
            .when(&[When::Equal(REFUNDED, CAPTURED)])
            .places(&REFUND_DONE),
        Rule::new(
            &["acceptance.payment_session.refund_succeeded"],
            PartiallyRefunded,
        )
        .when(&[When::Positive(
            "/data/paymentSession/balances/captured - /data/paymentSession/balances/refunded",
        )])
        .places(&REFUND_DONE),
        Rule::new(&["acceptance.payment_session.refund_succeeded"], Refund).places(&REFUND_DONE),
        Rule::new(&["acceptance.payment_session.refund_failed"], RefundFailed).places(&REFUND),
        Rule::new(
            &[
                "acceptance.disbursement.pending",
                "acceptance.disbursement.succeeded",
            ],
            Payout,
        )
        .places(&DISBURSEMENT),
        Rule::new(&["acceptance.disbursement.failed"], PayoutFailed).places(&DISBURSEMENT),
        Rule::new(
            &[
                "payments.transfers.quoted",
                "payments.transfers.processing",
                "payments.transfers.completed",
            ],
            Payout,
        )
        .places(&TRANSFER),
        Rule::new(
            &["payments.transfers.failed", "payments.transfers.expired"],
            PayoutFailed,
        )
        .places(&TRANSFER),
        Rule::new(
            &["checkout.payment.success", "payment_link.payment.success"],
            Paid,
        )
        .places(&CHECKOUT),
        Rule::new(
            &["checkout.payment.failed", "payment_link.payment.failed"],
            Failed,
        )
        .places(&CHECKOUT),
        Rule::new(
            &["checkout.payment.expired", "payment_link.payment.expired"],
            Expired,
        )
        .places(&CHECKOUT),
    ],
);

const CAPTURED: &str = "/data/paymentSession/balances/captured";
const REFUNDED: &str = "/data/paymentSession/balances/refunded";

const SESSION: Places = Places::new(Unit::Major)
    .amount(&["/data/paymentSession/amount"])
    .currency(&["/data/paymentSession/asset"])
    .reference(&["/data/paymentSession/externalReferenceId"])
    .transaction(&["/data/paymentSession/paymentSessionId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const AUTHORIZATION: Places = SESSION
    .step_amount(&["/data/authorization/amount"])
    .step_id(&["/data/authorization/authorizationId"]);

const CAPTURE: Places = SESSION
    .step_amount(&["/data/capture/amount"])
    .step_id(&["/data/capture/captureId"]);
const CAPTURE_DONE: Places = CAPTURE.total_so_far(&[CAPTURED]);

const VOID: Places = SESSION
    .step_amount(&["/data/void/amount"])
    .step_id(&["/data/void/voidId"]);

const REFUND: Places = SESSION
    .step_amount(&["/data/refund/amount"])
    .step_id(&["/data/refund/refundId"]);
const REFUND_DONE: Places = REFUND.total_so_far(&[REFUNDED]);

const DISBURSEMENT: Places = Places::new(Unit::Major)
    .amount(&["/data/amount"])
    .currency(&["/data/asset"])
    .reference(&["/data/externalReferenceId"])
    .transaction(&["/data/disbursementId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const TRANSFER: Places = Places::new(Unit::Major)
    .amount(&["/data/sourceAmount"])
    .currency(&["/data/sourceAsset"])
    .transaction(&["/data/transferId"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const CHECKOUT: Places = Places::new(Unit::Major)
    .amount(&["/amount"])
    .currency(&["/currency"])
    .transaction(&["/id"])
    .time(TimeUnit::Rfc3339, &["/updatedAt"]);

//! What Wise's events say about payments. The tables are in the documentation of the module above.

use crate::message::Message;
use crate::payment::PaymentStatus::{Canceled, Paid, Payout, PayoutFailed, Pending, Refund};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit};
use crate::{DecodeError, TimeUnit};

pub(super) fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/event_type"])?;
    Ok(vec![MEANING.read(message)?])
}

/// What Wise's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSFER,
    &[
        Rule::by(
            &["transfers#state-change"],
            "/data/current_state",
            &[
                ("incoming_payment_waiting", Payout),
                ("incoming_payment_initiated", Payout),
                ("processing", Payout),
                ("funds_converted", Payout),
                ("outgoing_payment_sent", Payout),
                ("bounced_back", PayoutFailed),
                ("cancelled", PayoutFailed),
                ("funds_refunded", PayoutFailed),
                ("charged_back", PayoutFailed),
            ],
        ),
        Rule::new(&["transfers#payout-failure"], PayoutFailed),
        Rule::new(&["transfers#refund"], PayoutFailed)
            .places(&REFUND)
            .twin("transfers#state-change"),
        Rule::by(&[UPDATE], "/data/transaction_type", &[("credit", Paid)])
            .places(&BALANCE)
            .twin(CREDIT),
        Rule::by(&[UPDATE], "/data/transaction_type", &[("debit", Payout)])
            .places(&BALANCE)
            .step_amount(&["|/data/amount|"]),
        Rule::new(&[CREDIT], Paid)
            .places(&BALANCE)
            .step_id(&[])
            .transaction(&[])
            .twin(UPDATE),
        Rule::new(&["swift-in#credit"], Paid)
            .places(&SWIFT)
            .twin(UPDATE),
        Rule::new(&["incoming-transfer#credited"], Paid)
            .transaction(&["/data/incoming_transfer_id"])
            .twin(UPDATE),
        Rule::by(&[PAY_IN], "/data/current_status", &[("COMPLETED", Paid)])
            .places(&RECEIVED)
            .twin(UPDATE),
        Rule::by(
            &[PAY_IN],
            "/data/current_status",
            &[
                ("PENDING", Pending),
                ("PROCESSING", Pending),
                ("CANCELLED", Canceled),
            ],
        )
        .places(&RECEIVED),
        Rule::by(&[PAY_IN], "/data/current_status", &[("REFUNDED", Refund)])
            .places(&RECEIVED)
            .amount(&[]),
    ],
);

const UPDATE: &str = "balances#update";
const CREDIT: &str = "balances#credit";
const PAY_IN: &str = "account-details-payment#state-change";

const TRANSFER: Places = EVENT.transaction(&["/data/transfer_id", "/data/resource/id"]);

const REFUND: Places = TRANSFER
    .amount(&["/data/resource/refund_amount"])
    .currency(&["/data/resource/refund_currency"]);

const BALANCE: Places = EVENT
    .step_amount(&["/data/amount"])
    .step_id(&["/data/step_id"])
    .currency(&["/data/currency"])
    .transaction(&["/data/transfer_reference"]);

const SWIFT: Places = EVENT
    .step_amount(&["/data/resource/settled_amount/value"])
    .currency(&["/data/resource/settled_amount/currency"])
    .reference(&["/data/resource/reference"])
    .transaction(&["/data/action/id"]);

const RECEIVED: Places = EVENT
    .step_amount(&["/data/transfer/amount"])
    .currency(&["/data/transfer/currency"])
    .transaction(&["/data/transfer/id"]);

const EVENT: Places = Places::new(Unit::Major).time(TimeUnit::Rfc3339, &["/data/occurred_at"]);

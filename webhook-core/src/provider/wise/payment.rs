//! What Wise's events say about payments. The tables are in the documentation of the module above.

use crate::message::Message;
use crate::payment::PaymentStatus::{Canceled, DisputeLost, Failed, Paid, Pending, Refunded};
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
                ("incoming_payment_waiting", Pending),
                ("incoming_payment_initiated", Pending),
                ("processing", Pending),
                ("funds_converted", Pending),
                ("outgoing_payment_sent", Paid),
                ("bounced_back", Failed),
                ("cancelled", Canceled),
                ("funds_refunded", Refunded),
                ("charged_back", DisputeLost),
            ],
        ),
        Rule::new(&["transfers#payout-failure"], Failed),
        Rule::new(&["transfers#refund"], Refunded),
        Rule::new(&["balances#credit"], Paid).places(&CREDIT),
    ],
);

const TRANSFER: Places = Places::NONE
    .transaction(&["/data/transfer_id", "/data/resource/id"])
    .time(TimeUnit::Rfc3339, &["/data/occurred_at"]);

const CREDIT: Places = Places::new(Unit::Major)
    .amount(&["/data/amount"])
    .currency(&["/data/currency"])
    .time(TimeUnit::Rfc3339, &["/data/occurred_at"]);

//! What Plaid's kinds mean for a payment. The tables are in the documentation of the module above.

use crate::TimeUnit;
use crate::payment::PaymentStatus::{
    Canceled, Failed, Paid, Payout, PayoutFailed, Pending, SubscriptionCanceled, Unconfirmed,
};
use crate::payment::{Meaning, Places, Rule, When};

/// What Plaid's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::by(
            &[PAYMENT_STATUS],
            "/new_payment_status",
            &[
                ("PAYMENT_STATUS_INPUT_NEEDED", Pending),
                ("PAYMENT_STATUS_AUTHORISING", Pending),
                ("PAYMENT_STATUS_INITIATED", Pending),
                ("PAYMENT_STATUS_PROCESSING", Pending),
                ("PAYMENT_STATUS_UNKNOWN", Pending),
                // It has left the payer, which is no proof that it arrives.
                ("PAYMENT_STATUS_EXECUTED", Pending),
                ("PAYMENT_STATUS_SETTLED", Paid),
                ("PAYMENT_STATUS_INSUFFICIENT_FUNDS", Failed),
                ("PAYMENT_STATUS_FAILED", Failed),
                ("PAYMENT_STATUS_BLOCKED", Failed),
                ("PAYMENT_STATUS_REJECTED", Failed),
                ("PAYMENT_STATUS_CANCELLED", Canceled),
            ],
        ),
        // Only credits settle: of a payment, that is what the payer paid in.
        Rule::by(WALLET, "/new_status", &[("SETTLED", Paid)])
            .when(&[OF_PAYMENT])
            .twin(PAYMENT_STATUS),
        // The payment, or a refund of it.
        Rule::new(WALLET, Unconfirmed).when(&[OF_PAYMENT]),
        Rule::by(
            WALLET,
            "/new_status",
            &[
                ("EXECUTED", Payout),
                ("FAILED", PayoutFailed),
                ("BLOCKED", PayoutFailed),
            ],
        )
        .transaction(&["/transaction_id"]),
        // They say that there is something to ask for.
        Rule::new(
            &[
                "TRANSFER.TRANSFER_EVENTS_UPDATE",
                "BANK_TRANSFERS.BANK_TRANSFERS_EVENTS_UPDATE",
            ],
            Unconfirmed,
        )
        .transaction(&[]),
        Rule::new(&["TRANSFER.RECURRING_NEW_TRANSFER"], Unconfirmed).transaction(&["/transfer_id"]),
        Rule::new(&["TRANSFER.RECURRING_CANCELLED"], SubscriptionCanceled)
            .transaction(&["/recurring_transfer_id"]),
    ],
);

const PAYMENT_STATUS: &str = "PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE";
const WALLET: &[&str] = &["WALLET.WALLET_TRANSACTION_STATUS_UPDATE"];
const OF_PAYMENT: When = When::Present("/payment_id");

const PAYMENT: Places = Places::NONE
    .reference(&["/original_reference"])
    .transaction(&["/payment_id"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

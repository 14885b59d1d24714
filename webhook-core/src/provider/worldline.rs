//! Worldline: Connect (formerly Ingenico, GlobalCollect) and Direct.
//!
//! | | |
//! |---|---|
//! | signature | `X-GCS-Signature`: base64 HMAC-SHA256 of the body |
//! | key | the text of the secret key; chosen by `X-GCS-KeyId`. Setting `secrets_by_key_id`: a table |
//! | time window | none: Worldline signs no time of the request |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed, such as `payment.captured` |
//! | account | `merchantId` |
//! | set-up | `GET` with `X-GCS-Webhooks-Endpoint-Verification`, unsigned: the library answers with its value as plain text |
//!
//! # What to know
//!
//! - While a key is replaced the old and the new one are in use side by side: keep both in the table. A key that is not in it is untrusted,
//!   whatever it has signed.
//! - Two lines of the header of the key's id are refused if they differ.
//!
//! Checked against Worldline's libraries `connect-sdk-python3` 6.3.0, `onlinepayments-sdk-python3` 10.3.0 (Python) and
//! `onlinepayments-sdk-nodejs` 6.2.0 (JavaScript). Documentation:
//! ["Webhooks"](https://docs.connect.worldline-solutions.com/documentation/webhooks).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.created`, `payment.redirected`, `payment.pending_payment`, `payment.pending_fraud_approval`, `payment.authorization_requested`, `payment.pending_approval`, `payment.pending_completion` |  | `Pending` | `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.pending_capture`, `payment.capture_requested` |  | `Authorized` | `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.captured` |  | `Paid` | `payment.paymentOutput.amountCaptured`, else `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.paid` |  | `Paid`, as `payment.captured` | `payment.paymentOutput.amountCaptured`, else `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.rejected`, `payment.rejected_capture` |  | `Failed` | `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.cancelled` |  | `Canceled` | `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.chargeback_notification`, `payment.chargebacked` |  | `Disputed` | `payment.paymentOutput.amountOfMoney.amount` |
//! | `payment.refunded` |  | `Refund`, as `refund.refunded` | `payment.paymentOutput.amountRefunded` |
//! | `refund.created`, `refund.pending_approval`, `refund.refund_requested` |  | `RefundPending` | `refund.refundOutput.amountOfMoney.amount`, a step of id `refund.id` |
//! | `refund.captured` |  | `Refund`, as `refund.refunded` | `refund.refundOutput.amountOfMoney.amount`, a step of id `refund.id` |
//! | `refund.refunded` |  | `Refund` | `refund.refundOutput.amountOfMoney.amount`, a step of id `refund.id` |
//! | `refund.rejected`, `refund.cancelled` |  | `RefundFailed` | `refund.refundOutput.amountOfMoney.amount`, a step of id `refund.id` |
//! | `payout.created`, `payout.pending_approval`, `payout.payout_requested`, `payout.account_credited` |  | `Payout` | `payout.payoutOutput.amountOfMoney.amount` |
//! | `payout.rejected`, `payout.rejected_credit`, `payout.cancelled`, `payout.reversed` |  | `PayoutFailed` | `payout.payoutOutput.amountOfMoney.amount` |
//! | `dispute.success` |  | `DisputeWon` | `dispute.disputeOutput.amountOfMoney.amount` of id `dispute.id` |
//! | `dispute.expired`, `dispute.cancelled` |  | `DisputeClosed` | `dispute.disputeOutput.amountOfMoney.amount` of id `dispute.id` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.created`, `refund.pending_approval`, `refund.refund_requested`, `refund.captured`, `refund.refunded`, `refund.rejected`, `refund.cancelled` | `refund.refundOutput.amountOfMoney.currencyCode`, hundredths | `refund.refundOutput.references.merchantReference` |  | `created`, by RFC 3339, with or without the colon of the offset |
//! | `payout.created`, `payout.pending_approval`, `payout.payout_requested`, `payout.account_credited`, `payout.rejected`, `payout.rejected_credit`, `payout.cancelled`, `payout.reversed` | `payout.payoutOutput.amountOfMoney.currencyCode`, hundredths | `payout.payoutOutput.references.merchantReference` | `payout.id` | `created`, by RFC 3339, with or without the colon of the offset |
//! | `dispute.success`, `dispute.expired`, `dispute.cancelled` | `dispute.disputeOutput.amountOfMoney.currencyCode`, hundredths |  | `dispute.paymentId` | `created`, by RFC 3339, with or without the colon of the offset |
//! | all others | `payment.paymentOutput.amountOfMoney.currencyCode`, hundredths | `payment.paymentOutput.references.merchantReference` | `payment.id` | `created`, by RFC 3339, with or without the colon of the offset |
//!
//! - Connect counts "in cents and always having 2 decimals", Direct in the smallest unit of the currency, and both come with the same signature.
//!   They agree where a currency has two digits; of others, such as `JPY` and `KWD`, the amount is an error.
//! - `payment.paid` follows `payment.captured` once the money was matched, and comes alone where nothing is captured, as with transfers. What
//!   comes in after the first payment is `payment.paid_increment`, whose amount Worldline does not explain: it is `Other`.
//! - The amount of a payment is what was captured, where the body says that (`amountCaptured`), else that of the payment.
//! - A refund has an id of its own and does not name the payment, nor say whether it was all: its reference is the one that was given
//!   with the refund. `payment.refunded` tells of the same money.
//! - A chargeback can be disputed: it is `Disputed`. An event `dispute.…` is about the merchant's answer to it.
//! - `payment.reversed` is `Other`: Worldline does not say what it means for money that had come.
//!
//! Dedupe tells events apart by: `id`, kind; without an id the body.

use crate::crypto::{Algorithm, Encoding};
use crate::message::Whose;
use crate::payment::PaymentStatus::{
    Authorized, Canceled, DisputeClosed, DisputeWon, Disputed, Failed, Paid, Payout, PayoutFailed,
    Pending, Refund, RefundFailed, RefundPending,
};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, Scheme, Signature};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Payments, "https://docs.connect.worldline-solutions.com/documentation/webhooks").setup(&[
        "In the Configuration Center or the Merchant Portal, open Webhooks, and generate a key id and a secret key.",
        "Both become an entry of `secrets_by_key_id`.",
        "Start the endpoint, and add its URL: Worldline asks it by `GET`.",
    ]);

/// Base64 HMAC-SHA256 of the body, by the key of an id.
pub const SCHEME: Scheme = Scheme::new("worldline", Algorithm::HmacSha256)
    .signature(Signature::header("x-gcs-signature").encoding(Encoding::Base64))
    .key_id(&[Field::Header("x-gcs-keyid")])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .meaning(&MEANING)
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(VERIFICATION)],
        HandshakeReply::Echo(VERIFICATION),
    )]);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/merchantId")]);
const VERIFICATION: Field = Field::Header("x-gcs-webhooks-endpoint-verification");

scheme_provider! {
    /// Verifies what Worldline sends to one merchant. Every key is named with its id.
    ///
    /// ```
    /// use webhook_core::provider::worldline::Worldline;
    /// use webhook_core::{Endpoint, Key};
    ///
    /// let new = Key::new("0d4eab48-7375-4d5c-83e3-fc929f64eb93")?.named("ff970181-9224-47b6-bae3-46e1868d1b0e");
    /// let old = Key::new("140497f0-f7d6-47ed-a883-7e317ebd33a8")?.named("a374447b-8be0-409d-a499-5755da15998c");
    /// let endpoint = Endpoint::new(Worldline::new([new, old])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Worldline, SCHEME
}

/// What Worldline's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(
            &[
                "payment.created",
                "payment.redirected",
                "payment.pending_payment",
                "payment.pending_fraud_approval",
                "payment.authorization_requested",
                "payment.pending_approval",
                "payment.pending_completion",
            ],
            Pending,
        ),
        Rule::new(
            &["payment.pending_capture", "payment.capture_requested"],
            Authorized,
        ),
        Rule::new(&["payment.captured"], Paid).amount(CAPTURED),
        Rule::new(&["payment.paid"], Paid)
            .amount(CAPTURED)
            .twin("payment.captured"),
        Rule::new(&["payment.rejected", "payment.rejected_capture"], Failed),
        Rule::new(&["payment.cancelled"], Canceled),
        Rule::new(
            &["payment.chargeback_notification", "payment.chargebacked"],
            Disputed,
        ),
        Rule::new(&["payment.refunded"], Refund)
            .amount(&["/payment/paymentOutput/amountRefunded"])
            .twin("refund.refunded"),
        Rule::new(
            &[
                "refund.created",
                "refund.pending_approval",
                "refund.refund_requested",
            ],
            RefundPending,
        )
        .places(&REFUNDED),
        Rule::new(&["refund.captured"], Refund)
            .places(&REFUNDED)
            .twin("refund.refunded"),
        Rule::new(&["refund.refunded"], Refund).places(&REFUNDED),
        Rule::new(&["refund.rejected", "refund.cancelled"], RefundFailed).places(&REFUNDED),
        Rule::new(
            &[
                "payout.created",
                "payout.pending_approval",
                "payout.payout_requested",
                "payout.account_credited",
            ],
            Payout,
        )
        .places(&PAID_OUT),
        Rule::new(
            &[
                "payout.rejected",
                "payout.rejected_credit",
                "payout.cancelled",
                "payout.reversed",
            ],
            PayoutFailed,
        )
        .places(&PAID_OUT),
        Rule::new(&["dispute.success"], DisputeWon).places(&DISPUTE),
        Rule::new(&["dispute.expired", "dispute.cancelled"], DisputeClosed).places(&DISPUTE),
    ],
);

const CAPTURED: &[&str] = &[
    "/payment/paymentOutput/amountCaptured",
    "/payment/paymentOutput/amountOfMoney/amount",
];

const PAYMENT: Places = Places::new(Unit::Hundredths)
    .amount(&["/payment/paymentOutput/amountOfMoney/amount"])
    .currency(&["/payment/paymentOutput/amountOfMoney/currencyCode"])
    .reference(&["/payment/paymentOutput/references/merchantReference"])
    .transaction(&["/payment/id"])
    .time(TimeUnit::Rfc3339WithoutColon, WRITTEN);

/// It does not name the payment.
const REFUNDED: Places = Places::new(Unit::Hundredths)
    .step_amount(&["/refund/refundOutput/amountOfMoney/amount"])
    .step_id(&["/refund/id"])
    .currency(&["/refund/refundOutput/amountOfMoney/currencyCode"])
    .reference(&["/refund/refundOutput/references/merchantReference"])
    .time(TimeUnit::Rfc3339WithoutColon, WRITTEN);

const PAID_OUT: Places = Places::new(Unit::Hundredths)
    .amount(&["/payout/payoutOutput/amountOfMoney/amount"])
    .currency(&["/payout/payoutOutput/amountOfMoney/currencyCode"])
    .reference(&["/payout/payoutOutput/references/merchantReference"])
    .transaction(&["/payout/id"])
    .time(TimeUnit::Rfc3339WithoutColon, WRITTEN);

const DISPUTE: Places = Places::new(Unit::Hundredths)
    .amount(&["/dispute/disputeOutput/amountOfMoney/amount"])
    .step_id(&["/dispute/id"])
    .currency(&["/dispute/disputeOutput/amountOfMoney/currencyCode"])
    .transaction(&["/dispute/paymentId"])
    .time(TimeUnit::Rfc3339WithoutColon, WRITTEN);

/// When the event was made.
const WRITTEN: &[&str] = &["/created"];

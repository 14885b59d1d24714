//! Braintree: cards, PayPal, bank debits and subscriptions. Feature `xml`: its events are XML.
//!
//! | | |
//! |---|---|
//! | signature | `bt_signature` in the form: pairs of public key and hex HMAC-SHA1 of `bt_payload` |
//! | key | the 20 bytes of the SHA-1 of the private key's text |
//! | time window | none unless one is [asked for](Braintree::tolerance); `timestamp` in the event is signed |
//! | event id | none: see [`Notification::dedupe_key`] |
//! | kind | `kind` in the event, signed |
//! | handshake | `GET ?bt_challenge=…` is answered with the public key and the HMAC of the challenge |
//!
//! # What to know
//!
//! - The signature covers one field of the form, which is the whole event: nothing of a [`Notification`] is unsigned.
//! - Form handling often strips the line feed at the end of `bt_payload`, so that the signature may be one of the payload
//!   as it came or of the payload with a line feed. Nothing else about it is forgiven.
//! - `bt_signature` may hold pairs of other keys; those are skipped. Its hex is in lower case.
//! - The handshake hands out HMACs of what a stranger chose, 20 to 32 hexadecimal digits, under the key that signs
//!   events. None of them can pass for one: what such digits stand for in base64 never begins like XML.
//! - The XML must be plain: one root, no document type, no processing instruction, no entity but the five that XML has,
//!   at most 64 levels and 50 000 elements.
//! - Deliveries can arrive out of order, and Braintree tries again every hour for a day (three hours in its sandbox).
//! - `source-merchant-id` names the merchant on whose behalf a partner is told. It is the `account` of an update.
//!
//! Checked against Braintree's libraries `braintree` 4.48.0 (Python) and 3.40.0 (JavaScript). Documentation: "Create"
//! and ["Parse"](https://developer.paypal.com/braintree/docs/guides/webhooks/parse).
//!
//! # Payments
//!
//! The places are inside of the subject; `timestamp` is that of the event. An amount without a currency is **an error**.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `transaction_settled` | `transaction.type` is `credit` | `Refund`, as `transaction_disbursed` | `transaction.amount`, a step of id `transaction.id` |
//! | `transaction_settled` |  | `Paid`, as `transaction_disbursed` | `transaction.amount`, a step of id `transaction.id` |
//! | `transaction_disbursed` | `transaction.type` is `credit` | `Refund`, as `transaction_settled` | `transaction.amount`, a step of id `transaction.id` |
//! | `transaction_disbursed` |  | `Paid`, as `transaction_settled` | `transaction.amount`, a step of id `transaction.id` |
//! | `transaction_settlement_declined` | `transaction.type` is `credit` | `RefundFailed` | `transaction.amount`, a step of id `transaction.id` |
//! | `transaction_settlement_declined` |  | `Failed` | `transaction.amount`, a step of id `transaction.id` |
//! | `transaction_retried` |  | `Pending` | `transaction.amount`, a step of id `transaction.id` |
//! | `refund_failed` |  | `RefundFailed` | `transaction.amount`, a step of id `transaction.id` |
//! | `subscription_charged_successfully` |  | `Paid`, as `transaction_disbursed` | `subscription.transactions.latest.amount`, a step of id `subscription.transactions.latest.id` |
//! | `subscription_charged_unsuccessfully` |  | `Failed` | `subscription.transactions.latest.amount`, a step of id `subscription.transactions.latest.id` |
//! | `subscription_went_active` |  | `SubscriptionActive` |  |
//! | `subscription_went_past_due` |  | `SubscriptionPastDue` |  |
//! | `subscription_canceled`, `subscription_expired` |  | `SubscriptionCanceled` |  |
//! | `dispute_opened`, `dispute_disputed`, `dispute_under_review` |  | `Disputed` | `dispute.amount-disputed`, else `dispute.amount` of id `dispute.id` |
//! | `dispute_won` |  | `DisputeWon` | `dispute.amount-won`, else `dispute.amount` of id `dispute.id` |
//! | `dispute_lost`, `dispute_accepted`, `dispute_auto_accepted`, `dispute_expired` |  | `DisputeLost` | `dispute.amount-disputed`, else `dispute.amount` of id `dispute.id` |
//! | `local_payment_completed` |  | `Pending` | `local-payment.transaction.amount` |
//! | `local_payment_funded` |  | `Paid` | `local-payment-funded.transaction.amount` |
//! | `local_payment_expired` |  | `Expired` |  |
//! | `local_payment_reversed` |  | `Canceled` |  |
//! | `disbursement` | `disbursement.disbursement-type` is not `debit` | `Payout` | `disbursement.amount`, a step of id `disbursement.id` |
//! | `disbursement_exception` |  | `PayoutFailed` | `disbursement.amount`, a step of id `disbursement.id` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `transaction_settled`, `transaction_disbursed`, `transaction_settlement_declined`, `refund_failed` | `transaction.currency-iso-code`, major units | `transaction.order-id` | `transaction.refunded-transaction-id`, else `transaction.id` | `timestamp`, by RFC 3339 |
//! | `subscription_charged_successfully`, `subscription_charged_unsuccessfully` | `subscription.transactions.latest.currency-iso-code`, major units | `subscription.transactions.latest.order-id` | `subscription.transactions.latest.id` | `timestamp`, by RFC 3339 |
//! | `subscription_went_active`, `subscription_went_past_due`, `subscription_canceled`, `subscription_expired` |  |  | `subscription.id` | `timestamp`, by RFC 3339 |
//! | `dispute_opened`, `dispute_disputed`, `dispute_under_review`, `dispute_won`, `dispute_lost`, `dispute_accepted`, `dispute_auto_accepted`, `dispute_expired` | `dispute.currency-iso-code`, major units | `dispute.transaction.order-id` | `dispute.transaction.id` | `timestamp`, by RFC 3339 |
//! | `local_payment_completed` | `local-payment.transaction.currency-iso-code`, major units | `local-payment.transaction.order-id` | `local-payment.transaction.id`, else `local-payment.payment-id` | `timestamp`, by RFC 3339 |
//! | `local_payment_funded` | `local-payment-funded.transaction.currency-iso-code`, major units | `local-payment-funded.transaction.order-id` | `local-payment-funded.transaction.id`, else `local-payment-funded.payment-id` | `timestamp`, by RFC 3339 |
//! | `local_payment_expired` |  |  | `local-payment-expired.payment-id` | `timestamp`, by RFC 3339 |
//! | `local_payment_reversed` |  |  | `local-payment-reversed.payment-id` | `timestamp`, by RFC 3339 |
//! | `disbursement`, `disbursement_exception` | `disbursement.merchant-account.currency-iso-code`, major units |  | `disbursement.id` | `timestamp`, by RFC 3339 |
//! | all others | `transaction.currency-iso-code`, major units | `transaction.order-id` | `transaction.id` | `timestamp`, by RFC 3339 |
//!
//! - A transaction of type `credit` gives money back: it is the step, and the payment is the sale that it belongs to,
//!   `refunded-transaction-id`. One that belongs to no sale is its own payment. A refund does not say whether it was all.
//! - A transaction comes as `transaction_settled` and as `transaction_disbursed`, and one of a subscription as
//!   `subscription_charged_successfully` before that, each with its id as the step's: count it once.
//! - `subscription.transactions.latest` is the latest of its `transactions` by `created-at`: earlier charges stand there too.
//!   It is submitted for settlement, and may still be declined.
//! - A charge of a subscription that failed may be tried again; `subscription_went_past_due` tells of the subscription.
//! - `dispute_expired` was not answered in time. Of a dispute that was won the amount is `amount-won`, which can be less than
//!   what was disputed.
//! - `local_payment_completed`: the payer has agreed, and the sale is still to be made. `local_payment_reversed`: it was not
//!   made in time, and Braintree gives the payer the money back; you never had it.
//! - A disbursement is all that was settled, on its way to your bank. One of type `debit` takes money from it, and is `Other`.
//!
//! Dedupe tells events apart by: the signed payload. A repeat is handled again if it is not recognised: rendered anew.

mod element;
mod envelope;
mod event;
pub mod kind;
mod payment;
mod quick;
#[cfg(feature = "testing")]
mod signer;
mod sink;
mod verify;
mod xml;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use element::Element;
pub use event::Notification;
pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Braintree;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Braintree::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
)
.setup(&[
    "In the Control Panel, open API, Keys, and copy the public and the private key: they \
             become `public_key` and `private_key`.",
    "Open API, Webhooks, and add the URL of your endpoint with its kinds; the endpoint \
             must run by then, since the URL is checked.",
    "Use Check URL there to send a test.",
])
.settings(&[
    Setting::required(
        "public_key",
        "the public key of the API, shown in the Control Panel: one or a list",
    ),
    Setting::required(
        "private_key",
        "the private key that belongs to it: one or a list of the same length",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how old the `timestamp` of an event may be; any age is accepted if absent",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.signed(
    "HMAC-SHA1 in hex of: `bt_payload` of the form, with the SHA-1 of the private key as \
             key; it stands in `bt_signature`",
)
.handshakes(&[
    "GET with `bt_challenge`: answered with the public key and the HMAC of the challenge",
]);

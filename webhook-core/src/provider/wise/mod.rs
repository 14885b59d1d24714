//! Wise: transfers and balances. Feature `asymmetric`.
//!
//! | | |
//! |---|---|
//! | signature | `X-Signature-SHA256`: base64 RSA signature (PKCS#1 v1.5, SHA-256) of the body |
//! | key | Wise's public key, a PEM document; live and sandbox have different ones |
//! | time window | none: `sent_at` in the body is signed, and Wise names no age at which to refuse it |
//! | event id | `X-Delivery-Id`, **not signed** |
//! | kind | `event_type` in the body, signed |
//!
//! Settings: `public_key_pem`, one PEM document or a list; any key in them may match.
//!
//! # What to know
//!
//! - Wise publishes both keys in its documentation, "Webhooks". Configure the one of your environment only: whoever
//!   has an account in the sandbox can make Wise sign events there.
//! - `X-Delivery-Id` names an attempt to deliver, by Wise's documentation; whether a retry carries the same one is not
//!   certain, and whoever replays a request can change it.
//! - Events arrive out of order; `data.occurred_at` says which came first.
//! - A test event, with `X-Test-Notification: true`, comes when a subscription is made. It is signed as all are.
//! - The older `X-Signature`, with SHA-1, is not looked at.
//!
//! Checked against vectors that we computed as Wise's `digital-signatures-examples` do: Wise has no library that verifies. Documentation:
//! ["Event handling"](https://docs.wise.com/guides/developer/webhooks/event-handling).
//!
//! # Payments
//!
//! A transfer is your own payment to somebody: nothing of it is income.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `transfers#state-change` | `data.current_state` is `incoming_payment_waiting` or `incoming_payment_initiated` or `processing` or `funds_converted` or `outgoing_payment_sent` | `Payout` |  |
//! | `transfers#state-change` | `data.current_state` is `bounced_back` or `cancelled` or `funds_refunded` or `charged_back` | `PayoutFailed` |  |
//! | `transfers#payout-failure` |  | `PayoutFailed` |  |
//! | `transfers#refund` |  | `PayoutFailed`, as `transfers#state-change` | `data.resource.refund_amount` |
//! | `balances#update` | `data.transaction_type` is `credit` | `Paid`, as `balances#credit` | `data.amount`, a step of id `data.step_id` |
//! | `balances#update` | `data.transaction_type` is `debit` | `Payout` | `abs(data.amount)`, a step of id `data.step_id` |
//! | `balances#credit` |  | `Paid`, as `balances#update` | `data.amount`, a step |
//! | `swift-in#credit` |  | `Paid`, as `balances#update` | `data.resource.settled_amount.value`, a step |
//! | `incoming-transfer#credited` |  | `Paid`, as `balances#update` |  |
//! | `account-details-payment#state-change` | `data.current_status` is `COMPLETED` | `Paid`, as `balances#update` | `data.transfer.amount`, a step |
//! | `account-details-payment#state-change` | `data.current_status` is `PENDING` or `PROCESSING` | `Pending` | `data.transfer.amount`, a step |
//! | `account-details-payment#state-change` | `data.current_status` is `CANCELLED` | `Canceled` | `data.transfer.amount`, a step |
//! | `account-details-payment#state-change` | `data.current_status` is `REFUNDED` | `Refund` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `transfers#refund` | `data.resource.refund_currency`, major units |  | `data.transfer_id`, else `data.resource.id` | `data.occurred_at`, by RFC 3339 |
//! | `balances#update` | `data.currency`, major units |  | `data.transfer_reference` | `data.occurred_at`, by RFC 3339 |
//! | `balances#credit` | `data.currency`, major units |  |  | `data.occurred_at`, by RFC 3339 |
//! | `swift-in#credit` | `data.resource.settled_amount.currency`, major units | `data.resource.reference` | `data.action.id` | `data.occurred_at`, by RFC 3339 |
//! | `incoming-transfer#credited` |  |  | `data.incoming_transfer_id` | `data.occurred_at`, by RFC 3339 |
//! | `account-details-payment#state-change` | `data.transfer.currency`, major units |  | `data.transfer.id` | `data.occurred_at`, by RFC 3339 |
//! | all others |  |  | `data.transfer_id`, else `data.resource.id` | `data.occurred_at`, by RFC 3339 |
//!
//! - Only `outgoing_payment_sent` says that a transfer was sent, and it can still bounce. `transfers#refund` comes beside
//!   the state `funds_refunded`, with what came back, fees included.
//! - `Paid` is money that came into a balance, from a customer or not: own deposits, conversions and transfers that came
//!   back too. It is told up to three times: as `balances#update`, as the older `balances#credit`, and as the kind of the
//!   way that it took. A debit can be a card payment, a conversion or a fee as well as a transfer.
//! - `balances#update` counts each change, with `data.step_id`. Its transaction id is that of the transfer, as it stands there.
//! - `incoming-transfer#credited` has the id alone. What went back of a pay-in that is `REFUNDED` is not told.
//! - The reference of `swift-in#credit` is what its sender wrote. Other kinds have none.
//!
//! Dedupe tells events apart by: `subscription_id`, kind, `data`. A repeat is handled again if it is not recognised:
//! rendered anew.

mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Wise;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Wise::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.wise.com/guides/developer/webhooks/event-handling")
    .setup(&[
        "In the settings, open Developer tools, Webhooks and add the URL, or subscribe by the API.",
        "Copy Wise's public key of the same environment, sandbox or production, from its documentation. It becomes `public_key_pem`.",
    ])
    .settings(&[
        Setting::required(
            "public_key_pem",
            "Wise's public key, a PEM document as its documentation shows it: one or a list",
        ),
    ])
    .headers(&["x-signature-sha256", "x-delivery-id"])
    .signed("RSA-SHA256 (PKCS#1 v1.5) in base64 of: the body");

//! Plaid: what happens to linked accounts, transactions and transfers.
//!
//! | | |
//! |---|---|
//! | signature | `Plaid-Verification`: a JWS with ES256 that holds the SHA-256 of the body |
//! | key | one that Plaid publishes under the `kid` of the token; see [`KeySource`](crate::published::KeySource) |
//! | time window | 5 minutes both ways around `iat`, a [`Tolerance`](crate::Tolerance) of your own if you like |
//! | event id | none: `webhook_type`, `webhook_code` and `item_id` say what happened to what, and can say it again |
//! | kind | `webhook_type` and `webhook_code` with `.` between, such as `TRANSACTIONS.SYNC_UPDATES_AVAILABLE`; signed |
//!
//! # What to know
//!
//! - The key source gives a document for each key id: the JWK that `/webhook_verification_key/get` answers with under
//!   `key`. With the feature `fetch`, `PlaidKeys` asks there. A key is kept for 24 hours, so one that Plaid has withdrawn may serve as long as that. A key that has
//!   `expired_at` set is refused.
//! - A key id that is not known leads to a question to Plaid before anything is proven, because the id is needed for the
//!   proof. One that Plaid does not know is refused for a minute without asking again. At most eight questions are under
//!   way at once, and 32, then one a second, lead to nothing; more requests are told to come again. A key that is known
//!   never waits for these. [`Plaid::prefetch`] gets keys at start.
//! - The body is written with two spaces of indentation. Whatever reformats it on its way breaks the signature.
//! - Plaid signs how old a token is and no more: within the time window, a captured request can be sent again.
//! - The steps of the check are known from Plaid's page and the key's form from its OpenAPI description; no library
//!   of Plaid's verifies, so there was none to compare with.
//! - Plaid waits 10 seconds for an answer and tries for 24 hours. The figures could not be checked; nothing depends on them.
//!
//! Checked against `PyJWT` 2.15.1 with the four checks of Plaid's page. Documentation:
//! ["Verify webhooks"](https://plaid.com/docs/api/webhooks/webhook-verification/), `/webhook_verification_key/get`.
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE` | `new_payment_status` is `PAYMENT_STATUS_INPUT_NEEDED` or `PAYMENT_STATUS_AUTHORISING` or `PAYMENT_STATUS_INITIATED` or `PAYMENT_STATUS_PROCESSING` or `PAYMENT_STATUS_UNKNOWN` or `PAYMENT_STATUS_EXECUTED` | `Pending` |  |
//! | `PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE` | `new_payment_status` is `PAYMENT_STATUS_SETTLED` | `Paid` |  |
//! | `PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE` | `new_payment_status` is `PAYMENT_STATUS_INSUFFICIENT_FUNDS` or `PAYMENT_STATUS_FAILED` or `PAYMENT_STATUS_BLOCKED` or `PAYMENT_STATUS_REJECTED` | `Failed` |  |
//! | `PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE` | `new_payment_status` is `PAYMENT_STATUS_CANCELLED` | `Canceled` |  |
//! | `WALLET.WALLET_TRANSACTION_STATUS_UPDATE` | `payment_id` is there and `new_status` is `SETTLED` | `Paid`, as `PAYMENT_INITIATION.PAYMENT_STATUS_UPDATE` |  |
//! | `WALLET.WALLET_TRANSACTION_STATUS_UPDATE` | `payment_id` is there | `Unconfirmed` |  |
//! | `WALLET.WALLET_TRANSACTION_STATUS_UPDATE` | `new_status` is `EXECUTED` | `Payout` |  |
//! | `WALLET.WALLET_TRANSACTION_STATUS_UPDATE` | `new_status` is `FAILED` or `BLOCKED` | `PayoutFailed` |  |
//! | `TRANSFER.TRANSFER_EVENTS_UPDATE`, `BANK_TRANSFERS.BANK_TRANSFERS_EVENTS_UPDATE` |  | `Unconfirmed` |  |
//! | `TRANSFER.RECURRING_NEW_TRANSFER` |  | `Unconfirmed` |  |
//! | `TRANSFER.RECURRING_CANCELLED` |  | `SubscriptionCanceled` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `WALLET.WALLET_TRANSACTION_STATUS_UPDATE` |  | `original_reference` | `transaction_id` | `timestamp`, by RFC 3339 |
//! | `TRANSFER.TRANSFER_EVENTS_UPDATE`, `BANK_TRANSFERS.BANK_TRANSFERS_EVENTS_UPDATE` |  | `original_reference` |  | `timestamp`, by RFC 3339 |
//! | `TRANSFER.RECURRING_NEW_TRANSFER` |  | `original_reference` | `transfer_id` | `timestamp`, by RFC 3339 |
//! | `TRANSFER.RECURRING_CANCELLED` |  | `original_reference` | `recurring_transfer_id` | `timestamp`, by RFC 3339 |
//! | all others |  | `original_reference` | `payment_id` | `timestamp`, by RFC 3339 |
//!
//! - There is no amount: no event tells one.
//! - Of `PAYMENT_STATUS_UPDATE` only `PAYMENT_STATUS_SETTLED` is money, and only virtual accounts have it. By Plaid's
//!   documentation no other status proves that anything arrives. A standing order that was set up is `Other`.
//! - The wallet tells of a payment or of a refund of it under one `payment_id`, and not which. Only what is credited
//!   settles, so that is the payment; `PAYMENT_STATUS_UPDATE` tells of it too. All else of a payment is `Unconfirmed`.
//! - Without `payment_id`, what leaves the wallet is `Payout`.
//! - `TRANSFER_EVENTS_UPDATE` and `BANK_TRANSFERS_EVENTS_UPDATE` only say that there is something new to be asked for.
//!
//! Dedupe tells events apart by: body; the token's time too, where the body has no `timestamp`. A repeat is handled
//! again if it is not recognised: kinds without a time: each token is new.

#[cfg(feature = "fetch")]
mod keys;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod token;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

#[cfg(feature = "fetch")]
pub use keys::PlaidKeys;
pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Plaid;

pub(crate) const PROVIDER: Registered = Registered::custom(token::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Plaid::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://plaid.com/docs/api/webhooks/webhook-verification/")
    .setup(&[
        "Send the URL as `webhook` when a link token is made, or add it in the dashboard under Developers, Webhooks.",
        "With the feature `fetch`, copy client id and secret from Developers, Keys. They become `client_id` and `secret`.",
        "Without it, get the keys from `/webhook_verification_key/get`. They become `jwks`.",
    ])
    .settings(&[
        Setting::optional(
            "jwks",
            "a table of the public keys (JWK) by their id; needed without the feature `fetch`",
        ),
        Setting::optional(
            "client_id",
            "to ask Plaid for the keys with, instead of `jwks`; shown under Developers, Keys",
        ),
        Setting::optional(
            "secret",
            "the secret of that client and environment, beside `client_id`",
        ),
        Setting::optional("environment", "where to ask: `production`, the default, or `sandbox`"),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["plaid-verification"])
    .signed("JWS with ES256 that holds: the time, the SHA-256 of the body")
    .tolerance_secs(300);

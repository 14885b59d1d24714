//! TrueLayer: open banking payments. Feature `published-keys`.
//!
//! | | |
//! |---|---|
//! | signature | `Tl-Signature`: a JWS with ES512 whose payload is left out: method, space, path, line feed; `name: value`, line feed, for each header that it lists; the body |
//! | key | one that TrueLayer publishes under the `kid` of the token, as a set at the `jku` of the token |
//! | time window | 5 minutes both ways around `X-Tl-Webhook-Timestamp`; the number is ours, TrueLayer names none |
//! | event id | `event_id` in the body, signed |
//! | kind | `type` in the body, signed |
//!
//! Settings: `jku_allowed`, the sets whose keys are accepted, the live one if absent; `jwks_by_url`, the sets themselves; `public_url`.
//!
//! # What to know
//!
//! - The token says where its key is published. Only the addresses that are configured count, letter by letter, and nothing is fetched for
//!   another one. Keys of the sandbox are accepted only where its address is configured: whoever has an account there can make it sign.
//! - Without the time among the headers that the token lists, a request is malformed: it could be sent again at any time.
//! - The path is that of the request, with or without a slash at its end, as TrueLayer's libraries try it. Where something in front of the
//!   application changes it, give the URL as [`TrueLayer::public_url`]. The query is not signed.
//! - A key is kept for an hour. [`TrueLayer::prefetch`] gets keys at start.
//! - TrueLayer tries again for up to 72 hours.
//!
//! Checked against TrueLayer's libraries `truelayer-signing` 0.4.0 (Python) and 0.2.3 (Node). Documentation:
//! ["Payments API webhook reference"](https://docs.truelayer.com/docs/payments-api-webhook-reference).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment_authorized`, `payment_executed` |  | `Pending` |  |
//! | `payment_settled` |  | `Paid` |  |
//! | `payment_failed` |  | `Failed` |  |
//! | `refund_executed` |  | `Refund` | of id `refund_id` |
//! | `refund_failed` |  | `RefundFailed` | of id `refund_id` |
//! | `payout_executed` |  | `Payout` |  |
//! | `payout_failed` |  | `PayoutFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `payout_executed`, `payout_failed` |  |  | `payout_id` | `settled_at`, else `executed_at`, else `failed_at`, else `authorized_at`, by RFC 3339 |
//! | all others |  |  | `payment_id` | `settled_at`, else `executed_at`, else `failed_at`, else `authorized_at`, by RFC 3339 |
//!
//! - There is no amount: no event tells one. Ask for the payment.
//! - `payment_executed` says that the bank has taken the order. It is the last that is told of a payment to an account outside of TrueLayer,
//!   and no proof that the money arrives: `payment_settled` is.
//! - A refund does not say whether it was all.
//! - Mandates, payment links and payments from elsewhere are `Other`.
//!
//! Dedupe tells events apart by: `event_id`, kind.

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
pub use verify::TrueLayer;

pub(crate) const PROVIDER: Registered =
    Registered::custom(verify::NAMES.provider(), &ABOUT, |settings| {
        Ok(Arc::new(TrueLayer::from_settings(settings)?))
    })
    .tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.truelayer.com/docs/payments-api-webhook-reference")
    .setup(&[
        "In the Console, open Payments, Settings, and enter the webhook URI, for live and sandbox each.",
        "With the feature `fetch`, nothing else is needed for live events. For those of the sandbox, `jku_allowed` is https://webhooks.truelayer-sandbox.com/.well-known/jwks",
        "Without it, get the set of keys from that address. It becomes `jwks_by_url`.",
    ])
    .settings(&[
        Setting::optional(
            "jku_allowed",
            "the addresses of the sets whose keys are accepted: one or a list; the live one if absent",
        ),
        Setting::optional(
            "jwks_by_url",
            "a table of the sets (JWKS) by their address; needed without the feature `fetch`",
        ),
        Setting::optional(
            "public_url",
            "the URL that the sender was given, if something in front of the application changes the path",
        ),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&["tl-signature", "x-tl-webhook-timestamp"])
    .signed("JWS with ES512 of: method, path, the listed headers (the time among them), the body")
    .tolerance_secs(300);

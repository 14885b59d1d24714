//! fal.ai: results of requests to models that waited in its queue. Feature `published-keys`.
//!
//! | | |
//! |---|---|
//! | signature | `X-Fal-Webhook-Signature`: hex Ed25519 of `X-Fal-Webhook-Request-Id`, `X-Fal-Webhook-User-Id`, `X-Fal-Webhook-Timestamp` and the SHA-256 of the body in hex, a line feed between them |
//! | key | one of those that fal publishes as a set at [`Fal::KEYS`]; they have no ids, so all are tried, 16 at the most |
//! | time window | 300 seconds both ways, a [`Tolerance`](crate::Tolerance) of your own if you like |
//! | event id | `X-Fal-Webhook-Request-Id`, signed |
//! | kind | `status` in the body, `OK` or `ERROR`, signed |
//!
//! # What to know
//!
//! - fal signs for all of its users with the same keys. Without [`Fal::user_id`], whoever has an account there can have a request signed for
//!   your URL: the setting `user_id` says which user is meant.
//! - The set is kept for an hour. fal tries again for two hours, so what it has signed with a new key is accepted before it gives up.
//!   [`Fal::prefetch`] gets the set at start.
//! - The library asks for the set only at its own address, never at one that a request names.
//! - Where `payload` cannot be written as JSON, it is null and `payload_error` says why. Both are signed.
//! - fal tries again ten times within two hours.
//!
//! Checked against the third-party library `@hookflo/tern` 4.1.0. Documentation:
//! ["Webhooks"](https://docs.fal.ai/model-apis/model-endpoints/webhooks).
//!
//! Dedupe tells events apart by: `X-Fal-Webhook-Request-Id`, kind.

#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use self::verify::{REQUEST, SIGNATURE, TIMESTAMP, USER, USER_ID};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::{Fal, SCHEME};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Fal::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    Group::Developer,
    "https://docs.fal.ai/model-apis/model-endpoints/webhooks",
)
.setup(&[
    "Give the URL with each request to the queue, as `fal_webhook` in its query.",
    "Set `user_id` to your own id, as `X-Fal-Webhook-User-Id` has it in a genuine request.",
    "With the feature `fetch`, nothing else is needed. Without it, get the set of keys from <https://rest.alpha.fal.ai/.well-known/jwks.json>. It becomes `jwks`.",
])
.settings(&[
    Setting::optional(
        USER_ID,
        "whose requests are accepted; without it those of every user of fal",
    ),
    Setting::optional(
        "jwks",
        "the set of the public keys (JWKS) as fal publishes it; needed without the feature `fetch`",
    ),
    Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&[SIGNATURE, REQUEST, USER, TIMESTAMP])
.signed("Ed25519 in hex of: the request id, the user id, the time, the SHA-256 of the body in hex")
.tolerance_secs(300);

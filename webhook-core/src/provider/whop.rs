//! Whop: payments, memberships, transfers.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | the **text** of the secret, `ws_…`, as it is shown |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - The whole secret is the key, `ws_` included. Where another library wants it in base64, give this one what the dashboard shows.
//! - `id` in the body repeats `webhook-id`.
//! - Payments are not told yet: every kind is [`Other`](crate::payment::PaymentStatus::Other). Read them from the body.
//!
//! Checked against Whop's library 0.0.42 (JavaScript), which takes the secret in base64; that its text is the key is said by several third
//! parties. Documentation: ["Webhooks"](https://docs.whop.com/developer/guides/webhooks).
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::crypto::KeyFormat;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::Scheme;

use super::standard_webhooks;
pub use super::standard_webhooks::Event;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://docs.whop.com/developer/guides/webhooks").setup(&[
    "In the dashboard, open Developer, create a webhook with the URL, the API version `v1` and its events.",
    "Copy the webhook secret, whole. It becomes `secrets`.",
]);

/// Standard Webhooks with the text of the secret as the key.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("whop")
    .key(KeyFormat::text());

scheme_provider! {
    /// Verifies what Whop sends to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::whop::Whop;
    ///
    /// let endpoint = Endpoint::new(Whop::new("ws_1f77bc21ded2a0ec33c21bdd4c723a2bfbad5f8040c6965ce2f8fb8ba2645a7e")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Whop, SCHEME, timed
}

/// Names of kinds of events. Whop has many more; all of them arrive.
pub mod kind {
    /// A membership is active.
    pub const MEMBERSHIP_ACTIVATED: &str = "membership.activated";
    /// A payment succeeded.
    pub const PAYMENT_SUCCEEDED: &str = "payment.succeeded";
    /// A transfer is done.
    pub const TRANSFER_COMPLETED: &str = "transfer.completed";
    /// An identity is proven.
    pub const VERIFICATION_SUCCEEDED: &str = "verification.succeeded";
}

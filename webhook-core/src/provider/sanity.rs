//! Sanity: documents that change.
//!
//! | | |
//! |---|---|
//! | signature | `Sanity-Webhook-Signature: t=…,v1=…`, base64 for URLs without padding, HMAC-SHA256 of `t`, `.`, body |
//! | key | the text of the webhook's secret |
//! | time window | 300 seconds both ways, `t` in milliseconds; the number is ours |
//! | event id | `Idempotency-Key`, **not signed** |
//! | kind | `Sanity-Operation`, such as `create`, **not signed** |
//!
//! # What to know
//!
//! - The body is what the projection of the webhook makes of a document. It says neither its id nor the operation unless you let it:
//!   put `_id` and `delta::operation()` into the projection, and both are signed.
//! - A webhook without a secret is not signed; its requests are refused here.
//! - Sanity's library checks no age. Its time is in milliseconds, though other code reads seconds.
//!
//! Checked against Sanity's library `@sanity/webhook` 4.0.4 (JavaScript). Documentation:
//! ["GROQ-powered webhooks"](https://www.sanity.io/docs/webhooks).
//!
//! Dedupe tells events apart by: body, unsigned `Idempotency-Key` and kind; without a key the body and the signed time. A repeat is handled
//! again if it is not recognised: under another key, or signed anew without one.

use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://www.sanity.io/docs/webhooks").setup(&[
    "In the project's settings, open API, Webhooks, and create a webhook with the URL of your endpoint.",
    "Give it a secret. It becomes `secrets`.",
    "Put into its projection what the receiver must be able to trust, such as `_id` and `delta::operation()`.",
]);

/// Base64 for URLs of HMAC-SHA256 of time, dot and body.
pub const SCHEME: Scheme = Scheme::new("sanity", Algorithm::HmacSha256)
    .signature(
        Signature::header("sanity-webhook-signature")
            .separator(b',')
            .prefix("v1=")
            .encoding(Encoding::Base64Url),
    )
    .timestamp(
        Timestamp::entry("t=")
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Header("idempotency-key")])
    .kind(&[Field::Header("sanity-operation")]);

scheme_provider! {
    /// Verifies what Sanity sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::sanity::Sanity;
    ///
    /// let endpoint = Endpoint::new(Sanity::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Sanity, SCHEME, timed
}

//! Cloudflare Stream: videos that are ready, or that failed.
//!
//! | | |
//! |---|---|
//! | signature | `Webhook-Signature: time=…,sig1=…`: hex HMAC-SHA256 of `time`, `.`, body |
//! | key | the text of the secret that the API shows when the webhook is set |
//! | time window | 300 seconds both ways; the number is ours, Cloudflare leaves it to the receiver |
//! | event id | none |
//! | kind | none |
//!
//! # What to know
//!
//! - The body is the video as it is now: `uid` and `status.state` (`ready`, `error`) say what happened.
//! - An account has one webhook for Stream.
//! - Stream *Live* does not come by this way but by [Cloudflare Notifications](super::cloudflare_notifications).
//! - The header has the name of Standard Webhooks' and another form.
//!
//! Checked against vectors that we computed, by Cloudflare's documentation:
//! ["Use webhooks"](https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Developer, "https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/")
        .setup(&[
            "Set the webhook by `PUT /accounts/{account_id}/stream/webhook`, with the URL of your endpoint as `notificationUrl`.",
            "The answer has a `secret`: it becomes `secrets`.",
        ]);

/// Hex HMAC-SHA256 of time, dot and body.
pub const SCHEME: Scheme = Scheme::new("cloudflare-stream", Algorithm::HmacSha256)
    .signature(
        Signature::header("webhook-signature")
            .separator(b',')
            .prefix("sig1="),
    )
    .timestamp(Timestamp::entry("time=").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    // The body says what became of which video: the same once more is no other event.
    .identity(Identity::body());

scheme_provider! {
    /// Verifies what Cloudflare Stream sends for one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::cloudflare_stream::CloudflareStream;
    ///
    /// let endpoint = Endpoint::new(CloudflareStream::new("22c89bc29530802d150502ff49d42087")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    CloudflareStream, SCHEME, timed
}

//! Calendly: bookings and what becomes of them.
//!
//! | | |
//! |---|---|
//! | signature | `Calendly-Webhook-Signature: t=…,v1=…`: hex HMAC-SHA256 of `t`, `.`, body |
//! | key | the text of the webhook signing key |
//! | time window | 180 seconds both ways, as in Calendly's sample |
//! | event id | none |
//! | kind | `event` in the body, signed, such as `invitee.created` |
//!
//! # What to know
//!
//! - There is no event id. `created_at` in the body says when the event was made: two events have two bodies.
//! - A subscription made with a personal access token has the signing key that you give it, and none if you give none: then nothing
//!   is signed, and is refused here. An OAuth app has one key for all of its subscriptions.
//! - Calendly waits 15 seconds for an answer. **410 deletes the subscription**: nothing here answers with it.
//! - Whether a repeat is signed anew is not documented; both ways are recognised.
//! - The rule is from Calendly's documentation; the three minutes are those of its sample, told by third parties.
//!
//! Checked against vectors that we computed; no library of Calendly verifies. Documentation:
//! ["Webhook Signatures"](https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Business, "https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures")
        .setup(&[
            "Make a long random text: it becomes `secrets`. An OAuth app has got a webhook signing key when it was created: \
             take that one.",
            "Create a webhook subscription by `POST /webhook_subscriptions`, with the URL of your endpoint, the events, and \
             that text as `signing_key`.",
        ]);

/// Hex HMAC-SHA256 of time, dot and body.
pub const SCHEME: Scheme = Scheme::new("calendly", Algorithm::HmacSha256)
    // <https://developer.calendly.com/docs/webhooks/overview>
    .waits_secs(15)
    .signature(
        Signature::header("calendly-webhook-signature")
            .separator(b',')
            .prefix("v1="),
    )
    .timestamp(Timestamp::entry("t=").tolerance(180))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .kind(&[Field::Json("/event")])
    // The body says when the event was made.
    .identity(Identity::body());

scheme_provider! {
    /// Verifies what Calendly sends to one webhook subscription.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::calendly::Calendly;
    ///
    /// let endpoint = Endpoint::new(Calendly::new("5mEzn9C-I28UtwOjZJtFoob0sAAFZ95GbZkqj4y3i0I")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Calendly, SCHEME, timed
}

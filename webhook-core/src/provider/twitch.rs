//! Twitch EventSub: streams, follows, subscriptions.
//!
//! | | |
//! |---|---|
//! | signature | `Twitch-Eventsub-Message-Signature: sha256=` and hex HMAC-SHA256 of `Twitch-Eventsub-Message-Id`, `Twitch-Eventsub-Message-Timestamp` and the body, with nothing between them |
//! | key | the text of the subscription's secret, 10 to 100 ASCII characters |
//! | time window | 600 seconds both ways; Twitch says it of old ones |
//! | event id | `Twitch-Eventsub-Message-Id`, signed; a repeat keeps it |
//! | kind | `subscription.type` in the body, signed, such as `channel.follow` |
//! | set-up | `challenge` in the body, signed: the library answers with it, no handler is called |
//!
//! # What to know
//!
//! - The headers `Twitch-Eventsub-Message-Type` and `-Subscription-Type` are **not signed** and not looked at. A challenge is told by
//!   its body, and a revoked subscription by `subscription.status` there; it has no `event`.
//! - The id ends where the time begins, which is seen from the time's first colon: an id with a colon is refused. Those of Twitch have
//!   none.
//! - Twitch wants an answer within a few seconds, and revokes a subscription whose receiver is slow too often.
//!
//! Checked against the community library `@twurple/eventsub-http` 8.1.4. Documentation:
//! ["Handling Webhook Events"](https://dev.twitch.tv/docs/eventsub/handling-webhook-events).
//!
//! Dedupe tells events apart by: `Twitch-Eventsub-Message-Id`, kind.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Messages, "https://dev.twitch.tv/docs/eventsub/handling-webhook-events")
    .setup(&[
        "Make a random secret of 10 to 100 ASCII characters: it becomes `secrets`.",
        "Start the endpoint with it, on port 443: Twitch sends a challenge at once.",
        "Create the subscription by `POST /helix/eventsub/subscriptions`, with the transport `webhook`, the URL as `callback` and \
         the secret.",
    ]);

const ID: &[Field] = &[Field::Header("twitch-eventsub-message-id")];

/// Hex HMAC-SHA256 of id, time and body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("twitch", Algorithm::HmacSha256)
    .signature(Signature::header("twitch-eventsub-message-signature").prefix("sha256="))
    .timestamp(
        Timestamp::header("twitch-eventsub-message-timestamp")
            .unit(TimeUnit::Rfc3339)
            .tolerance(600),
    )
    .signed_content(&[Part::FirstOf(ID), Part::Timestamp, Part::Body])
    .id(ID)
    .kind(&[Field::Json("/subscription/type")])
    // Told by the body: nobody signs the header that says it too.
    .handshakes(&[Handshake::signed(
        &[Condition::Present(Field::Json("/challenge"))],
        HandshakeReply::Echo(Field::Json("/challenge")),
    )]);

scheme_provider! {
    /// Verifies what Twitch sends for subscriptions with one secret.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::twitch::Twitch;
    ///
    /// let endpoint = Endpoint::new(Twitch::new("5f1a6e7cd2e7137ccf9e15b2f43fe63949eb84b1db83c1d5")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Twitch, SCHEME, timed
}

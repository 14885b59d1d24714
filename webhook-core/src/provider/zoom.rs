//! Zoom: meetings, recordings, users.
//!
//! | | |
//! |---|---|
//! | signature | `x-zm-signature: v0=` and hex HMAC-SHA256 of `v0:`, `x-zm-request-timestamp`, `:`, body |
//! | key | the text of the app's secret token |
//! | time window | 300 seconds both ways; the number is ours, Zoom names none |
//! | event id | none |
//! | kind | `event` in the body, signed |
//! | set-up | `endpoint.url_validation`, signed: the library answers with the plain token and its MAC, no handler is called |
//!
//! # What to know
//!
//! - Zoom checks the URL when it is entered, and again every 72 hours: the same answer goes back each time.
//! - The answer's MAC is made with the key that signed the request, so that a secret token can be replaced while both are configured.
//! - Zoom's own library `@zoom/rivet` writes the JSON anew before it compares, and fails on bodies that come out otherwise. What is
//!   signed is the body as it was sent.
//! - The older verification token in `Authorization` is retired, and not looked at.
//! - Zoom wants 200 or 204 within three seconds, and tries again after 5, 20 and 60 minutes.
//!
//! Checked against Zoom's library `@zoom/rivet` 0.4.0. Documentation: ["Using webhooks"](https://developers.zoom.us/docs/api/webhooks/).
//!
//! Dedupe tells events apart by: body, in which `event_ts` is the time of the event. A repeat is handled again if it is not recognised:
//! rendered anew.

use crate::crypto::Algorithm;
use crate::message::{Identity, Whose};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{
    Condition, Handshake, HandshakeReply, Part, ReplyValue, Scheme, Signature, Timestamp,
};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.zoom.us/docs/api/webhooks/")
    .setup(&[
        "In the Zoom App Marketplace, open your app, Features, Access, and copy the secret token. It becomes `secrets`.",
        "Start the endpoint with it: Zoom checks the URL.",
        "Add an event subscription with the URL and its events, and validate the URL.",
    ])
    .acknowledgement("200 or 204");

/// Hex HMAC-SHA256 of `v0:`, time, `:`, body.
pub const SCHEME: Scheme = Scheme::new("zoom", Algorithm::HmacSha256)
    // <https://devsupport.zoom.us/hc/en-us/articles/360059893812-Webhook-delays>
    .waits_secs(3)
    .signature(Signature::header("x-zm-signature").prefix("v0="))
    .timestamp(Timestamp::header("x-zm-request-timestamp").tolerance(300))
    .signed_content(&[
        Part::Literal("v0:"),
        Part::Timestamp,
        Part::Literal(":"),
        Part::Body,
    ])
    .kind(&[Field::Json("/event")])
    .identity(Identity::body())
    .whose(&WHOSE)
    .handshakes(&[Handshake::signed(
        &[Condition::Equals(
            Field::Json("/event"),
            "endpoint.url_validation",
        )],
        HandshakeReply::Json(&[
            (
                "plainToken",
                ReplyValue::Echo(Field::Json("/payload/plainToken")),
            ),
            (
                "encryptedToken",
                ReplyValue::Signed(Field::Json("/payload/plainToken")),
            ),
        ]),
    )]);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/payload/account_id")]);

scheme_provider! {
    /// Verifies what Zoom sends to one app.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::zoom::Zoom;
    ///
    /// let endpoint = Endpoint::new(Zoom::new("5Q9tMF2MMpfX067khhLZCQ")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Zoom, SCHEME, timed
}

/// Names of kinds. Zoom has many more; all of them arrive.
pub mod kind {
    /// A meeting ended.
    pub const MEETING_ENDED: &str = "meeting.ended";
    /// Somebody joined a meeting.
    pub const MEETING_PARTICIPANT_JOINED: &str = "meeting.participant_joined";
    /// Somebody left a meeting.
    pub const MEETING_PARTICIPANT_LEFT: &str = "meeting.participant_left";
    /// A meeting began.
    pub const MEETING_STARTED: &str = "meeting.started";
    /// A recording can be fetched.
    pub const RECORDING_COMPLETED: &str = "recording.completed";
}

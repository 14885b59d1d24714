//! How Slack signs.

use crate::crypto::{Algorithm, KeyFormat};
use crate::provider::macros::scheme_provider;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, Part, Scheme, Signature, Timestamp};

/// Hex HMAC-SHA256 of `v0:`, time, `:`, body.
pub const SCHEME: Scheme = Scheme::new("slack", Algorithm::HmacSha256)
    // <https://docs.slack.dev/apis/events-api/>
    .waits_secs(3)
    .key(KeyFormat::text().reject_prefixes(&["xox", "xapp-", "xwfp-"]))
    .signature(Signature::header("x-slack-signature").prefix("v0="))
    .timestamp(Timestamp::header("x-slack-request-timestamp").tolerance(300))
    .signed_content(&[
        Part::Literal("v0:"),
        Part::Timestamp,
        Part::Literal(":"),
        Part::Body,
    ])
    .id(&[Field::Json("/event_id"), Field::Form("trigger_id")])
    .kind(&[
        Field::Json("/event/type"),
        Field::Json("/type"),
        Field::Form("command"),
    ])
    .handshakes(&[Handshake::signed(
        &[
            Condition::Equals(Field::Json("/type"), "url_verification"),
            Condition::Present(Field::Json("/challenge")),
        ],
        HandshakeReply::Echo(Field::Json("/challenge")),
    )])
    .with_events();

scheme_provider! {
    /// Verifies what Slack sends to one app.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::slack::Slack;
    ///
    /// let endpoint = Endpoint::new(Slack::new("8f742231b10e8888abcd99yyyzzz85a5")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Slack, SCHEME, timed
}

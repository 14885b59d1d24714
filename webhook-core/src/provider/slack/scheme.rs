//! How Slack signs.

use crate::provider_type::scheme_provider;
use crate::registry::Registered;
use crate::scheme::{
    Answer, Condition, Field, Handshake, KeyFormat, Part, Primitive, Scheme, Signature, Timestamp,
};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), |_| Ok(SCHEME));

/// Hex HMAC-SHA256 of `v0:`, time, `:`, body.
pub const SCHEME: Scheme = Scheme::new("slack", Primitive::HmacSha256)
    .key(KeyFormat::text().never(&["xox", "xapp-", "xwfp-"]))
    .signature(Signature::header("x-slack-signature").prefix("v0="))
    .timestamp(Timestamp::header("x-slack-request-timestamp").tolerance(300))
    .content(&[
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
            Condition::Is(Field::Json("/type"), "url_verification"),
            Condition::Has(Field::Json("/challenge")),
        ],
        Answer::Echo(Field::Json("/challenge")),
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

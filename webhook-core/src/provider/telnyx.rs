//! Telnyx: calls, messages and faxes.
//!
//! | | |
//! |---|---|
//! | signature | `telnyx-signature-ed25519`: base64 Ed25519 of `telnyx-timestamp`, `\|`, body |
//! | key | the account's public key: base64 of 32 bytes; setting `public_keys`; feature `asymmetric` |
//! | time window | 300 seconds both ways |
//! | event id | `data.id` in the body, signed |
//! | kind | `data.event_type` in the body, signed |
//!
//! # What to know
//!
//! - One key signs everything of an account.
//! - `meta.attempt` counts the attempts to deliver: a repeat has another body, and the same `data.id`.
//! - Connections with API version 1 send other bodies, which are not read here. A connection that is set to `GET` sends no body; such
//!   requests are refused.
//!
//! Checked against Telnyx' libraries `telnyx` 4.189.0 (Python) and 7.24.0 (JavaScript). Documentation:
//! ["Webhook Fundamentals"](https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks).
//!
//! Dedupe tells events apart by: `data.id`, kind.

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(
    "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks",
)
.setup(&[
    "In the Mission Control Portal, open Account Settings, Keys & Credentials, Public Key, and copy it. It becomes `public_keys`.",
    "Enter the URL of your endpoint in the connection, the messaging profile or the fax application.",
]);

/// Base64 Ed25519 of time, `|`, body.
pub const SCHEME: Scheme = Scheme::new("telnyx", Algorithm::Ed25519)
    .key(KeyFormat::base64())
    .signature(Signature::header("telnyx-signature-ed25519").encoding(Encoding::Base64))
    .timestamp(Timestamp::header("telnyx-timestamp").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("|"), Part::Body])
    .id(&[Field::Json("/data/id")])
    .kind(&[Field::Json("/data/event_type")]);

scheme_provider! {
    /// Verifies what Telnyx sends for one account. The key is the account's public one.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::telnyx::Telnyx;
    ///
    /// let endpoint = Endpoint::new(Telnyx::new("9rONU52qBxxEcrXSjnZY6aRiGhd76aSTmDr7QfcxK4o=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Telnyx, SCHEME, timed
}

/// Names of kinds. Telnyx has many more; all of them arrive.
pub mod kind {
    /// A call begins.
    pub const CALL_INITIATED: &str = "call.initiated";
    /// A message has arrived, or has failed, for good.
    pub const MESSAGE_FINALIZED: &str = "message.finalized";
    /// Somebody sent you a message.
    pub const MESSAGE_RECEIVED: &str = "message.received";
    /// A message was handed to the carrier.
    pub const MESSAGE_SENT: &str = "message.sent";
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, crate::ConfigError> {
    Ok(vec![Sample::of_asymmetric(SCHEME)?.made_by(Telnyx::new)])
}

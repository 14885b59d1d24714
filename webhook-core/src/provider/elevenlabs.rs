//! ElevenLabs: calls of agents, voices.
//!
//! | | |
//! |---|---|
//! | signature | `ElevenLabs-Signature: t=…,v0=…`: hex HMAC-SHA256 of `t`, `.`, body |
//! | key | the text of the webhook's secret, `wsec_…`, whole |
//! | time window | 1,800 seconds both ways |
//! | event id | none |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - There is no event id: a call is told by `data.conversation_id`, and one of its events by the kind and `event_timestamp` beside it.
//! - `post_call_audio` carries the whole call in base64: raise the limit of the body where you ask for it.
//! - ElevenLabs' libraries refuse old requests only, and the one for JavaScript looks at the first `v0` only. This one looks at all of
//!   them, and refuses what comes from the future.
//! - Repeats are sent only if the webhook is set to it. A webhook that keeps failing is switched off.
//!
//! Checked against ElevenLabs' libraries 2.78.0 (Python) and 2.73.0 (JavaScript). Documentation:
//! ["Webhooks"](https://elevenlabs.io/docs/eleven-api/resources/webhooks),
//! ["Post-call webhooks"](https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks).
//!
//! Dedupe tells events apart by: `data.conversation_id`, kind, `event_timestamp`; without a conversation the body and the signed time.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Identity, Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://elevenlabs.io/docs/eleven-api/resources/webhooks").setup(&[
    "In the settings of the workspace, open Webhooks and add one with the URL and the authentication HMAC.",
    "Copy the secret, `wsec_…`, which is shown once. It becomes `secrets`.",
    "Choose the webhook where its events are set, such as in the settings of the agents.",
]);

/// Hex HMAC-SHA256 of the time, a dot and the body.
pub const SCHEME: Scheme = Scheme::new("elevenlabs", Algorithm::HmacSha256)
    .signature(
        Signature::header("elevenlabs-signature")
            .separator(b',')
            .prefix("v0="),
    )
    .timestamp(Timestamp::entry("t=").tolerance(1800))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .kind(&[Field::Json("/type")])
    .identity(Identity::fields(&[
        &[Field::Json("/data/conversation_id")],
        &[Field::Json("/type")],
        &[Field::Json("/event_timestamp")],
    ]));

scheme_provider! {
    /// Verifies what ElevenLabs sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::elevenlabs::ElevenLabs;
    ///
    /// let endpoint = Endpoint::new(ElevenLabs::new("wsec_8f78007cb64a92697a0e39068f9c0f5b1e0c26d61b6b60355c95f57d10763459")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ElevenLabs, SCHEME, timed
}

/// Names of kinds of events. All others arrive too.
pub mod kind {
    /// A call could not be begun.
    pub const CALL_INITIATION_FAILURE: &str = "call_initiation_failure";
    /// The sound of a call.
    pub const POST_CALL_AUDIO: &str = "post_call_audio";
    /// A call is over and was analysed.
    pub const POST_CALL_TRANSCRIPTION: &str = "post_call_transcription";
    /// A shared voice is about to be removed.
    pub const VOICE_REMOVAL_NOTICE: &str = "voice_removal_notice";
    /// A shared voice stays after all.
    pub const VOICE_REMOVAL_NOTICE_WITHDRAWN: &str = "voice_removal_notice_withdrawn";
    /// A shared voice was removed.
    pub const VOICE_REMOVED: &str = "voice_removed";
}

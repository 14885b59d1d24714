//! LiveKit: rooms, participants, tracks, egress and ingress.
//!
//! | | |
//! |---|---|
//! | signature | `Authorization`, without a word before it: a JWT with HS256; its claim `sha256` is the base64 SHA-256 of the body |
//! | key | the text of the API secret; chosen by the claim `iss`, which is its API key. Setting `secrets_by_key_id`: a table |
//! | time window | from `nbf`, five seconds sooner at the most, until `exp` of the token: minutes |
//! | event id | `id` in the body, signed |
//! | kind | `event` in the body, signed |
//!
//! # What to know
//!
//! - The content type is `application/webhook+json`.
//! - A token without `sha256` is one that lets somebody into a room: it vouches for no body, and is refused.
//! - The algorithm is HS256 and no other, whatever a token says.
//! - The secret signs the tokens of your participants too: who has it can do more than send webhooks.
//! - How long a token holds is for LiveKit to say. A captured request can be sent again as long: use a
//!   [store](crate::dedupe).
//!
//! Checked against LiveKit's libraries `livekit-api` 1.2.2 (Python) and `livekit-server-sdk` 2.19.2 (JavaScript). Documentation:
//! ["Webhooks & events"](https://docs.livekit.io/intro/basics/rooms-participants-tracks/webhooks-events/).
//!
//! Dedupe tells events apart by: `id`, kind.

use std::sync::Arc;

#[cfg(feature = "testing")]
use crate::Settings;
use crate::account::key_ids;
use crate::crypto::jws::JwsAlgorithm;
use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::token_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, TokenSigner};
use crate::verify::{TokenRule, TokenTime, TokenVerifier};
use crate::{ConfigError, IntoKeyring};

pub(crate) const PROVIDER: Registered =
    Registered::custom(RULE.names.provider(), &ABOUT, |settings| {
        let livekit = LiveKit::new(key_ids::configured(settings, KEYS)?);
        Ok(Arc::new(livekit.map_err(|error| error.of_setting(KEYS))?))
    })
    .tested(testing!(signer, samples));

const ABOUT: About =
    About::new(Group::Messages, "https://docs.livekit.io/intro/basics/rooms-participants-tracks/webhooks-events/")
        .setup(&[
            "In LiveKit Cloud, open Settings, Webhooks, and create a webhook with the URL and an API key that signs. On a server of your own, \
             write both into `webhook` of its configuration.",
            "That API key with its API secret becomes an entry of `secrets_by_key_id`.",
        ])
        .settings(&[Setting::required(
            KEYS,
            "a table of API secrets by their API key",
        )])
        .headers(&[HEADER])
        .signed("JWT with HS256 that holds: from when until when it holds, the SHA-256 of the body");

const HEADER: &str = "authorization";
const KEYS: &str = "secrets_by_key_id";

static RULE: TokenRule = TokenRule {
    names: Scheme::new("livekit", Algorithm::HmacSha256)
        .id(&[Field::Json("/id")])
        .kind(&[Field::Json("/event")]),
    header: HEADER,
    word: "",
    algorithms: &[JwsAlgorithm::Hs256],
    issuer: None,
    body: "/sha256",
    encoding: Encoding::Base64,
    nothing_for_empty: false,
    url: None,
    time: TokenTime::Until,
};

token_provider! {
    /// Verifies what LiveKit sends for one project or server.
    ///
    /// ```
    /// use webhook_core::provider::livekit::LiveKit;
    /// use webhook_core::{Endpoint, Key};
    ///
    /// let key = Key::new("LZUIQBxqOwAwfxyXm6RuXZffw9YUmLry15ql93buZTx")?.named("APIGY2lJp9C9bNp");
    /// let endpoint = Endpoint::new(LiveKit::new(key)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    LiveKit
}

impl LiveKit {
    /// Accepts what any of these API secrets has signed, each named with its API key.
    ///
    /// # Errors
    /// If there is no key, one cannot be a secret or has no name, or two have the same.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        TokenVerifier::new(&RULE, keys).map(Self)
    }
}

/// Names of kinds, for `match delivery.kind()`.
pub mod kind {
    /// An egress has ended.
    pub const EGRESS_ENDED: &str = "egress_ended";
    /// An egress has begun.
    pub const EGRESS_STARTED: &str = "egress_started";
    /// An egress has another state.
    pub const EGRESS_UPDATED: &str = "egress_updated";
    /// An ingress has ended.
    pub const INGRESS_ENDED: &str = "ingress_ended";
    /// An ingress has begun.
    pub const INGRESS_STARTED: &str = "ingress_started";
    /// The connection of a participant was lost.
    pub const PARTICIPANT_CONNECTION_ABORTED: &str = "participant_connection_aborted";
    /// A participant has come.
    pub const PARTICIPANT_JOINED: &str = "participant_joined";
    /// A participant has left.
    pub const PARTICIPANT_LEFT: &str = "participant_left";
    /// A room is closed.
    pub const ROOM_FINISHED: &str = "room_finished";
    /// A room is open.
    pub const ROOM_STARTED: &str = "room_started";
    /// A track was published.
    pub const TRACK_PUBLISHED: &str = "track_published";
    /// A track is not published any more.
    pub const TRACK_UNPUBLISHED: &str = "track_unpublished";
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let keys = settings.text_table(KEYS)?.unwrap_or_default();
    let (id, key) = keys.first().ok_or_else(|| ConfigError::missing(KEYS))?;
    Ok(Box::new(TokenSigner::new(&RULE, *key)?.key_id(*id)))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let settings = keys
        .text
        .map(|key| serde_json::json!({KEYS: {"APIkey1": key}}));
    let signer = TokenSigner::new(&RULE, keys.text[0])?.key_id("APIkey1");
    Ok(vec![Sample {
        keys: &[KEYS],
        id: Some(Sample::ID_IN_BODY),
        ..signer.sample(settings)
    }])
}

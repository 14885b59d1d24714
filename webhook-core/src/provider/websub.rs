//! WebSub: what a hub distributes of a topic, by the recommendation of the W3C; once PubSubHubbub.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature`: the name of the hash, `=`, and hex HMAC of the body |
//! | key | the text of `hub.secret`, as you gave it to the hub |
//! | time window | none: hubs sign no time |
//! | event id | none |
//! | kind | none |
//! | set-up | a `GET` with `hub.mode`, `hub.topic` and `hub.challenge`, which nobody signs: the library answers with the challenge, if the topic is yours |
//!
//! # What to know
//!
//! - The hub chooses the hash. SHA-256, SHA-384 and SHA-512 are accepted; SHA-1 only where `allowed_algs` names it. What is known against SHA-1 does
//!   not touch an HMAC with it.
//! - Always subscribe with a secret: without one the hub signs nothing, and every request is refused.
//! - A hub asks whether you want what somebody has asked it for in your name. `subscribe` is confirmed for the topic that is configured, and nothing
//!   else. `unsubscribe` is confirmed only after [`WebSub::unsubscribing`], the setting `hub_mode` = `unsubscribe`: else anybody could end your
//!   subscription. All else is answered with 404.
//! - `hub.mode=denied` is a notice that nobody signs: it is answered with 200 and not looked at.
//! - How long the subscription lasts stands in `hub.lease_seconds` of that request, and is not told: subscribe again in time.
//! - A receiver that answers 410 ends its subscription, by the recommendation: nothing here answers with it.
//!
//! Checked against vectors that we computed, by the recommendation. Documentation:
//! ["WebSub"](https://www.w3.org/TR/websub/).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

use http::StatusCode;

use crate::crypto::Algorithm;
use crate::outcome::malformed;
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::scheme::{Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};
use crate::verify::{require_post, signature_header};
use crate::{
    Answer, BodyCheck, ConfigError, IntoKeyring, KeyPrint, Rejection, RejectionKind, Reply,
    RequestHead, Settings, UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(WebSub::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Standards, "https://www.w3.org/TR/websub/")
    .setup(&[
        "Make a random secret of less than 200 bytes: it becomes `secrets`.",
        "Look up the hub and the canonical URL of what you want: its links `hub` and `self`. The latter becomes `topic`. Start the endpoint.",
        "Subscribe by a POST to the hub, with `hub.mode`=`subscribe`, `hub.topic`, `hub.callback` and `hub.secret`. It asks your URL at once.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the secret that you gave the hub: one or a list, any of which may match",
        ),
        Setting::required("topic", "the URL of the topic, as `hub.topic` has it"),
        Setting::optional(
            "allowed_algs",
            "the hashes that are accepted: some of `sha1`, `sha256`, `sha384`, `sha512`; all but `sha1` if absent",
        ),
        Setting::optional(
            "hub_mode",
            "what is confirmed: `subscribe`, the default, or `unsubscribe`",
        ),
    ])
    .headers(&[HEADER])
    .signed("HMAC with SHA-256, SHA-384 or SHA-512 in hex, behind the name of the hash, of: the body")
    .handshakes(&[
        "GET, unsigned, where the parameter `hub.mode` is present: answered with the parameter `hub.challenge` as plain text, for the topic \
         that is configured",
    ]);

const HEADER: &str = "x-hub-signature";

/// Hex HMAC-SHA256 of the body, after `sha256=`; [`WebSub`] knows the same with other hashes.
pub const SCHEME: Scheme = by(Algorithm::HmacSha256, "sha256=");

const fn by(algorithm: Algorithm, prefix: &'static str) -> Scheme {
    Scheme::new("websub", algorithm).signature(Signature::header(HEADER).prefix(prefix))
}

/// The hashes, each with what stands before its code.
const SCHEMES: [(&str, Scheme); 4] = [
    ("sha1=", by(Algorithm::HmacSha1, "sha1=")),
    ("sha256=", SCHEME),
    ("sha384=", by(Algorithm::HmacSha384, "sha384=")),
    ("sha512=", by(Algorithm::HmacSha512, "sha512=")),
];

/// Verifies what a hub sends for one topic.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::websub::WebSub;
///
/// let websub = WebSub::new("rF5UU1LT1McTQWrFvzVBCaYceLk3xl", "https://blog.example/feed")?;
/// let endpoint = Endpoint::new(websub);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WebSub {
    by_hash: Vec<(&'static str, SchemeVerifier)>,
    topic: Arc<str>,
    confirms: &'static str,
}

impl WebSub {
    /// Accepts what any of these keys has signed, by any hash but SHA-1, and confirms the subscription of this topic.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the topic is no URL.
    pub fn new(keys: impl IntoKeyring, topic: impl Into<String>) -> Result<Self, ConfigError> {
        Self::with_hashes(keys, topic, &["sha256", "sha384", "sha512"])
    }

    /// The same by these hashes alone, such as `sha1`.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if there is no hash or one is unknown.
    pub fn with_hashes(
        keys: impl IntoKeyring,
        topic: impl Into<String>,
        hashes: &[&str],
    ) -> Result<Self, ConfigError> {
        let topic = topic.into();
        if !topic.starts_with("https://") && !topic.starts_with("http://") {
            return Err(ConfigError::fixed(
                "the topic must begin with https:// or http://",
            ));
        }
        let keys = keys.into_keyring()?;
        let is_named = |prefix: &str, name: &str| prefix.strip_suffix('=') == Some(name);
        let is_known = |name: &&str| SCHEMES.iter().any(|(prefix, _)| is_named(prefix, name));
        if hashes.is_empty() || !hashes.iter().all(is_known) {
            return Err(ConfigError::fixed(
                "a hash is none of `sha1`, `sha256`, `sha384` and `sha512`",
            ));
        }
        let chosen = SCHEMES
            .into_iter()
            .filter(|(prefix, _)| hashes.iter().any(|name| is_named(prefix, name)));
        let made = chosen.map(|(prefix, scheme)| Ok((prefix, scheme.verifier(keys.clone())?)));
        Ok(Self {
            by_hash: made.collect::<Result<_, ConfigError>>()?,
            topic: topic.into(),
            confirms: "subscribe",
        })
    }

    /// Confirms the end of the subscription, and no subscription.
    #[must_use]
    pub fn unsubscribing(self) -> Self {
        Self {
            confirms: "unsubscribe",
            ..self
        }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let (keys, topic) = (settings.keys("secrets")?, settings.required("topic")?);
        let websub = match settings.texts("allowed_algs")? {
            Some(hashes) => Self::with_hashes(keys, topic, &hashes),
            None => Self::new(keys, topic),
        }?;
        match settings.text("hub_mode")? {
            None | Some("subscribe") => Ok(websub),
            Some("unsubscribe") => Ok(websub.unsubscribing()),
            Some(_) => Err(ConfigError::fixed(
                "`hub_mode` is neither `subscribe` nor `unsubscribe`",
            )),
        }
    }

    /// What a hub gets that asks whether something is wanted.
    fn confirm(&self, head: &RequestHead<'_>, mode: &str) -> Result<Reply, Rejection> {
        const REFUSED: Rejection = Rejection::new(
            RejectionKind::HandshakeRefused,
            "the hub asks for another topic, or for what is not wanted",
        )
        .with_status(StatusCode::NOT_FOUND);
        let param = |name| head.query_param(name);
        if param("hub.topic")?.as_deref() != Some(&*self.topic) {
            return Err(REFUSED);
        }
        if mode == "denied" {
            return Ok(Reply::empty(StatusCode::OK));
        }
        if mode != self.confirms {
            return Err(REFUSED);
        }
        let challenge = param("hub.challenge")?.filter(|it| !it.is_empty());
        let challenge = challenge.ok_or(malformed("the hub sends no `hub.challenge`"))?;
        let lease = param("hub.lease_seconds")?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if mode == "subscribe" && !lease.as_deref().is_some_and(is_number) {
            return Err(malformed("the hub sends no `hub.lease_seconds`"));
        }
        Ok(Reply::text(challenge.into_owned()))
    }
}

impl Verifier for WebSub {
    fn provider(&self) -> crate::Provider {
        SCHEME.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        let first = self.by_hash.first();
        first.map_or_else(Vec::new, |(_, verifier)| verifier.key_prints())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if head.method() == "GET" {
            if let Some(mode) = head.query_param("hub.mode")? {
                return Err(Answer::Reply(self.confirm(head, &mode)?));
            }
        }
        require_post(head)?;
        let value = signature_header(head, HEADER)?;
        let by_hash = self.by_hash.iter();
        let mut fitting = by_hash.filter(|(prefix, _)| value.starts_with(prefix.as_bytes()));
        match fitting.next() {
            Some((_, verifier)) => verifier.begin(head, now),
            None => Err(malformed("the signature is by a hash that is not accepted")
                .of_header(HEADER)
                .into()),
        }
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(
        SCHEME,
        settings.first_key("secrets")?,
    )?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const TOPIC: &str = "https://blog.example/feed";
    let sample = Sample::of_scheme(SCHEME, keys)?.set("topic", TOPIC);
    Ok(vec![Sample {
        needed: &["topic"],
        ..sample.made_by(|keys| WebSub::new(keys, TOPIC))
    }])
}

//! Contentful: entries, assets, content types, by webhooks and app events with request verification on.
//!
//! | | |
//! |---|---|
//! | signature | `X-Contentful-Signature`: hex HMAC-SHA256 of the method, the path with the query, the signed headers and the body, with a line feed between |
//! | key | the text of the signing secret, 64 characters |
//! | time window | 30 seconds both ways, from `X-Contentful-Timestamp` in milliseconds; Contentful says it of old ones |
//! | event id | none |
//! | kind | `X-Contentful-Topic`, such as `ContentManagement.Entry.publish`; signed where `X-Contentful-Signed-Headers` names it |
//!
//! # What to know
//!
//! - Which headers are signed stands in `X-Contentful-Signed-Headers`, which must name itself and `X-Contentful-Timestamp`. They are signed sorted by
//!   name, as `name:value` with `;` between. A value in which the beginning of another signed header stands is refused: it could be cut in two ways.
//! - The query is percent-encoded as a whole before it is signed, and the path with it is encoded once more, as Contentful does.
//! - Behind a proxy that changes the path, set `public_url`: its path counts then. The query is that of the request.
//! - A repeat is said to be signed anew. Contentful gives an event no id.
//!
//! Checked against Contentful's library `@contentful/node-apps-toolkit` 3.16.1 (JavaScript). Documentation:
//! ["Request Verification"](https://www.contentful.com/developers/docs/extensibility/app-framework/request-verification/).
//!
//! Dedupe tells events apart by: body, the signed time and the kind. A repeat is handled again if it is not recognised: signed
//! anew.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::crypto::{Encoding, KeyFormat, PreparedKey};
use crate::outcome::malformed;
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::{Place, Sample, SampleKeys, Sign, SignedRequest, sample::secrets};
use crate::time::TimeUnit;
#[cfg(feature = "testing")]
use crate::verify::target;
use crate::verify::{
    Candidate, Keys, hmac_sha256, path_of, require_post, signature_header, streaming,
};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, KeyPrint, Proof, Rejection, RequestHead,
    Settings, Tolerance, UnixTime, Verdict, Verifier,
};

const NAME: &str = "contentful";

const SENDER: crate::Provider = crate::Provider::new(NAME);

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Contentful::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Business, "https://www.contentful.com/developers/docs/extensibility/app-framework/request-verification/",
)
.setup(&[
    "In the space settings, open Webhooks, Settings, and enable request verification; for an app, open its Security tab. Copy the signing \
     secret, which is shown once. It becomes `secrets`.",
    "Add a webhook with the URL of your endpoint, the method POST and the triggers.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the signing secret: one or a list, any of which may match",
    ),
    Setting::optional(
        "public_url",
        "the URL that Contentful was given, where a proxy changes the path; its path counts",
    ),
    Setting::optional("tolerance_seconds", "how old the signed time may be; 30 if absent"),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&[SIGNATURE, LIST, TIME, TOPIC])
.signed("HMAC-SHA256 in hex of: the method, the path with the query, the signed headers, the body, each on a line of its own")
.tolerance_secs(30);

const SIGNATURE: &str = "x-contentful-signature";
const LIST: &str = "x-contentful-signed-headers";
const TIME: &str = "x-contentful-timestamp";
const TOPIC: &str = "x-contentful-topic";

/// More headers than Contentful signs.
const MAX_HEADERS: usize = 64;

/// Verifies what Contentful sends by one secret.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::contentful::Contentful;
///
/// let contentful = Contentful::new("-A5zUsZQ1oqAwCIkIW35ITUkNkTuarqUqGdMbUVyPvfaMJFj7YkALzqUYCUJZLeR")?;
/// let endpoint = Endpoint::new(contentful);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Contentful {
    keys: Keys<PreparedKey>,
    public_url: Option<Arc<str>>,
    tolerance: Tolerance,
}

impl Contentful {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let prepare = |secret: &crate::Secret| hmac_sha256(KeyFormat::text(), secret);
        Ok(Self {
            keys: Keys::new(&[], keys, prepare)?,
            public_url: None,
            tolerance: Tolerance::secs(30),
        })
    }

    /// The URL that Contentful was given, where a proxy changes the path.
    ///
    /// # Errors
    /// If it does not begin with `https://` or `http://`.
    pub fn public_url(self, url: impl Into<String>) -> Result<Self, ConfigError> {
        let url = url.into();
        match url.starts_with("https://") || url.starts_with("http://") {
            true => Ok(Self {
                public_url: Some(url.into()),
                ..self
            }),
            false => Err(ConfigError::fixed(
                "the public URL must begin with https:// or http://",
            )),
        }
    }

    /// Another tolerance than 30 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let contentful = Self::new(settings.keys("secrets")?);
        let mut contentful = contentful.map_err(|error| error.of_setting("secrets"))?;
        if let Some(url) = settings.text("public_url")? {
            let with_url = contentful.public_url(url);
            contentful = with_url.map_err(|error| error.of_setting("public_url"))?;
        }
        Ok(match settings.tolerance()? {
            Some(tolerance) => contentful.tolerance(tolerance),
            None => contentful,
        })
    }
}

impl Verifier for Contentful {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.keys.prints(&[])
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let given = signature_header(head, SIGNATURE)?;
        let signed = SignedHeaders::read(head)?;
        self.tolerance
            .require(signed.time, now, TimeUnit::Milliseconds)?;
        let text = text_before_body(head, self.public_url.as_deref(), &signed.line);
        let candidate = |(key, prepared)| {
            let mut candidate = Candidate::new(key, prepared, Encoding::Hex, given);
            candidate.update(text.as_bytes());
            candidate
        };
        let candidates = self.keys.valid(now)?.map(candidate).collect();
        let topic = head.header_str(TOPIC)?.map(|topic| topic.trim().to_owned());
        Ok(streaming(candidates, move |key, body| {
            let time = signed.time.as_millis().to_string();
            let proof = Proof::dangerously_assert(Coverage::Body)
                .key(key)
                .sent_at(signed.time);
            let topic = topic.filter(|topic| !topic.is_empty()).unwrap_or_default();
            Ok(Verdict::Authentic(match (topic.as_str(), signed.topic) {
                ("", _) => proof.identity(&[body, time.as_bytes()]),
                (kind, true) => proof
                    .identity(&[body, time.as_bytes(), kind.as_bytes()])
                    .kind(kind),
                (kind, false) => proof
                    .identity(&[body, time.as_bytes()])
                    .identity_beside(&[Some(kind.as_bytes())])
                    .unverified_kind(kind),
            }))
        }))
    }
}

/// The headers that a request says are signed.
struct SignedHeaders {
    /// As they are signed.
    line: String,
    time: UnixTime,
    /// Whether the topic is among them.
    topic: bool,
}

impl SignedHeaders {
    fn read(head: &RequestHead<'_>) -> Result<Self, Rejection> {
        const LACKS: Rejection = malformed(
            "X-Contentful-Signed-Headers does not name itself and X-Contentful-Timestamp",
        );
        let list = signature_header(head, LIST)?;
        let list = std::str::from_utf8(list).unwrap_or_default();
        let mut names: Vec<String> = list
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .collect();
        names.sort_unstable();
        let has = |name: &str| names.iter().any(|own| own == name);
        if !has(LIST) || !has(TIME) {
            return Err(LACKS.of_header(LIST));
        }
        if names.len() > MAX_HEADERS || names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(
                malformed("the signed headers are too many, or one is named twice").of_header(LIST),
            );
        }
        let mut entries = Vec::with_capacity(names.len());
        for name in &names {
            let value = head
                .header(name)?
                .ok_or(malformed("a signed header is not there"))?;
            let value = std::str::from_utf8(value.trim_ascii());
            let value = value.map_err(|_| malformed("a signed header is not UTF-8"))?;
            let begins = |other: &String| value.contains(&format!(";{other}:"));
            if names.iter().any(begins) {
                return Err(malformed(
                    "a signed header holds the beginning of another one",
                ));
            }
            entries.push(format!("{name}:{value}"));
        }
        let time = signature_header(head, TIME)?;
        let time = TimeUnit::Milliseconds.parse(time);
        Ok(Self {
            line: entries.join(";"),
            time: time.ok_or(malformed("the time is no number of milliseconds").of_header(TIME))?,
            topic: has(TOPIC),
        })
    }
}

/// What is signed before the body.
fn text_before_body(head: &RequestHead<'_>, public_url: Option<&str>, headers: &str) -> String {
    let path = public_url.map_or(head.path(), path_of);
    let path = match head.query() {
        Some(query) => format!("{path}?{}", utf8_percent_encode(query, COMPONENT)),
        None => path.to_owned(),
    };
    let path = utf8_percent_encode(&path, URI);
    format!("{}\n{path}\n{headers}\n", head.method())
}

/// What `encodeURIComponent` of JavaScript encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What `encodeURI` of JavaScript encodes.
const URI: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');

/// Signs requests as Contentful does. Feature `testing`.
///
/// ```
/// use webhook_core::provider::contentful::Signer;
/// use webhook_core::UnixTime;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("a secret for tests", "https://shop.example/contentful")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert_eq!(request.header("x-contentful-timestamp"), Some("1785920400000"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    secret: crate::Secret,
    url: String,
    topic: String,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this secret, for the receiver with this URL.
    ///
    /// # Errors
    /// If the secret cannot be one.
    pub fn new(secret: impl Into<String>, url: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: crate::Secret::new(secret)?,
            url: url.into(),
            topic: "ContentManagement.Entry.publish".to_owned(),
        })
    }

    /// The same with another topic.
    #[must_use]
    pub fn topic(self, topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            ..self
        }
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        const UNSIGNABLE: ConfigError = ConfigError::fixed("the topic cannot be signed");
        let mut request = SignedRequest::json(body.to_vec())
            .with_header(TIME, now.as_millis().to_string())
            .with_header(TOPIC, &*self.topic)
            .with_header(LIST, format!("{LIST},{TIME},{TOPIC}"));
        request.target = target(&self.url).to_owned();
        let head = RequestHead::new(&request.method, &request.target, &request.headers);
        let signed = SignedHeaders::read(&head).map_err(|_| UNSIGNABLE)?;
        let text = text_before_body(&head, None, &signed.line);
        let message = [text.as_bytes(), body].concat();
        let code = hmac_sha256(KeyFormat::text(), &self.secret)?.tag_of(&message);
        Ok(request.with_header(SIGNATURE, code.to_hex()))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let url = settings.text("public_url")?.unwrap_or("https://localhost/");
    Ok(Box::new(Signer::new(settings.first_key("secrets")?, url)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let signer = Signer::new(keys.text[0], Sample::URL)?;
    let sample = Sample::new(NAME, signer, secrets(keys.text), Place::Header(SIGNATURE));
    let sample = sample.set("public_url", Sample::URL);
    let sample = sample.keyed(keys.text, |keys| {
        Contentful::new(keys)?.public_url(Sample::URL)
    });
    Ok(vec![Sample {
        signed: vec![LIST, TIME, TOPIC],
        window: Some([30, 30]),
        id: None,
        ..sample
    }])
}

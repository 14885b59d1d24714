//! HubSpot: contacts, companies, deals and what else happens in its CRM.
//!
//! | | |
//! |---|---|
//! | signature | `X-HubSpot-Signature-v3`: base64 HMAC-SHA256 of the method, the URL, the body and `X-HubSpot-Request-Timestamp` |
//! | key | the text of the app's client secret |
//! | time window | 300 seconds both ways |
//! | event id | none: `eventId` is not unique |
//! | kind | `subscriptionType` of the first event in the body, signed |
//! | older | `X-HubSpot-Signature`, hex. Version 1: SHA-256 of the secret and the body; version 2: of the secret, the method, the URL and the body. Setting `mode`: `v1` or `v2` |
//!
//! # What to know
//!
//! - The URL is signed as HubSpot called it. Configure that text. A query that HubSpot adds is taken from the request, and stands behind that
//!   of the configured URL. Version 3 signs it with twelve escapes decoded: `%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B`. **Doubtful**: the
//!   list is from HubSpot's document, whose libraries do not decode; in lower case they stay as they are.
//! - Nothing stands between the parts. So the time has thirteen digits, a query holds neither `[` nor `{`, and a body behind a query begins with
//!   one of them, or is empty.
//! - **Versions 1 and 2 are weak**: plain hashes that begin with the secret. Whoever has one can compute that of the same text with more behind it,
//!   so a body that is not JSON is refused. They sign no time: every replay passes. Use them for what HubSpot signs in no other way.
//! - `X-HubSpot-Signature-Version` must be that of the `mode`. Webhooks of the CRM carry version 1 beside version 3.
//! - One request holds up to 100 events in one list.
//! - Without `public_url` the request itself must say its whole URL, which it does in vector files and hardly ever on a server.
//!
//! Checked against HubSpot's libraries `hubspot-api-client` 12.0.0 (Python) and `@hubspot/api-client` 13.5.0 (JavaScript), which only
//! refuse what is too old. Documentation:
//! ["Validating requests"](https://developers.hubspot.com/docs/api/webhooks/validating-requests).
//!
//! Dedupe tells events apart by: method, URL, signed time and body; in version 1 by the body. A repeat is handled again if it is not recognised:
//! signed anew, or with another `attemptNumber`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::IgnoredAny;
#[cfg(feature = "testing")]
use serde_json::json;
use sha2::Sha256;

use crate::crypto::{Encoding, KeyFormat, PreparedKey, Tag, digest};
use crate::json::values;
use crate::outcome::{malformed, missing};
use crate::provider::about::{About, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
#[cfg(feature = "testing")]
use crate::verify::target;
use crate::verify::{Keys, SignedUrl, buffered, decode_hex, hmac_sha256, signature_header};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RejectionKind, RequestHead, Secret, Settings, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(HubSpot::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About =
    About::new("https://developers.hubspot.com/docs/api/webhooks/validating-requests")
        .setup(&[
            "In the developer account, open the app, Auth, and copy the client secret. It becomes `secrets`.",
            "Open Webhooks and enter the target URL. Write exactly that URL into `public_url`.",
            "Create subscriptions for the events that you want.",
        ])
        .settings(&[
            Setting::required(
                "secrets",
                "the app's client secret: one or a list, any of which may match",
            ),
            Setting::optional(
                "public_url",
                "the URL that HubSpot calls; needed where a request does not say its whole URL",
            ),
            Setting::optional("mode", "`v3`, the default, or the older `v1` or `v2`"),
            Setting::optional(
                "tolerance_seconds",
                "how old a signed time may be, for `v3`; 300 if absent",
            ),
            Setting::optional(
                "future_tolerance_seconds",
                "how far ahead it may be; the same if absent",
            ),
        ])
        .headers(&[V3, HASHED])
        .signed(
            "`v3`: HMAC-SHA256 in base64 of: the method, the URL, the body, the time; `v1`: SHA-256 in hex of: the secret, the body; `v2`: of: the secret, the method, the URL, the body",
        )
        .tolerance_secs(300);

const SENDER: crate::Provider = crate::Provider::new(NAME);

const NAME: &str = "hubspot";
const V3: &str = "x-hubspot-signature-v3";
const TIME: &str = "x-hubspot-request-timestamp";
const HASHED: &str = "x-hubspot-signature";
const VERSION: &str = "x-hubspot-signature-version";

/// Webhooks come by the first, what cards and extensions fetch by all.
const METHODS: &[&str] = &["POST", "GET", "PUT", "PATCH", "DELETE"];

/// Verifies what HubSpot sends to one app.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::hubspot::HubSpot;
///
/// let hubspot = HubSpot::new("21451887-7f0d-462e-abf9-56490d8cd2ff", "https://shop.example/webhooks/hubspot")?;
/// let endpoint = Endpoint::new(hubspot);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HubSpot {
    version: Version,
    url: SignedUrl,
}

#[derive(Clone, Debug)]
enum Version {
    V1(Arc<Keys<Secret>>),
    V2(Arc<Keys<Secret>>),
    V3(Arc<Keys<PreparedKey>>, Tolerance),
}

impl HubSpot {
    /// Accepts what any of these client secrets has signed for `public_url` by version 3.
    ///
    /// # Errors
    /// If there is no secret, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(
        client_secrets: impl IntoKeyring,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Self::v3(client_secrets, SignedUrl::new(public_url)?)
    }

    /// Accepts what any of these client secrets has signed by version 1, which signs neither a URL nor a time.
    ///
    /// # Errors
    /// If there is no secret, or one is empty.
    pub fn version_1(client_secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        Ok(Self {
            version: Version::V1(hashed(client_secrets)?),
            url: SignedUrl::default(),
        })
    }

    /// Accepts what any of these client secrets has signed for `public_url` by version 2, which signs no time.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn version_2(
        client_secrets: impl IntoKeyring,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            version: Version::V2(hashed(client_secrets)?),
            url: SignedUrl::new(public_url)?,
        })
    }

    /// Another tolerance than 300 seconds, for version 3.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        let version = match self.version {
            Version::V3(keys, _) => Version::V3(keys, tolerance),
            older => older,
        };
        Self { version, ..self }
    }

    fn v3(client_secrets: impl IntoKeyring, url: SignedUrl) -> Result<Self, ConfigError> {
        let keys = Keys::new(&[], client_secrets, |secret| {
            hmac_sha256(KeyFormat::text(), secret)
        })?;
        Ok(Self {
            version: Version::V3(Arc::new(keys), Tolerance::secs(300)),
            url,
        })
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let mode = settings.text("mode")?;
        let secrets = settings.keys("secrets")?;
        let of_secrets = |error: ConfigError| error.of_setting("secrets");
        match mode {
            None | Some("v3") => {
                let url = SignedUrl::configured(settings)?;
                let verifier = Self::v3(secrets, url).map_err(of_secrets)?;
                Ok(match settings.tolerance()? {
                    Some(tolerance) => verifier.tolerance(tolerance),
                    None => verifier,
                })
            }
            Some("v1") => Self::version_1(secrets).map_err(of_secrets),
            Some("v2") => Ok(Self {
                version: Version::V2(hashed(secrets).map_err(of_secrets)?),
                url: SignedUrl::configured(settings)?,
            }),
            Some(_) => Err(ConfigError::fixed("`mode` is none of `v1`, `v2`, `v3`")),
        }
    }
}

fn hashed(secrets: impl IntoKeyring) -> Result<Arc<Keys<Secret>>, ConfigError> {
    Keys::new(&[], secrets, |secret| Ok(secret.clone())).map(Arc::new)
}

impl Verifier for HubSpot {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        let place = |version| [NAME, version, self.url.print()];
        match &self.version {
            Version::V1(keys) => keys.prints(&place("v1")),
            Version::V2(keys) => keys.prints(&place("v2")),
            Version::V3(keys, _) => keys.prints(&place("v3")),
        }
    }

    fn replay_window(&self) -> Option<Duration> {
        match &self.version {
            Version::V3(_, tolerance) => Some(tolerance.window()),
            Version::V1(_) | Version::V2(_) => None,
        }
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        // Version 1 does not sign it.
        let signs_method = !matches!(self.version, Version::V1(_));
        let methods = if signs_method { METHODS } else { &["POST"] };
        if !methods.contains(&head.method()) {
            return Err(Rejection::new(
                RejectionKind::MethodNotAllowed,
                "method not allowed: HubSpot does not send by it in this version",
            )
            .into());
        }
        match &self.version {
            Version::V1(keys) => Ok(by_hash(keys, claimed(head, "v1")?, Called::default(), now)),
            Version::V2(keys) => {
                let code = claimed(head, "v2")?;
                let called = Called::of(head, &self.url)?;
                Ok(by_hash(keys, code, called, now))
            }
            Version::V3(keys, tolerance) => {
                let code = Encoding::Base64.decode(signature_header(head, V3)?);
                let time = Time::read(head, *tolerance, now)?;
                let called = Called::of(head, &self.url)?.decoded();
                Ok(by_mac(Arc::clone(keys), code, called, time, now))
            }
        }
    }
}

/// The code of an older version, which its header must name.
fn claimed(head: &RequestHead<'_>, version: &str) -> Result<Vec<u8>, Rejection> {
    let code = signature_header(head, HASHED)?;
    match head.header_str(VERSION)? {
        Some(own) if own == version => Ok(decode_hex(code)),
        Some(_) => Err(malformed("the version is not that of `mode`").of_header(VERSION)),
        None => Err(missing("the request does not say its version").of_header(VERSION)),
    }
}

/// What is signed of the head beside a time; nothing in version 1.
#[derive(Default)]
struct Called {
    method: String,
    url: String,
}

impl Called {
    fn of(head: &RequestHead<'_>, url: &SignedUrl) -> Result<Self, Rejection> {
        let url = url.with_query(head)?.into_owned();
        // Where a body can begin, no URL goes on: else the end of one could be the start of the other.
        if url
            .split_once('?')
            .is_some_and(|(_, query)| query.contains(['[', '{']))
        {
            return Err(malformed(
                "the query of the URL holds a bracket that is not escaped",
            ));
        }
        Ok(Self {
            method: head.method().to_owned(),
            url,
        })
    }

    fn decoded(self) -> Self {
        Self {
            url: decoded(&self.url).into_owned(),
            ..self
        }
    }
}

/// With the twelve escapes decoded that HubSpot's document names.
fn decoded(url: &str) -> Cow<'_, str> {
    const ESCAPES: [(&str, char); 12] = [
        ("%3A", ':'),
        ("%2F", '/'),
        ("%3F", '?'),
        ("%40", '@'),
        ("%21", '!'),
        ("%24", '$'),
        ("%27", '\''),
        ("%28", '('),
        ("%29", ')'),
        ("%2A", '*'),
        ("%2C", ','),
        ("%3B", ';'),
    ];
    if !url.contains('%') {
        return Cow::Borrowed(url);
    }
    let mut text = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(first) = rest.chars().next() {
        let escape = ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape));
        let (length, plain) = match escape {
            Some((escape, plain)) => (escape.len(), *plain),
            None => (first.len_utf8(), first),
        };
        text.push(plain);
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(text)
}

/// The signed time, inside of its window.
struct Time {
    text: String,
    time: UnixTime,
}

impl Time {
    fn read(
        head: &RequestHead<'_>,
        tolerance: Tolerance,
        now: UnixTime,
    ) -> Result<Self, Rejection> {
        let text = head.header_str(TIME)?.filter(|text| !text.is_empty());
        let text = text.ok_or(missing("the request has no time").of_header(TIME))?;
        let unit = TimeUnit::Milliseconds;
        // Nothing stands before it: one that took a digit from its neighbour has fourteen.
        let time = unit
            .parse(text.as_bytes())
            .filter(|_| text.len() == 13)
            .ok_or(malformed("the time is not thirteen digits of milliseconds").of_header(TIME))?;
        tolerance.require(time, now, unit)?;
        Ok(Self {
            text: text.to_owned(),
            time,
        })
    }
}

fn by_mac(
    keys: Arc<Keys<PreparedKey>>,
    code: Vec<u8>,
    called: Called,
    time: Time,
    now: UnixTime,
) -> BodyCheck {
    buffered(move |body| {
        let Called { method, url } = &called;
        let parts: [&[u8]; 4] = [
            method.as_bytes(),
            url.as_bytes(),
            body,
            time.text.as_bytes(),
        ];
        let text = parts.concat();
        let key = keys.matching(now, &[&code], |key| key.tag_of(&text))?;
        if !matches!(body.first(), None | Some(b'[' | b'{')) {
            return Err(malformed("the body is neither a list nor an object").into());
        }
        Ok(Verdict::Authentic(
            proof(key, body).identity(&parts).sent_at(time.time),
        ))
    })
}

fn by_hash(keys: &Arc<Keys<Secret>>, code: Vec<u8>, called: Called, now: UnixTime) -> BodyCheck {
    let keys = Arc::clone(keys);
    buffered(move |body| {
        let key = keys.matching(now, &[&code], |secret| hash(secret, &called, body))?;
        // What somebody puts behind a text to lengthen a hash is no JSON.
        if !body.is_empty() && serde_json::from_slice::<IgnoredAny>(body).is_err() {
            return Err(malformed("the body is not JSON").into());
        }
        let parts = [called.method.as_bytes(), called.url.as_bytes(), body];
        Ok(Verdict::Authentic(proof(key, body).identity(&parts)))
    })
}

fn hash(secret: &Secret, called: &Called, body: &[u8]) -> Tag {
    let (secret, Called { method, url }) = (secret.expose(), called);
    digest::<Sha256>([secret.as_bytes(), method.as_bytes(), url.as_bytes(), body])
}

fn proof(key: MatchedKey, body: &Bytes) -> Proof {
    let [kind] = values(body, ["/0/subscriptionType"]);
    let proof = Proof::dangerously_assert(Coverage::Body).key(key);
    match kind {
        Some(kind) => proof.kind(&*kind),
        None => proof,
    }
}

/// Signs bodies as HubSpot does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::hubspot::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("21451887-7f0d-462e-abf9-56490d8cd2ff", "https://shop.example/webhooks/hubspot")?;
/// let request = signer.sign(b"[]", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("x-hubspot-signature-v3").is_some());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    secret: Secret,
    version: u8,
    public_url: String,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this client secret, by version 3.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(
        client_secret: impl Into<String>,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: Secret::dangerously_short(client_secret)?,
            version: 3,
            public_url: public_url.into(),
        })
    }

    /// By version 1.
    #[must_use]
    pub fn version_1(self) -> Self {
        Self { version: 1, ..self }
    }

    /// By version 2.
    #[must_use]
    pub fn version_2(self) -> Self {
        Self { version: 2, ..self }
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let mut request = SignedRequest::json(body.to_vec());
        target(&self.public_url).clone_into(&mut request.target);
        let called = Called {
            method: request.method.clone(),
            url: self.public_url.clone(),
        };
        if self.version == 3 {
            let Called { method, url } = called.decoded();
            let time = now.as_millis().to_string();
            let key = hmac_sha256(KeyFormat::text(), &self.secret)?;
            let text = [method.as_bytes(), url.as_bytes(), body, time.as_bytes()].concat();
            let code = key.tag_of(&text).to_base64();
            return Ok(request.with_header(TIME, time).with_header(V3, code));
        }
        let (called, version) = match self.version {
            1 => (Called::default(), "v1"),
            _ => (called, "v2"),
        };
        let code = hash(&self.secret, &called, body).to_hex();
        Ok(request
            .with_header(VERSION, version)
            .with_header(HASHED, code))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let secret = settings.first_key("secrets")?;
    let mode = settings.text("mode")?.unwrap_or_default();
    if mode == "v1" {
        return Ok(Box::new(Signer::new(secret, "/")?.version_1()));
    }
    let signer = Signer::new(secret, settings.required("public_url")?)?;
    Ok(Box::new(match mode {
        "v2" => signer.version_2(),
        _ => signer,
    }))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let body = json!([{"eventId": 7, "subscriptionType": "contact.creation", "portalId": 2, "note": Sample::CARD}]);
    let bodies = Bodies::Own(body.to_string().into());
    let [key, _] = keys.text;
    let signer = Signer::new(key, Sample::URL)?;
    let place = Place::Header(HASHED);
    let v3 = Sample::new(NAME, signer.clone(), secrets(keys.text), Place::Header(V3));
    let v1 = Sample::new(NAME, signer.clone().version_1(), secrets(keys.text), place);
    let v2 = Sample::new(NAME, signer.version_2(), secrets(keys.text), place);
    let of = |sample: Sample| Sample {
        bodies: bodies.clone(),
        methods: METHODS,
        id: None,
        ..sample
    };
    Ok(vec![
        Sample {
            code: Code::Base64,
            reads: reads::exactly,
            signed: vec![TIME],
            window: Some([300, 300]),
            ..of(v3).keyed(keys.text, |keys| HubSpot::new(keys, Sample::URL))
        }
        .set("public_url", Sample::URL),
        Sample {
            methods: &["POST"],
            ..of(v1).keyed(keys.text, HubSpot::version_1)
        }
        .named("hubspot v1")
        .set("mode", "v1"),
        of(v2)
            .named("hubspot v2")
            .keyed(keys.text, |keys| HubSpot::version_2(keys, Sample::URL))
            .set("mode", "v2")
            .set("public_url", Sample::URL),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_escapes_are_decoded_and_no_other() {
        let all = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B";
        assert_eq!(decoded(all), ":/?@!$'()*,;");
        for kept in ["%20%26%3D%25", "%3a%2f", "%", "%2", "%é", "%253A"] {
            assert_eq!(decoded(kept), kept);
        }
    }

    #[test]
    fn an_unknown_mode_is_refused() {
        let settings =
            Settings::new(serde_json::json!({"secrets": "a key for tests", "mode": "v4"}));
        let error = HubSpot::from_settings(&settings.unwrap()).unwrap_err();
        assert!(error.to_string().contains("`mode`"));
    }
}

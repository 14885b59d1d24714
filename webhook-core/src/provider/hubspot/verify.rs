//! How requests are verified.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::IgnoredAny;
use sha2::Sha256;

use crate::crypto::{Encoding, KeyFormat, PreparedKey, Tag, digest};
use crate::json::values;
use crate::outcome::{malformed, missing};
use crate::provider::about::{About, Group, Setting};
use crate::verify::{Keys, SignedUrl, buffered, decode_hex, hmac_sha256, signature_header};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RejectionKind, RequestHead, Secret, Settings, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const ABOUT: About =
    About::new(Group::Business, "https://developers.hubspot.com/docs/api/webhooks/validating-requests")
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

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME);

pub(super) const NAME: &str = "hubspot";
pub(super) const V3: &str = "x-hubspot-signature-v3";
pub(super) const TIME: &str = "x-hubspot-request-timestamp";
pub(super) const HASHED: &str = "x-hubspot-signature";
pub(super) const VERSION: &str = "x-hubspot-signature-version";

/// Webhooks come by the first, what cards and extensions fetch by all.
pub(super) const METHODS: &[&str] = &["POST", "GET", "PUT", "PATCH", "DELETE"];

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

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
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
pub(super) struct Called {
    pub(super) method: String,
    pub(super) url: String,
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

    pub(super) fn decoded(self) -> Self {
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
            proof(Coverage::Body, key, body)
                .identity(&parts)
                .sent_at(time.time),
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
        Ok(Verdict::Authentic(
            proof(Coverage::BodyHash, key, body).identity(&parts),
        ))
    })
}

pub(super) fn hash(secret: &Secret, called: &Called, body: &[u8]) -> Tag {
    let (secret, Called { method, url }) = (secret.expose(), called);
    digest::<Sha256>([secret.as_bytes(), method.as_bytes(), url.as_bytes(), body])
}

fn proof(coverage: Coverage, key: MatchedKey, body: &Bytes) -> Proof {
    let [kind] = values(body, ["/0/subscriptionType"]);
    let proof = Proof::dangerously_assert(coverage).key(key);
    match kind {
        Some(kind) => proof.kind(&*kind),
        None => proof,
    }
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

//! Says yes or no to what TrueLayer sends, once its key is there.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::payment::MEANING;
use crate::crypto::jws::{self, Detached};
use crate::crypto::{Algorithm, P521Key, jwk};
use crate::endpoint::resolver::{Resolve, ResolveFuture};
use crate::message::Ident;
use crate::outcome::{malformed, missing};
use crate::provider::macros::prefetches_by_id;
use crate::published::{InMemory, KeySource, KeysById};
use crate::request::Field;
use crate::scheme::Scheme;
use crate::verify::{NO_MATCH, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, Proof, Rejection, RejectionKind,
    RequestHead, Settings, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const HEADER: &str = "tl-signature";
pub(super) const TIMESTAMP: &str = "x-tl-webhook-timestamp";
pub(super) const LIVE: &str = "https://webhooks.truelayer.com/.well-known/jwks";
pub(super) const SANDBOX: &str = "https://webhooks.truelayer-sandbox.com/.well-known/jwks";

/// More headers than TrueLayer signs, and few enough to look for.
const MAX_HEADERS: usize = 20;

/// A key that TrueLayer has withdrawn may serve as long as this.
const KEY_FRESH_SECS: i64 = 60 * 60;

/// Where id and kind stand. How it is signed is nothing that a scheme can say.
pub(super) const NAMES: Scheme = Scheme::new("truelayer", Algorithm::HmacSha256)
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/type")])
    .meaning(&MEANING);

/// Verifies what TrueLayer sends.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::truelayer::TrueLayer;
/// use webhook_core::published::InMemory;
///
/// // With the feature `fetch`: `JwksFetcher::new(HttpsFetcher::new()?, TrueLayer::LIVE_KEYS)?`
/// let keys = InMemory::new([(
///     "5e2dbcf8-712e-497c-b846-4b1ffc3969ee",
///     r#"{"kty": "EC", "crv": "P-521", "alg": "ES512", "x": "…", "y": "…"}"#,
/// )]);
/// let endpoint = Endpoint::new(TrueLayer::new(keys));
/// ```
///
/// As settings: `jku_allowed`, `jwks_by_url`, `public_url` and `tolerance_seconds`.
#[derive(Debug)]
pub struct TrueLayer {
    /// By the address of the set.
    sets: Vec<(Box<str>, KeysById<P521Key>)>,
    path: Option<Arc<str>>,
    tolerance: Tolerance,
}

impl TrueLayer {
    /// Where TrueLayer publishes the keys for live events.
    pub const LIVE_KEYS: &'static str = LIVE;

    /// Where TrueLayer publishes the keys of its sandbox.
    pub const SANDBOX_KEYS: &'static str = SANDBOX;

    /// Accepts what was signed with one of these keys, which are those of [`LIVE_KEYS`](Self::LIVE_KEYS). Their documents are JWKs.
    #[must_use]
    pub fn new(keys: impl KeySource + 'static) -> Self {
        Self::at(LIVE, keys)
    }

    /// The same with the keys of [`SANDBOX_KEYS`](Self::SANDBOX_KEYS), and nothing else.
    #[must_use]
    pub fn sandbox(keys: impl KeySource + 'static) -> Self {
        Self::at(SANDBOX, keys)
    }

    fn at(url: &str, keys: impl KeySource + 'static) -> Self {
        Self {
            sets: vec![(url.into(), keys_of(keys))],
            path: None,
            tolerance: Tolerance::secs(300),
        }
    }

    /// The URL that the sender was given: its path is signed, whatever the path of the request is.
    ///
    /// # Errors
    /// If it does not begin with `https://` or `http://`.
    pub fn public_url(self, url: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            path: Some(path_of(url)?.into()),
            ..self
        })
    }

    /// Another tolerance than 5 minutes both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let allowed = settings.texts("jku_allowed")?;
        let allowed = allowed.unwrap_or_else(|| vec![LIVE]);
        if !allowed.iter().all(|url| url.starts_with("https://")) {
            return Err(
                ConfigError::fixed("an address does not begin with https://")
                    .of_setting("jku_allowed"),
            );
        }
        let sets = match settings.table("jwks_by_url")? {
            Some(sets) => {
                let set = |url: &&str| {
                    let keys = match sets.get(*url) {
                        Some(set) => InMemory::of_set(set.get("keys")),
                        None => Ok(InMemory::default()),
                    };
                    let keys = keys.map_err(|error| error.of_setting("jwks_by_url"))?;
                    Ok(((*url).into(), keys_of(keys)))
                };
                allowed.iter().map(set).collect::<Result<_, _>>()
            }
            None => allowed.iter().map(|url| fetching(url)).collect(),
        };
        let truelayer = Self {
            sets: sets?,
            path: None,
            tolerance: Tolerance::secs(300),
        };
        let truelayer = match settings.text("public_url")? {
            Some(url) => truelayer
                .public_url(url)
                .map_err(|error| error.of_setting("public_url"))?,
            None => truelayer,
        };
        Ok(match settings.tolerance()? {
            Some(tolerance) => truelayer.tolerance(tolerance),
            None => truelayer,
        })
    }
}

/// The path of a URL, without its query.
pub(super) fn path_of(url: &str) -> Result<&str, ConfigError> {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let rest = rest.ok_or(ConfigError::fixed(
        "the public URL must begin with https:// or http://",
    ))?;
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    Ok(path.split(['?', '#']).next().unwrap_or_default())
}

fn keys_of(keys: impl KeySource + 'static) -> KeysById<P521Key> {
    KeysById::new(keys, read_key, KEY_FRESH_SECS)
}

#[cfg(feature = "fetch")]
fn fetching(url: &str) -> Result<(Box<str>, KeysById<P521Key>), ConfigError> {
    let https = crate::published::HttpsFetcher::new()?;
    let keys = crate::published::JwksFetcher::new(https, url)?;
    Ok((url.into(), keys_of(keys)))
}

#[cfg(not(feature = "fetch"))]
fn fetching(_: &str) -> Result<(Box<str>, KeysById<P521Key>), ConfigError> {
    Err(ConfigError::new(
        "`jwks_by_url` is missing; without it keys are fetched, which needs the feature `fetch` of webhook-core",
    ))
}

/// The key of a document that TrueLayer publishes.
fn read_key(document: &Bytes) -> Result<P521Key, Rejection> {
    jwk::p521(document)
}

/// What a token says before anything is proven.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    tl_version: String,
    #[serde(default)]
    tl_headers: String,
    jku: String,
}

/// The token of a request, and what it says.
fn token_of<'a>(head: &RequestHead<'a>) -> Result<(Detached<'a>, Header), Rejection> {
    require_post(head)?;
    let token = head.header_str(HEADER)?.unwrap_or_default();
    if token.trim().is_empty() {
        return Err(missing("the request has no signature").of_header(HEADER));
    }
    let token = Detached::parse(token)?;
    let header: Option<Header> = jws::object(&token.header);
    let header = header.ok_or(malformed("the header of the token cannot be read"))?;
    if header.alg != "ES512" || header.tl_version != "2" {
        return Err(malformed("the token is signed in another way"));
    }
    Ok((token, header))
}

prefetches_by_id!(TrueLayer, |truelayer| truelayer
    .sets
    .first()
    .map(|(_, keys)| keys));

impl Resolve for TrueLayer {
    fn prints(&self) -> Vec<KeyPrint> {
        self.sets
            .iter()
            .flat_map(|(_, keys)| keys.prints())
            .collect()
    }

    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        let header = match token_of(head) {
            Ok((_, header)) => header,
            Err(rejection) => return ResolveFuture::ready(Err(rejection)),
        };
        let set = self.sets.iter().find(|(url, _)| **url == *header.jku);
        let Some((_, keys)) = set else {
            return ResolveFuture::ready(Err(UNTRUSTED));
        };
        if !jws::is_key_id(&header.kid) {
            return ResolveFuture::ready(Err(malformed("the token names no possible key")));
        }
        let (tolerance, path) = (self.tolerance, self.path.clone());
        keys.resolve(&header.kid, now, move |key| WithKey {
            key,
            path,
            tolerance,
        })
    }
}

const UNTRUSTED: Rejection = Rejection::new(
    RejectionKind::UntrustedKey,
    "the key is published at another address than those that are configured",
);

/// A verifier for requests whose token names this key.
#[derive(Debug)]
struct WithKey {
    key: P521Key,
    path: Option<Arc<str>>,
    tolerance: Tolerance,
}

impl Verifier for WithKey {
    fn provider(&self) -> crate::Provider {
        NAMES.provider()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let (token, header) = token_of(head)?;
        let headers = signed_headers(head, &header.tl_headers)?;
        let time = head.header_str(TIMESTAMP)?.unwrap_or_default();
        let sent_at = TimeUnit::Rfc3339.parse(time.as_bytes());
        let sent_at =
            sent_at.ok_or(malformed("the time is none by RFC 3339").of_header(TIMESTAMP))?;
        self.tolerance.require(sent_at, now, TimeUnit::Rfc3339)?;
        let path = self.path.as_deref().unwrap_or(head.path());
        // As the libraries of TrueLayer: as it is, and the other way.
        let other = match path.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{path}/"),
        };
        let before = [path, &other].map(|path| format!("{} {path}\n{headers}", head.method()));
        let signed_header = token.signed_header.to_owned();
        let (key, signature) = (self.key.clone(), token.signature);
        Ok(buffered(move |body| {
            let fits = |before: &String| {
                let signed = jws::sha512_attached(&signed_header, [before.as_bytes(), body]);
                key.verify_sha512(&signed, &signature)
            };
            if !before.iter().any(fits) {
                return Err(NO_MATCH.into());
            }
            let proof = Proof {
                ident: Ident::of(&NAMES.described()),
                ..Proof::dangerously_assert(Coverage::Body)
            };
            Ok(Verdict::Authentic(proof.sent_at(sent_at)))
        }))
    }
}

/// The headers that the token lists, as they are signed. The time must be among them.
fn signed_headers(head: &RequestHead<'_>, names: &str) -> Result<String, Rejection> {
    let names: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
    if names.len() > MAX_HEADERS {
        return Err(malformed("the token lists more than 20 headers"));
    }
    if !names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(TIMESTAMP))
    {
        return Err(malformed("the time is not signed").of_header(TIMESTAMP));
    }
    let mut lines = String::new();
    for name in names {
        let value = head.header_str(&name.to_ascii_lowercase())?;
        let value = value.ok_or(malformed("a header that the token lists is absent"))?;
        lines.push_str(&format!("{name}: {value}\n"));
    }
    Ok(lines)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::Endpoint;
    use crate::provider::truelayer::Signer;
    use crate::testing::support::{self, NOW, SlowKeys, judge};
    use crate::testing::{Sign, SignedRequest};

    const BODY: &[u8] = br#"{"type":"payment_settled","event_id":"1"}"#;

    fn request() -> SignedRequest {
        Signer::new().sign(BODY, NOW).unwrap()
    }

    fn live() -> TrueLayer {
        TrueLayer::new(Signer::new().keys().unwrap())
    }

    fn endpoint(truelayer: TrueLayer) -> Endpoint {
        Endpoint::new(truelayer).clock(|| NOW)
    }

    #[test]
    fn a_key_counts_only_at_the_address_that_is_configured() {
        let sandbox = || TrueLayer::sandbox(Signer::new().keys().unwrap());
        assert!(judge(&endpoint(live()), request()).is_ok());
        let refused = judge(&endpoint(sandbox()), request());
        assert_eq!(refused.err(), Some(RejectionKind::UntrustedKey));
        let request = Signer::new().jku(SANDBOX).sign(BODY, NOW).unwrap();
        assert!(judge(&endpoint(sandbox()), request.clone()).is_ok());
        let refused = judge(&endpoint(live()), request);
        assert_eq!(refused.err(), Some(RejectionKind::UntrustedKey));
    }

    #[test]
    fn no_more_than_20_headers_are_looked_for() {
        let lines = vec![(TIMESTAMP.to_owned(), "a time".to_owned())];
        let head = RequestHead::new("POST", "/", &lines);
        let signed = |count| signed_headers(&head, &[TIMESTAMP].repeat(count).join(","));
        assert_eq!(signed(20).unwrap().lines().count(), 20);
        assert!(signed(21).is_err());
    }

    #[test]
    fn the_path_is_that_of_the_public_url_where_there_is_one() {
        let mut moved = request();
        moved.target = "/inside?from=proxy".to_owned();
        let refused = judge(&endpoint(live()), moved.clone());
        assert_eq!(refused.err(), Some(RejectionKind::BadSignature));
        for url in ["https://shop.example", "https://shop.example/?a=b"] {
            let public = live().public_url(url).unwrap();
            assert!(judge(&endpoint(public), moved.clone()).is_ok(), "{url}");
        }
        assert!(live().public_url("shop.example/in").is_err());
    }

    #[test]
    fn a_key_is_kept_for_an_hour() {
        const HOUR: i64 = 60 * 60;
        let keys = SlowKeys::new(Signer::new().keys().unwrap());
        let truelayer = TrueLayer::new(keys.clone());
        for (after, asked) in [(0, 1), (1, 1), (HOUR - 1, 1), (HOUR, 2), (HOUR + 1, 2)] {
            let now = NOW.plus_secs(after);
            let request = Signer::new().sign(BODY, now).unwrap();
            let head = RequestHead::new(&request.method, &request.target, &request.headers);
            support::run(truelayer.resolve(&head, now)).unwrap();
            assert_eq!(keys.asked(), asked, "{after}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_not_trusted() {
        let good = Signer::new().jwk().unwrap();
        for document in [
            good.replace("P-521", "P-256"),
            good.replace("ES512", "ES256"),
            good.replace(r#""EC""#, r#""oct""#),
            good.replace(r#""x""#, r#""z""#),
            "{}".to_owned(),
            String::new(),
        ] {
            let keys = InMemory::new([("00000000-0000-4000-8000-000000000000", document.clone())]);
            let verdict = judge(&endpoint(TrueLayer::new(keys)), request()).err();
            assert_eq!(verdict, Some(RejectionKind::UntrustedKey), "{document}");
        }
    }
}

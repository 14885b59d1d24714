//! Says yes or no to what fal sends, once its keys are there.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::crypto::{Algorithm, Encoding, Hash, KeyFormat, jwk};
use crate::endpoint::resolver::{Resolve, ResolveFuture};
use crate::json;
use crate::outcome::missing;
use crate::published::{CertificateSource, FetchFuture, InMemory, KeySource, KeysById};
use crate::request::Field;
use crate::scheme::{Condition, Part, Scheme, SchemeVerifier, Signature, Timestamp};
use crate::verify::require_post;
use crate::{
    ConfigError, Key, KeyPrint, Rejection, RejectionKind, RequestHead, Settings, Tolerance,
    UnixTime,
};

/// Hex Ed25519 of request, user, time and the digest of the body, by a public key in hex.
pub const SCHEME: Scheme = Scheme::new("fal", Algorithm::Ed25519)
    .key(KeyFormat::hex())
    .signature(Signature::header(SIGNATURE))
    .timestamp(Timestamp::header(TIMESTAMP).tolerance(300))
    .require(&[Condition::Present(Field::Header(USER))])
    .signed_content(&[
        Part::FirstOf(&[Field::Header(REQUEST)]),
        Part::Literal("\n"),
        Part::FirstOf(&[Field::Header(USER)]),
        Part::Literal("\n"),
        Part::Timestamp,
        Part::Literal("\n"),
        Part::BodyDigest(Hash::Sha256, Encoding::Hex),
    ])
    .id(&[Field::Header(REQUEST)])
    .kind(&[Field::Json("/status")]);

const _: () = assert!(SCHEME.check().is_ok());

pub(super) const SIGNATURE: &str = "x-fal-webhook-signature";
pub(super) const REQUEST: &str = "x-fal-webhook-request-id";
pub(super) const USER: &str = "x-fal-webhook-user-id";
pub(super) const TIMESTAMP: &str = "x-fal-webhook-timestamp";
pub(super) const USER_ID: &str = "user_id";

/// fal names 24 hours as the longest. It tries again for two, and a new key must be known before.
const KEYS_FRESH_SECS: i64 = 60 * 60;

/// As many keys of the set are tried. The sender has one, and two while it changes them.
const MAX_KEYS: usize = 16;

/// Verifies what fal sends.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::fal::Fal;
/// use webhook_core::published::InMemory;
///
/// // With the feature `fetch`: `HttpsFetcher::new()?`
/// let keys = InMemory::new([(
///     Fal::KEYS,
///     r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// )]);
/// let endpoint = Endpoint::new(Fal::new(keys).user_id("github|6364994"));
/// ```
///
/// As settings: `user_id`, `jwks` and `tolerance_seconds`.
#[derive(Debug)]
pub struct Fal {
    keys: KeysById<SchemeVerifier>,
    user_id: Option<String>,
    tolerance: Option<Tolerance>,
}

impl Fal {
    /// Where fal publishes its keys: the address that the source is asked for.
    pub const KEYS: &'static str = "https://rest.alpha.fal.ai/.well-known/jwks.json";

    /// Accepts what was signed with one of the keys of the set that this source has at [`KEYS`](Self::KEYS).
    #[must_use]
    pub fn new(source: impl CertificateSource + 'static) -> Self {
        Self {
            keys: KeysById::new(AtUrl(Box::new(source)), read_set, KEYS_FRESH_SECS)
                .unknown_is(NO_SET),
            user_id: None,
            tolerance: None,
        }
    }

    /// Accepts only what was asked for by this user.
    #[must_use]
    pub fn user_id(self, id: impl Into<String>) -> Self {
        Self {
            user_id: Some(id.into()),
            ..self
        }
    }

    /// Another tolerance than 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self {
            tolerance: Some(tolerance),
            ..self
        }
    }

    /// Gets the set now, as of this time: at start, so that the first request finds it.
    ///
    /// # Errors
    /// If it cannot be had, or holds no key for Ed25519.
    pub async fn prefetch(&self, now: UnixTime) -> Result<(), Rejection> {
        self.keys.prefetch([Self::KEYS], now).await
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let fal = match settings.table("jwks")? {
            Some(set) => {
                let set = serde_json::Value::from(set.clone()).to_string();
                read_set(&set.clone().into()).map_err(|_| {
                    ConfigError::fixed("it is no object with `keys`, one of them for Ed25519")
                        .of_setting("jwks")
                })?;
                Self::new(InMemory::new([(Self::KEYS, set)]))
            }
            None => Self::fetching()?,
        };
        let fal = match settings.text(USER_ID)? {
            Some(id) => fal.user_id(id),
            None => fal,
        };
        Ok(match settings.tolerance()? {
            Some(tolerance) => fal.tolerance(tolerance),
            None => fal,
        })
    }

    #[cfg(feature = "fetch")]
    fn fetching() -> Result<Self, ConfigError> {
        crate::published::HttpsFetcher::new().map(Self::new)
    }

    #[cfg(not(feature = "fetch"))]
    fn fetching() -> Result<Self, ConfigError> {
        Err(ConfigError::new(
            "`jwks` is missing; without it keys are fetched, which needs the feature `fetch` of webhook-core",
        ))
    }
}

/// The set is one document, and its address is its only name.
struct AtUrl(Box<dyn CertificateSource>);

impl KeySource for AtUrl {
    fn key(&self, url: &str) -> FetchFuture {
        self.0.certificate(url)
    }

    fn prints(&self) -> Vec<KeyPrint> {
        self.0.prints()
    }
}

impl fmt::Debug for AtUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Resolve for Fal {
    /// The keys that fal publishes are the same for all users: it is the user who tells accounts apart.
    fn prints(&self) -> Vec<KeyPrint> {
        let own = [SCHEME.name(), self.user_id.as_deref().unwrap_or_default()];
        let keys = self.keys.prints().into_iter();
        let prints: Vec<KeyPrint> = keys.map(|key| key.beside(&own)).collect();
        match prints.is_empty() {
            true => vec![KeyPrint::of(&own)],
            false => prints,
        }
    }

    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        // A request that lacks something makes nobody ask for keys.
        if let Err(rejection) = require_head(head, self.user_id.as_deref()) {
            return ResolveFuture::ready(Err(rejection));
        }
        self.keys
            .resolve(Self::KEYS, now, |verifier| match self.tolerance {
                Some(tolerance) => verifier.judging_time(tolerance),
                None => verifier,
            })
    }
}

/// What can be said without a key.
fn require_head(head: &RequestHead<'_>, user_id: Option<&str>) -> Result<(), Rejection> {
    require_post(head)?;
    for name in [SIGNATURE, REQUEST, USER, TIMESTAMP] {
        if head.header_str(name)?.unwrap_or_default().trim().is_empty() {
            let absent = "a header without which nothing can be verified is absent";
            return Err(missing(absent).of_header(name));
        }
    }
    let user = head.header_str(USER)?;
    match user_id {
        Some(_) if user != user_id => Err(Rejection::new(
            RejectionKind::WrongAudience,
            "the request is for another user of fal than the one that is configured",
        )
        .of_header(USER)),
        _ => Ok(()),
    }
}

/// The set has always been there: that it is not is no fault of the request.
const NO_SET: Rejection = Rejection::new(
    RejectionKind::KeysUnavailable,
    "fal's set of keys holds no key for Ed25519, or is not there",
);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Box<RawValue>>,
}

/// All keys for Ed25519 of a set, in its order. Others are not looked at.
fn read_set(document: &Bytes) -> Result<SchemeVerifier, Rejection> {
    let set: Set = json::decode_owned(document).map_err(|_| NO_SET)?;
    let points = set
        .keys
        .iter()
        .filter_map(|key| jwk::ed25519(key.get().as_bytes()).ok());
    let keys = points
        .take(MAX_KEYS)
        .map(|point| Key::new(const_hex::encode(point)))
        .collect::<Result<Vec<_>, _>>();
    let verifier = keys.and_then(|keys| SCHEME.verifier(keys));
    verifier.map_err(|_| NO_SET)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::Endpoint;
    use crate::provider::fal::Signer;
    use crate::testing::support::{NOW, judge, run};
    use crate::testing::{Sign, SignedRequest};

    /// Its own key, and the second of RFC 8032, 7.1.
    const POINTS: [&str; 2] = [
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    ];

    fn request() -> SignedRequest {
        by("me").sign(br#"{"status":"OK"}"#, NOW).unwrap()
    }

    fn by(user: &str) -> Signer {
        Signer::new().user_id(user)
    }

    fn endpoint(fal: Fal) -> Endpoint {
        Endpoint::new(fal).clock(|| NOW)
    }

    fn set(points: &[&str]) -> String {
        let key = |point: &&str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{point}"}}"#);
        let keys: Vec<String> = points.iter().map(key).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    fn published(set: impl Into<Bytes>) -> Fal {
        Fal::new(InMemory::new([(Fal::KEYS, set.into())]))
    }

    #[test]
    fn every_key_of_the_set_is_tried_up_to_the_sixteenth() {
        let [own, other] = POINTS;
        for before in [0, 1, 15, 16] {
            let points = [&vec![other; before][..], &[own]].concat();
            let verdict = judge(&endpoint(published(set(&points))), request()).err();
            let refused = (before == 16).then_some(RejectionKind::BadSignature);
            assert_eq!(verdict, refused, "{before}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_not_looked_at() {
        let own = set(&POINTS[..1]);
        let among = own.replace(r#"[{"#, r#"[7,{"kty":"RSA","n":"1"},{"kty":"OKP"},{"#);
        assert!(judge(&endpoint(published(among)), request()).is_ok());
    }

    #[test]
    fn a_set_that_cannot_be_used_is_no_fault_of_the_request() {
        let none = Fal::new(InMemory::default());
        let unusable = [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"keys":[]}"#,
            r#"{"keys":[{"kty":"RSA"}]}"#,
        ];
        for fal in unusable.map(published).into_iter().chain([none]) {
            let refused = judge(&endpoint(fal), request()).err();
            assert_eq!(refused, Some(RejectionKind::KeysUnavailable));
        }
    }

    #[test]
    fn another_user_of_fal_is_another_audience() {
        let of = |user: &str| endpoint(published(set(&POINTS)).user_id(user));
        assert!(judge(&of("me"), request()).is_ok());
        for user in ["Me", "me ", "m", "other"] {
            let refused = judge(&of(user), request()).err();
            assert_eq!(refused, Some(RejectionKind::WrongAudience), "{user}");
        }
        // That it is signed is another test's: a request for somebody else cannot be made one for me.
        let forged = by("other").sign(b"{}", NOW).unwrap();
        let forged = forged.with_header(USER, "me");
        assert_eq!(
            judge(&of("me"), forged).err(),
            Some(RejectionKind::BadSignature)
        );
    }

    #[test]
    fn the_set_is_asked_for_once_an_hour_and_for_no_request_that_lacks_something() {
        let source = Counting::default();
        let fal = Fal::new(source.clone());
        for (after, asked) in [(0, 1), (1, 1), (3599, 1), (3600, 2)] {
            let request = request();
            let head = RequestHead::new("POST", "/", &request.headers);
            assert!(run(fal.resolve(&head, NOW.plus_secs(after))).is_ok());
            assert_eq!(source.asked(), asked, "{after}");
        }
        let fal = Fal::new(source.clone());
        for name in [SIGNATURE, REQUEST, USER, TIMESTAMP] {
            let request = request().without_header(name);
            let head = RequestHead::new("POST", "/", &request.headers);
            let refused = run(fal.resolve(&head, NOW)).err().map(|it| it.kind());
            assert_eq!(refused, Some(RejectionKind::MissingSignature), "{name}");
        }
        assert_eq!(source.asked(), 2);
    }

    #[test]
    fn two_accounts_share_a_key_where_user_and_set_are_the_same() {
        let prints = |points: &[&str], user: Option<&str>| {
            let fal = published(set(points));
            let fal = match user {
                Some(user) => fal.user_id(user),
                None => fal,
            };
            fal.prints()
        };
        let [one, other] = [&POINTS[..1], &POINTS[1..]];
        let own = prints(one, Some("u1"));
        assert_eq!(own, prints(one, Some("u1")));
        for stranger in [
            prints(one, Some("u2")),
            prints(one, None),
            prints(other, Some("u1")),
        ] {
            assert_ne!(own, stranger);
        }
        // What is got from fal is the same for all: the user alone tells accounts apart.
        let fetched = Fal::new(Counting::default()).user_id("u1").prints();
        assert_eq!(
            fetched,
            Fal::new(Counting::default()).user_id("u1").prints()
        );
        assert_eq!(fetched.len(), 1);
    }

    #[derive(Clone, Debug, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl Counting {
        fn asked(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl CertificateSource for Counting {
        fn certificate(&self, url: &str) -> FetchFuture {
            assert_eq!(url, Fal::KEYS);
            self.0.fetch_add(1, Ordering::Relaxed);
            FetchFuture::ready(Ok(set(&POINTS).into()))
        }
    }
}

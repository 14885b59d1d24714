//! Says yes or no to what Plaid sends, once its key is there.

use bytes::Bytes;

#[cfg(feature = "fetch")]
use super::keys::PlaidKeys;
use super::token::{WithKey, token_of};
use crate::crypto::certificate::P256Key;
use crate::crypto::{jwk, jws};
use crate::endpoint::resolver::{Resolve, ResolveFuture};
use crate::provider::macros::prefetches_by_id;
use crate::published::{InMemory, KeySource, KeysById};
use crate::{
    ConfigError, KeyPrint, Rejection, RejectionKind, RequestHead, Settings, Tolerance, UnixTime,
};

/// Verifies what Plaid sends.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::published::InMemory;
/// use webhook_core::provider::plaid::Plaid;
///
/// let keys = InMemory::new([(
///     "bfbd5111-8e33-4643-8ced-b2e642a72f3c",
///     r#"{"alg": "ES256", "kty": "EC", "crv": "P-256", "x": "…", "y": "…", "expired_at": null}"#,
/// )]);
/// let endpoint = Endpoint::new(Plaid::new(keys));
/// ```
///
/// As settings: `jwks`, a table of keys by their id, and `tolerance_seconds`. With the feature `fetch`, `client_id` and `secret`
/// may stand in the place of `jwks`, and `environment`, `production` or `sandbox`, beside them.
#[derive(Debug)]
pub struct Plaid {
    keys: KeysById<P256Key>,
    tolerance: Tolerance,
}

impl Plaid {
    /// Accepts what was signed with one of these keys. Their documents are JWKs.
    #[must_use]
    pub fn new(keys: impl KeySource + 'static) -> Self {
        Self {
            keys: KeysById::new(keys, read_key, KEY_FRESH_SECS),
            tolerance: Tolerance::secs(300),
        }
    }

    /// Another tolerance than 5 minutes.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let plaid = match settings.table("jwks")? {
            Some(keys) => {
                if !keys.values().all(serde_json::Value::is_object) {
                    return Err(ConfigError::new(
                        "`jwks` is not a table of keys by their id",
                    ));
                }
                let keys = keys.iter().map(|(id, key)| (id.as_str(), key.to_string()));
                Self::new(InMemory::new(keys))
            }
            None => Self::fetching(settings)?,
        };
        Ok(match settings.tolerance()? {
            Some(tolerance) => plaid.tolerance(tolerance),
            None => plaid,
        })
    }

    #[cfg(feature = "fetch")]
    fn fetching(settings: &Settings) -> Result<Self, ConfigError> {
        let (client_id, secret) = (settings.text("client_id")?, settings.text("secret")?);
        let (Some(client_id), Some(secret)) = (client_id, secret) else {
            return Err(ConfigError::new(
                "`jwks` is missing, and so is `client_id` or `secret` to ask Plaid with",
            ));
        };
        let https = crate::published::HttpsFetcher::new()?;
        let keys = PlaidKeys::new(https, client_id, secret);
        let keys = keys.map_err(|error| error.of_setting("secret"))?;
        match settings.text("environment")? {
            None | Some("production") => Ok(Self::new(keys)),
            Some("sandbox") => Ok(Self::new(keys.sandbox())),
            Some(_) => Err(ConfigError::new(
                "`environment` is neither `production` nor `sandbox`",
            )),
        }
    }

    #[cfg(not(feature = "fetch"))]
    fn fetching(_: &Settings) -> Result<Self, ConfigError> {
        Err(ConfigError::new(
            "`jwks` is missing; without it keys are fetched, which needs the feature `fetch` of webhook-core",
        ))
    }
}

const KEY_FRESH_SECS: i64 = 24 * 60 * 60;

prefetches_by_id!(Plaid, |plaid| Some(&plaid.keys));

impl Resolve for Plaid {
    fn prints(&self) -> Vec<KeyPrint> {
        self.keys.prints()
    }

    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        let token = match token_of(head) {
            Ok(token) => token,
            Err(rejection) => return ResolveFuture::ready(Err(rejection)),
        };
        let tolerance = self.tolerance;
        match token.key_id() {
            Ok(id) => self
                .keys
                .resolve(id, now, move |key| WithKey { key, tolerance }),
            Err(rejection) => ResolveFuture::ready(Err(rejection)),
        }
    }
}

/// The key of a document that Plaid publishes.
fn read_key(document: &Bytes) -> Result<P256Key, Rejection> {
    #[derive(serde::Deserialize)]
    struct Validity {
        expired_at: Option<serde::de::IgnoredAny>,
    }
    let key = jwk::p256(document)?;
    let validity: Option<Validity> = jws::object(document);
    if validity.is_none_or(|validity| validity.expired_at.is_some()) {
        return Err(Rejection::new(
            RejectionKind::UntrustedKey,
            "Plaid has withdrawn the key",
        ));
    }
    Ok(key)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use futures_util::future::join_all;
    use serde_json::{Value, json};
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::provider::plaid::Signer;
    use crate::published::{FetchFuture, Unavailable};
    use crate::testing::support;
    use crate::testing::support::{NOW, SlowKeys, judge};
    use crate::testing::{Sign, SignedRequest, receive, token};
    use crate::{Coverage, Endpoint};

    const BODY: &[u8] = br#"{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"x"}"#;

    fn endpoint(plaid: Plaid) -> Endpoint {
        Endpoint::new(plaid).clock(|| NOW)
    }

    fn plaid() -> Endpoint {
        endpoint(Plaid::new(Signer::new().keys().unwrap()))
    }

    fn request(now: UnixTime) -> SignedRequest {
        Signer::new().sign(BODY, now).unwrap()
    }

    fn with_claims(claims: &Value) -> SignedRequest {
        let token = Signer::new().token(claims).unwrap();
        request(NOW).with_header("plaid-verification", token)
    }

    fn digest() -> String {
        const_hex::encode(Sha256::digest(BODY))
    }

    #[cfg(feature = "fetch")]
    #[test]
    fn keys_are_those_of_production_or_of_the_sandbox() {
        for (environment, is_known) in [
            ("production", true),
            ("sandbox", true),
            ("development", false),
        ] {
            let settings = json!({
                "client_id": "5f1c2a9b7d3e",
                "secret": "a secret for tests",
                "environment": environment,
            });
            let plaid = Plaid::from_settings(&Settings::new(settings).unwrap());
            assert_eq!(plaid.is_ok(), is_known, "{environment}");
        }
    }

    #[test]
    fn a_signed_body_is_covered_as_a_whole() {
        let delivery = judge(&plaid(), request(NOW)).unwrap();
        assert_eq!(delivery.coverage(), Coverage::Body);
        assert_eq!(delivery.kind(), Some("ITEM.ERROR"));
        assert_eq!(delivery.id(), None);
    }

    #[test]
    fn another_body_is_refused() {
        for body in [&b""[..], b"{}", &BODY[1..], &[BODY, b" "].concat()] {
            let request = request(NOW).with_body(body.to_vec());
            assert_eq!(
                judge(&plaid(), request).err(),
                Some(RejectionKind::BadSignature)
            );
        }
    }

    #[test]
    fn authentic_bodies_need_no_kind() {
        for body in [&b""[..], b"[]", b"\xff", br#"{"webhook_type":"ITEM"}"#] {
            let request = Signer::new().sign(body, NOW).unwrap();
            assert_eq!(judge(&plaid(), request).unwrap().kind(), None);
        }
    }

    #[test]
    fn the_time_window_is_five_minutes_both_ways() {
        for (offset, verdict) in [
            (0, None),
            (-300, None),
            (-301, Some(RejectionKind::Stale)),
            (300, None),
            (301, Some(RejectionKind::Future)),
        ] {
            let request = request(NOW.plus_secs(offset));
            assert_eq!(judge(&plaid(), request).err(), verdict, "{offset}");
        }
    }

    #[test]
    fn the_tolerance_can_be_another() {
        let keys = Signer::new().keys().unwrap();
        let strict = endpoint(Plaid::new(keys).tolerance(Tolerance::secs(10)));
        let request = request(NOW.plus_secs(-11));
        assert_eq!(judge(&strict, request).err(), Some(RejectionKind::Stale));
    }

    #[test]
    fn claims_are_read_strictly() {
        let (now, digest) = (NOW.as_secs(), digest());
        let upper = digest.to_uppercase();
        for (claims, kind) in [
            (json!({"iat": now}), RejectionKind::Malformed),
            (
                json!({"request_body_sha256": digest}),
                RejectionKind::Malformed,
            ),
            (
                json!({"iat": now.to_string(), "request_body_sha256": digest}),
                RejectionKind::Malformed,
            ),
            (
                json!({"iat": now as f64 + 0.5, "request_body_sha256": digest}),
                RejectionKind::Malformed,
            ),
            (
                json!({"iat": u64::MAX, "request_body_sha256": digest}),
                RejectionKind::Malformed,
            ),
            (
                json!({"iat": i64::MAX, "request_body_sha256": digest}),
                RejectionKind::Future,
            ),
            (
                json!({"iat": i64::MIN, "request_body_sha256": digest}),
                RejectionKind::Stale,
            ),
            (
                json!({"iat": now, "request_body_sha256": [digest]}),
                RejectionKind::Malformed,
            ),
            (
                json!({"iat": now, "request_body_sha256": ""}),
                RejectionKind::BadSignature,
            ),
            (
                json!({"iat": now, "request_body_sha256": &digest[..63]}),
                RejectionKind::BadSignature,
            ),
            (
                json!({"iat": now, "request_body_sha256": upper}),
                RejectionKind::BadSignature,
            ),
        ] {
            let request = with_claims(&claims);
            assert_eq!(judge(&plaid(), request).err(), Some(kind), "{claims}");
        }
    }

    #[test]
    fn forged_signatures_are_refused() {
        let genuine = request(NOW);
        let signed = genuine.header("plaid-verification").unwrap();
        let (signed, _) = signed.rsplit_once('.').unwrap();
        let der = [&[0x30, 0x44, 0x02, 0x20][..], &[1; 66]].concat();
        for (signature, kind) in [
            (vec![0; 64], RejectionKind::BadSignature),
            (
                [vec![0; 32], vec![1; 32]].concat(),
                RejectionKind::BadSignature,
            ),
            (
                [vec![1; 32], vec![0; 32]].concat(),
                RejectionKind::BadSignature,
            ),
            (vec![0xff; 64], RejectionKind::BadSignature),
            (der, RejectionKind::Malformed),
            (Vec::new(), RejectionKind::Malformed),
        ] {
            let forged = token::token("", b"", |_| Ok(signature.clone())).unwrap();
            let (_, signature) = forged.rsplit_once('.').unwrap();
            let request =
                request(NOW).with_header("plaid-verification", format!("{signed}.{signature}"));
            assert_eq!(judge(&plaid(), request).err(), Some(kind), "{signature}");
        }
    }

    #[test]
    fn no_bit_of_a_token_can_be_changed() {
        let genuine = request(NOW);
        let token = genuine.header("plaid-verification").unwrap().as_bytes();
        let endpoint = plaid();
        for at in (0..token.len()).step_by(7) {
            let mut changed = token.to_vec();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else {
                continue;
            };
            let request = genuine.clone().with_header("plaid-verification", changed);
            assert!(judge(&endpoint, request).is_err(), "{at}");
        }
    }

    #[test]
    fn a_foreign_key_id_does_not_match() {
        let request = Signer::new().key_id("another").sign(BODY, NOW).unwrap();
        assert_eq!(
            judge(&plaid(), request).err(),
            Some(RejectionKind::BadSignature)
        );
    }

    #[test]
    fn nothing_is_asked_for_what_is_refused_in_any_case() {
        let signer = Signer::new();
        let keys = SlowKeys::new(signer.keys().unwrap());
        let endpoint = endpoint(Plaid::new(keys.clone()));
        let at = |id: &str| signer.clone().key_id(id).sign(BODY, NOW).unwrap();
        let mut get = request(NOW);
        get.method = "GET".to_owned();
        for (request, kind) in [
            (get, RejectionKind::MethodNotAllowed),
            (at("../secret"), RejectionKind::Malformed),
            (at("https://evil.example/"), RejectionKind::Malformed),
            (at(""), RejectionKind::Malformed),
            (at(&"x".repeat(1000)), RejectionKind::Malformed),
            (
                request(NOW).without_header("plaid-verification"),
                RejectionKind::MissingSignature,
            ),
            (
                request(NOW).with_header("plaid-verification", " "),
                RejectionKind::MissingSignature,
            ),
            (
                request(NOW).with_header("plaid-verification", "a.b.c"),
                RejectionKind::Malformed,
            ),
        ] {
            assert_eq!(judge(&endpoint, request).err(), Some(kind));
        }
        assert_eq!(keys.asked(), 0);
    }

    #[test]
    fn header_lines_that_differ_are_refused() {
        let mut request = request(NOW);
        let other = Signer::new().sign(b"{}", NOW).unwrap();
        request.headers.extend(other.headers);
        assert_eq!(
            judge(&plaid(), request).err(),
            Some(RejectionKind::Malformed)
        );
    }

    #[test]
    fn keys_that_are_withdrawn_or_of_another_kind_are_not_trusted() {
        let good = Signer::new().jwk().unwrap();
        for document in [
            good.replace("null", "1785920000"),
            good.replace("null", "0"),
            good.replace("null", r#""2026-08-05T09:00:00Z""#),
            good.replace("null", "null,\"expired_at\":null"),
            good.replace("ES256", "ES384"),
            good.replace("P-256", "P-384"),
            good.replace(r#""EC""#, r#""oct""#),
            good.replace(r#""x""#, r#""z""#),
            "{}".to_owned(),
            "<html>".to_owned(),
            String::new(),
        ] {
            let keys = InMemory::new([("00000000-0000-4000-8000-000000000000", document.clone())]);
            let verdict = judge(&endpoint(Plaid::new(keys)), request(NOW)).err();
            assert_eq!(verdict, Some(RejectionKind::UntrustedKey), "{document}");
        }
    }

    #[test]
    fn keys_that_cannot_be_had_make_the_sender_try_again() {
        #[derive(Debug)]
        struct Down;

        impl KeySource for Down {
            fn key(&self, _: &str) -> FetchFuture {
                FetchFuture::ready(Err(Unavailable::Failed))
            }
        }

        let verdict = judge(&endpoint(Plaid::new(Down)), request(NOW));
        assert_eq!(verdict.err(), Some(RejectionKind::KeysUnavailable));
    }

    #[test]
    fn requests_at_once_ask_once() {
        let keys = SlowKeys::new(Signer::new().keys().unwrap());
        let endpoint = endpoint(Plaid::new(keys.clone()));
        let requests = (0..50).map(|_| receive(&endpoint, request(NOW)));
        let outcomes = support::run(join_all(requests));
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(keys.asked(), 1);
    }

    #[test]
    fn a_key_is_kept_for_a_day() {
        const DAY: i64 = 24 * 60 * 60;
        let keys = SlowKeys::new(Signer::new().keys().unwrap());
        let plaid = Plaid::new(keys.clone());
        for (after, asked) in [(0, 1), (1, 1), (DAY - 1, 1), (DAY, 2), (DAY + 1, 2)] {
            let now = NOW.plus_secs(after);
            let request = request(now);
            let head = RequestHead::new("POST", "/", &request.headers);
            support::run(plaid.resolve(&head, now)).unwrap();
            assert_eq!(keys.asked(), asked, "{after}");
        }
    }

    #[test]
    fn settings_say_what_is_missing() {
        for (settings, missing) in [
            (json!({}), "jwks"),
            (json!({"jwks": 7}), "jwks"),
            (json!({"jwks": {}}), "jwks"),
            (json!({"jwks": {"1": "a text"}}), "jwks"),
            (
                json!({"jwks": {"1": {}}, "tolerance_seconds": -1}),
                "tolerance_seconds",
            ),
        ] {
            let error = Plaid::from_settings(&Settings::new(settings).unwrap()).unwrap_err();
            assert!(error.to_string().contains(missing), "{error}");
        }
    }

    #[test]
    fn two_unknown_keys_in_two_thousand_requests_are_two_questions() {
        let keys = SlowKeys::new(Signer::new().keys().unwrap());
        let endpoint = endpoint(Plaid::new(keys.clone()));
        for number in 0..2000 {
            let signer = Signer::new().key_id(["made-up-1", "made-up-2"][number % 2]);
            let refused = judge(&endpoint, signer.sign(BODY, NOW).unwrap()).err();
            assert_eq!(refused, Some(RejectionKind::BadSignature));
        }
        assert_eq!(keys.asked(), 2);
        assert!(judge(&endpoint, request(NOW)).is_ok());
    }
}

//! Senders that sign a token which holds a hash of the body: one routine, and a rule for each sender.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::account::key_ids;
use crate::account::{IntoKeyring, KeyPrint, Secret};
use crate::crypto::jws::{Jws, JwsAlgorithm};
use crate::crypto::{Encoding, KeyFormat, PreparedKey, Tag};
use crate::delivery::Provider;
use crate::json::values;
use crate::message::{Coverage, Described, Ident, MatchedKey, Proof};
use crate::outcome::{Answer, ConfigError, Rejection, RejectionKind, malformed};
use crate::request::RequestHead;
use crate::scheme::Scheme;
use crate::time::{TimeUnit, Tolerance, UnixTime};
use crate::verify::header::signature_header;
use crate::verify::keys::{Keys, NO_MATCH};
use crate::verify::verifier::{BodyCheck, Check, Verdict, Verifier};

/// How a sender signs with tokens.
#[derive(Debug)]
pub(crate) struct TokenRule {
    /// Who sends, by which methods, and where id and kind stand. How it signs is said below.
    pub(crate) names: Scheme,
    /// The header with the token.
    pub(crate) header: &'static str,
    /// The word before the token, such as `Bearer`, in any case; empty where there is none.
    pub(crate) word: &'static str,
    pub(crate) algorithms: &'static [JwsAlgorithm],
    /// Who issues its tokens; none where the issuer is the id of the key.
    pub(crate) issuer: Option<&'static str>,
    /// Where the token has the SHA-256 of the body.
    pub(crate) body: &'static str,
    /// How that is written.
    pub(crate) encoding: Encoding,
    /// Whether it is left out exactly if the body is empty.
    pub(crate) nothing_for_empty: bool,
    /// Where the token has the SHA-256 of the URL that the sender was given, in hexadecimal digits; none if it has not.
    pub(crate) url: Option<&'static str>,
    pub(crate) time: TokenTime,
}

/// What a token says of time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TokenTime {
    /// Nothing.
    Nothing,
    /// When it was issued.
    Issued,
    /// From when and until when it holds.
    Until,
}

/// So many seconds may a token hold only from later on. Clocks differ.
pub(crate) const LEEWAY_SECS: i64 = 5;

impl TokenRule {
    /// The key for each algorithm.
    fn prepare(&self, secret: &Secret) -> Result<TokenKey, ConfigError> {
        let macs = self.algorithms.iter().filter_map(|algorithm| {
            let mac = algorithm.mac()?;
            let key = PreparedKey::new(mac, KeyFormat::text(), secret);
            Some(key.map(|key| (*algorithm, key)))
        });
        macs.collect::<Result<_, _>>().map(TokenKey)
    }

    /// A token of one of the sender's algorithms.
    fn token_of<'a>(&self, head: &RequestHead<'a>) -> Result<Jws<'a>, Rejection> {
        const FAULT: Rejection =
            malformed("the header does not hold a token as the sender writes it");
        let value = signature_header(head, self.header)?;
        let value = std::str::from_utf8(value).map_err(|_| FAULT)?;
        let token = match self.word {
            "" => value,
            word => match value.split_once(' ') {
                Some((first, rest)) if first.eq_ignore_ascii_case(word) => rest.trim_start(),
                _ => return Err(FAULT),
            },
        };
        Jws::parse_any(token, self.algorithms)
    }

    fn require_method(&self, head: &RequestHead<'_>) -> Result<(), Rejection> {
        match self.names.methods.contains(&head.method()) {
            true => Ok(()),
            false => Err(Rejection::new(
                RejectionKind::MethodNotAllowed,
                "method not allowed: webhooks are delivered by another one",
            )),
        }
    }

    /// When the token was made, if it says that. It must hold now.
    fn judge_time(
        &self,
        claims: &Bytes,
        tolerance: Tolerance,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, Rejection> {
        match self.time {
            TokenTime::Nothing => Ok(None),
            TokenTime::Issued => {
                let [time] = values(claims, ["/iat"]);
                let time = seconds(time.as_deref())?;
                let time = time.ok_or(malformed("the token does not say when it was issued"))?;
                tolerance.require(time, now, TimeUnit::Seconds)?;
                Ok(Some(time))
            }
            TokenTime::Until => {
                let [from, until] = values(claims, ["/nbf", "/exp"]);
                let (from, until) = (seconds(from.as_deref())?, seconds(until.as_deref())?);
                let until = until.ok_or(malformed("the token does not say how long it holds"))?;
                if until.as_secs() <= now.as_secs() {
                    let reason = "the token does not hold any more";
                    return Err(Rejection::new(RejectionKind::Stale, reason));
                }
                let latest = now.as_secs().saturating_add(LEEWAY_SECS);
                if from.is_some_and(|from| from.as_secs() > latest) {
                    let reason = "the token does not hold yet";
                    return Err(Rejection::new(RejectionKind::Future, reason));
                }
                Ok(from)
            }
        }
    }
}

/// Seconds since 1970, where they are there.
fn seconds(text: Option<&str>) -> Result<Option<UnixTime>, Rejection> {
    let parse = |text: &str| text.parse().map(UnixTime::from_secs);
    let time = text.map(parse).transpose();
    time.map_err(|_| malformed("a time in the token is no whole number of seconds"))
}

/// One secret, made ready for each algorithm.
#[derive(Clone)]
pub(crate) struct TokenKey(Vec<(JwsAlgorithm, PreparedKey)>);

impl TokenKey {
    fn made(&self, algorithm: JwsAlgorithm, signed: &[u8], signature: &[u8]) -> bool {
        let key = self.0.iter().find(|(own, _)| *own == algorithm);
        key.is_some_and(|(_, key)| key.tag_of(signed) == *signature)
    }
}

/// A rule with the keys of one account.
#[derive(Clone, Debug)]
pub(crate) struct TokenVerifier {
    rule: &'static TokenRule,
    keys: Keys<TokenKey>,
    url: Option<Arc<str>>,
    tolerance: Tolerance,
    described: Arc<Described>,
    ident: Ident,
}

impl TokenVerifier {
    /// Accepts tokens of any of these keys. Where the issuer names the key, each needs its id as its name.
    ///
    /// # Errors
    /// If there is no key, one cannot be a secret, or lacks a name of its own that it needs.
    pub(crate) fn new(
        rule: &'static TokenRule,
        keys: impl IntoKeyring,
    ) -> Result<Self, ConfigError> {
        let keys = match rule.issuer {
            Some(_) => keys.into_keyring()?,
            None => key_ids::require_ids(keys)?,
        };
        let described = rule.names.described();
        Ok(Self {
            keys: Keys::new(rule.names.key.never, keys, |secret| rule.prepare(secret))?,
            rule,
            url: None,
            tolerance: Tolerance::secs(300),
            ident: Ident::of(&described),
            described: Arc::new(described),
        })
    }

    /// The URL that the sender was given, to the last character.
    ///
    /// # Errors
    /// If it does not begin with `https://` or `http://`.
    pub(crate) fn public_url(self, url: impl Into<String>) -> Result<Self, ConfigError> {
        let url = url.into();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(ConfigError::new(
                "the public URL must begin with https:// or http://",
            ));
        }
        Ok(Self {
            url: Some(url.into()),
            ..self
        })
    }

    /// Another tolerance than 300 seconds both ways, for tokens that say when they were issued.
    pub(crate) fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    /// What the token says, and the key that has signed it.
    fn verify(&self, token: Jws<'_>, now: UnixTime) -> Result<(MatchedKey, Bytes), Rejection> {
        let algorithm = token.algorithm();
        if self.rule.issuer.is_some() {
            return token.verify_by(|signed, signature| {
                self.keys
                    .find(now, |key| key.made(algorithm, signed, signature))
            });
        }
        let [id] = values(token.unverified_payload(), ["/iss"]);
        let mut valid = self.keys.valid(now)?;
        let named = valid.find(|(key, _)| key.name() == id.as_deref() && id.is_some());
        let (matched, key) = named.ok_or(Rejection::new(
            RejectionKind::UntrustedKey,
            "the token names no key of this account",
        ))?;
        token.verify_by(
            |signed, signature| match key.made(algorithm, signed, signature) {
                true => Ok(matched),
                false => Err(NO_MATCH),
            },
        )
    }
}

impl Verifier for TokenVerifier {
    fn provider(&self) -> Provider {
        self.rule.names.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        let url = self.url.as_deref().unwrap_or_default();
        self.keys.prints(&[self.rule.names.name(), url])
    }

    fn replay_window(&self) -> Option<Duration> {
        match self.rule.time {
            TokenTime::Issued => Some(self.tolerance.window()),
            // The sender says how long.
            TokenTime::Nothing | TokenTime::Until => None,
        }
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        self.rule.require_method(head)?;
        let token = self.rule.token_of(head)?;
        let (key, claims) = self.verify(token, now)?;
        let [issuer] = values(&claims, ["/iss"]);
        if self
            .rule
            .issuer
            .is_some_and(|own| issuer.as_deref() != Some(own))
        {
            let reason = "the token is of another issuer than this sender";
            return Err(Rejection::new(RejectionKind::WrongAudience, reason).into());
        }
        if let Some(place) = self.rule.url {
            let [given] = values(&claims, [place]);
            let given = given.map(|given| Encoding::Hex.decode(given.as_bytes()));
            let url = self.url.as_deref().unwrap_or_default();
            let own = Tag::of_hash(Sha256::new_with_prefix(url));
            if given.is_none_or(|given| own != given) {
                let reason = "the token is for another URL than `public_url`";
                return Err(Rejection::new(RejectionKind::BadSignature, reason).into());
            }
        }
        let sent_at = self.rule.judge_time(&claims, self.tolerance, now)?;
        let [given] = values(&claims, [self.rule.body]);
        let given = given.map(|given| self.rule.encoding.decode(given.as_bytes()));
        Ok(BodyCheck::new(TokenCheck {
            hash: Sha256::new(),
            given,
            nothing_for_empty: self.rule.nothing_for_empty,
            proof: Proof {
                ident: self.ident.read_head(&self.described, head, None)?,
                sent_at,
                key: Some(key),
                ..Proof::dangerously_assert(Coverage::Body)
            },
        }))
    }
}

/// Compares the body with the hash in a token that is known to be the sender's.
#[derive(Debug)]
struct TokenCheck {
    hash: Sha256,
    /// As the token has it; none if it has none, and of no length if it is no hash as the sender writes it.
    given: Option<Vec<u8>>,
    nothing_for_empty: bool,
    proof: Proof,
}

impl Check for TokenCheck {
    fn update(&mut self, chunk: &[u8]) {
        self.hash.update(chunk);
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let Self {
            hash,
            given,
            nothing_for_empty,
            proof,
        } = *self;
        let own = Tag::of_hash(hash);
        let is_covered = match given {
            given if nothing_for_empty && body.is_empty() => given.is_none(),
            Some(given) => own == given,
            // A token that covers no body vouches for none.
            None => false,
        };
        match is_covered {
            true => Ok(Verdict::Authentic(proof)),
            false => Err(Rejection::new(
                RejectionKind::BadSignature,
                "the token does not hold the hash of this body",
            )
            .into()),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::account::Key;
    use crate::crypto::{Algorithm, counting};
    use crate::testing::{Sign, SignedRequest, TokenSigner};

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
    const BODY: &[u8] = b"{}";
    const SECRET: &str = "a secret for tests";

    static ISSUED: TokenRule = TokenRule {
        names: Scheme::new("acme", Algorithm::HmacSha256),
        header: "authorization",
        word: "Bearer",
        algorithms: &[JwsAlgorithm::Hs256],
        issuer: Some("Acme"),
        body: "/hash",
        encoding: Encoding::Hex,
        nothing_for_empty: false,
        url: None,
        time: TokenTime::Issued,
    };

    static BY_KEY: TokenRule = TokenRule {
        word: "",
        issuer: None,
        time: TokenTime::Until,
        ..ISSUED
    };

    fn with(signer: &TokenSigner, change: impl FnOnce(&mut Map<String, Value>)) -> SignedRequest {
        let mut claims = signer.claims(BODY, NOW);
        change(&mut claims);
        let request = signer.sign(BODY, NOW).unwrap();
        request.with_header("authorization", signer.token(&claims).unwrap())
    }

    fn judged(verifier: &TokenVerifier, request: &SignedRequest) -> &'static str {
        let head = RequestHead::new(&request.method, &request.target, &request.headers);
        let begun = verifier.begin(&head, NOW);
        let finished = begun.and_then(|mut check| check.finalize(&request.body, true));
        finished.err().map_or("ok", |answer| answer.code())
    }

    fn issued(change: impl FnOnce(&mut Map<String, Value>)) -> &'static str {
        let verifier = TokenVerifier::new(&ISSUED, SECRET).unwrap();
        let signer = TokenSigner::new(&ISSUED, SECRET).unwrap();
        judged(&verifier, &with(&signer, change))
    }

    fn by_key(change: impl FnOnce(&mut Map<String, Value>)) -> &'static str {
        let key = Key::new(SECRET).unwrap().named("key-1");
        let verifier = TokenVerifier::new(&BY_KEY, key).unwrap();
        let signer = TokenSigner::new(&BY_KEY, SECRET).unwrap().key_id("key-1");
        judged(&verifier, &with(&signer, change))
    }

    #[test]
    fn a_time_is_a_whole_number_of_seconds() {
        let now = NOW.as_secs();
        assert_eq!(issued(|_| ()), "ok");
        for (time, code) in [
            (Value::Null, "malformed"),
            (json!(now as f64 + 0.5), "malformed"),
            (json!([now]), "malformed"),
            (json!("soon"), "malformed"),
            (json!(u64::MAX), "malformed"),
            (json!(i64::MAX), "future"),
            (json!(i64::MIN), "stale"),
        ] {
            let said = issued(|claims| claims["iat"] = time.clone());
            assert_eq!(said, code, "{time}");
        }
    }

    #[test]
    fn a_token_holds_from_its_beginning_to_its_end() {
        let now = NOW.as_secs();
        for (from, until, code) in [
            (json!(now), json!(now + 1), "ok"),
            (json!(now + 5), json!(now + 60), "ok"),
            (json!(now + 6), json!(now + 60), "future"),
            (json!(now), json!(now), "stale"),
            (json!(now), Value::Null, "malformed"),
            (Value::Null, json!(now + 60), "ok"),
            (json!(i64::MAX), json!(i64::MAX), "future"),
        ] {
            let said = by_key(|claims| {
                claims["nbf"] = from.clone();
                claims["exp"] = until.clone();
            });
            assert_eq!(said, code, "{from} to {until}");
        }
    }

    #[test]
    fn a_token_without_the_hash_of_this_body_vouches_for_none() {
        let hash = const_hex::encode(Sha256::digest(BODY));
        let other = const_hex::encode(Sha256::digest(b"{} "));
        for (given, code) in [
            (json!(hash), "ok"),
            (json!(other), "bad_signature"),
            (json!(hash[..62]), "bad_signature"),
            (json!(""), "bad_signature"),
            (json!([hash]), "bad_signature"),
            (json!(true), "bad_signature"),
            (Value::Null, "bad_signature"),
        ] {
            let said = issued(|claims| claims["hash"] = given.clone());
            assert_eq!(said, code, "{given}");
        }
    }

    #[test]
    fn the_issuer_is_the_sender_or_names_the_key() {
        for issuer in [json!("acme"), json!("Acme "), json!(["Acme"]), Value::Null] {
            let said = issued(|claims| claims["iss"] = issuer.clone());
            assert_eq!(said, "wrong_audience", "{issuer}");
        }
        for issuer in [json!("key-2"), json!(""), json!(["key-1"]), Value::Null] {
            let said = by_key(|claims| claims["iss"] = issuer.clone());
            assert_eq!(said, "untrusted_key", "{issuer}");
        }
        assert!(TokenVerifier::new(&BY_KEY, SECRET).is_err());
    }

    #[test]
    fn every_key_is_tried_whichever_fits() {
        let signer = TokenSigner::new(&ISSUED, SECRET).unwrap();
        let request = with(&signer, |_| ());
        for keys in [
            [SECRET, "another for tests", "a third for tests"],
            ["another for tests", "a third for tests", SECRET],
        ] {
            let verifier = TokenVerifier::new(&ISSUED, keys).unwrap();
            let (code, compared) = counting(|| judged(&verifier, &request));
            // Three signatures and the hash of the body.
            assert_eq!((code, compared), ("ok", 4));
        }
    }

    #[test]
    fn the_word_before_a_token_is_the_senders() {
        let verifier = TokenVerifier::new(&ISSUED, SECRET).unwrap();
        let signer = TokenSigner::new(&ISSUED, SECRET).unwrap();
        let token = with(&signer, |_| ()).header("authorization").unwrap()[7..].to_owned();
        for (value, code) in [
            (format!("Bearer {token}"), "ok"),
            (format!("bEARER  {token}"), "ok"),
            (format!("Token {token}"), "malformed"),
            (token.clone(), "malformed"),
            (format!("Bearer{token}"), "malformed"),
            ("Bearer".to_owned(), "malformed"),
            (" ".to_owned(), "missing_signature"),
        ] {
            let request = with(&signer, |_| ()).with_header("authorization", value.as_str());
            assert_eq!(judged(&verifier, &request), code, "{value}");
        }
    }
}

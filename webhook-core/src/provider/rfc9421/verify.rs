//! Says yes or no to a request that carries HTTP message signatures.

use std::sync::Arc;

use bytes::Bytes;

use super::base::Signed;
use super::digests::{CONTENT_DIGEST, Digests, digests};
use super::fields::{Bare, Dictionary, Item, Member, Params, dictionary};
use super::key::HttpKey;
use crate::outcome::{malformed, missing};
use crate::time::TimeUnit;
use crate::verify::{NO_MATCH, buffered};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, MatchedKey, Proof, Rejection,
    RejectionKind, RequestHead, Settings, Tolerance, UnixTime, Verdict, Verifier,
};

pub(super) const NAME: &str = "rfc9421";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME);

/// Verifies requests with HTTP message signatures of one sender.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::rfc9421::{HttpKey, Rfc9421};
///
/// let key = HttpKey::hmac_sha256("key-1", "0wk4RUY40FwCMGVMY1ifFBG+hqOifEqTEWPZYSazibg=")?;
/// let verifier = Rfc9421::new([key])?.tag("acme-webhook")?.public_url("https://shop.example/webhooks")?;
/// let endpoint = Endpoint::new(verifier);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rfc9421(Arc<Rules>);

#[derive(Clone, Debug)]
struct Rules {
    keys: Vec<HttpKey>,
    required: Required,
    tag: Option<String>,
    public_url: Option<String>,
    tolerance: Tolerance,
}

/// What a signature must cover.
#[derive(Clone, Debug)]
enum Required {
    /// Method, authority, path, the query if there is one, and the digest of the body.
    Usual,
    These(Vec<String>),
}

impl Rfc9421 {
    /// Accepts what any of these keys has signed. A signature must cover `@method`, `@authority`, `@path`, `@query` where the request has
    /// a query, and `content-digest`.
    ///
    /// # Errors
    /// If there is no key, or two have one id.
    pub fn new(keys: impl IntoIterator<Item = HttpKey>) -> Result<Self, ConfigError> {
        let keys: Vec<HttpKey> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(ConfigError::fixed("there is no key"));
        }
        let is_known =
            |(at, key): (usize, &HttpKey)| keys.iter().take(at).any(|it| it.id == key.id);
        if keys.iter().enumerate().any(is_known) {
            return Err(ConfigError::fixed("two keys have one id"));
        }
        Ok(Self(Arc::new(Rules {
            keys,
            required: Required::Usual,
            tag: None,
            public_url: None,
            tolerance: Tolerance::secs(300),
        })))
    }

    /// Requires these components and `content-digest` instead of the usual ones: headers in lower case, or derived ones such as `@method`.
    /// `content-digest` need not be among them: a signature that does not cover it vouches for no body.
    #[must_use]
    pub fn require<C: Into<String>>(self, components: impl IntoIterator<Item = C>) -> Self {
        let components = components.into_iter().map(Into::into);
        self.dangerously_require(components.chain([CONTENT_DIGEST.to_owned()]))
    }

    /// Requires these components and no others. Where a signature does not cover `content-digest`, whoever captures a request can send any
    /// body with it as long as its time holds: its coverage is [`Coverage::Fields`], of the head alone.
    #[must_use]
    pub fn dangerously_require<C: Into<String>>(
        self,
        components: impl IntoIterator<Item = C>,
    ) -> Self {
        let components = components.into_iter().map(Into::into).collect();
        self.with(|rules| rules.required = Required::These(components))
    }

    /// Looks at signatures with this `tag` only. Set it if the sender has one: labels are not signed, and somebody on the way may have signed
    /// the request too.
    ///
    /// # Errors
    /// If it is empty.
    pub fn tag(self, tag: impl Into<String>) -> Result<Self, ConfigError> {
        let tag = tag.into();
        match tag.is_empty() {
            true => Err(ConfigError::fixed("the tag is empty")),
            false => Ok(self.with(|rules| rules.tag = Some(tag))),
        }
    }

    /// The URL that the sender was given, for `@authority`, `@path`, `@scheme` and `@target-uri`: behind a proxy other ones arrive. The query is
    /// that of the request.
    ///
    /// # Errors
    /// If it does not begin with `https://` or `http://`.
    pub fn public_url(self, url: impl Into<String>) -> Result<Self, ConfigError> {
        let url = url.into();
        match url.starts_with("https://") || url.starts_with("http://") {
            true => Ok(self.with(|rules| rules.public_url = Some(url))),
            false => Err(ConfigError::fixed(
                "the public URL must begin with https:// or http://",
            )),
        }
    }

    /// Another tolerance for `created` than 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        self.with(|rules| rules.tolerance = tolerance)
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let keys = settings.text_tables(KEYS)?;
        let keys = keys.ok_or_else(|| ConfigError::missing(KEYS))?;
        let keys = keys.into_iter().map(|(id, about)| {
            HttpKey::configured(id, &about).map_err(|error| error.of_setting(KEYS))
        });
        let mut verifier = Self::new(keys.collect::<Result<Vec<_>, _>>()?)?;
        if let Some(components) = settings.any_texts("require")? {
            verifier = verifier.require(components);
        }
        if let Some(components) = settings.any_texts("dangerously_require")? {
            verifier = verifier.dangerously_require(components);
        }
        if let Some(tag) = settings.text("tag")? {
            verifier = verifier.tag(tag).map_err(|error| error.of_setting("tag"))?;
        }
        if let Some(url) = settings.text("public_url")? {
            let with_url = verifier.public_url(url);
            verifier = with_url.map_err(|error| error.of_setting("public_url"))?;
        }
        Ok(match settings.tolerance()? {
            Some(tolerance) => verifier.tolerance(tolerance),
            None => verifier,
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

pub(super) const KEYS: &str = "keys";

impl Verifier for Rfc9421 {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.0.keys.iter().map(HttpKey::print).collect()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.0.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if !METHODS.contains(&head.method()) {
            return Err(Rejection::new(
                RejectionKind::MethodNotAllowed,
                "method not allowed: webhooks are delivered by POST or PUT",
            )
            .into());
        }
        let accepted = self.0.accepted(head, now)?;
        Ok(buffered(move |body| {
            Ok(Verdict::Authentic(accepted.proof(body)?))
        }))
    }
}

pub(super) const METHODS: &[&str] = &["POST", "PUT"];

const INPUT: &str = "signature-input";
const SIGNATURE: &str = "signature";

/// More signatures than anybody on the way adds.
const MAX_SIGNATURES: usize = 4;

/// A signature, as it is written.
struct Candidate<'a> {
    components: &'a [Item],
    params: &'a Params,
    signature: &'a [u8],
}

/// What a signature vouches for that holds.
struct Accepted {
    key: MatchedKey,
    created: UnixTime,
    nonce: Option<String>,
    body: Signs,
}

/// What a signature says of the body.
enum Signs {
    /// Each of these digests must be that of the body.
    Digests(Digests),
    /// Nothing; this is what it signs.
    OnlyTheHead(String),
}

impl Rules {
    /// The first signature that holds; else what is wrong with the first.
    fn accepted(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<Accepted, Rejection> {
        // Which of two different ones counts is anybody's guess.
        head.header(CONTENT_DIGEST)?;
        let input = field(head, INPUT)?;
        let signatures = field(head, SIGNATURE)?;
        let candidates = candidates(&input, &signatures)?;
        let tagged = candidates.iter().filter(|it| match &self.tag {
            Some(tag) => it.params.get("tag") == Some(&Bare::Text(tag.clone())),
            None => true,
        });
        let tagged: Vec<&Candidate<'_>> = tagged.collect();
        if tagged.len() > MAX_SIGNATURES {
            return Err(
                malformed("the request has more signatures than are looked at").of_header(INPUT),
            );
        }
        let mut tried = Vec::new();
        let mut fault = missing("no signature has the configured tag").of_header(INPUT);
        for (at, candidate) in tagged.into_iter().enumerate() {
            match self.judge(head, candidate, now, &mut tried) {
                Ok(accepted) => return Ok(accepted),
                Err(rejection) if at == 0 => fault = rejection,
                Err(_) => {}
            }
        }
        Err(fault)
    }

    fn judge(
        &self,
        head: &RequestHead<'_>,
        candidate: &Candidate<'_>,
        now: UnixTime,
        tried: &mut Vec<usize>,
    ) -> Result<Accepted, Rejection> {
        let Candidate {
            components,
            params,
            signature,
        } = candidate;
        let id = text(params, "keyid")?.ok_or(malformed("a signature names no key"))?;
        let index = self.keys.iter().position(|key| *key.id == *id);
        let index = index.ok_or(UNKNOWN_KEY)?;
        let key = self.keys.get(index).ok_or(UNKNOWN_KEY)?;
        // Each key is applied once.
        if tried.contains(&index) {
            return Err(malformed("two signatures name one key"));
        }
        tried.push(index);
        if text(params, "alg")?.is_some_and(|alg| alg != key.algorithm) {
            return Err(malformed(
                "a signature names another algorithm than its key is for",
            ));
        }
        let created = self.judge_time(params, now)?;
        let nonce = text(params, "nonce")?;
        let signed = Signed {
            head: *head,
            public_url: self.public_url.as_deref(),
        };
        let base = signed.base(components, params)?;
        if !key.verifies(base.as_bytes(), signature) {
            return Err(NO_MATCH);
        }
        self.require_coverage(head, components)?;
        Ok(Accepted {
            key: MatchedKey::new(index, Some(Arc::clone(&key.id))),
            created,
            nonce: nonce.map(str::to_owned),
            body: match digests(head, components)? {
                Some(digests) => Signs::Digests(digests),
                None => Signs::OnlyTheHead(base),
            },
        })
    }

    fn judge_time(&self, params: &Params, now: UnixTime) -> Result<UnixTime, Rejection> {
        let created = time(params, "created")?;
        let created = created.ok_or(malformed("a signature does not say when it was created"))?;
        self.tolerance.require(created, now, TimeUnit::Seconds)?;
        match time(params, "expires")? {
            Some(expires) if now >= expires => Err(Rejection::new(
                RejectionKind::Stale,
                "the signature has expired",
            )),
            _ => Ok(created),
        }
    }

    fn require_coverage(
        &self,
        head: &RequestHead<'_>,
        components: &[Item],
    ) -> Result<(), Rejection> {
        const LACKS: Rejection = Rejection::new(
            RejectionKind::BadSignature,
            "the signature does not cover a component that is required",
        );
        let covers = |name: &str| components.iter().any(|it| covers(it, name));
        let has_all = match &self.required {
            Required::Usual => {
                let needed = ["@method", "@authority", "@path", CONTENT_DIGEST];
                needed.into_iter().all(covers) && (head.query().is_none() || covers("@query"))
            }
            Required::These(names) => names.iter().all(|name| covers(name)),
        };
        has_all.then_some(()).ok_or(LACKS)
    }
}

/// Whether a component covers another, or is it.
fn covers(component: &Item, name: &str) -> bool {
    let Bare::Text(own) = &component.value else {
        return false;
    };
    match (own.as_str(), component.params.0.is_empty()) {
        ("@target-uri", true) => {
            ["@target-uri", "@authority", "@scheme", "@path", "@query"].contains(&name)
        }
        ("@request-target", true) => ["@request-target", "@path", "@query"].contains(&name),
        // One member of it says as much of the body as all.
        (CONTENT_DIGEST, false) => name == CONTENT_DIGEST,
        (own, true) => own == name,
        (_, false) => component.to_string() == name,
    }
}

/// The members of a header. Lines that are equal are one; different ones are joined.
fn field(head: &RequestHead<'_>, name: &'static str) -> Result<Dictionary, Rejection> {
    let mut lines = head.header_lines(name)?;
    let all = std::mem::take(&mut lines);
    for line in all {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let value = lines.join(&b", "[..]);
    if value.trim_ascii().is_empty() {
        return Err(missing("the request has no signature").of_header(name));
    }
    let value = std::str::from_utf8(&value).ok();
    let members = value.and_then(dictionary);
    members.ok_or(malformed("the header is no dictionary of structured fields").of_header(name))
}

/// What stands in both headers under one label.
fn candidates<'a>(
    input: &'a Dictionary,
    signatures: &'a Dictionary,
) -> Result<Vec<Candidate<'a>>, Rejection> {
    const ALONE: Rejection =
        malformed("a label stands in one of Signature-Input and Signature alone");
    if input.len() != signatures.len() {
        return Err(ALONE);
    }
    let candidate = |(label, member): &'a (String, Member)| {
        let (_, signature) = signatures
            .iter()
            .find(|(own, _)| own == label)
            .ok_or(ALONE)?;
        match (member, signature) {
            (
                Member::List(components, params),
                Member::Item(Item {
                    value: Bare::Bytes(signature),
                    ..
                }),
            ) => Ok(Candidate {
                components,
                params,
                signature,
            }),
            _ => Err(malformed(
                "a signature is no byte sequence, or what it covers is no list",
            )),
        }
    };
    input.iter().map(candidate).collect()
}

fn text<'a>(params: &'a Params, name: &str) -> Result<Option<&'a str>, Rejection> {
    match params.get(name) {
        None => Ok(None),
        Some(Bare::Text(text)) => Ok(Some(text)),
        Some(_) => Err(malformed("a parameter of a signature is not a text")),
    }
}

fn time(params: &Params, name: &str) -> Result<Option<UnixTime>, Rejection> {
    match params.get(name) {
        None => Ok(None),
        Some(Bare::Integer(secs)) => Ok(Some(UnixTime::from_secs(*secs))),
        Some(_) => Err(malformed("a time of a signature is not a whole number")),
    }
}

impl Accepted {
    fn proof(self, body: &Bytes) -> Result<Proof, Rejection> {
        const OTHER_BODY: Rejection = Rejection::new(
            RejectionKind::BadSignature,
            "the body has not the digest that is signed",
        );
        let proof = match &self.body {
            Signs::Digests(digests) => {
                if !digests.iter().all(|(hash, given)| hash.tag(body) == *given) {
                    return Err(OTHER_BODY);
                }
                Proof::dangerously_assert(Coverage::Body)
            }
            Signs::OnlyTheHead(base) => Proof::dangerously_assert(Coverage::Fields)
                .identity(&[base.as_bytes()])
                .identity_beside(&[Some(body)]),
        };
        let proof = proof.key(self.key).sent_at(self.created);
        Ok(match self.nonce.filter(|nonce| !nonce.is_empty()) {
            Some(nonce) => proof.identity(&[nonce.as_bytes()]).id(nonce),
            None => proof,
        })
    }
}

const UNKNOWN_KEY: Rejection = Rejection::new(
    RejectionKind::UntrustedKey,
    "the signature names a key that is not configured",
);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::super::Signer;
    use super::*;
    use crate::testing::support::{NOW, run};
    use crate::testing::{Sign, receive};
    use crate::{Endpoint, Settings};

    const KEYS_OF_TESTS: [&str; 2] = [
        "KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
        "GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
    ];
    const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAZWmRUc5012z3gwBBNtjUifcwlxcDku4j910g9JzcenY=\n-----END PUBLIC KEY-----\n";
    const URL: &str = "https://shop.example/webhooks";

    #[test]
    fn signatures_on_several_lines_are_one_list() {
        let [own, other] = KEYS_OF_TESTS;
        let signed = |key: &str, label: &str| {
            let request = Signer::new(label, key, URL)
                .unwrap()
                .sign(b"{}", NOW)
                .unwrap();
            let relabelled = |name| request.header(name).unwrap().replace("sig1", label);
            (relabelled(INPUT), relabelled(SIGNATURE), request.clone())
        };
        let (input, signature, mut request) = signed(other, "other");
        request = request
            .with_header(INPUT, input)
            .with_header(SIGNATURE, signature);
        let (input, signature, _) = signed(own, "own");
        request.headers.push((INPUT.to_owned(), input));
        request.headers.push((SIGNATURE.to_owned(), signature));
        let key = HttpKey::hmac_sha256("own", own).unwrap();
        let verifier = Rfc9421::new([key]).unwrap().public_url(URL).unwrap();
        let endpoint = Endpoint::new(verifier).clock(|| NOW);
        let delivery = run(receive(&endpoint, request)).unwrap();
        assert_eq!(delivery.key().and_then(MatchedKey::name), Some("own"));
    }

    #[test]
    fn what_is_wrong_with_the_settings_is_named() {
        let [key, _] = KEYS_OF_TESTS;
        let shared = json!({"a": {"alg": "hmac-sha256", "secret_base64": key}});
        let one = |about: serde_json::Value| json!({KEYS: {"a": about}});
        for (settings, named) in [
            (json!({}), "`keys` is missing"),
            (json!({KEYS: {}}), "`keys` is empty"),
            (json!({KEYS: {"a": key}}), "`keys` is not a table of tables"),
            (
                one(json!({"alg": "hmac-sha256", "secret_base64": 7})),
                "`keys` is not a table of tables",
            ),
            (
                one(json!({"alg": "hmac-sha256", "secret_base64": " "})),
                "`keys` is empty",
            ),
            (one(json!({"alg": "hmac-sha256"})), "`secret_base64`"),
            (one(json!({"secret_base64": key})), "no `alg`"),
            (
                one(json!({"alg": "hmac-sha256", "secret_base64": "!kQ2%vT9x#"})),
                "base64",
            ),
            (
                one(json!({"alg": "hmac-sha256", "secret_base64": key, "public_pem": "x"})),
                "`secret_base64`",
            ),
            (
                one(json!({"alg": "ed25519", "secret_base64": key})),
                "`public_pem`",
            ),
            (
                one(json!({"alg": "ed25519", "public_pem": "no PEM"})),
                "`keys`",
            ),
            (
                one(json!({"alg": "ecdsa-p256-sha256", "public_pem": ED25519_PEM})),
                "another algorithm",
            ),
            (
                one(json!({"alg": "rsa-pss-sha512", "public_pem": ED25519_PEM})),
                "`keys`",
            ),
            (one(json!({"alg": "hs256", "secret_base64": key})), "`alg`"),
            (
                one(json!({"alg": "hmac-sha256", "secret": key})),
                "`public_pem`",
            ),
            (
                json!({KEYS: {"": {"alg": "hmac-sha256", "secret_base64": key}}}),
                "id of a key",
            ),
            (json!({KEYS: shared, "require": [""]}), "`require`"),
            (
                json!({KEYS: shared, "public_url": "shop.example"}),
                "public URL",
            ),
            (json!({KEYS: shared, "tag": 7}), "tag"),
        ] {
            let settings = Settings::new(settings).unwrap();
            let error = Rfc9421::from_settings(&settings).unwrap_err().to_string();
            assert!(error.contains(named), "{named}: {error}");
            assert!(!error.contains(key), "{error}");
        }
    }

    #[test]
    fn a_key_of_each_kind_stands_with_its_algorithm() {
        let [key, _] = KEYS_OF_TESTS;
        let settings = json!({KEYS: {
            "a": {"alg": "hmac-sha256", "secret_base64": key},
            "b": {"alg": "ed25519", "public_pem": ED25519_PEM},
        }});
        let verifier = Rfc9421::from_settings(&Settings::new(settings).unwrap()).unwrap();
        let algorithms = verifier.0.keys.iter().map(|key| key.algorithm);
        assert!(algorithms.eq(["hmac-sha256", "ed25519"]));
    }

    #[test]
    fn the_digest_is_required_whatever_else_is() {
        let [key, _] = KEYS_OF_TESTS;
        let shared = json!({"a": {"alg": "hmac-sha256", "secret_base64": key}});
        for (settings, required) in [
            (json!({KEYS: shared, "require": []}), vec![CONTENT_DIGEST]),
            (
                json!({KEYS: shared, "require": ["@method"]}),
                vec!["@method", CONTENT_DIGEST],
            ),
            (json!({KEYS: shared, "dangerously_require": []}), vec![]),
        ] {
            let verifier = Rfc9421::from_settings(&Settings::new(settings).unwrap()).unwrap();
            let Required::These(own) = &verifier.0.required else {
                unreachable!("these are required")
            };
            assert_eq!(*own, required);
        }
    }

    #[test]
    fn two_keys_of_one_id_are_refused() {
        let key = |secret| HttpKey::hmac_sha256("a", secret).unwrap();
        assert!(Rfc9421::new(KEYS_OF_TESTS.map(key)).is_err());
        assert!(Rfc9421::new([]).is_err());
    }
}

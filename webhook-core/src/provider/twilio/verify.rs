//! How requests are verified.

use std::sync::Arc;

use bytes::Bytes;
use sha2::Sha256;

use super::mailing::MAILING;
use crate::account::key_ids;
use crate::crypto::{Algorithm, Encoding, KeyFormat, PreparedKey, digest};
use crate::outcome::malformed;
use crate::provider::about::{About, Group, Setting};
use crate::verify::{
    Form, Keys, NO_MATCH, SignedUrl, SortedForm, buffered, decode_hex, pairs, signature_header,
};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, MatchedKey, Proof, Rejection,
    RejectionKind, RequestHead, Settings, UnixTime, Verdict, Verifier,
};

pub(super) const ABOUT: About = About::new(Group::Messages, "https://www.twilio.com/docs/usage/webhooks/webhooks-security")
    .setup(&[
        "In the console, open Account, API keys & tokens, and copy the auth token. It becomes `secrets`.",
        "Enter the URL of your endpoint where the product asks for a webhook.",
        "Write exactly that URL into `public_url`.",
    ])
    .settings(&[
        Setting::optional(
            "secrets",
            "the account's auth token: one or a list, any of which may match; needed without `shared_keys`",
        ),
        Setting::optional("shared_keys", "a table of the shared keys by their ids"),
        Setting::optional(
            "public_url",
            "the URL that Twilio was given; needed where a request does not say its whole URL",
        ),
    ])
    .headers(&[HEADER])
    .signed(
        "HMAC-SHA1, or HMAC-SHA256 with a shared key, in base64 of: the URL, the fields of a form by name; the URL holds the SHA-256 of another body",
    );

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME).mailing(&MAILING);

pub(super) const NAME: &str = "twilio";
pub(super) const HEADER: &str = "x-twilio-signature";
pub(super) const SETTINGS: &str = "x-twilio-webhooks-signature-settings";
const ID: &str = "i-twilio-idempotency-token";
pub(super) const DIGEST: &str = "bodySHA256";

/// Verifies what Twilio sends for one account.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::twilio::Twilio;
///
/// let twilio = Twilio::new("5bcdefadb46d41592add47251146c14d", "https://shop.example/webhooks/twilio")?;
/// let endpoint = Endpoint::new(twilio);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Twilio {
    keys: Arc<Keyrings>,
    url: SignedUrl,
}

#[derive(Clone, Debug)]
struct Keyrings {
    tokens: Option<Keys<PreparedKey>>,
    shared: Option<Keys<SharedKey>>,
}

#[derive(Clone)]
struct SharedKey {
    sha1: PreparedKey,
    sha256: PreparedKey,
}

impl Twilio {
    /// Accepts what any of these auth tokens has signed for `public_url`: the URL as it was given to Twilio.
    ///
    /// # Errors
    /// If there is no token, one is empty, one is the SID of an account or of an API key, or the URL does not begin with `https://` or
    /// `http://`.
    pub fn new(
        auth_tokens: impl IntoKeyring,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let keys = Keyrings {
            tokens: Some(tokens(auth_tokens)?),
            shared: None,
        };
        Ok(Self::of(keys, SignedUrl::new(public_url)?))
    }

    /// Accepts what any of these shared keys has signed, each named with its id.
    ///
    /// ```
    /// use webhook_core::Key;
    /// use webhook_core::provider::twilio::Twilio;
    ///
    /// let key = Key::new("52jXBgjWuyP7eAQua5YGh2HUjWYTbRwrHWuEGLrMvz5")?.named("webhooks_sharedkey_m4klnzw353uwrqnl");
    /// let twilio = Twilio::with_shared_keys(key, "https://shop.example/webhooks/twilio")?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), and if a key has no name or that of another.
    pub fn with_shared_keys(
        keys: impl IntoKeyring,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let keys = Keyrings {
            tokens: None,
            shared: Some(shared(keys)?),
        };
        Ok(Self::of(keys, SignedUrl::new(public_url)?))
    }

    /// Accepts what any of these shared keys has signed too, each named with its id.
    ///
    /// # Errors
    /// If there is no key, one is empty, or one has no name or that of another.
    pub fn shared_keys(self, keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keyrings {
            tokens: self.keys.tokens.clone(),
            shared: Some(shared(keys)?),
        };
        Ok(Self::of(keys, self.url))
    }

    fn of(keys: Keyrings, url: SignedUrl) -> Self {
        Self {
            keys: Arc::new(keys),
            url,
        }
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let (has_tokens, has_shared) = (settings.has("secrets"), settings.has("shared_keys"));
        if !has_tokens && !has_shared {
            return Err(ConfigError::fixed(
                "`secrets`, the auth token, or the table `shared_keys` is missing",
            ));
        }
        let mut keys = Keyrings {
            tokens: None,
            shared: None,
        };
        if has_tokens {
            let tokens = tokens(settings.keys("secrets")?);
            keys.tokens = Some(tokens.map_err(|error| error.of_setting("secrets"))?);
        }
        if has_shared {
            let shared = shared(key_ids::configured(settings, "shared_keys")?);
            keys.shared = Some(shared.map_err(|error| error.of_setting("shared_keys"))?);
        }
        Ok(Self::of(keys, SignedUrl::configured(settings)?))
    }
}

fn tokens(tokens: impl IntoKeyring) -> Result<Keys<PreparedKey>, ConfigError> {
    // Tokens are hex in lower case; these are the names of an account and of an API key.
    Keys::new(&["AC", "SK"], tokens, |token| {
        PreparedKey::new(Algorithm::HmacSha1, KeyFormat::text(), token)
    })
}

fn shared(keys: impl IntoKeyring) -> Result<Keys<SharedKey>, ConfigError> {
    let keys = key_ids::require_ids(keys)?;
    Keys::new(&["webhooks_sharedkey_"], keys, |secret| {
        let by = |algorithm| PreparedKey::new(algorithm, KeyFormat::text(), secret);
        Ok(SharedKey {
            sha1: by(Algorithm::HmacSha1)?,
            sha256: by(Algorithm::HmacSha256)?,
        })
    })
}

impl Verifier for Twilio {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        let place = [NAME, self.url.print()];
        let tokens = self.keys.tokens.iter().flat_map(|keys| keys.prints(&place));
        let shared = self.keys.shared.iter().flat_map(|keys| keys.prints(&place));
        tokens.chain(shared).collect()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        if !matches!(head.method(), "POST" | "GET") {
            return Err(Rejection::new(
                RejectionKind::MethodNotAllowed,
                "method not allowed: Twilio sends by POST or GET",
            )
            .into());
        }
        let claim = Claim::read(head)?;
        let urls = Urls::of(&self.url.with_query(head)?);
        if has_form(head)? {
            let keys = Arc::clone(&self.keys);
            return Ok(buffered(move |form| {
                judge_form(&keys, &claim, &urls, form, now)
            }));
        }
        let key = self.keys.matching(&claim, &urls.texts(None), now)?;
        Ok(buffered(move |body| judge_digest(key, &claim, &urls, body)))
    }
}

/// What the head says of the signature.
struct Claim {
    code: Vec<u8>,
    key: ClaimedKey,
    id: Option<String>,
}

enum ClaimedKey {
    Token,
    Shared { id: String, is_sha256: bool },
}

impl Claim {
    fn read(head: &RequestHead<'_>) -> Result<Self, Rejection> {
        let signature = signature_header(head, HEADER)?;
        let id = head.header_str(ID)?.filter(|id| !id.is_empty());
        Ok(Self {
            code: Encoding::Base64.decode(signature),
            key: claimed_key(head)?,
            id: id.map(str::to_owned),
        })
    }
}

/// `key=…,algorithm=…`; without an algorithm it is the auth token's own.
fn claimed_key(head: &RequestHead<'_>) -> Result<ClaimedKey, Rejection> {
    let settings = head.header_str(SETTINGS)?.unwrap_or_default();
    let [id, algorithm] = pairs(settings.as_bytes(), b',', ["key", "algorithm"])?;
    let is_sha256 = match algorithm {
        None => return Ok(ClaimedKey::Token),
        Some(b"HMAC_SHA1") => false,
        Some(b"HMAC_SHA256") => true,
        Some(_) => {
            return Err(malformed("the algorithm is none of Twilio's").of_header(SETTINGS));
        }
    };
    match id.and_then(|id| std::str::from_utf8(id).ok()) {
        Some(id) if !id.is_empty() => Ok(ClaimedKey::Shared {
            id: id.to_owned(),
            is_sha256,
        }),
        _ => Err(malformed("an algorithm is named without a key").of_header(SETTINGS)),
    }
}

impl Keyrings {
    /// The key that made the code of one of the texts.
    fn matching(
        &self,
        claim: &Claim,
        texts: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<MatchedKey, Rejection> {
        let fits = |key: &PreparedKey| {
            let hits = texts.iter().map(|text| key.tag_of(text) == claim.code);
            hits.fold(false, |hit, one| hit | one)
        };
        match (&claim.key, &self.tokens, &self.shared) {
            (ClaimedKey::Token, Some(tokens), _) => tokens.find(now, fits),
            (ClaimedKey::Shared { id, is_sha256 }, _, Some(shared)) => {
                let mut keys = shared.valid(now)?;
                let known = keys.find(|(key, _)| key.name() == Some(id));
                let (key, prepared) = known.ok_or(UNTRUSTED)?;
                let prepared = match is_sha256 {
                    true => &prepared.sha256,
                    false => &prepared.sha1,
                };
                fits(prepared).then_some(key).ok_or(NO_MATCH)
            }
            _ => Err(UNTRUSTED),
        }
    }
}

const UNTRUSTED: Rejection = Rejection::new(
    RejectionKind::UntrustedKey,
    "signed with a key that is not configured: set `secrets` for the auth token, `shared_keys` for others",
);

/// What may be signed as the URL: without a port, and with one.
struct Urls([String; 2]);

impl Urls {
    fn of(url: &str) -> Self {
        let start = url.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = url.split_at(start);
        let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // No colon of a password, nor one of an IPv6 address in brackets.
        let port = authority.rfind([':', ']', '@']);
        let port = port.filter(|at| authority.get(*at..).is_some_and(is_port));
        let (host, port) = authority.split_at(port.unwrap_or(authority.len()));
        let port = match (port, scheme) {
            ("", "http://") => ":80",
            ("", _) => ":443",
            (own, _) => own,
        };
        Self([
            format!("{scheme}{host}{behind}"),
            format!("{scheme}{host}{port}{behind}"),
        ])
    }

    /// What may be signed.
    fn texts(&self, form: Option<&SortedForm<'_>>) -> [Vec<u8>; 2] {
        self.0.each_ref().map(|url| signed_text(url, form))
    }

    /// The value of `bodySHA256`.
    fn digest(&self) -> Result<Option<Vec<u8>>, Rejection> {
        let [url, _] = &self.0;
        let (_, query) = url.split_once('?').unwrap_or_default();
        let query = Form::read(query.as_bytes(), &[DIGEST])?;
        Ok(query.get(DIGEST).map(<[u8]>::to_vec))
    }
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn signed_text(url: &str, form: Option<&SortedForm<'_>>) -> Vec<u8> {
    let mut text = url.as_bytes().to_vec();
    if let Some(form) = form {
        form.write(&mut text);
    }
    text
}

fn has_form(head: &RequestHead<'_>) -> Result<bool, Rejection> {
    let value = head.header("content-type")?.unwrap_or_default();
    let kind = value.split(|byte| *byte == b';').next();
    let kind = kind.unwrap_or_default().trim_ascii();
    Ok(kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded"))
}

fn judge_form(
    keys: &Keyrings,
    claim: &Claim,
    urls: &Urls,
    form: &Bytes,
    now: UnixTime,
) -> Result<Verdict, Answer> {
    let form = SortedForm::read(form)?;
    let texts = urls.texts(Some(&form));
    let key = keys.matching(claim, &texts, now)?;
    let [text, _] = &texts;
    // As it was signed: no two ways to cut it are two events.
    Ok(proof(Coverage::Fields, key, text, claim))
}

fn judge_digest(
    key: MatchedKey,
    claim: &Claim,
    urls: &Urls,
    body: &Bytes,
) -> Result<Verdict, Answer> {
    let covers = match urls.digest()? {
        Some(given) => digest::<Sha256>([body]) == decode_hex(&given),
        None => body.is_empty(),
    };
    if !covers {
        let reason = "the signed URL has not the digest of this body as `bodySHA256`";
        return Err(Rejection::new(RejectionKind::BadSignature, reason).into());
    }
    let [url, _] = &urls.0;
    Ok(proof(Coverage::Body, key, url.as_bytes(), claim))
}

fn proof(coverage: Coverage, key: MatchedKey, signed: &[u8], claim: &Claim) -> Verdict {
    let mut proof = Proof::dangerously_assert(coverage)
        .key(key)
        .identity(&[signed]);
    if let Some(id) = &claim.id {
        proof = proof
            .identity_beside(&[Some(id.as_bytes())])
            .unverified_id(id.as_str());
    }
    Verdict::Authentic(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_tried_without_a_port_and_with_one() {
        for (url, without, with) in [
            (
                "https://a.example/in",
                "https://a.example/in",
                "https://a.example:443/in",
            ),
            (
                "http://a.example",
                "http://a.example",
                "http://a.example:80",
            ),
            (
                "https://a.example:8443/in?u=b:1",
                "https://a.example/in?u=b:1",
                "https://a.example:8443/in?u=b:1",
            ),
            (
                "https://u:7@a.example/in",
                "https://u:7@a.example/in",
                "https://u:7@a.example:443/in",
            ),
            (
                "https://[::1]/in",
                "https://[::1]/in",
                "https://[::1]:443/in",
            ),
            (
                "https://[::1]:8443?x",
                "https://[::1]?x",
                "https://[::1]:8443?x",
            ),
        ] {
            let Urls(urls) = Urls::of(url);
            assert_eq!(urls, [without, with]);
        }
    }

    #[test]
    fn a_sid_is_no_token() {
        const URL: &str = "https://shop.example/in";
        for sid in [
            "AC950f4322607801bee0cb47b57a32d5a9",
            "SK950f4322607801bee0cb47b57a32d5a9",
        ] {
            assert!(Twilio::new(sid, URL).is_err());
        }
        assert!(Twilio::new("5bcdefadb46d41592add47251146c14d", "shop.example").is_err());
    }
}

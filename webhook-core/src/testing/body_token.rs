//! Signs tokens that hold a hash of the body, as the rule of a sender says.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::account::Secret;
use crate::crypto::{KeyFormat, PreparedKey};
use crate::outcome::ConfigError;
use crate::testing::{Code, Place, Sample, Sign, SignedRequest, reads};
use crate::time::UnixTime;
use crate::verify::{LEEWAY_SECS, TokenRule, TokenTime};

/// So long do tokens hold that say it.
const HOLDS_SECS: i64 = 300;

/// Signs by a rule, with the first of its algorithms.
#[derive(Clone)]
pub(crate) struct TokenSigner {
    rule: &'static TokenRule,
    secret: Secret,
    issuer: String,
    url: String,
    kind: Option<(&'static str, &'static str)>,
}

impl TokenSigner {
    /// A signer with this secret.
    ///
    /// # Errors
    /// If the secret is empty.
    pub(crate) fn new(
        rule: &'static TokenRule,
        secret: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            rule,
            secret: Secret::dangerously_short(secret)?,
            issuer: rule.issuer.unwrap_or_default().to_owned(),
            url: String::new(),
            kind: None,
        })
    }

    /// The id of the key, where the issuer is that.
    pub(crate) fn key_id(self, id: impl Into<String>) -> Self {
        Self {
            issuer: id.into(),
            ..self
        }
    }

    /// The URL that the sender was given.
    pub(crate) fn url(self, url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..self
        }
    }

    /// The header that says the kind, and what it says.
    pub(crate) fn kind(self, header: &'static str, kind: &'static str) -> Self {
        Self {
            kind: Some((header, kind)),
            ..self
        }
    }

    /// What the token says of this body.
    pub(crate) fn claims(&self, body: &[u8], now: UnixTime) -> Map<String, Value> {
        let rule = self.rule;
        let mut claims = Map::new();
        let mut say = |place: &str, value: Value| {
            claims.insert(place.trim_start_matches('/').to_owned(), value);
        };
        say("iss", self.issuer.as_str().into());
        match rule.time {
            TokenTime::Nothing => {}
            TokenTime::Issued => say("iat", now.as_secs().into()),
            TokenTime::Until => {
                say("nbf", now.as_secs().into());
                say("exp", now.plus_secs(HOLDS_SECS).as_secs().into());
            }
        }
        if let Some(place) = rule.url {
            say(place, const_hex::encode(Sha256::digest(&self.url)).into());
        }
        if !(rule.nothing_for_empty && body.is_empty()) {
            let hash = Sha256::digest(body);
            say(rule.body, rule.encoding.encode(&hash).into());
        }
        claims
    }

    /// The token that says this, behind the word that belongs before it.
    pub(crate) fn token(&self, claims: &Map<String, Value>) -> Result<String, ConfigError> {
        const NONE: ConfigError = ConfigError::fixed("the sender signs no tokens with a secret");
        let algorithm = self.rule.algorithms.first().ok_or(NONE)?;
        let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, algorithm.name());
        let claims = Value::Object(claims.clone()).to_string();
        let encode = |part: &[u8]| Base64UrlUnpadded::encode_string(part);
        let signed = [encode(header.as_bytes()), encode(claims.as_bytes())].join(".");
        let mac = algorithm.mac().ok_or(NONE)?;
        let key = PreparedKey::new(mac, KeyFormat::text(), &self.secret)?;
        let code = key.code_of([signed.as_bytes()]).ok_or(NONE)?;
        let token = [signed, encode(code.bytes())].join(".");
        Ok(match self.rule.word {
            "" => token,
            word => format!("{word} {token}"),
        })
    }

    /// What the tests for all senders need to know of one that signs by a rule. Its settings are those of a receiver, and of
    /// a stranger's.
    pub(crate) fn sample(self, settings: [Value; 2]) -> Sample {
        let rule = self.rule;
        let unsigned = self.kind.iter().map(|(header, _)| *header).collect();
        let secrets = vec![self.secret.expose().to_owned()];
        let place = Place::Header(rule.header);
        Sample {
            methods: rule.names.methods,
            code: Code::Token,
            reads: match rule.word {
                "" => reads::exactly,
                _ => reads::credentials,
            },
            window: match rule.time {
                TokenTime::Nothing => None,
                TokenTime::Issued => Some([300; 2]),
                TokenTime::Until => Some([HOLDS_SECS - 1, LEEWAY_SECS]),
            },
            unsigned,
            secrets,
            id: None,
            ..Sample::new(rule.names.name(), self, settings, place)
        }
    }
}

impl Sign for TokenSigner {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let request = SignedRequest::json(body.to_vec());
        let request = match self.kind {
            Some((header, kind)) => request.with_header(header, kind),
            None => request,
        };
        Ok(request.with_header(self.rule.header, self.token(&self.claims(body, now))?))
    }
}

impl fmt::Debug for TokenSigner {
    /// Says who signs, not with what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner")
            .field("provider", &self.rule.names.name())
            .finish_non_exhaustive()
    }
}

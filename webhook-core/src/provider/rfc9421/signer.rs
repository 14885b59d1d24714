//! Signs as a sender with a shared secret does.

use serde_json::json;
use sha2::Sha256;

use super::base::Signed;
use super::fields::{Bare, Item, Member, Params};
use super::key::HMAC_SHA256;
use super::verify::{KEYS, METHODS, NAME};
use crate::account::{Secret, Settings};
use crate::crypto::{Algorithm, KeyFormat, PreparedKey, digest};
use crate::request::RequestHead;
use crate::testing::{Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::verify::target;
use crate::{ConfigError, UnixTime};

/// Signs with `hmac-sha256` over `@method`, `@authority`, `@path`, `@query` and `content-digest`.
///
/// ```
/// use webhook_core::provider::rfc9421::Signer;
/// use webhook_core::UnixTime;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("key-1", "0wk4RUY40FwCMGVMY1ifFBG+hqOifEqTEWPZYSazibg=", "https://shop.example/webhooks")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("signature-input").unwrap().contains("created=1785920400"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    key_id: String,
    secret: Secret,
    public_url: String,
    tag: Option<String>,
    nonce: Option<String>,
}

impl Signer {
    /// A signer with this secret, in base64, under this id, for the receiver with this URL.
    ///
    /// # Errors
    /// If the secret cannot be one.
    pub fn new(
        key_id: impl Into<String>,
        secret: impl Into<String>,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            key_id: key_id.into(),
            secret: Secret::new(secret)?,
            public_url: public_url.into(),
            tag: None,
            nonce: None,
        })
    }

    /// The same with a tag.
    #[must_use]
    pub fn tag(self, tag: impl Into<String>) -> Self {
        Self {
            tag: Some(tag.into()),
            ..self
        }
    }

    /// The same with a nonce, which is the id of what it signs.
    #[must_use]
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        Self {
            nonce: Some(nonce.into()),
            ..self
        }
    }

    fn params(&self, now: UnixTime) -> Params {
        let text = |text: &String| Bare::Text(text.clone());
        let params = [
            ("created", Some(Bare::Integer(now.as_secs()))),
            ("keyid", Some(text(&self.key_id))),
            ("alg", Some(Bare::Text(HMAC_SHA256.to_owned()))),
            ("nonce", self.nonce.as_ref().map(text)),
            ("tag", self.tag.as_ref().map(text)),
        ];
        let there = params.into_iter();
        Params(
            there
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
        )
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        const UNSIGNABLE: ConfigError = ConfigError::fixed("a component cannot be signed");
        let code = digest::<Sha256>([body]).to_base64();
        let mut request = SignedRequest::json(body.to_vec())
            .with_header("content-digest", format!("sha-256=:{code}:"));
        request.target = target(&self.public_url).to_owned();
        let components = ["@method", "@authority", "@path", "@query", "content-digest"];
        let components = components.map(|name| Item {
            value: Bare::Text(name.to_owned()),
            params: Params::default(),
        });
        let params = self.params(now);
        let signed = Signed {
            head: RequestHead::new(&request.method, &request.target, &request.headers),
            public_url: Some(&self.public_url),
        };
        let base = signed.base(&components, &params).map_err(|_| UNSIGNABLE)?;
        let key = PreparedKey::new(Algorithm::HmacSha256, KeyFormat::base64(), &self.secret)?;
        let code = key.tag_of(base.as_bytes()).to_base64();
        let input = Member::List(components.to_vec(), params);
        let request = request.with_header("signature-input", format!("{LABEL}={input}"));
        Ok(request.with_header("signature", format!("{LABEL}=:{code}:")))
    }
}

const LABEL: &str = "sig1";

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    const NO_SECRET: ConfigError =
        ConfigError::fixed("there is no key with a `secret_base64` to sign with");
    let keys = settings.text_tables(KEYS)?.unwrap_or_default();
    let shared = keys.iter().find_map(|(id, about)| {
        let secret = about.iter().find(|(name, _)| *name == "secret_base64");
        secret.map(|(_, secret)| (*id, *secret))
    });
    let (id, secret) = shared.ok_or_else(|| NO_SECRET.of_setting(KEYS))?;
    let url = settings.text("public_url")?.unwrap_or("https://localhost/");
    let signer = Signer::new(id, secret, url)?;
    Ok(Box::new(match settings.text("tag")? {
        Some(tag) => signer.tag(tag),
        None => signer,
    }))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [secret, _] = keys.base64;
    let signer = Signer::new("key-1", secret, Sample::URL)?;
    let settings = keys
        .base64
        .map(|key| json!({KEYS: {"key-1": {"alg": HMAC_SHA256, "secret_base64": key}}, "public_url": Sample::URL}));
    Ok(vec![Sample {
        methods: METHODS,
        keys: &[KEYS],
        secrets: vec![secret.to_owned()],
        code: Code::Base64,
        mark: "sig1=:",
        reads: reads::exactly,
        signed: vec!["content-digest", "signature-input"],
        window: Some([300, 300]),
        id: None,
        ..Sample::new(NAME, signer, settings, Place::Header("signature"))
    }])
}

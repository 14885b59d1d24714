//! A scheme with the keys and the settings of one account.

use std::fmt;
use std::sync::Arc;

use crate::account::IntoKeyring;
use crate::account::Settings;
use crate::account::key_ids;
use crate::account::{Key, Keyring, Secret, warn_of_short_key};
#[cfg(feature = "asymmetric")]
use crate::crypto::Algorithm;
use crate::crypto::KeyFormat;
use crate::crypto::{Hash, PreparedKey, key_bytes};
use crate::message::Described;
use crate::message::Ident;
use crate::outcome::ConfigError;
use crate::request::{Field, HeaderNames};
use crate::scheme::handshake::Handshake;
use crate::scheme::layout::Layout;
use crate::scheme::model::{Scheme, Source};
use crate::scheme::part::Part;
use crate::scheme::timestamp::TimeSource;
use crate::time::Tolerance;

/// Verifies what one account of a sender signs by a [`Scheme`]. Cheap to clone.
///
/// ```
/// use webhook_core::scheme::{Part, Algorithm, Scheme, Signature, Timestamp};
/// use webhook_core::{Endpoint, Tolerance};
///
/// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
///     .signature(Signature::header("acme-signature"))
///     .timestamp(Timestamp::header("acme-time").tolerance(300))
///     .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body]);
///
/// let endpoint = Endpoint::new(ACME.verifier("a secret of the shop")?.tolerance(Tolerance::secs(60))?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SchemeVerifier(pub(crate) Arc<Account>);

/// A scheme with the settings of one account.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) scheme: Scheme,
    pub(crate) keys: Vec<AccountKey>,
    pub(crate) tolerance: Option<Tolerance>,
    pub(crate) is_decoy: bool,
    pub(crate) layout: Layout,
    /// Where id and kind stand, and what tells events apart.
    pub(crate) ident: Ident,
    pub(crate) described: Described,
    pub(crate) facts: Facts,
    pub(crate) header_names: HeaderNames,
    pub(crate) public_url: Option<String>,
    pub(crate) header_name: Option<String>,
    pub(crate) parameter_name: Option<String>,
    pub(crate) handshake_token: Option<Secret>,
    /// What stands in parts of the content that the sender does not send.
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// What of a scheme is asked for each request, worked out once.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    /// Whether id, kind or what tells events apart may stand in the head.
    pub(crate) names_are_in_head: bool,
    /// The part of the content that is the id, so that it is not looked for twice.
    pub(crate) id_part: Option<usize>,
    /// Whether the time is a part of the content.
    pub(crate) time_is_a_part: bool,
    /// The hash of the body that is a part of the content.
    pub(crate) digest: Option<Hash>,
    pub(crate) takes_any_body: bool,
}

impl Facts {
    fn of(scheme: &Scheme, described: &Described, ident: &Ident) -> Self {
        Self {
            names_are_in_head: ident.reads_head(described),
            id_part: scheme.content.iter().position(|part| match part {
                Part::FirstOf(fields) => {
                    *fields == scheme.id && fields.iter().all(|field| field.is_in_head())
                }
                _ => false,
            }),
            time_is_a_part: scheme.content.contains(&Part::Timestamp),
            digest: scheme.content.iter().find_map(|part| match part {
                Part::BodyDigest(hash, _) => Some(*hash),
                _ => None,
            }),
            takes_any_body: scheme.takes_any_body(),
        }
    }
}

#[derive(Clone)]
pub(crate) struct AccountKey {
    pub(crate) key: Key,
    pub(crate) prepared: PreparedKey,
}

impl AccountKey {
    /// Keys for the sake of the work that they make: how long an answer takes must not tell who exists either. As many as a
    /// tenant has who is replacing one, because whoever has to answer the same with less work is found out.
    fn decoys(scheme: &Scheme) -> Vec<Self> {
        vec![Self::decoy(scheme); 2].into_iter().flatten().collect()
    }

    fn decoy(scheme: &Scheme) -> Option<Self> {
        let (format, text) = match scheme.algorithm {
            // No 32 bytes are a point with its form around it.
            #[cfg(feature = "asymmetric")]
            Algorithm::EcdsaP256 => (KeyFormat::base64(), NOBODYS_POINT),
            _ => (KeyFormat::text(), "The key of nobody: 32 bytes long"),
        };
        let secret = Secret::new(text).ok()?;
        let prepared = PreparedKey::new(scheme.algorithm, format, &secret).ok()?;
        Some(Self {
            key: Key::from(secret),
            prepared,
        })
    }
}

/// The setting that names the parameter of the query with the secret.
pub(crate) const PARAMETER: &str = "query_field";

/// Where the secrets are of a sender that names the one it has signed with.
pub(crate) const KEYS_BY_ID: &str = "secrets_by_key_id";

/// A P-256 public key whose private half was thrown away.
#[cfg(feature = "asymmetric")]
const NOBODYS_POINT: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEp5hAWTu/eCZMQw2t4z4qCDfpR5qxltlvv71pEwVQ4BekJVBpXdopU58wqdqyK3r4Au1ZzZaKBAH/CFfe9YtIrg==";

impl Scheme {
    /// The settings that are parts of the content.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.content.iter().filter_map(|part| match part {
            Part::Setting(name) => Some(*name),
            _ => None,
        })
    }

    /// The headers that most requests are asked for.
    pub(crate) fn headers(&self) -> Vec<&'static str> {
        let signature = match &self.signature.source {
            Source::Header(name) => &[Field::Header(name)][..],
            Source::FirstOf(fields) => fields,
            Source::Numbered(_) | Source::Configured | Source::Parameter(_) => &[],
        };
        let time = match &self.timestamp.source {
            TimeSource::Header(name) => &[Field::Header(name)][..],
            TimeSource::FirstOf(fields) => fields,
            TimeSource::None | TimeSource::Entry(_) | TimeSource::FirstEntry => &[],
        };
        let signed = self.content.iter().flat_map(|part| match part {
            Part::FirstOf(fields) => *fields,
            _ => &[],
        });
        let fields = signature.iter().chain(time).chain(signed);
        let fields = fields.chain(self.key_id).chain(self.id).chain(self.kind);
        let names = fields.filter_map(|field| match field {
            Field::Header(name) => Some(*name),
            Field::Query(_) | Field::Json(_) | Field::Form(_) => None,
        });
        names.collect()
    }

    /// A verifier that accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, one cannot be read as the scheme's [`KeyFormat`] says, or the scheme breaks a rule of
    /// [`check`](Self::check).
    pub fn verifier(self, keys: impl IntoKeyring) -> Result<SchemeVerifier, ConfigError> {
        SchemeVerifier::new(self, keys.into_keyring()?)
    }

    /// A verifier with the [`Settings`] of a configuration file.
    ///
    /// # Errors
    /// If a setting is missing or wrong; the error names it.
    pub fn configured(self, settings: &Settings) -> Result<SchemeVerifier, ConfigError> {
        SchemeVerifier::configured(self, settings)
    }
}

impl SchemeVerifier {
    pub(crate) fn new(scheme: Scheme, keyring: Keyring) -> Result<Self, ConfigError> {
        scheme.require_sound()?;
        let mut keys = Vec::new();
        let keyring = keyring.into_keys();
        if scheme.names_key() {
            key_ids::require_names(&keyring)?;
        }
        for key in keyring {
            for secret in scheme.key.split(key.secret.clone())? {
                let prepared = PreparedKey::new(scheme.algorithm, scheme.key, &secret)?;
                let length = key_bytes(scheme.key, &secret)?.len();
                let key = Key {
                    secret,
                    ..key.clone()
                };
                warn_of_short_key(length, &key);
                keys.push(AccountKey { key, prepared });
            }
        }
        let described = scheme.described();
        let ident = Ident::of(&described);
        Ok(Self(Arc::new(Account {
            keys,
            tolerance: scheme.timestamp.tolerance,
            layout: Layout::of(&scheme),
            facts: Facts::of(&scheme, &described, &ident),
            header_names: HeaderNames::of(&scheme.headers()),
            ident,
            described,
            scheme,
            is_decoy: false,
            public_url: None,
            header_name: None,
            parameter_name: None,
            handshake_token: None,
            settings: Vec::new(),
        })))
    }

    /// A verifier from settings by name; see there which.
    pub(crate) fn configured(scheme: Scheme, settings: &Settings) -> Result<Self, ConfigError> {
        // What everybody may know must never become a shared secret.
        let (keys, others) = if scheme.algorithm.is_asymmetric() {
            ("public_keys", "secrets")
        } else {
            ("secrets", "public_keys")
        };
        if settings.has(others) {
            return Err(ConfigError::new(format!(
                "the sender signs by `{keys}`: `{others}` must not be set"
            )));
        }
        let (keys, keyring) = match scheme.names_key() {
            true => (KEYS_BY_ID, key_ids::configured(settings, KEYS_BY_ID)?),
            false => (keys, settings.keys(keys)?),
        };
        let mut verifier = Self::new(scheme, keyring).map_err(|error| error.of_setting(keys))?;
        for name in scheme.settings() {
            let of_setting = |error: ConfigError| error.of_setting(name);
            verifier = verifier
                .setting(name, settings.required(name)?)
                .map_err(of_setting)?;
        }
        if let Some(tolerance) = settings.tolerance()? {
            let of_setting = |error: ConfigError| error.of_setting("tolerance_seconds");
            verifier = verifier.tolerance(tolerance).map_err(of_setting)?;
        }
        match settings.text("public_url")? {
            Some(url) => {
                verifier = verifier
                    .public_url(url)
                    .map_err(|error| error.of_setting("public_url"))?;
            }
            None if scheme.content.contains(&Part::PublicUrl) => {
                return Err(ConfigError::fixed(
                    "`public_url` is missing: the sender signs the URL that it was given",
                ));
            }
            None => {}
        }
        if let Some(name) = settings.text("auth_header")? {
            verifier = verifier
                .header_name(name)
                .map_err(|error| error.of_setting("auth_header"))?;
        }
        if let Some(name) = settings.text(PARAMETER)? {
            verifier = verifier
                .parameter_name(name)
                .map_err(|error| error.of_setting(PARAMETER))?;
        }
        if let Some(token) = settings.text("verify_token")? {
            let token = Secret::new(token);
            verifier = token
                .and_then(|token| verifier.handshake_token(token))
                .map_err(|error| error.of_setting("verify_token"))?;
        }
        Ok(verifier)
    }

    /// Another tolerance than the scheme's own.
    ///
    /// # Errors
    /// If the sender signs no time: there would be nothing to hold it against, and every replay would pass.
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        match self.0.scheme.signs_time() {
            true => Ok(self.judging_time(tolerance)),
            false => Err(self.without_effect("a tolerance", "signs no time")),
        }
    }

    /// Another tolerance than the scheme's own, for schemes that are known to sign a time.
    pub(crate) fn judging_time(self, tolerance: Tolerance) -> Self {
        self.with(|account| account.tolerance = Some(tolerance))
    }

    fn without_effect(&self, setting: &str, why: &str) -> ConfigError {
        let name = self.0.scheme.name();
        ConfigError::new(format!(
            "{setting} has no effect, because {name} {why}: leave it out"
        ))
    }

    /// The whole URL as it was given to the sender, for schemes that sign it or its path. Nothing is normalised.
    ///
    /// # Errors
    /// If it does not begin with `https://` or `http://`, or the scheme signs no URL.
    pub fn public_url(self, url: impl Into<String>) -> Result<Self, ConfigError> {
        let signs = |part| self.0.scheme.content.contains(&part);
        if !signs(Part::PublicUrl) && !signs(Part::Path) {
            return Err(self.without_effect("a public URL", "signs none"));
        }
        let url = url.into();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(ConfigError::new(
                "the public URL must begin with https:// or http://",
            ));
        }
        Ok(self.with(|account| account.public_url = Some(url)))
    }

    /// The text of a [`Part::Setting`] of this name, for schemes that sign one.
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Part, Scheme};
    ///
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    ///     .signed_content(&[Part::Setting("merchant"), Part::Literal("."), Part::Body]);
    /// let verifier = ACME.verifier("a secret of the shop")?.setting("merchant", "shop-7")?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If it is empty, has white space around it, or the scheme has no such part.
    pub fn setting(self, name: &str, text: impl Into<String>) -> Result<Self, ConfigError> {
        let Some(name) = self.0.scheme.settings().find(|own| *own == name) else {
            return Err(self.without_effect(&format!("the setting `{name}`"), "does not sign it"));
        };
        let text = text.into();
        if text.is_empty() || text.trim() != text {
            return Err(ConfigError::new(format!(
                "`{name}` is empty or has white space around it"
            )));
        }
        Ok(self.with(|account| {
            account.settings.retain(|(own, _)| *own != name);
            account.settings.push((name, text));
        }))
    }

    /// The header that carries the signature, for schemes that leave its name to the user.
    ///
    /// # Errors
    /// If it is not a header name, or the scheme names its header itself.
    pub fn header_name(self, name: &str) -> Result<Self, ConfigError> {
        if !matches!(self.0.scheme.signature.source, Source::Configured) {
            return Err(self.without_effect("the name of a header", "always uses the same"));
        }
        let name = http::HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| ConfigError::new("this cannot be the name of a header"))?;
        Ok(self.with(|account| account.header_name = Some(name.as_str().to_owned())))
    }

    /// The parameter of the query that holds the signature, for schemes that leave its name to the user.
    ///
    /// # Errors
    /// If it is empty, or the scheme names the place of its signature itself.
    pub fn parameter_name(self, name: impl Into<String>) -> Result<Self, ConfigError> {
        if !matches!(self.0.scheme.signature.source, Source::Parameter(_)) {
            return Err(
                self.without_effect("the name of a parameter", "always uses the same place")
            );
        }
        let name = name.into();
        match name.is_empty() {
            true => Err(ConfigError::new("the name of the parameter is empty")),
            false => Ok(self.with(|account| account.parameter_name = Some(name))),
        }
    }

    /// What a handshake must show, for schemes that [expect](crate::scheme::Handshake::expects) something.
    ///
    /// # Errors
    /// If the scheme has no handshake that expects something.
    pub fn handshake_token(self, token: Secret) -> Result<Self, ConfigError> {
        let mut handshakes = self.0.scheme.handshakes.iter();
        match handshakes.any(Handshake::expects_something) {
            true => Ok(self.with(|account| account.handshake_token = Some(token))),
            false => Err(self.without_effect("a token for handshakes", "shows none")),
        }
    }

    /// A verifier that does all the work and refuses everything: what a resolver returns for a tenant that
    /// does not exist, so that nobody learns from the answer which ones do. It does the work of a tenant with two keys, the
    /// old one and the new one.
    ///
    /// A scheme whose header is configured needs [`header_name`](Self::header_name) here too, or it answers 500.
    ///
    /// ```
    /// use webhook_core::scheme::SchemeVerifier;
    /// use webhook_core::provider::stripe;
    ///
    /// let nobody = SchemeVerifier::decoy(stripe::SCHEME)?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If the scheme breaks a rule of [`Scheme::check`].
    pub fn decoy(scheme: Scheme) -> Result<Self, ConfigError> {
        scheme.require_sound()?;
        let described = scheme.described();
        let ident = Ident::of(&described);
        Ok(Self(Arc::new(Account {
            tolerance: scheme.timestamp.tolerance,
            keys: AccountKey::decoys(&scheme),
            layout: Layout::of(&scheme),
            facts: Facts::of(&scheme, &described, &ident),
            header_names: HeaderNames::of(&scheme.headers()),
            ident,
            described,
            scheme,
            is_decoy: true,
            public_url: Some(String::new()),
            header_name: None,
            parameter_name: None,
            handshake_token: None,
            settings: Vec::new(),
        })))
    }

    fn with(mut self, set: impl FnOnce(&mut Account)) -> Self {
        set(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Debug for SchemeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemeVerifier")
            .field("scheme", &self.0.scheme.name())
            .field("keys", &self.0.keys.len())
            .field("tolerance", &self.0.tolerance)
            .finish_non_exhaustive()
    }
}

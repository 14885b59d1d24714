//! Signs requests as their senders do.

use std::fmt;

use bytes::Bytes;

use crate::account::{Secret, Settings};
use crate::outcome::ConfigError;
use crate::scheme::{KEYS_BY_ID, PARAMETER, Scheme, Signing};
use crate::testing::Sample;
use crate::time::UnixTime;

/// Signs bodies as one sender does.
pub trait Sign: Send + Sync {
    /// The request that the sender would make for this body at this moment.
    ///
    /// # Errors
    /// If the signer lacks something that the sender signs.
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError>;
}

/// Signs by a [`Scheme`], built in or your own.
///
/// What the scheme wants in headers or in the query beside the signature (an id, a kind) has defaults that can be set.
#[derive(Clone)]
pub struct Signer {
    signing: Signing,
    id: Option<String>,
    kind: Option<String>,
}

impl Signer {
    /// A signer with this secret. For schemes with public keys: the private key in the scheme's key format
    /// (an Ed25519 seed, a PKCS#8 document).
    ///
    /// # Errors
    /// If the secret cannot be one, as [`Secret::new`] says, but for its length; or the scheme breaks a rule of
    /// [`Scheme::check`].
    pub fn new(scheme: Scheme, secret: impl Into<String>) -> Result<Self, ConfigError> {
        scheme.require_sound()?;
        Ok(Self {
            signing: Signing {
                scheme,
                secret: Secret::dangerously_short(secret)?,
                method: scheme.methods.first().copied().unwrap_or("POST").to_owned(),
                target: "/".to_owned(),
                public_url: None,
                header_name: None,
                parameter_name: None,
                key_id: Sample::KEY_ID.to_owned(),
                settings: Vec::new(),
                headers: Vec::new(),
                values: Vec::new(),
            },
            id: None,
            kind: None,
        })
    }

    /// A signer for the account with these settings: with the first of its secrets, or with `private_key` where the sender signs
    /// with one.
    pub(crate) fn configured(scheme: Scheme, settings: &Settings) -> Result<Self, ConfigError> {
        let mut signer = match scheme.algorithm.is_asymmetric() {
            true => Self::new(scheme, settings.required("private_key")?)?,
            false if scheme.names_key() => {
                let keys = settings.text_table(KEYS_BY_ID)?.unwrap_or_default();
                let (id, key) = keys
                    .first()
                    .ok_or_else(|| ConfigError::missing(KEYS_BY_ID))?;
                Self::new(scheme, *key)?.key_id(*id)
            }
            false => Self::new(scheme, settings.first_key("secrets")?)?,
        };
        for name in scheme.settings() {
            signer = signer.setting(name, settings.required(name)?);
        }
        if let Some(url) = settings.text("public_url")? {
            signer = signer.public_url(url);
        }
        if let Some(name) = settings.text("auth_header")? {
            signer = signer.header_name(name);
        }
        if let Some(name) = settings.text(PARAMETER)? {
            signer = signer.parameter_name(name);
        }
        Ok(signer)
    }

    /// The event's id, for schemes that have it in a header or in the query. In a body it is yours to write.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The event's kind, for schemes that have it in a header or in the query. In a body it is yours to write.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Where the request goes, such as `/webhooks/stripe`. `/` if not said otherwise.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.signing.target = target.into();
        self
    }

    /// The URL that the sender was given, for schemes that sign it.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.signing.public_url = Some(url.into());
        self
    }

    /// The id of the key, for schemes by which the sender names it.
    #[must_use]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.signing.key_id = id.into();
        self
    }

    /// The text of a [`Part::Setting`](crate::scheme::Part::Setting) of this name, for schemes that sign one.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.signing.settings.push((name.into(), text.into()));
        self
    }

    /// The header for the signature, for schemes that leave its name to the user.
    #[must_use]
    pub fn header_name(mut self, name: impl Into<String>) -> Self {
        self.signing.header_name = Some(name.into());
        self
    }

    /// The parameter of the query for the signature, for schemes that leave its name to the user.
    #[must_use]
    pub fn parameter_name(mut self, name: impl Into<String>) -> Self {
        self.signing.parameter_name = Some(name.into());
        self
    }

    /// One header more; the name in lower case.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.signing.headers.push((name.into(), value.into()));
        self
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let mut signing = self.signing.clone();
        let scheme = signing.scheme;
        for (fields, value) in [(scheme.id, &self.id), (scheme.kind, &self.kind)] {
            // A body is what the caller says.
            let is_in_head = fields.first().is_some_and(|field| field.is_in_head());
            let value = value.clone().unwrap_or_else(|| "test".to_owned());
            let value = is_in_head.then_some((fields, value));
            signing.values.extend(value);
        }
        let signed = signing.sign(body, now)?;
        Ok(SignedRequest {
            method: signing.method,
            target: signed.target,
            headers: signed.headers,
            body: signed.body.into(),
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("scheme", &self.signing.scheme.name())
            .finish_non_exhaustive()
    }
}

/// A signed request, to be sent as it is or changed for the worse.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl SignedRequest {
    /// A form by `POST` to `/`.
    pub(crate) fn form(body: impl Into<Bytes>) -> Self {
        Self::post("application/x-www-form-urlencoded", body)
    }

    /// A JSON document by `POST` to `/`.
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::post("application/json", body)
    }

    fn post(content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter().filter(|(own, _)| own == name);
        lines.next().map(|(_, value)| value.as_str())
    }

    /// The same request with another value of a header, which is added if it is absent.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same request without a header.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    /// The same request with another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The request as the `http` crate has it, for `tower::ServiceExt::oneshot`.
    ///
    /// # Errors
    /// If something in it is not HTTP.
    pub fn into_http<B: From<Bytes>>(self) -> Result<http::Request<B>, http::Error> {
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(self.target);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(B::from(self.body))
    }
}

impl fmt::Debug for SignedRequest {
    /// Without values, signature and body, as everywhere: tests have logs too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("headers", &names)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

//! Shows a user name and a password (HTTP Basic, RFC 7617).

use base64ct::{Base64, Encoding};
use serde_json::json;

use crate::account::{Keyring, Secret, Settings};
use crate::message::Coverage;
use crate::outcome::ConfigError;
use crate::testing::{Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::UnixTime;
use crate::verify::Verifier;

/// Shows the same to everybody.
#[derive(Clone, Debug)]
pub(crate) struct BasicSigner(Secret);

impl BasicSigner {
    /// A signer with this user name and password.
    ///
    /// # Errors
    /// If one of them is empty.
    pub(crate) fn new(
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let username = Secret::dangerously_short(username)?;
        let password = Secret::dangerously_short(password)?;
        Secret::dangerously_short(format!("{}:{}", username.expose(), password.expose())).map(Self)
    }

    /// The same of the settings `username` and `password`.
    ///
    /// # Errors
    /// If one is missing or wrong.
    pub(crate) fn configured(settings: &Settings) -> Result<Self, ConfigError> {
        Self::new(
            settings.required("username")?,
            settings.first_key("password")?,
        )
    }

    /// What the tests for all senders need to know of one that shows both.
    pub(crate) fn sample<V: Verifier + 'static>(
        provider: &'static str,
        keys: &SampleKeys,
        make: fn(Keyring) -> Result<V, ConfigError>,
    ) -> Result<Sample, ConfigError> {
        let [password, _] = keys.text;
        let shown = Base64::encode_string(format!("{}:{password}", Self::USER).as_bytes());
        let settings = keys
            .text
            .map(|key| json!({"username": Self::USER, "password": [key]}));
        let signer = Self::new(Self::USER, password)?;
        let sample = Sample::new(provider, signer, settings, Place::Header("authorization"));
        Ok(Sample {
            keys: &["password"],
            needed: &["username"],
            coverage: Coverage::SenderOnly,
            code: Code::Base64,
            reads: reads::credentials,
            secrets: vec![password.to_owned(), shown],
            ..sample.keyed(keys.text, make)
        })
    }

    /// The user name of every sample.
    pub(crate) const USER: &'static str = "webhooks";
}

impl Sign for BasicSigner {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let credentials = Base64::encode_string(self.0.expose().as_bytes());
        let request = SignedRequest::json(body.to_vec());
        Ok(request.with_header("authorization", format!("Basic {credentials}")))
    }
}

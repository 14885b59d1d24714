//! Shows a password as Chargebee does. For tests.

use std::fmt;

use base64ct::{Base64, Encoding};

use super::{Chargebee, NAME};
use crate::account::Settings;
use crate::message::Coverage;
use crate::testing::{Code, Place, Sample, SampleKeys, reads};
use crate::testing::{Sign, SignedRequest};
use crate::{ConfigError, Secret, UnixTime};
use serde_json::json;

/// Shows a user name and a password as Chargebee does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::chargebee::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("chargebee", "correct horse battery")?;
/// let body = br#"{"id":"ev_1","event_type":"payment_succeeded","content":{}}"#;
/// let request = signer.sign(body, UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("authorization").unwrap().starts_with("Basic "));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Signer(Secret);

impl Signer {
    /// A signer with this user name and password.
    ///
    /// # Errors
    /// If one of them is empty.
    pub fn new(
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let username = Secret::dangerously_short(username)?;
        let password = Secret::dangerously_short(password)?;
        Secret::dangerously_short(format!("{}:{}", username.expose(), password.expose())).map(Self)
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let credentials = Base64::encode_string(self.0.expose().as_bytes());
        Ok(SignedRequest {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("authorization".to_owned(), format!("Basic {credentials}")),
            ],
            body: body.to_vec().into(),
        })
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let username = settings.required("username")?;
    Ok(Box::new(Signer::new(
        username,
        settings.first_key("password")?,
    )?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const USER: &str = "chargebee";
    let [password, _] = keys.text;
    let shown = Base64::encode_string(format!("{USER}:{password}").as_bytes());
    let settings = keys
        .text
        .map(|key| json!({"username": USER, "password": [key]}));
    let place = Place::Header("authorization");
    let sample = Sample::new(NAME, Signer::new(USER, password)?, settings, place);
    Ok(vec![Sample {
        keys: &["password"],
        needed: &["username"],
        secrets: vec![password.to_owned(), shown],
        coverage: Coverage::SenderOnly,
        code: Code::Base64,
        reads: reads::credentials,
        ..sample.keyed(keys.text, |keys| Chargebee::new(USER, keys))
    }])
}

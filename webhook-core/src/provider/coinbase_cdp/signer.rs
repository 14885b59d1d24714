//! Signs as Coinbase does, and says what the tests for all providers need to know.

use super::verify::{CoinbaseCdp, HEADER, NAME};
use crate::crypto::KeyFormat;
use crate::testing::sample::secrets;
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::TimeUnit;
use crate::verify::hmac_sha256;
use crate::{ConfigError, Settings, UnixTime};

/// Signs as Hook0 does for Coinbase: `v0` alone, or `v1` as soon as there is a header to cover.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::coinbase_cdp::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("a secret for tests")?.header("x-event-id", "1");
/// let request = signer.sign(b"{}", UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("x-hook0-signature").unwrap().contains("h=x-event-id,v1="));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    secret: crate::Secret,
    headers: Vec<(String, String)>,
}

impl Signer {
    /// A signer with this secret.
    ///
    /// # Errors
    /// If the secret is empty.
    pub fn new(secret: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            secret: crate::Secret::dangerously_short(secret)?,
            headers: Vec::new(),
        })
    }

    /// One more header that is signed; the name in lower case.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let time = TimeUnit::Seconds.write(now);
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(" ");
        let values = self.headers.iter().map(|(_, value)| value.as_str());
        let listed = Some(names.as_str()).filter(|names| !names.is_empty());
        let head: Vec<&str> = [time.as_str()]
            .into_iter()
            .chain(listed)
            .chain(values)
            .collect();
        let content = [head.join(".").as_bytes(), b".", body].concat();
        let code = hmac_sha256(KeyFormat::text(), &self.secret)?
            .tag_of(&content)
            .to_hex();
        let value = if names.is_empty() {
            format!("t={time},v0={code}")
        } else {
            format!("t={time},h={names},v1={code}")
        };
        let request = SignedRequest::json(body.to_vec()).with_header(HEADER, value);
        let headers = self.headers.iter();
        Ok(headers.fold(request, |request, (name, value)| {
            request.with_header(name, value.as_str())
        }))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [key, _] = keys.text;
    let sample = |signer| Sample {
        reads: reads::hook0,
        bodies: Bodies::Own(Sample::BODY.to_vec()),
        window: Some([300; 2]),
        ..Sample::new(NAME, signer, secrets(keys.text), Place::Header(HEADER))
            .keyed(keys.text, CoinbaseCdp::new)
    };
    let signer = Signer::new(key)?;
    Ok(vec![
        sample(signer.clone()),
        Sample {
            name: "coinbase-cdp with headers",
            signed: vec!["x-event-id"],
            id: Some(Sample::ID),
            ..sample(signer.header("x-event-id", Sample::ID))
        },
    ])
}

//! Signs as fal does. For tests.

use serde_json::json;

use super::verify::{Fal, SCHEME, USER, USER_ID};
use crate::account::Settings;
use crate::published::InMemory;
use crate::testing::{self, Sample, SampleKeys, Sign, SignedRequest};
use crate::{ConfigError, UnixTime};

/// The first seed of RFC 8032, 7.1: everybody can sign with it.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

/// Its public half, and that of the second.
const POINTS: [&str; 2] = [
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
];

/// Signs bodies as fal does, with a key for tests: everybody can sign with it.
///
/// ```
/// use webhook_core::provider::fal::{Fal, Signer};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let signer = Signer::new().user_id("github|6364994").request_id("1");
/// let fal = Fal::new(signer.keys()).user_id("github|6364994");
/// let endpoint = Endpoint::new(fal).clock(FixedClock::at(now));
///
/// let delivery = receive(&endpoint, signer.sign(br#"{"status": "OK"}"#, now)?).await?;
/// assert_eq!((delivery.id(), delivery.kind()), (Some("1"), Some("OK")));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    user_id: String,
    request_id: String,
}

impl Signer {
    /// A signer with the key for tests.
    #[must_use]
    pub fn new() -> Self {
        Self {
            user_id: "test".to_owned(),
            request_id: "00000000-0000-4000-8000-000000000000".to_owned(),
        }
    }

    /// The same for this user of fal.
    #[must_use]
    pub fn user_id(self, id: impl Into<String>) -> Self {
        Self {
            user_id: id.into(),
            ..self
        }
    }

    /// The same with this id of the request to a model, which is that of the event.
    #[must_use]
    pub fn request_id(self, id: impl Into<String>) -> Self {
        Self {
            request_id: id.into(),
            ..self
        }
    }

    /// The public half of its key as the set that fal publishes, as a source for [`Fal::new`].
    #[must_use]
    pub fn keys(&self) -> InMemory {
        let [own, _] = POINTS;
        InMemory::new([(Fal::KEYS, set(own).to_string())])
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let signer = testing::Signer::new(SCHEME, SEED)?.id(&self.request_id);
        signer.header(USER, &self.user_id).sign(body, now)
    }
}

fn set(point: &str) -> serde_json::Value {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": point}]})
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    settings.table("jwks")?;
    Ok(Box::new(match settings.text(USER_ID)? {
        Some(user) => Signer::new().user_id(user),
        None => Signer::new(),
    }))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let [settings, stranger] = POINTS.map(|point| json!({"jwks": set(point)}));
    Ok(vec![
        Sample {
            // Without it the set is fetched.
            keys: &[],
            settings,
            stranger,
            ..Sample::of_asymmetric(SCHEME)?
        }
        // As signers of the scheme write it.
        .set(USER_ID, "test"),
    ])
}

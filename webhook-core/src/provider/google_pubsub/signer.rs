//! Signs as Google's Pub/Sub does.

use serde_json::json;

use super::verify::NAME;
use crate::account::Settings;
use crate::message::Coverage;
use crate::published::InMemory;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads, token};
use crate::{ConfigError, UnixTime};

/// A key for tests: everybody can sign with it.
const KEY: &[u8] = include_bytes!("../../testing/keys/google.pk8");
const KEY_ID: &str = "0000000000000000000000000000000000000000";

/// Pushes bodies as a Pub/Sub subscription does, with a key for tests.
///
/// ```
/// use webhook_core::provider::google_pubsub::{GooglePubsub, Signer};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime, Unverified};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let (audience, account) = ("https://shop.example/pubsub", "push@my-project.iam.gserviceaccount.com");
/// let signer = Signer::new(audience, account);
/// let google = GooglePubsub::new(signer.keys()?, audience, account)?;
/// let endpoint = Endpoint::new(google).clock(FixedClock::at(now));
///
/// let body = br#"{"message": {"data": "e30=", "messageId": "136969346945"}}"#;
/// let delivery = receive(&endpoint, signer.sign(body, now)?).await?;
/// assert_eq!(delivery.unverified_id(), Some(Unverified::new("136969346945")));
/// assert_eq!(delivery.id(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    audience: String,
    service_account_email: String,
    key_id: String,
}

impl Signer {
    /// A signer for a subscription with this audience and service account.
    #[must_use]
    pub fn new(audience: impl Into<String>, service_account_email: impl Into<String>) -> Self {
        Self {
            audience: audience.into(),
            service_account_email: service_account_email.into(),
            key_id: KEY_ID.to_owned(),
        }
    }

    /// The same with another id for the key.
    #[must_use]
    pub fn key_id(self, id: impl Into<String>) -> Self {
        Self {
            key_id: id.into(),
            ..self
        }
    }

    /// The public half of its key under its id, as a source for [`GooglePubsub::new`](super::GooglePubsub::new)
    /// or [`GooglePlayRtdn::new`](crate::provider::google_play_rtdn::GooglePlayRtdn::new).
    ///
    /// # Errors
    /// Never with the key that it has.
    pub fn keys(&self) -> Result<InMemory, ConfigError> {
        Ok(InMemory::new([(self.key_id.clone(), self.jwk()?)]))
    }

    /// The public half of its key as a JWK, for a source of your own or the setting `certs_by_kid`.
    ///
    /// # Errors
    /// Never with the key that it has.
    pub fn jwk(&self) -> Result<String, ConfigError> {
        token::rsa_jwk(KEY)
    }

    /// What Google says in a token.
    pub(in crate::provider) fn claims(&self, now: UnixTime) -> serde_json::Value {
        json!({
            "aud": self.audience,
            "azp": "100000000000000000000",
            "email": self.service_account_email,
            "email_verified": true,
            "exp": now.plus_secs(3600).as_secs(),
            "iat": now.as_secs(),
            "iss": "https://accounts.google.com",
            "sub": "100000000000000000000",
        })
    }

    /// A token of these claims.
    pub(in crate::provider) fn token(
        &self,
        claims: &serde_json::Value,
    ) -> Result<String, ConfigError> {
        let header = json!({"alg": "RS256", "kid": self.key_id, "typ": "JWT"});
        token::rs256(KEY, &header.to_string(), claims.to_string().as_bytes())
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let token = self.token(&self.claims(now))?;
        let request = SignedRequest::json(body.to_vec());
        Ok(request.with_header("authorization", format!("Bearer {token}")))
    }
}

pub(in crate::provider) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let audience = settings.required("audience")?;
    Ok(Box::new(Signer::new(
        audience,
        settings.required("service_account_email")?,
    )))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    sample(NAME, "https://shop.example/pubsub")
}

/// What the tests for all senders need to know of one that pushes through Pub/Sub.
pub(in crate::provider) fn sample(
    provider: &'static str,
    audience: &str,
) -> Result<Vec<Sample>, ConfigError> {
    const ACCOUNTS: [&str; 2] = [
        "push@my-project.iam.gserviceaccount.com",
        "push@other-project.iam.gserviceaccount.com",
    ];
    let [account, _] = ACCOUNTS;
    let signer = Signer::new(audience, account).key_id("key-1");
    let jwk = signer.jwk()?;
    let settings = ACCOUNTS.map(|account| {
        json!({"certs_by_kid": {"key-1": jwk}, "audience": audience, "service_account_email": account})
    });
    let body = json!({"message": {"data": "e30=", "messageId": "evt_1", "note": Sample::CARD}});
    Ok(vec![Sample {
        refusal: "wrong_audience",
        // Without its own, Google's are fetched.
        keys: &[],
        needed: &["audience", "service_account_email"],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::SenderOnly,
        code: Code::Token,
        reads: reads::credentials,
        // A token lasts an hour.
        window: Some([3600 + 10, 10]),
        ..Sample::new(provider, signer, settings, Place::Header("authorization"))
    }])
}

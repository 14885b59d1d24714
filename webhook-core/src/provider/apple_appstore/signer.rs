//! Signs notifications as Apple does.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::event::NAME;
use crate::account::Settings;
use crate::message::Coverage;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads, token};
use crate::{ConfigError, UnixTime};

/// The root to which the certificates of [`Signer`] lead, in DER. For tests: everybody can sign for it.
pub const TEST_ROOT: &[u8] = include_bytes!("../../testing/keys/apple-root.der");

const INTERMEDIATE: &[u8] = include_bytes!("../../testing/keys/apple-intermediate.der");
const LEAF: &[u8] = include_bytes!("../../testing/keys/apple-leaf.der");
const KEY: &[u8] = include_bytes!("../../testing/keys/apple-leaf.pk8");

/// Signs notifications as Apple does, with certificates that lead to [`TEST_ROOT`].
///
/// What it signs is the decoded payload. Objects under `signedTransactionInfo`, `signedRenewalInfo` and
/// `signedAppTransactionInfo` are signed too, and `signedDate` is added to all of them where it is absent.
///
/// ```
/// use webhook_core::provider::apple_appstore::{AppleAppStore, Environment, Signer, TEST_ROOT};
/// use webhook_core::testing::{FixedClock, Sign, receive};
/// use webhook_core::{Endpoint, UnixTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = UnixTime::from_secs(1_785_920_400);
/// let apple = AppleAppStore::new("com.example.app", Environment::Sandbox, [TEST_ROOT])?;
/// let endpoint = Endpoint::new(apple).clock(FixedClock::at(now));
///
/// let request = Signer::new().sign(
///     br#"{
///         "notificationType": "ONE_TIME_CHARGE",
///         "notificationUUID": "7e4b31cf-f3c9-4308-a290-d8387f4054b1",
///         "data": {
///             "bundleId": "com.example.app",
///             "environment": "Sandbox",
///             "signedTransactionInfo": {"bundleId": "com.example.app", "environment": "Sandbox"}
///         }
///     }"#,
///     now,
/// )?;
/// let delivery = receive(&endpoint, request).await?;
/// assert_eq!(delivery.kind(), Some("ONE_TIME_CHARGE"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Signer;

impl Signer {
    /// A signer with the test certificates.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Sign for Signer {
    /// A body that is not a JSON object is signed as it is.
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        let payload = match serde_json::from_slice(body) {
            Ok(payload @ Value::Object(_)) => payload_of(payload, now)?.to_string().into_bytes(),
            _ => body.to_vec(),
        };
        Ok(request(&sign(&payload)?))
    }
}

/// The request that carries a token.
pub(super) fn request(token: &str) -> SignedRequest {
    SignedRequest::json(json!({"signedPayload": token}).to_string())
}

fn payload_of(mut payload: Value, now: UnixTime) -> Result<Value, ConfigError> {
    if let Value::Object(members) = &mut payload {
        let date = || Value::from(now.as_millis());
        members.entry("signedDate").or_insert_with(date);
        for subject in members.values_mut() {
            sign_nested(subject, now)?;
        }
    }
    Ok(payload)
}

fn sign_nested(subject: &mut Value, now: UnixTime) -> Result<(), ConfigError> {
    for name in [
        "signedTransactionInfo",
        "signedRenewalInfo",
        "signedAppTransactionInfo",
    ] {
        if let Some(nested @ Value::Object(_)) = subject.get_mut(name) {
            let payload = payload_of(nested.take(), now)?;
            *nested = sign(payload.to_string().as_bytes())?.into();
        }
    }
    Ok(())
}

fn sign(payload: &[u8]) -> Result<String, ConfigError> {
    token::es256(
        KEY,
        &header("ES256", &[LEAF, INTERMEDIATE, TEST_ROOT]),
        payload,
    )
}

/// The header of a token with these certificates.
pub(super) fn header(alg: &str, certificates: &[&[u8]]) -> String {
    let encode = |certificate: &&[u8]| Base64::encode_string(certificate);
    let x5c: Vec<String> = certificates.iter().map(encode).collect();
    json!({"alg": alg, "x5c": x5c}).to_string()
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    settings.required("bundle_id")?;
    Ok(Box::new(Signer::new()))
}

pub(super) fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let root = Base64::encode_string(TEST_ROOT);
    let body = json!({"notificationType": "ONE_TIME_CHARGE", "notificationUUID": "evt_1", "note": Sample::CARD,
        "data": {"bundleId": "com.example.app", "environment": "Sandbox"}});
    let settings = ["com.example.app", "com.example.other"].map(
        |bundle| json!({"bundle_id": bundle, "environment": "Sandbox", "roots_der_base64": root}),
    );
    let place = Place::Body(r#""signedPayload":""#);
    Ok(vec![Sample {
        refusal: "wrong_audience",
        keys: &["roots_der_base64"],
        needed: &["bundle_id", "environment"],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        code: Code::Token,
        reads: reads::exactly,
        ..Sample::new(NAME, Signer::new(), settings, place)
    }])
}

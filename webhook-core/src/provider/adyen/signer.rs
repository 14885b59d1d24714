//! Signs as Adyen does. For tests.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::item::{Item, NAME};
use super::verify::Adyen;
use crate::account::{Secret, Settings};
use crate::crypto::{Algorithm, KeyFormat, PreparedKey};
use crate::message::Coverage;
use crate::outcome::ConfigError;
use crate::testing::sample::secrets;
use crate::testing::{Bodies, Code, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::time::UnixTime;
use serde_json::json;

/// Signs every item of a notification as Adyen does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::adyen::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("C6D346FF7F045C45DD825CE920096CD93C963AFB9B17B367CBB78B794A2D68C8")?;
/// let body = br#"{"live":"false","notificationItems":[{"NotificationRequestItem":{
///     "amount":{"currency":"EUR","value":1250},"eventCode":"AUTHORISATION","merchantAccountCode":"Shop",
///     "merchantReference":"order-7","pspReference":"7914073381342284","success":"true"}}]}"#;
/// let request = signer.sign(body, UnixTime::from_secs(1_785_920_400))?;
/// assert!(String::from_utf8_lossy(&request.body).contains("hmacSignature"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Signer(PreparedKey);

impl Signer {
    /// A signer with this HMAC key, written in hex.
    ///
    /// # Errors
    /// If it is empty or not hexadecimal.
    pub fn new(key: impl Into<String>) -> Result<Self, ConfigError> {
        let secret = Secret::dangerously_short(key)?;
        PreparedKey::new(Algorithm::HmacSha256, KeyFormat::hex(), &secret).map(Self)
    }

    fn sign_item(&self, wrapper: &mut Value) -> Result<(), ConfigError> {
        let item = wrapper
            .get_mut("NotificationRequestItem")
            .ok_or(NO_NOTIFICATION)?;
        let read = Item::deserialize(&*item).map_err(|_| NO_NOTIFICATION)?;
        let content = read.content().map_err(|_| UNSIGNABLE)?;
        let signature = self.0.tag_of(content.as_bytes()).to_base64();
        let item = item.as_object_mut().ok_or(NO_NOTIFICATION)?;
        let data = item
            .entry("additionalData")
            .or_insert_with(|| Value::Object(Map::new()));
        let data = data.as_object_mut().ok_or(NO_NOTIFICATION)?;
        data.insert("hmacSignature".to_owned(), signature.into());
        Ok(())
    }
}

impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let mut document: Value = serde_json::from_slice(body).map_err(|_| NO_NOTIFICATION)?;
        let items = document
            .get_mut("notificationItems")
            .and_then(Value::as_array_mut)
            .ok_or(NO_NOTIFICATION)?;
        items.iter_mut().try_for_each(|item| self.sign_item(item))?;
        Ok(SignedRequest::json(document.to_string()))
    }
}

const NO_NOTIFICATION: ConfigError = ConfigError::fixed("the body is not an Adyen notification");
const UNSIGNABLE: ConfigError = ConfigError::fixed("an item has no text that could be signed");

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.first_key("secrets")?)?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let body = json!({"live": "false", "notificationItems": [{"NotificationRequestItem": {
        "amount": {"currency": "EUR", "value": 1250}, "eventCode": "AUTHORISATION",
        "merchantAccountCode": "Shop", "merchantReference": "order-7", "pspReference": "7914073381342284",
        "success": "true", "reason": Sample::CARD}}]});
    let [key, _] = keys.hex;
    let place = Place::Body(r#""hmacSignature":""#);
    let sample = Sample::new(NAME, Signer::new(key)?, secrets(keys.hex), place);
    Ok(vec![Sample {
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        code: Code::Base64,
        reads: reads::exactly,
        id: Some("7914073381342284:AUTHORISATION:true"),
        ..sample.keyed_in_hex(keys.hex, Adyen::new)
    }])
}

//! Signs events as Braintree does.

use base64ct::{Base64, Encoding};
use form_urlencoded::Serializer;

use super::event::NAME;
use super::verify::Account;
use crate::account::Settings;
use crate::message::Coverage;
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest, reads};
use crate::{ConfigError, UnixTime};
use serde_json::json;

/// Signs events as Braintree does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::braintree::Signer;
/// use webhook_core::testing::Sign;
///
/// let xml = "<notification><timestamp type=\"datetime\">2026-08-05T09:00:00Z</timestamp><kind>check</kind>\
///     <subject><check type=\"boolean\">true</check></subject></notification>";
/// let request = Signer::new("public", "a private key")?.sign(xml.as_bytes(), UnixTime::from_secs(0))?;
/// assert!(request.body.starts_with(b"bt_signature=public%7C"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer(Account);

impl Signer {
    /// A signer with this pair of keys.
    ///
    /// # Errors
    /// As [`Braintree::new`](super::Braintree::new).
    pub fn new(
        public_key: impl Into<String>,
        private_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Account::new(public_key.into(), private_key).map(Self)
    }
}

impl Sign for Signer {
    /// `body` is the XML of the event; the request has it in a form, in base64 with a line feed after every 60 digits.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let mut payload = String::new();
        for (index, digit) in Base64::encode_string(body).chars().enumerate() {
            if index > 0 && index % 60 == 0 {
                payload.push('\n');
            }
            payload.push(digit);
        }
        payload.push('\n');
        let form = Serializer::new(String::new())
            .append_pair("bt_signature", &self.0.sign(&payload))
            .append_pair("bt_payload", &payload)
            .finish();
        Ok(SignedRequest::form(form))
    }
}

pub(super) fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let (public, private) = (
        settings.first_text("public_key")?,
        settings.first_text("private_key")?,
    );
    Ok(Box::new(Signer::new(public, private)?))
}

pub(super) fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let body = format!(
        "<notification><timestamp type=\"datetime\">2026-08-05T09:00:00Z</timestamp><kind>check</kind>\
         <subject><check type=\"boolean\">true</check><note>{}</note></subject></notification>",
        Sample::CARD
    );
    let [key, _] = keys.text;
    let settings = keys
        .text
        .map(|key| json!({"public_key": "public", "private_key": key}));
    let place = Place::Body("public%7C");
    Ok(vec![Sample {
        keys: &["private_key"],
        needed: &["public_key"],
        secrets: vec![key.to_owned()],
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        reads: reads::exactly,
        id: None,
        ..Sample::new(NAME, Signer::new("public", key)?, settings, place)
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_has_lines_of_sixty_digits() {
        for (bytes, lengths) in [
            (0, &[0][..]),
            (3, &[4]),
            (45, &[60]),
            (46, &[60, 4]),
            (135, &[60, 60, 60]),
        ] {
            let signer = Signer::new("public", "a private key").unwrap();
            let request = signer.sign(&vec![0; bytes], UnixTime::from_secs(0));
            let form = request.unwrap().body;
            let mut fields = form_urlencoded::parse(&form);
            let (_, payload) = fields.find(|(name, _)| name == "bt_payload").unwrap();
            let lines = payload.strip_suffix('\n').unwrap().split('\n');
            assert_eq!(lines.map(str::len).collect::<Vec<_>>(), lengths, "{bytes}");
        }
    }
}

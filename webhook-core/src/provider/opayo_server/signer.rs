//! Signs forms as Opayo Server does.

use super::verifier::{FIELDS, Message};
use crate::by_hand::Form;
use crate::testing::{Sign, SignedRequest};
use crate::{ConfigError, Secret, UnixTime};

/// Signs forms as Opayo Server does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::opayo_server::Signer;
/// use webhook_core::testing::Sign;
///
/// let form = b"TxType=PAYMENT&VendorTxCode=ord-558557&Status=OK";
/// let request = Signer::new("LabVendor", "SSCWEVEV6S")?.sign(form, UnixTime::from_secs(0))?;
/// assert!(request.body.starts_with(b"TxType=PAYMENT&"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    vendor: String,
    security_key: Secret,
}

impl Signer {
    /// A signer for a transaction of this vendor with this key.
    ///
    /// # Errors
    /// If the key is empty.
    pub fn new(
        vendor: impl AsRef<str>,
        security_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            vendor: vendor.as_ref().to_lowercase(),
            security_key: Secret::dangerously_short(security_key)?,
        })
    }
}

impl Sign for Signer {
    /// `body` is the form without its signature, which is put behind it.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let form = Form::read(body, &FIELDS)
            .map_err(|_| ConfigError::new("a field of the form is written twice"))?;
        let code = Message::new(&self.vendor, &form).tag(self.security_key.expose().as_bytes());
        let signature = code.to_hex().to_uppercase();
        let body = [body, b"&VPSSignature=", signature.as_bytes()].concat();
        Ok(SignedRequest::form(body))
    }
}

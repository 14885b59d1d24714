//! Says yes or no to what PayU sends.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::payment::{MEANING, updates};
use crate::crypto::{Tag, digest};
use crate::json::values;
use crate::message::Whose;
use crate::outcome::{malformed, missing};
use crate::request::Field;
use crate::verify::{Keys, buffered, decode_hex, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, IntoKeyring, Proof, Rejection, RequestHead, Secret,
    Settings, UnixTime, Verdict, Verifier,
};

pub(super) const NAME: &str = "payu";
pub(super) const HEADERS: [&str; 2] = ["openpayu-signature", "x-openpayu-signature"];

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what PayU sends to one shop.
///
/// In a configuration file, `dangerously_accept = "SHA-1"` and `refuse = "MD5"` are the two options.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::payu::PayU;
///
/// let endpoint = Endpoint::new(PayU::new("c53477e091a1b5c3792eb01ab12f43e1")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PayU {
    keys: Arc<Keys<Secret>>,
    refused: Vec<Algorithm>,
}

/// What PayU can hash with, by the names in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl PayU {
    /// Accepts what any of these second keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one is empty.
    pub fn new(second_keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        let keys = Keys::new(&[], second_keys, |key| Ok(key.clone()))?;
        Ok(Self {
            keys: Arc::new(keys),
            refused: vec![Algorithm::Sha1],
        })
    }

    /// Refuses MD5, for shops whose notifications PayU signs with SHA-2.
    #[must_use]
    pub fn refuse_md5(mut self) -> Self {
        self.refused.push(Algorithm::Md5);
        self
    }

    /// Accepts SHA-1 too.
    ///
    /// # Security
    /// Two bodies of one SHA-1 hash can be made on purpose, and have one signature under every key.
    #[must_use]
    pub fn dangerously_accept_sha1(mut self) -> Self {
        self.refused.retain(|refused| *refused != Algorithm::Sha1);
        self
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let payu = Self::new(settings.keys("secrets")?);
        let payu = payu.map_err(|error| error.of_setting("secrets"))?;
        let payu = match settings.text("dangerously_accept")? {
            None => payu,
            Some("SHA-1") => payu.dangerously_accept_sha1(),
            Some(_) => {
                let only = "`dangerously_accept` can only be `SHA-1`";
                return Err(ConfigError::new(only));
            }
        };
        match settings.text("refuse")? {
            None => Ok(payu),
            Some("MD5") => Ok(payu.refuse_md5()),
            Some(_) => Err(ConfigError::new("`refuse` can only be `MD5`")),
        }
    }
}

impl Verifier for PayU {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.keys.prints(&[NAME])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let signature = Signature::read(head)?;
        if self.refused.contains(&signature.algorithm) {
            return Err(malformed("the algorithm is not one that is accepted").into());
        }
        let keys = Arc::clone(&self.keys);
        Ok(buffered(move |body| signature.judge(&keys, body, now)))
    }
}

/// What the header says.
struct Signature {
    algorithm: Algorithm,
    given: Vec<u8>,
}

impl Signature {
    fn read(head: &RequestHead<'_>) -> Result<Self, Rejection> {
        let [new, old] = HEADERS;
        let value = match (head.header_str(new)?, head.header_str(old)?) {
            (Some(new), Some(old)) if new != old => {
                return Err(malformed("the two signature headers differ"));
            }
            (new, old) => new.or(old).unwrap_or_default().trim(),
        };
        if value.is_empty() {
            return Err(missing("the request has no signature"));
        }
        let [signature, algorithm] = parts(value)?;
        Ok(Self {
            algorithm: Algorithm::named(algorithm)
                .ok_or_else(|| malformed("the algorithm is not one that PayU has"))?,
            given: decode_hex(signature.as_bytes()),
        })
    }

    fn judge(&self, keys: &Keys<Secret>, body: &Bytes, now: UnixTime) -> Result<Verdict, Answer> {
        let matching =
            |body: &[u8]| keys.matching(now, &[&self.given], |key| self.algorithm.code(body, key));
        let trimmed = trim(body);
        let mut hashed = body.clone();
        let key = match matching(body) {
            Err(_) if trimmed.len() != body.len() => {
                hashed = body.slice_ref(trimmed);
                matching(trimmed)?
            }
            verdict => verdict?,
        };
        let body = &hashed;
        let [order, order_status, refund, refund_status] = values(
            body,
            [
                "/order/orderId",
                "/order/status",
                "/refund/refundId",
                "/refund/status",
            ],
        );
        let proof = Proof::dangerously_assert(Coverage::Body)
            .whose(&WHOSE)
            .key(key)
            .identity(&[trim(body)])
            .body(hashed.clone());
        Ok(Verdict::Authentic(match (order_status, refund_status) {
            (Some(status), None) => named(proof, "order", order, &status),
            (None, Some(status)) => named(proof, "refund", refund, &status),
            _ => proof,
        }))
    }
}

fn named(proof: Proof, what: &str, id: Option<ByteString>, status: &str) -> Proof {
    let proof = proof.kind(format!("{what}.{status}"));
    match id {
        Some(id) => proof.id(format!("{id}:{status}")),
        None => proof,
    }
}

/// `signature` and `algorithm` of the header. Every part has exactly one `=`, as PayU's code demands, and no name comes
/// twice.
fn parts(header: &str) -> Result<[&str; 2], Rejection> {
    const FAULT: Rejection = malformed("the signature header is not in its form");
    let (mut signature, mut algorithm) = (None, None);
    for part in header.strip_suffix(';').unwrap_or(header).split(';') {
        let (name, value) = part.split_once('=').ok_or(FAULT)?;
        if value.contains('=') {
            return Err(FAULT);
        }
        let slot = match name.trim() {
            "signature" => &mut signature,
            "algorithm" => &mut algorithm,
            _ => continue,
        };
        if slot.replace(value.trim()).is_some() {
            return Err(FAULT);
        }
    }
    match (signature, algorithm) {
        (Some(signature), Some(algorithm)) => Ok([signature, algorithm]),
        _ => Err(FAULT),
    }
}

/// As PHP's `trim` does.
fn trim(body: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0b);
    let start = body.iter().position(|byte| !is_blank(byte));
    let end = body.iter().rposition(|byte| !is_blank(byte));
    match (start, end) {
        (Some(start), Some(end)) => body.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "MD5" => Self::Md5,
            "SHA-1" => Self::Sha1,
            "SHA" | "SHA-256" => Self::Sha256,
            "SHA-384" => Self::Sha384,
            "SHA-512" => Self::Sha512,
            _ => return None,
        })
    }

    pub(super) fn code(self, body: &[u8], key: &Secret) -> Tag {
        let parts = [body, key.expose().as_bytes()];
        match self {
            Self::Md5 => digest::<Md5>(parts),
            Self::Sha1 => digest::<Sha1>(parts),
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }
}

const WHOSE: Whose = Whose::new().account(&[Field::Json("/order/merchantPosId")]);

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::delivery::Delivery;
    use crate::provider::payu::Signer;
    use crate::testing::support::{NOW, refused};
    use crate::testing::{FixedClock, Sign, SignedRequest, receive};
    use crate::{Endpoint, RejectionKind};

    const KEY: &str = "c53477e091a1b5c3792eb01ab12f43e1";
    const ORDER: &str = r#"{"order":{"orderId":"UXKPS3","extOrderId":"3b907aac","currencyCode":"PLN",
        "totalAmount":"2100","status":"COMPLETED"},"localReceiptDateTime":"2026-08-05T11:00:00.000+02:00"}"#;

    fn settings() -> Value {
        json!({"secrets": KEY})
    }

    fn signer(algorithm: &str) -> Signer {
        Signer::new(KEY).unwrap().algorithm(algorithm).unwrap()
    }

    fn sign(algorithm: &str) -> SignedRequest {
        signer(algorithm).sign(ORDER.as_bytes(), NOW).unwrap()
    }

    fn receive_at(payu: PayU, request: SignedRequest) -> Result<Delivery, Answer> {
        let endpoint = Endpoint::new(payu).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(receive(&endpoint, request))
    }

    #[test]
    fn accepts_the_algorithms_that_are_not_refused() {
        let payu = || PayU::new(KEY).unwrap();
        for (payu, algorithm, accepted) in [
            (payu(), "MD5", true),
            (payu(), "SHA", true),
            (payu(), "SHA-256", true),
            (payu(), "SHA-384", true),
            (payu(), "SHA-512", true),
            (payu(), "SHA-1", false),
            (payu().dangerously_accept_sha1(), "SHA-1", true),
            (payu().refuse_md5(), "MD5", false),
            (payu().refuse_md5(), "SHA-256", true),
        ] {
            let verdict = receive_at(payu, sign(algorithm));
            assert_eq!(verdict.is_ok(), accepted, "{algorithm}");
            if let Err(rejection) = verdict {
                assert_eq!(
                    rejection.into_rejection().unwrap().kind(),
                    RejectionKind::Malformed,
                    "{algorithm}"
                );
            }
        }
    }

    #[test]
    fn the_settings_say_which_algorithms() {
        let payu = |settings| PayU::from_settings(&Settings::new(settings).unwrap());
        let sha1 = payu(json!({"secrets": KEY, "dangerously_accept": "SHA-1"})).unwrap();
        assert!(receive_at(sha1, sign("SHA-1")).is_ok());
        let md5 = payu(json!({"secrets": KEY, "refuse": "MD5"})).unwrap();
        assert!(receive_at(md5, sign("MD5")).is_err());
        assert!(payu(json!({"secrets": KEY, "dangerously_accept": "CRC32"})).is_err());
        assert!(payu(json!({"secrets": KEY, "refuse": "SHA-256"})).is_err());
        assert!(payu(json!({"secrets": ""})).is_err());
    }

    #[test]
    fn a_signature_of_one_algorithm_is_none_of_another() {
        let request = sign("MD5");
        let value = request.header("openpayu-signature").unwrap();
        let value = value.replace("MD5", "SHA-256");
        let rejection = refused(NAME, settings(), request.with_header(HEADERS[0], value));
        assert_eq!(rejection.kind(), RejectionKind::BadSignature);
    }

    #[test]
    fn the_header_has_one_grammar() {
        let genuine = sign("MD5");
        let value = genuine.header(HEADERS[0]).unwrap();
        let signature = value.split(['=', ';']).nth(3).unwrap();
        let long = "a=b;".repeat(1000);
        for (value, want) in [
            (format!("{value};"), None),
            (format!("algorithm=MD5;signature={signature}"), None),
            (format!(" signature={signature}; algorithm=MD5 "), None),
            (format!("{long}signature={signature};algorithm=MD5"), None),
            (
                format!("signature={};algorithm=MD5", signature.to_uppercase()),
                None,
            ),
            (String::new(), Some(RejectionKind::MissingSignature)),
            (" ".to_owned(), Some(RejectionKind::MissingSignature)),
            (signature.to_owned(), Some(RejectionKind::Malformed)),
            (
                format!("signature={signature}"),
                Some(RejectionKind::Malformed),
            ),
            ("algorithm=MD5".to_owned(), Some(RejectionKind::Malformed)),
            (format!("{value};;"), Some(RejectionKind::Malformed)),
            (
                format!("signature={signature}=;algorithm=MD5"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("{value};signature={signature}"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("{value};algorithm=MD5"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("signature={signature};algorithm=md5"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("signature={signature},algorithm=MD5"),
                Some(RejectionKind::Malformed),
            ),
            (
                format!("signature=0x{signature};algorithm=MD5"),
                Some(RejectionKind::BadSignature),
            ),
            (
                "signature=;algorithm=MD5".to_owned(),
                Some(RejectionKind::BadSignature),
            ),
        ] {
            let request = genuine.clone().with_header(HEADERS[0], value.clone());
            let verdict = receive_at(PayU::new(KEY).unwrap(), request);
            let got = verdict
                .err()
                .map(|rejection| rejection.into_rejection().unwrap().kind());
            assert_eq!(got, want, "{value:.80}");
        }
    }

    #[test]
    fn two_headers_must_agree() {
        let genuine = sign("MD5");
        let value = genuine.header(HEADERS[0]).unwrap().to_owned();
        let both = genuine.clone().with_header(HEADERS[1], value.clone());
        assert!(receive_at(PayU::new(KEY).unwrap(), both).is_ok());
        let differ = genuine.with_header(HEADERS[1], value.replace("checkout", "other"));
        let rejection = refused(NAME, settings(), differ);
        assert_eq!(rejection.kind(), RejectionKind::Malformed);
    }

    #[test]
    fn white_space_around_the_body_is_hashed_or_trimmed() {
        let spaced = format!(" \r\n{ORDER}\n\0\t\x0b");
        for signed in [ORDER, &spaced] {
            let request = signer("SHA-256").sign(signed.as_bytes(), NOW).unwrap();
            let request = request.with_body(spaced.clone());
            assert!(receive_at(PayU::new(KEY).unwrap(), request).is_ok());
        }
        let trimmed_away = signer("MD5").sign(spaced.as_bytes(), NOW).unwrap();
        let rejection = refused(NAME, settings(), trimmed_away.with_body(ORDER));
        assert_eq!(rejection.kind(), RejectionKind::BadSignature);
    }
}

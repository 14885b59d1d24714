//! PayU in Europe: its REST API, with cards, transfers and BLIK. PayU India and PayU Latin America sign otherwise.
//!
//! | | |
//! |---|---|
//! | signature | `OpenPayU-Signature: sender=…;signature=<hex>;algorithm=MD5;content=DOCUMENT`, the older `X-OpenPayU-Signature` too: hash of the body with the key behind it |
//! | key | the text of the shop's second key |
//! | time window | none: PayU signs no time |
//! | event id | `order.orderId` and `order.status`, joined with `:`; of a refund `refund.refundId` and its status; signed |
//! | kind | `order.` or `refund.` and the status, signed |
//!
//! # What to know
//!
//! - **The signature is weak.** It is a plain hash with the key at its end, not an HMAC, and PayU uses MD5 unless told
//!   otherwise. Two bodies of one MD5 hash, which can be made on purpose, have one signature under every key. Read the
//!   order from PayU's API before you hand anything out, and let PayU sign with SHA-256 if it can.
//! - The sender names the algorithm. Accepted are `MD5`, `SHA-256` (also written `SHA`), `SHA-384` and `SHA-512`; `SHA-1`
//!   only if [asked for](PayU::dangerously_accept_sha1), MD5 unless [refused](PayU::refuse_md5).
//! - PayU's own code trims white space around the body before it hashes. Here the bytes as they came are tried first,
//!   and the trimmed ones only if they differ.
//! - PayU tries up to 20 times in three days, and may send one status more than once.
//!
//! Checked against PayU-EMEA/openpayu_php, `Util.php`, `HttpCurl.php` and `OpenPayU.php`. That PayU signs with MD5 by
//! default is general knowledge.
//!
//! # Payments
//!
//! | `order.status` | `refund.status` | status |
//! |---|---|---|
//! | `NEW`, `PENDING` | | `Pending` |
//! | `WAITING_FOR_CONFIRMATION` | | `Authorized` |
//! | `COMPLETED` | | `Paid` |
//! | `CANCELED` | | `Canceled` |
//! | `REJECTED` | | `Failed` |
//! | | `FINALIZED` | `PartiallyRefunded`: it does not say whether that was all |
//! | anything else | anything else | `Other` |
//!
//! | field | where |
//! |---|---|
//! | amount | `order.totalAmount` and `order.currencyCode`, `refund.amount` and `refund.currencyCode`; in minor units |
//! | reference | `order.extOrderId`, `extOrderId` |
//! | transaction id | `order.orderId`, `orderId` |
//! | time | `localReceiptDateTime`; of a refund `refund.statusDateTime`; where they are in RFC 3339 |

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::on_body::{Keys, on_body, require_post};
use crate::payment::read::{minor, text, time, values};
use crate::payment::{PaymentStatus, PaymentUpdate};
use crate::plain_hash::{decode_hex, digest};
use crate::registry::Provider;
use crate::scheme::{malformed, missing};
use crate::{
    Begin, ConfigError, Coverage, DecodeError, Delivery, IntoKeyring, Proof, Rejection,
    RequestHead, Secret, Settings, TimeUnit, UnixTime, Verdict, Verifier,
};

const NAME: &str = "payu";
const HEADERS: [&str; 2] = ["openpayu-signature", "x-openpayu-signature"];

pub(crate) const PROVIDER: Provider = Provider::custom(NAME, |settings| {
    Ok(Arc::new(PayU::from_settings(settings)?))
})
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
enum Algorithm {
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
        let keys = Keys::new(second_keys, |key| Ok(key.clone()))?;
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

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let payu = Self::new(settings.keys("secrets")?)?;
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
    fn provider(&self) -> &'static str {
        NAME
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<Begin, Rejection> {
        require_post(head)?;
        let signature = Signature::read(head)?;
        if self.refused.contains(&signature.algorithm) {
            return Err(malformed("the algorithm is not one that is accepted"));
        }
        let keys = Arc::clone(&self.keys);
        Ok(on_body(move |body| signature.judge(&keys, body, now)))
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
        let value = match (head.text(new)?, head.text(old)?) {
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

    fn judge(
        &self,
        keys: &Keys<Secret>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Verdict, Rejection> {
        let matching = |body: &[u8]| {
            keys.matching(now, &[&self.given], |key| self.algorithm.code(body, key))
        };
        let trimmed = trim(body);
        let key = match matching(body) {
            Err(_) if trimmed.len() != body.len() => matching(trimmed)?,
            verdict => verdict?,
        };
        let [order, order_status, refund, refund_status] = values(
            body,
            [
                "/order/orderId",
                "/order/status",
                "/refund/refundId",
                "/refund/status",
            ],
        );
        let proof = Proof::new(Coverage::Body).key(key);
        Ok(Verdict::Authentic(match (order_status, refund_status) {
            (Some(status), None) => named(proof, "order", order, &status),
            (None, Some(status)) => named(proof, "refund", refund, &status),
            _ => proof,
        }))
    }
}

fn named(proof: Proof, what: &str, id: Option<ByteString>, status: &str) -> Proof {
    let proof = proof.kind(format!("{what}.{status}"), true);
    match id {
        Some(id) => proof.id(format!("{id}:{status}"), true),
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
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "MD5" => Self::Md5,
            "SHA-1" => Self::Sha1,
            "SHA" | "SHA-256" => Self::Sha256,
            "SHA-384" => Self::Sha384,
            "SHA-512" => Self::Sha512,
            _ => return None,
        })
    }

    fn code(self, body: &[u8], key: &Secret) -> Vec<u8> {
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

fn updates(delivery: &Delivery) -> Result<Vec<PaymentUpdate>, DecodeError> {
    match delivery.kind().and_then(|kind| kind.split_once('.')) {
        Some(("order", status)) => order(delivery, status),
        Some(("refund", status)) => refund(delivery, status),
        _ => Ok(vec![PaymentUpdate::other(delivery)]),
    }
}

fn order(delivery: &Delivery, status: &str) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let [id, own_id, amount, currency, at] = values(
        delivery.body(),
        [
            "/order/orderId",
            "/order/extOrderId",
            "/order/totalAmount",
            "/order/currencyCode",
            "/localReceiptDateTime",
        ],
    );
    let currency = currency.as_deref();
    Ok(vec![PaymentUpdate {
        status: match status {
            "NEW" | "PENDING" => PaymentStatus::Pending,
            "WAITING_FOR_CONFIRMATION" => PaymentStatus::Authorized,
            "COMPLETED" => PaymentStatus::Paid,
            "CANCELED" => PaymentStatus::Canceled,
            "REJECTED" => PaymentStatus::Failed,
            _ => PaymentStatus::Other,
        },
        amount: minor(amount.as_deref(), currency, "order.totalAmount")?,
        reference: text(own_id),
        transaction_id: text(id),
        time: time(TimeUnit::Rfc3339, at.as_deref()),
        ..PaymentUpdate::other(delivery)
    }])
}

fn refund(delivery: &Delivery, status: &str) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let [id, own_id, amount, currency, at] = values(
        delivery.body(),
        [
            "/orderId",
            "/extOrderId",
            "/refund/amount",
            "/refund/currencyCode",
            "/refund/statusDateTime",
        ],
    );
    let currency = currency.as_deref();
    Ok(vec![PaymentUpdate {
        status: match status {
            "FINALIZED" => PaymentStatus::PartiallyRefunded,
            _ => PaymentStatus::Other,
        },
        amount: minor(amount.as_deref(), currency, "refund.amount")?,
        reference: text(own_id),
        transaction_id: text(id),
        time: time(TimeUnit::Rfc3339, at.as_deref()),
        ..PaymentUpdate::other(delivery)
    }])
}

/// Signs bodies as PayU does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::payu::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("c53477e091a1b5c3792eb01ab12f43e1")?.algorithm("SHA-256")?;
/// let request = signer.sign(b"{}", UnixTime::from_secs(0))?;
/// assert!(request.header("openpayu-signature").unwrap().contains("algorithm=SHA-256"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    second_key: Secret,
    algorithm: (Algorithm, String),
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this second key, by MD5.
    ///
    /// # Errors
    /// If it is empty.
    pub fn new(second_key: impl Into<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            second_key: Secret::new(second_key)?,
            algorithm: (Algorithm::Md5, "MD5".to_owned()),
        })
    }

    /// Another algorithm, by its name in the header.
    ///
    /// # Errors
    /// If PayU has none of this name.
    pub fn algorithm(self, name: &str) -> Result<Self, ConfigError> {
        let algorithm = Algorithm::named(name)
            .ok_or_else(|| ConfigError::new("PayU has no algorithm of this name"))?;
        Ok(Self {
            algorithm: (algorithm, name.to_owned()),
            ..self
        })
    }
}

#[cfg(feature = "testing")]
impl crate::testing::Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<crate::testing::SignedRequest, ConfigError> {
        let (algorithm, name) = &self.algorithm;
        let signature = const_hex::encode(algorithm.code(body, &self.second_key));
        let [header, _] = HEADERS;
        let value =
            format!("sender=checkout;signature={signature};algorithm={name};content=DOCUMENT");
        let body = Bytes::copy_from_slice(body);
        Ok(crate::testing::SignedRequest::json(body).with_header(header, value))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::test_support::{NOW, line, refused, signed};
    use crate::testing::{FixedClock, Sign, SignedRequest, receive};
    use crate::{Endpoint, FromDelivery, Outcome, RejectionKind};

    const KEY: &str = "c53477e091a1b5c3792eb01ab12f43e1";
    const ORDER: &str = r#"{"order":{"orderId":"UXKPS3","extOrderId":"3b907aac","currencyCode":"PLN",
        "totalAmount":"2100","status":"COMPLETED"},"localReceiptDateTime":"2026-08-05T11:00:00.000+02:00"}"#;
    const REFUND: &str = r#"{"orderId":"2DVZMPMFPN","extOrderId":"Order 7","refund":{"refundId":"912128",
        "amount":"15516","currencyCode":"PLN","status":"FINALIZED","statusDateTime":"2026-08-05T11:00:00.000+02:00",
        "reason":"refund","refundDate":"1395677071799"}}"#;

    fn settings() -> Value {
        json!({"secrets": KEY})
    }

    fn signer(algorithm: &str) -> Signer {
        Signer::new(KEY).unwrap().algorithm(algorithm).unwrap()
    }

    fn sign(algorithm: &str) -> SignedRequest {
        signer(algorithm).sign(ORDER.as_bytes(), NOW).unwrap()
    }

    fn receive_at(payu: PayU, request: SignedRequest) -> Result<Outcome, Rejection> {
        let endpoint = Endpoint::new(payu).clock(FixedClock::at(NOW));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(receive(&endpoint, request))
    }

    fn update(body: &str) -> Result<PaymentUpdate, DecodeError> {
        PaymentUpdate::from_delivery(&signed(NAME, settings(), &signer("MD5"), body))
    }

    #[test]
    fn orders_become_updates() {
        for (replace, with, want) in [
            ("", "", "paid | 21.00 PLN | 3b907aac | UXKPS3"),
            (
                "COMPLETED",
                "PENDING",
                "pending | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "WAITING_FOR_CONFIRMATION",
                "authorized | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "CANCELED",
                "canceled | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "REJECTED",
                "failed | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            (
                "COMPLETED",
                "MOON.LANDED",
                "other | 21.00 PLN | 3b907aac | UXKPS3",
            ),
            ("PLN", "HUF", "paid | 21.00 HUF | 3b907aac | UXKPS3"),
            ("\"2100\"", "2100", "paid | 21.00 PLN | 3b907aac | UXKPS3"),
            (r#""extOrderId":"3b907aac","#, "", "paid | 21.00 PLN | - | UXKPS3"),
        ] {
            let update = update(&ORDER.replace(replace, with)).unwrap();
            assert_eq!(line(&update), want, "{with}");
            assert_eq!(update.time, Some(NOW), "{with}");
        }
    }

    #[test]
    fn a_refund_tells_what_went_back() {
        let update = update(REFUND).unwrap();
        assert_eq!(
            line(&update),
            "partially_refunded | 155.16 PLN | Order 7 | 2DVZMPMFPN"
        );
        assert_eq!(update.event_id.as_deref(), Some("912128:FINALIZED"));
        assert_eq!(update.kind.as_deref(), Some("refund.FINALIZED"));
        assert_eq!(update.time, Some(NOW));
    }

    #[test]
    fn a_refund_that_is_not_final_is_nothing() {
        let update = update(&REFUND.replace("FINALIZED", "CANCELED")).unwrap();
        assert_eq!(update.status, PaymentStatus::Other);
    }

    #[test]
    fn a_body_of_another_shape_is_nothing() {
        for body in ["", "null", "{}", "\u{1f680}", r#"{"order":{},"refund":{}}"#] {
            assert_eq!(update(body).unwrap().status, PaymentStatus::Other, "{body}");
        }
    }

    #[test]
    fn an_amount_that_is_none_is_an_error() {
        let error = update(&ORDER.replace("2100", "21.00")).unwrap_err();
        assert_eq!(error.path(), "order.totalAmount");
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
                assert_eq!(rejection.kind(), RejectionKind::Malformed, "{algorithm}");
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
            (
                format!("{long}signature={signature};algorithm=MD5"),
                None,
            ),
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
            let got = verdict.err().map(|rejection| rejection.kind());
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
        let spaced = format!(" \r\n{ORDER}\n\0");
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

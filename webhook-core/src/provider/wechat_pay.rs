//! WeChat Pay, API v3: payments and refunds in China. Feature `asymmetric`.
//!
//! | | |
//! |---|---|
//! | signature | `Wechatpay-Signature`: base64 RSA signature (PKCS#1 v1.5, SHA-256) of `Wechatpay-Timestamp`, `Wechatpay-Nonce` and the body, each with a line feed behind it |
//! | key | WeChat Pay's public key of the id in `Wechatpay-Serial`: `PUB_KEY_ID_…`, or the serial number of a platform certificate |
//! | time window | 5 minutes both ways |
//! | event id | `id` in the body, signed |
//! | kind | `event_type` in the body, signed |
//!
//! Settings: `public_keys_by_id`, a table of PEM documents by their id; `api_v3_key`, the APIv3 key of the merchant.
//!
//! # What to know
//!
//! - `resource` in the body is encrypted (AES-256-GCM) with the APIv3 key. The delivery holds the body with what was decrypted in its place:
//!   `resource.out_trade_no` is there to be read. A resource that this key does not open is `misconfigured`, since WeChat Pay has signed it.
//! - A platform certificate is not a public key: `openssl x509 -in certificate.pem -pubkey -noout` writes the one in it, and
//!   `openssl x509 -in certificate.pem -serial -noout` its serial number, which is the id. Certificates change before they end: configure the new
//!   one beside the old one.
//! - WeChat Pay sends probes with signatures that begin with `WECHATPAY/SIGNTEST/`, and expects that they are refused.
//! - The answer is judged by its status: 200 or 204, or it tries again for a day. The JSON that its document shows for a refusal is not sent.
//! - The number of minutes is that of WeChat Pay's document as its users apply it.
//!
//! Checked against `wechatpayv3` 2.0.4 and `wechatpay-axios-plugin` 0.9.6, both of third parties. Documentation:
//! ["Payment Result Notification"](https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_1_11.shtml).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `TRANSACTION.SUCCESS` | `resource.trade_state` is `SUCCESS` | `Paid` | `resource.amount.total` |
//! | `REFUND.SUCCESS` |  | `Refund` | `resource.amount.refund`, a step of id `resource.refund_id` |
//! | `REFUND.ABNORMAL`, `REFUND.CLOSED` |  | `RefundFailed` | `resource.amount.refund`, a step of id `resource.refund_id` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `resource.amount.currency`, else `CNY`, minor units | `resource.out_trade_no` | `resource.transaction_id` | `resource.success_time`, by RFC 3339 |
//!
//! - The amounts count the smallest unit, fen. `amount.total` is what the order was for, coupons included; `amount.payer_total` what the payer has
//!   paid of it.
//! - A refund is a step, and does not say whether it was all. WeChat Pay names no currency for it: it is told in yuan.
//! - `REFUND.ABNORMAL` did not reach the payer and waits for the merchant: it may still succeed.
//!
//! Dedupe tells events apart by: `id`, kind.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::crypto::{Algorithm, RsaPublicKey, open_aes_256_gcm, rsa_public_keys};
use crate::json;
use crate::message::{Ident, Whose};
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{Paid, Refund, RefundFailed};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Code, Place, RsaPrivateKey, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{NO_MATCH, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, MatchedKey, Proof, Rejection,
    RejectionKind, RequestHead, Secret, Settings, TimeUnit, Tolerance, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(WechatPay::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_1_11.shtml")
    .setup(&[
        "Give the URL as `notify_url` with each order and each refund.",
        "In the merchant platform, open the account centre, API security. Set the APIv3 key of 32 letters and digits: it becomes `api_v3_key`.",
        "Download the public key of WeChat Pay there, and note its id. They become `public_keys_by_id`.",
    ])
    .settings(&[
        Setting::required(
            "public_keys_by_id",
            "a table of WeChat Pay's public keys (PEM) by their id, or by the serial number of the certificate that holds them",
        ),
        Setting::required(
            "api_v3_key",
            "the APIv3 key of the merchant, 32 characters, which opens what is encrypted",
        ),
        Setting::optional("tolerance_seconds", "how old a signed time may be; 300 if absent"),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&[SIGNATURE, SERIAL, TIMESTAMP, NONCE, TYPE])
    .signed("RSA-SHA256 (PKCS#1 v1.5) in base64 of: the time, the nonce, the body, each with a line feed behind it")
    .tolerance_secs(300)
    .acknowledgement("200 or 204");

const SIGNATURE: &str = "wechatpay-signature";
const SERIAL: &str = "wechatpay-serial";
const TIMESTAMP: &str = "wechatpay-timestamp";
const NONCE: &str = "wechatpay-nonce";
const TYPE: &str = "wechatpay-signature-type";

/// The one algorithm there is.
const RSA2048: &[u8] = b"WECHATPAY2-SHA256-RSA2048";

/// Where id and kind stand. How it is signed is nothing that a scheme can say.
const NAMES: Scheme = Scheme::new("wechat-pay", Algorithm::HmacSha256)
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/event_type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/resource/mchid")]);

/// Verifies what WeChat Pay sends to one merchant, and decrypts it.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::wechat_pay::WechatPay;
///
/// # const PUBLIC_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/public-key.pem"));
/// let keys = [("PUB_KEY_ID_0114232134912410000000000000", PUBLIC_KEY)]; // the text of a PEM file
/// let endpoint = Endpoint::new(WechatPay::new(keys, "MdfDArzIu9oQuHFjcTaihIHgsPGH9l9m")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct WechatPay {
    account: Arc<Account>,
    tolerance: Tolerance,
}

struct Account {
    /// In the order of their ids.
    keys: BTreeMap<Arc<str>, RsaPublicKey>,
    api_v3_key: Secret,
}

impl WechatPay {
    /// Accepts what is signed with the public key, a PEM document, of the id that the request names. `api_v3_key` opens what is encrypted.
    ///
    /// # Errors
    /// If there is no public key, two have one id, one is no RSA key of 2048 to 8192 bits in a `PUBLIC KEY` document, or the APIv3 key has not
    /// 32 bytes.
    pub fn new<I: Into<Arc<str>>, K: AsRef<str>>(
        public_keys: impl IntoIterator<Item = (I, K)>,
        api_v3_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let mut keys = BTreeMap::new();
        for (id, document) in public_keys {
            let [key] = <[_; 1]>::try_from(rsa_public_keys(document.as_ref())?)
                .map_err(|_| ConfigError::fixed("an id stands for one public key"))?;
            if keys.insert(id.into(), key).is_some() {
                return Err(ConfigError::fixed("two public keys have one id"));
            }
        }
        if keys.is_empty() || keys.contains_key("") {
            return Err(ConfigError::fixed(
                "every public key needs the id that WeChat Pay shows, and there must be one",
            ));
        }
        let api_v3_key = Secret::new(api_v3_key)?;
        if api_v3_key.expose().len() != 32 {
            return Err(ConfigError::fixed("the APIv3 key has not 32 bytes"));
        }
        Ok(Self {
            account: Arc::new(Account { keys, api_v3_key }),
            tolerance: Tolerance::secs(300),
        })
    }

    /// Another tolerance than 5 minutes both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let keys = settings.text_table("public_keys_by_id")?;
        let keys = keys.ok_or(ConfigError::fixed("`public_keys_by_id` is missing"))?;
        let wechat = Self::new(keys, settings.required("api_v3_key")?)
            .map_err(|error| error.of_setting("public_keys_by_id"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => wechat.tolerance(tolerance),
            None => wechat,
        })
    }
}

impl Verifier for WechatPay {
    fn provider(&self) -> crate::Provider {
        NAMES.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        // The public keys may be those of many merchants, and what is encrypted is opened by one of them.
        let place = [NAMES.name(), self.account.api_v3_key.expose()];
        let keys = self.account.keys.values();
        keys.map(|key| key.print(&place)).collect()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let [signature, serial, time, nonce] =
            [SIGNATURE, SERIAL, TIMESTAMP, NONCE].map(|name| required(head, name));
        let (signature, serial, time, nonce) = (signature?, serial?, time?, nonce?);
        if head.header(TYPE)?.is_some_and(|value| value != RSA2048) {
            return Err(malformed("the request is signed in another way")
                .of_header(TYPE)
                .into());
        }
        let sent_at = TimeUnit::Seconds.parse(time);
        let sent_at =
            sent_at.ok_or(malformed("the time is no number of seconds").of_header(TIMESTAMP))?;
        self.tolerance.require(sent_at, now, TimeUnit::Seconds)?;
        let key = self.account.key(serial)?;
        let signature = std::str::from_utf8(signature).ok();
        let signature = signature.and_then(|signature| Base64::decode_vec(signature).ok());
        let signature =
            signature.ok_or(malformed("the signature is not base64").of_header(SIGNATURE))?;
        let before = [time, b"\n", nonce, b"\n"].concat();
        let account = Arc::clone(&self.account);
        Ok(buffered(move |body| {
            let message = [&before[..], body, b"\n"].concat();
            let matched = account.matching(key, &message, &signature)?;
            let proof = Proof {
                ident: Ident::of(&NAMES.described()),
                ..Proof::dangerously_assert(Coverage::Body)
            };
            let proof = proof.key(matched).sent_at(sent_at);
            Ok(Verdict::Authentic(match account.opened(body)? {
                Some(opened) => proof.body(opened),
                None => proof,
            }))
        }))
    }
}

/// The value of a header without which nothing is signed.
fn required<'a>(head: &RequestHead<'a>, name: &'static str) -> Result<&'a [u8], Rejection> {
    let value = head.header(name)?.unwrap_or_default();
    match value.is_empty() {
        true => Err(missing("the request has no signature, or not all of it").of_header(name)),
        false => Ok(value),
    }
}

impl Account {
    /// The place of the key of this id.
    fn key(&self, serial: &[u8]) -> Result<usize, Rejection> {
        let at = self.keys.keys().position(|id| id.as_bytes() == serial);
        at.ok_or(
            Rejection::new(
                RejectionKind::UntrustedKey,
                "no public key of this id is configured",
            )
            .of_header(SERIAL),
        )
    }

    fn matching(
        &self,
        key: usize,
        message: &[u8],
        signature: &[u8],
    ) -> Result<MatchedKey, Rejection> {
        let (id, public) = self.keys.iter().nth(key).ok_or(NO_MATCH)?;
        match public.verifies(message, signature) {
            true => Ok(MatchedKey::new(key, Some(Arc::clone(id)))),
            false => Err(NO_MATCH),
        }
    }

    /// The body with its resource decrypted, if it has one that is encrypted.
    fn opened(&self, body: &Bytes) -> Result<Option<Bytes>, Rejection> {
        const FAULT: Rejection = malformed("the resource cannot be read");
        // Whatever it is: what was encrypted must not be passed over.
        let resource = json::member(body, "/resource").map_err(|_| FAULT)?;
        let Some(resource) = resource.filter(|resource| &**resource != b"null") else {
            return Ok(None);
        };
        let sealed: Sealed = serde_json::from_slice(&resource).map_err(|_| FAULT)?;
        if sealed.algorithm != "AEAD_AES_256_GCM" {
            return Err(malformed("the resource is encrypted in another way"));
        }
        let ciphertext = Base64::decode_vec(&sealed.ciphertext)
            .map_err(|_| malformed("the resource is not base64"))?;
        let plain = open_aes_256_gcm(
            self.api_v3_key.expose().as_bytes(),
            sealed.nonce.as_bytes(),
            sealed.associated_data.as_bytes(),
            ciphertext,
        );
        let plain = plain.ok_or(OTHER_KEY)?;
        serde_json::from_slice::<&RawValue>(&plain)
            .map_err(|_| malformed("what was decrypted is not JSON"))?;
        with_resource(body, &resource, &plain)
            .map(Some)
            .ok_or(FAULT)
    }
}

const OTHER_KEY: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "WeChat Pay has signed the request, and `api_v3_key` does not open its resource: configure the APIv3 key of the merchant",
);

/// A resource that is encrypted.
#[derive(Deserialize)]
struct Sealed {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    #[serde(default)]
    associated_data: String,
}

/// The same body with another text in the place of its resource.
fn with_resource(body: &Bytes, resource: &Bytes, other: &[u8]) -> Option<Bytes> {
    // It is a part of the body.
    let start = resource.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let before = body.get(..start)?;
    let behind = body.get(start.checked_add(resource.len())?..)?;
    Some([before, other, behind].concat().into())
}

impl fmt::Debug for WechatPay {
    /// The ids of the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.account.keys.keys();
        f.debug_struct("WechatPay")
            .field("public_keys", &ids.collect::<Vec<_>>())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// What WeChat Pay's kinds mean for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRANSACTION,
    &[
        Rule::by(
            &["TRANSACTION.SUCCESS"],
            "/resource/trade_state",
            &[("SUCCESS", Paid)],
        ),
        Rule::new(&["REFUND.SUCCESS"], Refund).places(&REFUNDED),
        Rule::new(&["REFUND.ABNORMAL", "REFUND.CLOSED"], RefundFailed).places(&REFUNDED),
    ],
);

const TRANSACTION: Places = Places::new(Unit::Minor)
    .amount(&["/resource/amount/total"])
    .currency(&["/resource/amount/currency"])
    .default_currency("CNY")
    .reference(&["/resource/out_trade_no"])
    .transaction(&["/resource/transaction_id"])
    .time(TimeUnit::Rfc3339, &["/resource/success_time"]);

const REFUNDED: Places = TRANSACTION
    .step_amount(&["/resource/amount/refund"])
    .step_id(&["/resource/refund_id"]);

/// Signs as WeChat Pay does, with a key of your own. A `resource` that is not encrypted yet is.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::wechat_pay::Signer;
/// use webhook_core::testing::Sign;
///
/// # const PRIVATE_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/private-key.pem"));
/// // What `openssl genpkey -algorithm RSA` writes.
/// let signer = Signer::new("PUB_KEY_ID_1", PRIVATE_KEY, "MdfDArzIu9oQuHFjcTaihIHgsPGH9l9m")?;
/// let body = br#"{"id":"1","event_type":"TRANSACTION.SUCCESS","resource":{"out_trade_no":"order-7"}}"#;
/// let request = signer.sign(body, UnixTime::from_secs(1_785_920_400))?;
/// assert!(!request.body.ends_with(br#""order-7"}}"#));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    id: String,
    key: RsaPrivateKey,
    api_v3_key: Secret,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this private key, a `PRIVATE KEY` document in PEM (PKCS#8), of this id.
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 bits or more, or the APIv3 key is empty.
    pub fn new(
        id: impl Into<String>,
        private_key: &str,
        api_v3_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            id: id.into(),
            key: RsaPrivateKey::new(private_key)?,
            api_v3_key: Secret::new(api_v3_key)?,
        })
    }

    /// The body with its resource encrypted, if it has one that is not.
    fn sealed(&self, body: &[u8]) -> Option<Vec<u8>> {
        use crate::crypto::seal_aes_256_gcm;

        // One nonce will do: the keys are those of tests, and a repeat is the same bytes.
        const NONCE: &str = "fdasflkja484";
        let bytes = Bytes::copy_from_slice(body);
        let plain = json::member(&bytes, "/resource").ok().flatten()?;
        if !plain.starts_with(b"{") || serde_json::from_slice::<Sealed>(&plain).is_ok() {
            return None;
        }
        let key = self.api_v3_key.expose().as_bytes();
        let sealed = seal_aes_256_gcm(key, NONCE.as_bytes(), b"transaction", plain.to_vec())?;
        let resource = serde_json::json!({
            "algorithm": "AEAD_AES_256_GCM",
            "associated_data": "transaction",
            "ciphertext": Base64::encode_string(&sealed),
            "nonce": NONCE,
        });
        with_resource(&bytes, &plain, resource.to_string().as_bytes()).map(|body| body.to_vec())
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], now: UnixTime) -> Result<SignedRequest, ConfigError> {
        const NONCE_TEXT: &str = "SU8AN892NVRMz77s2dUCK1j01X1TuiG5";
        let body = self.sealed(body).unwrap_or_else(|| body.to_vec());
        let time = now.as_secs().to_string();
        let message = [
            time.as_bytes(),
            b"\n",
            NONCE_TEXT.as_bytes(),
            b"\n",
            &body[..],
            b"\n",
        ]
        .concat();
        let signature = self.key.sign(&message)?;
        Ok(SignedRequest::json(body)
            .with_header(SERIAL, &*self.id)
            .with_header(TIMESTAMP, time)
            .with_header(NONCE, NONCE_TEXT)
            .with_header(TYPE, "WECHATPAY2-SHA256-RSA2048")
            .with_header(SIGNATURE, signature))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let keys = settings.text_table("public_keys_by_id")?;
    let id = keys.and_then(|keys| keys.first().map(|(id, _)| (*id).to_owned()));
    let id = id.ok_or(ConfigError::fixed("`public_keys_by_id` is missing"))?;
    let private_key = settings.required("private_key")?;
    let signer = Signer::new(id, private_key, settings.required("api_v3_key")?)?;
    Ok(Box::new(signer))
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    use serde_json::json;

    const ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
    const API_V3_KEY: &str = "MdfDArzIu9oQuHFjcTaihIHgsPGH9l9m";
    let settings = RsaPrivateKey::PUBLIC
        .map(|key| json!({"public_keys_by_id": {ID: key}, "api_v3_key": API_V3_KEY}));
    let mut secrets = RsaPrivateKey::secrets();
    secrets.push(API_V3_KEY.to_owned());
    let signer = Signer::new(ID, RsaPrivateKey::PEM, API_V3_KEY)?;
    Ok(vec![Sample {
        keys: &["public_keys_by_id"],
        needed: &["api_v3_key"],
        secrets,
        code: Code::Base64,
        reads: crate::testing::reads::exactly,
        bodies: Bodies::Own(Sample::BODY.to_vec()),
        signed: vec![TIMESTAMP, NONCE],
        window: Some([300; 2]),
        ..Sample::new(NAMES.name(), signer, settings, Place::Header(SIGNATURE))
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::JsonEvent;
    use crate::testing::support;

    const BODY: &[u8] = br#"{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{"out_trade_no":"order-7","n":1.50}}"#;

    fn sample() -> Sample {
        samples(&SampleKeys::new()).unwrap().remove(0)
    }

    #[test]
    fn what_is_delivered_is_decrypted_and_the_rest_is_as_it_was() {
        let request = sample().signer.sign(BODY, support::NOW).unwrap();
        assert!(!request.body.windows(7).any(|part| part == b"order-7"));
        let delivery = support::accepted("wechat-pay", sample().settings, request);
        assert_eq!(delivery.coverage(), Coverage::Body);
        assert_eq!(
            (delivery.id(), delivery.kind()),
            (Some("EV-1"), Some("TRANSACTION.SUCCESS"))
        );
        let JsonEvent(event): JsonEvent<Value> = delivery.decode().unwrap();
        assert_eq!(event["resource"]["out_trade_no"], "order-7");
        assert!(delivery.body().windows(4).any(|part| part == b"1.50"));
    }

    #[test]
    fn a_resource_that_the_key_does_not_open_is_our_own_fault() {
        let request = sample().signer.sign(BODY, support::NOW).unwrap();
        let mut settings = sample().settings;
        settings["api_v3_key"] = json!("0123456789abcdef0123456789abcdef");
        let refused = support::refused("wechat-pay", settings, request);
        assert_eq!(
            (refused.code(), refused.status().as_u16()),
            ("misconfigured", 500)
        );
    }

    /// `source` is the vector file: what each request decrypts to.
    #[test]
    fn the_resource_of_each_vector_is_what_others_have_decrypted() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/wechat-pay.json");
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let cases = file["cases"].as_array().unwrap().iter();
        let wanted: Vec<(&str, Value)> = cases
            .filter_map(|case| {
                let plain = case["expect"]["resource_base64"].as_str()?;
                let plain = Base64::decode_vec(plain).unwrap();
                Some((
                    case["name"].as_str()?,
                    serde_json::from_slice(&plain).unwrap(),
                ))
            })
            .collect();
        assert!(wanted.len() >= 4);
        let deliveries = support::vectors("wechat-pay");
        for (name, plain) in wanted {
            let (_, delivery) = deliveries.iter().find(|(own, _)| own == name).unwrap();
            let JsonEvent(event): JsonEvent<Value> = delivery.decode().unwrap();
            assert_eq!(event["resource"], plain, "{name}");
        }
    }

    #[test]
    fn keys_are_named_and_the_api_key_has_its_length() {
        let [own, other] = RsaPrivateKey::PUBLIC;
        let long = "0123456789abcdef0123456789abcdef";
        assert!(WechatPay::new([("1", own), ("2", other)], long).is_ok());
        for (keys, api_v3_key) in [
            (vec![], long),
            (vec![("", own)], long),
            (vec![("1", own), ("1", other)], long),
            (vec![("1", "no key")], long),
            (vec![("1", own)], "0123456789abcdef"),
        ] {
            assert!(WechatPay::new(keys, api_v3_key).is_err());
        }
        let both = format!("{own}\n{other}");
        assert!(WechatPay::new([("1", both)], long).is_err());
    }
}

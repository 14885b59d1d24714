//! Alipay: payments in China, by the asynchronous notification of the open platform. Feature `asymmetric`.
//!
//! | | |
//! |---|---|
//! | signature | `sign` in the form: base64 RSA signature (PKCS#1 v1.5, SHA-256) of all other fields but `sign_type`: decoded, sorted by name, `name=value` with `&` between them; empty values too |
//! | key | Alipay's public key for the application, in base64; not the application's own |
//! | time window | none: `notify_time` is signed, and Alipay names no age at which to refuse it |
//! | event id | `notify_id` in the form, signed |
//! | kind | `notify_type` in the form, signed |
//!
//! Settings: `public_keys`, one or a list, any may match; `app_id`, whose notifications are accepted.
//!
//! # What to know
//!
//! - Set `app_id`. Alipay may sign for other applications with the same key, and whoever has one of them can make it sign: what is for
//!   another one is [`WrongAudience`](crate::RejectionKind::WrongAudience). Compare `out_trade_no` and the amount with your order too.
//! - Only `RSA2` is accepted. The form names its algorithm itself, and Alipay's older `RSA` is SHA-1.
//! - Alipay takes the seven bytes `success` for a success and nothing else. An empty success of the handler becomes them; an extractor without
//!   a layer or a middleware does not see the answer.
//! - The fields are joined without a mark of where a value ends, so that a text with `&` in it could be taken for more fields. Only `body`,
//!   `passback_params` and `subject` may hold one, and nothing in them may look like a field that could stand behind them or stands elsewhere in
//!   the form: else the notification is malformed. Keep `&` out of these texts.
//! - `charset` may be `GBK`. The signature is compared all the same; texts that are not UTF-8 are read with U+FFFD.
//! - Antom and Alipay+ sign in another way, which is not read.
//!
//! Checked against Alipay's library for Node `alipay-sdk` 4.14.0 and `python-alipay-sdk` 3.4.0 of third parties. Documentation:
//! ["Asynchronous notifications"](https://opendocs.alipay.com/open/270/105902).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `trade_status_sync` | `trade_status` is `WAIT_BUYER_PAY` | `Pending` | `total_amount` |
//! | `trade_status_sync` | `refund_fee` is above 0 and `trade_status` is `TRADE_SUCCESS` or `TRADE_FINISHED` | `PartiallyRefunded` | `refund_fee` |
//! | `trade_status_sync` | `refund_fee` is above 0 and `trade_status` is `TRADE_CLOSED` | `Refunded` | `refund_fee` |
//! | `trade_status_sync` | `trade_status` is `TRADE_SUCCESS` or `TRADE_FINISHED` | `Paid` | `total_amount` |
//! | `trade_status_sync` | `trade_status` is `TRADE_CLOSED` | `Canceled` | `total_amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `CNY`, major units | `out_trade_no` | `trade_no` |  |
//!
//! - The amounts are in yuan. `total_amount` is what the order was for, and `refund_fee` all that was given back so far.
//! - `TRADE_CLOSED` is told of an order that nobody paid in time, and of one that was given back in full.
//! - `TRADE_FINISHED` is told when nothing can be given back any more; of products without refunds instead of `TRADE_SUCCESS`.
//! - The times of Alipay have no zone, so none is told.
//!
//! Dedupe tells events apart by: `notify_id`, kind.

use std::borrow::Cow;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use crate::crypto::{RsaPublicKey, rsa_public_keys};
use crate::message::{Message, Mode};
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{Canceled, Paid, PartiallyRefunded, Pending, Refunded};
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Code, Place, RsaPrivateKey, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{NO_MATCH, buffered, decode_form, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, KeyPrint, MatchedKey, Proof, Rejection,
    RejectionKind, Reply, RequestHead, Settings, UnixTime, Verdict, Verifier,
};

const NAME: &str = "alipay";

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Alipay::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://opendocs.alipay.com/open/270/105902")
    .setup(&[
        "Give the URL as `notify_url` with each order.",
        "In the open platform, open the application, its development settings, and the way of signing. Copy the public key of Alipay, which is not that of the application: it becomes `public_keys`.",
        "Copy the APPID of the application. It becomes `app_id`.",
    ])
    .settings(&[
        Setting::required(
            "public_keys",
            "Alipay's public key for the application, in base64: one or a list, any of which may match",
        ),
        Setting::optional(
            "app_id",
            "the application whose notifications are accepted; those of all if absent",
        ),
    ])
    .signed("RSA-SHA256 (PKCS#1 v1.5) in base64 of: the sorted fields of the form, but `sign` and `sign_type`; it stands in `sign`")
    .acknowledgement("200 with the text `success`");

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

const SIGN: &str = "sign";
const SIGN_TYPE: &str = "sign_type";

/// More keys than anybody needs, and few enough to try.
const MAX_KEYS: usize = 8;

/// More than any notification has, and few enough to be sorted before anything is proven.
const MAX_FIELDS: usize = 200;

/// Texts that the merchant has chosen, so that they may hold what stands between fields.
const FREE: [&str; 3] = ["body", "passback_params", "subject"];

/// Verifies what Alipay notifies one application of.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::alipay::Alipay;
///
/// # let public_key = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/public-key.pem"));
/// let endpoint = Endpoint::new(Alipay::new([public_key])?.app_id("2021000000000000"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Alipay {
    keys: Arc<[RsaPublicKey]>,
    app_id: Option<Arc<str>>,
}

impl Alipay {
    /// Accepts what is signed with any of these public keys of Alipay: in base64 as the open platform shows them, or as PEM documents.
    ///
    /// # Errors
    /// If there is none, more than 8, or one is no RSA key of 2048 to 8192 bits.
    pub fn new(
        public_keys: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, ConfigError> {
        let keys = public_keys.into_iter().map(|key| read_keys(key.as_ref()));
        let keys: Vec<RsaPublicKey> = keys.collect::<Result<Vec<_>, _>>()?.concat();
        match keys.len() {
            0 => Err(ConfigError::fixed("there is no public key")),
            1..=MAX_KEYS => Ok(Self {
                keys: keys.into(),
                app_id: None,
            }),
            _ => Err(ConfigError::fixed("there are too many public keys")),
        }
    }

    /// Accepts the notifications of this application only.
    #[must_use]
    pub fn app_id(self, id: impl Into<Arc<str>>) -> Self {
        Self {
            app_id: Some(id.into()),
            ..self
        }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let keys = settings.texts("public_keys")?;
        let keys = keys.ok_or(ConfigError::fixed("`public_keys` is missing"))?;
        let alipay = Self::new(keys).map_err(|error| error.of_setting("public_keys"))?;
        Ok(match settings.text("app_id")? {
            Some(id) => alipay.app_id(id),
            None => alipay,
        })
    }

    fn judge(&self, body: &Bytes) -> Result<Verdict, Answer> {
        let form = Fields::read(body)?;
        let sign = form.get(SIGN).unwrap_or_default();
        if sign.is_empty() {
            return Err(missing("the form has no `sign`").into());
        }
        if form.get(SIGN_TYPE) != Some(b"RSA2") {
            return Err(malformed("the form is not signed by `RSA2`").into());
        }
        let sign = std::str::from_utf8(sign).ok();
        let sign = sign.and_then(|sign| Base64::decode_vec(sign).ok());
        let sign = sign.ok_or(malformed("`sign` is not base64"))?;
        let content = form.content();
        let index = self
            .keys
            .iter()
            .position(|key| key.verifies(&content, &sign));
        let key = MatchedKey::new(index.ok_or(NO_MATCH)?, None);
        if !form.is_unambiguous() {
            return Err(AMBIGUOUS.into());
        }
        let app_id = form.text("app_id");
        if self.app_id.as_deref().is_some_and(|own| own != app_id) {
            return Err(Rejection::new(
                RejectionKind::WrongAudience,
                "the notification is for another application",
            )
            .into());
        }
        let mut proof = Proof::dangerously_assert(Coverage::Fields)
            .key(key)
            .acknowledgement(Reply::text("success"));
        let (id, kind) = (form.text("notify_id"), form.text("notify_type"));
        // Without an id, what is signed.
        proof = match id.is_empty() {
            true => proof.identity(&[&content]),
            false => proof.identity(&[id.as_bytes(), kind.as_bytes()]).id(id),
        };
        if !kind.is_empty() {
            proof = proof.kind(kind);
        }
        if !app_id.is_empty() {
            proof = proof.owner(&[&app_id], Mode::Unknown);
        }
        Ok(Verdict::Authentic(proof))
    }
}

const AMBIGUOUS: Rejection = malformed(
    "a text of the form holds what looks like another field: keep `&` out of `subject`, `body` and `passback_params`",
);

fn read_keys(key: &str) -> Result<Vec<RsaPublicKey>, ConfigError> {
    if key.contains("-----BEGIN ") {
        return rsa_public_keys(key);
    }
    let der = Base64::decode_vec(key).map_err(|_| {
        ConfigError::fixed("the public key is not base64: copy it as the open platform shows it")
    })?;
    Ok(vec![RsaPublicKey::from_spki(&der)?])
}

/// The fields of a form, decoded and sorted by their names.
struct Fields<'a>(Vec<Field<'a>>);

/// Name and value.
type Field<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

impl<'a> Fields<'a> {
    /// A field that is written twice is refused.
    fn read(form: &'a [u8]) -> Result<Self, Rejection> {
        let mut fields = Vec::new();
        for pair in form
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            if fields.len() == MAX_FIELDS {
                return Err(malformed("the form has more than 200 fields"));
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let [name, value] = [halves.next(), halves.next()].map(Option::unwrap_or_default);
            fields.push((decode_form(name), decode_form(value)));
        }
        fields.sort();
        let mut pairs = fields.windows(2);
        if pairs.any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
            return Err(malformed("a field of the form is written twice"));
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        let mut fields = self.0.iter();
        let (_, value) = fields.find(|(own, _)| **own == *name.as_bytes())?;
        Some(value)
    }

    fn text(&self, name: &str) -> Cow<'_, str> {
        String::from_utf8_lossy(self.get(name).unwrap_or_default())
    }

    /// Those that are signed.
    fn signed(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let fields = self.0.iter().map(|(name, value)| (&**name, &**value));
        fields.filter(|(name, _)| ![SIGN.as_bytes(), SIGN_TYPE.as_bytes()].contains(name))
    }

    /// What is signed.
    fn content(&self) -> Vec<u8> {
        let mut content = Vec::new();
        for (name, value) in self.signed() {
            if !content.is_empty() {
                content.push(b'&');
            }
            content.extend_from_slice(name);
            content.push(b'=');
            content.extend_from_slice(value);
        }
        content
    }

    /// Whether what is signed can only have been these fields. Else who has chosen a text of a genuine notification could send other fields
    /// with its signature. What looks like a field inside of a text cannot be one if it would be out of order there; and where it bears the
    /// name of a field that is there, it might be the true one.
    fn is_unambiguous(&self) -> bool {
        self.signed().all(|(name, value)| {
            let mut inside = value.split(|byte| *byte == b'&').skip(1);
            let is_free = FREE.iter().any(|free| free.as_bytes() == name);
            !name.iter().any(|byte| b"&=".contains(byte))
                && inside.all(|piece| {
                    let mut halves = piece.splitn(2, |byte| *byte == b'=');
                    let like = halves.next().unwrap_or_default();
                    let is_field = halves.next().is_some();
                    is_free && (!is_field || (like <= name && !self.has(like)))
                })
        })
    }

    fn has(&self, name: &[u8]) -> bool {
        self.0.iter().any(|(own, _)| **own == *name)
    }
}

impl Verifier for Alipay {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        let place = [NAME, self.app_id.as_deref().unwrap_or_default()];
        self.keys.iter().map(|key| key.print(&place)).collect()
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let account = self.clone();
        Ok(buffered(move |body| account.judge(body)))
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    let form = Fields::read(message.body())
        .map_err(|_| DecodeError::new(".", "not the form of a notification"))?;
    let texts: Vec<(Cow<'_, str>, Cow<'_, str>)> = form
        .signed()
        .map(|(name, value)| {
            (
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            )
        })
        .collect();
    let value = |name: &str| {
        let found = texts.iter().find(|(own, _)| own == name);
        found.map_or("", |(_, value)| &**value)
    };
    let base = PaymentUpdate::other(message);
    let kind = message.kind().unwrap_or_default();
    Ok(vec![MEANING.update_of(kind, value, base)?])
}

/// What Alipay's `notify_type` means for a payment.
pub const MEANING: Meaning = Meaning::new(
    TRADE,
    &[
        Rule::by(&[SYNC], STATUS, &[("WAIT_BUYER_PAY", Pending)]),
        Rule::by(
            &[SYNC],
            STATUS,
            &[
                ("TRADE_SUCCESS", PartiallyRefunded),
                ("TRADE_FINISHED", PartiallyRefunded),
                ("TRADE_CLOSED", Refunded),
            ],
        )
        .when(&[When::Positive(REFUNDED_SO_FAR)])
        .amount(&[REFUNDED_SO_FAR]),
        Rule::by(
            &[SYNC],
            STATUS,
            &[
                ("TRADE_SUCCESS", Paid),
                ("TRADE_FINISHED", Paid),
                ("TRADE_CLOSED", Canceled),
            ],
        ),
    ],
);

const SYNC: &str = "trade_status_sync";
const STATUS: &str = "/trade_status";
const REFUNDED_SO_FAR: &str = "/refund_fee";

const TRADE: Places = Places::new(Unit::Major)
    .amount(&["/total_amount"])
    .default_currency("CNY")
    .reference(&["/out_trade_no"])
    .transaction(&["/trade_no"]);

/// Signs forms as Alipay does, with a key of your own.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::alipay::Signer;
/// use webhook_core::testing::Sign;
///
/// # const PRIVATE_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/private-key.pem"));
/// let signer = Signer::new(PRIVATE_KEY)?; // what `openssl genpkey -algorithm RSA` writes
/// let form = b"notify_type=trade_status_sync&notify_id=1&trade_status=TRADE_SUCCESS";
/// let request = signer.sign(form, UnixTime::from_secs(0))?;
/// assert!(request.body.starts_with(b"notify_type="));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer(RsaPrivateKey);

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this private key, a `PRIVATE KEY` document in PEM (PKCS#8).
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 bits or more.
    pub fn new(private_key: &str) -> Result<Self, ConfigError> {
        RsaPrivateKey::new(private_key).map(Self)
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    /// `body` is the form without its signature, which is put behind it.
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let form = Fields::read(body)
            .map_err(|_| ConfigError::new("a field of the form is written twice"))?;
        let sign = self.0.sign(&form.content())?;
        let sign: String = form_urlencoded::byte_serialize(sign.as_bytes()).collect();
        let body = [body, b"&sign_type=RSA2&sign=", sign.as_bytes()].concat();
        Ok(SignedRequest::form(body))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(Signer::new(settings.required("private_key")?)?))
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    use serde_json::json;

    let body = format!(
        "notify_time=2026-08-05+17%3A00%3A00&notify_type=trade_status_sync&notify_id=evt_1&app_id=2021000000000000&charset=utf-8\
         &trade_no=2026080522001&out_trade_no=order-7&trade_status=TRADE_SUCCESS&total_amount=12.50&subject={}",
        Sample::CARD
    );
    let bare = |pem: &str| {
        let lines = pem.lines().filter(|line| !line.starts_with('-'));
        lines.collect::<String>()
    };
    let settings = RsaPrivateKey::PUBLIC.map(|key| json!({"public_keys": [bare(key)]}));
    let signer = Signer::new(RsaPrivateKey::PEM)?;
    Ok(vec![Sample {
        keys: &["public_keys"],
        secrets: RsaPrivateKey::secrets(),
        bodies: Bodies::Own(body.into()),
        coverage: Coverage::Fields,
        code: Code::Text,
        reads: crate::testing::reads::form_value,
        id: Some("evt_1"),
        ..Sample::new(NAME, signer, settings, Place::Body("&sign="))
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::support;

    const FORM: &str = "app_id=2021000000000000&notify_id=1&notify_type=trade_status_sync&out_trade_no=order-7\
                        &total_amount=0.01&trade_no=2&trade_status=WAIT_BUYER_PAY";

    fn settings() -> Value {
        samples(&SampleKeys::new()).unwrap().remove(0).settings
    }

    fn code(signed: &str, sent: impl FnOnce(String) -> String) -> &'static str {
        let signer = Signer::new(RsaPrivateKey::PEM).unwrap();
        let request = signer.sign(signed.as_bytes(), support::NOW).unwrap();
        let body = sent(String::from_utf8(request.body.to_vec()).unwrap());
        let request = request.with_body(body);
        let endpoint = crate::Endpoint::new(
            Alipay::from_settings(&Settings::new(settings()).unwrap()).unwrap(),
        );
        match support::run(crate::testing::receive(&endpoint, request)) {
            Ok(_) => "ok",
            Err(answer) => answer.code(),
        }
    }

    #[test]
    fn a_text_is_never_taken_for_fields_nor_fields_for_a_text() {
        let same = |body: String| body;
        for (texts, verdict) in [
            ("subject=mugs", "ok"),
            ("subject=a+%26+b", "ok"),
            ("subject=a%26c%3Dd", "ok"),
            ("passback_params=a%26c%3Dd", "ok"),
            ("subject=a%26body%3Dd", "ok"),
            ("body=b%26a%3Dd", "ok"),
            // Each of these could stand behind the subject, or is there.
            ("subject=a%26total%3D1", "malformed"),
            ("subject=a%26total_amount%3D999", "malformed"),
            ("subject=a%26out_trade_no%3Dother", "malformed"),
            (
                "body=a%26out_trade_no%3Dother%26passback_params%3D",
                "malformed",
            ),
            // No text of the merchant's.
            ("buyer_id=a%26b", "malformed"),
        ] {
            assert_eq!(code(&format!("{texts}&{FORM}"), same), verdict, "{texts}");
        }
        // The signature holds for each of these.
        for (from, to) in [
            (
                "&total_amount=0.01&trade_no=2",
                "&total_amount=0.01%26trade_no%3D2",
            ),
            (
                "&trade_no=2&trade_status=WAIT_BUYER_PAY",
                "&trade_no=2%26trade_status%3DWAIT_BUYER_PAY",
            ),
            (
                "app_id=2021000000000000&notify_id=1",
                "app_id=2021000000000000%26notify_id%3D1",
            ),
        ] {
            let moved = code(FORM, |body| body.replace(from, to));
            assert_eq!(moved, "malformed", "{to}");
        }
        let forged = code(
            &format!("body=a%26out_trade_no%3Dother%26passback_params%3D&{FORM}"),
            |_| String::new(),
        );
        assert_eq!(forged, "missing_signature");
    }

    #[test]
    fn no_more_than_200_fields_are_sorted() {
        let of_fields = |count: usize| {
            code(FORM, |body| {
                let own = body.matches('&').count() + 1;
                let more: String = (own..count).map(|at| format!("&more{at}=1")).collect();
                body + &more
            })
        };
        assert_eq!(of_fields(200), "bad_signature");
        assert_eq!(of_fields(201), "malformed");
    }

    #[test]
    fn a_notification_for_another_application_is_refused() {
        let signer = Signer::new(RsaPrivateKey::PEM).unwrap();
        for (app_id, code) in [("2021000000000000", None), ("2021", Some("wrong_audience"))] {
            let mut settings = settings();
            settings["app_id"] = json!(app_id);
            let request = signer.sign(FORM.as_bytes(), support::NOW).unwrap();
            match code {
                None => assert_eq!(
                    support::accepted("alipay", settings, request)
                        .account()
                        .as_deref(),
                    Some("2021000000000000")
                ),
                Some(code) => {
                    assert_eq!(support::refused("alipay", settings, request).code(), code);
                }
            }
        }
    }

    #[test]
    fn a_key_is_base64_of_an_rsa_key() {
        for key in ["", "*", "MIIB", "-----BEGIN PUBLIC KEY-----"] {
            assert!(Alipay::new([key]).is_err(), "{key}");
        }
        assert!(Alipay::new(Vec::<String>::new()).is_err());
        let key = include_str!("../testing/keys/wise/public-key.pem");
        assert!(Alipay::new([key; 8]).is_ok());
        assert!(Alipay::new([key; 9]).is_err());
    }
}

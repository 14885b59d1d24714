//! iyzico: card payments and subscriptions in Turkey.
//!
//! | | |
//! |---|---|
//! | signature | `X-IYZ-SIGNATURE-V3`: hex HMAC-SHA256 of some fields and the key itself, with nothing between them |
//! | key | the text of the account's secret key |
//! | time window | none: `iyziEventTime` is not signed |
//! | event id | `iyziReferenceCode`, **not signed** |
//! | kind | `iyziEventType`, signed where it can be told from what follows |
//!
//! # What to know
//!
//! - **Doubtful:** which fields are signed, and in which order, is known from third-party code for payments on iyzico's
//!   page and from general knowledge for the other two; none of it is confirmed by code of iyzico. Try it with your own
//!   account before you rely on it. A wrong order refuses genuine notifications; it never accepts forged ones.
//!
//!   | message | signed behind the key |
//!   |---|---|
//!   | with `token`: iyzico's own payment page | `iyziEventType`, `iyziPaymentId`, `token`, `paymentConversationId`, `status` |
//!   | with `subscriptionReferenceCode` | `iyziEventType`, `subscriptionReferenceCode`, `orderReferenceCode`, `customerReferenceCode`; the merchant's id stands **before** the key |
//!   | any other: direct payments | `iyziEventType`, `paymentId`, `paymentConversationId`, `status` |
//!
//! - Nothing stands between the fields: whoever replays a request can move characters from the end of one to the
//!   beginning of the next. Only the kind can be told for sure, where a payment's id, a number, follows a word without
//!   digits, and of the two kinds of subscription orders. **Everything else is only claimed**, and every update is
//!   `Unconfirmed`. Nothing else is covered, neither `iyziReferenceCode` nor `iyziEventTime`, and no amount is sent: ask
//!   the API before you act.
//! - The header is only sent once iyzico has switched it on for the account. `X-Iyz-Signature` and `-V2` are not
//!   looked at.
//! - iyzico calls 10 to 15 seconds after the payment and then every 15 minutes, three times in all.
//!
//! Documentation: ["Webhook"](https://docs.iyzico.com/en/advanced/webhook), where the header and the three formats are named.
//!
//! # Payments
//!
//! The status is always `Unconfirmed`. What the notification claims stands in [`unverified`](PaymentUpdate::unverified):
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `API_AUTH`, `THREE_DS_AUTH`, `CHECKOUT_FORM_AUTH`, `BKM_AUTH`, `BANK_TRANSFER_AUTH`, `CONTACTLESS_AUTH`, `CREDIT_PAYMENT_AUTH` | `status` is `SUCCESS` | `Paid` |  |
//! | `API_AUTH`, `THREE_DS_AUTH`, `CHECKOUT_FORM_AUTH`, `BKM_AUTH`, `BANK_TRANSFER_AUTH`, `CONTACTLESS_AUTH`, `CREDIT_PAYMENT_AUTH` | `status` is `FAILURE` | `Failed` |  |
//! | `API_AUTH`, `THREE_DS_AUTH`, `CHECKOUT_FORM_AUTH`, `BKM_AUTH`, `BANK_TRANSFER_AUTH`, `CONTACTLESS_AUTH`, `CREDIT_PAYMENT_AUTH` | `status` begins with `INIT_` or `PENDING_` | `Pending` |  |
//! | `THREE_DS_CALLBACK` |  | `Pending` |  |
//! | `CONTACTLESS_REFUND` | `status` is `SUCCESS` | `Refund` |  |
//! | `REFUND_RETRY_SUCCESS` |  | `Refund` |  |
//! | `REFUND_RETRY_FAILURE` |  | `RefundFailed` |  |
//! | `subscription.order.success` |  | `Paid` |  |
//! | `subscription.order.failure` |  | `Failed` |  |
//! | any other |  | `Other` |  |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all |  | `paymentConversationId` | `iyziPaymentId`, else `paymentId`, else `orderReferenceCode` | `iyziEventTime`, in milliseconds |
//!
//! - A refund does not say whether it was all, and has no id of its own.
//! - Beside the time only signed fields are read. Each form of message signs one id: `iyziPaymentId` where there is a
//!   `token`, else `orderReferenceCode` where there is a `subscriptionReferenceCode`, else `paymentId`. A message about
//!   a subscription signs neither `status` nor `paymentConversationId`.
//! - There is no amount: a notification does not say it.
//! - The list of kinds is not iyzico's own.
//!
//! Dedupe tells events apart by: signed fields, unsigned `iyziReferenceCode` and `iyziEventTime`. A repeat is handled
//! again if it is not recognised: rendered anew.

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::crypto::Tag;
use crate::json::{places, values};
use crate::message::Message;
use crate::outcome::{malformed, missing};
use crate::payment::PaymentStatus::{
    Failed, Other, Paid, Pending, Refund, RefundFailed, Unconfirmed,
};
use crate::payment::read::require;
use crate::payment::{Meaning, PaymentUpdate, Places, Rule, Unit, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{Keys, buffered, decode_hex, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, DecodeError, IntoKeyring, Proof, RequestHead, Secret,
    Settings, TimeUnit, UnixTime, Verdict, Verifier,
};
#[cfg(feature = "testing")]
use serde_json::json;

const NAME: &str = "iyzico";
const HEADER: &str = "x-iyz-signature-v3";

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Iyzico::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.iyzico.com/en/advanced/webhook",
)
.setup(&[
    "In the Merchant Portal, open Settings, Merchant Settings, Merchant Notifications, and \
         enter the URL of your endpoint.",
    "Ask iyzico to switch on the webhook signature, `X-IYZ-SIGNATURE-V3`, for the account.",
    "The secret key in Merchant Settings becomes `secrets`, the number of the merchant \
         `merchant_id`.",
])
.settings(&[
    Setting::required(
        "merchant_id",
        "the number of the merchant, shown in the Merchant Portal",
    ),
    Setting::required(
        "secrets",
        "the secret key of the account, shown in Merchant Settings: one or a list, any of \
             which may match",
    ),
])
.headers(&["x-iyz-signature-v3"])
.signed(
    "HMAC-SHA256 in hex of: the secret key and some fields of the body, with nothing \
         between them",
);

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

/// Verifies what iyzico sends to one merchant.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::iyzico::Iyzico;
///
/// let endpoint = Endpoint::new(Iyzico::new("7933455", "WvIBsUBoU2y83HnGz58nwlQIixNMzwo3")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Iyzico(Arc<Merchant>);

#[derive(Debug)]
struct Merchant {
    id: String,
    keys: Keys<SecretKey>,
}

/// A key with its MAC made ready; the key is also a part of the message.
struct SecretKey {
    secret: Secret,
    mac: Hmac<Sha256>,
}

impl Iyzico {
    /// Accepts what any of these secret keys has signed. The merchant's id is signed with notifications about
    /// subscriptions.
    ///
    /// # Errors
    /// If the id is not a number, there is no key, or one is empty.
    pub fn new(
        merchant_id: impl Into<String>,
        secret_keys: impl IntoKeyring,
    ) -> Result<Self, ConfigError> {
        let id = merchant_id.into();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ConfigError::new("the merchant's id is not a number"));
        }
        let keys = Keys::new(&[], secret_keys, SecretKey::new)?;
        Ok(Self(Arc::new(Merchant { id, keys })))
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Self::new(settings.required("merchant_id")?, settings.keys("secrets")?)
            .map_err(|error| error.of_setting("merchant_id"))
    }
}

impl Verifier for Iyzico {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.keys.prints(&[NAME, &self.0.id])
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let given = head.header(HEADER)?.unwrap_or_default().trim_ascii();
        if given.is_empty() {
            return Err(missing("the request has no signature").into());
        }
        let given = decode_hex(given);
        let merchant = Arc::clone(&self.0);
        Ok(buffered(move |body| merchant.judge(body, &given, now)))
    }
}

impl Merchant {
    fn judge(&self, body: &Bytes, given: &[u8], now: UnixTime) -> Result<Verdict, Answer> {
        let message = Form::read(body);
        if message.kind().is_empty() {
            return Err(malformed("the body has no iyziEventType").into());
        }
        let key = self
            .keys
            .matching(now, &[given], |key| message.code(&self.id, key))?;
        if !message
            .payment_id()
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            return Err(malformed("the id of the payment is not a number").into());
        }
        // As it was signed: no two ways to cut it are two events.
        let identity = message.fields().concat();
        let proof = Proof::dangerously_assert(Coverage::Fields)
            .key(key)
            .identity(&[identity.as_bytes()]);
        let proof = match message.is_kind_certain() {
            true => proof.kind(message.kind()),
            false => proof.unverified_kind(message.kind()),
        };
        let [id, time] = values(body, ["/iyziReferenceCode", "/iyziEventTime"]);
        let beside = [&id, &time].map(|text| text.as_deref().map(str::as_bytes));
        let proof = proof.identity_beside(&beside);
        Ok(Verdict::Authentic(match id {
            Some(id) => proof.unverified_id(&*id),
            None => proof,
        }))
    }
}

impl SecretKey {
    fn new(secret: &Secret) -> Result<Self, ConfigError> {
        let mac = Hmac::new_from_slice(secret.expose().as_bytes())
            .map_err(|_| ConfigError::fixed("an HMAC takes keys of any length"))?;
        Ok(Self {
            secret: secret.clone(),
            mac,
        })
    }
}

/// The three forms of a message: its signed fields in their order.
enum Form {
    Page([ByteString; 5]),
    Subscription([ByteString; 4]),
    Direct([ByteString; 4]),
}

impl Form {
    fn read(body: &Bytes) -> Self {
        let [
            kind,
            payment,
            token,
            page_payment,
            conversation,
            status,
            subscription,
            order,
            customer,
        ] = values(
            body,
            [
                "/iyziEventType",
                "/paymentId",
                "/token",
                "/iyziPaymentId",
                "/paymentConversationId",
                "/status",
                "/subscriptionReferenceCode",
                "/orderReferenceCode",
                "/customerReferenceCode",
            ],
        )
        .map(Option::unwrap_or_default);
        if !token.is_empty() {
            Self::Page([kind, page_payment, token, conversation, status])
        } else if !subscription.is_empty() {
            Self::Subscription([kind, subscription, order, customer])
        } else {
            Self::Direct([kind, payment, conversation, status])
        }
    }

    fn kind(&self) -> &str {
        let (Self::Page([kind, ..]) | Self::Subscription([kind, ..]) | Self::Direct([kind, ..])) =
            self;
        kind
    }

    fn fields(&self) -> Vec<&str> {
        let fields: &[ByteString] = match self {
            Self::Page(fields) => fields,
            Self::Subscription(fields) | Self::Direct(fields) => fields,
        };
        fields.iter().map(|field| &**field).collect()
    }

    /// What the body calls them.
    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Page(_) => &[
                "iyziEventType",
                "iyziPaymentId",
                "token",
                "paymentConversationId",
                "status",
            ],
            Self::Subscription(_) => &[
                "iyziEventType",
                "subscriptionReferenceCode",
                "orderReferenceCode",
                "customerReferenceCode",
            ],
            Self::Direct(_) => &[
                "iyziEventType",
                "paymentId",
                "paymentConversationId",
                "status",
            ],
        }
    }

    /// Whether nothing behind the kind can be a part of it.
    fn is_kind_certain(&self) -> bool {
        let kind = self.kind();
        match self {
            Self::Subscription(_) => [ORDER_PAID, ORDER_FAILED].contains(&kind),
            Self::Page(_) | Self::Direct(_) => {
                !self.payment_id().is_empty() && !kind.bytes().any(|byte| byte.is_ascii_digit())
            }
        }
    }

    /// Stands behind the kind and must be told from it.
    fn payment_id(&self) -> &str {
        match self {
            Self::Page([_, id, ..]) | Self::Direct([_, id, ..]) => id,
            Self::Subscription(_) => "",
        }
    }

    fn code(&self, merchant_id: &str, key: &SecretKey) -> Tag {
        let mut mac = key.mac.clone();
        if let Self::Subscription(_) = self {
            mac.update(merchant_id.as_bytes());
        }
        mac.update(key.secret.expose().as_bytes());
        for field in self.fields() {
            mac.update(field.as_bytes());
        }
        Tag::of(mac)
    }
}

fn updates(message: &Message) -> Result<Vec<PaymentUpdate>, DecodeError> {
    require(message.body(), ["/iyziReferenceCode"])?;
    let [at] = places(message.body(), ["/iyziEventTime"])?;
    let form = Form::read(message.body());
    // Of the fields only those of its form, as they were signed.
    let fields = form.names().iter().copied().zip(form.fields());
    let fields: Vec<(&str, &str)> = fields.chain([("iyziEventTime", at.str()?)]).collect();
    let value = |name: &str| {
        let field = fields.iter().find(|(own, _)| *own == name);
        field.map_or("", |(_, text)| *text)
    };
    let claimed = MEANING.update_of(form.kind(), value, PaymentUpdate::claimed(message))?;
    // Where one field ends and the next begins, nothing tells.
    let update = PaymentUpdate {
        status: Unconfirmed,
        ..PaymentUpdate::other(message)
    };
    Ok(vec![update.with_unverified(claimed)])
}

const ORDER_PAID: &str = "subscription.order.success";
const ORDER_FAILED: &str = "subscription.order.failure";

/// What iyzico's kinds mean for a payment. All of it is only claimed.
pub const MEANING: Meaning = Meaning::new(
    PLACES,
    &[
        Rule::by(AUTH, STATUS, &[("SUCCESS", Paid), ("FAILURE", Failed)]),
        Rule::new(AUTH, Pending).when(&[When::Begins(STATUS, &["INIT_", "PENDING_"])]),
        Rule::new(&["THREE_DS_CALLBACK"], Pending),
        Rule::by(&["CONTACTLESS_REFUND"], STATUS, &[("SUCCESS", Refund)]),
        Rule::new(&["REFUND_RETRY_SUCCESS"], Refund),
        Rule::new(&["REFUND_RETRY_FAILURE"], RefundFailed),
        Rule::new(&[ORDER_PAID], Paid),
        Rule::new(&[ORDER_FAILED], Failed),
        Rule::new(&["*"], Other),
    ],
);

/// The kinds of payments.
const AUTH: &[&str] = &[
    "API_AUTH",
    "THREE_DS_AUTH",
    "CHECKOUT_FORM_AUTH",
    "BKM_AUTH",
    "BANK_TRANSFER_AUTH",
    "CONTACTLESS_AUTH",
    "CREDIT_PAYMENT_AUTH",
];

const STATUS: &str = "/status";

/// A message has one of the three ids.
const PLACES: Places = Places::new(Unit::Major)
    .reference(&["/paymentConversationId"])
    .transaction(&["/iyziPaymentId", "/paymentId", "/orderReferenceCode"])
    .time(TimeUnit::Milliseconds, &["/iyziEventTime"]);

/// Signs bodies as iyzico does, as far as that is known.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::iyzico::Signer;
/// use webhook_core::testing::Sign;
///
/// let body = br#"{"iyziEventType": "API_AUTH", "paymentId": 7, "status": "SUCCESS"}"#;
/// let request = Signer::new("7933455", "WvIBsUBoU2y83HnGz58nwlQIixNMzwo3")?.sign(body, UnixTime::from_secs(0))?;
/// assert_eq!(request.header("x-iyz-signature-v3").map(str::len), Some(64));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    merchant_id: String,
    secret_key: Secret,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer for this merchant with this secret key.
    ///
    /// # Errors
    /// If the key is empty.
    pub fn new(
        merchant_id: impl Into<String>,
        secret_key: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            merchant_id: merchant_id.into(),
            secret_key: Secret::dangerously_short(secret_key)?,
        })
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let body = Bytes::copy_from_slice(body);
        let key = SecretKey::new(&self.secret_key)?;
        let signature = Form::read(&body).code(&self.merchant_id, &key).to_hex();
        Ok(SignedRequest::json(body).with_header(HEADER, signature))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let merchant = settings.required("merchant_id")?;
    Ok(Box::new(Signer::new(
        merchant,
        settings.first_key("secrets")?,
    )?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const MERCHANT: &str = "7933455";
    let body = json!({"iyziEventType": "API_AUTH", "paymentId": 7, "status": "SUCCESS",
        "iyziReferenceCode": "evt_1", "note": Sample::CARD});
    let [key, _] = keys.text;
    let place = Place::Header(HEADER);
    let sample = Sample::new(NAME, Signer::new(MERCHANT, key)?, secrets(keys.text), place);
    Ok(vec![Sample {
        needed: &["merchant_id"],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        ..sample
            .set("merchant_id", MERCHANT)
            .keyed(keys.text, |keys| Iyzico::new(MERCHANT, keys))
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::RejectionKind;
    use crate::testing::support::{NOW, only, refused, signed};

    const KEY: &str = "WvIBsUBoU2y83HnGz58nwlQIixNMzwo3";
    const PAGE: &str = r#"{"paymentConversationId":"c354945","merchantId":7933455,"token":"3525447e-211e",
        "status":"SUCCESS","iyziReferenceCode":"bab9cbbe","iyziEventType":"CHECKOUT_FORM_AUTH",
        "iyziEventTime":1785920400000,"iyziPaymentId":23836613}"#;
    const DIRECT: &str = r#"{"paymentConversationId":"c464455","merchantId":7933455,"paymentId":39548060,
        "status":"SUCCESS","iyziReferenceCode":"a346818d","iyziEventType":"API_AUTH",
        "iyziEventTime":1785920400000,"iyziPaymentId":1}"#;
    const ORDER: &str = r#"{"orderReferenceCode":"c43b","customerReferenceCode":"a785",
        "subscriptionReferenceCode":"09cc","iyziReferenceCode":"cb57",
        "iyziEventType":"subscription.order.success","iyziEventTime":1785920400000}"#;

    fn settings() -> Value {
        json!({"merchant_id": "7933455", "secrets": KEY})
    }

    fn signer() -> Signer {
        Signer::new("7933455", KEY).unwrap()
    }

    fn sign(body: &str) -> SignedRequest {
        signer().sign(body.as_bytes(), NOW).unwrap()
    }

    fn update(body: &str) -> PaymentUpdate {
        let delivery = signed(NAME, settings(), &signer(), body);
        only(&delivery).unwrap()
    }

    #[test]
    fn id_and_time_are_only_claimed() {
        let update = update(PAGE);
        assert_eq!((update.event_id.as_deref(), update.time), (None, None));
        let claimed = update.dangerously_trust_unverified();
        assert_eq!(claimed.event_id.as_deref(), Some("bab9cbbe"));
        assert_eq!(claimed.time, Some(NOW));
    }

    #[test]
    fn every_signed_field_counts() {
        for (body, field) in [
            (PAGE, "CHECKOUT_FORM_AUTH"),
            (PAGE, "23836613"),
            (PAGE, "3525447e"),
            (PAGE, "c354945"),
            (PAGE, "SUCCESS"),
            (DIRECT, "39548060"),
            (DIRECT, "c464455"),
            (ORDER, "09cc"),
            (ORDER, "c43b"),
            (ORDER, "a785"),
        ] {
            let altered = body.replace(field, &field.replace(['4', '3', 'C', 'c', '5'], "9"));
            assert_ne!(altered, body);
            let request = sign(body).with_body(altered);
            let rejection = refused(NAME, settings(), request);
            assert_eq!(rejection.kind(), RejectionKind::BadSignature, "{field}");
        }
    }

    #[test]
    fn the_kind_cannot_end_in_the_id_of_the_payment() {
        let genuine = sign(&DIRECT.replace("API_AUTH", "API_AUTH_REFUND"));
        let moved = DIRECT.replace("39548060", "\"_REFUND39548060\"");
        let rejection = refused(NAME, settings(), genuine.with_body(moved));
        assert_eq!(rejection.kind(), RejectionKind::Malformed);
    }

    #[test]
    fn a_subscription_is_that_of_the_configured_merchant() {
        let settings = json!({"merchant_id": "7933456", "secrets": KEY});
        let rejection = refused(NAME, settings, sign(ORDER));
        assert_eq!(rejection.kind(), RejectionKind::BadSignature);
    }

    #[test]
    fn hostile_requests_are_refused() {
        let genuine = sign(DIRECT);
        let doubled = DIRECT.replacen('{', r#"{"\u0073tatus":"SUCCESS","#, 1);
        let signature = genuine.header(HEADER).unwrap().to_owned();
        for (request, kind) in [
            (
                genuine.clone().without_header(HEADER),
                RejectionKind::MissingSignature,
            ),
            (
                genuine.clone().with_header(HEADER, " "),
                RejectionKind::MissingSignature,
            ),
            (
                genuine
                    .clone()
                    .with_header(HEADER, format!("0x{signature}")),
                RejectionKind::BadSignature,
            ),
            (
                genuine.clone().with_header(HEADER, &signature[1..]),
                RejectionKind::BadSignature,
            ),
            (genuine.clone().with_body(""), RejectionKind::Malformed),
            (
                genuine.clone().with_body(&DIRECT.as_bytes()[..60]),
                RejectionKind::Malformed,
            ),
            (
                genuine.clone().with_body("[".repeat(200_000)),
                RejectionKind::Malformed,
            ),
            (
                genuine.clone().with_body(doubled),
                RejectionKind::BadSignature,
            ),
        ] {
            let rejection = refused(NAME, settings(), request);
            assert_eq!(rejection.kind(), kind, "{rejection}");
        }
    }

    #[test]
    fn an_account_needs_a_merchant_and_a_key() {
        assert!(Iyzico::new("", KEY).is_err());
        assert!(Iyzico::new("shop", KEY).is_err());
        assert!(Iyzico::new("7933455", "").is_err());
        let settings = Settings::new(json!({"secrets": KEY})).unwrap();
        let error = Iyzico::from_settings(&settings).unwrap_err().to_string();
        assert!(error.contains("merchant_id"), "{error}");
    }
}

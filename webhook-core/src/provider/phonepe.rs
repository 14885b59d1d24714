//! PhonePe Payment Gateway: payments in India.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `Authorization` shows the hex SHA-256 of `username:password` |
//! | time window | none |
//! | event id | none |
//! | kind | `event` in the body, or the older `type`; not signed |
//!
//! Settings: `username`, and `password`: one or a list, any may match.
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the header, from a log or a proxy, can send anything. Ask PhonePe for the state of the
//!   order before you deliver: [`ORDER`] describes the notifications for a [`Confirm`](crate::Confirm).
//! - By PhonePe's document only `payload.state` says what became of an order, and `event` counts and not `type`.
//! - PhonePe waits for three to five seconds. The same event may come several times.
//! - A webhook made with "HMAC" as its authentication signs in another way, which is not read, and neither is the older `X-VERIFY`.
//!
//! ```
//! use webhook_core::provider::phonepe::{ORDER, PhonePe};
//! use webhook_core::{Confirm, Endpoint};
//!
//! # struct Order { id: String, state: String }
//! # async fn get(_: &str) -> Result<Option<Order>, std::io::Error> { Ok(None) }
//! let confirm = Confirm::new(ORDER, |lookup| async move {
//!     get(&format!("/checkout/v2/order/{}/status", lookup.unverified_id().into_unverified())).await
//! });
//! let confirm = confirm.identity(|order: &Order| format!("{} {}", order.id, order.state));
//! let endpoint = Endpoint::new(confirm.behind(PhonePe::new("webhooks", "correct horse battery")?));
//! # Ok::<(), webhook_core::ConfigError>(())
//! ```
//!
//! Checked against PhonePe's library `phonepe-pg-sdk-python` 3.0.1. Documentation:
//! ["Webhook Handling"](https://developer.phonepe.com/payment-gateway/website-integration/standard-checkout/api-integration/api-reference/webhook).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `checkout.order.completed`, `checkout.order.failed`, `pg.order.completed`, `pg.order.failed`, `CHECKOUT_ORDER_COMPLETED`, `CHECKOUT_ORDER_FAILED`, `PG_ORDER_COMPLETED`, `PG_ORDER_FAILED` | `payload.state` is `COMPLETED` | `Paid` | `payload.amount` |
//! | `checkout.order.completed`, `checkout.order.failed`, `pg.order.completed`, `pg.order.failed`, `CHECKOUT_ORDER_COMPLETED`, `CHECKOUT_ORDER_FAILED`, `PG_ORDER_COMPLETED`, `PG_ORDER_FAILED` | `payload.state` is `FAILED` | `Failed` | `payload.amount` |
//! | `checkout.order.completed`, `checkout.order.failed`, `pg.order.completed`, `pg.order.failed`, `CHECKOUT_ORDER_COMPLETED`, `CHECKOUT_ORDER_FAILED`, `PG_ORDER_COMPLETED`, `PG_ORDER_FAILED` | `payload.state` is `PENDING` | `Pending` | `payload.amount` |
//! | `pg.refund.accepted`, `PG_REFUND_ACCEPTED` |  | `RefundPending` | `payload.amount`, a step of id `payload.refundId` |
//! | `pg.refund.completed`, `pg.refund.failed`, `PG_REFUND_COMPLETED`, `PG_REFUND_FAILED` | `payload.state` is `COMPLETED` | `Refund` | `payload.amount`, a step of id `payload.refundId` |
//! | `pg.refund.completed`, `pg.refund.failed`, `PG_REFUND_COMPLETED`, `PG_REFUND_FAILED` | `payload.state` is `FAILED` | `RefundFailed` | `payload.amount`, a step of id `payload.refundId` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `pg.refund.accepted`, `PG_REFUND_ACCEPTED`, `pg.refund.completed`, `pg.refund.failed`, `PG_REFUND_COMPLETED`, `PG_REFUND_FAILED` | `INR`, minor units | `payload.originalMerchantOrderId` |  |  |
//! | all others | `INR`, minor units | `payload.merchantOrderId` | `payload.orderId` |  |
//!
//! - The amounts are in paise, and PhonePe names no currency: they are Indian rupees.
//! - A refund does not say whether it was all. The id of the step is PhonePe's id of the refund.
//! - `pg.transaction.failed` is an attempt that failed while the order is open: `Other`, as settlements of parts are.
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

use sha2::Sha256;

#[cfg(feature = "testing")]
use crate::Settings;
use crate::crypto::{Algorithm, Tag, digest};
#[cfg(any(test, feature = "testing"))]
use crate::message::Coverage;
use crate::message::MatchedKey;
use crate::payment::PaymentStatus::{Failed, Paid, Pending, Refund, RefundFailed, RefundPending};
use crate::payment::{Meaning, Places, Rule, Unit};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::verifies_by_inner;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{Place, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{Login, decode_hex};
use crate::{ConfigError, IntoKeyring, Notice, Rejection, Secret, UnixTime};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(PhonePe::of(Login::configured(NAMES, settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Payments, "https://developer.phonepe.com/payment-gateway/website-integration/standard-checkout/api-integration/api-reference/webhook",
)
.setup(&[
    "In the PhonePe Business dashboard, open Developer Settings, Webhook, and choose Create Webhook.",
    "Enter the URL, a user name and a password of 8 to 20 letters and digits, and choose the events. They become `username` and `password`.",
])
.settings(&[
    Setting::required(
        "username",
        "the user name of the webhook, as you entered it at PhonePe",
    ),
    Setting::required(
        "password",
        "the password that belongs to it: one or a list, any of which may match",
    ),
])
.headers(&[HEADER])
.signed("nothing: the sender shows the SHA-256 in hex of `username:password`");

const HEADER: &str = "authorization";

/// Where the kind stands. What is shown is no more than a token, so it is not signed.
const NAMES: Scheme = Scheme::new("phonepe", Algorithm::Token)
    .kind(&[Field::Json("/event"), Field::Json("/type")])
    .meaning(&MEANING);

/// What a notification names: your own id of the order, by which PhonePe says its state.
pub const ORDER: Notice = Notice::new(
    NAMES.name(),
    &[
        Field::Json("/payload/merchantOrderId"),
        Field::Json("/payload/originalMerchantOrderId"),
    ],
);

/// Verifies that a request shows the hash of user name and password of a webhook with PhonePe.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::phonepe::PhonePe;
///
/// let endpoint = Endpoint::new(PhonePe::new("webhooks", ["new password 1", "old password 1"])?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PhonePe(Login);

impl PhonePe {
    /// Accepts this user name with any of these passwords.
    ///
    /// # Errors
    /// If the name or a password is empty, there is none, or the name holds a colon, so that its end would be uncertain.
    pub fn new(
        username: impl Into<String>,
        passwords: impl IntoKeyring,
    ) -> Result<Self, ConfigError> {
        Login::new(NAMES, username, passwords).map(Self::of)
    }

    fn of(login: Login) -> Self {
        Self(login.shown_as(judge))
    }
}

verifies_by_inner!(PhonePe);

/// The password whose hash is shown.
fn judge(login: &Login, given: &[u8], now: UnixTime) -> Result<MatchedKey, Rejection> {
    let given = decode_hex(given);
    let tag = |password: &Secret| token(login.username(), password);
    login.passwords().matching(now, &[&given], tag)
}

/// What is shown.
fn token(username: &Secret, password: &Secret) -> Tag {
    digest::<Sha256>([username.expose(), ":", password.expose()])
}

/// What PhonePe's kinds mean for a payment. None of it is signed.
pub const MEANING: Meaning = Meaning::new(
    PAID_ORDER,
    &[
        Rule::by(
            &[
                "checkout.order.completed",
                "checkout.order.failed",
                "pg.order.completed",
                "pg.order.failed",
                "CHECKOUT_ORDER_COMPLETED",
                "CHECKOUT_ORDER_FAILED",
                "PG_ORDER_COMPLETED",
                "PG_ORDER_FAILED",
            ],
            STATE,
            &[
                ("COMPLETED", Paid),
                ("FAILED", Failed),
                ("PENDING", Pending),
            ],
        ),
        Rule::new(&["pg.refund.accepted", "PG_REFUND_ACCEPTED"], RefundPending).places(&REFUNDED),
        Rule::by(
            &[
                "pg.refund.completed",
                "pg.refund.failed",
                "PG_REFUND_COMPLETED",
                "PG_REFUND_FAILED",
            ],
            STATE,
            &[("COMPLETED", Refund), ("FAILED", RefundFailed)],
        )
        .places(&REFUNDED),
    ],
);

const STATE: &str = "/payload/state";

const PAID_ORDER: Places = Places::new(Unit::Minor)
    .amount(&["/payload/amount"])
    .default_currency("INR")
    .reference(&["/payload/merchantOrderId"])
    .transaction(&["/payload/orderId"]);

/// It names the order by the merchant's id only.
const REFUNDED: Places = Places::new(Unit::Minor)
    .step_amount(&["/payload/amount"])
    .step_id(&["/payload/refundId"])
    .default_currency("INR")
    .reference(&["/payload/originalMerchantOrderId"]);

/// Shows the hash of user name and password as PhonePe does.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::phonepe::Signer;
/// use webhook_core::testing::Sign;
///
/// let signer = Signer::new("webhooks", "correct horse battery")?;
/// let request = signer.sign(br#"{"event":"checkout.order.completed"}"#, UnixTime::from_secs(1_785_920_400))?;
/// assert_eq!(request.header("authorization").map(str::len), Some(64));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    username: Secret,
    password: Secret,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this user name and password.
    ///
    /// # Errors
    /// If one of them is empty.
    pub fn new(
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            username: Secret::dangerously_short(username)?,
            password: Secret::dangerously_short(password)?,
        })
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        let token = token(&self.username, &self.password).to_hex();
        Ok(SignedRequest::json(body.to_vec()).with_header(HEADER, token))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let username = settings.required("username")?;
    let password = settings.first_key("password")?;
    Ok(Box::new(Signer::new(username, password)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    use serde_json::json;

    const USER: &str = "webhooks";
    let [password, _] = keys.text;
    let signer = Signer::new(USER, password)?;
    let shown = token(&signer.username, &signer.password).to_hex();
    let settings = keys
        .text
        .map(|key| json!({"username": USER, "password": [key]}));
    let sample = Sample::new(NAMES.name(), signer, settings, Place::Header(HEADER));
    Ok(vec![Sample {
        keys: &["password"],
        needed: &["username"],
        coverage: Coverage::SenderOnly,
        id: None,
        secrets: vec![password.to_owned(), shown],
        ..sample.keyed(keys.text, |keys| PhonePe::new(USER, keys))
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{receive, support};
    use crate::{Confirm, Confirmed, Endpoint};

    fn request_with(body: &str) -> SignedRequest {
        let signer = Signer::new("user", "the old password").unwrap();
        signer.sign(body.as_bytes(), support::NOW).unwrap()
    }

    fn request() -> SignedRequest {
        request_with(r#"{"event":"checkout.order.completed"}"#)
    }

    #[test]
    fn an_order_is_looked_up_and_of_a_refund_the_one_it_is_of() {
        for (body, order) in [
            (
                r#"{"event":"checkout.order.completed","payload":{"merchantOrderId":"TX7"}}"#,
                "TX7",
            ),
            (
                r#"{"event":"pg.refund.completed","payload":{"merchantRefundId":"R7","originalMerchantOrderId":"TX8"}}"#,
                "TX8",
            ),
        ] {
            let confirm = Confirm::new(ORDER, |lookup| {
                let id = lookup.unverified_id().into_unverified().to_owned();
                async move { Ok::<_, ()>(Some(id)) }
            });
            let endpoint = Endpoint::new(confirm.identity(|id: &String| id.clone()));
            let delivery = support::run(receive(&endpoint, request_with(body))).unwrap();
            let orders: Confirmed<String> = delivery.decode().unwrap();
            assert!(orders.iter().eq([order]), "{body}");
        }
    }

    #[test]
    fn any_password_may_match_and_the_hash_is_written_in_any_case() {
        let settings =
            json!({"username": "user", "password": ["the new password", "the old password"]});
        let shown = request().header(HEADER).unwrap().to_owned();
        for shown in [shown.clone(), shown.to_uppercase(), format!(" {shown} ")] {
            let request = request().with_header(HEADER, shown);
            let delivery = support::accepted("phonepe", settings.clone(), request);
            assert_eq!(delivery.key().map(MatchedKey::index), Some(1));
            assert_eq!(delivery.coverage(), Coverage::SenderOnly);
            assert!(delivery.kind().is_none() && delivery.unverified_kind().is_some());
        }
    }

    #[test]
    fn the_colon_is_at_one_place_only() {
        let settings = json!({"username": "us", "password": "er:the old password"});
        let refused = support::refused("phonepe", settings, request());
        assert_eq!(refused.code(), "bad_signature");
        assert!(PhonePe::new("user:the", "old password").is_err());
    }
}

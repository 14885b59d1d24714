//! Square: payments, orders, subscriptions and what else happens to a seller.
//!
//! | | |
//! |---|---|
//! | signature | `x-square-hmacsha256-signature`: base64 HMAC-SHA256 of the notification URL and the body, with nothing between them |
//! | key | the text of the subscription's signature key |
//! | time window | none: Square signs no time |
//! | event id | `event_id` in the body, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - The URL is signed exactly as it stands in the developer console: scheme, case, path, trailing slash, query.
//!   Configure that text. It is never taken from the request, because proxies change host, scheme and port.
//! - The older `x-square-signature`, with SHA-1, is not looked at.
//! - How often a delivery was tried stands in headers that are not signed.
//!
//! Checked against Square's libraries `squareup` 46.0.0 (Python) and `square` 46.0.0 (JavaScript). Documentation:
//! ["Verify and validate an event notification"](https://developer.squareup.com/docs/webhooks/step3validate).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` and `data.object.payment.refunded_money.amount` equals `data.object.payment.total_money.amount` and `data.object.payment.refunded_money.amount` is not `0` | `Refunded` | `data.object.payment.refunded_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` and `data.object.payment.refunded_money.amount` is there and `data.object.payment.refunded_money.amount` is not `0` | `PartiallyRefunded` | `data.object.payment.refunded_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` | `Paid` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `APPROVED` | `Authorized` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `PENDING` | `Pending` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `CANCELED` | `Canceled` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `FAILED` | `Failed` | `data.object.payment.amount_money.amount` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `INQUIRY_EVIDENCE_REQUIRED` or `INQUIRY_PROCESSING` or `EVIDENCE_REQUIRED` or `PROCESSING` | `Disputed` | `data.object.dispute.amount_money.amount` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `WON` or `INQUIRY_CLOSED` | `DisputeWon` | `data.object.dispute.amount_money.amount` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `LOST` or `ACCEPTED` | `DisputeLost` | `data.object.dispute.amount_money.amount` |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `PAID` | `Paid` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `SCHEDULED` or `UNPAID` or `PARTIALLY_PAID` or `PAYMENT_PENDING` | `Pending` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `FAILED` | `Failed` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `CANCELED` | `Canceled` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `REFUNDED` | `Refunded` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `PARTIALLY_REFUNDED` | `PartiallyRefunded` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `PENDING` | `Pending` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `ACTIVE` | `SubscriptionActive` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `PAUSED` | `SubscriptionPaused` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `CANCELED` or `DEACTIVATED` or `COMPLETED` | `SubscriptionCanceled` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.amount_money.currency`, minor units |  | `data.object.dispute.disputed_payment.payment_id` | `created_at`, by RFC 3339 |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` |  |  | `data.object.invoice.id` | `created_at`, by RFC 3339 |
//! | `subscription.created`, `subscription.updated` |  |  | `data.object.subscription.id` | `created_at`, by RFC 3339 |
//! | all others | `data.object.payment.amount_money.currency`, minor units | `data.object.payment.reference_id` | `data.object.payment.id` | `created_at`, by RFC 3339 |
//!
//! - Amounts are without tips.
//! - `refunded_money` is **all that went back so far**. `refund.…` is `Other`: a refund does not say whether it was the
//!   rest, and Square sends a `payment.updated` with it.
//! - A completed payment is told again whenever something is added to it, such as the fee.
//!
//! Dedupe tells events apart by: `event_id`, kind.

mod payment;

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use payment::MEANING;

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::delivery::require_events_of;
use crate::json::Slice;
use crate::json::decode;
use crate::json::document;
use crate::message::Whose;
use crate::provider::about::About;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{
    Answer, BodyCheck, ConfigError, DecodeError, Delivery, EventKind, FromDelivery, IntoKeyring,
    RawJson, RequestHead, Text, UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new("https://developer.squareup.com/docs/webhooks/step3validate")
    .setup(&[
        "In the developer console, open the application and Webhooks, Subscriptions, and add one with the URL and its events.",
        "Copy its signature key. It becomes `secrets`.",
        "Copy its notification URL as it stands there. It becomes `public_url`.",
    ]);

/// Base64 HMAC-SHA256 of the notification URL and the body.
pub const SCHEME: Scheme = Scheme::new("square", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&["EAAA", "sq0", "sandbox-sq0"]))
    .signature(Signature::header("x-square-hmacsha256-signature").encoding(Encoding::Base64))
    .signed_content(&[Part::PublicUrl, Part::Body])
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .with_events()
    .meaning(&MEANING);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/merchant_id")]);

/// Verifies what Square sends to one subscription.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::square::Square;
///
/// let square = Square::new(["the new key", "the old key"], "https://shop.example/webhooks/square")?;
/// let endpoint = Endpoint::new(square);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Square(SchemeVerifier);

impl Square {
    /// Accepts what any of these keys has signed for `public_url`: the notification URL exactly as it stands in
    /// the developer console.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(keys: impl IntoKeyring, public_url: impl Into<String>) -> Result<Self, ConfigError> {
        SCHEME.verifier(keys)?.public_url(public_url).map(Self)
    }
}

impl Verifier for Square {
    fn provider(&self) -> crate::Provider {
        self.0.provider()
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        self.0.key_prints()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.0.replay_window()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        self.0.begin(head, now)
    }
}

/// Names of kinds of events, for `match event.kind.as_str()`. Square has many more; all of them arrive.
pub mod kind {
    /// A dispute was opened.
    pub const DISPUTE_CREATED: &str = "dispute.created";
    /// A dispute has another state.
    pub const DISPUTE_STATE_UPDATED: &str = "dispute.state.updated";
    /// A payment for an invoice was made.
    pub const INVOICE_PAYMENT_MADE: &str = "invoice.payment_made";
    /// A seller has revoked the app's authorisation.
    pub const OAUTH_AUTHORIZATION_REVOKED: &str = "oauth.authorization.revoked";
    /// An order was made.
    pub const ORDER_CREATED: &str = "order.created";
    /// An order was changed.
    pub const ORDER_UPDATED: &str = "order.updated";
    /// A payment was made.
    pub const PAYMENT_CREATED: &str = "payment.created";
    /// A payment was changed: its `status` says what came of it.
    pub const PAYMENT_UPDATED: &str = "payment.updated";
    /// A refund was made.
    pub const REFUND_CREATED: &str = "refund.created";
    /// A refund was changed: its `status` says what came of it.
    pub const REFUND_UPDATED: &str = "refund.updated";
    /// A subscription was made.
    pub const SUBSCRIPTION_CREATED: &str = "subscription.created";
    /// A subscription was changed.
    pub const SUBSCRIPTION_UPDATED: &str = "subscription.updated";
}

/// An event: the envelope that all kinds share.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::square::{Event, kind};
///
/// #[derive(serde::Deserialize)]
/// struct Object { payment: Payment }
///
/// #[derive(serde::Deserialize)]
/// struct Payment { id: String, status: String }
///
/// fn handle(event: Event) -> Result<(), DecodeError> {
///     if event.kind == kind::PAYMENT_UPDATED {
///         let Object { payment } = event.decode()?;
///         println!("payment {} is {}", payment.id, payment.status);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// The event's id. Retries carry the same one.
    pub event_id: Text,
    /// What happened.
    pub kind: EventKind,
    /// Which seller it happened to.
    pub merchant_id: Option<Text>,
    /// Which of the seller's locations it happened at.
    pub location_id: Option<Text>,
    /// When it happened, in RFC 3339.
    pub created_at: Option<Text>,
    /// What it happened to.
    pub data: Option<Data>,
}

/// What an event happened to.
///
/// ```
/// use webhook_core::provider::square::Event;
///
/// fn payment_id(event: &Event) -> Option<&str> {
///     let data = event.data.as_ref()?;
///     data.id.as_deref().filter(|_| data.kind.as_deref() == Some("payment"))
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Data {
    /// What it is, such as `payment`.
    pub kind: Option<Text>,
    /// Its id.
    pub id: Option<Text>,
    /// An object with one member, which is named for what it is: `{"payment": {…}}`. Absent when it was deleted.
    pub object: Option<RawJson>,
}

impl Event {
    /// Reads `data.object` as your type.
    ///
    /// # Errors
    /// If it is absent or of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        const PLACE: &str = "data.object";
        let object = self.data.as_ref().and_then(|data| data.object.as_ref());
        let object = object.ok_or_else(|| DecodeError::new(PLACE, "missing"))?;
        object.decode().map_err(|error| error.inside(PLACE))
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(SCHEME.name(), delivery)?;
        document(delivery.body(), Self::read)
    }
}

impl Event {
    fn read(body: &Bytes) -> Result<Self, DecodeError> {
        let fields: Fields<'_> = decode(body)?;
        let text = |slice: Option<Slice<'_>>| slice.map(|slice| slice.into_text(body));
        Ok(Self {
            event_id: fields.event_id.into_text(body),
            kind: fields.kind.into_text(body).into(),
            merchant_id: text(fields.merchant_id),
            location_id: text(fields.location_id),
            created_at: text(fields.created_at),
            data: fields.data.map(|data| Data {
                kind: text(data.kind),
                id: text(data.id),
                object: data.object.map(|object| RawJson::share(body, object)),
            }),
        })
    }
}

impl fmt::Debug for Event {
    /// Says which event it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event_id", &self.event_id)
            .field("kind", &self.kind)
            .field("created_at", &self.created_at)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Data {
    /// Says what it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("object", &self.object)
            .finish()
    }
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    event_id: Slice<'a>,
    #[serde(borrow, rename = "type")]
    kind: Slice<'a>,
    #[serde(borrow)]
    merchant_id: Option<Slice<'a>>,
    #[serde(borrow)]
    location_id: Option<Slice<'a>>,
    #[serde(borrow)]
    created_at: Option<Slice<'a>>,
    #[serde(borrow)]
    data: Option<DataFields<'a>>,
}

#[derive(Deserialize)]
struct DataFields<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Slice<'a>>,
    #[serde(borrow)]
    id: Option<Slice<'a>>,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = Sample::of_scheme(SCHEME, keys)?.made_by(|keys| Square::new(keys, Sample::URL));
    Ok(vec![sample.set("public_url", Sample::URL)])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Signer;
    use crate::testing::support;
    use crate::{Settings, provider};

    const URL: &str = "https://shop.example/hooks/square";

    fn delivery(body: &str) -> Delivery {
        let signer = Signer::new(SCHEME, "a key for tests")
            .unwrap()
            .public_url(URL);
        let settings = json!({"secrets": "a key for tests", "public_url": URL});
        support::signed("square", settings, &signer, body)
    }

    fn event(body: &str) -> Result<Event, DecodeError> {
        Event::from_delivery(&delivery(body))
    }

    const PAID: &str = r#"{
        "merchant_id": "6SSW7HV8K2ST5", "location_id": "LH2G9W2C8ZV5N", "type": "payment.updated",
        "event_id": "13b867cf-db3d-4b1c-90b6-2f32a9d78124", "created_at": "2026-08-05T09:00:00.120Z",
        "data": {"type": "payment", "id": "KkAkhdMsgzn59SM8A89WgKwekxLZY",
            "object": {"payment": {"status": "COMPLETED", "note": "canary"}}}
    }"#;

    #[test]
    fn reads_the_envelope() {
        let event = event(PAID).unwrap();
        assert_eq!(event.event_id, "13b867cf-db3d-4b1c-90b6-2f32a9d78124");
        assert_eq!(event.kind, kind::PAYMENT_UPDATED);
        assert_eq!(event.merchant_id.as_deref(), Some("6SSW7HV8K2ST5"));
        assert_eq!(event.location_id.as_deref(), Some("LH2G9W2C8ZV5N"));
        assert_eq!(
            event.created_at.as_deref(),
            Some("2026-08-05T09:00:00.120Z")
        );
        let shown = format!("{event:?}");
        assert!(
            shown.contains(r#"Data { kind: Some("payment"), id: "#),
            "{shown}"
        );
        let data = event.data.unwrap();
        assert_eq!(data.kind.as_deref(), Some("payment"));
        assert_eq!(data.id.as_deref(), Some("KkAkhdMsgzn59SM8A89WgKwekxLZY"));
        assert!(data.object.unwrap().get().contains("COMPLETED"));
    }

    #[test]
    fn the_object_decodes_as_a_type_of_the_user() {
        #[derive(Debug, Deserialize)]
        struct Object {
            payment: Payment,
        }
        #[derive(Debug, Deserialize)]
        struct Payment {
            status: String,
        }
        let decoded = event(PAID)
            .unwrap()
            .decode::<Object>()
            .map(|o| o.payment.status);
        assert_eq!(decoded.as_deref(), Ok("COMPLETED"));
        let other = PAID.replace(r#""COMPLETED""#, "1");
        let error = event(&other).unwrap().decode::<Object>().unwrap_err();
        assert_eq!(error.path(), "data.object.payment.status");
        let none = event(r#"{"event_id":"1","type":"t"}"#).unwrap();
        assert_eq!(none.decode::<Object>().unwrap_err().path(), "data.object");
    }

    #[test]
    fn every_accepted_vector_is_an_event() {
        for (case, delivery) in support::vectors("square") {
            let event = Event::from_delivery(&delivery).unwrap();
            assert_eq!(Some(event.kind.as_str()), delivery.kind(), "{case}");
            assert_eq!(Some(event.event_id.as_str()), delivery.id(), "{case}");
        }
    }

    #[test]
    fn a_kind_from_the_future_with_nothing_but_an_id_is_an_event() {
        for body in [
            r#"{"event_id":"1","type":"moon.landed"}"#,
            r#"{"event_id":"1","type":"moon.landed","data":null,"new":{}}"#,
            r#"{"event_id":"1","type":"moon.landed","data":{"deleted":true}}"#,
        ] {
            assert_eq!(event(body).unwrap().kind, "moon.landed", "{body}");
        }
    }

    #[test]
    fn names_the_place_of_another_type() {
        for (body, path) in [
            (r#"{"event_id":7,"type":"t"}"#, "event_id"),
            (r#"{"event_id":"1","type":[]}"#, "type"),
            (r#"{"event_id":"1","type":"t","data":{"id":1}}"#, "data.id"),
            (r#"{"event_id":"1"}"#, "."),
            ("", "."),
        ] {
            assert_eq!(event(body).unwrap_err().path(), path, "{body}");
        }
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_event() {
        let (_, delivery) = support::vectors("github").remove(0);
        assert_eq!(Event::from_delivery(&delivery).unwrap_err().path(), ".");
    }

    #[test]
    fn debug_does_not_show_the_object() {
        let shown = format!("{:?}", event(PAID).unwrap());
        assert!(shown.contains("payment.updated") && !shown.contains("canary"));
    }

    #[test]
    fn an_account_without_its_url_is_refused() {
        let settings = Settings::new(json!({"secrets": "a key for tests"})).unwrap();
        let error = provider::by_name("square", &settings).unwrap_err();
        assert!(error.to_string().contains("public_url"));
        assert!(Square::new("a key for tests", "shop.example/hooks").is_err());
        assert_eq!(
            Square::new("a key for tests", URL)
                .unwrap()
                .provider()
                .name(),
            "square"
        );
    }
}

//! Snapshot events.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::objects::Object;
use crate::delivery::require_events_of;
use crate::json::{Document, Raw, Slice, decode, document};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text, UnixTime};

/// A snapshot event: what happened, and the object as it was then.
///
/// Needs an `id` and a `type`; whatever else is missing or new does not matter. `Debug` shows nothing of the
/// object.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::stripe::{Event, Object, kind};
///
/// fn paid_amount(event: &Event) -> Result<Option<i64>, DecodeError> {
///     match event.object()? {
///         Object::Invoice(invoice) if event.kind == kind::INVOICE_PAID => Ok(invoice.amount_paid),
///         _ => Ok(None),
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// The id, `evt_…`. Retries carry the same.
    pub id: Text,
    /// What happened, such as `invoice.paid`. The common ones are in [`kind`](super::kind).
    pub kind: EventKind,
    /// When it happened.
    pub created: Option<UnixTime>,
    /// Whether real money is meant. `false` also if the event does not say: only a clear `true` is live.
    pub livemode: bool,
    /// The API version in which the object is written.
    pub api_version: Option<Text>,
    /// Connect: the account, `acct_…`, on which it happened.
    pub account: Option<Text>,
    /// The context of an organisation's account, where events go to an organisation.
    pub context: Option<Text>,
    /// How many endpoints have not yet acknowledged the event.
    pub pending_webhooks: Option<u64>,
    /// The API request that caused it, if one did.
    pub request: Option<RequestInfo>,
    /// The object.
    pub data: EventData,
}

/// The object of an event, as JSON.
///
/// ```
/// use webhook_core::provider::stripe::Event;
///
/// fn has_changed(event: &Event) -> bool {
///     event.data.previous_attributes.is_some()
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EventData {
    /// The object after the event. [`Event::object`] and [`Event::decode`] read it.
    pub object: Option<RawJson>,
    /// The former values of what has changed, in events of a kind `….updated`.
    pub previous_attributes: Option<RawJson>,
}

/// The API request that caused an event.
///
/// ```
/// use webhook_core::provider::stripe::Event;
///
/// fn is_mine(event: &Event, key: &str) -> bool {
///     event.request.as_ref().is_some_and(|request| request.idempotency_key.as_deref() == Some(key))
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RequestInfo {
    /// The id of the request, `req_…`.
    pub id: Option<Text>,
    /// The idempotency key that the request was sent with.
    pub idempotency_key: Option<Text>,
}

impl Event {
    /// The object, typed if it is one of those in [`Object`].
    ///
    /// # Errors
    /// If there is no object, or it differs from Stripe's description; the path begins with `data.object`.
    pub fn object(&self) -> Result<Object, DecodeError> {
        Object::read(self.raw_object()?).map_err(in_object)
    }

    /// The object as your own type, or as one of this module whatever its name says.
    ///
    /// # Errors
    /// If there is no object, or it is of another shape; the path begins with `data.object`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.raw_object()?.decode().map_err(in_object)
    }

    fn raw_object(&self) -> Result<&RawJson, DecodeError> {
        let missing = || DecodeError::new(DATA_OBJECT, "missing");
        self.data.object.as_ref().ok_or_else(missing)
    }

    pub(super) fn read(body: &Document) -> Result<Self, DecodeError> {
        let envelope: Envelope<'_> = body.envelope()?;
        let text = |slice: Option<Slice<'_>>| slice.map(|slice| slice.into_text(body));
        if text(envelope.object).is_some_and(|object| object == THIN_OBJECT) {
            let problem = "a thin event: read it as `stripe::ThinEvent`";
            return Err(DecodeError::new("object", problem));
        }
        let data = envelope.data.unwrap_or_default();
        Ok(Self {
            id: required("id", text(envelope.id))?,
            kind: required("type", text(envelope.kind))?.into(),
            created: envelope.created.map(created).transpose()?,
            livemode: envelope.livemode.unwrap_or_default(),
            api_version: text(envelope.api_version),
            account: text(envelope.account),
            context: text(envelope.context),
            pending_webhooks: envelope.pending_webhooks,
            request: envelope.request.map(|request| request.share(body)),
            data: EventData {
                object: data.object.map(|raw| body.json(raw)),
                previous_attributes: data.previous_attributes.map(|raw| body.json(raw)),
            },
        })
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        document(stripe_body(delivery)?, Self::read)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("created", &self.created)
            .field("livemode", &self.livemode)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestInfo {
    /// Without the idempotency key, which the caller of the API has made of who knows what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestInfo")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What a thin event has in its field `object`.
pub(super) const THIN_OBJECT: &str = "v2.core.event";

/// The body of a delivery of Stripe's.
pub(super) fn stripe_body(delivery: &Delivery) -> Result<&Bytes, DecodeError> {
    require_events_of("stripe", delivery)?;
    Ok(delivery.body())
}

pub(super) fn required(name: &str, text: Option<Text>) -> Result<Text, DecodeError> {
    text.ok_or_else(|| DecodeError::new(name, "missing"))
}

const DATA_OBJECT: &str = "data.object";

fn in_object(error: DecodeError) -> DecodeError {
    error.inside(DATA_OBJECT)
}

fn created(json: Raw<'_>) -> Result<UnixTime, DecodeError> {
    match decode(json.get().as_bytes()) {
        Ok(secs) => Ok(UnixTime::from_secs(secs)),
        Err(_) => Err(DecodeError::new("created", "not a number of seconds")),
    }
}

/// The body as it stands; `created` is kept raw because thin events write it in another way.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<Slice<'a>>,
    #[serde(borrow)]
    object: Option<Slice<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Slice<'a>>,
    #[serde(borrow)]
    created: Option<Raw<'a>>,
    livemode: Option<bool>,
    #[serde(borrow)]
    api_version: Option<Slice<'a>>,
    #[serde(borrow)]
    account: Option<Slice<'a>>,
    #[serde(borrow)]
    context: Option<Slice<'a>>,
    pending_webhooks: Option<u64>,
    #[serde(borrow)]
    request: Option<Request<'a>>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Default, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: Option<Raw<'a>>,
    #[serde(borrow)]
    previous_attributes: Option<Raw<'a>>,
}

/// API versions before 2017-05-25 write the id alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Request<'a> {
    Id(#[serde(borrow)] Slice<'a>),
    Info {
        #[serde(borrow)]
        id: Option<Slice<'a>>,
        #[serde(borrow)]
        idempotency_key: Option<Slice<'a>>,
    },
}

impl Request<'_> {
    fn share(self, body: &Document) -> RequestInfo {
        let (id, idempotency_key) = match self {
            Self::Id(id) => (Some(id), None),
            Self::Info {
                id,
                idempotency_key,
            } => (id, idempotency_key),
        };
        RequestInfo {
            id: id.map(|id| id.into_text(body)),
            idempotency_key: idempotency_key.map(|key| key.into_text(body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Event, DecodeError> {
        Event::read(&Document::new(&Bytes::copy_from_slice(json.as_bytes())))
    }

    #[test]
    fn an_id_and_a_type_are_enough() {
        let event = read(r#"{"id":"evt_1","type":"new.kind"}"#).unwrap();
        assert_eq!(event.id, "evt_1");
        assert_eq!(event.kind, "new.kind");
        assert_eq!(event.object().unwrap_err().path(), "data.object");
    }

    #[test]
    fn names_what_is_missing_or_wrong() {
        for (json, path) in [
            (r#"{"type":"a"}"#, "id"),
            (r#"{"id":"evt_1"}"#, "type"),
            (r#"{"id":"evt_1","type":7}"#, "type"),
            (r#"{"id":"evt_1","type":"a","created":"now"}"#, "created"),
            (
                r#"{"data":{"object":{}},"id":"evt_1","type":"a","livemode":0}"#,
                "livemode",
            ),
            (r#"{"id":"evt_1","type":"a","data":7}"#, "data"),
            (r#"["evt_1"]"#, "."),
            ("", "."),
        ] {
            assert_eq!(read(json).unwrap_err().path(), path, "{json}");
        }
    }

    #[test]
    fn an_event_that_does_not_say_so_is_not_live() {
        for (field, live) in [("true", true), ("false", false), ("null", false)] {
            let json = format!(r#"{{"id":"evt_1","type":"a","livemode":{field}}}"#);
            assert_eq!(read(&json).unwrap().livemode, live, "{field}");
        }
        assert!(!read(r#"{"id":"evt_1","type":"a"}"#).unwrap().livemode);
    }

    #[test]
    fn reads_the_request_of_old_and_new_versions() {
        let id = |request: &str| {
            let event = format!(r#"{{"id":"evt_1","type":"a","request":{request}}}"#);
            read(&event).unwrap().request.map(|request| request.id)
        };
        assert_eq!(id("null"), None);
        assert_eq!(id(r#"{"id":null,"idempotency_key":null}"#), Some(None));
        let known = Some(Some(Text::from("req_1")));
        assert_eq!(id(r#""req_1""#), known);
        assert_eq!(id(r#"{"id":"req_1","idempotency_key":"k"}"#), known);
    }

    #[test]
    fn shares_the_memory_of_the_body() {
        let body = Bytes::from_static(
            br#"{"id":"evt_1","type":"a","request":{"id":"req_1"},"data":{"object":{"n":1}}}"#,
        );
        let event = Event::read(&Document::new(&body)).unwrap();
        let memory = body.as_ptr_range();
        let request = event.request.unwrap().id.unwrap();
        let object = event.data.object.unwrap();
        for text in [
            event.id.as_str(),
            event.kind.as_str(),
            &request,
            object.get(),
        ] {
            assert!(memory.contains(&text.as_ptr()), "{text}");
        }
    }
}

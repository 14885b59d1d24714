//! What Square sends, typed.

use std::fmt;

use serde::Deserialize;

use super::verify::SCHEME;
use crate::delivery::require_events_of;
use crate::json::{Document, Raw, Slice, document};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text};

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
#[derive(Clone, Debug)]
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
    fn read(body: &Document) -> Result<Self, DecodeError> {
        let fields: Fields<'_> = body.envelope()?;
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
                object: data.object.map(|object| body.json(object)),
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
    object: Option<Raw<'a>>,
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::square::kind;
    use crate::testing::{Signer, support};

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
}

//! What Shopify sends, typed.

use serde::Deserialize;

use super::verify::SCHEME;
use crate::delivery::require_events_of;
use crate::json::{Document, Raw};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text, Unverified};

/// An event: its topic, its id and its payload.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::shopify::{Event, topic};
///
/// #[derive(serde::Deserialize)]
/// struct Order { id: u64, total_price: String }
///
/// fn handle(event: Event) -> Result<(), DecodeError> {
///     if event.topic.unverified() == topic::ORDERS_PAID {
///         let order: Order = event.decode()?;
///         println!("order {} over {} is paid", order.id, order.total_price);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// What happened, from a header: not signed.
    pub topic: Unverified<EventKind>,
    /// The id of the delivery, from a header: not signed.
    pub webhook_id: Option<Unverified<Text>>,
    /// The payload.
    pub payload: RawJson,
}

impl Event {
    /// Reads the payload as your type.
    ///
    /// # Errors
    /// If it is of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.payload.decode()
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(SCHEME.name(), delivery)?;
        let topic = delivery
            .message()
            .unverified_kind_text()
            .ok_or_else(|| DecodeError::new("topic", "the header is missing"))?;
        let body = Document::new(delivery.body());
        let payload: Raw<'_> = body.envelope()?;
        Ok(Self {
            topic: topic.map(EventKind::from),
            webhook_id: delivery.message().unverified_id_text(),
            payload: body.json(payload),
        })
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::shopify::{EVENTS_SCHEME, topic};
    use crate::testing::{Signer, support};

    fn event(topic: &str, body: &str) -> Result<Event, DecodeError> {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let signer = signer.id("b54557e4").kind(topic);
        let secrets = json!({"secrets": "a secret for tests"});
        Event::from_delivery(&support::signed("shopify", secrets, &signer, body))
    }

    #[test]
    fn reads_topic_id_and_payload() {
        let event = event(topic::ORDERS_PAID, r#"{"id":9,"total_price":"10.00"}"#).unwrap();
        assert_eq!(*event.topic.unverified(), topic::ORDERS_PAID);
        assert_eq!(
            event.webhook_id.unwrap().into_unverified().as_str(),
            "b54557e4"
        );
        assert_eq!(event.payload.get(), r#"{"id":9,"total_price":"10.00"}"#);
    }

    #[test]
    fn reads_shopify_events_alike() {
        let signer = Signer::new(EVENTS_SCHEME, "a secret for tests").unwrap();
        let settings = json!({"secrets": "a secret for tests", "mode": "events"});
        let signer = signer.id("1").kind("product");
        let delivery = support::signed("shopify", settings, &signer, "{}");
        let event = Event::from_delivery(&delivery).unwrap();
        assert_eq!(*event.topic.unverified(), "product");
        assert_eq!(event.webhook_id.unwrap().into_unverified(), "1");
    }

    #[test]
    fn every_accepted_vector_is_an_event() {
        for (case, delivery) in support::vectors("shopify") {
            let event = Event::from_delivery(&delivery).unwrap();
            let topic = event.topic.unverified();
            assert_eq!(
                Some(topic.as_str()),
                delivery.message().any_kind(),
                "{case}"
            );
            assert_eq!(delivery.kind(), None, "{case}");
        }
    }

    #[test]
    fn a_topic_from_the_future_is_an_event() {
        let event = event("moons/landed", "{}").unwrap();
        assert_eq!(*event.topic.unverified(), "moons/landed");
    }

    #[test]
    fn a_body_that_is_no_json_is_no_event() {
        for body in ["", "{", "id=1", r#"{"a":1}{}"#] {
            assert_eq!(event("orders/paid", body).unwrap_err().path(), ".");
        }
    }

    #[test]
    fn a_payload_of_another_type_is_told_with_its_place() {
        #[derive(Debug, Deserialize)]
        struct Order {
            #[expect(dead_code, reason = "only its type matters")]
            id: u64,
        }
        let event = event("orders/paid", r#"{"id":"9"}"#).unwrap();
        assert_eq!(event.decode::<Order>().unwrap_err().path(), "id");
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_event() {
        let (_, delivery) = support::vectors("github").remove(0);
        assert_eq!(Event::from_delivery(&delivery).unwrap_err().path(), ".");
    }

    #[test]
    fn debug_does_not_show_the_payload() {
        let shown = format!("{:?}", event("orders/paid", r#"{"n":"canary"}"#).unwrap());
        assert!(shown.contains("orders/paid") && !shown.contains("canary"));
    }
}

//! Typed readings of a delivery.

use serde::de::DeserializeOwned;

use crate::delivery::delivery::Delivery;
use crate::json::decode_owned;
use crate::message::{Coverage, Unverified};
use crate::outcome::DecodeError;

/// A type that can be read from a delivery: what a handler asks for as `Verified<E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a webhook delivery",
    label = "no webhook delivery can be read as this type",
    note = "take an event of the provider such as `stripe::Event`, `PaymentUpdates` for what happened to money, `MessageUpdates` for what became of messages, or `Delivery` itself",
    note = "for your own `T: Deserialize`, take `JsonEvent<T>`, or `UnverifiedJsonEvent<T>` where the body is not signed whole",
    note = "for what may be missing, take `Result<Verified<T>, _>`: there is no `Option` of an event, and `Verified` stands outermost"
)]
pub trait FromDelivery: Sized {
    /// Reads the event.
    ///
    /// # Errors
    /// If the delivery, authentic as it is, cannot be read as this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError>;
}

impl FromDelivery for Delivery {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        Ok(delivery.clone())
    }
}

/// A body that is signed whole, read as your own type.
///
/// Where the signature covers less than the whole body, this is a [`DecodeError`]: take [`UnverifiedJsonEvent`] there.
///
/// ```
/// use serde::Deserialize;
/// use webhook_core::JsonEvent;
///
/// #[derive(Deserialize)]
/// struct Shipped { order: u64 }
///
/// async fn handler(/* Verified( */ JsonEvent(shipped): JsonEvent<Shipped> /* ) */) {
///     println!("order {} is on its way", shipped.order);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonEvent<T>(pub T);

impl<T: DeserializeOwned> FromDelivery for JsonEvent<T> {
    /// # Errors
    /// If the signature does not cover the whole body, or the body is no JSON of this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        if !delivery.coverage().is_whole_body() {
            return Err(DecodeError::new(
                ".",
                "the signature does not cover the whole body: take `UnverifiedJsonEvent<T>` instead of `JsonEvent<T>`",
            ));
        }
        decode_owned(delivery.body()).map(Self)
    }
}

/// A body read as your own type, whatever the signature covers of it: a claim, of which whoever replays the request may
/// have written every word. For senders whose [`Coverage`] is not [`Body`](Coverage::Body); it works for all.
///
/// ```
/// use serde::Deserialize;
/// use webhook_core::{Unverified, UnverifiedJsonEvent};
///
/// #[derive(Deserialize)]
/// struct Invoice { id: String }
///
/// async fn handler(/* Verified( */ UnverifiedJsonEvent(claimed): UnverifiedJsonEvent<Invoice> /* ) */) {
///     let id = &claimed.unverified().id;
///     println!("ask the sender's interface whether {id} is paid");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnverifiedJsonEvent<T>(pub Unverified<T>);

impl<T: DeserializeOwned> FromDelivery for UnverifiedJsonEvent<T> {
    /// # Errors
    /// If the body is no JSON of this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        decode_owned(delivery.body()).map(|claimed| Self(Unverified::new(claimed)))
    }
}

impl Delivery {
    /// Reads the event. A failure is logged at WARN: the sender did its part, the fault is on the receiver's side.
    ///
    /// ```
    /// use webhook_core::{DecodeError, Delivery, JsonEvent};
    ///
    /// fn order(delivery: &Delivery) -> Result<u64, DecodeError> {
    ///     let JsonEvent(order) = delivery.decode()?;
    ///     Ok(order)
    /// }
    /// ```
    ///
    /// # Errors
    /// If the delivery, authentic as it is, cannot be read as this type.
    pub fn decode<E: FromDelivery>(&self) -> Result<E, DecodeError> {
        let event = E::from_delivery(self);
        #[cfg(feature = "tracing")]
        if let Err(error) = &event {
            tracing::warn!(target: "webhook", delivery = ?self, code = error.code(), %error, "event not decoded");
        }
        event
    }
}

/// Refuses the delivery of another sender, whose body would be read as something that it is not; and one that a verifier
/// of this name has let through without a proof of its body, whose every word would be a claim.
pub(crate) fn require_events_of(name: &str, delivery: &Delivery) -> Result<(), DecodeError> {
    if !delivery.sender().has_events_of(name) {
        return Err(DecodeError::new(".", "a delivery of another provider"));
    }
    match delivery.coverage() {
        Coverage::Body | Coverage::BodyHash | Coverage::Fields => Ok(()),
        Coverage::BodyChecksum | Coverage::SenderOnly => Err(DecodeError::new(
            ".",
            "the signature does not cover the body: take `UnverifiedJsonEvent<T>`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::message::Message;

    #[derive(Debug, Deserialize)]
    struct Envelope {
        #[expect(dead_code, reason = "only its type matters")]
        orders: Vec<u64>,
    }

    fn delivery(provider: &'static str, coverage: Coverage, body: &'static str) -> Delivery {
        let proof = crate::Proof::dangerously_assert(coverage);
        let now = crate::UnixTime::from_secs(0);
        // As the module of this name would.
        let provider = crate::Provider::new(provider).with_events();
        let message = Message::assert_verified(now, false, body.into(), proof);
        Delivery::assert_verified(provider, Default::default(), message)
    }

    const COVERAGES: [(Coverage, bool); 5] = [
        (Coverage::Body, true),
        (Coverage::BodyHash, true),
        (Coverage::BodyChecksum, false),
        (Coverage::Fields, false),
        (Coverage::SenderOnly, false),
    ];

    #[test]
    fn a_body_that_is_not_signed_whole_is_a_claim() {
        for (coverage, is_plain) in COVERAGES {
            let delivery = delivery("acme", coverage, r#"{"orders":[]}"#);
            let plain = delivery.decode::<JsonEvent<Envelope>>();
            assert_eq!(plain.is_ok(), is_plain, "{coverage:?}");
            let told = plain.err().map(|error| error.to_string());
            assert!(told.is_none_or(|told| told.contains("take `UnverifiedJsonEvent<T>`")));
            let claimed = delivery.decode::<UnverifiedJsonEvent<Envelope>>();
            assert!(claimed.is_ok(), "{coverage:?}");
        }
    }

    #[test]
    fn a_sender_that_borrows_a_name_borrows_neither_events_nor_payments() {
        use crate::payment::{PaymentStatus, PaymentUpdates};
        use crate::provider::stripe;

        let proof = crate::Proof::dangerously_assert(Coverage::Body).kind("invoice.paid");
        let body = r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{}}}"#;
        let now = crate::UnixTime::from_secs(0);
        let named = crate::Provider::new("stripe");
        let message = Message::assert_verified(now, false, body.into(), proof);
        let delivery = Delivery::assert_verified(named, Default::default(), message);
        assert!(delivery.decode::<stripe::Event>().is_err());
        let updates: PaymentUpdates = delivery.decode().unwrap();
        assert_eq!(updates[0].status, PaymentStatus::Other);
    }

    #[test]
    fn a_providers_event_needs_more_than_the_providers_name() {
        use crate::provider::stripe;
        let body = r#"{"id":"evt_1","object":"event","type":"a","data":{"object":{}}}"#;
        for (coverage, is_read) in [
            (Coverage::Body, true),
            (Coverage::BodyHash, true),
            (Coverage::Fields, true),
            (Coverage::BodyChecksum, false),
            (Coverage::SenderOnly, false),
        ] {
            let event = delivery("stripe", coverage, body).decode::<stripe::Event>();
            assert_eq!(event.is_ok(), is_read, "{coverage:?}");
        }
    }
}

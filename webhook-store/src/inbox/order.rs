//! Which deliveries are worked on one after the other.

use std::fmt;
use std::sync::Arc;

use webhook_core::dedupe::DedupeKey;
use webhook_core::payment::PaymentUpdates;
use webhook_core::{Delivery, JsonEvent};

type By = dyn Fn(&Delivery) -> Option<String> + Send + Sync;

/// Which deliveries are worked on one after the other, in the order in which they were stored: those with the same text. The others go
/// on meanwhile. See [`Inbox::in_order_of`](super::Inbox::in_order_of).
///
/// Deliveries of different endpoints, variants, senders, and accounts of a sender are never in one order. A delivery without such a
/// text is in none.
#[derive(Clone)]
pub struct Order(Arc<By>);

impl Order {
    /// Those of one payment: [`PaymentUpdate::transaction_id`](webhook_core::payment::PaymentUpdate::transaction_id). A delivery of
    /// several payments is in no order.
    ///
    /// ```
    /// use webhook_store::Order;
    ///
    /// let order = Order::payment();
    /// # let _ = order;
    /// ```
    #[must_use]
    pub fn payment() -> Self {
        Self::by(|delivery| {
            let updates: PaymentUpdates = readable(delivery, delivery.decode())?;
            let mut ids = updates.iter().map(|update| update.transaction_id.clone());
            let first = ids.next()??;
            ids.all(|id| id.as_ref() == Some(&first))
                .then(|| first.to_string())
        })
    }

    /// Those of one object: the text or number at this JSON pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) of a signed
    /// body.
    ///
    /// ```
    /// use webhook_store::Order;
    ///
    /// let stripe = Order::object("/data/object/id");
    /// let github = Order::object("/pull_request/id");
    /// # let _ = (stripe, github);
    /// ```
    #[must_use]
    pub fn object(pointer: impl Into<Box<str>>) -> Self {
        let pointer = pointer.into();
        Self::by(move |delivery| {
            let read = delivery.decode::<JsonEvent<serde_json::Value>>();
            match readable(delivery, read)?.0.pointer(&pointer)? {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Number(number) => Some(number.to_string()),
                _ => None,
            }
        })
    }

    /// Those for which this says the same. Take only what is signed: who can send what is not chooses what waits for what.
    ///
    /// ```
    /// use webhook_store::Order;
    ///
    /// let by_kind = Order::by(|delivery| delivery.kind().map(str::to_owned));
    /// # let _ = by_kind;
    /// ```
    #[must_use]
    pub fn by(text: impl Fn(&Delivery) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(text))
    }

    /// A digest of the text, and of where it came in.
    pub(super) fn key(&self, delivery: &Delivery) -> Option<[u8; 32]> {
        let text = (self.0)(delivery)?;
        let account = delivery.account();
        let place = serde_json::json!([
            delivery.endpoint(),
            delivery.variant(),
            delivery.provider(),
            account.as_deref()
        ]);
        Some(*DedupeKey::of_event(&place.to_string(), text).as_bytes())
    }
}

/// What cannot be read has no order, and is stored all the same: the handler is told why.
fn readable<T>(delivery: &Delivery, read: Result<T, webhook_core::DecodeError>) -> Option<T> {
    read.inspect_err(|error| {
        let (endpoint, id) = (delivery.endpoint(), delivery.id());
        tracing::warn!(target: "webhook", endpoint, id, %error, "a delivery is worked on in no order: it cannot be read");
    })
    .ok()
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Order")
    }
}

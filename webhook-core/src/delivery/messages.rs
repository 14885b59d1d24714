//! A delivery read as what became of messages.

use crate::delivery::delivery::Delivery;
use crate::delivery::event::FromDelivery;
use crate::json::Text;
use crate::mailing::{MessageStatus, MessageUpdate, MessageUpdates};
use crate::message::{Coverage, Message, Unverified};
use crate::outcome::DecodeError;

impl FromDelivery for MessageUpdates {
    /// An event of a list that cannot be read is logged at WARN, and is no error here: it is one in the list.
    ///
    /// # Errors
    /// If the body cannot be read; or it is one event that names no kind, or in which something is there that cannot be read: it is
    /// written twice with different values, or is of another type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        let message = delivery.message();
        let updates = delivery.sender().read_messages(message)?;
        #[cfg(feature = "tracing")]
        for error in updates.iter().filter_map(|update| update.as_ref().err()) {
            tracing::warn!(target: "webhook", ?delivery, code = error.code(), %error, "event not decoded");
        }
        let within = |update| within_coverage(message, at(delivery, update));
        let updates = updates.into_iter();
        Ok(Self(updates.map(|update| update.map(within)).collect()))
    }
}

/// Says who sent it, and to which variant.
fn at(delivery: &Delivery, update: MessageUpdate) -> MessageUpdate {
    MessageUpdate {
        provider: delivery.provider(),
        variant: delivery.variant().map(Text::from),
        ..update
    }
}

/// Unless the whole body is signed, everything that is read from it is a claim.
fn within_coverage(message: &Message, claimed: MessageUpdate) -> MessageUpdate {
    if message.coverage() == Coverage::Body {
        return claimed;
    }
    let status = match claimed.status {
        MessageStatus::Other => MessageStatus::Other,
        _ => MessageStatus::Unconfirmed,
    };
    MessageUpdate {
        provider: claimed.provider,
        variant: claimed.variant.clone(),
        status,
        unverified: Some(Box::new(Unverified::new(claimed))),
        ..MessageUpdate::signed(message)
    }
}

//! Reads a delivery as everything that it can be read as.

use std::hint::black_box;

use serde_json::Value;
use webhook_core::dedupe::DedupeKey;
use webhook_core::payment::{PaymentStatus, PaymentUpdate, PaymentUpdates};
use webhook_core::provider::{
    apple_appstore, braintree, github, shopify, slack, square, standard_webhooks, stripe,
};
use webhook_core::{Coverage, Delivery, JsonEvent};

/// Whatever it holds, it can be read or cannot, and says so.
pub(crate) fn as_everything(delivery: &Delivery) {
    black_box((delivery.id(), delivery.kind(), delivery.sent_at()));
    black_box(DedupeKey::of(delivery).label());
    shown(delivery);
    as_payments(delivery);
    as_events(delivery);
}

fn as_payments(delivery: &Delivery) {
    if let Ok(updates) = delivery.decode::<PaymentUpdates>() {
        updates.iter().for_each(require_within_coverage);
        shown(&updates);
        for update in updates {
            shown(&update.dangerously_trust_unverified());
        }
    }
}

/// What no signature covers is a claim.
fn require_within_coverage(update: &PaymentUpdate) {
    if matches!(
        update.coverage,
        Coverage::SenderOnly | Coverage::BodyChecksum
    ) {
        let unconfirmed = [PaymentStatus::Other, PaymentStatus::Unconfirmed];
        assert!(unconfirmed.contains(&update.status), "{:?}", update.status);
        assert!(update.amount == Ok(None) && update.reference.is_none());
        assert!(update.event_id.is_none() && update.transaction_id.is_none());
    }
}

fn as_events(delivery: &Delivery) {
    if let Ok(event) = delivery.decode::<stripe::Event>() {
        black_box(event.object()).ok();
        black_box(event.decode::<Value>()).ok();
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<stripe::ThinEvent>() {
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<stripe::AnyEvent>() {
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<github::Event>() {
        black_box(event.decode::<Value>()).ok();
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<shopify::Event>() {
        black_box(event.decode::<Value>()).ok();
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<slack::Event>() {
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<square::Event>() {
        black_box(event.decode::<Value>()).ok();
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<standard_webhooks::Event>() {
        black_box(event.decode::<Value>()).ok();
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<apple_appstore::Notification>() {
        let transaction = event.transaction.as_ref();
        black_box(transaction.map(apple_appstore::Transaction::amount));
        shown(&event);
    }
    if let Ok(event) = delivery.decode::<braintree::Notification>() {
        black_box(event.dedupe_key());
        walk(&event.subject, 0);
        shown(&event);
    }
    if let Ok(JsonEvent(event)) = delivery.decode::<JsonEvent<Value>>() {
        let whole = [Coverage::Body, Coverage::BodyHash];
        assert!(whole.contains(&delivery.coverage()));
        shown(&event);
    }
}

fn walk(element: &braintree::Element, depth: usize) {
    assert!(depth < 1000, "deeper than any stack should be asked for");
    black_box((element.name(), element.text(), element.value_type()));
    for child in element.children() {
        black_box(element.find(child.name()).is_some());
        walk(child, depth + 1);
    }
}

fn shown(value: &impl std::fmt::Debug) {
    black_box(format!("{value:?}"));
}

//! Stripe: payments, billing, and Connect.
//!
//! [`Stripe`] verifies. A handler takes one of
//!
//! | type | for |
//! |---|---|
//! | [`Event`] | snapshot events (`object` is `event`): the object as it was is in the event |
//! | [`ThinEvent`] | thin events of API v2 (`v2.core.event`): they name an object, which is fetched from the API |
//! | [`AnyEvent`] | an address that gets both |
//!
//! Kinds are text, with constants in [`kind`] for the common ones; a kind without a constant is an event like
//! any other. [`Event::object`] reads the objects that matter for payments: [`CheckoutSession`],
//! [`PaymentIntent`], [`Charge`], [`Refund`], [`Dispute`], [`Invoice`], [`Subscription`]. Any other is
//! reachable as JSON and, with [`Event::decode`], as your own type.
//!
//! ```
//! use webhook_core::DecodeError;
//! use webhook_core::provider::stripe::{Event, Object, kind};
//!
//! # async fn fulfil(order: &str) {}
//! # async fn warn_of_dispute(charge: Option<&str>) {}
//! /// Called by an axum or actix-web handler that takes `Verified<stripe::Event>`.
//! async fn handle(event: &Event) -> Result<(), DecodeError> {
//!     match event.kind.as_str() {
//!         // A session may be completed and not yet paid: bank transfers take days.
//!         kind::CHECKOUT_SESSION_COMPLETED | kind::CHECKOUT_SESSION_ASYNC_PAYMENT_SUCCEEDED => {
//!             let Object::CheckoutSession(session) = event.object()? else {
//!                 return Ok(());
//!             };
//!             if let (true, Some(order)) = (session.is_paid(), &session.client_reference_id) {
//!                 fulfil(order).await;
//!             }
//!         }
//!         kind::CHARGE_DISPUTE_CREATED => {
//!             if let Object::Dispute(dispute) = event.object()? {
//!                 warn_of_dispute(dispute.charge.as_ref().map(|charge| charge.id())).await;
//!             }
//!         }
//!         _ => {}
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What to know
//!
//! - Stripe sends an event again until it gets a 2xx answer, and in no order. Retries carry the same `id`. A
//!   Connect platform may see one `id` for several accounts: keep what was done by `id` **and**
//!   [`account`](Event::account).
//! - Two events may tell of one change, each with its own `id`. Where that hurts, compare the object's id and
//!   the kind as well.
//! - Test and live events may come to one address: look at [`livemode`](Event::livemode).
//! - The object is in the shape of the endpoint's API version. The types here read old and new shapes; what
//!   Stripe has moved is said at the field.
//! - How long Stripe retries (about three days in live mode) and how long two secrets overlap (up to 24 hours)
//!   is from its documentation and not verified here.
//! - Events through Amazon EventBridge or Azure Event Grid carry no Stripe signature and are not for this module.

mod any;
mod event;
pub mod kind;
mod objects;
mod scheme;
mod thin;

pub use any::AnyEvent;
pub use event::{Event, EventData, RequestInfo};
pub use objects::{
    Charge, CheckoutSession, Dispute, Expandable, Invoice, InvoiceParent, InvoiceSubscription,
    Object, PaymentError, PaymentIntent, Price, Refund, Subscription, SubscriptionItem,
};
pub(crate) use scheme::PROVIDER;
pub use scheme::{SCHEME, Stripe};
pub use thin::{RelatedObject, ThinEvent};

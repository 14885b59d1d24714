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
//!
//! Documentation: ["Receive Stripe events in your webhook endpoint"](https://docs.stripe.com/webhooks).
//!
//! # Payments
//!
//! What [`PaymentUpdate`](crate::payment::PaymentUpdate) makes of an event. The amount is a field of the event's object.
//!
//! Only if `object` is `event`.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `checkout.session.*` | `data.object.mode` is `setup` | `Other` |  |
//! | `checkout.session.completed`, `checkout.session.async_payment_succeeded` | `data.object.payment_status` is `paid` or `no_payment_required` | `Paid` | `data.object.amount_total` |
//! | `checkout.session.completed`, `checkout.session.async_payment_succeeded` |  | `Pending` | `data.object.amount_total` |
//! | `checkout.session.async_payment_failed` |  | `Failed` | `data.object.amount_total` |
//! | `checkout.session.expired` |  | `Expired` | `data.object.amount_total` |
//! | `payment_intent.created`, `payment_intent.processing`, `payment_intent.requires_action`, `payment_intent.partially_funded` |  | `Pending` | `data.object.amount` |
//! | `payment_intent.amount_capturable_updated` |  | `Authorized` | `data.object.amount_capturable` |
//! | `payment_intent.succeeded` |  | `Paid` | `data.object.amount_received` |
//! | `payment_intent.payment_failed` |  | `Failed` | `data.object.amount` |
//! | `payment_intent.canceled` |  | `Canceled` | `data.object.amount` |
//! | `charge.succeeded` | `data.object.captured` is `true` | `Paid` | `data.object.amount` |
//! | `charge.succeeded` |  | `Authorized` | `data.object.amount` |
//! | `charge.captured` |  | `Paid` | `data.object.amount_captured` |
//! | `charge.pending` |  | `Pending` | `data.object.amount` |
//! | `charge.failed` |  | `Failed` | `data.object.amount` |
//! | `charge.expired` |  | `Expired` | `data.object.amount` |
//! | `charge.refunded` | `data.object.refunded` is `true` | `Refunded` | `data.object.amount_refunded` |
//! | `charge.refunded` |  | `PartiallyRefunded` | `data.object.amount_refunded` |
//! | `charge.dispute.*` | `data.object.status` is `warning_needs_response` or `warning_under_review` or `needs_response` or `under_review` | `Disputed` | `data.object.amount` |
//! | `charge.dispute.*` | `data.object.status` is `won` or `warning_closed` | `DisputeWon` | `data.object.amount` |
//! | `charge.dispute.*` | `data.object.status` is `lost` | `DisputeLost` | `data.object.amount` |
//! | `invoice.paid`, `invoice.payment_succeeded` |  | `Paid` | `data.object.amount_paid` |
//! | `invoice.payment_failed` |  | `Failed` | `data.object.amount_due` |
//! | `invoice.payment_action_required` |  | `Pending` | `data.object.amount_due` |
//! | `invoice.voided` |  | `Canceled` | `data.object.amount_due` |
//! | `customer.subscription.deleted` |  | `SubscriptionCanceled` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `incomplete` | `Pending` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `active` or `trialing` | `SubscriptionActive` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `past_due` or `unpaid` | `SubscriptionPastDue` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `paused` | `SubscriptionPaused` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `canceled` or `incomplete_expired` | `SubscriptionCanceled` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `data.object.currency`, minor units (`ISK` has 2 digits, `MGA` has 0 digits, `UGX` has 2 digits) | `data.object.client_reference_id`, else `data.object.metadata.order_id` | `data.object.payment_intent`, else `data.object.payment_intent.id`, else `data.object.charge`, else `data.object.charge.id`, else `data.object.id` | `created`, in seconds |
//!
//! - `charge.refunded` tells **all that went back so far**: a second event replaces the first one's amount and is not
//!   added to it. `refund.…` is `Other`: a refund does not say whether it was the rest, and `charge.refunded` comes with it.
//! - One payment is `Paid` several times where several kinds are subscribed to: a session, its payment intent and its
//!   charge each tell of it, with the payment intent's id as the transaction id.
//! - Since API version 2025-03-31 an invoice does not name its payment; its transaction id is then its own.
//! - A subscription that is to end with its period is still `SubscriptionActive`.
//! - Amounts are in the minor units of ISO 4217, except that Stripe counts the ariary (`MGA`) whole and `ISK` and `UGX` in
//!   hundredths. Of `UGX` its documentation says both; this is the reading of its special cases, and the smaller sum.
//! - A test event (`livemode` is `false`) is `Test`, unless the endpoint is for tests.
//!
//! Dedupe tells events apart by: `id`, `account`, kind.

mod any;
mod event;
pub mod kind;
mod objects;
mod payment;
mod thin;
mod verify;

use crate::provider::about::About;
use crate::provider::registry::Registered;

pub use any::AnyEvent;
pub use event::{Event, EventData, RequestInfo};
pub use objects::{
    Charge, CheckoutSession, Dispute, Expandable, Invoice, InvoiceParent, InvoiceSubscription,
    Object, PaymentError, PaymentIntent, Price, Refund, Subscription, SubscriptionItem,
};
pub use payment::MEANING;
pub use thin::{RelatedObject, ThinEvent};
pub use verify::{SCHEME, Stripe};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new("https://docs.stripe.com/webhooks").setup(&[
    "In Workbench, open Webhooks and add a destination with the URL and its events.",
    "Reveal the signing secret of the destination, `whsec_…`, and copy it. It becomes `secrets`.",
    "For tests with `stripe listen`, add the secret that it prints.",
]);

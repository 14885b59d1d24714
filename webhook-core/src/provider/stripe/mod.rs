//! Stripe: payments, billing, and Connect.
//!
//! | | |
//! |---|---|
//! | signature | `Stripe-Signature: t=…,v1=…`: hex HMAC-SHA256 of the time, `.`, body; any `v1` may match |
//! | key | the text of the endpoint's signing secret, `whsec_…`, all of it |
//! | time window | 300 seconds both ways |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed |
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
//! Only if `object` is `event` or `v2.core.event`.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `charge.*`, `checkout.*`, `customer.*`, `invoice.*`, `invoice_payment.*`, `payment_intent.*`, `payout.*`, `refund.*`, `transfer.*`, `treasury.*` | `object` is `v2.core.event` | `Other` |  |
//! | `checkout.session.*` | `data.object.mode` is `setup` | `Other` |  |
//! | `checkout.session.completed`, `checkout.session.async_payment_succeeded` | `data.object.payment_status` is `paid` | `Paid`, as `payment_intent.succeeded` | `data.object.amount_total` |
//! | `checkout.session.completed`, `checkout.session.async_payment_succeeded` | `data.object.payment_status` is `no_payment_required` and `data.object.amount_total` is `0` | `Paid` | `data.object.amount_total` |
//! | `checkout.session.completed`, `checkout.session.async_payment_succeeded` |  | `Pending` | `data.object.amount_total` |
//! | `checkout.session.async_payment_failed` |  | `Failed` | `data.object.amount_total` |
//! | `checkout.session.expired` |  | `Expired` | `data.object.amount_total` |
//! | `payment_intent.created`, `payment_intent.processing`, `payment_intent.requires_action`, `payment_intent.partially_funded`, `charge.pending` |  | `Pending` | `data.object.amount` |
//! | `payment_intent.amount_capturable_updated` | `data.object.amount_capturable` is `0` | `Other` |  |
//! | `payment_intent.amount_capturable_updated` |  | `Authorized` | `data.object.amount_capturable` |
//! | `payment_intent.succeeded` |  | `Paid` | `data.object.amount_received` |
//! | `payment_intent.payment_failed`, `charge.failed` |  | `Failed` | `data.object.amount` |
//! | `payment_intent.canceled` | `data.object.cancellation_reason` is `expired` | `Expired` | `data.object.amount` |
//! | `payment_intent.canceled` |  | `Canceled` | `data.object.amount` |
//! | `charge.succeeded` | `data.object.captured` is `true` | `Paid`, as `payment_intent.succeeded` | `data.object.amount_captured`, else `data.object.amount` |
//! | `charge.succeeded` |  | `Authorized`, as `payment_intent.amount_capturable_updated` | `data.object.amount` |
//! | `charge.captured` |  | `Paid`, as `payment_intent.succeeded` | `data.object.amount_captured`, else `data.object.amount - data.object.amount_refunded` |
//! | `charge.expired` |  | `Expired`, as `payment_intent.canceled` | `data.object.amount` |
//! | `charge.refunded` | `data.object.captured` is `false` | `Canceled`, as `payment_intent.canceled` | `data.object.amount` |
//! | `charge.refunded` | `api_version` is before `2025-03-31` and `data.object.amount_captured` is above 0 and `data.object.amount_refunded` equals `data.object.amount - data.object.amount_captured` | `Other` |  |
//! | `charge.refunded` | `api_version` is before `2025-03-31` and `data.object.amount_captured` is above 0 and `data.object.amount_refunded` equals `data.object.amount` | `Refunded` | `data.object.amount_refunded - data.object.amount + data.object.amount_captured` |
//! | `charge.refunded` | `api_version` is before `2025-03-31` and `data.object.amount_captured` is above 0 | `PartiallyRefunded` | `data.object.amount_refunded - data.object.amount + data.object.amount_captured` |
//! | `charge.refunded` | `data.object.amount_refunded` equals `data.object.amount_captured` | `Refunded` | `data.object.amount_refunded` |
//! | `charge.refunded` | `data.object.amount_captured` is not there and `data.object.refunded` is `true` | `Refunded` | `data.object.amount_refunded` |
//! | `charge.refunded` |  | `PartiallyRefunded` | `data.object.amount_refunded` |
//! | `refund.created` | `data.object.reason` is `expired_uncaptured_charge` | `Expired`, as `charge.expired` | `data.object.amount` |
//! | `refund.created` | `api_version` is before `2024-10-28` and `data.object.status` is `succeeded` | `Refund` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.created` | `api_version` is before `2025-03-31` and `data.object.status` is `succeeded` | `Unconfirmed` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.created` | `data.object.status` is `succeeded` | `Refund`, as `charge.refunded` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.created` | `data.object.status` is `pending` or `requires_action` | `RefundPending` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.created` | `data.object.status` is `failed` or `canceled` | `RefundFailed` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.updated`, `charge.refund.updated` | `data.object.reason` is `expired_uncaptured_charge` | `Other` |  |
//! | `refund.updated`, `charge.refund.updated` | `data.object.status` is `failed` or `canceled` | `RefundFailed`, as `refund.failed` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.updated`, `charge.refund.updated` | `data.previous_attributes.status` is there and `data.object.status` is `succeeded` | `Refund` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.updated`, `charge.refund.updated` | `data.previous_attributes.status` is there and `data.object.status` is `pending` or `requires_action` | `RefundPending` | `data.object.amount`, a step of id `data.object.id` |
//! | `refund.failed` |  | `RefundFailed` | `data.object.amount`, a step of id `data.object.id` |
//! | `charge.dispute.*` | `data.object.status` is `warning_needs_response` or `warning_under_review` or `needs_response` or `under_review` or `appeal_needs_response` or `appeal_under_review` | `Disputed` | `data.object.amount` of id `data.object.id` |
//! | `charge.dispute.*` | `data.object.status` is `won` | `DisputeWon` | `data.object.amount` of id `data.object.id` |
//! | `charge.dispute.*` | `data.object.status` is `lost` | `DisputeLost` | `data.object.amount` of id `data.object.id` |
//! | `charge.dispute.*` | `data.object.status` is `warning_closed` or `prevented` | `DisputeClosed` | `data.object.amount` of id `data.object.id` |
//! | `invoice.paid`, `invoice.payment_succeeded` |  | `Paid`, as `payment_intent.succeeded` | `data.object.amount_paid` |
//! | `invoice_payment.paid` |  | `Paid`, as `payment_intent.succeeded` | `data.object.amount_paid`, a step of id `data.object.id` |
//! | `invoice.finalized`, `invoice.payment_action_required`, `invoice.payment_attempt_required` |  | `Pending` | `data.object.amount_due` |
//! | `invoice.overdue` |  | `Pending` | `data.object.amount_remaining`, else `data.object.amount_due` |
//! | `invoice.payment_failed`, `invoice.marked_uncollectible` |  | `Failed` | `data.object.amount_remaining`, else `data.object.amount_due` |
//! | `invoice.voided` |  | `Canceled` | `data.object.amount_due` |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `active` or `trialing` and `data.object.cancel_at_period_end` is `true` | `SubscriptionEnding` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `active` or `trialing` and `data.object.cancel_at` is there | `SubscriptionEnding` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `incomplete` | `Pending` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `active` or `trialing` | `SubscriptionActive` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `past_due` or `unpaid` | `SubscriptionPastDue` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `paused` | `SubscriptionPaused` |  |
//! | `customer.subscription.created`, `customer.subscription.updated`, `customer.subscription.paused`, `customer.subscription.resumed` | `data.object.status` is `canceled` or `incomplete_expired` | `SubscriptionCanceled` |  |
//! | `customer.subscription.deleted` |  | `SubscriptionCanceled` |  |
//! | `payout.created` | `data.object.original_payout` is there | `Other` |  |
//! | `payout.paid` | `data.object.original_payout` is there | `PayoutFailed` | `abs(data.object.amount)` |
//! | `payout.failed`, `payout.canceled` | `data.object.original_payout` is there | `Payout` | `abs(data.object.amount)` |
//! | `payout.created`, `payout.paid`, `payout.failed`, `payout.canceled` | `data.object.amount` is below 0 | `Other` |  |
//! | `payout.created`, `payout.paid`, `transfer.created`, `treasury.outbound_payment.created`, `treasury.outbound_payment.posted`, `treasury.outbound_transfer.created`, `treasury.outbound_transfer.posted` |  | `Payout` | `data.object.amount` |
//! | `payout.failed`, `payout.canceled`, `treasury.outbound_payment.failed`, `treasury.outbound_payment.canceled`, `treasury.outbound_payment.returned`, `treasury.outbound_transfer.failed`, `treasury.outbound_transfer.canceled`, `treasury.outbound_transfer.returned` |  | `PayoutFailed` | `data.object.amount` |
//! | `transfer.reversed` |  | `PayoutFailed` | `data.object.amount_reversed` |
//! | `v1.payment_intent.created`, `v1.payment_intent.processing`, `v1.payment_intent.requires_action`, `v1.payment_intent.partially_funded`, `v1.charge.pending`, `v1.invoice.payment_action_required`, `v1.invoice.payment_attempt_required`, `v1.invoice.finalized`, `v1.invoice.overdue`, `v1.customer.subscription.incomplete` |  | `Pending` |  |
//! | `v1.payment_intent.amount_capturable_updated` |  | `Authorized` |  |
//! | `v1.payment_intent.succeeded`, `v1.charge.captured`, `v1.checkout.session.async_payment_succeeded`, `v1.invoice.paid`, `v1.invoice.payment_succeeded`, `v1.invoice_payment.paid` |  | `Paid` |  |
//! | `v1.payment_intent.payment_failed`, `v1.charge.failed`, `v1.checkout.session.async_payment_failed`, `v1.invoice.payment_failed`, `v1.invoice.marked_uncollectible` |  | `Failed` |  |
//! | `v1.payment_intent.canceled`, `v1.invoice.voided` |  | `Canceled` |  |
//! | `v1.charge.expired`, `v1.checkout.session.expired` |  | `Expired` |  |
//! | `v1.charge.succeeded`, `v1.charge.refunded`, `v1.charge.refund.updated`, `v1.refund.created`, `v1.refund.updated`, `v1.checkout.session.completed`, `v1.charge.dispute.updated`, `v1.charge.dispute.closed`, `v1.charge.dispute.funds_withdrawn`, `v1.charge.dispute.funds_reinstated`, `v1.customer.subscription.created`, `v1.customer.subscription.updated`, `v1.customer.subscription.resumed`, `v1.customer.subscription.cancel_at_changed` |  | `Unconfirmed` |  |
//! | `v1.charge.dispute.created` |  | `Disputed` |  |
//! | `v1.refund.failed` |  | `RefundFailed` |  |
//! | `v1.customer.subscription.active`, `v1.customer.subscription.trialing` |  | `SubscriptionActive` |  |
//! | `v1.customer.subscription.past_due`, `v1.customer.subscription.unpaid` |  | `SubscriptionPastDue` |  |
//! | `v1.customer.subscription.paused` |  | `SubscriptionPaused` |  |
//! | `v1.customer.subscription.deleted`, `v1.customer.subscription.incomplete_expired` |  | `SubscriptionCanceled` |  |
//! | `v1.payout.created`, `v1.payout.paid`, `v1.transfer.created`, `v2.money_management.outbound_payment.created`, `v2.money_management.outbound_payment.posted`, `v2.money_management.outbound_payment.under_review`, `v2.money_management.payout_intent.created`, `v2.money_management.payout_intent.pending`, `v2.money_management.payout_intent.processing`, `v2.money_management.payout_intent.posted`, `v2.money_management.payout_intent.requires_action` |  | `Payout` |  |
//! | `v1.payout.failed`, `v1.payout.canceled`, `v1.transfer.reversed`, `v2.money_management.outbound_payment.failed`, `v2.money_management.outbound_payment.canceled`, `v2.money_management.outbound_payment.returned`, `v2.money_management.payout_intent.canceled` |  | `PayoutFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.created`, `refund.updated`, `charge.refund.updated`, `refund.failed`, `charge.dispute.*` | `data.object.currency`, minor units (`ISK` has 2 digits, `MGA` has 0 digits, `UGX` has 2 digits) | `data.object.client_reference_id`, else `data.object.metadata.order_id` | `data.object.payment_intent`, else `data.object.payment_intent.id`, else `data.object.charge`, else `data.object.charge.id` | `created`, in seconds |
//! | `invoice_payment.paid` | `data.object.currency`, minor units (`ISK` has 2 digits, `MGA` has 0 digits, `UGX` has 2 digits) | `data.object.client_reference_id`, else `data.object.metadata.order_id` | `data.object.payment.payment_intent`, else `data.object.payment.payment_intent.id`, else `data.object.payment.charge`, else `data.object.payment.charge.id` | `created`, in seconds |
//! | `payout.paid`, `payout.failed`, `payout.canceled` | `data.object.currency`, minor units (`ISK` has 2 digits, `MGA` has 0 digits, `UGX` has 2 digits) | `data.object.client_reference_id`, else `data.object.metadata.order_id` | `data.object.original_payout`, else `data.object.original_payout.id` | `created`, in seconds |
//! | `v1.payment_intent.created`, `v1.payment_intent.processing`, `v1.payment_intent.requires_action`, `v1.payment_intent.partially_funded`, `v1.charge.pending`, `v1.invoice.payment_action_required`, `v1.invoice.payment_attempt_required`, `v1.invoice.finalized`, `v1.invoice.overdue`, `v1.customer.subscription.incomplete`, `v1.payment_intent.amount_capturable_updated`, `v1.payment_intent.succeeded`, `v1.charge.captured`, `v1.checkout.session.async_payment_succeeded`, `v1.invoice.paid`, `v1.invoice.payment_succeeded`, `v1.invoice_payment.paid`, `v1.payment_intent.payment_failed`, `v1.charge.failed`, `v1.checkout.session.async_payment_failed`, `v1.invoice.payment_failed`, `v1.invoice.marked_uncollectible`, `v1.payment_intent.canceled`, `v1.invoice.voided`, `v1.charge.expired`, `v1.checkout.session.expired`, `v1.charge.succeeded`, `v1.charge.refunded`, `v1.charge.refund.updated`, `v1.refund.created`, `v1.refund.updated`, `v1.checkout.session.completed`, `v1.charge.dispute.updated`, `v1.charge.dispute.closed`, `v1.charge.dispute.funds_withdrawn`, `v1.charge.dispute.funds_reinstated`, `v1.customer.subscription.created`, `v1.customer.subscription.updated`, `v1.customer.subscription.resumed`, `v1.customer.subscription.cancel_at_changed`, `v1.charge.dispute.created`, `v1.refund.failed`, `v1.customer.subscription.active`, `v1.customer.subscription.trialing`, `v1.customer.subscription.past_due`, `v1.customer.subscription.unpaid`, `v1.customer.subscription.paused`, `v1.customer.subscription.deleted`, `v1.customer.subscription.incomplete_expired`, `v1.payout.created`, `v1.payout.paid`, `v1.transfer.created`, `v2.money_management.outbound_payment.created`, `v2.money_management.outbound_payment.posted`, `v2.money_management.outbound_payment.under_review`, `v2.money_management.payout_intent.created`, `v2.money_management.payout_intent.pending`, `v2.money_management.payout_intent.processing`, `v2.money_management.payout_intent.posted`, `v2.money_management.payout_intent.requires_action`, `v1.payout.failed`, `v1.payout.canceled`, `v1.transfer.reversed`, `v2.money_management.outbound_payment.failed`, `v2.money_management.outbound_payment.canceled`, `v2.money_management.outbound_payment.returned`, `v2.money_management.payout_intent.canceled` |  |  | `related_object.id` | `created`, by RFC 3339 |
//! | all others | `data.object.currency`, minor units (`ISK` has 2 digits, `MGA` has 0 digits, `UGX` has 2 digits) | `data.object.client_reference_id`, else `data.object.metadata.order_id` | `data.object.payment_intent`, else `data.object.payment_intent.id`, else `data.object.charge`, else `data.object.charge.id`, else `data.object.id` | `created`, in seconds |
//!
//! - The first row that holds counts.
//! - **One payment is told several times** where several kinds are subscribed to: by a session, its payment intent, its charge
//!   and its invoice, each `Paid` or `Authorized`, each with the sum. They are twins: count one of them, by the transaction id.
//!   A session of a subscription names no payment; `invoice.paid` tells of its money too.
//! - `charge.refunded` tells **all that went back so far**: a second event replaces the first one's amount and is not added to
//!   it. `refund.…` tells each refund as a step, with the refund's id. They tell of the same money: add up the steps or take
//!   the total. Whether a single refund was the rest, only `charge.refunded` says.
//! - Before API version 2025-03-31 (the event's `api_version`) Stripe made a refund of money that was never taken. When nothing
//!   had been captured, `charge.refunded` is `Canceled`. When a part had been captured, `amount_refunded` counts the released
//!   rest, which is taken out here; if only that rest was released, the event is `Other`. From 2024-10-28 on `refund.created`
//!   came for such releases too and does not say so: it is `Unconfirmed` in these versions. Wait for `charge.refunded`.
//!   Charges of versions without `amount_captured` are read as captured whole.
//! - A refund can fail after it was told as done: `RefundFailed`, by `refund.failed` and its twins with one step id. Other
//!   changes of a refund, such as a reference number that arrives, are `Other`.
//! - `warning_closed` and `prevented` say that a dispute is over, not for whom. A dispute that was lost can be `Disputed` again
//!   (an appeal).
//! - A session that needs no payment is `Paid` if its sum is zero. With a sum it is `Pending`: the payment is put off.
//! - `payment_intent.amount_capturable_updated` tells what can be captured now; after a capture in parts, that is the rest.
//! - Since API version 2025-03-31 an invoice does not name its payment; its transaction id is then its own.
//!   `invoice_payment.paid` names it. An invoice can be marked as paid although no money came through Stripe, and be paid after
//!   it was written off.
//! - The transaction id of a payout or a transfer is its own. A payout that takes back an earlier one has the id of that one.
//!   `payout.paid` is what Stripe expects: `payout.failed` can follow.
//! - **Thin events** (kinds that begin with `v1.` or `v2.`) hold no amount and no reference, and their transaction id is that
//!   of the object that they name: of a charge, a refund or a dispute its own. What stands in the object alone is
//!   `Unconfirmed`: ask the API. Whoever gets `v1.…` and the kind without it gets everything twice.
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

use crate::provider::about::{About, Group};
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

const ABOUT: About = About::new(Group::Payments, "https://docs.stripe.com/webhooks").setup(&[
    "In Workbench, open Webhooks and add a destination with the URL and its events.",
    "Reveal the signing secret of the destination, `whsec_…`, and copy it. It becomes `secrets`.",
    "For tests with `stripe listen`, add the secret that it prints.",
]);

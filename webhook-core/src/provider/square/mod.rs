//! Square: payments, orders, subscriptions and what else happens to a seller.
//!
//! | | |
//! |---|---|
//! | signature | `x-square-hmacsha256-signature`: base64 HMAC-SHA256 of the notification URL and the body, with nothing between them |
//! | key | the text of the subscription's signature key |
//! | time window | none: Square signs no time |
//! | event id | `event_id` in the body, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - The URL is signed exactly as it stands in the developer console: scheme, case, path, trailing slash, query.
//!   Configure that text. It is never taken from the request, because proxies change host, scheme and port.
//! - The older `x-square-signature`, with SHA-1, is not looked at.
//! - How often a delivery was tried stands in headers that are not signed.
//!
//! Checked against Square's libraries `squareup` 46.0.0 (Python) and `square` 46.0.0 (JavaScript). Documentation:
//! ["Verify and validate an event notification"](https://developer.squareup.com/docs/webhooks/step3validate).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` and `data.object.payment.refunded_money.amount` equals `data.object.payment.total_money.amount` and `data.object.payment.refunded_money.amount` is not `0` | `Refunded` | `data.object.payment.refunded_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` and `data.object.payment.refunded_money.amount` is there and `data.object.payment.refunded_money.amount` is not `0` | `PartiallyRefunded` | `data.object.payment.refunded_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` | `Paid` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `APPROVED` | `Authorized` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `PENDING` | `Pending` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `CANCELED` | `Canceled` | `data.object.payment.amount_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `FAILED` | `Failed` | `data.object.payment.amount_money.amount` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `INQUIRY_EVIDENCE_REQUIRED` or `INQUIRY_PROCESSING` or `EVIDENCE_REQUIRED` or `PROCESSING` | `Disputed` | `data.object.dispute.amount_money.amount` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `WON` or `INQUIRY_CLOSED` | `DisputeWon` | `data.object.dispute.amount_money.amount` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `LOST` or `ACCEPTED` | `DisputeLost` | `data.object.dispute.amount_money.amount` |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `PAID` | `Paid` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `SCHEDULED` or `UNPAID` or `PARTIALLY_PAID` or `PAYMENT_PENDING` | `Pending` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `FAILED` | `Failed` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `CANCELED` | `Canceled` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `REFUNDED` | `Refunded` |  |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` | `data.object.invoice.status` is `PARTIALLY_REFUNDED` | `PartiallyRefunded` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `PENDING` | `Pending` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `ACTIVE` | `SubscriptionActive` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `PAUSED` | `SubscriptionPaused` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `CANCELED` or `DEACTIVATED` or `COMPLETED` | `SubscriptionCanceled` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.amount_money.currency`, minor units |  | `data.object.dispute.disputed_payment.payment_id` | `created_at`, by RFC 3339 |
//! | `invoice.payment_made`, `invoice.scheduled_charge_failed`, `invoice.canceled`, `invoice.refunded` |  |  | `data.object.invoice.id` | `created_at`, by RFC 3339 |
//! | `subscription.created`, `subscription.updated` |  |  | `data.object.subscription.id` | `created_at`, by RFC 3339 |
//! | all others | `data.object.payment.amount_money.currency`, minor units | `data.object.payment.reference_id` | `data.object.payment.id` | `created_at`, by RFC 3339 |
//!
//! - Amounts are without tips.
//! - `refunded_money` is **all that went back so far**. `refund.…` is `Other`: a refund does not say whether it was the
//!   rest, and Square sends a `payment.updated` with it.
//! - A completed payment is told again whenever something is added to it, such as the fee.
//!
//! Dedupe tells events apart by: `event_id`, kind.

mod event;
pub mod kind;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use crate::provider::about::About;
use crate::provider::registry::{Registered, testing};

pub use event::{Data, Event};
pub use payment::MEANING;
pub use verify::{SCHEME, Square};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(signer::samples));

const ABOUT: About = About::new("https://developer.squareup.com/docs/webhooks/step3validate")
    .setup(&[
        "In the developer console, open the application and Webhooks, Subscriptions, and add one with the URL and its events.",
        "Copy its signature key. It becomes `secrets`.",
        "Copy its notification URL as it stands there. It becomes `public_url`.",
    ]);

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
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` and `data.object.payment.refunded_money.amount` is above 0 and `data.object.payment.refunded_money.amount` equals `data.object.payment.total_money.amount` | `Refunded` | `data.object.payment.refunded_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` and `data.object.payment.refunded_money.amount` is above 0 | `PartiallyRefunded` | `data.object.payment.refunded_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `APPROVED` | `Authorized` | `data.object.payment.approved_money.amount`, else `data.object.payment.total_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `COMPLETED` | `Paid` | `data.object.payment.total_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `PENDING` | `Pending` | `data.object.payment.total_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `CANCELED` | `Canceled` | `data.object.payment.total_money.amount` |
//! | `payment.created`, `payment.updated` | `data.object.payment.status` is `FAILED` | `Failed` | `data.object.payment.total_money.amount` |
//! | `refund.created`, `refund.updated` | `data.object.refund.status` is `COMPLETED` | `Refund`, as `payment.updated` | `data.object.refund.amount_money.amount`, a step of id `data.object.refund.id` |
//! | `refund.created`, `refund.updated` | `data.object.refund.status` is `PENDING` | `RefundPending` | `data.object.refund.amount_money.amount`, a step of id `data.object.refund.id` |
//! | `refund.created`, `refund.updated` | `data.object.refund.status` is `REJECTED` or `FAILED` | `RefundFailed` | `data.object.refund.amount_money.amount`, a step of id `data.object.refund.id` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `INQUIRY_EVIDENCE_REQUIRED` or `INQUIRY_PROCESSING` or `EVIDENCE_REQUIRED` or `PROCESSING` | `Disputed` | `data.object.dispute.amount_money.amount` of id `data.object.dispute.id` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `WON` | `DisputeWon` | `data.object.dispute.amount_money.amount` of id `data.object.dispute.id` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `LOST` or `ACCEPTED` | `DisputeLost` | `data.object.dispute.amount_money.amount` of id `data.object.dispute.id` |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.state` is `INQUIRY_CLOSED` | `DisputeClosed` | `data.object.dispute.amount_money.amount` of id `data.object.dispute.id` |
//! | `invoice.payment_made` | `data.object.invoice.status` is `PAID` or `PARTIALLY_PAID` | `Paid`, as `payment.updated` |  |
//! | `invoice.payment_made` |  | `Pending` |  |
//! | `invoice.published` |  | `Pending` | `data.object.invoice.next_payment_amount_money.amount`, a step |
//! | `invoice.scheduled_charge_failed` |  | `Failed` | `data.object.invoice.next_payment_amount_money.amount`, a step |
//! | `invoice.canceled` |  | `Canceled` |  |
//! | `invoice.refunded` | `data.object.invoice.status` is `REFUNDED` | `Refunded`, as `payment.updated` |  |
//! | `invoice.refunded` | `data.object.invoice.status` is `PARTIALLY_REFUNDED` | `PartiallyRefunded`, as `payment.updated` |  |
//! | `invoice.refunded` |  | `Refund`, as `payment.updated` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `ACTIVE` and `data.object.subscription.canceled_date` is there | `SubscriptionEnding` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `PENDING` | `Pending` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `ACTIVE` | `SubscriptionActive` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `PAUSED` | `SubscriptionPaused` |  |
//! | `subscription.created`, `subscription.updated` | `data.object.subscription.status` is `CANCELED` or `DEACTIVATED` or `COMPLETED` | `SubscriptionCanceled` |  |
//! | `payout.sent`, `payout.paid`, `payout.failed` | `data.object.payout.amount_money.amount` is below 0 | `Other` |  |
//! | `payout.sent`, `payout.paid` |  | `Payout` | `data.object.payout.amount_money.amount` |
//! | `payout.failed` |  | `PayoutFailed` | `data.object.payout.amount_money.amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `refund.created`, `refund.updated` | `data.object.refund.amount_money.currency`, minor units |  | `data.object.refund.payment_id` | `created_at`, by RFC 3339 |
//! | `dispute.created`, `dispute.state.updated`, `dispute.state.changed` | `data.object.dispute.amount_money.currency`, minor units |  | `data.object.dispute.disputed_payment.payment_id` | `created_at`, by RFC 3339 |
//! | `invoice.payment_made`, `invoice.canceled`, `invoice.refunded` |  |  | `data.object.invoice.id` | `created_at`, by RFC 3339 |
//! | `invoice.published`, `invoice.scheduled_charge_failed` | `data.object.invoice.next_payment_amount_money.currency`, minor units |  | `data.object.invoice.id` | `created_at`, by RFC 3339 |
//! | `subscription.created`, `subscription.updated` |  |  | `data.object.subscription.id` | `created_at`, by RFC 3339 |
//! | `payout.sent`, `payout.paid`, `payout.failed` | `data.object.payout.amount_money.currency`, minor units |  | `data.object.payout.id` | `created_at`, by RFC 3339 |
//! | all others | `data.object.payment.total_money.currency`, else `data.object.payment.amount_money.currency`, minor units | `data.object.payment.reference_id` | `data.object.payment.id` | `created_at`, by RFC 3339 |
//!
//! - The amount of a payment is what was taken, with the tip: `total_money`. `amount_money` is what the app asked for.
//! - `refunded_money` is **all that went back so far**, a total. `refund.…` is one refund, a step, and does not say whether it
//!   was the rest. Square sends a `payment.updated` with it: count one of both.
//! - A completed payment is told again whenever something is added to it, such as the fee.
//! - A payment that was not captured in time is `CANCELED` too.
//! - Of an inquiry that is closed Square does not say for whom.
//! - The amount of an invoice that was paid, or a part of it, is what was paid so far: the sum of
//!   `total_completed_amount_money` of all its `payment_requests`. Each payment of it comes as a `payment.updated` too, with an
//!   id of its own. `invoice.refunded` tells no amount.
//! - A charge that failed leaves the `status` of an invoice as it was.
//! - A subscription with a `canceled_date` runs until then.
//! - A payout of less than nothing takes money from the merchant's bank.
//!
//! Dedupe tells events apart by: `event_id`, kind.

mod event;
pub mod kind;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use crate::provider::about::{About, Group};
use crate::provider::registry::{Registered, testing};

pub use event::{Data, Event};
pub use payment::MEANING;
pub use verify::{SCHEME, Square};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://developer.squareup.com/docs/webhooks/step3validate")
    .setup(&[
        "In the developer console, open the application and Webhooks, Subscriptions, and add one with the URL and its events.",
        "Copy its signature key. It becomes `secrets`.",
        "Copy its notification URL as it stands there. It becomes `public_url`.",
    ]);

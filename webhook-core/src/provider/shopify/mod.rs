//! Shopify: what happens in a shop.
//!
//! | | webhooks | Shopify Events |
//! |---|---|---|
//! | signature | `X-Shopify-Hmac-Sha256` | `Shopify-Hmac-Sha256` |
//! | | base64 HMAC-SHA256 of the body | the same |
//! | key | the text of the app's client secret | the same |
//! | time window | none: Shopify signs no time | the same |
//! | event id | `X-Shopify-Webhook-Id`, **not signed** | `Shopify-Webhook-Id`, **not signed** |
//! | kind | `X-Shopify-Topic`, **not signed** | `Shopify-Topic`, **not signed** |
//!
//! # What to know
//!
//! - Only the body is signed. Whoever replays a request can give it another id, another topic and **another shop**:
//!   take the shop from an address of its own or from what the body names, not from a header.
//! - After the client secret was changed, deliveries may be signed with the old one for up to an hour: configure both.
//! - A notification made by hand in the shop's admin, and its "send test", is signed with another secret than the app's.
//! - Two subscriptions to one event send it twice, with different ids.
//! - Only one of the two families of headers is looked at: [`Shopify::new`] and [`Shopify::events`].
//!   Settings: `"mode": "events"` for the second.
//!
//! Checked against Shopify's library `@shopify/shopify-api` 13.1.0 and 15.0.0. Documentation:
//! ["Verify webhook deliveries"](https://shopify.dev/docs/apps/build/webhooks/verify-deliveries).
//! Shopify Events are a developer preview and may change.
//!
//! # Payments
//!
//! The topic is not signed, so the status is never taken from it. Orders, their transactions, refunds, contracts and what is
//! paid for an app say what they are in `admin_graphql_api_id`, which is in the signed body: they are read as `orders/…`,
//! `order_transactions/create` and so on, whatever the topic is. Whatever needs the topic to be understood is `Unconfirmed`,
//! with what it claims in [`PaymentUpdate::unverified`](crate::payment::PaymentUpdate::unverified): a dispute, an attempt to
//! bill, and an object without `admin_graphql_api_id`, as a subscription with chosen fields may send it.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `orders/*` | `cancelled_at` is there and `financial_status` is `pending` or `authorized` | `Canceled` | `total_price` |
//! | `orders/*` | `financial_status` is `pending` or `partially_paid` | `Pending` | `total_price` |
//! | `orders/*` | `financial_status` is `authorized` | `Authorized` | `total_price` |
//! | `orders/*` | `financial_status` is `voided` | `Canceled` | `total_price` |
//! | `orders/*` | `financial_status` is `expired` | `Expired` | `total_price` |
//! | `orders/*` | `financial_status` is `paid` | `Paid`, as `order_transactions/create` | `total_price - total_outstanding` |
//! | `orders/*` | `financial_status` is `refunded` | `Refunded` |  |
//! | `orders/*` | `financial_status` is `partially_refunded` | `PartiallyRefunded` |  |
//! | `order_transactions/create` | `status` is `success` and `kind` is `sale` or `capture` | `Paid`, as `orders/paid` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `status` is `success` and `kind` is `authorization` | `Authorized` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `status` is `success` and `kind` is `void` | `Canceled` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `kind` is `refund` and `status` is `success` | `Refund`, as `refunds/create` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `kind` is `refund` and `status` is `pending` | `RefundPending` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `kind` is `refund` and `status` is `failure` or `error` | `RefundFailed` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `kind` is `sale` or `authorization` or `capture` and `status` is `pending` | `Pending` | `amount`, a step of id `id` |
//! | `order_transactions/create` | `kind` is `sale` or `authorization` or `capture` and `status` is `failure` or `error` | `Failed` | `amount`, a step of id `id` |
//! | `refunds/create` |  | `Refund`, as `order_transactions/create` | of id `id` |
//! | `disputes/create`, `disputes/update` | `status` is `needs_response` or `under_review` | `Disputed` | `amount` of id `id` |
//! | `disputes/create`, `disputes/update` | `status` is `won` | `DisputeWon` | `amount` of id `id` |
//! | `disputes/create`, `disputes/update` | `status` is `lost` or `accepted` | `DisputeLost` | `amount` of id `id` |
//! | `disputes/create`, `disputes/update` | `status` is `prevented` or `charge_refunded` | `DisputeClosed` | `amount` of id `id` |
//! | `subscription_contracts/*` | `status` is `active` | `SubscriptionActive` |  |
//! | `subscription_contracts/*` | `status` is `paused` | `SubscriptionPaused` |  |
//! | `subscription_contracts/*` | `status` is `cancelled` or `expired` or `failed` or `stale` | `SubscriptionCanceled` |  |
//! | `subscription_billing_attempts/success` |  | `SubscriptionActive` |  |
//! | `subscription_billing_attempts/failure` |  | `SubscriptionPastDue` |  |
//! | `subscription_billing_attempts/challenged` |  | `Pending` |  |
//! | `payment_schedules/due` |  | `Pending` | `balance_due` |
//! | `app_subscriptions/update` | `app_subscription.status` is `PENDING` | `Pending` |  |
//! | `app_subscriptions/update` | `app_subscription.status` is `ACTIVE` | `SubscriptionActive` |  |
//! | `app_subscriptions/update` | `app_subscription.status` is `FROZEN` | `SubscriptionPastDue` |  |
//! | `app_subscriptions/update` | `app_subscription.status` is `CANCELLED` or `EXPIRED` | `SubscriptionCanceled` |  |
//! | `app_subscriptions/update` | `app_subscription.status` is `DECLINED` | `Failed` |  |
//! | `app_purchases_one_time/update` | `app_purchase_one_time.status` is `PENDING` | `Pending` |  |
//! | `app_purchases_one_time/update` | `app_purchase_one_time.status` is `ACTIVE` | `Paid` |  |
//! | `app_purchases_one_time/update` | `app_purchase_one_time.status` is `DECLINED` | `Failed` |  |
//! | `app_purchases_one_time/update` | `app_purchase_one_time.status` is `EXPIRED` | `Expired` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `order_transactions/create` | `currency`, major units |  | `order_id` | `created_at`, by RFC 3339 |
//! | `refunds/create` |  |  | `order_id` | `created_at`, by RFC 3339 |
//! | `disputes/create`, `disputes/update` | `currency`, major units |  | `order_id` | `initiated_at`, by RFC 3339 |
//! | `subscription_billing_attempts/success`, `subscription_billing_attempts/failure`, `subscription_billing_attempts/challenged` |  |  | `subscription_contract_id` |  |
//! | `app_subscriptions/update` |  |  | `app_subscription.admin_graphql_api_id` | `app_subscription.updated_at`, by RFC 3339 |
//! | `app_purchases_one_time/update` |  |  | `app_purchase_one_time.admin_graphql_api_id` | `app_purchase_one_time.updated_at`, by RFC 3339 |
//! | all others | `currency`, major units | `name` | `id` | `updated_at`, by RFC 3339 |
//!
//! - The amount of a refund is the sum of its `transactions`, that of an order that was refunded the sum of all its `refunds`.
//!   Only transactions with `kind` `refund` and `status` `success` are summed up, and only if all are in one currency.
//! - A refund of which no transaction is done, and some are `pending`, is `RefundPending` with the sum of these. A refund
//!   without either is `Other`: goods can come back without money. Whether all went back is not told.
//! - An order tells **sums**, `order_transactions/create` and `refunds/create` each step: take the one or the other.
//!   `total_price` is what an order costs; what was paid is that without `total_outstanding`. Of an order that is partially
//!   paid only its transactions say how much came.
//! - A contract of a subscription, an app's subscription and an app's purchase say what they are, and have no amount. Whether
//!   an attempt to bill a contract succeeded is said by the topic alone. `stale` and `failed` contracts are not billed any
//!   more.
//! - A dispute is over with `prevented` or `charge_refunded`, and neither side won.
//! - An order of an earlier moment can be sent again by whoever has seen it: `time` says which of two is newer.
//! - Shopify Events are `Other`.
//!
//! Dedupe tells events apart by: body, unsigned event id (else webhook id), topic and shop.

mod event;
mod payment;
#[cfg(feature = "testing")]
mod signer;
pub mod topic;
mod verify;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use event::Event;
pub use payment::MEANING;
pub use verify::{EVENTS_SCHEME, SCHEME, Shopify};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, verify::configured)
        .tested(testing!(signer::samples));

const ABOUT: About = About::new(
    Group::Business,
    "https://shopify.dev/docs/apps/build/webhooks/verify-deliveries",
)
.setup(&[
    "Subscribe to topics with the URL in the app's configuration file, or by the API.",
    "In the app's settings, copy the client secret. It becomes `secrets`.",
    "For Shopify Events, set `mode` to `events`.",
])
.settings(&[Setting::optional(
    "mode",
    "`webhooks`, the default, or `events` for Shopify Events",
)]);

//! PayPal: payments, orders, disputes and subscriptions of the REST interface.
//!
//! | | |
//! |---|---|
//! | signature | `PAYPAL-TRANSMISSION-SIG`: base64 RSA-SHA256 of `PAYPAL-TRANSMISSION-ID`, `PAYPAL-TRANSMISSION-TIME`, the webhook's id and the CRC-32 of the body as a decimal number, with a bar between them |
//! | key | of the certificate at `PAYPAL-CERT-URL`, which is got by a [`CertificateSource`](crate::published::CertificateSource) |
//! | time window | four days back, five minutes ahead; another one if configured |
//! | event id | `id` in the body, covered by the checksum only: **not signed** |
//! | kind | `event_type` in the body, covered by the checksum only: **not signed** |
//!
//! Feature `published-keys`.
//!
//! # What the signature does not protect from
//!
//! PayPal signs a CRC-32 of the body, not the body. A CRC-32 finds accidents; it does not stop anybody. Whoever has seen
//! **one** genuine delivery, in a log or a proxy, can write another body with the same checksum, of any content, and send
//! it with the headers of the first one: it verifies. So every delivery of [`PayPal`] has
//! [`Coverage::BodyChecksum`](crate::Coverage::BodyChecksum), and:
//!
//! - Id and kind are [`unverified_id`](crate::Delivery::unverified_id) and [`unverified_kind`](crate::Delivery::unverified_kind), and a
//!   payment is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), with what it claims in
//!   [`PaymentUpdate::unverified`](crate::payment::PaymentUpdate::unverified): ask PayPal's interface for it.
//! - [`PayPalPostback`] is the way to a confirmed payment: it asks PayPal about each delivery.
//! - A transmission id is bound to the first body that it came with; with another one it is refused as
//!   `signature_reused`. This is remembered in the verifier until the transmission is stale, so it ends with the process, and
//!   each of several processes has a first body of its own; keep the verifier of a tenant, do not make it anew for each
//!   request. At most a million transmissions are remembered, only genuine
//!   ones. When these are not enough, none is forgotten; new ones go through without being remembered, and a line at WARN
//!   says so.
//! - Headers lose their worth with the [`tolerance`](PayPal::tolerance). Keep them out of logs all the same, and let nothing
//!   read along between PayPal and you.
//! - PayPal repeats an event with the same body and a new transmission id.
//!
//! # What to know
//!
//! - The webhook's id is that of the developer console, such as `652OVHJHFFBP48WEX`. It is not in the request: that it
//!   is signed shows that the event was meant for you.
//! - Of the certificate's URL host and path are judged before anything is fetched. The certificate must lead to a
//!   root of the web ([`roots_pem`](PayPal::roots_pem) sets others), be valid now, and have a common name of the form
//!   `messageverificationcerts.….paypal.com`. Which authority signs PayPal's certificates today is not documented.
//!   Revocation is not looked at.
//! - The only algorithm is `SHA256withRSA`. PayPal names it in a header, which is compared and never followed.
//! - Whether a repeated delivery has a fresh time is not documented, so a tolerance below three days would lose events. One that
//!   is sent again by hand after four days may be refused as stale.
//! - Events of the webhooks simulator are signed for the id `WEBHOOK_ID`. Anybody with an account can have them sent to your
//!   address, so they are refused unless
//!   [`dangerously_accept_simulator`](PayPal::dangerously_accept_simulator) is called.
//! - Classic notifications (IPN, PDT) are another protocol, not signed and not read here.
//! - PayPal takes any 2xx, and tries up to 25 times within three days otherwise.
//!
//! Checked against PayPal's libraries `paypalrestsdk` 1.13.3 (Python), PayPal-Java-SDK, PayPal-Ruby-SDK and
//! PayPal-NET-SDK, none of which looks at the URL's host. Documentation:
//! ["Integrate webhooks"](https://developer.paypal.com/api/rest/webhooks/rest/), "Webhooks simulator".
//!
//! # Settings
//!
//! | name | value |
//! |---|---|
//! | `webhook_id` | the webhook's id |
//! | `cert_by_url` | certificates in PEM by their URL; without it they are fetched, with feature `fetch` |
//! | `trust_roots_pem` | one text or a list; absent: the roots of the web |
//! | `cert_url_hosts` | where certificates may be fetched; absent: PayPal's four hosts |
//! | `tolerance_seconds` | absent: four days |
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `PAYMENT.CAPTURE.COMPLETED`, `PAYMENT.SALE.COMPLETED` |  | `Paid` | `resource.amount.value`, else `resource.amount.total`, a step |
//! | `PAYMENT.CAPTURE.PENDING`, `PAYMENT.SALE.PENDING` |  | `Pending` | `resource.amount.value`, else `resource.amount.total`, a step |
//! | `PAYMENT.CAPTURE.DENIED`, `PAYMENT.CAPTURE.DECLINED`, `PAYMENT.SALE.DENIED` |  | `Failed` | `resource.amount.value`, else `resource.amount.total`, a step |
//! | `PAYMENT.CAPTURE.REFUNDED` | `resource.status` is `PENDING` or `pending` | `RefundPending` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.CAPTURE.REFUNDED` | `resource.status` is `FAILED` or `failed` or `CANCELLED` or `cancelled` | `RefundFailed` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.CAPTURE.REFUNDED` | `resource.state` is `PENDING` or `pending` | `RefundPending` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.CAPTURE.REFUNDED` | `resource.state` is `FAILED` or `failed` or `CANCELLED` or `cancelled` | `RefundFailed` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.CAPTURE.REFUNDED`, `PAYMENT.CAPTURE.REVERSED` |  | `Refund` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.REFUND.PENDING` |  | `RefundPending` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.REFUND.FAILED` |  | `RefundFailed` | `resource.amount.value`, else `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.seller_payable_breakdown.total_refunded_amount.value` |
//! | `PAYMENT.SALE.REFUNDED` | `resource.state` is `PENDING` or `pending` | `RefundPending` | `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.total_refunded_amount.value` |
//! | `PAYMENT.SALE.REFUNDED` | `resource.state` is `FAILED` or `failed` or `CANCELLED` or `cancelled` | `RefundFailed` | `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.total_refunded_amount.value` |
//! | `PAYMENT.SALE.REFUNDED`, `PAYMENT.SALE.REVERSED` |  | `Refund` | `abs(resource.amount.total)`, a step of id `resource.id`; so far `resource.total_refunded_amount.value` |
//! | `PAYMENT.AUTHORIZATION.CREATED` | `resource.status` is `PENDING` or `pending` | `Pending` | `resource.amount.value`, else `resource.amount.total` |
//! | `PAYMENT.AUTHORIZATION.CREATED` | `resource.status` is not there and `resource.state` is `PENDING` or `pending` | `Pending` | `resource.amount.value`, else `resource.amount.total` |
//! | `PAYMENT.AUTHORIZATION.CREATED` |  | `Authorized` | `resource.amount.value`, else `resource.amount.total` |
//! | `PAYMENT.AUTHORIZATION.VOIDED`, `PAYMENT.ORDER.CANCELLED` |  | `Canceled` | `resource.amount.value`, else `resource.amount.total` |
//! | `PAYMENT.ORDER.CREATED` |  | `Pending` | `resource.amount.value`, else `resource.amount.total` |
//! | `CHECKOUT.ORDER.APPROVED`, `CHECKOUT.ORDER.SAVED` | `resource.purchase_units.1` is not there | `Pending` | `resource.purchase_units.0.amount.value` |
//! | `CHECKOUT.ORDER.APPROVED`, `CHECKOUT.ORDER.SAVED` |  | `Pending` |  |
//! | `CHECKOUT.ORDER.VOIDED`, `CHECKOUT.PAYMENT-APPROVAL.REVERSED` | `resource.purchase_units.1` is not there | `Canceled` | `resource.purchase_units.0.amount.value` |
//! | `CHECKOUT.ORDER.VOIDED`, `CHECKOUT.PAYMENT-APPROVAL.REVERSED` |  | `Canceled` |  |
//! | `CHECKOUT.ORDER.DECLINED` | `resource.purchase_units.1` is not there | `Failed` | `resource.purchase_units.0.amount.value` |
//! | `CHECKOUT.ORDER.DECLINED` |  | `Failed` |  |
//! | `CUSTOMER.DISPUTE.CREATED`, `CUSTOMER.DISPUTE.UPDATED`, `RISK.DISPUTE.CREATED` |  | `Disputed` | `resource.dispute_amount.value` of id `resource.dispute_id` |
//! | `CUSTOMER.DISPUTE.RESOLVED` | `resource.dispute_outcome.outcome_code` is `RESOLVED_BUYER_FAVOUR` or `ACCEPTED` | `DisputeLost` | `resource.dispute_outcome.amount_refunded.value`, else `resource.dispute_amount.value` of id `resource.dispute_id` |
//! | `CUSTOMER.DISPUTE.RESOLVED` | `resource.dispute_outcome.outcome_code` is `RESOLVED_SELLER_FAVOUR` or `CANCELED_BY_BUYER` or `DENIED` | `DisputeWon` | `resource.dispute_amount.value` of id `resource.dispute_id` |
//! | `CUSTOMER.DISPUTE.RESOLVED` |  | `DisputeClosed` | `resource.dispute_amount.value` of id `resource.dispute_id` |
//! | `BILLING.SUBSCRIPTION.CREATED` |  | `Pending` |  |
//! | `BILLING.SUBSCRIPTION.ACTIVATED`, `BILLING.SUBSCRIPTION.RE-ACTIVATED` |  | `SubscriptionActive` |  |
//! | `BILLING.SUBSCRIPTION.SUSPENDED` |  | `SubscriptionPaused` |  |
//! | `BILLING.SUBSCRIPTION.PAYMENT.FAILED` |  | `SubscriptionPastDue` | `resource.billing_info.last_failed_payment.amount.value`, a step |
//! | `BILLING.SUBSCRIPTION.CANCELLED`, `BILLING.SUBSCRIPTION.EXPIRED` |  | `SubscriptionCanceled` |  |
//! | `BILLING.SUBSCRIPTION.UPDATED` | `resource.status` is `ACTIVE` or `Active` | `SubscriptionActive` |  |
//! | `BILLING.SUBSCRIPTION.UPDATED` | `resource.status` is `SUSPENDED` or `Suspended` | `SubscriptionPaused` |  |
//! | `BILLING.SUBSCRIPTION.UPDATED` | `resource.status` is `CANCELLED` or `Cancelled` or `EXPIRED` or `Expired` | `SubscriptionCanceled` |  |
//! | `BILLING.SUBSCRIPTION.UPDATED` | `resource.state` is `ACTIVE` or `Active` | `SubscriptionActive` |  |
//! | `BILLING.SUBSCRIPTION.UPDATED` | `resource.state` is `SUSPENDED` or `Suspended` | `SubscriptionPaused` |  |
//! | `BILLING.SUBSCRIPTION.UPDATED` | `resource.state` is `CANCELLED` or `Cancelled` or `EXPIRED` or `Expired` | `SubscriptionCanceled` |  |
//! | `INVOICING.INVOICE.PAID` | `resource.invoice.status` is `PAID` or `MARKED_AS_PAID` | `Paid` | `resource.invoice.amount.value` |
//! | `INVOICING.INVOICE.PAID` | `resource.invoice.status` is `PARTIALLY_PAID` | `Paid` | `resource.invoice.payments.paid_amount.value` |
//! | `INVOICING.INVOICE.PAID` |  | `Pending` | `resource.invoice.amount.value` |
//! | `INVOICING.INVOICE.REFUNDED` |  | `Refund` | `resource.invoice.refunds.refund_amount.value` |
//! | `INVOICING.INVOICE.CANCELLED` |  | `Canceled` | `resource.invoice.amount.value` |
//! | `PAYMENT.PAYOUTSBATCH.PROCESSING`, `PAYMENT.PAYOUTSBATCH.SUCCESS` |  | `Payout`, as `PAYMENT.PAYOUTS-ITEM.SUCCEEDED` | `resource.batch_header.amount.value` |
//! | `PAYMENT.PAYOUTSBATCH.DENIED` |  | `PayoutFailed`, as `PAYMENT.PAYOUTS-ITEM.DENIED` | `resource.batch_header.amount.value` |
//! | `PAYMENT.PAYOUTS-ITEM.SUCCEEDED`, `PAYMENT.PAYOUTS-ITEM.HELD`, `PAYMENT.PAYOUTS-ITEM.UNCLAIMED` |  | `Payout` | `resource.payout_item.amount.value`, a step of id `resource.payout_item_id` |
//! | `PAYMENT.PAYOUTS-ITEM.BLOCKED`, `PAYMENT.PAYOUTS-ITEM.CANCELED`, `PAYMENT.PAYOUTS-ITEM.DENIED`, `PAYMENT.PAYOUTS-ITEM.FAILED`, `PAYMENT.PAYOUTS-ITEM.REFUNDED`, `PAYMENT.PAYOUTS-ITEM.RETURNED` |  | `PayoutFailed` | `resource.payout_item.amount.value`, a step of id `resource.payout_item_id` |
//! | `CUSTOMER.PAYOUT.COMPLETED` |  | `Payout` | `resource.amount.value`, else `resource.amount.total`, a step |
//! | `PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED` |  | `Payout` |  |
//! | `PAYMENT.REFERENCED-PAYOUT-ITEM.FAILED` |  | `PayoutFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `PAYMENT.CAPTURE.REFUNDED`, `PAYMENT.CAPTURE.REVERSED`, `PAYMENT.REFUND.PENDING`, `PAYMENT.REFUND.FAILED` | `resource.amount.currency_code`, else `resource.amount.currency`, major units | `resource.custom_id`, else `resource.invoice_id`, else `resource.custom`, else `resource.invoice_number` |  | `create_time`, by RFC 3339 |
//! | `PAYMENT.SALE.REFUNDED`, `PAYMENT.SALE.REVERSED` | `resource.amount.currency_code`, else `resource.amount.currency`, major units | `resource.custom_id`, else `resource.invoice_id`, else `resource.custom`, else `resource.invoice_number` | `resource.sale_id` | `create_time`, by RFC 3339 |
//! | `CHECKOUT.ORDER.APPROVED`, `CHECKOUT.ORDER.SAVED`, `CHECKOUT.ORDER.VOIDED`, `CHECKOUT.PAYMENT-APPROVAL.REVERSED`, `CHECKOUT.ORDER.DECLINED` | `resource.purchase_units.0.amount.currency_code`, major units | `resource.purchase_units.0.custom_id`, else `resource.purchase_units.0.invoice_id` | `resource.order_id`, else `resource.id` | `create_time`, by RFC 3339 |
//! | `CHECKOUT.ORDER.APPROVED`, `CHECKOUT.ORDER.SAVED`, `CHECKOUT.ORDER.VOIDED`, `CHECKOUT.PAYMENT-APPROVAL.REVERSED`, `CHECKOUT.ORDER.DECLINED` |  |  | `resource.order_id`, else `resource.id` | `create_time`, by RFC 3339 |
//! | `CUSTOMER.DISPUTE.CREATED`, `CUSTOMER.DISPUTE.UPDATED`, `RISK.DISPUTE.CREATED`, `CUSTOMER.DISPUTE.RESOLVED` | `resource.dispute_amount.currency_code`, major units | `resource.disputed_transactions.0.custom`, else `resource.disputed_transactions.0.invoice_number` | `resource.disputed_transactions.0.seller_transaction_id` | `create_time`, by RFC 3339 |
//! | `CUSTOMER.DISPUTE.RESOLVED` | `resource.dispute_outcome.amount_refunded.currency_code`, else `resource.dispute_amount.currency_code`, major units | `resource.disputed_transactions.0.custom`, else `resource.disputed_transactions.0.invoice_number` | `resource.disputed_transactions.0.seller_transaction_id` | `create_time`, by RFC 3339 |
//! | `BILLING.SUBSCRIPTION.CREATED`, `BILLING.SUBSCRIPTION.ACTIVATED`, `BILLING.SUBSCRIPTION.RE-ACTIVATED`, `BILLING.SUBSCRIPTION.SUSPENDED`, `BILLING.SUBSCRIPTION.CANCELLED`, `BILLING.SUBSCRIPTION.EXPIRED`, `BILLING.SUBSCRIPTION.UPDATED` |  | `resource.custom_id` | `resource.id` | `create_time`, by RFC 3339 |
//! | `BILLING.SUBSCRIPTION.PAYMENT.FAILED` | `resource.billing_info.last_failed_payment.amount.currency_code`, major units | `resource.custom_id` | `resource.id` | `create_time`, by RFC 3339 |
//! | `INVOICING.INVOICE.PAID`, `INVOICING.INVOICE.CANCELLED` | `resource.invoice.amount.currency_code`, major units | `resource.invoice.detail.invoice_number` | `resource.invoice.id`, else `resource.id` | `create_time`, by RFC 3339 |
//! | `INVOICING.INVOICE.PAID` | `resource.invoice.payments.paid_amount.currency_code`, major units | `resource.invoice.detail.invoice_number` | `resource.invoice.id`, else `resource.id` | `create_time`, by RFC 3339 |
//! | `INVOICING.INVOICE.REFUNDED` | `resource.invoice.refunds.refund_amount.currency_code`, major units | `resource.invoice.detail.invoice_number` | `resource.invoice.id`, else `resource.id` | `create_time`, by RFC 3339 |
//! | `PAYMENT.PAYOUTSBATCH.PROCESSING`, `PAYMENT.PAYOUTSBATCH.SUCCESS`, `PAYMENT.PAYOUTSBATCH.DENIED` | `resource.batch_header.amount.currency`, else `resource.batch_header.amount.currency_code`, major units | `resource.batch_header.sender_batch_header.sender_batch_id` | `resource.batch_header.payout_batch_id` | `create_time`, by RFC 3339 |
//! | `PAYMENT.PAYOUTS-ITEM.SUCCEEDED`, `PAYMENT.PAYOUTS-ITEM.HELD`, `PAYMENT.PAYOUTS-ITEM.UNCLAIMED`, `PAYMENT.PAYOUTS-ITEM.BLOCKED`, `PAYMENT.PAYOUTS-ITEM.CANCELED`, `PAYMENT.PAYOUTS-ITEM.DENIED`, `PAYMENT.PAYOUTS-ITEM.FAILED`, `PAYMENT.PAYOUTS-ITEM.REFUNDED`, `PAYMENT.PAYOUTS-ITEM.RETURNED` | `resource.payout_item.amount.currency`, else `resource.payout_item.amount.currency_code`, major units | `resource.payout_item.sender_item_id` | `resource.payout_item_id` | `create_time`, by RFC 3339 |
//! | `PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED`, `PAYMENT.REFERENCED-PAYOUT-ITEM.FAILED` |  |  |  | `create_time`, by RFC 3339 |
//! | all others | `resource.amount.currency_code`, else `resource.amount.currency`, major units | `resource.custom_id`, else `resource.invoice_id`, else `resource.custom`, else `resource.invoice_number` | `resource.id` | `create_time`, by RFC 3339 |
//!
//! - A capture, a sale and a refund are steps; an authorization, an order and an invoice tell the whole. PayPal does not say in
//!   a refund what the capture was, so whether something is left of it is not known; `total_refunded_amount` is all that went
//!   back so far, the `total` of the update.
//! - The transaction id of a refund of a capture is its `capture_id`, else that of the capture that its link `up` leads to.
//!   Without both there is none, and `missing` has `/resource/links`. A `PAYMENT.SALE.REVERSED` often names no sale.
//! - A refund has a `status` of its own, `state` in the first version: one that is `PENDING`, `FAILED` or `CANCELLED` has not
//!   happened. Whether PayPal sends the last two as `PAYMENT.CAPTURE.REFUNDED` is not documented.
//! - `….REVERSED` is money that PayPal took back, mostly after a dispute. The dispute tells its own.
//! - The amount of a refund is told without its sign.
//! - Nothing is paid before you capture an approved order. An order of several units has no one
//!   amount, and no one reference. `CHECKOUT.ORDER.COMPLETED` repeats what its captures have told, and is `Other`.
//! - An authorization is voided when you call it off, and when it has run out: PayPal does not say which.
//! - The amount of a lost dispute is what was given back, where that is told. `RESOLVED_WITH_PAYOUT`, where PayPal paid, and
//!   `NONE` do not say for whom it was decided. What `ACCEPTED` and `DENIED` mean is taken from their names.
//! - The first version of subscriptions has `state` instead of `status`, and writes it as `Active`.
//! - `INVOICING.INVOICE.PAID` is sent for a part and for a payment that is pending too; the `status` of the invoice decides. Of
//!   a part the amount is all that was paid so far. Of a refund of an invoice it is not known whether that was all.
//! - A batch of payouts is told as a whole, and each of its items by itself: count one of both. An item that is held or
//!   unclaimed has not arrived, and may come back. Of a referenced payout nothing but the kind is known.
//!
//! Dedupe tells events apart by: by certificate: body, unsigned `id` and kind; postback: `id`, kind. A repeat is
//! handled again if it is not recognised: rendered anew.

mod account;
mod ask;
mod bound;
mod certified;
mod payment;
mod postback;
#[cfg(feature = "testing")]
mod signer;
#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
mod tokens;
mod transmission;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use ask::{Answer, Ask};
pub use payment::MEANING;
pub use postback::PayPalPostback;
#[cfg(feature = "testing")]
pub use signer::{
    Signer, TEST_CERTIFICATE_PEM, TEST_CERTIFICATE_URL, TEST_KEY_PEM, TEST_ROOT_PEM,
    TEST_WEBHOOK_ID,
};
pub use verify::PayPal;

pub(crate) const PROVIDER: Registered = Registered::custom(account::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(PayPal::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://developer.paypal.com/api/rest/webhooks/rest/")
    .setup(&[
        "In the developer dashboard, open Apps & Credentials and the app, and add a webhook with the URL and its events.",
        "Copy the id of the webhook from the list. It becomes `webhook_id`.",
        "Let the process reach PayPal to get certificates (feature `fetch`), or keep them in `cert_by_url`.",
    ])
    .settings(&[
        Setting::required(
            "webhook_id",
            "the webhook's id, shown beside its URL in the developer dashboard",
        ),
        Setting::optional(
            "cert_by_url",
            "a table of certificates in PEM by their URL; fetched if absent, with the feature `fetch`",
        ),
        Setting::optional(
            "trust_roots_pem",
            "the roots to trust, in PEM: one text or a list; those of the web if absent",
        ),
        Setting::optional(
            "cert_url_hosts",
            "the hosts that certificates may come from; PayPal's four if absent",
        ),
        Setting::optional(
            "tolerance_seconds",
            "how old a signed time may be; four days if absent",
        ),
        Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same as `tolerance_seconds` if that is set, and 300 if not",
        ),
    ])
    .headers(&[
        "paypal-transmission-sig",
        "paypal-transmission-id",
        "paypal-transmission-time",
        "paypal-cert-url",
        "paypal-auth-algo",
    ])
    .signed(
        "RSA-SHA256 in base64 of: the transmission's id, `|`, the time, `|`, the webhook's id, `|`, the CRC-32 of the body",
    )
    .tolerance_secs(345_600);

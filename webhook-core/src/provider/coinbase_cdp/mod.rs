//! Coinbase CDP and Coinbase Business: checkouts, payment links, transfers, on- and off-ramps. Delivered by Hook0.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hook0-Signature: t=…,v0=…[,h=…,v1=…]`, hex HMAC-SHA256. `v1`, if it is there, of `t`, `.`, the names in `h`, `.`, the values of these headers with `.` between them, `.`, body. Else `v0`, of `t`, `.`, body |
//! | key | the text of the subscription's secret |
//! | time window | 300 seconds both ways |
//! | event id | `X-Event-Id` if `v1` covers it, else `eventId`, `eventID` or `id` in the body, signed; without them `X-Event-Id`, **not signed** |
//! | kind | `eventType` or `type` in the body, signed; `X-Event-Type` where `v1` covers it, or where the body names none |
//!
//! # What to know
//!
//! - Whoever has caught a request with both signatures can drop `v1` and change the headers: `v0` covers the body all
//!   the same.
//! - In what `v1` signs, values are joined with dots, so that text could move from one header to the next. A header
//!   counts as signed only where no covered value holds a dot.
//! - Where the body begins is beyond doubt, with `v1` and with `v0`: it is a JSON object or array, and neither a covered
//!   value nor a name holds what it begins with. Anything else is refused, as is a header's name with a dot.
//! - Which products send `X-Event-Id` is not documented. The `id` of a checkout's body is that of the checkout, so that
//!   several events can share it.
//! - That the secret is used as text, not decoded, is general knowledge; the documentation does not say it.
//!
//! Checked against the library `hook0-client` 2.0.3 (Rust) and `openapi.yaml` of `coinbase/cdp-sdk`. Documentation:
//! ["Verify Signatures"](https://docs.cdp.coinbase.com/webhooks/verify-signatures).
//!
//! # Payments
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `acceptance.payment_session.created`, `acceptance.payment_session.authorization_pending` |  | `Pending` | `data.paymentSession.amount` |
//! | `acceptance.payment_session.canceled` |  | `Canceled` | `data.paymentSession.amount` |
//! | `acceptance.payment_session.authorization_succeeded` |  | `Authorized` | `data.authorization.amount`, a step of id `data.authorization.authorizationId` |
//! | `acceptance.payment_session.authorization_failed` |  | `Failed` | `data.authorization.amount`, a step of id `data.authorization.authorizationId` |
//! | `acceptance.payment_session.capture_pending` |  | `Pending` | `data.capture.amount`, a step of id `data.capture.captureId` |
//! | `acceptance.payment_session.capture_succeeded` |  | `Paid` | `data.capture.amount`, a step of id `data.capture.captureId`; so far `data.paymentSession.balances.captured` |
//! | `acceptance.payment_session.capture_failed` |  | `Failed` | `data.capture.amount`, a step of id `data.capture.captureId` |
//! | `acceptance.payment_session.void_succeeded` |  | `Canceled` | `data.void.amount`, a step of id `data.void.voidId` |
//! | `acceptance.payment_session.refund_pending` |  | `RefundPending` | `data.refund.amount`, a step of id `data.refund.refundId` |
//! | `acceptance.payment_session.refund_succeeded` | `data.paymentSession.balances.refunded` equals `data.paymentSession.balances.captured` | `Refunded` | `data.refund.amount`, a step of id `data.refund.refundId`; so far `data.paymentSession.balances.refunded` |
//! | `acceptance.payment_session.refund_succeeded` | `data.paymentSession.balances.captured - data.paymentSession.balances.refunded` is above 0 | `PartiallyRefunded` | `data.refund.amount`, a step of id `data.refund.refundId`; so far `data.paymentSession.balances.refunded` |
//! | `acceptance.payment_session.refund_succeeded` |  | `Refund` | `data.refund.amount`, a step of id `data.refund.refundId`; so far `data.paymentSession.balances.refunded` |
//! | `acceptance.payment_session.refund_failed` |  | `RefundFailed` | `data.refund.amount`, a step of id `data.refund.refundId` |
//! | `acceptance.disbursement.pending`, `acceptance.disbursement.succeeded` |  | `Payout` | `data.amount` |
//! | `acceptance.disbursement.failed` |  | `PayoutFailed` | `data.amount` |
//! | `payments.transfers.quoted`, `payments.transfers.processing`, `payments.transfers.completed` |  | `Payout` | `data.sourceAmount` |
//! | `payments.transfers.failed`, `payments.transfers.expired` |  | `PayoutFailed` | `data.sourceAmount` |
//! | `checkout.payment.success`, `payment_link.payment.success` |  | `Paid` | `amount` |
//! | `checkout.payment.failed`, `payment_link.payment.failed` |  | `Failed` | `amount` |
//! | `checkout.payment.expired`, `payment_link.payment.expired` |  | `Expired` | `amount` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `acceptance.disbursement.pending`, `acceptance.disbursement.succeeded`, `acceptance.disbursement.failed` | `data.asset`, major units | `data.externalReferenceId` | `data.disbursementId` | `timestamp`, by RFC 3339 |
//! | `payments.transfers.quoted`, `payments.transfers.processing`, `payments.transfers.completed`, `payments.transfers.failed`, `payments.transfers.expired` | `data.sourceAsset`, major units |  | `data.transferId` | `timestamp`, by RFC 3339 |
//! | `checkout.payment.success`, `payment_link.payment.success`, `checkout.payment.failed`, `payment_link.payment.failed`, `checkout.payment.expired`, `payment_link.payment.expired` | `currency`, major units |  | `id` | `updatedAt`, by RFC 3339 |
//! | all others | `data.paymentSession.asset`, major units | `data.paymentSession.externalReferenceId` | `data.paymentSession.paymentSessionId` | `timestamp`, by RFC 3339 |
//!
//! - The amount is an error for USDC and other crypto assets, which are no currencies of ISO 4217. The status stays.
//! - Authorizations, captures, voids and refunds are steps. `Refunded` means that all that was captured is back; without
//!   the balances of the session it is `Refund`.
//! - With `autoCapture` a capture follows each authorization by itself. A capture with `finalCapture` releases the rest.
//! - Disbursements and transfers are money that goes out. Of a transfer, what leaves is read: `targetAmount` may be of
//!   another asset. One that is `quoted` has not begun.
//! - Checkouts and payment links have no reference; what you gave to Coinbase is in `metadata`.
//! - Kinds of on-ramps and off-ramps, where a user buys or sells for himself, are `Other`, as are those of wallets.
//!
//! Dedupe tells events apart by: `eventId` or `eventID`, else body. A repeat is handled again if it is not recognised:
//! kinds without an id, rendered anew.

mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::CoinbaseCdp;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(CoinbaseCdp::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.cdp.coinbase.com/webhooks/verify-signatures",
)
.setup(&[
    "Make a webhook subscription for the URL of your endpoint, with the CDP CLI or the API.",
    "Copy the `secret` of the answer: it becomes `secrets`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the secret in the answer that made the subscription: one or a list, any of which \
             may match",
    ),
    Setting::optional("tolerance_seconds", "how old the signed time may be"),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&["x-hook0-signature", "x-event-id", "x-event-type"])
.signed(
    "HMAC-SHA256 in hex of: the time, `.`, the names and the values of the headers in `h` \
         where it has `v1`, the body",
)
.tolerance_secs(300);

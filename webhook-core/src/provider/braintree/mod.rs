//! Braintree: cards, PayPal, bank debits and subscriptions. Feature `xml`: its events are XML.
//!
//! | | |
//! |---|---|
//! | signature | `bt_signature` in the form: pairs of public key and hex HMAC-SHA1 of `bt_payload` |
//! | key | the 20 bytes of the SHA-1 of the private key's text |
//! | time window | none unless one is [asked for](Braintree::tolerance); `timestamp` in the event is signed |
//! | event id | none: see [`Notification::dedupe_key`] |
//! | kind | `kind` in the event, signed |
//! | handshake | `GET ?bt_challenge=…` is answered with the public key and the HMAC of the challenge |
//!
//! # What to know
//!
//! - The signature covers one field of the form, which is the whole event: nothing of a [`Notification`] is unsigned.
//! - Form handling often strips the line feed at the end of `bt_payload`, so that the signature may be one of the payload
//!   as it came or of the payload with a line feed. Nothing else about it is forgiven.
//! - `bt_signature` may hold pairs of other keys; those are skipped. Its hex is in lower case.
//! - The handshake hands out HMACs of what a stranger chose, 20 to 32 hexadecimal digits, under the key that signs
//!   events. None of them can pass for one: what such digits stand for in base64 never begins like XML.
//! - The XML must be plain: one root, no document type, no processing instruction, no entity but the five that XML has,
//!   at most 64 levels and 50 000 elements.
//! - Deliveries can arrive out of order, and Braintree tries again every hour for a day (three hours in its sandbox).
//! - `source-merchant-id` names the merchant on whose behalf a partner is told.
//!
//! Checked against Braintree's libraries `braintree` 4.48.0 (Python) and 3.40.0 (JavaScript). Documentation: "Create"
//! and ["Parse"](https://developer.paypal.com/braintree/docs/guides/webhooks/parse).
//!
//! # Payments
//!
//! | kind | status |
//! |---|---|
//! | `transaction_settled`, `transaction_disbursed` | `Paid`; of a `credit` `PartiallyRefunded`, since it does not say whether that was all |
//! | `transaction_settlement_declined` | `Failed`; of a `credit` `Other` |
//! | `subscription_charged_successfully` | `Paid` |
//! | `subscription_charged_unsuccessfully` | `Failed` |
//! | `subscription_went_active` | `SubscriptionActive` |
//! | `subscription_went_past_due` | `SubscriptionPastDue` |
//! | `subscription_canceled`, `subscription_expired` | `SubscriptionCanceled` |
//! | `dispute_opened`, `dispute_disputed`, `dispute_under_review` | `Disputed` |
//! | `dispute_won` | `DisputeWon` |
//! | `dispute_lost`, `dispute_accepted`, `dispute_auto_accepted`, `dispute_expired` (not answered in time) | `DisputeLost` |
//! | `local_payment_completed` (the payer has agreed; the sale is still to be made) | `Pending` |
//! | `local_payment_funded` | `Paid` |
//! | `local_payment_expired` | `Expired` |
//! | `local_payment_reversed` | `Refunded` |
//! | anything else, `refund_failed` and `transaction_retried` too | `Other` |
//!
//! | field | where in the subject |
//! |---|---|
//! | amount | `transaction/amount`, `dispute/amount-disputed`, else `dispute/amount`; a decimal text in the `currency-iso-code` beside it, **an error where that is missing** |
//! | reference | `transaction/order-id` |
//! | transaction id | `transaction/id`; `payment-id` of a local payment without a transaction; of a subscription that was not charged its `id` |
//! | time | `timestamp` |
//!
//! The transaction of a subscription is the latest of its `transactions` by `created-at`, that of a dispute or a local
//! payment the one inside.
//!
//! Dedupe tells events apart by: the signed payload. A repeat is handled again if it is not recognised: rendered anew.

mod element;
mod event;
pub mod kind;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Setting};
use crate::provider::registry::{Registered, testing};

pub use element::Element;
pub use event::Notification;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Braintree;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Braintree::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About =
    About::new("https://developer.paypal.com/braintree/docs/guides/webhooks/parse")
        .setup(&[
            "In the Control Panel, open API, Keys, and copy the public and the private key: they \
             become `public_key` and `private_key`.",
            "Open API, Webhooks, and add the URL of your endpoint with its kinds; the endpoint \
             must run by then, since the URL is checked.",
            "Use Check URL there to send a test.",
        ])
        .settings(&[
            Setting::required(
                "public_key",
                "the public key of the API, shown in the Control Panel: one or a list",
            ),
            Setting::required(
                "private_key",
                "the private key that belongs to it: one or a list of the same length",
            ),
            Setting::optional(
                "tolerance_seconds",
                "how old the `timestamp` of an event may be; any age is accepted if absent",
            ),
            Setting::optional(
                "future_tolerance_seconds",
                "how far ahead it may be; the same if absent",
            ),
        ])
        .signed(
            "HMAC-SHA1 in hex of: `bt_payload` of the form, with the SHA-1 of the private key as \
             key; it stands in `bt_signature`",
        )
        .handshakes(&[
            "GET with `bt_challenge`: answered with the public key and the HMAC of the challenge",
        ]);

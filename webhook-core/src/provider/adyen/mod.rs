//! Adyen: payments ("standard webhooks"). For platforms, banking and management see
//! [`adyen_platform`](crate::provider::adyen_platform).
//!
//! | | |
//! |---|---|
//! | signature | in each item of the body, `additionalData.hmacSignature`: base64 HMAC-SHA256 of eight fields with `:` between them |
//! | key | the bytes of the webhook's HMAC key, which Adyen shows in hex |
//! | time window | none: Adyen signs no time |
//! | event id | `pspReference:eventCode:success` of the first item, signed |
//! | kind | `eventCode` of the first item, signed |
//! | acknowledgement | 200 with the text `[accepted]` |
//!
//! # What to know
//!
//! - The eight signed fields are `pspReference`, `originalReference`, `merchantAccountCode`, `merchantReference`,
//!   `amount.value`, `amount.currency`, `eventCode` and `success`. Nothing else is: not `eventDate`, `reason`, `live`,
//!   `paymentMethod` or the rest of `additionalData`.
//! - Nothing in the fields is escaped, so a `:` could move from one into the next. It is accepted in
//!   `merchantReference` alone, where it leaves only one way to read what was signed.
//! - Every item of a batch must be signed. One that is not right refuses the whole request, and so does a batch
//!   of more than 100 items. JSON webhooks carry one item by Adyen's documentation; ask for
//!   [`PaymentUpdates`](crate::payment::PaymentUpdates) to be safe.
//! - A delivery has the id of its first item. Whoever has captured signed items can send them again in another
//!   batch: take the id of each [`PaymentUpdate`](crate::payment::PaymentUpdate) for what happens once.
//! - A member that is written twice makes an item malformed: two readers could disagree about what was signed.
//! - A new HMAC key takes a while to spread at Adyen: configure both until it has.
//! - Set the webhook to JSON. The forms and SOAP that Adyen also offers are not read.
//! - Basic authentication, which Adyen offers beside the signature, is not looked at.
//!
//! Checked against Adyen's libraries `Adyen` 16.0.0 (Python), `@adyen/api-library` 32.1.0, adyen-java and adyen-php.
//! Documentation: ["Verify HMAC signatures"](https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures).
//!
//! # Payments
//!
//! One update for each item; the places are inside of it. The time, and what a `CANCEL_OR_REFUND` has done, are not
//! signed: they stand in the [unsigned](crate::payment::PaymentUpdate::unverified) claim alone, and the status beside it
//! is `Unconfirmed`.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `AUTHORISATION` | `success` is `true` | `Authorized` | `amount.value` |
//! | `AUTHORISATION` | `success` is `false` | `Failed` | `amount.value` |
//! | `AUTHORISATION_ADJUSTMENT` | `success` is `true` | `Authorized` | `amount.value` |
//! | `PENDING` | `success` is `true` | `Pending` | `amount.value` |
//! | `CAPTURE` | `success` is `true` | `Paid` | `amount.value` |
//! | `CAPTURE` | `success` is `false` | `Failed` | `amount.value` |
//! | `CAPTURE_FAILED` | `success` is `true` | `Failed` | `amount.value` |
//! | `CANCELLATION`, `TECHNICAL_CANCEL` | `success` is `true` | `Canceled` | `amount.value` |
//! | `OFFER_CLOSED` | `success` is `true` | `Expired` | `amount.value` |
//! | `REFUND` | `success` is `true` | `Refunded` | `amount.value` |
//! | `CANCEL_OR_REFUND` | `success` is `true` and `additionalData.modification.action` is `cancel` | `Canceled` | `amount.value` |
//! | `CANCEL_OR_REFUND` | `success` is `true` and `additionalData.modification.action` is `refund` | `Refunded` | `amount.value` |
//! | `CANCEL_OR_REFUND` | `success` is `true` | `Unconfirmed` | `amount.value` |
//! | `CHARGEBACK`, `NOTIFICATION_OF_CHARGEBACK`, `REQUEST_FOR_INFORMATION` | `success` is `true` | `Disputed` | `amount.value` |
//! | `CHARGEBACK_REVERSED`, `PREARBITRATION_WON`, `ISSUER_RESPONSE_TIMEFRAME_EXPIRED` | `success` is `true` | `DisputeWon` | `amount.value` |
//! | `SECOND_CHARGEBACK`, `PREARBITRATION_LOST` | `success` is `true` | `DisputeLost` | `amount.value` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `merchantReference` | `originalReference`, else `pspReference` | `eventDate`, by RFC 3339 |
//!
//! - `AUTHORISATION` does not say whether the account captures by itself.
//! - Of `REFUND`, compare the amount: a part is told in the same way. `REFUND_FAILED` is `Other`.
//! - What is `Disputed` can still be defended. After `CHARGEBACK_REVERSED` a second chargeback may follow.
//! - The units are Adyen's own: "Currency codes and minor units".
//!
//! Dedupe tells events apart by: the signed fields of all items.

mod item;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Setting};
use crate::provider::registry::{Registered, testing};

pub use payment::MEANING;
pub(super) use payment::MINOR_UNITS;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Adyen;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Adyen::new(settings.keys("secrets")?)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
)
.setup(&[
    "In the Customer Area, open Developers, Webhooks, and add a standard webhook with the \
     URL of your endpoint; choose JSON.",
    "Under Security, generate an HMAC key and copy it: it becomes `secrets`.",
    "Save, enable the webhook and send a test from its page.",
])
.settings(&[Setting::required(
    "secrets",
    "the HMAC key of the webhook in hex, made in the Customer Area: one or a list",
)])
.signed(
    "HMAC-SHA256 in base64 of: eight fields of each item with `:` between them; it stands in \
     `additionalData.hmacSignature` of the item",
)
.acknowledgement("200 with the text `[accepted]`");

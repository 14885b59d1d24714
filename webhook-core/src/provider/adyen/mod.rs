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
//! | `CAPTURE` | `success` is `true` | `Paid` | `amount.value`, a step of id `pspReference` |
//! | `CAPTURE` | `success` is `false` | `Failed` | `amount.value`, a step of id `pspReference` |
//! | `CAPTURE_FAILED` | `success` is `true` | `Failed` | `amount.value`, a step of id `pspReference` |
//! | `CANCELLATION`, `TECHNICAL_CANCEL` | `success` is `true` | `Canceled` | `amount.value` |
//! | `EXPIRE` | `success` is `true` | `Expired` | `amount.value`, a step |
//! | `OFFER_CLOSED` | `success` is `true` | `Expired` | `amount.value` |
//! | `REFUND` | `success` is `true` | `Refund` | `amount.value`, a step of id `pspReference` |
//! | `REFUND` | `success` is `false` | `RefundFailed` | `amount.value`, a step of id `pspReference` |
//! | `POSTPONED_REFUND` | `success` is `true` | `RefundPending` | `amount.value`, a step of id `pspReference` |
//! | `REFUND_FAILED`, `REFUNDED_REVERSED`, `VOID_PENDING_REFUND` | `success` is `true` | `RefundFailed` | `amount.value`, a step of id `pspReference` |
//! | `CANCEL_OR_REFUND` | `success` is `true` and `additionalData.modification.action` is `cancel` | `Canceled` | `amount.value` |
//! | `CANCEL_OR_REFUND` | `success` is `true` and `additionalData.modification.action` is `refund` | `Refunded` | `amount.value` |
//! | `CANCEL_OR_REFUND` | `success` is `true` | `Unconfirmed` | `amount.value` |
//! | `REQUEST_FOR_INFORMATION`, `INFORMATION_SUPPLIED`, `NOTIFICATION_OF_CHARGEBACK`, `CHARGEBACK`, `PREARBITRATION_OPEN`, `PREARBITRATION_DECLINED`, `SCHEME_ARBITRATION` | `success` is `true` | `Disputed` | `amount.value` of id `pspReference` |
//! | `CHARGEBACK_REVERSED`, `ISSUER_RESPONSE_TIMEFRAME_EXPIRED`, `PREARBITRATION_ISSUER_WITHDRAWN`, `PREARBITRATION_WON`, `SCHEME_ARBITRATION_WON` | `success` is `true` | `DisputeWon` | `amount.value` of id `pspReference` |
//! | `DISPUTE_DEFENSE_PERIOD_ENDED`, `SECOND_CHARGEBACK`, `PREARBITRATION_ACCEPTED`, `PREARBITRATION_LOST`, `SCHEME_ARBITRATION_LOST` | `success` is `true` | `DisputeLost` | `amount.value` of id `pspReference` |
//! | `REFUND_WITH_DATA` | `success` is `true` | `Payout` | `amount.value`, a step |
//! | `REFUND_WITH_DATA` | `success` is `false` | `PayoutFailed` | `amount.value`, a step |
//! | `PAYOUT_THIRDPARTY` | `success` is `true` | `Payout` | `amount.value`, a step |
//! | `PAYOUT_THIRDPARTY` | `success` is `false` | `PayoutFailed` | `amount.value`, a step |
//! | `PAYOUT_DECLINE`, `PAYOUT_EXPIRE`, `PAIDOUT_REVERSED` | `success` is `true` | `PayoutFailed` | `amount.value`, a step |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `AUTHORISATION_ADJUSTMENT`, `CAPTURE`, `CAPTURE_FAILED`, `CANCELLATION`, `TECHNICAL_CANCEL`, `REFUND`, `POSTPONED_REFUND`, `REFUND_FAILED`, `REFUNDED_REVERSED`, `VOID_PENDING_REFUND`, `CANCEL_OR_REFUND`, `REQUEST_FOR_INFORMATION`, `INFORMATION_SUPPLIED`, `NOTIFICATION_OF_CHARGEBACK`, `CHARGEBACK`, `PREARBITRATION_OPEN`, `PREARBITRATION_DECLINED`, `SCHEME_ARBITRATION`, `CHARGEBACK_REVERSED`, `ISSUER_RESPONSE_TIMEFRAME_EXPIRED`, `PREARBITRATION_ISSUER_WITHDRAWN`, `PREARBITRATION_WON`, `SCHEME_ARBITRATION_WON`, `DISPUTE_DEFENSE_PERIOD_ENDED`, `SECOND_CHARGEBACK`, `PREARBITRATION_ACCEPTED`, `PREARBITRATION_LOST`, `SCHEME_ARBITRATION_LOST` | `amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `merchantReference` | `originalReference` | `eventDate`, by RFC 3339 |
//! | `REFUND_WITH_DATA` | `amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `merchantReference` | `pspReference` | `eventDate`, by RFC 3339 |
//! | all others | `amount.currency`, minor units (`CLP` has 2 digits, `CVE` has 0 digits, `IDR` has 0 digits, `ISK` has 2 digits) | `merchantReference` | `originalReference`, else `pspReference` | `eventDate`, by RFC 3339 |
//!
//! - **`AUTHORISATION` does not say whether the account captures by itself**, which is Adyen's default. No signed field does.
//!   With the setting `captures = "automatic"` ([`captures_automatically`](Adyen::captures_automatically)) it is `Paid`
//!   ([`MEANING_AUTOMATIC`]); no `CAPTURE` follows, and a `CAPTURE_FAILED` takes it back. **Without the setting, or with
//!   `manual`, it stays `Authorized`, and an account that captures by itself never tells of a `Paid`.** It is one setting for
//!   all payments of the endpoint: methods that are captured at once in any case (such as iDEAL) need an endpoint of their own.
//! - A `CAPTURE` and a `REFUND` are one step each: add those of one payment up. Their id, as that of a dispute, is the
//!   `pspReference`; the payment is the `originalReference`, which is told as missing where it is left out.
//! - `REFUND` says that a refund was accepted, never whether it was the rest. `REFUND_FAILED` and `REFUNDED_REVERSED` can
//!   follow.
//! - `CANCEL_OR_REFUND` reverses the whole sum; whether it was taken before is only claimed.
//! - `EXPIRE` is about what was not captured: after a capture in parts, the rest.
//! - With `success` `false` most kinds say that a request was refused: what was before still holds, and the event is `Other`.
//! - What is `Disputed` can still be defended. After `CHARGEBACK_REVERSED` or `PREARBITRATION_WON` the dispute can go on.
//! - That `PREARBITRATION_ACCEPTED` is lost and `PREARBITRATION_DECLINED` open is our reading of their names.
//! - The units are Adyen's own: "Currency codes and minor units".
//!
//! Dedupe tells events apart by: the signed fields of all items.

mod item;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub(super) use payment::MINOR_UNITS;
pub use payment::{MEANING, MEANING_AUTOMATIC};
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Adyen;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Adyen::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
)
.setup(&[
    "In the Customer Area, open Developers, Webhooks, and add a standard webhook with the \
     URL of your endpoint; choose JSON.",
    "Under Security, generate an HMAC key and copy it: it becomes `secrets`.",
    "Save, enable the webhook and send a test from its page.",
    "In the settings of the merchant account, look up the capture delay. If it is not `manual`, set `captures` to `automatic`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the HMAC key of the webhook in hex, made in the Customer Area: one or a list",
    ),
    Setting::optional(
        "captures",
        "`automatic`, if the account captures by itself: an `AUTHORISATION` is then paid; `manual`, the default",
    ),
])
.signed(
    "HMAC-SHA256 in base64 of: eight fields of each item with `:` between them; it stands in \
     `additionalData.hmacSignature` of the item",
)
.acknowledgement("200 with the text `[accepted]`");

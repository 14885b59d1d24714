//! Apple App Store: server notifications, version 2, about purchases and subscriptions.
//!
//! | | |
//! |---|---|
//! | signature | `signedPayload` in the body: a JWS with ES256 and a chain of three certificates |
//! | key | that of the first certificate, if the chain leads to a root that you configure: Apple Root CA - G3 |
//! | time window | none: a notification is as good later, and Apple tries again for days. The certificates must have been valid when it was signed |
//! | event id | `notificationUUID` in the payload, signed |
//! | kind | `notificationType`, with `.` and `subtype` where there is one, such as `SUBSCRIBED.INITIAL_BUY`; signed |
//!
//! # What to know
//!
//! - The signature covers the payload inside `signedPayload` and nothing beside it, so the coverage of a delivery is
//!   [`Coverage::Fields`]. Read [`Notification`] rather than the body: it holds what was signed and nothing else.
//! - The transaction, the renewal and the app transaction inside are tokens of their own. Each is verified like the
//!   first and must be for the same app and environment, or the request is refused.
//! - The root in the request is never trusted by itself. The crate brings none: get `AppleRootCA-G3.cer` from Apple's page
//!   of certificate authorities and pass its bytes.
//! - Whether a certificate was revoked is not asked. Apple's own library asks only where it is told to.
//! - Notifications of version 1, which Apple has retired, are not signed and are refused.
//! - Payloads of the environments `Xcode` and `LocalTesting` are not signed by Apple and are refused.
//! - A notification that was answered with anything but a success comes again after 1, 12, 24, 48 and 72 hours. The
//!   figures could not be checked; nothing depends on them.
//!
//! Checked against Apple's library `app-store-server-library` 3.1.2 (Python). Documentation:
//! [`responseBodyV2`](https://developer.apple.com/documentation/appstoreservernotifications/responsebodyv2),
//! `responseBodyV2DecodedPayload`, `JWSTransactionDecodedPayload`.
//!
//! # Payments
//!
//! The places are inside of the signed transaction; the time is the `signedDate` of the notification.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `ONE_TIME_CHARGE*` | `inAppOwnershipType` is not `FAMILY_SHARED` | `Paid` | `price`, a step |
//! | `SUBSCRIBED*`, `DID_RENEW*`, `OFFER_REDEEMED`, `OFFER_REDEEMED.INITIAL_BUY`, `OFFER_REDEEMED.RESUBSCRIBE`, `OFFER_REDEEMED.UPGRADE`, `DID_CHANGE_RENEWAL_PREF.UPGRADE` | `inAppOwnershipType` is `FAMILY_SHARED` | `SubscriptionActive` |  |
//! | `SUBSCRIBED*`, `DID_RENEW*`, `OFFER_REDEEMED`, `OFFER_REDEEMED.INITIAL_BUY`, `OFFER_REDEEMED.RESUBSCRIBE`, `OFFER_REDEEMED.UPGRADE`, `DID_CHANGE_RENEWAL_PREF.UPGRADE` |  | `SubscriptionActive` | `price`, a step |
//! | `RENEWAL_EXTENDED*`, `DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_ENABLED` |  | `SubscriptionActive` |  |
//! | `DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_DISABLED` |  | `SubscriptionEnding` |  |
//! | `DID_FAIL_TO_RENEW*`, `GRACE_PERIOD_EXPIRED*` |  | `SubscriptionPastDue` |  |
//! | `EXPIRED*` |  | `SubscriptionCanceled` |  |
//! | `REVOKE*` | `type` is not `Non-Consumable` | `SubscriptionCanceled` |  |
//! | `REFUND`, `REFUND.*` | `revocationType` is `REFUND_FULL` | `Refunded` | `price`, a step |
//! | `REFUND`, `REFUND.*` | `revocationType` is `REFUND_PRORATED` | `PartiallyRefunded` | `price`, a step |
//! | `REFUND`, `REFUND.*` |  | `Refund` |  |
//! | `REFUND_REVERSED*` |  | `RefundFailed` |  |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all | `currency`, thousandths | `appAccountToken` | `transactionId` |  |
//!
//! - A kind that ends with `*` stands for all its subtypes. `OFFER_REDEEMED.DOWNGRADE` and `DID_CHANGE_RENEWAL_PREF.DOWNGRADE`
//!   charge nothing before the next renewal, and are `Other`.
//! - The price is a step: what this transaction cost, 0 for a free offer. Where several pieces were bought at once it is an
//!   error, because Apple does not say whether the price is that of one.
//! - A refund with `revocationType` `REFUND_FULL` is one of the whole price. One with `REFUND_PRORATED` is one of
//!   `revocationPercentage` of it, in thousandths of a percent; where that is no exact amount it is an error, because Apple
//!   does not say how it rounds. Older notifications have no `revocationType`: then it is not known how much went back.
//! - `REFUND_REVERSED` gives the money of a refund back to you. How much is not said.
//! - What is shared in a family costs nothing: the buyer has a transaction of their own. `REVOKE` ends the sharing, and no
//!   money goes back.
//! - An upgrade is charged at once. What Apple gives back of the old period is not told in it.
//! - After `DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_DISABLED` a subscription runs until its `expiresDate`; `EXPIRED` tells of the
//!   end.
//!
//! Dedupe tells events apart by: `notificationUUID`, kind; without an id the signed payload.

mod event;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

#[cfg(doc)]
use crate::Coverage;
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use event::{Notification, Transaction};
pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::{Signer, TEST_ROOT};
pub use verify::{AppleAppStore, Environment};

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(AppleAppStore::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://developer.apple.com/documentation/appstoreservernotifications/responsebodyv2",
)
.setup(&[
    "In App Store Connect, open the app, App Information, App Store Server Notifications, \
     and set the production and the sandbox URL; choose version 2.",
    "The bundle id and the Apple ID on that page become `bundle_id` and `app_apple_id`.",
    "Download Apple Root CA - G3 from Apple's page of certificate authorities: it becomes \
     `roots_pem` or `roots_der_base64`.",
    "Make one account with `environment` `Production` and one with `Sandbox`.",
])
.settings(&[
    Setting::required(
        "bundle_id",
        "the bundle id of the app, shown in App Store Connect",
    ),
    Setting::required("environment", "`Sandbox` or `Production`"),
    Setting::optional(
        "app_apple_id",
        "the number of the app, shown in App Store Connect as its Apple ID; required for \
         `Production`",
    ),
    Setting::optional(
        "roots_pem",
        "Apple's root certificates in PEM: one or a list; this or `roots_der_base64` is \
         required",
    ),
    Setting::optional("roots_der_base64", "the same in DER, written in base64"),
])
.signed(
    "ECDSA with P-256 and SHA-256 in a JWS, with its certificates: the payload in \
     `signedPayload` of the body",
)
.acknowledgement("200 to 206");

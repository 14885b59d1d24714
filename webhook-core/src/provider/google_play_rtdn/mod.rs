//! Google Play: real-time developer notifications (RTDN) about purchases and subscriptions, pushed by Cloud Pub/Sub.
//!
//! | | |
//! |---|---|
//! | signature | none over the body. `Authorization: Bearer` holds a JWS with RS256 by which Google says who sends to whom |
//! | key | one that Google publishes under the `kid` of the token; see [`KeySource`] |
//! | time window | from the token's `iat` to its `exp`, an hour; 10 seconds more both ways, a [`Tolerance`] of your own if you like |
//! | event id | `message.messageId` in the body, *not* signed |
//! | kind | what the notification is about, with `.` and its `notificationType` where it has one, such as `subscriptionNotification.4`; *not* signed |
//!
//! # What to know
//!
//! - **The body is not signed**, so the coverage is [`Coverage::SenderOnly`]: whoever gets hold of one token can send any body
//!   with it until it expires. A notification is a hint to ask the Google Play Developer API, as Google says too.
//! - The subscription must have authentication turned on; without it there is no token and every request is refused.
//! - Both the audience and the service account are needed. The audience alone proves nothing: any user of Google Cloud can get
//!   a token for it. The audience is what the subscription says, by default its push URL; the service account is
//!   the one that the subscription was given.
//! - The key source gives a document for each key id: a certificate in PEM, as at
//!   `https://www.googleapis.com/oauth2/v1/certs`, or a JWK, as in `https://www.googleapis.com/oauth2/v3/certs`. With the feature
//!   `fetch`, `JwksFetcher` gets the latter. A key is kept for an hour. Whether a certificate is
//!   still valid is not judged: Google leaves out of the document what is no longer to be trusted.
//! - The notification stands in `message.data` as JSON in base64.
//! - Pub/Sub takes 102, 200, 201, 202 and 204 for a success and otherwise sends again for up to 7 days. The figures could not
//!   be checked; nothing depends on them.
//!
//! Checked against Google's library `google-auth` 2.62.2 (Python), which leaves the service account to the caller.
//! Documentation:
//! ["Authentication for push subscriptions"](https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions),
//! ["Real-time developer notifications reference guide"](https://developer.android.com/google/play/billing/rtdn-reference).
//!
//! # Payments
//!
//! All of it is what the request claims: the status of an update is `Unconfirmed`, and the tables say what stands in
//! [`PaymentUpdate::unverified`](crate::payment::PaymentUpdate::unverified). The places are inside of the notification.
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `subscriptionNotification.1`, `subscriptionNotification.2`, `subscriptionNotification.4`, `subscriptionNotification.7`, `subscriptionNotification.9` |  | `SubscriptionActive` |  |
//! | `subscriptionNotification.5`, `subscriptionNotification.6` |  | `SubscriptionPastDue` |  |
//! | `subscriptionNotification.10` |  | `SubscriptionPaused` |  |
//! | `subscriptionNotification.3`, `subscriptionNotification.18` |  | `SubscriptionEnding` |  |
//! | `subscriptionNotification.12`, `subscriptionNotification.13` |  | `SubscriptionCanceled` |  |
//! | `subscriptionNotification.20` |  | `Canceled` |  |
//! | `oneTimeProductNotification.1` |  | `Paid` |  |
//! | `oneTimeProductNotification.2` |  | `Canceled` |  |
//! | `voidedPurchaseNotification` | `voidedPurchaseNotification.refundType` is `1` | `Refunded` |  |
//! | `voidedPurchaseNotification` | `voidedPurchaseNotification.refundType` is `2` | `PartiallyRefunded` |  |
//! | `voidedPurchaseNotification` |  | `Refund` |  |
//! | `pendingRefundReviewNotification` |  | `RefundPending` | of id `pendingRefundReviewNotification.pendingRefundToken` |
//! | all others | | `Other` | |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | `oneTimeProductNotification.1`, `oneTimeProductNotification.2` |  |  | `oneTimeProductNotification.purchaseToken` | `eventTimeMillis`, in milliseconds |
//! | `voidedPurchaseNotification` |  |  | `voidedPurchaseNotification.orderId`, else `voidedPurchaseNotification.purchaseToken` | `eventTimeMillis`, in milliseconds |
//! | `pendingRefundReviewNotification` |  |  | `pendingRefundReviewNotification.orderId` | `eventTimeMillis`, in milliseconds |
//! | all others |  |  | `subscriptionNotification.purchaseToken` | `eventTimeMillis`, in milliseconds |
//!
//! - `subscriptionNotification`: 1 recovered, 2 renewed, 3 canceled, 4 purchased, 5 on hold, 6 in grace period, 7
//!   restarted, 9 its renewal was put off, 10 paused, 12 revoked, 13 expired, 18 its cancellation is scheduled, 20 a pending
//!   purchase was called off. After 3 and 18 it runs until the end of what is paid.
//! - `oneTimeProductNotification` is about a product that is bought once. 1: purchased. 2: a pending purchase was
//!   called off.
//! - A voided purchase whose `refundType` is 2 was refunded for some of the quantity. With another type, or none, it is not
//!   known whether all went back.
//! - `pendingRefundReviewNotification` asks what you say to a refund or a chargeback, which is still to be decided. Google's
//!   text on its members could not be read in full.
//! - The `purchaseToken` is that by which the API is asked.
//! - Amount and reference are never told.
//!
//! Dedupe tells events apart by: subscription, `messageId`, data; unsigned. A repeat is handled again if it is not
//! recognised: published twice by Google.

mod event;
mod payment;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group};
use crate::provider::google_pubsub;
use crate::provider::registry::{Registered, testing};
#[cfg(doc)]
use crate::published::KeySource;
#[cfg(doc)]
use crate::{Coverage, Tolerance};

pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::GooglePlayRtdn;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(GooglePlayRtdn::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
)
.setup(&[
    "In Google Cloud, make a Pub/Sub topic that Google Play may publish to, and a push \
             subscription with the URL of your endpoint.",
    "Turn on authentication for the subscription: its audience becomes `audience`, its \
             service account `service_account_email`.",
    "In the Play Console, open Monetization setup and enter the topic under real-time \
             developer notifications; send a test.",
])
.settings(google_pubsub::SETTINGS)
.headers(&["authorization"])
.signed("nothing of the body: RSA with SHA-256 in a JWS says who sends to whom")
.tolerance_secs(10)
.acknowledgement("102, 200, 201, 202 or 204");

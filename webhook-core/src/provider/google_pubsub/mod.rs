//! Google Cloud Pub/Sub: messages of push subscriptions.
//!
//! | | |
//! |---|---|
//! | signature | none over the body. `Authorization: Bearer` holds a JWS with RS256 by which Google says who sends to whom |
//! | key | one that Google publishes under the `kid` of the token; see [`KeySource`] |
//! | time window | from the token's `iat` to its `exp`, an hour; 10 seconds more both ways, a [`Tolerance`] of your own if you like |
//! | event id | `message.messageId` in the body, *not* signed |
//! | kind | none: what a message is about is between its publisher and you |
//!
//! # What to know
//!
//! - **The body is not signed**, so the coverage is [`Coverage::SenderOnly`]: whoever gets hold of one token can send any body
//!   with it until it expires. Read it as [`UnverifiedJsonEvent`].
//! - The subscription must have authentication turned on; without it there is no token and every request is refused.
//! - Both the audience and the service account are needed. The audience alone proves nothing: any user of Google Cloud can get
//!   a token for it. The audience is what the subscription says, by default its push URL; the service account is
//!   the one that the subscription was given.
//! - The key source gives a document for each key id: a certificate in PEM, as at
//!   `https://www.googleapis.com/oauth2/v1/certs`, or a JWK, as in `https://www.googleapis.com/oauth2/v3/certs`. With the feature
//!   `fetch`, `JwksFetcher` gets the latter. A key is kept for an hour. Whether a certificate is
//!   still valid is not judged: Google leaves out of the document what is no longer to be trusted.
//! - What was published stands in `message.data` in base64, and in `message.attributes`. With payload unwrapping on, the body is what was published,
//!   and has no id.
//! - Pub/Sub takes 102, 200, 201, 202 and 204 for a success and otherwise sends again. The figures could not
//!   be checked; nothing depends on them.
//! - What Google Play pushes is [`google_play_rtdn`](super::google_play_rtdn).
//!
//! Checked against Google's library `google-auth` 2.62.2 (Python), which leaves the service account to the caller.
//! Documentation:
//! ["Authentication for push subscriptions"](https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
//!
//! Dedupe tells events apart by: subscription, `messageId`, data; unsigned. A repeat is handled again if it is not
//! recognised: published twice.

pub(in crate::provider) mod push;
#[cfg(feature = "testing")]
pub(in crate::provider) mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
#[cfg(doc)]
use crate::published::KeySource;
#[cfg(doc)]
use crate::{Coverage, Tolerance, UnverifiedJsonEvent};

#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::GooglePubsub;
pub(in crate::provider) use verify::proof;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(GooglePubsub::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    Group::Developer,
    "https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
)
.setup(&[
    "In Google Cloud, make a Pub/Sub topic, and a push subscription with the URL of your endpoint.",
    "Turn on authentication for the subscription: its audience becomes `audience`, its \
             service account `service_account_email`.",
    "Leave payload unwrapping off, so that each message has its id.",
])
.settings(SETTINGS)
.headers(&["authorization"])
.signed("nothing of the body: RSA with SHA-256 in a JWS says who sends to whom")
.tolerance_secs(10)
.acknowledgement("102, 200, 201, 202 or 204");

/// The settings of everybody who pushes through Pub/Sub.
pub(in crate::provider) const SETTINGS: &[Setting] = &[
    Setting::required(
        "audience",
        "the audience of the push subscription; its push URL if you entered none",
    ),
    Setting::required(
        "service_account_email",
        "the service account of the push subscription",
    ),
    Setting::optional(
        "certs_by_kid",
        "a table of Google's keys by their id, each a certificate in PEM or a JWK; \
         it or `jwks` is required without the feature `fetch`, which gets them",
    ),
    Setting::optional(
        "jwks",
        "Google's keys as a JSON Web Key Set, in the place of `certs_by_kid`",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how long after its end a token still counts",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how long before its beginning it counts already; the same if absent",
    ),
];

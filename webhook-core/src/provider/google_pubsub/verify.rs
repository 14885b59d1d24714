//! Says yes or no to what Pub/Sub pushes.

use bytes::Bytes;

use super::push::{Push, Pusher};
use crate::endpoint::resolver::{Resolve, ResolveFuture};
use crate::json;
use crate::published::KeySource;
use crate::{
    ConfigError, Coverage, Proof, Rejection, RejectionKind, RequestHead, Settings, StorageKey,
    Tolerance, UnixTime,
};

pub(super) const NAME: &str = "google-pubsub";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME);

static PUSHER: Pusher = Pusher {
    sender: SENDER,
    proof,
    no_such_key: Rejection::new(
        RejectionKind::UntrustedKey,
        "Google publishes no key with this id",
    ),
};

/// That the sender is Google, and what the body calls itself.
pub(in crate::provider) fn proof(body: &Bytes) -> Proof {
    let proof = Proof::dangerously_assert(Coverage::SenderOnly);
    let places = ["/message/messageId", "/subscription", "/message/data"];
    let [id, subscription, data] = json::values(body, places);
    let Some(id) = id else { return proof };
    // Not the whole body: a repeat may count its attempts.
    let [subscription, data] = [subscription, data].map(Option::unwrap_or_default);
    let parts = [&id, &subscription, &data].map(|text| text.as_bytes().as_ref());
    proof.identity(&parts).unverified_id(id.to_string())
}

/// Verifies who pushes the messages of one Pub/Sub subscription. Their contents are not signed.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::published::InMemory;
/// use webhook_core::provider::google_pubsub::GooglePubsub;
///
/// let keys = InMemory::new([("50f1dab141e05f84ac617a98ec6dcf2e146941e4", "-----BEGIN CERTIFICATE-----\n…")]);
/// let pubsub = GooglePubsub::new(
///     keys,
///     "https://shop.example/webhooks/pubsub",
///     "push@my-project.iam.gserviceaccount.com",
/// )?;
/// let endpoint = Endpoint::new(pubsub);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// As settings: `certs_by_kid`, a table of certificates in PEM or JWKs by their id, `audience`, `service_account_email`, and
/// `tolerance_seconds`. With the feature `fetch`, `certs_by_kid` may be left out: Google's own are fetched.
#[derive(Debug)]
pub struct GooglePubsub(Push);

impl GooglePubsub {
    /// Accepts what Google says this service account sends to this audience.
    ///
    /// # Errors
    /// If the audience or the service account is empty.
    pub fn new(
        keys: impl KeySource + 'static,
        audience: impl Into<String>,
        service_account_email: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        Push::new(&PUSHER, keys, audience, service_account_email).map(Self)
    }

    /// Another tolerance than 10 seconds after a token's end and before its beginning.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self(self.0.tolerance(tolerance))
    }

    /// Gets the keys with these ids now, as of this time: at start, so that the first request finds them, and requests
    /// with ids that somebody made up cannot keep it waiting.
    ///
    /// # Errors
    /// If one cannot be had, or is not accepted. Those before it are kept.
    pub async fn prefetch(
        &self,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
        now: UnixTime,
    ) -> Result<(), Rejection> {
        self.0.prefetch(ids, now).await
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        Push::from_settings(&PUSHER, settings).map(Self)
    }
}

impl Resolve for GooglePubsub {
    fn require_storable(&self, storage: StorageKey) -> Result<(), ConfigError> {
        self.0.require_storable(storage)
    }

    fn prints(&self) -> Vec<crate::KeyPrint> {
        self.0.prints()
    }

    fn resolve<'a>(&'a self, head: &RequestHead<'a>, now: UnixTime) -> ResolveFuture<'a> {
        self.0.resolve(head, now)
    }
}

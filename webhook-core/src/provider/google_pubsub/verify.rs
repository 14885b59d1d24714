//! Says yes or no to what Pub/Sub pushes.

use bytes::Bytes;

use super::push::Pusher;
use crate::json;
use crate::provider::macros::push_provider;
use crate::{Coverage, Proof, Rejection, RejectionKind};

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

push_provider! {
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
    /// As settings: `certs_by_kid`, a table of certificates in PEM or JWKs by their id, or `jwks`, a JSON Web Key Set; `audience`,
    /// `service_account_email`, and `tolerance_seconds`. With the feature `fetch`, both may be left out: Google's own keys are fetched.
    GooglePubsub, &PUSHER
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::RequestHead;
    use crate::provider::google_pubsub::Signer;
    use crate::resolver::Resolve;
    use crate::testing::Sign;
    use crate::testing::support::{self, NOW, SlowKeys};

    #[test]
    fn a_key_is_kept_for_an_hour() {
        const HOUR: i64 = 60 * 60;
        const AUDIENCE: &str = "https://shop.example/webhooks/pubsub";
        const ACCOUNT: &str = "push@my-project.iam.gserviceaccount.com";
        let signer = Signer::new(AUDIENCE, ACCOUNT);
        let keys = SlowKeys::new(signer.keys().unwrap());
        let pubsub = GooglePubsub::new(keys.clone(), AUDIENCE, ACCOUNT).unwrap();
        for (after, asked) in [(0, 1), (1, 1), (HOUR - 1, 1), (HOUR, 2), (HOUR + 1, 2)] {
            let now = NOW.plus_secs(after);
            let request = signer
                .sign(br#"{"message":{"messageId":"1"}}"#, now)
                .unwrap();
            let head = RequestHead::new(&request.method, &request.target, &request.headers);
            support::run(pubsub.resolve(&head, now)).unwrap();
            assert_eq!(keys.asked(), asked, "{after}");
        }
    }
}

//! Says yes or no to what Wise sends.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use bytes::Bytes;

use super::payment::{MEANING, updates};
use crate::crypto::{RsaPublicKey, rsa_public_keys};
use crate::json::select;
use crate::message::Whose;
use crate::outcome::{malformed, missing};
use crate::request::Field;
use crate::verify::{NO_MATCH, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, MatchedKey, Proof, Rejection, RequestHead,
    Settings, UnixTime, Verdict, Verifier,
};

pub(super) const NAME: &str = "wise";
const HEADER: &str = "x-signature-sha256";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .meaning(&MEANING)
    .payments(updates);

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/data/resource/profile_id")])
    .api_version(&[Field::Json("/schema_version")]);

/// Verifies what Wise sends to one subscription.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::wise::Wise;
///
/// # const PUBLIC_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/public-key.pem"));
/// let endpoint = Endpoint::new(Wise::new(PUBLIC_KEY)?); // the text of a PEM file
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wise(Arc<[RsaPublicKey]>);

impl Wise {
    /// Accepts what is signed with any of the public keys in these PEM documents, one after the other.
    ///
    /// # Errors
    /// If there is none, more than 8, or one is no RSA key of 2048 to 8192 bits in a `PUBLIC KEY` document.
    pub fn new(public_keys: &str) -> Result<Self, ConfigError> {
        rsa_public_keys(public_keys).map(|keys| Self(keys.into()))
    }

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let documents = settings.texts("public_key_pem")?;
        let documents = documents.ok_or(ConfigError::fixed("`public_key_pem` is missing"))?;
        Self::new(&documents.join("\n")).map_err(|error| error.of_setting("public_key_pem"))
    }

    fn matching(&self, body: &[u8], signature: &[u8]) -> Result<MatchedKey, Rejection> {
        let index = self.0.iter().position(|key| key.verifies(body, signature));
        index
            .map(|index| MatchedKey::new(index, None))
            .ok_or(NO_MATCH)
    }
}

impl Verifier for Wise {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.0.iter().map(|key| key.print(&[NAME])).collect()
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let signature = head.header_str(HEADER)?.unwrap_or_default().trim();
        if signature.is_empty() {
            return Err(missing("the request has no signature").into());
        }
        let signature =
            Base64::decode_vec(signature).map_err(|_| malformed("the signature is not base64"))?;
        let delivery_id = head
            .header_str("x-delivery-id")?
            .unwrap_or_default()
            .to_owned();
        let account = self.clone();
        Ok(buffered(move |body| {
            let key = account.matching(body, &signature)?;
            Ok(Verdict::Authentic(proof(key, delivery_id, body)))
        }))
    }
}

fn proof(key: MatchedKey, delivery_id: String, body: &Bytes) -> Proof {
    let mut proof = Proof::dangerously_assert(Coverage::Body)
        .whose(&WHOSE)
        .key(key);
    if !delivery_id.is_empty() {
        proof = proof.unverified_id(delivery_id);
    }
    let [kind] = select(body, [Some("/event_type")]);
    // By itself: what is wrong with it must not hide the kind.
    let [subscription] = select(body, [Some("/subscription_id")]);
    // Without `sent_at`, which is of the attempt, as the delivery id is.
    let data = crate::json::member(body, "/data").ok().flatten();
    proof = match (&kind, &subscription, &data) {
        (Some(kind), Some(subscription), Some(data)) => {
            proof.identity(&[subscription.as_bytes(), kind.as_bytes(), data])
        }
        _ => proof.identity(&[]),
    };
    match kind.filter(|kind| !kind.is_empty()) {
        Some(kind) => proof.kind(&*kind),
        None => proof,
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::RejectionKind;
    use crate::provider::wise::Signer;
    use crate::testing::support;
    use crate::testing::support::only;
    use crate::testing::{Sign, SignedRequest};

    const PRIVATE_KEY: &str = include_str!("../../testing/keys/wise/private-key.pem");
    const PUBLIC_KEY: &str = include_str!("../../testing/keys/wise/public-key.pem");

    fn settings() -> Value {
        json!({"public_key_pem": PUBLIC_KEY})
    }

    fn signer() -> Signer {
        Signer::new(PRIVATE_KEY).unwrap()
    }

    fn request() -> SignedRequest {
        signer().sign(b"{}", support::NOW).unwrap()
    }

    fn refused(request: SignedRequest) -> RejectionKind {
        support::refused("wise", settings(), request).kind()
    }

    #[test]
    fn any_key_may_match() {
        let (_, other) = support::vectors("wise").remove(0);
        assert_eq!(other.key().map(MatchedKey::index), Some(0));
        let twice = json!({"public_key_pem": [PUBLIC_KEY, PUBLIC_KEY]});
        let delivery = support::accepted("wise", twice, request());
        assert_eq!(delivery.key().map(MatchedKey::index), Some(0));
        assert_eq!(delivery.coverage(), Coverage::Body);
    }

    #[test]
    fn every_other_signature_is_refused() {
        let right = request().header(HEADER).unwrap().to_owned();
        let bytes = Base64::decode_vec(&right).unwrap();
        let mut flipped = bytes.clone();
        flipped[100] ^= 1;
        let mut longer = bytes.clone();
        longer.push(0);
        for signature in [flipped, longer, bytes[1..].to_vec(), vec![0; 256], vec![1]] {
            let request = request().with_header(HEADER, Base64::encode_string(&signature));
            assert_eq!(refused(request), RejectionKind::BadSignature);
        }
        assert_eq!(
            refused(request().with_body("{} ")),
            RejectionKind::BadSignature
        );
    }

    #[test]
    fn what_is_not_base64_is_malformed_and_nothing_is_missing() {
        let right = request().header(HEADER).unwrap().to_owned();
        for (value, kind) in [
            (String::new(), RejectionKind::MissingSignature),
            ("  ".to_owned(), RejectionKind::MissingSignature),
            (format!("{right}="), RejectionKind::Malformed),
            (right.replace('=', ""), RejectionKind::Malformed),
            (format!("{right},{right}"), RejectionKind::Malformed),
        ] {
            let request = request().with_header(HEADER, value);
            assert_eq!(refused(request), kind);
        }
    }

    #[test]
    fn an_old_signature_does_not_stand_in() {
        let right = request().header(HEADER).unwrap().to_owned();
        let old = request()
            .without_header(HEADER)
            .with_header("x-signature", right);
        assert_eq!(refused(old), RejectionKind::MissingSignature);
    }

    #[test]
    fn the_id_is_not_signed_and_the_kind_is() {
        let (_, delivery) = support::vectors("wise").remove(0);
        assert!(delivery.unverified_id().is_some() && delivery.id().is_none());
        assert!(delivery.kind().is_some());
        assert_eq!(only(&delivery).unwrap().event_id, None);
    }

    #[test]
    fn the_time_of_an_update_is_when_it_happened() {
        for (kind, data) in [
            (
                "transfers#state-change",
                json!({"current_state": "processing", "occurred_at": "2026-08-05T09:00:00.000Z"}),
            ),
            (
                "balances#credit",
                json!({"occurred_at": "2026-08-05T09:00:00Z"}),
            ),
        ] {
            let body = json!({"event_type": kind, "data": data}).to_string();
            let delivery = support::signed("wise", settings(), &signer(), body);
            assert_eq!(only(&delivery).unwrap().time, Some(support::NOW), "{kind}");
        }
    }
}

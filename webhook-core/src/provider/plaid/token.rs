//! The check of one request, once its key is known.

use bytes::Bytes;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::payment::MEANING;
use crate::crypto::certificate::P256Key;
use crate::crypto::jws;
use crate::crypto::jws::{Jws, JwsAlgorithm};
use crate::crypto::same_text;
use crate::json;
use crate::message::Whose;
use crate::outcome::missing;
use crate::request::Field;
use crate::verify::{NO_MATCH, require_post};
use crate::{
    Answer, BodyCheck, Check, Coverage, Proof, Rejection, RequestHead, TimeUnit, Tolerance,
    UnixTime, Verdict, Verifier,
};

pub(super) const NAME: &str = "plaid";

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    // <https://plaid.com/docs/api/webhooks/#webhook-retries>
    .waits_secs(10)
    .meaning(&MEANING);

/// The token of a request, which nothing is known of yet.
pub(super) fn token_of<'a>(head: &RequestHead<'a>) -> Result<Jws<'a>, Rejection> {
    require_post(head)?;
    let token = head
        .header_str("plaid-verification")?
        .filter(|token| !token.trim().is_empty());
    let token = token.ok_or(missing("there is no header Plaid-Verification"))?;
    Jws::parse(token, JwsAlgorithm::Es256)
}

/// A verifier for requests whose token names this key.
#[derive(Debug)]
pub(super) struct WithKey {
    pub(super) key: P256Key,
    pub(super) tolerance: Tolerance,
}

impl Verifier for WithKey {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        let token = token_of(head)?;
        let payload = token.verify(|signed, signature| self.key.verify(signed, signature))?;
        let claims: Claims = jws::claims(&payload)?;
        let issued_at = UnixTime::from_secs(claims.iat);
        self.tolerance.require(issued_at, now, TimeUnit::Seconds)?;
        Ok(BodyCheck::new(TokenCheck {
            digest: Sha256::new(),
            signed_digest: claims.request_body_sha256,
            issued_at,
        }))
    }
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    request_body_sha256: String,
}

/// Compares the body with the digest in a token that is known to be Plaid's.
#[derive(Debug)]
struct TokenCheck {
    digest: Sha256,
    signed_digest: String,
    issued_at: UnixTime,
}

impl Check for TokenCheck {
    fn update(&mut self, chunk: &[u8]) {
        self.digest.update(chunk);
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        // Lower case, as Plaid writes it.
        let digest = const_hex::encode(self.digest.finalize());
        if !same_text(&digest, &self.signed_digest) {
            return Err(NO_MATCH.into());
        }
        let mut proof = Proof::dangerously_assert(Coverage::Body)
            .whose(&WHOSE)
            .sent_at(self.issued_at);
        if let [Some(kind), Some(code)] = json::values(body, ["/webhook_type", "/webhook_code"]) {
            proof = proof.kind(format!("{kind}.{code}"));
        }
        // A body without a time says the same each time, such as `SYNC_UPDATES_AVAILABLE`: then the token's time counts, and
        // a repeat, which has a token of its own, is a new event.
        if let [Some(_)] = json::values(body, ["/timestamp"]) {
            proof = proof.identity(&[]);
        }
        Ok(Verdict::Authentic(proof))
    }
}

const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/item_id")])
    .live(Field::Json("/environment"), &["production"])
    .test(Field::Json("/environment"), &["sandbox"]);

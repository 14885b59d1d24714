//! A certificate that was accepted, and the check of a body by its key.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use bytestring::ByteString;
use crc32fast::Hasher;

use super::account::{Account, SENDER, is_in_name};
use super::bound::Signed;
use super::transmission::Transmission;
use crate::crypto::certificate;
use crate::crypto::certificate::{Certificate, RsaKey};
use crate::message::Whose;
use crate::outcome::malformed;
use crate::published::Entry;
use crate::request::Field;
use crate::time::TimeUnit;
use crate::verify::NO_MATCH;
use crate::{
    Answer, BodyCheck, Check, Coverage, MatchedKey, Proof, Rejection, RejectionKind, RequestHead,
    Tolerance, UnixTime, Verdict, Verifier, json,
};

/// The key of one certificate, with the account that accepted it.
#[derive(Debug)]
pub(super) struct Certified {
    account: Arc<Account>,
    key: RsaKey,
    valid: RangeInclusive<UnixTime>,
}

impl Certified {
    /// Accepts a document that stood behind a URL of PayPal: its first certificate, if the others lead from there
    /// to a root, and it is one that PayPal signs messages with.
    pub(super) fn accept(
        account: Arc<Account>,
        pem: &[u8],
        now: UnixTime,
    ) -> Result<Entry<Arc<Self>>, Rejection> {
        let certificates = certificate::from_pem(pem)?;
        let Some((leaf, others)) = certificates.split_first() else {
            return Err(untrusted("a document holds no certificate"));
        };
        let valid = certificate::chain(leaf, others, &account.roots, now)?;
        let leaf = Certificate::parse(leaf)?;
        if !leaf.common_name().is_some_and(is_signers_name) {
            return Err(untrusted("the certificate is not one for signing messages"));
        }
        let fresh_until = UnixTime::from_millis(valid.end().as_millis().saturating_add(1));
        let certified = Self {
            account,
            key: leaf.rsa_key()?,
            valid,
        };
        Ok(Entry {
            value: Arc::new(certified),
            fresh_until,
        })
    }
}

impl Verifier for Certified {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        Some(self.account.tolerance.window())
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        // Kept since a request of another time, and clocks are set back too.
        if !self.valid.contains(&now) {
            return Err(untrusted("the certificate is not valid at this time").into());
        }
        let transmission = Transmission::read(head, &self.account.hosts)?;
        let signature = Base64::decode_vec(transmission.signature).map_err(|_| NO_MATCH)?;
        Ok(BodyCheck::new(Running {
            account: Arc::clone(&self.account),
            key: self.key.clone(),
            id: transmission.id.to_owned(),
            time: transmission.time.to_owned(),
            signature,
            checksum: Hasher::new(),
            now,
        }))
    }
}

/// Such as `messageverificationcerts.paypal.com` and `messageverificationcerts.sandbox.paypal.com`.
fn is_signers_name(name: &str) -> bool {
    name.starts_with("messageverificationcerts.")
        && name.ends_with(".paypal.com")
        && name.bytes().all(is_in_name)
}

struct Running {
    account: Arc<Account>,
    key: RsaKey,
    id: String,
    time: String,
    signature: Vec<u8>,
    checksum: Hasher,
    now: UnixTime,
}

impl Check for Running {
    fn update(&mut self, chunk: &[u8]) {
        self.checksum.update(chunk);
    }

    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer> {
        let (webhook_id, key) = self.matching()?;
        let proof = checksum_proof(body)?;
        let time = self.judge_time()?;
        let signed = Signed {
            webhook_id,
            id: &self.id,
            time: (&self.time, time),
        };
        let Account {
            bound, tolerance, ..
        } = &*self.account;
        bound.require_same(&signed, body, self.now, *tolerance)?;
        Ok(Verdict::Authentic(proof.key(key).sent_at(time)))
    }
}

impl Running {
    /// The webhook that PayPal has signed this for.
    fn matching(&self) -> Result<(&str, MatchedKey), Rejection> {
        let Self { id, time, .. } = self;
        let checksum = self.checksum.clone().finalize();
        for (index, (webhook_id, name)) in self.account.webhook_ids().enumerate() {
            let message = format!("{id}|{time}|{webhook_id}|{checksum}");
            if self.key.verify(message.as_bytes(), &self.signature) {
                return Ok((webhook_id, MatchedKey::new(index, name.map(Arc::from))));
            }
        }
        Err(NO_MATCH)
    }

    /// The time that was signed.
    fn judge_time(&self) -> Result<UnixTime, Rejection> {
        judged_time(&self.time, self.account.tolerance, self.now)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("paypal::Running")
    }
}

/// The time of a transmission, if it is inside the window.
pub(super) fn judged_time(
    time: &str,
    tolerance: Tolerance,
    now: UnixTime,
) -> Result<UnixTime, Rejection> {
    let time = TimeUnit::Rfc3339.parse(time.as_bytes());
    let time = time.ok_or(malformed("PAYPAL-TRANSMISSION-TIME is not RFC 3339"))?;
    tolerance.require(time, now, TimeUnit::Rfc3339)?;
    Ok(time)
}

/// What is proven of a body whose checksum PayPal has signed: others have the same, so its names are claims.
fn checksum_proof(body: &Bytes) -> Result<Proof, Rejection> {
    let [id, kind] = names(body)?;
    let proof = Proof::dangerously_assert(Coverage::BodyChecksum).whose(&WHOSE);
    let proof = match id {
        Some(id) => proof.unverified_id(id),
        None => proof,
    };
    Ok(match kind {
        Some(kind) => proof.unverified_kind(kind),
        None => proof,
    })
}

/// Id and kind of the event in a body.
pub(super) fn names(body: &Bytes) -> Result<[Option<ByteString>; 2], Rejection> {
    match std::str::from_utf8(body) {
        Ok(text) if !text.is_empty() => {}
        _ => return Err(malformed("the body is empty or not UTF-8")),
    }
    let names = json::select(body, [Some("/id"), Some("/event_type")]);
    Ok(names.map(|name| name.filter(|name| !name.is_empty())))
}

const fn untrusted(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::UntrustedKey, reason)
}

pub(super) const WHOSE: Whose = Whose::new()
    .account(&[
        Field::Json("/resource/payee/merchant_id"),
        Field::Json("/resource/purchase_units/0/payee/merchant_id"),
        Field::Json("/resource/disputed_transactions/0/seller/merchant_id"),
    ])
    .api_version(&[Field::Json("/resource_version")])
    .live(
        Field::Json("/links/0/href"),
        &["api.paypal.com", "api-m.paypal.com"],
    )
    .test(
        Field::Json("/links/0/href"),
        &["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"],
    )
    .by_host();

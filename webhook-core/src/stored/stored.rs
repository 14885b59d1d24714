//! A delivery as it is written down.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};

use crate::crypto::Parted;
use crate::dedupe::DedupeKey;
use crate::delivery::{Delivery, Sealing};
use crate::endpoint::Sealed;
use crate::message::Coverage;
use crate::request::KeptHead;
use crate::stored::wire::Wire;
use crate::time::UnixTime;

/// A delivery with all that is needed to verify it once more: for a table, a queue or an archive. Serialize it with serde.
///
/// It is not a proof. Whoever can write to the table can write what he wants: only
/// [`Endpoint::reopen`](crate::Endpoint::reopen) makes a [`Delivery`] of it, by running the whole verification again. What it says of
/// id, kind and account is for look-ups and log lines.
///
/// It holds no secret. It holds the body and, if the sender signs, the signature: whoever reads it can show them to a receiver, as long as the signed time
/// is accepted there. `Debug` shows neither.
///
/// # Format
/// One object, version 1. Members that are absent or `null` say nothing.
///
/// | member | |
/// |---|---|
/// | `v` | the version, `1` |
/// | `provider`, `endpoint`, `variant`, `account` | who sent it, where it came in, whose it is |
/// | `method`, `target` | of the request |
/// | `headers` | those that the verification read, `content-type` and `user-agent`: objects with `name`, in lower case, and `value`, or `value_base64` if that is not UTF-8 |
/// | `body` or `body_base64` | the bytes as they were sent; the second if they are not UTF-8 |
/// | `received_at` | milliseconds since 1970 |
/// | `id`, `id_signed`, `kind`, `kind_signed` | in the sender's words, and whether they are signed |
/// | `coverage` | as [`Coverage::as_str`] says it |
/// | `key` | the name of the key that matched |
/// | `dedupe_key` | 64 hexadecimal digits: see [`DedupeKey::to_hex`] |
/// | `sent_at` | milliseconds since 1970: the time that stood in what the sender has shown; only beside a `seal` |
/// | `seal` | 64 hexadecimal digits: HMAC-SHA256 of all that, where the sender signs nothing |
/// | `digest` | SHA-256 of all that, which tells damage from a key that is gone; it proves nothing |
///
/// A sender that signs nothing shows a secret. It is taken out of `headers` and of the query in `target`, and a `seal` takes the place of
/// the signature: see [`Endpoint::storable`](crate::Endpoint::storable). Nothing of such an object is believed before the seal holds.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::stripe::Stripe;
/// use webhook_core::{Delivery, StoredDelivery};
///
/// /// Of an endpoint that is [`storable`](Endpoint::storable).
/// fn to_text(delivery: &Delivery) -> Result<String, Box<dyn std::error::Error>> {
///     Ok(serde_json::to_string(&delivery.to_stored()?)?)
/// }
///
/// async fn from_text(endpoint: &Endpoint, text: &str) -> Result<Delivery, Box<dyn std::error::Error>> {
///     let stored: StoredDelivery = serde_json::from_str(text)?;
///     Ok(endpoint.reopen(&stored).await?)
/// }
/// ```
#[derive(Clone, Deserialize)]
#[serde(try_from = "Wire<'static>")]
pub struct StoredDelivery {
    pub(super) provider: Box<str>,
    pub(super) endpoint: Option<Box<str>>,
    pub(super) variant: Option<Box<str>>,
    pub(super) account: Option<Box<str>>,
    pub(super) head: KeptHead,
    pub(super) body: Bytes,
    pub(super) received_at: UnixTime,
    pub(super) id: Option<Box<str>>,
    pub(super) id_signed: bool,
    pub(super) kind: Option<Box<str>>,
    pub(super) kind_signed: bool,
    pub(super) coverage: Box<str>,
    pub(super) key: Option<Box<str>>,
    pub(super) dedupe_key: Box<str>,
    /// The time that stood in what the sender has shown. Else the request says it.
    pub(super) sent_at: Option<UnixTime>,
    pub(super) seal: Option<Box<str>>,
    pub(super) digest: Box<str>,
}

impl StoredDelivery {
    /// The sender's name, such as `stripe`.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The name of the endpoint that received it.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The name of the account that it was sent to.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// The sender's id of the event, signed or not.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The sender's name for what happened, signed or not.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// When the head of the request arrived.
    #[must_use]
    pub const fn received_at(&self) -> UnixTime {
        self.received_at
    }

    /// What its event is remembered by, as 64 hexadecimal digits.
    #[must_use]
    pub fn dedupe_key(&self) -> &str {
        &self.dedupe_key
    }

    /// How long the body is, in bytes.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    /// Whether it is as it was written, by its own digest. That proves nothing: whoever changes it can change the digest.
    pub(super) fn is_whole(&self) -> bool {
        *self.digest == *self.digested()
    }

    /// Whether it says of itself that its sender signs nothing, and has no seal.
    pub(super) fn lacks_seal(&self) -> bool {
        self.seal.is_none() && *self.coverage == *Coverage::SenderOnly.as_str()
    }

    /// As it is verified by its seal, if it has one.
    pub(super) fn sealed(&self) -> Option<Sealed> {
        let seal = self.seal.as_deref()?;
        Some(Sealed {
            hash: self.hash(),
            // What is no hex is no seal: nothing equals it.
            seal: const_hex::decode(seal).unwrap_or_default(),
            sent_at: self.sent_at,
        })
    }

    /// The hash of everything but seal and digest, in parts that cannot be cut in another way.
    fn hash(&self) -> [u8; 32] {
        let mut hash = Parted::default();
        let texts = [
            Some(&self.provider),
            self.endpoint.as_ref(),
            self.variant.as_ref(),
            self.account.as_ref(),
            self.id.as_ref(),
            self.kind.as_ref(),
            Some(&self.coverage),
            self.key.as_ref(),
            Some(&self.dedupe_key),
            Some(&self.head.method),
            Some(&self.head.target),
        ];
        for text in texts {
            hash.add(text.map(|text| text.as_bytes()));
        }
        hash.add(Some(&[self.id_signed.into(), self.kind_signed.into()]));
        hash.add(Some(&self.received_at.as_millis().to_be_bytes()));
        hash.add(Some(&self.body));
        for (name, value) in &self.head.headers {
            hash.add(Some(name.as_bytes()));
            hash.add(Some(value));
        }
        // A header is two parts, so one more is none.
        if let Some(sent_at) = self.sent_at {
            hash.add(Some(&sent_at.as_millis().to_be_bytes()));
        }
        hash.finish()
    }

    fn digested(&self) -> Box<str> {
        let hash = self.hash();
        let digest = match &self.seal {
            None => hash,
            Some(seal) => {
                let mut digest = Parted::default();
                digest.add(Some(&hash));
                digest.add(Some(seal.as_bytes()));
                digest.finish()
            }
        };
        const_hex::encode(digest).into()
    }
}

impl Serialize for StoredDelivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire::from(self).serialize(serializer)
    }
}

impl fmt::Debug for StoredDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredDelivery")
            .field("provider", &self.provider)
            .field("endpoint", &self.endpoint)
            .field("variant", &self.variant)
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("received_at", &self.received_at)
            .field("body_len", &self.body_len())
            .finish_non_exhaustive()
    }
}

/// Why a delivery cannot be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotStorable {
    /// The endpoint has not kept the request: call [`Endpoint::storable`](crate::Endpoint::storable) on the one that the layer, the
    /// middleware or the extractor has.
    RequestNotKept,
    /// The sender signs nothing ([`Coverage::SenderOnly`]), and nothing is there that could seal the delivery: its verifier does not say what
    /// it shows, or a storage key is needed.
    NothingSeals,
    /// The sender signs nothing, and the secret that it shows stands in another place of the request too, so that it would be written
    /// down.
    SecretElsewhere,
}

impl fmt::Display for NotStorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RequestNotKept => {
                "the endpoint has not kept the request: call `Endpoint::storable` on it"
            }
            Self::NothingSeals => {
                "the sender signs nothing, and nothing can seal the delivery: call `Endpoint::storage_key`, and if the verifier is your own, \
                 implement `Verifier::shows_secret`"
            }
            Self::SecretElsewhere => {
                "the secret that the sender shows stands in another place of the request too, and no secret is written down: take it out of the \
                 URL, the other headers and the body, or handle the delivery at once"
            }
        })
    }
}

impl Error for NotStorable {}

impl Delivery {
    /// All that is needed to verify it once more, for a table, a queue or an archive.
    ///
    /// # Errors
    /// [`NotStorable`] says why not, and what to do.
    pub fn to_stored(&self) -> Result<StoredDelivery, NotStorable> {
        let request = self.origin().request.as_ref();
        let request = request.ok_or(NotStorable::RequestNotKept)?;
        let seal_key = match &request.sealing {
            Sealing::By(key) => Some(key),
            Sealing::Signed if self.coverage() != Coverage::SenderOnly => None,
            Sealing::Signed | Sealing::Impossible => return Err(NotStorable::NothingSeals),
            Sealing::ShownElsewhere => return Err(NotStorable::SecretElsewhere),
        };
        let text = |text: Option<&str>| text.map(Box::from);
        let mut stored = StoredDelivery {
            provider: self.provider().into(),
            endpoint: text(self.endpoint()),
            variant: text(self.variant()),
            account: text(self.account().as_deref()),
            head: request.head.clone(),
            body: request.body.clone(),
            received_at: self.received_at(),
            id: text(self.message().any_id()),
            id_signed: self.id().is_some(),
            kind: text(self.message().any_kind()),
            kind_signed: self.kind().is_some(),
            coverage: self.coverage().as_str().into(),
            key: text(self.key().and_then(|key| key.name())),
            dedupe_key: DedupeKey::of(self).to_hex().into(),
            sent_at: self.sent_at().filter(|_| seal_key.is_some()),
            seal: None,
            digest: Box::default(),
        };
        stored.seal = seal_key.map(|key| key.seal(&stored.hash()).to_hex().into());
        stored.digest = stored.digested();
        Ok(stored)
    }
}

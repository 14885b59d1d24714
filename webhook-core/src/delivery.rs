//! What arrived and was proven.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::dedupe::{Dedupe, Token};
use crate::event::{DecodeError, FromDelivery};
use crate::reply::Reply;
use crate::scheme::Named;
use crate::text::Text;
use crate::time::UnixTime;
use crate::verifier::{Coverage, MatchedKey, Proof};

/// A request that its sender has signed. Exists only after verification: nothing else can make one.
///
/// Cheap to clone. `Debug` shows what the delivery is, not what is in it.
#[derive(Clone)]
pub struct Delivery {
    provider: &'static str,
    origin: Origin,
    received_at: UnixTime,
    body: Bytes,
    proof: Proof,
    named: OnceLock<Named>,
    claim: Option<Token>,
}

/// Where a delivery came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) endpoint: Option<Arc<str>>,
    pub(crate) variant: Option<Arc<str>>,
    pub(crate) dedupe: Option<Arc<Dedupe>>,
}

impl Delivery {
    /// Asserts that `proof` was given for exactly this body. [`Intake::finish`](crate::Intake::finish) is the only caller.
    pub(crate) fn assert_verified(
        provider: &'static str,
        origin: Origin,
        received_at: UnixTime,
        body: Bytes,
        proof: Proof,
    ) -> Self {
        Self {
            provider,
            origin,
            received_at,
            body,
            proof,
            named: OnceLock::new(),
            claim: None,
        }
    }

    /// The sender's kind, such as `stripe`.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.provider
    }

    /// The name of the endpoint that received it, if it has one.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.origin.endpoint.as_deref()
    }

    /// The name of the configured account it was sent to, where one address serves several.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.origin.variant.as_deref()
    }

    /// The sender's id of the event, if it has one. Retries carry the same id.
    ///
    /// # Security
    /// Not every sender signs it: see [`is_id_signed`](Self::is_id_signed).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.named().id.as_deref()
    }

    /// Whether the signature covers the id. If not, whoever replays the request can change it.
    #[must_use]
    pub fn is_id_signed(&self) -> bool {
        self.named().id_signed
    }

    /// The sender's name for what happened, such as `invoice.paid`, if it says one.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.named().kind.as_deref()
    }

    /// Whether the signature covers the kind. If not, whoever replays the request can change it.
    #[must_use]
    pub fn is_kind_signed(&self) -> bool {
        self.named().kind_signed
    }

    /// The time that the sender signed, if the scheme has one.
    #[must_use]
    pub fn sent_at(&self) -> Option<UnixTime> {
        self.proof.sent_at
    }

    /// When the head of the request arrived, by the endpoint's clock.
    #[must_use]
    pub fn received_at(&self) -> UnixTime {
        self.received_at
    }

    /// Which key matched.
    #[must_use]
    pub fn key(&self) -> Option<&MatchedKey> {
        self.proof.key.as_ref()
    }

    /// What the signature vouches for. Anything less than [`Coverage::Body`] wants a second look at the sender's API.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.proof.coverage
    }

    /// The acknowledgement that the sender demands, where an empty 2xx is not enough.
    #[must_use]
    pub fn acknowledgement(&self) -> Option<&Reply> {
        self.proof.acknowledgement.as_ref()
    }

    /// The claim under which the event is being processed, where the endpoint [dedupes](crate::Endpoint::dedupe). Its fence
    /// tells this attempt from every other one.
    #[must_use]
    pub fn claim(&self) -> Option<&Token> {
        self.claim.as_ref()
    }

    /// Whether the event was claimed before, and not completed: some of its effects may be there already. `false` where
    /// the endpoint does not dedupe.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.claim().is_some_and(|claim| claim.attempt() > 1)
    }

    /// Whether the endpoint dedupes, so that the handler must be called by [`dedupe::process`](crate::dedupe::process). For
    /// adapters.
    #[must_use]
    pub fn is_to_be_deduped(&self) -> bool {
        self.dedupe().is_some()
    }

    pub(crate) fn with_claim(self, claim: Token) -> Self {
        Self {
            claim: Some(claim),
            ..self
        }
    }

    pub(crate) fn dedupe(&self) -> Option<&Arc<Dedupe>> {
        self.origin.dedupe.as_ref()
    }

    /// What the signature covers of the event's identity, where that is more than its id.
    pub(crate) fn identity(&self) -> Option<Arc<[u8]>> {
        self.proof.ident.identity(&self.body)
    }

    /// The body, byte for byte as it was sent.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The sender's id of what the event is about, where it is signed outside of the body.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.proof.subject.as_deref()
    }

    /// The id as a text of its own. Does not look into the body for the kind if the id stood in the head.
    pub(crate) fn id_text(&self) -> Option<Text> {
        let id = self.proof.ident.id_in_head();
        id.or_else(|| self.named().id.clone()).map(Text::from)
    }

    /// The kind as a text of its own.
    pub(crate) fn kind_text(&self) -> Option<Text> {
        self.named().kind.clone().map(Text::from)
    }

    /// Reads the event. A failure is logged at WARN: the sender did its part, the fault is on the receiver's side.
    ///
    /// ```
    /// use webhook_core::{DecodeError, Delivery, JsonEvent};
    ///
    /// fn order(delivery: &Delivery) -> Result<u64, DecodeError> {
    ///     let JsonEvent(order) = delivery.decode()?;
    ///     Ok(order)
    /// }
    /// ```
    ///
    /// # Errors
    /// If the delivery, authentic as it is, cannot be read as this type.
    pub fn decode<E: FromDelivery>(&self) -> Result<E, DecodeError> {
        let event = E::from_delivery(self);
        #[cfg(feature = "tracing")]
        if let Err(error) = &event {
            tracing::warn!(target: "webhook", delivery = ?self, code = error.code(), %error, "event not decoded");
        }
        event
    }

    /// Read on first use: an event type that reads its own envelope does not pay for it.
    fn named(&self) -> &Named {
        self.named.get_or_init(|| self.proof.ident.read(&self.body))
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider)
            .field("endpoint", &self.endpoint())
            .field("variant", &self.variant())
            .field("id", &self.id())
            .field("kind", &self.kind())
            .field("received_at", &self.received_at)
            .field("key", &self.key())
            .field("coverage", &self.coverage())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

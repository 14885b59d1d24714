//! What arrived and was proven.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use bytestring::ByteString;

use crate::dedupe::{Dedupe, Token};
use crate::event::{DecodeError, FromDelivery};
use crate::rejection::{Rejection, RejectionKind};
use crate::reply::Reply;
use crate::scheme::{Mode, Named, Owner, Received, Told};
use crate::sender::Provider;
use crate::text::Text;
use crate::time::UnixTime;
use crate::unsigned::Unsigned;
use crate::verifier::{Coverage, MatchedKey, Proof};

/// A request that its sender has signed. Exists only after verification: there is no constructor, no default and no way to
/// deserialize one. A [`Verifier`](crate::Verifier) of your own vouches for what it lets through with
/// [`Proof::dangerously_assert`](crate::Proof::dangerously_assert).
///
/// ```compile_fail
/// let delivery = webhook_core::Delivery::default();
/// ```
///
/// ```compile_fail
/// let delivery: webhook_core::Delivery = serde_json::from_str("{}").unwrap();
/// ```
///
/// ```compile_fail
/// let delivery = webhook_core::Delivery { body: bytes::Bytes::new() };
/// ```
///
/// ```compile_fail
/// fn with_another_body(delivery: webhook_core::Delivery) -> webhook_core::Delivery {
///     webhook_core::Delivery { body: bytes::Bytes::new(), ..delivery }
/// }
/// ```
///
/// What can be done with one:
///
/// ```
/// fn body(delivery: &webhook_core::Delivery) -> bytes::Bytes {
///     delivery.body().clone()
/// }
/// ```
///
/// Cheap to clone. `Debug` shows what the delivery is, not what is in it.
#[derive(Clone)]
pub struct Delivery {
    provider: Provider,
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
    pub(crate) accepts_test_events: bool,
}

impl Delivery {
    /// Asserts that `proof` was given for exactly this body. [`Intake::finish`](crate::Intake::finish) is the only caller.
    pub(crate) fn assert_verified(
        provider: Provider,
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

    /// The sender's name, such as `stripe`.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.provider.name()
    }

    /// Who sent it.
    pub(crate) const fn sender(&self) -> &Provider {
        &self.provider
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

    /// The sender's id of the event, if it has one **and signs it**. Retries carry the same id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.any_id().filter(|_| self.named().id_signed)
    }

    /// The sender's id of the event where the signature does not cover it: whoever replays the request can change it.
    ///
    /// ```
    /// use webhook_core::{Delivery, Unsigned};
    ///
    /// /// For a log line or a look-up at the sender, never as proof that the event is new.
    /// fn claimed_id(delivery: &Delivery) -> Option<&str> {
    ///     delivery.id().or(delivery.unsigned_id().map(Unsigned::into_unverified))
    /// }
    /// ```
    #[must_use]
    pub fn unsigned_id(&self) -> Option<Unsigned<&str>> {
        let id = self.any_id().filter(|_| !self.named().id_signed);
        id.map(Unsigned::new)
    }

    /// The sender's name for what happened, such as `invoice.paid`, if it says one **and signs it**.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.any_kind().filter(|_| self.named().kind_signed)
    }

    /// The sender's name for what happened where the signature does not cover it: whoever replays the request can change
    /// it.
    #[must_use]
    pub fn unsigned_kind(&self) -> Option<Unsigned<&str>> {
        let kind = self.any_kind().filter(|_| !self.named().kind_signed);
        kind.map(Unsigned::new)
    }

    /// Whose account of the sender it belongs to, such as Stripe's `acct_…` of a connected account: where the signature covers
    /// that, and the sender says it. `None` where one request holds events of several accounts.
    #[must_use]
    pub fn account(&self) -> Option<Text> {
        let owner = self.owner();
        match owner.accounts.as_slice() {
            [first, rest @ ..] if owner.signed && rest.iter().all(|other| other == first) => {
                Some(Text::from(first.clone()))
            }
            _ => None,
        }
    }

    /// Whether it is a test, where the sender signs that.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let owner = self.owner();
        if owner.signed {
            owner.mode
        } else {
            Mode::Unknown
        }
    }

    /// Whether the endpoint takes test events for real ones.
    #[must_use]
    pub fn accepts_test_events(&self) -> bool {
        self.origin.accepts_test_events
    }

    pub(crate) fn owner(&self) -> Owner {
        self.proof.ident.owner(&self.body)
    }

    /// Refuses the events of all but these accounts.
    pub(crate) fn require_account(&self, known: &[Text]) -> Result<(), Rejection> {
        if !self.proof.ident.signs_accounts() {
            return Err(NO_ACCOUNTS);
        }
        let accounts = self.owner().accounts;
        let is_known = |account: &ByteString| known.iter().any(|known| **known == **account);
        if accounts.is_empty() || !accounts.iter().all(is_known) {
            return Err(OTHER_ACCOUNT);
        }
        Ok(())
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

    /// What tells its event from others; only by what is signed, if the endpoint wants that.
    pub(crate) fn tell(&self) -> Told {
        let signed_only = self
            .dedupe()
            .is_some_and(|dedupe| dedupe.counts_signed_only());
        let received = Received {
            body: &self.body,
            sent_at: self.proof.sent_at,
            signed_only,
        };
        self.proof
            .ident
            .tell(self.proof.coverage, self.named(), &received)
    }

    /// The body, byte for byte as it was sent.
    ///
    /// # Security
    /// How much of it is signed, [`coverage`](Self::coverage) says.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The sender's id of what the event is about, where it is signed outside of the body.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.proof.subject.as_deref()
    }

    /// The id, signed or not. What is made of it must show that it may be a claim.
    pub(crate) fn any_id(&self) -> Option<&str> {
        self.named().id.as_deref()
    }

    /// The kind, signed or not. What is made of it must show that it may be a claim.
    pub(crate) fn any_kind(&self) -> Option<&str> {
        self.named().kind.as_deref()
    }

    /// The id as a text of its own, if it is signed. Does not look into the body for the kind if the id stood in the head.
    pub(crate) fn id_text(&self) -> Option<Text> {
        let (id, signed) = self.id_and_signed()?;
        signed.then(|| Text::from(id))
    }

    /// The same of an id that is not signed.
    pub(crate) fn unsigned_id_text(&self) -> Option<Unsigned<Text>> {
        let (id, signed) = self.id_and_signed()?;
        (!signed).then(|| Unsigned::new(Text::from(id)))
    }

    fn id_and_signed(&self) -> Option<(ByteString, bool)> {
        let in_head = self.proof.ident.id_in_head();
        let in_head = in_head.map(|(id, signed)| (id, signed && self.signs_something()));
        in_head.or_else(|| {
            let named = self.named();
            Some((named.id.clone()?, named.id_signed))
        })
    }

    /// The kind as a text of its own, if it is signed.
    pub(crate) fn kind_text(&self) -> Option<Text> {
        let named = self.named();
        let kind = named.kind.clone().filter(|_| named.kind_signed);
        kind.map(Text::from)
    }

    /// The same of a kind that is not signed.
    pub(crate) fn unsigned_kind_text(&self) -> Option<Unsigned<Text>> {
        let named = self.named();
        let kind = named.kind.clone().filter(|_| !named.kind_signed);
        kind.map(|kind| Unsigned::new(Text::from(kind)))
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

    /// That id and kind are not there, where they are not read.
    pub(crate) fn require_names(&self) -> Result<(), DecodeError> {
        self.named().fault.clone().map_or(Ok(()), Err)
    }

    /// Read on first use: an event type that reads its own envelope does not pay for it.
    fn named(&self) -> &Named {
        self.named.get_or_init(|| {
            let named = self.proof.ident.read(&self.body);
            Named {
                id_signed: named.id_signed && self.signs_something(),
                kind_signed: named.kind_signed && self.signs_something(),
                ..named
            }
        })
    }

    /// A shared word signs no id, whatever the verifier says of it.
    fn signs_something(&self) -> bool {
        self.coverage() != Coverage::SenderOnly
    }
}

const NO_ACCOUNTS: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the endpoint lists accounts, and this sender signs none: remove `accounts`",
);

const OTHER_ACCOUNT: Rejection = Rejection::new(
    RejectionKind::WrongAudience,
    "the event belongs to an account that the endpoint does not list, or names none",
);

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider.name())
            .field("endpoint", &self.endpoint())
            .field("variant", &self.variant())
            .field("id", &Shown(self.id(), self.unsigned_id()))
            .field("kind", &Shown(self.kind(), self.unsigned_kind()))
            .field("received_at", &self.received_at)
            .field("key", &self.key())
            .field("coverage", &self.coverage())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A name, or a claim that shows that it is one.
struct Shown<'a>(Option<&'a str>, Option<Unsigned<&'a str>>);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(None, Some(claimed)) => fmt::Debug::fmt(&Some(claimed), f),
            Self(signed, _) => fmt::Debug::fmt(signed, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(proof: Proof) -> Delivery {
        let now = UnixTime::from_secs(1_785_920_400);
        Delivery::assert_verified(
            Provider::new("acme"),
            Origin::default(),
            now,
            Bytes::new(),
            proof,
        )
    }

    fn names(delivery: &Delivery) -> [Option<&str>; 4] {
        [
            delivery.id(),
            delivery.unsigned_id().map(Unsigned::into_unverified),
            delivery.kind(),
            delivery.unsigned_kind().map(Unsigned::into_unverified),
        ]
    }

    #[test]
    fn a_name_is_either_signed_or_a_claim() {
        let signed = |coverage| Proof::dangerously_assert(coverage).id("1").kind("a");
        let claimed = Proof::dangerously_assert(Coverage::Body)
            .unsigned_id("1")
            .unsigned_kind("a");
        for (proof, expected) in [
            (signed(Coverage::Body), [Some("1"), None, Some("a"), None]),
            (signed(Coverage::Fields), [Some("1"), None, Some("a"), None]),
            (claimed, [None, Some("1"), None, Some("a")]),
            (Proof::dangerously_assert(Coverage::Body), [None; 4]),
        ] {
            let delivery = delivery(proof);
            assert_eq!(names(&delivery), expected);
            let texts = (delivery.id_text(), delivery.kind_text());
            assert_eq!(texts.0.as_deref(), expected[0]);
            assert_eq!(texts.1.as_deref(), expected[2]);
        }
    }

    #[test]
    fn a_shared_word_signs_no_name() {
        let proof = Proof::dangerously_assert(Coverage::SenderOnly);
        let delivery = delivery(proof.id("1").kind("a"));
        assert_eq!(names(&delivery), [None, Some("1"), None, Some("a")]);
        assert_eq!(delivery.id_text(), None);
        let claimed = delivery.unsigned_id_text();
        assert_eq!(claimed, Some(Unsigned::new(Text::from("1"))));
    }

    #[test]
    fn debug_marks_what_is_a_claim() {
        let proof = Proof::dangerously_assert(Coverage::Body).id("1");
        let shown = format!("{:?}", delivery(proof.unsigned_kind("a")));
        assert!(shown.contains(r#"id: Some("1")"#), "{shown}");
        assert!(shown.contains(r#"kind: Some(Unsigned("a"))"#), "{shown}");
    }
}

//! What arrived and was proven.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::dedupe::{ClaimToken, Dedupe};
use crate::delivery::kept::KeptRequest;
use crate::delivery::provider::Provider;
use crate::json::Text;
use crate::message::{Coverage, MatchedKey, Message, Mode, Unverified};
use crate::outcome::Reply;
use crate::time::UnixTime;

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
    message: Message,
    claim: Option<Arc<ClaimToken>>,
}

/// Where a delivery came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) endpoint: Option<Arc<str>>,
    pub(crate) variant: Option<Arc<str>>,
    pub(crate) dedupe: Option<Arc<Dedupe>>,
    /// Whether only what is signed tells its event from others, although there is no store.
    pub(crate) counts_signed_only: bool,
    pub(crate) request: Option<Arc<KeptRequest>>,
}

impl Delivery {
    /// Asserts that its sender, at this endpoint, has signed the message.
    /// [`Verification::finalize`](crate::Verification::finalize) is the only caller.
    pub(crate) const fn assert_verified(
        provider: Provider,
        origin: Origin,
        message: Message,
    ) -> Self {
        Self {
            provider,
            origin,
            message,
            claim: None,
        }
    }

    /// Where it came in.
    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What was proven, without where it came in.
    pub(crate) const fn message(&self) -> &Message {
        &self.message
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
        self.message.id()
    }

    /// The sender's id of the event where the signature does not cover it: whoever replays the request can change it.
    ///
    /// ```
    /// use webhook_core::{Delivery, Unverified};
    ///
    /// /// For a log line or a look-up at the sender, never as proof that the event is new.
    /// fn claimed_id(delivery: &Delivery) -> Option<&str> {
    ///     delivery.id().or(delivery.unverified_id().map(Unverified::into_unverified))
    /// }
    /// ```
    #[must_use]
    pub fn unverified_id(&self) -> Option<Unverified<&str>> {
        self.message.unverified_id()
    }

    /// The sender's name for what happened, such as `invoice.paid`, if it says one **and signs it**.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.message.kind()
    }

    /// The sender's name for what happened where the signature does not cover it: whoever replays the request can change
    /// it.
    #[must_use]
    pub fn unverified_kind(&self) -> Option<Unverified<&str>> {
        self.message.unverified_kind()
    }

    /// Whose account of the sender it belongs to, such as Stripe's `acct_…` of a connected account: where the signature covers
    /// that, and the sender says it. `None` where one request holds events of several accounts.
    #[must_use]
    pub fn account(&self) -> Option<Text> {
        self.message.account()
    }

    /// Whether it is a test, where the sender signs that.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.message.mode()
    }

    /// In which version of the sender's API the event is written, such as Stripe's `2026-10-28.endive`: where the signature covers
    /// that, and the sender says it.
    #[must_use]
    pub fn api_version(&self) -> Option<Text> {
        self.message.api_version()
    }

    /// Whether the endpoint takes test events for real ones.
    #[must_use]
    pub fn accepts_test_events(&self) -> bool {
        self.message.accepts_test_events()
    }

    /// The time that the sender signed, if the scheme has one.
    #[must_use]
    pub fn sent_at(&self) -> Option<UnixTime> {
        self.message.sent_at()
    }

    /// When the head of the request arrived, by the endpoint's clock.
    #[must_use]
    pub fn received_at(&self) -> UnixTime {
        self.message.received_at()
    }

    /// Which key matched.
    #[must_use]
    pub fn key(&self) -> Option<&MatchedKey> {
        self.message.proof().key.as_ref()
    }

    /// What the signature vouches for. Anything less than [`Coverage::Body`] wants a second look at the sender's API.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.message.coverage()
    }

    /// The acknowledgement that the sender demands, where an empty 2xx is not enough.
    #[must_use]
    pub fn acknowledgement(&self) -> Option<&Reply> {
        self.message.proof().demanded()
    }

    /// The claim under which the event is being processed, where the endpoint [dedupes](crate::Endpoint::dedupe). Its fence
    /// tells this attempt from every other one.
    #[must_use]
    pub fn claim(&self) -> Option<&ClaimToken> {
        self.claim.as_deref()
    }

    /// Whether the event was claimed before, and not completed: some of its effects may be there already. `false` where
    /// the endpoint does not dedupe.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.claim().is_some_and(|claim| claim.attempt() > 1)
    }

    /// Whether the endpoint dedupes, so that the handler must be called by [`adapter::process`](crate::adapter::process). For
    /// adapters.
    #[must_use]
    pub fn needs_dedupe(&self) -> bool {
        self.dedupe().is_some()
    }

    /// For how long its event is to be remembered as done, where the endpoint [dedupes](crate::Endpoint::dedupe): for a store's
    /// `complete_in`.
    #[must_use]
    pub fn retention(&self) -> Option<std::time::Duration> {
        Some(self.dedupe()?.retention_length())
    }

    pub(crate) fn with_claim(self, claim: ClaimToken) -> Self {
        Self {
            claim: Some(Arc::new(claim)),
            ..self
        }
    }

    pub(crate) fn dedupe(&self) -> Option<&Arc<Dedupe>> {
        self.origin.dedupe.as_ref()
    }

    /// The body, byte for byte as it was sent.
    ///
    /// # Security
    /// How much of it is signed, [`coverage`](Self::coverage) says.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.message.body()
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider.name())
            .field("endpoint", &self.endpoint())
            .field("variant", &self.variant())
            .field("id", &Shown(self.id(), self.unverified_id()))
            .field("kind", &Shown(self.kind(), self.unverified_kind()))
            .field("received_at", &self.received_at())
            .field("key", &self.key())
            .field("coverage", &self.coverage())
            .field("body_len", &self.body().len())
            .finish_non_exhaustive()
    }
}

/// A name, or a claim that shows that it is one.
struct Shown<'a>(Option<&'a str>, Option<Unverified<&'a str>>);

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
    use crate::Proof;

    fn delivery(proof: Proof) -> Delivery {
        let now = UnixTime::from_secs(1_785_920_400);
        let message = Message::assert_verified(now, false, Bytes::new(), proof);
        Delivery::assert_verified(Provider::new("acme"), Origin::default(), message)
    }

    fn names(delivery: &Delivery) -> [Option<&str>; 4] {
        [
            delivery.id(),
            delivery.unverified_id().map(Unverified::into_unverified),
            delivery.kind(),
            delivery.unverified_kind().map(Unverified::into_unverified),
        ]
    }

    #[test]
    fn a_name_is_either_signed_or_a_claim() {
        let signed = |coverage| Proof::dangerously_assert(coverage).id("1").kind("a");
        let claimed = Proof::dangerously_assert(Coverage::Body)
            .unverified_id("1")
            .unverified_kind("a");
        for (proof, expected) in [
            (signed(Coverage::Body), [Some("1"), None, Some("a"), None]),
            (signed(Coverage::Fields), [Some("1"), None, Some("a"), None]),
            (claimed, [None, Some("1"), None, Some("a")]),
            (Proof::dangerously_assert(Coverage::Body), [None; 4]),
        ] {
            let delivery = delivery(proof);
            assert_eq!(names(&delivery), expected);
            let texts = (delivery.message().id_text(), delivery.message().kind_text());
            assert_eq!(texts.0.as_deref(), expected[0]);
            assert_eq!(texts.1.as_deref(), expected[2]);
        }
    }

    #[test]
    fn a_shared_word_signs_no_name() {
        let proof = Proof::dangerously_assert(Coverage::SenderOnly);
        let delivery = delivery(proof.id("1").kind("a"));
        assert_eq!(names(&delivery), [None, Some("1"), None, Some("a")]);
        assert_eq!(delivery.message().id_text(), None);
        let claimed = delivery.message().unverified_id_text();
        assert_eq!(claimed, Some(Unverified::new(Text::from("1"))));
    }

    #[test]
    fn debug_marks_what_is_a_claim() {
        let proof = Proof::dangerously_assert(Coverage::Body).id("1");
        let shown = format!("{:?}", delivery(proof.unverified_kind("a")));
        assert!(shown.contains(r#"id: Some("1")"#), "{shown}");
        assert!(shown.contains(r#"kind: Some(Unverified("a"))"#), "{shown}");
    }
}

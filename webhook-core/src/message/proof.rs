//! What a verifier has found out about a request.

use bytes::Bytes;
use bytestring::ByteString;

use crate::message::coverage::{Coverage, MatchedKey};
use crate::message::ident::Ident;
use crate::message::looked_up::LookedUp;
use crate::message::whose::{Mode, Whose};
use crate::outcome::Reply;
use crate::time::UnixTime;

/// What a verifier found out about an authentic request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proof {
    pub(crate) coverage: Coverage,
    pub(crate) key: Option<MatchedKey>,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) ident: Ident,
    pub(crate) is_test_account: bool,
    pub(crate) beside: Option<Box<Beside>>,
}

/// What most senders have nothing of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    acknowledgement: Option<Reply>,
    subject: Option<String>,
    body: Option<Bytes>,
    looked_up: Option<LookedUp>,
}

impl Proof {
    /// Asserts that the signature holds and vouches for this much. Whoever writes this is believed: it is the one way to a
    /// [`Delivery`](crate::Delivery) besides the senders and schemes of this library, so look for it in a review.
    ///
    /// Where nothing but the sender is proven ([`Coverage::SenderOnly`]), an id and a kind are unsigned however they
    /// are given.
    #[must_use]
    pub fn dangerously_assert(coverage: Coverage) -> Self {
        Self {
            coverage,
            key: None,
            sent_at: None,
            ident: Ident::default(),
            is_test_account: false,
            beside: None,
        }
    }

    fn beside(&mut self) -> &mut Beside {
        self.beside.get_or_insert_default()
    }

    /// Whether the id that it has is signed, and whether the kind is.
    pub(crate) fn signed_names(&self, body: &Bytes) -> (bool, bool) {
        let named = self.ident.read(&self.ident.look(body));
        let signs = self.coverage != Coverage::SenderOnly;
        (named.id_signed && signs, named.kind_signed && signs)
    }

    /// The account is configured as one for tests.
    #[cfg(feature = "published-keys")]
    pub(crate) fn of_test_account(self) -> Self {
        Self {
            is_test_account: true,
            ..self
        }
    }

    /// What of the body was signed, where that is not all of it: this is delivered, and nothing else.
    pub(crate) fn body(mut self, signed: Bytes) -> Self {
        self.beside().body = Some(signed);
        self
    }

    pub(crate) fn take_body(&mut self) -> Option<Bytes> {
        self.beside.as_mut()?.body.take()
    }

    /// What the sender's interface has said: this is delivered, and nothing of the request.
    pub(crate) fn looked_up(mut self, said: LookedUp) -> Self {
        self.beside().looked_up = Some(said);
        self.body(Bytes::new())
    }

    pub(crate) fn what_was_looked_up(&self) -> Option<&LookedUp> {
        self.beside.as_ref()?.looked_up.as_ref()
    }

    /// Which key matched.
    #[must_use]
    pub fn key(self, key: MatchedKey) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// The time that the sender signed.
    #[must_use]
    pub fn sent_at(self, time: UnixTime) -> Self {
        Self {
            sent_at: Some(time),
            ..self
        }
    }

    /// The event's id, which the signature covers.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.ident.set_id(ByteString::from(id.into()), true);
        self
    }

    /// The event's id, which the signature does not cover.
    #[must_use]
    pub fn unverified_id(mut self, id: impl Into<String>) -> Self {
        self.ident.set_id(ByteString::from(id.into()), false);
        self
    }

    /// The event's kind, which the signature covers.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.ident.set_kind(ByteString::from(kind.into()), true);
        self
    }

    /// The event's kind, which the signature does not cover.
    #[must_use]
    pub fn unverified_kind(mut self, kind: impl Into<String>) -> Self {
        self.ident.set_kind(ByteString::from(kind.into()), false);
        self
    }

    /// What tells this event from every other, where that is more than its id, or where it has none: texts that the
    /// signature covers, in a fixed order; none of them: the whole body. Without this, dedupe takes the id with the kind if
    /// both are signed, else the body with the signed time, and the id that is not signed.
    #[must_use]
    pub fn identity(mut self, parts: &[&[u8]]) -> Self {
        self.ident.set_identity(parts);
        self
    }

    /// What tells this event from every other beside its [identity](Self::identity), without being signed. Whoever replays the
    /// request can change it, and have the event handled again.
    #[must_use]
    pub fn identity_beside(mut self, parts: &[Option<&[u8]>]) -> Self {
        self.ident.set_beside(parts);
        self
    }

    /// Nothing tells this event from every other: another genuine one may be the same bytes. Each delivery is a new event then, also with
    /// a store, as [`scheme::Identity::none`](crate::scheme::Identity::none) has it for a scheme.
    #[must_use]
    pub fn without_identity(mut self) -> Self {
        self.ident.set_nothing();
        self
    }

    /// Where the body says whose account the event belongs to and whether it is a test. Counts as signed only where the whole body
    /// is.
    #[must_use]
    pub fn whose(mut self, whose: &'static Whose) -> Self {
        self.ident.set_whose(whose, self.coverage.is_whole_body());
        self
    }

    /// Whose account the event belongs to, and whether it is a test, where neither stands in the body itself: what the signature
    /// covers of it. Several accounts only where one request holds several events.
    #[must_use]
    pub fn owner(mut self, accounts: &[&str], mode: Mode) -> Self {
        let accounts = accounts.iter().map(|account| ByteString::from(*account));
        self.ident.set_owner(accounts.collect(), mode);
        self
    }

    /// The sender's id of what the event is about, where it is signed outside of the body.
    pub(crate) fn subject(mut self, id: impl Into<String>) -> Self {
        self.beside().subject = Some(id.into());
        self
    }

    pub(crate) fn subject_id(&self) -> Option<&str> {
        self.beside.as_ref()?.subject.as_deref()
    }

    /// The acknowledgement that the sender demands for a success, where an empty 2xx is not enough.
    #[must_use]
    pub fn acknowledgement(mut self, reply: Reply) -> Self {
        self.beside().acknowledgement = Some(reply);
        self
    }

    pub(crate) fn demanded(&self) -> Option<&Reply> {
        self.beside.as_ref()?.acknowledgement.as_ref()
    }
}

//! A signed body with its proof.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use bytestring::ByteString;

use crate::json::{Looked, Text};
use crate::message::apart::{Received, Told};
use crate::message::coverage::Coverage;
use crate::message::ident::{Named, Owner};
use crate::message::proof::Proof;
use crate::message::unverified::Unverified;
use crate::message::whose::Mode;
use crate::outcome::{DecodeError, Rejection, RejectionKind};
use crate::time::UnixTime;

/// A body and what was proven of it, read no further than its names. What happened to a payment is read from it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    received_at: UnixTime,
    body: Bytes,
    proof: Proof,
    accepts_test_events: bool,
    /// In a place of its own: a message is moved before anybody asks for it, and cloned after that.
    read: OnceLock<Arc<Read>>,
}

/// What was read of the body, in one pass.
#[derive(Debug)]
struct Read {
    looked: Looked,
    named: Named,
}

impl Message {
    /// Asserts that `proof` was given for exactly this body.
    pub(crate) fn assert_verified(
        received_at: UnixTime,
        accepts_test_events: bool,
        body: Bytes,
        proof: Proof,
    ) -> Self {
        Self {
            received_at,
            body,
            accepts_test_events: accepts_test_events || proof.is_test_account,
            proof,
            read: OnceLock::new(),
        }
    }

    pub(crate) const fn received_at(&self) -> UnixTime {
        self.received_at
    }

    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) const fn proof(&self) -> &Proof {
        &self.proof
    }

    pub(crate) const fn coverage(&self) -> Coverage {
        self.proof.coverage
    }

    pub(crate) const fn sent_at(&self) -> Option<UnixTime> {
        self.proof.sent_at
    }

    /// Whether tests are to be told in the words of real events.
    pub(crate) const fn accepts_test_events(&self) -> bool {
        self.accepts_test_events
    }

    /// The id, if it is signed.
    pub(crate) fn id(&self) -> Option<&str> {
        self.any_id().filter(|_| self.named().id_signed)
    }

    /// The id, if it is not signed.
    pub(crate) fn unverified_id(&self) -> Option<Unverified<&str>> {
        let id = self.any_id().filter(|_| !self.named().id_signed);
        id.map(Unverified::new)
    }

    /// The kind, if it is signed.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.any_kind().filter(|_| self.named().kind_signed)
    }

    /// The kind, if it is not signed.
    pub(crate) fn unverified_kind(&self) -> Option<Unverified<&str>> {
        let kind = self.any_kind().filter(|_| !self.named().kind_signed);
        kind.map(Unverified::new)
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
    pub(crate) fn unverified_id_text(&self) -> Option<Unverified<Text>> {
        let (id, signed) = self.id_and_signed()?;
        (!signed).then(|| Unverified::new(Text::from(id)))
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
    pub(crate) fn unverified_kind_text(&self) -> Option<Unverified<Text>> {
        let named = self.named();
        let kind = named.kind.clone().filter(|_| !named.kind_signed);
        kind.map(|kind| Unverified::new(Text::from(kind)))
    }

    /// The sender's id of what the event is about, where it is signed outside of the body.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.proof.subject_id()
    }

    pub(crate) fn owner(&self) -> Owner {
        self.proof.ident.owner(self.looked())
    }

    /// The account, if it is signed and only one.
    pub(crate) fn account(&self) -> Option<Text> {
        let (accounts, is_signed) = self.proof.ident.accounts(self.looked());
        match accounts.as_slice() {
            [first, rest @ ..] if is_signed && rest.iter().all(|other| other == first) => {
                Some(Text::from(first.clone()))
            }
            _ => None,
        }
    }

    /// Whether it is a test, if that is signed.
    pub(crate) fn mode(&self) -> Mode {
        let owner = self.owner();
        if owner.signed {
            owner.mode
        } else {
            Mode::Unknown
        }
    }

    /// In which version of the sender's API it is written, if that is signed.
    pub(crate) fn api_version(&self) -> Option<Text> {
        self.proof.ident.api_version(self.looked()).map(Text::from)
    }

    /// Whether the sender signs the version of its API.
    pub(crate) fn signs_api_version(&self) -> bool {
        self.proof.ident.signs_api_version()
    }

    /// Refuses the events of all but these accounts.
    pub(crate) fn require_account(&self, known: &[Text]) -> Result<(), Rejection> {
        if !self.proof.ident.signs_accounts() {
            return Err(NO_ACCOUNTS);
        }
        let (accounts, _) = self.proof.ident.accounts(self.looked());
        let is_known = |account: &ByteString| known.iter().any(|known| **known == **account);
        if accounts.is_empty() || !accounts.iter().all(is_known) {
            return Err(OTHER_ACCOUNT);
        }
        Ok(())
    }

    /// That id and kind are not there, where they are not read.
    pub(crate) fn require_names(&self) -> Result<(), DecodeError> {
        match &self.named().fault {
            Some(fault) => Err(DecodeError::clone(fault)),
            None => Ok(()),
        }
    }

    /// What tells its event from others; only by what is signed, if that is wanted.
    pub(crate) fn tell(&self, signed_only: bool) -> Told {
        let received = Received {
            looked: self.looked(),
            sent_at: self.proof.sent_at,
            received_at: self.received_at,
            signed_only,
        };
        self.proof
            .ident
            .tell(self.proof.coverage, self.named(), &received)
    }

    fn named(&self) -> &Named {
        &self.read().named
    }

    fn looked(&self) -> &Looked {
        &self.read().looked
    }

    /// Read on first use: an event type that reads its own envelope does not pay for it.
    fn read(&self) -> &Read {
        self.read.get_or_init(|| {
            let looked = self.proof.ident.look(&self.body);
            let named = self.proof.ident.read(&looked);
            let named = Named {
                id_signed: named.id_signed && self.signs_something(),
                kind_signed: named.kind_signed && self.signs_something(),
                ..named
            };
            Arc::new(Read { looked, named })
        })
    }

    /// Whether the signature covers nothing of the body, or only a checksum that others have too.
    pub(crate) const fn proves_nothing(&self) -> bool {
        matches!(
            self.coverage(),
            Coverage::SenderOnly | Coverage::BodyChecksum
        )
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

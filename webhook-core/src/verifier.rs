//! What it takes to say yes or no to a request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use bytestring::ByteString;

use crate::head::RequestHead;
use crate::key_print::KeyPrint;
use crate::rejection::Rejection;
use crate::reply::Reply;
use crate::scheme::{Ident, Mode, SchemeCheck, Whose};
use crate::sender::Provider;
use crate::time::UnixTime;

/// A scheme with the keys of one account. Says yes or no to one request.
///
/// [`Scheme::verifier`](crate::scheme::Scheme::verifier) makes one from a description; implement the
/// trait by hand only for a sender that no [`Scheme`](crate::scheme::Scheme) describes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot verify webhooks",
    note = "describe your sender with `webhook_core::scheme::Scheme`, or implement `Verifier`"
)]
pub trait Verifier: Send + Sync + fmt::Debug {
    /// Who sends. Deliveries carry it.
    fn provider(&self) -> Provider;

    /// What of its keys it shares with other accounts, in the order of the keys: two verifiers with a print in common accept the same
    /// requests, so that they must not stand for two accounts. None if not said otherwise, and then that is not checked.
    fn key_prints(&self) -> Vec<KeyPrint> {
        Vec::new()
    }

    /// How long one request is accepted, from the first moment to the last, where its time is signed and judged. What a store
    /// remembers must not be forgotten sooner. None if not said otherwise: any time is accepted.
    fn replay_window(&self) -> Option<Duration> {
        None
    }

    /// Judges what can be judged before the body: method, headers, a time that stands in a header.
    ///
    /// # Errors
    /// If the head alone decides that the request is refused. No byte of the body is read then.
    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<Begin, Rejection>;

    /// How long the sender's bodies may be, in bytes, if they may be longer than
    /// [`DEFAULT_BODY_LIMIT`](crate::DEFAULT_BODY_LIMIT). The limit of an endpoint that sets one counts instead.
    fn body_limit(&self) -> Option<usize> {
        None
    }
}

/// What the head of a request leads to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for one request"
)]
pub enum Begin {
    /// The body decides.
    Check(Box<dyn Check>),
    /// The body decides, by a [`Scheme`](crate::scheme::Scheme).
    Scheme(SchemeCheck),
    /// A handshake, to be answered without reading a body.
    Reply(Reply),
}

impl Begin {
    pub(crate) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Check(check) => check.update(piece),
            Self::Scheme(check) => check.update(piece),
            Self::Reply(_) => {}
        }
    }
}

/// The running check of one body.
pub trait Check: Send + fmt::Debug {
    /// Takes the next bytes of the body, as they arrive.
    fn update(&mut self, chunk: &[u8]);

    /// The verdict over the whole `body`, which is all the chunks joined.
    ///
    /// # Errors
    /// If the request is refused.
    fn finish(self: Box<Self>, body: &Bytes) -> Result<Verdict, Rejection>;
}

/// What a body turned out to be.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for one request"
)]
pub enum Verdict {
    /// Sent by the owner of the key.
    Authentic(Proof),
    /// A handshake, to be answered without calling the handler.
    Reply(Reply),
    /// Somebody else has to be asked, such as the sender's own interface.
    Later(Asking),
}

/// A verdict that is waited for.
pub struct Asking(Pin<Box<dyn Future<Output = Result<Proof, Rejection>> + Send>>);

impl Asking {
    /// Waits for this.
    #[must_use]
    pub fn new(asking: impl Future<Output = Result<Proof, Rejection>> + Send + 'static) -> Self {
        Self(Box::pin(asking))
    }
}

impl Future for Asking {
    type Output = Result<Proof, Rejection>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking")
    }
}

/// What a verifier found out about an authentic request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Proof {
    pub(crate) coverage: Coverage,
    pub(crate) key: Option<MatchedKey>,
    pub(crate) sent_at: Option<UnixTime>,
    pub(crate) ident: Ident,
    pub(crate) acknowledgement: Option<Reply>,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<Bytes>,
    pub(crate) is_test_account: bool,
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
            acknowledgement: None,
            subject: None,
            body: None,
            is_test_account: false,
        }
    }

    /// The account is configured as one for tests.
    #[cfg(feature = "x509")]
    pub(crate) fn of_test_account(self) -> Self {
        Self {
            is_test_account: true,
            ..self
        }
    }

    /// What of the body was signed, where that is not all of it: this is delivered, and nothing else.
    pub(crate) fn body(self, signed: Bytes) -> Self {
        Self {
            body: Some(signed),
            ..self
        }
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
    pub fn unsigned_id(mut self, id: impl Into<String>) -> Self {
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
    pub fn unsigned_kind(mut self, kind: impl Into<String>) -> Self {
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

    /// Where the body says whose account the event belongs to and whether it is a test. Counts as signed only where the whole body
    /// is.
    #[must_use]
    pub fn whose(mut self, whose: &'static Whose) -> Self {
        self.ident.set_whose(whose, self.coverage == Coverage::Body);
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
    pub(crate) fn subject(self, id: impl Into<String>) -> Self {
        Self {
            subject: Some(id.into()),
            ..self
        }
    }

    /// The acknowledgement that the sender demands for a success, where an empty 2xx is not enough.
    #[must_use]
    pub fn acknowledgement(self, reply: Reply) -> Self {
        Self {
            acknowledgement: Some(reply),
            ..self
        }
    }
}

/// What a signature vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// Every byte of the body.
    Body,
    /// A checksum of the body that can be forged by whoever holds one genuine signature.
    BodyChecksum,
    /// Some fields. Everything else in the request may have been changed on the way.
    Fields,
    /// Nothing but that the sender knows a secret.
    SenderOnly,
}

impl Coverage {
    /// A stable word for logs and vector files.
    ///
    /// ```
    /// use webhook_core::Coverage;
    ///
    /// assert_eq!(Coverage::BodyChecksum.as_str(), "body_checksum");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::BodyChecksum => "body_checksum",
            Self::Fields => "fields",
            Self::SenderOnly => "sender_only",
        }
    }
}

/// The key that matched: its place in the keyring and its name, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedKey {
    index: usize,
    name: Option<Arc<str>>,
}

impl MatchedKey {
    /// The key at this place, of this name.
    #[must_use]
    pub fn new(index: usize, name: Option<Arc<str>>) -> Self {
        Self { index, name }
    }

    /// Its place in the keyring, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl<V: Verifier + ?Sized> Verifier for Arc<V> {
    fn provider(&self) -> Provider {
        (**self).provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        (**self).key_prints()
    }

    fn replay_window(&self) -> Option<Duration> {
        (**self).replay_window()
    }

    fn body_limit(&self) -> Option<usize> {
        (**self).body_limit()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<Begin, Rejection> {
        (**self).begin(head, now)
    }
}

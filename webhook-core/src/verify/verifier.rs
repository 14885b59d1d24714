//! What it takes to say yes or no to a request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::account::KeyPrint;
use crate::delivery::Provider;
use crate::message::Proof;
use crate::outcome::{Answer, Rejection, RejectionKind};
use crate::request::RequestHead;
use crate::scheme::SchemeCheck;
use crate::time::UnixTime;
use crate::verify::shown::{Proven, Shown};

/// A scheme with the keys of one account. Says yes or no to one request.
///
/// [`Scheme::verifier`](crate::scheme::Scheme::verifier) makes one from a description; implement the
/// trait yourself only for a sender that no [`Scheme`](crate::scheme::Scheme) describes.
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
    /// If the head alone decides: the request is refused, or it is a handshake whose reply is known. No byte of the body is
    /// read then.
    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer>;

    /// How long the sender's bodies may be, in bytes, if they may be longer than
    /// [`DEFAULT_BODY_LIMIT`](crate::DEFAULT_BODY_LIMIT). The limit of an endpoint that sets one counts instead.
    fn body_limit(&self) -> Option<usize> {
        None
    }

    /// How its deliveries are stored, if its sender shows a secret and signs nothing. None if not said otherwise: the sender signs. A verifier
    /// whose [coverage](crate::Coverage) is `SenderOnly` and that does not say this has deliveries that cannot be stored.
    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        None
    }
}

/// A verifier whose sender shows a secret and signs nothing. Its deliveries are stored without the secret, and sealed instead: see
/// [`Endpoint::storable`](crate::Endpoint::storable). A [`Verifier`](crate::Verifier) says so by
/// [`shows_secret`](crate::Verifier::shows_secret).
///
/// ```
/// use bytes::Bytes;
/// use webhook_core::{
///     Answer, BodyCheck, Check, Coverage, Keyring, MatchedKey, Proof, Proven, Provider, Rejection, RejectionKind, RequestHead, Secret,
///     Shown, ShowsSecret, UnixTime, Verdict, Verifier,
/// };
///
/// /// Accepts what shows this word.
/// #[derive(Debug)]
/// struct Acme(Secret);
///
/// /// What was accepted by its head.
/// #[derive(Debug)]
/// struct Accepted;
///
/// impl Verifier for Acme {
///     fn provider(&self) -> Provider {
///         Provider::new("acme")
///     }
///
///     fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
///         # let constant_time_eq = |a: &[u8], b: &[u8]| a == b;
///         let word = head.header("x-acme-word")?.unwrap_or_default();
///         match constant_time_eq(word, self.0.expose().as_bytes()) {
///             true => Ok(BodyCheck::new(Accepted)),
///             false => Err(Rejection::new(RejectionKind::BadSignature, "another word").into()),
///         }
///     }
///
///     fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
///         Some(self)
///     }
/// }
///
/// impl ShowsSecret for Acme {
///     fn shown(&self) -> Shown {
///         Shown::word_of(Keyring::new(self.0.clone())).header("x-acme-word")
///     }
///
///     fn begin_again(&self, _: &RequestHead<'_>, _: UnixTime, _: Proven) -> Result<BodyCheck, Answer> {
///         Ok(BodyCheck::new(Accepted))
///     }
/// }
///
/// impl Check for Accepted {
///     fn update(&mut self, _: &[u8]) {}
///
///     fn finalize(self: Box<Self>, _: &Bytes) -> Result<Verdict, Answer> {
///         let proof = Proof::dangerously_assert(Coverage::SenderOnly);
///         Ok(Verdict::Authentic(proof.key(MatchedKey::new(0, None))))
///     }
/// }
/// ```
pub trait ShowsSecret {
    /// Which secret, and where it stands.
    fn shown(&self) -> Shown;

    /// Judges a request once more that was proven when it came, and whose seal holds: as [`begin`](crate::Verifier::begin), without the
    /// secret, which is not in the head any more. It must lead to the same proof.
    ///
    /// Only [`Endpoint::reopen`](crate::Endpoint::reopen) calls it.
    ///
    /// # Errors
    /// If the head says something that is refused.
    fn begin_again(
        &self,
        head: &RequestHead<'_>,
        now: UnixTime,
        proven: Proven,
    ) -> Result<BodyCheck, Answer>;
}

/// What is left to be done once the head is accepted: a [`Check`] of the body.
#[derive(Debug)]
pub struct BodyCheck(Running);

#[derive(Debug)]
enum Running {
    Scheme(SchemeCheck),
    /// None once it is finished.
    Custom(Option<Box<dyn Check>>),
}

impl BodyCheck {
    /// This check.
    #[must_use]
    pub fn new(check: impl Check + 'static) -> Self {
        Self(Running::Custom(Some(Box::new(check))))
    }

    /// That of a scheme, which takes no memory of its own.
    pub(crate) const fn of_scheme(check: SchemeCheck) -> Self {
        Self(Running::Scheme(check))
    }

    /// Refuses every body: there is no check any more, or none yet.
    pub(crate) const fn finished() -> Self {
        Self(Running::Custom(None))
    }

    /// The check of a scheme, if it is one.
    #[cfg(feature = "explain")]
    pub(crate) const fn scheme(&self) -> Option<&SchemeCheck> {
        match &self.0 {
            Running::Scheme(check) => Some(check),
            Running::Custom(_) => None,
        }
    }

    /// Takes the next bytes of a body that arrives in pieces.
    pub(crate) fn update(&mut self, piece: &[u8]) {
        match &mut self.0 {
            Running::Scheme(check) => check.update(piece),
            Running::Custom(Some(check)) => check.update(piece),
            Running::Custom(None) => {}
        }
    }

    /// The verdict. A body that `came_whole` has not been fed. By reference, so that what is large stays where it is.
    #[inline]
    pub(crate) fn finalize(&mut self, body: &Bytes, came_whole: bool) -> Result<Verdict, Answer> {
        match &mut self.0 {
            Running::Scheme(check) => check.finalize(body),
            Running::Custom(check) => {
                let mut check = check.take().ok_or(FINISHED)?;
                if came_whole {
                    check.update(body);
                }
                check.finalize(body)
            }
        }
    }
}

const FINISHED: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the check of this body is finished",
);

/// The running check of one body.
pub trait Check: Send + fmt::Debug {
    /// Takes the next bytes of the body, as they arrive.
    fn update(&mut self, chunk: &[u8]);

    /// The verdict over the whole `body`, which is all the chunks joined.
    ///
    /// # Errors
    /// If the request is refused, or is a handshake that is signed.
    fn finalize(self: Box<Self>, body: &Bytes) -> Result<Verdict, Answer>;
}

/// What a body turned out to be, unless it is refused.
#[derive(Debug)]
pub enum Verdict {
    /// Sent by the owner of the key.
    Authentic(Proof),
    /// Somebody else has to be asked, such as the sender's own interface.
    Pending(ProofFuture),
}

/// A proof that is waited for.
pub struct ProofFuture(Pin<Box<dyn Future<Output = Result<Proof, Answer>> + Send>>);

impl ProofFuture {
    /// Waits for this.
    #[must_use]
    pub fn new(asking: impl Future<Output = Result<Proof, Rejection>> + Send + 'static) -> Self {
        Self::answering(async move { asking.await.map_err(Answer::from) })
    }

    /// The same where the request may turn out to be a handshake.
    pub(crate) fn answering(
        asking: impl Future<Output = Result<Proof, Answer>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(asking))
    }
}

impl Future for ProofFuture {
    type Output = Result<Proof, Answer>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ProofFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofFuture")
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

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        (**self).begin(head, now)
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        (**self).shows_secret()
    }
}

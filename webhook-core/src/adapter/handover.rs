//! A handler that hands deliveries over, and acknowledges what is safe.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(feature = "tracing")]
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::adapter::held::log;
use crate::dedupe::{StoreError, StoreFuture};
use crate::delivery::Delivery;
use crate::outcome::{Rejection, RejectionKind};

/// How long a [`Handover`] may take if nothing else is said and the sender does not document how long it waits: 2 seconds.
pub const DEFAULT_HANDOVER_DEADLINE: Duration = Duration::from_secs(2);

/// No handover takes longer if nothing else is said, however long its sender waits: 10 seconds.
const LONGEST_DEADLINE: Duration = Duration::from_secs(10);

/// What is left to the sender's network and to the verification of a request, unless that is more than half of its patience.
const MARGIN: Duration = Duration::from_secs(2);

/// Keeps deliveries for those who work on them later: a table, a queue, a log. Every async closure that takes a [`Delivery`] and returns a
/// `Result` is one. Feature `tokio`.
pub trait Handover: Send + Sync {
    /// Keeps this delivery. `Ok` only once it is safe: the sender is told then, and sends it never again.
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()>;
}

impl<F, Fut, E> Handover for F
where
    F: Fn(Delivery) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let keeping = self(delivery);
        StoreFuture::later(async move { keeping.await.map_err(StoreError::new) })
    }
}

/// The handler that hands each delivery over: [`accept`] makes it, and both adapters take it where they take a handler.
///
/// It answers an empty success once the delivery is safe, which becomes the acknowledgement that the sender demands, and 503 otherwise, so
/// that the sender tries again. What took longer than the [deadline](Self::deadline) counts as not safe.
#[derive(Clone)]
pub struct Accept {
    handover: Arc<dyn Handover>,
    /// None: what follows from the sender's patience.
    deadline: Option<Duration>,
    /// Whether it was said that the deadline is too long.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "nobody is told"))]
    warned: Arc<AtomicBool>,
}

/// A handler that hands each delivery over and works on none. Feature `tokio`, which the adapters have.
///
/// With axum:
///
/// ```
/// # mod app {
/// # use webhook_core::{Delivery, StoredDelivery};
/// # pub async fn insert(_: StoredDelivery) -> Result<(), std::io::Error> { Ok(()) }
/// # }
/// use webhook_core::{Delivery, accept};
///
/// async fn keep(delivery: Delivery) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     app::insert(delivery.to_stored()?).await?; // `Endpoint::storable`
///     Ok(())
/// }
///
/// let keeping = accept(keep);
/// // Router::new().route("/webhooks/stripe", post(keeping)).route_layer(WebhookLayer::new(endpoint))
/// # let _ = keeping;
/// ```
///
/// If the endpoint dedupes, the event is claimed before and completed after. To do all of it in one transaction, insert the row and call
/// the store's `complete_in` with [`Delivery::claim`] in the same one: then a crash in between leaves nothing half done.
pub fn accept(handover: impl Handover + 'static) -> Accept {
    Accept {
        handover: Arc::new(handover),
        deadline: None,
        warned: Arc::default(),
    }
}

impl Accept {
    /// The longest time that the handover may take. If not said otherwise, it follows from how long the sender waits
    /// ([`Provider::patience`](crate::Provider::patience)): 2 seconds less, or half of it if that is more, and 10 seconds at most; where that
    /// is not documented, [`DEFAULT_HANDOVER_DEADLINE`].
    ///
    /// A time that is not shorter than the sender waits helps nobody: it tries again while this is still at it. For such a sender, the time
    /// counts as not said, and a line at level WARN tells it once.
    #[must_use]
    pub fn deadline(self, time: Duration) -> Self {
        Self {
            deadline: Some(time),
            ..self
        }
    }

    /// The longest time that the handover of this delivery may take.
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_core::{Accept, Delivery};
    ///
    /// /// For a timeout of your own inside of the handover.
    /// fn of_the_database(accept: &Accept, delivery: &Delivery) -> Duration {
    ///     accept.deadline_of(delivery) / 2
    /// }
    /// ```
    #[must_use]
    pub fn deadline_of(&self, delivery: &Delivery) -> Duration {
        let patience = delivery.sender().patience();
        let longest = patience.map_or(DEFAULT_HANDOVER_DEADLINE, deadline_within);
        match self.deadline {
            Some(time) if patience.is_none_or(|patience| time < patience) => time,
            Some(_) => {
                self.warn_once(delivery);
                longest
            }
            None => longest,
        }
    }

    fn warn_once(&self, delivery: &Delivery) {
        #[cfg(feature = "tracing")]
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "webhook",
                ?delivery,
                "`Accept::deadline` is not shorter than the sender waits for an answer, and does not count: lower it, or leave it out"
            );
        }
        #[cfg(not(feature = "tracing"))]
        let _ = delivery;
    }

    /// For adapters: hands the delivery over.
    ///
    /// # Errors
    /// If it is not safe, or not in time: 503. A line at level WARN says why.
    pub async fn take(&self, delivery: Delivery) -> Result<(), Rejection> {
        let keeping = self.handover.hand_over(delivery.clone());
        match tokio::time::timeout(self.deadline_of(&delivery), keeping).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(log(&delivery, NOT_SAFE, Some(&error))),
            Err(_) => Err(log(&delivery, TOO_SLOW, None)),
        }
    }
}

impl fmt::Debug for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accept")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// What fits into this patience.
fn deadline_within(patience: Duration) -> Duration {
    let margin = MARGIN.min(patience / 2);
    patience.saturating_sub(margin).min(LONGEST_DEADLINE)
}

const NOT_SAFE: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the delivery could not be handed over: the sender tries again",
);

const TOO_SLOW: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the delivery was not handed over in time: see `Accept::deadline`; the sender tries again",
);

#[cfg(test)]
#[cfg(feature = "testing")]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::scheme::{Algorithm, Scheme, Signature};
    use crate::testing::{FixedClock, Sign, Signer, receive, support};

    const ACME: Scheme =
        Scheme::new("acme", Algorithm::HmacSha256).signature(Signature::header("acme-signature"));
    const SECRET: &str = "a secret for tests";

    async fn delivery(patience_secs: Option<u32>) -> Delivery {
        let scheme = patience_secs.map_or(ACME, |secs| ACME.waits_secs(secs));
        let endpoint = Endpoint::new(scheme.verifier(SECRET).unwrap());
        let endpoint = endpoint.clock(FixedClock::at(support::NOW));
        let request = Signer::new(scheme, SECRET)
            .unwrap()
            .sign(b"{}", support::NOW);
        match receive(&endpoint, request.unwrap()).await {
            Ok(delivery) => delivery,
            Err(_) => panic!("genuine"),
        }
    }

    /// How long the sender waits, in seconds; what is set, and what counts, in milliseconds.
    const ROWS: [(Option<u32>, Option<u64>, u64); 15] = [
        (None, None, 2_000),
        (Some(1), None, 500),
        (Some(3), None, 1_500),
        (Some(4), None, 2_000),
        (Some(5), None, 3_000),
        (Some(10), None, 8_000),
        (Some(12), None, 10_000),
        (Some(60), None, 10_000),
        (None, Some(700), 700),
        (None, Some(90_000), 90_000),
        (Some(3), Some(50), 50),
        (Some(3), Some(2_999), 2_999),
        (Some(3), Some(3_000), 1_500),
        (Some(60), Some(30_000), 30_000),
        (Some(60), Some(90_000), 10_000),
    ];

    fn hanging(deadline: Option<u64>) -> Accept {
        let hangs = |_: Delivery| std::future::pending::<Result<(), std::io::Error>>();
        let hanging = accept(hangs);
        match deadline {
            Some(time) => hanging.deadline(Duration::from_millis(time)),
            None => hanging,
        }
    }

    /// By a clock that stands still until everybody waits for it.
    #[tokio::test(start_paused = true)]
    async fn a_handover_ends_before_its_sender_gives_up() {
        for (patience, set, wanted) in ROWS {
            let (accept, delivery) = (hanging(set), delivery(patience).await);
            let wanted = Duration::from_millis(wanted);
            assert_eq!(
                accept.deadline_of(&delivery),
                wanted,
                "{patience:?} {set:?}"
            );
            let begun = tokio::time::Instant::now();
            let refused = accept.take(delivery).await.unwrap_err();
            assert_eq!(refused.status().as_u16(), 503);
            assert_eq!(begun.elapsed(), wanted, "{patience:?} {set:?}");
        }
    }

    #[cfg(feature = "tracing")]
    #[tokio::test]
    async fn a_deadline_that_does_not_count_is_told_once() {
        let log = support::Log::default();
        let _default = tracing::subscriber::set_default(log.clone());
        for (patience, set, _) in ROWS {
            let (accept, delivery) = (hanging(set), delivery(patience).await);
            let before = log.lines().len();
            for _ in 0..2 {
                let _ = accept.clone().deadline_of(&delivery);
            }
            let too_long =
                matches!((patience, set), (Some(secs), Some(set)) if set >= u64::from(secs) * 1000);
            assert_eq!(
                log.lines().len() - before,
                usize::from(too_long),
                "{patience:?} {set:?}"
            );
        }
    }
}

//! A handler that hands deliveries over, and acknowledges what is safe.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::adapter::held::log;
use crate::dedupe::{StoreError, StoreFuture};
use crate::delivery::Delivery;
use crate::outcome::{Rejection, RejectionKind};

/// How long a [`Handover`] may take if nothing else is said: 2 seconds. Slack waits for 3
/// (<https://docs.slack.dev/apis/events-api/>), and most senders wait longer.
pub const DEFAULT_HANDOVER_DEADLINE: Duration = Duration::from_secs(2);

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
    deadline: Duration,
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
        deadline: DEFAULT_HANDOVER_DEADLINE,
    }
}

impl Accept {
    /// The longest time that the handover may take. Shorter than the sender waits for its answer: else the sender tries again while this
    /// is still at it. [`DEFAULT_HANDOVER_DEADLINE`] if not said otherwise.
    #[must_use]
    pub fn deadline(self, time: Duration) -> Self {
        Self {
            deadline: time,
            ..self
        }
    }

    /// For adapters: hands the delivery over.
    ///
    /// # Errors
    /// If it is not safe, or not in time: 503. A line at level WARN says why.
    pub async fn take(&self, delivery: Delivery) -> Result<(), Rejection> {
        let keeping = self.handover.hand_over(delivery.clone());
        match tokio::time::timeout(self.deadline, keeping).await {
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

const NOT_SAFE: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the delivery could not be handed over: the sender tries again",
);

const TOO_SLOW: Rejection = Rejection::new(
    RejectionKind::StoreUnavailable,
    "the delivery was not handed over in time: see `Accept::deadline`; the sender tries again",
);

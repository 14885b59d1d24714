//! What is public of the inbox.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use webhook_core::adapter::KindRoutes;
use webhook_core::dedupe::{StoreError, StoreFuture};
use webhook_core::{
    Accept, ConfigError, Delivery, Endpoint, FromDelivery, Handover, UnixTime, accept,
};

use super::database::InboxStore;
use super::job::Job;
use super::order::Order;
use super::set_up::{BoxError, Limits, SetUp, Work};
use super::table::{Filter, Row, storable};
use super::worker;

/// Deliveries that are acknowledged as soon as they are safe in a table, and worked on later, by one worker or several: with
/// retries, dead letters and replay. Feature `inbox`, with `sqlite`, `postgres` or `mysql`.
///
/// ```
/// use std::error::Error;
///
/// use axum::Router;
/// use axum::routing::post;
/// use webhook_core::Endpoint;
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_store::{Inbox, Job, SqliteStore};
/// use webhook_tower::WebhookLayer;
///
/// async fn paid(event: stripe::Event, job: Job) -> Result<(), Box<dyn Error + Send + Sync>> {
///     println!("{}, attempt {}", event.id, job.attempt());
///     Ok(())
/// }
///
/// # async fn run() -> Result<(), Box<dyn Error>> {
/// let store = SqliteStore::open("webhooks.db").await?;
/// let stripe = Endpoint::new(Stripe::new("whsec_of_the_shop")?).name("payments");
///
/// let inbox = Inbox::new(store, stripe)?.on("invoice.paid", paid);
/// inbox.migrate().await?;
/// let app: Router = Router::new()
///     .route("/webhooks/stripe", post(inbox.accept()))
///     .route_layer(WebhookLayer::new(inbox.endpoint()));
/// tokio::spawn(inbox.run());
/// # let _ = app;
/// # Ok(())
/// # }
/// ```
///
/// What is in the table is verified once more before it is worked on: see [`Endpoint::reopen`]. Who can write the table, and has no key,
/// makes nothing happen.
///
/// An event is in the table once: a sender's repeat is acknowledged, and is nothing new, until the row is [pruned](Self::prune). If the
/// endpoint dedupes in the same store, its claim is completed in the transaction that inserts the row.
///
/// In PostgreSQL, an inbox that takes deliveries in keeps a connection of the pool from one row to the next, unless no other is free or can be
/// opened: sqlx asks after each use whether a connection is alive, which is one more round trip. It is given back when nothing has come for a
/// tenth of a second.
///
/// In MySQL, `binlog_format` must not be `STATEMENT`, which is neither its default nor that of MariaDB; and `max_allowed_packet` must be
/// larger than the longest body, half as long again.
///
/// A handler may be called again for an event that it has worked on before, if its worker was killed in between: exactly once is what is
/// written in the same database, in a transaction with [`Job::complete_in`].
#[derive(Clone)]
pub struct Inbox(SetUp);

/// Where a row of an inbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// It waits for its first attempt, or for the next one.
    New,
    /// It waits for an earlier one of its [order](Inbox::in_order_of).
    Waiting,
    /// A worker has begun it.
    Working,
    /// A handler has succeeded, or there is none for its kind.
    Done,
    /// It has failed too often, or was altered in the table. [`Inbox::replay`] makes it new.
    Dead,
}

impl JobState {
    /// The word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// Which rows to replay.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Which<'w> {
    /// This row: see [`Job::row`].
    Row(i64),
    /// All with the sender's id of this event.
    Event(&'w str),
    /// All of this kind.
    Kind(&'w str),
    /// All that were stored since this time.
    Since(UnixTime),
    /// All that are dead.
    Dead,
}

impl Inbox {
    /// An inbox in the database of this store, for the deliveries of this endpoint, which becomes [storable](Endpoint::storable).
    ///
    /// # Errors
    /// If the endpoint is for an account whose deliveries cannot be stored.
    pub fn new(store: impl InboxStore, endpoint: Endpoint) -> Result<Self, ConfigError> {
        Ok(Self(SetUp {
            table: store.table(),
            endpoint: endpoint.storable()?,
            order: None,
            routes: KindRoutes::new(),
            limits: Limits {
                workers: 4,
                deadline: Duration::from_secs(60),
                attempts: 12,
                first_wait: Duration::from_secs(1),
                grace: Duration::from_secs(30),
                poll_interval: Duration::from_secs(1),
            },
            new: Arc::default(),
        }))
    }

    /// The endpoint whose deliveries it takes: for the layer, the middleware or the extractor before [`accept`](Self::accept).
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.0.endpoint.clone()
    }

    /// Makes the table if it is not there, and that of the store. May run on every start, on several machines at once. The SQL is in
    /// `INBOX_MIGRATION` of the store, for those who migrate by themselves.
    ///
    /// # Errors
    /// If the database does not answer or does not allow it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.0.table.migrate().await
    }

    /// What to do for this kind, if the sender has signed it. A delivery that cannot be read as `E` fails, and comes again.
    #[must_use]
    pub fn on<E, F, Fut>(self, kind: impl Into<Box<str>>, handler: F) -> Self
    where
        E: FromDelivery + Send + 'static,
        F: Fn(E, Job) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.routed(|routes| routes.on(kind, work(handler)))
    }

    /// For all kinds that begin so, if the sender has signed them.
    #[must_use]
    pub fn on_prefix<E, F, Fut>(self, prefix: impl Into<Box<str>>, handler: F) -> Self
    where
        E: FromDelivery + Send + 'static,
        F: Fn(E, Job) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.routed(|routes| routes.on_prefix(prefix, work(handler)))
    }

    /// For this kind, whether the sender has signed it or not.
    #[must_use]
    pub fn on_unverified<E, F, Fut>(self, kind: impl Into<Box<str>>, handler: F) -> Self
    where
        E: FromDelivery + Send + 'static,
        F: Fn(E, Job) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.routed(|routes| routes.on_unverified(kind, work(handler)))
    }

    /// For everything else. Without it, what has no handler is done at once.
    #[must_use]
    pub fn otherwise<E, F, Fut>(self, handler: F) -> Self
    where
        E: FromDelivery + Send + 'static,
        F: Fn(E, Job) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.routed(|routes| routes.otherwise(work(handler)))
    }

    fn routed(self, add: impl FnOnce(KindRoutes<Work>) -> KindRoutes<Work>) -> Self {
        Self(SetUp {
            routes: add(self.0.routes),
            ..self.0
        })
    }

    /// How many deliveries are worked on at a time by this process. 4 if not said otherwise.
    ///
    /// Where handlers are faster than the database writes, up to 64 more are taken ahead, so that many share one transaction. What waits
    /// for a handler that turns out to be slow is given back within half of what its [deadline](Self::deadline) is, at least half a second
    /// and at most five.
    #[must_use]
    pub fn workers(mut self, at_a_time: usize) -> Self {
        self.0.limits.workers = at_a_time.max(1);
        self
    }

    /// How long one attempt may take. Then its handler is dropped, and it has failed. 60 seconds if not said otherwise.
    #[must_use]
    pub fn deadline(mut self, time: Duration) -> Self {
        self.0.limits.deadline = time;
        self
    }

    /// How often a delivery is tried before it is dead. 12 if not said otherwise, which takes about half an hour with the usual first
    /// wait.
    #[must_use]
    pub fn attempts(mut self, most: u32) -> Self {
        self.0.limits.attempts = most.max(1);
        self
    }

    /// How long to wait after the first attempt that failed. Each wait after it is twice as long, an hour at most, and all are spread by
    /// half of their length. A second if not said otherwise.
    #[must_use]
    pub fn first_wait(mut self, time: Duration) -> Self {
        self.0.limits.first_wait = time;
        self
    }

    /// How long [`run_until`](Self::run_until) waits for what it has begun. 30 seconds if not said otherwise.
    #[must_use]
    pub fn grace(mut self, time: Duration) -> Self {
        self.0.limits.grace = time;
        self
    }

    /// How long a worker that has nothing to do waits before it looks for what other processes have stored. What is stored by its own
    /// process is begun at once. A second if not said otherwise.
    #[must_use]
    pub fn poll_interval(mut self, time: Duration) -> Self {
        self.0.limits.poll_interval = time.max(Duration::from_millis(1));
        self
    }

    /// Works on deliveries of one order one after the other, in the order in which they were stored: the next one is begun when the one
    /// before it is done or dead. The others go on meanwhile.
    ///
    /// What is stored at the same time is in any order. Senders do not promise to send events in the order in which they happened: see
    /// [`PaymentUpdate::compare_time`](webhook_core::payment::PaymentUpdate::compare_time). All processes that share the table must
    /// be told the same.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::stripe::Stripe;
    /// use webhook_store::{Inbox, Order, SqliteStore};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = SqliteStore::open("webhooks.db").await?;
    /// let stripe = Endpoint::new(Stripe::new("whsec_of_the_shop")?);
    /// let inbox = Inbox::new(store, stripe)?.in_order_of(Order::payment());
    /// # let _ = inbox;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn in_order_of(mut self, order: Order) -> Self {
        self.0.order = Some(order);
        self
    }

    /// The handler that takes deliveries in, for both adapters: `post(inbox.accept())`.
    pub fn accept(&self) -> Accept {
        accept(self.clone())
    }

    /// Works on what is due, for ever: `tokio::spawn(inbox.run())`. Several processes may do so at once.
    pub fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        self.run_until(std::future::pending())
    }

    /// Works on what is due until this future is ready. Then takes nothing more, and waits for what it has begun, as long as the
    /// [grace](Self::grace). What has not ended then is dropped and given back, as if it had not been begun.
    ///
    /// If this future itself is dropped, what it has begun is taken by another worker after its deadline and as long again, at
    /// least a second and at most ten.
    pub fn run_until<S: Future<Output = ()>>(&self, stop: S) -> impl Future<Output = ()> + use<S> {
        let inbox = self.0.clone();
        async move { worker::run(&inbox, stop).await }
    }

    /// Makes these new, as if they had never been tried. What is worked on now stays. Returns how many there were.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn replay(&self, which: Which<'_>) -> Result<u64, StoreError> {
        let mut filter = Filter::default();
        match which {
            Which::Row(row) => filter.row = Some(row),
            Which::Event(id) => filter.event = Some(storable(id)),
            Which::Kind(kind) => filter.kind = Some(storable(kind)),
            Which::Since(time) => filter.since = Some(time),
            Which::Dead => filter.state = Some(JobState::Dead.as_str()),
        }
        let replayed = self.0.table.replay(filter).await?;
        self.0.new.notify_one();
        Ok(replayed)
    }

    /// Forgets up to `most` rows that are done for longer than this. A sender's repeat after it is a new event, unless the endpoint
    /// dedupes.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn prune(&self, done_for: Duration, most: u32) -> Result<u64, StoreError> {
        self.0.table.prune(done_for, most).await
    }

    /// How many rows stand so.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn count(&self, state: JobState) -> Result<u64, StoreError> {
        let counted = self.0.table.count().await?;
        let counted = counted.into_iter().find(|(word, _)| word == state.as_str());
        Ok(counted.map_or(0, |(_, many)| u64::try_from(many).unwrap_or_default()))
    }

    fn row(&self, delivery: &Delivery) -> Result<Row, StoreError> {
        let stored = delivery.to_stored().map_err(StoreError::not_taken)?;
        let claim = delivery.claim().cloned();
        let retention = delivery.retention().unwrap_or_default();
        let order = self.0.order.as_ref();
        Ok(Row {
            key: stored.dedupe_key().to_owned(),
            endpoint: stored.endpoint().map(storable),
            event: stored.id().map(storable),
            kind: stored.kind().map(storable),
            order_key: order.and_then(|order| order.key(delivery)),
            delivery: serde_json::to_string(&stored).map_err(StoreError::not_taken)?,
            claim: claim.map(|claim| (claim, retention)),
        })
    }
}

impl Handover for Inbox {
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let put = match self.row(&delivery) {
            Ok(row) => self.0.table.put(row),
            Err(error) => return StoreFuture::ready(Err(error)),
        };
        let new = Arc::clone(&self.0.new);
        StoreFuture::later(async move {
            put.await?;
            new.notify_one();
            Ok(())
        })
    }
}

fn work<E, F, Fut>(handler: F) -> Work
where
    E: FromDelivery + Send + 'static,
    F: Fn(E, Job) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    Arc::new(move |delivery, job| match delivery.decode::<E>() {
        Ok(event) => Box::pin(handler(event, job)),
        Err(fault) => Box::pin(async move { Err(fault.into()) }),
    })
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("endpoint", &self.0.endpoint)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

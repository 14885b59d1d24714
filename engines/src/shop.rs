//! The shop: its endpoint, what it does for an event, and how a worker comes from a row to that.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::{ConfigError, Delivery, Endpoint, NotStorable, StoredDelivery};

use crate::Error;

/// The secret that the sender signs with.
///
/// ```
/// assert!(engines::SECRET.starts_with("whsec_"));
/// ```
pub const SECRET: &str = "whsec_only_for_these_examples";

/// How often a delivery is tried before it is dead. Three, so that the story is short; a real shop takes more.
///
/// ```
/// assert!(engines::ATTEMPTS > 1);
/// ```
pub const ATTEMPTS: u32 = 3;

/// How long a delivery belongs to a worker that says nothing. Longer than the longest attempt, else two workers have it at once. Short
/// here, so that the story is short; a real shop takes minutes.
///
/// ```
/// assert!(engines::LEASE.as_secs() > 0);
/// ```
pub const LEASE: Duration = Duration::from_secs(3);

/// How long an event is remembered: longer than its sender repeats it. Stripe does so for three days.
///
/// ```
/// assert!(engines::REMEMBERED.as_secs() > 3 * 24 * 60 * 60);
/// ```
pub const REMEMBERED: Duration = Duration::from_secs(4 * 24 * 60 * 60);

pub(crate) const NEVER_ENDED: &str = "the last attempt never ended";

/// The endpoint of the shop. Its deliveries can be written down.
///
/// # Errors
/// If the secret cannot be one of Stripe.
///
/// ```
/// let endpoint = engines::endpoint()?;
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
pub fn endpoint() -> Result<Endpoint, ConfigError> {
    let stripe = Stripe::new(SECRET)?;
    Endpoint::new(stripe).name("payments").storable()
}

/// A delivery as one line of text, with its dedupe key.
///
/// # Errors
/// If the endpoint is not storable.
///
/// ```
/// fn row_of(delivery: &webhook_core::Delivery) -> Result<String, engines::Error> {
///     let (_key, row) = engines::stored_row(delivery)?;
///     Ok(row)
/// }
/// ```
pub fn stored_row(delivery: &Delivery) -> Result<(String, String), Error> {
    let stored: Result<StoredDelivery, NotStorable> = delivery.to_stored();
    let stored = stored?;
    let row = serde_json::to_string(&stored)?;
    Ok((stored.dedupe_key().to_owned(), row))
}

/// Stands for your program: it is told what it does, line by line.
///
/// ```
/// let shop = engines::Shop::new(|line| println!("{line}"));
/// ```
#[derive(Clone)]
pub struct Shop {
    tell: Arc<dyn Fn(&str) + Send + Sync>,
    is_stuck: bool,
}

impl Shop {
    /// A shop that tells what it does.
    ///
    /// ```
    /// let shop = engines::Shop::new(|line| println!("{line}"));
    /// ```
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            tell: Arc::new(tell),
            is_stuck: false,
        }
    }

    /// The same shop, which never ends with an event of the kind `invoice.created`.
    ///
    /// ```
    /// let shop = engines::Shop::new(|_| {}).stuck();
    /// ```
    #[must_use]
    pub fn stuck(self) -> Self {
        Self {
            is_stuck: true,
            ..self
        }
    }

    async fn handle(&self, event: &stripe::Event) -> Result<(), String> {
        let say = |what: &str| (self.tell)(&format!("{what} {}", event.id));
        match event.kind.as_str() {
            "invoice.created" if self.is_stuck => {
                say("began");
                pending().await
            }
            // What is told can end the process.
            "invoice.voided" => {
                say("dies of");
                Ok(())
            }
            "invoice.payment_failed" => {
                say("tried");
                Err("the ledger is closed".to_owned())
            }
            _ => {
                say("worked");
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shop")
    }
}

/// What became of an attempt.
///
/// ```
/// use engines::Verdict;
///
/// let verdict = Verdict::Again("the ledger is closed".to_owned());
/// assert_ne!(verdict, Verdict::Done);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is worked on.
    Done,
    /// It failed, and may succeed later.
    Again(String),
    /// It will never succeed.
    Dead(String),
}

/// What a worker needs: the endpoint, to verify once more, and the shop.
///
/// ```
/// use engines::{Shop, Worker, endpoint};
///
/// let worker = Worker::new(endpoint()?, Shop::new(|_| {}));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Worker {
    endpoint: Endpoint,
    shop: Shop,
    /// How many deliveries it works on at a time.
    at_a_time: usize,
}

impl Worker {
    /// A worker for the deliveries of this endpoint, one at a time.
    ///
    /// ```
    /// use engines::{Shop, Worker, endpoint};
    ///
    /// let worker = Worker::new(endpoint()?, Shop::new(|_| {}));
    /// assert_eq!(worker.at_a_time(), 1);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn new(endpoint: Endpoint, shop: Shop) -> Self {
        Self {
            endpoint,
            shop,
            at_a_time: 1,
        }
    }

    /// The same worker, with more deliveries at a time.
    ///
    /// ```
    /// use engines::{Shop, Worker, endpoint};
    ///
    /// let worker = Worker::new(endpoint()?, Shop::new(|_| {})).times(16);
    /// assert_eq!(worker.at_a_time(), 16);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn times(self, at_a_time: usize) -> Self {
        Self { at_a_time, ..self }
    }

    /// How many deliveries it works on at a time.
    ///
    /// ```
    /// use engines::{Shop, Worker, endpoint};
    ///
    /// assert_eq!(Worker::new(endpoint()?, Shop::new(|_| {})).at_a_time(), 1);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn at_a_time(&self) -> usize {
        self.at_a_time
    }

    /// Verifies this row once more, and works on its event. For engines that count the attempts.
    ///
    /// ```
    /// use engines::{Shop, Verdict, Worker, endpoint};
    ///
    /// # async fn example() -> Result<(), webhook_core::ConfigError> {
    /// let worker = Worker::new(endpoint()?, Shop::new(|_| {}));
    /// let verdict = worker.attempt(b"not a delivery").await;
    /// assert!(matches!(verdict, Verdict::Dead(_)));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn attempt(&self, row: &[u8]) -> Verdict {
        let stored: StoredDelivery = match serde_json::from_slice(row) {
            Ok(stored) => stored,
            Err(_) => return Verdict::Dead("the row is no stored delivery".to_owned()),
        };
        let delivery = match self.endpoint.reopen(&stored).await {
            Ok(delivery) => delivery,
            Err(fault) if fault.is_transient() => return Verdict::Again(fault.to_string()),
            Err(fault) => return Verdict::Dead(fault.to_string()),
        };
        match delivery.decode::<stripe::Event>() {
            Ok(event) => match self.shop.handle(&event).await {
                Ok(()) => Verdict::Done,
                Err(reason) => Verdict::Again(reason),
            },
            Err(error) => Verdict::Again(error.to_string()),
        }
    }

    /// The same for engines that say which attempt it is, and leave it to the worker when to give up. An attempt beyond the last one means
    /// that the worker died in the last one: then this one does not begin, so that a delivery that kills its workers ends too.
    ///
    /// ```
    /// use engines::{ATTEMPTS, Shop, Verdict, Worker, endpoint};
    ///
    /// # async fn example() -> Result<(), webhook_core::ConfigError> {
    /// let worker = Worker::new(endpoint()?, Shop::new(|_| {}));
    /// let verdict = worker.attempt_no(ATTEMPTS + 1, b"{}").await;
    /// assert!(matches!(verdict, Verdict::Dead(_)));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn attempt_no(&self, number: u32, row: &[u8]) -> Verdict {
        if number > ATTEMPTS {
            return Verdict::Dead(NEVER_ENDED.to_owned());
        }
        match self.attempt(row).await {
            Verdict::Again(reason) if number == ATTEMPTS => Verdict::Dead(reason),
            verdict => verdict,
        }
    }
}

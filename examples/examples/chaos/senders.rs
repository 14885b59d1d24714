//! Who sends: each event until it is acknowledged, and now and then more often than that.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use webhook_core::provider::stripe;
use webhook_core::testing::Signer;

use crate::Fallible;
use crate::history::{EventNumber, History};
use crate::random::Random;
use crate::request;
use crate::server::{PATH, SECRET};
use crate::servers::Servers;

/// How many send at the same time.
pub(crate) const COUNT: usize = 24;

/// How long a sender waits for an answer before it sends again. Shorter than a server is stopped for.
const PATIENCE: Duration = Duration::from_millis(700);

/// How long a delivery that nobody waits for stays connected, so that a server which was stopped goes on with it.
const LONGEST_DELIVERY: Duration = Duration::from_secs(10);

/// Once in so many events, a second delivery goes out at the same time as the first.
const EVENTS_PER_TWIN: u64 = 8;

/// Once in so many events, it is sent again after its acknowledgement.
const EVENTS_PER_REPEAT: u64 = 4;

#[derive(Clone)]
pub(crate) struct Senders {
    servers: Arc<Servers>,
    history: Arc<History>,
    signer: Arc<Signer>,
}

impl Senders {
    pub(crate) fn new(servers: Arc<Servers>, history: Arc<History>) -> Fallible<Self> {
        let signer = Signer::new(stripe::SCHEME, SECRET)?.target(PATH);
        Ok(Self {
            servers,
            history,
            signer: Arc::new(signer),
        })
    }

    /// Sends new events until then, and goes on with the last one until it is acknowledged.
    pub(crate) async fn send(self, mut random: Random, end: Instant) {
        while Instant::now() < end {
            let event = self.history.begin_event();
            if random.one_in(EVENTS_PER_TWIN) {
                self.begin(event, &mut random);
            }
            self.until_acknowledged(event, &mut random).await;
            if random.one_in(EVENTS_PER_REPEAT) {
                sleep(random.millis(0..200)).await;
                self.until_acknowledged(event, &mut random).await;
            }
        }
    }

    async fn until_acknowledged(&self, event: EventNumber, random: &mut Random) {
        loop {
            if let Some(delivery) = self.begin(event, random)
                && let Ok(Ok(true)) = timeout(PATIENCE, delivery).await
            {
                return;
            }
            sleep(random.millis(10..120)).await;
        }
    }

    /// A delivery that goes on also when nobody waits for it; whether the event is acknowledged by it. None if no server
    /// is there.
    fn begin(&self, event: EventNumber, random: &mut Random) -> Option<JoinHandle<bool>> {
        let address = self.servers.any(random)?;
        let Self {
            history, signer, ..
        } = self.clone();
        let delivery = history.begin_delivery(event);
        Some(tokio::spawn(async move {
            let name = event.to_string();
            let answer = request::deliver(address, &signer, &name);
            let answer = timeout(LONGEST_DELIVERY, answer).await;
            history.end_delivery(delivery, answer.ok().and_then(Result::ok))
        }))
    }
}

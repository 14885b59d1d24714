//! Who sends: the events of one key after the other, each until it is acknowledged, and now and then more often than that.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use webhook_core::provider::stripe;
use webhook_core::testing::Signer;

use super::history::{Answer, Delivery, EventNumber, History};
use super::plan::{EVENTS_PER_KEY, FORGED, Key, body};
use crate::Fallible;
use crate::random::Random;
use crate::request;
use crate::server::{PATH, SECRET};
use crate::servers::Servers;

/// How many send at the same time.
pub(crate) const COUNT: usize = 16;

/// How long a sender waits for an answer before it sends again. Shorter than a receiver may take.
const PATIENCE: Duration = Duration::from_millis(700);

/// How long a delivery that nobody waits for stays connected.
const LONGEST_DELIVERY: Duration = Duration::from_secs(10);

/// Once in so many events, a second delivery goes out at the same time as the first.
const EVENTS_PER_TWIN: u64 = 8;
/// Once in so many events, it is sent again after its acknowledgement.
const EVENTS_PER_REPEAT: u64 = 6;
/// Once in so many events, somebody forges it before.
const EVENTS_PER_FORGERY: u64 = 6;

/// Between two events of a sender, in milliseconds.
const PAUSE: Range<u64> = 0..120;

#[derive(Clone)]
pub(crate) struct Senders {
    receivers: Arc<Servers>,
    history: Arc<History>,
    stripe: Arc<Signer>,
    forger: Arc<Signer>,
    without_workers: Range<Instant>,
}

impl Senders {
    pub(crate) fn new(
        receivers: Arc<Servers>,
        history: Arc<History>,
        without_workers: Range<Instant>,
    ) -> Fallible<Self> {
        let signer = |secret| Signer::new(stripe::SCHEME, secret);
        Ok(Self {
            receivers,
            history,
            stripe: Arc::new(signer(SECRET)?.target(PATH)),
            forger: Arc::new(signer("whsec_guessed")?.target(PATH)),
            without_workers,
        })
    }

    /// Sends new events until then, and goes on with the last one until it is acknowledged.
    pub(crate) async fn send(self, mut random: Random, end: Instant) {
        loop {
            let key = self.history.begin_key(&mut random);
            for sequence in 1..=EVENTS_PER_KEY {
                if Instant::now() >= end {
                    return;
                }
                self.send_event(key, sequence, &mut random).await;
                sleep(random.millis(PAUSE)).await;
            }
        }
    }

    async fn send_event(&self, key: Key, sequence: u32, random: &mut Random) {
        let event = self.history.begin_event(key, sequence);
        let name = event.to_string();
        if random.one_in(EVENTS_PER_FORGERY) {
            let forged = body(&name, FORGED, sequence, None);
            self.begin(Delivery::Forged, forged, random);
        }
        let body = body(&name, &key.to_string(), sequence, key.poison(sequence));
        if random.one_in(EVENTS_PER_TWIN) {
            self.begin(Delivery::Of(event), body.clone(), random);
        }
        self.until_acknowledged(event, &body, random).await;
        if random.one_in(EVENTS_PER_REPEAT) {
            sleep(random.millis(0..200)).await;
            self.until_acknowledged(event, &body, random).await;
        }
    }

    async fn until_acknowledged(&self, event: EventNumber, body: &[u8], random: &mut Random) {
        loop {
            if let Some(delivery) = self.begin(Delivery::Of(event), body.to_vec(), random)
                && let Ok(Ok(true)) = timeout(PATIENCE, delivery).await
            {
                return;
            }
            sleep(random.millis(10..120)).await;
        }
    }

    /// A delivery that goes on also when nobody waits for it; whether the event is acknowledged by it. None if no receiver is
    /// there.
    fn begin(
        &self,
        delivery: Delivery,
        body: Vec<u8>,
        random: &mut Random,
    ) -> Option<JoinHandle<bool>> {
        let address = self.receivers.any(random)?;
        let sender = self.clone();
        self.history.begin_delivery(delivery);
        Some(tokio::spawn(async move {
            let signer = match delivery {
                Delivery::Of(_) => &sender.stripe,
                Delivery::Forged => &sender.forger,
            };
            let begun = Instant::now();
            let answer = request::post(address, signer, &body);
            let answer = timeout(LONGEST_DELIVERY, answer).await;
            let answer = answer.ok().and_then(Result::ok).map(|answer| Answer {
                is_success: answer.status().is_success(),
                after: begun.elapsed(),
                is_without_workers: sender.is_without_workers(begun),
            });
            sender.history.end_delivery(delivery, answer)
        }))
    }

    fn is_without_workers(&self, begun: Instant) -> bool {
        self.without_workers.contains(&begun) && self.without_workers.contains(&Instant::now())
    }
}

//! Who sends, as long as it takes; and who sends once more.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;
use webhook_core::provider::stripe;
use webhook_core::testing::Signer;

use crate::Fallible;
use crate::connection::{Answer, Connection};
use crate::plan::Plan;
use crate::server::SECRET;

/// One of so many deliveries is forged.
const FORGED: usize = 10;

/// So many connections are opened at a time: a system keeps a bounded number of them until they are accepted.
const OPENED_AT_ONCE: usize = 64;

/// How many connections send once more, whatever the plan says.
const AGAIN: usize = 64;

/// How often is asked once more about an event whose answer was that the store is busy, and how long is waited in between.
const TRIES: usize = 100;
const WAIT: Duration = Duration::from_millis(50);

pub(crate) struct Senders {
    pub(crate) address: SocketAddr,
    plan: Plan,
    /// Begins every id, so that those of another run in the same store are others.
    run: u128,
    owner: Signer,
    stranger: Signer,
}

/// What was sent and answered.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) time: Duration,
    /// The ids of genuine deliveries that the handler has acknowledged.
    pub(crate) acknowledged: Vec<String>,
    /// How long each of them took, sorted.
    pub(crate) times: Vec<Duration>,
    /// The ids of forged ones that were refused.
    pub(crate) forged: Vec<String>,
    pub(crate) shed: usize,
    /// Deliveries without an answer: what became of them is not known.
    pub(crate) unanswered: usize,
    /// What must not be answered.
    pub(crate) wrong: Vec<String>,
}

/// What was answered when the same ids came once more from the true sender.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) remembered: usize,
    pub(crate) new: usize,
    pub(crate) not_told: usize,
}

impl Senders {
    pub(crate) fn new(address: SocketAddr, plan: Plan) -> Fallible<Self> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        Ok(Self {
            address,
            plan,
            run: since.as_nanos(),
            owner: Signer::new(stripe::SCHEME, SECRET)?,
            stranger: Signer::new(stripe::SCHEME, "whsec_of_a_stranger")?,
        })
    }

    /// Until the time is up, and what has begun by then has ended.
    pub(crate) async fn send_all(&self) -> Fallible<Run> {
        let opening = Arc::new(Semaphore::new(OPENED_AT_ONCE));
        let start = Arc::new(Barrier::new(self.plan.connections + 1));
        let mut sending = JoinSet::new();
        for sender in 0..self.plan.connections {
            let (opening, start) = (Arc::clone(&opening), Arc::clone(&start));
            let one = Sender {
                number: sender,
                address: self.address,
                plan: self.plan,
                owner: self.owner.clone(),
                stranger: self.stranger.clone(),
                ids: format!("evt_{}_{sender}", self.run),
            };
            sending.spawn(async move {
                let connection = {
                    let _permit = opening.acquire().await?;
                    Connection::open(one.address).await
                };
                start.wait().await;
                one.send(connection?).await
            });
        }
        start.wait().await;
        let begun = Instant::now();
        let mut run = Run::default();
        while let Some(one) = sending.join_next().await {
            run.add(one??);
        }
        run.time = begun.elapsed();
        run.times.sort_unstable();
        Ok(run)
    }

    /// Each of these events once more, signed by the true sender.
    pub(crate) async fn send_again(&self, events: Vec<String>) -> Fallible<Again> {
        let share = events.len().div_ceil(AGAIN).max(1);
        let mut sending = JoinSet::new();
        for events in events.chunks(share) {
            let (address, owner, events) = (self.address, self.owner.clone(), events.to_vec());
            sending.spawn(async move {
                let mut again = Again::default();
                let mut connection = Connection::open(address).await?;
                for event in &events {
                    *match ask(&mut connection, &owner, event).await? {
                        Some(Answer::Duplicate) => &mut again.remembered,
                        Some(Answer::Handled) => &mut again.new,
                        _ => &mut again.not_told,
                    } += 1;
                }
                Fallible::Ok(again)
            });
        }
        let mut all = Again::default();
        while let Some(one) = sending.join_next().await {
            let one = one??;
            all.remembered += one.remembered;
            all.new += one.new;
            all.not_told += one.not_told;
        }
        Ok(all)
    }
}

/// A store that is busy is asked again. None where it stays so.
async fn ask(connection: &mut Connection, owner: &Signer, event: &str) -> Fallible<Option<Answer>> {
    for _ in 0..TRIES {
        match connection.deliver(owner, event).await? {
            (Answer::Shed, _) => sleep(WAIT).await,
            (answer, _) => return Ok(Some(answer)),
        }
    }
    Ok(None)
}

/// One connection.
struct Sender {
    number: usize,
    address: SocketAddr,
    plan: Plan,
    owner: Signer,
    stranger: Signer,
    ids: String,
}

impl Sender {
    async fn send(self, mut connection: Connection) -> Fallible<Run> {
        let mut run = Run::default();
        let begun = Instant::now();
        let mut round = 0;
        while round < self.plan.rounds && begun.elapsed() < self.plan.time {
            let event = format!("{}_{round}", self.ids);
            // Not all at the same time, and not all at the end.
            let is_forged = (self.number + round).is_multiple_of(FORGED);
            let signer = match is_forged {
                true => &self.stranger,
                false => &self.owner,
            };
            match connection.deliver(signer, &event).await {
                Ok((Answer::Handled, time)) if !is_forged => {
                    run.acknowledged.push(event);
                    run.times.push(time);
                }
                Ok((Answer::Shed, _)) if !is_forged => {
                    run.shed += 1;
                    sleep(self.plan.pause).await;
                }
                Ok((Answer::Refused, _)) if is_forged => run.forged.push(event),
                Ok((answer, _)) => {
                    let kind = if is_forged { "forged" } else { "genuine" };
                    run.wrong.push(format!("{kind}: {answer:?}"));
                }
                Err(_) => {
                    run.unanswered += 1;
                    connection = Connection::open(self.address).await?;
                }
            }
            round += 1;
        }
        Ok(run)
    }
}

impl Run {
    fn add(&mut self, one: Self) {
        self.acknowledged.extend(one.acknowledged);
        self.times.extend(one.times);
        self.forged.extend(one.forged);
        self.shed += one.shed;
        self.unanswered += one.unanswered;
        self.wrong.extend(one.wrong);
    }

    /// The time within which so many of a hundred were acknowledged.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.times.len().saturating_sub(1);
        let at = (self.times.len() * percent / 100).min(last);
        self.times.get(at).copied().unwrap_or_default()
    }
}

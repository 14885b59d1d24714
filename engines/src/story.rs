//! What happens to deliveries on their way through an engine, told once for all engines.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;
use webhook_core::dedupe::{StoreError, StoreFuture};
use webhook_core::{Delivery, Handover};

use crate::Error;
use crate::engine::{Engine, open, receive};
use crate::process::{Journal, WorkerProcess};
use crate::sender::{Connection, forged, signed};
use crate::server::Server;
use crate::shop::{NEVER_ENDED, stored_row};

/// What was done, and what came of it.
///
/// ```
/// let (done, came) = engines::STORY[0];
/// assert_eq!(done, "an event comes, and no worker runs");
/// assert_eq!(came, "200, 1 waits");
/// ```
pub type Step = (&'static str, String);

/// The story, as it must be on every engine.
///
/// ```
/// assert!(engines::STORY.contains(&("a forged event comes", "401, 1 waits")));
/// ```
pub const STORY: &[(&str, &str)] = &[
    ("an event comes, and no worker runs", "200, 1 waits"),
    ("its sender repeats it", "200, 1 waits"),
    ("a forged event comes", "401, 1 waits"),
    ("a worker starts", "worked evt_1, 0 wait"),
    ("the sender repeats it once more", "200, 0 wait"),
    ("the engine is killed, and an event comes", "503"),
    (
        "the engine is back, and the sender tries again",
        "200, worked evt_2",
    ),
    (
        "the sender repeats the first event, which was worked before",
        "200, 0 wait",
    ),
    ("an event is stored, and the receiver dies", "503"),
    ("the sender tries again", "200, worked evt_3"),
    (
        "somebody who can write to the engine alters a delivery",
        "dead: the stored delivery was altered: there is no proof for it any more",
    ),
    (
        "an event comes whose handler fails",
        "200, tried 3 times, dead: the ledger is closed",
    ),
    ("a worker begins an event", "200, began evt_5"),
    (
        "it is killed, and another worker starts",
        "worked evt_5, 0 wait",
    ),
    (
        "no worker runs, and an event comes; the engine is killed, and is back",
        "200, worked evt_6",
    ),
];

/// What was told.
///
/// ```
/// let nothing = engines::Told { steps: Vec::new(), worked: Vec::new() };
/// assert!(nothing.steps.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was done, and what came of it: see [`STORY`].
    pub steps: Vec<Step>,
    /// How often each of the six events was worked on. The handler of the fourth one always fails.
    pub worked: Vec<usize>,
}

/// Tells the story on a server of its own, and prints it. Workers are this same program, started with these arguments.
///
/// # Errors
/// If something does not come to pass within a minute.
///
/// ```
/// # async fn example<E: engines::Engine>() -> Result<(), engines::Error> {
/// let told = engines::tell::<E>(&[]).await?;
/// assert_eq!(told.steps.len(), engines::STORY.len());
/// # Ok(()) }
/// ```
pub async fn tell<E: Engine>(arguments: &[&str]) -> Result<Told, Error> {
    let server = Server::start(E::PROGRAM).await?;
    let engine: E = open(&server.url()).await?;
    let endpoint = engine.endpoint()?;
    let mut told = Telling {
        receiver: receive(endpoint.clone(), engine.clone()).await?,
        dying: receive(endpoint, Dying(engine.clone())).await?,
        journal: Journal::default(),
        steps: Vec::new(),
        arguments,
        server,
        engine,
    };
    let worker = told.once_only().await?;
    told.outage().await?;
    told.receiver_dies().await?;
    told.dead_letters().await?;
    // It is killed here.
    drop(worker);
    told.worker_dies().await?;
    told.engine_dies().await?;
    let events = (1..=6).map(|number| format!("worked evt_{number}"));
    let worked = events.map(|line| told.journal.count(&line)).collect();
    println!("  how often each event was worked on: {worked:?}");
    let steps = told.steps;
    Ok(Told { steps, worked })
}

/// Sends a delivery that kills every worker that begins it, starts workers until it is dead, and says how often it was begun.
///
/// # Errors
/// If it is not dead within a minute.
///
/// ```
/// # async fn example<E: engines::Engine>() -> Result<(), engines::Error> {
/// let times = engines::poison::<E>(&[]).await?;
/// assert_eq!(u32::try_from(times)?, engines::ATTEMPTS);
/// # Ok(()) }
/// ```
pub async fn poison<E: Engine>(arguments: &[&str]) -> Result<usize, Error> {
    let server = Server::start(E::PROGRAM).await?;
    let engine: E = open(&server.url()).await?;
    let receiver = receive(engine.endpoint()?, engine.clone()).await?;
    send(receiver, &signed("evt_7", "invoice.voided")?).await?;
    let (url, journal) = (server.url(), Journal::default());
    let start = || WorkerProcess::start(&url, arguments, false, &journal);
    let mut worker = start()?;
    for _ in 0..600 {
        if engine
            .dead()
            .await?
            .iter()
            .any(|reason| reason.contains(NEVER_ENDED))
        {
            return Ok(journal.count("dies of evt_7"));
        }
        if worker.has_ended() {
            worker = start()?;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Err("it is not dead after a minute".into())
}

struct Telling<'a, E> {
    server: Server,
    engine: E,
    receiver: SocketAddr,
    /// A receiver that dies between the hand-over and its answer.
    dying: SocketAddr,
    journal: Journal,
    steps: Vec<Step>,
    arguments: &'a [&'a str],
}

impl<E: Engine> Telling<'_, E> {
    fn step(&mut self, what: &'static str, came: String) {
        println!("  {what:<70} {came}");
        self.steps.push((what, came));
    }

    async fn once_only(&mut self) -> Result<WorkerProcess, Error> {
        let came = self.came("evt_1", "invoice.paid").await?;
        self.step("an event comes, and no worker runs", came);
        let came = self.came("evt_1", "invoice.paid").await?;
        self.step("its sender repeats it", came);
        let status = send(self.receiver, &forged("evt_0", "invoice.paid")?).await?;
        let came = format!("{status}, {}", self.waiting().await?);
        self.step("a forged event comes", came);

        let worker = self.worker(false)?;
        self.journal.hear("worked evt_1").await?;
        self.until_none_waits().await?;
        let came = format!("worked evt_1, {}", self.waiting().await?);
        self.step("a worker starts", came);
        let came = self.came("evt_1", "invoice.paid").await?;
        self.step("the sender repeats it once more", came);
        Ok(worker)
    }

    async fn outage(&mut self) -> Result<(), Error> {
        self.server.kill()?;
        let status = send(self.receiver, &signed("evt_2", "invoice.paid")?).await?;
        self.step(
            "the engine is killed, and an event comes",
            status.to_string(),
        );

        self.server.start_again().await?;
        let status = self.until_accepted("evt_2").await?;
        self.journal.hear("worked evt_2").await?;
        let what = "the engine is back, and the sender tries again";
        self.step(what, format!("{status}, worked evt_2"));

        self.until_none_waits().await?;
        let came = self.came("evt_1", "invoice.paid").await?;
        let what = "the sender repeats the first event, which was worked before";
        self.step(what, came);
        Ok(())
    }

    async fn receiver_dies(&mut self) -> Result<(), Error> {
        let event = signed("evt_3", "invoice.paid")?;
        let status = send(self.dying, &event).await?;
        let what = "an event is stored, and the receiver dies";
        self.step(what, status.to_string());
        let status = send(self.receiver, &event).await?;
        self.journal.hear("worked evt_3").await?;
        self.step("the sender tries again", format!("{status}, worked evt_3"));
        Ok(())
    }

    /// Both at once: some engines let a delivery wait for long between its attempts.
    async fn dead_letters(&mut self) -> Result<(), Error> {
        self.engine.smuggle(altered_row().await?).await?;
        let event = signed("evt_4", "invoice.payment_failed")?;
        let status = send(self.receiver, &event).await?;

        let reason = "the stored delivery was altered: there is no proof for it any more";
        self.dead_letter(reason).await?;
        let what = "somebody who can write to the engine alters a delivery";
        self.step(what, format!("dead: {reason}"));

        let reason = "the ledger is closed";
        self.dead_letter(reason).await?;
        let tried = self.journal.count("tried evt_4");
        let came = format!("{status}, tried {tried} times, dead: {reason}");
        self.step("an event comes whose handler fails", came);
        Ok(())
    }

    async fn worker_dies(&mut self) -> Result<(), Error> {
        let stuck = self.worker(true)?;
        let status = send(self.receiver, &signed("evt_5", "invoice.created")?).await?;
        self.journal.hear("began evt_5").await?;
        let came = format!("{status}, began evt_5");
        self.step("a worker begins an event", came);

        drop(stuck);
        let _worker = self.worker(false)?;
        self.journal.hear("worked evt_5").await?;
        self.until_none_waits().await?;
        let came = format!("worked evt_5, {}", self.waiting().await?);
        self.step("it is killed, and another worker starts", came);
        Ok(())
    }

    async fn engine_dies(&mut self) -> Result<(), Error> {
        let status = send(self.receiver, &signed("evt_6", "invoice.paid")?).await?;
        self.server.kill()?;
        self.server.start_again().await?;
        let _worker = self.worker(false)?;
        self.journal.hear("worked evt_6").await?;
        let what = "no worker runs, and an event comes; the engine is killed, and is back";
        self.step(what, format!("{status}, worked evt_6"));
        Ok(())
    }

    fn worker(&self, is_stuck: bool) -> Result<WorkerProcess, Error> {
        let url = self.server.url();
        WorkerProcess::start(&url, self.arguments, is_stuck, &self.journal)
    }

    /// The status of the answer, and how many wait.
    async fn came(&self, id: &str, kind: &str) -> Result<String, Error> {
        let status = send(self.receiver, &signed(id, kind)?).await?;
        Ok(format!("{status}, {}", self.waiting().await?))
    }

    async fn waiting(&self) -> Result<String, Error> {
        Ok(match self.engine.waiting().await? {
            1 => "1 waits".to_owned(),
            count => format!("{count} wait"),
        })
    }

    async fn until_none_waits(&self) -> Result<(), Error> {
        for _ in 0..300 {
            if self.engine.waiting().await? == 0 {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        // It is told as it is.
        Ok(())
    }

    /// As a sender tries again.
    async fn until_accepted(&self, id: &str) -> Result<u16, Error> {
        for _ in 0..30 {
            let status = send(self.receiver, &signed(id, "invoice.paid")?).await?;
            if status != 503 {
                return Ok(status);
            }
            sleep(Duration::from_millis(500)).await;
        }
        Ok(503)
    }

    /// Waits for a dead letter with this reason.
    async fn dead_letter(&self, reason: &str) -> Result<(), Error> {
        for _ in 0..600 {
            let reasons = self.engine.dead().await?;
            if reasons.iter().any(|told| told.contains(reason)) {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(format!("no dead letter says `{reason}` within a minute").into())
    }
}

async fn send(
    receiver: SocketAddr,
    request: &webhook_core::testing::SignedRequest,
) -> Result<u16, Error> {
    Connection::open(receiver).await?.send(request).await
}

/// A genuine delivery as it is stored, with another amount than was signed.
async fn altered_row() -> Result<String, Error> {
    let request = signed("evt_9", "invoice.paid")?;
    let delivery = webhook_core::testing::receive(&crate::endpoint()?, request).await;
    let delivery = delivery.map_err(|_| "its own event is refused")?;
    let (_, row) = stored_row(&delivery)?;
    Ok(row.replace("1200", "9900"))
}

/// Hands over and dies before it answers: the sender does not hear of the success.
struct Dying<E>(E);

impl<E: Engine> Handover for Dying<E> {
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let keeping = self.0.hand_over(delivery);
        StoreFuture::later(async {
            keeping.await?;
            Err(StoreError::new("the receiver died after this"))
        })
    }
}

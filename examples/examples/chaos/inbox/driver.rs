//! One run, from the first start to the verdict.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::findings::{Evidence, Findings};
use super::history::History;
use super::receiver::{DEADLINE, endpoint};
use super::senders::{self, Senders};
use super::summary::Summary;
use super::table::Table;
use super::worker::LEASE;
use crate::Fallible;
use crate::arguments::{Engine, Role, Run, Serve};
use crate::folder::Folder;
use crate::random::Random;
use crate::servers::{Fate, Servers};
use crate::store_process::StoreProcess;

const RECEIVERS: usize = 3;
const WORKERS: usize = 4;

/// How long each lives, in milliseconds.
const LIFE: Range<u64> = 200..1200;

const KILLS_PER_STALL: u64 = 30;

/// The part of the run, in percent, in which no worker lives.
const WITHOUT_WORKERS: Range<u32> = 40..50;

/// How long everything may take to be worked on, once nothing is killed any more: a delivery that ends its worker takes a lease for
/// each attempt.
const RECOVERY: Duration = Duration::from_secs(150);

/// What an answer may take longer than storing may: the machine has other things to do.
const SLACK: Duration = Duration::from_secs(2);

/// Whether the rules held.
pub(crate) async fn run(run: &Run, folder: &Folder) -> Fallible<bool> {
    println!(
        "chaos with an inbox: {}, {:.0} s, seed {}, broken on purpose: {}",
        run.engine,
        run.time.as_secs_f64(),
        run.seed,
        run.sabotage
    );
    let mut random = Random::new(run.seed);
    let store = StoreProcess::start(run.engine, folder.path(), &mut random).await?;
    let serve = |role| Serve {
        role,
        engine: run.engine,
        url: store.url(),
        sabotage: run.sabotage,
        seed: 0,
    };
    let (receive, work) = (serve(Role::Receiver), serve(Role::Worker));
    let table = Table::open(run.engine, &store.url()).await?;
    table.prepare(endpoint()?).await?;

    let begin = Instant::now();
    let end = begin + run.time;
    let at = |percent: u32| begin + run.time * percent / 100;
    let without_workers = at(WITHOUT_WORKERS.start)..at(WITHOUT_WORKERS.end);
    let fate = |pause, kills_per_stall| Fate {
        life: LIFE,
        kills_per_stall,
        lease: LEASE,
        pause,
        end,
    };
    let receivers = Servers::new(fate(None, None));
    let workers = Servers::new(fate(Some(without_workers.clone()), Some(KILLS_PER_STALL)));
    let history = Arc::<History>::default();
    let senders = Senders::new(
        Arc::clone(&receivers),
        Arc::clone(&history),
        without_workers,
    )?;

    let suffering_store = tokio::spawn(store.suffer(random.fork(), end));
    let mut suffering = receivers.start_all(RECEIVERS, &receive, &mut random);
    suffering.extend(workers.start_all(WORKERS, &work, &mut random));
    let sending: Vec<_> = (0..senders::COUNT)
        .map(|_| tokio::spawn(senders.clone().send(random.fork(), end)))
        .collect();

    let (_store, store_kills) = suffering_store.await??;
    let too_late = end + RECOVERY;
    for sender in sending {
        // One that does not end has an event that is not acknowledged, which the checker finds.
        let _ = timeout_at(too_late, sender).await;
    }
    while history.open_deliveries() > 0 && Instant::now() < too_late {
        sleep(Duration::from_millis(20)).await;
    }
    while table.left().await? > 0 && Instant::now() < too_late {
        sleep(Duration::from_millis(200)).await;
    }
    for servers in [&receivers, &workers] {
        servers.end_all();
    }
    for server in suffering {
        server.await??;
    }

    let (effects, rows) = (table.effects().await?, table.rows().await?);
    let record = history.record();
    let findings = Findings::of(&Evidence {
        record: &record,
        effects: &effects,
        rows: &rows,
        forgeries_stored: table.forged().await?,
        longest_answer: DEADLINE + SLACK,
    });
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let summary = Summary {
        record: &record,
        effects: &effects,
        rows: &rows,
        receiver_kills: count(&receivers.kills),
        worker_kills: count(&workers.kills),
        worker_stalls: count(&workers.stalls),
        workers_poisoned: count(&workers.poisoned),
        store_kills: (run.engine != Engine::Sqlite).then_some(store_kills),
        stale: count(&workers.stale),
    };
    print!("{summary}{findings}");
    let passed = findings.are_none() && summary.has_suffered();
    println!("{}", if passed { "PASS" } else { "FAIL" });
    Ok(passed)
}

//! One run, from the first start to the verdict.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::Fallible;
use crate::arguments::{Engine, Role, Run, Serve};
use crate::database::Database;
use crate::findings::Findings;
use crate::folder::Folder;
use crate::history::History;
use crate::random::Random;
use crate::senders::{self, Senders};
use crate::server::LEASE;
use crate::servers::{Fate, Servers};
use crate::store_process::StoreProcess;
use crate::summary::Summary;

/// How long everything may take to recover, once nothing is killed any more.
const RECOVERY: Duration = Duration::from_secs(60);

const SERVERS: usize = 2;
/// How long each lives, in milliseconds.
const LIFE: Range<u64> = 30..450;
const KILLS_PER_STALL: u64 = 12;

/// Whether the rules held.
pub(crate) async fn run(run: &Run, folder: &Folder) -> Fallible<bool> {
    println!(
        "chaos: {}, {:.0} s, seed {}, broken on purpose: {}",
        run.engine,
        run.time.as_secs_f64(),
        run.seed,
        run.sabotage
    );
    let mut random = Random::new(run.seed);
    let store = StoreProcess::start(run.engine, folder.path(), &mut random).await?;
    let serve = Serve {
        role: Role::Server,
        engine: run.engine,
        url: store.url(),
        sabotage: run.sabotage,
        seed: 0,
    };
    let database = Database::open(serve.engine, &serve.url).await?;
    database.prepare().await?;

    let end = Instant::now() + run.time;
    let servers = Servers::new(Fate {
        life: LIFE,
        kills_per_stall: Some(KILLS_PER_STALL),
        lease: LEASE,
        pause: None,
        end,
    });
    let history = Arc::<History>::default();
    let suffering_store = tokio::spawn(store.suffer(random.fork(), end));
    let suffering = servers.start_all(SERVERS, &serve, &mut random);
    let senders = Senders::new(Arc::clone(&servers), Arc::clone(&history))?;
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
    servers.end_all();
    for server in suffering {
        server.await??;
    }

    let (effects, done) = (database.effects().await?, database.done().await?);
    let record = history.record();
    let findings = Findings::of(&record.events, &effects, &done);
    let summary = Summary {
        record: &record,
        effects: effects.len(),
        server_kills: servers.kills.load(Ordering::Relaxed),
        stalls: servers.stalls.load(Ordering::Relaxed),
        store_kills: (run.engine != Engine::Sqlite).then_some(store_kills),
        stale: servers.stale.load(Ordering::Relaxed),
    };
    print!("{summary}{findings}");
    let passed = findings.are_none() && summary.has_suffered();
    println!("{}", if passed { "PASS" } else { "FAIL" });
    Ok(passed)
}

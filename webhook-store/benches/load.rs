//! How throughput grows with the number of clients, beside what one client could write at most.
//!
//! ```text
//! cargo bench -p webhook-store --all-features --bench load                          # SQLite, about half a minute
//! scripts/with-servers cargo bench -p webhook-store --all-features --bench load     # and PostgreSQL
//! ```
//!
//! Each client claims an event and completes it, again and again. The yardstick is one client that writes one row and waits
//! until it is on the disk; it and the clients take turns, so that they see the same disk and the same neighbours. Every
//! claim and every completion is one such write. A time is that of a claim or a completion, from the question to the
//! answer, which comes after the commit.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPoolOptions;
use webhook_core::dedupe::{Claim, DedupeStore, Held, Nonce};
use webhook_store::{PostgresStore, SqliteStore, testing};

const LEASE: Duration = Duration::from_secs(60);
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);
const CLIENTS: [usize; 4] = [1, 16, 64, 256];
const ROUNDS: usize = 4;
const YARDSTICK: Duration = Duration::from_millis(500);
const ROUND: Duration = Duration::from_millis(1500);

type Write = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>>>;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let folder = std::env::temp_dir().join(format!("webhook-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    println!(
        "\n| store | clients | one durable write at a time | claims and completions | times | p50 | p99 |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let store = SqliteStore::open(folder.join("load.db")).await.unwrap();
    store.migrate().await.unwrap();
    let pool = store.pool().clone();
    let table = "CREATE TABLE yardstick (at INTEGER)";
    sqlx::query(table).execute(&pool).await.unwrap();
    let write: Write = Box::new(move || {
        let pool = pool.clone();
        Box::pin(async move {
            let write = sqlx::query("INSERT INTO yardstick VALUES (1)");
            write.execute(&pool).await.unwrap();
        })
    });
    measure("SQLite", Arc::new(store), write).await;
    if let Ok(url) = std::env::var("WEBHOOK_TEST_POSTGRES") {
        let pool = PgPoolOptions::new().max_connections(16).min_connections(16);
        let pool = pool.connect(&url).await.unwrap();
        let store = PostgresStore::new(pool.clone());
        store.migrate().await.unwrap();
        let table = "CREATE TABLE IF NOT EXISTS yardstick (at bigint)";
        sqlx::query(table).execute(&pool).await.unwrap();
        let write: Write = Box::new(move || {
            let pool = pool.clone();
            Box::pin(async move {
                let write = sqlx::query("INSERT INTO yardstick VALUES (1)");
                write.execute(&pool).await.unwrap();
            })
        });
        measure("PostgreSQL, 16 connections", Arc::new(store), write).await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

async fn measure(name: &str, store: Arc<dyn DedupeStore>, write: Write) {
    for clients in CLIENTS {
        let (mut writes, mut writing) = (0, Duration::ZERO);
        let (mut times, mut working) = (Vec::new(), Duration::ZERO);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            while begun.elapsed() < YARDSTICK {
                write().await;
                writes += 1;
            }
            writing += begun.elapsed();
            let begun = Instant::now();
            let end = begun + ROUND;
            let running: Vec<_> = (0..clients)
                .map(|_| tokio::spawn(work(Arc::clone(&store), end)))
                .collect();
            for one in running {
                times.extend(one.await.unwrap());
            }
            working += begun.elapsed();
        }
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent / 100).min(times.len() - 1);
            times.get(place).unwrap().as_secs_f64() * 1000.0
        };
        let one = f64::from(writes) / writing.as_secs_f64();
        let all = times.len() as f64 / working.as_secs_f64();
        let (half, most) = (at(50), at(99));
        println!(
            "| {name} | {clients} | {one:.0}/s | {all:.0}/s | {:.1} | {half:.1} ms | {most:.1} ms |",
            all / one
        );
    }
}

/// How long each claim and completion of one client took.
async fn work(store: Arc<dyn DedupeStore>, end: Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    while Instant::now() < end {
        let key = testing::fresh_key();
        let begun = Instant::now();
        let Claim::New(token) = store.claim(&key, Nonce::random(), LEASE).await.unwrap() else {
            panic!("nobody else knows this key");
        };
        times.push(begun.elapsed());
        let begun = Instant::now();
        let held = store.complete(&token, RETENTION).await.unwrap();
        assert_eq!(held, Held::Yes);
        times.push(begun.elapsed());
    }
    times
}

//! What a store does in a second, beside what its server could do at most.
//!
//! ```text
//! scripts/with-servers cargo bench -p webhook-store --all-features --bench dedupe    # about a minute
//! ```
//!
//! In each round a store's yardsticks, claims and completions take turns, so that all of them see the same disk and the
//! same neighbours. An operation is one round trip: the first yardstick is the cheapest that the server knows, the second
//! writes one row or one value and waits until it is on the disk. The third is what code by hand does that remembers an id and asks
//! whether it was there, without a lease: a row under a primary key, a value that lapses.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    missing_debug_implementations
)]

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::{MySqlPool, PgPool, SqlitePool};
use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};
use webhook_store::{MemoryStore, MysqlStore, PostgresStore, RedisStore, SqliteStore};

const LEASE: Duration = Duration::from_secs(60);
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

/// How long a store is measured, at each number of clients.
const TIME: Duration = Duration::from_secs(6);
/// How many operations of one kind follow each other, for each client.
const BATCH: usize = 16;
const AT_ONCE: [usize; 2] = [1, 16];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let folder = std::env::temp_dir().join(format!("webhook-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let stores = [
        memory(),
        sqlite(&folder.join("dedupe.db")).await,
        postgres(&server("WEBHOOK_TEST_POSTGRES")).await,
        mysql(&server("WEBHOOK_TEST_MYSQL")).await,
        redis(&server("WEBHOOK_TEST_REDIS")).await,
    ];
    println!(
        "\n| store | clients | round trip | durable write | id by hand | claim | completion |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for store in &stores {
        for clients in AT_ONCE {
            let rates = measure(store, clients).await;
            println!("| {} | {clients} | {} |", store.name, rates.join(" | "));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn server(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("run this by `scripts/with-servers cargo bench`"))
}

/// A store, and what its server does without it.
struct Measured {
    name: &'static str,
    store: Arc<dyn DedupeStore>,
    yardsticks: Option<[Yardstick; 3]>,
}

type Yardstick = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

fn yardstick<F: Future<Output = ()> + Send + 'static>(
    operation: impl Fn() -> F + Send + Sync + 'static,
) -> Yardstick {
    Arc::new(move || Box::pin(operation()))
}

fn memory() -> Measured {
    Measured {
        name: "memory",
        store: Arc::new(MemoryStore::with_capacity(usize::MAX)),
        yardsticks: None,
    }
}

async fn sqlite(file: &std::path::Path) -> Measured {
    let store = SqliteStore::open(file).await.unwrap();
    store.migrate().await.unwrap();
    let pool = store.pool().clone();
    for table in [
        "CREATE TABLE yardstick (at INTEGER)",
        "CREATE TABLE yardstick_ids (id BLOB PRIMARY KEY, at INTEGER) WITHOUT ROWID",
    ] {
        sqlx::query(table).execute(&pool).await.unwrap();
    }
    let empty = |pool: SqlitePool| async move {
        let transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        transaction.commit().await.unwrap();
    };
    let write = |pool: SqlitePool| async move {
        let write = sqlx::query("INSERT INTO yardstick VALUES (1)");
        write.execute(&pool).await.unwrap();
    };
    let by_hand = |pool: SqlitePool| async move {
        let write = sqlx::query("INSERT INTO yardstick_ids VALUES (?, 1) ON CONFLICT DO NOTHING");
        let key = fresh_key();
        let write = write.bind(&key.as_bytes()[..]).execute(&pool).await;
        assert_eq!(write.unwrap().rows_affected(), 1);
    };
    let (one, other, third) = (pool.clone(), pool.clone(), pool);
    Measured {
        name: "SQLite",
        store: Arc::new(store),
        yardsticks: Some([
            yardstick(move || empty(one.clone())),
            yardstick(move || write(other.clone())),
            yardstick(move || by_hand(third.clone())),
        ]),
    }
}

async fn postgres(url: &str) -> Measured {
    let pool = PgPoolOptions::new().max_connections(16).min_connections(16);
    let pool = pool.connect(url).await.unwrap();
    let store = PostgresStore::new(pool.clone());
    store.migrate().await.unwrap();
    for table in [
        "CREATE TABLE IF NOT EXISTS yardstick (at bigint)",
        "CREATE TABLE IF NOT EXISTS yardstick_ids (id bytea PRIMARY KEY, at bigint)",
    ] {
        sqlx::query(table).execute(&pool).await.unwrap();
    }
    let select = |pool: PgPool| async move {
        sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    };
    let write = |pool: PgPool| async move {
        let write = sqlx::query("INSERT INTO yardstick VALUES (1)");
        write.execute(&pool).await.unwrap();
    };
    let by_hand = |pool: PgPool| async move {
        let write = sqlx::query("INSERT INTO yardstick_ids VALUES ($1, 1) ON CONFLICT DO NOTHING");
        let key = fresh_key();
        let write = write.bind(&key.as_bytes()[..]).execute(&pool).await;
        assert_eq!(write.unwrap().rows_affected(), 1);
    };
    let (one, other, third) = (pool.clone(), pool.clone(), pool);
    Measured {
        name: "PostgreSQL",
        store: Arc::new(store),
        yardsticks: Some([
            yardstick(move || select(one.clone())),
            yardstick(move || write(other.clone())),
            yardstick(move || by_hand(third.clone())),
        ]),
    }
}

async fn mysql(url: &str) -> Measured {
    let pool = MySqlPoolOptions::new()
        .max_connections(16)
        .min_connections(16);
    let pool = pool.connect(url).await.unwrap();
    let store = MysqlStore::new(pool.clone());
    store.migrate().await.unwrap();
    for table in [
        "CREATE TABLE IF NOT EXISTS yardstick (at bigint)",
        "CREATE TABLE IF NOT EXISTS yardstick_ids (id binary(32) PRIMARY KEY, at bigint)",
    ] {
        sqlx::query(table).execute(&pool).await.unwrap();
    }
    let select = |pool: MySqlPool| async move {
        sqlx::query("SELECT 1").execute(&pool).await.unwrap();
    };
    let write = |pool: MySqlPool| async move {
        let write = sqlx::query("INSERT INTO yardstick VALUES (1)");
        write.execute(&pool).await.unwrap();
    };
    let by_hand = |pool: MySqlPool| async move {
        let write = sqlx::query("INSERT IGNORE INTO yardstick_ids VALUES (?, 1)");
        let key = fresh_key();
        let write = write.bind(&key.as_bytes()[..]).execute(&pool).await;
        assert_eq!(write.unwrap().rows_affected(), 1);
    };
    let (one, other, third) = (pool.clone(), pool.clone(), pool);
    Measured {
        name: "MariaDB",
        store: Arc::new(store),
        yardsticks: Some([
            yardstick(move || select(one.clone())),
            yardstick(move || write(other.clone())),
            yardstick(move || by_hand(third.clone())),
        ]),
    }
}

async fn redis(url: &str) -> Measured {
    let client = redis::Client::open(url).unwrap();
    // A disk that stalls makes the figures worse, and does not end the run.
    let patient =
        ConnectionManagerConfig::new().set_response_timeout(Some(Duration::from_secs(30)));
    let connection = ConnectionManager::new_with_config(client, patient);
    let connection = connection.await.unwrap();
    let ping = |mut connection: ConnectionManager| async move {
        let _: String = redis::cmd("PING")
            .query_async(&mut connection)
            .await
            .unwrap();
    };
    let write = |mut connection: ConnectionManager| async move {
        let mut write = redis::cmd("SET");
        let write = write.arg("yardstick").arg(1);
        let _: String = write.query_async(&mut connection).await.unwrap();
    };
    let by_hand = |mut connection: ConnectionManager| async move {
        let mut write = redis::cmd("SET");
        let key = fresh_key();
        let write = write.arg(&key.as_bytes()[..]).arg(1).arg("NX");
        let write = write.arg("EX").arg(RETENTION.as_secs());
        let set: Option<String> = write.query_async(&mut connection).await.unwrap();
        assert!(set.is_some());
    };
    let [one, other, third] = [(); 3].map(|()| connection.clone());
    Measured {
        name: "Redis",
        store: Arc::new(RedisStore::new(connection)),
        yardsticks: Some([
            yardstick(move || ping(one.clone())),
            yardstick(move || write(other.clone())),
            yardstick(move || by_hand(third.clone())),
        ]),
    }
}

/// Operations per second: the two yardsticks, claims, completions.
async fn measure(measured: &Measured, clients: usize) -> [String; 5] {
    let [mut raw, mut write, mut ids, mut claims, mut completions] = [Duration::ZERO; 5];
    let mut operations = 0;
    let begun = Instant::now();
    while begun.elapsed() < TIME {
        if let Some([cheapest, durable, by_hand]) = &measured.yardsticks {
            raw += repeat(cheapest, clients).await;
            write += repeat(durable, clients).await;
            ids += repeat(by_hand, clients).await;
        }
        let (time, tokens) = claim(&measured.store, clients).await;
        claims += time;
        completions += complete(&measured.store, tokens).await;
        operations += clients * BATCH;
    }
    [raw, write, ids, claims, completions].map(|time| rate(operations, time))
}

async fn repeat(operation: &Yardstick, clients: usize) -> Duration {
    let work = |_| {
        let operation = Arc::clone(operation);
        async move {
            for _ in 0..BATCH {
                operation().await;
            }
        }
    };
    at_once((0..clients).map(work)).await.0
}

async fn claim(store: &Arc<dyn DedupeStore>, clients: usize) -> (Duration, Vec<Vec<ClaimToken>>) {
    let work = |_| {
        let (store, keys) = (Arc::clone(store), [(); BATCH].map(|()| fresh_key()));
        async move {
            let mut tokens = Vec::with_capacity(BATCH);
            for key in &keys {
                match store.claim(key, Nonce::random(), LEASE).await.unwrap() {
                    Claim::New(token) => tokens.push(token),
                    other => panic!("nobody else knows this key: {other:?}"),
                }
            }
            tokens
        }
    };
    at_once((0..clients).map(work)).await
}

async fn complete(store: &Arc<dyn DedupeStore>, tokens: Vec<Vec<ClaimToken>>) -> Duration {
    let work = |tokens: Vec<ClaimToken>| {
        let store = Arc::clone(store);
        async move {
            for token in &tokens {
                let held = store.complete(token, RETENTION).await.unwrap();
                assert_eq!(held, ClaimState::Held);
            }
        }
    };
    at_once(tokens.into_iter().map(work)).await.0
}

/// Runs these at the same time.
async fn at_once<F: Future<Output: Send + 'static> + Send + 'static>(
    work: impl Iterator<Item = F>,
) -> (Duration, Vec<F::Output>) {
    // Keys are made before the clock starts.
    let work: Vec<F> = work.collect();
    let begun = Instant::now();
    let running: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(running.len());
    for one in running {
        results.push(one.await.unwrap());
    }
    (begun.elapsed(), results)
}

/// A key that nobody has used before, in this run or another.
fn fresh_key() -> DedupeKey {
    webhook_store::testing::fresh_key()
}

fn rate(operations: usize, time: Duration) -> String {
    match operations as f64 / time.as_secs_f64() {
        rate if rate.is_infinite() => "–".to_owned(),
        rate if rate < 10_000.0 => format!("{rate:.0}/s"),
        rate => format!("{:.0} k/s", rate / 1000.0),
    }
}

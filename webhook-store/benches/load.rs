//! How throughput grows with the number of clients, beside what one client could write at most: of a store by itself, and of
//! a server that keeps its events in SQLite.
//!
//! ```text
//! cargo bench -p webhook-store --all-features --bench load                          # SQLite, about a minute
//! scripts/with-servers cargo bench -p webhook-store --all-features --bench load     # and PostgreSQL, MariaDB
//! ```
//!
//! Each client claims an event and completes it, again and again. The yardstick is one client that writes one row and waits
//! until it is on the disk; it and the clients take turns, so that they see the same disk and the same neighbours. Every
//! claim and every completion is one such write. A time is that of a claim or a completion, from the question to the
//! answer, which comes after the commit. The server is axum with a layer and a handler that does nothing; each of its deliveries
//! is a claim and a completion, and its time is that of the whole request. What is not answered with 200 is counted apart:
//! it was shed and comes again.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use webhook_core::dedupe::{Claim, ClaimState, Dedupe, DedupeStore, Nonce};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, Endpoint, SystemClock};
use webhook_store::{MysqlStore, PostgresStore, SqliteStore, testing};
use webhook_tower::WebhookLayer;

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
        "\n| store | clients | one durable write at a time | claims and completions | times | p50 | p99 | shed |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
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
    let address = serve(store.clone()).await;
    measure("SQLite", &write, move |end| work(store.clone(), end)).await;
    measure("a server with SQLite", &write, move |end| {
        deliver(address, end)
    })
    .await;
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
        let name = "PostgreSQL, 16 connections";
        measure(name, &write, move |end| work(store.clone(), end)).await;
    }
    if let Ok(url) = std::env::var("WEBHOOK_TEST_MYSQL") {
        let pool = MySqlPoolOptions::new()
            .max_connections(16)
            .min_connections(16);
        let pool = pool.connect(&url).await.unwrap();
        let store = MysqlStore::new(pool.clone());
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
        let name = "MariaDB, 16 connections";
        measure(name, &write, move |end| work(store.clone(), end)).await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The clients take turns with the yardstick; each returns how long what it asked for took, where it was answered.
async fn measure<F>(name: &str, write: &Write, client: impl Fn(Instant) -> F)
where
    F: Future<Output = Times> + Send + 'static,
{
    for clients in CLIENTS {
        let (mut writes, mut writing) = (0, Duration::ZERO);
        let (mut times, mut shed, mut working) = (Vec::new(), 0, Duration::ZERO);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            while begun.elapsed() < YARDSTICK {
                write().await;
                writes += 1;
            }
            writing += begun.elapsed();
            let begun = Instant::now();
            let end = begun + ROUND;
            let running: Vec<_> = (0..clients).map(|_| tokio::spawn(client(end))).collect();
            for one in running {
                let one = one.await.unwrap();
                times.extend(one.answered);
                shed += one.shed;
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
            "| {name} | {clients} | {one:.0}/s | {all:.0}/s | {:.1} | {half:.1} ms | {most:.1} ms | {shed} |",
            all / one
        );
    }
}

#[derive(Default)]
struct Times {
    answered: Vec<Duration>,
    shed: usize,
}

/// How long each claim and completion of one client took.
async fn work(store: impl DedupeStore, end: Instant) -> Times {
    let mut times = Times::default();
    while Instant::now() < end {
        let key = testing::fresh_key();
        let begun = Instant::now();
        let Claim::New(token) = store.claim(&key, Nonce::random(), LEASE).await.unwrap() else {
            panic!("nobody else knows this key");
        };
        times.answered.push(begun.elapsed());
        let begun = Instant::now();
        let held = store.complete(&token, RETENTION).await.unwrap();
        assert_eq!(held, ClaimState::Held);
        times.answered.push(begun.elapsed());
    }
    times
}

const SECRET: &str = "whsec_of_the_bench";

async fn serve(store: SqliteStore) -> SocketAddr {
    let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("load")
        .dedupe(Dedupe::new(store));
    let app = Router::new()
        .route("/hook", post(async || ()))
        .route_layer(WebhookLayer::new(endpoint));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// How long each delivery of one client took, which has a connection of its own.
async fn deliver(address: SocketAddr, end: Instant) -> Times {
    let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let mut times = Times::default();
    let mut is_connected = false;
    while Instant::now() < end {
        let id = testing::fresh_key().to_hex();
        let body = format!(r#"{{"id":"evt_{id}","type":"invoice.paid"}}"#);
        let signed = signer.sign(body.as_bytes(), SystemClock.now()).unwrap();
        let (mut head, body) = signed.into_http::<Bytes>().unwrap().into_parts();
        head.uri = format!("http://{address}/hook").parse().unwrap();
        let request = hyper::Request::from_parts(head, Full::new(body));
        let begun = Instant::now();
        match http.request(request).await.unwrap().status().as_u16() {
            // The first one is that of the connection too, which the kernel takes its time for.
            200 if is_connected => times.answered.push(begun.elapsed()),
            200 => {}
            503 => times.shed += 1,
            other => panic!("{other}"),
        }
        is_connected = true;
    }
    times
}

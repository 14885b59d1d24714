//! How many deliveries an inbox accepts in a second, and how many jobs it works on, beside the raw durable write of its store; and
//! how long a sender waits for its acknowledgement at half of that load.
//!
//! ```text
//! cargo bench -p webhook-store --all-features --bench inbox                          # SQLite, about a minute
//! scripts/with-servers cargo bench -p webhook-store --all-features --bench inbox     # and PostgreSQL
//! ```
//!
//! The raw write is one row with a text as long as a stored delivery, inserted and committed by sqlx alone, through the same pool and
//! by as many clients. Raw writes, acceptances and jobs take turns, so that all of them see the same disk and the same neighbours.
//! A ratio is that of the raw writes of the same turns. In PostgreSQL the inbox keeps its connection from one row to the next; the raw write
//! takes one of the pool each time, as whoever executes a statement on a pool.
//!
//! An acceptance begins with the request as it was sent, and ends with the commit: it verifies, stores, and is told that it is safe. A
//! job is taken, opened and verified again, given to a handler that does nothing, and ended. The time of an acknowledgement is that of
//! a whole request to a server with axum, from the moment when it was due.
//!
//! `WEBHOOK_BENCH_ROWS=10000000` puts so many rows into the table before, which wait for years.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Database, Executor, Pool};
use tokio::sync::Notify;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, SignedRequest, Signer, receive};
use webhook_core::{Clock, Endpoint, SystemClock};
use webhook_store::{Inbox, PostgresStore, SqliteStore, testing};
use webhook_tower::WebhookLayer;

/// How long each store is measured, at each number of clients.
const TIME: Duration = Duration::from_secs(8);
/// How long acknowledgements are measured.
const LOAD: Duration = Duration::from_secs(5);
/// Through how many connections: a sender does not wait with the next delivery for the answer to the one before it.
const CONNECTIONS: u32 = 16;
/// How many operations of one kind follow each other, for each client.
const BATCH: usize = 64;
const CLIENTS: [usize; 2] = [1, 16];

const SECRET: &str = "whsec_of_the_bench";
/// Of the body, in bytes: what a sender of payments tells of one.
const SIZE: usize = 1500;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let folder = std::env::temp_dir().join(format!("webhook-inbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut measured = vec![sqlite(&folder.join("inbox.db")).await];
    match std::env::var("WEBHOOK_TEST_POSTGRES") {
        Ok(url) => measured.push(postgres(&url).await),
        Err(_) => println!("WEBHOOK_TEST_POSTGRES is not set: without PostgreSQL"),
    }
    println!(
        "\n| store | clients | raw durable write | accepted | ratio | jobs | ratio | acknowledged at half of that: p50 | p99 | refused |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for one in &measured {
        for clients in CLIENTS {
            println!("{}", row(one, clients).await);
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A store with an inbox, and what it does without one.
struct Measured {
    name: &'static str,
    inbox: Inbox,
    worked: Worked,
    raw: Write,
}

type Write = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

fn endpoint() -> Endpoint {
    let stripe = Stripe::new(SECRET).unwrap();
    Endpoint::new(stripe).name("bench").storable().unwrap()
}

async fn sqlite(file: &Path) -> Measured {
    let store = SqliteStore::open(file).await.unwrap();
    store.migrate().await.unwrap();
    let pool = store.pool().clone();
    let worked = Worked::default();
    let inbox = worked.of(Inbox::new(store, endpoint()).unwrap());
    inbox.migrate().await.unwrap();
    execute(
        &pool,
        "CREATE TABLE yardstick (id INTEGER PRIMARY KEY, delivery TEXT NOT NULL)".to_owned(),
    )
    .await;
    for (first, last) in parts() {
        // Keys in their order: at random places, they would take hours.
        let rows = format!(
            "WITH RECURSIVE many (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM many WHERE n < {last})
            INSERT INTO webhook_inbox (key, stored_at, delivery, state, run_at)
            SELECT unhex(printf('%064x', n)), 0, hex(randomblob(50)), 'new', 9000000000000 + n FROM many"
        );
        execute(&pool, rows).await;
    }
    Measured {
        name: "SQLite",
        inbox,
        worked,
        raw: Arc::new(move |text| {
            let pool = pool.clone();
            Box::pin(async move {
                let write = sqlx::query("INSERT INTO yardstick (delivery) VALUES (?)").bind(text);
                write.execute(&pool).await.unwrap();
            })
        }),
    }
}

async fn postgres(url: &str) -> Measured {
    let pool = PgPoolOptions::new()
        .max_connections(20)
        .test_before_acquire(false);
    let pool = pool.connect(url).await.unwrap();
    let worked = Worked::default();
    let inbox = worked.of(Inbox::new(PostgresStore::new(pool.clone()), endpoint()).unwrap());
    inbox.migrate().await.unwrap();
    execute(
        &pool,
        "CREATE TABLE yardstick (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, delivery text NOT NULL)"
            .to_owned(),
    )
    .await;
    for (first, last) in parts() {
        let rows = format!(
            "INSERT INTO webhook_inbox (key, delivery, state, run_at)
            SELECT sha256(n::text::bytea), repeat(md5(n::text), 3), 'new', now() + interval '10 years'
            FROM generate_series({first}, {last}) AS n"
        );
        execute(&pool, rows).await;
    }
    Measured {
        name: "PostgreSQL",
        inbox,
        worked,
        raw: Arc::new(move |text| {
            let pool = pool.clone();
            Box::pin(async move {
                let write = sqlx::query("INSERT INTO yardstick (delivery) VALUES ($1)").bind(text);
                write.execute(&pool).await.unwrap();
            })
        }),
    }
}

async fn execute<DB: Database>(pool: &Pool<DB>, sql: String)
where
    for<'c> &'c Pool<DB>: Executor<'c, Database = DB>,
{
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
    sql.execute(pool).await.unwrap();
}

/// The rows that are in the table before, from the first to the last of each transaction: one for all of them would not fit.
fn parts() -> impl Iterator<Item = (u64, u64)> {
    const PART: u64 = 500_000;
    let rows = std::env::var("WEBHOOK_BENCH_ROWS");
    let rows = rows.map_or(0, |rows| rows.parse().unwrap());
    let firsts = (1..=rows).step_by(PART as usize);
    firsts.map(move |first| (first, rows.min(first + PART - 1)))
}

/// Counts jobs, and says when all of them were begun.
#[derive(Clone, Default)]
struct Worked(Arc<(AtomicUsize, Notify)>);

impl Worked {
    fn of(&self, inbox: Inbox) -> Inbox {
        let worked = self.clone();
        inbox.otherwise(move |_: stripe::Event, _| {
            let (left, all) = &*worked.0;
            if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                all.notify_one();
            }
            async { Ok(()) }
        })
    }

    fn expect(&self, jobs: usize) {
        self.0.0.store(jobs, Ordering::Relaxed);
    }

    async fn all(&self) {
        self.0.1.notified().await;
    }
}

async fn row(measured: &Measured, clients: usize) -> String {
    let [mut raw, mut accepting, mut working] = [Duration::ZERO; 3];
    let mut operations = 0;
    let begun = Instant::now();
    while begun.elapsed() < TIME {
        raw += write_raw(measured, clients).await;
        accepting += accept(measured, clients).await;
        working += work(measured, clients, clients * BATCH).await;
        operations += clients * BATCH;
    }
    let rate = |time: Duration| operations as f64 / time.as_secs_f64();
    let (raw, accepted, worked) = (rate(raw), rate(accepting), rate(working));
    let mut times = Times::default();
    for one in acknowledge(measured, accepted / 2.0).await {
        times.answered.extend(one.answered);
        times.refused += one.refused;
    }
    let count = times.answered.len() + times.refused;
    work(measured, clients, times.answered.len()).await;
    times.answered.sort_unstable();
    format!(
        "| {} | {clients} | {raw:.0}/s | {accepted:.0}/s | {:.2} | {worked:.0}/s | {:.2} | {:.1} ms | {:.1} ms | {} of {count} |",
        measured.name,
        accepted / raw,
        worked / raw,
        times.at(50),
        times.at(99),
        times.refused,
    )
}

async fn write_raw(measured: &Measured, clients: usize) -> Duration {
    let text = stored_text().await;
    let write = |_| {
        let (raw, text) = (Arc::clone(&measured.raw), text.clone());
        async move {
            for _ in 0..BATCH {
                raw(text.clone()).await;
            }
        }
    };
    at_once((0..clients).map(write)).await
}

/// What is in a row of the inbox.
async fn stored_text() -> String {
    let delivery = receive(&endpoint(), signed()).await.unwrap();
    serde_json::to_string(&delivery.to_stored().unwrap()).unwrap()
}

async fn accept(measured: &Measured, clients: usize) -> Duration {
    let (keeping, endpoint) = (measured.inbox.accept(), endpoint());
    let accept = |_| {
        let requests: Vec<_> = (0..BATCH).map(|_| signed()).collect();
        let (keeping, endpoint) = (keeping.clone(), endpoint.clone());
        async move {
            for request in requests {
                let delivery = receive(&endpoint, request).await.unwrap();
                keeping.take(delivery).await.unwrap();
            }
        }
    };
    at_once((0..clients).map(accept)).await
}

/// Works on all that is in the table, so many at a time.
async fn work(measured: &Measured, at_a_time: usize, jobs: usize) -> Duration {
    measured.worked.expect(jobs);
    let inbox = measured.inbox.clone().workers(at_a_time);
    let begun = Instant::now();
    // It returns when all that has begun has ended.
    inbox.run_until(measured.worked.all()).await;
    begun.elapsed()
}

/// Runs these at the same time.
async fn at_once<F: Future<Output = ()> + Send + 'static>(
    work: impl Iterator<Item = F>,
) -> Duration {
    // What they need is made before the clock starts.
    let work: Vec<F> = work.collect();
    let begun = Instant::now();
    let running: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    for one in running {
        one.await.unwrap();
    }
    begun.elapsed()
}

#[derive(Default)]
struct Times {
    answered: Vec<Duration>,
    refused: usize,
}

impl Times {
    /// In milliseconds, of the sorted times.
    fn at(&self, percent: usize) -> f64 {
        let place = self.answered.len() * percent / 100;
        let time = self.answered.get(place.min(self.answered.len() - 1));
        time.unwrap().as_secs_f64() * 1000.0
    }
}

/// What senders see that send so many deliveries in a second together, while nobody works on them.
async fn acknowledge(measured: &Measured, in_a_second: f64) -> Vec<Times> {
    let address = serve(&measured.inbox).await;
    let pause = Duration::from_secs_f64(f64::from(CONNECTIONS) / in_a_second);
    let begin = Instant::now() + Duration::from_millis(50);
    let client = |number| {
        let first = begin + pause * number / CONNECTIONS;
        tokio::spawn(deliver(address, first, pause))
    };
    let running: Vec<_> = (0..CONNECTIONS).map(client).collect();
    let mut times = Vec::new();
    for one in running {
        times.push(one.await.unwrap());
    }
    times
}

async fn serve(inbox: &Inbox) -> SocketAddr {
    let app = Router::new()
        .route("/hook", post(inbox.accept()))
        .route_layer(WebhookLayer::new(endpoint()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// One sender with a connection of its own. What is late counts from when it was due.
async fn deliver(address: SocketAddr, first: Instant, pause: Duration) -> Times {
    let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let (mut due, end) = (first, first + LOAD);
    let mut times = Times::default();
    while due < end {
        let (mut head, body) = signed().into_http::<Bytes>().unwrap().into_parts();
        head.uri = format!("http://{address}/hook").parse().unwrap();
        let request = hyper::Request::from_parts(head, Full::new(body));
        tokio::time::sleep_until(due.into()).await;
        match http.request(request).await.unwrap().status().as_u16() {
            200 => times.answered.push(due.elapsed()),
            503 => times.refused += 1,
            other => panic!("{other}"),
        }
        due += pause;
    }
    times
}

fn signed() -> SignedRequest {
    let id = testing::fresh_key().to_hex();
    let text = "x".repeat(SIZE);
    let body = format!(
        r#"{{"id":"evt_{id}","object":"event","type":"invoice.paid","data":{{"text":"{text}"}}}}"#
    );
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    signer.sign(body.as_bytes(), SystemClock.now()).unwrap()
}

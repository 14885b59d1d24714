//! Many deliveries from many clients through two servers on one store: each event's effect happens exactly once.
#![cfg(all(
    feature = "mysql",
    feature = "postgres",
    feature = "redis",
    feature = "testing"
))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use redis::AsyncConnectionConfig;
use sqlx::{MySqlPool, PgPool};
use webhook_core::dedupe::Dedupe;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Delivery, Endpoint, UnixTime};
use webhook_store::{MysqlStore, PostgresStore, RedisStore, testing};
use webhook_testkit::process::{LONGEST_BUILD, Process};
use webhook_tower::WebhookLayer;

const EVENTS: usize = 200;
const DELIVERIES_OF_EACH: usize = 5;
const CLIENTS: usize = 16;
const SERVERS: usize = 2;
const SECRET: &str = "whsec_of_the_test";

const PLACE: &str = "WEBHOOK_TEST_SERVER_PLACE";
const RUN: &str = "WEBHOOK_TEST_SERVER_RUN";
const LISTENS: &str = "listens at ";

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_happens_once_on_postgres() {
    let url = common::server("WEBHOOK_TEST_POSTGRES");
    let pool = PgPool::connect(&url).await.unwrap();
    PostgresStore::new(pool.clone()).migrate().await.unwrap();
    let run = new_run();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "CREATE TABLE effects_{run} (event text NOT NULL)"
    )))
    .execute(&pool)
    .await
    .unwrap();
    deliver_all(&url, &run).await;

    let counts = format!("SELECT event, count(*) FROM effects_{run} GROUP BY event");
    let counts: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(counts))
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_once(counts);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_happens_once_on_mysql() {
    let url = common::server("WEBHOOK_TEST_MYSQL");
    let pool = MySqlPool::connect(&url).await.unwrap();
    MysqlStore::new(pool.clone()).migrate().await.unwrap();
    let run = new_run();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "CREATE TABLE effects_{run} (event text NOT NULL)"
    )))
    .execute(&pool)
    .await
    .unwrap();
    deliver_all(&url, &run).await;

    let counts = format!("SELECT event, count(*) FROM effects_{run} GROUP BY event");
    let counts: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(counts))
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_once(counts);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_happens_once_on_redis() {
    let url = common::server("WEBHOOK_TEST_REDIS");
    let run = new_run();
    deliver_all(&url, &run).await;

    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let counts = redis::cmd("HGETALL")
        .arg(format!("effects:{run}"))
        .to_owned();
    assert_once(counts.query_async(&mut connection).await.unwrap());
}

fn assert_once(counts: Vec<(String, i64)>) {
    assert_eq!(counts.len(), EVENTS);
    let wrong: Vec<_> = counts.iter().filter(|(_, count)| *count != 1).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// A name that no other run has.
fn new_run() -> String {
    testing::fresh_key().to_hex().chars().take(16).collect()
}

/// Sends every event several times, in a random order, by many clients at once, until each delivery is answered with 2xx.
async fn deliver_all(place: &str, run: &str) {
    let servers: Vec<_> = (0..SERVERS).map(|_| Server::start(place, run)).collect();
    let mut deliveries: Vec<usize> = (0..EVENTS * DELIVERIES_OF_EACH)
        .map(|n| n % EVENTS)
        .collect();
    shuffle(&mut deliveries);
    let share = deliveries.len().div_ceil(CLIENTS);
    let clients: Vec<_> = deliveries
        .chunks(share)
        .enumerate()
        .map(|(client, share)| {
            let addresses: Vec<_> = servers
                .iter()
                .map(|server| server.address.clone())
                .collect();
            tokio::spawn(send_all(client, addresses, run.to_owned(), share.to_vec()))
        })
        .collect();
    assert_eq!(clients.len(), CLIENTS);
    let (mut handled, mut duplicates) = (0, 0);
    for client in clients {
        let answers = client.await.unwrap();
        handled += answers.handled;
        duplicates += answers.duplicates;
    }
    println!(
        "{} deliveries: {handled} handled, {duplicates} duplicates",
        deliveries.len()
    );
    assert_eq!(handled, EVENTS);
    assert_eq!(handled + duplicates, deliveries.len());
}

#[derive(Default)]
struct Answers {
    handled: usize,
    duplicates: usize,
}

/// One client: one delivery after another, to either server, again while it is told to come later.
async fn send_all(
    client: usize,
    addresses: Vec<String>,
    run: String,
    events: Vec<usize>,
) -> Answers {
    let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let mut answers = Answers::default();
    for (number, event) in events.into_iter().enumerate() {
        let body = format!(r#"{{"id":"evt_{run}_{event}","type":"invoice.paid"}}"#);
        let signed = signer
            .sign(body.as_bytes(), UnixTime::from_secs(now()))
            .unwrap();
        for tries in 0.. {
            let address = addresses
                .get((client + number + tries) % addresses.len())
                .unwrap();
            let (mut head, body) = signed.clone().into_http::<Bytes>().unwrap().into_parts();
            head.uri = format!("http://{address}/hook").parse().unwrap();
            let request = hyper::Request::from_parts(head, Full::new(body));
            let response = http.request(request).await.unwrap();
            match response.status().as_u16() {
                200 if response.headers().contains_key("webhook-duplicate") => {
                    answers.duplicates += 1
                }
                200 => answers.handled += 1,
                500 | 503 => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                }
                other => panic!("{other}"),
            }
            break;
        }
    }
    answers
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

/// By Fisher and Yates, with a generator that is good enough to mix.
fn shuffle<T>(items: &mut [T]) {
    let mut state = u64::from(std::process::id()) + 1;
    for at in (1..items.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        items.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
    }
}

/// This program, started again as a server.
struct Server {
    #[allow(dead_code, reason = "it runs until it is dropped")]
    process: Process,
    address: String,
}

impl Server {
    fn start(place: &str, run: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["server", "--exact", "--nocapture"])
            .env(PLACE, place)
            .env(RUN, run)
            .stdout(Stdio::piped());
        let mut process = Process::start(&mut command, LONGEST_BUILD).unwrap();
        let mut lines = BufReader::new(process.stdout())
            .lines()
            .map_while(Result::ok);
        let address = lines.find_map(|line| {
            line.split_once(LISTENS)
                .map(|(_, address)| address.to_owned())
        });
        // A server that runs for long says so, and dies of it if nobody listens.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            address: address.unwrap(),
        }
    }
}

/// Not a test of its own: a server, until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server() {
    let (Ok(place), Ok(run)) = (std::env::var(PLACE), std::env::var(RUN)) else {
        return;
    };
    let (dedupe, effects) = if place.starts_with("redis") {
        let client = redis::Client::open(place.as_str()).unwrap();
        // A disk that stalls is not what this is about.
        let patient = AsyncConnectionConfig::new().set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&patient);
        let connection = connection.await.unwrap();
        let store = RedisStore::connect(&place).await.unwrap();
        (Dedupe::new(store), Effects::Redis(connection))
    } else if place.starts_with("mysql") {
        let pool = MySqlPool::connect(&place).await.unwrap();
        let store = MysqlStore::new(pool.clone());
        (Dedupe::new(store), Effects::Mysql(pool))
    } else {
        let pool = PgPool::connect(&place).await.unwrap();
        let store = PostgresStore::new(pool.clone());
        (Dedupe::new(store), Effects::Postgres(pool))
    };
    // Two busy cores may be slow: a store that answers late is not what this is about.
    let dedupe = dedupe.store_timeout(Duration::from_secs(20));
    let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("many")
        .dedupe(dedupe);
    let app = Router::new()
        .route("/hook", post(handle))
        .route_layer(WebhookLayer::new(endpoint))
        .with_state(Arc::new((run, effects)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{LISTENS}{}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}

enum Effects {
    Mysql(MySqlPool),
    Postgres(PgPool),
    Redis(redis::aio::MultiplexedConnection),
}

/// Fails before its effect for every seventh event the first time.
async fn handle(
    State(state): State<Arc<(String, Effects)>>,
    delivery: axum::Extension<Delivery>,
) -> StatusCode {
    let (run, effects) = &*state;
    let id = delivery.id().unwrap().to_owned();
    let number: usize = id.rsplit('_').next().unwrap().parse().unwrap();
    if number.is_multiple_of(7) && !delivery.is_retry() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    match effects {
        Effects::Mysql(pool) => {
            let insert = format!("INSERT INTO effects_{run} (event) VALUES (?)");
            let insert = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(id);
            insert.execute(pool).await.unwrap();
        }
        Effects::Postgres(pool) => {
            let insert = format!("INSERT INTO effects_{run} (event) VALUES ($1)");
            let insert = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(id);
            insert.execute(pool).await.unwrap();
        }
        Effects::Redis(connection) => {
            let mut connection = connection.clone();
            let mut count = redis::cmd("HINCRBY");
            let count = count.arg(format!("effects:{run}")).arg(id).arg(1);
            let _: i64 = count.query_async(&mut connection).await.unwrap();
        }
    }
    StatusCode::OK
}

//! The inbox, when its table is very long and when the disk is full: what was acknowledged is worked on, and the rest comes again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::post;
use sqlx::{PgPool, SqlitePool};
use tokio::sync::Notify;
use tower::ServiceExt;
use webhook_core::dedupe::Dedupe;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{Endpoint, UnixTime};
use webhook_store::{Inbox, InboxStore, JobState, MysqlStore, Order, PostgresStore, SqliteStore};
use webhook_tower::WebhookLayer;

use crate::common::Folder;
use crate::postgres::{alone, options, pool_of, tell};
use crate::servers::{self, mariadb::MariaDb};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const MS: Duration = Duration::from_millis(1);
const SECRET: &str = "whsec_of_the_shop_in_the_test";

/// How long a table is, if the variable says nothing else.
const ROWS: &str = "50000";

fn endpoint() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("shop")
        .clock(FixedClock::at(NOW))
        .storable()
        .unwrap()
}

async fn store(folder: &Folder) -> SqliteStore {
    let store = SqliteStore::open(folder.file("inbox.db")).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// How often each event was worked on.
#[derive(Clone, Default)]
struct Worked(Arc<(Mutex<BTreeMap<String, u32>>, Notify)>);

impl Worked {
    async fn inbox(&self, store: impl InboxStore) -> Inbox {
        let worked = self.clone();
        let inbox =
            Inbox::new(store, endpoint())
                .unwrap()
                .otherwise(move |event: stripe::Event, _| {
                    let mut events = worked.0.0.lock().unwrap();
                    *events.entry(event.id.to_string()).or_default() += 1;
                    worked.0.1.notify_one();
                    async { Ok(()) }
                });
        inbox.migrate().await.unwrap();
        inbox
    }

    fn events(&self) -> BTreeMap<String, u32> {
        self.0.0.lock().unwrap().clone()
    }

    /// Ready when so many events were begun.
    async fn begun(&self, many: usize) {
        while self.events().len() < many {
            self.0.1.notified().await;
        }
    }
}

/// A server, without its socket.
struct Server(Router);

impl Server {
    fn new(inbox: &Inbox, endpoint: Endpoint) -> Self {
        let layer = WebhookLayer::new(endpoint);
        let router = Router::new().route("/", post(inbox.accept()));
        Self(router.route_layer(layer))
    }

    /// As its sender does.
    async fn send_until_acknowledged(&self, id: &str) {
        for _ in 0..1000 {
            match self.send(id).await {
                200 => return,
                503 => tokio::time::sleep(10 * MS).await,
                other => panic!("{other}"),
            }
        }
        panic!("{id} is never acknowledged");
    }

    async fn send(&self, id: &str) -> u16 {
        let text = "x".repeat(2000);
        let body = format!(
            r#"{{"id":"{id}","object":"event","type":"invoice.paid","data":{{"text":"{text}"}}}}"#
        );
        let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
        let signed = signer.sign(body.as_bytes(), NOW).unwrap();
        let mut request = Request::post("/");
        for (name, value) in &signed.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(signed.body)).unwrap();
        self.0
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

/// Counts the steps of SQLite's machine, in hundreds, on the one connection of this pool.
async fn count_steps(pool: &SqlitePool) -> Arc<AtomicUsize> {
    let steps = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&steps);
    let mut connection = pool.acquire().await.unwrap();
    let mut handle = connection.lock_handle().await.unwrap();
    handle.set_progress_handler(100, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    });
    steps
}

/// Fewer hundreds than a look at each row would take, by far.
const FEW_STEPS: usize = 50;

/// No time is measured: what looks at each row takes more steps.
#[tokio::test]
async fn neither_an_acknowledgement_nor_a_job_nor_a_prune_takes_longer_in_a_long_table() {
    let rows = std::env::var("WEBHOOK_TEST_ROWS").unwrap_or(ROWS.to_owned());
    // What the others are and when they are due, and whether a worker would take them first.
    for (state, run_at, is_before) in [
        ("new", "0", true),
        ("new", "9000000000000", false),
        ("done", "0", false),
        ("dead", "0", false),
        ("waiting", "0", true),
    ] {
        let folder = Folder::new();
        let (store, worked) = (store(&folder).await, Worked::default());
        let inbox = worked.inbox(store.clone()).await;
        // All of one order, and what comes is of another one.
        let inbox = inbox.in_order_of(Order::by(|delivery| delivery.kind().map(str::to_owned)));
        let fill = format!(
            "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {rows})
            INSERT INTO webhook_inbox (key, order_key, stored_at, delivery, state, run_at)
            SELECT randomblob(32), zeroblob(32), 0, '{{}}', '{state}', {run_at} FROM many"
        );
        let fill = sqlx::raw_sql(sqlx::AssertSqlSafe(fill));
        fill.execute(store.pool()).await.unwrap();

        let steps = count_steps(store.pool()).await;
        let taken = || steps.swap(0, Ordering::Relaxed);
        let server = Server::new(&inbox, endpoint().dedupe(store.clone()));
        assert_eq!(server.send("evt_1").await, 200, "{state} {run_at}");
        let steps = taken();
        assert!(steps < FEW_STEPS, "{state} {run_at}: {steps}");
        if is_before {
            continue;
        }
        inbox.run_until(worked.begun(1)).await;
        let steps = taken();
        assert!(steps < FEW_STEPS, "{state} {run_at}: {steps}");
        // Those that are dead stay, and a prune passes each that is old enough.
        if state != "dead" {
            inbox.prune(Duration::ZERO, 1).await.unwrap();
            let steps = taken();
            assert!(steps < FEW_STEPS, "{state} {run_at}: {steps} of a prune");
        }
        // The count works: this looks at each row.
        inbox.count(JobState::Done).await.unwrap();
        assert!(taken() > FEW_STEPS);
    }
}

/// The same in PostgreSQL, which counts the rows that it reads.
#[tokio::test]
async fn postgres_reads_few_rows_of_a_long_table() {
    let (_turn, admin) = alone().await;
    let rows = std::env::var("WEBHOOK_TEST_ROWS").unwrap_or(ROWS.to_owned());
    for (state, run_at, is_before) in [
        ("new", "2000-01-01", true),
        ("new", "2100-01-01", false),
        ("done", "2000-01-01", false),
        ("dead", "2000-01-01", false),
        ("waiting", "2000-01-01", true),
    ] {
        tell(&admin, "DROP DATABASE IF EXISTS long_inbox").await;
        tell(&admin, "CREATE DATABASE long_inbox").await;
        let connect = || pool_of(4, options().database("long_inbox"));
        let read = || rows_read(&admin);
        let (pool, worked) = (connect(), Worked::default());
        worked.inbox(PostgresStore::new(pool.clone())).await;
        let fill = format!(
            "INSERT INTO webhook_inbox (key, order_key, delivery, state, run_at)
            SELECT decode(md5(n::text) || md5(n::text), 'hex'), '\\x00', '{{}}', '{state}', '{run_at}' FROM generate_series(1, {rows}) n"
        );
        tell(&pool, &fill).await;
        tell(&pool, "ANALYZE webhook_inbox").await;
        pool.close().await;
        let before = read().await;

        let pool = connect();
        // All of one order, and what comes is of another one.
        let order = Order::by(|delivery| delivery.kind().map(str::to_owned));
        let inbox = worked.inbox(PostgresStore::new(pool.clone())).await;
        let inbox = inbox.in_order_of(order);
        let server = Server::new(&inbox, endpoint());
        assert_eq!(server.send("evt_1").await, 200, "{state} {run_at}");
        if !is_before {
            inbox.run_until(worked.begun(1)).await;
            // Those that are dead stay, and a prune passes each that is old enough.
            if state != "dead" {
                inbox.prune(Duration::ZERO, 1).await.unwrap();
            }
        }
        pool.close().await;
        let few = read().await - before;
        assert!(few < 100, "{state} {run_at}: {few}");

        // The count works: this reads each row.
        let pool = connect();
        let _ = number(&pool, "SELECT count(delivery) FROM webhook_inbox").await;
        pool.close().await;
        assert!(read().await - before > 1000);
    }
    tell(&admin, "DROP DATABASE long_inbox").await;
}

/// How many rows of the inbox were read in `long_inbox`, which nobody uses any more.
async fn rows_read(admin: &PgPool) -> i64 {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'long_inbox'
        AND backend_type = 'client backend'";
    // Each tells what it has read when it ends.
    while number(admin, others).await > 0 {
        tokio::time::sleep(MS).await;
    }
    let pool = pool_of(1, options().database("long_inbox"));
    let read = "SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
        FROM pg_stat_user_tables WHERE relname = 'webhook_inbox'";
    let read = number(&pool, read).await;
    pool.close().await;
    read
}

/// A connection keeps the plans that it made while the table was short.
#[tokio::test]
async fn postgres_reads_few_rows_of_a_table_that_becomes_long() {
    let (_turn, admin) = alone().await;
    tell(&admin, "DROP DATABASE IF EXISTS long_inbox").await;
    tell(&admin, "CREATE DATABASE long_inbox").await;
    let connect = || pool_of(1, options().database("long_inbox"));
    let (pool, worked) = (connect(), Worked::default());
    let inbox = worked.inbox(PostgresStore::new(pool.clone())).await;
    let server = Server::new(&inbox, endpoint());
    let id = |number: usize| format!("evt_{number}");
    for number in 0..20 {
        assert_eq!(server.send(&id(number)).await, 200);
        inbox.run_until(worked.begun(number + 1)).await;
    }

    let others = connect();
    tell(&others, FILL).await;
    others.close().await;
    for number in 20..40 {
        assert_eq!(server.send(&id(number)).await, 200);
        inbox.run_until(worked.begun(number + 1)).await;
    }
    pool.close().await;
    let few = rows_read(&admin).await;
    assert!(few < 5000, "{few}");
    tell(&admin, "DROP DATABASE long_inbox").await;
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Whether the endpoint dedupes in the same file or not: 503, and a sender's next try is worked on once.
#[tokio::test]
async fn a_full_disk_is_answered_with_503_and_loses_nothing() {
    for dedupes in [true, false] {
        let folder = Folder::new();
        let (store, worked) = (store(&folder).await, Worked::default());
        let inbox = worked.inbox(store.clone()).await;
        let endpoint = match dedupes {
            // A claim that could not be given back is over after its lease.
            true => endpoint().dedupe(
                Dedupe::new(store.clone())
                    .lease(400 * MS)
                    .store_timeout(100 * MS),
            ),
            false => endpoint(),
        };
        let server = Server::new(&inbox, endpoint);
        let id = |number: usize| format!("evt_{number}");
        assert_eq!(server.send(&id(0)).await, 200);

        let mut refused = Vec::new();
        let mut sent = 1;
        while refused.len() < 3 {
            // No more pages than there are. A new connection would know nothing of it.
            pragma(&store, "PRAGMA max_page_count = 1").await;
            match server.send(&id(sent)).await {
                200 => {}
                503 => refused.push(sent),
                other => panic!("{other}"),
            }
            sent += 1;
            assert!(sent < 10_000, "the disk is not full");
        }

        pragma(&store, "PRAGMA max_page_count = 1000000").await;
        for number in refused {
            server.send_until_acknowledged(&id(number)).await;
        }
        inbox.run_until(worked.begun(sent)).await;
        let once: BTreeMap<_, _> = (0..sent).map(|number| (id(number), 1)).collect();
        assert_eq!(worked.events(), once, "{dedupes}");
        assert_eq!(inbox.count(JobState::Done).await.unwrap(), sent as u64);
    }
}

async fn pragma(store: &SqliteStore, pragma: &'static str) {
    sqlx::raw_sql(pragma).execute(store.pool()).await.unwrap();
}

/// Longer than a segment of the log, of 16 MiB, which must still be written.
const FILL: &str = "INSERT INTO webhook_inbox (key, delivery, state)
    SELECT decode(md5(n::text) || md5(n::text), 'hex'), repeat('x', 1500), 'done' FROM generate_series(1, 14000) n";

#[tokio::test]
async fn a_full_disk_of_postgres_is_answered_with_503_and_loses_nothing() {
    let (_turn, admin) = alone().await;
    // A database of its own: the table is long.
    tell(&admin, "DROP DATABASE IF EXISTS full_inbox").await;
    tell(&admin, "CREATE DATABASE full_inbox").await;
    let pool = pool_of(1, options().database("full_inbox"));
    let worked = Worked::default();
    let inbox = worked.inbox(PostgresStore::new(pool.clone())).await;
    let server = Server::new(&inbox, endpoint());
    tell(&pool, FILL).await;

    let size: i64 = sqlx::query_scalar("SELECT pg_relation_size('webhook_inbox')")
        .fetch_one(&pool)
        .await
        .unwrap();
    limit_files(&pool, Some(size.try_into().unwrap())).await;
    let id = |number: usize| format!("evt_{number}");
    let (mut sent, mut refused) = (0, Vec::new());
    while refused.len() < 3 {
        match server.send(&id(sent)).await {
            200 => {}
            503 => refused.push(sent),
            other => panic!("{other}"),
        }
        sent += 1;
        assert!(sent < 10_000, "the disk is not full");
    }
    limit_files(&pool, None).await;
    for number in refused {
        server.send_until_acknowledged(&id(number)).await;
    }
    inbox.run_until(worked.begun(sent)).await;
    assert!(worked.events().values().all(|times| *times == 1));
    pool.close().await;
    tell(&admin, "DROP DATABASE full_inbox").await;
}

/// How long a file may get that the process of this one connection writes.
async fn limit_files(pool: &PgPool, bytes: Option<u64>) {
    let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(pool)
        .await
        .unwrap();
    let folder: String = sqlx::query_scalar("SHOW data_directory")
        .fetch_one(pool)
        .await
        .unwrap();
    let process = u32::try_from(process).unwrap();
    servers::limit_files(Path::new(&folder), "postgres", &[process], bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_mariadb_is_answered_with_503_and_loses_nothing() {
    let server = MariaDb::new().await;
    let store = MysqlStore::new(server.admin("own"));
    let worked = Worked::default();
    let inbox = worked.inbox(store.clone()).await;
    let dedupe = Dedupe::new(store).lease(3000 * MS);
    let mut once = BTreeMap::new();
    for endpoint in [endpoint().dedupe(dedupe), endpoint()] {
        let http = Server::new(&inbox, endpoint);
        let first = once.len();
        server.fill("webhook_inbox", done_rows).await;
        let mut refused = Vec::new();
        while refused.len() < 3 {
            let id = format!("evt_{}", once.len());
            match http.send(&id).await {
                200 => {}
                503 => refused.push(id.clone()),
                other => panic!("{other}"),
            }
            once.insert(id, 1);
            assert!(once.len() < first + 10_000, "the disk is not full");
        }
        server.is_no_longer_full();
        for id in &refused {
            http.send_until_acknowledged(id).await;
        }
    }
    inbox.run_until(worked.begun(once.len())).await;
    assert_eq!(worked.events(), once);
}

/// So many that nobody works on any more.
fn done_rows(count: u32) -> String {
    format!(
        "INSERT INTO webhook_inbox (event_key, delivery, state, stored_at, run_at)
        SELECT UNHEX(SHA2(CONCAT(RAND(), seq), 256)), REPEAT('x', 1500), 'done', 0, 0 FROM seq_1_to_{count}"
    )
}

//! The inbox loses nothing, stops for nothing, and believes nothing that its table says.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::post;
use sqlx::SqlitePool;
use tokio::sync::oneshot;
use tower::ServiceExt;
use webhook_core::dedupe::ClaimState;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
use webhook_core::{Delivery, Endpoint, Handover, UnixTime};
use webhook_store::{Inbox, Job, JobState, SqliteStore, Which};
use webhook_tower::WebhookLayer;

use crate::common::Folder;
use crate::store;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const SECRET: &str = "whsec_of_the_shop_in_the_test";
const MS: Duration = Duration::from_millis(1);

fn endpoint() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("shop")
        .clock(FixedClock::at(NOW))
        .storable()
        .unwrap()
}

fn signed(id: &str, kind: &str) -> SignedRequest {
    let body = format!(r#"{{"id":"{id}","object":"event","type":"{kind}"}}"#);
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    signer.sign(body.as_bytes(), NOW).unwrap()
}

async fn delivery(id: &str, kind: &str) -> Delivery {
    receive(&endpoint(), signed(id, kind)).await.unwrap()
}

/// What the handlers have worked on: how often each event was begun.
#[derive(Clone, Default)]
struct Worked(Arc<Mutex<BTreeMap<String, u32>>>);

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

impl Worked {
    fn begin(&self, event: &stripe::Event) {
        let mut worked = self.0.lock().unwrap();
        *worked.entry(event.id.to_string()).or_default() += 1;
    }

    fn of(&self, id: &str) -> u32 {
        self.0.lock().unwrap().get(id).copied().unwrap_or_default()
    }

    /// A handler for each way in which one can end.
    async fn work(self, event: stripe::Event, job: Job) -> Outcome {
        self.begin(&event);
        match event.kind.as_str() {
            "a.second_time" if job.attempt() == 1 => Err("not yet".into()),
            "a.never" => Err("the bank is closed".into()),
            "a.panics" => panic!("the handler of the test panics"),
            "a.hangs" => std::future::pending().await,
            _ => Ok(()),
        }
    }
}

async fn inbox(store: SqliteStore, worked: &Worked) -> Inbox {
    let worked = worked.clone();
    let inbox = Inbox::new(store, endpoint())
        .on_prefix("a.", move |event, job| worked.clone().work(event, job))
        .attempts(3)
        .deadline(50 * MS)
        .first_wait(MS)
        .workers(2);
    inbox.migrate().await.unwrap();
    inbox
}

const LEFT: &str = "SELECT count(*) FROM webhook_inbox WHERE state IN ('new', 'working')";

/// Runs a worker until nothing is left to do.
async fn run(inbox: &Inbox, pool: &SqlitePool) {
    let idle = async {
        let begun = Instant::now();
        loop {
            // In one look: a row goes from one state to the other meanwhile.
            let left: i64 = sqlx::query_scalar(LEFT).fetch_one(pool).await.unwrap();
            if left == 0 {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{left}");
            tokio::time::sleep(MS).await;
        }
    };
    inbox.run_until(idle).await;
}

async fn counts(inbox: &Inbox) -> [u64; 4] {
    let mut counts = [0; 4];
    let states = [
        JobState::New,
        JobState::Working,
        JobState::Done,
        JobState::Dead,
    ];
    for (count, state) in counts.iter_mut().zip(states) {
        *count = inbox.count(state).await.unwrap();
    }
    counts
}

async fn errors(store: &SqliteStore) -> BTreeMap<String, String> {
    let rows = sqlx::query_as("SELECT event, coalesce(last_error, '') FROM webhook_inbox");
    let rows: Vec<(String, String)> = rows.fetch_all(store.pool()).await.unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn each_way_to_end_ends_so_and_stops_nobody_else() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store.clone(), &worked).await;
    // How an event is worked on: how often, and the words that are kept of its end.
    let rows = [
        ("a.ok", 1, ""),
        ("a.second_time", 2, ""),
        ("a.never", 3, "the bank is closed"),
        ("a.panics", 3, "the handler panicked"),
        ("a.hangs", 3, "the handler took longer than its deadline"),
        // There is no handler for it.
        ("b.other", 0, ""),
    ];
    for (kind, ..) in rows {
        for _ in 0..2 {
            inbox.hand_over(delivery(kind, kind).await).await.unwrap();
        }
    }
    assert_eq!(
        counts(&inbox).await,
        [6, 0, 0, 0],
        "a repeat is nothing new"
    );
    run(&inbox, store.pool()).await;
    let errors = errors(&store).await;
    for (kind, times, error) in rows {
        assert_eq!(worked.of(kind), times, "{kind}");
        assert_eq!(errors[kind], error, "{kind}");
    }
    assert_eq!(counts(&inbox).await, [0, 0, 3, 3]);
    // What was done is not begun again by a sender's repeat.
    inbox
        .hand_over(delivery("a.ok", "a.ok").await)
        .await
        .unwrap();
    run(&inbox, store.pool()).await;
    assert_eq!(worked.of("a.ok"), 1);
}

#[tokio::test]
async fn what_is_replayed_is_what_was_asked_for() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store.clone(), &worked).await;
    for (id, kind) in [
        ("1", "a.ok"),
        ("2", "a.ok"),
        ("3", "a.other"),
        ("4", "a.never"),
    ] {
        inbox.hand_over(delivery(id, kind).await).await.unwrap();
    }
    run(&inbox, store.pool()).await;
    assert_eq!(counts(&inbox).await, [0, 0, 3, 1]);
    for (which, many) in [
        (Which::Event("1"), 1),
        (Which::Event("none"), 0),
        (Which::Kind("a.ok"), 2),
        (Which::Row(1), 1),
        (Which::Dead, 1),
        (Which::Since(UnixTime::from_secs(0)), 4),
        (Which::Since(UnixTime::from_secs(99_000_000_000)), 0),
    ] {
        assert_eq!(inbox.replay(which).await.unwrap(), many, "{which:?}");
        assert_eq!(inbox.count(JobState::New).await.unwrap(), many, "{which:?}");
        run(&inbox, store.pool()).await;
    }
    assert_eq!(["1", "2", "3", "4"].map(|id| worked.of(id)), [5, 3, 2, 9]);
}

#[tokio::test]
async fn only_what_is_done_for_long_is_pruned_in_batches() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store.clone(), &worked).await;
    for id in 0..5 {
        inbox
            .hand_over(delivery(&id.to_string(), "a.ok").await)
            .await
            .unwrap();
    }
    inbox
        .hand_over(delivery("dead", "a.never").await)
        .await
        .unwrap();
    run(&inbox, store.pool()).await;
    inbox
        .hand_over(delivery("new", "a.ok").await)
        .await
        .unwrap();
    assert_eq!(inbox.prune(Duration::from_secs(60), 100).await.unwrap(), 0);
    sqlx::query("UPDATE webhook_inbox SET run_at = run_at - 61000")
        .execute(store.pool())
        .await
        .unwrap();
    for many in [3, 2, 0] {
        assert_eq!(inbox.prune(Duration::from_secs(60), 3).await.unwrap(), many);
    }
    assert_eq!(counts(&inbox).await, [1, 0, 0, 1]);
}

/// Who can write the table, and has no key, makes nothing happen.
#[tokio::test]
async fn what_was_altered_in_the_table_is_never_worked_on() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store.clone(), &worked).await;
    let changes = [
        "replace(delivery, 'a.ok', 'a.no')",
        "replace(delivery, '\"event\\', '\"evens\\')",
        "json_set(delivery, '$.dedupe_key', '00')",
        "json_set(delivery, '$.v', 9)",
        "json_remove(delivery, '$.body')",
        "substr(delivery, 1, 100)",
        "'{}'",
        "''",
    ];
    for (at, change) in changes.iter().enumerate() {
        inbox
            .hand_over(delivery(&format!("evt_{at}"), "a.ok").await)
            .await
            .unwrap();
        let sql = format!("UPDATE webhook_inbox SET delivery = {change} WHERE event = 'evt_{at}'");
        let altered = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(store.pool())
            .await
            .unwrap();
        assert_eq!(altered.rows_affected(), 1);
    }
    run(&inbox, store.pool()).await;
    assert_eq!(counts(&inbox).await, [0, 0, 0, changes.len() as u64]);
    assert!(worked.0.lock().unwrap().is_empty());
    for (event, error) in errors(&store).await {
        assert!(error.contains("stored delivery"), "{event}: {error}");
    }
}

/// A worker that was killed leaves its row as it is.
#[tokio::test]
async fn what_a_killed_worker_has_begun_is_begun_again_and_not_for_ever() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store.clone(), &worked).await;
    for (id, attempts) in [("once", 1), ("always", 3)] {
        inbox.hand_over(delivery(id, "a.ok").await).await.unwrap();
        let killed =
            "UPDATE webhook_inbox SET state = 'working', run_at = 0, attempts = ? WHERE event = ?";
        let killed = sqlx::query(killed).bind(attempts).bind(id);
        killed.execute(store.pool()).await.unwrap();
    }
    run(&inbox, store.pool()).await;
    assert_eq!([worked.of("once"), worked.of("always")], [1, 0]);
    assert_eq!(counts(&inbox).await, [0, 0, 1, 1]);
    assert!(errors(&store).await["always"].contains("the worker was killed"));
}

#[tokio::test]
async fn several_workers_work_on_each_event_once() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let first = inbox(store.clone(), &worked).await;
    let second = inbox(store.clone(), &worked).await;
    for id in 0..40 {
        first
            .hand_over(delivery(&id.to_string(), "a.ok").await)
            .await
            .unwrap();
    }
    tokio::join!(run(&first, store.pool()), run(&second, store.pool()));
    assert_eq!(counts(&first).await, [0, 0, 40, 0]);
    assert!(worked.0.lock().unwrap().values().all(|times| *times == 1));
}

/// What was begun ends, or is given back with its attempt.
#[tokio::test]
async fn a_worker_that_stops_gives_back_what_does_not_end() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let long = inbox(store.clone(), &worked)
        .await
        .deadline(Duration::from_secs(3600))
        .grace(MS);
    long.hand_over(delivery("evt_1", "a.hangs").await)
        .await
        .unwrap();
    let begun = async {
        while worked.of("evt_1") == 0 {
            tokio::time::sleep(MS).await;
        }
    };
    long.run_until(begun).await;
    assert_eq!(counts(&long).await, [1, 0, 0, 0]);
    let attempts: u32 = sqlx::query_scalar("SELECT attempts FROM webhook_inbox")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(attempts, 0);
}

/// Effects in the same file commit with the end of the job, and an attempt that is over ends nothing.
#[tokio::test]
async fn an_effect_in_the_same_file_is_there_once() {
    let folder = Folder::new();
    let store = store(&folder).await;
    sqlx::raw_sql("CREATE TABLE effects (event TEXT)")
        .execute(store.pool())
        .await
        .unwrap();
    let (pool, ended) = (store.pool().clone(), Arc::new(Mutex::new(Vec::new())));
    let told = Arc::clone(&ended);
    let effect = move |event: stripe::Event, job: Job| {
        let (pool, told) = (pool.clone(), Arc::clone(&told));
        async move {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
            let insert = sqlx::query("INSERT INTO effects VALUES (?)").bind(event.id.to_string());
            insert.execute(&mut *transaction).await?;
            let held = job.complete_in(&mut transaction).await?;
            told.lock().unwrap().push(held);
            let again = job.complete_in(&mut transaction).await?;
            told.lock().unwrap().push(again);
            transaction.commit().await?;
            // After it, nothing that happens to the handler matters.
            Err("too late".into())
        }
    };
    let inbox = Inbox::new(store.clone(), endpoint()).on("a.ok", effect);
    inbox.migrate().await.unwrap();
    inbox
        .hand_over(delivery("evt_1", "a.ok").await)
        .await
        .unwrap();
    run(&inbox, store.pool()).await;
    let effects: Vec<String> = sqlx::query_scalar("SELECT event FROM effects")
        .fetch_all(store.pool())
        .await
        .unwrap();
    assert_eq!(effects, ["evt_1"]);
    assert_eq!(*ended.lock().unwrap(), [ClaimState::Held, ClaimState::Lost]);
    assert_eq!(counts(&inbox).await, [0, 0, 1, 0]);
}

/// The claim, the row and the answer.
#[tokio::test]
async fn behind_a_layer_that_dedupes_in_the_same_file_the_row_is_there_once() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store.clone(), &worked).await;
    let layer = WebhookLayer::new(endpoint().dedupe(store.clone()));
    let app = Router::new()
        .route("/", post(inbox.accept()))
        .route_layer(layer);
    let send = |request: SignedRequest| {
        let mut sent = Request::post("/");
        for (name, value) in &request.headers {
            sent = sent.header(name, value);
        }
        let sent = sent.body(Body::from(request.body)).unwrap();
        let answered = app.clone().oneshot(sent);
        async { answered.await.unwrap().status().as_u16() }
    };
    assert_eq!(send(signed("evt_1", "a.ok")).await, 200);
    assert_eq!(send(signed("evt_1", "a.ok")).await, 200);
    assert_eq!(send(signed("evt_2", "a.ok").with_body("{}")).await, 401);
    assert_eq!(counts(&inbox).await, [1, 0, 0, 0]);
    // Nothing can be stored: nothing is acknowledged, and nothing is remembered as done.
    sqlx::raw_sql("ALTER TABLE webhook_inbox RENAME TO elsewhere")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(send(signed("evt_3", "a.ok")).await, 503);
    sqlx::raw_sql("ALTER TABLE elsewhere RENAME TO webhook_inbox")
        .execute(store.pool())
        .await
        .unwrap();
    assert_eq!(send(signed("evt_3", "a.ok")).await, 200);
    run(&inbox, store.pool()).await;
    assert_eq!([worked.of("evt_1"), worked.of("evt_3")], [1, 1]);
}

/// Without the request there is nothing to store.
#[tokio::test]
async fn an_endpoint_that_keeps_nothing_is_answered_with_503() {
    let folder = Folder::new();
    let inbox = inbox(store(&folder).await, &Worked::default()).await;
    let plain = Endpoint::new(Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW));
    let delivery = receive(&plain, signed("evt_1", "a.ok")).await.unwrap();
    assert!(inbox.hand_over(delivery).await.is_err());
    assert_eq!(counts(&inbox).await, [0; 4]);
}

#[tokio::test]
async fn a_worker_that_runs_takes_what_comes_later() {
    let folder = Folder::new();
    let (store, worked) = (store(&folder).await, Worked::default());
    let inbox = inbox(store, &worked).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let inbox = inbox.clone();
        async move { inbox.run_until(async { drop(stopped.await) }).await }
    });
    inbox
        .hand_over(delivery("evt_1", "a.ok").await)
        .await
        .unwrap();
    while inbox.count(JobState::Done).await.unwrap() == 0 {
        tokio::time::sleep(MS).await;
    }
    drop(stop);
    running.await.unwrap();
    assert_eq!(worked.of("evt_1"), 1);
}

//! The inbox loses nothing, stops for nothing, and believes nothing that its table says: in each database.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
mod database;
mod order;
mod rows;

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::post;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::ServiceExt;
use webhook_core::dedupe::ClaimState;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
use webhook_core::{Delivery, Endpoint, Handover, UnixTime};
use webhook_store::{Inbox, Job, JobState, Which};
use webhook_tower::WebhookLayer;

use crate::database::Database;

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
            "a.zero" => Err("a zero: \0".into()),
            "a.panics" => panic!("the handler of the test panics"),
            "a.hangs" => std::future::pending().await,
            _ => Ok(()),
        }
    }
}

async fn inbox(database: &Database, worked: &Worked) -> Inbox {
    let worked = worked.clone();
    let inbox = database
        .inbox(endpoint())
        .on_prefix("a.", move |event, job| worked.clone().work(event, job))
        .attempts(3)
        .deadline(50 * MS)
        .first_wait(MS)
        .workers(2);
    inbox.migrate().await.unwrap();
    inbox
}

/// Runs a worker until nothing is left to do.
async fn run(inbox: &Inbox, database: &Database) {
    let idle = async {
        let begun = Instant::now();
        // In one look: a row goes from one state to the other meanwhile.
        while database.left().await > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(MS).await;
        }
    };
    inbox.run_until(idle).await;
}

async fn counts(inbox: &Inbox) -> [u64; 5] {
    let mut counts = [0; 5];
    let states = [
        JobState::New,
        JobState::Waiting,
        JobState::Working,
        JobState::Done,
        JobState::Dead,
    ];
    for (count, state) in counts.iter_mut().zip(states) {
        *count = inbox.count(state).await.unwrap();
    }
    counts
}

async fn each_way_to_end_ends_so_and_stops_nobody_else(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    // How an event is worked on: how often, and the words that are kept of its end.
    let rows = [
        ("a.ok", 1, ""),
        ("a.second_time", 2, ""),
        ("a.never", 3, "the bank is closed"),
        ("a.zero", 3, "a zero: \u{FFFD}"),
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
        [7, 0, 0, 0, 0],
        "a repeat is nothing new"
    );
    run(&inbox, &database).await;
    let errors = database.errors().await;
    for (kind, times, error) in rows {
        assert_eq!(worked.of(kind), times, "{kind}");
        assert_eq!(errors[kind], error, "{kind}");
    }
    assert_eq!(counts(&inbox).await, [0, 0, 0, 3, 4]);
    // What was done is not begun again by a sender's repeat.
    inbox
        .hand_over(delivery("a.ok", "a.ok").await)
        .await
        .unwrap();
    run(&inbox, &database).await;
    assert_eq!(worked.of("a.ok"), 1);
}

async fn what_is_replayed_is_what_was_asked_for(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    for (id, kind) in [
        ("1", "a.ok"),
        ("2", "a.ok"),
        ("3", "a.other"),
        ("4", "a.never"),
    ] {
        inbox.hand_over(delivery(id, kind).await).await.unwrap();
    }
    run(&inbox, &database).await;
    assert_eq!(counts(&inbox).await, [0, 0, 0, 3, 1]);
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
        run(&inbox, &database).await;
    }
    assert_eq!(["1", "2", "3", "4"].map(|id| worked.of(id)), [5, 3, 2, 9]);
}

async fn only_what_is_done_for_long_is_pruned_in_batches(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
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
    run(&inbox, &database).await;
    inbox
        .hand_over(delivery("new", "a.ok").await)
        .await
        .unwrap();
    assert_eq!(inbox.prune(Duration::from_secs(60), 100).await.unwrap(), 0);
    database.age(Duration::from_secs(61)).await;
    for many in [3, 2, 0] {
        assert_eq!(inbox.prune(Duration::from_secs(60), 3).await.unwrap(), many);
    }
    assert_eq!(counts(&inbox).await, [1, 0, 0, 0, 1]);
}

/// Who can write the table, and has no key, makes nothing happen.
async fn what_was_altered_in_the_table_is_never_worked_on(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    let member = |delivery: &str, name: &str, value: Value| {
        let mut delivery: Value = serde_json::from_str(delivery).unwrap();
        let members = delivery.as_object_mut().unwrap();
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.to_owned(), value),
        };
        delivery.to_string()
    };
    let changes: [&dyn Fn(&str) -> String; 8] = [
        &|delivery| delivery.replace("a.ok", "a.no"),
        &|delivery| delivery.replace(r#""event\"#, r#""evens\"#),
        &|delivery| member(delivery, "dedupe_key", "00".into()),
        &|delivery| member(delivery, "v", 9.into()),
        &|delivery| member(delivery, "body", Value::Null),
        &|delivery| delivery.chars().take(100).collect(),
        &|_| "{}".to_owned(),
        &|_| String::new(),
    ];
    for (at, change) in changes.iter().enumerate() {
        let event = format!("evt_{at}");
        inbox
            .hand_over(delivery(&event, "a.ok").await)
            .await
            .unwrap();
        database.alter(&event, change).await;
    }
    run(&inbox, &database).await;
    assert_eq!(counts(&inbox).await, [0, 0, 0, 0, changes.len() as u64]);
    assert!(worked.0.lock().unwrap().is_empty());
    for (event, error) in database.errors().await {
        assert!(error.contains("stored delivery"), "{event}: {error}");
    }
}

/// A worker that was killed leaves its row as it is.
async fn what_a_killed_worker_has_begun_is_begun_again_and_not_for_ever(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    for (id, attempts) in [("once", 1), ("always", 3)] {
        inbox.hand_over(delivery(id, "a.ok").await).await.unwrap();
        database.kill_worker(id, attempts).await;
    }
    run(&inbox, &database).await;
    assert_eq!([worked.of("once"), worked.of("always")], [1, 0]);
    assert_eq!(counts(&inbox).await, [0, 0, 0, 1, 1]);
    assert!(database.errors().await["always"].contains("the worker was killed"));
}

/// What ends its process takes with it all that is worked on beside it: none of that is lost again because of it.
async fn of_what_was_lost_together_each_comes_back_alone(database: Database) {
    let now = Arc::new(Mutex::new(BTreeMap::new()));
    let most = Arc::new(Mutex::new(0));
    let (running, seen) = (Arc::clone(&now), Arc::clone(&most));
    let handler = move |event: stripe::Event, _: Job| {
        let (running, seen) = (Arc::clone(&running), Arc::clone(&seen));
        async move {
            let id = event.id.to_string();
            let was_lost = id.starts_with("lost");
            running.lock().unwrap().insert(id.clone(), was_lost);
            {
                let lost = running.lock().unwrap();
                let lost = lost.values().filter(|lost| **lost).count();
                let mut seen = seen.lock().unwrap();
                *seen = lost.max(*seen);
            }
            tokio::time::sleep(5 * MS).await;
            running.lock().unwrap().remove(&id);
            Ok(())
        }
    };
    let inbox = database.inbox(endpoint()).otherwise(handler).workers(8);
    inbox.migrate().await.unwrap();
    for number in 0..6 {
        for name in ["lost", "other"] {
            let delivery = delivery(&format!("{name}_{number}"), "a.ok").await;
            inbox.hand_over(delivery).await.unwrap();
        }
        database.kill_worker(&format!("lost_{number}"), 1).await;
    }
    // One of them was given back since, and is still one of those that were lost.
    database
        .run("UPDATE webhook_inbox SET state = 'new', lost = 1 WHERE event = 'lost_3'")
        .await;
    run(&inbox, &database).await;
    assert_eq!(counts(&inbox).await, [0, 0, 0, 12, 0]);
    assert_eq!(*most.lock().unwrap(), 1);
    let ended = "SELECT count(*) FROM webhook_inbox WHERE lost = 0";
    assert_eq!(database.number(ended).await, 12);
}

async fn several_workers_work_on_each_event_once(database: Database) {
    let worked = Worked::default();
    let first = inbox(&database, &worked).await;
    let second = inbox(&database, &worked).await;
    for id in 0..40 {
        first
            .hand_over(delivery(&id.to_string(), "a.ok").await)
            .await
            .unwrap();
    }
    tokio::join!(run(&first, &database), run(&second, &database));
    assert_eq!(counts(&first).await, [0, 0, 0, 40, 0]);
    assert!(worked.0.lock().unwrap().values().all(|times| *times == 1));
}

/// They are written together, and each is there once.
async fn what_arrives_together_is_stored_once(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    let mut storing = JoinSet::new();
    for number in 0..60 {
        let delivery = delivery(&(number % 25).to_string(), "a.ok").await;
        storing.spawn(inbox.hand_over(delivery));
    }
    while let Some(stored) = storing.join_next().await {
        stored.unwrap().unwrap();
    }
    assert_eq!(counts(&inbox).await, [25, 0, 0, 0, 0]);
}

async fn who_gives_up_takes_nobody_along(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    let mut first = inbox.hand_over(delivery("first", "a.ok").await);
    tokio::select! {
        biased;
        stored = &mut first => stored.unwrap(),
        () = std::future::ready(()) => {}
    }
    let mut others = JoinSet::new();
    for id in ["second", "third"] {
        others.spawn(inbox.hand_over(delivery(id, "a.ok").await));
    }
    tokio::task::yield_now().await;
    drop(first);
    while let Some(stored) = others.join_next().await {
        stored.unwrap().unwrap();
    }
    let others = "SELECT count(*) FROM webhook_inbox WHERE event <> 'first'";
    assert_eq!(database.number(others).await, 2);
}

async fn an_id_with_a_zero_is_stored(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    let delivery = delivery(r"zero\u0000", "a.ok").await;
    inbox.hand_over(delivery).await.unwrap();
    run(&inbox, &database).await;
    assert_eq!(counts(&inbox).await, [0, 0, 0, 1, 0]);
    assert_eq!(worked.of("zero\0"), 1);
    let replayed = inbox.replay(Which::Event("zero\0")).await;
    assert_eq!(replayed.unwrap(), 1);
}

/// What was begun ends, or is given back with its attempt.
async fn a_worker_that_stops_gives_back_what_does_not_end(database: Database) {
    let worked = Worked::default();
    let long = inbox(&database, &worked)
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
    assert_eq!(counts(&long).await, [1, 0, 0, 0, 0]);
    let as_if_never = "SELECT count(*) FROM webhook_inbox WHERE attempts = 0";
    assert_eq!(database.number(as_if_never).await, 1);
}

/// Effects in the same file commit with the end of the job, and an attempt that is over ends nothing.
async fn an_effect_in_the_same_database_is_there_once(database: Database) {
    database
        .run("CREATE TABLE effects (event varchar(99))")
        .await;
    let ended = Arc::new(Mutex::new(Vec::new()));
    let (inside, told) = (database.clone(), Arc::clone(&ended));
    let effect = move |event: stripe::Event, job: Job| {
        let (inside, told) = (inside.clone(), Arc::clone(&told));
        async move {
            let held = inside.effect(&event.id, &job).await?;
            told.lock().unwrap().push(held);
            // After it, nothing that happens to the handler matters.
            Err("too late".into())
        }
    };
    let inbox = database.inbox(endpoint()).on("a.ok", effect);
    inbox.migrate().await.unwrap();
    let evt_1 = delivery("evt_1", "a.ok").await;
    inbox.hand_over(evt_1).await.unwrap();
    run(&inbox, &database).await;
    assert_eq!(database.number("SELECT count(*) FROM effects").await, 1);
    let held = [ClaimState::Held, ClaimState::Lost];
    assert_eq!(*ended.lock().unwrap(), [held]);
    assert_eq!(counts(&inbox).await, [0, 0, 0, 1, 0]);
}

/// An attempt that has outlived its deadline, and a replay, ends nothing.
async fn a_late_attempt_ends_nothing_after_a_replay(database: Database) {
    database
        .run("CREATE TABLE effects (event varchar(99))")
        .await;
    let jobs = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&jobs);
    let keep = move |_: stripe::Event, job: Job| {
        kept.lock().unwrap().push(job);
        async { Err("not today".into()) }
    };
    let inbox = database.inbox(endpoint()).on("a.ok", keep).attempts(1);
    inbox.migrate().await.unwrap();
    let evt_1 = delivery("evt_1", "a.ok").await;
    inbox.hand_over(evt_1).await.unwrap();
    run(&inbox, &database).await;
    assert_eq!(inbox.replay(Which::Dead).await.unwrap(), 1);
    database.take().await;
    let first = jobs.lock().unwrap()[0].clone();
    assert_eq!(first.attempt(), 1);
    let late = database.effect("evt_1", &first).await.unwrap();
    assert_eq!(late, [ClaimState::Lost, ClaimState::Lost]);
    assert_eq!(counts(&inbox).await, [0, 0, 1, 0, 0]);
    database.kill_worker("evt_1", 0).await;
    run(&inbox, &database).await;
    let second = jobs.lock().unwrap()[1].clone();
    assert_eq!(second.attempt(), 1, "as if it had never been tried");
    assert!(second.fence() > first.fence());
}

/// The claim, the row and the answer.
async fn behind_a_layer_that_dedupes_in_the_same_database_the_row_is_there_once(
    database: Database,
) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    let layer = WebhookLayer::new(database.dedupe(endpoint()));
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
    assert_eq!(counts(&inbox).await, [1, 0, 0, 0, 0]);
    // Nothing can be stored: nothing is acknowledged, and nothing is remembered as done.
    database
        .run("ALTER TABLE webhook_inbox RENAME TO elsewhere")
        .await;
    assert_eq!(send(signed("evt_3", "a.ok")).await, 503);
    database
        .run("ALTER TABLE elsewhere RENAME TO webhook_inbox")
        .await;
    assert_eq!(send(signed("evt_3", "a.ok")).await, 200);
    run(&inbox, &database).await;
    assert_eq!([worked.of("evt_1"), worked.of("evt_3")], [1, 1]);
}

/// What an inbox says of its endpoint is what the layer before it needs.
async fn the_endpoint_of_an_inbox_keeps_what_it_stores(database: Database) {
    let plain = Endpoint::new(Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW));
    let inbox = database.inbox(plain);
    inbox.migrate().await.unwrap();
    let request = signed("evt_1", "a.ok");
    let delivery = receive(&inbox.endpoint(), request).await.unwrap();
    inbox.hand_over(delivery).await.unwrap();
    assert_eq!(counts(&inbox).await, [1, 0, 0, 0, 0]);
}

/// Without the request there is nothing to store.
async fn an_endpoint_that_keeps_nothing_is_answered_with_503(database: Database) {
    let inbox = inbox(&database, &Worked::default()).await;
    let plain = Endpoint::new(Stripe::new(SECRET).unwrap()).clock(FixedClock::at(NOW));
    let delivery = receive(&plain, signed("evt_1", "a.ok")).await.unwrap();
    assert!(inbox.hand_over(delivery).await.is_err());
    assert_eq!(counts(&inbox).await, [0; 5]);
}

async fn a_worker_that_runs_takes_what_comes_later(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let until = async { drop(stopped.await) };
        inbox.run_until(until)
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

in_each_database! {
    each_way_to_end_ends_so_and_stops_nobody_else
    what_is_replayed_is_what_was_asked_for
    only_what_is_done_for_long_is_pruned_in_batches
    what_was_altered_in_the_table_is_never_worked_on
    what_a_killed_worker_has_begun_is_begun_again_and_not_for_ever
    of_what_was_lost_together_each_comes_back_alone
    several_workers_work_on_each_event_once
    what_arrives_together_is_stored_once
    who_gives_up_takes_nobody_along
    an_id_with_a_zero_is_stored
    a_worker_that_stops_gives_back_what_does_not_end
    an_effect_in_the_same_database_is_there_once
    a_late_attempt_ends_nothing_after_a_replay
    behind_a_layer_that_dedupes_in_the_same_database_the_row_is_there_once
    an_endpoint_that_keeps_nothing_is_answered_with_503
    a_worker_that_runs_takes_what_comes_later
    the_endpoint_of_an_inbox_keeps_what_it_stores
}

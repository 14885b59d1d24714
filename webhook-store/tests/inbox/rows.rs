//! What is written into a row at each step. Another process, or a later version, reads what one has written, and so do people.

use std::time::Duration;

use webhook_core::{Handover, UnixTime};
use webhook_store::{Inbox, Order, Which};

use crate::database::Database;
use crate::{Worked, counts, delivery, endpoint, inbox, run, signed};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// One row: what it says beside its times, and between how many seconds from now it runs.
async fn assert_row(database: &Database, event: &str, says: &str, (from, to): (i64, i64)) {
    let all = format!("event = '{event}' AND {says}");
    assert_eq!(database.rows(&all).await, 1, "{all}");
    let times = database.between("run_at", from, to);
    let runs = format!("event = '{event}' AND {times}");
    assert_eq!(database.rows(&runs).await, 1, "{says}: {runs}");
}

/// Since a moment ago.
const NOW: (i64, i64) = (-MINUTE, 0);

const NEW: &str =
    "state = 'new' AND attempts = 0 AND fence = 0 AND lost = 0 AND last_error IS NULL";

async fn ordered(database: &Database, worked: &Worked) -> Inbox {
    let by_kind = Order::by(|delivery| delivery.kind().map(str::to_owned));
    inbox(database, worked).await.in_order_of(by_kind)
}

async fn run_while(inbox: &Inbox, database: &Database, condition: &str, many: i64) {
    let seen = async {
        while database.rows(condition).await != many {
            tokio::time::sleep(crate::MS).await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(30), seen);
    inbox.run_until(async { seen.await.unwrap() }).await;
}

async fn what_is_stored_says_what_it_is_and_is_due(database: Database) {
    let worked = Worked::default();
    let plain = inbox(&database, &worked).await;
    let ordered = ordered(&database, &worked).await;
    // Several at once are stored together.
    let stored = (0..5).map(async |id| {
        let delivery = delivery(&format!("plain_{id}"), "a.ok").await;
        plain.hand_over(delivery).await.unwrap();
    });
    futures(stored.collect()).await;
    for id in ["ordered", "later"] {
        let delivery = delivery(id, "a.second_time").await;
        ordered.hand_over(delivery).await.unwrap();
    }
    for id in 0..5 {
        let says = format!("{NEW} AND kind = 'a.ok' AND endpoint = 'shop' AND order_key IS NULL");
        assert_row(&database, &format!("plain_{id}"), &says, NOW).await;
    }
    let says = "kind = 'a.second_time' AND endpoint = 'shop' AND order_key IS NOT NULL";
    assert_row(&database, "ordered", &format!("{NEW} AND {says}"), NOW).await;
    let waits = NEW.replace("'new'", "'waiting'");
    assert_row(&database, "later", &format!("{waits} AND {says}"), NOW).await;
    let stored = database.between("stored_at", -MINUTE, 0);
    assert_eq!(database.rows(&stored).await, 7);
}

async fn futures(all: Vec<impl Future<Output = ()>>) {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        match all.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}

async fn an_attempt_writes_that_it_has_begun_and_how_it_ended(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked)
        .await
        .first_wait(Duration::from_secs(3600))
        .deadline(Duration::from_secs(600))
        .grace(crate::MS);
    for (id, kind) in [("ok", "a.ok"), ("never", "a.never"), ("hangs", "a.hangs")] {
        inbox.hand_over(delivery(id, kind).await).await.unwrap();
    }
    let ended =
        "event = 'never' AND attempts = 1 AND state = 'new' OR state = 'done' OR state = 'working'";
    let seen = async {
        while database.rows(ended).await < 3 || worked.of("hangs") < 1 {
            tokio::time::sleep(crate::MS).await;
        }
        // Somebody else may take it when it is surely over.
        let begun =
            "state = 'working' AND attempts = 1 AND fence = 1 AND lost = 0 AND last_error IS NULL";
        assert_row(&database, "hangs", begun, (9 * MINUTE, 25 * MINUTE)).await;
    };
    inbox.run_until(seen).await;
    let once = "attempts = 1 AND fence = 1 AND lost = 0";
    let done = format!("state = 'done' AND {once} AND last_error IS NULL");
    assert_row(&database, "ok", &done, NOW).await;
    let failed = format!("state = 'new' AND {once} AND last_error LIKE '%bank%'");
    assert_row(
        &database,
        "never",
        &failed,
        (HOUR / 2 - MINUTE, HOUR + HOUR / 2),
    )
    .await;
    let given_back =
        "state = 'new' AND attempts = 0 AND fence = 1 AND lost = 0 AND last_error IS NULL";
    assert_row(&database, "hangs", given_back, NOW).await;
}

async fn what_was_lost_is_counted_until_it_ends(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked)
        .await
        .deadline(Duration::from_secs(600))
        .grace(crate::MS);
    inbox
        .hand_over(delivery("1", "a.hangs").await)
        .await
        .unwrap();
    database
        .run("UPDATE webhook_inbox SET last_error = 'of before'")
        .await;
    for lost in 1..3 {
        database.kill_worker("1", 1).await;
        let begun = format!(
            "state = 'working' AND attempts = 2 AND fence = {lost} AND lost = {lost} AND last_error = 'of before'"
        );
        run_while(&inbox, &database, &begun, 1).await;
        let given_back = begun
            .replace("'working'", "'new'")
            .replace("attempts = 2", "attempts = 1");
        assert_row(&database, "1", &given_back, NOW).await;
    }
    // Begun by another one who ends it: nobody is lost any more.
    database
        .run("UPDATE webhook_inbox SET state = 'dead', attempts = 3")
        .await;
    database.age(Duration::from_secs(7200)).await;
    assert_eq!(inbox.replay(Which::Dead).await.unwrap(), 1);
    assert_row(&database, "1", &NEW.replace("fence = 0", "fence = 2"), NOW).await;
}

async fn who_comes_after_one_that_waits_waits_too(database: Database) {
    let worked = Worked::default();
    let inbox = ordered(&database, &worked).await;
    for id in ["1", "2"] {
        inbox.hand_over(delivery(id, "a.ok").await).await.unwrap();
    }
    // As somebody does by hand.
    database
        .run("DELETE FROM webhook_inbox WHERE state = 'new'")
        .await;
    inbox.hand_over(delivery("3", "a.ok").await).await.unwrap();
    assert_eq!(counts(&inbox).await, [0, 2, 0, 0, 0]);
    database.age(Duration::from_secs(7200)).await;
    run_while(&inbox, &database, "state = 'done'", 2).await;
    run(&inbox, &database).await;
    assert_row(&database, "3", "state = 'done' AND attempts = 1", NOW).await;
}

/// A delivery that comes again, stored as it was, changes nothing of its row.
async fn what_comes_again_changes_nothing(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    inbox.hand_over(delivery("1", "a.ok").await).await.unwrap();
    run(&inbox, &database).await;
    database.age(Duration::from_secs(7200)).await;
    let request = signed("1", "a.ok");
    let again = webhook_core::testing::receive(&endpoint(), request)
        .await
        .unwrap();
    inbox.hand_over(again).await.unwrap();
    let done = "state = 'done' AND attempts = 1 AND fence = 1";
    assert_row(&database, "1", done, (-3 * HOUR, -HOUR)).await;
}

/// Puts the time of a row at so many seconds from now.
async fn due(database: &Database, event: &str, seconds: i64) {
    let set = format!(
        "UPDATE webhook_inbox SET run_at = {} WHERE event = '{event}'",
        database.seconds_from_now(seconds)
    );
    assert_eq!(database.run(set).await, 1);
}

async fn hanging(database: &Database, worked: &Worked, workers: usize, events: &[&str]) -> Inbox {
    let inbox = inbox(database, worked).await;
    for id in events {
        inbox
            .hand_over(delivery(id, "a.hangs").await)
            .await
            .unwrap();
    }
    let inbox = inbox.deadline(Duration::from_secs(600)).grace(crate::MS);
    inbox
        .workers(workers)
        .poll_interval(Duration::from_secs(3600))
}

/// Runs a worker until so many attempts have begun.
async fn run_until_begun(inbox: &Inbox, worked: &Worked, events: &[&str], many: u32) {
    let begun = async {
        while events.iter().map(|event| worked.of(event)).sum::<u32>() < many {
            tokio::time::sleep(crate::MS).await;
        }
    };
    let begun = tokio::time::timeout(Duration::from_secs(30), begun);
    inbox.run_until(async { begun.await.unwrap() }).await;
}

/// As another worker has left it that was killed, and as one leaves it that has taken such a row and stops.
const AS_LOST: &str = "UPDATE webhook_inbox SET state = 'working', attempts = 1";
const AS_GIVEN_BACK: &str = "UPDATE webhook_inbox SET state = 'new', lost = 1";

async fn what_is_due_first_is_begun_first(database: Database) {
    let (worked, events) = (Worked::default(), ["1", "2", "3"]);
    let inbox = hanging(&database, &worked, 1, &events).await;
    for (round, before) in [(1, None), (2, Some(AS_LOST)), (3, Some(AS_GIVEN_BACK))] {
        if let Some(change) = before {
            database.run(change).await;
        }
        for (event, hours) in [("1", 1), ("2", 3), ("3", 2)] {
            due(&database, event, -hours * HOUR).await;
        }
        run_until_begun(&inbox, &worked, &events, round).await;
        assert_eq!(events.map(|event| worked.of(event)), [0, round, 0]);
    }
}

/// What one process holds, no other one can work on.
async fn no_more_is_taken_than_there_are_workers(database: Database) {
    let (worked, events) = (Worked::default(), ["1", "2", "3", "4", "5", "6"]);
    let inbox = hanging(&database, &worked, 2, &events).await;
    let lost = format!("{AS_LOST} WHERE event IN ('5', '6')");
    database.run(lost).await;
    database.age(Duration::from_secs(7200)).await;
    let begun = async {
        while events.iter().map(|event| worked.of(event)).sum::<u32>() < 2 {
            tokio::time::sleep(crate::MS).await;
        }
        let taken = database.between("run_at", 1, HOUR);
        assert_eq!(
            database
                .rows(&format!("state = 'working' AND {taken}"))
                .await,
            2
        );
    };
    inbox.run_until(begun).await;
    let of_lost = worked.of("5") + worked.of("6");
    assert_eq!(of_lost, 1, "one of what was lost, and another one");
}

/// A worker that has nothing to do sleeps until the first is due, and no longer.
async fn a_worker_sleeps_until_the_first_is_due(database: Database) {
    let (worked, events) = (Worked::default(), ["1", "2", "3"]);
    let inbox = hanging(&database, &worked, 1, &events).await;
    for (round, before) in [(1, None), (2, Some(AS_LOST)), (3, Some(AS_GIVEN_BACK))] {
        if let Some(change) = before {
            database.run(change).await;
        }
        for (event, seconds) in [("1", HOUR), ("2", 1), ("3", HOUR)] {
            due(&database, event, seconds).await;
        }
        run_until_begun(&inbox, &worked, &events, round).await;
        assert_eq!(events.map(|event| worked.of(event)), [0, round, 0]);
    }
}

/// One that was never lost is under no suspicion.
async fn what_was_lost_goes_on_beside_what_was_not(database: Database) {
    let (worked, events) = (Worked::default(), ["1", "2"]);
    let inbox = hanging(&database, &worked, 2, &events).await;
    due(&database, "2", 2).await;
    database.run(format!("{AS_LOST} WHERE event = '2'")).await;
    run_until_begun(&inbox, &worked, &events, 2).await;
    assert_eq!(events.map(|event| worked.of(event)), [1, 1]);
}

/// Who is worked on goes before what was done before it and is replayed.
async fn a_replay_waits_for_what_is_worked_on(database: Database) {
    let worked = Worked::default();
    let inbox = ordered(&database, &worked).await;
    for id in ["1", "2"] {
        inbox.hand_over(delivery(id, "a.ok").await).await.unwrap();
    }
    for (event, state) in [("1", "done"), ("2", "working")] {
        let set = format!("UPDATE webhook_inbox SET state = '{state}' WHERE event = '{event}'");
        database.run(set).await;
    }
    database.age(Duration::from_secs(7200)).await;
    assert_eq!(inbox.replay(Which::Event("1")).await.unwrap(), 1);
    let waits = NEW.replace("'new'", "'waiting'");
    assert_row(&database, "1", &waits, NOW).await;
}

/// In whatever state it is, but for what is worked on.
async fn each_state_is_replayed_but_one(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    inbox.hand_over(delivery("1", "a.ok").await).await.unwrap();
    for (state, many) in [
        ("new", 1),
        ("waiting", 1),
        ("working", 0),
        ("done", 1),
        ("dead", 1),
    ] {
        let set = format!(
            "UPDATE webhook_inbox SET state = '{state}', attempts = 3, fence = 3, lost = 2, last_error = 'it'"
        );
        database.run(set).await;
        database.age(Duration::from_secs(7200)).await;
        let replayed = inbox.replay(Which::Event("1")).await.unwrap();
        assert_eq!(replayed, many, "{state}");
        if many == 1 {
            assert_row(&database, "1", &NEW.replace("fence = 0", "fence = 3"), NOW).await;
        } else {
            let stays = "state = 'working' AND attempts = 3 AND lost = 2 AND last_error = 'it'";
            assert_eq!(database.rows(stays).await, 1);
        }
    }
}

/// Somebody may have changed rows by hand: the next one goes on only if nobody of its order is before it.
async fn who_ends_lets_nobody_overtake_another_one(database: Database) {
    let worked = Worked::default();
    let inbox = ordered(&database, &worked).await;
    for (number, state) in ["new", "working"].into_iter().enumerate() {
        // The kind is the order.
        let kind = format!("a.{number}");
        let ids = [1, 2, 3].map(|id| format!("{number}_{id}"));
        for id in &ids {
            inbox.hand_over(delivery(id, &kind).await).await.unwrap();
        }
        let [first, second, third] = ids;
        due(&database, &second, HOUR).await;
        let set = format!("UPDATE webhook_inbox SET state = '{state}' WHERE event = '{second}'");
        database.run(set).await;
        run_until_begun(&inbox, &worked, &[&first], 1).await;
        let rows = format!(
            "event = '{first}' AND state = 'done' OR event = '{second}' AND state = '{state}' \
             OR event = '{third}' AND state = 'waiting'"
        );
        assert_eq!(database.rows(&rows).await, 3, "{state}");
    }
}

/// What is to come in one order keeps nobody waiting in another one.
async fn each_order_is_woken_by_itself(database: Database) {
    let worked = Worked::default();
    let inbox = ordered(&database, &worked).await;
    for (id, kind) in [("1", "a.one"), ("2", "a.one"), ("3", "a.other")] {
        inbox.hand_over(delivery(id, kind).await).await.unwrap();
    }
    database
        .run("DELETE FROM webhook_inbox WHERE event = '1'")
        .await;
    due(&database, "3", HOUR).await;
    run_until_begun(&inbox, &worked, &["2"], 1).await;
    assert_eq!(worked.of("3"), 0);
}

async fn what_was_stored_at_this_very_time_is_replayed(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    inbox.hand_over(delivery("1", "a.ok").await).await.unwrap();
    let time = match &database {
        Database::Postgres(_) => "to_timestamp(1785920400)",
        Database::Sqlite(..) | Database::Mysql(_) => "1785920400000",
    };
    database
        .run(format!("UPDATE webhook_inbox SET stored_at = {time}"))
        .await;
    for (since, many) in [(0, 1), (1, 0)] {
        let since = UnixTime::from_secs(1_785_920_400 + since);
        assert_eq!(inbox.replay(Which::Since(since)).await.unwrap(), many);
    }
}

/// While a transaction of somebody else, such as another worker's, has its hand on the first row, the second is begun.
async fn what_another_one_holds_is_passed_over(database: Database) {
    let (worked, events) = (Worked::default(), ["1", "2"]);
    let inbox = hanging(&database, &worked, 1, &events).await;
    for (round, before) in [(1, None), (2, Some(AS_LOST)), (3, Some(AS_GIVEN_BACK))] {
        if let Some(change) = before {
            database.run(change).await;
        }
        for (event, hours) in [("1", 2), ("2", 1)] {
            due(&database, event, -hours * HOUR).await;
        }
        let held = database.hold("1").await;
        run_until_begun(&inbox, &worked, &events, round).await;
        drop(held);
        assert_eq!(events.map(|event| worked.of(event)), [0, round]);
    }
}

#[tokio::test]
async fn what_another_one_holds_is_passed_over_in_postgres() {
    what_another_one_holds_is_passed_over(Database::postgres().await).await;
}

#[tokio::test]
async fn what_another_one_holds_is_passed_over_in_mysql() {
    what_another_one_holds_is_passed_over(Database::mysql().await).await;
}

crate::in_each_database! {
    what_is_stored_says_what_it_is_and_is_due
    an_attempt_writes_that_it_has_begun_and_how_it_ended
    what_was_lost_is_counted_until_it_ends
    who_comes_after_one_that_waits_waits_too
    what_comes_again_changes_nothing
    what_is_due_first_is_begun_first
    no_more_is_taken_than_there_are_workers
    a_worker_sleeps_until_the_first_is_due
    what_was_lost_goes_on_beside_what_was_not
    a_replay_waits_for_what_is_worked_on
    each_state_is_replayed_but_one
    each_order_is_woken_by_itself
    what_was_stored_at_this_very_time_is_replayed
    who_ends_lets_nobody_overtake_another_one
}

//! What is written into a row at each step. Another process, or a later version, reads what one has written, and so do people.

use std::time::Duration;

use webhook_core::Handover;
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
    assert_row(&database, "never", &failed, (HOUR / 4, 2 * HOUR)).await;
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

crate::in_each_database! {
    what_is_stored_says_what_it_is_and_is_due
    an_attempt_writes_that_it_has_begun_and_how_it_ended
    what_was_lost_is_counted_until_it_ends
    who_comes_after_one_that_waits_waits_too
    what_comes_again_changes_nothing
}

//! What is of one order is worked on one after the other; nothing else waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, Signer, receive};
use webhook_core::{Delivery, Endpoint, Handover};
use webhook_store::{Inbox, Job, JobState, Order, Which};

use crate::database::Database;
use crate::{MS, NOW, Outcome, SECRET, counts, endpoint, run};

/// The `number`th event of this object.
async fn event(object: &str, number: usize, kind: &str) -> Delivery {
    let body = format!(
        r#"{{"id":"evt_{object}_{number}","object":"event","type":"{kind}","data":{{"object":{{"id":"{object}"}}}}}}"#
    );
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let signed = signer.sign(body.as_bytes(), NOW).unwrap();
    receive(&endpoint(), signed).await.unwrap()
}

#[derive(Clone, Default)]
struct Worked(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    /// What was worked on of each object, in this order.
    done: BTreeMap<String, Vec<String>>,
    /// What is worked on at this moment.
    now: BTreeSet<String>,
}

impl Worked {
    async fn work(self, event: stripe::Event, job: Job) -> Outcome {
        let id = event.id.to_string();
        let object = id.split('_').nth(1).unwrap().to_owned();
        let is_alone = self.0.lock().unwrap().now.insert(object.clone());
        assert!(is_alone, "two of {object} at once");
        tokio::time::sleep(MS).await;
        let mut worked = self.0.lock().unwrap();
        worked.now.remove(&object);
        let fails = match event.kind.as_str() {
            "a.second_time" => job.attempt() == 1,
            kind => kind == "a.never",
        };
        if fails {
            return Err("not yet".into());
        }
        worked.done.entry(object).or_default().push(id);
        Ok(())
    }

    fn of(&self, object: &str) -> Vec<String> {
        let worked = self.0.lock().unwrap();
        worked.done.get(object).cloned().unwrap_or_default()
    }
}

async fn inbox(database: &Database, worked: &Worked) -> Inbox {
    let worked = worked.clone();
    let inbox = database
        .inbox(endpoint())
        .on_prefix("a.", move |event, job| worked.clone().work(event, job))
        .in_order_of(Order::object("/data/object/id"))
        .attempts(2)
        .first_wait(MS)
        .deadline(Duration::from_secs(60))
        .workers(8);
    inbox.migrate().await.unwrap();
    inbox
}

fn ids(object: &str, numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let numbers = numbers.into_iter();
    numbers
        .map(|number| format!("evt_{object}_{number}"))
        .collect()
}

pub(crate) async fn each_object_has_its_order(database: Database) {
    let worked = Worked::default();
    let one = inbox(&database, &worked).await;
    let other = inbox(&database, &worked).await;
    let objects = ["a", "b", "c", "d", "e", "f"];
    let senders = async {
        for number in 0..8 {
            for object in objects {
                // Some come in while others of the same object are worked on, and fail once.
                let kind = ["a.ok", "a.ok", "a.second_time"][number % 3];
                let event = event(object, number, kind).await;
                one.hand_over(event.clone()).await.unwrap();
                other.hand_over(event).await.unwrap();
            }
        }
    };
    senders.await;
    tokio::join!(run(&one, &database), run(&other, &database));
    for object in objects {
        assert_eq!(worked.of(object), ids(object, 0..8));
    }
    assert_eq!(counts(&one).await, [0, 0, 0, 48, 0]);
}

/// While rows end, others of the same order are stored, by several processes.
pub(crate) async fn what_is_stored_while_the_one_before_it_ends_goes_on(database: Database) {
    let worked = Worked::default();
    let (one, other) = tokio::join!(inbox(&database, &worked), inbox(&database, &worked));
    let senders = async {
        for number in 0..60 {
            let event = event(["a", "b"][number % 2], number, "a.ok").await;
            let inbox = [&one, &other][number / 2 % 2];
            inbox.hand_over(event).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let all = async {
        senders.await;
        while database.left().await > 0 {
            tokio::time::sleep(MS).await;
        }
    };
    // Both stop when one has seen that nothing is left.
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let all = async {
        all.await;
        drop(stop);
    };
    let first = one.run_until(all);
    let second = other.run_until(async { drop::<Result<(), _>>(stopped.await) });
    tokio::join!(first, second);
    assert_eq!(worked.of("a"), ids("a", (0..60).step_by(2)));
    assert_eq!(worked.of("b"), ids("b", (1..60).step_by(2)));
}

pub(crate) async fn one_that_waits_holds_up_its_own_order_alone(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked)
        .await
        .first_wait(Duration::from_secs(3600));
    for (object, number, kind) in [
        ("a", 0, "a.never"),
        ("a", 1, "a.ok"),
        ("a", 2, "a.ok"),
        ("b", 0, "a.ok"),
        ("b", 1, "a.ok"),
    ] {
        let event = event(object, number, kind).await;
        inbox.hand_over(event).await.unwrap();
    }
    let first_have_ended = async {
        while inbox.count(JobState::Done).await.unwrap() < 2 {
            tokio::time::sleep(MS).await;
        }
    };
    inbox.run_until(first_have_ended).await;
    assert_eq!(worked.of("b"), ids("b", 0..2));
    assert_eq!(counts(&inbox).await, [1, 2, 0, 2, 0]);
    // A dead one lets the others go on: its fault is seen, and theirs is none.
    database.age(Duration::from_secs(2 * 3600)).await;
    run(&inbox, &database).await;
    assert_eq!(worked.of("a"), ids("a", 1..3));
    assert_eq!(counts(&inbox).await, [0, 0, 0, 4, 1]);
}

pub(crate) async fn a_replay_has_its_order_too(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    for number in 0..5 {
        for object in ["a", "b"] {
            let event = event(object, number, "a.ok").await;
            inbox.hand_over(event).await.unwrap();
        }
    }
    run(&inbox, &database).await;
    worked.0.lock().unwrap().done.clear();
    assert_eq!(inbox.replay(Which::Kind("a.ok")).await.unwrap(), 10);
    assert_eq!(counts(&inbox).await, [2, 8, 0, 0, 0]);
    // What waits for its turn may be asked for once more.
    assert_eq!(inbox.replay(Which::Event("evt_a_3")).await.unwrap(), 1);
    run(&inbox, &database).await;
    for object in ["a", "b"] {
        assert_eq!(worked.of(object), ids(object, 0..5));
    }
}

/// Rows that somebody has deleted hold up nobody for ever.
pub(crate) async fn a_worker_that_begins_wakes_what_waits_for_nobody(database: Database) {
    let worked = Worked::default();
    let inbox = inbox(&database, &worked).await;
    for number in 0..3 {
        let event = event("a", number, "a.ok").await;
        inbox.hand_over(event).await.unwrap();
    }
    database
        .run("DELETE FROM webhook_inbox WHERE state = 'new'")
        .await;
    run(&inbox, &database).await;
    assert_eq!(worked.of("a"), ids("a", 1..3));
}

/// What is in no order, and what is in different ones.
pub(crate) async fn only_what_is_of_one_account_and_one_text_is_in_one_order(database: Database) {
    let order = Order::by(|delivery| delivery.kind().map(str::to_owned));
    let shops = ["eu", "us"].map(|name| {
        let endpoint: Endpoint = endpoint().name(name);
        let inbox = database.inbox(endpoint.clone());
        (endpoint, inbox.in_order_of(order.clone()))
    });
    shops[0].1.migrate().await.unwrap();
    for number in 0..2 {
        for (endpoint, inbox) in &shops {
            for kind in ["a.ok", "a.other"] {
                let request = crate::signed(&format!("evt_{number}_{kind}"), kind);
                let delivery = receive(endpoint, request).await.unwrap();
                inbox.hand_over(delivery).await.unwrap();
            }
        }
    }
    assert_eq!(counts(&shops[0].1).await, [4, 4, 0, 0, 0]);
    // A body without an object, and one that is no payment.
    for order in [
        Order::object("/data/object/id"),
        Order::object("/type/0"),
        Order::object("/no pointer"),
        Order::payment(),
        Order::by(|_| None),
    ] {
        let inbox = database.inbox(endpoint()).in_order_of(order);
        let before = counts(&inbox).await;
        for number in 0..2 {
            let id = format!("evt_{}_{number}", before[0]);
            let delivery = crate::delivery(&id, "a.ok").await;
            inbox.hand_over(delivery).await.unwrap();
        }
        assert_eq!(counts(&inbox).await, [before[0] + 2, 4, 0, 0, 0]);
    }
}

/// Of one payment: by the id that each sender gives it.
pub(crate) async fn a_payment_is_an_order(database: Database) {
    let inbox = database.inbox(endpoint()).in_order_of(Order::payment());
    inbox.migrate().await.unwrap();
    for (id, kind, object) in [
        (
            "1",
            "payment_intent.succeeded",
            r#"{"object":"payment_intent","id":"pi_1"}"#,
        ),
        (
            "2",
            "charge.refunded",
            r#"{"object":"charge","id":"ch_1","payment_intent":"pi_1"}"#,
        ),
        (
            "3",
            "payment_intent.succeeded",
            r#"{"object":"payment_intent","id":"pi_2"}"#,
        ),
    ] {
        let body = format!(
            r#"{{"id":"{id}","object":"event","type":"{kind}","data":{{"object":{object}}}}}"#
        );
        let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
        let signed = signer.sign(body.as_bytes(), NOW).unwrap();
        let delivery = receive(&endpoint(), signed).await.unwrap();
        inbox.hand_over(delivery).await.unwrap();
    }
    assert_eq!(counts(&inbox).await, [2, 1, 0, 0, 0]);
}

/// No luck of timing: the one is seen to wait while the other's transaction is open.
async fn who_stores_waits_for_who_ends_in_the_same_order(database: Database) {
    let (begin, mut begun) = mpsc::unbounded_channel();
    let inbox = database
        .inbox(endpoint())
        .on("a.ok", move |event: stripe::Event, job: Job| {
            begin.send((event.id.to_string(), job)).unwrap();
            std::future::pending::<Outcome>()
        })
        .in_order_of(Order::object("/data/object/id"))
        .deadline(Duration::from_secs(60))
        .grace(MS)
        .workers(4);
    inbox.migrate().await.unwrap();
    inbox.hand_over(event("a", 0, "a.ok").await).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(inbox.run_until(async { drop(stopped.await) }));
    let (_, job) = begun.recv().await.unwrap();

    let [second, other] = [event("a", 1, "a.ok").await, event("b", 0, "a.ok").await];
    let mut storing = None;
    let waits = async || {
        let storing = storing.insert(tokio::spawn(inbox.hand_over(second)));
        while !database.is_waiting_for_an_order().await {
            assert!(!storing.is_finished(), "it does not wait");
            // MariaDB looks again at who waits only if nobody has asked for a tenth of a second.
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        // Another order does not.
        inbox.hand_over(other).await.unwrap();
        assert!(!storing.is_finished());
    };
    database.while_it_ends(&job, waits).await;
    storing.unwrap().await.unwrap().unwrap();
    let mut next = [begun.recv().await, begun.recv().await].map(|begun| begun.unwrap().0);
    next.sort();
    assert_eq!(
        next,
        ["evt_a_1", "evt_b_0"],
        "nobody waits for one that has ended"
    );
    drop(stop);
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stores_waits_for_who_ends_in_the_same_order_in_postgres() {
    who_stores_waits_for_who_ends_in_the_same_order(Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stores_waits_for_who_ends_in_the_same_order_in_mysql() {
    who_stores_waits_for_who_ends_in_the_same_order(Database::mysql().await).await;
}

crate::in_each_database! {
    each_object_has_its_order
    what_is_stored_while_the_one_before_it_ends_goes_on
    one_that_waits_holds_up_its_own_order_alone
    a_replay_has_its_order_too
    a_worker_that_begins_wakes_what_waits_for_nobody
    only_what_is_of_one_account_and_one_text_is_in_one_order
    a_payment_is_an_order
}

//! What each store does while something is wrong, and after it: every fault with every engine.
//!
//! A sender delivers to an endpoint with a real store. Before the fault, one event is done and one is under way. While it holds, a new
//! one is sent, the one that is done comes again, and so does the one under way, whose handler then ends. When the fault is over, all of
//! them are sent until they are acknowledged. What was seen is written to `recorded.md`, and what of it users must know to the README.

mod engine;
mod mariadb;
mod memory;
mod postgres;
mod proxy;
mod redis;
mod shop;
mod sqlite;
mod table;

use std::time::Duration;

use webhook_core::dedupe::{Dedupe, DedupeKey};

use engine::{Engine, Fault, LATE, LEASE, Row};
use proxy::Line;
use shop::{Shop, UNDER_WAY, UNDER_WAY_MEANWHILE};

/// In the pool of each store that has one.
const CONNECTIONS: u32 = 5;

/// Each fault, and how long the endpoint waits for its store meanwhile: where the store does not answer, not long; where it does, for
/// so long that it has answered on any machine.
const FAULTS: [(Fault, Duration); 12] = [
    (Fault::Paused, SHORT),
    (Fault::Late, LONG),
    (Fault::TooLate, SHORT),
    (Fault::Hole, SHORT),
    (Fault::Restarted, SHORT),
    (Fault::Emptied, SHORT),
    (Fault::PoolUsedUp, SHORT),
    (Fault::NoConnections, SHORT),
    (Fault::ReadOnly, MEDIUM),
    (Fault::Full, MEDIUM),
    (Fault::Ahead, LONG),
    (Fault::Back, LONG),
];

const SHORT: Duration = Duration::from_millis(300);
const MEDIUM: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(20);

fn line(fault: Fault) -> Line {
    match fault {
        Fault::Paused => Line::Paused,
        Fault::Late | Fault::TooLate => Line::Late(LATE),
        Fault::Hole => Line::Hole,
        _ => Line::Open,
    }
}

/// What was seen of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// What its sender was answered while the fault held.
    answers: Vec<String>,
    /// What the store knew when it was over, where that does not depend on when it is looked at.
    row: Option<Row>,
    /// What its sender was answered then.
    again: String,
    effects: u32,
}

/// What was seen of one engine and one fault.
#[derive(Clone, Debug)]
struct Cell {
    fault: Fault,
    engine: &'static str,
    new: Seen,
    done: Seen,
    under_way: Seen,
    /// The same with an effect in the same database.
    booked: Option<Seen>,
}

#[test]
fn every_fault_is_answered_as_it_is_written_down() {
    let cells = std::thread::scope(|scope| {
        let engines = [
            scope.spawn(|| all(async || postgres::Postgres::new().await)),
            scope.spawn(|| all(async || mariadb::MariaDb::new().await)),
            scope.spawn(|| all(async || sqlite::Sqlite::new())),
            scope.spawn(|| all(async || redis::Redis::new().await)),
            scope.spawn(|| all(async || memory::Memory::default())),
        ];
        let cells = engines.map(|engine| engine.join().unwrap());
        cells.concat()
    });
    for cell in &cells {
        assert_keeps_its_promise(cell);
    }
    table::require(&cells);
}

/// No run may take longer: something waits for ever.
const LONGEST: Duration = Duration::from_secs(300);

/// All faults of one engine, one after the other, in a runtime of its own.
fn all<E: Engine>(engine: impl AsyncFnOnce() -> E) -> Vec<Cell> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut engine = engine().await;
        let mut cells = Vec::new();
        for (fault, store_timeout) in FAULTS {
            let cell = tokio::time::timeout(LONGEST, cell(&mut engine, fault, store_timeout));
            let Ok(cell) = cell.await else {
                panic!("{} hangs: {fault:?}", E::NAME);
            };
            cells.extend(cell);
        }
        cells
    })
}

async fn cell<E: Engine>(engine: &mut E, fault: Fault, store_timeout: Duration) -> Option<Cell> {
    let store = engine.store().await;
    let dedupe = Dedupe::new(store.clone()).lease(LEASE);
    let shop = Shop::new(
        &format!("{fault:?}"),
        dedupe.clone().store_timeout(store_timeout),
        None,
    );
    let books = E::book(&store).map(|book| {
        let dedupe = match fault {
            Fault::Ahead | Fault::Back => dedupe.store_timeout(store_timeout),
            Fault::Full => dedupe.lease(MEDIUM * 3).store_timeout(MEDIUM),
            // What cannot be released is free when its lease is over.
            _ => dedupe.lease(SHORT * 4).store_timeout(SHORT),
        };
        Shop::new(&format!("{fault:?} booked"), dedupe, Some(book))
    });
    assert_eq!(shop.send_until_acknowledged(DONE).await, "200");
    let under_way = shop.begin(UNDER_WAY).await;
    let booking = match &books {
        Some(books) => Some(books.begin(UNDER_WAY).await),
        None => None,
    };

    let there_is = engine.begin(fault, &store).await;
    if !there_is {
        return None;
    }
    let (new, done_again, under_way_again) = tokio::join!(
        send_new(&shop, fault),
        shop.send(DONE),
        shop.send(UNDER_WAY)
    );
    let booking_again = match &books {
        Some(books) => Some(books.send(UNDER_WAY).await),
        None => None,
    };
    // Whatever time a server says it is, it is that by which leases end: a store that took the machine's would take this as over.
    let meanwhile = match fault {
        Fault::Ahead | Fault::Back => {
            let meanwhile = shop.begin(UNDER_WAY_MEANWHILE).await;
            assert_eq!(shop.send(UNDER_WAY_MEANWHILE).await, "503 in_progress");
            Some(meanwhile)
        }
        _ => None,
    };
    shop.go_on();
    if let Some(meanwhile) = meanwhile {
        assert_eq!(meanwhile.await.unwrap(), "200");
        assert_eq!(shop.send(UNDER_WAY_MEANWHILE).await, "200 duplicate");
        assert_eq!(shop.effects(UNDER_WAY_MEANWHILE), 1);
    }
    let under_way = under_way.await.unwrap();
    let mut booked = None;
    if let (Some(books), Some(booking), Some(again)) = (&books, booking, booking_again) {
        books.go_on();
        booked = Some((books, again, booking.await.unwrap()));
    }
    engine.end(fault, &store).await;

    // What was acknowledged on the way to the one that was not.
    for number in 0..new.accepted {
        let event = new_event(number);
        assert_eq!(shop.send_until_acknowledged(&event).await, "200 duplicate");
        assert_eq!(shop.effects(&event), 1);
    }
    let event = new_event(new.accepted);
    let key = shop.key(&event).await;
    let row = row_when(engine, &store, &key, |row| row != Row::Claimed).await;
    let new = Seen {
        answers: vec![new.answer],
        row: Some(row),
        again: shop.send_until_acknowledged(&event).await,
        effects: shop.effects(&event),
    };
    let row = engine.row(&store, &shop.key(DONE).await).await;
    let done = Seen {
        answers: vec![done_again],
        row: Some(row),
        again: shop.send_until_acknowledged(DONE).await,
        effects: shop.effects(DONE),
    };
    let key = shop.key(UNDER_WAY).await;
    let row = row_when(engine, &store, &key, |row| row == Row::Done).await;
    // At once: a sender would be told so only when the lease is over.
    assert_eq!(row, Row::Done, "{} was not told: {fault:?}", E::NAME);
    let under_way = Seen {
        answers: vec![under_way_again, under_way],
        row: Some(row),
        again: shop.send_until_acknowledged(UNDER_WAY).await,
        effects: shop.effects(UNDER_WAY),
    };
    let booked = match booked {
        Some((books, again, answer)) => Some(Seen {
            // Whether it was stopped, or has failed by itself before, is a matter of time.
            answers: vec![again, answer.replace(" store_unavailable", "")],
            row: None,
            again: books.send_until_acknowledged(UNDER_WAY).await,
            effects: engine.booked(&store, &books.booked_as(UNDER_WAY)).await,
        }),
        None => None,
    };
    let mut cell = Cell {
        fault,
        engine: E::NAME,
        new,
        done,
        under_way,
        booked,
    };
    if fault == Fault::Full && cell.booked.is_some() {
        either(&mut cell.done.answers[0]);
        either(&mut cell.under_way.answers[0]);
        if let Some(booked) = &mut cell.booked {
            booked
                .answers
                .iter_mut()
                .chain([&mut booked.again])
                .for_each(either);
        }
    }
    // It works as before.
    assert_eq!(shop.send_until_acknowledged(AFTER).await, "200");
    assert_eq!(shop.send_until_acknowledged(AFTER).await, "200 duplicate");
    assert_eq!(shop.effects(AFTER), 1);
    Some(cell)
}

/// Whether a page that is there has room for a change of what it holds is a matter of what else it holds.
fn either(answer: &mut String) {
    let is_known = answer.starts_with("200") || answer.starts_with("503");
    assert!(is_known, "{answer}");
    *answer = "200 or 503".to_owned();
}

const DONE: &str = "done_before";
const AFTER: &str = "after";

fn new_event(number: u32) -> String {
    format!("new_{number}")
}

/// What the first new event is answered; a disk may have room for some.
struct New {
    accepted: u32,
    answer: String,
}

async fn send_new(shop: &Shop, fault: Fault) -> New {
    for accepted in 0..1000 {
        let answer = shop.send(&new_event(accepted)).await;
        if fault != Fault::Full || answer != "200" {
            return New { accepted, answer };
        }
    }
    panic!("it is not full");
}

/// What the store knows as soon as this is so; what it knows in the end, if it never is.
async fn row_when<E: Engine>(
    engine: &mut E,
    store: &E::Store,
    key: &DedupeKey,
    is_so: impl Fn(Row) -> bool,
) -> Row {
    for _ in 0..500 {
        let row = engine.row(store, key).await;
        if is_so(row) {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    engine.row(store, key).await
}

/// What is acknowledged has had its effect, and none has it twice but what the README says.
fn assert_keeps_its_promise(cell: &Cell) {
    let is_forgotten = cell.fault == Fault::Emptied;
    let is_another_time = matches!(cell.fault, Fault::Ahead | Fault::Back);
    for (seen, may_be_done_twice) in [
        (Some(&cell.new), false),
        (Some(&cell.done), is_forgotten),
        (Some(&cell.under_way), is_another_time),
        (cell.booked.as_ref(), false),
    ] {
        let Some(seen) = seen else { continue };
        let most = if may_be_done_twice { 2 } else { 1 };
        assert!(seen.again.starts_with("200"), "{cell:?}");
        assert!((1..=most).contains(&seen.effects), "{cell:?}");
    }
}

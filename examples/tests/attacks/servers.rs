//! Attacks on a server: one for all cases, one connection for each.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use webhook_core::Endpoint;
use webhook_core::dedupe::DUPLICATE_HEADER;

use crate::canaries::listen_for_canaries;
use crate::case::{Case, Got, NUMBER, Want, Wire, message};
use crate::cases;
use crate::catalogue::attacks;
use crate::targets::{Memory, targets};
use webhook_testkit::hygiene::{LINE, assert_nothing_got_out, panics};
use webhook_testkit::wire::{Answer, Connection};

/// How many connections there are at a time.
const CLIENTS: usize = 8;

/// How often the handler was called for each request; 0 is the number of those that have none.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<BTreeMap<usize, usize>>>);

impl Calls {
    /// The handler is called. `number` is the value of [`NUMBER`](crate::case::NUMBER).
    pub(crate) fn note(&self, number: Option<&[u8]>) {
        let number = number.and_then(|number| std::str::from_utf8(number).ok()?.parse().ok());
        *self
            .0
            .lock()
            .unwrap()
            .entry(number.unwrap_or(0))
            .or_default() += 1;
    }

    fn of(&self, number: usize) -> usize {
        self.0.lock().unwrap().get(&number).copied().unwrap_or(0)
    }

    /// Those for the cases, without those for what was sent before them.
    fn total(&self) -> usize {
        let calls = self.0.lock().unwrap();
        let of_cases = calls.iter().filter(|(number, _)| **number != BEFORE);
        of_cases.map(|(_, calls)| calls).sum()
    }
}

/// The number of what is sent before a case.
const BEFORE: usize = usize::MAX;

/// Receivers and the paths at which they are.
pub(crate) type Routes = Vec<(String, Endpoint)>;

/// Sends every case to a server of this kind.
pub(crate) fn attack(serve: fn(TcpListener, Routes, Calls)) {
    listen_for_canaries();
    let memory = Memory::default();
    let calls = Calls::default();
    let address = start(serve, &memory, &calls);
    let cases = cases::all();
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    faults.lock().unwrap().extend(fault(address, case, &calls));
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert_eq!(panics(), 0, "a server panicked");
    let count = |is: fn(&Case) -> bool| cases.iter().filter(|case| is(case)).count();
    let genuine = count(|case| case.want == Want::Accepted);
    assert_eq!(calls.total(), genuine, "calls of the handler");
    let remembered = count(|case| case.want == Want::Accepted && case.before.is_none());
    assert_eq!(memory.counting.keys(), remembered, "keys in the store");
    assert_nothing_got_out(&[
        ("answer", attacks()),
        (LINE, attacks()),
        ("key", remembered),
    ]);
}

fn start(serve: fn(TcpListener, Routes, Calls), memory: &Memory, calls: &Calls) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let routes = targets().iter().enumerate();
    let routes = routes
        .map(|(place, target)| (format!("/{place}/"), target.endpoint(memory)))
        .collect();
    let calls = calls.clone();
    thread::spawn(move || serve(listener, routes, calls));
    address
}

/// What went wrong with a case.
fn fault(address: SocketAddr, case: &Case, calls: &Calls) -> Option<String> {
    let number = next_number();
    let sending = AssertUnwindSafe(|| {
        if let Some((target, request)) = &case.before {
            let message = message(*target, request, &Wire::Length);
            let mut connection = Connection::open(address);
            let message = message.and(NUMBER, BEFORE.to_string());
            connection.send(&message.bytes());
            connection.answer();
        }
        send(address, case, number)
    });
    let Ok(got) = catch_unwind(sending) else {
        return Some(format!("{}: the server hangs", case.title()));
    };
    let is_wanted = match case.is_no_http() {
        true => case.want.allows_of_server(&got),
        false => case.want.allows(&got),
    };
    let wanted = usize::from(case.want == Want::Accepted);
    let called = calls.of(number);
    (!is_wanted || called != wanted).then(|| {
        format!(
            "{}: {got:?} and {called} calls, not {:?}",
            case.title(),
            case.want
        )
    })
}

fn send(address: SocketAddr, case: &Case, number: usize) -> Got {
    let mut connection = Connection::open(address);
    connection.send(&case.bytes(number));
    if matches!(case.wire, Wire::Raw(_) | Wire::Cut) {
        connection.finish();
    }
    connection.answer().map_or(Got::Closed, read)
}

fn read(answer: Answer) -> Got {
    let (name, value) = DUPLICATE_HEADER;
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match (answer.status, problem["code"].as_str()) {
        (200, _) if answer.header(name) == Some(value) => Got::Duplicate,
        (200, _) if answer.body == TAKEN => Got::Handled,
        (200..=299, _) => Got::Reply,
        (_, Some(code)) => Got::Refused(code.to_owned()),
        (status, None) => Got::Status(status),
    }
}

/// What handlers answer.
pub(crate) const TAKEN: &str = "taken";

fn next_number() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::SeqCst) + 1
}

//! What happens inside the servers, told to the tests.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use webhook_core::{Delivery, Unverified};

/// The header by which a request is found again in the journal.
pub(crate) const HEADER: &str = "x-request-number";

const PATIENCE: Duration = Duration::from_secs(20);

static PAGES: Mutex<BTreeMap<Number, Page>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();

/// A number that no other request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(u64);

#[derive(Default)]
struct Page {
    begun: bool,
    ended: bool,
    seen: Vec<Seen>,
}

/// What a handler saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    provider: String,
    id: Option<String>,
    unverified_id: Option<String>,
    kind: Option<String>,
    unverified_kind: Option<String>,
    sent_at: Option<i64>,
    key: Option<usize>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Something of this name, whatever it came in.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            provider: name.to_owned(),
            id: None,
            unverified_id: None,
            kind: None,
            unverified_kind: None,
            sent_at: None,
            key: None,
            body: Vec::new(),
        }
    }

    /// `body` is what the handler could read.
    pub(crate) fn new(delivery: &Delivery, body: &[u8]) -> Self {
        Self {
            provider: delivery.provider().to_owned(),
            id: delivery.id().map(str::to_owned),
            unverified_id: delivery.unverified_id().map(owned),
            kind: delivery.kind().map(str::to_owned),
            unverified_kind: delivery.unverified_kind().map(owned),
            sent_at: delivery.sent_at().map(|time| time.as_millis()),
            key: delivery.key().map(|key| key.index()),
            body: body.to_vec(),
        }
    }
}

fn owned(claimed: Unverified<&str>) -> String {
    claimed.into_unverified().to_owned()
}

impl Number {
    pub(crate) fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Reads the value of the header. Every request of these tests has one.
    pub(crate) fn read(value: &[u8]) -> Self {
        Self(std::str::from_utf8(value).unwrap().parse().unwrap())
    }

    pub(crate) fn text(self) -> String {
        self.0.to_string()
    }

    /// A handler was called.
    pub(crate) fn note(self, seen: Seen) {
        self.write(|page| page.seen.push(seen));
    }

    /// What the handler saw in each of its calls.
    pub(crate) fn seen(self) -> Vec<Seen> {
        let pages = PAGES.lock().unwrap();
        let page = pages.get(&self);
        page.map(|page| page.seen.clone()).unwrap_or_default()
    }

    /// Waits until the server has begun with the request.
    pub(crate) fn wait_for_begin(self) {
        self.wait(|page| page.begun);
    }

    /// Waits until the server is done with the request, by whatever end, if it has begun.
    pub(crate) fn wait_for_end(self) {
        self.wait(|page| page.begun == page.ended);
    }

    fn write(self, change: impl FnOnce(&mut Page)) {
        change(PAGES.lock().unwrap().entry(self).or_default());
        CHANGED.notify_all();
    }

    fn wait(self, until: impl Fn(&Page) -> bool) {
        let pages = PAGES.lock().unwrap();
        let waits = |pages: &mut BTreeMap<_, _>| !until(pages.entry(self).or_default());
        let (pages, waited) = CHANGED.wait_timeout_while(pages, PATIENCE, waits).unwrap();
        drop(pages);
        assert!(!waited.timed_out(), "the server does not get on");
    }
}

/// Lives as long as a server works on a request, also if it drops it half-way.
pub(crate) struct Work(Number);

impl Work {
    pub(crate) fn begin(number: Number) -> Self {
        number.write(|page| page.begun = true);
        Self(number)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.write(|page| page.ended = true);
    }
}

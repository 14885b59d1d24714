//! What a claim and its completion take in memory, and what an event does.
//!
//! ```text
//! cargo bench -p webhook-store --bench memory    # about ten seconds
//! ```
//!
//! A million events are remembered already, for 35 days. Clients are tasks that share two threads, as those of a server with two
//! processors; or threads, of which there are more than processors. For each pair of all clients together: the time by the clock on the
//! wall, from the moment when all begin to that when the last one has ended, divided by the pairs of them all, the median of the rounds;
//! and that of the processors, which hardly grows when others use them (on Linux).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use webhook_core::dedupe::{Claim, ClaimState, DedupeKey, DedupeStore, Nonce};
use webhook_store::MemoryStore;

const LEASE: Duration = Duration::from_secs(60);
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

const HELD: usize = 1_000_000;
const CLIENTS: [Clients; 3] = [Clients::Tasks(1), Clients::Tasks(16), Clients::Threads(16)];
/// Claims and completions of all clients in one round: so few that their keys stay near the processor, where a server has just
/// made them. And so many that it does not count how long threads take to begin.
const PAIRS: usize = 8_192;
const ROUNDS: usize = 150;

#[derive(Clone, Copy, Debug)]
enum Clients {
    Tasks(usize),
    Threads(usize),
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    println!(
        "| clients | claim and completion | of processors | and an old event forgotten | of processors |"
    );
    println!("|---:|---:|---:|---:|---:|");
    for clients in CLIENTS {
        let [kept, forgotten] = [
            time_of_pairs(clients, RETENTION).await,
            time_of_pairs(clients, Duration::ZERO).await,
        ];
        println!("| {clients:?} | {kept} | {forgotten} |");
    }
    // Counted on a thread of its own.
    let (now, most) = thread::spawn(bytes_per_event).join().unwrap();
    println!("\n{now} bytes for each of {HELD} events, {most} at most while they came.");
}

async fn time_of_pairs(clients: Clients, retention: Duration) -> String {
    let store = MemoryStore::with_capacity(usize::MAX);
    for number in 0..HELD {
        pair(
            &store,
            &DedupeKey::of_event("held", number.to_be_bytes()),
            RETENTION,
        )
        .await;
    }
    let mut times = Vec::new();
    let mut of_processors = Duration::ZERO;
    let (Clients::Tasks(many) | Clients::Threads(many)) = clients;
    for round in 0..ROUNDS {
        let keys: Vec<Vec<DedupeKey>> = (0..many)
            .map(|client| {
                let key = |number| DedupeKey::of_event("new", format!("{round} {client} {number}"));
                (0..PAIRS / many).map(key).collect()
            })
            .collect();
        let (time, used) = match clients {
            Clients::Tasks(_) => tasks(&store, keys, retention).await,
            Clients::Threads(_) => threads(&store, &keys, retention),
        };
        times.push(time.as_nanos() / PAIRS as u128);
        of_processors += used;
    }
    times.sort_unstable();
    let each = of_processors.as_nanos() / (PAIRS * ROUNDS) as u128;
    format!("{} ns | {each} ns", times[ROUNDS / 2])
}

/// The time on the wall, and what the processors have done.
async fn tasks(
    store: &MemoryStore,
    keys: Vec<Vec<DedupeKey>>,
    retention: Duration,
) -> (Duration, Duration) {
    let (begun, used) = (Instant::now(), time_of_processors());
    let work = keys.into_iter().map(|keys| {
        let store = store.clone();
        tokio::spawn(async move {
            for key in &keys {
                pair(&store, key, retention).await;
            }
        })
    });
    for client in work.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    (begun.elapsed(), time_of_processors() - used)
}

/// The same of threads, which all begin at once.
fn threads(
    store: &MemoryStore,
    keys: &[Vec<DedupeKey>],
    retention: Duration,
) -> (Duration, Duration) {
    let all = &Barrier::new(keys.len() + 1);
    thread::scope(|scope| {
        for keys in keys {
            scope.spawn(move || {
                all.wait();
                all.wait();
                for key in keys {
                    at_once(pair(store, key, retention));
                }
                all.wait();
                // What a thread has used is told as long as it is there.
                all.wait();
            });
        }
        // All are there.
        all.wait();
        let used = time_of_processors();
        let begun = Instant::now();
        all.wait();
        all.wait();
        let spent = (begun.elapsed(), time_of_processors() - used);
        all.wait();
        spent
    })
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("memory does not wait"),
    }
}

/// What the threads of this process have used; nothing where the system does not tell.
fn time_of_processors() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let used = threads.flatten().map(|thread| {
        let told = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let nanoseconds = told.split(' ').next().unwrap_or_default();
        Duration::from_nanos(nanoseconds.parse().unwrap_or_default())
    });
    used.sum()
}

async fn pair(store: &MemoryStore, key: &DedupeKey, retention: Duration) {
    let Claim::New(token) = store.claim(key, Nonce::random(), LEASE).await.unwrap() else {
        panic!("{key:?} was known");
    };
    let held = store.complete(&token, retention).await.unwrap();
    assert_eq!(held, ClaimState::Held);
}

/// What a million events take that are done, and took at most, each.
fn bytes_per_event() -> (u64, u64) {
    let store = MemoryStore::with_capacity(HELD).quota_per_scope(HELD);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let counted = allocation_counter::measure(|| {
        runtime.block_on(async {
            for number in 0..HELD {
                let key = DedupeKey::of_event("bench", number.to_be_bytes());
                pair(&store, &key, RETENTION).await;
            }
        });
    });
    assert_eq!(store.len(), HELD);
    let now = u64::try_from(counted.bytes_current).unwrap();
    (now / HELD as u64, counted.bytes_max / HELD as u64)
}

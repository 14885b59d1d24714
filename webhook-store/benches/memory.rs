//! What a claim and its completion take in memory, and what an event does.
//!
//! ```text
//! cargo bench -p webhook-store --bench memory    # about ten seconds
//! ```
//!
//! A million events are remembered already, for 35 days. Clients share two threads, as those of a server with two
//! processors. For each pair of all clients together: the time by the clock on the wall, the median of the rounds; and that
//! of the processors, which does not grow when others use them (on Linux).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::time::{Duration, Instant};

use webhook_core::dedupe::{Claim, ClaimState, DedupeKey, DedupeStore, Nonce};
use webhook_store::MemoryStore;

const LEASE: Duration = Duration::from_secs(60);
const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

const HELD: usize = 1_000_000;
const CLIENTS: [usize; 2] = [1, 16];
/// Claims and completions of all clients in one round: so few that their keys stay near the processor, where a server has just
/// made them.
const PAIRS: usize = 4_096;
const ROUNDS: usize = 300;

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
        println!("| {clients} | {kept} | {forgotten} |");
    }
    // Counted on a thread of its own.
    let (now, most) = std::thread::spawn(bytes_per_event).join().unwrap();
    println!("\n{now} bytes for each of {HELD} events, {most} at most while they came.");
}

async fn time_of_pairs(clients: usize, retention: Duration) -> String {
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
    for round in 0..ROUNDS {
        let keys: Vec<Vec<DedupeKey>> = (0..clients)
            .map(|client| {
                let key = |number| DedupeKey::of_event("new", format!("{round} {client} {number}"));
                (0..PAIRS / clients).map(key).collect()
            })
            .collect();
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
        times.push(begun.elapsed().as_nanos() / PAIRS as u128);
        of_processors += time_of_processors() - used;
    }
    times.sort_unstable();
    let each = of_processors.as_nanos() / (PAIRS * ROUNDS) as u128;
    format!("{} ns | {each} ns", times[ROUNDS / 2])
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

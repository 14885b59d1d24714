//! The store in memory with as many events as it holds by default: bounded, of a known size, and empty again afterwards.
#![cfg(feature = "memory")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use webhook_core::dedupe::{
    Claim, ClaimState, DedupeKey, DedupeStore, Nonce, StoreError, StoreFuture,
};
use webhook_store::MemoryStore;

const MANY: usize = MemoryStore::DEFAULT_CAPACITY;
const HOUR: Duration = Duration::from_secs(3600);

fn now<T: Unpin>(storing: StoreFuture<T>) -> Result<T, StoreError> {
    match pin!(storing).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("memory does not wait"),
    }
}

fn key(number: usize) -> DedupeKey {
    DedupeKey::of_event("million", number.to_be_bytes())
}

fn key_of_its_own_scope(number: usize) -> DedupeKey {
    DedupeKey::of_event(&number.to_string(), "the only one")
}

fn fill(
    store: &MemoryStore,
    many: usize,
    key: fn(usize) -> DedupeKey,
    retention: impl Fn(usize) -> Duration,
) {
    for number in 0..many {
        let Claim::New(token) = now(store.claim(&key(number), Nonce::random(), HOUR)).unwrap()
        else {
            panic!("{number} was known");
        };
        let held = now(store.complete(&token, retention(number))).unwrap();
        assert_eq!(held, ClaimState::Held);
    }
}

#[test]
fn a_million_events_take_the_memory_that_is_stated() {
    let store = MemoryStore::default().quota_per_scope(MANY);
    let info = allocation_counter::measure(|| fill(&store, MANY, key, |_| HOUR));
    let each = usize::try_from(info.bytes_current).unwrap() / MANY;
    let most = usize::try_from(info.bytes_max).unwrap() / MANY;
    println!("{each} bytes for each of {MANY} events, {most} at most");
    // What the documentation of `MemoryStore` says.
    assert!(each <= 40, "{each} bytes");
    assert!(most <= 40, "{most} bytes");
    assert_eq!(store.len(), MANY);

    let more = allocation_counter::measure(|| {
        for number in 0..1000 {
            assert!(
                now(store.claim(&key(MANY + number), Nonce::random(), HOUR)).is_err(),
                "full"
            );
            assert_eq!(
                now(store.claim(&key(number), Nonce::random(), HOUR)).unwrap(),
                Claim::Done
            );
        }
    });
    assert_eq!(more.bytes_current, 0, "full is full");
    assert_eq!(store.len(), MANY);
}

#[test]
fn a_scope_for_each_event_is_bounded_too() {
    let store = MemoryStore::default();
    let info = allocation_counter::measure(|| fill(&store, MANY, key_of_its_own_scope, |_| HOUR));
    let each = usize::try_from(info.bytes_current).unwrap() / MANY;
    let most = usize::try_from(info.bytes_max).unwrap() / MANY;
    println!("{each} bytes for each of {MANY} events and scopes, {most} at most");
    // Give or take what another version of the collections may do.
    assert!((90..=120).contains(&each), "{each} bytes");
    assert!((110..=150).contains(&most), "{most} bytes");
    assert_eq!(store.len(), MANY);
}

/// Nobody does that, and it is bounded too: an endpoint has one retention.
#[test]
fn a_retention_for_each_event_takes_more_and_ends_with_it() {
    const MANY: usize = 100_000;
    let store = MemoryStore::with_capacity(MANY + 1).quota_per_scope(MANY + 1);
    let retention = |number| Duration::from_millis(1) * u32::try_from(number).unwrap();
    let info = allocation_counter::measure(|| {
        fill(&store, MANY, key, |number| HOUR + retention(number));
    });
    let each = usize::try_from(info.bytes_current).unwrap() / MANY;
    println!("{each} bytes for each of {MANY} events and retentions");
    assert!((250..=450).contains(&each), "{each} bytes");
}

#[test]
fn a_claim_that_is_given_up_takes_what_is_stated() {
    const MANY: usize = 100_000;
    let store = MemoryStore::default();
    let info = allocation_counter::measure(|| {
        for number in 0..MANY {
            now(store.claim(&key(number), Nonce::random(), HOUR)).unwrap();
        }
    });
    let each = usize::try_from(info.bytes_current).unwrap() / MANY;
    println!("{each} bytes for each of {MANY} claims");
    assert!((100..=200).contains(&each), "{each} bytes");
}

#[test]
fn those_that_are_over_their_time_vanish_from_between_the_others() {
    const MANY: usize = 200_000;
    let store = MemoryStore::with_capacity(MANY).quota_per_scope(MANY);
    // Every other one is kept for long.
    fill(&store, MANY, key, |number| match number % 2 {
        0 => HOUR,
        _ => Duration::ZERO,
    });
    for number in 0..2000 {
        now(store.claim(&key(MANY + number), Nonce::random(), HOUR)).unwrap();
    }
    assert!(store.len() <= MANY / 2 + 2000, "{}", store.len());
    for number in (0..MANY).step_by(1000) {
        assert_eq!(
            now(store.claim(&key(number), Nonce::random(), HOUR)).unwrap(),
            Claim::Done
        );
    }
}

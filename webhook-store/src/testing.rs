//! The acceptance suite: what every store must do, whatever it is built on. Feature `testing`.
//!
//! ```
//! use std::sync::Arc;
//! use webhook_store::{MemoryStore, testing};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! testing::accept(Arc::new(MemoryStore::default())).await; // panics if a rule is broken
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a suite of tests fails by panicking"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use webhook_core::dedupe::{Claim, ClaimState, ClaimToken, DedupeKey, DedupeStore, Nonce};

/// Longer than any test runs.
const HOUR: Duration = Duration::from_secs(3600);

/// Longer than the suite runs.
const MINUTE: Duration = Duration::from_secs(60);

/// A lease or a retention that has run out at once, so that nothing needs to wait.
const OVER: Duration = Duration::ZERO;

/// How many claim at the same time.
const CLAIMANTS: usize = 64;

/// Runs every rule against a store. It may hold other events; those of the suite have keys that nobody else uses.
///
/// # Panics
/// If the store breaks a rule or does not answer.
pub async fn accept(store: Arc<dyn DedupeStore>) {
    let rules = Rules(store);
    rules.a_new_event_is_claimed_once().await;
    rules.what_is_done_stays_done().await;
    rules.what_was_released_can_be_claimed().await;
    rules.a_lease_that_has_run_out_is_taken_over().await;
    rules.a_renewed_lease_holds().await;
    rules.a_stale_token_changes_nothing().await;
    rules.what_was_forgotten_is_not_what_was_taken_over().await;
    rules.a_claim_that_is_asked_for_again_is_the_same().await;
    rules.lengths_are_kept().await;
    rules.what_is_over_its_time_is_forgotten().await;
    rules.any_length_of_time_will_do().await;
    rules.keys_are_apart().await;
    rules.one_of_many_claims_at_once_is_new().await;
    rules.one_of_many_takes_over().await;
}

/// A key that nobody has used before, in this process or another.
pub fn fresh_key() -> DedupeKey {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    DedupeKey::of_event(
        "webhook-store acceptance suite",
        format!("{}/{nanos}/{count}", std::process::id()),
    )
}

struct Rules(Arc<dyn DedupeStore>);

impl Rules {
    async fn a_new_event_is_claimed_once(&self) {
        let key = fresh_key();
        let token = self.claim_new(&key, HOUR).await;
        assert_eq!(token.attempt(), 1, "the first claim is the first attempt");
        assert_eq!(token.key(), &key);
        match self.claim(&key, HOUR).await {
            Claim::InProgress(wait) => assert!(wait <= HOUR, "no lease is longer than {HOUR:?}"),
            other => panic!("claimed twice: {other:?}"),
        }
    }

    async fn what_is_done_stays_done(&self) {
        let key = fresh_key();
        let token = self.claim_new(&key, HOUR).await;
        assert_eq!(self.complete(&token, HOUR).await, ClaimState::Held);
        for _ in 0..3 {
            assert_eq!(self.claim(&key, HOUR).await, Claim::Done);
        }
        for _ in 0..2 {
            let by_itself = "done by this very claim";
            assert_eq!(self.release(&token).await, ClaimState::Done, "{by_itself}");
            assert_eq!(
                self.renew(&token, OVER).await,
                ClaimState::Done,
                "{by_itself}"
            );
            assert_eq!(
                self.complete(&token, OVER).await,
                ClaimState::Done,
                "{by_itself}"
            );
        }
        let other = ClaimToken::new(key.clone(), Nonce::random(), token.fence(), 1);
        assert_eq!(self.release(&other).await, ClaimState::Lost, "by another");
        assert_eq!(
            self.renew(&other, OVER).await,
            ClaimState::Lost,
            "by another"
        );
        assert_eq!(
            self.complete(&other, OVER).await,
            ClaimState::Lost,
            "by another"
        );
        assert_eq!(self.claim(&key, HOUR).await, Claim::Done);
    }

    async fn what_was_released_can_be_claimed(&self) {
        let key = fresh_key();
        let first = self.claim_new(&key, HOUR).await;
        assert_eq!(self.release(&first).await, ClaimState::Held);
        let second = self.claim_new(&key, HOUR).await;
        assert_eq!(second.attempt(), 2, "attempts are counted over a release");
        assert!(second.fence() > first.fence(), "fences grow");
        assert_eq!(self.complete(&second, HOUR).await, ClaimState::Held);
    }

    async fn a_lease_that_has_run_out_is_taken_over(&self) {
        let key = fresh_key();
        let first = self.claim_new(&key, OVER).await;
        let second = self.claim_new(&key, HOUR).await;
        assert_eq!(second.attempt(), 2);
        assert!(second.fence() > first.fence(), "fences grow");
        assert_eq!(self.complete(&first, HOUR).await, ClaimState::Lost);
        assert_eq!(self.release(&first).await, ClaimState::Lost);
        assert_eq!(self.renew(&first, HOUR).await, ClaimState::Lost);
        assert_eq!(self.complete(&second, HOUR).await, ClaimState::Held);
    }

    async fn a_renewed_lease_holds(&self) {
        let key = fresh_key();
        let token = self.claim_new(&key, OVER).await;
        assert_eq!(
            self.renew(&token, HOUR).await,
            ClaimState::Held,
            "nobody else came"
        );
        assert!(matches!(self.claim(&key, HOUR).await, Claim::InProgress(_)));
        assert_eq!(self.complete(&token, HOUR).await, ClaimState::Held);
        assert_eq!(self.claim(&key, HOUR).await, Claim::Done);
    }

    async fn a_stale_token_changes_nothing(&self) {
        let key = fresh_key();
        let token = self.claim_new(&key, HOUR).await;
        let own = token.nonce().get();
        for nonce in [own.wrapping_add(1), !own, 0, -1, i64::MAX, i64::MIN] {
            let forged = ClaimToken::new(key.clone(), nonce.into(), token.fence(), 1);
            assert_eq!(
                self.complete(&forged, HOUR).await,
                ClaimState::Lost,
                "{nonce}"
            );
            assert_eq!(self.release(&forged).await, ClaimState::Lost, "{nonce}");
            assert_eq!(self.renew(&forged, OVER).await, ClaimState::Lost, "{nonce}");
        }
        assert!(matches!(self.claim(&key, HOUR).await, Claim::InProgress(_)));
        assert_eq!(self.complete(&token, HOUR).await, ClaimState::Held);
    }

    async fn what_was_forgotten_is_not_what_was_taken_over(&self) {
        // As after a restart of a store that writes nothing down.
        let forgotten = || ClaimToken::new(fresh_key(), Nonce::random(), 7, 3);
        let done = forgotten();
        assert_eq!(self.complete(&done, HOUR).await, ClaimState::Held);
        assert_eq!(self.claim(done.key(), HOUR).await, Claim::Done);
        assert_eq!(self.complete(&done, HOUR).await, ClaimState::Done);

        let renewed = forgotten();
        assert_eq!(self.renew(&renewed, HOUR).await, ClaimState::Held);
        let claim = self.claim(renewed.key(), HOUR).await;
        assert!(matches!(claim, Claim::InProgress(_)), "{claim:?}");
        assert_eq!(self.release(&renewed).await, ClaimState::Held);
        let next = self.claim_new(renewed.key(), HOUR).await;
        assert_eq!(next.attempt(), 4, "attempts are counted on");
        assert!(next.fence() > renewed.fence(), "fences grow");

        let released = forgotten();
        assert_eq!(self.release(&released).await, ClaimState::Held);
        assert_eq!(self.claim_new(released.key(), HOUR).await.attempt(), 1);
    }

    async fn a_claim_that_is_asked_for_again_is_the_same(&self) {
        let (key, nonce) = (fresh_key(), Nonce::random());
        let claim = async || match self.claim_as(&key, nonce, HOUR).await {
            Claim::New(token) => token,
            other => panic!("it is its own: {other:?}"),
        };
        let first = claim().await;
        assert_eq!(first.nonce(), nonce);
        assert_eq!(claim().await, first, "the answer may have been lost");
        // As whoever got no answer does, who knows neither fence nor attempt.
        let unanswered = ClaimToken::new(key.clone(), nonce, 0, 1);
        assert_eq!(self.release(&unanswered).await, ClaimState::Held);
        let second = self.claim_new(&key, HOUR).await;
        assert_eq!(second.attempt(), 2);
        assert_eq!(self.release(&unanswered).await, ClaimState::Lost);
        assert_eq!(self.complete(&second, HOUR).await, ClaimState::Held);
        let claim = self.claim_as(&key, second.nonce(), HOUR).await;
        assert_eq!(claim, Claim::Done);
    }

    async fn what_is_over_its_time_is_forgotten(&self) {
        let key = fresh_key();
        let first = self.claim_new(&key, HOUR).await;
        assert_eq!(self.complete(&first, OVER).await, ClaimState::Held);
        let second = self.claim_new(&key, HOUR).await;
        assert_eq!(second.attempt(), 1, "a forgotten event is a new one");
        assert_eq!(
            self.complete(&first, HOUR).await,
            ClaimState::Lost,
            "the old token is stale"
        );
        assert_eq!(self.complete(&second, HOUR).await, ClaimState::Held);
    }

    async fn any_length_of_time_will_do(&self) {
        for time in [
            Duration::MAX,
            Duration::from_micros(i64::MAX as u64),
            Duration::from_millis(i64::MAX as u64),
            Duration::from_secs(i64::MAX as u64),
        ] {
            let key = fresh_key();
            let token = self.claim_new(&key, time).await;
            assert!(matches!(self.claim(&key, time).await, Claim::InProgress(_)));
            assert_eq!(self.renew(&token, time).await, ClaimState::Held);
            assert_eq!(self.complete(&token, time).await, ClaimState::Held);
            assert_eq!(self.claim(&key, time).await, Claim::Done);
        }
        // Shorter than what a store may count in.
        let token = self.claim_new(&fresh_key(), Duration::from_nanos(1)).await;
        assert_eq!(self.release(&token).await, ClaimState::Held);
    }

    async fn lengths_are_kept(&self) {
        let in_progress = async |key: &DedupeKey| match self.claim(key, HOUR).await {
            Claim::InProgress(wait) => wait,
            other => panic!("claimed: {other:?}"),
        };
        let about = |wait: Duration, length: Duration| {
            assert!(wait <= length, "{wait:?} of {length:?}");
            assert!(wait > length - MINUTE, "{wait:?} of {length:?}");
        };
        let key = fresh_key();
        let token = self.claim_new(&key, 10 * MINUTE).await;
        about(in_progress(&key).await, 10 * MINUTE);
        assert_eq!(self.renew(&token, 20 * MINUTE).await, ClaimState::Held);
        about(in_progress(&key).await, 20 * MINUTE);
        assert_eq!(self.renew(&token, 5 * MINUTE).await, ClaimState::Held);
        about(in_progress(&key).await, 5 * MINUTE);
    }

    async fn keys_are_apart(&self) {
        let (one, other) = (fresh_key(), fresh_key());
        let token = self.claim_new(&one, HOUR).await;
        self.claim_new(&other, HOUR).await;
        assert_eq!(self.complete(&token, HOUR).await, ClaimState::Held);
        assert!(matches!(
            self.claim(&other, HOUR).await,
            Claim::InProgress(_)
        ));
    }

    async fn one_of_many_claims_at_once_is_new(&self) {
        for _ in 0..8 {
            let key = fresh_key();
            assert_eq!(self.claim_at_once(&key).await.len(), 1);
        }
    }

    async fn one_of_many_takes_over(&self) {
        for _ in 0..8 {
            let key = fresh_key();
            let first = self.claim_new(&key, OVER).await;
            let tokens = self.claim_at_once(&key).await;
            assert_eq!(tokens.len(), 1);
            assert!(!tokens.contains(&first.fence()));
        }
    }

    /// The fences of those who got the claim.
    async fn claim_at_once(&self, key: &DedupeKey) -> BTreeSet<i64> {
        let claims: Vec<_> = (0..CLAIMANTS)
            .map(|_| {
                let (store, key) = (Arc::clone(&self.0), key.clone());
                tokio::spawn(async move { store.claim(&key, Nonce::random(), HOUR).await })
            })
            .collect();
        let mut fences = Vec::new();
        for claim in claims {
            match claim.await.expect("a claim panicked").expect("no answer") {
                Claim::New(token) => fences.push(token.fence()),
                Claim::InProgress(_) => {}
                Claim::Done => panic!("nobody has completed it"),
            }
        }
        assert!(
            fences.len() <= 1,
            "{} claims at once were new",
            fences.len()
        );
        fences.into_iter().collect()
    }

    async fn claim_new(&self, key: &DedupeKey, lease: Duration) -> ClaimToken {
        match self.claim(key, lease).await {
            Claim::New(token) => token,
            other => panic!("not claimable: {other:?}"),
        }
    }

    async fn claim(&self, key: &DedupeKey, lease: Duration) -> Claim {
        self.claim_as(key, Nonce::random(), lease).await
    }

    async fn claim_as(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> Claim {
        let claim = self.0.claim(key, nonce, lease).await;
        claim.expect("no answer")
    }

    async fn renew(&self, token: &ClaimToken, lease: Duration) -> ClaimState {
        self.0.renew(token, lease).await.expect("no answer")
    }

    async fn complete(&self, token: &ClaimToken, retention: Duration) -> ClaimState {
        self.0.complete(token, retention).await.expect("no answer")
    }

    async fn release(&self, token: &ClaimToken) -> ClaimState {
        self.0.release(token).await.expect("no answer")
    }
}

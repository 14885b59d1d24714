//! Which body each transmission came with.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::time::{TimeUnit, Window};
use crate::{Rejection, RejectionKind, Tolerance, UnixTime};

/// How many transmissions are remembered: almost three each second for four days, which is some 80 MB; 100 MB if all came in one
/// hour, and half as much again while the table grows.
const MOST: usize = 1_000_000;

const HOUR: i64 = 60 * 60;

/// Refuses a second body for a transmission, as long as the transmission is not stale: PayPal signs a checksum that other
/// bodies have too. Asked only after the signature held, so that strangers cannot fill it.
///
/// Nothing is forgotten before it is stale. Once it is full, what comes new is let through without being remembered, and
/// a line at WARN says so: a genuine event is not refused for the number of others.
pub(super) struct Bound {
    most: usize,
    memory: Mutex<Memory>,
}

/// By the hour of the signed time, which is the same whenever a transmission comes again, so that a whole hour can be
/// forgotten at once.
#[derive(Default)]
struct Memory {
    hours: BTreeMap<i64, HashMap<[u8; 16], [u8; 32]>>,
    len: usize,
    is_full_told: bool,
}

/// What was signed of a transmission beside the checksum.
pub(super) struct Signed<'a> {
    pub(super) webhook_id: &'a str,
    pub(super) id: &'a str,
    /// As it was sent, and read.
    pub(super) time: (&'a str, UnixTime),
}

impl Bound {
    pub(super) fn new() -> Self {
        Self::of(MOST)
    }

    fn of(most: usize) -> Self {
        Self {
            most,
            memory: Mutex::default(),
        }
    }

    /// Remembers the body of this transmission, or holds it against the one that it came with before.
    pub(super) fn require_same(
        &self,
        signed: &Signed<'_>,
        body: &[u8],
        now: UnixTime,
        tolerance: Tolerance,
    ) -> Result<(), Rejection> {
        let (transmission, body) = (signed.digest(), Sha256::digest(body).into());
        let hour = signed.time.1.as_secs().div_euclid(HOUR);
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.forget_what_is_stale(now, tolerance);
        let bodies = memory.hours.get(&hour);
        match bodies.and_then(|bodies| bodies.get(&transmission)) {
            Some(first) if *first == body => Ok(()),
            Some(_) => Err(Rejection::new(
                RejectionKind::SignatureReused,
                "PAYPAL-TRANSMISSION-ID has come with another body before",
            )),
            None => {
                memory.remember(hour, transmission, body, self.most);
                Ok(())
            }
        }
    }
}

impl Memory {
    fn forget_what_is_stale(&mut self, now: UnixTime, tolerance: Tolerance) {
        while let Some(oldest) = self.hours.first_entry() {
            let end = UnixTime::from_secs(oldest.key().saturating_add(1).saturating_mul(HOUR));
            if tolerance.judge(end, now, TimeUnit::Rfc3339) != Window::Stale {
                return;
            }
            self.len = self.len.saturating_sub(oldest.remove().len());
            self.is_full_told = false;
        }
    }

    fn remember(&mut self, hour: i64, transmission: [u8; 16], body: [u8; 32], most: usize) {
        if self.len < most {
            self.hours
                .entry(hour)
                .or_default()
                .insert(transmission, body);
            self.len += 1;
        } else if !std::mem::replace(&mut self.is_full_told, true) {
            #[cfg(feature = "tracing")]
            tracing::warn!(
                target: "webhook",
                most,
                "PayPal: more transmissions than can be remembered; new ones are not held against a second body",
            );
        }
    }
}

impl Signed<'_> {
    /// None of the parts holds a bar: what does is refused.
    fn digest(&self) -> [u8; 16] {
        let mut digest = Sha256::new();
        for part in [self.webhook_id, self.id, self.time.0] {
            digest.update(part);
            digest.update(b"|");
        }
        let digest: [u8; 32] = digest.finalize().into();
        std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = 24 * 60 * 60;
    const TOLERANCE: Tolerance = Tolerance::secs(DAY);
    const SENT: UnixTime = UnixTime::from_secs(1_785_920_400);

    fn came(bound: &Bound, id: &str, body: &str, after: i64) -> Result<(), RejectionKind> {
        let signed = Signed {
            webhook_id: "1",
            id,
            time: ("then", SENT),
        };
        let now = SENT.plus_secs(after);
        let judged = bound.require_same(&signed, body.as_bytes(), now, TOLERANCE);
        judged.map_err(|rejection| rejection.kind())
    }

    fn len(bound: &Bound) -> usize {
        bound.memory.lock().unwrap().len
    }

    #[test]
    fn a_transmission_keeps_its_first_body() {
        let bound = Bound::new();
        let reused = Err(RejectionKind::SignatureReused);
        assert_eq!(came(&bound, "a", "one", 0), Ok(()));
        assert_eq!(came(&bound, "a", "one", 1), Ok(()));
        assert_eq!(came(&bound, "a", "two", i64::from(DAY)), reused);
        assert_eq!(came(&bound, "a", "one", i64::from(DAY)), Ok(()));
        assert_eq!(came(&bound, "b", "two", 0), Ok(()));
        assert_eq!(len(&bound), 2);
    }

    #[test]
    fn what_is_stale_is_forgotten_with_its_hour_and_not_before() {
        let bound = Bound::new();
        assert_eq!(came(&bound, "a", "one", 0), Ok(()));
        let end_of_window = i64::from(DAY) + HOUR;
        assert!(came(&bound, "a", "two", end_of_window).is_err());
        assert_eq!(came(&bound, "b", "one", end_of_window + 1), Ok(()));
        assert_eq!(len(&bound), 1, "only the one that has just come");
    }

    #[test]
    fn when_it_is_full_nothing_is_forgotten_and_nothing_refused() {
        let bound = Bound::of(2);
        for id in ["a", "b", "c"] {
            assert_eq!(came(&bound, id, "one", 0), Ok(()), "{id}");
        }
        assert_eq!(len(&bound), 2);
        assert!(came(&bound, "a", "two", 0).is_err());
        assert!(came(&bound, "b", "two", 0).is_err());
        assert_eq!(came(&bound, "c", "two", 0), Ok(()), "is not remembered");
    }

    #[test]
    fn a_million_are_remembered_as_the_documentation_says() {
        assert_eq!(Bound::new().most, 1_000_000);
    }

    #[test]
    fn of_two_bodies_at_once_one_is_first() {
        let bound = Bound::new();
        let accepted = std::thread::scope(|scope| {
            let bodies = ["one", "two", "three", "four"];
            let runs = bodies.map(|body| scope.spawn(|| came(&bound, "a", body, 0).is_ok()));
            let accepted = runs.map(|run| run.join().unwrap());
            accepted.iter().filter(|accepted| **accepted).count()
        });
        assert_eq!(accepted, 1);
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let bound = Bound::new();
        assert_eq!(came(&bound, "canary", "canary", 0), Ok(()));
        assert_eq!(format!("{bound:?}"), "Bound { .. }");
    }
}

//! What was found, kept for a while, in a bounded number.

use std::collections::HashMap;
use std::mem;
use std::time::{Duration, Instant};

/// Values by their key. Those used last are in `young`. When it is full, it becomes `old`, and what was in `old` is
/// forgotten: so the `most` values used last are always there, never more than twice as many, and no list has to be kept
/// in order. What nobody asks for any more goes the same way with the time.
pub(super) struct Kept<V> {
    ttl: Duration,
    most: usize,
    young: HashMap<String, Entry<V>>,
    old: HashMap<String, Entry<V>>,
    /// When `young` was empty.
    turned: Option<Instant>,
}

struct Entry<V> {
    value: V,
    since: Instant,
}

impl<V: Clone> Kept<V> {
    pub(super) fn new(ttl: Duration, most: usize) -> Self {
        Self {
            ttl,
            most,
            young: HashMap::new(),
            old: HashMap::new(),
            turned: None,
        }
    }

    /// Keeps at least so many from now on.
    pub(super) fn at_least(&mut self, most: usize) {
        self.most = most;
    }

    /// What is known under this key, if it is not too old.
    pub(super) fn get(&mut self, key: &str, now: Instant) -> Option<V> {
        match self.young.get(key) {
            Some(entry) if self.is_fresh(entry, now) => return Some(entry.value.clone()),
            Some(_) => {
                self.young.remove(key);
                return None;
            }
            None => {}
        }
        let (key, entry) = self.old.remove_entry(key)?;
        if !self.is_fresh(&entry, now) {
            return None;
        }
        let value = entry.value.clone();
        self.insert(key, entry, now);
        Some(value)
    }

    /// Keeps what was true at this moment.
    pub(super) fn put(&mut self, key: String, value: V, since: Instant) {
        self.forget(&key);
        self.insert(key, Entry { value, since }, since);
    }

    pub(super) fn forget(&mut self, key: &str) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    fn insert(&mut self, key: String, entry: Entry<V>, now: Instant) {
        let turned = *self.turned.get_or_insert(now);
        let is_full = self.young.len() >= self.most;
        // What is in `old` was there before the last turn: it is too old, too.
        if is_full || now.saturating_duration_since(turned) >= self.ttl {
            self.old = mem::take(&mut self.young);
            self.turned = Some(now);
        }
        self.young.insert(key, entry);
    }

    fn is_fresh(&self, entry: &Entry<V>, now: Instant) -> bool {
        now.saturating_duration_since(entry.since) < self.ttl
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn kept(most: usize, keys: impl IntoIterator<Item = usize>, now: Instant) -> Kept<usize> {
        let mut kept = Kept::new(TTL, most);
        for key in keys {
            kept.put(key.to_string(), key, now);
        }
        kept
    }

    #[test]
    fn a_value_is_there_until_its_time_is_over() {
        let now = Instant::now();
        for (passed, found) in [
            (Duration::ZERO, Some(1)),
            (TTL - Duration::from_nanos(1), Some(1)),
            (TTL, None),
        ] {
            assert_eq!(kept(9, [1], now).get("1", now + passed), found);
        }
        // Being used makes nothing younger, in neither of the two places.
        let mut kept = kept(1, [1, 2], now);
        assert_eq!(kept.get("1", now + TTL / 2), Some(1));
        assert_eq!(kept.get("2", now + TTL / 2), Some(2));
        assert_eq!(kept.get("1", now + TTL), None);
        assert_eq!(kept.get("2", now + TTL), None);
        assert_eq!(kept.len(), 0);
    }

    #[test]
    fn no_time_keeps_nothing() {
        let now = Instant::now();
        let mut kept = Kept::new(Duration::ZERO, 9);
        kept.put("1".to_owned(), 1, now);
        assert_eq!(kept.get("1", now), None);
    }

    #[test]
    fn a_flood_is_bounded() {
        for (most, bound) in [(0, 2), (1, 2), (5, 10), (1000, 2000)] {
            let kept = kept(most, 0..10_000, Instant::now());
            assert!(kept.len() <= bound, "{most}: {}", kept.len());
        }
    }

    #[test]
    fn those_used_last_stay() {
        let now = Instant::now();
        for most in [1, 2, 3, 100] {
            let mut kept = kept(most, 0..1000, now);
            for key in 1000 - most..1000 {
                assert_eq!(kept.get(&key.to_string(), now), Some(key), "{most}");
            }
        }
        // One that is asked for again and again outlives all others.
        let mut kept = kept(10, [0], now);
        for key in 1..1000 {
            kept.put(key.to_string(), key, now);
            if key % 5 == 0 {
                assert_eq!(kept.get("0", now), Some(0), "{key}");
            }
        }
    }

    #[test]
    fn what_nobody_asks_for_does_not_stay() {
        let now = Instant::now();
        let mut kept = kept(1000, 0..100, now);
        for turn in 1..=2 {
            kept.put("a".to_owned(), 0, now + TTL * turn);
        }
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn a_newer_value_takes_the_place_of_the_older() {
        let now = Instant::now();
        let mut kept = kept(1, [1, 2], now);
        for key in ["1", "2"] {
            kept.put(key.to_owned(), 3, now);
            assert_eq!(kept.get(key, now), Some(3));
        }
        assert_eq!(kept.len(), 2);
    }

    #[test]
    fn what_is_forgotten_is_gone_wherever_it_was() {
        let now = Instant::now();
        for key in ["1", "2"] {
            let mut kept = kept(1, [1, 2], now);
            kept.forget(key);
            assert_eq!((kept.get(key, now), kept.len()), (None, 1));
            kept.clear();
            assert_eq!(kept.len(), 0);
        }
    }
}

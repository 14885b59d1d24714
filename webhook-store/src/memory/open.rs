//! The events that are claimed and not done: few, unless many claims are given up.

use std::collections::{BTreeSet, HashMap};

use webhook_core::dedupe::Nonce;

use super::name::{Mixer, Name};
use super::scopes::ScopeId;

/// The latest claim of an event.
#[derive(Clone, Copy)]
pub(super) struct Open {
    /// Until when the lease lasts, in milliseconds since the store was made.
    pub(super) until: u64,
    pub(super) nonce: Nonce,
    pub(super) fence: i64,
    /// How often the event was claimed.
    pub(super) attempt: u32,
    pub(super) scope: ScopeId,
}

/// How long an event whose claim has run out or was given back is remembered, so that its attempts are counted on.
const OPEN_FOR: u64 = 24 * 60 * 60 * 1000;

/// Finds a claim by the event's name, and those that are forgotten by their time.
#[derive(Default)]
pub(super) struct Opens {
    map: HashMap<Name, Open, Mixer>,
    /// When each of them is forgotten, soonest first: leases may be of any length.
    times: BTreeSet<(u64, Name)>,
}

impl Opens {
    pub(super) fn get(&self, name: &Name) -> Option<Open> {
        self.map.get(name).copied()
    }

    pub(super) fn set(&mut self, name: Name, open: Open) {
        if let Some(old) = self.map.insert(name, open) {
            self.times.remove(&(old.forgotten_at(), name));
        }
        self.times.insert((open.forgotten_at(), name));
    }

    pub(super) fn remove(&mut self, name: &Name) {
        if let Some(old) = self.map.remove(name) {
            self.times.remove(&(old.forgotten_at(), *name));
        }
    }

    /// Forgets the first one that is over its time, if one is, and says of which scope it was.
    pub(super) fn forget_one(&mut self, now: u64) -> Option<ScopeId> {
        let (time, name) = self.times.first().copied()?;
        if time > now {
            return None;
        }
        self.times.pop_first();
        self.map.remove(&name).map(|open| open.scope)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.map.len(), self.times.len());
        self.map.len()
    }
}

impl Open {
    const fn forgotten_at(&self) -> u64 {
        self.until.saturating_add(OPEN_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scopes::Scopes;
    use super::*;

    fn name(number: u8) -> Name {
        Name::new([number; 16])
    }

    fn open(until: u64) -> Open {
        Open {
            until,
            nonce: Nonce::from(0),
            fence: 1,
            attempt: 1,
            scope: Scopes::default().enter(&[0; 16], 1).unwrap(),
        }
    }

    fn forgotten(opens: &mut Opens, now: u64) -> Vec<u8> {
        let mut gone = Vec::new();
        loop {
            let before: Vec<u8> = (0..10).filter(|n| opens.get(&name(*n)).is_some()).collect();
            if opens.forget_one(now).is_none() {
                return gone;
            }
            gone.extend(before.iter().filter(|n| opens.get(&name(**n)).is_none()));
        }
    }

    #[test]
    fn those_whose_leases_ended_a_day_ago_are_forgotten_soonest_first() {
        let mut opens = Opens::default();
        for (number, until) in [(1, 30), (2, 10), (3, 20), (4, 5), (5, 15)] {
            opens.set(name(number), open(until));
        }
        opens.set(name(4), open(25));
        opens.remove(&name(5));
        assert_eq!(forgotten(&mut opens, OPEN_FOR + 9), [0; 0]);
        assert_eq!(forgotten(&mut opens, OPEN_FOR + 25), [2, 3, 4]);
        assert_eq!(opens.len(), 1);
        opens.set(name(1), open(u64::MAX));
        assert_eq!(forgotten(&mut opens, u64::MAX - 1), [0; 0]);
        assert_eq!(forgotten(&mut opens, u64::MAX), [1]);
        assert_eq!(opens.len(), 0);
    }
}

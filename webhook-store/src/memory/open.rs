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

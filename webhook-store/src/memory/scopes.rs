//! How many of the events each scope holds.

use std::collections::HashMap;

use super::name::{Mixer, Name};

/// The scopes that hold an event. One that holds none is forgotten, so that there are never more of them than of events.
#[derive(Default)]
pub(super) struct Scopes {
    by_name: HashMap<Name, ScopeId, Mixer>,
    all: Vec<Scope>,
    /// Those of `all` that hold nothing and may be given to another scope.
    unused: Vec<ScopeId>,
    held_by_all: usize,
}

/// Which one of the scopes, in fewer bytes than its name: every event has one.
#[derive(Clone, Copy)]
pub(super) struct ScopeId(u32);

struct Scope {
    /// What [`DedupeKey::scope`](webhook_core::dedupe::DedupeKey::scope) says.
    name: Name,
    held: usize,
}

impl Scopes {
    /// How many events all scopes hold together.
    pub(super) const fn held_by_all(&self) -> usize {
        self.held_by_all
    }

    /// How many events a scope holds.
    #[cfg(test)]
    pub(super) fn held(&self, name: &[u8; 16]) -> usize {
        let id = self.by_name.get(&Name::new(*name)).copied();
        id.and_then(|id| self.all.get(id.at()))
            .map_or(0, |scope| scope.held)
    }

    /// One more event of this scope, if it holds less than the quota.
    pub(super) fn enter(&mut self, name: &[u8; 16], quota: usize) -> Option<ScopeId> {
        let name = Name::new(*name);
        let id = match self.by_name.get(&name) {
            Some(id) => *id,
            None if quota == 0 => return None,
            // There are more of them than can be counted if it is none.
            None => self.open(name)?,
        };
        let scope = self.all.get_mut(id.at())?;
        if scope.held >= quota {
            return None;
        }
        scope.held += 1;
        self.held_by_all += 1;
        Some(id)
    }

    fn open(&mut self, name: Name) -> Option<ScopeId> {
        let scope = Scope { name, held: 0 };
        let id = match self.unused.pop() {
            Some(id) => {
                *self.all.get_mut(id.at())? = scope;
                id
            }
            None => {
                let id = ScopeId(u32::try_from(self.all.len()).ok()?);
                self.all.push(scope);
                id
            }
        };
        self.by_name.insert(name, id);
        Some(id)
    }

    /// One event less of this scope.
    pub(super) fn leave(&mut self, id: ScopeId) {
        let Some(scope) = self.all.get_mut(id.at()) else {
            return;
        };
        scope.held = scope.held.saturating_sub(1);
        self.held_by_all = self.held_by_all.saturating_sub(1);
        if scope.held == 0 {
            self.by_name.remove(&scope.name);
            self.unused.push(id);
        }
    }
}

impl ScopeId {
    const fn at(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_counted_apart_and_forgotten_when_they_hold_nothing() {
        let mut scopes = Scopes::default();
        let names = [[1; 16], [2; 16]];
        let [one, two] = names.map(|name| scopes.enter(&name, 9).unwrap());
        scopes.enter(&names[0], 9).unwrap();
        assert_eq!(names.map(|name| scopes.held(&name)), [2, 1]);

        scopes.leave(two);
        assert_eq!(names.map(|name| scopes.held(&name)), [2, 0]);
        scopes.enter(&[3; 16], 9).unwrap();
        assert_eq!(names.map(|name| scopes.held(&name)), [2, 0]);
        assert_eq!((scopes.held(&[3; 16]), scopes.all.len()), (1, 2));

        scopes.leave(one);
        scopes.leave(one);
        assert_eq!((scopes.held(&names[0]), scopes.by_name.len()), (0, 1));
    }

    #[test]
    fn a_scope_that_has_its_quota_has_no_more() {
        let mut scopes = Scopes::default();
        let enters = |scopes: &mut Scopes, quota| scopes.enter(&[1; 16], quota).is_some();
        assert!(!enters(&mut scopes, 0));
        assert!(
            scopes.by_name.is_empty(),
            "one that holds nothing is not there"
        );
        assert!(enters(&mut scopes, 2) && enters(&mut scopes, 2));
        assert!(!enters(&mut scopes, 2) && enters(&mut scopes, 3));
        assert_eq!((scopes.held(&[1; 16]), scopes.held_by_all()), (3, 3));
    }

    #[test]
    fn scopes_that_come_and_go_take_no_more_room() {
        let mut scopes = Scopes::default();
        for number in 0..1000_u128 {
            let id = scopes.enter(&number.to_be_bytes(), 1).unwrap();
            scopes.leave(id);
        }
        assert!(scopes.by_name.is_empty());
        assert_eq!((scopes.all.len(), scopes.unused.len()), (1, 1));
    }
}

//! The events that are done: almost all that a store holds, so that they are kept in few bytes.
//!
//! 32 bytes for each, and 4 to 8 for the table that finds it. Those that are remembered for one length of time stand in the order in
//! which they are over, so that the order takes no room.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::BuildHasher;

use webhook_core::dedupe::Nonce;

use super::name::{Mixer, Name};
use super::scopes::ScopeId;

/// What is known of an event that is done.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// Until when it is remembered, in milliseconds since the store was made.
    pub(super) until: u64,
    /// By which claim it was done.
    pub(super) by: ClaimMark,
    pub(super) scope: ScopeId,
}

/// Some bits of a claim's nonce, for the question whether a claim that is told once more was this one. An answer that is wrong once
/// in 16 million times would say "done by you" of an event that somebody else has done: done it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ClaimMark(u64);

impl ClaimMark {
    const BITS: u32 = 24;

    pub(super) const fn of(nonce: Nonce) -> Self {
        Self(nonce.get().cast_unsigned() & ((1 << Self::BITS) - 1))
    }
}

/// Finds an event by its name, and those that are over their time by that.
#[derive(Default)]
pub(super) struct Done {
    /// Secret, so that nobody can choose events that stand in one chain.
    hasher: Mixer,
    /// A name says in which one an event is. As many as events, or up to twice as many.
    chains: Vec<Chain>,
    blocks: Vec<Vec<Event>>,
    /// Those of `blocks` that hold nothing.
    free: Vec<u32>,
    /// By how long they are remembered: events that are done later are over later.
    queues: BTreeMap<u64, Queue>,
    /// When the first of each queue is over, and which queue it is.
    firsts: BTreeSet<(u64, u64)>,
    len: usize,
}

#[derive(Clone, Copy)]
struct Event {
    name: Name,
    /// [`Known::until`] above, [`ClaimMark`] below.
    until_by: u64,
    scope: ScopeId,
    /// The next one of its chain.
    next: Place,
}

/// Where an event stands, or [`NOWHERE`](Self::NOWHERE): 26 bits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place(u32);

/// Events whose names meet in one place of the table: where the first stands, below, and the marks of all of them, above. By them a new
/// event is mostly known for new: to read an event, only to see that it is another one, takes as long as half of a claim.
#[derive(Clone, Copy)]
struct Chain(u32);

/// In which chain an event is, and which mark it has there.
#[derive(Clone, Copy)]
struct Spot {
    chain: usize,
    mark: u32,
}

#[derive(Default)]
struct Queue {
    /// Blocks, full ones but for the last.
    blocks: VecDeque<u32>,
    /// How many events of the first block are forgotten.
    gone: usize,
}

/// How many events stand together.
const BLOCK: usize = 256;

/// What 40 bits of milliseconds can say: 34 years.
const LAST_TIME: u64 = u64::MAX >> ClaimMark::BITS;

impl Done {
    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, name: &Name) -> Option<Known> {
        let Spot { chain, mark } = self.spot_of(name);
        let chain = self.chain(chain);
        if !chain.has(mark) {
            return None;
        }
        let mut place = chain.first();
        while let Some(event) = self.event(place) {
            if event.name == *name {
                return Some(event.known());
            }
            place = event.next;
        }
        None
    }

    /// Remembers an event that is not here. `None` if there are more than can be counted.
    pub(super) fn insert(&mut self, name: Name, now: u64, known: Known) -> Option<()> {
        self.make_chains();
        let until = known.until.min(LAST_TIME);
        let spot = self.spot_of(&name);
        let chain = self.chain(spot.chain);
        let event = Event {
            name,
            until_by: until << ClaimMark::BITS | known.by.0,
            scope: known.scope,
            next: chain.first(),
        };
        let place = self.append(until, until.saturating_sub(now), event)?;
        *self.chains.get_mut(spot.chain)? = chain.with(place, spot.mark);
        self.len += 1;
        Some(())
    }

    /// Takes an event out before its turn; its place is free when its turn comes.
    pub(super) fn take(&mut self, name: &Name) -> Option<Known> {
        let chain = self.spot_of(name).chain;
        let mut place = self.chain(chain).first();
        let mut before = Place::NOWHERE;
        while let Some(event) = self.event(place).copied() {
            if event.name == *name {
                self.unlink(chain, before, place, event.next);
                return Some(event.known());
            }
            before = place;
            place = event.next;
        }
        None
    }

    /// Takes the first one that is over its time, if one is; its scope if it was not taken out before.
    pub(super) fn forget_one(&mut self, now: u64) -> Option<Option<ScopeId>> {
        let (time, length) = self.firsts.first().copied()?;
        if time > now {
            return None;
        }
        self.firsts.pop_first();
        let place = self.queues.get(&length)?.first()?;
        let event = self.event(place).copied()?;
        let scope = match event.next {
            Place::TAKEN => None,
            _ => self.take(&event.name).map(|known| known.scope),
        };
        self.drop_first(length);
        Some(scope)
    }

    fn append(&mut self, until: u64, length: u64, event: Event) -> Option<Place> {
        let queue = self.queues.entry(length).or_default();
        if queue.blocks.is_empty() {
            self.firsts.insert((until, length));
        }
        let last = queue.blocks.back().copied();
        let has_room =
            |at: &u32| matches!(self.blocks.get(*at as usize), Some(block) if block.len() < BLOCK);
        let at = match last.filter(has_room) {
            Some(at) => at,
            None => {
                let at = match self.free.pop() {
                    Some(at) => at,
                    None => {
                        self.blocks.push(Vec::new());
                        u32::try_from(self.blocks.len() - 1).ok()?
                    }
                };
                queue.blocks.push_back(at);
                at
            }
        };
        let block = self.blocks.get_mut(at as usize)?;
        let place = Place::new(at, block.len())?;
        block.push(event);
        Some(place)
    }

    /// Goes on to the next event of a queue.
    fn drop_first(&mut self, length: u64) {
        let Some(queue) = self.queues.get_mut(&length) else {
            return;
        };
        queue.gone += 1;
        let Some(at) = queue.blocks.front().copied() else {
            return;
        };
        let Some(block) = self.blocks.get_mut(at as usize) else {
            return;
        };
        if queue.gone == block.len() {
            *block = Vec::new();
            queue.blocks.pop_front();
            queue.gone = 0;
            self.free.push(at);
        }
        match queue.first().and_then(|place| self.event(place)) {
            Some(first) => {
                self.firsts.insert((first.known().until, length));
            }
            None => {
                self.queues.remove(&length);
            }
        }
    }

    fn unlink(&mut self, chain: usize, before: Place, place: Place, next: Place) {
        let first = match self.event_mut(before) {
            Some(event) => {
                event.next = next;
                self.chain(chain).first()
            }
            None => next,
        };
        if let Some(event) = self.event_mut(place) {
            event.next = Place::TAKEN;
        }
        // Without the mark of the one that is gone, unless another has the same.
        let mut left = Chain::EMPTY.with(first, 0);
        let mut place = first;
        while let Some(event) = self.event(place) {
            left = left.with(first, self.spot_of(&event.name).mark);
            place = event.next;
        }
        if let Some(chain) = self.chains.get_mut(chain) {
            *chain = left;
        }
        self.len -= 1;
    }

    /// Twice as many chains when there is an event for each.
    fn make_chains(&mut self) {
        if self.len < self.chains.len() {
            return;
        }
        let many = (self.chains.len() * 2).max(16);
        // The old ones are gone before the new ones come, so that there is never room for both.
        self.chains = Vec::new();
        self.chains = vec![Chain::EMPTY; many];
        let mut blocks = std::mem::take(&mut self.blocks);
        for (at, block) in (0..).zip(&mut blocks) {
            for (within, event) in block.iter_mut().enumerate() {
                let Spot { chain, mark } = self.spot_of(&event.name);
                if let (false, Some(place), Some(chain)) = (
                    event.next == Place::TAKEN,
                    Place::new(at, within),
                    self.chains.get_mut(chain),
                ) {
                    event.next = chain.first();
                    *chain = chain.with(place, mark);
                }
            }
        }
        self.blocks = blocks;
    }

    fn spot_of(&self, name: &Name) -> Spot {
        let hash = self.hasher.hash_one(name);
        // How many there are is a power of two.
        let chain = hash & (self.chains.len() as u64).wrapping_sub(1);
        Spot {
            chain: usize::try_from(chain).unwrap_or_default(),
            mark: Chain::mark_of(hash),
        }
    }

    fn chain(&self, at: usize) -> Chain {
        self.chains.get(at).copied().unwrap_or(Chain::EMPTY)
    }

    fn event(&self, place: Place) -> Option<&Event> {
        let (block, within) = place.split();
        self.blocks.get(block)?.get(within)
    }

    fn event_mut(&mut self, place: Place) -> Option<&mut Event> {
        let (block, within) = place.split();
        self.blocks.get_mut(block)?.get_mut(within)
    }
}

impl Event {
    const fn known(&self) -> Known {
        Known {
            until: self.until_by >> ClaimMark::BITS,
            by: ClaimMark(self.until_by & ((1 << ClaimMark::BITS) - 1)),
            scope: self.scope,
        }
    }
}

impl Chain {
    const EMPTY: Self = Self(Place::NOWHERE.0);
    const MARKS: u32 = u32::BITS - Place::BITS;

    /// One of the marks, by bits of a hash that do not say in which chain its event is.
    const fn mark_of(hash: u64) -> u32 {
        let which = ((hash >> u32::BITS) * Self::MARKS as u64) >> u32::BITS;
        1 << (which as u32 + Place::BITS)
    }

    const fn has(self, mark: u32) -> bool {
        self.0 & mark != 0
    }

    const fn first(self) -> Place {
        Place(self.0 & Place::NOWHERE.0)
    }

    /// The same with this one first, and its mark.
    const fn with(self, first: Place, mark: u32) -> Self {
        Self(self.0 & !Place::NOWHERE.0 | first.0 | mark)
    }
}

impl Place {
    const BITS: u32 = 26;
    const NOWHERE: Self = Self((1 << Self::BITS) - 1);
    /// In no chain any more.
    const TAKEN: Self = Self(Self::NOWHERE.0 - 1);

    fn new(block: u32, within: usize) -> Option<Self> {
        let within = u32::try_from(within).ok()?;
        let place = block.checked_mul(BLOCK as u32)?.checked_add(within)?;
        // The last block would have the places that say something else.
        (place <= Self::NOWHERE.0 - BLOCK as u32).then_some(Self(place))
    }

    const fn split(self) -> (usize, usize) {
        let at = self.0 as usize;
        (at / BLOCK, at % BLOCK)
    }
}

impl Queue {
    /// The event that is over first.
    fn first(&self) -> Option<Place> {
        Place::new(*self.blocks.front()?, self.gone)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::scopes::Scopes;
    use super::super::{MOST, PARTS};
    use super::*;

    fn name(number: u64) -> Name {
        let spread = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        Name::new(u128::from(number).wrapping_mul(spread).to_be_bytes())
    }

    fn known(until: u64, by: i64) -> Known {
        let by = ClaimMark::of(Nonce::from(by));
        let scope = Scopes::default().enter(&[0; 16], 1).unwrap();
        Known { until, by, scope }
    }

    /// Numbers that look as if they were random.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
            self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % end
        }
    }

    /// The same with a map that is searched through, and the times at which each event was over.
    #[test]
    fn knows_what_a_plain_map_knows_and_forgets_the_soonest_first() {
        for (seed, lengths) in [(1, 1), (2, 3), (3, 1000)] {
            let mut numbers = Numbers(seed);
            let (mut done, mut plain) = (Done::default(), HashMap::<u64, u64>::new());
            let mut now = 0;
            for step in 0..10_000 {
                now += numbers.below(3);
                let number = numbers.below(500);
                match numbers.below(8) {
                    0 => {
                        let taken = done.take(&name(number)).map(|known| known.until);
                        assert_eq!(taken, plain.remove(&number), "step {step}");
                    }
                    1..4 => {
                        let soonest = plain.values().min().copied();
                        let forgotten = done.forget_one(now);
                        if let Some(Some(_)) = forgotten {
                            let over = soonest.unwrap();
                            assert!(over <= now, "step {step}");
                            let gone = |number: &u64| done.get(&name(*number)).is_none();
                            let gone: Vec<u64> = plain.keys().copied().filter(gone).collect();
                            assert_eq!(gone.len(), 1, "step {step}");
                            assert_eq!(plain.remove(&gone[0]), Some(over), "step {step}");
                        } else if forgotten.is_none() {
                            assert!(soonest.is_none_or(|time| time > now), "step {step}");
                        }
                    }
                    _ if plain.contains_key(&number) => {}
                    _ => {
                        let until = now + numbers.below(lengths) * 100;
                        done.insert(name(number), now, known(until, 1)).unwrap();
                        plain.insert(number, until);
                    }
                }
                assert_eq!(done.len(), plain.len(), "step {step}");
                if step % 100 == 0 {
                    assert_marks_are_those_of_events(&done);
                }
                let asked = numbers.below(500);
                assert_eq!(
                    done.get(&name(asked)).map(|known| known.until),
                    plain.get(&asked).copied(),
                    "step {step}"
                );
            }
            assert!(plain.len() > 20, "seed {seed} says nothing");
        }
    }

    /// More marks than that would have events read for nothing, again and again.
    fn assert_marks_are_those_of_events(done: &Done) {
        for (at, chain) in done.chains.iter().enumerate() {
            let mut marks = 0;
            let mut place = chain.first();
            while let Some(event) = done.event(place) {
                let spot = done.spot_of(&event.name);
                assert_eq!(spot.chain, at);
                marks |= spot.mark;
                place = event.next;
            }
            assert!(place == Place::NOWHERE);
            assert_eq!(chain.0, marks | chain.first().0);
        }
    }

    #[test]
    fn every_mark_is_used_and_none_of_them_is_a_place() {
        let hashes = (0..100).map(|number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let marks = hashes.fold(0, |marks, hash| marks | Chain::mark_of(hash));
        assert_eq!(marks, !Place::NOWHERE.0);
        assert!(Chain::EMPTY.first() == Place::NOWHERE && !Chain::EMPTY.has(marks));
    }

    #[test]
    fn the_last_places_say_something_else_and_are_given_to_no_event() {
        let blocks = (Place::NOWHERE.0 + 1) / BLOCK as u32;
        let last = Place::new(blocks - 2, BLOCK - 1).unwrap();
        assert_eq!(last.split(), (blocks as usize - 2, BLOCK - 1));
        for block in [blocks - 1, blocks, u32::MAX] {
            assert!(Place::new(block, 0).is_none(), "{block}");
        }
        assert!(MOST / PARTS < (blocks as usize - 2) * BLOCK);
    }

    #[test]
    fn what_is_remembered_and_forgotten_again_and_again_takes_no_more_room() {
        let mut done = Done::default();
        for number in 0..100_000 {
            done.insert(name(number), number, known(number + 1000, 1))
                .unwrap();
            while done.forget_one(number).is_some() {}
        }
        assert_eq!(done.len(), 1000);
        // One more for the first that is half empty, and one for the last that is half full.
        assert!(done.blocks.len() <= 1000 / BLOCK + 3);
        assert_eq!(done.chains.len(), 1024);
        while done.forget_one(u64::MAX).is_some() {}
        assert!(done.queues.is_empty() && done.firsts.is_empty());
        assert!(done.blocks.iter().all(Vec::is_empty));
    }

    #[test]
    fn what_was_taken_out_leaves_its_place_in_its_turn() {
        let mut done = Done::default();
        for round in 0..10_000 {
            done.insert(name(1), round, known(round, 1)).unwrap();
            assert!(done.take(&name(1)).is_some());
            assert!(matches!(done.forget_one(round), Some(None)));
        }
        assert_eq!((done.len(), done.blocks.len()), (0, 1));
    }

    #[test]
    fn an_event_knows_by_which_claim_it_was_done_and_when_it_is_over() {
        let mut done = Done::default();
        for (number, by, until) in [(0, i64::MIN, 0), (1, -1, 1 << 39), (2, 77, u64::MAX)] {
            done.insert(name(number), 0, known(until, by)).unwrap();
            let event = done.get(&name(number)).unwrap();
            assert!(event.by == ClaimMark::of(Nonce::from(by)));
            assert!(event.by != ClaimMark::of(Nonce::from(by ^ 1)));
            assert_eq!(event.until, until.min(LAST_TIME));
        }
    }
}

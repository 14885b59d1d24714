//! The events, and what is wrong with the poisonous ones.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::random::Random;

/// How many events a key has.
pub(crate) const EVENTS_PER_KEY: u32 = 12;

/// One key in so many has a poisonous event.
const KEYS_PER_POISON: u64 = 4;

/// What an event says, once it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) data: Data,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Data {
    pub(crate) object: Object,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Object {
    /// The key.
    pub(crate) id: String,
    pub(crate) sequence: u32,
    pub(crate) poison: Option<Poison>,
}

/// What a delivery does to its handler, each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Poison {
    Fails,
    Panics,
    Hangs,
    /// Ends the process, and so whatever else that works on.
    Exits,
}

/// Ends the process less often: whoever works beside it pays for it too.
const POISONS: [Poison; 13] = [
    Poison::Fails,
    Poison::Fails,
    Poison::Fails,
    Poison::Fails,
    Poison::Panics,
    Poison::Panics,
    Poison::Panics,
    Poison::Panics,
    Poison::Hangs,
    Poison::Hangs,
    Poison::Hangs,
    Poison::Hangs,
    Poison::Exits,
];

/// What a handler says that fails.
pub(crate) const FAILURE: &str = "the bank is closed";

/// What the table says of a delivery whose worker was killed at its last attempt.
pub(crate) const KILLED: &str = "no attempt came to its end";

impl Poison {
    /// How the reason of its dead letter begins.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Fails => FAILURE,
            Self::Panics => "the handler panicked",
            Self::Hangs => "the handler took longer than its deadline",
            Self::Exits => KILLED,
        }
    }
}

/// A key, and which of its events is poisonous.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) number: usize,
    poisonous: Option<(u32, Poison)>,
}

impl Key {
    pub(crate) fn new(number: usize, random: &mut Random) -> Self {
        let sequence = u32::try_from(random.within(1..u64::from(EVENTS_PER_KEY) + 1));
        let poison = usize::try_from(random.within(0..POISONS.len() as u64));
        let poison = poison.ok().and_then(|at| POISONS.get(at).copied());
        let poisonous = sequence.ok().zip(poison);
        Self {
            number,
            poisonous: poisonous.filter(|_| random.one_in(KEYS_PER_POISON)),
        }
    }

    pub(crate) fn poison(self, sequence: u32) -> Option<Poison> {
        let (_, poison) = self.poisonous.filter(|(at, _)| *at == sequence)?;
        Some(poison)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in_{}", self.number)
    }
}

/// What stands in a forgery where the key should be.
pub(crate) const FORGED: &str = "in_forged";

/// What the sender tells of an event: a change of the object that is its key.
pub(crate) fn body(id: &str, key: &str, sequence: u32, poison: Option<Poison>) -> Vec<u8> {
    let event = json!({
        "id": id,
        "object": "event",
        "type": "invoice.updated",
        "livemode": false,
        "data": { "object": { "id": key, "object": "invoice", "sequence": sequence, "poison": poison } },
    });
    event.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_was_sent() {
        for poison in [None, Some(Poison::Exits)] {
            let told: Told = serde_json::from_slice(&body("evt_1", "in_1", 3, poison)).unwrap();
            let object = told.data.object;
            assert_eq!(told.id, "evt_1");
            assert_eq!((object.id.as_str(), object.sequence), ("in_1", 3));
            assert_eq!(object.poison, poison);
        }
    }

    #[test]
    fn some_keys_have_a_poisonous_event_and_none_has_two() {
        let mut random = Random::new(7);
        let poisonous = |key: Key| {
            let events = 1..=EVENTS_PER_KEY;
            events.filter(|at| key.poison(*at).is_some()).count()
        };
        let counts: Vec<_> = (0..100)
            .map(|number| poisonous(Key::new(number, &mut random)))
            .collect();
        assert!(counts.contains(&0) && counts.contains(&1));
        assert!(counts.iter().all(|count| *count <= 1));
    }
}

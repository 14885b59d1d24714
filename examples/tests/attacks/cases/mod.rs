//! The cases, made from tables: class, name, a change to a genuine request, the answer.

mod bodies;
mod framing;
pub(crate) mod keys;
mod replays;
mod senders;
mod signatures;
mod times;
mod tokens;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::case::Case;

/// Every case of every class. One that stands in two tables counts once.
pub(crate) fn all() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let mut titles = BTreeSet::new();
        [
            // Before those of all senders: they say more exactly what must come.
            signatures::cases(),
            times::cases(),
            tokens::cases(),
            keys::cases(),
            bodies::cases(),
            framing::cases(),
            replays::cases(),
            senders::cases(),
        ]
        .into_iter()
        .flatten()
        .filter(|case| titles.insert(case.title()))
        .collect()
    });
    &CASES
}

pub(crate) const BAD: &[&str] = &["bad_signature"];
pub(crate) const MALFORMED: &[&str] = &["malformed"];
pub(crate) const MISSING: &[&str] = &["missing_signature"];
/// Where senders differ in what they cannot read.
pub(crate) const UNREADABLE: &[&str] = &["bad_signature", "malformed", "missing_signature"];
/// The same, for senders whose keys are named in the request.
pub(crate) const UNPROVEN: &[&str] = &[
    "bad_signature",
    "malformed",
    "missing_signature",
    "stale",
    "unsigned",
    "untrusted_key",
    "wrong_audience",
];

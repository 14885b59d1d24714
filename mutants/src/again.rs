//! Which mutants a list names: one that a run has written, or that `--list` has printed.

use std::collections::{BTreeMap, BTreeSet};

use crate::mutant::Mutant;

/// The mutants that a line names, in their own order. Where none is as a line says, the code has moved since: then the mutants with
/// this name count, whatever their line.
#[must_use]
pub fn named<'m>(list: &str, all: &'m [Mutant]) -> Vec<&'m Mutant> {
    let mut names: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for (at, mutant) in all.iter().enumerate() {
        let own = names.entry((&mutant.file, name(mutant))).or_default();
        own.push(at);
    }
    let files: BTreeSet<&str> = names.keys().map(|(file, _)| *file).collect();
    let mut chosen = BTreeSet::new();
    for written in list.lines() {
        let mut readings = files.iter().filter_map(|file| read(written, file));
        let places = readings.find_map(|(file, line, name)| {
            let places = names.get(&(file, name.to_owned()))?;
            Some((line, places))
        });
        let Some((line, places)) = places else {
            continue;
        };
        let is_there = |at: &&usize| all.get(**at).is_some_and(|mutant| mutant.line == line);
        match places.iter().find(is_there) {
            Some(at) => chosen.extend([*at]),
            None => chosen.extend(places),
        }
    }
    chosen.into_iter().filter_map(|at| all.get(at)).collect()
}

fn name(mutant: &Mutant) -> String {
    format!("{}: {}", mutant.kind.name(), mutant.what)
}

/// The file, the line and the name in a line of a list, which may say first what became of it.
fn read<'w>(written: &'w str, file: &'w str) -> Option<(&'w str, usize, &'w str)> {
    let (before, rest) = written.split_once(file)?;
    if !(before.is_empty() || before.ends_with(' ')) {
        return None;
    }
    let (line, name) = rest.strip_prefix(':')?.split_once(": ")?;
    Some((file, line.parse().ok()?, name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::mutant::{Kind, Place};

    fn mutant(file: &str, line: usize, what: &str) -> Mutant {
        Mutant {
            file: file.to_owned(),
            line,
            kind: Kind::Pattern,
            what: what.to_owned(),
            place: Place::Source(Vec::new()),
        }
    }

    /// What a list names.
    const CASES: &[(&str, &[&str], &str)] = &[
        ("b.rs:3: pattern: one", &["b.rs:3"], "that one alone"),
        (
            "missed: b.rs:9: pattern: one",
            &["b.rs:9"],
            "what became of it is passed over",
        ),
        (
            "caught by lib b: b.rs:9: pattern: one",
            &["b.rs:9"],
            "the step that noticed too",
        ),
        (
            "b.rs:4: pattern: one",
            &["b.rs:3", "b.rs:9"],
            "the code has moved",
        ),
        (
            "b.rs:4: pattern: one\nb.rs:3: pattern: one",
            &["b.rs:3", "b.rs:9"],
            "one has moved, the other has not",
        ),
        (
            "b.rs:3: pattern: two",
            &["b.rs:5"],
            "another one stands there now",
        ),
        ("b.rs:3: pattern: on", &[], "a part of a name is no name"),
        ("b.rs:3: number: one", &[], "another kind"),
        (
            "ab.rs:3: pattern: one",
            &["ab.rs:3"],
            "the end of a path is no path",
        ),
        ("c.rs:3: pattern: one", &[], "no such file"),
        ("\nb.rs: pattern: one", &[], "without a line"),
    ];

    #[test]
    fn a_list_names_the_mutants_of_its_lines_and_by_name_what_has_moved() {
        let all = [
            mutant("ab.rs", 3, "one"),
            mutant("b.rs", 3, "one"),
            mutant("b.rs", 5, "two"),
            mutant("b.rs", 9, "one"),
        ];
        for (list, expected, case) in CASES {
            let found: Vec<_> = named(list, &all)
                .iter()
                .map(|mutant| format!("{}:{}", mutant.file, mutant.line))
                .collect();
            assert_eq!(found, *expected, "{case}");
        }
    }
}

//! The rules in which senders say what their kinds mean: which part of a file each is, and of which kinds of events. Two changes in
//! rules of other kinds are told apart by the kind that a line names, so that one build can hold both.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Lit};

use crate::mutant::{Mutant, Place};

/// A rule of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    bytes: Range<usize>,
    /// Its lines, from 1.
    pub lines: RangeInclusive<usize>,
    /// The kinds that it is about; those that end with `*` are beginnings.
    pub kinds: BTreeSet<String>,
}

impl Rule {
    /// Whether an event may be of a kind of both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let meet = |one: &str, other: &str| match (one.strip_suffix('*'), other.strip_suffix('*')) {
            (Some(one), Some(other)) => one.starts_with(other) || other.starts_with(one),
            (Some(start), None) => other.starts_with(start),
            (None, Some(start)) => one.starts_with(start),
            (None, None) => one == other,
        };
        let mut kinds = self.kinds.iter();
        kinds.any(|one| other.kinds.iter().any(|other| meet(one, other)))
    }

    /// Whether an event of this kind is one of its own.
    #[must_use]
    pub fn is_of(&self, kind: &str) -> bool {
        let mut kinds = self.kinds.iter();
        kinds.any(|own| match own.strip_suffix('*') {
            Some(start) => kind.starts_with(start),
            None => own == kind,
        })
    }
}

/// The only rule of these that a mutant changes, if it changes nothing else.
#[must_use]
pub fn changed_by<'r>(rules: &'r [Rule], mutant: &Mutant) -> Option<&'r Rule> {
    let Place::Source(edits) = &mutant.place else {
        return None;
    };
    let mut changed: Vec<&Rule> = Vec::new();
    for edit in edits {
        let touched = rules
            .iter()
            .filter(|rule| edit.from < rule.bytes.end && rule.bytes.start < edit.to);
        let before = changed.len();
        changed.extend(touched);
        if changed.len() == before {
            return None;
        }
    }
    changed.dedup();
    match changed.as_slice() {
        [rule] => Some(rule),
        _ => None,
    }
}

/// The rules of each file of one sender. One whose kinds cannot be told from these files is left out.
///
/// # Errors
/// If a file is not Rust.
pub fn of_sender(files: &BTreeMap<String, String>) -> syn::Result<BTreeMap<String, Vec<Rule>>> {
    let mut constants = Constants::default();
    let mut found = BTreeMap::new();
    for (name, source) in files {
        let mut finder = Finder {
            constants: &mut constants,
            rules: Vec::new(),
        };
        finder.visit_file(&syn::parse_file(source)?);
        found.insert(name, finder.rules);
    }
    let rules = found.into_iter().map(|(name, rules)| {
        let rules = rules.into_iter().filter_map(|(rule, words)| {
            let mut kinds = BTreeSet::new();
            let is_known = constants.read(&words, &mut kinds) && !kinds.is_empty();
            is_known.then_some(Rule { kinds, ..rule })
        });
        (name.clone(), rules.collect())
    });
    Ok(rules.collect())
}

/// What stands where kinds are named.
#[derive(Clone)]
enum Word {
    Text(String),
    Constant(String),
    Unknown,
}

#[derive(Default)]
struct Constants(BTreeMap<String, Vec<Vec<Word>>>);

impl Constants {
    /// Whether all words are texts in the end.
    fn read(&self, words: &[Word], texts: &mut BTreeSet<String>) -> bool {
        words.iter().all(|word| match word {
            Word::Text(text) => {
                texts.insert(text.clone());
                true
            }
            Word::Constant(name) => match self.0.get(name).map(Vec::as_slice) {
                Some([words]) => self.read(words, texts),
                _ => false,
            },
            Word::Unknown => false,
        })
    }
}

struct Finder<'c> {
    constants: &'c mut Constants,
    rules: Vec<(Rule, Vec<Word>)>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let words = words(&item.expr);
        let own = self.constants.0.entry(item.ident.to_string());
        own.or_default().push(words);
        visit::visit_item_const(self, item);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        let Some(kinds) = kinds(expr) else {
            return visit::visit_expr(self, expr);
        };
        let span = expr.span();
        let rule = Rule {
            bytes: span.byte_range(),
            lines: span.start().line..=span.end().line,
            kinds: BTreeSet::new(),
        };
        self.rules.push((rule, words(kinds)));
    }
}

/// What `Rule::new` or `Rule::by` is given first, with whatever is called behind it.
fn kinds(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::MethodCall(call) => kinds(&call.receiver),
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else {
                return None;
            };
            let mut names = path.path.segments.iter().rev().map(|part| &part.ident);
            let is_made = names
                .next()
                .is_some_and(|name| name == "new" || name == "by");
            let is_rule = names.next().is_some_and(|name| name == "Rule");
            call.args.first().filter(|_| is_made && is_rule)
        }
        _ => None,
    }
}

fn words(expr: &Expr) -> Vec<Word> {
    match expr {
        Expr::Reference(reference) => words(&reference.expr),
        Expr::Array(array) => array.elems.iter().flat_map(words).collect(),
        Expr::Lit(lit) => match &lit.lit {
            Lit::Str(text) => vec![Word::Text(text.value())],
            _ => vec![Word::Unknown],
        },
        Expr::Path(path) => match path.path.segments.last() {
            Some(last) => vec![Word::Constant(last.ident.to_string())],
            None => vec![Word::Unknown],
        },
        _ => vec![Word::Unknown],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::source;

    const FILE: &str = r#"
const MEANING: Meaning = Meaning::new(PLACES, &[
    Rule::new(&["a.paid", kind::FAILED], Paid).when(&[Is("/b", &["c"])]),
    Rule::by(
        SESSIONS,
        "/status", &[("open", Pending), ("done", Paid)],
    ),
    Rule::new(OTHERS, Paid),
    Rule::new(&["d.*"], Paid),
]);
const SESSIONS: &[&str] = &["session.new", "d.old"];
mod kind { const FAILED: &str = "a.failed"; }
"#;

    fn rules() -> Vec<Rule> {
        let files = BTreeMap::from([("a.rs".to_owned(), FILE.to_owned())]);
        of_sender(&files).unwrap().remove("a.rs").unwrap()
    }

    #[test]
    fn a_rule_has_lines_and_kinds_unless_they_stand_elsewhere() {
        let found: Vec<_> = rules()
            .into_iter()
            .map(|rule| (rule.lines, rule.kinds.into_iter().collect::<Vec<_>>()))
            .collect();
        let kinds = |kinds: [&str; 2]| kinds.map(str::to_owned).to_vec();
        assert_eq!(
            found,
            [
                (3..=3, kinds(["a.failed", "a.paid"])),
                (4..=7, kinds(["d.old", "session.new"])),
                (9..=9, vec!["d.*".to_owned()]),
            ]
        );
    }

    #[test]
    fn rules_meet_where_an_event_may_be_of_both() {
        let rules = rules();
        let meet = |one: usize, other: usize| rules[one].meets(&rules[other]);
        assert!(meet(1, 2) && meet(2, 1) && meet(0, 0));
        assert!(!meet(0, 1) && !meet(0, 2));
        assert!(rules[2].is_of("d.new") && rules[1].is_of("d.old"));
        assert!(!rules[2].is_of("a.paid") && !rules[1].is_of("d.new"));
    }

    #[test]
    fn a_mutant_is_of_a_rule_if_it_changes_that_one_alone() {
        let rules = rules();
        let mutants = source::mutants("a.rs", FILE, std::path::Path::new(".")).unwrap();
        let of = |what: &str| {
            let mutant = mutants.iter().find(|mutant| mutant.what.contains(what));
            let rule = changed_by(&rules, mutant.unwrap());
            rule.map(|rule| *rule.lines.start())
        };
        assert_eq!(of("`a.paidx`"), Some(3));
        assert_eq!(of("without `kind::FAILED`"), Some(3));
        assert_eq!(of("without `Rule::new(&[\"a.paid\""), Some(3));
        assert_eq!(of("`Paid` for `Pending`"), Some(4));
        assert_eq!(of("without `Rule::new(&[\"d.*\"]"), Some(9));
        // In a rule of unknown kinds, and in none.
        assert_eq!(of("without `Rule::new(OTHERS"), None);
        assert_eq!(of("`session.newx`"), None);
    }
}

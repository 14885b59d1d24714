//! The rules in which senders say what their kinds mean: which part of a file each is, and of which kinds of events; and the constants
//! that nothing but rules uses. Two changes in rules of other kinds are told apart by the kind that a line names, so that one build
//! can hold both.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Lit};

use crate::mutant::{Mutant, Place};
use crate::source::is_for_tests;

/// A rule of a table, or a constant that such rules use.
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
    let mut finder = Finder {
        file: String::new(),
        user: User::Other,
        found: Found::default(),
    };
    for (name, source) in files {
        finder.file.clone_from(name);
        finder.visit_file(&syn::parse_file(source)?);
    }
    let found = finder.found;
    let mut rules: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    let of_rules = (0..found.rules.len()).map(|at| (found.rules.get(at), found.of_rule(at)));
    let constants = found
        .constants
        .iter()
        .filter_map(|(name, all)| match all.as_slice() {
            [one] => Some((Some(one), found.of_constant(name, &mut BTreeSet::new()))),
            _ => None,
        });
    for (part, kinds) in of_rules.chain(constants) {
        if let (Some(part), Some(kinds)) = (part, kinds) {
            let rule = Rule {
                bytes: part.bytes.clone(),
                lines: part.lines.clone(),
                kinds,
            };
            rules.entry(part.file.clone()).or_default().push(rule);
        }
    }
    Ok(rules)
}

/// A rule or a constant, and the words that stand there, of a rule where its kinds are named.
struct Part {
    file: String,
    bytes: Range<usize>,
    lines: RangeInclusive<usize>,
    words: Vec<Word>,
}

/// What stands where kinds are named.
#[derive(Clone)]
enum Word {
    Text(String),
    Constant(String),
    Unknown,
}

/// What names a constant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum User {
    Rule(usize),
    Constant(String),
    Other,
}

#[derive(Default)]
struct Found {
    rules: Vec<Part>,
    constants: BTreeMap<String, Vec<Part>>,
    users: BTreeMap<String, BTreeSet<User>>,
}

impl Found {
    /// The kinds that a rule is about, if all are known.
    fn of_rule(&self, at: usize) -> Option<BTreeSet<String>> {
        let mut kinds = BTreeSet::new();
        let is_known = self.read(&self.rules.get(at)?.words, &mut kinds);
        (is_known && !kinds.is_empty()).then_some(kinds)
    }

    /// Those of all rules that use a constant, if nothing else does.
    fn of_constant(&self, name: &str, seen: &mut BTreeSet<String>) -> Option<BTreeSet<String>> {
        let mut kinds = BTreeSet::new();
        if !seen.insert(name.to_owned()) {
            return Some(kinds);
        }
        for user in self.users.get(name)? {
            kinds.extend(match user {
                User::Rule(at) => self.of_rule(*at)?,
                User::Constant(name) => self.of_constant(name, seen)?,
                User::Other => return None,
            });
        }
        Some(kinds)
    }

    /// Whether all words are texts in the end.
    fn read(&self, words: &[Word], texts: &mut BTreeSet<String>) -> bool {
        words.iter().all(|word| match word {
            Word::Text(text) => {
                texts.insert(text.clone());
                true
            }
            Word::Constant(name) => match self.constants.get(name).map(Vec::as_slice) {
                Some([part]) => self.read(&part.words, texts),
                _ => false,
            },
            Word::Unknown => false,
        })
    }
}

struct Finder {
    file: String,
    /// Where this is.
    user: User,
    found: Found,
}

impl Finder {
    fn part(&self, expr: &Expr, named: &Expr) -> Part {
        let span = expr.span();
        Part {
            file: self.file.clone(),
            bytes: span.byte_range(),
            lines: span.start().line..=span.end().line,
            words: words(named),
        }
    }

    fn is_used(&mut self, name: String) {
        let users = self.found.users.entry(name).or_default();
        users.insert(self.user.clone());
    }

    fn are_used(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => self.is_used(name.to_string()),
                TokenTree::Group(group) => self.are_used(group.stream()),
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        let (name, part) = (item.ident.to_string(), self.part(&item.expr, &item.expr));
        let own = self.found.constants.entry(name.clone());
        own.or_default().push(part);
        let user = std::mem::replace(&mut self.user, User::Constant(name));
        self.visit_expr(&item.expr);
        self.user = user;
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match (kinds(expr), &self.user) {
            (Some(kinds), User::Constant(_) | User::Other) => {
                let part = self.part(expr, kinds);
                let user = User::Rule(self.found.rules.len());
                self.found.rules.push(part);
                let user = std::mem::replace(&mut self.user, user);
                visit::visit_expr(self, expr);
                self.user = user;
            }
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(last) = path.path.segments.last() {
            self.is_used(last.ident.to_string());
        }
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.is_used(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.are_used(call.tokens.clone());
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
    Rule::new(&["d.*"], Paid).places(&REFUND),
]);
const SESSIONS: &[&str] = &["session.new", "d.old"];
const PLACES: Places = Places::new(&["/amount"]);
const REFUND: Places = PLACES.id(REFUND_ID);
const REFUND_ID: &[&str] = &["/refund"];
#[cfg(test)]
mod tests { fn f() { g(REFUND) } }
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
                // What nothing but rules uses.
                (17..=17, kinds(["a.failed", "a.paid"])),
                (13..=13, vec!["d.*".to_owned()]),
                (14..=14, vec!["d.*".to_owned()]),
                (11..=11, kinds(["d.old", "session.new"])),
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
        assert_eq!(of("`/refundx`"), Some(14));
        // In a rule of unknown kinds, and in what more than rules uses.
        assert_eq!(of("without `Rule::new(OTHERS"), None);
        assert_eq!(of("`/amountx`"), None);
    }
}

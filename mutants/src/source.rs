//! The mutants of a file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use proc_macro2::Span;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Lit, Pat, Token, Type};

use crate::mutant::{Edit, Kind, Mutant, Place};
use crate::texts::{Constant, Texts};
use crate::{lua, sql, tokens};

/// Every mutant of this file, in the order of the text. `folder` is the one it lies in.
///
/// # Errors
/// If it is not Rust.
pub fn mutants(name: &str, source: &str, folder: &Path) -> syn::Result<Vec<Mutant>> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder {
        name,
        source,
        texts: Texts::new(&file, folder),
        within: Vec::new(),
        is_table: false,
        mutants: Vec::new(),
    };
    finder.visit_file(&file);
    tell_apart(&mut finder.mutants);
    Ok(finder.mutants)
}

/// Two of one line may read the same, such as those of `60 * 60`: what is known of one is not known of the other.
fn tell_apart(mutants: &mut [Mutant]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for mutant in mutants {
        let count = counts.entry(mutant.to_string()).or_default();
        *count += 1;
        if *count > 1 {
            mutant.what.push_str(&format!(" ({count})"));
        }
    }
}

struct Finder<'f> {
    name: &'f str,
    source: &'f str,
    texts: Texts,
    /// The constants around this place.
    within: Vec<String>,
    /// Whether this is in a call or an array of a constant.
    is_table: bool,
    mutants: Vec<Mutant>,
}

impl Finder<'_> {
    fn add(&mut self, kind: Kind, at: Span, what: String, edits: Vec<Edit>) {
        let within = self
            .within
            .last()
            .map(|name| format!("{name}: "))
            .unwrap_or_default();
        self.mutants.push(Mutant {
            file: self.name.to_owned(),
            line: at.start().line,
            kind,
            // A line for each in the lists.
            what: format!("{within}{what}").replace('\n', "\\n"),
            place: Place::Source(edits),
        });
    }

    fn text(&self, part: &impl Spanned) -> String {
        let text = self
            .source
            .get(part.span().byte_range())
            .unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Leaves out one of several that stand between signs, and the sign behind it, or before the last one.
    fn leave_out(&mut self, kind: Kind, whole: Span, parts: impl Iterator<Item = Span>) {
        let parts: Vec<Span> = parts.collect();
        let ranges: Vec<Range<usize>> = parts.iter().map(Span::byte_range).collect();
        for (index, (part, own)) in parts.iter().zip(&ranges).enumerate() {
            let before = index.checked_sub(1).and_then(|before| ranges.get(before));
            let (from, to) = match (ranges.get(index + 1), before) {
                (Some(next), _) => (own.start, next.start),
                (None, Some(before)) => (before.end, own.end),
                (None, None) => (own.start, self.behind_comma(own.end)),
            };
            let mut what = format!("without `{}`", shortened(&self.text(part)));
            if kind == Kind::Pattern {
                what.push_str(&format!(" of `{}`", shortened(&self.text(&whole))));
            }
            let text = String::new();
            self.add(kind, *part, what, vec![Edit { from, to, text }]);
        }
    }

    fn behind_comma(&self, at: usize) -> usize {
        match self.source.get(at..at + 1) {
            Some(",") => at + 1,
            _ => at,
        }
    }

    /// Exchanges what two entries beside each other have last.
    fn swap(&mut self, entries: &Punctuated<Expr, Token![,]>) {
        for (one, other) in entries.iter().zip(entries.iter().skip(1)) {
            let (Some(first), Some(second)) = (value(one), value(other)) else {
                continue;
            };
            if is_for_people(first) && is_for_people(second) {
                continue;
            }
            let (first_text, second_text) = (self.text(first), self.text(second));
            if first_text == second_text || self.key(one, first) == self.key(other, second) {
                continue;
            }
            let edit = |at: &Expr, text: &str| {
                let Range { start, end } = at.span().byte_range();
                Edit {
                    from: start,
                    to: end,
                    text: text.to_owned(),
                }
            };
            let edits = vec![edit(first, &second_text), edit(second, &first_text)];
            let what = format!(
                "`{}` for `{}` of `{}`",
                shortened(&second_text),
                shortened(&first_text),
                shortened(&self.text(one))
            );
            self.add(Kind::Swap, one.span(), what, edits);
        }
    }

    /// What stands before the value.
    fn key(&self, entry: &Expr, value: &Expr) -> String {
        let (entry, value) = (entry.span().byte_range(), value.span().byte_range());
        self.source
            .get(entry.start..value.start)
            .unwrap_or_default()
            .to_owned()
    }

    /// A constant, unless it is a statement or a script.
    fn constant(&mut self, name: String, ty: &Type, expr: &Expr) {
        if let Some(text) = self.texts.constant(expr)
            && self.statement(&name, &text, is_included(expr))
        {
            return;
        }
        // What is said to people only.
        if matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "About"))
        {
            return;
        }
        self.within.push(name);
        let was_table = std::mem::replace(&mut self.is_table, false);
        self.visit_expr(expr);
        self.is_table = was_table;
        self.within.pop();
    }

    /// The mutants of a statement or a script. A file that is included has its own lines.
    fn statement(&mut self, name: &str, constant: &Constant, is_included: bool) -> bool {
        let (kind, changes) = match &constant.text {
            text if lua::is_lua(text) => (Kind::Lua, lua::changes(&tokens::read(text))),
            text if sql::is_sql(text) => (Kind::Sql, sql::changes(&tokens::read(text))),
            _ => return false,
        };
        let all = tokens::read(&constant.text);
        for change in changes {
            let before = all
                .iter()
                .filter(|token| token.at < change.at)
                .map(|token| token.text.as_str());
            let before: Vec<&str> = before.collect();
            let before = before
                .get(before.len().saturating_sub(4)..)
                .unwrap_or_default()
                .join(" ");
            let line = constant.line(change.at);
            let what = match is_included {
                true => format!("{name}, line {line}: {} behind `{before}`", change.what),
                false => format!("{name}: {} behind `{before}`", change.what),
            };
            let new = tokens::write(&change.tokens, constant.text.len());
            self.mutants.push(Mutant {
                file: self.name.to_owned(),
                line,
                kind,
                what,
                place: Place::Program {
                    old: constant.text.clone(),
                    new,
                },
            });
        }
        true
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if !is_for_tests(&item.attrs) {
            self.constant(item.ident.to_string(), &item.ty, &item.expr);
        }
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        if !is_for_tests(&item.attrs) {
            self.constant(item.ident.to_string(), &item.ty, &item.expr);
        }
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        if !is_for_tests(&item.attrs) {
            self.constant(item.ident.to_string(), &item.ty, &item.expr);
        }
    }

    fn visit_pat_or(&mut self, pattern: &'ast syn::PatOr) {
        self.leave_out(
            Kind::Pattern,
            pattern.span(),
            pattern.cases.iter().map(Spanned::span),
        );
        visit::visit_pat_or(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.is_ident("matches") {
            let parse = |input: syn::parse::ParseStream<'_>| {
                let value: Expr = input.parse()?;
                input.parse::<Token![,]>()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                input.parse::<proc_macro2::TokenStream>()?;
                Ok((value, pattern))
            };
            if let Ok((_, Pat::Or(pattern))) = parse.parse2(call.tokens.clone()) {
                self.leave_out(
                    Kind::Pattern,
                    pattern.span(),
                    pattern.cases.iter().map(Spanned::span),
                );
            }
        }
    }

    fn visit_expr_array(&mut self, array: &'ast syn::ExprArray) {
        if self.within.is_empty() {
            return visit::visit_expr_array(self, array);
        }
        self.leave_out(
            Kind::Entry,
            array.span(),
            array.elems.iter().map(Spanned::span),
        );
        self.swap(&array.elems);
        let was_table = std::mem::replace(&mut self.is_table, true);
        visit::visit_expr_array(self, array);
        self.is_table = was_table;
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let was_table = std::mem::replace(&mut self.is_table, true);
        visit::visit_expr_call(self, call);
        self.is_table = was_table;
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let was_table = std::mem::replace(&mut self.is_table, true);
        visit::visit_expr_method_call(self, call);
        self.is_table = was_table;
    }

    fn visit_lit(&mut self, lit: &'ast Lit) {
        let range = lit.span().byte_range();
        let edit = |text: String| {
            vec![Edit {
                from: range.start,
                to: range.end,
                text,
            }]
        };
        match lit {
            Lit::Str(text) if self.within.is_empty() => {
                self.statement("in a function", &Constant::of_literal(text), false);
            }
            Lit::Int(number) if !self.within.is_empty() => {
                if let Ok(value) = number.base10_parse::<u64>() {
                    let new = sql::changed(value);
                    let what = format!("`{new}` for `{}`", self.text(lit));
                    self.add(
                        Kind::Number,
                        lit.span(),
                        what,
                        edit(format!("{new}{}", number.suffix())),
                    );
                }
            }
            Lit::Str(text) if self.is_table => {
                let value = text.value();
                if is_prose(&value) {
                    return;
                }
                let new = format!("{value}x");
                let what = format!("`{}` for `{}`", shortened(&new), shortened(&value));
                self.add(Kind::Word, lit.span(), what, edit(format!("{new:?}")));
            }
            _ => {}
        }
    }
}

/// What an entry has last, if there is something before it.
fn value(entry: &Expr) -> Option<&Expr> {
    match entry {
        Expr::Tuple(tuple) if tuple.elems.len() > 1 => tuple.elems.last(),
        Expr::Call(call) if call.args.len() > 1 => call.args.last(),
        _ => None,
    }
}

/// Addresses and sentences.
fn is_prose(text: &str) -> bool {
    text.starts_with("http") || text.contains(' ')
}

fn is_for_people(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(lit) if matches!(&lit.lit, Lit::Str(text) if is_prose(&text.value())))
}

fn is_included(expr: &Expr) -> bool {
    matches!(expr, Expr::Macro(call) if call.mac.path.is_ident("include_str"))
}

/// Whether this is compiled for tests only: `#[test]`, `#[cfg(test)]`, and what is behind the feature `testing`.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_test = attribute
            .path()
            .segments
            .last()
            .is_some_and(|last| last.ident == "test");
        let condition = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => String::new(),
        };
        is_test
            || condition == "test"
            || condition.contains("\"testing\"") && !condition.contains("not")
    })
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}…")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What the first line of the source becomes.
    fn changed(source: &str) -> Vec<String> {
        let mutants = mutants("a.rs", source, Path::new(".")).unwrap();
        let changed = mutants.iter().map(|mutant| mutant.applied(source));
        changed
            .map(|text| text.unwrap_or_else(|| "in the program".to_owned()))
            .collect()
    }

    #[test]
    fn each_place_of_the_source_is_changed() {
        let cases: &[(&str, &[&str])] = &[
            (
                "fn f(a: u8) { match a { 1 | 2 | 3 => {} _ => {} } }",
                &[
                    "fn f(a: u8) { match a { 2 | 3 => {} _ => {} } }",
                    "fn f(a: u8) { match a { 1 | 3 => {} _ => {} } }",
                    "fn f(a: u8) { match a { 1 | 2 => {} _ => {} } }",
                ],
            ),
            (
                "fn f(a: E) -> bool { matches!(a, E::A | E::B if true) }",
                &[
                    "fn f(a: E) -> bool { matches!(a, E::B if true) }",
                    "fn f(a: E) -> bool { matches!(a, E::A if true) }",
                ],
            ),
            (
                "const A: &[&str] = &[\"a\", \"b\"];",
                &[
                    "const A: &[&str] = &[\"b\"];",
                    "const A: &[&str] = &[\"a\"];",
                    "const A: &[&str] = &[\"ax\", \"b\"];",
                    "const A: &[&str] = &[\"a\", \"bx\"];",
                ],
            ),
            (
                "const A: &[(&str, u8)] = &[(\"a\", 1), (\"b\", 20)];",
                &[
                    "const A: &[(&str, u8)] = &[(\"b\", 20)];",
                    "const A: &[(&str, u8)] = &[(\"a\", 1)];",
                    "const A: &[(&str, u8)] = &[(\"a\", 20), (\"b\", 1)];",
                    "const A: &[(&str, u8)] = &[(\"ax\", 1), (\"b\", 20)];",
                    "const A: &[(&str, u8)] = &[(\"a\", 2), (\"b\", 20)];",
                    "const A: &[(&str, u8)] = &[(\"a\", 1), (\"bx\", 20)];",
                    "const A: &[(&str, u8)] = &[(\"a\", 1), (\"b\", 40)];",
                ],
            ),
            (
                "const S: Scheme = Scheme::new(\"acme\").id(&[Json(\"/id\")]);",
                &[
                    "const S: Scheme = Scheme::new(\"acmex\").id(&[Json(\"/id\")]);",
                    "const S: Scheme = Scheme::new(\"acme\").id(&[]);",
                    "const S: Scheme = Scheme::new(\"acme\").id(&[Json(\"/idx\")]);",
                ],
            ),
            (
                "const A: u64 = 5 * 60;",
                &["const A: u64 = 6 * 60;", "const A: u64 = 5 * 120;"],
            ),
            (
                "const A: &str = \"SELECT a FROM t LIMIT 1\";",
                &["in the program", "in the program"],
            ),
            // For people, or for tests.
            ("const A: About = About::new(\"a\", 1);", &[]),
            ("const A: &[&str] = &[];", &[]),
            (
                "const A: &[S] = &[S::of(\"a\", \"what it is\"), S::of(\"b\", \"what it is not\")];",
                &[
                    "const A: &[S] = &[S::of(\"b\", \"what it is not\")];",
                    "const A: &[S] = &[S::of(\"a\", \"what it is\")];",
                    "const A: &[S] = &[S::of(\"ax\", \"what it is\"), S::of(\"b\", \"what it is not\")];",
                    "const A: &[S] = &[S::of(\"a\", \"what it is\"), S::of(\"bx\", \"what it is not\")];",
                ],
            ),
            ("#[cfg(test)] mod tests { const A: u8 = 1; }", &[]),
            ("fn f() { let a = [1, 2]; g(\"a\"); }", &[]),
        ];
        for (source, expected) in cases {
            assert_eq!(changed(source), *expected, "{source}");
        }
    }

    #[test]
    fn a_mutant_is_one_line_of_a_list() {
        let source = "const A: &[&str] = &[\"\\n\"];";
        let mutants = mutants("a.rs", source, Path::new(".")).unwrap();
        let listed: Vec<_> = mutants.iter().map(ToString::to_string).collect();
        assert_eq!(listed[1], "a.rs:1: word: A: `\\nx` for `\\n`");
    }

    #[test]
    fn mutants_of_one_line_have_different_names() {
        let source = "const A: u64 = 60 * 60;";
        let mutants = mutants("a.rs", source, Path::new(".")).unwrap();
        let listed: Vec<_> = mutants.iter().map(ToString::to_string).collect();
        let first = "a.rs:1: number: A: `120` for `60`";
        assert_eq!(listed, [first.to_owned(), format!("{first} (2)")]);
    }

    #[test]
    fn a_mutant_says_where_it_is_and_what_it_changes() {
        let source = "\nconst A: &str = \"\nSELECT a FROM t\nWHERE b < 1\";\n";
        let mutants = mutants("a.rs", source, Path::new(".")).unwrap();
        let listed: Vec<_> = mutants.iter().map(ToString::to_string).collect();
        assert_eq!(
            listed,
            [
                "a.rs:4: sql: A: without `WHERE b < 1` behind `SELECT a FROM t`",
                "a.rs:4: sql: A: `<=` for `<` behind `FROM t WHERE b`",
                "a.rs:4: sql: A: `2` for `1` behind `t WHERE b <`",
            ]
        );
        assert!(mutants.iter().all(|mutant| match &mutant.place {
            Place::Program { old, new } => old.len() >= new.len() && old.starts_with("\nSELECT"),
            Place::Source(_) => false,
        }));
    }
}

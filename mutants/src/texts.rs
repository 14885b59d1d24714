//! Constants as the compiler makes them: `concat!`, `include_str!` and macros without arguments are followed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, File, Item, Lit, Macro, Token};

/// A text, and in which line of which file each part of it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constant {
    /// The whole.
    pub text: String,
    /// Where a part begins, and its line.
    parts: Vec<(usize, usize)>,
}

impl Constant {
    fn of(text: String, line: usize) -> Self {
        Self {
            text,
            parts: vec![(0, line)],
        }
    }

    /// What a literal says.
    #[must_use]
    pub fn of_literal(text: &syn::LitStr) -> Self {
        Self::of(text.value(), text.span().start().line)
    }

    fn push(&mut self, other: Self) {
        let at = self.text.len();
        let parts = other.parts.into_iter();
        self.parts
            .extend(parts.map(|(from, line)| (at + from, line)));
        self.text.push_str(&other.text);
    }

    /// The line of what stands at this byte.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        let part = self.parts.iter().rev().find(|(from, _)| *from <= at);
        let (from, line) = part.copied().unwrap_or((0, 1));
        let before = self.text.get(from..at).unwrap_or_default();
        line + before.matches('\n').count()
    }
}

/// What a file's macros say.
pub struct Texts {
    macros: HashMap<String, Expr>,
    folder: PathBuf,
}

impl Texts {
    /// The macros of this file, which lies in this folder.
    #[must_use]
    pub fn new(file: &File, folder: &Path) -> Self {
        let mut macros = HashMap::new();
        for item in &file.items {
            if let Item::Macro(item) = item
                && let Some(name) = &item.ident
                && let Some(body) = body(&item.mac)
            {
                macros.insert(name.to_string(), body);
            }
        }
        Self {
            macros,
            folder: folder.to_owned(),
        }
    }

    /// The text that this expression is, if it is one.
    #[must_use]
    pub fn constant(&self, expr: &Expr) -> Option<Constant> {
        match expr {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(Constant::of_literal(text)),
            Expr::Macro(call) => self.called(&call.mac),
            Expr::Paren(inner) => self.constant(&inner.expr),
            _ => None,
        }
    }

    fn called(&self, call: &Macro) -> Option<Constant> {
        let name = call.path.segments.last()?;
        let line = name.ident.span().start().line;
        match name.ident.to_string().as_str() {
            "concat" => {
                let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
                let mut whole = Constant::default();
                for part in parse.parse2(call.tokens.clone()).ok()? {
                    whole.push(self.constant(&part)?);
                }
                Some(whole)
            }
            "include_str" => {
                let path: syn::LitStr = syn::parse2(call.tokens.clone()).ok()?;
                let text = std::fs::read_to_string(self.folder.join(path.value())).ok()?;
                Some(Constant::of(text, 1))
            }
            other => self.constant(self.macros.get(other)?).map(|constant| {
                // A macro is changed where it is called: each use by itself.
                Constant::of(constant.text, line)
            }),
        }
    }
}

/// What a macro of one rule without arguments is.
fn body(definition: &Macro) -> Option<Expr> {
    let mut groups = definition
        .tokens
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            proc_macro2::TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        });
    let (arguments, body, more) = (groups.next()?, groups.next()?, groups.next());
    if !arguments.is_empty() || more.is_some() {
        return None;
    }
    syn::parse2(body).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_what_the_compiler_makes_of_it() {
        let file: File = syn::parse_str(
            "macro_rules! now { () => { \"now()\" } }\n\
             const A: &str = concat!(\n    \"SELECT \",\n    now!(),\n    \"\nFROM t\"\n);",
        )
        .unwrap();
        let texts = Texts::new(&file, Path::new("."));
        let Some(Item::Const(item)) = file.items.last() else {
            unreachable!()
        };
        let constant = texts.constant(&item.expr).unwrap();
        assert_eq!(constant.text, "SELECT now()\nFROM t");
        assert_eq!([0, 7, 13].map(|at| constant.line(at)), [3, 4, 6]);
    }
}

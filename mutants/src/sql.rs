//! What is changed in SQL.

use crate::tokens::Token;

/// A change of a text: what it is called, where it is, and the tokens afterwards.
pub struct Change {
    /// What is changed, for the list.
    pub what: String,
    /// The place in the text.
    pub at: usize,
    /// What the text is then.
    pub tokens: Vec<Token>,
}

/// Whether this text is SQL: how each statement here begins.
#[must_use]
pub fn is_sql(text: &str) -> bool {
    const FIRST: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE"];
    let text = crate::tokens::read(text);
    text.len() > 3
        && text
            .first()
            .is_some_and(|first| FIRST.contains(&&*first.text))
}

/// What a row of the inbox can be.
const STATES: &[&str] = &["new", "waiting", "working", "done", "dead"];

/// Words that stand between the parts of a statement: a condition does not go past them.
const CLAUSES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "RETURNING",
    "ORDER",
    "GROUP",
    "LIMIT",
    "FOR",
    "UNION",
    "ON",
    "SET",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AS",
    "VALUES",
    ",",
    ";",
    "CASE",
    "UPDATE",
];

/// One word or sign for another.
const INSTEAD: &[(&str, &str)] = &[
    ("<", "<="),
    ("<=", "<"),
    (">", ">="),
    (">=", ">"),
    ("<>", "="),
    ("+", "-"),
    ("-", "+"),
    ("min", "max"),
    ("max", "min"),
    ("least", "greatest"),
    ("greatest", "least"),
    ("GREATEST", "LEAST"),
    ("true", "false"),
    ("TRUE", "FALSE"),
    ("FALSE", "TRUE"),
];

/// Words that are left out together, in this order.
const LEFT_OUT: &[&[&str]] = &[
    &["FOR", "UPDATE", "SKIP", "LOCKED"],
    &["SKIP", "LOCKED"],
    &["FOR", "UPDATE"],
    &["NOT"],
    &["DISTINCT"],
    &["UNIQUE"],
];

/// Parts of a statement that are left out to their end.
const PARTS: &[&[&str]] = &[
    &["WHERE"],
    &["ORDER", "BY"],
    &["GROUP", "BY"],
    &["LIMIT"],
    &["CHECK"],
];

/// Every change of this text, in the order of their places.
#[must_use]
pub fn changes(tokens: &[Token]) -> Vec<Change> {
    let text = Text::new(tokens);
    let mut changes: Vec<Change> = Vec::new();
    for index in 0..tokens.len() {
        text.words(index, &mut changes);
        text.operands(index, &mut changes);
        text.parts(index, &mut changes);
    }
    changes
}

struct Text<'t> {
    tokens: &'t [Token],
    /// Whether it makes a table: then a number in brackets is the length of a type.
    is_definition: bool,
    /// How many brackets and `CASE`s are open at each token; what opens and what closes is outside.
    depths: Vec<usize>,
}

impl<'t> Text<'t> {
    fn new(tokens: &'t [Token]) -> Self {
        let mut depth = 0_usize;
        let depths = tokens.iter().map(|token| match token.text.as_str() {
            "(" | "CASE" => {
                depth += 1;
                depth - 1
            }
            ")" | "END" => {
                depth = depth.saturating_sub(1);
                depth
            }
            _ => depth,
        });
        Self {
            depths: depths.collect(),
            is_definition: tokens.first().is_some_and(|first| first.is("CREATE")),
            tokens,
        }
    }

    fn token(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &token.text)
    }

    fn depth(&self, index: usize) -> usize {
        self.depths.get(index).copied().unwrap_or_default()
    }

    /// Leaves out a range, and puts tokens in its place.
    fn change(&self, from: usize, to: usize, instead: &[&str], changes: &mut Vec<Change>) {
        let (Some(first), Some(before), Some(left), Some(after)) = (
            self.tokens.get(from),
            self.tokens.get(..from),
            self.tokens.get(from..to),
            self.tokens.get(to..),
        ) else {
            return;
        };
        let new: Vec<Token> = instead.iter().map(|text| first.with(*text)).collect();
        let old: Vec<&str> = left.iter().map(|token| token.text.as_str()).collect();
        changes.push(Change {
            what: match instead {
                [] => format!("without `{}`", old.join(" ")),
                _ => format!("`{}` for `{}`", instead.join(" "), old.join(" ")),
            },
            at: first.at,
            tokens: [before, &new, after].concat(),
        });
    }

    /// A word, a sign, a number or a text becomes another one.
    fn words(&self, index: usize, changes: &mut Vec<Change>) {
        let Some(token) = self.tokens.get(index) else {
            return;
        };
        let before = index.checked_sub(1).map_or("", |at| self.token(at));
        let mut one = |text: &str| self.change(index, index + 1, &[text], changes);
        if let Some((_, instead)) = INSTEAD.iter().find(|(word, _)| token.is(word)) {
            one(instead);
        }
        if token.is("=") && !self.is_assignment(index) {
            one("<>");
        }
        if token.is("IS")
            && !self
                .tokens
                .get(index + 1)
                .is_some_and(|next| next.is("NOT"))
        {
            one("IS NOT");
        }
        if let Some(number) = token.number()
            && !(self.is_definition && before == "(")
            // `EXISTS (SELECT 1`: whatever is selected.
            && !(before == "SELECT" && index > 2 && self.token(index - 3) == "EXISTS")
        {
            one(&changed(number).to_string());
        }
        if let Some(state) = token.quoted() {
            if let Some(at) = STATES.iter().position(|known| *known == state) {
                let next = STATES.get((at + 1) % STATES.len()).unwrap_or(&"new");
                one(&format!("'{next}'"));
            } else if let Some((number, unit)) = state.split_once(' ')
                && let Ok(number) = number.parse()
            {
                one(&format!("'{} {unit}'", changed(number)));
            } else if let Ok(number) = state.parse() {
                one(&format!("'{}'", changed(number)));
            }
        }
    }

    /// Whether this sign gives something its value: after `SET`, `UPDATE` or a comma behind them, and not in a condition.
    fn is_assignment(&self, index: usize) -> bool {
        let depth = self.depth(index);
        let before = (0..index).rev().take_while(|at| self.depth(*at) >= depth);
        let clause = before.filter(|at| self.depth(*at) == depth).find(|at| {
            matches!(
                self.token(*at),
                "SET" | "UPDATE" | "WHERE" | "ON" | "WHEN" | "SELECT" | "AND" | "OR" | "FROM"
            )
        });
        clause.is_some_and(|at| matches!(self.token(at), "SET" | "UPDATE"))
    }

    /// What stands on either side of `AND` and `OR`, and between the commas of a list, is left out.
    fn operands(&self, index: usize, changes: &mut Vec<Change>) {
        let depth = self.depth(index);
        let ends = |at: usize, and_too: bool| {
            self.depth(at) < depth
                || self.depth(at) == depth
                    && (CLAUSES.contains(&self.token(at))
                        || self.token(at) == "OR"
                        || and_too && self.token(at) == "AND")
        };
        let word = self.token(index);
        if word == "AND" || word == "OR" {
            let and_too = word == "AND";
            let to = (index + 1..self.tokens.len()).find(|at| ends(*at, and_too));
            self.change(index, to.unwrap_or(self.tokens.len()), &[], changes);
            // Of several, the one before was left out as the one after its own word.
            let from = (0..index).rev().find(|at| ends(*at, and_too));
            if from.is_none_or(|at| self.token(at) != word || self.depth(at) < depth) {
                self.change(from.map_or(0, |at| at + 1), index + 1, &[], changes);
            }
        }
        // An entry of a list of texts: `IN ('new', 'working')`.
        if self
            .tokens
            .get(index)
            .is_some_and(|token| token.quoted().is_some())
        {
            if self.token(index + 1) == "," {
                let is_list = self
                    .tokens
                    .get(index + 2)
                    .is_some_and(|next| next.quoted().is_some());
                if is_list {
                    self.change(index, index + 2, &[], changes);
                }
            } else if index > 1
                && self.token(index - 1) == ","
                && self
                    .tokens
                    .get(index - 2)
                    .is_some_and(|before| before.quoted().is_some())
            {
                self.change(index - 1, index + 1, &[], changes);
            }
        }
    }

    /// Parts of a statement, assignments and branches are left out.
    fn parts(&self, index: usize, changes: &mut Vec<Change>) {
        let depth = self.depth(index);
        let begins = |words: &[&str]| {
            words
                .iter()
                .enumerate()
                .all(|(at, word)| self.token(index + at) == *word)
        };
        // A column that may be empty is none that anybody notices.
        if let Some(words) = LEFT_OUT.iter().find(|words| begins(words))
            && !begins(&["NOT", "NULL"])
        {
            self.change(index, index + words.len(), &[], changes);
        }
        let until = |from: usize, ends: &[&str]| {
            let mut rest = from..self.tokens.len();
            let end = rest.find(|at| {
                self.depth(*at) < depth
                    || self.depth(*at) == depth && ends.contains(&self.token(*at))
            });
            end.unwrap_or(self.tokens.len())
        };
        if let Some(words) = PARTS.iter().find(|words| begins(words)) {
            let ends = [
                "WHERE",
                "RETURNING",
                "ORDER",
                "GROUP",
                "LIMIT",
                "FOR",
                "UNION",
                "ON",
                ";",
            ];
            let comma_ends: &[&str] = if begins(&["CHECK"]) {
                &[",", ";"]
            } else {
                &ends
            };
            self.change(index, until(index + words.len(), comma_ends), &[], changes);
        }
        // `a = b` of several that are assigned.
        if self.token(index) == "=" && self.is_assignment(index) && index > 0 {
            let from = if index > 1 && self.token(index - 2) == "." {
                index - 3
            } else {
                index - 1
            };
            let to = until(index + 1, &[",", "WHERE", "FROM", "RETURNING", ";", "SET"]);
            match (from.checked_sub(1).map(|at| self.token(at)), self.token(to)) {
                (_, ",") => self.change(from, to + 1, &[], changes),
                (Some(","), _) => self.change(from - 1, to, &[], changes),
                _ => {}
            }
        }
        // One of several branches.
        if self.token(index) == "WHEN" {
            let to = until(index + 1, &["WHEN", "ELSE", "END"]);
            let is_alone = self.token(index - 1) == "CASE" && self.token(to) != "WHEN";
            if !is_alone {
                self.change(index, to, &[], changes);
            }
        }
    }
}

/// The next number, or one that is much larger.
#[must_use]
pub fn changed(number: u64) -> u64 {
    if number > 10 {
        number.saturating_mul(2)
    } else {
        number + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{read, write};

    fn all(text: &str) -> Vec<String> {
        let changes = changes(&read(text));
        changes
            .iter()
            .map(|change| write(&change.tokens, usize::MAX))
            .collect()
    }

    #[test]
    fn each_part_of_a_statement_is_changed() {
        // The statement, and every text that it must become.
        let cases: &[(&str, &[&str])] = &[
            (
                "SELECT a FROM t WHERE b < $1 AND NOT c",
                &[
                    "SELECT a FROM t",
                    "SELECT a FROM t WHERE b <= $1 AND NOT c",
                    "SELECT a FROM t WHERE b < $1",
                    "SELECT a FROM t WHERE NOT c",
                    "SELECT a FROM t WHERE b < $1 AND c",
                ],
            ),
            (
                "UPDATE t SET a = a + 1, b = 'new' WHERE id = ?",
                &[
                    "UPDATE t SET b = 'new' WHERE id = ?",
                    "UPDATE t SET a = a - 1, b = 'new' WHERE id = ?",
                    "UPDATE t SET a = a + 2, b = 'new' WHERE id = ?",
                    "UPDATE t SET a = a + 1 WHERE id = ?",
                    "UPDATE t SET a = a + 1, b = 'waiting' WHERE id = ?",
                    "UPDATE t SET a = a + 1, b = 'new'",
                    "UPDATE t SET a = a + 1, b = 'new' WHERE id <> ?",
                ],
            ),
            (
                "DELETE FROM t WHERE k IN (SELECT k FROM t ORDER BY u LIMIT $1 FOR UPDATE SKIP LOCKED)",
                &[
                    "DELETE FROM t",
                    "DELETE FROM t WHERE k IN (SELECT k FROM t LIMIT $1 FOR UPDATE SKIP LOCKED)",
                    "DELETE FROM t WHERE k IN (SELECT k FROM t ORDER BY u FOR UPDATE SKIP LOCKED)",
                    "DELETE FROM t WHERE k IN (SELECT k FROM t ORDER BY u LIMIT $1)",
                    "DELETE FROM t WHERE k IN (SELECT k FROM t ORDER BY u LIMIT $1 FOR UPDATE)",
                ],
            ),
            (
                "SELECT CASE WHEN n <> $1 THEN 2 WHEN d THEN 1 ELSE 3 END",
                &[
                    "SELECT CASE WHEN d THEN 1 ELSE 3 END",
                    "SELECT CASE WHEN n = $1 THEN 2 WHEN d THEN 1 ELSE 3 END",
                    "SELECT CASE WHEN n <> $1 THEN 3 WHEN d THEN 1 ELSE 3 END",
                    "SELECT CASE WHEN n <> $1 THEN 2 ELSE 3 END",
                    "SELECT CASE WHEN n <> $1 THEN 2 WHEN d THEN 2 ELSE 3 END",
                    "SELECT CASE WHEN n <> $1 THEN 2 WHEN d THEN 1 ELSE 4 END",
                ],
            ),
            (
                "SELECT a WHERE s IN ('new', 'working') OR b AND c OR d",
                &[
                    "SELECT a",
                    "SELECT a WHERE s IN ('waiting', 'working') OR b AND c OR d",
                    "SELECT a WHERE s IN ('working') OR b AND c OR d",
                    "SELECT a WHERE s IN ('new', 'done') OR b AND c OR d",
                    "SELECT a WHERE s IN ('new') OR b AND c OR d",
                    "SELECT a WHERE s IN ('new', 'working') OR d",
                    "SELECT a WHERE b AND c OR d",
                    "SELECT a WHERE s IN ('new', 'working') OR b OR d",
                    "SELECT a WHERE s IN ('new', 'working') OR c OR d",
                    "SELECT a WHERE s IN ('new', 'working') OR b AND c",
                ],
            ),
            (
                "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET d = x.d, u = x.u WHERE t.n = x.n RETURNING k",
                &[
                    "INSERT INTO t VALUES (2) ON CONFLICT (k) DO UPDATE SET d = x.d, u = x.u WHERE t.n = x.n RETURNING k",
                    "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET u = x.u WHERE t.n = x.n RETURNING k",
                    "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET d = x.d WHERE t.n = x.n RETURNING k",
                    "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET d = x.d, u = x.u RETURNING k",
                    "INSERT INTO t VALUES (1) ON CONFLICT (k) DO UPDATE SET d = x.d, u = x.u WHERE t.n <> x.n RETURNING k",
                ],
            ),
            ("SELECT EXISTS (SELECT 1 FROM t)", &[]),
            (
                "CREATE TABLE t (k BINARY(32) NOT NULL UNIQUE, n INT DEFAULT 0)",
                &[
                    "CREATE TABLE t (k BINARY(32) NOT NULL, n INT DEFAULT 0)",
                    "CREATE TABLE t (k BINARY(32) NOT NULL UNIQUE, n INT DEFAULT 1)",
                ],
            ),
            (
                "SELECT min(a) WHERE b IS NULL AND c > now() - interval '1 day'",
                &[
                    "SELECT max(a) WHERE b IS NULL AND c > now() - interval '1 day'",
                    "SELECT min(a)",
                    "SELECT min(a) WHERE b IS NOT NULL AND c > now() - interval '1 day'",
                    "SELECT min(a) WHERE b IS NULL",
                    "SELECT min(a) WHERE c > now() - interval '1 day'",
                    "SELECT min(a) WHERE b IS NULL AND c >= now() - interval '1 day'",
                    "SELECT min(a) WHERE b IS NULL AND c > now() + interval '1 day'",
                    "SELECT min(a) WHERE b IS NULL AND c > now() - interval '2 day'",
                ],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(all(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_sentence_is_no_statement() {
        assert!(is_sql("\nSELECT a FROM t"));
        assert!(is_sql("-- A table.\nCREATE TABLE t (a)"));
        assert!(!is_sql("SELECT"));
        assert!(!is_sql("Select the events that your endpoint gets"));
    }
}

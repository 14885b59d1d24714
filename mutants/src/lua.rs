//! What is changed in Lua.

use crate::sql::{Change, changed};
use crate::tokens::Token;

/// Whether this text is a script for Redis.
#[must_use]
pub fn is_lua(text: &str) -> bool {
    text.contains("redis.call(")
}

/// One word or sign for another.
const INSTEAD: &[(&str, &str)] = &[
    ("==", "~="),
    ("~=", "=="),
    ("<", "<="),
    (">", ">="),
    ("+", "-"),
    ("-", "+"),
    ("*", "/"),
    ("and", "or"),
    ("or", "and"),
    ("max", "min"),
    ("floor", "ceil"),
];

/// Every change of this script, in the order of their places.
#[must_use]
pub fn changes(tokens: &[Token]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let mut replace = |to: usize, instead: &str| {
            let (Some(before), Some(left), Some(after)) =
                (tokens.get(..index), tokens.get(index..to), tokens.get(to..))
            else {
                return;
            };
            let old: Vec<&str> = left.iter().map(|token| token.text.as_str()).collect();
            let (what, new) = match instead {
                "" => (format!("without `{}`", old.join(" ")), vec![]),
                _ => (
                    format!("`{instead}` for `{}`", old.join(" ")),
                    vec![token.with(instead)],
                ),
            };
            changes.push(Change {
                what,
                at: token.at,
                tokens: [before, &new, after].concat(),
            });
        };
        if let Some((_, instead)) = INSTEAD.iter().find(|(word, _)| token.is(word)) {
            replace(index + 1, instead);
        }
        if let Some(number) = token.number() {
            replace(index + 1, &changed(number).to_string());
        } else if token.is("1.5") {
            replace(index + 1, "2.5");
        }
        if token.is("not") {
            replace(index + 1, "");
        }
        let before = index.checked_sub(1).and_then(|at| tokens.get(at));
        // A call that is a statement by itself.
        let is_call = token.is("redis") && !before.is_some_and(|before| before.is("="));
        if is_call && let Some(end) = closed(tokens, index) {
            replace(end + 1, "");
        }
        // `tonumber(a)` is `a`.
        if token.is("tonumber")
            && let Some(end) = closed(tokens, index)
            && let Some(inner) = tokens.get(index + 2..end)
        {
            let inner: String = inner.iter().map(|token| token.text.as_str()).collect();
            replace(end + 1, &inner);
        }
        // `if a then b end` of one line: never.
        if token.is("if") || token.is("elseif") {
            replace(index + 1, &format!("{} false and", token.text));
        }
        // `HSET` without one of its pairs: `'name', value,`.
        let is_name = token.quoted().is_some_and(|name| !name.starts_with('%'))
            && before.is_some_and(|before| before.is(","));
        if is_name && is_in_call(tokens, index, "'HSET'") {
            let value_end = end_of_value(tokens, index + 2);
            if before.is_some() && index > 0 && value_end > index + 2 {
                let to = value_end;
                let (Some(head), Some(tail)) = (tokens.get(..index - 1), tokens.get(to..)) else {
                    continue;
                };
                changes.push(Change {
                    what: format!("without the field {}", token.text),
                    at: token.at,
                    tokens: [head, tail].concat(),
                });
            }
        }
    }
    changes
}

/// Where the first bracket after this place is closed.
fn closed(tokens: &[Token], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" => depth += 1,
            ")" if depth <= 1 => return Some(index),
            ")" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether the call that this token is an argument of begins with this one, and the token is the name of a pair.
fn is_in_call(tokens: &[Token], index: usize, first: &str) -> bool {
    let mut depth = 0_usize;
    let mut commas = 0_usize;
    for token in tokens.iter().take(index).rev() {
        match token.text.as_str() {
            ")" | "]" => depth += 1,
            "(" | "[" if depth == 0 => return false,
            "(" | "[" => depth -= 1,
            "," if depth == 0 => commas += 1,
            text if depth == 0 && text == first => return commas >= 2 && commas.is_multiple_of(2),
            _ => {}
        }
    }
    false
}

/// The end of an argument: its comma, or the bracket that closes the call.
fn end_of_value(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" if depth == 0 => return index,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => return index,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{read, write};

    #[test]
    fn comparisons_numbers_calls_and_fields_are_changed() {
        let script = "local a = redis.call('GET', KEYS[1])\nif not a then return 2 end\nredis.call('HSET', KEYS[1], 's', 'o', 'n', f(a) + 1)";
        let all: Vec<String> = changes(&read(script))
            .iter()
            .map(|change| write(&change.tokens, usize::MAX))
            .collect();
        let get = "local a = redis.call('GET', KEYS[1])";
        let test = "if not a then return 2 end";
        let set = "redis.call('HSET', KEYS[1], 's', 'o', 'n', f(a) + 1)";
        assert_eq!(
            all,
            [
                format!("local a = redis.call('GET', KEYS[2]) {test} {set}"),
                format!("{get} if false and not a then return 2 end {set}"),
                format!("{get} if a then return 2 end {set}"),
                format!("{get} if not a then return 3 end {set}"),
                format!("{get} {test}"),
                format!("{get} {test} redis.call('HSET', KEYS[2], 's', 'o', 'n', f(a) + 1)"),
                format!("{get} {test} redis.call('HSET', KEYS[1], 'n', f(a) + 1)"),
                format!("{get} {test} redis.call('HSET', KEYS[1], 's', 'o')"),
                format!("{get} {test} redis.call('HSET', KEYS[1], 's', 'o', 'n', f(a) - 1)"),
                format!("{get} {test} redis.call('HSET', KEYS[1], 's', 'o', 'n', f(a) + 2)"),
            ]
        );
    }
}

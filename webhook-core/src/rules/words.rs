//! Rules in the words of the documentation's tables.

use crate::time::TimeUnit;

/// Kinds, as code.
pub(crate) fn kinds(kinds: &[&str]) -> String {
    match kinds {
        ["*"] => "any other".to_owned(),
        kinds => {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
            kinds.join(", ")
        }
    }
}

/// How times are written.
pub(crate) const fn unit_of_time(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Seconds => "in seconds",
        TimeUnit::Milliseconds => "in milliseconds",
        TimeUnit::Rfc3339 => "by RFC 3339",
        TimeUnit::Rfc3339WithoutColon => "by RFC 3339, with or without the colon of the offset",
        #[allow(unreachable_patterns, reason = "there may come more")]
        _ => "in a form of its own",
    }
}

/// Any of these values.
pub(crate) fn any(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    values.join(" or ")
}

/// Places, the first that counts first.
pub(crate) fn shown(places: &[&str]) -> String {
    let places: Vec<String> = places.iter().map(|at| dotted(at)).collect();
    places.join(", else ")
}

/// `/a/b - |/c|` as `a.b - abs(c)`.
pub(crate) fn dotted(sum: &str) -> String {
    let word = |word: &str| {
        let place = word
            .trim_matches('|')
            .trim_start_matches('/')
            .replace('/', ".");
        match word.starts_with('|') {
            true => format!("abs({place})"),
            false => place,
        }
    };
    let words: Vec<String> = sum.split(' ').map(word).collect();
    format!("`{}`", words.join(" "))
}

/// Adds what is not there yet.
pub(crate) fn add(all: &mut Vec<&'static str>, more: &[&'static str]) {
    for kind in more {
        if !all.contains(kind) {
            all.push(kind);
        }
    }
}

//! Tests that hold for every sender go on behind the first of which they do not.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The part of a test that is about this sender. What is wrong with it, a panic included, becomes lines that begin with its name; then
/// comes the part of the next sender.
pub fn about<T: Default>(name: &str, wrong: &mut String, part: impl FnOnce(&mut String) -> T) -> T {
    let mut own = String::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| part(&mut own)));
    wrong.push_str(&own);
    outcome.unwrap_or_else(|panic| {
        let text = said(&*panic).replace('\n', "\n  ");
        wrong.push_str(&format!("{name}: {text}\n"));
        T::default()
    })
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    literal.or(formatted).unwrap_or("it panics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_sender_is_asked_behind_a_panic() {
        let mut wrong = String::new();
        let count: usize = ["acme", "bolt", "cord"]
            .into_iter()
            .map(|name| {
                about(name, &mut wrong, |wrong| {
                    match name {
                        "acme" => panic!("no key\nat all"),
                        "bolt" => wrong.push_str("bolt, paid: it is not\n"),
                        _ => {}
                    }
                    1
                })
            })
            .sum();
        assert_eq!(wrong, "acme: no key\n  at all\nbolt, paid: it is not\n");
        assert_eq!(count, 2);
    }
}

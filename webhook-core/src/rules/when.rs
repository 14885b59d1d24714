//! What must hold of a body.

use std::fmt;

use crate::rules::pointers::{check_pointers, check_sums};
use crate::rules::sum;
use crate::rules::words::{any, dotted};

/// What must hold of a body. What decides must be readable: a number that is none is an error, never a guess.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum When {
    /// What stands at the place is one of these texts; numbers as they are written, `true` and `false`.
    Is(&'static str, &'static [&'static str]),
    /// What stands at the place is none of these texts, or nothing stands there.
    Not(&'static str, &'static [&'static str]),
    /// Anything but null stands there.
    Present(&'static str),
    /// Nothing stands there, or null.
    Absent(&'static str),
    /// The same stands at both places, as it is written.
    Same(&'static str, &'static str),
    /// Two numbers are there, and they are equal. Each is written as an amount: `/a`, `/a - /b`.
    Equal(&'static str, &'static str),
    /// A number is there that is greater than zero. Written as an amount.
    Positive(&'static str),
    /// A number is there that is less than zero. Written as an amount.
    Negative(&'static str),
    /// What stands at the place begins with one of these texts.
    Begins(&'static str, &'static [&'static str]),
    /// What stands at the place ends with one of these texts.
    Ends(&'static str, &'static [&'static str]),
    /// A text stands there that sorts before this one, as dates and versions do: `2024-06-20` before `2025-03-31`.
    Before(&'static str, &'static str),
}

impl When {
    /// The places that it asks for: two texts, each a place or a sum of places.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (one, other) = match *self {
            Self::Is(at, _)
            | Self::Not(at, _)
            | Self::Present(at)
            | Self::Absent(at)
            | Self::Positive(at)
            | Self::Negative(at)
            | Self::Begins(at, _)
            | Self::Ends(at, _)
            | Self::Before(at, _) => (at, None),
            Self::Same(one, other) | Self::Equal(one, other) => (one, Some(other)),
        };
        std::iter::once(one).chain(other).flat_map(sum::pointers)
    }

    pub(crate) const fn check(&self) -> Result<(), &'static str> {
        match *self {
            Self::Is(_, values)
            | Self::Not(_, values)
            | Self::Begins(_, values)
            | Self::Ends(_, values)
                if values.is_empty() =>
            {
                Err("a condition has no value")
            }
            Self::Is(at, _)
            | Self::Not(at, _)
            | Self::Present(at)
            | Self::Absent(at)
            | Self::Begins(at, _)
            | Self::Ends(at, _)
            | Self::Before(at, _) => check_pointers(&[at]),
            Self::Same(one, other) => check_pointers(&[one, other]),
            Self::Equal(one, other) => check_sums(&[one, other]),
            Self::Positive(at) | Self::Negative(at) => check_sums(&[at]),
        }
    }
}

/// That each can be followed.
pub(crate) const fn check_conditions(mut conditions: &[When]) -> Result<(), &'static str> {
    while let [condition, rest @ ..] = conditions {
        if let Err(fault) = condition.check() {
            return Err(fault);
        }
        conditions = rest;
    }
    Ok(())
}

impl fmt::Display for When {
    /// As it stands in the tables of the documentation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(at, values) => write!(f, "{} is {}", dotted(at), any(values)),
            Self::Not(at, values) => write!(f, "{} is not {}", dotted(at), any(values)),
            Self::Present(at) => write!(f, "{} is there", dotted(at)),
            Self::Absent(at) => write!(f, "{} is not there", dotted(at)),
            Self::Same(one, other) | Self::Equal(one, other) => {
                write!(f, "{} equals {}", dotted(one), dotted(other))
            }
            Self::Positive(at) => write!(f, "{} is above 0", dotted(at)),
            Self::Negative(at) => write!(f, "{} is below 0", dotted(at)),
            Self::Before(at, text) => write!(f, "{} is before `{text}`", dotted(at)),
            Self::Begins(at, values) => write!(f, "{} begins with {}", dotted(at), any(values)),
            Self::Ends(at, values) => write!(f, "{} ends with {}", dotted(at), any(values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conditions about two places, with the places that they ask for.
    const SOUND: &[(When, &[&str])] = &[
        (When::Is("/a", &["x"]), &["/a"]),
        (When::Not("/a", &["x"]), &["/a"]),
        (When::Present("/a"), &["/a"]),
        (When::Absent("/a"), &["/a"]),
        (When::Same("/a", "/b"), &["/a", "/b"]),
        (When::Equal("/a", "/b - /c"), &["/a", "/b", "/c"]),
        (When::Positive("/a - /b"), &["/a", "/b"]),
        (When::Negative("/a - /b"), &["/a", "/b"]),
        (When::Begins("/a", &["x"]), &["/a"]),
        (When::Ends("/a", &["x"]), &["/a"]),
        (When::Before("/a", "x"), &["/a"]),
    ];

    /// The same with a fault each, and a word of what is said of it.
    const BROKEN: &[(When, &str)] = &[
        (When::Is("/a", &[]), "no value"),
        (When::Not("/a", &[]), "no value"),
        (When::Begins("/a", &[]), "no value"),
        (When::Ends("/a", &[]), "no value"),
        (When::Is("a", &["x"]), "begin"),
        (When::Not("a", &["x"]), "begin"),
        (When::Present("a"), "begin"),
        (When::Absent("a"), "begin"),
        (When::Same("/a", "b"), "begin"),
        (When::Equal("/a", "/b - c"), "sum"),
        (When::Positive("/a - b"), "sum"),
        (When::Negative("/a - b"), "sum"),
        (When::Begins("a", &["x"]), "begin"),
        (When::Ends("a", &["x"]), "begin"),
        (When::Before("a", "x"), "begin"),
    ];

    #[test]
    fn each_condition_asks_for_its_places_and_says_what_is_wrong_with_it() {
        for (when, places) in SOUND {
            assert_eq!(when.check(), Ok(()), "{when}");
            assert!(when.pointers().eq(places.iter().copied()), "{when}");
            assert!(check_conditions(&[*when, When::Present("a")]).is_err());
        }
        for (when, wanted) in BROKEN {
            let said = when.check().unwrap_err();
            assert!(said.contains(wanted), "{when}: {said}");
        }
    }
}

//! What stands at the places that rules ask for.

use crate::json::{Place, Text};
use crate::outcome::DecodeError;
use crate::rules::sum;
use crate::rules::when::When;

/// What stands at the places that the rules ask for.
pub(crate) struct Found(pub(crate) Vec<Place>);

impl Found {
    /// What stands there.
    pub(crate) fn at(&self, pointer: &str) -> Place {
        let place = self.0.iter().find(|place| place.pointer() == pointer);
        place.cloned().unwrap_or(Place::nothing())
    }

    /// Whether all of this holds.
    pub(crate) fn all_hold(&self, conditions: &[When]) -> Result<bool, DecodeError> {
        for condition in conditions {
            if !self.holds(condition)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What decides about the status must be readable, or the status would be a guess.
    fn holds(&self, condition: &When) -> Result<bool, DecodeError> {
        Ok(match *condition {
            When::Is(at, values) => values.contains(&self.at(at).str()?),
            When::Not(at, values) => !values.contains(&self.at(at).str()?),
            When::Present(at) => self.at(at).is_there(),
            When::Absent(at) => !self.at(at).is_there(),
            When::Same(one, other) => {
                let one = self.at(one);
                one.is_there() && one.get()? == self.at(other).get()?
            }
            When::Equal(one, other) => match (self.number(one)?, self.number(other)?) {
                (Some(one), Some(other)) => one.equals(other),
                _ => false,
            },
            When::Positive(at) => self.number(at)?.is_some_and(sum::Exact::is_positive),
            When::Negative(at) => self.number(at)?.is_some_and(sum::Exact::is_negative),
            When::Before(at, text) => {
                let place = self.at(at);
                place.get()?.is_some_and(|own| own < text)
            }
            When::Ends(at, values) => {
                let place = self.at(at);
                let text = place.str()?;
                values.iter().any(|value| text.ends_with(value))
            }
            When::Begins(at, values) => {
                let place = self.at(at);
                let text = place.str()?;
                values.iter().any(|value| text.starts_with(value))
            }
        })
    }

    fn number(&self, sum: &'static str) -> Result<Option<sum::Exact>, DecodeError> {
        sum::add(sum, |pointer| self.at(pointer))
    }

    /// What stands at each place. Of a thing that is written whole, what the next place names inside of it.
    fn each(&self, pointers: &[&'static str]) -> impl Iterator<Item = Place> {
        let mut pointers = pointers.iter().peekable();
        std::iter::from_fn(move || {
            let pointer = pointers.next()?;
            let place = self.at(pointer);
            let inside = pointers.next_if(|next| is_inside(next, pointer));
            Some(match inside {
                Some(inside) => place.or_inside(self.at(inside)),
                None => place,
            })
        })
    }

    /// The first place where something stands.
    pub(crate) fn first(&self, pointers: &[&'static str]) -> Place {
        let there = self.each(pointers).find(Place::is_there);
        there.unwrap_or(Place::nothing())
    }

    /// The first that is a text and not empty.
    pub(crate) fn first_text(
        &self,
        pointers: &[&'static str],
    ) -> Result<Option<Text>, DecodeError> {
        for place in self.each(pointers) {
            if let Some(text) = place.text()? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

fn is_inside(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::json::places_of;

    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);
    /// Nobody can say.
    const FAULT: Option<bool> = None;

    /// Bodies, and whether the condition holds of each.
    type Asked = (When, &'static [(&'static str, Option<bool>)]);

    const ASKED: &[Asked] = &[
        (
            When::Is("/a", &["x", "7"]),
            &[
                (r#"{"a":"x"}"#, YES),
                (r#"{"a":7}"#, YES),
                (r#"{"a":"xy"}"#, NO),
                (r#"{"a":null}"#, NO),
                ("{}", NO),
                (r#"{"a":{}}"#, FAULT),
            ],
        ),
        (
            When::Not("/a", &["x", "true"]),
            &[
                (r#"{"a":"y"}"#, YES),
                (r#"{"a":null}"#, YES),
                ("{}", YES),
                (r#"{"a":"x"}"#, NO),
                (r#"{"a":true}"#, NO),
                (r#"{"a":"x","a":"y"}"#, FAULT),
            ],
        ),
        (
            When::Present("/a"),
            &[
                (r#"{"a":""}"#, YES),
                (r#"{"a":false}"#, YES),
                (r#"{"a":{}}"#, YES),
                (r#"{"a":1,"a":2}"#, YES),
                (r#"{"a":null}"#, NO),
                ("{}", NO),
            ],
        ),
        (
            When::Absent("/a"),
            &[
                (r#"{"a":null}"#, YES),
                ("{}", YES),
                (r#"{"a":""}"#, NO),
                (r#"{"a":[]}"#, NO),
                (r#"{"a":1,"a":2}"#, NO),
            ],
        ),
        (
            When::Same("/a", "/b"),
            &[
                (r#"{"a":"x","b":"x"}"#, YES),
                (r#"{"a":1.0,"b":1}"#, NO),
                (r#"{"a":"x"}"#, NO),
                (r#"{"a":null,"b":null}"#, NO),
                ("{}", NO),
                (r#"{"a":{},"b":{}}"#, FAULT),
            ],
        ),
        (
            When::Equal("/a", "/b - /c"),
            &[
                (r#"{"a":1.0,"b":3,"c":2}"#, YES),
                (r#"{"a":1,"b":3,"c":3}"#, NO),
                (r#"{"a":1,"b":1}"#, NO),
                (r#"{"b":1,"c":1}"#, NO),
                (r#"{"a":"x","b":1,"c":1}"#, FAULT),
            ],
        ),
        (
            When::Positive("/a"),
            &[
                (r#"{"a":"0.01"}"#, YES),
                (r#"{"a":0}"#, NO),
                (r#"{"a":-1}"#, NO),
                (r#"{"a":null}"#, NO),
                (r#"{"a":"x"}"#, FAULT),
            ],
        ),
        (
            When::Negative("/a"),
            &[
                (r#"{"a":-0.01}"#, YES),
                (r#"{"a":0}"#, NO),
                (r#"{"a":1}"#, NO),
                (r#"{"a":null}"#, NO),
            ],
        ),
        (
            When::Before("/a", "2024-06"),
            &[
                (r#"{"a":"2024-05-31"}"#, YES),
                (r#"{"a":"2024-06"}"#, NO),
                (r#"{"a":"2024-06-01"}"#, NO),
                (r#"{"a":null}"#, NO),
                (r#"{"a":[]}"#, FAULT),
            ],
        ),
        (
            When::Begins("/a", &["x", "y"]),
            &[
                (r#"{"a":"yes"}"#, YES),
                (r#"{"a":"x"}"#, YES),
                (r#"{"a":"ax"}"#, NO),
                (r#"{"a":null}"#, NO),
            ],
        ),
        (
            When::Ends("/a", &["x", "y"]),
            &[
                (r#"{"a":"boy"}"#, YES),
                (r#"{"a":"x"}"#, YES),
                (r#"{"a":"xa"}"#, NO),
                (r#"{"a":null}"#, NO),
            ],
        ),
    ];

    fn found(body: &'static str, pointers: &[&'static str]) -> Found {
        let body = Bytes::from_static(body.as_bytes());
        Found(places_of(&body, pointers).unwrap())
    }

    #[test]
    fn each_condition_holds_of_what_it_says_and_what_cannot_be_read_is_a_fault() {
        for (condition, bodies) in ASKED {
            let pointers: Vec<_> = condition.pointers().collect();
            for (body, wanted) in *bodies {
                let holds = found(body, &pointers).all_hold(&[*condition]);
                assert_eq!(holds.ok(), *wanted, "{condition}: {body}");
            }
        }
    }

    #[test]
    fn what_is_null_makes_way_for_the_next_place() {
        let pointers = ["/a", "/b"];
        for (body, wanted) in [
            (r#"{"a":null,"b":"x"}"#, "/b"),
            (r#"{"b":"x"}"#, "/b"),
            (r#"{"a":"","b":"x"}"#, "/a"),
            (r#"{"a":{},"b":"x"}"#, "/a"),
            (r#"{"a":1,"a":2,"b":"x"}"#, "/a"),
            (r#"{"a":null}"#, ""),
        ] {
            let first = found(body, &pointers).first(&pointers);
            assert_eq!(first.pointer(), wanted, "{body}");
        }
    }
}

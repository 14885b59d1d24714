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

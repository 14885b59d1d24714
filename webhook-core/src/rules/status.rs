//! What a rule says of an event.

use crate::outcome::DecodeError;
use crate::rules::found::Found;
use crate::rules::pointers::check_pointers;
use crate::rules::when::When;
use crate::rules::words::{any, dotted};

/// What a rule says of an event, in the words of a normal form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Status<S: 'static> {
    Always(S),
    /// By the text that stands there. With none of these the rule does not hold.
    By(&'static str, &'static [(&'static str, S)]),
}

impl<S> Status<S> {
    /// That it can say something.
    pub(crate) const fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Always(_) => Ok(()),
            Self::By(_, []) => Err("a rule has no status"),
            Self::By(place, _) => check_pointers(&[place]),
        }
    }

    /// The place that decides, if one does.
    pub(crate) const fn place(&self) -> Option<&'static str> {
        match self {
            Self::Always(_) => None,
            Self::By(place, _) => Some(place),
        }
    }
}

impl<S: Copy + PartialEq> Status<S> {
    /// What is said; nothing if these conditions do not hold, or no known text stands at the place.
    pub(crate) fn of(&self, when: &[When], found: &Found) -> Result<Option<S>, DecodeError> {
        if !found.all_hold(when)? {
            return Ok(None);
        }
        match self {
            Self::Always(status) => Ok(Some(*status)),
            Self::By(place, statuses) => {
                let place = found.at(place);
                let text = place.str()?;
                let said = statuses.iter().find(|(own, _)| *own == text);
                Ok(said.map(|(_, status)| *status))
            }
        }
    }

    /// All that can be said, and in words what must hold for each.
    pub(crate) fn readings(&self, when: &[When]) -> Vec<(S, Vec<String>)> {
        let when: Vec<String> = when.iter().map(When::to_string).collect();
        match self {
            Self::Always(status) => vec![(*status, when)],
            Self::By(place, statuses) => {
                let mut grouped: Vec<(S, Vec<&str>)> = Vec::new();
                for (text, status) in *statuses {
                    match grouped.iter_mut().find(|(own, _)| own == status) {
                        Some((_, texts)) => texts.push(text),
                        None => grouped.push((*status, vec![text])),
                    }
                }
                let with = |(status, texts): (S, Vec<&str>)| {
                    let is = format!("{} is {}", dotted(place), any(&texts));
                    (status, when.iter().cloned().chain([is]).collect())
                };
                grouped.into_iter().map(with).collect()
            }
        }
    }
}

//! What tells one event from every other: the rule of a scheme.

use crate::message::coverage::Coverage;
use crate::message::whose::Whose;
use crate::request::Field;

/// Fields of which the first that is there counts.
pub type FirstOf = &'static [Field];

/// What differs between any two events of a sender, and stays the same when the sender repeats one.
///
/// A [dedupe key](crate::dedupe::DedupeKey) is made of it. Three rules, in this order:
///
/// 1. the [fields](Self::fields), if the first of them is there;
/// 2. else everything that is signed: the body or the signed fields, and the [signed time](Self::content) unless the rule says
///    [`body`](Self::body);
/// 3. with it what is not signed but tells events apart: what stands [beside](Self::beside), and the body where the signature
///    does not cover it.
///
/// Where a repeat cannot be recognised, it is a new event: an event that is handled twice is better than one that is lost.
///
/// ```
/// use webhook_core::scheme::{Field, Identity, Algorithm, Scheme};
///
/// // An id that is unique for each account only.
/// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
///     .identity(Identity::fields(&[&[Field::Json("/id")], &[Field::Json("/account")]]));
///
/// // No id in the signed body; a header that nobody signs has one.
/// const UMBRELLA: Scheme = Scheme::new("umbrella", Algorithm::HmacSha256)
///     .identity(Identity::body().beside(&[&[Field::Header("umbrella-delivery")]]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    pub(crate) rule: Rule,
    pub(crate) beside: &'static [FirstOf],
    pub(crate) once: &'static [&'static str],
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Id,
    Fields(&'static [FirstOf]),
    Content,
    Body,
    Nothing,
}

impl Identity {
    /// The event's [id](crate::scheme::Scheme::id) with its [kind](crate::scheme::Scheme::kind), as far as they are signed. Where no
    /// id is signed, everything that is signed, and beside it the id and the kind that are not; the signed time too, unless
    /// there is such an id. What counts if a scheme says nothing.
    #[must_use]
    pub const fn id() -> Self {
        Self::new(Rule::Id)
    }

    /// These together, at most four; the first must be there. A text, a number, `true` or `false`, or an object as it is
    /// written. Where the first is absent, [`content`](Self::content) counts.
    #[must_use]
    pub const fn fields(fields: &'static [FirstOf]) -> Self {
        Self::new(Rule::Fields(fields))
    }

    /// Everything that is signed, with the signed time. A repeat that is signed anew is a new event then.
    #[must_use]
    pub const fn content() -> Self {
        Self::new(Rule::Content)
    }

    /// Everything that is signed without the signed time: for bodies that say themselves when something happened.
    #[must_use]
    pub const fn body() -> Self {
        Self::new(Rule::Body)
    }

    /// Nothing: two genuine events may be the same bytes, so that nobody can tell the second from a repeat. Each delivery is a new event,
    /// also with a store; what counts is the millisecond in which it arrives.
    ///
    /// ```
    /// use webhook_core::scheme::{Algorithm, Identity, Scheme};
    ///
    /// // The body says that something has changed, and no more.
    /// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256).identity(Identity::none());
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        Self::new(Rule::Nothing)
    }

    const fn new(rule: Rule) -> Self {
        Self {
            rule,
            beside: &[],
            once: &[],
        }
    }

    /// These unsigned fields too, at most four, where the fields of the rule do not suffice or are none. Whoever replays a request
    /// can change them, and have the event handled again:
    /// [`Dedupe::signed_parts_only`](crate::dedupe::Dedupe::signed_parts_only) leaves them out.
    #[must_use]
    pub const fn beside(self, fields: &'static [FirstOf]) -> Self {
        Self {
            beside: fields,
            ..self
        }
    }

    /// The time does not count for these kinds: no second event has the same body.
    #[must_use]
    pub const fn once(self, kinds: &'static [&'static str]) -> Self {
        Self {
            once: kinds,
            ..self
        }
    }
}

/// What the description of a sender says of names and of what is signed.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) id: FirstOf,
    pub(crate) kind: FirstOf,
    pub(crate) identity: Identity,
    pub(crate) whose: Option<&'static Whose>,
    pub(crate) coverage: Coverage,
    /// The fields that are parts of the signed content.
    pub(crate) parts: Vec<FirstOf>,
}

impl Described {
    /// Whether the signature covers this field.
    pub(crate) fn signs(&self, field: Field) -> bool {
        match self.coverage {
            Coverage::SenderOnly => false,
            Coverage::Body | Coverage::BodyHash
                if matches!(field, Field::Json(_) | Field::Form(_)) =>
            {
                true
            }
            _ => self.parts.iter().any(|fields| fields.contains(&field)),
        }
    }
}

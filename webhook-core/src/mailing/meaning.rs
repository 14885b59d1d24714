//! What the kinds of a sender mean for a message, as data.

use crate::mailing::document::Document;
use crate::mailing::places::Places;
use crate::mailing::status::MessageStatus;
use crate::rules::{Status, When, are_of, check_conditions, check_kinds, check_pointers, is_among};

/// What the kinds of one sender mean for a message, as [`payment::Meaning`](crate::payment::Meaning) says it of payments.
///
/// The rules of a kind are tried in their order. The first whose conditions hold counts; where none does, the event means nothing for
/// a message.
///
/// ```
/// use webhook_core::TimeUnit;
/// use webhook_core::mailing::MessageStatus::{Bounced, Delivered};
/// use webhook_core::mailing::{Bounce, Channel, Meaning, Places, Rule, When};
///
/// const MAILING: Meaning = Meaning::new(
///     Places::NONE
///         .channel(Channel::Email)
///         .to(&["/data/recipient"])
///         .message_id(&["/data/message"])
///         .reason(&["/data/response"])
///         .time(TimeUnit::Rfc3339, &["/created_at"]),
///     &[
///         Rule::new(&["mail.delivered"], Delivered),
///         Rule::by(
///             &["mail.bounced"],
///             "/data/class",
///             &[("5", Bounced(Bounce::Hard)), ("4", Bounced(Bounce::Soft))],
///         ),
///         Rule::new(&["mail.bounced"], Bounced(Bounce::Unknown)),
///     ],
/// );
/// const _: () = assert!(MAILING.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    pub(crate) places: Places,
    pub(crate) rules: &'static [Rule],
    pub(crate) document: Document,
    /// Where an event says its kind itself.
    pub(crate) kind: &'static [&'static str],
    /// Where each event of a list has its id; nothing where a body is one event.
    pub(crate) list: Option<&'static [&'static str]>,
}

impl Meaning {
    /// These rules, which read these places where they do not say others.
    #[must_use]
    pub const fn new(places: Places, rules: &'static [Rule]) -> Self {
        Self {
            places,
            rules,
            document: Document::Body,
            kind: &[],
            list: None,
        }
    }

    /// A body is a list of events, each with its id and its kind at the first of these places where something stands. All places
    /// begin at the event. No place of an id: events have none.
    #[must_use]
    pub const fn each_of_a_list(
        self,
        id: &'static [&'static str],
        kind: &'static [&'static str],
    ) -> Self {
        Self {
            list: Some(id),
            ..self.kind_at(kind)
        }
    }

    /// The kind is what stands at the first of these places where something does, for senders whose deliveries name none. An event
    /// without a kind follows the rules for any: those of the kind `*`.
    ///
    /// ```
    /// use webhook_core::mailing::MessageStatus::{Delivered, Inbound};
    /// use webhook_core::mailing::{Meaning, Places, Rule, When};
    ///
    /// const MAILING: Meaning = Meaning::new(
    ///     Places::NONE.to(&["/to"]),
    ///     &[
    ///         Rule::new(&["delivered"], Delivered),
    ///         Rule::new(&["*"], Inbound).when(&[When::Absent("/status"), When::Present("/text")]),
    ///     ],
    /// )
    /// .kind_at(&["/status"]);
    /// const _: () = assert!(MAILING.check().is_ok());
    /// ```
    #[must_use]
    pub const fn kind_at(self, places: &'static [&'static str]) -> Self {
        Self {
            kind: places,
            ..self
        }
    }

    /// A body is an urlencoded form: the field `To` stands at `/To`. A body that is none means nothing for a message.
    #[must_use]
    pub const fn of_a_form(self) -> Self {
        Self {
            document: Document::Form,
            ..self
        }
    }

    /// A body is an urlencoded form, of which the field at this place, such as `/events`, holds the JSON. **The signature must cover
    /// the field**: where the proof says [`Coverage::Fields`](crate::Coverage::Fields), what is read from it counts as signed.
    #[must_use]
    pub const fn of_a_signed_field(self, place: &'static str) -> Self {
        Self {
            document: Document::SignedField(place),
            ..self
        }
    }

    /// A body is JSON, of which the text at this place, such as `/Message`, holds the JSON that is read. **The signature must cover the
    /// text**, as for [`of_a_signed_field`](Self::of_a_signed_field).
    #[must_use]
    pub const fn of_a_signed_text(self, place: &'static str) -> Self {
        Self {
            document: Document::SignedText(place),
            ..self
        }
    }

    /// The kinds that mean something, each once; those that end with `*` are beginnings.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for kind in self.rules.iter().flat_map(|rule| rule.kinds) {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds
    }

    /// Whether what is read stands where the signature covers it, though the rest of the body may not be covered.
    pub(crate) const fn reads_signed_part(&self) -> bool {
        self.document.signed_place().is_some()
    }

    /// Whether every rule can be followed. In a constant it costs nothing, and stops the build.
    ///
    /// # Errors
    /// If a rule has no kind, a kind is empty or has a `*` before its end, a place does not begin with `/`, a condition has no value,
    /// a rule no status, or a rule stands behind one of the same kind that always holds.
    pub const fn check(&self) -> Result<(), &'static str> {
        if let Err(fault) = self.places.check() {
            return Err(fault);
        }
        if let Some(id) = self.list {
            if self.kind.is_empty() {
                return Err("an event of a list has no place of its kind");
            }
            if let Err(fault) = check_pointers(id) {
                return Err(fault);
            }
        }
        if let Err(fault) = check_pointers(self.kind) {
            return Err(fault);
        }
        if let Some(place) = self.document.signed_place() {
            if let Err(fault) = check_pointers(&[place]) {
                return Err(fault);
            }
        }
        let mut rules = self.rules;
        while let [rule, behind @ ..] = rules {
            if let Err(fault) = rule.check() {
                return Err(fault);
            }
            if rule.always_holds() && is_one_of(behind, rule.kinds) {
                return Err("a rule stands behind one of the same kind that always holds");
            }
            rules = behind;
        }
        Ok(())
    }
}

/// What some kinds mean.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(crate) kinds: &'static [&'static str],
    pub(crate) status: Status<MessageStatus>,
    pub(crate) when: &'static [When],
    pub(crate) places: Option<&'static Places>,
}

impl Rule {
    /// An event of one of these kinds says this. A kind that ends with `*` stands for all that begin with what is before it.
    #[must_use]
    pub const fn new(kinds: &'static [&'static str], status: MessageStatus) -> Self {
        Self::of(kinds, Status::Always(status))
    }

    /// An event of one of these kinds says what stands for the text at this place. With another text, or none, the rule does not
    /// hold.
    #[must_use]
    pub const fn by(
        kinds: &'static [&'static str],
        place: &'static str,
        statuses: &'static [(&'static str, MessageStatus)],
    ) -> Self {
        Self::of(kinds, Status::By(place, statuses))
    }

    const fn of(kinds: &'static [&'static str], status: Status<MessageStatus>) -> Self {
        Self {
            kinds,
            status,
            when: &[],
            places: None,
        }
    }

    /// Only if all of this holds.
    #[must_use]
    pub const fn when(self, conditions: &'static [When]) -> Self {
        Self {
            when: conditions,
            ..self
        }
    }

    /// Reads these places, and none of those of the [`Meaning`].
    #[must_use]
    pub const fn places(self, places: &'static Places) -> Self {
        Self {
            places: Some(places),
            ..self
        }
    }

    pub(crate) fn is_of(&self, kind: &str) -> bool {
        are_of(self.kinds, kind)
    }

    /// Where what it reads stands.
    pub(crate) fn reads<'a>(&'a self, places: &'a Places) -> &'a Places {
        self.places.unwrap_or(places)
    }

    /// Whether it holds whatever the body says.
    const fn always_holds(&self) -> bool {
        self.when.is_empty() && self.status.place().is_none()
    }

    const fn check(&self) -> Result<(), &'static str> {
        if let Err(fault) = check_kinds(self.kinds) {
            return Err(fault);
        }
        if let Err(fault) = check_conditions(self.when) {
            return Err(fault);
        }
        if let Err(fault) = self.status.check() {
            return Err(fault);
        }
        match self.places {
            Some(places) => places.check(),
            None => Ok(()),
        }
    }
}

/// Whether one of the rules is about one of these kinds.
const fn is_one_of(mut rules: &[Rule], kinds: &[&str]) -> bool {
    while let [rule, rest @ ..] = rules {
        let mut own = rule.kinds;
        while let [kind, more @ ..] = own {
            if is_among(kind.as_bytes(), kinds) {
                return true;
            }
            own = more;
        }
        rules = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::MessageStatus::{Delivered, Failed};
    use super::*;

    #[test]
    fn rules_that_cannot_be_followed_are_faults() {
        const ALWAYS: Rule = Rule::new(&["a", "b.*"], Delivered);
        const NO_SLASH: Places = Places::NONE.to(&["to"]);
        const NO_LIST: Places = Places::NONE.each("to");
        const NO_CHANNEL: Places = Places::NONE.channel_by("/type", &[]);
        let rules = |rules| Meaning::new(Places::NONE, rules).check();
        for (checked, fault) in [
            (rules(const { &[ALWAYS] }), ""),
            (rules(const { &[ALWAYS, Rule::new(&["c"], Failed)] }), ""),
            (
                rules(const { &[ALWAYS, Rule::new(&["b.c"], Failed)] }),
                "a rule stands behind one of the same kind that always holds",
            ),
            (
                rules(const { &[Rule::new(&[], Failed)] }),
                "a rule has no kind",
            ),
            (
                rules(const { &[Rule::by(&["a"], "/status", &[])] }),
                "a rule has no status",
            ),
            (
                rules(const { &[ALWAYS.when(&[When::Is("/a", &[])])] }),
                "a condition has no value",
            ),
            (
                rules(const { &[ALWAYS.places(&NO_SLASH)] }),
                "a place does not begin with `/`",
            ),
            (
                rules(const { &[ALWAYS.places(&NO_LIST)] }),
                "a place does not begin with `/`",
            ),
            (
                rules(const { &[ALWAYS.places(&NO_CHANNEL)] }),
                "a place of the channel has no channel",
            ),
            (
                Meaning::new(NO_SLASH, &[]).check(),
                "a place does not begin with `/`",
            ),
            (
                Meaning::new(Places::NONE, &[])
                    .each_of_a_list(&["id"], &["/kind"])
                    .check(),
                "a place does not begin with `/`",
            ),
            (
                Meaning::new(Places::NONE, &[])
                    .each_of_a_list(&[], &[])
                    .check(),
                "an event of a list has no place of its kind",
            ),
            (
                Meaning::new(Places::NONE, &[]).kind_at(&["kind"]).check(),
                "a place does not begin with `/`",
            ),
            (
                Meaning::new(Places::NONE, &[])
                    .of_a_signed_field("events")
                    .check(),
                "a place does not begin with `/`",
            ),
            (
                Meaning::new(Places::NONE.channel_by_beginning("/to", &[]), &[]).check(),
                "a place of the channel has no channel",
            ),
        ] {
            assert_eq!(checked.err().unwrap_or_default(), fault);
        }
    }
}

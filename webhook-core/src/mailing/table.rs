//! What the rules of a sender say, as tables for its documentation.

use std::fmt::{self, Write};

use crate::mailing::meaning::{Meaning, Rule};
use crate::mailing::places::{ChannelAt, Places};
use crate::rules::ReadTime;
use crate::rules::words::{add, dotted, kinds, shown, unit_of_time};

impl Meaning {
    /// The rules as two tables in Markdown: what each kind means, and where the other fields stand.
    ///
    /// ```
    /// use webhook_core::mailing::MessageStatus::Delivered;
    /// use webhook_core::mailing::{Meaning, Places, Rule, When};
    ///
    /// const MAILING: Meaning = Meaning::new(
    ///     Places::NONE.to(&["/to"]),
    ///     &[Rule::new(&["mail"], Delivered).when(&[When::Is("/state", &["done"])])],
    /// );
    /// let row = "| `mail` | `state` is `done` | `Delivered` |";
    /// assert!(MAILING.tables().contains(row));
    /// ```
    #[must_use]
    pub fn tables(&self) -> String {
        let mut tables = String::new();
        // Writing into a text does not fail.
        let _ = self.write_tables(&mut tables);
        tables
    }

    fn write_tables(&self, out: &mut String) -> fmt::Result {
        if self.list.is_some() {
            writeln!(out, "Each event of the list is an update of its own.\n")?;
        }
        if !self.kind.is_empty() {
            writeln!(out, "The kind is {}.\n", shown(self.kind))?;
        }
        writeln!(out, "| kind | where | status |")?;
        writeln!(out, "|---|---|---|")?;
        for rule in self.rules {
            for (status, when) in rule.status.readings(rule.when) {
                let (kinds, when) = (kinds(rule.kinds), when.join(" and "));
                writeln!(out, "| {kinds} | {when} | `{status:?}` |")?;
            }
        }
        writeln!(out, "| all others | | `Other` |")?;
        writeln!(out)?;
        let groups = self.groups();
        let names = groups.iter().map(|(places, of)| match of.as_slice() {
            [] if groups.len() == 1 => "all".to_owned(),
            [] => "all others".to_owned(),
            of => match self.statuses(places, of) {
                Some(statuses) => format!("{} as {statuses}", kinds(of)),
                None => kinds(of),
            },
        });
        let names: Vec<String> = names.collect();
        writeln!(out, "| field | {} |", names.join(" | "))?;
        writeln!(out, "|---|{}", "---|".repeat(names.len()))?;
        let fields: Vec<[(&str, String); 10]> =
            groups.iter().map(|(places, _)| fields(places)).collect();
        for row in 0..10 {
            let cells = fields.iter().filter_map(|fields| fields.get(row));
            let cells: Vec<&(&str, String)> = cells.collect();
            if let [(name, _), ..] = cells.as_slice() {
                if cells.iter().any(|(_, text)| !text.is_empty()) {
                    let texts: Vec<&str> = cells.iter().map(|(_, text)| text.as_str()).collect();
                    writeln!(out, "| {name} | {} |", texts.join(" | "))?;
                }
            }
        }
        Ok(())
    }

    /// What is read at these places of kinds that are read elsewhere too; nothing where they are not.
    fn statuses(&self, places: &Places, kinds: &[&str]) -> Option<String> {
        let of_kinds = |rule: &&Rule| rule.kinds.iter().any(|kind| kinds.contains(kind));
        let (here, elsewhere): (Vec<&Rule>, Vec<&Rule>) = self
            .rules
            .iter()
            .filter(of_kinds)
            .partition(|rule| fields(rule.reads(&self.places)) == fields(places));
        let statuses = here.iter().flat_map(|rule| rule.status.readings(&[]));
        let statuses: Vec<String> = statuses
            .map(|(status, _)| format!("`{status:?}`"))
            .collect();
        (!elsewhere.is_empty()).then(|| statuses.join(", "))
    }

    /// The places, each with the kinds that are read there; those of most kinds last, without any.
    fn groups(&self) -> Vec<(&Places, Vec<&'static str>)> {
        let mut groups: Vec<(&Places, Vec<&'static str>)> = Vec::new();
        for rule in self.rules {
            let places = rule.reads(&self.places);
            if fields(places) == fields(&self.places) {
                continue;
            }
            let same = |(other, _): &&mut (&Places, _)| fields(other) == fields(places);
            match groups.iter_mut().find(same) {
                Some((_, kinds)) => add(kinds, rule.kinds),
                None => groups.push((places, rule.kinds.to_vec())),
            }
        }
        groups.push((&self.places, Vec::new()));
        groups
    }
}

/// What the second table says of places.
fn fields(places: &Places) -> [(&'static str, String); 10] {
    let channel = match places.channel {
        ChannelAt::Nowhere => String::new(),
        ChannelAt::Always(channel) => format!("always `{channel:?}`"),
        ChannelAt::By(place, channels) => {
            let each = channels
                .iter()
                .map(|(word, channel)| format!("`{word}` is `{channel:?}`"));
            let each: Vec<String> = each.collect();
            format!("{}: {}", dotted(place), each.join(", "))
        }
        ChannelAt::Begins(place, channels) => {
            let each = channels
                .iter()
                .map(|(start, channel)| format!("`{start}…` is `{channel:?}`"));
            let each: Vec<String> = each.collect();
            format!("{}: {}", dotted(place), each.join(", "))
        }
    };
    let to = match places.each {
        Some(_) => format!("{}, each an update of its own", shown(places.to)),
        None => shown(places.to),
    };
    let time = match (places.time, places.read_time) {
        ([], _) => String::new(),
        (at, ReadTime::In(unit)) => format!("{}, {}", shown(at), unit_of_time(unit)),
        (at, ReadTime::By(_)) => shown(at),
    };
    [
        ("channel", channel),
        ("to", to),
        ("from", shown(places.from)),
        ("message id", shown(places.message_id)),
        ("reference", shown(places.reference)),
        ("list", shown(places.list)),
        ("reason", shown(places.reason)),
        ("code", shown(places.code)),
        ("URL", shown(places.url)),
        ("time", time),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimeUnit;
    use crate::mailing::MessageStatus::{Bounced, Delivered, Inbound};
    use crate::mailing::{Bounce, Channel};

    #[test]
    fn the_tables_say_what_the_rules_say() {
        const PLACES: Places = Places::NONE
            .channel_by("/type", &[("MMS", Channel::Sms), ("mail", Channel::Email)])
            .each("/to")
            .to(&["/to/*/number"])
            .reason(&["/a/why", "/b"])
            .time(TimeUnit::Milliseconds, &["/at"]);
        const IN: Places = Places::NONE
            .channel_by_beginning("/from", &[("+", Channel::Sms)])
            .to(&["/to/*/number"])
            .from(&["/from"]);
        const MAILING: Meaning = Meaning::new(
            PLACES,
            &[
                Rule::by(
                    &["a", "b.*"],
                    "/s",
                    &[
                        ("1", Delivered),
                        ("2", Bounced(Bounce::Hard)),
                        ("3", Delivered),
                    ],
                ),
                Rule::new(&["c"], Inbound).places(&IN),
            ],
        )
        .each_of_a_list(&["/id"], &["/kind"]);
        let expected = "Each event of the list is an update of its own.\n\n\
            The kind is `kind`.\n\n\
            | kind | where | status |\n|---|---|---|\n\
            | `a`, `b.*` | `s` is `1` or `3` | `Delivered` |\n\
            | `a`, `b.*` | `s` is `2` | `Bounced(Hard)` |\n\
            | `c` |  | `Inbound` |\n\
            | all others | | `Other` |\n\n\
            | field | `c` | all others |\n|---|---|---|\n\
            | channel | `from`: `+…` is `Sms` | `type`: `MMS` is `Sms`, `mail` is `Email` |\n\
            | to | `to.*.number` | `to.*.number`, each an update of its own |\n\
            | from | `from` |  |\n\
            | reason |  | `a.why`, else `b` |\n\
            | time |  | `at`, in milliseconds |\n";
        assert_eq!(MAILING.tables(), expected);
    }
}

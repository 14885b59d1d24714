//! Whom the lines of a failed test name.

/// What a line of a failed test says first: a sender's name, or the module of a test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Sender(&'a str),
    Module(&'a str),
}

impl<'a> Line<'a> {
    /// The kind of the event that the line is about, if it says one behind the sender's name.
    pub(crate) fn kind(&self, sender: &str) -> Option<&'a str> {
        let Self::Sender(line) = self else {
            return None;
        };
        let rest = line.strip_prefix(sender.replace('_', "-").as_str())?;
        match rest.strip_prefix(": `") {
            Some(rest) => rest.split_once('`').map(|(kind, _)| kind),
            None => rest
                .strip_prefix(", ")?
                .split_once(": ")
                .map(|(kind, _)| kind),
        }
    }

    /// `sender` is its module: names have `-` where modules have `_`.
    pub(crate) fn is_of(&self, sender: &str) -> bool {
        match self {
            Self::Module(module) => *module == sender,
            Self::Sender(line) => {
                let rest = line.strip_prefix(sender.replace('_', "-").as_str());
                rest.is_some_and(|rest| {
                    // Its name may be what is changed: see `Kind::Word`.
                    let rest = rest.strip_prefix('x').unwrap_or(rest);
                    let is_of_name =
                        |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
                    !rest.starts_with(is_of_name)
                })
            }
        }
    }
}

/// Of each line, what it may name.
pub(crate) fn named(said: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for line in said.lines() {
        let module = line
            .strip_prefix("test provider::")
            .filter(|rest| rest.ends_with(" FAILED"));
        match module.and_then(|rest| rest.split_once("::")) {
            Some((module, _)) => lines.push(Line::Module(module)),
            None => {
                let behind = line
                    .split_once(" failed: ")
                    .filter(|(before, _)| before.starts_with("assertion"));
                lines.push(Line::Sender(behind.map_or(line, |(_, name)| name)));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_failed_test_say_whose_mutant_it_was() {
        let said = "\
running 4 tests
test provider::stripe::payment::tests::a_refund ... FAILED
test provider::square::tests::a_card ... ok
---- every_sender stdout ----
thread 'every_sender' panicked at core/tests/signers.rs:1:2:
it does not hold for:
adyen-platform: left is 1
deepgram token: paid
figmax: there is no such sender
assertion `left == right` failed: paddle: a case
  left: \"wise: no\"
bird
";
        let named = named(said);
        let of = |sender: &&str| named.iter().any(|line| line.is_of(sender));
        let senders = [
            "stripe",
            "square",
            "adyen",
            "adyen_platform",
            "deepgram",
            "figma",
            "paddle",
            "wise",
            "bird",
        ];
        let found: Vec<&str> = senders.into_iter().filter(of).collect();
        assert_eq!(
            found,
            [
                "stripe",
                "adyen_platform",
                "deepgram",
                "figma",
                "paddle",
                "bird"
            ]
        );
    }

    #[test]
    fn a_line_may_name_the_kind_behind_the_sender() {
        let said = "\
bird, sms.sent: a case: it is not
bird: `sms.read` has no rule
bird/ok_sms: it is not
bird jwt: left is 1
birds, sms.opened: a case
";
        let named = named(said);
        let kinds: Vec<_> = named.iter().filter_map(|line| line.kind("bird")).collect();
        assert_eq!(kinds, ["sms.sent", "sms.read"]);
    }
}

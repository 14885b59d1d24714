//! What became of the requests.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::capture::Answer;
use crate::damage::Damage;
use crate::samples::Made;
use crate::terminal::{Colour, Failure, Outcome, Terminal};
use crate::text;

/// So much of the body of an answer is shown.
const SHOWN: usize = 200;

/// One request and its answer.
pub(in crate::commands) struct Report {
    pub(in crate::commands) provider: String,
    pub(in crate::commands) damage: Option<&'static Damage>,
    pub(in crate::commands) made: Made,
    pub(in crate::commands) answer: Answer,
}

impl Report {
    /// Whether it went as hoped.
    fn is_good(&self) -> bool {
        let refusal = self.damage.is_some_and(|damage| !damage.is_accepted());
        match self.answer.status {
            Some(status) if refusal => (400..500).contains(&status),
            Some(status) => is_success(status),
            None => false,
        }
    }

    pub(in crate::commands) fn print(&self, terminal: &Terminal) {
        terminal.line(&self.line(terminal));
        let is_refused = self.answer.status.is_some_and(|status| !is_success(status));
        if let Some(why) = self.first_line().filter(|_| is_refused) {
            terminal.line(&format!("  {why}"));
        }
        terminal.object("send", self.members());
    }

    /// `→ stripe invoice.paid evt_1 (1,284 bytes)  ← 200 in 14 ms`
    fn line(&self, terminal: &Terminal) -> String {
        let kind = self.made.kind.as_deref().unwrap_or_default();
        let id = self.made.id.as_deref().unwrap_or_default();
        let damage = self.damage.map_or("", |damage| damage.name);
        let bytes = grouped(self.made.request.body.len());
        let sent = [self.provider.as_str(), damage, kind, id];
        let sent: Vec<&str> = sent.into_iter().filter(|word| !word.is_empty()).collect();
        let sent = text::short(&sent.join(" "), SHOWN);
        let colour = match self.is_good() {
            true => Colour::Good,
            false => Colour::Bad,
        };
        let answer = match (self.answer.status, &self.answer.error) {
            (Some(status), _) => format!("{status} in {} ms", self.answer.millis),
            (None, Some(error)) => format!("no answer: {}", text::line(error)),
            (None, None) => "no answer".to_owned(),
        };
        format!(
            "→ {sent} ({bytes} bytes)  ← {}",
            terminal.paint(colour, &answer)
        )
    }

    /// The first line of the answer's body, harmless.
    fn first_line(&self) -> Option<String> {
        let body = String::from_utf8_lossy(&self.answer.body);
        let line = body.lines().find(|line| !line.trim().is_empty())?;
        Some(text::short(line.trim(), SHOWN))
    }

    fn members(&self) -> Map<String, Value> {
        let answer = &self.answer;
        let members: [(&str, Value); 11] = [
            ("provider", self.provider.as_str().into()),
            ("kind", self.made.kind.clone().into()),
            ("id", self.made.id.clone().into()),
            ("bytes", self.made.request.body.len().into()),
            ("bad", self.damage.map(|damage| damage.name).into()),
            ("to", answer.from.clone().into()),
            ("status", answer.status.into()),
            ("ms", answer.millis.into()),
            ("error", answer.error.clone().into()),
            ("answer", self.first_line().into()),
            ("ok", self.is_good().into()),
        ];
        let members = members.into_iter();
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// What became of many.
#[derive(Default)]
pub(in crate::commands) struct Summary {
    sent: usize,
    good: usize,
    by_status: BTreeMap<u16, usize>,
    unanswered: usize,
    /// Why the first of them was not answered.
    why: Option<String>,
}

impl Summary {
    pub(in crate::commands) fn add(&mut self, report: &Report) {
        self.sent += 1;
        self.good += usize::from(report.is_good());
        match report.answer.status {
            Some(status) => *self.by_status.entry(status).or_default() += 1,
            None => {
                self.unanswered += 1;
                let why = report.answer.error.clone();
                self.why = self.why.take().or(why);
            }
        }
    }

    pub(in crate::commands) fn print(&self, took: Duration, terminal: &Terminal) {
        let seconds = took.as_secs_f64();
        // Whoever is faster than the clock gets no number.
        let rate = match seconds > 0.0 {
            true => f64::from(u32::try_from(self.sent).unwrap_or(u32::MAX)) / seconds,
            false => 0.0,
        };
        let mut parts = vec![format!("{} sent", grouped(self.sent))];
        let by_status = self.by_status.iter();
        parts.extend(by_status.map(|(status, count)| format!("{} × {status}", grouped(*count))));
        if self.unanswered > 0 {
            parts.push(format!("{} without an answer", grouped(self.unanswered)));
        }
        terminal.line(&format!(
            "{}  in {seconds:.1} s, {rate:.0} per second",
            parts.join(", ")
        ));
        let by_status = self.by_status.iter();
        let by_status: Map<String, Value> = by_status
            .map(|(status, count)| (status.to_string(), (*count).into()))
            .collect();
        let members: [(&str, Value); 6] = [
            ("sent", self.sent.into()),
            ("good", self.good.into()),
            ("by_status", by_status.into()),
            ("unanswered", self.unanswered.into()),
            ("seconds", seconds.into()),
            ("per_second", rate.into()),
        ];
        let members = members.into_iter();
        let members = members.map(|(name, value)| (name.to_owned(), value));
        terminal.object("send_summary", members.collect());
    }

    pub(in crate::commands) fn outcome(&self, to: &Url) -> Outcome {
        match (self.unanswered, self.good == self.sent) {
            (0, true) => Ok(()),
            (0, false) => Err(Failure::Refused),
            _ => {
                let why = self.why.as_deref().unwrap_or("no answer");
                Err(Failure::Network(format!("{to}: {}", text::line(why))))
            }
        }
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// `1,284`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_284, "1,284"),
            (12_840, "12,840"),
            (128_400, "128,400"),
            (1_284_000, "1,284,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    fn report(status: Option<u16>, bad: Option<&'static Damage>) -> Report {
        Report {
            provider: "stripe".to_owned(),
            damage: bad,
            made: Made {
                request: crate::request::Request::default(),
                id: Some("evt\u{1b}[2J".to_owned()),
                kind: Some("invoice.paid".to_owned()),
                at: webhook_core::UnixTime::from_secs(0),
            },
            answer: Answer {
                status,
                body: "\n\u{1b}[31mno\r\nmore".into(),
                ..Answer::default()
            },
        }
    }

    #[test]
    fn a_refusal_is_hoped_for_where_the_request_was_spoiled() {
        let find = |name: &str| crate::damage::find(name).ok();
        for (status, bad, is_good) in [
            (Some(200), None, true),
            (Some(204), None, true),
            (Some(302), None, false),
            (Some(401), None, false),
            (None, None, false),
            (Some(401), find("stale"), true),
            (Some(200), find("stale"), false),
            (Some(500), find("stale"), false),
            (Some(200), find("duplicate"), true),
        ] {
            assert_eq!(report(status, bad).is_good(), is_good, "{status:?}");
        }
    }

    #[test]
    fn nothing_of_a_stranger_reaches_the_terminal_as_it_is() {
        let report = report(Some(401), None);
        let terminal = Terminal::new(true);
        let line = report.line(&terminal);
        let shown = report.first_line().unwrap_or_default();
        assert!(
            !line.contains('\u{1b}') && !shown.contains('\u{1b}'),
            "{line} {shown}"
        );
        assert!(shown.contains("no") && !shown.contains("more"), "{shown}");
    }
}

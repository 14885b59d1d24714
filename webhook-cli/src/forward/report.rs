//! What `listen` prints: one line for each request and place that it was forwarded to.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use webhook_core::{Secret, UnixTime};

use crate::capture::{Answer, Capture, Verdict};
use crate::terminal::{Colour, Terminal};
use crate::text;

/// How much of a text of a request stands in a line.
const MOST: usize = 80;

/// The name of a key without a name, where there is no other: it says nothing.
const ONLY_KEY: &str = "number 1";

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// Every request.
    All,
    /// Refusals and failures.
    Failures,
}

/// Prints.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    terminal: Terminal,
    talk: Talk,
}

/// What is said of a request, before any answer.
pub(super) struct Subject {
    id: u64,
    text: String,
    members: Map<String, Value>,
    is_refused: bool,
}

impl Report {
    /// Prints here.
    #[must_use]
    pub const fn new(terminal: Terminal, talk: Talk) -> Self {
        Self { terminal, talk }
    }

    /// What there is to say of a request.
    pub(super) fn subject(&self, capture: &Capture) -> Subject {
        let is_json = self.terminal.json;
        let is_refused = is_refused(&capture.verdict);
        Subject {
            id: 0,
            text: match is_json {
                true => String::new(),
                false => subject(&self.terminal, capture),
            },
            members: match is_json && (is_refused || self.talk == Talk::All) {
                true => members(capture),
                false => Map::new(),
            },
            is_refused,
        }
    }

    /// It was kept under this number.
    pub(super) fn capture(&self, subject: &mut Subject, id: u64) {
        subject.id = id;
        if !subject.members.is_empty() {
            let mut members = std::mem::take(&mut subject.members);
            members.insert("id".to_owned(), id.into());
            self.terminal.object("capture", members);
        }
    }

    /// What was answered to it. `note` says more, in the tool's own words.
    pub(super) fn hop(&self, subject: &Subject, answer: &Answer, note: Option<&str>) {
        let is_success = answer
            .status
            .is_some_and(|status| (200..300).contains(&status));
        let is_failure = subject.is_refused || !is_success || answer.error.is_some();
        if self.talk == Talk::Failures && !is_failure {
            return;
        }
        if self.terminal.json {
            self.terminal
                .object("hop", hop_members(subject.id, answer, note));
        } else {
            let tail = tail(&self.terminal, answer, note);
            self.terminal.line(&format!("{} {tail}", subject.text));
        }
    }

    /// A sender has handed over its secret. Nobody else is told: it is written nowhere.
    pub(super) fn setup_secret(&self, provider: &str, target: &str, secret: &Secret) {
        let secret = text::line(secret.expose());
        let path = path(target);
        self.terminal.line(&format!(
            "{provider} handed over its secret at {}: {secret}",
            text::short(&path, MOST)
        ));
        let members = [
            ("provider", provider.into()),
            ("path", path.into()),
            ("secret", secret.into()),
        ];
        let members = members.map(|(name, value): (&str, Value)| (name.to_owned(), value));
        self.terminal
            .object("setup_secret", Map::from_iter(members));
    }

    /// Something that went wrong in the tool itself.
    pub(super) fn trouble(&self, text: &str) {
        self.terminal.say(&format!("webhook-cli: {text}"));
    }
}

fn is_refused(verdict: &Verdict) -> bool {
    !verdict.is_genuine() && verdict.code != "unknown"
}

fn subject(terminal: &Terminal, capture: &Capture) -> String {
    let verdict = &capture.verdict;
    let mut words = vec![terminal.paint(Colour::Faint, &clock(capture.at, &TimeZone::system()))];
    let short = |text: &str| text::short(text, MOST);
    words.extend(verdict.provider.as_deref().map(short));
    if verdict.kind.is_none() {
        let request = &capture.request;
        words.push(short(&request.method));
        words.push(short(&path(&request.target)));
    }
    words.extend(verdict.kind.as_deref().map(short));
    words.extend(verdict.id.as_deref().map(short));
    if let Some(before) = capture.replay_of {
        words.push(format!("(replay of {before})"));
    }
    words.push(match verdict.code.as_str() {
        "ok" => terminal.paint(Colour::Good, "genuine"),
        "handshake" => terminal.paint(Colour::Good, "handshake"),
        "unknown" => "sender not known".to_owned(),
        code => {
            let why = verdict
                .explanation
                .cause()
                .map_or_else(String::new, |why| format!(": {}", text::short(why, 200)));
            terminal.paint(Colour::Bad, &format!("REFUSED {}{why}", short(code)))
        }
    });
    let key = verdict.key.as_deref().filter(|_| verdict.is_genuine());
    words.extend(key.filter(|key| *key != ONLY_KEY).map(short));
    words.join(" ")
}

/// The query may hold a secret.
fn path(target: &str) -> String {
    match target.split_once('?') {
        Some((path, _)) => format!("{path}?…"),
        None => target.to_owned(),
    }
}

fn tail(terminal: &Terminal, answer: &Answer, note: Option<&str>) -> String {
    let mut words = vec!["→".to_owned()];
    words.extend(
        answer
            .from
            .as_deref()
            .map(|url| text::short(&without_query(url), MOST)),
    );
    match (&answer.error, answer.status) {
        (Some(error), _) => {
            let error = format!("no answer: {}", text::short(error, 200));
            words.push(terminal.paint(Colour::Bad, &error));
        }
        (None, Some(status)) => {
            let colour = match status {
                200..300 => Colour::Good,
                _ => Colour::Bad,
            };
            words.push(terminal.paint(colour, &status.to_string()));
        }
        (None, None) => {}
    }
    if answer.from.is_some() {
        words.push(format!("{} ms", answer.millis));
    }
    words.extend(note.map(|note| format!("({note})")));
    words.join(" ")
}

fn without_query(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

/// Such as `09:14:03`.
fn clock(at: UnixTime, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string(),
        Err(_) => "--:--:--".to_owned(),
    }
}

fn members(capture: &Capture) -> Map<String, Value> {
    let verdict = &capture.verdict;
    let mut explanation = verdict.explanation.json();
    let members = [
        ("at_ms", capture.at.as_millis().into()),
        ("method", capture.request.method.clone().into()),
        ("path", path(&capture.request.target).into()),
        ("bytes", capture.request.body.len().into()),
        ("verdict", verdict.code.clone().into()),
        ("provider", verdict.provider.clone().into()),
        ("account", verdict.variant.clone().into()),
        ("key", verdict.key.clone().into()),
        ("event_id", verdict.id.clone().into()),
        ("kind", verdict.kind.clone().into()),
        ("statuses", verdict.explanation.statuses().into()),
        (
            "cause",
            explanation
                .pointer_mut("/cause")
                .map(Value::take)
                .unwrap_or_default(),
        ),
        ("replay_of", capture.replay_of.into()),
    ];
    members
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn hop_members(id: u64, answer: &Answer, note: Option<&str>) -> Map<String, Value> {
    let members = [
        ("capture", Value::from(id)),
        ("to", answer.from.as_deref().map(without_query).into()),
        ("status", answer.status.into()),
        ("ms", answer.millis.into()),
        ("error", answer.error.clone().into()),
        ("note", note.into()),
    ];
    members
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::request::Request;

    fn capture(verdict: Verdict) -> Capture {
        Capture {
            id: 0,
            at: UnixTime::from_secs(1_785_920_400),
            request: Request {
                method: "POST".to_owned(),
                target: "/hook?key=secret".to_owned(),
                ..Request::default()
            },
            verdict,
            answers: Vec::new(),
            replay_of: None,
        }
    }

    fn verdict(code: &str) -> Verdict {
        Verdict {
            code: code.to_owned(),
            provider: Some("stripe".to_owned()),
            kind: Some("invoice.paid".to_owned()),
            id: Some("evt_1".to_owned()),
            ..Verdict::default()
        }
    }

    /// Without the time, which depends on where the reader is.
    fn said(verdict: Verdict) -> String {
        let said = subject(&Terminal::new(true), &capture(verdict));
        said.split_once(' ')
            .map_or_else(String::new, |(_, rest)| rest.to_owned())
    }

    #[test]
    fn a_line_says_who_what_and_what_it_is_worth() {
        let genuine = Verdict {
            key: Some("STRIPE_SECRET".to_owned()),
            ..verdict("ok")
        };
        assert_eq!(
            said(genuine),
            "stripe invoice.paid evt_1 genuine STRIPE_SECRET"
        );
        let refused = Verdict {
            explanation: json!({"cause": {"text": "the secret is in quotes"}}).into(),
            ..verdict("bad_signature")
        };
        assert_eq!(
            said(refused),
            "stripe invoice.paid evt_1 REFUSED bad_signature: the secret is in quotes"
        );
        let without_kind = Verdict {
            kind: None,
            id: None,
            key: Some("number 1".to_owned()),
            ..verdict("ok")
        };
        assert_eq!(said(without_kind), "stripe POST /hook?… genuine");
        let unknown = Verdict {
            code: "unknown".to_owned(),
            ..Verdict::default()
        };
        assert_eq!(said(unknown), "POST /hook?… sender not known");
    }

    #[test]
    fn the_time_is_that_of_the_readers_clock() {
        let at = UnixTime::from_secs(1_785_920_400);
        assert_eq!(clock(at, &TimeZone::UTC), "09:00:00");
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(clock(at, &zone), "11:00:00");
    }

    #[test]
    fn the_end_of_a_line_says_what_came_of_it() {
        let terminal = Terminal::new(true);
        let answer = Answer {
            from: Some("http://127.0.0.1:3000/hook?key=secret".to_owned()),
            status: Some(200),
            millis: 14,
            ..Answer::default()
        };
        assert_eq!(
            tail(&terminal, &answer, None),
            "→ http://127.0.0.1:3000/hook 200 14 ms"
        );
        let down = Answer {
            status: None,
            error: Some("connection refused".to_owned()),
            ..answer
        };
        assert_eq!(
            tail(&terminal, &down, Some("the sender got 502")),
            "→ http://127.0.0.1:3000/hook no answer: connection refused 14 ms (the sender got 502)"
        );
        let own = Answer {
            status: Some(200),
            ..Answer::default()
        };
        assert_eq!(
            tail(&terminal, &own, Some("not forwarded")),
            "→ 200 (not forwarded)"
        );
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed() {
        let hostile = "\u{1b}[2J\r\n\u{9b}1m\u{202e}";
        let verdict = Verdict {
            code: "bad_signature".to_owned(),
            provider: Some(hostile.to_owned()),
            kind: Some(hostile.to_owned()),
            id: Some(hostile.to_owned()),
            key: Some(hostile.to_owned()),
            explanation: json!({"cause": {"text": hostile}}).into(),
            ..Verdict::default()
        };
        let mut capture = capture(verdict);
        let answer = Answer {
            from: Some(hostile.to_owned()),
            error: Some(hostile.to_owned()),
            ..Answer::default()
        };
        let terminal = Terminal::new(true);
        let with_provider = subject(&terminal, &capture);
        capture.verdict = Verdict::default();
        capture.request.method = hostile.to_owned();
        capture.request.target = hostile.to_owned();
        for text in [
            with_provider,
            subject(&terminal, &capture),
            tail(&terminal, &answer, None),
        ] {
            let is_bad = |letter: char| letter.is_control() || letter == '\u{202e}';
            assert!(!text.contains(is_bad), "{text:?}");
        }
    }
}

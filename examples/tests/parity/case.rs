//! One line of the table, and the run of it through all stacks.

use crate::journal::{HEADER, Number, Seen};
use crate::stacks::{Stack, stacks};
use webhook_testkit::hygiene::assert_nothing_got_out;
use webhook_testkit::message::Message;
use webhook_testkit::wire::{Answer, Connection};

/// A request, how it is sent, and what must come of it.
pub(crate) struct Case {
    name: String,
    message: Message,
    sent: Sent,
    want: Want,
}

/// How much of a request the client sends. Lengths are those of the body on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent {
    Whole,
    /// The head, and the body once the server has asked for it.
    WhenAsked,
    /// The head and so much of the body; then the client waits.
    UpTo(usize),
    /// The head and so much of the body; then the client says that nothing more comes.
    Cut(usize),
    /// The head and so much of the body; then the client is gone.
    Vanished(usize),
}

/// What must come of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// The handler, once, and its answer.
    Delivery,
    /// The handler, once, and this answer of it.
    Handled(&'static str),
    /// A refusal of ours, with status and code.
    Refusal(u16, &'static str),
    /// An answer to a handshake.
    Reply(&'static str),
    /// A refusal, be it the server's own.
    AnyRefusal,
    /// The end of the connection, or a refusal before it.
    AnyEnd,
    /// The handler, once, with the whole body; or a refusal of the server's own.
    DeliveryOrRefusal,
}

/// What came of a request in one stack.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    answer: Option<Answer>,
    seen: Vec<Seen>,
    /// The 1xx answers before it.
    interim: Vec<u16>,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, message: Message, want: Want) -> Self {
        Self {
            name: name.into(),
            message,
            sent: Sent::Whole,
            want,
        }
    }

    pub(crate) fn sent(self, sent: Sent) -> Self {
        Self { sent, ..self }
    }

    /// The same with a length, in one chunk and in small chunks.
    pub(crate) fn in_every_framing(self) -> Vec<Self> {
        let variant = |how: &str, message: &Message| Self {
            name: format!("{}, {how}", self.name),
            message: message.clone(),
            ..self
        };
        vec![
            variant("with its length", &self.message),
            variant("in one chunk", &self.message.clone().in_chunks(usize::MAX)),
            variant("in small chunks", &self.message.clone().in_chunks(7)),
        ]
    }

    fn faults(&self) -> Vec<String> {
        let outcomes = stacks().iter().map(|stack| (stack, self.run(stack)));
        let outcomes: Vec<_> = outcomes.collect();
        let mut faults: Vec<String> = outcomes
            .iter()
            .filter(|(stack, outcome)| {
                !self.accepts(outcome) || outcome.interim != self.interim(stack)
            })
            .map(|(stack, outcome)| self.fault(stack, outcome))
            .collect();
        if !self.want.is_loose() {
            let (first_stack, first) = &outcomes[0];
            for (stack, outcome) in &outcomes[1..] {
                if (&outcome.answer, &outcome.seen) != (&first.answer, &first.seen) {
                    let other = self.fault(first_stack, first);
                    faults.push(format!("{}\nnot as {other}", self.fault(stack, outcome)));
                }
            }
        }
        faults
    }

    fn fault(&self, stack: &Stack, outcome: &Outcome) -> String {
        let Outcome {
            answer, interim, ..
        } = outcome;
        let calls = outcome.seen.len();
        format!(
            "{}: {}: wanted {:?}, got {interim:?}, {answer:?} and {calls} calls",
            self.name, stack.name, self.want
        )
    }

    fn run(&self, stack: &Stack) -> Outcome {
        let number = Number::next();
        let message = self.message.clone().and(HEADER, number.text());
        let mut connection = Connection::open(stack.address);
        connection.send(&message.head());
        let payload = message.payload();
        match self.sent {
            Sent::Whole => connection.send(&payload),
            Sent::WhenAsked => {
                if connection.may_continue() {
                    connection.send(&payload);
                }
            }
            Sent::UpTo(length) => connection.send(&payload[..length]),
            Sent::Cut(length) => {
                connection.send(&payload[..length]);
                connection.finish();
            }
            Sent::Vanished(length) => {
                connection.send(&payload[..length]);
                number.wait_for_begin();
                drop(connection);
                number.wait_for_end();
                return Outcome {
                    answer: None,
                    seen: number.seen(),
                    interim: Vec::new(),
                };
            }
        }
        let answer = connection.answer().map(comparable);
        if answer.is_none() {
            number.wait_for_end();
        }
        Outcome {
            answer,
            seen: number.seen(),
            interim: connection.interim.clone(),
        }
    }

    /// The 1xx answers that must come: a body is asked for if it is wanted, once the head is accepted where the framework
    /// lets us.
    fn interim(&self, stack: &Stack) -> Vec<u16> {
        let is_wanted =
            matches!(self.want, Want::Delivery | Want::Handled(_)) || stack.asks_for_every_body();
        let is_asked_for = self.message.expects() && is_wanted;
        Vec::from_iter(is_asked_for.then_some(100))
    }

    fn accepts(&self, outcome: &Outcome) -> bool {
        let calls = outcome.seen.len();
        let is_whole = |seen: &Seen| seen.body == self.message.body;
        let Some(answer) = &outcome.answer else {
            return matches!(self.want, Want::AnyEnd) && calls == 0;
        };
        match self.want {
            Want::DeliveryOrRefusal if calls == 0 => (400..500).contains(&answer.status),
            Want::Delivery | Want::DeliveryOrRefusal => {
                answer.status == 200 && calls == 1 && outcome.seen.iter().all(is_whole)
            }
            Want::Refusal(status, code) => {
                answer.status == status && is_problem(answer, code) && calls == 0
            }
            Want::Reply(body) => answer.status == 200 && answer.body == body && calls == 0,
            Want::Handled(body) => answer.status == 200 && answer.body == body && calls == 1,
            Want::AnyRefusal | Want::AnyEnd => (400..500).contains(&answer.status) && calls == 0,
        }
    }
}

impl Want {
    /// Whether it leaves the servers a choice.
    fn is_loose(self) -> bool {
        matches!(
            self,
            Self::AnyRefusal | Self::AnyEnd | Self::DeliveryOrRefusal
        )
    }
}

/// Sends every case through every stack and tells all that went wrong.
pub(crate) fn run(cases: impl IntoIterator<Item = Case>) {
    let faults: Vec<String> = cases.into_iter().flat_map(|case| case.faults()).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
    assert_nothing_got_out(&[]);
}

fn is_problem(answer: &Answer, code: &str) -> bool {
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let demanded = match answer.status {
        401 => "www-authenticate",
        405 => "allow",
        503 => "retry-after",
        _ => "content-type",
    };
    problem["code"] == code
        && answer.header("content-type") == Some("application/problem+json")
        && answer.header(demanded).is_some()
}

/// Without the headers that a server adds by itself.
fn comparable(mut answer: Answer) -> Answer {
    const OURS: &[&str] = &[
        "allow",
        "content-type",
        "retry-after",
        "www-authenticate",
        "x-content-type-options",
    ];
    answer
        .headers
        .retain(|(name, _)| OURS.contains(&name.as_str()));
    // What the handlers answer is the frameworks' own affair.
    if answer.status == 200 && answer.body == "taken" {
        answer.headers.clear();
    }
    answer.headers.sort();
    answer
}

//! One request that arrived, what it is worth, and what was answered.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use webhook_core::UnixTime;
use webhook_core::explain::Explanation;

use crate::request::Request;

/// One request that arrived.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Its number: the first one is 1.
    pub id: u64,
    /// When it arrived.
    pub at: UnixTime,
    /// What arrived.
    pub request: Request,
    /// What it is worth.
    pub verdict: Verdict,
    /// What was answered: one for each place that it was forwarded to, or the tool's own answer.
    pub answers: Vec<Answer>,
    /// The number of the capture that this one is a replay of.
    pub replay_of: Option<u64>,
}

/// What a request is worth.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// `ok`, `handshake`, the code of a rejection, or `unknown` where no account is configured that it could be for.
    pub code: String,
    /// The provider, if it is known.
    pub provider: Option<String>,
    /// The name of the account in the configuration.
    pub variant: Option<String>,
    /// The name of the key that matched.
    pub key: Option<String>,
    /// The id of the event, signed or not.
    pub id: Option<String>,
    /// What happened, in the provider's words, signed or not.
    pub kind: Option<String>,
    /// All of it.
    pub explanation: Told,
}

/// Why a request is worth that.
#[derive(Clone, Debug)]
pub enum Told {
    /// By the library, just now. Most of it is written down only when somebody asks.
    Now(Arc<Explanation>),
    /// As it was written down: `{"provider", "account", "verdict", "id", "kind", "key", "statuses", "steps": [{"step", "ok", "text"}],
    /// "signed": [{"part", "text", "len"}], "cause": {"code", "text", "todo", "difference": {"at", "sent", "got"}}, "tried"}`.
    Before(Value),
}

impl Told {
    /// All of it, as `explain --json` prints it.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Now(told) => serde_json::to_value(&**told).unwrap_or_default(),
            Self::Before(told) => told.clone(),
        }
    }

    /// Why it was refused, where that is proven.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Now(told) => told.cause.as_ref().map(|cause| cause.text.as_str()),
            Self::Before(told) => told.pointer("/cause/text")?.as_str(),
        }
    }

    /// What it means for payments: the words of `PaymentStatus`.
    #[must_use]
    pub fn statuses(&self) -> Vec<String> {
        match self {
            Self::Now(told) => told.statuses().into_iter().map(str::to_owned).collect(),
            Self::Before(told) => {
                let list = told.get("statuses").and_then(Value::as_array);
                let words = list.into_iter().flatten().filter_map(Value::as_str);
                words.map(str::to_owned).collect()
            }
        }
    }
}

impl Default for Told {
    /// Nothing.
    fn default() -> Self {
        Self::Before(Value::Null)
    }
}

impl From<Value> for Told {
    fn from(told: Value) -> Self {
        Self::Before(told)
    }
}

impl Verdict {
    /// Whether the sender has proven itself.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.code == "ok" || self.code == "handshake"
    }
}

/// An answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Who answered: the URL, or nothing for the tool itself.
    pub from: Option<String>,
    /// The status, or nothing if there was no answer.
    pub status: Option<u16>,
    /// Names and values.
    pub headers: Vec<(String, Bytes)>,
    /// The body, cut where it is longer than the tool keeps.
    pub body: Bytes,
    /// Whether the body was longer.
    pub cut: bool,
    /// How long it took.
    pub millis: u64,
    /// Why there was no answer.
    pub error: Option<String>,
}

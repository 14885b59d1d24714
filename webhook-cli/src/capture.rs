//! One request that arrived, what it is worth, and what was answered.

use bytes::Bytes;
use serde_json::Value;
use webhook_core::UnixTime;

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
    /// What it means for payments: the words of `PaymentStatus`.
    pub statuses: Vec<String>,
    /// All of it, as `explain --json` prints it.
    pub explanation: Value,
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

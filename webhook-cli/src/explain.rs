//! What a request is worth, in the words of the library, for people and for programs.

use serde_json::Value;
use webhook_core::UnixTime;

use crate::account::Account;
use crate::capture::Verdict;
use crate::request::Request;
use crate::terminal::Terminal;

/// Verifies a request for these accounts, with the clock at this moment, and says why it is refused.
///
/// With several accounts: for the one that it is genuine for, else for the one whose provider it looks like.
pub async fn verdict(accounts: &[Account], request: &Request, now: UnixTime) -> Verdict {
    let _ = (accounts, request, now);
    Verdict::default()
}

/// What was found, for people: the verdict and each step in a line, the cause, what to do. No secret is in it, and nothing that a
/// terminal obeys.
#[must_use]
pub fn lines(verdict: &Verdict, request: &Request, terminal: &Terminal) -> Vec<String> {
    let _ = (verdict, request, terminal);
    Vec::new()
}

/// The same as JSON: `{"provider", "account", "verdict", "steps": [{"step", "ok", "text"}], "signed": [{"part", "text", "len"}],
/// "cause": {"code", "text", "todo", "first_byte", "sent", "got"}, "tried"}`.
#[must_use]
pub fn json(verdict: &Verdict) -> Value {
    verdict.explanation.clone()
}

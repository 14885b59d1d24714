//! What is said of a request.

use serde::Serialize;

use crate::explain::cause::Cause;

/// What a request is worth, and why. Nothing secret is in it; parts of its body can be.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The provider.
    pub provider: String,
    /// The name of the account, if it has one.
    pub account: Option<String>,
    /// `ok`, `handshake`, or the code of the answer.
    pub verdict: &'static str,
    /// The event's id, signed or not, if it has one and the request is genuine, be it with the change that the cause names.
    pub id: Option<String>,
    /// The event's kind, signed or not, if it has one and the request is genuine, be it with the change that the cause names.
    pub kind: Option<String>,
    /// The name of the key that matched, or its place in the list of keys.
    pub key: Option<String>,
    /// What it means for payments: the words of [`PaymentStatus`](crate::payment::PaymentStatus).
    pub statuses: Vec<&'static str>,
    /// What was looked at, in order.
    pub steps: Vec<Step>,
    /// What was signed, part by part, where the provider's rules are a scheme.
    pub signed: Vec<Signed>,
    /// Why it was refused, where that is proven.
    pub cause: Option<Cause>,
    /// How often the request was verified, with one change each time.
    pub tried: usize,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// `settings`, `method`, `header`, `time`, `signature` or `rules`.
    pub step: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found. Nothing secret.
    pub text: String,
}

/// A part of what was signed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Signed {
    /// Where it comes from, such as `the time` or `the body`.
    pub part: String,
    /// The part itself, if it is a short text and no part of the body.
    pub text: Option<String>,
    /// Its length in bytes.
    pub len: usize,
}

/// Where two bodies differ for the first time.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The number of bytes before it.
    pub at: usize,
    /// What the sender has signed from there, a few bytes of it.
    pub sent: String,
    /// What arrived from there.
    pub got: String,
}

impl Difference {
    /// How many bytes are shown.
    const SHOWN: usize = 24;

    pub(super) fn of(sent: &[u8], got: &[u8]) -> Self {
        let same = sent.iter().zip(got).take_while(|(a, b)| a == b).count();
        let from = |body: &[u8]| {
            let rest = body.get(same..).unwrap_or_default();
            let shown = rest.get(..Self::SHOWN).unwrap_or(rest);
            String::from_utf8_lossy(shown).into_owned()
        };
        Self {
            at: same,
            sent: from(sent),
            got: from(got),
        }
    }
}

//! What is said of a request.

use serde::Serialize;

/// What a request is worth, and why.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The provider.
    pub provider: String,
    /// The name of the account, if it has one.
    pub account: Option<String>,
    /// `ok`, `handshake`, or the code of the answer.
    pub verdict: &'static str,
    /// What was looked at, in order.
    pub steps: Vec<Step>,
    /// What was signed, part by part, where the provider's rules are a scheme.
    pub signed: Vec<Signed>,
    /// Why it was refused, where that can be proven: with the change that this names, the request is genuine.
    pub cause: Option<Cause>,
    /// How many changes were tried.
    pub tried: usize,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// `settings`, `header`, `time` or `signature`.
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
    /// The part itself, if it is short and a text.
    pub text: Option<String>,
    /// Its length in bytes.
    pub len: usize,
}

/// Why a request was refused.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Cause {
    /// One of [`Cause::CODES`].
    pub code: &'static str,
    /// What happened.
    pub text: String,
    /// What to do.
    pub todo: String,
    /// The body for which the signature is right, where it is another one.
    #[serde(skip)]
    pub body: Option<bytes::Bytes>,
}

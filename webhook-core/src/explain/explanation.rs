//! What is said of a request.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::delivery::Delivery;
use crate::explain::cause::Cause;
use crate::payment::PaymentUpdates;

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
    #[serde(rename = "statuses")]
    meaning: Meaning,
    /// What was looked at, in order.
    pub steps: Vec<Step>,
    /// What was signed, part by part, where the provider's rules are a scheme.
    pub signed: Vec<Signed>,
    /// Why it was refused, where that is proven.
    pub cause: Option<Cause>,
    /// How often the request was verified, with one change each time.
    pub tried: usize,
}

impl Explanation {
    /// What it means for payments: the words of [`PaymentStatus`](crate::payment::PaymentStatus). Nothing if the request is not genuine.
    #[must_use]
    pub fn statuses(&self) -> Vec<&'static str> {
        self.meaning.statuses()
    }

    /// What the event says, once it is genuine.
    pub(super) fn read(&mut self, delivery: &Arc<Delivery>) {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let unverified = delivery.unverified_id().map(|id| *id.unverified());
        self.id = text(delivery.id().or(unverified));
        let unverified = delivery.unverified_kind().map(|kind| *kind.unverified());
        self.kind = text(delivery.kind().or(unverified));
        self.key = delivery.key().map(|key| match key.name() {
            Some(name) => name.to_owned(),
            None => format!("number {}", key.index() + 1),
        });
        self.meaning = Meaning(Some(Arc::clone(delivery)));
    }

    pub(super) fn nothing(verdict: &'static str) -> Self {
        Self {
            provider: String::new(),
            account: None,
            verdict,
            id: None,
            kind: None,
            key: None,
            meaning: Meaning(None),
            steps: Vec::new(),
            signed: Vec::new(),
            cause: None,
            tried: 0,
        }
    }
}

/// What is genuine. It is decoded when somebody asks what it means: a tool that forwards does not.
#[derive(Clone, Debug)]
struct Meaning(Option<Arc<Delivery>>);

impl Meaning {
    fn statuses(&self) -> Vec<&'static str> {
        let delivery = self.0.as_ref();
        let updates = delivery.and_then(|it| it.decode::<PaymentUpdates>().ok());
        let statuses = updates.iter().flatten();
        statuses.map(|update| update.status.as_str()).collect()
    }
}

impl Serialize for Meaning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.statuses().serialize(serializer)
    }
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

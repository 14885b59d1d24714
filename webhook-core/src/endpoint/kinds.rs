//! The kinds that an endpoint wants.

use std::collections::HashSet;

use http::StatusCode;

use crate::delivery::Delivery;
use crate::outcome::{Answer, Rejection, RejectionKind, Reply};

/// The kinds that an endpoint wants. All others are acknowledged and go no further.
#[derive(Debug)]
pub(crate) struct Kinds {
    names: HashSet<Box<str>>,
    /// Whether a kind counts that nobody has signed.
    also_unverified: bool,
}

impl Kinds {
    pub(crate) fn new<K: Into<Box<str>>>(
        names: impl IntoIterator<Item = K>,
        also_unverified: bool,
    ) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            also_unverified,
        }
    }

    /// What has no kind is of no other kind.
    pub(crate) fn require(&self, delivery: &Delivery) -> Result<(), Answer> {
        let unverified = delivery.unverified_kind().map(|kind| *kind.unverified());
        let kind = match (delivery.kind(), unverified) {
            (Some(kind), _) => kind,
            (None, Some(kind)) if self.also_unverified => kind,
            (None, Some(_)) => return Err(NOT_SIGNED.into()),
            (None, None) => return Ok(()),
        };
        match self.names.contains(kind) {
            true => Ok(()),
            false => {
                let acknowledgement = delivery.acknowledgement().cloned();
                let reply = acknowledgement.unwrap_or(Reply::empty(StatusCode::OK));
                Err(Answer::Ignored(reply))
            }
        }
    }
}

const NOT_SIGNED: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "`Endpoint::only_kinds` goes by signed kinds, and this sender does not sign its kinds: call `only_unverified_kinds`, or choose \
     in the handler",
);

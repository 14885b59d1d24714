//! What a body must look like for its signature to be the sender's.

use crate::outcome::{Rejection, malformed};
use crate::scheme::account::Account;
use crate::scheme::handshake::{Handshake, is_like_a_delivery};
use crate::scheme::model::Scheme;

impl Scheme {
    /// Whether a body needs no form for its signature to be the sender's.
    pub(crate) fn takes_any_body(&self) -> bool {
        !self.algorithm.is_plain_hash() && !self.signs_anything()
    }

    /// Whether a handshake has the first key sign what anybody sends.
    fn signs_anything(&self) -> bool {
        self.handshakes.iter().any(Handshake::signs_anything)
    }
}

impl Account {
    /// Refuses a body whose signature can be had without the sender: one that a plain hash was lengthened for, since what stands
    /// between is no text; one that a handshake has had signed.
    pub(crate) fn require_text(&self, body: &[u8]) -> Result<(), Rejection> {
        if self.facts.takes_any_body {
            return Ok(());
        }
        let scheme = &self.scheme;
        if scheme.algorithm.is_plain_hash() && std::str::from_utf8(body).is_err() {
            return Err(malformed(
                "the body is no text (UTF-8): it may have been lengthened on the way",
            ));
        }
        match scheme.signs_anything() && !is_like_a_delivery(body) {
            true => Err(malformed(
                "the body is no JSON object, as every delivery is",
            )),
            false => Ok(()),
        }
    }
}

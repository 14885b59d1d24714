//! The description of the set-up request that hands over the secret.

use crate::scheme::places::{Checked, header_name, keep, names};

/// The set-up request by which a sender hands over the secret, unsigned. It comes by a method that deliveries come by, and has no
/// signature.
///
/// Only a [`SetupVerifier`](crate::scheme::SetupVerifier) accepts it. To a verifier with keys it is a request without a signature.
///
/// ```
/// use webhook_core::scheme::{Algorithm, Scheme, Setup, Signature};
///
/// const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
///     .signature(Signature::header("acme-signature"))
///     .setup(Setup::header("acme-secret"));
/// assert!(ACME.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Setup(pub(super) SecretAt);

#[derive(Clone, Copy, Debug)]
pub(super) enum SecretAt {
    Header(&'static str),
    Member(&'static str),
}

impl Setup {
    /// The secret stands in this header. The answer is 200 with the same header.
    #[must_use]
    pub const fn header(name: &'static str) -> Self {
        Self(SecretAt::Header(name))
    }

    /// The body is a JSON object of this one member, and the secret is its text. The answer is 200.
    #[must_use]
    pub const fn only_member(name: &'static str) -> Self {
        Self(SecretAt::Member(name))
    }

    /// Whether it can be told from a delivery, which has a signature in this header, if it stands in one.
    pub(super) const fn check(&self, signature: Option<&'static str>) -> Checked {
        let Some(signature) = signature else {
            return Err("a set-up request is one without a signature: that must stand in a header");
        };
        match self.0 {
            SecretAt::Header(name) => {
                keep!(header_name(name));
                if names(&[signature], name) {
                    return Err("the secret and the signature cannot stand in the same header");
                }
            }
            SecretAt::Member(name) if name.is_empty() => {
                return Err("give the member that holds the secret a name");
            }
            SecretAt::Member(_) => {}
        }
        Ok(())
    }

    /// What kind of request it is, and what is answered.
    pub(crate) fn in_words(&self) -> String {
        let (place, answer) = match self.0 {
            SecretAt::Header(name) => (format!("the header `{name}`"), " and the same header"),
            SecretAt::Member(name) => (format!("a JSON object of `{name}` alone"), ""),
        };
        format!(
            "unsigned, with the secret in {place}: answered with status 200{answer}, in set-up mode only"
        )
    }
}

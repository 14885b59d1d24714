//! What a sender hands over at set-up.

use std::fmt;

use crate::account::Secret;

/// The secret that a request has handed over at set-up. Nobody has signed it.
///
/// See [`Endpoint::on_setup_secret`](crate::Endpoint::on_setup_secret).
#[derive(Clone, PartialEq, Eq)]
pub struct SetupSecret {
    secret: Secret,
    path: String,
}

impl SetupSecret {
    pub(crate) const fn new(secret: Secret, path: String) -> Self {
        Self { secret, path }
    }

    /// The secret, which is not printed.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The path that the request came to, without the query: which webhook it is, where each has a path of its own.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Debug for SetupSecret {
    /// Without the path, which may tell one webhook from another by a secret of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupSecret(..)")
    }
}

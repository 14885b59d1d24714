//! What an endpoint can be made of.

use crate::endpoint::endpoint::Endpoint;
use crate::endpoint::resolver::Resolve;

/// An [`Endpoint`], or a verifier or a resolver of which one is made with the default limits. What the adapters take.
///
/// ```
/// use webhook_core::provider::github::GitHub;
/// use webhook_core::{Endpoint, IntoEndpoint};
///
/// fn guarded_by(endpoint: impl IntoEndpoint) -> Endpoint {
///     endpoint.into_endpoint()
/// }
///
/// let plain = guarded_by(GitHub::new("a secret")?);
/// let named = guarded_by(Endpoint::new(GitHub::new("a secret")?).name("github"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
// Not `Into<Endpoint>`: there the compiler speaks of `From` and `Verifier`, and names neither the secret nor the `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither an `Endpoint` nor a verifier or a resolver",
    label = "expected an `Endpoint`, or a provider such as `Stripe`",
    note = "of a secret, make a provider first: `Endpoint::new(Stripe::new(secret)?)`",
    note = "of a `Result`, take the value out with `?`; of an `Option`, when the server starts"
)]
pub trait IntoEndpoint {
    /// The endpoint.
    fn into_endpoint(self) -> Endpoint;
}

impl IntoEndpoint for Endpoint {
    fn into_endpoint(self) -> Endpoint {
        self
    }
}

impl<R: Resolve + 'static> IntoEndpoint for R {
    fn into_endpoint(self) -> Endpoint {
        Endpoint::new(self)
    }
}

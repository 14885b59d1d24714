//! Docker Hub: images that were pushed.
//!
//! | | |
//! |---|---|
//! | signature | **none**: the URL shows a secret that you put into it, in the parameter `token` of the query |
//! | time window | none |
//! | event id | none |
//! | kind | none: a webhook tells of pushes alone |
//!
//! Settings: `secrets`, and `query_field`: the parameter with the secret, if it is not `token`.
//!
//! # What to know
//!
//! - Nothing of the request is signed, and Docker Hub has no setting for a secret: that in the URL is yours. Whoever learns the URL, from a
//!   log or a proxy, can send anything. Ask the registry before you act on what matters.
//! - URLs stand in the logs of servers and proxies: have them leave out the query of this one.
//! - The body's `callback_url` may be any URL if the URL of the webhook is known. Call none but those that begin with
//!   `https://registry.hub.docker.com/`.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Webhooks"](https://docs.docker.com/docker-hub/repos/manage/webhooks/).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use crate::ConfigError;
use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://docs.docker.com/docker-hub/repos/manage/webhooks/")
    .setup(&[
        "Choose a long random secret of letters and digits. It becomes `secrets`.",
        "In the repository, open Webhooks, and create one with the URL of your endpoint and `?token=` with the secret behind it.",
    ])
    .settings(&[Setting::optional(
        "query_field",
        "the parameter of the query with the secret; `token` if absent",
    )]);

/// The secret in the query.
pub const SCHEME: Scheme = Scheme::new("docker-hub", Algorithm::Token)
    .signature(Signature::configured_parameter("token").encoding(Encoding::Text));

scheme_provider! {
    /// Verifies that a request shows the secret in the URL of a webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::docker_hub::DockerHub;
    ///
    /// let endpoint = Endpoint::new(DockerHub::new(["new_secret_of_the_url", "old_secret_of_the_url"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    DockerHub, SCHEME
}

impl DockerHub {
    /// The parameter of the query with the secret, if it is not `token`.
    ///
    /// # Errors
    /// If it is empty.
    pub fn parameter_name(self, name: impl Into<String>) -> Result<Self, ConfigError> {
        self.0.parameter_name(name).map(Self)
    }
}

//! Bitbucket Data Center and Server: repositories and pull requests.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none: Bitbucket signs no time |
//! | event id | `X-Request-Id`, **not signed** |
//! | kind | `X-Event-Key`, such as `pr:opened`, **not signed**; `eventKey` in the body is |
//!
//! # What to know
//!
//! - Whoever replays a request can give it another id and another kind. Where that would hurt, look at `eventKey`.
//! - A webhook without a secret is not signed at all, and is refused here.
//! - "Test connection" sends `diagnostics:ping`. Whether that is signed is not documented: where it is not, the test is refused, and events
//!   are accepted all the same.
//! - [Bitbucket Cloud](super::bitbucket) signs in the same way and names its headers otherwise.
//! - Whether a repeat keeps `X-Request-Id` is not documented.
//!
//! Checked against the example in Atlassian's documentation and vectors that we computed. Documentation:
//! ["Manage webhooks"](https://confluence.atlassian.com/display/BITBUCKETSERVER087/Manage+webhooks).
//!
//! Dedupe tells events apart by: body, unsigned `X-Request-Id` and kind. A repeat is handled again if it is not recognised: under
//! another `X-Request-Id`.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Developer, "https://confluence.atlassian.com/display/BITBUCKETSERVER087/Manage+webhooks")
        .setup(&[
            "In the settings of the repository or the project, open Webhooks and create one with the URL of your endpoint.",
            "Enter a long random secret there: it becomes `secrets`.",
            "Choose the events.",
        ]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("bitbucket-server", Algorithm::HmacSha256)
    .signature(Signature::header("x-hub-signature").prefix("sha256="))
    .id(&[Field::Header("x-request-id")])
    .kind(&[Field::Header("x-event-key")]);

scheme_provider! {
    /// Verifies what Bitbucket Data Center or Server sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::bitbucket_server::BitbucketServer;
    ///
    /// let endpoint = Endpoint::new(BitbucketServer::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    BitbucketServer, SCHEME
}

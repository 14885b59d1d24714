//! Bitbucket Cloud: repositories and pull requests.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hub-Signature: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none: Bitbucket signs no time |
//! | event id | `X-Request-UUID`, **not signed** |
//! | kind | `X-Event-Key`, such as `repo:push`, **not signed** |
//!
//! # What to know
//!
//! - Whoever replays a request can give it another id and another kind. Where that would hurt, look at the body.
//! - A webhook without a secret is not signed at all, and is refused here.
//! - GitHub sends SHA-1 in a header of this name. Nothing but `sha256=` is accepted here.
//! - `X-Hook-UUID` names the webhook, and `X-Attempt-Number` counts the attempts; neither is signed.
//! - Bitbucket Data Center and Server sign in the same way and name their headers otherwise.
//! - Whether a repeat keeps `X-Request-UUID` is not documented.
//!
//! Checked against vectors that we computed, by third parties and by Atlassian's documentation:
//! ["Manage webhooks"](https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/).
//!
//! Dedupe tells events apart by: body, unsigned `X-Request-UUID` and kind. A repeat is handled again if it is not recognised: under
//! another `X-Request-UUID`.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Developer, "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/").setup(&[
        "In the settings of the repository or the workspace, open Webhooks and add one with the URL of your endpoint.",
        "Enter a long random secret there: it becomes `secrets`.",
        "Choose the triggers.",
    ]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("bitbucket", Algorithm::HmacSha256)
    .signature(Signature::header("x-hub-signature").prefix("sha256="))
    .id(&[Field::Header("x-request-uuid")])
    .kind(&[Field::Header("x-event-key")]);

scheme_provider! {
    /// Verifies what Bitbucket Cloud sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::bitbucket::Bitbucket;
    ///
    /// let endpoint = Endpoint::new(Bitbucket::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Bitbucket, SCHEME
}

//! Vercel: deployments, projects and integrations.
//!
//! | | |
//! |---|---|
//! | signature | `x-vercel-signature`: hex HMAC-SHA1 of the body |
//! | key | the text of the webhook's secret; of an integration, its client secret |
//! | time window | none: the body's `createdAt` is signed, and no age is documented |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - The secret of a webhook is shown once, when it is made.
//! - HMAC-SHA1 is still sound as a MAC.
//! - The rule is from Vercel's documentation as its users apply it.
//!
//! Checked against vectors that we computed. Documentation: ["Webhooks API Reference"](https://vercel.com/docs/webhooks/webhooks-api).
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://vercel.com/docs/webhooks/webhooks-api").setup(&[
    "In the team's settings, open Webhooks and add a webhook with the URL and its events.",
    "Copy the secret, which is shown once. It becomes `secrets`. Of an integration, take its client secret.",
]);

/// Hex HMAC-SHA1 of the body.
pub const SCHEME: Scheme = Scheme::new("vercel", Algorithm::HmacSha1)
    .signature(Signature::header("x-vercel-signature"))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")]);

scheme_provider! {
    /// Verifies what Vercel sends to one webhook or one integration.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::vercel::Vercel;
    ///
    /// let endpoint = Endpoint::new(Vercel::new("Dbvrvw9iVwQHJTb2CcUsE4MW")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Vercel, SCHEME
}

/// Names of kinds. Vercel has more; all of them arrive.
pub mod kind {
    /// A deployment was canceled.
    pub const DEPLOYMENT_CANCELED: &str = "deployment.canceled";
    /// A deployment began.
    pub const DEPLOYMENT_CREATED: &str = "deployment.created";
    /// A deployment failed.
    pub const DEPLOYMENT_ERROR: &str = "deployment.error";
    /// A deployment is the one in production now.
    pub const DEPLOYMENT_PROMOTED: &str = "deployment.promoted";
    /// A deployment succeeded.
    pub const DEPLOYMENT_SUCCEEDED: &str = "deployment.succeeded";
    /// An integration was removed.
    pub const INTEGRATION_CONFIGURATION_REMOVED: &str = "integration-configuration.removed";
    /// A project was created.
    pub const PROJECT_CREATED: &str = "project.created";
    /// A project was removed.
    pub const PROJECT_REMOVED: &str = "project.removed";
}

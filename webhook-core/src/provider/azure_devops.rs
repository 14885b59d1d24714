//! Azure DevOps: service hooks.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `Authorization: Basic` shows the user name and the password of the subscription |
//! | time window | none |
//! | event id | `id` in the body, not signed |
//! | kind | `eventType` in the body, not signed |
//!
//! Settings: `username`, and `password`: one or a list, any may match.
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the password, from a log or a proxy, can send anything. Ask Azure DevOps before you act
//!   on what matters.
//! - A subscription without basic authentication is refused here.
//! - The button Test sends a sample event, whose ids are the same each time.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Webhooks"](https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks).
//!
//! Dedupe tells events apart by: `id`, unsigned.

use std::sync::Arc;

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::basic_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{BasicSigner, Sample, SampleKeys, Sign};
use crate::verify::Login;
#[cfg(feature = "testing")]
use crate::{ConfigError, Settings};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(AzureDevOps(Login::configured(NAMES, settings)?)))
})
.tested(testing!(signer, samples));

const ABOUT: About =
    About::new(Group::Developer, "https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks")
        .setup(&[
            "Choose a user name and a long random password. They become `username` and `password`.",
            "In the project's settings, open Service hooks, and create a subscription of Web Hooks for an event.",
            "Enter the URL, which must begin with `https://`, and both as basic authentication.",
        ])
        .settings(&[
            Setting::required(
                "username",
                "the user name of the basic authentication, as you entered it at Azure DevOps",
            ),
            Setting::required(
                "password",
                "the password that belongs to it: one or a list, any of which may match",
            ),
        ])
        .headers(&["authorization"])
        .signed("nothing: the sender shows a user name and a password itself");

/// Where id and kind stand.
const NAMES: Scheme = Scheme::new("azure-devops", Algorithm::Token)
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/eventType")])
    .identity(Identity::fields(&[&[Field::Json("/id")]]));

basic_provider! {
    /// Verifies that a request shows the user name and the password of a subscription of Azure DevOps.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::azure_devops::AzureDevOps;
    ///
    /// let endpoint = Endpoint::new(AzureDevOps::new("azure", ["new password", "old password"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    AzureDevOps, NAMES
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(Box::new(BasicSigner::configured(settings)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let sample = BasicSigner::sample(NAMES.name(), keys, |keys| {
        AzureDevOps::new(BasicSigner::USER, keys)
    })?;
    Ok(vec![sample])
}

//! Auth0: log streams and event streams, as custom webhooks.
//!
//! | | |
//! |---|---|
//! | proof | the value of a header, whole, as it was set for the stream: `Authorization`, or one that the setting `auth_header` names |
//! | covered | **nothing**: only that the sender knows the value |
//! | time window | none |
//! | event id | none |
//! | kind | none |
//!
//! # What to know
//!
//! - Whoever has seen one request can send others with any content. Ask Auth0's API before you act.
//! - The whole value counts: `Bearer `, if you have entered it, belongs to `secrets`. An event stream with `bearer` puts `Bearer ` before
//!   its token, one with `basic` sends `Basic ` and the base64 of name, `:` and password.
//! - A log stream sends a list, JSON lines or objects, as its content format says, and several entries in one request: there is no id and
//!   no kind of the whole. Each entry has a `log_id`.
//! - A log stream without an authorization token shows none, and is refused here.
//!
//! Checked against vectors that we computed, by Auth0's documentation:
//! ["Custom Log Streams Using Webhooks"](https://auth0.com/docs/customize/log-streams/custom-log-streams).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::{Scheme, Signature};
use crate::{ConfigError, IntoKeyring};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    Ok(match settings.has("auth_header") {
        true => IN_OWN_HEADER,
        false => SCHEME,
    })
});

const ABOUT: About =
    About::new(Group::Developer, "https://auth0.com/docs/customize/log-streams/custom-log-streams")
        .setup(&[
            "Make a long random text. With `Bearer ` before it, it becomes `secrets`.",
            "In the dashboard, open Monitoring, Streams, and create a custom webhook with the URL of your endpoint as payload URL.",
            "Enter the same value, with `Bearer `, as authorization token.",
        ])
        .settings(&[Setting::optional(
            "auth_header",
            "the header that shows the secret; `authorization` if absent",
        )]);

/// The value of `Authorization`, whole.
pub const SCHEME: Scheme =
    Scheme::new("auth0", Algorithm::Token).signature(Signature::header("authorization"));

const IN_OWN_HEADER: Scheme = SCHEME.signature(Signature::configured_header());

scheme_provider! {
    /// Verifies what Auth0 sends for one stream. The key is the whole value of the header.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::auth0::Auth0;
    ///
    /// let endpoint = Endpoint::new(Auth0::new("Bearer kDG9108QTAsRzoAdHWaiY7OdyzTmJh")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Auth0, SCHEME
}

impl Auth0 {
    /// The same where an event stream shows its secret in another header than `Authorization`.
    ///
    /// ```
    /// use webhook_core::provider::auth0::Auth0;
    ///
    /// let auth0 = Auth0::in_header("x-auth0-secret", "kDG9108QTAsRzoAdHWaiY7OdyzTmJh")?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If this cannot be the name of a header, there is no key, or one cannot be a secret.
    pub fn in_header(name: &str, keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        IN_OWN_HEADER.verifier(keys)?.header_name(name).map(Self)
    }
}

//! Mailchimp Marketing: members of an audience, and campaigns.
//!
//! | | |
//! |---|---|
//! | signature | **none**: the URL shows a secret that you put into it, in the parameter `token` of the query |
//! | time window | none |
//! | event id | none |
//! | kind | `type` in the form, not signed, such as `subscribe` |
//! | set-up | a `GET`, which nobody signs: the library answers 200 |
//!
//! Settings: `secrets`, and `query_field`: the parameter with the secret, if it is not `token`.
//!
//! # What to know
//!
//! - Nothing of the request is signed, and Mailchimp has no setting for a secret: that in the URL is yours. Whoever learns the URL, from a
//!   log or a proxy, can send anything. Ask Mailchimp before you act on what matters.
//! - URLs stand in the logs of servers and proxies: have them leave out the query of this one.
//! - What is not a letter or a digit is percent-encoded in the URL, and plain in `secrets`.
//! - Mailchimp asks the URL by `GET` when it is saved. That is answered with the secret or without it, and reaches no handler.
//! - The body is a form, whose fields are named like `data[email]`.
//! - Mailchimp Transactional signs, and is the provider `mandrill`.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Sync Audience Data with Webhooks"](https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use http::StatusCode;

use crate::ConfigError;
use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Handshake, HandshakeReply, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Messages, "https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/")
        .setup(&[
            "Choose a long random secret of letters and digits. It becomes `secrets`.",
            "Start the endpoint: Mailchimp asks the URL by `GET` when it is saved.",
            "In the settings of the audience, open Webhooks, and create one with the URL of your endpoint and `?token=` with the secret behind it.",
        ])
        .settings(&[Setting::optional(
            "query_field",
            "the parameter of the query with the secret; `token` if absent",
        )]);

/// The secret in the query.
pub const SCHEME: Scheme = Scheme::new("mailchimp-marketing", Algorithm::Token)
    .signature(Signature::configured_parameter("token").encoding(Encoding::Text))
    .kind(&[Field::Form("type")])
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[],
        HandshakeReply::Empty(StatusCode::OK),
    )]);

scheme_provider! {
    /// Verifies that a request shows the secret in the URL of a webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::mailchimp_marketing::MailchimpMarketing;
    ///
    /// let mailchimp = MailchimpMarketing::new(["new_secret_of_the_url", "old_secret_of_the_url"])?;
    /// let endpoint = Endpoint::new(mailchimp);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    MailchimpMarketing, SCHEME
}

impl MailchimpMarketing {
    /// The parameter of the query with the secret, if it is not `token`.
    ///
    /// # Errors
    /// If it is empty.
    pub fn parameter_name(self, name: impl Into<String>) -> Result<Self, ConfigError> {
        self.0.parameter_name(name).map(Self)
    }
}

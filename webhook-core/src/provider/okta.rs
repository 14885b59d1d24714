//! Okta: event hooks.
//!
//! | | |
//! |---|---|
//! | proof | the value of a header, whole, as it was set for the hook: `Authorization`, or one that the setting `auth_header` names |
//! | covered | **nothing**: only that the sender knows the value |
//! | time window | none |
//! | event id | `eventId` in the body, **not signed** |
//! | kind | `eventType` in the body, **not signed**: the same for all events; each in `data.events` has its own |
//! | set-up | `GET` with `X-Okta-Verification-Challenge`: the library answers with `{"verification": …}` |
//!
//! # What to know
//!
//! - Whoever has seen one request can send others with any content. Ask Okta's System Log before you act.
//! - The whole value counts: write `Basic …` or `Bearer …` into `secrets` as it was entered.
//! - Anybody can ask for a verification: the answer repeats what was sent, and tells nothing.
//! - One request may hold several events; `data.events[].uuid` names each.
//! - Inline hooks want an answer that changes what Okta does: they are no webhooks, and not covered here.
//! - The rule is from excerpts of Okta's documentation and from third parties.
//!
//! Checked against vectors that we computed. Documentation:
//! ["Event hooks"](https://developer.okta.com/docs/concepts/event-hooks/).
//!
//! Dedupe tells events apart by: `eventId`, unsigned.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, ReplyValue, Scheme, Signature};
use crate::{ConfigError, IntoKeyring};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    Ok(match settings.has("auth_header") {
        true => IN_OWN_HEADER,
        false => SCHEME,
    })
});

const ABOUT: About = About::new(Group::Developer, "https://developer.okta.com/docs/concepts/event-hooks/")
    .setup(&[
        "Make a long random text: it becomes `secrets`. Start the endpoint with it.",
        "In the Admin Console, open Workflow, Event Hooks, and create one with the URL of your endpoint.",
        "Enter `Authorization` as authentication field and that text as authentication secret. Another field becomes `auth_header`.",
        "Choose the events, and verify the hook: Okta sends a challenge.",
    ])
    .settings(&[Setting::optional(
        "auth_header",
        "the header that shows the secret; `authorization` if absent",
    )]);

const CHALLENGE: Field = Field::Header("x-okta-verification-challenge");

/// The value of `Authorization`, whole.
pub const SCHEME: Scheme = Scheme::new("okta", Algorithm::Token)
    .signature(Signature::header("authorization"))
    .id(&[Field::Json("/eventId")])
    .kind(&[Field::Json("/eventType")])
    .identity(Identity::fields(&[&[Field::Json("/eventId")]]))
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(CHALLENGE)],
        HandshakeReply::Json(&[("verification", ReplyValue::Echo(CHALLENGE))]),
    )]);

const IN_OWN_HEADER: Scheme = SCHEME.signature(Signature::configured_header());

scheme_provider! {
    /// Verifies what Okta sends for one event hook. The key is the whole value of the header.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::okta::Okta;
    ///
    /// let endpoint = Endpoint::new(Okta::new("gvahYtcvyPIuLJMCZxS4m4GMkSg5n5")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Okta, SCHEME
}

impl Okta {
    /// The same where the hook shows its secret in another header than `Authorization`.
    ///
    /// ```
    /// use webhook_core::provider::okta::Okta;
    ///
    /// let okta = Okta::in_header("x-okta-secret", "gvahYtcvyPIuLJMCZxS4m4GMkSg5n5")?;
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If this cannot be the name of a header, there is no key, or one cannot be a secret.
    pub fn in_header(name: &str, keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        IN_OWN_HEADER.verifier(keys)?.header_name(name).map(Self)
    }
}

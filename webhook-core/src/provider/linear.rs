//! Linear: issues, projects and what belongs to them.
//!
//! | | |
//! |---|---|
//! | signature | `Linear-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's signing secret, `lin_wh_…` |
//! | time window | 60 seconds both ways, by `webhookTimestamp` in the signed body, in milliseconds |
//! | event id | `Linear-Delivery`, **not signed** |
//! | kind | `Linear-Event`, **not signed**; the body's `type` and `action` are |
//!
//! # What to know
//!
//! - A body without `webhookTimestamp` is refused, however well it is signed. The header `Linear-Timestamp` is not signed and not looked at.
//! - `webhookId` in the body is the webhook, not the event.
//! - The time is judged once the signature holds: an altered time is an altered body.
//! - Linear wants 200 within five seconds and tries again after a minute, an hour and six hours.
//!
//! Checked against Linear's library `@linear/sdk` 98.0.0. Documentation: ["Webhooks"](https://linear.app/developers/webhooks).
//!
//! Dedupe tells events apart by: body, unsigned `Linear-Delivery` and kind. A repeat is handled again if it is not recognised: with a
//! new `webhookTimestamp`.

use crate::TimeUnit;
use crate::crypto::{Algorithm, KeyFormat};
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Developer, "https://linear.app/developers/webhooks")
    .setup(&[
        "In the settings, open API and add a webhook with the URL and what to send.",
        "Open the webhook and copy its signing secret. It becomes `secrets`.",
    ])
    .acknowledgement("200");

/// Hex HMAC-SHA256 of the body, which holds the time.
pub const SCHEME: Scheme = Scheme::new("linear", Algorithm::HmacSha256)
    // <https://linear.app/developers/webhooks>
    .waits_secs(5)
    .key(KeyFormat::text().reject_prefixes(&["lin_api_", "lin_oauth_"]))
    .signature(Signature::header("linear-signature"))
    .timestamp(
        Timestamp::first_of(&[Field::Json("/webhookTimestamp")])
            .unit(TimeUnit::Milliseconds)
            .tolerance(60),
    )
    .id(&[Field::Header("linear-delivery")])
    .kind(&[Field::Header("linear-event")])
    .whose(&WHOSE);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/organizationId")]);

scheme_provider! {
    /// Verifies what Linear sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::linear::Linear;
    ///
    /// let endpoint = Endpoint::new(Linear::new("lin_wh_vpadItroOSlky6KBJlLbl7cQLZScCIjn")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Linear, SCHEME, timed
}

/// Names of kinds, as `Linear-Event` and the body's `type` have them. Linear has more; all of them arrive.
pub mod kind {
    /// Something is attached to an issue.
    pub const ATTACHMENT: &str = "Attachment";
    /// A comment on an issue.
    pub const COMMENT: &str = "Comment";
    /// A cycle.
    pub const CYCLE: &str = "Cycle";
    /// An issue.
    pub const ISSUE: &str = "Issue";
    /// A label of issues.
    pub const ISSUE_LABEL: &str = "IssueLabel";
    /// A project.
    pub const PROJECT: &str = "Project";
    /// News of a project.
    pub const PROJECT_UPDATE: &str = "ProjectUpdate";
    /// An emoji on something.
    pub const REACTION: &str = "Reaction";
}

//! Resend: what became of emails.
//!
//! | | |
//! |---|---|
//! | signature | [Svix](super::svix): `svix-signature`, entries `v1,` and base64 HMAC-SHA256 of `svix-id`, `.`, `svix-timestamp`, `.`, body |
//! | key | `whsec_` and base64; what is decoded is the key |
//! | time window | 300 seconds both ways |
//! | event id | `svix-id`, signed |
//! | kind | `type` in the body, signed |
//!
//! # What to know
//!
//! - Resend sends through Svix. The names `webhook-…` are read where the names `svix-…` are absent.
//! - The API key, `re_…`, is another one and is refused.
//! - `data.email_id` is the id of the email, which many events share; `svix-id` is that of the event.
//!
//! Checked against Resend's library `resend` 6.38.0 (JavaScript) and Svix's `svix` 2.9.1 (Python). Documentation:
//! ["Verify Webhooks Requests"](https://resend.com/docs/webhooks/verify-webhooks-requests).
//!
//! # Messages
//!
//! | kind | where | status |
//! |---|---|---|
//! | `email.scheduled`, `email.sent` |  | `Accepted` |
//! | `email.delivered` |  | `Delivered` |
//! | `email.delivery_delayed` |  | `Deferred` |
//! | `email.bounced` | `data.bounce.type` is `Permanent` | `Bounced(Hard)` |
//! | `email.bounced` | `data.bounce.type` is `Transient` | `Bounced(Soft)` |
//! | `email.bounced` |  | `Bounced(Unknown)` |
//! | `email.suppressed` |  | `Dropped(Suppressed)` |
//! | `email.failed` |  | `Failed` |
//! | `email.complained` |  | `Complained` |
//! | `email.opened` |  | `Opened` |
//! | `email.clicked` |  | `Clicked` |
//! | `email.received` |  | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | all |
//! |---|---|
//! | channel | always `Email` |
//! | to | `data.to.*` |
//! | from | `data.from` |
//! | message id | `data.email_id` |
//! | reason | `data.bounce.message`, else `data.suppressed.message`, else `data.failed.reason` |
//! | code | `data.bounce.subType`, else `data.suppressed.type` |
//! | URL | `data.click.link` |
//! | time | `created_at`, by RFC 3339 |
//!
//! - `data.to` names all recipients of an email, and Resend does not say which of them an event is about.
//! - Events about contacts, domains, lists of suppressions and inboxes are `Other`.
//! - What each kind means is from Resend's ["Event Types"](https://resend.com/docs/webhooks/event-types).
//!
//! Dedupe tells events apart by: `svix-id`, kind.

use crate::TimeUnit;
use crate::crypto::KeyFormat;
use crate::mailing::MessageStatus::{
    Accepted, Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Failed, Inbound, Opened,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::Scheme;

pub use super::standard_webhooks::Event;
use super::svix;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Messages,
    "https://resend.com/docs/webhooks/verify-webhooks-requests",
)
.setup(&[
    "In the Resend dashboard, open Webhooks, add a webhook with the URL and choose the events.",
    "Open the webhook and copy its signing secret, `whsec_…`. It becomes `secrets`.",
]);

/// As Svix signs.
pub const SCHEME: Scheme = svix::SCHEME
    .named("resend")
    .key(
        KeyFormat::base64()
            .strip_prefix("whsec_")
            .reject_prefixes(&["re_", "whpk_", "whsk_"]),
    )
    .mailing(&MAILING);

scheme_provider! {
    /// Verifies what Resend sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::resend::Resend;
    ///
    /// let endpoint = Endpoint::new(Resend::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Resend, SCHEME, timed
}

/// What Resend's kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    EMAIL,
    &[
        Rule::new(&["email.scheduled", "email.sent"], Accepted),
        Rule::new(&["email.delivered"], Delivered),
        Rule::new(&["email.delivery_delayed"], Deferred),
        Rule::by(
            &["email.bounced"],
            "/data/bounce/type",
            &[
                ("Permanent", Bounced(Bounce::Hard)),
                ("Transient", Bounced(Bounce::Soft)),
            ],
        ),
        Rule::new(&["email.bounced"], Bounced(Bounce::Unknown)),
        Rule::new(&["email.suppressed"], Dropped(DropReason::Suppressed)),
        Rule::new(&["email.failed"], Failed),
        Rule::new(&["email.complained"], Complained),
        Rule::new(&["email.opened"], Opened),
        Rule::new(&["email.clicked"], Clicked),
        Rule::new(&["email.received"], Inbound),
    ],
);

const _: () = assert!(MAILING.check().is_ok());

const EMAIL: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/data/to/*"])
    .from(&["/data/from"])
    .message_id(&["/data/email_id"])
    .reason(&[
        "/data/bounce/message",
        "/data/suppressed/message",
        "/data/failed/reason",
    ])
    .code(&["/data/bounce/subType", "/data/suppressed/type"])
    .url(&["/data/click/link"])
    .time(TimeUnit::Rfc3339, &["/created_at"]);

/// Names of kinds, for `match event.kind.as_str()`. Resend has more; all of them arrive.
pub mod kind {
    /// A contact was created.
    pub const CONTACT_CREATED: &str = "contact.created";
    /// A contact was deleted.
    pub const CONTACT_DELETED: &str = "contact.deleted";
    /// A contact was changed.
    pub const CONTACT_UPDATED: &str = "contact.updated";
    /// The recipient's server has refused the email for good.
    pub const EMAIL_BOUNCED: &str = "email.bounced";
    /// Somebody followed a link in it.
    pub const EMAIL_CLICKED: &str = "email.clicked";
    /// It was delivered, and reported as spam.
    pub const EMAIL_COMPLAINED: &str = "email.complained";
    /// The recipient's server has it.
    pub const EMAIL_DELIVERED: &str = "email.delivered";
    /// It could not be delivered yet.
    pub const EMAIL_DELIVERY_DELAYED: &str = "email.delivery_delayed";
    /// It could not be sent.
    pub const EMAIL_FAILED: &str = "email.failed";
    /// It was opened.
    pub const EMAIL_OPENED: &str = "email.opened";
    /// Resend has received an email for you.
    pub const EMAIL_RECEIVED: &str = "email.received";
    /// It is to be sent later.
    pub const EMAIL_SCHEDULED: &str = "email.scheduled";
    /// Resend tries to deliver it.
    pub const EMAIL_SENT: &str = "email.sent";
    /// It is not sent, because its recipient may not get any.
    pub const EMAIL_SUPPRESSED: &str = "email.suppressed";
}

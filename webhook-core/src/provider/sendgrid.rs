//! SendGrid: what became of emails, by the signed event webhook.
//!
//! | | |
//! |---|---|
//! | signature | `X-Twilio-Email-Event-Webhook-Signature`: base64 of an ECDSA signature in DER, P-256 with SHA-256, of `X-Twilio-Email-Event-Webhook-Timestamp` and body |
//! | key | the verification key: base64 of a public key in DER, as it is shown; setting `public_keys`; feature `asymmetric` |
//! | time window | none: SendGrid names no number. The time is signed, so [`SendGrid::tolerance`] can have one |
//! | event id | `sg_event_id` of the first event in the body, signed |
//! | kind | `event` of the first event in the body, signed |
//!
//! # What to know
//!
//! - A body is a **list of events**, of many kinds. The id and the kind of the [`Delivery`](crate::Delivery) are those of its first:
//!   take [`MessageUpdates`](crate::mailing::MessageUpdates), and remember each event by its `event_id`.
//! - The body ends with a line break, which is signed too: nothing may trim it.
//! - The webhook must have "Signed Event Webhook" switched on. OAuth, which SendGrid offers beside it, is not looked at.
//!
//! Checked against SendGrid's libraries `sendgrid` 6.12.5 (Python) and `@sendgrid/eventwebhook` 8.0.0 (JavaScript). Documentation:
//! ["Event Webhook Security Features"](https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features).
//!
//! # Messages
//!
//! Each event of the list is an update of its own.
//!
//! The kind is `event`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `processed` |  | `Accepted` |
//! | `delivered` |  | `Delivered` |
//! | `deferred` |  | `Deferred` |
//! | `bounce` | `type` is `bounce` | `Bounced(Hard)` |
//! | `bounce` | `type` is `blocked` | `Bounced(Soft)` |
//! | `bounce` |  | `Bounced(Unknown)` |
//! | `dropped` | `reason` is `Bounced Address` or `Unsubscribed Address` or `Spam Reporting Address` | `Dropped(Suppressed)` |
//! | `dropped` | `reason` is `Invalid` | `Dropped(Invalid)` |
//! | `dropped` | `reason` is `Spam Content` | `Dropped(Content)` |
//! | `dropped` |  | `Dropped(Unknown)` |
//! | `spamreport` |  | `Complained` |
//! | `open` |  | `Opened` |
//! | `click` |  | `Clicked` |
//! | `unsubscribe` |  | `Unsubscribed` |
//! | `group_unsubscribe` |  | `Unsubscribed` |
//! | `group_resubscribe` |  | `Resubscribed` |
//! | all others | | `Other` |
//!
//! | field | `group_unsubscribe`, `group_resubscribe` | all others |
//! |---|---|---|
//! | channel | always `Email` | always `Email` |
//! | to | `email` | `email` |
//! | message id | `sg_message_id` | `sg_message_id` |
//! | list | `asm_group_id` |  |
//! | reason | `reason`, else `response` | `reason`, else `response` |
//! | code | `status` | `status` |
//! | URL | `url` | `url` |
//! | time | `timestamp`, in seconds | `timestamp`, in seconds |
//!
//! - `bounce` with the type `blocked` is what SendGrid calls a block: the server refused the email for now, and SendGrid gives up.
//! - `dropped` tells its reason in words. Those that SendGrid lists are mapped; with any other the reason is unknown.
//! - `open` may be told by a program: `sg_machine_open` says so.
//! - `sg_message_id` goes on behind the id that the API returned, and differs for each recipient: compare its beginning, up to the first
//!   dot.
//! - Your own arguments stand among the members of the event. They are no fields here: read the body for them. One that has the name of
//!   a member is written twice, and makes that event an error.
//! - What each kind means is from SendGrid's
//!   ["Event Webhook Reference"](https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: put together anew.

use crate::TimeUnit;
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::mailing::MessageStatus::{
    Accepted, Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Opened, Resubscribed,
    Unsubscribed,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule};
use crate::message::Identity;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(Group::Messages, "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
)
.setup(&[
    "In the settings, open Mail Settings, Event Webhooks, and add a webhook with the URL and its events.",
    "Under Security features, enable Signed Event Webhook and save.",
    "Open the webhook again and copy its verification key. It becomes `public_keys`.",
]);

/// ECDSA on P-256 over time and body.
pub const SCHEME: Scheme = Scheme::new("sendgrid", Algorithm::EcdsaP256)
    .key(KeyFormat::base64())
    .signature(
        Signature::header("x-twilio-email-event-webhook-signature").encoding(Encoding::Base64),
    )
    .timestamp(Timestamp::header("x-twilio-email-event-webhook-timestamp"))
    .signed_content(&[Part::Timestamp, Part::Body])
    .id(&[Field::Json("/0/sg_event_id")])
    .kind(&[Field::Json("/0/event")])
    // Two lists may begin with the same event.
    .identity(Identity::body())
    .mailing(&MAILING);

scheme_provider! {
    /// Verifies what SendGrid sends to one event webhook. The key is the public one that SendGrid shows.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::sendgrid::SendGrid;
    ///
    /// let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDBAD0BWTzb9PZa3TxiISuJ1sLNpHKmVU7+TTJL0bqUbS8/6efw6TwuOCy4vSOWPGUqbG2y+WUE8IJSN9idkHqA==";
    /// let endpoint = Endpoint::new(SendGrid::new(key)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    SendGrid, SCHEME, timed
}

/// What SendGrid's kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    EMAIL,
    &[
        Rule::new(&["processed"], Accepted),
        Rule::new(&["delivered"], Delivered),
        Rule::new(&["deferred"], Deferred),
        Rule::by(
            &["bounce"],
            "/type",
            &[
                ("bounce", Bounced(Bounce::Hard)),
                ("blocked", Bounced(Bounce::Soft)),
            ],
        ),
        Rule::new(&["bounce"], Bounced(Bounce::Unknown)),
        Rule::by(
            &["dropped"],
            "/reason",
            &[
                ("Bounced Address", Dropped(DropReason::Suppressed)),
                ("Unsubscribed Address", Dropped(DropReason::Suppressed)),
                ("Spam Reporting Address", Dropped(DropReason::Suppressed)),
                ("Invalid", Dropped(DropReason::Invalid)),
                ("Spam Content", Dropped(DropReason::Content)),
            ],
        ),
        Rule::new(&["dropped"], Dropped(DropReason::Unknown)),
        Rule::new(&["spamreport"], Complained),
        Rule::new(&["open"], Opened),
        Rule::new(&["click"], Clicked),
        Rule::new(&["unsubscribe"], Unsubscribed),
        Rule::new(&["group_unsubscribe"], Unsubscribed).places(&GROUP),
        Rule::new(&["group_resubscribe"], Resubscribed).places(&GROUP),
    ],
)
.each_of_a_list(&["/sg_event_id"], &["/event"]);

const _: () = assert!(MAILING.check().is_ok());

const EMAIL: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/email"])
    .message_id(&["/sg_message_id"])
    .reason(&["/reason", "/response"])
    .code(&["/status"])
    .url(&["/url"])
    .time(TimeUnit::Seconds, &["/timestamp"]);

const GROUP: Places = EMAIL.list(&["/asm_group_id"]);

/// Names of kinds: `event` of each event in a body.
pub mod kind {
    /// The recipient's server has refused the email for good.
    pub const BOUNCE: &str = "bounce";
    /// Somebody followed a link in it.
    pub const CLICK: &str = "click";
    /// The recipient's server does not take it yet.
    pub const DEFERRED: &str = "deferred";
    /// The recipient's server has it.
    pub const DELIVERED: &str = "delivered";
    /// SendGrid does not send it.
    pub const DROPPED: &str = "dropped";
    /// Somebody wants the emails of a group again.
    pub const GROUP_RESUBSCRIBE: &str = "group_resubscribe";
    /// Somebody does not want the emails of a group any more.
    pub const GROUP_UNSUBSCRIBE: &str = "group_unsubscribe";
    /// It was opened.
    pub const OPEN: &str = "open";
    /// SendGrid has it, and will send it.
    pub const PROCESSED: &str = "processed";
    /// It was reported as spam.
    pub const SPAM_REPORT: &str = "spamreport";
    /// Somebody does not want emails any more.
    pub const UNSUBSCRIBE: &str = "unsubscribe";
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, crate::ConfigError> {
    Ok(vec![Sample::of_asymmetric(SCHEME)?.made_by(SendGrid::new)])
}

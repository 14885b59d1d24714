//! Customer.io: what became of messages, by reporting webhooks.
//!
//! | | |
//! |---|---|
//! | signature | `X-CIO-Signature`: hex HMAC-SHA256 of `v0:`, `X-CIO-Timestamp`, `:`, body |
//! | key | the text of the webhook's signing key |
//! | time window | 300 seconds both ways; the number is ours, Customer.io names none |
//! | event id | `event_id` in the body, signed |
//! | kind | `metric` in the body, signed; `object_type` says of what |
//!
//! # What to know
//!
//! - Customer.io waits for four seconds and tries again for seven days. An event that fails holds up those behind it: answer fast.
//! - The kind is the metric alone. `sent` of an email and `sent` of a text message differ in `object_type`.
//!
//! # Messages
//!
//! | kind | where | status |
//! |---|---|---|
//! | `sent` |  | `Sent` |
//! | `delivered` |  | `Delivered` |
//! | `attempted`, `deferred` |  | `Deferred` |
//! | `bounced` |  | `Bounced(Unknown)` |
//! | `dropped` | `object_type` is `email` | `Dropped(Suppressed)` |
//! | `dropped`, `undeliverable` |  | `Dropped(Unknown)` |
//! | `failed` |  | `Failed` |
//! | `spammed` |  | `Complained` |
//! | `opened` |  | `Opened` |
//! | `clicked` |  | `Clicked` |
//! | `unsubscribed` |  | `Unsubscribed` |
//! | `subscribed` |  | `Resubscribed` |
//! | all others | | `Other` |
//!
//! | field | all |
//! |---|---|
//! | channel | `object_type`: `email` is `Email`, `sms` is `Sms`, `push` is `Push`, `in_app` is `InApp`, `whatsapp` is `WhatsApp` |
//! | to | `data.recipient`, else `data.email_address` |
//! | message id | `data.delivery_id` |
//! | reason | `data.failure_message` |
//! | URL | `data.href` |
//! | time | `timestamp`, in seconds |
//!
//! - `sent` means that the message left for the provider that delivers it; `attempted` that it could not be handed over yet.
//! - Bounces do not tell whether they are for good.
//! - `drafted`, `converted` and changes of preferences are `Other`.
//! - Slack messages and webhooks have no channel here.
//! - The places are those of Customer.io's reference, ["Reporting Webhooks"](https://docs.customer.io/api/webhooks). They were not
//!   compared with a live event: `data.failure_message` and `data.email_address` are the least sure.
//!
//! Checked against vectors that we computed, by Customer.io's documentation:
//! ["Reporting Webhooks"](https://docs.customer.io/journeys/webhooks/).
//!
//! Dedupe tells events apart by: `event_id`, kind.

use crate::TimeUnit;
use crate::crypto::Algorithm;
use crate::mailing::MessageStatus::{
    Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Failed, Opened, Resubscribed, Sent,
    Unsubscribed,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Messages, "https://docs.customer.io/journeys/webhooks/").setup(&[
    "Open Data & Integrations, Integrations, Reporting Webhooks, and add a webhook with the URL and its events.",
    "Copy the signing key of the webhook. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of `v0:`, time, `:`, body.
pub const SCHEME: Scheme = Scheme::new("customer-io", Algorithm::HmacSha256)
    // <https://docs.customer.io/api/webhooks>
    .waits_secs(4)
    .signature(Signature::header("x-cio-signature"))
    .timestamp(Timestamp::header("x-cio-timestamp").tolerance(300))
    .signed_content(&[
        Part::Literal("v0:"),
        Part::Timestamp,
        Part::Literal(":"),
        Part::Body,
    ])
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/metric")])
    .mailing(&MAILING);

scheme_provider! {
    /// Verifies what Customer.io sends to one reporting webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::customer_io::CustomerIo;
    ///
    /// let endpoint = Endpoint::new(CustomerIo::new("4f1c2a9b7d3e8f60a5b4c3d2e1f09182")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    CustomerIo, SCHEME, timed
}

/// What Customer.io's kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    MESSAGE,
    &[
        Rule::new(&["sent"], Sent),
        Rule::new(&["delivered"], Delivered),
        Rule::new(&["attempted", "deferred"], Deferred),
        Rule::new(&["bounced"], Bounced(Bounce::Unknown)),
        Rule::new(&["dropped"], Dropped(DropReason::Suppressed))
            .when(&[When::Is("/object_type", &["email"])]),
        Rule::new(&["dropped", "undeliverable"], Dropped(DropReason::Unknown)),
        Rule::new(&["failed"], Failed),
        Rule::new(&["spammed"], Complained),
        Rule::new(&["opened"], Opened),
        Rule::new(&["clicked"], Clicked),
        Rule::new(&["unsubscribed"], Unsubscribed),
        Rule::new(&["subscribed"], Resubscribed),
    ],
);

const _: () = assert!(MAILING.check().is_ok());

const MESSAGE: Places = Places::NONE
    .channel_by(
        "/object_type",
        &[
            ("email", Channel::Email),
            ("sms", Channel::Sms),
            ("push", Channel::Push),
            ("in_app", Channel::InApp),
            ("whatsapp", Channel::WhatsApp),
        ],
    )
    // `email_address` is where events about a person, and not about a message, have it.
    .to(&["/data/recipient", "/data/email_address"])
    .message_id(&["/data/delivery_id"])
    .reason(&["/data/failure_message"])
    .url(&["/data/href"])
    .time(TimeUnit::Seconds, &["/timestamp"]);

/// Names of kinds: `metric` in the body. Customer.io has more; all of them arrive.
pub mod kind {
    /// The message came back.
    pub const BOUNCED: &str = "bounced";
    /// Somebody followed a link in it.
    pub const CLICKED: &str = "clicked";
    /// Somebody did what the message was for.
    pub const CONVERTED: &str = "converted";
    /// The message was delivered.
    pub const DELIVERED: &str = "delivered";
    /// It is not sent, because its recipient may not get any.
    pub const DROPPED: &str = "dropped";
    /// It could not be sent.
    pub const FAILED: &str = "failed";
    /// It was opened.
    pub const OPENED: &str = "opened";
    /// It was sent.
    pub const SENT: &str = "sent";
    /// It was reported as spam.
    pub const SPAMMED: &str = "spammed";
    /// Somebody does not want messages any more.
    pub const UNSUBSCRIBED: &str = "unsubscribed";
}

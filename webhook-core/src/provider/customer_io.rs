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
//! Checked against vectors that we computed, by Customer.io's documentation:
//! ["Reporting Webhooks"](https://docs.customer.io/journeys/webhooks/).
//!
//! Dedupe tells events apart by: `event_id`, kind.

use crate::crypto::Algorithm;
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new("https://docs.customer.io/journeys/webhooks/").setup(&[
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
    .kind(&[Field::Json("/metric")]);

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

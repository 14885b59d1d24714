//! LINE: messages to a bot.
//!
//! | | |
//! |---|---|
//! | signature | `x-line-signature`: base64 HMAC-SHA256 of the body |
//! | key | the text of the channel secret |
//! | time window | none: LINE signs no time |
//! | event id | `events[0].webhookEventId`, signed |
//! | kind | `events[0].type`, signed |
//!
//! # What to know
//!
//! - One request carries several events: id and kind are those of the first. Go through `events`, and remember each `webhookEventId`.
//! - An event that LINE sends again keeps its id and says so in `deliveryContext.isRedelivery`.
//! - That LINE sends a batch again as the same batch is not documented: events that come in another one are new, and of batches whose first
//!   four events are the same, the second is a repeat.
//! - The button "Verify" sends a signed request without events: answer it like any other.
//! - The channel secret looks like hexadecimal digits and is a text. The channel access token is another thing.
//!
//! Checked against LINE's libraries 3.27.0 (Python) and 11.0.0 (JavaScript). Documentation:
//! ["Receive messages (webhook)"](https://developers.line.biz/en/docs/messaging-api/receiving-messages/).
//!
//! Dedupe tells events apart by: the `webhookEventId` of the first four events; without events the body.

use crate::crypto::{Algorithm, Encoding};
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Identity, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Messages, "https://developers.line.biz/en/docs/messaging-api/receiving-messages/").setup(&[
    "In the LINE Developers Console, open the channel and copy the channel secret from Basic settings. It becomes `secrets`.",
    "Under Messaging API, enter the URL, switch on Use webhook, and press Verify.",
]);

/// Base64 HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("line", Algorithm::HmacSha256)
    .signature(Signature::header("x-line-signature").encoding(Encoding::Base64))
    .id(&[Field::Json("/events/0/webhookEventId")])
    .kind(&[Field::Json("/events/0/type")])
    // What is sent again says so in the body: only the ids stay the same.
    .identity(Identity::fields(&[
        &[Field::Json("/events/0/webhookEventId")],
        &[Field::Json("/events/1/webhookEventId")],
        &[Field::Json("/events/2/webhookEventId")],
        &[Field::Json("/events/3/webhookEventId")],
    ]))
    .whose(&WHOSE);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/destination")]);

scheme_provider! {
    /// Verifies what LINE sends for one channel.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::line::Line;
    ///
    /// let endpoint = Endpoint::new(Line::new("685e868c1de6be8d04a78e662fae94b5")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Line, SCHEME
}

/// Names of kinds of events. LINE has more; all of them arrive.
pub mod kind {
    /// A notification message was delivered.
    pub const DELIVERY: &str = "delivery";
    /// Somebody became a friend of the account.
    pub const FOLLOW: &str = "follow";
    /// Somebody wrote.
    pub const MESSAGE: &str = "message";
    /// Somebody chose an action.
    pub const POSTBACK: &str = "postback";
}

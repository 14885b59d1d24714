//! Slack: events, slash commands and interactions.
//!
//! | | |
//! |---|---|
//! | signature | `X-Slack-Signature: v0=` and hex HMAC-SHA256 of `v0:`, `X-Slack-Request-Timestamp`, `:`, body |
//! | key | the text of the app's signing secret |
//! | time window | 300 seconds both ways |
//! | event id | `event_id` in the body, `trigger_id` of a command; signed |
//! | kind | `event.type`, else `type` in the body, `command` of a command; signed |
//! | set-up | `url_verification`, signed: the library answers with the challenge, no handler is called |
//!
//! # What to know
//!
//! - Events are JSON, commands and interactions are forms. What is signed is the body as it arrived, always.
//! - An interaction has neither id nor kind in its [`Delivery`](crate::Delivery): both stand inside its payload.
//! - The `token` in bodies is Slack's retired way to show itself; it is not looked at. The signing secret is another
//!   value of the app's settings.
//! - Slack wants an answer within three seconds: work that takes longer belongs behind the answer. (Not
//!   verified here.)
//! - How often a delivery was tried, and why, stands in headers that are not signed.
//!
//! Checked against Slack's libraries `slack_sdk` 3.47.0 (Python) and `@slack/bolt` 5.1.0 (JavaScript), of which the
//! second accepts times in the future. Documentation:
//! ["Verifying requests from Slack"](https://docs.slack.dev/authentication/verifying-requests-from-slack).
//!
//! Dedupe tells events apart by: `event_id` or `trigger_id`, kind; without one the body and the signed time. A repeat
//! is handled again if it is not recognised: interactions, signed anew.

mod event;
pub mod kind;
mod verify;

use crate::provider::about::{About, Group};
use crate::provider::registry::Registered;

pub use event::{Command, Event, EventCallback, Interaction, Other};
pub use verify::{SCHEME, Slack};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Messages, "https://docs.slack.dev/authentication/verifying-requests-from-slack",
)
    .setup(&[
        "In the app's settings, open Basic Information and copy the signing secret. It becomes `secrets`.",
        "Start the endpoint with it: Slack checks the URL at once.",
        "Enter the URL under Event Subscriptions, Slash Commands or Interactivity & Shortcuts.",
    ]);

//! Telegram: updates of a bot.
//!
//! | | |
//! |---|---|
//! | signature | **none**: `X-Telegram-Bot-Api-Secret-Token` shows the `secret_token` of `setWebhook` |
//! | time window | none |
//! | event id | `update_id` in the body, not signed |
//! | kind | none: it is the name of the body's other member, such as `message` |
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns the token, from a log or a proxy, can send anything.
//! - The token is not the bot's token. Choose it yourself: 1 to 256 letters, digits, `_` and `-`.
//! - Telegram sends an update again until it is answered with a 2xx. What your handler answers in JSON, Telegram takes for a call of
//!   a method.
//!
//! Checked against grammY 1.46.0, a framework of third parties; Telegram publishes none. Documentation:
//! ["setWebhook"](https://core.telegram.org/bots/api#setwebhook).
//!
//! Dedupe tells events apart by: unsigned `update_id`.

use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Identity, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Messages, "https://core.telegram.org/bots/api#setwebhook").setup(&[
    "Choose a long random secret of letters, digits, `_` and `-`.",
    "Call `setWebhook` with the URL and the secret as `secret_token`. The secret becomes `secrets`.",
]);

/// The secret in a header.
pub const SCHEME: Scheme = Scheme::new("telegram", Algorithm::Token)
    .signature(Signature::header("x-telegram-bot-api-secret-token").encoding(Encoding::Text))
    .id(&[Field::Json("/update_id")])
    .identity(Identity::fields(&[&[Field::Json("/update_id")]]));

scheme_provider! {
    /// Verifies that a request shows the secret of a bot.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::telegram::Telegram;
    ///
    /// let endpoint = Endpoint::new(Telegram::new(["new_token_of_the_bot", "old_token_of_the_bot"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Telegram, SCHEME
}

//! Discord: interactions with an app, and webhook events.
//!
//! | | interactions | webhook events |
//! |---|---|---|
//! | signature | `X-Signature-Ed25519`: hex Ed25519 of `X-Signature-Timestamp` and body | the same |
//! | key | the app's public key, 64 hexadecimal digits; setting `public_keys`; feature `asymmetric` | the same |
//! | time window | none: Discord names no number. The time is signed, so [`Discord::tolerance`] can have one | the same |
//! | event id | `id` in the body, signed | none |
//! | kind | `type` in the body, a number, signed | `event.type` in the body, signed |
//! | set-up | a signed ping, `type` 1: the library answers `{"type":1}`, no handler is called | a signed ping, `type` 0: the library answers 204 |
//!
//! # What to know
//!
//! - The two have addresses of their own: [`Discord::new`] is for interactions, [`Discord::events`] for webhook events. Settings:
//!   `"mode": "events"` for the second.
//! - Discord sends requests with wrong signatures on purpose, when the address is saved and later. They must be refused, and are.
//! - An interaction is answered by what the handler returns: `{"type":4,"data":{…}}` for a message, within three seconds.
//! - Webhook events want 204 with an empty body.
//!
//! Checked against Discord's libraries `discord-interactions` 0.4.0 (Python) and 4.4.0 (JavaScript). Documentation:
//! ["Interactions"](https://docs.discord.com/developers/interactions/overview) and
//! ["Webhook Events"](https://docs.discord.com/developers/events/webhook-events).
//!
//! Dedupe tells events apart by: `id`, kind; webhook events: body.

use http::StatusCode;

use crate::crypto::{Algorithm, KeyFormat};
use crate::message::{Identity, Whose};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{
    Condition, Handshake, HandshakeReply, Part, ReplyValue, Scheme, Signature, Timestamp,
};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{ConfigError, IntoKeyring};

pub(crate) const PROVIDER: Registered = Registered::scheme(SCHEME.provider(), &ABOUT, |settings| {
    match settings.text("mode")? {
        None | Some("interactions") => Ok(SCHEME),
        Some("events") => Ok(EVENTS_SCHEME),
        Some(_) => Err(ConfigError::new(
            "`mode` is neither `interactions` nor `events`",
        )),
    }
})
.tested(testing!(samples));

const ABOUT: About = About::new(Group::Messages, "https://docs.discord.com/developers/interactions/overview")
    .setup(&[
        "In the developer portal, open the app's General Information and copy the public key. It becomes `public_keys`.",
        "Start the endpoint with it: Discord checks the URL at once, with a genuine and with forged requests.",
        "Enter the URL there as Interactions Endpoint URL; or on the page Webhooks, with `mode` set to `events`.",
    ])
    .settings(&[Setting::optional(
        "mode",
        "`interactions`, the default, or `events` for webhook events",
    )])
    .acknowledgement("an answer in JSON; `events`: 204 with an empty body");

const WHOSE: Whose = Whose::new().account(&[Field::Json("/application_id")]);

/// Interactions: hex Ed25519 of time and body.
pub const SCHEME: Scheme = Scheme::new("discord", Algorithm::Ed25519)
    // <https://docs.discord.com/developers/interactions/receiving-and-responding>
    .waits_secs(3)
    .key(KeyFormat::hex())
    .signature(Signature::header("x-signature-ed25519"))
    .timestamp(Timestamp::header("x-signature-timestamp"))
    .signed_content(&[Part::Timestamp, Part::Body])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .handshakes(&[Handshake::signed(
        &[Condition::Equals(Field::Json("/type"), "1")],
        HandshakeReply::Json(&[("type", ReplyValue::Number(1))]),
    )]);

/// Webhook events: the same signature, another body.
pub const EVENTS_SCHEME: Scheme = SCHEME
    .id(&[])
    .kind(&[Field::Json("/event/type")])
    // `event.timestamp` says when it happened.
    .identity(Identity::body())
    .handshakes(&[Handshake::signed(
        &[Condition::Equals(Field::Json("/type"), "0")],
        HandshakeReply::Empty(StatusCode::NO_CONTENT),
    )]);

scheme_provider! {
    /// Verifies what Discord sends to one app. The key is the app's public one.
    ///
    /// [`new`](Self::new) is for interactions.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::discord::Discord;
    ///
    /// let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    /// let interactions = Endpoint::new(Discord::new(key)?);
    /// let events = Endpoint::new(Discord::events(key)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Discord, SCHEME, timed
}

const _: () = assert!(EVENTS_SCHEME.check().is_ok());

impl Discord {
    /// For webhook events: accepts what was signed with the private half of any of these public keys.
    ///
    /// # Errors
    /// If there is no key, or one is not a public key in hexadecimal digits.
    pub fn events(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        EVENTS_SCHEME.verifier(keys).map(Self)
    }
}

/// Names of kinds. Discord has more; all of them arrive.
pub mod kind {
    /// Interaction: somebody used a command.
    pub const APPLICATION_COMMAND: &str = "2";
    /// Interaction: somebody writes a command, and wants to be offered values.
    pub const APPLICATION_COMMAND_AUTOCOMPLETE: &str = "4";
    /// Interaction: somebody used a button or a menu.
    pub const MESSAGE_COMPONENT: &str = "3";
    /// Interaction: somebody sent a dialogue.
    pub const MODAL_SUBMIT: &str = "5";
    /// Webhook event: the app was added to a server or an account.
    pub const APPLICATION_AUTHORIZED: &str = "APPLICATION_AUTHORIZED";
    /// Webhook event: a user took the app away.
    pub const APPLICATION_DEAUTHORIZED: &str = "APPLICATION_DEAUTHORIZED";
    /// Webhook event: somebody may use what the app sells.
    pub const ENTITLEMENT_CREATE: &str = "ENTITLEMENT_CREATE";
    /// Webhook event: somebody joined a quest.
    pub const QUEST_USER_ENROLLMENT: &str = "QUEST_USER_ENROLLMENT";
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let events = Sample::of_asymmetric(EVENTS_SCHEME)?.made_by(Discord::events);
    Ok(vec![
        Sample::of_asymmetric(SCHEME)?.made_by(Discord::new),
        events.named("discord events").set("mode", "events"),
    ])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use crate::{Settings, provider};

    #[test]
    fn an_unknown_mode_is_refused() {
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let made = |mode: &str| {
            let settings = Settings::new(json!({"public_keys": key, "mode": mode})).unwrap();
            provider::by_name("discord", &settings)
        };
        assert!(made("event").unwrap_err().to_string().contains("mode"));
        assert!(made("interactions").is_ok() && made("events").is_ok());
    }
}

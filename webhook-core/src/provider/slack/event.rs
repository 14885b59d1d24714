//! What Slack sends, typed.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use crate::{DecodeError, EventKind, RawJson, Text, UnixTime};

/// What Slack sends to an app.
///
/// ```
/// use webhook_core::provider::slack::{Event, kind};
///
/// fn handle(event: Event) {
///     match event {
///         Event::Callback(event) if event.kind == kind::APP_MENTION => println!("somebody called"),
///         Event::Command(command) => println!("{} {}", command.command, command.text),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Something that the app has subscribed to: `event_callback`.
    Callback(EventCallback),
    /// Somebody wrote a slash command.
    Command(Command),
    /// Somebody pressed a button, sent a form, chose a shortcut.
    Interaction(Interaction),
    /// Anything else that Slack has signed.
    Other(Other),
}

/// An event of the Events API.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::slack::EventCallback;
///
/// #[derive(serde::Deserialize)]
/// struct Mention { channel: String }
///
/// fn channel_of(event: &EventCallback) -> Result<String, DecodeError> {
///     Ok(event.decode::<Mention>()?.channel)
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct EventCallback {
    /// The event's id. Retries carry the same one.
    pub event_id: Text,
    /// What happened, such as `message`.
    pub kind: EventKind,
    /// The workspace.
    pub team_id: Option<Text>,
    /// The app that it was sent to.
    pub api_app_id: Option<Text>,
    /// When it happened.
    pub event_time: Option<UnixTime>,
    /// What happened in full.
    pub event: RawJson,
}

impl EventCallback {
    /// Reads `event` as your type.
    ///
    /// # Errors
    /// If it is of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.event.decode().map_err(|error| error.inside("event"))
    }
}

/// A slash command.
///
/// ```
/// use webhook_core::provider::slack::Command;
///
/// fn answer(command: &Command) -> String {
///     format!("You asked for {} with {}", command.text, command.command)
/// }
/// ```
///
/// # Security
/// Whoever knows `response_url` or `trigger_id` can act in Slack as the app: keep them out of logs.
#[derive(Clone)]
#[non_exhaustive]
pub struct Command {
    /// The command with its slash, such as `/weather`.
    pub command: Text,
    /// What was written behind it.
    pub text: Text,
    /// The workspace.
    pub team_id: Option<Text>,
    /// The channel.
    pub channel_id: Option<Text>,
    /// Who wrote it.
    pub user_id: Option<Text>,
    /// The app that it was sent to.
    pub api_app_id: Option<Text>,
    /// Where later answers go.
    pub response_url: Option<Text>,
    /// What opens a dialogue, for three seconds. Unique for each command that somebody writes.
    pub trigger_id: Option<Text>,
}

/// Something that somebody did with what the app shows.
///
/// ```
/// use webhook_core::DecodeError;
/// use webhook_core::provider::slack::{Interaction, kind};
///
/// #[derive(serde::Deserialize)]
/// struct Submission { trigger_id: String }
///
/// fn trigger(interaction: &Interaction) -> Result<Option<String>, DecodeError> {
///     if interaction.kind != kind::VIEW_SUBMISSION {
///         return Ok(None);
///     }
///     Ok(Some(interaction.decode::<Submission>()?.trigger_id))
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Interaction {
    /// What was done, such as `block_actions`.
    pub kind: EventKind,
    /// What was done in full.
    pub payload: RawJson,
}

impl Interaction {
    /// Reads the payload as your type.
    ///
    /// # Errors
    /// If it is of another shape; the error names the place.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        let decoded = self.payload.decode();
        decoded.map_err(|error: DecodeError| error.inside("payload"))
    }
}

/// What is neither event, command nor interaction, such as `app_rate_limited`.
///
/// ```
/// use webhook_core::provider::slack::{Other, kind};
///
/// fn is_limited(other: &Other) -> bool {
///     other.kind.as_deref() == Some(kind::APP_RATE_LIMITED)
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Other {
    /// What it is, if it says so.
    pub kind: Option<EventKind>,
    /// The body as it arrived: JSON, a form, or nothing.
    pub body: Bytes,
}

impl fmt::Debug for EventCallback {
    /// Says which event it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventCallback")
            .field("event_id", &self.event_id)
            .field("kind", &self.kind)
            .field("event_time", &self.event_time)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Command {
    /// Says which command it is, not who wrote what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Interaction {
    /// Says what was done, not with what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interaction")
            .field("kind", &self.kind)
            .field("payload", &self.payload)
            .finish()
    }
}

impl fmt::Debug for Other {
    /// Says what it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Other")
            .field("kind", &self.kind)
            .field("body_len", &self.body.len())
            .finish()
    }
}

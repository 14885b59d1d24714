//! What Slack sends, typed: JSON or a form.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::verify::SCHEME;
use crate::delivery::require_events_of;
use crate::json::{Document, Raw, Slice, decode, document};
use crate::request::is_form;
use crate::{DecodeError, Delivery, EventKind, FromDelivery, RawJson, Text, UnixTime};

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
#[derive(Clone, Debug)]
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

impl fmt::Debug for Other {
    /// Says what it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Other")
            .field("kind", &self.kind)
            .field("body_len", &self.body.len())
            .finish()
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(SCHEME.name(), delivery)?;
        let body = delivery.body();
        if is_form(body) {
            read_form(body)
        } else {
            document(body, read_json)
        }
    }
}

fn read_json(body: &Document) -> Result<Event, DecodeError> {
    let fields: Fields<'_> = body.envelope()?;
    let text = |slice: Option<Slice<'_>>| slice.map(|slice| slice.into_text(body));
    let kind = text(fields.kind);
    if kind.as_deref() != Some("event_callback") {
        return Ok(Event::Other(Other {
            kind: kind.map(EventKind::from),
            body: Bytes::clone(body),
        }));
    }
    let missing = |name| move || DecodeError::new(name, "missing");
    let event = fields.event.ok_or_else(missing("event"))?;
    let inner: Kind<'_> = decode(event.get().as_bytes()).map_err(|error| error.inside("event"))?;
    Ok(Event::Callback(EventCallback {
        event_id: text(fields.event_id).ok_or_else(missing("event_id"))?,
        kind: inner.kind.into_text(body).into(),
        team_id: text(fields.team_id),
        api_app_id: text(fields.api_app_id),
        event_time: fields.event_time.map(UnixTime::from_secs),
        event: body.json(event),
    }))
}

fn read_form(body: &Bytes) -> Result<Event, DecodeError> {
    let form = Form::read(body)?;
    if let Some(json) = form.payload {
        return read_interaction(json).map_err(|error| error.inside("payload"));
    }
    let Some(command) = form.command else {
        return Ok(Event::Other(Other {
            kind: None,
            body: body.clone(),
        }));
    };
    Ok(Event::Command(Command {
        command: command.into(),
        text: form.text.unwrap_or_default().into(),
        team_id: form.team_id.map(Text::from),
        channel_id: form.channel_id.map(Text::from),
        user_id: form.user_id.map(Text::from),
        api_app_id: form.api_app_id.map(Text::from),
        response_url: form.response_url.map(Text::from),
        trigger_id: form.trigger_id.map(Text::from),
    }))
}

fn read_interaction(json: String) -> Result<Event, DecodeError> {
    document(&Bytes::from(json), |json| {
        let Kind { kind } = decode(json)?;
        Ok(Event::Interaction(Interaction {
            kind: kind.into_text(json).into(),
            payload: json.whole()?,
        }))
    })
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Slice<'a>>,
    #[serde(borrow)]
    event_id: Option<Slice<'a>>,
    #[serde(borrow)]
    team_id: Option<Slice<'a>>,
    #[serde(borrow)]
    api_app_id: Option<Slice<'a>>,
    event_time: Option<i64>,
    #[serde(borrow)]
    event: Option<Raw<'a>>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Slice<'a>,
}

/// The fields of a form that are read.
#[derive(Default)]
struct Form {
    payload: Option<String>,
    command: Option<String>,
    text: Option<String>,
    team_id: Option<String>,
    channel_id: Option<String>,
    user_id: Option<String>,
    api_app_id: Option<String>,
    response_url: Option<String>,
    trigger_id: Option<String>,
}

impl Form {
    fn read(body: &Bytes) -> Result<Self, DecodeError> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let place = match &*name {
                "payload" => &mut form.payload,
                "command" => &mut form.command,
                "text" => &mut form.text,
                "team_id" => &mut form.team_id,
                "channel_id" => &mut form.channel_id,
                "user_id" => &mut form.user_id,
                "api_app_id" => &mut form.api_app_id,
                "response_url" => &mut form.response_url,
                "trigger_id" => &mut form.trigger_id,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(DecodeError::new(name, "two fields of this name"));
            }
        }
        Ok(form)
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Signer, support};

    fn event(body: &str) -> Result<Event, DecodeError> {
        let signer = Signer::new(SCHEME, "a secret for tests").unwrap();
        let secrets = json!({"secrets": "a secret for tests"});
        Event::from_delivery(&support::signed("slack", secrets, &signer, body))
    }

    fn callback(body: &str) -> EventCallback {
        match event(body) {
            Ok(Event::Callback(callback)) => callback,
            other => panic!("{other:?}"),
        }
    }

    const MESSAGE: &str = r#"{"type":"event_callback","event_id":"Ev1","team_id":"T1","api_app_id":"A1",
        "event_time":1785920400,"event":{"type":"message","text":"canary"}}"#;

    const COMMAND: &str = "token=x&team_id=T1&channel_id=C1&user_id=U1&command=%2Fweather&text=94070+%C3%A9\
        &api_app_id=A1&response_url=https%3A%2F%2Fhooks.slack.com%2Fcanary&trigger_id=13345224609.canary";

    #[test]
    fn reads_an_event() {
        let event = callback(MESSAGE);
        assert_eq!(event.event_id, "Ev1");
        assert_eq!(event.kind, "message");
        assert_eq!(event.team_id.as_deref(), Some("T1"));
        assert_eq!(event.api_app_id.as_deref(), Some("A1"));
        assert_eq!(event.event_time, Some(UnixTime::from_secs(1_785_920_400)));
        assert_eq!(event.event.get(), r#"{"type":"message","text":"canary"}"#);
    }

    #[test]
    fn reads_a_command() {
        let Ok(Event::Command(command)) = event(COMMAND) else {
            panic!("no command");
        };
        assert_eq!(command.command, "/weather");
        assert_eq!(command.text, "94070 é");
        assert_eq!(command.team_id.as_deref(), Some("T1"));
        assert_eq!(command.channel_id.as_deref(), Some("C1"));
        assert_eq!(command.user_id.as_deref(), Some("U1"));
        assert_eq!(command.api_app_id.as_deref(), Some("A1"));
        let url = command.response_url.as_deref();
        assert_eq!(url, Some("https://hooks.slack.com/canary"));
        let trigger = command.trigger_id.as_deref();
        assert_eq!(trigger, Some("13345224609.canary"));
    }

    #[test]
    fn reads_an_interaction() {
        let form = "payload=%7B%22type%22%3A%22block_actions%22%2C%22n%22%3A7%7D";
        let Ok(Event::Interaction(interaction)) = event(form) else {
            panic!("no interaction");
        };
        assert_eq!(interaction.kind, "block_actions");
        assert_eq!(
            interaction.payload.get(),
            r#"{"type":"block_actions","n":7}"#
        );
    }

    #[test]
    fn every_accepted_vector_is_an_event() {
        for (case, delivery) in support::vectors("slack") {
            let kind = match Event::from_delivery(&delivery).unwrap() {
                Event::Callback(event) => {
                    assert_eq!(Some(event.event_id.as_str()), delivery.id(), "{case}");
                    Some(event.kind.to_string())
                }
                Event::Command(command) => {
                    assert_eq!(command.trigger_id.as_deref(), delivery.id(), "{case}");
                    Some(command.command.to_string())
                }
                Event::Interaction(interaction) => Some(interaction.kind.to_string()),
                Event::Other(other) => other.kind.map(|kind| kind.to_string()),
            };
            assert_eq!(kind.as_deref(), delivery.kind(), "{case}");
        }
    }

    #[test]
    fn what_is_unknown_is_something_else_and_not_an_error() {
        for (body, kind) in [
            (
                r#"{"type":"app_rate_limited","minute_rate_limited":1}"#,
                Some("app_rate_limited"),
            ),
            (r#"{"new":1}"#, None),
            ("ssl_check=1", None),
            ("", None),
        ] {
            let Ok(Event::Other(other)) = event(body) else {
                panic!("{body}");
            };
            assert_eq!(other.kind.as_deref(), kind, "{body}");
            assert_eq!(other.body, body);
        }
    }

    #[test]
    fn missing_optional_fields_and_unknown_kinds_are_accepted() {
        let event = callback(
            r#"{"type":"event_callback","event_id":"Ev1","team_id":null,"event":{"type":"moon_landed"}}"#,
        );
        assert_eq!(event.kind, "moon_landed");
        assert!(event.team_id.is_none() && event.event_time.is_none());
        let bare = self::event("command=%2Fx").unwrap();
        assert!(matches!(bare, Event::Command(command) if command.text.is_empty()));
    }

    #[test]
    fn names_the_place_of_another_type() {
        for (body, path) in [
            (r#"{"type":1}"#, "type"),
            (r#"{"type":"event_callback","event_id":1}"#, "event_id"),
            (r#"{"type":"event_callback","event_id":"1"}"#, "event"),
            (
                r#"{"type":"event_callback","event":{"type":"x"}}"#,
                "event_id",
            ),
            (
                r#"{"type":"event_callback","event_id":"1","event":{"type":7}}"#,
                "event.type",
            ),
            ("payload=%7B%22type%22%3A7%7D", "payload.type"),
            ("payload=no", "payload"),
            ("command=a&command=b", "command"),
        ] {
            assert_eq!(event(body).unwrap_err().path(), path, "{body}");
        }
    }

    #[test]
    fn an_event_decodes_as_a_type_of_the_user() {
        #[derive(Debug, Deserialize)]
        struct Message {
            text: String,
        }
        let event = callback(MESSAGE);
        assert_eq!(event.decode::<Message>().unwrap().text, "canary");
        let other = callback(&MESSAGE.replace(r#""canary""#, "1"));
        assert_eq!(other.decode::<Message>().unwrap_err().path(), "event.text");
    }

    #[test]
    fn the_delivery_of_another_provider_is_no_event() {
        let (_, delivery) = support::vectors("github").remove(0);
        assert_eq!(Event::from_delivery(&delivery).unwrap_err().path(), ".");
    }

    #[test]
    fn debug_shows_neither_texts_nor_tokens() {
        for (body, name) in [
            (MESSAGE, "EventCallback {"),
            (COMMAND, "Command {"),
            (
                "payload=%7B%22type%22%3A%22x%22%2C%22n%22%3A%22canary%22%7D",
                "Interaction {",
            ),
            (r#"{"type":"x","n":"canary"}"#, "Other {"),
        ] {
            let shown = format!("{:?}", event(body).unwrap());
            assert!(shown.contains(name) && !shown.contains("canary"), "{shown}");
        }
    }
}

//! What a message says, as far as SNS has signed it.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::address;
use crate::crypto::jws::object;
use crate::delivery::require_events_of;
use crate::outcome::{Rejection, malformed};
use crate::{DecodeError, Delivery, EventKind, FromDelivery, Text, TimeUnit, UnixTime};

pub(super) const NAME: &str = "aws-sns";

/// The kinds of messages, for `match event.kind.as_str()`.
pub mod kind {
    /// Somebody has published something.
    pub const NOTIFICATION: &str = "Notification";
    /// Somebody has subscribed your endpoint. Nothing comes before that is confirmed.
    pub const SUBSCRIPTION_CONFIRMATION: &str = "SubscriptionConfirmation";
    /// The subscription has ended.
    pub const UNSUBSCRIBE_CONFIRMATION: &str = "UnsubscribeConfirmation";
}

/// A message: what SNS has signed of it, and nothing else.
///
/// ```
/// use webhook_core::provider::aws_sns::{Event, kind};
///
/// fn handle(event: &Event) {
///     match event.kind.as_str() {
///         kind::NOTIFICATION => println!("{} says: {}", event.topic_arn, event.message),
///         kind::UNSUBSCRIBE_CONFIRMATION => println!("{} tells us nothing more", event.topic_arn),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// What kind of message it is.
    pub kind: EventKind,
    /// Its id. A repeat keeps it.
    pub message_id: Text,
    /// The topic.
    pub topic_arn: Text,
    /// The subject of a notification that has one.
    pub subject: Option<Text>,
    /// What was published; of a confirmation, a text for people.
    pub message: Text,
    /// When it was published.
    pub timestamp: UnixTime,
    /// What confirms the subscription, in the messages that ask for it.
    pub confirmation: Option<Confirmation>,
}

/// What confirms a subscription, once you have decided that you want it. The library asks nobody by itself.
///
/// ```
/// use webhook_core::provider::aws_sns::Event;
///
/// # async fn get(_: &str) {}
/// async fn confirm(event: &Event) {
///     if let Some(url) = event.confirmation.as_ref().and_then(|it| it.url()) {
///         get(url).await; // with the HTTP client of the application; it must follow no redirect
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Confirmation {
    /// The token, for `ConfirmSubscription` of the AWS API.
    pub token: Text,
    url: Text,
}

impl Confirmation {
    /// The URL that confirms it when it is asked by GET. `None` if it is not an address of SNS: then do not ask it.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        Some(self.url.as_str()).filter(|url| address::is_confirmation(url))
    }
}

impl FromDelivery for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, DecodeError> {
        require_events_of(NAME, delivery)?;
        let document = Document::read(delivery.body());
        let event = document.and_then(|document| document.event());
        event.map_err(|rejection| DecodeError::new(".", rejection.reason()))
    }
}

impl fmt::Debug for Event {
    /// Says which message it is, not what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("message_id", &self.message_id)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Confirmation {
    /// Without the token: whoever has it can confirm.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confirmation")
    }
}

/// A message as it is sent. A member that is written twice makes it unreadable, so that no two readers can disagree.
#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "MessageId")]
    message_id: Option<String>,
    #[serde(rename = "TopicArn")]
    topic_arn: Option<String>,
    #[serde(rename = "Subject")]
    subject: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    #[serde(rename = "Timestamp")]
    timestamp: Option<String>,
    #[serde(rename = "Token")]
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    #[serde(rename = "SignatureVersion")]
    pub(super) signature_version: Option<String>,
    #[serde(rename = "Signature")]
    pub(super) signature: Option<String>,
    #[serde(rename = "SigningCertURL")]
    pub(super) certificate_url: Option<String>,
}

impl Document {
    pub(super) fn read(body: &Bytes) -> Result<Self, Rejection> {
        object(body).ok_or(malformed("the body is not the JSON object of a message"))
    }

    /// What SNS signs, in the order of the names: of each member its name and its value, each with a line feed behind it.
    pub(super) fn signed_text(&self) -> Result<String, Rejection> {
        let members = [
            ("Message", self.message.as_deref()),
            ("MessageId", self.message_id.as_deref()),
            (
                "Subject",
                self.subject.as_deref().filter(|_| self.has_subject()),
            ),
            (
                "SubscribeURL",
                self.subscribe_url.as_deref().filter(|_| self.confirms()),
            ),
            ("Timestamp", self.timestamp.as_deref()),
            ("Token", self.token.as_deref().filter(|_| self.confirms())),
            ("TopicArn", self.topic_arn.as_deref()),
            ("Type", self.kind.as_deref()),
        ];
        let mut text = String::new();
        for (name, value) in members {
            let Some(value) = value else { continue };
            // Only one member can have lines: else a part of the message could be read as the members behind it.
            if name != "Message" && value.contains(|letter: char| letter.is_control()) {
                return Err(malformed(
                    "a member of the message holds a control character",
                ));
            }
            for part in [name, value] {
                text.push_str(part);
                text.push('\n');
            }
        }
        Ok(text)
    }

    /// What of it is signed, if nothing is missing.
    pub(super) fn event(self) -> Result<Event, Rejection> {
        const MISSING: Rejection = malformed("the message lacks a member that is signed");
        let (confirms, has_subject) = (self.confirms(), self.has_subject());
        if !confirms && !has_subject {
            return Err(malformed("the message has another type than SNS sends"));
        }
        let text = |member: Option<String>| member.map(Text::from).ok_or(MISSING);
        let timestamp = self.timestamp.ok_or(MISSING)?;
        let timestamp = TimeUnit::Rfc3339.parse(timestamp.as_bytes());
        Ok(Event {
            kind: EventKind::from(text(self.kind)?),
            message_id: text(self.message_id)?,
            topic_arn: text(self.topic_arn)?,
            subject: self.subject.filter(|_| has_subject).map(Text::from),
            message: text(self.message)?,
            timestamp: timestamp.ok_or(malformed("the time of the message is not RFC 3339"))?,
            confirmation: match confirms {
                true => Some(Confirmation {
                    token: text(self.token)?,
                    url: text(self.subscribe_url)?,
                }),
                false => None,
            },
        })
    }

    /// Of the members that only some types have, those of this one: what stands there else is not signed.
    fn has_subject(&self) -> bool {
        self.kind.as_deref() == Some(kind::NOTIFICATION)
    }

    fn confirms(&self) -> bool {
        let kinds = [
            kind::SUBSCRIPTION_CONFIRMATION,
            kind::UNSUBSCRIBE_CONFIRMATION,
        ];
        self.kind
            .as_deref()
            .is_some_and(|kind| kinds.contains(&kind))
    }
}

//! What a delivery says about a message.

use std::ops::Deref;
use std::{slice, vec};

use crate::json::{EventKind, Text};
use crate::mailing::status::{Channel, MessageStatus};
use crate::message::{Coverage, Message, Unverified};
use crate::outcome::DecodeError;
use crate::time::UnixTime;

/// What became of one message, in the same words for every sender.
///
/// The fields hold only what the signature covers; a field is `None` where the event does not say it, or only says it outside of its
/// signature. The documentation of each provider has a table of where they are read from. An event of a sender that is none of
/// messages, or of a kind that means nothing for one, is [`MessageStatus::Other`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessageUpdate {
    /// The provider's name, such as `sendgrid`.
    pub provider: &'static str,
    /// The name of the configured account, where one address serves several.
    pub variant: Option<Text>,
    /// The provider's id of the event, if it has one and signs it. Where one event tells of several recipients, its updates share it:
    /// remember them by it and [`to`](Self::to).
    pub event_id: Option<Text>,
    /// The provider's name for what happened, if it signs it.
    pub kind: Option<EventKind>,
    /// What the signature of the delivery vouches for.
    pub coverage: Coverage,
    /// What became of it.
    pub status: MessageStatus,
    /// How it travels.
    pub channel: Option<Channel>,
    /// To whom it was sent. Several, where the provider names all recipients and not which of them it is about: see
    /// [`recipient`](Self::recipient).
    pub to: Vec<Text>,
    /// Who has sent it, where the provider says so: of a message that has come in, whom to answer.
    pub from: Option<Text>,
    /// The provider's id of the message. Many events share it.
    pub message_id: Option<Text>,
    /// Your own reference, where you gave one to the provider.
    pub reference: Option<Text>,
    /// The list or group that somebody left or joined. `None` where the provider names none: take it as all of them.
    pub list: Option<Text>,
    /// Why, in the words of the provider or of the recipient's server. A stranger may have written them.
    pub reason: Option<Text>,
    /// The same as a code, as the provider writes it.
    pub code: Option<Text>,
    /// The link that was followed.
    pub url: Option<Text>,
    /// When it happened, by the provider's clock.
    pub time: Option<UnixTime>,
    /// The same update with everything that the request claims beyond its signature.
    pub unverified: Option<Box<Unverified<MessageUpdate>>>,
}

impl MessageUpdate {
    /// Whom it is about; `None` where the provider names nobody, or several and not which of them.
    #[must_use]
    pub fn recipient(&self) -> Option<&Text> {
        match self.to.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The update as the whole request claims it, signed or not. Only where nobody but the provider can have changed the request on
    /// its way: a request that was captured once can be sent again with other contents.
    ///
    /// ```
    /// use webhook_core::mailing::{MessageStatus, MessageUpdate};
    ///
    /// fn status(update: MessageUpdate) -> MessageStatus {
    ///     match update.status {
    ///         MessageStatus::Unconfirmed => update.dangerously_trust_unverified().status,
    ///         status => status,
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn dangerously_trust_unverified(self) -> Self {
        match self.unverified {
            Some(claimed) => claimed.into_unverified(),
            None => self,
        }
    }

    /// Nothing yet, with the id and the kind that are signed.
    pub(crate) fn signed(message: &Message) -> Self {
        Self {
            event_id: message.id_text(),
            kind: message.kind_text().map(EventKind::from),
            ..Self::bare(message)
        }
    }

    /// The same with the id and the kind that the request claims.
    pub(crate) fn claimed(message: &Message) -> Self {
        Self {
            event_id: message.any_id().map(Text::from),
            kind: message.any_kind().map(EventKind::from),
            ..Self::bare(message)
        }
    }

    /// Who sends, and to which variant, is said when the updates of a delivery are read.
    fn bare(message: &Message) -> Self {
        Self {
            provider: "",
            variant: None,
            event_id: None,
            kind: None,
            coverage: message.coverage(),
            status: MessageStatus::Other,
            channel: None,
            to: Vec::new(),
            from: None,
            message_id: None,
            reference: None,
            list: None,
            reason: None,
            code: None,
            url: None,
            time: None,
            unverified: None,
        }
    }
}

/// The updates of a delivery: one, or as many as it holds events or recipients.
///
/// An event of a list that cannot be read is an error in its place, and takes none of the others with it: answer as for the others, or
/// the sender sends all of them again. Where a delivery is one event, that error is the delivery's.
///
/// ```
/// use webhook_core::mailing::MessageUpdates;
///
/// async fn handler(/* Verified( */ updates: MessageUpdates /* ) */) {
///     for update in updates {
///         match update {
///             Ok(update) => println!("{:?} is {}", update.message_id, update.status),
///             Err(error) => eprintln!("{error}"),
///         }
///     }
/// }
/// ```
///
/// There is no way to ask for a single [`MessageUpdate`]: a delivery that holds two could never be handled.
#[derive(Clone, Debug)]
pub struct MessageUpdates(pub Vec<Result<MessageUpdate, DecodeError>>);

impl Deref for MessageUpdates {
    type Target = [Result<MessageUpdate, DecodeError>];

    fn deref(&self) -> &[Result<MessageUpdate, DecodeError>] {
        &self.0
    }
}

impl IntoIterator for MessageUpdates {
    type Item = Result<MessageUpdate, DecodeError>;
    type IntoIter = vec::IntoIter<Result<MessageUpdate, DecodeError>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a MessageUpdates {
    type Item = &'a Result<MessageUpdate, DecodeError>;
    type IntoIter = slice::Iter<'a, Result<MessageUpdate, DecodeError>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

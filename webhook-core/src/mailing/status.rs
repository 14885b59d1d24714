//! What can become of a message.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// What became of a message, whatever its sender calls it. More may come.
///
/// `Delivered` is what the next server or the carrier says, not that somebody has read it. `Opened` and `Clicked` may be told by a
/// program that looks at mail before its reader does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MessageStatus {
    /// The sender has it, and will send it.
    Accepted,
    /// It is on its way. Nothing is told of its arrival.
    Sent,
    /// The recipient's server, or the carrier, says that it has arrived.
    Delivered,
    /// It did not arrive yet, and the sender tries again.
    Deferred,
    /// It was refused by the recipient's side.
    Bounced(Bounce),
    /// The sender did not try to deliver it.
    Dropped(DropReason),
    /// It was not sent, or did not arrive, and whether the address is at fault is not told.
    Failed,
    /// The recipient has called it spam.
    Complained,
    /// It was opened.
    Opened,
    /// A link in it was followed: [`MessageUpdate::url`](crate::mailing::MessageUpdate::url).
    Clicked,
    /// The recipient does not want such messages any more: those of one list, where
    /// [`MessageUpdate::list`](crate::mailing::MessageUpdate::list) names one.
    Unsubscribed,
    /// The recipient wants such messages again: those of one list, where
    /// [`MessageUpdate::list`](crate::mailing::MessageUpdate::list) names one.
    Resubscribed,
    /// A message has come in, from [`MessageUpdate::from`](crate::mailing::MessageUpdate::from).
    Inbound,
    /// Something became of this message, but the signature does not cover what: ask the sender.
    /// [`MessageUpdate::unverified`](crate::mailing::MessageUpdate::unverified) holds what the request claims.
    Unconfirmed,
    /// Nothing that means something for a message.
    Other,
}

/// Whether the same address is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Bounce {
    /// For good: the sender calls it permanent, or a hard bounce.
    Hard,
    /// For now: the sender calls it temporary, or a block, and gives up all the same.
    Soft,
    /// The sender does not tell.
    Unknown,
}

/// Why a sender did not try to deliver a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The address is on a list of those that get nothing: it has bounced, complained or unsubscribed before.
    Suppressed,
    /// The address cannot be one.
    Invalid,
    /// The message itself is refused.
    Content,
    /// The sender does not tell, or tells another reason: [`MessageUpdate::reason`](crate::mailing::MessageUpdate::reason).
    Unknown,
}

/// How a message travels. More may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Channel {
    /// As mail.
    Email,
    /// As a text message, with pictures or without: SMS, MMS.
    Sms,
    /// As a notification of an app.
    Push,
    /// Inside of an app or a page.
    InApp,
    /// By WhatsApp.
    WhatsApp,
}

/// A word for each value of an enum: for logs and databases, and back.
macro_rules! words {
    ($name:ident, $what:literal: $($value:expr => $word:literal,)*) => {
        impl $name {
            /// Every value, in the order of their definition.
            pub const ALL: &'static [Self] = &[$($value),*];

            /// A stable word for logs and databases, in lower case with `_` between words.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                const WORDS: &[&str] = &[$($word),*];
                let mut both = $name::ALL.iter().zip(WORDS);
                // Every value has its row: a test makes the words of all.
                both.find(|(own, _)| **own == self).map_or("", |(_, word)| word)
            }
        }

        impl Serialize for $name {
            /// The word of [`as_str`](Self::as_str).
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            /// The word of [`as_str`](Self::as_str).
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                let mut all = Self::ALL.iter().copied();
                let found = all.find(|value| value.as_str() == word);
                found.ok_or_else(|| D::Error::custom(concat!("not ", $what)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! { MessageStatus, "a status of a message":
    Self::Accepted => "accepted",
    Self::Sent => "sent",
    Self::Delivered => "delivered",
    Self::Deferred => "deferred",
    Self::Bounced(Bounce::Hard) => "bounced_hard",
    Self::Bounced(Bounce::Soft) => "bounced_soft",
    Self::Bounced(Bounce::Unknown) => "bounced",
    Self::Dropped(DropReason::Suppressed) => "dropped_suppressed",
    Self::Dropped(DropReason::Invalid) => "dropped_invalid",
    Self::Dropped(DropReason::Content) => "dropped_content",
    Self::Dropped(DropReason::Unknown) => "dropped",
    Self::Failed => "failed",
    Self::Complained => "complained",
    Self::Opened => "opened",
    Self::Clicked => "clicked",
    Self::Unsubscribed => "unsubscribed",
    Self::Resubscribed => "resubscribed",
    Self::Inbound => "inbound",
    Self::Unconfirmed => "unconfirmed",
    Self::Other => "other",
}

words! { Channel, "a channel of messages":
    Self::Email => "email",
    Self::Sms => "sms",
    Self::Push => "push",
    Self::InApp => "in_app",
    Self::WhatsApp => "whatsapp",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_status_has_a_word_of_its_own_and_is_read_back() {
        let words: BTreeSet<&str> = MessageStatus::ALL.iter().map(|own| own.as_str()).collect();
        assert_eq!(words.len(), MessageStatus::ALL.len());
        assert!(!words.contains(""));
        for status in MessageStatus::ALL {
            // Who adds a status is asked for its row here.
            match status {
                MessageStatus::Accepted
                | MessageStatus::Sent
                | MessageStatus::Delivered
                | MessageStatus::Deferred
                | MessageStatus::Bounced(Bounce::Hard | Bounce::Soft | Bounce::Unknown)
                | MessageStatus::Dropped(
                    DropReason::Suppressed
                    | DropReason::Invalid
                    | DropReason::Content
                    | DropReason::Unknown,
                )
                | MessageStatus::Failed
                | MessageStatus::Complained
                | MessageStatus::Opened
                | MessageStatus::Clicked
                | MessageStatus::Unsubscribed
                | MessageStatus::Resubscribed
                | MessageStatus::Inbound
                | MessageStatus::Unconfirmed
                | MessageStatus::Other => {}
            }
            let json = serde_json::to_string(status).unwrap();
            assert_eq!(
                serde_json::from_str::<MessageStatus>(&json).unwrap(),
                *status
            );
        }
        assert_eq!(MessageStatus::ALL.len(), 20);
        assert!(serde_json::from_str::<MessageStatus>("\"bounced_\"").is_err());
    }

    #[test]
    fn every_channel_has_a_word_and_is_read_back() {
        for channel in Channel::ALL {
            let json = serde_json::to_string(channel).unwrap();
            assert_eq!(serde_json::from_str::<Channel>(&json).unwrap(), *channel);
        }
        assert_eq!(Channel::InApp.to_string(), "in_app");
        assert_eq!(Channel::ALL.len(), 5);
    }
}

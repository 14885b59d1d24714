//! Where a body says what belongs to a message.

use crate::mailing::status::Channel;
use crate::rules::{ReadTime, check_pointers};
use crate::time::{TimeUnit, UnixTime};

/// Where a body says what belongs to a message, as JSON pointers (RFC 6901, without escapes).
///
/// Of several places, the first where something stands counts.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub(crate) each: Option<&'static str>,
    pub(crate) channel: ChannelAt,
    pub(crate) to: &'static [&'static str],
    pub(crate) from: &'static [&'static str],
    pub(crate) message_id: &'static [&'static str],
    pub(crate) reference: &'static [&'static str],
    pub(crate) list: &'static [&'static str],
    pub(crate) reason: &'static [&'static str],
    pub(crate) code: &'static [&'static str],
    pub(crate) url: &'static [&'static str],
    pub(crate) time: &'static [&'static str],
    pub(crate) read_time: ReadTime,
}

/// How it is known how a message travels.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ChannelAt {
    Nowhere,
    Always(Channel),
    By(&'static str, &'static [(&'static str, Channel)]),
    /// By what the text there begins with.
    Begins(&'static str, &'static [(&'static str, Channel)]),
}

impl ChannelAt {
    /// The place that tells, if one does.
    pub(crate) const fn place(self) -> Option<&'static str> {
        match self {
            Self::Nowhere | Self::Always(_) => None,
            Self::By(place, _) | Self::Begins(place, _) => Some(place),
        }
    }
}

/// A place of one kind of value.
macro_rules! place {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub const fn $name(self, places: &'static [&'static str]) -> Self {
                Self {
                    $name: places,
                    ..self
                }
            }
        )*
    };
}

impl Places {
    /// No place yet.
    pub const NONE: Self = Self {
        each: None,
        channel: ChannelAt::Nowhere,
        to: &[],
        from: &[],
        message_id: &[],
        reference: &[],
        list: &[],
        reason: &[],
        code: &[],
        url: &[],
        time: &[],
        read_time: ReadTime::In(TimeUnit::Seconds),
    };

    /// Every message of this sender travels so.
    #[must_use]
    pub const fn channel(self, channel: Channel) -> Self {
        Self {
            channel: ChannelAt::Always(channel),
            ..self
        }
    }

    /// A message travels as the text at this place says; with another text, or none, it is not told.
    #[must_use]
    pub const fn channel_by(
        self,
        place: &'static str,
        channels: &'static [(&'static str, Channel)],
    ) -> Self {
        Self {
            channel: ChannelAt::By(place, channels),
            ..self
        }
    }

    /// A message travels as the beginning of the address at this place says, such as `whatsapp:`; with another one, or none, it is
    /// not told.
    #[must_use]
    pub const fn channel_by_beginning(
        self,
        place: &'static str,
        channels: &'static [(&'static str, Channel)],
    ) -> Self {
        Self {
            channel: ChannelAt::Begins(place, channels),
            ..self
        }
    }

    /// Each element of the list at this place is an update of its own. Its places go on with `/*`: of `/to`, `/to/*/status`.
    #[must_use]
    pub const fn each(self, list: &'static str) -> Self {
        Self {
            each: Some(list),
            ..self
        }
    }

    place! {
        /// To whom it was sent. A place with `*` in it stands for every element of a list: `/to/*`, `/to/*/address`.
        to,
        /// Who has sent it.
        from,
        /// The sender's id of the message.
        message_id,
        /// The receiver's own reference.
        reference,
        /// The list or group that somebody left or joined.
        list,
        /// Why, in words.
        reason,
        /// Why, as a code.
        code,
        /// The link that was followed.
        url,
    }

    /// When it happened.
    #[must_use]
    pub const fn time(self, unit: TimeUnit, places: &'static [&'static str]) -> Self {
        Self {
            time: places,
            read_time: ReadTime::In(unit),
            ..self
        }
    }

    /// When it happened, for senders that write times in a form of their own.
    #[must_use]
    pub const fn time_by(
        self,
        read: fn(&str) -> Option<UnixTime>,
        places: &'static [&'static str],
    ) -> Self {
        Self {
            time: places,
            read_time: ReadTime::By(read),
            ..self
        }
    }

    /// The places of everything that is a text or a time.
    pub(crate) const fn lists(&self) -> [&'static [&'static str]; 9] {
        [
            self.to,
            self.from,
            self.message_id,
            self.reference,
            self.list,
            self.reason,
            self.code,
            self.url,
            self.time,
        ]
    }

    pub(super) const fn check(&self) -> Result<(), &'static str> {
        let lists = self.lists();
        let mut lists = lists.as_slice();
        while let [pointers, rest @ ..] = lists {
            if let Err(fault) = check_pointers(pointers) {
                return Err(fault);
            }
            lists = rest;
        }
        if let Some(list) = self.each {
            if let Err(fault) = check_pointers(&[list]) {
                return Err(fault);
            }
        }
        match self.channel {
            ChannelAt::By(_, []) | ChannelAt::Begins(_, []) => {
                Err("a place of the channel has no channel")
            }
            ChannelAt::By(place, _) | ChannelAt::Begins(place, _) => check_pointers(&[place]),
            ChannelAt::Nowhere | ChannelAt::Always(_) => Ok(()),
        }
    }
}

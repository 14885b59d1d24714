//! What a provider's file says for people: the sender's document, the settings, and how to set it up.

use serde::Serialize;

/// What a provider's file says for people. What its scheme says already is not repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(super) group: Group,
    pub(super) document: &'static str,
    pub(super) setup: &'static [&'static str],
    pub(super) settings: &'static [Setting],
    pub(super) headers: &'static [&'static str],
    pub(super) signed: &'static str,
    pub(super) handshakes: &'static [&'static str],
    pub(super) acknowledgement: &'static str,
    pub(super) tolerance_secs: Option<u32>,
}

/// What a sender is mostly used for. Each is in one group, so that a list of them can be looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Group {
    /// Payments, billing and payouts.
    Payments,
    /// Mail, text messages, chat, calls and social networks.
    Messages,
    /// Code, hosting, monitoring, identity and AI.
    Developer,
    /// Shops, support, calendars, forms and documents.
    Business,
    /// Formats that many senders share.
    Standards,
}

impl Group {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Payments,
        Self::Messages,
        Self::Developer,
        Self::Business,
        Self::Standards,
    ];

    /// As it is written in data, such as `payments`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Messages => "messages",
            Self::Developer => "developer",
            Self::Business => "business",
            Self::Standards => "standards",
        }
    }

    /// As a heading, such as `Payments`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Payments => "Payments",
            Self::Messages => "Messages",
            Self::Developer => "Developer tools",
            Self::Business => "Business applications",
            Self::Standards => "Standards",
        }
    }

    /// What its senders tell of.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Payments => "payments, billing and payouts",
            Self::Messages => "mail, text messages, chat, calls and social networks",
            Self::Developer => "code, hosting, monitoring, identity and AI",
            Self::Business => "shops, support, calendars, forms and documents",
            Self::Standards => "formats that many senders share",
        }
    }

    /// The feature of the crate without which its senders are not there.
    #[must_use]
    pub const fn feature(self) -> Option<&'static str> {
        match self {
            Self::Payments | Self::Messages | Self::Developer | Self::Business => {
                Some(self.as_str())
            }
            Self::Standards => None,
        }
    }
}

/// A setting of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Setting {
    /// Its name in [`Settings`](crate::Settings).
    pub name: &'static str,
    /// What it holds, and where the sender shows it.
    pub holds: &'static str,
    /// Whether nothing can be verified without it.
    pub is_required: bool,
}

impl Setting {
    /// A setting without which nothing can be verified.
    pub(crate) const fn required(name: &'static str, holds: &'static str) -> Self {
        Self {
            name,
            holds,
            is_required: true,
        }
    }

    /// A setting that has a default.
    pub(crate) const fn optional(name: &'static str, holds: &'static str) -> Self {
        Self {
            name,
            holds,
            is_required: false,
        }
    }
}

impl About {
    /// What the sender is mostly used for, and its own document about its signatures.
    pub(crate) const fn new(group: Group, document: &'static str) -> Self {
        Self {
            group,
            document,
            setup: &[],
            settings: &[],
            headers: &[],
            signed: "",
            handshakes: &[],
            acknowledgement: "any 2xx",
            tolerance_secs: None,
        }
    }

    /// What to do at the sender's, step by step.
    pub(crate) const fn setup(self, setup: &'static [&'static str]) -> Self {
        Self { setup, ..self }
    }

    /// Its settings, where no scheme says them; beside those of a scheme otherwise.
    pub(crate) const fn settings(self, settings: &'static [Setting]) -> Self {
        Self { settings, ..self }
    }

    /// The headers that are read, where no scheme says them.
    pub(crate) const fn headers(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    /// What is signed and how, where no scheme says it.
    pub(crate) const fn signed(self, signed: &'static str) -> Self {
        Self { signed, ..self }
    }

    /// The set-up requests that are answered, where no scheme says them.
    pub(crate) const fn handshakes(self, handshakes: &'static [&'static str]) -> Self {
        Self { handshakes, ..self }
    }

    /// What the sender takes for a success, where that is more than any 2xx.
    pub(crate) const fn acknowledgement(self, acknowledgement: &'static str) -> Self {
        Self {
            acknowledgement,
            ..self
        }
    }

    /// How old a signed time may be, where no scheme says it.
    pub(crate) const fn tolerance_secs(self, secs: u32) -> Self {
        Self {
            tolerance_secs: Some(secs),
            ..self
        }
    }
}

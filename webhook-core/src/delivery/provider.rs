//! Who sends.

use std::fmt;
use std::time::Duration;

use crate::mailing::{self, MessageUpdate};
use crate::message::Message;
use crate::outcome::DecodeError;
use crate::payment::{Meaning, PaymentUpdate};

/// Who sends: a name, and what the sender's kinds mean for a payment or a message. Travels with every message.
///
/// A [`Scheme`](crate::scheme::Scheme) makes one of its name; a [`Verifier`](crate::Verifier) of your own returns its own.
///
/// ```
/// use webhook_core::Provider;
/// use webhook_core::payment::PaymentStatus::Paid;
/// use webhook_core::payment::{Meaning, Places, Rule, Unit};
///
/// const MEANING: Meaning = Meaning::new(
///     Places::new(Unit::Minor).amount(&["/amount"]).currency(&["/currency"]),
///     &[Rule::new(&["order.paid"], Paid)],
/// );
/// const ACME: Provider = Provider::new("acme").meaning(&MEANING);
/// assert_eq!(ACME.name(), "acme");
/// ```
#[derive(Clone, Copy)]
pub struct Provider {
    name: &'static str,
    /// Whose typed events its deliveries can be read as.
    events: Option<&'static str>,
    meaning: Option<&'static Meaning>,
    payments: Option<ReadPayments>,
    mailing: Option<&'static mailing::Meaning>,
    patience_secs: Option<u32>,
}

/// Reads the payments of a message: one update for each event.
pub(crate) type ReadPayments = fn(&Message) -> Result<Vec<PaymentUpdate>, DecodeError>;

impl Provider {
    /// A sender of this name, in lower case, such as `acme`. Its events mean nothing for a payment yet.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            events: None,
            meaning: None,
            payments: None,
            mailing: None,
            patience_secs: None,
        }
    }

    /// The same sender under another name.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// What its kinds mean for a payment.
    #[must_use]
    pub const fn meaning(self, meaning: &'static Meaning) -> Self {
        Self {
            meaning: Some(meaning),
            ..self
        }
    }

    /// What its kinds mean for a message, so that its deliveries can be read as [`MessageUpdates`](mailing::MessageUpdates).
    #[must_use]
    pub const fn mailing(self, mailing: &'static mailing::Meaning) -> Self {
        Self {
            mailing: Some(mailing),
            ..self
        }
    }

    /// How many seconds it waits for an answer, where its document says so. [`accept`](crate::accept) answers before.
    ///
    /// ```
    /// use webhook_core::Provider;
    ///
    /// const ACME: Provider = Provider::new("acme").waits_secs(5);
    /// assert_eq!(ACME.patience().map(|time| time.as_secs()), Some(5));
    /// ```
    #[must_use]
    pub const fn waits_secs(self, secs: u32) -> Self {
        Self {
            patience_secs: Some(secs),
            ..self
        }
    }

    /// Its payments are read by code, where rules cannot say all of it.
    pub(crate) const fn payments(self, read: ReadPayments) -> Self {
        Self {
            payments: Some(read),
            ..self
        }
    }

    /// Its deliveries can be read as the typed events of its module.
    pub(crate) const fn with_events(self) -> Self {
        Self {
            events: Some(self.name),
            ..self
        }
    }

    /// Its deliveries cannot be read as the typed events of another sender that signs alike.
    pub(crate) const fn without_events(self) -> Self {
        Self {
            events: None,
            ..self
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How long it waits for an answer. `None` where its document does not say so.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        let secs = self.patience_secs?;
        Some(Duration::from_secs(secs.into()))
    }

    pub(crate) const fn patience_secs(&self) -> Option<u32> {
        self.patience_secs
    }

    /// What its kinds mean for a payment, where rules say it. `None` where code does, or where nothing means anything.
    #[must_use]
    pub const fn rules(&self) -> Option<&'static Meaning> {
        self.meaning
    }

    /// What its kinds mean for a message. `None` where nothing means anything.
    #[must_use]
    pub const fn mailing_rules(&self) -> Option<&'static mailing::Meaning> {
        self.mailing
    }

    /// Whether its kinds mean something for a payment, by rules or by code.
    pub(crate) const fn tells_payments(&self) -> bool {
        self.payments.is_some() || self.meaning.is_some()
    }

    pub(crate) fn has_events_of(&self, name: &str) -> bool {
        self.events == Some(name)
    }

    pub(crate) fn read_payments(
        &self,
        message: &Message,
    ) -> Result<Vec<PaymentUpdate>, DecodeError> {
        if self.tells_payments() {
            message.require_names()?;
        }
        match (self.payments, self.meaning) {
            (Some(read), _) => read(message),
            (None, Some(meaning)) => Ok(vec![meaning.read(message)?]),
            (None, None) => Ok(vec![PaymentUpdate::other(message)]),
        }
    }

    pub(crate) fn read_messages(
        &self,
        message: &Message,
    ) -> Result<Vec<Result<MessageUpdate, DecodeError>>, DecodeError> {
        match self.mailing {
            Some(meaning) => meaning.read(message),
            None => Ok(vec![Ok(MessageUpdate::claimed(message))]),
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.name).finish()
    }
}

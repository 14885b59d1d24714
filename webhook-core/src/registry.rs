//! The providers by name, for configuration files and vector files.

use std::sync::Arc;

use crate::delivery::Delivery;
use crate::event::DecodeError;
use crate::payment::{Meaning, PaymentUpdate};
use crate::rejection::ConfigError;
use crate::resolver::Resolve;
use crate::scheme::Scheme;
use crate::settings::Settings;

/// What a provider's file says about itself beside its public items.
pub(crate) struct Provider {
    /// As in the name of its vector file: lower case, `-` between words.
    pub(crate) name: &'static str,
    make: Make,
    /// What its kinds mean for a payment.
    meaning: Option<&'static Meaning>,
    /// Where rules alone cannot say it.
    payments: Option<ReadPayments>,
}

/// Reads the payments of a delivery: one update for each event.
type ReadPayments = fn(&Delivery) -> Result<Vec<PaymentUpdate>, DecodeError>;

/// How an account is made of settings.
enum Make {
    /// The scheme that the settings ask for is all there is to it.
    Scheme(fn(&Settings) -> Result<Scheme, ConfigError>),
    /// It verifies by code of its own.
    Custom(fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>),
}

impl Provider {
    pub(crate) const fn scheme(
        name: &'static str,
        scheme: fn(&Settings) -> Result<Scheme, ConfigError>,
    ) -> Self {
        Self {
            name,
            make: Make::Scheme(scheme),
            meaning: None,
            payments: None,
        }
    }

    pub(crate) const fn custom(
        name: &'static str,
        make: fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>,
    ) -> Self {
        Self {
            name,
            make: Make::Custom(make),
            meaning: None,
            payments: None,
        }
    }

    /// Its events can be read as payments by these rules.
    pub(crate) const fn meaning(self, meaning: &'static Meaning) -> Self {
        Self {
            meaning: Some(meaning),
            ..self
        }
    }

    /// Its events can be read as payments by code of its own, which may follow the rules for a part of it.
    pub(crate) const fn payments(self, read: ReadPayments) -> Self {
        Self {
            payments: Some(read),
            ..self
        }
    }

    /// What verifies for an account with these settings. None of them may be without effect.
    pub(crate) fn resolver(&self, settings: &Settings) -> Result<Arc<dyn Resolve>, ConfigError> {
        let resolver: Arc<dyn Resolve> = match self.make {
            Make::Scheme(scheme) => Arc::new(scheme(settings)?.configured(settings)?),
            Make::Custom(make) => make(settings)?,
        };
        match settings.unread().first() {
            None => Ok(resolver),
            Some(unknown) => Err(ConfigError::new(format!(
                "`{unknown}` is not a setting of {}, or has no effect beside the others: leave it out",
                self.name
            ))),
        }
    }

    /// What its kinds mean, where rules say it.
    #[cfg(test)]
    pub(crate) const fn rules(&self) -> Option<&'static Meaning> {
        self.meaning
    }

    pub(crate) fn read_payments(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<PaymentUpdate>, DecodeError> {
        if self.payments.is_some() || self.meaning.is_some() {
            delivery.require_names()?;
        }
        match (self.payments, self.meaning) {
            (Some(read), _) => read(delivery),
            (None, Some(meaning)) => Ok(vec![meaning.read(delivery)?]),
            (None, None) => Ok(vec![PaymentUpdate::other(delivery)]),
        }
    }
}

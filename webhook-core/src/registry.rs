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
    payments: Option<ReadPayments>,
}

/// How the payments of a delivery are read.
enum ReadPayments {
    /// By the rules of the sender.
    Data(&'static Meaning),
    /// By code of its own, where rules cannot say it: one update for each event.
    Code(fn(&Delivery) -> Result<Vec<PaymentUpdate>, DecodeError>),
}

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
            payments: None,
        }
    }

    /// Its events can be read as payments.
    pub(crate) const fn payments(
        self,
        read: fn(&Delivery) -> Result<Vec<PaymentUpdate>, DecodeError>,
    ) -> Self {
        Self {
            payments: Some(ReadPayments::Code(read)),
            ..self
        }
    }

    /// Its events can be read as payments by these rules.
    pub(crate) const fn meaning(self, meaning: &'static Meaning) -> Self {
        Self {
            payments: Some(ReadPayments::Data(meaning)),
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

    pub(crate) fn read_payments(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<PaymentUpdate>, DecodeError> {
        match &self.payments {
            Some(ReadPayments::Data(meaning)) => {
                delivery.require_names()?;
                Ok(vec![meaning.read(delivery)?])
            }
            Some(ReadPayments::Code(read)) => {
                delivery.require_names()?;
                read(delivery)
            }
            None => Ok(vec![PaymentUpdate::other(delivery)]),
        }
    }
}

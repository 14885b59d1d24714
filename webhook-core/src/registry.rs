//! The providers by name, for configuration files and vector files.

use std::sync::Arc;

use crate::rejection::ConfigError;
use crate::resolver::Resolve;
use crate::scheme::Scheme;
use crate::sender::Provider;
use crate::settings::Settings;

/// What a provider's file says about itself beside its public items.
pub(crate) struct Registered {
    /// Its name is that of its vector file: lower case, `-` between words.
    pub(crate) provider: Provider,
    make: Make,
}

/// How an account is made of settings.
enum Make {
    /// The scheme that the settings ask for is all there is to it.
    Scheme(fn(&Settings) -> Result<Scheme, ConfigError>),
    /// It verifies by code of its own.
    Custom(fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>),
}

impl Registered {
    pub(crate) const fn scheme(
        provider: Provider,
        scheme: fn(&Settings) -> Result<Scheme, ConfigError>,
    ) -> Self {
        Self {
            provider,
            make: Make::Scheme(scheme),
        }
    }

    pub(crate) const fn custom(
        provider: Provider,
        make: fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>,
    ) -> Self {
        Self {
            provider,
            make: Make::Custom(make),
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
            Some(name) => Err(ConfigError::UnknownSetting {
                name: name.to_string(),
                provider: self.provider.name(),
            }),
        }
    }
}

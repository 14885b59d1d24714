//! The providers by name, for configuration files and vector files.

use std::sync::Arc;

use crate::rejection::ConfigError;
use crate::scheme::Scheme;
use crate::settings::Settings;
use crate::verifier::Verifier;

/// What a provider's file says about itself beside its public items.
pub(crate) struct Provider {
    /// As in the name of its vector file: lower case, `-` between words.
    pub(crate) name: &'static str,
    pub(crate) make: Make,
}

/// How an account is made of settings.
pub(crate) enum Make {
    /// The scheme that the settings ask for is all there is to it.
    Scheme(fn(&Settings) -> Result<Scheme, ConfigError>),
}

impl Provider {
    pub(crate) const fn scheme(
        name: &'static str,
        scheme: fn(&Settings) -> Result<Scheme, ConfigError>,
    ) -> Self {
        Self {
            name,
            make: Make::Scheme(scheme),
        }
    }

    pub(crate) fn verifier(&self, settings: &Settings) -> Result<Arc<dyn Verifier>, ConfigError> {
        match self.make {
            Make::Scheme(scheme) => Ok(Arc::new(scheme(settings)?.configured(settings)?)),
        }
    }
}

/// Declares the modules and lists them. A macro so that a new provider is one line.
macro_rules! providers {
    ($($(#[$attribute:meta])* $module:ident;)*) => {
        $($(#[$attribute])* pub mod $module;)*

        const ALL: &[crate::registry::Provider] = &[$($(#[$attribute])* $module::PROVIDER),*];
    };
}

pub(crate) use providers;

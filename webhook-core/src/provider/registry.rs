//! What a provider's file says about itself beside its public items.

use std::sync::Arc;

use crate::account::{Settings, nearest};
use crate::delivery::Provider;
use crate::endpoint::resolver::Resolve;
use crate::outcome::ConfigError;
use crate::provider::about::{About, Setting};
use crate::scheme::{Handshake, Part, Scheme};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer};

/// A provider, and what can be made of it by name.
pub(crate) struct Registered {
    /// Its name is that of its vector file: lower case, `-` between words.
    pub(crate) provider: Provider,
    pub(crate) about: &'static About,
    make: Make,
    #[cfg_attr(
        not(feature = "testing"),
        expect(dead_code, reason = "it holds nothing then")
    )]
    tested: Tested,
}

/// How an account is made of settings.
enum Make {
    /// The scheme that the settings ask for is all there is to it.
    Scheme(fn(&Settings) -> Result<Scheme, ConfigError>),
    /// It verifies by code of its own.
    Custom(fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>),
}

/// What is there for tests only: `testing` makes it, of a function that makes samples, behind one that makes a signer where no
/// scheme says how.
#[cfg(feature = "testing")]
#[derive(Clone, Copy)]
pub(crate) struct Tested {
    pub(crate) signer: Option<MakeSigner>,
    pub(crate) samples: Option<MakeSamples>,
}

#[cfg(feature = "testing")]
type MakeSigner = fn(&Settings) -> Result<Box<dyn Sign>, ConfigError>;

#[cfg(feature = "testing")]
type MakeSamples = fn(&SampleKeys) -> Result<Vec<Sample>, ConfigError>;

/// The same without the feature: nothing.
#[cfg(not(feature = "testing"))]
#[derive(Clone, Copy)]
pub(crate) struct Tested;

#[cfg(feature = "testing")]
macro_rules! testing {
    ($signer:path, $samples:path) => {
        $crate::provider::registry::Tested {
            signer: Some($signer),
            samples: Some($samples),
        }
    };
    ($samples:path) => {
        $crate::provider::registry::Tested {
            signer: None,
            samples: Some($samples),
        }
    };
}

#[cfg(not(feature = "testing"))]
macro_rules! testing {
    ($($path:path),*) => {
        $crate::provider::registry::Tested
    };
}

pub(crate) use testing;

impl Tested {
    const NOTHING: Self = Self {
        #[cfg(feature = "testing")]
        signer: None,
        #[cfg(feature = "testing")]
        samples: None,
    };
}

impl Registered {
    /// A provider that is nothing but a scheme: this one, or what the settings choose.
    pub(crate) const fn scheme(
        provider: Provider,
        about: &'static About,
        scheme: fn(&Settings) -> Result<Scheme, ConfigError>,
    ) -> Self {
        Self::new(provider, about, Make::Scheme(scheme))
    }

    /// A provider with a verifier of its own.
    pub(crate) const fn custom(
        provider: Provider,
        about: &'static About,
        make: fn(&Settings) -> Result<Arc<dyn Resolve>, ConfigError>,
    ) -> Self {
        Self::new(provider, about, Make::Custom(make))
    }

    const fn new(provider: Provider, about: &'static About, make: Make) -> Self {
        Self {
            provider,
            about,
            make,
            tested: Tested::NOTHING,
        }
    }

    /// With what tests need that does not follow from a scheme: see [`testing`].
    pub(crate) const fn tested(self, tested: Tested) -> Self {
        Self { tested, ..self }
    }

    /// What verifies for an account with these settings. None of them may be without effect.
    pub(crate) fn resolver(&self, settings: &Settings) -> Result<Arc<dyn Resolve>, ConfigError> {
        let unknown = settings
            .names()
            .filter_map(|name| self.unknown(name, "", &[]));
        let first = unknown.chain(self.faults(settings)).next();
        match first {
            Some(fault) => Err(fault),
            None => self.make(settings),
        }
    }

    /// The same, for settings without [`faults`](Self::faults).
    pub(crate) fn make(&self, settings: &Settings) -> Result<Arc<dyn Resolve>, ConfigError> {
        let resolver: Arc<dyn Resolve> = match self.make {
            Make::Scheme(scheme) if self.is_set_up(settings) => {
                if !settings.is_blank("secrets") {
                    return Err(ConfigError::fixed(
                        "`mode` is `setup`, in which there is no secret yet: leave out `secrets`, or `mode` once the secret is known",
                    ));
                }
                Arc::new(scheme(settings)?.set_up().map_err(ConfigError::fixed)?)
            }
            Make::Scheme(scheme) => {
                let scheme = scheme(settings)?;
                if scheme.setup.is_some() && settings.has("mode") {
                    return Err(ConfigError::fixed(
                        "`mode` is neither `setup` nor left out: this sender signs in one way only",
                    ));
                }
                Arc::new(scheme.configured(settings)?)
            }
            Make::Custom(make) => make(settings)?,
        };
        match settings.unread().first() {
            None => Ok(resolver),
            Some(name) => Err(self.useless(name, "has no use for it beside the other settings")),
        }
    }

    /// What its settings say by themselves is wrong with them.
    pub(crate) fn faults(&self, settings: &Settings) -> Vec<ConfigError> {
        let all = self.settings();
        // What it must not have is looked at when it is made.
        let is_set_up = self.is_set_up(settings);
        if is_set_up && settings.is_blank("secrets") {
            return Vec::new();
        }
        let required = all.iter().filter(|it| it.is_required && !is_set_up);
        settings.faults(self.provider.name(), required.map(|setting| setting.name))
    }

    /// Whether the settings ask for the request that hands over the secret, of a sender that has one.
    fn is_set_up(&self, settings: &Settings) -> bool {
        let has_one = |scheme: Scheme| scheme.setup.is_some();
        self.default_scheme().is_some_and(has_one) && settings.is("mode", SETUP)
    }

    /// Why a setting of this name, written with this ending, is none of the provider's. Another one may be meant, or one of
    /// `others`.
    pub(crate) fn unknown(
        &self,
        name: &str,
        ending: &str,
        others: &[&'static str],
    ) -> Option<ConfigError> {
        let own = self.settings();
        let mut known: Vec<&'static str> = own.iter().map(|setting| setting.name).collect();
        if known.contains(&name) {
            return None;
        }
        let written = format!("{name}{ending}");
        known.extend(others);
        let nearest = nearest(name, known.iter().copied());
        let elsewhere = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
        if let (None, Some((_, why))) = (nearest, elsewhere) {
            return Some(self.useless(&written, why));
        }
        Some(ConfigError::UnknownSetting {
            name: written,
            provider: self.provider.name(),
            nearest: nearest.map(|nearest| format!("{nearest}{ending}")),
            known,
        })
    }

    fn useless(&self, name: &str, reason: &'static str) -> ConfigError {
        ConfigError::UselessSetting {
            name: name.to_owned(),
            provider: self.provider.name(),
            reason,
        }
    }

    /// The settings of an account.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let scheme = self.default_scheme();
        let mut settings = scheme.as_ref().map_or_else(Vec::new, settings_of);
        settings.extend(self.about.settings);
        // One of the two.
        let is_either = settings
            .iter()
            .any(|it| it.name == "public_keys" && !it.is_required);
        for secrets in settings
            .iter_mut()
            .filter(|it| is_either && it.name == "secrets")
        {
            secrets.is_required = false;
        }
        settings
    }

    /// The scheme of an account without settings, if a scheme is all there is to it.
    pub(crate) fn default_scheme(&self) -> Option<Scheme> {
        match self.make {
            Make::Scheme(scheme) => scheme(&Settings::none()).ok(),
            Make::Custom(_) => None,
        }
    }

    /// What signs for an account with these settings.
    #[cfg(feature = "testing")]
    pub(crate) fn make_signer(&self, settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
        match (self.tested.signer, &self.make) {
            (Some(signer), _) => signer(settings),
            (None, Make::Scheme(scheme)) => {
                Ok(Box::new(Signer::configured(scheme(settings)?, settings)?))
            }
            (None, Make::Custom(_)) => Err(ConfigError::fixed("this provider has no signer")),
        }
    }

    /// What the tests for all providers need to know of it.
    #[cfg(feature = "testing")]
    pub(crate) fn make_samples(&self, keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
        match (self.tested.samples, self.default_scheme()) {
            (Some(samples), _) => samples(keys),
            (None, Some(scheme)) if scheme.names_key() => {
                Ok(vec![Sample::of_scheme_by_id(scheme, keys)?])
            }
            (None, Some(scheme)) => Ok(vec![Sample::of_scheme(scheme, keys)?]),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// Settings that other providers have, and what one does that has not.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["tolerance_seconds", "future_tolerance_seconds"],
        "signs no time",
    ),
    (&["public_url"], "signs no URL"),
    (&["public_keys"], "signs with a shared secret"),
    (&["verify_token"], "has no handshake that shows one"),
    (&["auth_header"], "has a header of its own"),
    (&["mode"], "signs in one way only"),
];

/// The mode of an account whose sender is to hand over its secret.
const SETUP: &str = "setup";

/// What a scheme is configured with.
fn settings_of(scheme: &Scheme) -> Vec<Setting> {
    let keys = match scheme.algorithm.is_asymmetric() {
        false if scheme.names_key() => Setting::required(
            "secrets_by_key_id",
            "a table of the signing secrets by their key ids",
        ),
        true => Setting::required("public_keys", "the sender's public keys: one or a list"),
        false => Setting::required(
            "secrets",
            "the signing secret of the webhook: one or a list, any of which may match",
        ),
    };
    let mut settings = vec![keys];
    if scheme.content.contains(&Part::PublicUrl) {
        settings.push(Setting::required(
            "public_url",
            "the URL that the sender was given",
        ));
    }
    if scheme.content.contains(&Part::Path) {
        settings.push(Setting::optional(
            "public_url",
            "the URL that the sender was given, whose path it signs; that of the request if absent",
        ));
    }
    if scheme.signs_time() {
        settings.push(Setting::optional(
            "tolerance_seconds",
            "how old a signed time may be",
        ));
        settings.push(Setting::optional(
            "future_tolerance_seconds",
            "how far ahead it may be; the same if absent",
        ));
    }
    if scheme.setup.is_some() {
        settings.push(Setting::optional(
            "mode",
            "`setup`, without `secrets`, while the sender is to hand over its secret",
        ));
    }
    if scheme.handshakes.iter().any(Handshake::expects_something) {
        settings.push(Setting::optional(
            "verify_token",
            "what a handshake must show",
        ));
    }
    settings
}

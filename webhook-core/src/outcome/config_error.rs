//! Why a configuration is refused.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why a verifier or an endpoint could not be set up.
///
/// Says which setting is wrong and why, never what was in it.
///
/// ```
/// use serde_json::json;
/// use webhook_core::{ConfigError, Settings, provider};
///
/// let settings = Settings::new(json!({}))?;
/// let Err(ConfigError::UnknownProvider { nearest, .. }) = provider::by_name("stirpe", &settings) else {
///     panic!("there is none of this name");
/// };
/// assert_eq!(nearest, Some("stripe"));
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no provider of this name.
    #[non_exhaustive]
    UnknownProvider {
        /// As it was asked for.
        name: String,
        /// The provider whose name is spelled nearly so.
        nearest: Option<&'static str>,
        /// What became of it, if it is known and not among the providers.
        note: Option<&'static str>,
        /// All providers, those whose feature is off among them.
        known: Vec<&'static str>,
    },
    /// The provider needs a feature of `webhook-core` that is off.
    #[non_exhaustive]
    MissingFeature {
        /// The provider's name.
        provider: &'static str,
        /// The feature's name.
        feature: &'static str,
        /// Whether the feature `fetch` gets the keys that it publishes.
        publishes_keys: bool,
    },
    /// A setting that must be there is not.
    #[non_exhaustive]
    MissingSetting {
        /// The setting's name.
        name: String,
    },
    /// A setting that the provider does not know.
    #[non_exhaustive]
    UnknownSetting {
        /// The setting's name.
        name: String,
        /// The provider's name.
        provider: &'static str,
        /// The setting whose name is spelled nearly so.
        nearest: Option<String>,
        /// The settings of the provider, and of a variant where it stands in one.
        known: Vec<&'static str>,
    },
    /// A setting that exists, and that changes nothing for this provider.
    #[non_exhaustive]
    UselessSetting {
        /// The setting's name.
        name: String,
        /// The provider's name.
        provider: &'static str,
        /// What the provider does, so that nothing is changed: "signs no time".
        reason: &'static str,
    },
    /// A setting holds what it must not hold.
    #[non_exhaustive]
    InvalidSetting {
        /// The setting's name.
        name: String,
        /// Why.
        reason: Cow<'static, str>,
    },
    /// A key, a scheme, a variant or a time that is given in code is wrong.
    #[non_exhaustive]
    Invalid {
        /// Why.
        reason: Cow<'static, str>,
    },
    /// What is wrong with one of several variants.
    #[non_exhaustive]
    Variant {
        /// The name of the variant.
        name: String,
        /// What is wrong with it.
        fault: Box<ConfigError>,
    },
    /// Several things are wrong.
    #[non_exhaustive]
    Several {
        /// Two at least.
        faults: Vec<ConfigError>,
    },
}

impl ConfigError {
    /// What is given in code is wrong, for this reason. Never put a secret into it.
    #[must_use]
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            reason: reason.into(),
        }
    }

    pub(crate) const fn fixed(reason: &'static str) -> Self {
        Self::Invalid {
            reason: Cow::Borrowed(reason),
        }
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::MissingSetting {
            name: name.to_owned(),
        }
    }

    /// What is wrong in the setting of this name. A reason that begins with "is" is read on behind the name.
    pub(crate) fn setting(name: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidSetting {
            name: name.to_owned(),
            reason: reason.into(),
        }
    }

    /// What is wrong with the variant of this name.
    pub(crate) fn of_variant(self, name: &str) -> Self {
        Self::Variant {
            name: name.to_owned(),
            fault: Box::new(self),
        }
    }

    /// All of these in one, if there is any.
    pub(crate) fn all(mut faults: Vec<Self>) -> Option<Self> {
        match faults.len() {
            0 | 1 => faults.pop(),
            _ => Some(Self::Several { faults }),
        }
    }

    /// The same error, with the name of the setting that is at fault.
    pub(crate) fn of_setting(self, name: &str) -> Self {
        match self {
            Self::Invalid { reason } => Self::setting(name, reason),
            other => Self::setting(name, other.to_string()),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProvider {
                name,
                nearest,
                note,
                known,
            } => {
                write!(f, "there is no provider `{name}`")?;
                match (note, nearest) {
                    (Some(note), _) => write!(f, ": {note}"),
                    (None, Some(nearest)) => write!(f, "; did you mean `{nearest}`?"),
                    (None, None) => write!(f, "; there are {}", known.join(", ")),
                }
            }
            Self::MissingFeature {
                provider,
                feature,
                publishes_keys,
            } => {
                write!(
                    f,
                    "the provider `{provider}` needs the feature `{feature}` of webhook-core"
                )?;
                if *publishes_keys {
                    f.write_str(", and `fetch` to get the keys that it publishes")?;
                }
                f.write_str(": switch it on in Cargo.toml")
            }
            Self::MissingSetting { name } => write!(f, "`{name}` is missing"),
            Self::UnknownSetting {
                name,
                provider,
                nearest,
                known,
            } => match nearest {
                Some(nearest) => write!(f, "`{name}` is unknown: did you mean `{nearest}`?"),
                None => write!(
                    f,
                    "`{name}` is not a setting of {provider}: there are {}",
                    known.join(", ")
                ),
            },
            Self::UselessSetting {
                name,
                provider,
                reason,
            } => write!(
                f,
                "`{name}` has no effect, because {provider} {reason}: leave it out"
            ),
            Self::InvalidSetting { name, reason } if reason.starts_with("is ") => {
                write!(f, "`{name}` {reason}")
            }
            Self::InvalidSetting { name, reason } => write!(f, "`{name}`: {reason}"),
            Self::Invalid { reason } => f.write_str(reason),
            Self::Variant { name, fault } => write!(f, "variant `{name}`: {fault}"),
            Self::Several { faults } => {
                write!(f, "{} faults:", faults.len())?;
                faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
            }
        }
    }
}

impl Error for ConfigError {}

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
    },
    /// The provider needs a feature of `webhook-core` that is off.
    #[non_exhaustive]
    MissingFeature {
        /// The provider's name.
        provider: &'static str,
        /// The feature's name.
        feature: &'static str,
    },
    /// A setting that must be there is not.
    #[non_exhaustive]
    MissingSetting {
        /// The setting's name.
        name: String,
    },
    /// A setting that the provider does not know, or that has no effect beside the others.
    #[non_exhaustive]
    UnknownSetting {
        /// The setting's name.
        name: String,
        /// The provider's name.
        provider: &'static str,
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
            Self::UnknownProvider { name, nearest } => {
                write!(f, "there is no provider `{name}`")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => Ok(()),
                }
            }
            Self::MissingFeature { provider, feature } => write!(
                f,
                "the provider `{provider}` needs the feature `{feature}` of webhook-core"
            ),
            Self::MissingSetting { name } => write!(f, "`{name}` is missing"),
            Self::UnknownSetting { name, provider } => write!(
                f,
                "`{name}` is not a setting of {provider}, or has no effect beside the others: leave it out"
            ),
            Self::InvalidSetting { name, reason } if reason.starts_with("is ") => {
                write!(f, "`{name}` {reason}")
            }
            Self::InvalidSetting { name, reason } => write!(f, "`{name}`: {reason}"),
            Self::Invalid { reason } => f.write_str(reason),
        }
    }
}

impl Error for ConfigError {}

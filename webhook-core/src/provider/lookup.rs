//! Finds a provider by its name.

use std::sync::Arc;

use super::ALL;
use super::describe::Description;
use super::registry::Registered;
use crate::endpoint::resolver::Resolve;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign};
use crate::{ConfigError, Settings};

/// What verifies for an account that is described by name, as in a configuration file.
///
/// ```
/// use serde_json::json;
/// use webhook_core::{Endpoint, Settings, provider};
///
/// let settings = Settings::new(json!({"secrets": ["whsec_new", "whsec_old"]}))?;
/// let stripe = Endpoint::new(provider::by_name("stripe", &settings)?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If there is no such provider, or a setting is missing or wrong; the error names it.
pub fn by_name(name: &str, settings: &Settings) -> Result<Arc<dyn Resolve>, ConfigError> {
    match find(name) {
        Some(row) => row.resolver(settings),
        None => Err(unknown(name)),
    }
}

/// Everything about a provider that is needed to set it up, in words and numbers.
///
/// ```
/// use webhook_core::provider;
///
/// let stripe = provider::describe("stripe")?;
/// assert_eq!(stripe.group, provider::Group::Payments);
/// assert_eq!(stripe.headers, ["stripe-signature"]);
/// assert_eq!(stripe.tolerance_secs, Some(300));
/// for setting in &stripe.settings {
///     println!("{}: {}", setting.name, setting.holds);
/// }
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If there is no such provider.
pub fn describe(name: &str) -> Result<Description, ConfigError> {
    find(name).map(Description::of).ok_or_else(|| unknown(name))
}

/// The same without its kinds, if there is such a provider.
#[cfg(feature = "explain")]
pub(crate) fn describe_briefly(name: &str) -> Option<Description> {
    find(name).map(Description::without_kinds)
}

/// What signs as this provider does, for the account with these settings: those of [`by_name`], with the first of its keys.
///
/// A sender with a private key has it in the setting `private_key`; those whose keys are published (Amazon SNS, Apple, Google Play,
/// PayPal, Plaid) sign with a key pair for tests, which their `Signer` shows. Feature `testing`.
///
/// ```
/// use serde_json::json;
/// use webhook_core::{Settings, UnixTime, provider};
///
/// let settings = Settings::new(json!({"secrets": "whsec_for_tests_only"}))?;
/// let signer = provider::signer("stripe", &settings)?;
/// let request = signer.sign(br#"{"id":"evt_1"}"#, UnixTime::from_secs(1_785_920_400))?;
/// assert!(request.header("stripe-signature").is_some());
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If there is no such provider, or a setting that it signs with is missing or wrong.
#[cfg(feature = "testing")]
pub fn signer(name: &str, settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let row = find(name).ok_or_else(|| unknown(name))?;
    row.make_signer(settings)
}

/// What tests need to know that hold for every sender: one sample for each way in which a provider signs. Feature `testing`.
///
/// ```
/// use webhook_core::provider;
/// use webhook_core::testing::{Sample, SampleKeys};
///
/// let samples = provider::samples("flutterwave", &SampleKeys::new())?;
/// assert_eq!(samples.iter().map(|sample| sample.name).collect::<Vec<_>>(), ["flutterwave v4", "flutterwave v3"]);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// # Errors
/// If there is no such provider, or it has no samples.
#[cfg(feature = "testing")]
pub fn samples(name: &str, keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let row = find(name).ok_or_else(|| unknown(name))?;
    let samples = row.make_samples(keys)?;
    match samples.is_empty() {
        true => Err(ConfigError::new(format!(
            "the provider `{name}` has no samples: say how it signs, with `Registered::samples` in its file"
        ))),
        false => Ok(samples),
    }
}

/// Why there is no provider of this name.
pub(crate) fn unknown(name: &str) -> ConfigError {
    super::unknown::unknown(name, names())
}

/// The names of all providers, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|row| row.provider.name())
}

pub(crate) fn find(name: &str) -> Option<&'static Registered> {
    ALL.iter().find(|row| row.provider.name() == name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The documentation of a module, without what marks it.
    fn documentation(name: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider");
        let module = name.replace('-', "_");
        let file = [format!("{module}.rs"), format!("{module}/mod.rs")]
            .map(|file| folder.join(file))
            .into_iter()
            .find(|file| file.exists());
        let text = std::fs::read_to_string(file.unwrap()).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("//!"));
        lines
            .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
            .collect()
    }

    /// What the providers are without features is in the documentation of each; with a feature they are there.
    #[test]
    fn a_provider_is_there_or_says_which_feature_it_needs() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        let files = std::fs::read_dir(tests).unwrap();
        let names = files.filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            Some(name.strip_suffix(".json")?.to_owned())
        });
        let mut absent = Vec::new();
        for name in names {
            match describe(&name) {
                Ok(_) => {}
                Err(ConfigError::MissingFeature { feature, .. }) => absent.push((name, feature)),
                Err(error) => panic!("{name}: {error}"),
            }
        }
        for (name, feature) in absent {
            assert!(
                !crate::provider::unknown::is_on(feature),
                "{name} needs {feature}"
            );
        }
    }

    #[test]
    fn the_rules_of_every_provider_can_be_followed() {
        for Registered { provider, .. } in ALL {
            let checked = provider.rules().map_or(Ok(()), |meaning| meaning.check());
            assert_eq!(checked, Ok(()), "{}", provider.name());
        }
    }

    #[cfg(feature = "testing")]
    #[test]
    fn every_provider_compares_its_codes_in_the_one_place_for_it() {
        use crate::crypto::counting;
        use crate::testing::{Bodies, FixedClock, receive, support};

        /// They check signatures with public keys.
        const BY_PUBLIC_KEY: &[&str] = &[
            "apple-appstore",
            "aws-sns",
            "ebanx",
            "fal",
            "google-play-rtdn",
            "google-pubsub",
            "paypal",
            "truelayer",
            "wechat-pay",
            "wise",
        ];
        for name in names() {
            for sample in samples(name, &SampleKeys::new()).unwrap() {
                let settings = Settings::new(sample.settings.clone()).unwrap();
                let clock = FixedClock::at(support::NOW);
                let endpoint = crate::Endpoint::new(by_name(name, &settings).unwrap()).clock(clock);
                let body = match &sample.bodies {
                    Bodies::Any => Sample::BODY,
                    Bodies::Own(body) => body,
                };
                let request = sample.signer.sign(body, support::NOW).unwrap();
                let (verdict, compared) = counting(|| support::run(receive(&endpoint, request)));
                assert!(verdict.is_ok(), "{}", sample.name);
                assert!(
                    compared > 0
                        || sample.keys == ["public_keys"]
                        || BY_PUBLIC_KEY.contains(&sample.name),
                    "{}: compare a `crypto::Tag` or by `Keys::signing`, not bytes",
                    sample.name
                );
            }
        }
    }

    #[test]
    fn the_tables_in_the_documentation_say_what_the_rules_say() {
        let mut wrong = String::new();
        for Registered { provider, .. } in ALL {
            let payments = provider.rules().map(crate::payment::Meaning::tables);
            let messages = provider
                .mailing_rules()
                .map(crate::mailing::Meaning::tables);
            for (heading, tables) in [("Payments", payments), ("Messages", messages)] {
                let tables = tables.unwrap_or_default();
                if documentation(provider.name()).contains(&tables) {
                    continue;
                }
                let lines = tables
                    .lines()
                    .map(|line| format!("//! {line}").trim_end().to_owned() + "\n");
                let lines: String = lines.collect();
                wrong.push_str(&format!(
                    "{}: write in its documentation, below `# {heading}`:\n{lines}",
                    provider.name()
                ));
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }
}

//! The list of providers, and what finds one of them by its name.

use std::sync::Arc;

use super::describe::Description;
use super::registry::Registered;
use crate::endpoint::resolver::Resolve;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign};
use crate::{ConfigError, Settings};

/// In alphabetical order.
const ALL: &[Registered] = &[
    #[cfg(feature = "payments")]
    super::adyen::PROVIDER,
    #[cfg(feature = "payments")]
    super::adyen_platform::PROVIDER,
    #[cfg(feature = "business")]
    super::airtable::PROVIDER,
    #[cfg(feature = "payments")]
    super::airwallex::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    super::alipay::PROVIDER,
    #[cfg(feature = "developer")]
    super::anthropic::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    super::apple_appstore::PROVIDER,
    #[cfg(feature = "business")]
    super::asana::PROVIDER,
    #[cfg(feature = "developer")]
    super::auth0::PROVIDER,
    #[cfg(feature = "payments")]
    super::authorize_net::PROVIDER,
    #[cfg(all(feature = "developer", feature = "published-keys"))]
    super::aws_sns::PROVIDER,
    #[cfg(feature = "developer")]
    super::azure_devops::PROVIDER,
    #[cfg(feature = "messages")]
    super::bird::PROVIDER,
    #[cfg(feature = "developer")]
    super::bitbucket::PROVIDER,
    #[cfg(feature = "developer")]
    super::bitbucket_server::PROVIDER,
    #[cfg(feature = "business")]
    super::r#box::PROVIDER,
    #[cfg(all(feature = "payments", feature = "xml"))]
    super::braintree::PROVIDER,
    #[cfg(feature = "payments")]
    super::brex::PROVIDER,
    #[cfg(feature = "payments")]
    super::btcpay::PROVIDER,
    #[cfg(feature = "business")]
    super::cal_com::PROVIDER,
    #[cfg(feature = "business")]
    super::calendly::PROVIDER,
    #[cfg(feature = "payments")]
    super::cashfree::PROVIDER,
    #[cfg(feature = "payments")]
    super::chargebee::PROVIDER,
    #[cfg(feature = "payments")]
    super::checkout_com::PROVIDER,
    #[cfg(feature = "developer")]
    super::clerk::PROVIDER,
    #[cfg(feature = "developer")]
    super::cloudflare_notifications::PROVIDER,
    #[cfg(feature = "developer")]
    super::cloudflare_stream::PROVIDER,
    #[cfg(feature = "payments")]
    super::coinbase_cdp::PROVIDER,
    #[cfg(feature = "payments")]
    super::coinbase_commerce::PROVIDER,
    #[cfg(feature = "business")]
    super::contentful::PROVIDER,
    #[cfg(feature = "messages")]
    super::customer_io::PROVIDER,
    #[cfg(feature = "payments")]
    super::cybersource::PROVIDER,
    #[cfg(feature = "developer")]
    super::deepgram::PROVIDER,
    #[cfg(all(feature = "messages", feature = "asymmetric"))]
    super::discord::PROVIDER,
    #[cfg(feature = "payments")]
    super::dlocal::PROVIDER,
    #[cfg(feature = "developer")]
    super::docker_hub::PROVIDER,
    #[cfg(feature = "business")]
    super::docusign::PROVIDER,
    #[cfg(feature = "developer")]
    super::doppler::PROVIDER,
    #[cfg(feature = "payments")]
    super::dotpay::PROVIDER,
    #[cfg(feature = "business")]
    super::dropbox::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    super::ebanx::PROVIDER,
    #[cfg(feature = "developer")]
    super::elevenlabs::PROVIDER,
    #[cfg(all(feature = "developer", feature = "published-keys"))]
    super::fal::PROVIDER,
    #[cfg(feature = "business")]
    super::figma::PROVIDER,
    #[cfg(feature = "payments")]
    super::flutterwave::PROVIDER,
    #[cfg(feature = "business")]
    super::front::PROVIDER,
    #[cfg(feature = "developer")]
    super::gitea::PROVIDER,
    #[cfg(feature = "developer")]
    super::github::PROVIDER,
    #[cfg(feature = "developer")]
    super::gitlab::PROVIDER,
    #[cfg(feature = "payments")]
    super::gocardless::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    super::google_play_rtdn::PROVIDER,
    #[cfg(feature = "published-keys")]
    super::google_pubsub::PROVIDER,
    #[cfg(feature = "developer")]
    super::grafana::PROVIDER,
    #[cfg(feature = "business")]
    super::hubspot::PROVIDER,
    #[cfg(feature = "business")]
    super::intercom::PROVIDER,
    #[cfg(feature = "payments")]
    super::iyzico::PROVIDER,
    #[cfg(feature = "developer")]
    super::jira::PROVIDER,
    #[cfg(feature = "payments")]
    super::klarna::PROVIDER,
    #[cfg(feature = "messages")]
    super::klaviyo::PROVIDER,
    #[cfg(feature = "payments")]
    super::lemon_squeezy::PROVIDER,
    #[cfg(feature = "messages")]
    super::line::PROVIDER,
    #[cfg(feature = "developer")]
    super::linear::PROVIDER,
    #[cfg(feature = "messages")]
    super::livekit::PROVIDER,
    #[cfg(feature = "messages")]
    super::loops::PROVIDER,
    #[cfg(feature = "messages")]
    super::mailchimp_marketing::PROVIDER,
    #[cfg(feature = "messages")]
    super::mailgun::PROVIDER,
    #[cfg(feature = "messages")]
    super::mandrill::PROVIDER,
    #[cfg(feature = "payments")]
    super::mercado_pago::PROVIDER,
    #[cfg(feature = "messages")]
    super::meta::PROVIDER,
    #[cfg(feature = "payments")]
    super::midtrans::PROVIDER,
    #[cfg(feature = "payments")]
    super::mollie::PROVIDER,
    #[cfg(feature = "developer")]
    super::netlify::PROVIDER,
    #[cfg(feature = "business")]
    super::notion::PROVIDER,
    #[cfg(feature = "payments")]
    super::nuvei::PROVIDER,
    #[cfg(feature = "developer")]
    super::okta::PROVIDER,
    #[cfg(feature = "payments")]
    super::opayo_server::PROVIDER,
    #[cfg(feature = "developer")]
    super::openai::PROVIDER,
    #[cfg(feature = "payments")]
    super::paddle::PROVIDER,
    #[cfg(feature = "payments")]
    super::pagbank::PROVIDER,
    #[cfg(feature = "developer")]
    super::pagerduty::PROVIDER,
    #[cfg(feature = "business")]
    super::pandadoc::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    super::paypal::PROVIDER,
    #[cfg(feature = "payments")]
    super::paystack::PROVIDER,
    #[cfg(feature = "payments")]
    super::payu::PROVIDER,
    #[cfg(feature = "payments")]
    super::phonepe::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    super::plaid::PROVIDER,
    #[cfg(feature = "payments")]
    super::polar::PROVIDER,
    #[cfg(feature = "payments")]
    super::portone::PROVIDER,
    #[cfg(feature = "messages")]
    super::postmark::PROVIDER,
    #[cfg(feature = "payments")]
    super::rapyd::PROVIDER,
    #[cfg(feature = "payments")]
    super::razorpay::PROVIDER,
    #[cfg(feature = "developer")]
    super::recall::PROVIDER,
    #[cfg(feature = "payments")]
    super::recurly::PROVIDER,
    #[cfg(feature = "developer")]
    super::render::PROVIDER,
    #[cfg(feature = "developer")]
    super::replicate::PROVIDER,
    #[cfg(feature = "messages")]
    super::resend::PROVIDER,
    #[cfg(feature = "payments")]
    super::revenuecat::PROVIDER,
    #[cfg(feature = "payments")]
    super::revolut::PROVIDER,
    #[cfg(feature = "asymmetric")]
    super::rfc9421::PROVIDER,
    #[cfg(feature = "business")]
    super::sanity::PROVIDER,
    #[cfg(all(feature = "messages", feature = "asymmetric"))]
    super::sendgrid::PROVIDER,
    #[cfg(feature = "developer")]
    super::sentry::PROVIDER,
    #[cfg(feature = "business")]
    super::shopify::PROVIDER,
    #[cfg(feature = "messages")]
    super::sinch::PROVIDER,
    #[cfg(feature = "messages")]
    super::slack::PROVIDER,
    #[cfg(feature = "payments")]
    super::square::PROVIDER,
    super::standard_webhooks::PROVIDER,
    #[cfg(feature = "payments")]
    super::stripe::PROVIDER,
    #[cfg(feature = "developer")]
    super::supabase::PROVIDER,
    super::svix::PROVIDER,
    #[cfg(feature = "payments")]
    super::tabapay::PROVIDER,
    #[cfg(feature = "messages")]
    super::telegram::PROVIDER,
    #[cfg(all(feature = "messages", feature = "asymmetric"))]
    super::telnyx::PROVIDER,
    #[cfg(feature = "payments")]
    super::toss::PROVIDER,
    #[cfg(feature = "business")]
    super::trello::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    super::truelayer::PROVIDER,
    #[cfg(feature = "messages")]
    super::twilio::PROVIDER,
    #[cfg(feature = "messages")]
    super::twitch::PROVIDER,
    #[cfg(feature = "business")]
    super::typeform::PROVIDER,
    #[cfg(feature = "developer")]
    super::vercel::PROVIDER,
    #[cfg(feature = "messages")]
    super::vonage::PROVIDER,
    #[cfg(feature = "business")]
    super::webflow::PROVIDER,
    super::websub::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    super::wechat_pay::PROVIDER,
    #[cfg(feature = "payments")]
    super::whop::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    super::wise::PROVIDER,
    #[cfg(feature = "business")]
    super::woocommerce::PROVIDER,
    #[cfg(feature = "developer")]
    super::workos::PROVIDER,
    #[cfg(feature = "payments")]
    super::worldline::PROVIDER,
    #[cfg(feature = "payments")]
    super::worldpay::PROVIDER,
    #[cfg(feature = "messages")]
    super::x::PROVIDER,
    #[cfg(feature = "payments")]
    super::xendit::PROVIDER,
    #[cfg(feature = "business")]
    super::zendesk::PROVIDER,
    #[cfg(feature = "business")]
    super::zoom::PROVIDER,
];

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

//! The senders: one module for each, with its scheme, its verifier and its events.
//!
//! To add one, write its file, add its two lines below, and put its vectors into `tests/vectors/`.

#[cfg(feature = "payments")]
pub mod adyen;
#[cfg(feature = "payments")]
pub mod adyen_platform;
#[cfg(feature = "business")]
pub mod airtable;
#[cfg(feature = "payments")]
pub mod airwallex;
#[cfg(all(feature = "payments", feature = "asymmetric"))]
pub mod alipay;
#[cfg(feature = "developer")]
pub mod anthropic;
#[cfg(all(feature = "payments", feature = "published-keys"))]
pub mod apple_appstore;
#[cfg(feature = "business")]
pub mod asana;
#[cfg(feature = "developer")]
pub mod auth0;
#[cfg(feature = "payments")]
pub mod authorize_net;
#[cfg(all(feature = "developer", feature = "published-keys"))]
pub mod aws_sns;
#[cfg(feature = "developer")]
pub mod azure_devops;
#[cfg(feature = "messages")]
pub mod bird;
#[cfg(feature = "developer")]
pub mod bitbucket;
#[cfg(feature = "developer")]
pub mod bitbucket_server;
#[cfg(feature = "business")]
pub mod r#box;
#[cfg(all(feature = "payments", feature = "xml"))]
pub mod braintree;
#[cfg(feature = "payments")]
pub mod brex;
#[cfg(feature = "payments")]
pub mod btcpay;
#[cfg(feature = "business")]
pub mod cal_com;
#[cfg(feature = "business")]
pub mod calendly;
#[cfg(feature = "payments")]
pub mod cashfree;
#[cfg(feature = "payments")]
pub mod chargebee;
#[cfg(feature = "payments")]
pub mod checkout_com;
#[cfg(feature = "developer")]
pub mod clerk;
#[cfg(feature = "developer")]
pub mod cloudflare_notifications;
#[cfg(feature = "developer")]
pub mod cloudflare_stream;
#[cfg(feature = "payments")]
pub mod coinbase_cdp;
#[cfg(feature = "payments")]
pub mod coinbase_commerce;
#[cfg(feature = "business")]
pub mod contentful;
#[cfg(feature = "messages")]
pub mod customer_io;
#[cfg(feature = "payments")]
pub mod cybersource;
#[cfg(feature = "developer")]
pub mod deepgram;
#[cfg(all(feature = "messages", feature = "asymmetric"))]
pub mod discord;
#[cfg(feature = "payments")]
pub mod dlocal;
#[cfg(feature = "developer")]
pub mod docker_hub;
#[cfg(feature = "business")]
pub mod docusign;
#[cfg(feature = "developer")]
pub mod doppler;
#[cfg(feature = "payments")]
pub mod dotpay;
#[cfg(feature = "business")]
pub mod dropbox;
#[cfg(all(feature = "payments", feature = "asymmetric"))]
pub mod ebanx;
#[cfg(feature = "developer")]
pub mod elevenlabs;
#[cfg(all(feature = "developer", feature = "published-keys"))]
pub mod fal;
#[cfg(feature = "business")]
pub mod figma;
#[cfg(feature = "payments")]
pub mod flutterwave;
#[cfg(feature = "business")]
pub mod front;
#[cfg(feature = "developer")]
pub mod gitea;
#[cfg(feature = "developer")]
pub mod github;
#[cfg(feature = "developer")]
pub mod gitlab;
#[cfg(feature = "payments")]
pub mod gocardless;
#[cfg(all(feature = "payments", feature = "published-keys"))]
pub mod google_play_rtdn;
// Google Play pushes through it.
#[cfg(feature = "published-keys")]
pub mod google_pubsub;
#[cfg(feature = "developer")]
pub mod grafana;
#[cfg(feature = "business")]
pub mod hubspot;
#[cfg(feature = "business")]
pub mod intercom;
#[cfg(feature = "payments")]
pub mod iyzico;
#[cfg(feature = "developer")]
pub mod jira;
#[cfg(feature = "payments")]
pub mod klarna;
#[cfg(feature = "messages")]
pub mod klaviyo;
#[cfg(feature = "payments")]
pub mod lemon_squeezy;
#[cfg(feature = "messages")]
pub mod line;
#[cfg(feature = "developer")]
pub mod linear;
#[cfg(feature = "messages")]
pub mod livekit;
#[cfg(feature = "messages")]
pub mod loops;
#[cfg(feature = "messages")]
pub mod mailchimp_marketing;
#[cfg(feature = "messages")]
pub mod mailgun;
#[cfg(feature = "messages")]
pub mod mandrill;
#[cfg(feature = "payments")]
pub mod mercado_pago;
#[cfg(feature = "messages")]
pub mod meta;
#[cfg(feature = "payments")]
pub mod midtrans;
#[cfg(feature = "payments")]
pub mod mollie;
#[cfg(feature = "developer")]
pub mod netlify;
#[cfg(feature = "business")]
pub mod notion;
#[cfg(feature = "payments")]
pub mod nuvei;
#[cfg(feature = "developer")]
pub mod okta;
#[cfg(feature = "payments")]
pub mod opayo_server;
#[cfg(feature = "developer")]
pub mod openai;
#[cfg(feature = "payments")]
pub mod paddle;
#[cfg(feature = "payments")]
pub mod pagbank;
#[cfg(feature = "developer")]
pub mod pagerduty;
#[cfg(feature = "business")]
pub mod pandadoc;
#[cfg(all(feature = "payments", feature = "published-keys"))]
pub mod paypal;
#[cfg(feature = "payments")]
pub mod paystack;
#[cfg(feature = "payments")]
pub mod payu;
#[cfg(feature = "payments")]
pub mod phonepe;
#[cfg(all(feature = "payments", feature = "published-keys"))]
pub mod plaid;
#[cfg(feature = "payments")]
pub mod polar;
#[cfg(feature = "payments")]
pub mod portone;
#[cfg(feature = "messages")]
pub mod postmark;
#[cfg(feature = "payments")]
pub mod rapyd;
#[cfg(feature = "payments")]
pub mod razorpay;
#[cfg(feature = "developer")]
pub mod recall;
#[cfg(feature = "payments")]
pub mod recurly;
#[cfg(feature = "developer")]
pub mod render;
#[cfg(feature = "developer")]
pub mod replicate;
#[cfg(feature = "messages")]
pub mod resend;
#[cfg(feature = "payments")]
pub mod revenuecat;
#[cfg(feature = "payments")]
pub mod revolut;
#[cfg(feature = "asymmetric")]
pub mod rfc9421;
#[cfg(feature = "business")]
pub mod sanity;
#[cfg(all(feature = "messages", feature = "asymmetric"))]
pub mod sendgrid;
#[cfg(feature = "developer")]
pub mod sentry;
#[cfg(feature = "business")]
pub mod shopify;
#[cfg(feature = "messages")]
pub mod sinch;
#[cfg(feature = "messages")]
pub mod slack;
#[cfg(feature = "payments")]
pub mod square;
pub mod standard_webhooks;
#[cfg(feature = "payments")]
pub mod stripe;
#[cfg(feature = "developer")]
pub mod supabase;
pub mod svix;
#[cfg(feature = "payments")]
pub mod tabapay;
#[cfg(feature = "messages")]
pub mod telegram;
#[cfg(all(feature = "messages", feature = "asymmetric"))]
pub mod telnyx;
#[cfg(feature = "payments")]
pub mod toss;
#[cfg(feature = "business")]
pub mod trello;
#[cfg(all(feature = "payments", feature = "published-keys"))]
pub mod truelayer;
#[cfg(feature = "messages")]
pub mod twilio;
#[cfg(feature = "messages")]
pub mod twitch;
#[cfg(feature = "business")]
pub mod typeform;
#[cfg(feature = "developer")]
pub mod vercel;
#[cfg(feature = "messages")]
pub mod vonage;
#[cfg(feature = "business")]
pub mod webflow;
pub mod websub;
#[cfg(all(feature = "payments", feature = "asymmetric"))]
pub mod wechat_pay;
#[cfg(feature = "payments")]
pub mod whop;
#[cfg(all(feature = "payments", feature = "asymmetric"))]
pub mod wise;
#[cfg(feature = "business")]
pub mod woocommerce;
#[cfg(feature = "developer")]
pub mod workos;
#[cfg(feature = "payments")]
pub mod worldline;
#[cfg(feature = "payments")]
pub mod worldpay;
#[cfg(feature = "messages")]
pub mod x;
#[cfg(feature = "payments")]
pub mod xendit;
#[cfg(feature = "business")]
pub mod zendesk;
#[cfg(feature = "business")]
pub mod zoom;

mod about;
mod describe;
mod macros;
mod registry;
mod unknown;

pub use about::{Group, Setting};
pub use describe::Description;

use std::sync::Arc;

use crate::endpoint::resolver::Resolve;
pub(crate) use crate::provider::registry::Registered;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign};
use crate::{ConfigError, Settings};

/// In alphabetical order.
const ALL: &[Registered] = &[
    #[cfg(feature = "payments")]
    adyen::PROVIDER,
    #[cfg(feature = "payments")]
    adyen_platform::PROVIDER,
    #[cfg(feature = "business")]
    airtable::PROVIDER,
    #[cfg(feature = "payments")]
    airwallex::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    alipay::PROVIDER,
    #[cfg(feature = "developer")]
    anthropic::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    apple_appstore::PROVIDER,
    #[cfg(feature = "business")]
    asana::PROVIDER,
    #[cfg(feature = "developer")]
    auth0::PROVIDER,
    #[cfg(feature = "payments")]
    authorize_net::PROVIDER,
    #[cfg(all(feature = "developer", feature = "published-keys"))]
    aws_sns::PROVIDER,
    #[cfg(feature = "developer")]
    azure_devops::PROVIDER,
    #[cfg(feature = "messages")]
    bird::PROVIDER,
    #[cfg(feature = "developer")]
    bitbucket::PROVIDER,
    #[cfg(feature = "developer")]
    bitbucket_server::PROVIDER,
    #[cfg(feature = "business")]
    r#box::PROVIDER,
    #[cfg(all(feature = "payments", feature = "xml"))]
    braintree::PROVIDER,
    #[cfg(feature = "payments")]
    brex::PROVIDER,
    #[cfg(feature = "payments")]
    btcpay::PROVIDER,
    #[cfg(feature = "business")]
    cal_com::PROVIDER,
    #[cfg(feature = "business")]
    calendly::PROVIDER,
    #[cfg(feature = "payments")]
    cashfree::PROVIDER,
    #[cfg(feature = "payments")]
    chargebee::PROVIDER,
    #[cfg(feature = "payments")]
    checkout_com::PROVIDER,
    #[cfg(feature = "developer")]
    clerk::PROVIDER,
    #[cfg(feature = "developer")]
    cloudflare_notifications::PROVIDER,
    #[cfg(feature = "developer")]
    cloudflare_stream::PROVIDER,
    #[cfg(feature = "payments")]
    coinbase_cdp::PROVIDER,
    #[cfg(feature = "payments")]
    coinbase_commerce::PROVIDER,
    #[cfg(feature = "business")]
    contentful::PROVIDER,
    #[cfg(feature = "messages")]
    customer_io::PROVIDER,
    #[cfg(feature = "payments")]
    cybersource::PROVIDER,
    #[cfg(feature = "developer")]
    deepgram::PROVIDER,
    #[cfg(all(feature = "messages", feature = "asymmetric"))]
    discord::PROVIDER,
    #[cfg(feature = "payments")]
    dlocal::PROVIDER,
    #[cfg(feature = "developer")]
    docker_hub::PROVIDER,
    #[cfg(feature = "business")]
    docusign::PROVIDER,
    #[cfg(feature = "developer")]
    doppler::PROVIDER,
    #[cfg(feature = "payments")]
    dotpay::PROVIDER,
    #[cfg(feature = "business")]
    dropbox::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    ebanx::PROVIDER,
    #[cfg(feature = "developer")]
    elevenlabs::PROVIDER,
    #[cfg(all(feature = "developer", feature = "published-keys"))]
    fal::PROVIDER,
    #[cfg(feature = "business")]
    figma::PROVIDER,
    #[cfg(feature = "payments")]
    flutterwave::PROVIDER,
    #[cfg(feature = "business")]
    front::PROVIDER,
    #[cfg(feature = "developer")]
    gitea::PROVIDER,
    #[cfg(feature = "developer")]
    github::PROVIDER,
    #[cfg(feature = "developer")]
    gitlab::PROVIDER,
    #[cfg(feature = "payments")]
    gocardless::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    google_play_rtdn::PROVIDER,
    #[cfg(feature = "published-keys")]
    google_pubsub::PROVIDER,
    #[cfg(feature = "developer")]
    grafana::PROVIDER,
    #[cfg(feature = "business")]
    hubspot::PROVIDER,
    #[cfg(feature = "business")]
    intercom::PROVIDER,
    #[cfg(feature = "payments")]
    iyzico::PROVIDER,
    #[cfg(feature = "developer")]
    jira::PROVIDER,
    #[cfg(feature = "payments")]
    klarna::PROVIDER,
    #[cfg(feature = "messages")]
    klaviyo::PROVIDER,
    #[cfg(feature = "payments")]
    lemon_squeezy::PROVIDER,
    #[cfg(feature = "messages")]
    line::PROVIDER,
    #[cfg(feature = "developer")]
    linear::PROVIDER,
    #[cfg(feature = "messages")]
    livekit::PROVIDER,
    #[cfg(feature = "messages")]
    loops::PROVIDER,
    #[cfg(feature = "messages")]
    mailchimp_marketing::PROVIDER,
    #[cfg(feature = "messages")]
    mailgun::PROVIDER,
    #[cfg(feature = "messages")]
    mandrill::PROVIDER,
    #[cfg(feature = "payments")]
    mercado_pago::PROVIDER,
    #[cfg(feature = "messages")]
    meta::PROVIDER,
    #[cfg(feature = "payments")]
    midtrans::PROVIDER,
    #[cfg(feature = "payments")]
    mollie::PROVIDER,
    #[cfg(feature = "developer")]
    netlify::PROVIDER,
    #[cfg(feature = "business")]
    notion::PROVIDER,
    #[cfg(feature = "payments")]
    nuvei::PROVIDER,
    #[cfg(feature = "developer")]
    okta::PROVIDER,
    #[cfg(feature = "payments")]
    opayo_server::PROVIDER,
    #[cfg(feature = "developer")]
    openai::PROVIDER,
    #[cfg(feature = "payments")]
    paddle::PROVIDER,
    #[cfg(feature = "payments")]
    pagbank::PROVIDER,
    #[cfg(feature = "developer")]
    pagerduty::PROVIDER,
    #[cfg(feature = "business")]
    pandadoc::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    paypal::PROVIDER,
    #[cfg(feature = "payments")]
    paystack::PROVIDER,
    #[cfg(feature = "payments")]
    payu::PROVIDER,
    #[cfg(feature = "payments")]
    phonepe::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    plaid::PROVIDER,
    #[cfg(feature = "payments")]
    polar::PROVIDER,
    #[cfg(feature = "payments")]
    portone::PROVIDER,
    #[cfg(feature = "messages")]
    postmark::PROVIDER,
    #[cfg(feature = "payments")]
    rapyd::PROVIDER,
    #[cfg(feature = "payments")]
    razorpay::PROVIDER,
    #[cfg(feature = "developer")]
    recall::PROVIDER,
    #[cfg(feature = "payments")]
    recurly::PROVIDER,
    #[cfg(feature = "developer")]
    render::PROVIDER,
    #[cfg(feature = "developer")]
    replicate::PROVIDER,
    #[cfg(feature = "messages")]
    resend::PROVIDER,
    #[cfg(feature = "payments")]
    revenuecat::PROVIDER,
    #[cfg(feature = "payments")]
    revolut::PROVIDER,
    #[cfg(feature = "asymmetric")]
    rfc9421::PROVIDER,
    #[cfg(feature = "business")]
    sanity::PROVIDER,
    #[cfg(all(feature = "messages", feature = "asymmetric"))]
    sendgrid::PROVIDER,
    #[cfg(feature = "developer")]
    sentry::PROVIDER,
    #[cfg(feature = "business")]
    shopify::PROVIDER,
    #[cfg(feature = "messages")]
    sinch::PROVIDER,
    #[cfg(feature = "messages")]
    slack::PROVIDER,
    #[cfg(feature = "payments")]
    square::PROVIDER,
    standard_webhooks::PROVIDER,
    #[cfg(feature = "payments")]
    stripe::PROVIDER,
    #[cfg(feature = "developer")]
    supabase::PROVIDER,
    svix::PROVIDER,
    #[cfg(feature = "payments")]
    tabapay::PROVIDER,
    #[cfg(feature = "messages")]
    telegram::PROVIDER,
    #[cfg(all(feature = "messages", feature = "asymmetric"))]
    telnyx::PROVIDER,
    #[cfg(feature = "payments")]
    toss::PROVIDER,
    #[cfg(feature = "business")]
    trello::PROVIDER,
    #[cfg(all(feature = "payments", feature = "published-keys"))]
    truelayer::PROVIDER,
    #[cfg(feature = "messages")]
    twilio::PROVIDER,
    #[cfg(feature = "messages")]
    twitch::PROVIDER,
    #[cfg(feature = "business")]
    typeform::PROVIDER,
    #[cfg(feature = "developer")]
    vercel::PROVIDER,
    #[cfg(feature = "messages")]
    vonage::PROVIDER,
    #[cfg(feature = "business")]
    webflow::PROVIDER,
    websub::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    wechat_pay::PROVIDER,
    #[cfg(feature = "payments")]
    whop::PROVIDER,
    #[cfg(all(feature = "payments", feature = "asymmetric"))]
    wise::PROVIDER,
    #[cfg(feature = "business")]
    woocommerce::PROVIDER,
    #[cfg(feature = "developer")]
    workos::PROVIDER,
    #[cfg(feature = "payments")]
    worldline::PROVIDER,
    #[cfg(feature = "payments")]
    worldpay::PROVIDER,
    #[cfg(feature = "messages")]
    x::PROVIDER,
    #[cfg(feature = "payments")]
    xendit::PROVIDER,
    #[cfg(feature = "business")]
    zendesk::PROVIDER,
    #[cfg(feature = "business")]
    zoom::PROVIDER,
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
    unknown::unknown(name, names())
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
            assert!(!unknown::is_on(feature), "{name} needs {feature}");
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

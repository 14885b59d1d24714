//! The senders: one module for each, with its scheme, its verifier and its events.
//!
//! To add one, write its file, add its two lines below, and put its vectors into `tests/vectors/`.

pub mod adyen;
pub mod adyen_platform;
pub mod airtable;
pub mod airwallex;
#[cfg(feature = "asymmetric")]
pub mod alipay;
pub mod anthropic;
#[cfg(feature = "published-keys")]
pub mod apple_appstore;
pub mod asana;
pub mod auth0;
pub mod authorize_net;
#[cfg(feature = "published-keys")]
pub mod aws_sns;
pub mod azure_devops;
pub mod bird;
pub mod bitbucket;
pub mod bitbucket_server;
pub mod r#box;
#[cfg(feature = "xml")]
pub mod braintree;
pub mod brex;
pub mod btcpay;
pub mod cal_com;
pub mod calendly;
pub mod cashfree;
pub mod chargebee;
pub mod checkout_com;
pub mod clerk;
pub mod cloudflare_notifications;
pub mod cloudflare_stream;
pub mod coinbase_cdp;
pub mod coinbase_commerce;
pub mod contentful;
pub mod customer_io;
pub mod cybersource;
pub mod deepgram;
#[cfg(feature = "asymmetric")]
pub mod discord;
pub mod dlocal;
pub mod docker_hub;
pub mod docusign;
pub mod doppler;
pub mod dotpay;
pub mod dropbox;
pub mod elevenlabs;
#[cfg(feature = "published-keys")]
pub mod fal;
pub mod figma;
pub mod flutterwave;
pub mod front;
pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod gocardless;
#[cfg(feature = "published-keys")]
pub mod google_play_rtdn;
#[cfg(feature = "published-keys")]
pub mod google_pubsub;
pub mod grafana;
pub mod hubspot;
pub mod intercom;
pub mod iyzico;
pub mod jira;
pub mod klarna;
pub mod klaviyo;
pub mod lemon_squeezy;
pub mod line;
pub mod linear;
pub mod livekit;
pub mod loops;
pub mod mailchimp_marketing;
pub mod mailgun;
pub mod mandrill;
pub mod mercado_pago;
pub mod meta;
pub mod midtrans;
pub mod mollie;
pub mod netlify;
pub mod notion;
pub mod nuvei;
pub mod okta;
pub mod opayo_server;
pub mod openai;
pub mod paddle;
pub mod pagbank;
pub mod pagerduty;
pub mod pandadoc;
#[cfg(feature = "published-keys")]
pub mod paypal;
pub mod paystack;
pub mod payu;
pub mod phonepe;
#[cfg(feature = "published-keys")]
pub mod plaid;
pub mod polar;
pub mod portone;
pub mod postmark;
pub mod rapyd;
pub mod razorpay;
pub mod recall;
pub mod recurly;
pub mod render;
pub mod replicate;
pub mod resend;
pub mod revenuecat;
pub mod revolut;
#[cfg(feature = "asymmetric")]
pub mod rfc9421;
pub mod sanity;
#[cfg(feature = "asymmetric")]
pub mod sendgrid;
pub mod sentry;
pub mod shopify;
pub mod sinch;
pub mod slack;
pub mod square;
pub mod standard_webhooks;
pub mod stripe;
pub mod supabase;
pub mod svix;
pub mod tabapay;
pub mod telegram;
#[cfg(feature = "asymmetric")]
pub mod telnyx;
pub mod toss;
pub mod trello;
#[cfg(feature = "published-keys")]
pub mod truelayer;
pub mod twilio;
pub mod twitch;
pub mod typeform;
pub mod vercel;
pub mod vonage;
pub mod webflow;
pub mod websub;
#[cfg(feature = "asymmetric")]
pub mod wechat_pay;
pub mod whop;
#[cfg(feature = "asymmetric")]
pub mod wise;
pub mod woocommerce;
pub mod workos;
pub mod worldline;
pub mod worldpay;
pub mod x;
pub mod xendit;
pub mod zendesk;
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
    adyen::PROVIDER,
    adyen_platform::PROVIDER,
    airtable::PROVIDER,
    airwallex::PROVIDER,
    #[cfg(feature = "asymmetric")]
    alipay::PROVIDER,
    anthropic::PROVIDER,
    #[cfg(feature = "published-keys")]
    apple_appstore::PROVIDER,
    asana::PROVIDER,
    auth0::PROVIDER,
    authorize_net::PROVIDER,
    #[cfg(feature = "published-keys")]
    aws_sns::PROVIDER,
    azure_devops::PROVIDER,
    bird::PROVIDER,
    bitbucket::PROVIDER,
    bitbucket_server::PROVIDER,
    r#box::PROVIDER,
    #[cfg(feature = "xml")]
    braintree::PROVIDER,
    brex::PROVIDER,
    btcpay::PROVIDER,
    cal_com::PROVIDER,
    calendly::PROVIDER,
    cashfree::PROVIDER,
    chargebee::PROVIDER,
    checkout_com::PROVIDER,
    clerk::PROVIDER,
    cloudflare_notifications::PROVIDER,
    cloudflare_stream::PROVIDER,
    coinbase_cdp::PROVIDER,
    coinbase_commerce::PROVIDER,
    contentful::PROVIDER,
    customer_io::PROVIDER,
    cybersource::PROVIDER,
    deepgram::PROVIDER,
    #[cfg(feature = "asymmetric")]
    discord::PROVIDER,
    dlocal::PROVIDER,
    docker_hub::PROVIDER,
    docusign::PROVIDER,
    doppler::PROVIDER,
    dotpay::PROVIDER,
    dropbox::PROVIDER,
    elevenlabs::PROVIDER,
    #[cfg(feature = "published-keys")]
    fal::PROVIDER,
    figma::PROVIDER,
    flutterwave::PROVIDER,
    front::PROVIDER,
    gitea::PROVIDER,
    github::PROVIDER,
    gitlab::PROVIDER,
    gocardless::PROVIDER,
    #[cfg(feature = "published-keys")]
    google_play_rtdn::PROVIDER,
    #[cfg(feature = "published-keys")]
    google_pubsub::PROVIDER,
    grafana::PROVIDER,
    hubspot::PROVIDER,
    intercom::PROVIDER,
    iyzico::PROVIDER,
    jira::PROVIDER,
    klarna::PROVIDER,
    klaviyo::PROVIDER,
    lemon_squeezy::PROVIDER,
    line::PROVIDER,
    linear::PROVIDER,
    livekit::PROVIDER,
    loops::PROVIDER,
    mailchimp_marketing::PROVIDER,
    mailgun::PROVIDER,
    mandrill::PROVIDER,
    mercado_pago::PROVIDER,
    meta::PROVIDER,
    midtrans::PROVIDER,
    mollie::PROVIDER,
    netlify::PROVIDER,
    notion::PROVIDER,
    nuvei::PROVIDER,
    okta::PROVIDER,
    opayo_server::PROVIDER,
    openai::PROVIDER,
    paddle::PROVIDER,
    pagbank::PROVIDER,
    pagerduty::PROVIDER,
    pandadoc::PROVIDER,
    #[cfg(feature = "published-keys")]
    paypal::PROVIDER,
    paystack::PROVIDER,
    payu::PROVIDER,
    phonepe::PROVIDER,
    #[cfg(feature = "published-keys")]
    plaid::PROVIDER,
    polar::PROVIDER,
    portone::PROVIDER,
    postmark::PROVIDER,
    rapyd::PROVIDER,
    razorpay::PROVIDER,
    recall::PROVIDER,
    recurly::PROVIDER,
    render::PROVIDER,
    replicate::PROVIDER,
    resend::PROVIDER,
    revenuecat::PROVIDER,
    revolut::PROVIDER,
    #[cfg(feature = "asymmetric")]
    rfc9421::PROVIDER,
    sanity::PROVIDER,
    #[cfg(feature = "asymmetric")]
    sendgrid::PROVIDER,
    sentry::PROVIDER,
    shopify::PROVIDER,
    sinch::PROVIDER,
    slack::PROVIDER,
    square::PROVIDER,
    standard_webhooks::PROVIDER,
    stripe::PROVIDER,
    supabase::PROVIDER,
    svix::PROVIDER,
    tabapay::PROVIDER,
    telegram::PROVIDER,
    #[cfg(feature = "asymmetric")]
    telnyx::PROVIDER,
    toss::PROVIDER,
    trello::PROVIDER,
    #[cfg(feature = "published-keys")]
    truelayer::PROVIDER,
    twilio::PROVIDER,
    twitch::PROVIDER,
    typeform::PROVIDER,
    vercel::PROVIDER,
    vonage::PROVIDER,
    webflow::PROVIDER,
    websub::PROVIDER,
    #[cfg(feature = "asymmetric")]
    wechat_pay::PROVIDER,
    whop::PROVIDER,
    #[cfg(feature = "asymmetric")]
    wise::PROVIDER,
    woocommerce::PROVIDER,
    workos::PROVIDER,
    worldline::PROVIDER,
    worldpay::PROVIDER,
    x::PROVIDER,
    xendit::PROVIDER,
    zendesk::PROVIDER,
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
            let is_on = match feature {
                "asymmetric" => cfg!(feature = "asymmetric"),
                "published-keys" => cfg!(feature = "published-keys"),
                "xml" => cfg!(feature = "xml"),
                other => panic!("{other} is no feature"),
            };
            assert!(!is_on, "{name}");
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

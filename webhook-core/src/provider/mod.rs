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
mod lookup;
mod macros;
mod registry;
mod unknown;

pub use about::{Group, Setting};
pub use describe::Description;
#[cfg(feature = "explain")]
pub(crate) use lookup::describe_briefly;
pub use lookup::{by_name, describe, names};
pub(crate) use lookup::{find, unknown};
#[cfg(feature = "testing")]
pub use lookup::{samples, signer};
pub(crate) use registry::Registered;

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

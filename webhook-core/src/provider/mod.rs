//! The senders: one module for each, with its scheme, its verifier and its events.
//!
//! To add one, write its file, name its module here and its row in `lookup.rs`, and put its vectors into `tests/vectors/`.

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

//! The samples, as `scripts/samples` has made them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use webhook_core::provider;

use super::Place;
use crate::terminal::Failure;

/// A request that a provider could send.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What happened, in the provider's words; `handshake` for a request of the set-up.
    pub kind: &'static str,
    /// What it means for a payment, if anything: the word of `PaymentStatus`.
    pub status: Option<&'static str>,
    /// The way of signing, where the provider has several and it is not the first: the name of a
    /// [`Sample`](webhook_core::testing::Sample) of webhook-core.
    pub sender: Option<&'static str>,
    /// Settings of the account without which the status is another one.
    pub settings: Map<String, Value>,
    /// Headers beside those of the signature.
    pub headers: BTreeMap<&'static str, &'static str>,
    /// Method and target of a request that nobody signs.
    pub unsigned: Option<(&'static str, &'static str)>,
    /// The body, as it is given to the signer.
    pub body: String,
}

/// Where a provider writes what a tool may want to change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Places {
    /// The id of the event, in the order in which they are looked at: see [`Place`].
    #[serde(borrow)]
    pub id: Vec<&'static str>,
    /// The kind; in several parts, with a point between them, where there are several places.
    pub kind: Vec<&'static str>,
    /// The signature, where it stands in the body or in the query.
    pub signature: Option<&'static str>,
    /// Times.
    #[serde(borrow)]
    pub times: Vec<&'static str>,
    /// Settings of the account that stand in the body too, and where.
    pub fill: BTreeMap<&'static str, Vec<&'static str>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    kind: &'a str,
    status: Option<&'a str>,
    sender: Option<&'a str>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(borrow, default)]
    headers: BTreeMap<&'a str, &'a str>,
    method: Option<&'a str>,
    target: Option<&'a str>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// The kinds of which there is a sample, the most usual one first.
#[must_use]
pub fn kinds(provider: &str) -> Vec<&'static str> {
    list(provider).iter().map(|sample| sample.kind).collect()
}

/// All samples of a provider.
#[must_use]
pub fn list(provider: &str) -> Vec<Sample> {
    let rows = rows_of(provider);
    rows.into_iter().map(Sample::of).collect()
}

/// The sample of this kind; without a kind, the most usual one.
///
/// # Errors
/// If there is no such provider, or no such sample: with the kinds that are written nearly so.
pub fn find(provider: &str, kind: Option<&str>) -> Result<Sample, Failure> {
    provider::describe(provider)?;
    let rows = rows_of(provider);
    let wanted = |row: &Row<'_>| match kind {
        Some(kind) => row.kind.eq_ignore_ascii_case(kind),
        None => true,
    };
    let exact = rows.iter().position(|row| Some(row.kind) == kind);
    let found = exact.or_else(|| rows.iter().position(wanted));
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind).collect();
    let found = found.and_then(|at| rows.into_iter().nth(at));
    found.map(Sample::of).ok_or_else(|| {
        let kind = kind.unwrap_or_default();
        Failure::usage(format!(
            "{provider}: no sample of the kind {kind:?}{}. `webhook-cli send {provider} --list` lists the kinds; --body FILE sends your own body",
            hint(kind, &kinds)
        ))
    })
}

/// Where this provider writes id, kind and times.
#[must_use]
pub fn places(provider: &str) -> &'static Places {
    static NONE: Places = Places::NONE;
    let read = |file: &'static File| {
        file.places
            .get_or_init(|| serde_json::from_str(file.text).unwrap_or_default())
    };
    file(provider).map_or(&NONE, read)
}

impl Places {
    const NONE: Self = Self {
        id: Vec::new(),
        kind: Vec::new(),
        signature: None,
        times: Vec::new(),
        fill: BTreeMap::new(),
    };

    /// Where the id stands in this body or beside it; where it would stand, if there is none.
    #[must_use]
    pub fn id_of(&self, body: &str) -> Option<Place<'static>> {
        let places = || self.id.iter().map(|place| Place::parse(place));
        let is_form = !body.trim_start().starts_with(['{', '[', '<']);
        let is_of_its_form = |place: &Place<'_>| match place {
            Place::Header(_) | Place::Query(_) => true,
            Place::Form(_) => is_form,
            Place::Json(_) => !is_form,
        };
        let there = places().find(|place| place.read_body(body).is_some());
        there.or_else(|| places().find(is_of_its_form))
    }
}

impl Sample {
    fn of(row: Row<'static>) -> Self {
        let raw = row.body.map_or("\"\"", RawValue::get);
        let body = match serde_json::from_str::<String>(raw) {
            Ok(text) => text,
            Err(_) => raw.to_owned(),
        };
        Self {
            kind: row.kind,
            status: row.status,
            sender: row.sender,
            settings: row.settings,
            headers: row.headers,
            unsigned: row.method.zip(row.target),
            body,
        }
    }
}

fn rows_of(provider: &str) -> Vec<Row<'static>> {
    let read = file(provider).and_then(|file| serde_json::from_str::<Samples>(file.text).ok());
    read.map_or_else(Vec::new, |file| file.samples)
}

#[derive(Deserialize)]
struct Samples {
    #[serde(borrow)]
    samples: Vec<Row<'static>>,
}

/// The samples of a provider, as text.
struct File {
    provider: &'static str,
    text: &'static str,
    /// Read once: they are asked for each request that is sent.
    places: OnceLock<Places>,
}

fn file(provider: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.provider == provider)
}

/// The kinds that are written nearly so: those that contain it, then those that differ in a few letters.
fn hint(kind: &str, kinds: &[&str]) -> String {
    let lower = kind.to_ascii_lowercase();
    let contains = |own: &&&str| !lower.is_empty() && own.to_ascii_lowercase().contains(&lower);
    let mut near: Vec<&str> = kinds.iter().filter(contains).copied().collect();
    if near.is_empty() {
        let mut far: Vec<(f64, &str)> = kinds
            .iter()
            .map(|own| {
                (
                    strsim::jaro_winkler(&own.to_ascii_lowercase(), &lower),
                    *own,
                )
            })
            .filter(|(likeness, _)| *likeness > 0.8)
            .collect();
        far.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        near = far.into_iter().map(|(_, own)| own).collect();
    }
    near.truncate(3);
    match near.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", near.join(", ")),
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(File {
            provider: $name,
            text: include_str!(concat!("../../samples/", $name, ".json")),
            places: OnceLock::new(),
        }),*]
    };
}

static FILES: [File; 134] = files![
    "adyen",
    "adyen-platform",
    "airtable",
    "airwallex",
    "alipay",
    "anthropic",
    "apple-appstore",
    "asana",
    "auth0",
    "authorize-net",
    "aws-sns",
    "azure-devops",
    "bird",
    "bitbucket",
    "bitbucket-server",
    "box",
    "braintree",
    "brex",
    "btcpay",
    "cal-com",
    "calendly",
    "cashfree",
    "chargebee",
    "checkout-com",
    "clerk",
    "cloudflare-notifications",
    "cloudflare-stream",
    "coinbase-cdp",
    "coinbase-commerce",
    "contentful",
    "customer-io",
    "cybersource",
    "deepgram",
    "discord",
    "dlocal",
    "docker-hub",
    "docusign",
    "doppler",
    "dotpay",
    "dropbox",
    "ebanx",
    "elevenlabs",
    "fal",
    "figma",
    "flutterwave",
    "front",
    "gitea",
    "github",
    "gitlab",
    "gocardless",
    "google-play-rtdn",
    "google-pubsub",
    "grafana",
    "hubspot",
    "intercom",
    "iyzico",
    "jira",
    "klarna",
    "klaviyo",
    "lemon-squeezy",
    "line",
    "linear",
    "livekit",
    "loops",
    "mailchimp-marketing",
    "mailgun",
    "mandrill",
    "mercado-pago",
    "meta",
    "midtrans",
    "mollie",
    "netlify",
    "notion",
    "nuvei",
    "okta",
    "opayo-server",
    "openai",
    "paddle",
    "pagbank",
    "pagerduty",
    "pandadoc",
    "paypal",
    "paystack",
    "payu",
    "phonepe",
    "plaid",
    "polar",
    "portone",
    "postmark",
    "rapyd",
    "razorpay",
    "recall",
    "recurly",
    "render",
    "replicate",
    "resend",
    "revenuecat",
    "revolut",
    "rfc9421",
    "sanity",
    "sendgrid",
    "sentry",
    "shopify",
    "sinch",
    "slack",
    "square",
    "standard-webhooks",
    "stripe",
    "supabase",
    "svix",
    "tabapay",
    "telegram",
    "telnyx",
    "toss",
    "trello",
    "truelayer",
    "twilio",
    "twitch",
    "typeform",
    "vercel",
    "vonage",
    "webflow",
    "websub",
    "wechat-pay",
    "whop",
    "wise",
    "woocommerce",
    "workos",
    "worldline",
    "worldpay",
    "x",
    "xendit",
    "zendesk",
    "zoom",
];

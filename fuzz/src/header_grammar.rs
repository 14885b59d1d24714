//! Any headers for any scheme: whatever they say, what is accepted is what was signed.

use std::sync::LazyLock;

use webhook_core::provider::{
    adyen_platform, airtable, airwallex, anthropic, asana, auth0, authorize_net, bird, bitbucket,
    bitbucket_server, brex, btcpay, cal_com, calendly, cashfree, checkout_com, clerk,
    cloudflare_notifications, cloudflare_stream, coinbase_commerce, customer_io, deepgram, discord,
    dlocal, docker_hub, docusign, doppler, dropbox, elevenlabs, fal, figma, flutterwave, front,
    github, gitlab, gocardless, intercom, jira, klarna, lemon_squeezy, line, linear, loops,
    mailchimp_marketing, mailgun, meta, mollie, notion, okta, openai, paddle, pagbank, pagerduty,
    pandadoc, paystack, polar, portone, rapyd, razorpay, recall, recurly, render, replicate,
    resend, revenuecat, revolut, sanity, sendgrid, sentry, shopify, sinch, slack, square,
    standard_webhooks, stripe, supabase, svix, tabapay, telegram, telnyx, toss, trello, twitch,
    typeform, vercel, webflow, websub, whop, woocommerce, workos, worldline, x, xendit, zendesk,
    zoom,
};
use webhook_core::scheme::Scheme;
use webhook_core::testing::{FixedClock, Sign, Signer};
use webhook_core::{Coverage, Delivery, Endpoint, Key};

use crate::Fared;
use crate::input::{Input, Output};
use crate::receive::in_pieces;
use webhook_testkit::{BODY, ID, NOW, Request, SECRETS, URL, receive};

const SCHEMES: &[Scheme] = &[
    adyen_platform::SCHEME,
    airtable::SCHEME,
    airwallex::SCHEME,
    anthropic::SCHEME,
    asana::SCHEME,
    auth0::SCHEME,
    authorize_net::SCHEME,
    bird::SCHEME,
    bitbucket::SCHEME,
    bitbucket_server::SCHEME,
    brex::SCHEME,
    btcpay::SCHEME,
    cal_com::SCHEME,
    calendly::SCHEME,
    cashfree::SCHEME,
    checkout_com::SCHEME,
    clerk::SCHEME,
    cloudflare_notifications::SCHEME,
    cloudflare_stream::SCHEME,
    coinbase_commerce::SCHEME,
    customer_io::SCHEME,
    deepgram::TOKEN_SCHEME,
    discord::EVENTS_SCHEME,
    discord::SCHEME,
    dlocal::SCHEME,
    docker_hub::SCHEME,
    docusign::SCHEME,
    doppler::SCHEME,
    dropbox::SCHEME,
    elevenlabs::SCHEME,
    fal::SCHEME,
    figma::SCHEME,
    flutterwave::SCHEME,
    flutterwave::SCHEME_V3,
    front::APPLICATION_SCHEME,
    front::RULE_SCHEME,
    github::SCHEME,
    gitlab::SCHEME,
    gitlab::TOKEN_SCHEME,
    gocardless::SCHEME,
    intercom::SCHEME,
    jira::SCHEME,
    klarna::SCHEME,
    lemon_squeezy::SCHEME,
    line::SCHEME,
    linear::SCHEME,
    loops::SCHEME,
    mailchimp_marketing::SCHEME,
    mailgun::SCHEME,
    meta::SCHEME,
    mollie::SCHEME,
    notion::SCHEME,
    okta::SCHEME,
    openai::SCHEME,
    paddle::SCHEME,
    pagbank::SCHEME,
    pagerduty::SCHEME,
    pandadoc::SCHEME,
    paystack::SCHEME,
    polar::SCHEME,
    portone::SCHEME,
    rapyd::SCHEME,
    razorpay::SCHEME,
    recall::SCHEME,
    recurly::SCHEME,
    render::SCHEME,
    replicate::SCHEME,
    resend::SCHEME,
    revenuecat::AUTHORIZATION_SCHEME,
    revenuecat::SCHEME,
    revolut::SCHEME,
    sanity::SCHEME,
    sendgrid::SCHEME,
    sentry::SCHEME,
    shopify::EVENTS_SCHEME,
    shopify::SCHEME,
    sinch::APPLICATION_SCHEME,
    sinch::CONVERSATION_SCHEME,
    sinch::NUMBERS_SCHEME,
    slack::SCHEME,
    square::SCHEME,
    standard_webhooks::ASYMMETRIC_SCHEME,
    standard_webhooks::SCHEME,
    stripe::SCHEME,
    supabase::SCHEME,
    svix::SCHEME,
    tabapay::SCHEME,
    telegram::SCHEME,
    telnyx::SCHEME,
    toss::SCHEME,
    trello::SCHEME,
    twitch::SCHEME,
    typeform::SCHEME,
    vercel::SCHEME,
    webflow::SCHEME,
    websub::SCHEME,
    whop::SCHEME,
    woocommerce::SCHEME,
    workos::SCHEME,
    worldline::SCHEME,
    x::SCHEME,
    xendit::SCHEME,
    zendesk::SCHEME,
    zoom::SCHEME,
];

/// Private and public keys as senders write them: of Ed25519 the first pair of RFC 8032, 7.1, and one of P-256.
const PAIRS: [[&str; 2]; 4] = [
    [SEED, "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
    [SEED, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    ],
    [
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx+hRANCAARr+F1f6EWYsQymGZ7AnM19NdzXGV/dHcdzegxnAG7yUblS8l7sHe7R/KGRg4mQRmNX0xSt+36XYLjZr8jzmpWt",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa/hdX+hFmLEMphmewJzNfTXc1xlf3R3Hc3oMZwBu8lG5UvJe7B3u0fyhkYOJkEZjV9MUrft+l2C42a/I85qVrQ==",
    ],
];
const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

/// For senders that name the key that they have signed with.
const KEY_ID: &str = "7";

struct Account {
    secret: String,
    endpoint: Endpoint,
    genuine: Request,
    delivery: Delivery,
}

static ACCOUNTS: LazyLock<Vec<Account>> =
    LazyLock::new(|| SCHEMES.iter().map(|scheme| account(*scheme)).collect());

/// For who signs a token in the body, and nothing else of it.
const TOKEN: &[u8] =
    br#"{"signature":{"token":"28446be05eb30b53d242fc423d60cdab8bef78bb672de172a2"}}"#;

/// With the first secret that the scheme takes.
fn account(scheme: Scheme) -> Account {
    // Of Standard Webhooks as bare base64, and as Supabase writes it.
    let bare = SECRETS.whsec[0].trim_start_matches("whsec_");
    let versioned = format!("v1,{}", SECRETS.whsec[0]);
    let shared = [
        SECRETS.whsec[0],
        SECRETS.hex[0],
        SECRETS.text[0],
        bare,
        &versioned,
    ];
    let pairs = PAIRS.into_iter().chain(shared.map(|one| [one; 2]));
    let mut genuine = pairs.filter_map(|[secret, key]| {
        let verifier = scheme.verifier(Key::new(key).ok()?.named(KEY_ID)).ok()?;
        let set = verifier.clone().setting("access_key", "rak_for_tests");
        let verifier = set.unwrap_or(verifier);
        let verifier = verifier.clone().public_url(URL).unwrap_or(verifier);
        let named = verifier.clone().header_name("signature");
        let verifier = named.unwrap_or(verifier);
        let signer = Signer::new(scheme, secret).ok()?.id(ID).kind("order.paid");
        let signer = signer.public_url(URL).header_name("signature");
        let signer = signer.key_id(KEY_ID).setting("access_key", "rak_for_tests");
        let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
        let signed = signer.sign(BODY, NOW);
        let genuine: Request = signed.or_else(|_| signer.sign(TOKEN, NOW)).ok()?.into();
        let delivery = receive(&endpoint, &genuine).ok()?;
        Some(Account {
            secret: secret.to_owned(),
            endpoint,
            genuine,
            delivery,
        })
    });
    genuine
        .next()
        .unwrap_or_else(|| panic!("no secret for {}", scheme.name()))
}

/// Scheme, then for each header what becomes of it, then the body and how it is cut.
pub fn run(data: &[u8]) -> Fared {
    let mut input = Input::new(data);
    let account = input.choice(&ACCOUNTS);
    let mut request = account.genuine.clone();
    request.headers = account
        .genuine
        .headers
        .iter()
        .flat_map(|(name, value)| lines(name, value, &mut input))
        .collect();
    if input.byte() % 2 == 1 {
        request.body = input.piece().to_vec().into();
    }
    match in_pieces(&account.endpoint, &request, &mut input) {
        Ok(delivery) => {
            account.require_signed(&delivery, &request);
            Fared::Accepted
        }
        Err(_) => Fared::Refused,
    }
}

/// What the input makes of a header line.
fn lines(name: &str, value: &[u8], input: &mut Input<'_>) -> Vec<(String, Vec<u8>)> {
    let line = |value: &[u8]| (name.to_owned(), value.to_vec());
    match input.byte() % 6 {
        0 => vec![line(value)],
        1 => vec![line(input.piece())],
        2 => vec![line(value), line(input.piece())],
        3 => vec![line(&[input.piece(), value].concat())],
        4 => vec![line(&[value, input.piece()].concat())],
        _ => Vec::new(),
    }
}

impl Account {
    fn require_signed(&self, delivery: &Delivery, request: &Request) {
        let genuine = &self.delivery;
        assert_eq!(delivery.sent_at(), genuine.sent_at());
        if delivery.coverage() == Coverage::SenderOnly {
            return self.require_shown(request);
        }
        if delivery.coverage() == Coverage::Fields {
            assert_eq!(delivery.id(), genuine.id());
            return;
        }
        let whole = [Coverage::Body, Coverage::BodyHash];
        assert!(whole.contains(&delivery.coverage()));
        assert_eq!(delivery.body(), genuine.body());
        if delivery.id().is_some() {
            assert_eq!(delivery.id(), genuine.id());
        }
        if delivery.kind().is_some() {
            assert_eq!(delivery.kind(), genuine.kind());
        }
    }

    /// Where the sender shows its secret, the request still does.
    fn require_shown(&self, request: &Request) {
        let secret = self.secret.as_bytes();
        let shows = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
        let in_headers = request.headers.iter().any(|(_, value)| shows(value));
        let (_, query) = request.target.split_once('?').unwrap_or_default();
        let mut values = form_urlencoded::parse(query.as_bytes());
        let in_head = in_headers || values.any(|(_, value)| shows(value.as_bytes()));
        assert!(in_head || shows(&request.body), "no secret was shown");
    }
}

/// Each scheme's genuine request with its headers once, twice, and not at all, and with its body written out.
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |(index, account): (usize, &Account)| {
        let headers = &account.genuine.headers;
        let start = || Output::default().number(index);
        let replaced = headers
            .iter()
            .fold(start(), |output, (_, value)| output.byte(1).piece(value));
        let doubled = headers
            .iter()
            .fold(start(), |output, (_, value)| output.byte(2).piece(value));
        let absent = headers.iter().fold(start(), |output, _| output.byte(5));
        let kept = headers.iter().fold(start(), |output, _| output.byte(0));
        [
            replaced.byte(0).rest(b"\x02\x01\x00\x05\x00"),
            doubled.byte(0).rest(b""),
            absent.byte(0).rest(b""),
            kept.byte(1).piece(BODY).rest(b"\x01\x07\x00"),
        ]
    };
    ACCOUNTS.iter().enumerate().flat_map(seed).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::SCHEMES;

    #[test]
    fn every_public_scheme_is_among_them() {
        let providers = concat!(env!("CARGO_MANIFEST_DIR"), "/../webhook-core/src/provider");
        assert_eq!(public_schemes(Path::new(providers)), SCHEMES.len());
    }

    fn public_schemes(place: &Path) -> usize {
        if place.is_dir() {
            let entries = std::fs::read_dir(place).unwrap();
            return entries
                .map(|entry| public_schemes(&entry.unwrap().path()))
                .sum();
        }
        let source = String::from_utf8_lossy(&std::fs::read(place).unwrap()).into_owned();
        let is_scheme = |line: &&str| line.starts_with("pub const ") && line.contains(": Scheme =");
        source.lines().filter(is_scheme).count()
    }
}

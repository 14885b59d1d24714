//! What a provider's signer signs, its verifier accepts, and nobody else's.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use webhook_core::provider::{github, shopify, slack, square, standard_webhooks, svix};
use webhook_core::scheme::Scheme;
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{
    Delivery, Endpoint, Opened, Outcome, Rejection, RequestHead, UnixTime, Verifier,
};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const BODY: &[u8] = br#"{"type":"order.paid","event_id":"evt_1"}"#;
const URL: &str = "https://shop.example/hooks/square";

/// A scheme, what the sender signs with, and two receivers: one that knows its key and one that has another.
struct Row {
    scheme: Scheme,
    secret: &'static str,
    receiver: Arc<dyn Verifier>,
    stranger: Arc<dyn Verifier>,
    id: &'static str,
}

/// From a pair of constructor calls: with the key and with another one.
fn row<V: Verifier + 'static, E: std::fmt::Debug>(
    scheme: Scheme,
    keys: [&'static str; 2],
    make: impl Fn(&'static str) -> Result<V, E>,
    id: &'static str,
) -> Row {
    let [secret, other] = keys;
    Row {
        scheme,
        secret,
        receiver: Arc::new(make(secret).unwrap()),
        stranger: Arc::new(make(other).unwrap()),
        id,
    }
}

fn rows() -> Vec<Row> {
    const TEXTS: [&str; 2] = ["secret", "another"];
    const WHSEC: [&str; 2] = [
        "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=",
        "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=",
    ];
    let square_at_url = |key| square::Square::new(key, URL);
    vec![
        row(github::SCHEME, TEXTS, github::GitHub::new, "1"),
        row(shopify::SCHEME, TEXTS, shopify::Shopify::new, "1"),
        row(shopify::EVENTS_SCHEME, TEXTS, shopify::Shopify::events, "1"),
        row(slack::SCHEME, TEXTS, slack::Slack::new, "evt_1"),
        row(square::SCHEME, TEXTS, square_at_url, "evt_1"),
        row(
            standard_webhooks::SCHEME,
            WHSEC,
            standard_webhooks::StandardWebhooks::new,
            "1",
        ),
        row(svix::SCHEME, WHSEC, svix::Svix::new, "1"),
        #[cfg(feature = "asymmetric")]
        asymmetric_row(),
    ]
}

/// The first two key pairs of RFC 8032, 7.1.
#[cfg(feature = "asymmetric")]
fn asymmetric_row() -> Row {
    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    const PUBLIC: [&str; 2] = [
        "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
    ];
    let make = standard_webhooks::StandardWebhooks::with_public_keys;
    Row {
        secret: SEED,
        ..row(standard_webhooks::ASYMMETRIC_SCHEME, PUBLIC, make, "1")
    }
}

fn sign(row: &Row) -> SignedRequest {
    let signer = Signer::new(row.scheme, row.secret).unwrap();
    signer.id("1").public_url(URL).sign(BODY, NOW).unwrap()
}

fn receive(verifier: Arc<dyn Verifier>, request: &SignedRequest) -> Result<Delivery, Rejection> {
    let endpoint = Endpoint::new(verifier).clock(FixedClock::at(NOW));
    let head = RequestHead::new(&request.method, &request.target, &request.headers);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let Opened::Intake(mut intake) = runtime.block_on(endpoint.open(&head))? else {
        panic!("answered by the library");
    };
    intake.push(request.body.clone())?;
    match runtime.block_on(intake.finish())? {
        Outcome::Delivery(delivery) => Ok(delivery),
        Outcome::Reply(_) => panic!("answered by the library"),
    }
}

#[test]
fn a_verifier_accepts_what_its_signer_signs() {
    for row in rows() {
        let delivery = receive(row.receiver.clone(), &sign(&row)).unwrap();
        assert_eq!(delivery.provider(), row.scheme.name());
        assert_eq!(delivery.id(), Some(row.id), "{}", row.scheme.name());
        assert_eq!(delivery.body(), BODY);
    }
}

#[test]
fn the_signature_of_another_key_is_bad() {
    for row in rows() {
        let rejection = receive(row.stranger.clone(), &sign(&row)).unwrap_err();
        assert_eq!(rejection.code(), "bad_signature", "{}", row.scheme.name());
    }
}

#[test]
fn the_signature_of_another_body_is_bad() {
    for row in rows() {
        let forged = sign(&row).with_body(&b"{}"[..]);
        let rejection = receive(row.receiver.clone(), &forged).unwrap_err();
        assert_eq!(rejection.code(), "bad_signature", "{}", row.scheme.name());
    }
}

#[test]
fn the_signature_for_another_url_is_bad() {
    let signer = Signer::new(square::SCHEME, "secret").unwrap();
    for url in [
        "https://shop.example/hooks/square/",
        "http://shop.example/hooks/square",
        "https://SHOP.example/hooks/square",
        "https://shop.example/hooks/square?",
    ] {
        let request = signer.clone().public_url(url).sign(BODY, NOW).unwrap();
        let receiver = square::Square::new("secret", URL).unwrap();
        let rejection = receive(Arc::new(receiver), &request).unwrap_err();
        assert_eq!(rejection.code(), "bad_signature", "{url}");
    }
}

/// The bytes of a public key are no secret: whoever could have them taken for one could sign.
#[test]
#[cfg(feature = "asymmetric")]
fn an_entry_is_only_checked_by_keys_of_its_own_version() {
    const PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let mac = Signer::new(standard_webhooks::SCHEME, PUBLIC).unwrap();
    let forged = mac.sign(BODY, NOW).unwrap();
    let verifier = standard_webhooks::StandardWebhooks::with_public_keys(PUBLIC).unwrap();
    let rejection = receive(Arc::new(verifier), &forged).unwrap_err();
    assert_eq!(rejection.code(), "malformed");

    let relabelled = forged
        .header("webhook-signature")
        .unwrap()
        .replace("v1,", "v1a,");
    let relabelled = forged.with_header("webhook-signature", relabelled);
    let verifier = standard_webhooks::StandardWebhooks::with_public_keys(PUBLIC).unwrap();
    let rejection = receive(Arc::new(verifier), &relabelled).unwrap_err();
    assert_eq!(rejection.code(), "bad_signature");

    let genuine = sign(&asymmetric_row());
    let verifier = standard_webhooks::StandardWebhooks::new(PUBLIC).unwrap();
    let rejection = receive(Arc::new(verifier), &genuine).unwrap_err();
    assert_eq!(rejection.code(), "missing_signature");
}

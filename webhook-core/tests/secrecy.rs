//! Nothing secret is ever shown: not in logs at the finest level, not in `Debug`, `Display`, errors or answers.
#![cfg(all(feature = "testing", feature = "asymmetric", feature = "tracing"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::{Debug, Display, Write};
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde_json::json;
use webhook_core::payment::PaymentUpdates;
use webhook_core::provider::{
    self, github, shopify, slack, square, standard_webhooks, stripe, svix,
};
use webhook_core::testing::SampleKeys;
use webhook_core::{
    Answer, Delivery, Endpoint, FromDelivery, IntoKeyring, JsonEvent, Key, RawJson, RequestHead,
    Secret, Settings, Verifier, resolver,
};
use webhook_testkit::log::Log;
use webhook_testkit::{
    Account, CARD, Code, NOW, Request, SECRETS, Sender, accounts_with, at_once, outcome_in,
    receive, received_by, senders, senders_with,
};

/// 32 bytes, so that it can be the seed of a key pair too.
const SECRET: &str = "whsec_canary-secret-0123456789ab";

/// All that was logged.
static LOG: Mutex<String> = Mutex::new(String::new());

#[test]
fn nothing_secret_is_shown_whatever_happens() {
    let log = Log(|_: &str, line: &str| writeln!(LOG.lock().unwrap(), "{line}").unwrap());
    // For the whole process: what other tests log in the meantime must hold nothing secret either.
    tracing::subscriber::set_global_default(log).unwrap();
    let secrets = canary_secrets();
    for sender in senders_with(&secrets) {
        let request = sender.sign(&body());
        let mut shown = Shown::default();
        show_requests(&mut shown, &sender, &request);
        show_set_up(&mut shown, &sender);
        for text in [&shown.0, &*LOG.lock().unwrap()] {
            assert_no_line_holds(text, &canaries(&sender, &request), sender.name);
        }
    }
    for account in accounts_with(&secrets) {
        let request = account.sign(&body());
        let mut shown = Shown::default();
        show_scheme(&mut shown, &account, &request);
        for text in [&shown.0, &*LOG.lock().unwrap()] {
            assert_no_line_holds(text, &canaries(&account, &request), account.name);
        }
    }
    let log = LOG.lock().unwrap();
    for line in ["request accepted", "request refused", "event not decoded"] {
        assert!(log.contains(line), "`{line}` was not logged");
    }
}

#[test]
fn the_answer_to_a_handshake_does_not_show_what_it_echoes() {
    let account = webhook_testkit::accounts_of("slack").remove(0);
    let body = json!({"type": "url_verification", "challenge": CARD}).to_string();
    let request = account.sign(body.as_bytes());
    let received = outcome_in(&account.endpoint(), &request, vec![request.body.clone()]);
    let Err(Answer::Reply(reply)) = &received else {
        panic!("not a handshake");
    };
    assert_eq!(reply.body(), CARD);
    let mut shown = Shown::default();
    shown.debug(&received);
    assert!(
        shown.0.contains("Reply") && !shown.0.contains("canary"),
        "{}",
        shown.0
    );
}

fn assert_no_line_holds(text: &str, canaries: &[String], name: &str) {
    for line in text.lines() {
        for canary in canaries {
            assert!(
                !line.contains(canary.as_str()),
                "{name}: {canary} in {line}"
            );
        }
    }
}

#[test]
fn errors_of_the_configuration_do_not_show_what_was_configured() {
    let mut shown = Shown::default();
    for text in [
        format!("{SECRET}\n"),
        format!(" {SECRET}"),
        format!("whsec_{SECRET}!"),
        format!("sk_live_{SECRET}"),
    ] {
        shown.error(Secret::new(text.as_str()));
        shown.error(Key::new(text.as_str()));
        shown.error([SECRET, text.as_str()].into_keyring());
        shown.error(stripe::Stripe::new(text.as_str()));
        shown.error(standard_webhooks::StandardWebhooks::new(text.as_str()));
        shown.error(standard_webhooks::StandardWebhooks::with_public_keys(
            text.as_str(),
        ));
        shown.error(square::Square::new(SECRET, text.as_str()));
        shown.error(stripe::SCHEME.verifier(SECRET).unwrap().header_name(&text));
        shown.error(provider::by_name(
            "stripe",
            &Settings::new(json!({"secrets": text})).unwrap(),
        ));
    }
    for settings in [
        json!({"secrets": {"text": SECRET}}),
        json!({"secrets": [SECRET, 7]}),
        json!({"public_keys": [SECRET]}),
        json!({"secrets": SECRET, "public_keys": SECRET}),
        json!({"secrets": SECRET, "tolerance_seconds": SECRET}),
        json!({"secrets": SECRET, "public_url": SECRET}),
        json!({"secrets": SECRET, "auth_header": format!("{SECRET} {SECRET}")}),
        json!({"secrets": SECRET, "verify_token": format!("{SECRET} ")}),
        json!({"secrets": SECRET, "mode": SECRET}),
    ] {
        let settings = Settings::new(settings).unwrap();
        shown.debug(&settings);
        for name in provider::names() {
            match provider::by_name(name, &settings) {
                Ok(verifier) => shown.debug(&verifier),
                Err(error) => shown.both(&error),
            }
        }
    }
    for sender in senders() {
        for name in sender.keys.iter().chain(sender.needed) {
            for value in [
                json!({"text": [SECRET]}),
                json!({"text": SECRET}),
                json!([SECRET, 7]),
                json!(SECRET),
            ] {
                match sender.made_of(&sender.settings_with(name, value)) {
                    Ok(_) => {}
                    Err(error) => shown.both(&error),
                }
            }
        }
    }
    shown.error(Settings::new(json!([SECRET])));
    assert!(shown.0.contains("InvalidSetting"));
    assert!(!shown.0.contains("canary"), "{}", shown.0);
}

#[test]
fn typed_objects_do_not_show_what_is_in_them() {
    let mut shown = Shown::default();
    for object in [
        "charge",
        "checkout.session",
        "dispute",
        "invoice",
        "payment_intent",
        "refund",
        "subscription",
        "something else",
    ] {
        let event = json!({"id": "evt_1", "type": "t", "request": {"id": "req_1", "idempotency_key": CARD},
        "data": {"previous_attributes": {"description": CARD}, "object": {
            "id": "obj_1", "object": object, "description": CARD, "metadata": {"card": CARD},
            "client_secret": CARD, "customer_email": CARD, "receipt_email": CARD, "reason": CARD,
            "client_reference_id": CARD, "url": CARD, "hosted_invoice_url": CARD,
            "failure_message": CARD, "last_payment_error": {"code": "c", "message": CARD},
            "items": {"data": [{"id": "si_1", "price": {"id": "price_1", "product": CARD}}]},
            "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"card": CARD}}},
        }}});
        let account = webhook_testkit::accounts_of("stripe").remove(0);
        let request = account.sign(event.to_string().as_bytes());
        let delivery = receive(&account.endpoint(), &request).unwrap();
        let event: stripe::Event = delivery.decode().unwrap();
        shown.debug(&event);
        shown.debug(&event.data);
        shown.debug(&event.request);
        let object = event.object().unwrap();
        shown.debug(&object);
        match object {
            stripe::Object::Subscription(subscription) => {
                let item = &subscription.items[0];
                shown.debug(item);
                shown.debug(item.price.as_ref().unwrap());
            }
            stripe::Object::Invoice(invoice) => {
                let parent = invoice.parent.unwrap();
                shown.debug(&parent);
                shown.debug(&parent.subscription_details.unwrap());
            }
            stripe::Object::PaymentIntent(intent) => {
                shown.debug(&intent.last_payment_error.unwrap())
            }
            _ => {}
        }
    }
    assert!(shown.0.contains("obj_1") && shown.0.contains("req_1"));
    assert!(!shown.0.contains("canary"), "{}", shown.0);
}

/// Shared secrets that are easy to find. Of pairs of keys, the private one is looked for as it is written.
fn canary_secrets() -> SampleKeys {
    let base64 = Base64::encode_string(SECRET.as_bytes());
    let [_, other_text] = SECRETS.text;
    let [_, other_hex] = SECRETS.hex;
    let [_, other_base64] = SECRETS.base64;
    let [_, other_whsec] = SECRETS.whsec;
    SampleKeys {
        text: [SECRET, other_text],
        hex: [const_hex::encode(SECRET).leak(), other_hex],
        whsec: [format!("whsec_{base64}").leak(), other_whsec],
        base64: [base64.leak(), other_base64],
    }
}

fn body() -> Vec<u8> {
    let body = json!({"id": "evt_1", "event_id": "evt_1", "type": "order.paid", "merchant_id": "m",
        "data": {"id": "o", "type": "order", "object": {"id": "o", "card": CARD, "amount": CARD}},
        "event": {"type": "message", "text": CARD}, "repository": {"full_name": "o/r", "card": CARD},
        "card": CARD});
    body.to_string().into_bytes()
}

/// The secrets, the code and the card's number, in all their forms.
fn canaries(sender: &Sender, request: &Request) -> Vec<String> {
    let signature = std::str::from_utf8(sender.signature(request)).unwrap();
    let [_, code, _] = sender.parts(signature);
    let bytes = match sender.code {
        Code::Hex => const_hex::decode(code).unwrap(),
        Code::Base64 | Code::HexInBase64 => Base64::decode_vec(code).unwrap(),
        Code::Base64Url => Base64UrlUnpadded::decode_vec(code).unwrap(),
        Code::Token | Code::Text => code.as_bytes().to_vec(),
    };
    let mut canaries = vec![
        "canary".to_owned(),
        const_hex::encode(SECRET),
        Base64::encode_string(SECRET.as_bytes())
            .trim_end_matches('=')
            .to_owned(),
        format!("{:?}", SECRET.as_bytes()),
        code.to_owned(),
        const_hex::encode(&bytes),
        format!("{bytes:?}"),
        format!("{:?}", request.body.as_ref()),
    ];
    canaries.extend(sender.secrets.iter().cloned());
    canaries
}

/// Everything that requests lead to: accepted, refused for each reason, decoded, not decoded.
fn show_requests(shown: &mut Shown, sender: &Sender, genuine: &Request) {
    let mut endpoints = vec![
        sender.endpoint().name("shop").body_limit(64 * 1024),
        sender.stranger(),
    ];
    if let Some(keyed) = &sender.keyed {
        let expired = Key::new(keyed.own.as_str()).unwrap().valid(NOW..NOW);
        endpoints.push(sender.with_keys(expired));
    }
    show_answers(shown, sender, &endpoints, genuine);
    let head = RequestHead::new(&genuine.method, &genuine.target, &genuine.headers);
    let mut verification = at_once(sender.endpoint().begin(&head)).unwrap();
    shown.debug(&verification);
    verification.update(genuine.body.clone()).unwrap();
    shown.debug(&verification);
}

fn show_answers(shown: &mut Shown, sender: &Sender, endpoints: &[Endpoint], genuine: &Request) {
    for endpoint in endpoints {
        shown.debug(endpoint);
        for request in requests(sender, genuine) {
            let head = RequestHead::new(&request.method, &request.target, &request.headers);
            shown.debug(&head);
            match outcome_in(endpoint, &request, vec![request.body.clone()]) {
                Ok(delivery) => {
                    shown.debug(&delivery);
                    show_delivery(shown, &delivery);
                }
                Err(Answer::Reply(reply)) => shown.debug(&reply),
                Err(answer) => {
                    shown.both(&answer);
                    shown.debug(&answer.body());
                    shown.debug(&answer.headers().collect::<Vec<_>>());
                }
            }
        }
    }
}

fn requests(sender: &Sender, genuine: &Request) -> Vec<Request> {
    let signature = std::str::from_utf8(sender.signature(genuine))
        .unwrap()
        .to_owned();
    let signed = |signature: String| sender.with_signature(genuine, signature);
    let get = Request {
        method: "GET".to_owned(),
        ..genuine.clone()
    };
    let mut requests = vec![
        genuine.clone(),
        get,
        signed(String::new()),
        signed(format!("{SECRET}{signature}")),
        signed(format!("x{signature}")),
        signed(signature.repeat(100)),
        genuine
            .clone()
            .with_body(format!("{{\"card\":\"{CARD}\"}}")),
        genuine.clone().with_body(CARD.repeat(10_000)),
        genuine.clone().and("content-length", "100000000"),
        genuine.clone().and("content-length", "60000"),
        genuine.clone().and("content-length", CARD),
        sender.sign_at(&body(), NOW.plus_secs(-1000)),
        sender.sign_at(&body(), NOW.plus_secs(1000)),
        sender.sign(format!("{{\"id\":\"1\",\"type\":\"t\",\"card\":\"{CARD}").as_bytes()),
        sender.sign(format!("[\"{CARD}\"]").as_bytes()),
        sender.sign(CARD.as_bytes()),
    ];
    for header in sender.signed.iter().copied() {
        requests.push(genuine.clone().with(header, format!("{CARD}\u{e9}")));
    }
    requests
}

/// What an application may print of a delivery, and every way to read it.
fn show_delivery(shown: &mut Shown, delivery: &Delivery) {
    shown.debug(delivery);
    shown.debug(&delivery.key());
    shown.debug(&(
        delivery.id(),
        delivery.unverified_id(),
        delivery.kind(),
        delivery.unverified_kind(),
        delivery.sent_at(),
        delivery.coverage(),
    ));
    show_as::<github::Event>(shown, delivery);
    show_as::<shopify::Event>(shown, delivery);
    show_as::<slack::Event>(shown, delivery);
    show_as::<square::Event>(shown, delivery);
    show_as::<standard_webhooks::Event>(shown, delivery);
    show_as::<svix::Event>(shown, delivery);
    show_as::<stripe::AnyEvent>(shown, delivery);
    show_as::<stripe::Event>(shown, delivery);
    show_as::<stripe::ThinEvent>(shown, delivery);
    show_as::<PaymentUpdates>(shown, delivery);
    #[cfg(feature = "published-keys")]
    show_as::<provider::apple_appstore::Notification>(shown, delivery);
    #[cfg(feature = "xml")]
    show_as::<provider::braintree::Notification>(shown, delivery);
    if let Err(error) = delivery.decode::<JsonEvent<Order>>() {
        shown.both(&error);
        shown.both(&error.problem());
    }
    if let Ok(event) = delivery.decode::<stripe::Event>() {
        shown.debug(&event.object());
        shown.debug(&event.decode::<Object>().map(drop));
    }
    if let Ok(text) = std::str::from_utf8(delivery.body()) {
        shown.debug(&RawJson::new(text));
    }
}

fn show_as<E: FromDelivery + Debug>(shown: &mut Shown, delivery: &Delivery) {
    match delivery.decode::<E>() {
        Ok(event) => shown.debug(&event),
        Err(error) => shown.both(&error),
    }
}

/// A number where the body has the card's number.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only its type matters")]
struct Order {
    card: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only its type matters")]
struct Object {
    amount: u64,
}

/// What is made before any request comes.
fn show_set_up(shown: &mut Shown, sender: &Sender) {
    sender.shown.lines().for_each(|line| shown.push(line));
    shown.debug(&sender.made_of(&sender.settings).unwrap());
    shown.debug(&Settings::new(sender.settings.clone()).unwrap());
    shown.debug(&sender.signer.sign(sender.body(&body()), NOW).unwrap());
    if let Some(keyed) = &sender.keyed {
        let key = Key::new(keyed.own.as_str()).unwrap().named("2026-08");
        shown.debug(&Secret::new(keyed.own.as_str()).unwrap());
        shown.debug(&key);
        let keyring = key.into_keyring().unwrap();
        shown.debug(&keyring);
        shown.debug(&(keyed.make)(keyring).unwrap());
    }
}

/// What is to be seen of a scheme alone.
fn show_scheme(shown: &mut Shown, account: &Account, genuine: &Request) {
    let decoys = account.decoys().into_iter();
    let decoys: Vec<Endpoint> = decoys.map(received_by).collect();
    show_answers(shown, account, &decoys, genuine);
    let verifier = account.verifier(account.key);
    let head = RequestHead::new(&genuine.method, &genuine.target, &genuine.headers);
    shown.debug(&verifier.begin(&head, NOW).unwrap());
    shown.debug(&verifier);
    shown.debug(&account.scheme);
    shown.debug(&account.signer());
    shown.debug(&Endpoint::new(resolver::from_fn(move |_| {
        let found: Arc<dyn Verifier> = Arc::new(verifier.clone());
        async move { Ok(found) }
    })));
}

/// All that was printed.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn debug(&mut self, value: &(impl Debug + ?Sized)) {
        self.push(&format!("{value:?}"));
        self.push(&format!("{value:#?}"));
    }

    fn both(&mut self, value: &(impl Debug + Display + ?Sized)) {
        self.debug(value);
        self.push(&value.to_string());
    }

    /// What hides everything would hide its fault too.
    fn push(&mut self, text: &str) {
        assert!(!text.is_empty(), "it shows nothing at all");
        writeln!(self.0, "{text}").unwrap();
    }

    fn error<T: Debug>(&mut self, made: Result<T, webhook_core::ConfigError>) {
        match made {
            Ok(value) => self.debug(&value),
            Err(error) => self.both(&error),
        }
    }
}

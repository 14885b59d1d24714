//! What an event is told from others by.

use std::collections::HashSet;

use webhook_core::dedupe::{Dedupe, DedupeKey};
use webhook_core::provider::github::{self, GitHub};
use webhook_core::provider::shopify::{self, Shopify};
use webhook_core::provider::standard_webhooks::{self, StandardWebhooks};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Endpoint, Variants};

use crate::double::Double;
use crate::support::{EVENT, NOW, SECRET, accepted, endpoint, signed, stripe};

async fn key(endpoint: &Endpoint, request: SignedRequest) -> DedupeKey {
    DedupeKey::of(&accepted(endpoint, request).await)
}

async fn stripe_key(body: impl AsRef<[u8]>) -> DedupeKey {
    key(&stripe(), signed(body)).await
}

fn assert_apart(keys: &[DedupeKey]) {
    let apart: HashSet<_> = keys.iter().collect();
    assert_eq!(apart.len(), keys.len(), "{keys:?}");
}

const GITHUB_BODY: &str = r#"{"action":"opened"}"#;

fn github_request(id: &str, body: &str) -> SignedRequest {
    let signer = Signer::new(github::SCHEME, "a secret").unwrap().id(id);
    signer.sign(body.as_bytes(), NOW).unwrap()
}

fn github_endpoint() -> Endpoint {
    endpoint(GitHub::new("a secret").unwrap())
}

const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn standard_request(id: &str, body: &str) -> SignedRequest {
    let signer = Signer::new(standard_webhooks::SCHEME, STANDARD_SECRET).unwrap();
    signer.id(id).sign(body.as_bytes(), NOW).unwrap()
}

#[tokio::test]
async fn an_event_sent_again_is_the_same_one() {
    let later = NOW.plus_secs(60);
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    // Signed anew, and rendered anew, as senders do.
    let again = r#"{"type":"invoice.paid", "id":"evt_1", "pending_webhooks":2}"#;
    let again = signer.sign(again.as_bytes(), later).unwrap();
    assert_eq!(stripe_key(EVENT).await, key(&stripe(), again).await);
}

#[tokio::test]
async fn places_providers_and_accounts_are_apart() {
    let secret = |name: &str| format!("{SECRET}_of_{name}");
    let of = |name: &str| endpoint(Stripe::new(secret(name)).unwrap());
    let variants = Variants::new()
        .with("eu", of("eu"))
        .unwrap()
        .with("us", of("us"))
        .unwrap()
        .with("shop", of("shop").name("us"))
        .unwrap();
    let variants = Endpoint::new(variants);
    let to = |target: &str| {
        let signer = Signer::new(stripe::SCHEME, secret(target.trim_matches('/'))).unwrap();
        signer.target(target).sign(EVENT.as_bytes(), NOW).unwrap()
    };
    let account =
        |account: &str| format!(r#"{{"id":"evt_1","type":"invoice.paid","account":{account}}}"#);
    let standard = endpoint(StandardWebhooks::new(STANDARD_SECRET).unwrap());
    assert_apart(&[
        stripe_key(EVENT).await,
        key(&stripe().name("eu"), signed(EVENT)).await,
        key(&stripe().name("us"), signed(EVENT)).await,
        key(&variants, to("/eu")).await,
        key(&variants, to("/us/")).await,
        key(&variants, to("/shop")).await,
        key(&variants.clone().name("eu"), to("/us")).await,
        key(&variants.clone().name("us"), to("/eu")).await,
        key(&variants.clone().name("shop"), to("/eu")).await,
        stripe_key(account(r#""acct_1""#)).await,
        stripe_key(account(r#""acct_2""#)).await,
        stripe_key(account(r#""""#)).await,
        key(&standard, standard_request("evt_1", EVENT)).await,
        key(&github_endpoint(), github_request("evt_1", EVENT)).await,
        DedupeKey::of_event("", "evt_1"),
    ]);
}

#[tokio::test]
async fn both_spellings_of_an_address_are_one_place() {
    let variants = Endpoint::new(Variants::new().with("eu", stripe()).unwrap());
    let mut keys = HashSet::new();
    for target in ["/a/eu", "/a/eu/", "/b/eu?x=1", "/%65u"] {
        let request = SignedRequest {
            target: target.to_owned(),
            ..signed(EVENT)
        };
        keys.insert(key(&variants, request).await);
    }
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
async fn ids_of_any_length_and_bytes_are_apart() {
    let long = "x".repeat(100_000);
    let ids = [
        "evt_1",
        "EVT_1",
        "evt_1 ",
        " evt_1",
        "evt_1\\u0000",
        "\\u0000evt_1",
        "\\u0000",
        "\\u0000\\u0000",
        "evt_1\\n",
        "evt_1:",
        "evt_1/",
        "evt:1",
        "еvt_1",
        "evt_１",
        "é",
        "e\u{301}",
        "\\ud83d\\ude00",
        "%00",
        "\\\\u0000",
        "'; DROP TABLE webhook_dedupe; --",
        "\\r\\nDEL webhook:dedupe:",
        &long,
        &format!("{long}x"),
        &format!("{long}\\u0000"),
        &format!("y{long}"),
    ]
    .map(|id| format!(r#"{{"id":"{id}","type":"a"}}"#));
    let mut keys = Vec::new();
    for body in ids {
        let key = stripe_key(body).await;
        assert!(key.label().chars().count() <= 200);
        assert!(!key.label().contains('\0') && !key.label().contains('\n'));
        keys.push(key);
    }
    assert_apart(&keys);
}

#[tokio::test]
async fn an_id_and_an_account_do_not_run_into_each_other() {
    let mut keys = Vec::new();
    for body in [
        r#"{"id":"ab","account":"c"}"#,
        r#"{"id":"a","account":"bc"}"#,
        r#"{"id":"abc"}"#,
        r#"{"id":"abc","account":""}"#,
        r#"{"id":"a\u0000","account":"b"}"#,
        r#"{"id":"a","account":"\u0000b"}"#,
    ] {
        keys.push(stripe_key(body).await);
    }
    assert_apart(&keys);
}

#[tokio::test]
async fn an_account_alone_is_no_event() {
    let mut keys = Vec::new();
    for body in [
        r#"{"account":"acct_1","type":"a"}"#,
        r#"{"account":"acct_1","type":"b"}"#,
        r#"{"id":null,"account":"acct_1"}"#,
        r#"{"id":"","account":"acct_1"}"#,
        r#"{"id":"evt_1","id":"evt_2","account":"acct_1"}"#,
        r#"{"id":"evt_1","id":"evt_3","account":"acct_1"}"#,
        "",
        "{}",
        "not JSON",
    ] {
        keys.push(stripe_key(body).await);
    }
    assert_apart(&keys);
}

#[tokio::test]
async fn an_unsigned_id_counts_where_nothing_signed_tells_events_apart() {
    let github = github_endpoint();
    let first = key(&github, github_request("1", GITHUB_BODY)).await;
    assert!(!first.is_signed());
    assert_eq!(key(&github, github_request("1", GITHUB_BODY)).await, first);
    assert_ne!(key(&github, github_request("2", GITHUB_BODY)).await, first);
    let other = github_request("1", r#"{"action":"closed"}"#);
    assert_ne!(key(&github, other).await, first);

    let shopify = endpoint(Shopify::new("a secret").unwrap());
    let request = |id: &str, topic: &str, body: &[u8]| {
        let signer = Signer::new(shopify::SCHEME, "a secret").unwrap();
        let signer = signer.id(id).kind(topic);
        signer
            .header("x-shopify-event-id", "e1")
            .sign(body, NOW)
            .unwrap()
    };
    let first = key(&shopify, request("1", "orders/paid", b"{}")).await;
    // The id of the delivery is another for each subscription; that of the event is one.
    assert_eq!(
        key(&shopify, request("2", "orders/paid", b"{}")).await,
        first
    );
    let created = request("1", "orders/create", b"{}");
    assert_ne!(key(&shopify, created).await, first);
    let next = request("1", "orders/paid", b"{}").with_header("x-shopify-event-id", "e2");
    assert_ne!(key(&shopify, next).await, first);
    assert_ne!(
        key(&shopify, request("1", "orders/paid", b"{ }")).await,
        first
    );
}

#[tokio::test]
async fn who_fears_replays_more_than_repeats_has_only_what_is_signed_count() {
    let strict = Dedupe::new(Double::default()).signed_parts_only();
    let github = github_endpoint().name("shop").dedupe(strict);
    let first = key(&github, github_request("1", GITHUB_BODY)).await;
    assert!(first.is_signed());
    for id in ["1", "2", "another"] {
        assert_eq!(key(&github, github_request(id, GITHUB_BODY)).await, first);
    }
    let other = github_request("1", r#"{"action":"closed"}"#);
    assert_ne!(key(&github, other).await, first);
}

#[tokio::test]
async fn a_signed_id_in_the_head_is_what_counts() {
    let standard = endpoint(StandardWebhooks::new(STANDARD_SECRET).unwrap());
    let first = key(&standard, standard_request("msg_1", "{}")).await;
    assert_eq!(
        key(&standard, standard_request("msg_1", "{ }")).await,
        first
    );
    assert_ne!(key(&standard, standard_request("msg_2", "{}")).await, first);
}

#[tokio::test]
async fn a_replay_under_another_name_is_a_duplicate_where_only_what_is_signed_counts() {
    use crate::support::{handled, never, run};
    use webhook_core::Answer;

    let strict = Dedupe::new(Double::default()).signed_parts_only();
    let endpoint = github_endpoint().name("shop").dedupe(strict);
    let first = accepted(&endpoint, github_request("1", GITHUB_BODY)).await;
    handled(run(first, async |_| 200).await);
    let replayed = accepted(&endpoint, github_request("2", GITHUB_BODY)).await;
    let answer = run(replayed, never).await;
    assert!(matches!(answer, Err(Answer::Duplicate(_))));
}

//! What a sender's signer signs, its verifier accepts, and nobody else's.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{BODY, NOW, Request, URL, accounts_of, code, receive, received_by, senders};
use webhook_core::provider::{square, standard_webhooks};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Delivery, Unsigned};

/// The id, whether it is signed or a claim.
fn named(delivery: &Delivery) -> Option<&str> {
    let claimed = delivery.unsigned_id().map(Unsigned::into_unverified);
    delivery.id().or(claimed)
}

#[test]
fn a_receiver_by_name_accepts_what_its_signer_signs() {
    for sender in senders() {
        let request = sender.genuine();
        let delivery = receive(&sender.endpoint(), &request).unwrap();
        assert_eq!(delivery.provider(), sender.provider);
        assert_eq!(named(&delivery), sender.id, "{}", sender.name);
        assert_eq!(delivery.body(), &request.body, "{}", sender.name);
    }
}

#[test]
fn a_receiver_by_its_constructor_accepts_what_its_signer_signs() {
    for sender in senders() {
        let Some(keyed) = &sender.keyed else { continue };
        let delivery = receive(&sender.with_keys(keyed.own.as_str()), &sender.genuine()).unwrap();
        assert_eq!(delivery.provider(), sender.provider);
        assert_eq!(named(&delivery), sender.id, "{}", sender.name);
    }
}

#[test]
fn a_receiver_with_another_key_refuses_it() {
    for sender in senders() {
        let verdict = receive(&sender.stranger(), &sender.genuine());
        assert_eq!(code(&verdict), sender.refusal, "{}", sender.name);
        let Some(keyed) = &sender.keyed else { continue };
        let verdict = receive(&sender.with_keys(keyed.other.as_str()), &sender.genuine());
        assert_eq!(code(&verdict), "bad_signature", "{}", sender.name);
    }
}

#[test]
fn the_signature_of_another_body_is_bad() {
    for sender in senders().iter().filter(|sender| sender.signs_the_body()) {
        let forged = sender.genuine().with_body(&b"{}"[..]);
        let verdict = receive(&sender.endpoint(), &forged);
        assert_eq!(code(&verdict), "bad_signature", "{}", sender.name);
    }
}

#[test]
fn the_signature_for_another_url_is_bad() {
    let signer = Signer::new(square::SCHEME, "a secret for tests").unwrap();
    let receiver = received_by(square::Square::new("a secret for tests", URL).unwrap());
    for url in [
        "https://shop.example/webhooks/?from=sender",
        "http://shop.example/webhooks?from=sender",
        "https://SHOP.example/webhooks?from=sender",
        "https://shop.example/webhooks?from=sender&",
    ] {
        let request = signer.clone().public_url(url).sign(BODY, NOW).unwrap();
        assert_eq!(
            code(&receive(&receiver, &request.into())),
            "bad_signature",
            "{url}"
        );
    }
}

/// The bytes of a public key are no secret: whoever could have them taken for one could sign.
#[test]
fn an_entry_is_only_checked_by_keys_of_its_own_version() {
    const PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let by_public = standard_webhooks::StandardWebhooks::with_public_keys(PUBLIC).unwrap();
    let by_public = received_by(by_public);
    let mac = Signer::new(standard_webhooks::SCHEME, PUBLIC).unwrap();
    let forged: Request = mac.sign(BODY, NOW).unwrap().into();
    assert_eq!(code(&receive(&by_public, &forged)), "malformed");

    let relabelled = forged.text("webhook-signature").replace("v1,", "v1a,");
    let relabelled = forged.with("webhook-signature", relabelled);
    assert_eq!(code(&receive(&by_public, &relabelled)), "bad_signature");

    let by_secret = received_by(standard_webhooks::StandardWebhooks::new(PUBLIC).unwrap());
    let accounts = accounts_of("standard-webhooks");
    let genuine = accounts
        .iter()
        .find(|account| account.is_asymmetric())
        .unwrap()
        .genuine();
    assert_eq!(code(&receive(&by_secret, &genuine)), "missing_signature");
}

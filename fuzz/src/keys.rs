//! Certificates, published keys and tokens, from a stranger's hand where a stranger can give them, and from the network.

use std::collections::HashSet;
use std::sync::LazyLock;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use serde_json::{Value, json};
use webhook_core::Endpoint;
use webhook_core::provider::apple_appstore::{self, AppleAppStore, Environment};
use webhook_core::provider::google_play_rtdn::{self, GooglePlayRtdn};
use webhook_core::provider::paypal::{self, PayPal};
use webhook_core::provider::plaid::{self, Plaid};
use webhook_core::provider::wise::Wise;
use webhook_core::published::InMemory;
use webhook_core::resolver::Resolve;
use webhook_core::testing::{FixedClock, Sign};

use crate::Fared;
use crate::input::{Input, Output};
use crate::mutate::edited;
use crate::reads::as_everything;
use crate::receive::in_pieces;
use webhook_testkit::{BODY, NOW, Request};

const AUDIENCE: &str = "https://shop.example/play";
const ACCOUNT: &str = "push@my-project.iam.gserviceaccount.com";
const BUNDLE: &str = "com.example.app";

/// What is genuine: each document that a kind of input changes, and the request that goes with it.
struct Genuine {
    apple: Request,
    apple_token: String,
    google: Request,
    google_jwk: String,
    paypal: Request,
    plaid: Request,
    plaid_jwk: String,
    /// What signed tokens sign: header and payload.
    signed: HashSet<String>,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(genuine);

fn genuine() -> Genuine {
    let notification = json!({"notificationType": "ONE_TIME_CHARGE", "notificationUUID": "evt_1",
        "data": {"bundleId": BUNDLE, "environment": "Sandbox",
            "signedTransactionInfo": {"bundleId": BUNDLE, "environment": "Sandbox", "price": 1990, "currency": "EUR"}}});
    let apple = signed(
        &apple_appstore::Signer::new(),
        notification.to_string().as_bytes(),
    );
    let apple_body: Value = serde_json::from_slice(&apple.body).unwrap();
    let google_signer = google_play_rtdn::Signer::new(AUDIENCE, ACCOUNT);
    let google = signed(
        &google_signer,
        br#"{"message":{"data":"e30=","messageId":"1"}}"#,
    );
    let plaid = signed(&plaid::Signer::new(), BODY);
    let apple_token = apple_body["signedPayload"].as_str().unwrap().to_owned();
    let google_token = google
        .text("authorization")
        .strip_prefix("Bearer ")
        .unwrap();
    let tokens = [&apple_token, google_token, plaid.text("plaid-verification")];
    Genuine {
        signed: tokens.map(signed_part).into(),
        apple_token,
        apple,
        google_jwk: google_signer.jwk().unwrap(),
        google,
        paypal: signed(&paypal::Signer::new().unwrap(), BODY),
        plaid_jwk: plaid::Signer::new().jwk().unwrap(),
        plaid,
    }
}

fn signed(signer: &impl Sign, body: &[u8]) -> Request {
    signer.sign(body, NOW).unwrap().into()
}

/// All but the signatures, also that of a token in the payload: ECDSA writes another one each time, and a seed or what was
/// found before comes from another process.
fn signed_part(token: &str) -> String {
    let mut parts = token.split('.');
    let [header, payload] = [(); 2].map(|()| parts.next().unwrap_or_default());
    let payload = Base64UrlUnpadded::decode_vec(payload).unwrap_or_default();
    let payload = String::from_utf8_lossy(&payload);
    let value: Value = serde_json::from_str(&payload).unwrap_or_default();
    let nested = value["data"]["signedTransactionInfo"].as_str();
    let signature = nested.and_then(|nested| nested.rsplit_once('.'));
    let payload = match signature {
        Some((_, signature)) => payload.replace(signature, ""),
        None => payload.into_owned(),
    };
    [header, &payload].join(".")
}

/// Which document, then what becomes of it, then the cuts.
pub fn run(data: &[u8]) -> Fared {
    let mut input = Input::new(data);
    let genuine = &*GENUINE;
    match input.byte() % 11 {
        0 => {
            let pem = changed(paypal::TEST_CERTIFICATE_PEM.as_bytes(), &mut input);
            let certificates = InMemory::new([(paypal::TEST_CERTIFICATE_URL, pem)]);
            let paypal = PayPal::new(paypal::TEST_WEBHOOK_ID, certificates).unwrap();
            let paypal = paypal.roots_pem(paypal::TEST_ROOT_PEM).unwrap();
            received(paypal, &genuine.paypal, &mut input)
        }
        1 => {
            let pem = changed(paypal::TEST_ROOT_PEM.as_bytes(), &mut input);
            let certificates = paypal::Signer::new().unwrap().certificates();
            let paypal = PayPal::new(paypal::TEST_WEBHOOK_ID, certificates).unwrap();
            match paypal.roots_pem(pem) {
                Ok(paypal) => received(paypal, &genuine.paypal, &mut input),
                Err(_) => Fared::Refused,
            }
        }
        2 => {
            let token = changed(genuine.apple_token.as_bytes(), &mut input);
            apple_of(&String::from_utf8_lossy(&token), &mut input)
        }
        3 => {
            let token = with_certificates(&genuine.apple_token, &mut input);
            apple_of(&token, &mut input)
        }
        4 => {
            let token = with_parts(&genuine.apple_token, &mut input);
            apple_of(&token, &mut input)
        }
        5 => {
            let root = changed(apple_appstore::TEST_ROOT, &mut input);
            match AppleAppStore::new(BUNDLE, Environment::Sandbox, [root]) {
                Ok(apple) => received(apple, &genuine.apple, &mut input),
                Err(_) => Fared::Refused,
            }
        }
        6 => {
            let request = &genuine.plaid;
            let token = token(request.text("plaid-verification"), &mut input);
            let request = request.clone().with("plaid-verification", token.clone());
            let plaid = Plaid::new(plaid::Signer::new().keys().unwrap());
            let fared = received(plaid, &request, &mut input);
            require_signed(fared, &token)
        }
        7 => {
            let jwk = changed(genuine.plaid_jwk.as_bytes(), &mut input);
            let plaid = Plaid::new(keys(genuine.plaid.text("plaid-verification"), jwk));
            received(plaid, &genuine.plaid, &mut input)
        }
        8 => {
            let known = genuine.google.text("authorization");
            let token = token(known.strip_prefix("Bearer ").unwrap(), &mut input);
            let request = genuine
                .google
                .clone()
                .with("authorization", format!("Bearer {token}"));
            let fared = received(google(genuine.google_jwk.clone()), &request, &mut input);
            // Several spaces may stand before a token (RFC 6750, section 2.1).
            require_signed(fared, token.trim())
        }
        9 => {
            let jwk = changed(genuine.google_jwk.as_bytes(), &mut input);
            received(google(jwk), &genuine.google, &mut input)
        }
        _ => {
            let pem = changed(WISE.as_bytes(), &mut input);
            match Wise::new(&String::from_utf8_lossy(&pem)) {
                Ok(wise) => {
                    let request = genuine
                        .plaid
                        .clone()
                        .and("x-signature-sha256", input.piece());
                    let fared = received(wise, &request, &mut input);
                    assert_eq!(fared, Fared::Refused);
                    fared
                }
                Err(_) => Fared::Refused,
            }
        }
    }
}

const WISE: &str = include_str!("../../webhook-core/src/testing/keys/wise/public-key.pem");

/// Another document, or the genuine one with changes.
fn changed(genuine: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    match input.byte() % 2 {
        0 => input.piece().to_vec(),
        _ => edited(genuine, input.piece()),
    }
}

fn google(key: impl Into<Bytes>) -> GooglePlayRtdn {
    let known = GENUINE.google.text("authorization");
    let keys = keys(known.strip_prefix("Bearer ").unwrap(), key.into().to_vec());
    GooglePlayRtdn::new(keys, AUDIENCE, ACCOUNT).unwrap()
}

/// A document under the id that the token names.
fn keys(token: &str, document: Vec<u8>) -> InMemory {
    let (header, _) = token.split_once('.').unwrap();
    let header = Base64UrlUnpadded::decode_vec(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    InMemory::new([(header["kid"].as_str().unwrap(), document)])
}

fn token(genuine: &str, input: &mut Input<'_>) -> String {
    match input.byte() % 2 {
        0 => String::from_utf8_lossy(&changed(genuine.as_bytes(), input)).into_owned(),
        _ => with_parts(genuine, input),
    }
}

/// The token with changes in what its parts encode.
fn with_parts(token: &str, input: &mut Input<'_>) -> String {
    let parts = token.split('.').map(|part| {
        let decoded = Base64UrlUnpadded::decode_vec(part).unwrap();
        match input.byte() % 3 {
            0 => part.to_owned(),
            _ => Base64UrlUnpadded::encode_string(&changed(&decoded, input)),
        }
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The token with changes in the certificates of its header, which grow in number if the input wants.
fn with_certificates(token: &str, input: &mut Input<'_>) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let header = Base64UrlUnpadded::decode_vec(header).unwrap();
    let mut header: Value = serde_json::from_slice(&header).unwrap();
    let certificates = header["x5c"].as_array_mut().unwrap();
    for certificate in certificates.iter_mut() {
        if input.byte() % 2 == 1 {
            let der = Base64::decode_vec(certificate.as_str().unwrap()).unwrap();
            *certificate = Base64::encode_string(&changed(&der, input)).into();
        }
    }
    for _ in 0..input.byte() % 8 {
        let again = certificates[usize::from(input.byte()) % certificates.len()].clone();
        certificates.push(again);
    }
    let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
    [&header, rest].join(".")
}

fn apple_of(token: &str, input: &mut Input<'_>) -> Fared {
    static APPLE: LazyLock<AppleAppStore> = LazyLock::new(|| {
        AppleAppStore::new(BUNDLE, Environment::Sandbox, [apple_appstore::TEST_ROOT]).unwrap()
    });
    let body = json!({"signedPayload": token}).to_string();
    let request = GENUINE.apple.clone().with_body(body);
    let fared = received(APPLE.clone(), &request, input);
    require_signed(fared, token)
}

fn require_signed(fared: Fared, token: &str) -> Fared {
    let is_known = GENUINE.signed.contains(&signed_part(token));
    assert!(fared == Fared::Refused || is_known, "nobody signed {token}");
    fared
}

fn received(resolver: impl Resolve + 'static, request: &Request, input: &mut Input<'_>) -> Fared {
    let endpoint = Endpoint::new(resolver).clock(FixedClock::at(NOW));
    match in_pieces(&endpoint, request, input) {
        Ok(delivery) => {
            assert_eq!(delivery.body(), &request.body);
            as_everything(&delivery);
            Fared::Accepted
        }
        Err(_) => Fared::Refused,
    }
}

/// Each document as it is: written out, and as the genuine one without changes.
pub fn seeds() -> Vec<Vec<u8>> {
    let genuine = &*GENUINE;
    let plaid_token = genuine.plaid.text("plaid-verification");
    let google_token = genuine.google.text("authorization");
    let google_token = google_token.strip_prefix("Bearer ").unwrap();
    let start = |what| Output::default().byte(what);
    let documents: [(u8, &[u8]); 8] = [
        (0, paypal::TEST_CERTIFICATE_PEM.as_bytes()),
        (1, paypal::TEST_ROOT_PEM.as_bytes()),
        (2, genuine.apple_token.as_bytes()),
        (5, apple_appstore::TEST_ROOT),
        (7, genuine.plaid_jwk.as_bytes()),
        (9, genuine.google_jwk.as_bytes()),
        (10, WISE.as_bytes()),
        (10, b""),
    ];
    let documents = documents.into_iter().flat_map(|(what, document)| {
        [
            start(what).byte(0).piece(document).rest(b"\x01\x09\x00"),
            start(what).byte(1).piece(b"").rest(b""),
        ]
    });
    let spaced = format!(" {google_token}");
    let tokens = [(6, plaid_token), (8, google_token), (8, &spaced)];
    let tokens = tokens.map(|(what, token)| {
        let output = start(what).byte(0).byte(0).piece(token.as_bytes());
        output.rest(b"")
    });
    let parts = [
        (4, &*genuine.apple_token),
        (6, plaid_token),
        (8, google_token),
    ];
    let parts = parts.map(|(what, token)| {
        let output = start(what);
        let output = if what == 4 { output } else { output.byte(1) };
        let output = token.split('.').fold(output, |output, part| {
            let decoded = Base64UrlUnpadded::decode_vec(part).unwrap();
            output.byte(1).byte(0).piece(&decoded)
        });
        output.rest(b"")
    });
    let certificates = {
        let (header, _) = genuine.apple_token.split_once('.').unwrap();
        let header = Base64UrlUnpadded::decode_vec(header).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let x5c = header["x5c"].as_array().unwrap();
        let output = x5c.iter().fold(start(3), |output, certificate| {
            let der = Base64::decode_vec(certificate.as_str().unwrap()).unwrap();
            output.byte(1).byte(0).piece(&der)
        });
        output.rest(b"")
    };
    documents
        .chain(tokens)
        .chain(parts)
        .chain([certificates, vec![3]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_has_signed_is_known_to_another() {
        let another = genuine();
        assert_ne!(another.apple_token, GENUINE.apple_token);
        assert_eq!(another.signed, GENUINE.signed);
    }
}

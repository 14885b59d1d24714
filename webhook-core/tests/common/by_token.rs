//! The senders whose keys are published and named in the request.

use serde_json::{Value, json};
use webhook_core::Coverage;
use webhook_core::provider::{apple_appstore, google_play_rtdn, paypal, plaid};

use super::sender::{Bodies, Code, Place, Sender};
use super::{BODY, CARD, reads};

/// The senders of one provider; none if its keys are not published.
pub(super) fn rows(provider: &str) -> Vec<Sender> {
    match provider {
        "apple-appstore" => vec![apple()],
        "google-play-rtdn" => vec![google()],
        "paypal" => vec![paypal_transmission()],
        "plaid" => vec![plaid_token()],
        _ => Vec::new(),
    }
}

fn apple() -> Sender {
    use base64ct::{Base64, Encoding as _};

    let root = Base64::encode_string(apple_appstore::TEST_ROOT);
    let body = json!({"notificationType": "ONE_TIME_CHARGE", "notificationUUID": "evt_1", "note": CARD,
        "data": {"bundleId": "com.example.app", "environment": "Sandbox"}});
    let settings = |bundle: &str| json!({"bundle_id": bundle, "environment": "Sandbox", "roots_der_base64": root});
    Sender {
        refusal: "wrong_audience",
        keys: &["roots_der_base64"],
        needed: &["bundle_id", "environment"],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        code: Code::Token,
        reads: reads::exactly,
        ..Sender::new(
            "apple-appstore",
            apple_appstore::Signer::new(),
            ["com.example.app", "com.example.other"].map(settings),
            Place::Body(r#""signedPayload":""#),
        )
    }
}

fn google() -> Sender {
    const AUDIENCE: &str = "https://shop.example/play";
    const ACCOUNTS: [&str; 2] = [
        "push@my-project.iam.gserviceaccount.com",
        "push@other-project.iam.gserviceaccount.com",
    ];
    let [account, _] = ACCOUNTS;
    let signer = google_play_rtdn::Signer::new(AUDIENCE, account).key_id("key-1");
    let jwk = signer.jwk().unwrap();
    let settings = |account: &str| json!({"certs_by_kid": {"key-1": jwk}, "audience": AUDIENCE, "service_account_email": account});
    let body = json!({"message": {"data": "e30=", "messageId": "evt_1", "note": CARD}});
    Sender {
        refusal: "wrong_audience",
        // Without its own, Google's are fetched.
        keys: &[],
        needed: &["audience", "service_account_email"],
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::SenderOnly,
        code: Code::Token,
        reads: reads::credentials,
        // A token lasts an hour.
        window: Some([3600 + 10, 10]),
        ..Sender::new(
            "google-play-rtdn",
            signer,
            ACCOUNTS.map(settings),
            Place::Header("authorization"),
        )
    }
}

fn paypal_transmission() -> Sender {
    let signer = paypal::Signer::new().unwrap();
    let settings = |webhook: &str| {
        json!({"webhook_id": webhook, "trust_roots_pem": signer.root_pem(),
            "cert_by_url": {signer.certificate_url(): signer.certificate_pem()}})
    };
    Sender {
        // Without its own, PayPal's certificates are fetched.
        keys: &[],
        needed: &["webhook_id"],
        secrets: paypal::TEST_KEY_PEM
            .lines()
            .skip(1)
            .take(20)
            .map(str::to_owned)
            .collect(),
        // PayPal sends UTF-8 alone.
        bodies: Bodies::Own(BODY.to_vec()),
        coverage: Coverage::BodyChecksum,
        code: Code::Base64,
        reads: reads::exactly,
        signed: &[
            "paypal-auth-algo",
            "paypal-cert-url",
            "paypal-transmission-id",
            "paypal-transmission-time",
        ],
        window: Some([4 * 24 * 60 * 60, 300]),
        // Of another URL there is no certificate.
        our_faults: &["keys_unavailable"],
        ..Sender::new(
            "paypal",
            signer.clone(),
            [signer.webhook_id(), "0TESTWEBHOOKID001"].map(settings),
            Place::Header("paypal-transmission-sig"),
        )
    }
}

fn plaid_token() -> Sender {
    let signer = plaid::Signer::new().key_id("key-1");
    let own: Value = serde_json::from_str(&signer.jwk().unwrap()).unwrap();
    // The key of RFC 7515, A.3.
    let other = json!({"alg": "ES256", "kty": "EC", "crv": "P-256", "use": "sig", "expired_at": null,
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    Sender {
        keys: &["jwks"],
        code: Code::Token,
        reads: reads::exactly,
        window: Some([300; 2]),
        id: None,
        ..Sender::new(
            "plaid",
            signer,
            [own, other].map(|key| json!({"jwks": {"key-1": key}})),
            Place::Header("plaid-verification"),
        )
    }
}

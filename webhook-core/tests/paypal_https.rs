//! PayPal from end to end: the certificate is got by HTTPS from a server on this machine.
#![cfg(all(feature = "fetch", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use webhook_core::provider::paypal::{self, PayPal, Signer};
use webhook_core::published::HttpsFetcher;
use webhook_core::testing::{Sign, SignedRequest, receive};
use webhook_core::{Delivery, Endpoint, Rejection, RejectionKind, UnixTime};
use webhook_testkit::https::{Answer, Authority, Server};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const BODY: &[u8] = br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{}}"#;

/// A server, and an account that may ask it for certificates.
struct World {
    server: Server,
    endpoint: Endpoint,
}

impl World {
    async fn new(answer: Answer) -> Self {
        let authority = Authority::new();
        let server = authority.serve(answer).await;
        let fetcher = HttpsFetcher::with_roots_pem(authority.pem.as_bytes()).unwrap();
        let fetcher = fetcher.timeout(Duration::from_millis(300));
        let account = PayPal::new(paypal::TEST_WEBHOOK_ID, fetcher).unwrap();
        let account = account
            .roots_pem(paypal::TEST_ROOT_PEM.as_bytes())
            .unwrap()
            .hosts([format!("localhost:{}", server.port)])
            .unwrap();
        Self {
            server,
            endpoint: Endpoint::new(account).clock(|| NOW),
        }
    }

    fn signed(&self) -> SignedRequest {
        self.signed_at_url("/v1/notifications/certs/CERT-1")
    }

    fn signed_at_url(&self, path: &str) -> SignedRequest {
        let signer = Signer::new().unwrap().at_url(self.server.url(path));
        signer.sign(BODY, NOW).unwrap()
    }

    async fn verdict(&self, request: SignedRequest) -> Result<Delivery, Rejection> {
        let received = receive(&self.endpoint, request).await;
        received.map_err(|answer| answer.into_rejection().unwrap())
    }

    async fn refused(&self) -> RejectionKind {
        self.verdict(self.signed()).await.unwrap_err().kind()
    }
}

#[tokio::test]
async fn a_certificate_is_got_once() {
    let world = World::new(Answer::ok(paypal::TEST_CERTIFICATE_PEM)).await;
    for _ in 0..3 {
        let delivery = world.verdict(world.signed()).await.unwrap();
        let id = delivery.unverified_id();
        assert_eq!(
            id.map(webhook_core::Unverified::into_unverified),
            Some("WH-1")
        );
    }
    assert_eq!(world.server.connections(), 1);
}

#[tokio::test]
async fn a_forgery_is_refused_with_a_certificate_that_is_known_too() {
    let world = World::new(Answer::ok(paypal::TEST_CERTIFICATE_PEM)).await;
    world.verdict(world.signed()).await.unwrap();
    let forged = world.signed().with_body(&b"{}"[..]);
    let rejection = world.verdict(forged).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::BadSignature);
}

#[tokio::test]
async fn what_is_not_a_certificate_that_leads_to_a_root_is_not_trusted() {
    let stranger = Authority::new().pem;
    for (name, document) in [
        ("HTML", "<html><body>Sorry</body></html>".to_owned()),
        ("nothing", String::new()),
        ("a certificate of somebody else", stranger),
        ("PEM of something else", paypal::TEST_KEY_PEM.to_owned()),
    ] {
        let world = World::new(Answer::ok(document)).await;
        assert_eq!(world.refused().await, RejectionKind::UntrustedKey, "{name}");
        // Not asked for again for a minute.
        assert_eq!(world.refused().await, RejectionKind::UntrustedKey, "{name}");
        assert_eq!(world.server.connections(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_well_makes_the_sender_try_again() {
    let large = "x".repeat(1024 * 1024);
    for (name, answer) in [
        ("500", Answer::status("500 Internal Server Error", "")),
        (
            "redirect",
            Answer::redirect("302 Found", "https://localhost:1/"),
        ),
        ("huge", Answer::ok(large)),
        ("endless", Answer::Endless),
        ("stuck", Answer::Stuck),
        ("silent", Answer::Silence),
        ("cut", Answer::Cut),
    ] {
        let world = World::new(answer).await;
        let rejection = world.verdict(world.signed()).await.unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::KeysUnavailable, "{name}");
        assert_eq!(rejection.status(), 503, "{name}");
    }
}

#[tokio::test]
async fn nobody_is_asked_for_a_url_that_is_not_the_senders() {
    let world = World::new(Answer::ok(paypal::TEST_CERTIFICATE_PEM)).await;
    let port = world.server.port;
    for url in [
        format!("http://localhost:{port}/v1/notifications/certs/CERT-1"),
        format!("https://127.0.0.1:{port}/v1/notifications/certs/CERT-1"),
        format!("https://localhost:{port}/v1/notifications/certs/../CERT-1"),
        format!("https://localhost:{port}/CERT-1"),
        format!("https://api.paypal.com@localhost:{port}/v1/notifications/certs/CERT-1"),
        format!("https://LOCALHOST:{port}/v1/notifications/certs/CERT-1"),
    ] {
        let signer = Signer::new().unwrap().at_url(&url);
        let request = signer.sign(BODY, NOW).unwrap();
        let rejection = world.verdict(request).await.unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::UntrustedKey, "{url}");
    }
    assert_eq!(world.server.connections(), 0);
}

//! Times, names, options and settings.

use super::*;
use crate::payment::PaymentStatus;
use crate::testing::support::only;

#[test]
fn a_tolerance_judges_the_signed_time() {
    const DAY: u32 = 24 * 60 * 60;
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let tolerant = paypal(&source).tolerance(Tolerance::secs(7 * DAY).future(30));
    let endpoint = at(tolerant, NOW);
    for (age, refused) in [
        (0, None),
        (7 * i64::from(DAY), None),
        (7 * i64::from(DAY) + 1, Some(RejectionKind::Stale)),
        (-30, None),
        (-31, Some(RejectionKind::Future)),
    ] {
        let request = signer().sign(BODY, NOW.plus_secs(-age)).unwrap();
        assert_eq!(kind(&endpoint, request), refused, "{age}");
    }
}

#[test]
fn the_window_outlasts_the_three_days_of_retries_and_ends() {
    const HOUR: i64 = 60 * 60;
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    for (age, refused) in [
        (3 * 24 * HOUR + HOUR, None),
        (4 * 24 * HOUR, None),
        (4 * 24 * HOUR + 1, Some(RejectionKind::Stale)),
        (300 * 24 * HOUR, Some(RejectionKind::Stale)),
        (-300, None),
        (-301, Some(RejectionKind::Future)),
    ] {
        let request = signer().sign(BODY, NOW.plus_secs(-age)).unwrap();
        assert_eq!(kind(&endpoint, request), refused, "{age}");
    }
}

#[test]
fn another_time_than_the_signed_one_is_a_bad_signature() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    for time in [
        "2026-08-05T09:00:01Z",
        "2026-08-05T09:00:60Z",
        "99999-01-01T00:00:00Z",
        "0",
        "tomorrow",
    ] {
        let request = with_header("paypal-transmission-time", time);
        assert_eq!(
            kind(&endpoint, request),
            Some(RejectionKind::BadSignature),
            "{time}"
        );
    }
}

#[test]
fn a_body_that_is_signed_and_empty_or_no_text_is_malformed() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    for body in [&b""[..], b"{\"id\":\"\xff\"}"] {
        let request = signer().sign(body, NOW).unwrap();
        assert_eq!(kind(&endpoint, request), Some(RejectionKind::Malformed));
    }
}

#[test]
fn a_delivery_says_how_little_its_signature_covers() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let delivery = deliver(&endpoint, signed()).unwrap();
    assert_eq!(delivery.coverage(), Coverage::BodyChecksum);
    assert_eq!((delivery.id(), delivery.kind()), (None, None));
    assert_eq!(delivery.unverified_id(), Some(Unverified::new("WH-1")));
    let kind = Unverified::new("PAYMENT.CAPTURE.COMPLETED");
    assert_eq!(delivery.unverified_kind(), Some(kind));
    assert_eq!(delivery.sent_at(), Some(NOW));
}

/// A captured request with bodies of the same checksum that PayPal has never written.
fn forged(genuine: &SignedRequest) -> [SignedRequest; 3] {
    ["WH-2", "WH-3", "WH-4"].map(|id| {
        let blanks = " ".repeat(48);
        let body = format!(
            r#"{{"id":"{id}","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{{"id":"{id}","amount":{{"value":"9999.00","currency_code":"USD"}}}},"x":"{blanks}"}}"#
        );
        let body = with_checksum(body.as_bytes(), crc32fast::hash(&genuine.body));
        genuine.clone().with_body(body)
    })
}

#[test]
fn no_forged_body_of_the_same_checksum_is_a_payment_and_only_the_first_body_is_accepted() {
    let genuine = signed();
    let reused = Some(RejectionKind::SignatureReused);
    for first in forged(&genuine) {
        let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
        let delivery = deliver(&endpoint, first.clone()).unwrap();
        assert_eq!(delivery.coverage(), Coverage::BodyChecksum);
        let update = only(&delivery).unwrap();
        assert_eq!(update.status, PaymentStatus::Unconfirmed);
        assert_eq!((update.event_id, update.kind), (None, None));
        assert_eq!((update.amount, update.transaction_id), (Ok(None), None));
        let claimed = update.unverified.unwrap().into_unverified();
        assert!(claimed.event_id.is_some() && claimed.kind.is_some());
        let others = forged(&genuine).into_iter().chain([genuine.clone()]);
        for other in others.filter(|other| other.body != first.body) {
            assert_eq!(kind(&endpoint, other), reused);
        }
        assert_eq!(kind(&endpoint, first), None, "the same again");
    }
}

#[test]
fn the_genuine_event_that_came_first_is_not_replaced() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let genuine = signed();
    assert_eq!(kind(&endpoint, genuine.clone()), None);
    for forged in forged(&genuine) {
        let reused = Some(RejectionKind::SignatureReused);
        assert_eq!(kind(&endpoint, forged), reused);
    }
}

#[test]
fn what_does_not_verify_is_bound_to_nothing() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let genuine = signed();
    let altered = genuine.clone().with_body("{}");
    assert_eq!(kind(&endpoint, altered), Some(RejectionKind::BadSignature));
    assert_eq!(kind(&endpoint, genuine), None);
}

/// What was captured cannot wait until a process has forgotten it.
#[test]
fn a_captured_request_is_stale_before_it_is_forgotten() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let (first, genuine) = (Arc::new(paypal(&source)), signed());
    let [forged, ..] = forged(&genuine);
    let at = |days: i64| {
        let clock = FixedClock::at(NOW.plus_secs(days * 24 * 60 * 60));
        Endpoint::new(Arc::clone(&first) as Arc<dyn Resolve>).clock(clock)
    };
    assert_eq!(kind(&at(0), genuine), None);
    for (days, refused) in [
        (3, RejectionKind::SignatureReused),
        (4, RejectionKind::SignatureReused),
        (5, RejectionKind::Stale),
        (300, RejectionKind::Stale),
    ] {
        assert_eq!(kind(&at(days), forged.clone()), Some(refused), "{days}");
    }
}

/// Changes blanks into zeros until the checksum is the wanted one. A CRC is linear: what each blank does to it adds up.
fn with_checksum(body: &[u8], want: u32) -> Vec<u8> {
    let plain = crc32fast::hash(body);
    let flipped = |at: usize| {
        let mut body = body.to_vec();
        body[at] ^= b' ' ^ b'0';
        crc32fast::hash(&body) ^ plain
    };
    let blanks = (0..body.len()).filter(|at| body[*at] == b' ');
    // Each row: what it does to the checksum, and which blanks it flips.
    let mut rows: Vec<(u32, Vec<usize>)> = blanks.map(|at| (flipped(at), vec![at])).collect();
    let mut missing = plain ^ want;
    let mut flips = Vec::new();
    for bit in 0..32 {
        let Some(row) = rows.iter().position(|(effect, _)| effect >> bit & 1 == 1) else {
            continue;
        };
        let (effect, places) = rows.swap_remove(row);
        for (other, own) in rows.iter_mut().filter(|(other, _)| other >> bit & 1 == 1) {
            *other ^= effect;
            own.extend(&places);
        }
        if missing >> bit & 1 == 1 {
            missing ^= effect;
            flips.extend(places);
        }
    }
    let mut body = body.to_vec();
    for at in flips {
        body[at] ^= b' ' ^ b'0';
    }
    assert_eq!(crc32fast::hash(&body), want);
    body
}

#[test]
fn ids_that_are_written_twice_are_none() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let body = br#"{"id":"WH-1","id":"WH-2","event_type":"a","event_type":"b"}"#;
    let delivery = deliver(&endpoint, signer().sign(body, NOW).unwrap()).unwrap();
    assert_eq!(
        (delivery.message().any_id(), delivery.message().any_kind()),
        (None, None)
    );
}

#[test]
fn an_event_for_another_webhook_is_a_bad_signature() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    for webhook in ["652OVHJHFFBP48WEX", "WEBHOOK_ID", ""] {
        let request = signer().for_webhook(webhook).sign(BODY, NOW).unwrap();
        assert_eq!(
            kind(&endpoint, request),
            Some(RejectionKind::BadSignature),
            "{webhook}"
        );
    }
}

#[test]
fn the_simulator_is_accepted_only_where_that_was_asked_for() {
    let paypal = paypal(&Source::new(TEST_CERTIFICATE_PEM)).dangerously_accept_simulator();
    let endpoint = at(paypal, NOW);
    let simulated = signer().for_webhook("WEBHOOK_ID").sign(BODY, NOW).unwrap();
    let simulated = deliver(&endpoint, simulated).unwrap();
    assert_eq!(
        simulated.key().and_then(|key| key.name()),
        Some("simulator")
    );
    let genuine = deliver(&endpoint, signed()).unwrap();
    assert_eq!(genuine.key().and_then(|key| key.name()), None);
}

#[test]
fn a_webhook_id_is_one_of_the_console() {
    for id in ["", " ", "WEBHOOK_ID", "652OVHJHFFBP48WEX ", "a|b", "ä"] {
        assert!(PayPal::new(id, InMemory::default()).is_err(), "{id:?}");
    }
}

#[test]
fn what_was_accepted_under_other_roots_is_forgotten() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let paypal = paypal(&source);
    let request = signed();
    let head = RequestHead::new("POST", "/", &request.headers);
    assert!(block_on(paypal.resolve(&head, NOW)).is_ok());
    let other = Authority::root().certificate.pem();
    let paypal = paypal.roots_pem(other).unwrap();
    assert_eq!(
        kind(&at(paypal, NOW), signed()),
        Some(RejectionKind::UntrustedKey)
    );
}

#[test]
fn settings_that_are_wrong_are_named() {
    let good =
        json!({"webhook_id": TEST_WEBHOOK_ID, "cert_by_url": {"https://api.paypal.com/": "PEM"}});
    for (name, value) in [
        ("webhook_id", json!(null)),
        ("webhook_id", json!("WEBHOOK_ID")),
        ("cert_by_url", json!([])),
        ("cert_by_url", json!({})),
        ("cert_by_url", json!({"https://api.paypal.com/": 1})),
        ("trust_roots_pem", json!("-----BEGIN NOTHING")),
        ("trust_roots_pem", json!([1])),
        ("cert_url_hosts", json!([])),
        ("cert_url_hosts", json!("https://api.paypal.com")),
        ("tolerance_seconds", json!("a day")),
    ] {
        let mut settings = good.clone();
        settings[name] = value;
        let shown = settings.to_string();
        assert!(
            PayPal::from_settings(&Settings::new(settings).unwrap()).is_err(),
            "{shown}"
        );
    }
    assert!(PayPal::from_settings(&Settings::new(good).unwrap()).is_ok());
}

#[test]
fn without_certificates_in_the_settings_they_are_fetched() {
    let settings = Settings::new(json!({"webhook_id": TEST_WEBHOOK_ID})).unwrap();
    assert_eq!(
        PayPal::from_settings(&settings).is_ok(),
        cfg!(feature = "fetch")
    );
}

#[test]
fn a_signer_takes_another_certificate() {
    let root = Authority::root();
    let key = KeyPair::from_pem(TEST_KEY_PEM).unwrap();
    let certificate = root.issue(&key, |params| {
        params.distinguished_name = name(&[(
            DnType::CommonName,
            "messageverificationcerts.sandbox.paypal.com",
        )]);
    });
    let signer = Signer::with_certificate(TEST_KEY_PEM, certificate.pem(), root.certificate.pem());
    let signer = signer
        .unwrap()
        .for_webhook("1X597110X687430LK")
        .target("/hooks");
    let url = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-2";
    let signer = signer.at_url(url).transmission_id("an-id");
    let paypal = PayPal::new(signer.webhook_id(), signer.certificates()).unwrap();
    let endpoint = at(paypal.roots_pem(signer.root_pem()).unwrap(), NOW);
    let request = signer.sign(BODY, NOW).unwrap();
    assert_eq!(request.header("paypal-transmission-id"), Some("an-id"));
    assert_eq!(request.target, "/hooks");
    assert_eq!(kind(&endpoint, request), None);
    assert!(Signer::with_certificate("", "", "").is_err());
}

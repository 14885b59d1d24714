//! Certificates: when they are fetched, and when not.

use super::*;

#[test]
fn a_certificate_is_fetched_once_for_all_that_wait_and_for_all_after_them() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let endpoint = endpoint(&source);
    let requests = (0..50).map(|_| receive(&endpoint, signed()));
    let outcomes = block_on(join_all(requests));
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(source.asked(), 1);
    assert_eq!(kind(&endpoint, signed()), None);
    assert_eq!(source.asked(), 1);
}

#[test]
fn a_known_certificate_is_found_without_waiting() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let paypal = paypal(&source);
    let request = signed();
    let head = RequestHead::new("POST", "/", &request.headers);
    let poll_once = || {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(paypal.resolve(&head, NOW))
            .poll(&mut cx)
            .is_ready()
    };
    assert!(!poll_once());
    assert!(block_on(paypal.resolve(&head, NOW)).is_ok());
    assert!(poll_once());
}

#[test]
fn a_fetch_that_fails_is_not_the_senders_fault_and_is_tried_again() {
    let source = Source {
        answer: Err(Unavailable::Failed),
        ..Source::new("")
    };
    let endpoint = endpoint(&source);
    for asked in 1..3 {
        let rejection = deliver(&endpoint, signed()).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::KeysUnavailable);
        assert_eq!(rejection.status(), 503);
        assert_eq!(source.asked(), asked);
    }
}

/// Fails the first time.
#[derive(Debug)]
struct Recovering(AtomicUsize);

impl CertificateSource for Recovering {
    fn certificate(&self, _: &str) -> FetchFuture {
        FetchFuture::ready(match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Unavailable::Failed),
            _ => Ok(Bytes::from_static(TEST_CERTIFICATE_PEM.as_bytes())),
        })
    }
}

#[test]
fn after_a_failure_the_next_fetch_counts() {
    let paypal = PayPal::new(TEST_WEBHOOK_ID, Recovering(AtomicUsize::new(0))).unwrap();
    let endpoint = at(paypal.roots_pem(TEST_ROOT_PEM).unwrap(), NOW);
    assert_eq!(
        kind(&endpoint, signed()),
        Some(RejectionKind::KeysUnavailable)
    );
    assert_eq!(kind(&endpoint, signed()), None);
}

#[test]
fn a_certificate_that_is_not_there_is_refused() {
    let source = Source {
        answer: Err(Unavailable::Unknown),
        ..Source::new("")
    };
    assert_eq!(
        kind(&endpoint(&source), signed()),
        Some(RejectionKind::UntrustedKey)
    );
}

#[test]
fn a_document_that_is_no_certificate_is_refused_and_not_got_again_at_once() {
    for document in [
        Bytes::from_static(b""),
        Bytes::from_static(b"<!doctype html><html><body>Please log in</body></html>"),
        Bytes::from_static(b"\x00\xff\xfe"),
        Bytes::from_static(TEST_KEY_PEM.as_bytes()),
        TEST_CERTIFICATE_PEM.repeat(60).into(),
        vec![b'-'; 10_000_000].into(),
    ] {
        let source = Source::new(document);
        let endpoint = endpoint(&source);
        for _ in 1..3 {
            assert_eq!(kind(&endpoint, signed()), Some(RejectionKind::UntrustedKey));
            assert_eq!(source.asked(), 1);
        }
    }
}

#[test]
fn a_flood_of_addresses_grows_nothing() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let paypal = Arc::new(paypal(&source));
    let resolver: Arc<dyn Resolve> = Arc::<PayPal>::clone(&paypal);
    let endpoint = Endpoint::new(resolver).clock(FixedClock::at(NOW));
    for number in 0..1000 {
        let url = format!("https://api.paypal.com/v1/notifications/certs/CERT-{number}");
        assert_eq!(kind(&endpoint, with_header("paypal-cert-url", &url)), None);
    }
    let shown = format!("{paypal:?}");
    assert!(shown.contains("Cache(16 values, 0 fetches)"), "{shown}");
}

#[test]
fn made_up_addresses_do_not_keep_out_what_was_got_at_start() {
    let source = Source {
        answer: Err(Unavailable::Failed),
        ..Source::new("")
    };
    let flood = |endpoint: &Endpoint| {
        for number in 0..100 {
            let url = format!("https://api.paypal.com/v1/notifications/certs/CERT-{number}");
            let refused = kind(endpoint, with_header("paypal-cert-url", &url));
            assert_eq!(refused, Some(RejectionKind::KeysUnavailable));
        }
    };
    let at_a_loss = endpoint(&source);
    flood(&at_a_loss);
    assert_eq!(source.asked(), 32, "one a second from here on");

    let source = Source::new(TEST_CERTIFICATE_PEM);
    let paypal = paypal(&source);
    block_on(paypal.prefetch([TEST_CERTIFICATE_URL], NOW)).unwrap();
    assert_eq!(source.asked(), 1);
    for url in [
        "https://paypal.test/cert",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
    ] {
        let refused = block_on(paypal.prefetch([url], NOW)).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::UntrustedKey, "{url}");
    }
    let endpoint = at(paypal, NOW);
    assert_eq!(kind(&endpoint, signed()), None);
    assert_eq!(source.asked(), 1);
}

//! What the vectors do not say: what is fetched and what is not, which certificates are accepted, and when.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use futures_util::future::{join_all, poll_fn};
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use serde_json::json;

use super::*;
use crate::by_hand::certificate::made::{Authority, NOW, name};
use crate::keys::{Fetching, Unavailable};
use crate::testing::{FixedClock, Sign, SignedRequest, receive};
use crate::{Coverage, Delivery, Endpoint, Outcome, Rejection, RejectionKind};

const BODY: &[u8] = br#"{"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{}}"#;

/// Answers every URL alike, not at once, and counts how often it was asked.
#[derive(Clone, Debug)]
struct Source {
    answer: Result<Bytes, Unavailable>,
    asked: Arc<AtomicUsize>,
}

impl Source {
    fn new(document: impl Into<Bytes>) -> Self {
        Self {
            answer: Ok(document.into()),
            asked: Arc::default(),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl CertificateSource for Source {
    fn certificate(&self, _: &str) -> Fetching {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer.clone();
        let mut waited = false;
        Fetching::new(poll_fn(move |cx| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(answer.clone());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn signer() -> Signer {
    Signer::new().unwrap()
}

fn signed() -> SignedRequest {
    signer().sign(BODY, NOW).unwrap()
}

fn with_header(name: &str, value: &str) -> SignedRequest {
    let mut request = signed();
    let header = request.headers.iter_mut().find(|(own, _)| own == name);
    header.unwrap().1 = value.to_owned();
    request
}

fn paypal(source: &Source) -> PayPal {
    let paypal = PayPal::new(TEST_WEBHOOK_ID, source.clone()).unwrap();
    paypal.roots_pem(TEST_ROOT_PEM).unwrap()
}

fn at(paypal: PayPal, now: UnixTime) -> Endpoint {
    Endpoint::new(paypal).clock(FixedClock::at(now))
}

fn endpoint(source: &Source) -> Endpoint {
    at(paypal(source), NOW)
}

fn deliver(endpoint: &Endpoint, request: SignedRequest) -> Result<Delivery, Rejection> {
    match block_on(receive(endpoint, request))? {
        Outcome::Delivery(delivery) => Ok(delivery),
        Outcome::Reply(_) => panic!("PayPal has no handshake"),
    }
}

fn kind(endpoint: &Endpoint, request: SignedRequest) -> Option<RejectionKind> {
    deliver(endpoint, request)
        .err()
        .map(|rejection| rejection.kind())
}

#[test]
fn nothing_is_fetched_from_an_address_that_is_not_on_the_list() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let endpoint = endpoint(&source);
    let path = "v1/notifications/certs/CERT-1";
    let mut urls: Vec<String> = [
        // Another host, whatever a reader of URLs takes for it.
        "https://api.paypal.com.evil.example",
        "https://evil.example",
        "https://evilapi.paypal.com",
        "https://paypal.com",
        "https://www.paypal.com",
        "https://api.paypal.com@evil.example",
        "https://evil.example@api.paypal.com",
        "https://user:password@api.paypal.com",
        "https://@api.paypal.com",
        "https://evil.example#api.paypal.com",
        "https://evil.example?api.paypal.com",
        "https://evil.example\\@api.paypal.com",
        "https://evil.example\\.api.paypal.com",
        "https:\\\\api.paypal.com",
        "https:///api.paypal.com",
        "https:api.paypal.com",
        "https:/api.paypal.com",
        "//api.paypal.com",
        "api.paypal.com",
        // Another scheme.
        "http://api.paypal.com",
        "HTTPS://api.paypal.com",
        "file://api.paypal.com",
        "ftp://api.paypal.com",
        "data:https://api.paypal.com",
        "https+unix://api.paypal.com",
        " https://api.paypal.com",
        // Another way to write the host, and what only looks like it.
        "https://api.paypal.com:443",
        "https://api.paypal.com:8443",
        "https://api.paypal.com:",
        "https://api.paypal.com.",
        "https://API.PAYPAL.COM",
        "https://api.paypa1.com",
        "https://xn--api-paypal-9q7e.com",
        "https://api%2epaypal.com",
        "https://api.paypal.com%00.evil.example",
        "https://127.0.0.1",
        "https://2130706433",
        "https://[::1]",
        "https://169.254.169.254",
        "https://localhost",
    ]
    .iter()
    .map(|host| format!("{host}/{path}"))
    .collect();
    urls.extend(
        [
            // Another place on the right host.
            "",
            "/",
            "/v1/notifications/certs",
            "/v1/notifications/certs/",
            "/v1/notifications/certs//CERT-1",
            "/v1/notifications/certs/CERT-1/",
            "/v1/notifications/certs/.",
            "/v1/notifications/certs/..",
            "/v1/notifications/certs/../webhooks",
            "/v1/notifications/certs/a/../../webhooks",
            "/v1/notifications/certs/..\\webhooks",
            "/v1/notifications/certs/%2e%2e/webhooks",
            "/v1/notifications/certs/%2fetc",
            "/v1/notifications/certs/CERT-1?next=https://evil.example",
            "/v1/notifications/certs/CERT-1#fragment",
            "/v1/notifications/certs/CERT-1;a=b",
            "/v1/notifications/certs/CERT 1",
            "/v1/notifications/certs/CERT-1@evil.example",
            "/V1/notifications/certs/CERT-1",
            "//v1/notifications/certs/CERT-1",
            "/./v1/notifications/certs/CERT-1",
            "/v1/notifications/webhooks/CERT-1",
            "/redirect?v1/notifications/certs/CERT-1",
        ]
        .map(|path| format!("https://api.paypal.com{path}")),
    );
    urls.push(format!("https://api.paypal.com/{path}{}", "1".repeat(500)));
    for url in urls {
        let request = with_header("paypal-cert-url", &url);
        assert_eq!(
            kind(&endpoint, request),
            Some(RejectionKind::UntrustedKey),
            "{url}"
        );
    }
    assert_eq!(source.asked(), 0);
}

#[test]
fn certificates_come_from_the_four_hosts_of_paypal() {
    for host in account::HOSTS {
        let source = Source::new(TEST_CERTIFICATE_PEM);
        let url = format!("https://{host}/v1/notifications/certs/CERT-360caa42-fca2a594");
        let request = with_header("paypal-cert-url", &url);
        assert_eq!(kind(&endpoint(&source), request), None, "{host}");
        assert_eq!(source.asked(), 1);
    }
}

#[test]
fn other_hosts_take_the_place_of_those_of_paypal() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let own = paypal(&source).hosts(["certificates.example", "localhost:8443"]);
    let endpoint = at(own.unwrap(), NOW);
    for (host, refused) in [
        ("certificates.example", None),
        ("localhost:8443", None),
        ("localhost", Some(RejectionKind::UntrustedKey)),
        ("api.paypal.com", Some(RejectionKind::UntrustedKey)),
    ] {
        let url = format!("https://{host}/v1/notifications/certs/CERT-1");
        assert_eq!(
            kind(&endpoint, with_header("paypal-cert-url", &url)),
            refused,
            "{host}"
        );
    }
}

#[test]
fn hosts_are_names_in_lower_case() {
    for host in [
        "",
        ":1",
        "a b",
        "API.paypal.com",
        "a/b",
        "a@b",
        "a:b",
        "a:1:2",
        "a:+1",
        "a:99999",
        "ä",
    ] {
        let hosts = paypal(&Source::new("")).hosts([host]);
        assert!(hosts.is_err(), "{host:?}");
    }
    let none: [&str; 0] = [];
    assert!(paypal(&Source::new("")).hosts(none).is_err());
}

#[test]
fn what_the_head_decides_is_decided_without_a_fetch() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let endpoint = endpoint(&source);
    let mut get = signed();
    get.method = "GET".to_owned();
    assert_eq!(kind(&endpoint, get), Some(RejectionKind::MethodNotAllowed));
    for name in [
        "paypal-transmission-id",
        "paypal-transmission-time",
        "paypal-transmission-sig",
        "paypal-cert-url",
        "paypal-auth-algo",
    ] {
        let mut without = signed();
        without.headers.retain(|(own, _)| own != name);
        assert_eq!(
            kind(&endpoint, without),
            Some(RejectionKind::MissingSignature),
            "{name}"
        );
        let empty = with_header(name, "");
        assert_eq!(
            kind(&endpoint, empty),
            Some(RejectionKind::MissingSignature),
            "{name}"
        );
        let mut doubled = signed();
        doubled
            .headers
            .push((name.to_owned(), "another".to_owned()));
        assert_eq!(
            kind(&endpoint, doubled),
            Some(RejectionKind::Malformed),
            "{name}"
        );
    }
    for name in ["paypal-transmission-id", "paypal-transmission-time"] {
        let barred = with_header(name, "a|b");
        assert_eq!(
            kind(&endpoint, barred),
            Some(RejectionKind::Malformed),
            "{name}"
        );
    }
    assert_eq!(source.asked(), 0);
}

#[test]
fn the_request_does_not_choose_the_algorithm() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let endpoint = endpoint(&source);
    for algorithm in [
        "SHA1withRSA",
        "SHA512withRSA",
        "MD5withRSA",
        "sha256withrsa",
        "SHA256withRSA ",
        "SHA256withECDSA",
        "HmacSHA256",
        "NONE",
        "none",
    ] {
        let request = with_header("paypal-auth-algo", algorithm);
        assert_eq!(
            kind(&endpoint, request),
            Some(RejectionKind::Malformed),
            "{algorithm}"
        );
    }
    assert_eq!(source.asked(), 0);
}

#[test]
fn a_signature_is_canonical_base64_of_the_right_length() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let good = signed();
    let good = good.header("paypal-transmission-sig").unwrap();
    for signature in [
        "AAAA",
        "=",
        "not base64",
        good.trim_end_matches('='),
        &good[4..],
        &format!("{good}AAAA"),
        &format!("AAAA{good}"),
        &good.replace('+', "-").replace('/', "_"),
        &"A".repeat(8 * 1024),
    ] {
        let request = with_header("paypal-transmission-sig", signature);
        assert_eq!(
            kind(&endpoint, request),
            Some(RejectionKind::BadSignature),
            "{signature}"
        );
    }
}

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
    fn certificate(&self, _: &str) -> Fetching {
        Fetching::ready(match self.0.fetch_add(1, Ordering::Relaxed) {
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
fn a_document_that_is_no_certificate_is_refused_and_not_kept() {
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
        for asked in 1..3 {
            assert_eq!(kind(&endpoint, signed()), Some(RejectionKind::UntrustedKey));
            assert_eq!(source.asked(), asked);
        }
    }
}

/// How a request is judged whose certificate `authority` has issued for the test key, changed as told.
fn judged(
    authority: &Authority,
    trusted: &Authority,
    change: impl FnOnce(&mut CertificateParams),
) -> Option<RejectionKind> {
    let key = KeyPair::from_pem(TEST_KEY_PEM).unwrap();
    let certificate = authority.issue(&key, |params| {
        params.distinguished_name =
            name(&[(DnType::CommonName, "messageverificationcerts.paypal.com")]);
        change(params);
    });
    let source = Source::new(certificate.pem() + &authority.certificate.pem());
    let paypal = PayPal::new(TEST_WEBHOOK_ID, source).unwrap();
    let paypal = paypal.roots_pem(trusted.certificate.pem()).unwrap();
    kind(&at(paypal, NOW), signed())
}

#[test]
fn the_certificate_must_be_one_that_signs_messages() {
    let root = Authority::root();
    let again = DnType::CustomDnType(vec![2, 5, 4, 3]);
    let good = "messageverificationcerts.paypal.com";
    let cases: Vec<(Vec<(DnType, &str)>, bool)> = vec![
        (vec![(DnType::CommonName, good)], true),
        (
            vec![(
                DnType::CommonName,
                "messageverificationcerts.sandbox.paypal.com",
            )],
            true,
        ),
        (
            vec![
                (DnType::OrganizationName, "PayPal, Inc."),
                (DnType::CommonName, good),
            ],
            true,
        ),
        (vec![], false),
        (vec![(DnType::CommonName, "api.paypal.com")], false),
        (
            vec![(DnType::CommonName, "messageverificationcerts.evil.example")],
            false,
        ),
        (
            vec![(
                DnType::CommonName,
                "messageverificationcerts.paypal.com.evil.example",
            )],
            false,
        ),
        (
            vec![(
                DnType::CommonName,
                "messageverificationcerts.evilpaypal.com",
            )],
            false,
        ),
        (
            vec![(
                DnType::CommonName,
                "evil.messageverificationcerts.paypal.com",
            )],
            false,
        ),
        (
            vec![(
                DnType::CommonName,
                "messageverificationcerts.evil.example/x.paypal.com",
            )],
            false,
        ),
        (
            vec![(
                DnType::CommonName,
                "messageverificationcerts.evil.example\0.paypal.com",
            )],
            false,
        ),
        (vec![(DnType::CommonName, "*.paypal.com")], false),
        (vec![(DnType::OrganizationName, good)], false),
        (
            vec![(
                DnType::OrganizationName,
                "x, CN=messageverificationcerts.paypal.com",
            )],
            false,
        ),
        (
            vec![
                (DnType::OrganizationalUnitName, good),
                (DnType::CommonName, "evil.example"),
            ],
            false,
        ),
        (
            vec![(DnType::CommonName, good), (again.clone(), "evil.example")],
            false,
        ),
        (
            vec![(DnType::CommonName, "evil.example"), (again, good)],
            false,
        ),
    ];
    for (parts, accepted) in cases {
        let got = judged(&root, &root, |params| {
            params.distinguished_name = name(&parts)
        });
        let want = (!accepted).then_some(RejectionKind::UntrustedKey);
        assert_eq!(got, want, "{parts:?}");
    }
}

#[test]
fn the_certificate_must_lead_to_a_trusted_root_and_be_valid() {
    let (root, other) = (Authority::root(), Authority::root());
    let between = root.intermediate("Between", |_| {});
    let untrusted = Some(RejectionKind::UntrustedKey);
    assert_eq!(judged(&root, &root, |_| {}), None);
    assert_eq!(judged(&between, &root, |_| {}), None);
    assert_eq!(judged(&other, &root, |_| {}), untrusted);
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2026, 8, 5);
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2026, 8, 6);
    assert_eq!(judged(&root, &root, expired), untrusted);
    assert_eq!(judged(&root, &root, early), untrusted);
    let usage = rcgen::ExtendedKeyUsagePurpose::CodeSigning;
    let other_usage = |params: &mut CertificateParams| params.extended_key_usages = vec![usage];
    assert_eq!(judged(&root, &root, other_usage), untrusted);
}

#[test]
fn the_test_root_is_not_trusted_by_default() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let paypal = PayPal::new(TEST_WEBHOOK_ID, source).unwrap();
    assert_eq!(
        kind(&at(paypal, NOW), signed()),
        Some(RejectionKind::UntrustedKey)
    );
}

#[test]
fn a_key_of_another_algorithm_is_refused() {
    let root = Authority::root();
    let certificate = root.issue(&KeyPair::generate().unwrap(), |params| {
        params.distinguished_name =
            name(&[(DnType::CommonName, "messageverificationcerts.paypal.com")]);
    });
    let paypal = PayPal::new(TEST_WEBHOOK_ID, Source::new(certificate.pem())).unwrap();
    let paypal = paypal.roots_pem(root.certificate.pem()).unwrap();
    assert_eq!(
        kind(&at(paypal, NOW), signed()),
        Some(RejectionKind::UntrustedKey)
    );
}

#[test]
fn only_the_first_certificate_of_a_document_has_the_key() {
    let other = Authority::root().certificate.pem();
    let source = Source::new(other + TEST_CERTIFICATE_PEM);
    assert_eq!(
        kind(&endpoint(&source), signed()),
        Some(RejectionKind::UntrustedKey)
    );
}

#[test]
fn a_kept_certificate_is_judged_again_at_every_time() {
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let now = Arc::new(std::sync::Mutex::new(NOW));
    let clock = Arc::clone(&now);
    let endpoint = Endpoint::new(paypal(&source)).clock(move || *clock.lock().unwrap());
    let last = UnixTime::from_secs(4_102_444_799);
    let first = UnixTime::from_secs(1_577_836_800);
    for (time, refused, asked) in [
        (NOW, None, 1),
        (last, None, 1),
        (first, None, 1),
        (
            UnixTime::from_millis(first.as_millis() - 1),
            Some(RejectionKind::UntrustedKey),
            1,
        ),
        (last.plus_secs(1), Some(RejectionKind::UntrustedKey), 2),
        (
            UnixTime::from_secs(-1),
            Some(RejectionKind::UntrustedKey),
            2,
        ),
    ] {
        *now.lock().unwrap() = time;
        assert_eq!(kind(&endpoint, signed()), refused, "{time}");
        assert_eq!(source.asked(), asked, "{time}");
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
fn a_tolerance_judges_the_signed_time() {
    const DAY: u32 = 24 * 60 * 60;
    let source = Source::new(TEST_CERTIFICATE_PEM);
    let tolerant = paypal(&source).tolerance(Tolerance::secs(4 * DAY).future(300));
    let endpoint = at(tolerant, NOW);
    for (age, refused) in [
        (0, None),
        (4 * i64::from(DAY), None),
        (4 * i64::from(DAY) + 1, Some(RejectionKind::Stale)),
        (-300, None),
        (-301, Some(RejectionKind::Future)),
    ] {
        let request = signer().sign(BODY, NOW.plus_secs(-age)).unwrap();
        assert_eq!(kind(&endpoint, request), refused, "{age}");
    }
}

#[test]
fn without_a_tolerance_no_age_is_refused() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let long_ago = UnixTime::from_secs(0);
    let delivery = deliver(&endpoint, signer().sign(BODY, long_ago).unwrap()).unwrap();
    assert_eq!(delivery.sent_at(), Some(long_ago));
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
fn a_delivery_says_how_little_its_signature_covers() {
    let endpoint = endpoint(&Source::new(TEST_CERTIFICATE_PEM));
    let delivery = deliver(&endpoint, signed()).unwrap();
    assert_eq!(delivery.coverage(), Coverage::BodyChecksum);
    assert_eq!(delivery.id(), Some("WH-1"));
    assert_eq!(delivery.kind(), Some("PAYMENT.CAPTURE.COMPLETED"));
    assert_eq!(delivery.sent_at(), Some(NOW));
}

/// What the documentation of the module warns of.
#[test]
fn a_forged_body_of_the_same_checksum_verifies() {
    let forged = br#"{"id":"WH-2","event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"amount":"9999"},"x":"                                                "}"#;
    let genuine = signed();
    let forged = with_checksum(forged, crc32fast::hash(&genuine.body));
    let request = SignedRequest {
        body: forged.into(),
        ..genuine
    };
    let delivery = deliver(&endpoint(&Source::new(TEST_CERTIFICATE_PEM)), request).unwrap();
    assert_eq!(delivery.id(), Some("WH-2"));
    assert_eq!(delivery.coverage(), Coverage::BodyChecksum);
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
    assert_eq!((delivery.id(), delivery.kind()), (None, None));
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
    let signer = signer.unwrap().for_webhook("1X").target("/hooks");
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

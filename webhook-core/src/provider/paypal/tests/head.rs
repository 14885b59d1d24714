//! What the head of a request decides, before anything is fetched.

use super::*;

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
    for host in [
        "api.paypal.com",
        "api-m.paypal.com",
        "api.sandbox.paypal.com",
        "api-m.sandbox.paypal.com",
    ] {
        let source = Source::new(TEST_CERTIFICATE_PEM);
        let url = format!("https://{host}/v1/notifications/certs/CERT-360caa42-fca2_a594.1");
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

//! Certificates: which ones are accepted.

use super::*;

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
        let request = signer().sign(BODY, time).unwrap();
        assert_eq!(kind(&endpoint, request), refused, "{time}");
        assert_eq!(source.asked(), asked, "{time}");
    }
}

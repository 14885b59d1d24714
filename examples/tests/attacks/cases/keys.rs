//! PayPal's certificates: where they are, who made them, what they are used for.

use super::{UNPROVEN, UNREADABLE};
use crate::case::{Case, Want};
use crate::targets::{ANYWHERE, WEB_ROOTS, sender};

/// B60 to B65: addresses that are not PayPal's. A certificate is at each of them, and all but the address is right.
#[rustfmt::skip]
pub(crate) const ADDRESSES: &[(&str, &str)] = &[
    ("B60", "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-TEST"),
    ("B60", "https://evil.example/api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B60", "https://evilapi.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B60", "https://apixpaypal.com/v1/notifications/certs/CERT-TEST"),
    ("B60", "https://paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://api.paypal.com:x@evil.example/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://evil.example#api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://evil.example?api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://evil.example\\@api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://api.paypal.com\\@evil.example/v1/notifications/certs/CERT-TEST"),
    ("B61", "https://api.paypal.com%40evil.example/v1/notifications/certs/CERT-TEST"),
    ("B62", "http://api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B62", "file:///etc/passwd"),
    ("B62", "data:application/x-pem-file;base64,AAAA"),
    ("B62", "ftp://api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B62", "javascript:0"),
    ("B62", "//api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B62", "/v1/notifications/certs/CERT-TEST"),
    ("B62", "api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B62", "https:api.paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://api.paypal.com:8443/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://api.paypal.com./v1/notifications/certs/CERT-TEST"),
    ("B63", "https://API.PAYPAL.COM.evil.example/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://xn--api-paypal.com/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://127.0.0.1/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://[::1]/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://2130706433/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://0x7f.1/v1/notifications/certs/CERT-TEST"),
    ("B63", "https://169.254.169.254/latest/meta-data/"),
    ("B63", "https://localhost/v1/notifications/certs/CERT-TEST"),
    ("B65", "https://api.paypal.com/v1/notifications/certs/../../../CERT-TEST"),
    ("B65", "https://api.paypal.com/v1/notifications/certs/%2e%2e/CERT-TEST"),
    ("B65", "https://api.paypal.com/CERT-TEST"),
    ("B65", "https://sns.us-east-1.amazonaws.com/CERT-TEST.pem"),
    ("B65", " "),
];

/// B72: algorithms that a request may not choose.
const ALGORITHMS: &[&str] = &[
    "NONE",
    "none",
    "MD5withRSA",
    "SHA1withRSA",
    "sha256withrsa",
    "SHA256WITHRSA",
    "SHA512withRSA",
    "SHA256withECDSA",
    "HmacSHA256",
    "SHA256withRSA,SHA1withRSA",
    " ",
    "",
];

/// B41: times under an old signature.
const TIMES: &[&str] = &[
    "2026-08-05T11:00:00+02:00",
    "2026-08-05T09:00:60Z",
    "2026-08-05T09:00:00",
    "0000-01-01T00:00:00Z",
    "99999-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-08-05 09:00:00Z",
    "1785920400",
    "",
    "now",
    "2026-08-05T09:00:00z",
    "2026-08-05T24:00:00Z",
];

pub(crate) fn cases() -> Vec<Case> {
    let paypal = sender("paypal");
    let with = |class, header: &str, value: &str, want| {
        let request = paypal.genuine().with(header, value);
        Case::new(class, format!("{header}: {value}"), "paypal", request, want)
    };
    let untrusted = Want::Refused(&["untrusted_key", "missing_signature"]);
    let addresses = ADDRESSES.iter();
    let addresses = addresses.map(|(class, url)| {
        let request = paypal.genuine().with("paypal-cert-url", *url);
        Case::new(class, *url, ANYWHERE, request, untrusted)
    });
    let url = "https://api.paypal.com/v1/notifications/certs/CERT-OTHER";
    let other = with("B65", "paypal-cert-url", url, untrusted);
    let algorithms = ALGORITHMS.iter();
    let algorithms =
        algorithms.map(|name| with("B72", "paypal-auth-algo", name, Want::Refused(UNPROVEN)));
    let times = TIMES.iter();
    let times = times.map(|time| {
        with(
            "B41",
            "paypal-transmission-time",
            time,
            Want::Refused(UNREADABLE),
        )
    });
    let own = Case::new(
        "B70",
        "a certificate that the web's roots do not know",
        WEB_ROOTS,
        paypal.genuine(),
        Want::Refused(&["untrusted_key"]),
    );
    addresses
        .chain(algorithms)
        .chain(times)
        .chain([own, other])
        .collect()
}

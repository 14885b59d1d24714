//! What a scheme can say, whether or not a sender that is built in needs it.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use webhook_core::scheme::Algorithm::{HmacSha256, Sha256, Sha512};
use webhook_core::scheme::Field::{Header, Json, Query};
use webhook_core::scheme::Part::{BodyDigest, FirstOf, Literal, Secret, Setting};
use webhook_core::scheme::{
    Algorithm, Condition, Encoding, Handshake, HandshakeReply, Hash, Part, ReplyValue, Scheme,
    SchemeVerifier, Signature, Timestamp,
};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Answer, Coverage, Delivery, Endpoint, Key, UnixTime};
use webhook_testkit::{Request, outcome_in};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const SECRET: &str = "a secret for tests";
const BODY: &[u8] = br#"{"id":"1"}"#;

/// Nobody is known to sign so, but a scheme can say it: signature and time in one text of the body.
const IN_ONE_TEXT: Scheme = Scheme::new("in-one-text", HmacSha256)
    .signature(
        Signature::first_of(&[Json("/signature")])
            .separator(b',')
            .prefix("v1="),
    )
    .timestamp(Timestamp::entry("t=").tolerance(300))
    .signed_content(&[Part::Timestamp, Literal("."), FirstOf(&[Json("/id")])]);

/// What a receiver makes of a request: with its body whole, and in pieces of every length below five; the verdict must be one.
fn received(verifier: &SchemeVerifier, request: &SignedRequest) -> Result<Delivery, Answer> {
    let request = Request::from(request.clone());
    let endpoint = Endpoint::new(verifier.clone()).clock(FixedClock::at(NOW));
    let whole = outcome_in(&endpoint, &request, vec![request.body.clone()]);
    for length in 1..5 {
        let pieces = request.body.chunks(length).map(Bytes::copy_from_slice);
        let pieces = outcome_in(&endpoint, &request, pieces.collect());
        assert_eq!(code(&whole), code(&pieces), "{length}");
    }
    whole
}

fn code(verdict: &Result<Delivery, Answer>) -> &'static str {
    match verdict {
        Ok(_) => "ok",
        Err(answer) => answer.code(),
    }
}

/// The hexadecimal digits of a hash.
fn hex_of(hash: Hash, content: &str) -> String {
    use sha2::Digest;

    match hash {
        Hash::Sha512 => const_hex::encode(sha2::Sha512::digest(content)),
        _ => const_hex::encode(sha2::Sha256::digest(content)),
    }
}

#[test]
fn a_time_beside_a_signature_in_the_body_is_judged() {
    for time in [Timestamp::entry("t="), Timestamp::first_entry()] {
        let scheme = IN_ONE_TEXT.timestamp(time.tolerance(300));
        let signer = Signer::new(scheme, SECRET).unwrap();
        let verifier = scheme.verifier(SECRET).unwrap();
        for (age, wanted) in [(0, "ok"), (300, "ok"), (301, "stale"), (-301, "future")] {
            let request = signer.sign(BODY, NOW.plus_secs(-age)).unwrap();
            let said = received(&verifier, &request);
            assert_eq!(code(&said), wanted, "{age} {scheme:?}");
        }
    }
}

#[test]
fn a_digest_vouches_for_the_body() {
    const SHA256: &[Part] = &[
        FirstOf(&[Header("x-id")]),
        Literal("\n"),
        BodyDigest(Hash::Sha256, Encoding::Hex),
    ];
    const SHA512: &[Part] = &[BodyDigest(Hash::Sha512, Encoding::Base64)];
    const MD5: &[Part] = &[
        BodyDigest(Hash::Md5, Encoding::Base64),
        Literal("."),
        Part::Path,
    ];
    for content in [SHA256, SHA512, MD5] {
        let scheme = Scheme::new("acme", HmacSha256).signed_content(content);
        let signer = Signer::new(scheme, SECRET).unwrap().header("x-id", "7");
        let request = signer.sign(BODY, NOW).unwrap();
        let verifier = scheme.verifier(SECRET).unwrap();
        let delivery = received(&verifier, &request).unwrap();
        assert_eq!(delivery.coverage(), Coverage::Body);
        let changed = request.with_body(&br#"{"id":"2"}"#[..]);
        assert_eq!(code(&received(&verifier, &changed)), "bad_signature");
    }
}

/// RFC 4231, test case 2, over the digest of RFC 1321's `abc` instead.
#[test]
fn a_digest_is_signed_as_it_is_written() {
    let scheme =
        Scheme::new("acme", HmacSha256).signed_content(&[BodyDigest(Hash::Md5, Encoding::Hex)]);
    let by_digest = Signer::new(scheme, SECRET).unwrap().sign(b"abc", NOW);
    let plain = Signer::new(Scheme::new("acme", HmacSha256), SECRET).unwrap();
    let by_text = plain.sign(b"900150983cd24fb0d6963f7d28e17f72", NOW);
    let code = |request: &SignedRequest| request.header("signature").unwrap().to_owned();
    assert_eq!(code(&by_digest.unwrap()), code(&by_text.unwrap()));
}

#[test]
fn a_path_is_signed_as_it_arrived_without_the_query() {
    let scheme =
        Scheme::new("acme", HmacSha256).signed_content(&[Part::Body, Literal("\n"), Part::Path]);
    let signer = Signer::new(scheme, SECRET).unwrap().target("/a%2fb?c=1");
    let verifier = scheme.verifier(SECRET).unwrap();
    let request = signer.sign(BODY, NOW).unwrap();
    for (target, wanted) in [
        ("/a%2fb?c=1", "ok"),
        ("/a%2fb", "ok"),
        ("/a%2fb#d", "ok"),
        ("/a%2Fb", "bad_signature"),
        ("/a/b", "bad_signature"),
        ("/a%2fb/", "bad_signature"),
        ("/", "bad_signature"),
    ] {
        let request = SignedRequest {
            target: target.to_owned(),
            ..request.clone()
        };
        assert_eq!(code(&received(&verifier, &request)), wanted, "{target}");
    }
}

#[test]
fn the_path_of_a_configured_url_goes_before_that_of_the_request() {
    let scheme =
        Scheme::new("acme", HmacSha256).signed_content(&[Part::Body, Literal("\n"), Part::Path]);
    let signer = Signer::new(scheme, SECRET).unwrap().target("/told?a=1");
    let request = SignedRequest {
        target: "/arrived".to_owned(),
        ..signer.sign(BODY, NOW).unwrap()
    };
    let verifier = scheme.verifier(SECRET).unwrap();
    assert_eq!(code(&received(&verifier, &request)), "bad_signature");
    let verifier = verifier
        .public_url("https://shop.example/told?b=2")
        .unwrap();
    assert_eq!(code(&received(&verifier, &request)), "ok");
}

#[test]
fn a_plain_hash_holds_the_secret_of_the_key_that_is_tried() {
    for (algorithm, hash) in [(Sha256, Hash::Sha256), (Sha512, Hash::Sha512)] {
        let scheme = Scheme::new("acme", algorithm).signed_content(&[
            Literal("v1:"),
            Secret,
            Literal("-"),
            Part::Body,
        ]);
        let request = Signer::new(scheme, SECRET)
            .unwrap()
            .sign(BODY, NOW)
            .unwrap();
        let content = r#"v1:a secret for tests-{"id":"1"}"#;
        assert_eq!(request.header("signature"), Some(&*hex_of(hash, content)));
        for (keys, place) in [
            (vec![SECRET], Some(0)),
            (vec!["another secret", SECRET], Some(1)),
            (vec![SECRET, "another secret"], Some(0)),
            (vec!["another secret"], None),
        ] {
            let verdict = received(&scheme.verifier(keys).unwrap(), &request);
            let matched = verdict.as_ref().ok().and_then(Delivery::key);
            assert_eq!(matched.map(|key| key.index()), place);
            if let Ok(delivery) = verdict {
                assert_eq!(delivery.coverage(), Coverage::BodyHash);
            }
        }
    }
}

/// FIPS 180-4, 5.1.1: what SHA-256 adds to a message. Whoever knows the hash of it can go on hashing from there.
#[test]
fn a_body_that_a_plain_hash_was_lengthened_for_is_refused() {
    const SIGNED: &str = "a secret for tests{}";
    let scheme = Scheme::new("acme", Sha256).signed_content(&[Secret, Part::Body]);
    let verifier = scheme.verifier(SECRET).unwrap();
    let mut lengthened = b"{}\x80".to_vec();
    lengthened.resize(56 - SECRET.len(), 0);
    lengthened.extend_from_slice(&(SIGNED.len() as u64 * 8).to_be_bytes());
    lengthened.extend_from_slice(b"&paid=true");
    // The right hash, however it was come by.
    let request = Signer::new(scheme, SECRET).unwrap().sign(&lengthened, NOW);
    assert_eq!(code(&received(&verifier, &request.unwrap())), "malformed");
}

#[test]
fn a_setting_is_signed_and_its_absence_is_our_fault() {
    let scheme = Scheme::new("acme", HmacSha256).signed_content(&[
        Setting("merchant"),
        Literal("."),
        Part::Body,
    ]);
    let signer = Signer::new(scheme, SECRET).unwrap();
    assert!(signer.sign(BODY, NOW).is_err());
    let request = signer
        .setting("merchant", "shop-7")
        .sign(BODY, NOW)
        .unwrap();
    let verifier = scheme.verifier(SECRET).unwrap();
    assert_eq!(code(&received(&verifier, &request)), "misconfigured");
    for (merchant, wanted) in [("shop-7", "ok"), ("shop-8", "bad_signature")] {
        let verifier = verifier.clone().setting("merchant", merchant).unwrap();
        assert_eq!(code(&received(&verifier, &request)), wanted, "{merchant}");
    }
    for (name, text) in [("shop", "7"), ("merchant", ""), ("merchant", " shop-7")] {
        assert!(verifier.clone().setting(name, text).is_err(), "{name}");
    }
    let decoy = SchemeVerifier::decoy(scheme).unwrap();
    assert_eq!(code(&received(&decoy, &request)), "bad_signature");
}

#[test]
fn the_key_that_is_named_is_tried_alone() {
    let by_header = Scheme::new("acme", HmacSha256).key_id(&[Header("x-key"), Query("key")]);
    let by_pair = Scheme::new("acme", HmacSha256)
        .signature(Signature::header("authorization").credentials("Acme"));
    for scheme in [by_header, by_pair] {
        let key = |secret: &str, id: &str| Key::new(secret).unwrap().named(id);
        let keys = || {
            [
                key("another secret", "1"),
                key(SECRET, "2"),
                key("the next one", "2"),
            ]
        };
        let verifier = scheme.verifier(keys()).unwrap();
        for (id, secret, wanted) in [
            ("2", SECRET, "ok"),
            ("2", "the next one", "ok"),
            ("1", SECRET, "bad_signature"),
            ("2", "another secret", "bad_signature"),
            ("3", SECRET, "untrusted_key"),
            ("22", SECRET, "untrusted_key"),
        ] {
            let signer = Signer::new(scheme, secret).unwrap().key_id(id);
            let request = signer.sign(BODY, NOW).unwrap();
            assert_eq!(
                code(&received(&verifier, &request)),
                wanted,
                "{id} {secret}"
            );
            let decoy = SchemeVerifier::decoy(scheme).unwrap();
            assert_eq!(code(&received(&decoy, &request)), "untrusted_key");
        }
        assert!(scheme.verifier(SECRET).is_err());
    }
    let signer = Signer::new(by_header, SECRET).unwrap().key_id("2");
    let request = signer.sign(BODY, NOW).unwrap().without_header("x-key");
    let verifier = by_header.verifier(Key::new(SECRET).unwrap().named("2"));
    let verdict = received(&verifier.unwrap(), &request);
    assert_eq!(code(&verdict), "missing_signature");
}

const ANSWERING: Scheme = Scheme::new("acme", HmacSha256).handshakes(&[Handshake::unsigned(
    "GET",
    &[Condition::Present(Query("challenge"))],
    HandshakeReply::Json(&[(
        "answer",
        ReplyValue::Code("sha256=", Query("challenge"), Encoding::Base64),
    )]),
)]);

/// Anybody can have a text signed by asking for the answer to a handshake.
#[test]
fn what_a_handshake_has_signed_is_no_delivery() {
    let ask = |challenge: &str| SignedRequest {
        method: "GET".to_owned(),
        target: format!("/?challenge={challenge}"),
        headers: Vec::new(),
        body: "".into(),
    };
    let verifier = ANSWERING.verifier([SECRET, "another secret"]).unwrap();
    let verdict = received(&verifier, &ask("7"));
    let Err(Answer::Reply(reply)) = verdict else {
        unreachable!("{verdict:?}")
    };
    // Computed with Python's `hmac`.
    let answer = std::str::from_utf8(reply.body()).unwrap();
    assert_eq!(
        answer,
        r#"{"answer":"sha256=8Mh96mFrRP1Aws80ZExrz0KBmv2LP2jmA+j7NO+caDQ="}"#
    );
    assert_eq!(
        code(&received(&verifier, &ask("%7B%7D"))),
        "handshake_refused"
    );
    let decoy = SchemeVerifier::decoy(ANSWERING).unwrap();
    assert_eq!(code(&received(&decoy, &ask("7"))), "handshake_refused");
    let signer = Signer::new(ANSWERING, SECRET).unwrap();
    for (body, wanted) in [
        ("{}", "ok"),
        ("7", "malformed"),
        (" {}", "ok"),
        ("", "malformed"),
    ] {
        let request = signer.sign(body.as_bytes(), NOW).unwrap();
        assert_eq!(code(&received(&verifier, &request)), wanted, "{body}");
    }
}

#[test]
fn a_code_is_read_in_every_encoding() {
    for (encoding, other) in [
        (Encoding::Base64Url, Encoding::Base64),
        (Encoding::HexInBase64, Encoding::Hex),
        (Encoding::Base64, Encoding::Base64Url),
        (Encoding::Hex, Encoding::HexInBase64),
    ] {
        let scheme = |encoding| {
            let signature = Signature::header("signature").encoding(encoding);
            Scheme::new("acme", Algorithm::HmacSha512).signature(signature)
        };
        let request = Signer::new(scheme(encoding), SECRET)
            .unwrap()
            .sign(BODY, NOW);
        let request = request.unwrap();
        for (read, wanted) in [(encoding, "ok"), (other, "bad_signature")] {
            let verifier = scheme(read).verifier(SECRET).unwrap();
            assert_eq!(code(&received(&verifier, &request)), wanted, "{encoding:?}");
        }
    }
}

#[test]
fn debug_of_a_verifier_names_its_scheme_and_shows_no_key() {
    let shown = format!("{:?}", IN_ONE_TEXT.verifier(SECRET).unwrap());
    assert!(shown.contains("in-one-text"), "{shown}");
    assert!(!shown.contains(SECRET), "{shown}");
}

//! Tokens in the compact form of JWS: Apple's, Google's and Plaid's.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::UNPROVEN;
use crate::case::{Case, Want};
use crate::targets::sender;
use webhook_testkit::Sender;

/// What a header may say of itself, over the signature of another.
const ALGORITHMS: &[&str] = &[
    "none", "None", "NONE", "HS256", "HS384", "HS512", "RS1", "RS512", "ES384", "PS256", "EdDSA",
    "",
];

pub(crate) fn cases() -> Vec<Case> {
    let senders = ["apple-appstore", "google-play-rtdn", "plaid"].map(sender);
    let mut cases: Vec<Case> = senders.into_iter().flat_map(of).collect();
    cases.extend(chains(sender("apple-appstore")));
    cases.extend(other_apps(sender("apple-appstore")));
    cases
}

fn of(sender: &'static Sender) -> Vec<Case> {
    let token = Token::of(sender);
    let mut cases = Vec::new();
    for name in ALGORITHMS {
        let changed = |header: &mut Value| header["alg"] = json!(name);
        let (right, none) = (token.with_header(changed), token.unsigned(changed));
        cases.push(token.case("B74", format!("alg {name:?}"), &right));
        cases.push(token.case("B74", format!("alg {name:?}, no signature"), &none));
    }
    for (name, alg) in [
        ("a list", json!(["ES256"])),
        ("null", Value::Null),
        ("a number", json!(256)),
    ] {
        let changed = token.with_header(|header| header["alg"] = alg);
        cases.push(token.case("B74", format!("alg is {name}"), &changed));
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("kid", json!("../../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!("http://169.254.169.254/")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        let changed = token.with_header(|header| header[name] = value.clone());
        cases.push(token.case("B76", format!("{name} {value}"), &changed));
    }
    cases.extend(token.shapes());
    cases
}

/// A token that its sender has signed.
struct Token {
    sender: &'static Sender,
    parts: [String; 3],
    /// What stands before it, such as `Bearer `.
    before: String,
}

impl Token {
    fn of(sender: &'static Sender) -> Self {
        let genuine = sender.genuine();
        let signature = std::str::from_utf8(sender.signature(&genuine)).unwrap();
        let [before, token, _] = sender.parts(signature);
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        Self {
            sender,
            parts: parts.try_into().unwrap(),
            before: before.to_owned(),
        }
    }

    fn case(&self, class: &'static str, name: impl Into<String>, token: &str) -> Case {
        let genuine = self.sender.genuine();
        let value = format!("{}{token}", self.before);
        let request = self.sender.with_signature(&genuine, value);
        let codes = &[
            "bad_signature",
            "malformed",
            "missing_signature",
            "untrusted_key",
            "keys_unavailable",
        ];
        Case::new(class, name, self.sender.name, request, Want::Refused(codes))
    }

    fn with_header(&self, change: impl FnOnce(&mut Value)) -> String {
        let [header, payload, signature] = &self.parts;
        let header = Base64UrlUnpadded::decode_vec(header).unwrap();
        let mut header = serde_json::from_slice(&header).unwrap();
        change(&mut header);
        let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
        format!("{header}.{payload}.{signature}")
    }

    fn unsigned(&self, change: impl FnOnce(&mut Value)) -> String {
        let token = self.with_header(change);
        token[..=token.rfind('.').unwrap()].to_owned()
    }

    fn shapes(&self) -> Vec<Case> {
        let [header, payload, signature] = &self.parts;
        let length = Base64UrlUnpadded::decode_vec(signature).unwrap().len();
        let code = |bytes: Vec<u8>| Base64UrlUnpadded::encode_string(&bytes);
        let zeros = code(vec![0; length]);
        let mut half = Base64UrlUnpadded::decode_vec(signature).unwrap();
        half[length / 2..].fill(0);
        let der = [&[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01][..]].concat();
        [
            ("detached", format!("{header}..{signature}")),
            ("two parts", format!("{header}.{payload}")),
            ("one part", header.clone()),
            (
                "four parts",
                format!("{header}.{payload}.{signature}.{signature}"),
            ),
            (
                "five parts, as if encrypted",
                format!("{header}.{payload}.{signature}.{payload}.{signature}"),
            ),
            ("a dot before", format!(".{header}.{payload}.{signature}")),
            ("no header", format!(".{payload}.{signature}")),
            ("no signature", format!("{header}.{payload}.")),
            ("padded", format!("{header}=.{payload}==.{signature}==")),
            (
                "signature in DER",
                format!("{header}.{payload}.{}", code(der)),
            ),
            ("r and s are 0", format!("{header}.{payload}.{zeros}")),
            ("s is 0", format!("{header}.{payload}.{}", code(half))),
            (
                "a byte short",
                format!("{header}.{payload}.{}", code(vec![1; length - 1])),
            ),
            (
                "a byte long",
                format!("{header}.{payload}.{}", code(vec![1; length + 1])),
            ),
            (
                "parts in another order",
                format!("{payload}.{header}.{signature}"),
            ),
            ("another payload", format!("{header}.e30.{signature}")),
            ("dots", "..".to_owned()),
        ]
        .map(|(name, token)| self.case("B77", name, &token))
        .into()
    }
}

/// B75: Apple's certificates, changed in the header of a token.
fn chains(apple: &'static Sender) -> Vec<Case> {
    let token = Token::of(apple);
    let with = |name: &str, change: &dyn Fn(&mut Vec<Value>)| {
        let changed = token.with_header(|header| change(header["x5c"].as_array_mut().unwrap()));
        token.case("B75", name, &changed)
    };
    let other = token.with_header(|header| header["x5c"] = json!("AAAA"));
    vec![
        with("none", &|chain| chain.clear()),
        with("the leaf alone", &|chain| chain.truncate(1)),
        with("no root", &|chain| chain.truncate(2)),
        with("four", &|chain| chain.push(chain[2].clone())),
        with("reversed", &|chain| chain.reverse()),
        with("the leaf thrice", &|chain| {
            *chain = vec![chain[0].clone(); 3]
        }),
        with("the root thrice", &|chain| {
            *chain = vec![chain[2].clone(); 3]
        }),
        with("no intermediate", &|chain| chain[1] = chain[2].clone()),
        with("fifty", &|chain| *chain = vec![chain[1].clone(); 50]),
        with("not a certificate", &|chain| chain[0] = json!("AAAA")),
        with("not a text", &|chain| chain[0] = json!(7)),
        with("not base64", &|chain| chain[0] = json!("*")),
        token.case("B75", "a text", &other),
    ]
}

/// B78: what Apple has signed for another app or environment.
fn other_apps(apple: &'static Sender) -> Vec<Case> {
    let case = |name: &str, data: Value| {
        let body = json!({"notificationType": "ONE_TIME_CHARGE", "notificationUUID": "evt_1", "data": data});
        let request = apple
            .signer
            .sign(body.to_string().as_bytes(), webhook_testkit::NOW)
            .unwrap();
        Case::new(
            "B78",
            name,
            apple.name,
            request.into(),
            Want::Refused(UNPROVEN),
        )
    };
    vec![
        case(
            "another app",
            json!({"bundleId": "com.example.evil", "environment": "Sandbox"}),
        ),
        case(
            "another environment",
            json!({"bundleId": "com.example.app", "environment": "Production"}),
        ),
        case("no app", json!({"environment": "Sandbox"})),
        case("no environment", json!({"bundleId": "com.example.app"})),
        case(
            "a longer name",
            json!({"bundleId": "com.example.app.evil", "environment": "Sandbox"}),
        ),
        case(
            "another case",
            json!({"bundleId": "COM.EXAMPLE.APP", "environment": "Sandbox"}),
        ),
    ]
}

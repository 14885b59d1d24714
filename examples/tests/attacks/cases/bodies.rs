//! Bodies: what their senders have signed and nobody can read, and what somebody has changed in forms and fields.

use serde_json::{Value, json};

use super::{UNPROVEN, UNREADABLE};
use crate::BODY;
use crate::case::{Case, Want};
use crate::targets::sender;
use webhook_core::testing::Sign;
use webhook_testkit::{NOW, Request, URL, accounts_of};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = signed_oddities();
    cases.extend(urls());
    cases.extend(adyen_fields());
    cases.extend(adyen_batches());
    cases.extend(forms());
    cases.extend(classic_mollie());
    cases
}

/// What a sender signs is genuine, whatever it is: refused, it would be sent for days.
fn signed_oddities() -> Vec<Case> {
    let deep = [vec![b'['; 30_000], vec![b']'; 30_000]].concat();
    let number = [b"{\"amount\":", &[b'9'; 60_000][..], b"}"].concat();
    let rows: &[(&str, &str, &[u8])] = &[
        ("B79", "an id twice", br#"{"id":"evt_A","id":"evt_B"}"#),
        (
            "B79",
            "an id twice, one in escapes",
            br#"{"id":"evt_A","\u0069d":"evt_B"}"#,
        ),
        (
            "B79",
            "a type twice",
            br#"{"id":"evt_A","type":"a","type":"b"}"#,
        ),
        ("B80", "byte order mark", b"\xef\xbb\xbf{}"),
        ("B80", "UTF-16", b"\xff\xfe{\0}\0"),
        ("B80", "not UTF-8", b"{\"id\":\"\xff\"}"),
        ("B80", "overlong", b"{\"id\":\"\xc0\xaf\"}"),
        ("B80", "half a surrogate pair", br#"{"id":"\ud800"}"#),
        ("B80", "NUL in a text", br#"{"id":"evt\u0000"}"#),
        ("B81", "60,000 brackets", &deep),
        ("B81", "a number of 60,000 digits", &number),
        ("B81", "1e400", br#"{"id":"e","amount":1e400}"#),
        ("B81", "-0", br#"{"id":"e","amount":-0}"#),
        ("B82", "two documents", b"{}{}"),
        ("B82", "nothing", b""),
        ("B82", "null", b"null"),
        ("B82", "a list", b"[]"),
        ("B82", "a text", b"\"x\""),
        (
            "B83",
            "an unknown type",
            br#"{"id":"e","object":"event","type":"not.yet.known"}"#,
        ),
        ("B83", "no fields", b"{}"),
        (
            "B84",
            "an amount as text",
            br#"{"id":"e","data":{"object":{"amount":"1"}}}"#,
        ),
        (
            "B84",
            "an amount below 0",
            br#"{"id":"e","data":{"object":{"amount":-1}}}"#,
        ),
    ];
    let stripe = sender("stripe");
    let case = |(class, name, body): &(&'static str, &str, &[u8])| {
        let signed = stripe.sign(body);
        let altered = signed.clone().with_body([body, &b"\n"[..]].concat());
        [
            Case::new(class, *name, "stripe", signed, Want::Accepted),
            Case::new(
                class,
                format!("{name}, altered"),
                "stripe",
                altered,
                Want::Refused(super::BAD),
            ),
        ]
    };
    rows.iter().flat_map(case).collect()
}

/// B87: addresses that are not the configured one, signed, with what a proxy would say.
fn urls() -> Vec<Case> {
    let account = accounts_of("square").remove(0);
    let case = |url: &str| {
        let signer = account.signer().public_url(url);
        let request = Request::from(signer.sign(BODY, NOW).unwrap());
        let request = request
            .and("x-forwarded-host", "shop.example")
            .and("x-forwarded-proto", "https")
            .and("forwarded", "host=shop.example;proto=https");
        Case::new("B87", url, "square", request, Want::Refused(super::BAD))
    };
    assert_eq!(URL, "https://shop.example/webhooks?from=sender");
    [
        "http://shop.example/webhooks?from=sender",
        "https://shop.example:443/webhooks?from=sender",
        "https://SHOP.example/webhooks?from=sender",
        "https://shop.example/webhooks/?from=sender",
        "https://shop.example/webhooks",
        "https://shop.example/webhooks?from=sender#",
        "https://shop.example/%77ebhooks?from=sender",
        "https://shop.example/webhooks?from=sende",
        "https://evil.example/webhooks?from=sender",
        "https://localhost/0/",
    ]
    .map(case)
    .into()
}

/// The document of a genuine notification of Adyen.
fn adyen() -> (Request, Value) {
    let genuine = sender("adyen").genuine();
    let document = serde_json::from_slice(&genuine.body).unwrap();
    (genuine, document)
}

fn adyen_case(class: &'static str, name: impl Into<String>, body: String) -> Case {
    let request = adyen().0.with_body(body);
    Case::new(class, name, "adyen", request, Want::Refused(UNREADABLE))
}

/// Fields that Adyen signs, each changed.
fn adyen_fields() -> Vec<Case> {
    let fields = [
        ("pspReference", json!("7914073381342285")),
        ("originalReference", json!("7914073381342284")),
        ("merchantAccountCode", json!("Shop2")),
        ("merchantAccountCode", json!("Shop:order-7")),
        ("merchantReference", json!("order-8")),
        ("merchantReference", json!("order-7:")),
        ("merchantReference", json!("order-7\\")),
        ("merchantReference", json!("order-7:1250")),
        ("merchantReference", Value::Null),
        ("amount", json!({"currency": "EUR", "value": 1251})),
        ("amount", json!({"currency": "USD", "value": 1250})),
        ("amount", json!({"currency": "EUR", "value": "1250.0"})),
        ("amount", json!({"currency": "EUR", "value": -1250})),
        ("amount", json!({"currency": "EUR", "value": 1250.5})),
        ("amount", Value::Null),
        ("eventCode", json!("REFUND")),
        ("success", json!("false")),
        ("additionalData", json!({})),
        ("additionalData", Value::Null),
        ("additionalData", json!({"hmacSignature": ["x"]})),
    ];
    let case = |(field, value): (&str, Value)| {
        let (_, mut document) = adyen();
        let name = format!("{field}: {value}");
        document["notificationItems"][0]["NotificationRequestItem"][field] = value;
        adyen_case("B88", name, document.to_string())
    };
    let doubled = |name: &str, value: &str| {
        let body = String::from_utf8(adyen().0.body.to_vec()).unwrap();
        let marked = format!(r#""{name}":{value},"pspReference":"#);
        let body = body.replace(r#""pspReference":"#, &marked);
        adyen_case("B79", format!("{name} twice"), body)
    };
    let mut cases: Vec<Case> = fields.into_iter().map(case).collect();
    cases.push(doubled("pspReference", r#""0""#));
    cases.push(doubled("success", r#""false""#));
    cases.push(doubled("eventCode", r#""REFUND""#));
    cases
}

/// One item that nobody signed refuses all.
fn adyen_batches() -> Vec<Case> {
    let (_, document) = adyen();
    let item = document["notificationItems"][0].clone();
    let mut forged = item.clone();
    forged["NotificationRequestItem"]["merchantReference"] = json!("order-8");
    let mut unsigned = item.clone();
    unsigned["NotificationRequestItem"]["additionalData"] = json!({});
    let case = |name: &str, items: Value| {
        let mut document = document.clone();
        document["notificationItems"] = items;
        adyen_case("B88", name, document.to_string())
    };
    vec![
        case("a forged item before", json!([forged])),
        case("a forged item alone among objects", json!([forged, {}])),
        case("an unsigned item", json!([unsigned])),
        case("no items", json!([])),
        case("items that are no list", json!({})),
        case("an item that is no object", json!([7])),
        case("a thousand items", Value::Array(vec![json!({}); 1000])),
        adyen_case("B88", "no notification", "{}".to_owned()),
        adyen_case("B82", "not JSON", "notificationItems=".to_owned()),
    ]
}

/// Forms whose signature stands beside what it signs: a line more, a line twice, another order.
fn forms() -> Vec<Case> {
    let rows: &[(&str, &[(&str, &str)])] = &[
        (
            "braintree",
            &[
                ("bt_signature=", "bt_signature=x&bt_signature="),
                ("bt_payload=", "bt_payload=eA&bt_payload="),
                ("bt_payload=", "bt_payload=+"),
                ("bt_payload=", "=&bt_paylod="),
                ("public%7C", "publi%7C"),
                ("public%7C", "public%7C%7C"),
                ("bt_signature=", "bt_signatur="),
            ],
        ),
        (
            "dotpay",
            &[
                ("operation_amount=10.00", "operation_amount=10.0"),
                ("operation_amount=10.00", "operation_amount=1000.00"),
                ("operation_status=completed", "operation_status=rejected"),
                ("control=65422", "control=6542&x=2"),
                ("id=798105", "id=798106"),
                ("&signature=", "&signature=0&signature="),
                (
                    "operation_number=M8457-4018",
                    "operation_number=M8457-401&operation_number=8",
                ),
            ],
        ),
        (
            "opayo-server",
            &[
                ("Status=OK", "Status=ABORT"),
                ("VendorTxCode=order-7", "VendorTxCode=order-8"),
                ("TxAuthNo=7224466", "TxAuthNo=722446"),
                ("Status=OK", "Status=OK&Status=OK2"),
                ("&VPSSignature=", "&VPSSignature=0&VPSSignature="),
            ],
        ),
    ];
    let of = |(name, changes): &(&'static str, &[(&str, &str)])| {
        let sender = sender(name);
        let genuine = sender.genuine();
        let body = String::from_utf8(genuine.body.to_vec()).unwrap();
        let case = |(from, to): &(&str, &str)| {
            assert!(body.contains(from), "{name}: {from}");
            let request = genuine.clone().with_body(body.replacen(from, to, 1));
            let want = Want::Refused(UNPROVEN);
            Case::new(
                "B85",
                format!("{to} for {from}"),
                sender.name,
                request,
                want,
            )
        };
        changes.iter().map(case).collect::<Vec<_>>()
    };
    rows.iter().flat_map(of).collect()
}

/// B89: what Mollie sends unsigned, with ids of any shape.
fn classic_mollie() -> Vec<Case> {
    let genuine = sender("mollie").genuine().without("x-mollie-signature");
    let case = |body: &str| {
        let request = genuine.clone().with_body(body.to_owned());
        let want = Want::Refused(&["unsigned", "missing_signature"]);
        Case::new("B89", body, "mollie", request, want)
    };
    [
        "id=tr_7UhSN1zuXS",
        "id=tr_../../payments",
        "id=https://evil.example/",
        "id=tr_1%0d%0aHost:%20evil.example",
        "id=",
        "id=tr_1&id=tr_2",
        "{\"id\":\"tr_7UhSN1zuXS\"}",
    ]
    .map(case)
    .into()
}

//! Bodies: their length, what of the request is signed with them, and what of them can be read.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use webhook_core::payment::PaymentUpdates;
use webhook_core::provider::{github, shopify, slack, square, standard_webhooks, stripe};
use webhook_core::testing::Sign;
use webhook_core::{Coverage, Delivery, FromDelivery, JsonEvent, UnverifiedJsonEvent};

use super::BODY;
use webhook_testkit::{NOW, Request, accounts_of, code, receive, receive_in, received_by, senders};

/// B28: what lenient receivers make of a body before they hash it.
#[test]
fn the_body_is_hashed_as_it_came() {
    let sent = &b"{\"b\": 1,\n \"a\":\t1.10, \"\\u00e9\": null}\r\n"[..];
    let exact = senders().into_iter();
    for sender in exact.filter(|sender| sender.signs_the_body() && sender.sends_anything()) {
        let request = sender.sign(sent);
        assert_eq!(code(&receive(&sender.endpoint(), &request)), "ok");
        for (name, body) in [
            ("no line feed at its end", sent.trim_ascii_end().to_vec()),
            ("compact", br#"{"b":1,"a":1.10,"\u00e9":null}"#.to_vec()),
            ("in capitals", sent.to_ascii_uppercase()),
            (
                "decoded escape",
                "{\"b\": 1,\n \"a\":\t1.10, \"é\": null}\r\n".into(),
            ),
            (
                "line feed alone",
                sent.iter().copied().filter(|byte| *byte != b'\r').collect(),
            ),
            ("byte order mark", [&b"\xef\xbb\xbf"[..], sent].concat()),
            ("empty", Vec::new()),
            ("NUL behind", [sent, b"\0"].concat()),
        ] {
            let verdict = receive(&sender.endpoint(), &request.clone().with_body(body));
            assert_eq!(code(&verdict), "bad_signature", "{}: {name}", sender.name);
        }
    }
}

/// B87: URLs that Square could have been given instead.
#[test]
fn the_signed_url_is_the_configured_one() {
    let account = accounts_of("square").remove(0);
    for (name, url) in [
        ("plain http", "http://shop.example/webhooks?from=sender"),
        (
            "default port",
            "https://shop.example:443/webhooks?from=sender",
        ),
        (
            "host in capitals",
            "https://SHOP.example/webhooks?from=sender",
        ),
        ("slash behind", "https://shop.example/webhooks/?from=sender"),
        ("no query", "https://shop.example/webhooks"),
        ("fragment", "https://shop.example/webhooks?from=sender#"),
        ("percent", "https://shop.example/%77ebhooks?from=sender"),
        (
            "the boundary moved",
            "https://shop.example/webhooks?from=sende",
        ),
    ] {
        let signer = account.signer().public_url(url);
        let request = Request::from(signer.sign(BODY, NOW).unwrap())
            .and("x-forwarded-host", "SHOP.example")
            .and("x-forwarded-proto", "http");
        let verdict = receive(&account.endpoint(), &request);
        assert_eq!(code(&verdict), "bad_signature", "{name}");
    }
    for url in [
        "",
        "shop.example/webhooks",
        "ftp://shop.example",
        "HTTPS://shop.example",
    ] {
        assert!(
            square::Square::new("a secret for tests", url).is_err(),
            "{url}"
        );
    }
}

/// B29: the secret in a form that another library would take.
#[test]
fn a_secret_in_another_form_is_another_key() {
    let stripe = accounts_of("stripe").remove(0);
    let bare = stripe.secret.trim_start_matches("whsec_");
    let shouted = stripe.secret.to_uppercase();
    assert!(stripe.scheme.verifier(shouted).is_err());
    let github = accounts_of("github").remove(0);
    for (account, key) in [
        (&stripe, bare.to_owned()),
        (&stripe, format!("whsec_{}", bare.to_uppercase())),
        (&stripe, format!("whsec_{bare}=")),
        (&github, Base64::encode_string(github.secret.as_bytes())),
        (&github, const_hex::encode(github.secret)),
    ] {
        let endpoint = received_by(account.verifier(key));
        let verdict = receive(&endpoint, &account.sign(BODY));
        assert_eq!(code(&verdict), "bad_signature", "{}", account.name);
    }
    let standard = accounts_of("standard-webhooks").remove(0);
    let bare = standard.secret.trim_start_matches("whsec_");
    let endpoint = received_by(standard.verifier(bare));
    assert_eq!(code(&receive(&endpoint, &standard.sign(BODY))), "ok");
}

/// B53: values of `Content-Length`, for a limit of 1 MiB. `{}` stands for the true length.
#[test]
fn announced_lengths_are_judged_before_the_body() {
    for sender in senders() {
        let genuine = sender.genuine();
        let len = genuine.body.len();
        for (name, lengths, expected) in [
            ("right", vec!["{}"], "ok"),
            ("right, twice", vec!["{}", "{}"], "ok"),
            ("2^40", vec!["1099511627776"], "body_too_large"),
            ("2^63 - 1", vec!["9223372036854775807"], "body_too_large"),
            ("2^64", vec!["18446744073709551616"], "body_too_large"),
            ("negative", vec!["-1"], "malformed"),
            ("plus", vec!["+{}"], "malformed"),
            ("empty", vec![""], "malformed"),
            ("hexadecimal", vec!["0x35"], "malformed"),
            ("list", vec!["{}, {}"], "malformed"),
            ("two that differ", vec!["{}", "1{}"], "malformed"),
            ("limit + 1", vec!["1048577"], "body_too_large"),
            ("more than comes", vec!["1{}"], "body_incomplete"),
        ] {
            let request = lengths.iter().fold(genuine.clone(), |request, length| {
                let length = length.replace("{}", &len.to_string());
                request.and("content-length", length)
            });
            let verdict = receive(&sender.endpoint(), &request);
            assert_eq!(code(&verdict), expected, "{}: {name}", sender.name);
        }
    }
}

/// B54: a byte over the limit, announced, in one piece, in pieces.
#[test]
fn a_byte_over_the_limit_is_too_much() {
    for sender in senders() {
        let request = sender.genuine();
        let len = request.body.len();
        let chunks = request.body.chunks(100);
        let pieces: Vec<Bytes> = chunks.map(Bytes::copy_from_slice).collect();
        let announced = request.clone().and("content-length", len.to_string());
        for (limit, expected) in [(len, "ok"), (len - 1, "body_too_large")] {
            let endpoint = sender.endpoint().body_limit(limit);
            for verdict in [
                receive(&endpoint, &request),
                receive(&endpoint, &announced),
                receive_in(&endpoint, &request, pieces.clone()),
            ] {
                assert_eq!(code(&verdict), expected, "{}", sender.name);
            }
        }
    }
}

/// B79–B83: bodies with the right signature. All are deliveries; whether one is an event too is said.
#[rustfmt::skip]
const SIGNED_BODIES: &[(&str, &[u8], bool)] = &[
    ("B79 id twice", br#"{"id":"evt_A","id":"evt_B","type":"t"}"#, false),
    ("B79 id twice, once escaped", br#"{"id":"evt_A","\u0069d":"evt_B","type":"t"}"#, false),
    ("B79 id twice, once null", br#"{"id":null,"id":"evt_B","type":"t"}"#, false),
    ("B79 kind twice", br#"{"id":"evt_A","type":"t","type":"u"}"#, false),
    ("B80 byte order mark", b"\xef\xbb\xbf{\"id\":\"evt_A\",\"type\":\"t\"}", true),
    ("B80 UTF-16", b"{\0\"\0i\0d\0\"\0:\0\"\0e\0\"\0}\0", false),
    ("B80 not UTF-8 in the id", b"{\"id\":\"\xff\",\"type\":\"t\"}", false),
    ("B80 overlong", b"{\"id\":\"\xc0\x80\",\"type\":\"t\"}", false),
    ("B80 half a surrogate in the id", br#"{"id":"\ud800","type":"t"}"#, true),
    ("B80 NUL in the id", br#"{"id":"a\u0000b","type":"t"}"#, true),
    ("B81 a number too large", br#"{"id":"evt_A","type":"t","data":{"object":{"amount":1e400}}}"#, true),
    ("B81 minus zero", br#"{"id":"evt_A","type":"t","data":{"object":{"amount":-0}}}"#, true),
    ("B81 2^53 + 1", br#"{"id":"evt_A","type":"t","data":{"object":{"amount":9007199254740993}}}"#, true),
    ("B82 junk behind", br#"{"id":"evt_A","type":"t"} x"#, false),
    ("B82 two documents", br#"{"id":"evt_A","type":"t"}{"id":"evt_B","type":"t"}"#, false),
    ("B82 empty", b"", false),
    ("B82 blank", b" \n", false),
    ("B82 null", b"null", false),
    ("B82 a list", b"[]", false),
    ("B82 a text", b"\"x\"", false),
    ("B82 a number", b"7", false),
    ("B82 no JSON", b"<xml/>", false),
    ("B82 a form", b"id=evt_A&type=t", false),
    ("B83 unknown kind", br#"{"id":"evt_A","type":"brand.new"}"#, true),
    ("B83 empty kind", br#"{"id":"evt_A","type":""}"#, true),
    ("B83 unknown fields", br#"{"id":"evt_A","type":"t","new":{"a":[1]},"object":"event"}"#, true),
    ("B83 fields that are null", br#"{"id":"evt_A","type":"t","data":null,"account":null}"#, true),
    ("B83 no id", br#"{"type":"t"}"#, false),
    ("B83 no kind", br#"{"id":"evt_A"}"#, false),
    ("B83 id of another type", br#"{"id":{"a":1},"type":"t"}"#, false),
    ("B83 nothing in it", b"{}", false),
];

#[test]
fn whatever_is_signed_is_a_delivery_and_never_a_panic() {
    for sender in senders().iter().filter(|sender| sender.sends_anything()) {
        let endpoint = sender.endpoint();
        for (name, body, _) in SIGNED_BODIES {
            let delivery = receive(&endpoint, &sender.sign(body)).unwrap();
            assert_eq!(delivery.body(), body, "{}: {name}", sender.name);
            read_as_everything(&delivery);
        }
    }
}

#[test]
fn stripe_reads_what_can_only_be_read_in_one_way() {
    let account = accounts_of("stripe").remove(0);
    for (name, body, is_event) in SIGNED_BODIES {
        let delivery = receive(&account.endpoint(), &account.sign(body)).unwrap();
        let event = delivery.decode::<stripe::Event>();
        assert_eq!(event.is_ok(), *is_event, "{name}");
        if let Ok(event) = event {
            assert_eq!(delivery.id(), Some(event.id.as_str()), "{name}");
        }
    }
}

/// Where a delivery and its typed event both know an id, it is one id: dedupe goes by the one, handlers by the other.
#[test]
fn an_event_has_the_id_of_its_delivery() {
    for (name, body, _) in SIGNED_BODIES {
        let square_body = String::from_utf8_lossy(body).replace("\"id\"", "\"event_id\"");
        let account = accounts_of("square").remove(0);
        let request = account.sign(square_body.as_bytes());
        let delivery = receive(&account.endpoint(), &request).unwrap();
        if let Ok(event) = delivery.decode::<square::Event>() {
            assert_eq!(delivery.id(), Some(event.event_id.as_str()), "{name}");
        }
    }
}

/// B81: what makes recursive readers run out of stack.
#[test]
fn a_body_of_any_depth_is_a_delivery() {
    let depth = 50_000;
    let lists = [vec![b'['; depth], vec![b']'; depth]].concat();
    let objects = "{\"id\":".repeat(depth).into_bytes();
    let number = vec![b'9'; 100_000];
    let text = [&b"{\"id\":\""[..], &vec![b'x'; 100_000], b"\"}"].concat();
    for sender in senders().iter().filter(|sender| sender.sends_anything()) {
        let endpoint = sender.endpoint();
        for body in [&lists, &objects, &number, &text] {
            let delivery = receive(&endpoint, &sender.sign(body)).unwrap();
            read_as_everything(&delivery);
        }
    }
}

/// Reads a delivery as every type there is; none may panic, and none may read what is another sender's.
fn read_as_everything(delivery: &Delivery) {
    let _ = (delivery.id(), delivery.kind(), delivery.unverified_id());
    let whole = delivery.decode::<JsonEvent<serde_json::Value>>();
    assert!(whole.is_err() || matches!(delivery.coverage(), Coverage::Body | Coverage::BodyHash));
    let claimed = delivery.decode::<UnverifiedJsonEvent<serde_json::Value>>();
    assert!(claimed.is_ok() || whole.is_err());
    let _ = delivery.decode::<PaymentUpdates>();
    only_of("github", delivery, reads::<github::Event>);
    #[cfg(feature = "published-keys")]
    only_of(
        "apple-appstore",
        delivery,
        reads::<webhook_core::provider::apple_appstore::Notification>,
    );
    #[cfg(feature = "xml")]
    only_of(
        "braintree",
        delivery,
        reads::<webhook_core::provider::braintree::Notification>,
    );
    only_of("shopify", delivery, reads::<shopify::Event>);
    only_of("slack", delivery, reads::<slack::Event>);
    only_of("square", delivery, reads::<square::Event>);
    only_of("stripe", delivery, reads::<stripe::Event>);
    only_of("stripe", delivery, reads::<stripe::ThinEvent>);
    only_of("stripe", delivery, reads::<stripe::AnyEvent>);
    if let Ok(event) = delivery.decode::<stripe::Event>() {
        let _ = event.object();
    }
    let is_standard = reads::<standard_webhooks::Event>(delivery);
    let is_same = STANDARD.contains(&delivery.provider());
    assert!(!is_standard || is_same);
}

/// Whose bodies are those of Standard Webhooks.
const STANDARD: &[&str] = &[
    "clerk",
    "openai",
    "polar",
    "portone",
    "render",
    "resend",
    "standard-webhooks",
    "svix",
    "whop",
];

fn reads<E: FromDelivery>(delivery: &Delivery) -> bool {
    delivery.decode::<E>().is_ok()
}

fn only_of(provider: &str, delivery: &Delivery, reads: fn(&Delivery) -> bool) {
    assert!(!reads(delivery) || delivery.provider() == provider);
}

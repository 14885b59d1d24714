//! Whatever a scheme can name may stand wherever a [`Field`] can: in a header, in the query, in JSON, in a form. What the
//! signer puts there the engine finds there, and notices when it is changed.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use bytes::Bytes;
use http::StatusCode;
use webhook_core::scheme::{
    Algorithm, Condition, Field, Handshake, HandshakeReply, Part, Scheme, Signature, Timestamp,
};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
use webhook_core::{Answer, Delivery, Endpoint, UnixTime, Unverified};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const BODIES: [&[u8]; 2] = [br#"{"other":"1"}"#, b"other=1"];

/// One place, as each use of it is written.
struct Place {
    field: Field,
    /// Which of the bodies it can be put into.
    body: usize,
    list: &'static [Field],
    signed: &'static [Part],
    between: &'static [Part],
    is_wanted: &'static [Condition],
    is_there: &'static [Condition],
    ping: &'static [Handshake],
    unsigned_ping: &'static [Handshake],
}

macro_rules! place {
    ($field:expr, $body:expr) => {
        Place {
            field: $field,
            body: $body,
            list: &[$field],
            signed: &[Part::FirstOf(&[$field])],
            between: &[Part::FirstOf(&[$field]), Part::Literal("."), Part::Body],
            is_wanted: &[Condition::Equals($field, "wanted")],
            is_there: &[Condition::Present($field)],
            ping: &[Handshake::signed(
                &[Condition::Equals($field, "ping")],
                HandshakeReply::Empty(StatusCode::NO_CONTENT),
            )],
            unsigned_ping: &[Handshake::unsigned(
                "GET",
                &[Condition::Present($field)],
                HandshakeReply::Echo($field),
            )],
        }
    };
}

const PLACES: [Place; 4] = [
    place!(Field::Header("x-place"), 0),
    place!(Field::Query("place"), 0),
    place!(Field::Json("/place"), 0),
    place!(Field::Form("place"), 1),
];

impl Place {
    fn body(&self) -> &'static [u8] {
        BODIES[self.body]
    }

    fn is_in_head(&self) -> bool {
        matches!(self.field, Field::Header(_) | Field::Query(_))
    }

    /// The request with another value here.
    fn put(&self, request: SignedRequest, value: &str) -> SignedRequest {
        match self.field {
            Field::Header(name) => request.with_header(name, value),
            Field::Query(name) => SignedRequest {
                target: format!("/?{name}={value}"),
                ..request
            },
            Field::Form(_) => request.with_body(format!("other=1&place={value}")),
            _ => {
                let body = serde_json::json!({"other": "1", "place": value});
                request.with_body(body.to_string())
            }
        }
    }
}

const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256);
/// Signed where the whole body cannot be, because the signature stands in it.
const OTHER: [&[Part]; 2] = [
    &[Part::FirstOf(&[Field::Json("/other")])],
    &[Part::FirstOf(&[Field::Form("other")])],
];
const TIMED: [&[Part]; 2] = [
    &[
        Part::Timestamp,
        Part::Literal("."),
        Part::FirstOf(&[Field::Json("/other")]),
    ],
    &[
        Part::Timestamp,
        Part::Literal("."),
        Part::FirstOf(&[Field::Form("other")]),
    ],
];

/// Signed with a value at this place, which is an id or a kind there.
fn sign_with(scheme: Scheme, place: &Place, value: &str) -> SignedRequest {
    let body = match place.is_in_head() {
        true => place.body().into(),
        false => place.put(sign(ACME, place.body()), value).body,
    };
    let signer = Signer::new(scheme, "a secret for tests").unwrap();
    signer.id(value).kind(value).sign(&body, NOW).unwrap()
}

fn sign(scheme: Scheme, body: &[u8]) -> SignedRequest {
    Signer::new(scheme, "a secret for tests")
        .unwrap()
        .sign(body, NOW)
        .unwrap()
}

/// The outcome this many seconds after [`NOW`].
fn outcome(scheme: Scheme, request: &SignedRequest, age: i64) -> Result<Delivery, Answer> {
    let endpoint = Endpoint::new(scheme.verifier("a secret for tests").unwrap());
    let endpoint = endpoint.clock(FixedClock::at(NOW.plus_secs(age)));
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime
        .unwrap()
        .block_on(receive(&endpoint, request.clone()))
}

fn accepted(scheme: Scheme, request: &SignedRequest) -> Delivery {
    match outcome(scheme, request, 0) {
        Ok(delivery) => delivery,
        other => panic!("{:?}: {other:?}", request.target),
    }
}

fn refused(scheme: Scheme, request: &SignedRequest, age: i64) -> &'static str {
    outcome(scheme, request, age)
        .err()
        .map_or("accepted", |rejection| rejection.code())
}

#[test]
fn a_signature_stands_anywhere() {
    for place in &PLACES {
        let scheme = ACME.signature(Signature::first_of(place.list));
        let content = if place.is_in_head() {
            &[Part::Body]
        } else {
            OTHER[place.body]
        };
        let scheme = scheme.signed_content(content);
        let request = sign(scheme, place.body());
        accepted(scheme, &request);
        let changed = place.put(request.clone(), &"0".repeat(64));
        assert_eq!(
            refused(scheme, &changed, 0),
            "bad_signature",
            "{:?}",
            place.field
        );
        let absent = SignedRequest {
            target: "/".to_owned(),
            body: Bytes::from_static(place.body()),
            ..request.without_header("x-place")
        };
        assert_eq!(
            refused(scheme, &absent, 0),
            "missing_signature",
            "{:?}",
            place.field
        );
    }
}

#[test]
fn a_time_beside_the_signature_stands_anywhere() {
    for place in &PLACES {
        let scheme = ACME
            .signature(
                Signature::first_of(place.list)
                    .separator(b',')
                    .prefix("v1="),
            )
            .timestamp(Timestamp::entry("t=").tolerance(300))
            .signed_content(TIMED[place.body]);
        let request = sign(scheme, place.body());
        let sent_at = accepted(scheme, &request).sent_at();
        assert_eq!(sent_at, Some(NOW), "{:?}", place.field);
        assert_eq!(refused(scheme, &request, 301), "stale", "{:?}", place.field);
        assert_eq!(
            refused(scheme, &request, -301),
            "future",
            "{:?}",
            place.field
        );
    }
}

#[test]
fn a_time_of_its_own_stands_anywhere() {
    for place in &PLACES {
        let scheme = ACME
            .timestamp(Timestamp::first_of(place.list).tolerance(300))
            .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body]);
        let request = sign(scheme, place.body());
        assert_eq!(
            accepted(scheme, &request).sent_at(),
            Some(NOW),
            "{:?}",
            place.field
        );
        assert_eq!(refused(scheme, &request, 301), "stale", "{:?}", place.field);
        let later = place.put(request, &NOW.plus_secs(1).as_secs().to_string());
        assert_eq!(
            refused(scheme, &later, 301),
            "bad_signature",
            "{:?}",
            place.field
        );
    }
}

/// Where the body is signed, what stands in it is, and nothing else.
fn named<'a>(
    place: &Place,
    signed: Option<&'a str>,
    unsigned: Option<Unverified<&'a str>>,
) -> Option<&'a str> {
    match place.is_in_head() {
        true => unsigned.map(Unverified::into_unverified),
        false => signed,
    }
}

#[test]
fn an_id_and_a_kind_stand_anywhere() {
    for place in &PLACES {
        let (as_id, as_kind) = (ACME.id(place.list), ACME.kind(place.list));
        let request = sign_with(as_id, place, "one");
        let delivery = accepted(as_id, &request);
        let id = named(place, delivery.id(), delivery.unverified_id());
        assert_eq!(id, Some("one"), "{:?}", place.field);
        let request = sign_with(as_kind, place, "two");
        let delivery = accepted(as_kind, &request);
        let kind = named(place, delivery.kind(), delivery.unverified_kind());
        assert_eq!(kind, Some("two"), "{:?}", place.field);
    }
}

#[test]
fn a_signed_field_stands_anywhere() {
    for place in &PLACES {
        let scheme = ACME.signed_content(place.signed).id(place.list);
        let request = sign_with(scheme, place, "one");
        let delivery = accepted(scheme, &request);
        assert_eq!(delivery.id(), Some("one"), "{:?}", place.field);
        let changed = place.put(request.clone(), "two");
        assert_eq!(
            refused(scheme, &changed, 0),
            "bad_signature",
            "{:?}",
            place.field
        );
        let blank = place.put(request, "");
        assert_eq!(
            refused(scheme, &blank, 0),
            "missing_signature",
            "{:?}",
            place.field
        );
    }
}

/// `a.{…}` signed as the field `a`, a dot and the body is not the field `a.{…`, a dot and what is left.
#[test]
fn a_signed_field_ends_at_the_first_separator_wherever_it_stands() {
    for place in &PLACES {
        let scheme = ACME.signed_content(place.between).id(place.list);
        accepted(scheme, &sign_with(scheme, place, "a"));
        let holding = sign_with(scheme, place, "a.b");
        assert_eq!(
            refused(scheme, &holding, 0),
            "malformed",
            "{:?}",
            place.field
        );
    }
}

#[test]
fn what_is_required_may_stand_anywhere() {
    for place in &PLACES {
        for (required, otherwise) in [(place.is_wanted, "malformed"), (place.is_there, "accepted")]
        {
            let scheme = ACME.require(required);
            accepted(scheme, &sign(scheme, place.body()));
            // Signed all the same, but without what is required, or with something else.
            let unaware = place.put(sign(ACME, place.body()), "unwanted");
            let code = |request| sign(ACME, request).header("signature").unwrap().to_owned();
            let unwanted = unaware
                .clone()
                .with_header("signature", code(&unaware.body));
            assert_eq!(
                refused(scheme, &unwanted, 0),
                otherwise,
                "{:?}",
                place.field
            );
            let absent = sign(ACME, place.body());
            assert_eq!(
                refused(scheme, &absent, 0),
                "missing_signature",
                "{:?}",
                place.field
            );
        }
    }
}

#[test]
fn a_signed_handshake_is_told_by_a_field_anywhere() {
    for place in &PLACES {
        let scheme = ACME.handshakes(place.ping);
        let signed = |value| {
            let request = place.put(sign(ACME, place.body()), value);
            let code = sign(ACME, &request.body)
                .header("signature")
                .unwrap()
                .to_owned();
            request.with_header("signature", code)
        };
        let Err(Answer::Reply(reply)) = outcome(scheme, &signed("ping"), 0) else {
            panic!("no reply: {:?}", place.field);
        };
        assert_eq!(reply.status(), StatusCode::NO_CONTENT);
        accepted(scheme, &signed("pong"));
        let forged = signed("ping").with_header("signature", "00");
        assert_eq!(
            refused(scheme, &forged, 0),
            "bad_signature",
            "{:?}",
            place.field
        );
    }
}

#[test]
fn an_unsigned_handshake_is_told_by_a_field_of_the_head() {
    for place in PLACES.iter().filter(|place| place.is_in_head()) {
        let scheme = ACME.handshakes(place.unsigned_ping);
        let asked = SignedRequest {
            method: "GET".to_owned(),
            ..place.put(sign(ACME, b"{}"), "challenge")
        };
        let Err(Answer::Reply(reply)) = outcome(scheme, &asked, 0) else {
            panic!("no reply: {:?}", place.field);
        };
        assert_eq!(reply.body(), "challenge");
    }
    for place in PLACES.iter().filter(|place| !place.is_in_head()) {
        assert!(ACME.handshakes(place.unsigned_ping).check().is_err());
    }
}

/// One handshake's condition in the head does not stand in for another's.
#[test]
fn of_two_handshakes_only_the_one_whose_conditions_all_hold_answers() {
    const BY_HEADER: Handshake = Handshake::signed(
        &[Condition::Equals(Field::Header("x-type"), "ping")],
        HandshakeReply::Empty(StatusCode::NO_CONTENT),
    );
    const BY_BODY: Handshake = Handshake::signed(
        &[Condition::Equals(Field::Json("/type"), "ping")],
        HandshakeReply::Empty(StatusCode::ACCEPTED),
    );
    let scheme = ACME.handshakes(&[BY_HEADER, BY_BODY]);
    accepted(scheme, &sign(ACME, br#"{"type":"paid"}"#));
    for (header, body, status) in [
        ("ping", &br#"{"type":"paid"}"#[..], StatusCode::NO_CONTENT),
        ("other", br#"{"type":"ping"}"#, StatusCode::ACCEPTED),
    ] {
        let request = sign(ACME, body).with_header("x-type", header);
        let Err(Answer::Reply(reply)) = outcome(scheme, &request, 0) else {
            panic!("no reply");
        };
        assert_eq!(reply.status(), status);
    }
}

/// The first place that is there counts; what stands in the head comes first.
#[test]
fn a_list_may_hold_places_of_the_head_and_of_the_body() {
    const LIST: &[Field] = &[
        Field::Header("x-place"),
        Field::Query("place"),
        Field::Json("/place"),
    ];
    let scheme = ACME
        .signature(Signature::first_of(LIST))
        .signed_content(OTHER[0]);
    let code = sign(scheme, BODIES[0])
        .header("x-place")
        .unwrap()
        .to_owned();
    let bare = sign(scheme, BODIES[0]).without_header("x-place");
    for place in &PLACES[..3] {
        accepted(scheme, &place.put(bare.clone(), &code));
        let blank = place.put(bare.clone(), &code).with_header("x-place", " ");
        if !matches!(place.field, Field::Header(_)) {
            accepted(scheme, &blank);
        }
    }
    let two = PLACES[2].put(bare, &code).with_header("x-place", "00");
    assert_eq!(refused(scheme, &two, 0), "bad_signature");
    // Signed content too, with the time.
    let scheme = ACME
        .timestamp(Timestamp::first_of(LIST).tolerance(300))
        .signed_content(&[Part::Timestamp, Part::Literal("."), Part::FirstOf(LIST)]);
    for place in &PLACES[..3] {
        let by_one = ACME
            .timestamp(Timestamp::first_of(place.list).tolerance(300))
            .signed_content(&[Part::Timestamp, Part::Literal("."), Part::FirstOf(LIST)]);
        let request = sign(by_one, BODIES[0]);
        assert_eq!(accepted(scheme, &request).sent_at(), Some(NOW));
    }
}

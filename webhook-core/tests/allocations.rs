//! Stripe, measured: no verification allocates, and the body of one frame is never copied.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[cfg(all(feature = "published-keys", feature = "xml"))]
mod accepted;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderMap;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Answer, Delivery, Endpoint, RequestHead, UnixTime, Variants};

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;

fn endpoint() -> Endpoint {
    endpoint_of(["whsec_4f1c"])
}

fn endpoint_of<const N: usize>(secrets: [&str; N]) -> Endpoint {
    Endpoint::new(Stripe::new(secrets).unwrap()).clock(FixedClock::at(NOW))
}

fn signed() -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, "whsec_4f1c").unwrap();
    signer.sign(BODY, NOW).unwrap()
}

/// As an adapter does: the head, the frames, the verdict.
fn receive(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    frames: impl IntoIterator<Item = Bytes>,
) -> Result<Delivery, Answer> {
    let head = RequestHead::new("POST", "/", headers);
    let mut verification = at_once(endpoint.begin(&head))?;
    for frame in frames {
        verification.update(frame)?;
    }
    at_once(verification.finalize())
}

fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("has nothing to wait for"),
    }
}

/// The result of one verification of a body in one frame, and how often it allocated.
fn count(request: SignedRequest) -> (Result<Delivery, Answer>, u64) {
    count_in_frames(request, |body| [body])
}

fn count_in_frames<const N: usize>(
    request: SignedRequest,
    split: fn(Bytes) -> [Bytes; N],
) -> (Result<Delivery, Answer>, u64) {
    let endpoint = endpoint();
    let request = request.into_http::<Bytes>().unwrap();
    let frames = split(request.body().clone());
    let verify = || receive(&endpoint, request.headers(), frames.clone());
    // What is set up once, such as a logger, does not count.
    let _ = verify();
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(verify()));
    (result.unwrap(), counted.count_total)
}

#[test]
fn accepting_does_not_allocate() {
    let (result, allocations) = count(signed());
    assert!(result.is_ok());
    assert_eq!(allocations, 0);
}

#[test]
fn more_keys_need_no_more_room() {
    let endpoint = endpoint_of(["whsec_new", "whsec_4f1c", "whsec_old"]);
    let request = signed().into_http::<Bytes>().unwrap();
    let verify = || receive(&endpoint, request.headers(), [request.body().clone()]);
    // What is set up once, such as a logger, does not count.
    let _ = verify();
    let counted = allocation_counter::measure(|| assert!(verify().is_ok()));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn finding_a_variant_does_not_allocate() {
    let variants = Variants::new().with("stripe", endpoint()).unwrap();
    let endpoint = Endpoint::new(variants).name("payments");
    let request = signed().into_http::<Bytes>().unwrap();
    let open = |target: &str| {
        let head = RequestHead::new("POST", target, request.headers());
        at_once(endpoint.begin(&head)).is_ok()
    };
    for (target, is_found) in [("/payments/stripe/", true), ("/payments/paypal/", false)] {
        // What is set up once, such as a logger, does not count.
        let _ = open(target);
        let counted = allocation_counter::measure(|| assert_eq!(open(target), is_found));
        assert_eq!(counted.count_total, 0, "{target}");
    }
}

#[test]
fn no_rejection_allocates() {
    let sign = |secret, secs| {
        let signer = Signer::new(stripe::SCHEME, secret).unwrap();
        signer.sign(BODY, NOW.plus_secs(secs)).unwrap()
    };
    let refused = |value: &str| signed().with_header("stripe-signature", value);
    for (request, code) in [
        (
            signed().without_header("stripe-signature"),
            "missing_signature",
        ),
        (refused(""), "missing_signature"),
        (refused("t=1785920400,v0=00"), "missing_signature"),
        (refused("v1=00"), "malformed"),
        (refused("t=now,v1=00"), "malformed"),
        (signed().with_header("content-length", "many"), "malformed"),
        (
            signed().with_header("content-length", "9999999"),
            "body_too_large",
        ),
        (sign("whsec_4f1c", -301), "stale"),
        (sign("whsec_4f1c", 301), "future"),
        (sign("whsec_other", 0), "bad_signature"),
        (refused("t=1785920400,v1=00"), "bad_signature"),
        (signed().with_body("{}"), "bad_signature"),
    ] {
        let (result, allocations) = count(request);
        assert_eq!(result.unwrap_err().code(), code);
        assert_eq!(allocations, 0, "{code}");
    }
}

#[test]
fn the_body_of_one_frame_is_the_buffer_that_arrived() {
    let request = signed().into_http::<Bytes>().unwrap();
    let frame = request.body().clone();
    let arrived = frame.as_ptr();
    let delivery = receive(&endpoint(), request.headers(), [frame]).unwrap();
    assert_eq!(delivery.body().as_ptr(), arrived);
}

#[test]
fn two_frames_of_a_known_length_take_one_buffer_and_a_place_for_the_hash() {
    let request = signed().with_header("content-length", BODY.len().to_string());
    let (result, allocations) = count_in_frames(request, |body| [body.slice(..9), body.slice(9..)]);
    assert_eq!(result.unwrap().body(), BODY);
    assert_eq!(allocations, 2);
}

/// So many cases of each provider, from the front.
#[cfg(all(feature = "published-keys", feature = "xml"))]
const CASES: usize = 3;

/// What a stranger writes is not taken apart before the signature holds, or only so far.
#[cfg(all(feature = "published-keys", feature = "xml"))]
#[test]
fn no_refused_body_takes_much_more_room_than_it_has() {
    let fields = |each: fn(usize) -> String| (0..30_000).map(each).collect::<Vec<_>>();
    let form = fields(|at| format!("a{at}=1")).join("&");
    let json = format!("{{{}}}", fields(|at| format!("\"a{at}\":1")).join(","));
    let mut of_one = ("", 0);
    for case in accepted::accepted() {
        if of_one.0 != case.provider {
            of_one = (case.provider, 0);
        }
        of_one.1 += 1;
        if of_one.1 > CASES {
            continue;
        }
        for body in [&form, &json] {
            let request = case.request.clone().with_body(body.clone());
            let mut verdict = None;
            let counted = allocation_counter::measure(|| verdict = Some(case.verdict(request)));
            let (is_refused, room) = (verdict.unwrap().is_err(), counted.bytes_max);
            let most = 10 * body.len() as u64;
            assert!(
                !is_refused || room <= most,
                "{}: {room} bytes for a body of {} with 30,000 fields that is refused: limit the fields before they are decoded",
                case.name,
                body.len()
            );
        }
    }
}

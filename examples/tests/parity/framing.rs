//! How long a body is, and how long it says to be.

use crate::case::{Case, Sent, Want, run};
use crate::senders::*;
use webhook_testkit::message::Message;

const TOO_LARGE: Want = Want::Refusal(413, "body_too_large");

/// One byte more than may be, rightly signed.
fn too_long() -> Message {
    stripe(&vec![b'x'; LIMIT + 1])
}

#[test]
fn an_announced_length_over_the_limit_is_refused_before_the_body_is_sent() {
    let announced = |length: u64| {
        let message = stripe(EVENT).unframed();
        message.and("content-length", length.to_string())
    };
    let over = LIMIT as u64 + 1;
    let cases = [over, 1 << 30, 1 << 40].map(|length| {
        let case = Case::new(length.to_string(), announced(length), TOO_LARGE);
        case.sent(Sent::UpTo(0))
    });
    let expecting = announced(over).and("expect", "100-continue");
    let expecting = Case::new("expecting", expecting, TOO_LARGE).sent(Sent::UpTo(0));
    run(cases.into_iter().chain([expecting]));
}

#[test]
fn a_body_over_the_limit_is_refused_at_its_first_byte_too_many() {
    let chunked = too_long().in_chunks(1000);
    // Without the last chunk, which has no bytes: the server cannot wait for the end.
    let length = chunked.payload().len() - b"0\r\n\r\n".len();
    run([
        Case::new("announced and sent", too_long(), TOO_LARGE),
        Case::new("chunks", chunked.clone(), TOO_LARGE),
        Case::new("chunks without an end", chunked, TOO_LARGE).sent(Sent::UpTo(length)),
    ]);
}

#[test]
fn lengths_that_are_no_lengths_are_refused() {
    let lengths = [
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999",
        "-1",
        "+98",
        "0x62",
        "98,98",
        "98, 99",
        "9 8",
        "98.0",
        "x",
        "",
        "\u{664}",
    ];
    run(lengths.map(|length| {
        let message = stripe(EVENT).unframed().and("content-length", length);
        Case::new(length, message, Want::AnyRefusal)
    }));
}

#[test]
fn two_lengths_are_refused() {
    let twice = |first: usize, second: usize| {
        let message = stripe(EVENT).unframed();
        message
            .and("content-length", first.to_string())
            .and("content-length", second.to_string())
    };
    let length = EVENT.len();
    run([
        Case::new("longer first", twice(length + 1, length), Want::AnyRefusal),
        Case::new("longer last", twice(length, length + 1), Want::AnyRefusal),
        Case::new("none last", twice(length, 0), Want::AnyRefusal),
    ]);
}

/// hyper drops the length, actix-web refuses the request: RFC 9112 §6.3 allows both. None may believe the length.
#[test]
fn a_length_beside_chunks_is_never_believed() {
    let length = EVENT.len();
    run(
        [0, length - 1, length, length + 1, LIMIT + 1].map(|length| {
            let message = stripe(EVENT).in_chunks(7);
            let message = message.and("content-length", length.to_string());
            Case::new(length.to_string(), message, Want::DeliveryOrRefusal)
        }),
    );
}

#[test]
fn chunks_that_are_no_chunks_are_refused() {
    let payloads: [&[u8]; 5] = [
        b"x\r\n",
        b"-1\r\n",
        b"ffffffffffffffffff\r\n",
        b"2\r\n{}x\r\n0\r\n\r\n",
        b"\r\n\r\n",
    ];
    run(payloads.map(|payload| {
        let message = stripe(EVENT).unframed().body(payload);
        let message = message.and("transfer-encoding", "chunked");
        Case::new(String::from_utf8_lossy(payload), message, Want::AnyEnd)
    }));
}

#[test]
fn a_signature_behind_the_body_does_not_count() {
    let trailing = |message: Message, want| {
        let signature = stripe(EVENT).value("stripe-signature");
        let message = message.in_chunks(7).and("trailer", "stripe-signature");
        let message = message.trailer("stripe-signature", &signature);
        Case::new("trailer", message, want)
    };
    let unsigned = stripe(EVENT).without("stripe-signature");
    let missing = Want::Refusal(400, "missing_signature");
    // actix-web takes no trailers at all, and refuses the transfer.
    let forged = stripe_by("whsec_of_somebody_else", EVENT);
    run([
        trailing(unsigned, missing),
        trailing(forged, Want::AnyRefusal),
    ]);
}

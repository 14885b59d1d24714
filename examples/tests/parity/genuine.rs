//! What a sender has signed reaches the handler, or is answered as the sender wants it.

use webhook_core::DEFAULT_BODY_LIMIT;

use crate::case::{Case, Sent, Want, run};
use crate::senders::*;

/// `{"id":"evt_1"}`, compressed.
const GZIP: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 76, 81, 178, 82, 74, 45, 43, 137, 55, 84, 170,
    5, 0, 27, 80, 186, 142, 14, 0, 0, 0,
];

#[test]
fn genuine_requests_reach_the_handler() {
    let cases = all(EVENT).into_iter().flat_map(|(message, signature)| {
        Case::new(signature, message, Want::Delivery).in_every_framing()
    });
    run(cases);
}

#[test]
fn any_bytes_that_are_signed_reach_the_handler() {
    let longest = vec![b'x'; LIMIT];
    let bodies: [(&str, &[u8]); 4] = [
        ("no bytes", b""),
        ("not UTF-8", b"\xff\xfe\x00\x80"),
        ("not JSON", b"{"),
        ("as long as may be", &longest),
    ];
    run(bodies.into_iter().flat_map(|(what, body)| {
        all(body).into_iter().map(move |(message, signature)| {
            Case::new(format!("{what}, {signature}"), message, Want::Delivery)
        })
    }));
}

#[test]
fn the_longest_body_may_come_in_pieces() {
    let longest = github(&vec![b'x'; LIMIT]);
    run([
        Case::new("odd", longest.clone().in_chunks(1021), Want::Delivery),
        Case::new("one", longest.in_chunks(LIMIT), Want::Delivery),
    ]);
}

#[test]
fn an_empty_body_needs_no_length() {
    let message = github(b"").unframed();
    run([Case::new(
        "neither length nor chunks",
        message,
        Want::Delivery,
    )]);
}

#[test]
fn what_is_compressed_is_verified_as_sent() {
    let cases = all(GZIP).into_iter().flat_map(|(message, signature)| {
        let message = message.and("content-encoding", "gzip");
        Case::new(signature, message, Want::Delivery).in_every_framing()
    });
    run(cases);
}

#[test]
fn old_and_new_key_are_accepted_while_one_replaces_the_other() {
    let new = stripe(EVENT).target(ROTATED);
    let old = stripe_by(OLD_STRIPE, EVENT).target(ROTATED);
    run([
        Case::new("new", new, Want::Delivery),
        Case::new("old", old, Want::Delivery),
    ]);
}

#[test]
fn the_window_includes_its_ends() {
    let cases = [-300, 300].into_iter().flat_map(|seconds| {
        [stripe_at, slack_at, standard_at].map(|sign| {
            Case::new(
                format!("{seconds}"),
                sign(EVENT, later(seconds)),
                Want::Delivery,
            )
        })
    });
    run(cases);
}

#[test]
fn equal_lines_of_a_header_are_one() {
    let cases = all(EVENT).into_iter().map(|(message, signature)| {
        let again = message.value(signature);
        Case::new(signature, message.and(signature, again), Want::Delivery)
    });
    run(cases);
}

#[test]
fn a_body_is_asked_for_if_the_client_waits_for_that() {
    let message = stripe(EVENT).and("expect", "100-continue");
    run([
        Case::new("length", message.clone(), Want::Delivery).sent(Sent::WhenAsked),
        Case::new("chunks", message.in_chunks(7), Want::Delivery).sent(Sent::WhenAsked),
    ]);
}

#[test]
fn handshakes_are_answered_without_the_handler() {
    run(Case::new("Slack", handshake(), Want::Reply(CHALLENGE)).in_every_framing());
}

#[test]
fn a_challenge_is_answered_to_whoever_shows_the_configured_token() {
    let shown = challenge(ECHOING, &format!("&token={TOKEN}"));
    run([Case::new("token", shown, Want::Reply(CHALLENGE))]);
}

#[test]
fn an_origin_that_is_allowed_may_send_cloud_events() {
    run([
        Case::new("allowed", asking_to_send(ORIGIN), Want::Reply("")),
        Case::new(
            "another",
            asking_to_send("evil.example"),
            Want::Refusal(403, "handshake_refused"),
        ),
    ]);
}

#[test]
fn without_a_limit_of_ones_own_bodies_may_be_as_long_as_the_sender_makes_them() {
    let usual = vec![b'x'; DEFAULT_BODY_LIMIT];
    let long = vec![b'x'; DEFAULT_BODY_LIMIT + 1];
    run([
        Case::new("usual", stripe(&usual).target(USUAL), Want::Delivery),
        Case::new("long", github(&long).target(LONG), Want::Delivery),
    ]);
}

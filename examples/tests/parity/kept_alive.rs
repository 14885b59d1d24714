//! What comes after a refusal on the same connection.

use crate::journal::{HEADER, Number};
use crate::senders::*;
use crate::stacks::{Stack, stacks};
use webhook_testkit::hygiene::{LINE, assert_nothing_got_out};
use webhook_testkit::message::Message;
use webhook_testkit::wire::Connection;

/// Requests that are answered without the handler, complete with their bodies.
fn answered() -> Vec<(&'static str, Message, u16)> {
    let long = vec![b'x'; LIMIT + 1];
    let unsigned = |body: &[u8]| stripe(body).without("stripe-signature");
    vec![
        ("tampered", stripe(EVENT).body(b"{}"), 401),
        (
            "tampered chunks",
            stripe(EVENT).body(b"{}").in_chunks(1),
            401,
        ),
        ("unsigned", unsigned(EVENT), 400),
        ("unsigned chunks", unsigned(EVENT).in_chunks(7), 400),
        ("unsigned and long", unsigned(&long), 413),
        (
            "unsigned, long chunks",
            unsigned(&long).in_chunks(1000),
            400,
        ),
        ("no body", unsigned(b""), 400),
        ("stale", stripe_at(EVENT, later(-301)), 401),
        ("too large", stripe(&long), 413),
        ("too large chunks", stripe(&long).in_chunks(1000), 413),
        (
            "method",
            stripe(EVENT).method("GET").body(b"").unframed(),
            405,
        ),
        ("method with a body", stripe(EVENT).method("PUT"), 405),
        ("handshake", handshake(), 200),
        ("keys", stripe(EVENT).target(EXPIRED), 503),
    ]
}

#[test]
fn the_next_request_is_taken_or_the_connection_is_closed() {
    for stack in stacks() {
        for (name, message, status) in answered() {
            let name = format!("{name}, {}", stack.name);
            let mut connection = Connection::open(stack.address);
            connection.send(&numbered(&message).1.bytes());
            let answer = connection.answer();
            let answer = answer.unwrap_or_else(|| panic!("{name}: no answer"));
            assert_eq!(answer.status, status, "{name}");

            let (number, genuine) = numbered(&stripe(EVENT));
            connection.send(&genuine.bytes());
            match connection.answer() {
                Some(answer) => {
                    assert_eq!((answer.status, number.seen().len()), (200, 1), "{name}")
                }
                None => assert_eq!(number.seen(), [], "{name}"),
            }
            assert_taken(stack, &name);
        }
    }
    assert_nothing_got_out(&[(LINE, 1), ("answer", 1)]);
}

#[test]
fn a_refused_body_is_never_read_as_the_next_request() {
    for stack in stacks() {
        let (inner, hidden) = numbered(&stripe(EVENT));
        let mut carrier = hidden.bytes();
        carrier.resize(LIMIT + 1, b'x');
        for length in [EVENT.len() * 4, LIMIT + 1] {
            let body = &carrier[..length.max(hidden.bytes().len())];
            let unsigned = stripe(body).without("stripe-signature");
            for message in [
                stripe(body).body(&[body, b"x"].concat()),
                unsigned.clone(),
                unsigned.clone().in_chunks(usize::MAX),
                unsigned.method("PUT"),
                stripe_at(body, later(-301)),
            ] {
                let (outer, message) = numbered(&message);
                let mut connection = Connection::open(stack.address);
                connection.send(&message.bytes());
                let first = connection.answer().map(|answer| answer.status);
                let mut statuses = Vec::from_iter(first);
                // Not before: hyper gives up on a client that has nothing more to say.
                connection.finish();
                while let Some(answer) = connection.answer() {
                    statuses.push(answer.status);
                }
                assert!(
                    matches!(statuses[..], [400..=499]),
                    "{}: {statuses:?}, {length}, {message:?}",
                    stack.name
                );
                assert_eq!(
                    (outer.seen(), inner.seen()),
                    (vec![], vec![]),
                    "{}",
                    stack.name
                );
            }
        }
        assert_taken(stack, stack.name);
    }
    assert_nothing_got_out(&[(LINE, 1), ("answer", 1)]);
}

/// The last chunk never comes, and the sender waits: what is over must not stay connected.
#[test]
fn a_refused_body_without_an_end_does_not_keep_its_connection() {
    let long = vec![b'x'; LIMIT + 1];
    for stack in stacks() {
        for (name, message, status) in [
            ("too large", stripe(&long).in_chunks(1000), 413),
            ("slow", stripe(EVENT).in_chunks(7).target(IMPATIENT), 408),
            (
                "unsigned",
                stripe(EVENT).in_chunks(7).without("stripe-signature"),
                400,
            ),
        ] {
            let (_, message) = numbered(&message);
            let payload = message.payload();
            let mut connection = Connection::open(stack.address);
            connection.send(&message.head());
            connection.send(&payload[..payload.len() - b"0\r\n\r\n".len()]);
            let answer = connection.answer().unwrap();
            assert_eq!(answer.status, status, "{name}, {}", stack.name);
            assert_eq!(connection.answer(), None, "{name}, {}", stack.name);
        }
    }
}

#[test]
fn many_requests_may_follow_each_other() {
    for stack in stacks() {
        let mut connection = Connection::open(stack.address);
        for _ in 0..10 {
            for (message, status) in [
                (stripe(EVENT), 200),
                (stripe(EVENT).body(b"{}"), 401),
                (github(EVENT).in_chunks(7), 200),
            ] {
                let (number, message) = numbered(&message);
                connection.send(&message.bytes());
                let answer = connection.answer().unwrap();
                let calls = usize::from(status == 200);
                assert_eq!(
                    (answer.status, number.seen().len()),
                    (status, calls),
                    "{}",
                    stack.name
                );
            }
        }
    }
    assert_nothing_got_out(&[(LINE, 1), ("answer", 1)]);
}

fn assert_taken(stack: &Stack, name: &str) {
    let (number, genuine) = numbered(&stripe(EVENT));
    let mut connection = Connection::open(stack.address);
    connection.send(&genuine.bytes());
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, number.seen().len()), (200, 1), "{name}");
}

fn numbered(message: &Message) -> (Number, Message) {
    let number = Number::next();
    (number, message.clone().and(HEADER, number.text()))
}

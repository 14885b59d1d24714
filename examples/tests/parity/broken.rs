//! Clients that stop half-way.

use crate::case::{Case, Sent, Want, run};
use crate::senders::*;
use webhook_testkit::message::Message;

/// Part of every payload below, and never all of it.
const SOME: usize = 40;

fn framings() -> [(&'static str, Message); 3] {
    [
        ("length", stripe(EVENT)),
        ("one chunk", stripe(EVENT).in_chunks(usize::MAX)),
        ("small chunks", stripe(EVENT).in_chunks(7)),
    ]
}

#[test]
fn a_body_that_stalls_is_refused() {
    let want = Want::Refusal(408, "body_timeout");
    run(framings().into_iter().flat_map(|(name, message)| {
        let message = message.target(IMPATIENT);
        [0, SOME].map(|length| Case::new(name, message.clone(), want).sent(Sent::UpTo(length)))
    }));
}

#[test]
fn a_body_that_is_cut_short_never_reaches_the_handler() {
    run(cut_short(Sent::Cut));
}

#[test]
fn a_client_that_is_gone_never_reaches_the_handler() {
    run(cut_short(Sent::Vanished));
}

#[test]
fn a_body_shorter_than_its_length_never_reaches_the_handler() {
    let length = (EVENT.len() + 1).to_string();
    let message = stripe(EVENT).unframed().and("content-length", length);
    run([Sent::Cut, Sent::Vanished].map(|sent| {
        let case = Case::new("all that is signed", message.clone(), Want::AnyEnd);
        case.sent(sent(EVENT.len()))
    }));
}

#[test]
fn a_body_without_its_last_chunk_never_reaches_the_handler() {
    let cases = [Sent::Cut, Sent::Vanished].into_iter().flat_map(|sent| {
        [7, usize::MAX].map(|size| {
            let message = stripe(EVENT).in_chunks(size);
            let length = message.payload().len() - b"0\r\n\r\n".len();
            Case::new("no last chunk", message, Want::AnyEnd).sent(sent(length))
        })
    });
    run(cases);
}

/// Nothing, something, and all but one byte of the body.
fn cut_short(sent: fn(usize) -> Sent) -> impl Iterator<Item = Case> {
    framings().into_iter().flat_map(move |(name, message)| {
        let payload = message.payload();
        let last = EVENT[EVENT.len() - 1];
        let last = payload.iter().rposition(|byte| *byte == last).unwrap();
        [0, SOME, last].map(|length| {
            let name = format!("{length} bytes, {name}");
            Case::new(name, message.clone(), Want::AnyEnd).sent(sent(length))
        })
    })
}

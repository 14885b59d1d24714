//! Any head and any body for any provider: nothing is accepted as signed that no vector has signed.

use std::collections::HashSet;
use std::sync::LazyLock;

use bytes::Bytes;
use webhook_core::dedupe::DedupeKey;
use webhook_core::provider::names;
use webhook_core::{Coverage, Delivery};

use crate::Fared;
use crate::input::{Input, Output};
use crate::mutate::edited;
use crate::receive::in_pieces;
use crate::vectors::{self, VECTORS, Vector};
use webhook_testkit::{Request, outcome_in};

/// What the vectors have signed.
struct Signed {
    bodies: HashSet<Bytes>,
    events: HashSet<DedupeKey>,
}

/// A request may also be what another case of its provider holds: their secrets are often the same. What is delivered may be another body
/// than came, such as one that was decrypted.
static SIGNED: LazyLock<Signed> = LazyLock::new(|| {
    let genuine: Vec<Delivery> = names().flat_map(genuine_of).collect();
    let sent = VECTORS.iter().map(|vector| vector.request.body.clone());
    let delivered = genuine.iter().map(|delivery| delivery.body().clone());
    Signed {
        bodies: sent.chain(delivered).collect(),
        events: genuine.iter().map(DedupeKey::of).collect(),
    }
});

fn genuine_of(provider: &'static str) -> impl Iterator<Item = Delivery> {
    let with_all = |receiver: &'static Vector| {
        let requests = vectors::of(provider).map(|vector| &vector.request);
        requests.filter_map(|request| receive_quietly(receiver, request))
    };
    vectors::of(provider).flat_map(with_all)
}

fn receive_quietly(receiver: &Vector, request: &Request) -> Option<Delivery> {
    outcome_in(&receiver.endpoint, request, vec![request.body.clone()]).ok()
}

/// Case, then for each of the method, the target, the headers and the body what becomes of it, then the cuts.
pub fn run(data: &[u8]) -> Fared {
    let mut input = Input::new(data);
    let vector = input.choice(&VECTORS);
    let request = request(&vector.request, &mut input);
    match in_pieces(&vector.endpoint, &request, &mut input) {
        Ok(delivery) => {
            require_signed(&delivery);
            Fared::Accepted
        }
        Err(_) => Fared::Refused,
    }
}

fn request(genuine: &Request, input: &mut Input<'_>) -> Request {
    let mut request = genuine.clone();
    let what = input.byte();
    if what & 1 != 0 {
        request.method = input.text();
    }
    if what & 2 != 0 {
        request.target = input.text();
    }
    if what & 4 != 0 {
        for (_, value) in &mut request.headers {
            *value = part(value, input);
        }
    }
    if what & 8 != 0 {
        // One that is not there, or a second line of one that is.
        request.headers.push((input.text(), input.piece().to_vec()));
    }
    if what & 16 != 0 {
        request.body = part(&request.body, input).into();
    }
    request
}

/// A value as it was, another one, or the same with changes.
fn part(genuine: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    match input.byte() % 3 {
        0 => genuine.to_vec(),
        1 => input.piece().to_vec(),
        _ => edited(genuine, input.piece()),
    }
}

fn require_signed(delivery: &Delivery) {
    match delivery.coverage() {
        // Of the checksum, no input of a fuzzer finds another body by chance.
        Coverage::Body | Coverage::BodyChecksum => assert!(
            SIGNED.bodies.contains(delivery.body()),
            "{delivery:?} has a body that nobody has signed"
        ),
        // Some of the fields: then it is the event that must be known.
        Coverage::Fields => assert!(
            SIGNED.events.contains(&DedupeKey::of(delivery)),
            "{delivery:?} is an event that nobody has signed"
        ),
        // Nothing of it is signed.
        _ => {}
    }
}

/// Every vector as it is, and with its headers and its body written out.
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |(index, vector): (usize, &Vector)| {
        let Request { headers, body, .. } = &vector.request;
        let kept = Output::default()
            .number(index)
            .byte(0)
            .rest(b"\x02\x01\x00\x07\x00");
        let written = Output::default().number(index).byte(4 | 16);
        let written = headers
            .iter()
            .fold(written, |output, (_, value)| output.byte(1).piece(value));
        [kept, written.byte(1).piece(body).rest(b"")]
    };
    VECTORS.iter().enumerate().flat_map(seed).collect()
}

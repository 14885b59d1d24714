//! Sends requests with bodies in any pieces.

use bytes::Bytes;
use webhook_core::{Answer, Delivery, Endpoint};

use crate::input::Input;
use webhook_testkit::{Request, outcome_in};

/// The verdict on a request whose body arrives in pieces, as many as the input says.
pub(crate) fn in_pieces(
    endpoint: &Endpoint,
    request: &Request,
    input: &mut Input<'_>,
) -> Result<Delivery, Answer> {
    let pieces = pieces(&request.body, input);
    outcome_in(endpoint, request, pieces)
}

/// At most 15 cuts. An empty frame is one too.
fn pieces(body: &Bytes, input: &mut Input<'_>) -> Vec<Bytes> {
    let mut rest = body.clone();
    let mut pieces = Vec::new();
    for _ in 0..input.byte() % 16 {
        let len = input.number() % (rest.len() + 1);
        pieces.push(rest.split_to(len));
    }
    pieces.push(rest);
    pieces
}

//! A program that does not compile: handlers that take the body twice. The macro of axum sees it before the types are known.

use axum::body::Bytes;
use axum::extract::FromRef;
use webhook_core::{Delivery, Endpoint};
use webhook_tower::VerifiedBody;

#[derive(Clone, FromRef)]
struct App {
    endpoint: Endpoint,
}

fn main() {}

#[axum::debug_handler(state = App)]
async fn body_taken_twice(_: VerifiedBody<Delivery>, _: Bytes) {}
//~ FromRequestParts

#[axum::debug_handler(state = App)]
async fn body_taken_before(_: Bytes, _: VerifiedBody<Delivery>) {}
//~ `Bytes`

//! Every framework gets the same requests, over a socket of its own; AWS Lambda gets events as its gateways write them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod cases;
mod client;
#[allow(dead_code)]
mod examples;
mod grpc;
mod lambda;
mod servers;

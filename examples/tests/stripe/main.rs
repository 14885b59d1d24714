//! The servers for Stripe speak HTTP/1 and HTTP/2, each on one port.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use hyper::Version;
use webhook_core::provider::stripe::{SCHEME, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, Endpoint, SystemClock};

use client::{Framing, send};
use examples::CHECKOUT_COMPLETED;

#[path = "../../examples/actix-stripe.rs"]
#[allow(dead_code)]
mod actix_stripe;
#[path = "../../examples/axum-stripe.rs"]
#[allow(dead_code)]
mod axum_stripe;
#[path = "../../../frameworks/tests/frameworks/client.rs"]
mod client;

const SECRET: &str = "whsec_for_tests_only";

/// Who signs, in how many pieces the body comes, and the status of the answer.
const CASES: [(&str, Framing, u16); 3] = [
    (SECRET, Framing::Whole, 200),
    (SECRET, Framing::Pieces(11), 200),
    ("whsec_of_a_stranger", Framing::Whole, 401),
];

/// Serves on this socket for as long as the tests run.
type Serve = fn(TcpListener, Endpoint);

#[test]
fn axum_speaks_both_versions() {
    speaks_both_versions(|listener, endpoint| {
        on_tokio(listener, async |listener| {
            axum::serve(listener, axum_stripe::app(endpoint))
                .await
                .unwrap();
        });
    });
}

#[test]
fn actix_speaks_both_versions() {
    speaks_both_versions(|listener, endpoint| {
        let system = actix_web::rt::System::new();
        let serving = async { actix_stripe::serve(listener, endpoint).unwrap().await };
        system.block_on(serving).unwrap();
    });
}

fn on_tokio(listener: TcpListener, serve: impl AsyncFnOnce(tokio::net::TcpListener)) {
    listener.set_nonblocking(true).unwrap();
    runtime().block_on(async {
        serve(tokio::net::TcpListener::from_std(listener).unwrap()).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn speaks_both_versions(serve: Serve) {
    let address = start(serve);
    runtime().block_on(async {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for (secret, framing, status) in CASES {
                let signer = Signer::new(SCHEME, secret).unwrap();
                let signer = signer.target("/webhooks/stripe");
                let request = signer.sign(CHECKOUT_COMPLETED.as_bytes(), SystemClock.now());
                let answer = send(address, version, request.unwrap(), framing).await;
                assert_eq!(answer.version(), version);
                assert_eq!(answer.status(), status, "{version:?}, {framing:?}");
            }
        }
    });
}

fn start(serve: Serve) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap());
    thread::spawn(move || serve(listener, endpoint));
    address
}

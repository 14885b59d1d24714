//! Requests per second of axum servers.
//!
//! One thread serves, another asks over loopback with connections that are kept alive, as in `examples/benches/server.rs`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use compare::{Request, SECRET, stripe_signature};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use webhook_core::Endpoint;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_tower::{Verified, WebhookLayer};

use crate::turns::median;

const PATHS: [&str; 5] = ["/bare", "/layer", "/layer-event", "/hand", "/hand-value"];
const SIZES: [usize; 2] = [4 * 1024, 64 * 1024];

const ROUNDS: usize = 15;
const TURN: Duration = Duration::from_millis(250);
const CONNECTIONS: usize = 16;

pub(crate) fn print() {
    println!(
        "\nRequests per second of axum as a ratio to a handler that takes the body and does nothing\n"
    );
    println!(
        "| body | bare | `WebhookLayer` | `WebhookLayer` + `stripe::Event` | `Bytes` + hmac by hand | `Bytes` + hmac + `Value` by hand |"
    );
    println!("|---:|---:|---:|---:|---:|---:|");
    let address = serve();
    for size in SIZES {
        let [bare, layer, event, hand, value] = measure(address, size);
        println!(
            "| {} KiB | {:.1} k/s | {layer:.2} | {event:.2} | {hand:.2} | {value:.2} |",
            size / 1024,
            bare / 1000.0,
        );
    }
}

async fn bare(_: Bytes) -> StatusCode {
    StatusCode::OK
}

async fn event(event: Verified<stripe::Event>) -> StatusCode {
    drop(event);
    StatusCode::OK
}

async fn hand(headers: HeaderMap, body: Bytes) -> StatusCode {
    match stripe_signature(&headers, &body) {
        Some(()) => StatusCode::OK,
        None => StatusCode::UNAUTHORIZED,
    }
}

async fn hand_value(headers: HeaderMap, body: Bytes) -> StatusCode {
    if stripe_signature(&headers, &body).is_none() {
        return StatusCode::UNAUTHORIZED;
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// Serves in another thread until the process ends.
fn serve() -> SocketAddr {
    let layer = || WebhookLayer::new(Endpoint::new(Stripe::new(SECRET).unwrap()));
    let app = Router::new()
        .route("/bare", post(bare))
        .route("/layer", post(bare).layer(layer()))
        .route("/layer-event", post(event).layer(layer()))
        .route("/hand", post(hand))
        .route("/hand-value", post(hand_value));
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    told.recv().unwrap()
}

/// Requests per second of the first path, and of the others to it.
fn measure(address: SocketAddr, size: usize) -> [f64; PATHS.len()] {
    let request = Request::signed(stripe::SCHEME, size);
    let requests = PATHS.map(|path| wire(path, &request));
    let round = |_| {
        requests
            .each_ref()
            .map(|request| per_second(address, request))
    };
    let rounds: Vec<_> = (0..ROUNDS).map(round).collect();
    std::array::from_fn(|at| match at {
        0 => median(rounds.iter().map(|round| round[0])),
        _ => median(rounds.iter().map(|round| round[at] / round[0])),
    })
}

fn wire(path: &str, request: &Request) -> Vec<u8> {
    let mut bytes = format!("POST {path} HTTP/1.1\r\n").into_bytes();
    for (name, value) in &request.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(&request.body);
    bytes
}

/// On every connection one request is under way, so that the server never waits.
fn per_second(address: SocketAddr, request: &[u8]) -> f64 {
    let connect = |_| {
        let connection = TcpStream::connect(address).unwrap();
        connection.set_nodelay(true).unwrap();
        connection
    };
    let mut connections: Vec<_> = (0..CONNECTIONS).map(connect).collect();
    for connection in &mut connections {
        connection.write_all(request).unwrap();
    }
    let start = Instant::now();
    let mut answers = 0;
    while start.elapsed() < TURN {
        for connection in &mut connections {
            read_answer(connection);
            connection.write_all(request).unwrap();
        }
        answers += connections.len();
    }
    let taken = start.elapsed();
    connections.iter_mut().for_each(read_answer);
    answers as f64 / taken.as_secs_f64()
}

fn read_answer(connection: &mut TcpStream) {
    let mut answer = [0; 1024];
    let mut len = 0;
    // It has no body.
    while !answer[..len].ends_with(b"\r\n\r\n") {
        let more = connection.read(&mut answer[len..]).unwrap();
        assert_ne!(more, 0, "the server hung up");
        len += more;
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "refused");
}

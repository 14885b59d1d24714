//! How many requests a server answers with and without verification.
//!
//! ```text
//! cargo bench -p examples --bench server
//! ```
//!
//! One thread serves, another asks over loopback with connections that are kept alive. The figures are requests per
//! second to those of the same server with a handler that takes the body and does nothing: the median of rounds in
//! which all handlers take turns.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use webhook_core::Endpoint;
use webhook_core::UnixTime;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_tower::WebhookLayer;

const SECRET: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";
const SIZES: [usize; 2] = [4 * 1024, 64 * 1024];
const PATHS: [&str; 3] = ["/bare", "/verify", "/event"];

const ROUNDS: usize = 15;
const TURN: Duration = Duration::from_millis(250);
const CONNECTIONS: usize = 16;

fn main() {
    println!("\n| | body | bare | verify | verify + `stripe::Event` |\n|---|---:|---:|---:|---:|");
    for (name, serve) in [
        ("axum", axum_server as fn() -> SocketAddr),
        ("actix-web", actix_server),
    ] {
        let address = serve();
        for size in SIZES {
            let [bare, verify, event] = measure(address, size);
            println!(
                "| {name} | {} KiB | {:.1} k/s | {:.2} | {:.2} |",
                size / 1024,
                bare / 1000.0,
                verify,
                event
            );
        }
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap())
}

fn axum_server() -> SocketAddr {
    async fn body(_: Bytes) -> StatusCode {
        StatusCode::OK
    }
    async fn event(event: webhook_tower::Verified<stripe::Event>) -> StatusCode {
        drop(event);
        StatusCode::OK
    }
    in_thread(|tell| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let verify = || WebhookLayer::new(endpoint());
            let app = Router::new()
                .route("/bare", post(body))
                .route("/verify", post(body).layer(verify()))
                .route("/event", post(event).layer(verify()));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    })
}

fn actix_server() -> SocketAddr {
    use actix_web::{App, HttpResponse, HttpServer, rt, web};
    use webhook_actix::{Verified, Webhook};

    async fn body(_: web::Bytes) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    async fn event(event: Verified<stripe::Event>) -> HttpResponse {
        drop(event);
        HttpResponse::Ok().finish()
    }
    in_thread(|tell| {
        let app = || {
            let verify = web::resource("/verify").wrap(Webhook::new(endpoint()));
            App::new()
                .app_data(endpoint())
                .route("/bare", web::post().to(body))
                .route("/event", web::post().to(event))
                .service(verify.route(web::post().to(body)))
        };
        rt::System::new().block_on(async {
            let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0").unwrap();
            tell.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    })
}

/// Runs a server until the process ends, and waits until it can be reached.
fn in_thread(serve: impl FnOnce(mpsc::Sender<SocketAddr>) + Send + 'static) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(|| serve(tell));
    told.recv().unwrap()
}

/// Requests per second of the bare handler, and the others to it.
fn measure(address: SocketAddr, size: usize) -> [f64; 3] {
    let requests = PATHS.map(|path| request(path, size));
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            requests
                .each_ref()
                .map(|request| per_second(address, request))
        })
        .collect();
    let median = |pick: fn(&[f64; 3]) -> f64| {
        let mut values: Vec<_> = rounds.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    [
        median(|round| round[0]),
        median(|round| round[1] / round[0]),
        median(|round| round[2] / round[0]),
    ]
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

/// A signed event of this size, ready for the wire.
fn request(path: &str, size: usize) -> Vec<u8> {
    let body = event(size);
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let signed = signer.sign(body.as_bytes(), UnixTime::from(SystemTime::now()));
    let signed = signed.unwrap();
    let signature = signed.header("stripe-signature").unwrap();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n\
         accept: */*; q=0.5, application/xml\r\ncache-control: no-cache\r\n\
         content-type: application/json; charset=utf-8\r\ncontent-length: {size}\r\n\
         stripe-signature: {signature}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A Stripe event of exactly this size, printed with indentation as Stripe does.
fn event(size: usize) -> String {
    const START: &str = r#"{
  "id": "evt_1PqR5sT2uVwXyZ",
  "object": "event",
  "type": "invoice.paid",
  "created": 1785920400,
  "livemode": true,
  "data": {
    "object": {
      "object": "invoice",
      "lines": ["#;
    const LINE: &str = "
        { \"id\": \"il_1PqR5sT2uVwXyZ\", \"amount\": 1999, \"currency\": \"eur\", \"quantity\": 1 },";
    const END: &str = "\"\n      ]\n    }\n  }\n}\n";
    let mut text = START.to_owned();
    while text.len() + LINE.len() + 1 + END.len() <= size {
        text += LINE;
    }
    let rest = "x".repeat(size - text.len() - 1 - END.len());
    text + "\"" + &rest + END
}

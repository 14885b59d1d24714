//! How many requests a server answers with and without verification.
//!
//! ```text
//! cargo bench -p examples --bench server
//! ```
//!
//! One thread serves, another asks over loopback with connections that are kept alive. The figures are requests per
//! second to those of the same server with a handler that takes the body and does nothing: the median of rounds in
//! which all handlers take turns. With a store, each request is another event.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::io::{Read, Write};
use std::iter::repeat;
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
use webhook_store::MemoryStore;
use webhook_tower::WebhookLayer;

const SECRET: &str = "whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=";
const OTHER_SECRET: &str = "whsec_GRFfoNpVdmKu3xOrmzb7nQz+RAlRu/kPThXFoPy7AWM=";
const SIZES: [usize; 2] = [4 * 1024, 64 * 1024];
/// Where one request is sent again and again.
const PATHS: [&str; 4] = ["/bare", "/verify", "/event", "/two"];
/// So many bytes of requests are made for a turn at `/memory`, where each is another event.
const MADE: usize = 96 * 1024 * 1024;

const ROUNDS: usize = 15;
const TURN: Duration = Duration::from_millis(250);
const CONNECTIONS: usize = 16;

fn main() {
    println!(
        "\n| | body | bare | verify | verify + `stripe::Event` | verify, two secrets | verify, memory store |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (name, serve) in [
        ("axum", axum_server as fn() -> SocketAddr),
        ("actix-web", actix_server),
    ] {
        let address = serve();
        for size in SIZES {
            let [bare, verify, event, two, memory] = measure(address, size);
            println!(
                "| {name} | {} KiB | {:.1} k/s | {verify:.2} | {event:.2} | {two:.2} | {memory:.2} |",
                size / 1024,
                bare / 1000.0,
            );
        }
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap())
}

/// While a secret is changed.
fn with_two_secrets() -> Endpoint {
    Endpoint::new(Stripe::new([OTHER_SECRET, SECRET]).unwrap())
}

fn with_memory() -> Endpoint {
    endpoint()
        .name("shop")
        .dedupe(MemoryStore::with_capacity(1_000_000))
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
                .route("/event", post(event).layer(verify()))
                .route(
                    "/two",
                    post(body).layer(WebhookLayer::new(with_two_secrets())),
                )
                .route(
                    "/memory",
                    post(body).layer(WebhookLayer::new(with_memory())),
                );
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
        let remembers = with_memory();
        let app = move || {
            let guarded = |path: &str, endpoint: Endpoint| {
                web::resource(path)
                    .wrap(Webhook::new(endpoint))
                    .route(web::post().to(body))
            };
            App::new()
                .app_data(endpoint())
                .route("/bare", web::post().to(body))
                .route("/event", web::post().to(event))
                .service(guarded("/verify", endpoint()))
                .service(guarded("/two", with_two_secrets()))
                .service(guarded("/memory", remembers.clone()))
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
fn measure(address: SocketAddr, size: usize) -> [f64; 5] {
    // Others for each size, as the store remembers them.
    let mut ids = size as u64 * 1_000_000..;
    let requests = PATHS.map(|path| request(path, size, 0));
    let rounds: Vec<[f64; 5]> = (0..ROUNDS)
        .map(|_| {
            let same = requests.each_ref();
            let [bare, verify, event, two] =
                same.map(|request| per_second(address, &mut repeat(request)));
            let ids = ids.by_ref().take(MADE / size);
            let others: Vec<_> = ids.map(|id| request("/memory", size, id)).collect();
            let memory = per_second(address, &mut others.iter());
            [bare, verify, event, two, memory]
        })
        .collect();
    let median = |pick: &dyn Fn(&[f64; 5]) -> f64| {
        let mut values: Vec<_> = rounds.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    std::array::from_fn(|path| {
        median(&|round| match path {
            0 => round[0],
            _ => round[path] / round[0],
        })
    })
}

/// On every connection one request is under way, so that the server never waits.
fn per_second(address: SocketAddr, requests: &mut dyn Iterator<Item = &Vec<u8>>) -> f64 {
    let connect = |_| {
        let connection = TcpStream::connect(address).unwrap();
        connection.set_nodelay(true).unwrap();
        connection
    };
    let mut connections: Vec<_> = (0..CONNECTIONS).map(connect).collect();
    for connection in &mut connections {
        connection.write_all(requests.next().unwrap()).unwrap();
    }
    let start = Instant::now();
    let mut answers = 0_u32;
    'turn: while start.elapsed() < TURN {
        for connection in &mut connections {
            let Some(request) = requests.next() else {
                break 'turn;
            };
            read_answer(connection);
            connection.write_all(request).unwrap();
            answers += 1;
        }
    }
    let taken = start.elapsed();
    connections.iter_mut().for_each(read_answer);
    f64::from(answers) / taken.as_secs_f64()
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
fn request(path: &str, size: usize, id: u64) -> Vec<u8> {
    let body = event(size, id);
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
fn event(size: usize, id: u64) -> String {
    const START: &str = r#"",
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
    let mut text = format!("{{\n  \"id\": \"evt_{id:014}{START}");
    while text.len() + LINE.len() + 1 + END.len() <= size {
        text += LINE;
    }
    let rest = "x".repeat(size - text.len() - 1 - END.len());
    text + "\"" + &rest + END
}

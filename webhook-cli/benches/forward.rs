//! How many genuine requests of 4 KiB `listen` verifies, keeps and forwards in a second, and in a second of its processor.
//!
//! `cargo bench -p webhook-cli --bench forward -- SECONDS`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use webhook_cli::account::Account;
use webhook_cli::forward::{Kinds, Listener, Report, Route, Rules, Server, Talk};
use webhook_cli::inspector::Captures;
use webhook_cli::terminal::Terminal;

const CONNECTIONS: usize = 32;
const BODY: usize = 4096;

fn main() {
    let mut words = std::env::args().skip(1);
    let seconds = words.find_map(|word| word.parse().ok()).unwrap_or(5);
    let account = Account::new(
        "stripe",
        serde_json::Map::from_iter([(
            "secrets".to_owned(),
            json!("whsec_0123456789abcdef0123456789abcdef"),
        )]),
    );
    let request = Arc::<[u8]>::from(request(&account));
    let app = thread(application);
    let (listen, processor) = listen(account, app);
    let answered = Arc::new(AtomicU64::new(0));
    let runtime = runtime();
    let before = processor();
    let started = Instant::now();
    runtime.block_on(async {
        for _ in 0..CONNECTIONS {
            tokio::spawn(load(listen, Arc::clone(&request), Arc::clone(&answered)));
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    });
    let answered = answered.load(Ordering::Relaxed) as f64;
    println!(
        "{:.0} requests in a second",
        answered / started.elapsed().as_secs_f64()
    );
    if let (Some(before), Some(after)) = (before, processor()) {
        println!(
            "{:.0} requests in a second of the processor of `listen`",
            answered / (after - before)
        );
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Runs something that listens in a thread of its own: where it listens.
fn thread<F: Future<Output = ()> + 'static>(run: fn(TcpListener) -> F) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(socket.local_addr().unwrap()).unwrap();
            run(socket).await;
        });
    });
    told.recv().unwrap()
}

async fn application(socket: TcpListener) {
    loop {
        let (stream, _) = socket.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let service = service_fn(|request: http::Request<hyper::body::Incoming>| async {
            request.into_body().collect().await.unwrap();
            Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from_static(b"ok"))))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// `listen` in a thread of its own: where, and how many seconds of a processor it has used, where the system tells.
fn listen(account: Account, app: SocketAddr) -> (SocketAddr, impl Fn() -> Option<f64>) {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let thread = std::fs::read_link("/proc/thread-self").unwrap_or_default();
        runtime().block_on(async {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send((socket.local_addr().unwrap(), thread)).unwrap();
            let rules = Rules {
                accounts: vec![account],
                routes: vec![Route {
                    to: format!("http://{app}/hook").parse().unwrap(),
                    kinds: Kinds::default(),
                }],
                events: Kinds::default(),
                only_genuine: false,
                answer: (200, 0),
                store: None,
                report: Report::new(Terminal::new(false), Talk::Failures),
            };
            let listener = Listener::new(rules, Captures::new(1000, 64 << 20));
            Server::new(socket, listener)
                .run(std::future::pending())
                .await;
        });
    });
    let (at, thread) = told.recv().unwrap();
    let file = std::path::Path::new("/proc").join(thread).join("schedstat");
    let processor = move || {
        let text = std::fs::read_to_string(&file).ok()?;
        let nanos: f64 = text.split(' ').next()?.parse().ok()?;
        Some(nanos / 1e9)
    };
    (at, processor)
}

fn request(account: &Account) -> Vec<u8> {
    let note = "x".repeat(BODY - 70);
    let body =
        format!(r#"{{"id":"evt_1","object":"event","type":"invoice.paid","note":"{note}"}}"#);
    let now = std::time::SystemTime::now().into();
    let signed = webhook_cli::forward::sign(account, body.as_bytes(), None, now).unwrap();
    let signed = signed.with("host", "127.0.0.1").with("user-agent", "bench");
    webhook_cli::write::http(&signed)
}

async fn load(at: SocketAddr, request: Arc<[u8]>, answered: Arc<AtomicU64>) {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answer = Vec::new();
    loop {
        stream.write_all(&request).await.unwrap();
        answer.clear();
        // The answer is short, and ends with the body of the application.
        while !answer.ends_with(b"\r\n\r\nok") {
            assert!(
                stream.read_buf(&mut answer).await.unwrap() > 0,
                "{answer:?}"
            );
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

//! What the example `prometheus` exports, and what becomes of a span in OpenTelemetry.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod opentelemetry;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, SignedRequest, Signer};
use webhook_core::{Clock, SystemClock};
use webhook_testkit::message::Message;
use webhook_testkit::wire::{Answer, Connection};

#[path = "../../examples/prometheus/main.rs"]
#[allow(dead_code)]
mod prometheus;

const SECRET: &str = "whsec_of_the_watched_shop";
const EVENT: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid"}"#;
/// Signed as it must be, and no event.
const NO_EVENT: &str = r#"{"id":1}"#;

/// A request, and what must be counted of it.
struct Case {
    message: Message,
    status: u16,
    outcome: &'static str,
    code: &'static str,
    handler: bool,
}

#[test]
fn each_request_is_counted_and_timed_at_the_endpoint_for_prometheus() {
    let address = start();
    let genuine = Message::new(signed(EVENT));
    #[rustfmt::skip]
    let cases = [
        Case { message: genuine.clone(), status: 200, outcome: "accepted", code: "accepted", handler: true },
        Case { message: genuine.clone(), status: 200, outcome: "duplicate", code: "duplicate", handler: false },
        Case { message: genuine.body(b"{}"), status: 401, outcome: "refused", code: "bad_signature", handler: false },
        Case { message: Message::new(signed(NO_EVENT)), status: 500, outcome: "undecodable", code: "undecodable", handler: true },
    ];
    for case in &cases {
        let answer = send(address, &case.message);
        assert_eq!(answer.status, case.status, "{}", case.outcome);
    }
    let wanted: BTreeSet<String> = cases.iter().flat_map(lines).collect();
    // A span ends when its request is dropped, which may be after the answer.
    let begun = Instant::now();
    while counts(address) != wanted && begun.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(counts(address), wanted);
}

/// The lines that this request alone makes.
fn lines(case: &Case) -> Vec<String> {
    let labels = format!(
        r#"endpoint="shop",outcome="{}",provider="stripe",variant="""#,
        case.outcome
    );
    let error = match case.status {
        200 => String::new(),
        _ => format!(r#"error_type="{}","#, case.code),
    };
    let mut lines = vec![
        format!(
            r#"webhook_requests_total{{code="{}",{labels}}} 1"#,
            case.code
        ),
        format!("webhook_verdict_seconds_count{{{labels}}} 1"),
        format!(
            "webhook_body_bytes_sum{{{labels}}} {}",
            case.message.body.len()
        ),
        format!(
            r#"http_server_request_duration_seconds_count{{{error}http_request_method="POST",http_response_status_code="{}","#,
            case.status
        ) + &format!(
            r#"webhook_endpoint="shop",webhook_outcome="{}",webhook_provider="stripe"}} 1"#,
            case.outcome
        ),
    ];
    if case.handler {
        lines.push(format!("webhook_handler_seconds_count{{{labels}}} 1"));
    }
    lines
}

/// What is counted at `/metrics`, without what differs from run to run. The labels in the order of their names.
fn counts(address: SocketAddr) -> BTreeSet<String> {
    let text = send(address, &get("/metrics")).body;
    let lines = text.lines().filter(|line| line.contains('{'));
    let counts = lines.filter(|line| {
        let name = line.split('{').next().unwrap();
        let is_time = name.ends_with("_seconds_sum");
        !is_time && !name.ends_with("_bucket") && name != "webhook_body_bytes_count"
    });
    counts.map(sorted).collect()
}

fn sorted(line: &str) -> String {
    let (name, rest) = line.split_once('{').unwrap();
    let (labels, value) = rest.rsplit_once('}').unwrap();
    let labels: BTreeSet<&str> = labels.split(',').collect();
    let labels: Vec<&str> = labels.into_iter().collect();
    format!("{name}{{{}}}{value}", labels.join(","))
}

fn signed(body: &str) -> SignedRequest {
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    let signer = signer.target("/webhooks/stripe");
    signer.sign(body.as_bytes(), SystemClock.now()).unwrap()
}

fn get(path: &str) -> Message {
    Message::new(SignedRequest {
        method: "GET".to_owned(),
        target: path.to_owned(),
        headers: Vec::new(),
        body: Default::default(),
    })
}

fn send(address: SocketAddr, message: &Message) -> Answer {
    let mut connection = Connection::open(address);
    connection.send(&message.bytes());
    connection.answer().unwrap()
}

/// Recorder and log are those of the process: there is one server for all tests.
fn start() -> SocketAddr {
    let metrics = prometheus::telemetry::start().unwrap();
    let app = prometheus::app(SECRET, metrics).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    address
}

//! What the application gets is what the sender has sent.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use webhook_cli::request::Request;

use crate::support::{App, OK, Running, read, rules, status};

#[derive(Clone, Debug)]
enum Framing {
    /// `content-length`.
    Length,
    /// Chunks of these lengths, again and again.
    Chunks(Vec<usize>),
}

#[derive(Clone, Debug)]
struct Sent {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    framing: Framing,
    /// The bytes are written in pieces of this length.
    piece: usize,
}

fn name() -> impl Strategy<Value = String> {
    let of_connection = |name: &String| {
        let name = name.to_ascii_lowercase();
        !["te", "host", "expect", "upgrade", "trailer", "keep-alive"].contains(&name.as_str())
            && !name.starts_with("proxy-")
    };
    prop_oneof![
        // Few names, so that they meet again in another case.
        select(vec![
            "X-Tag",
            "x-tag",
            "X-TAG",
            "Stripe-Signature",
            "content-type",
            "Content-Type",
            "Date",
            "accept"
        ])
        .prop_map(str::to_owned),
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}".prop_filter("belongs to the connection", of_connection),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte =
        prop_oneof![8 => 0x21_u8..0x7f, 1 => Just(b' '), 1 => Just(b'\t'), 2 => 0x80_u8..=0xff];
    vec(byte, 0..40).prop_map(|value| value.trim_ascii().to_vec())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..300),
        1 => Just(Vec::new()),
        1 => (any::<u8>(), 60_000..200_000_usize).prop_map(|(byte, length)| vec![byte; length]),
        1 => Just(vec![b'x'; 2 * 1024 * 1024]),
    ]
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(Framing::Length),
        vec(1..70_usize, 1..6).prop_map(Framing::Chunks),
        vec(20_000..90_000_usize, 1..3).prop_map(Framing::Chunks),
    ]
}

fn sent() -> impl Strategy<Value = Sent> {
    let target = "/[!$&'()*+,;=:@A-Za-z0-9._~/-]{0,30}(%[0-9A-F]{2})?([?][!$&'()*+,;=:@A-Za-z0-9._~/?-]{0,30})?";
    let methods = select(vec!["POST", "PUT", "DELETE", "PATCH", "GET", "QUERY", "x"]);
    (
        methods,
        target,
        vec((name(), value()), 0..20),
        body(),
        framing(),
        1..3000_usize,
    )
        .prop_map(|(method, target, headers, body, framing, piece)| {
            let framing = match body.len() {
                // One byte at a time would take long.
                200_001.. => Framing::Length,
                _ => framing,
            };
            let piece = match body.len() {
                2000.. => piece + 50_000,
                _ => piece,
            };
            Sent {
                method: method.to_owned(),
                target,
                headers,
                body,
                framing,
                piece,
            }
        })
}

fn written(sent: &Sent) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", sent.method, sent.target).into_bytes();
    let framing = match &sent.framing {
        Framing::Length => format!("Content-Length: {}", sent.body.len()),
        Framing::Chunks(_) => "Transfer-Encoding: chunked".to_owned(),
    };
    let middle = sent.headers.len() / 2;
    for (at, (name, value)) in sent.headers.iter().enumerate() {
        if at == middle {
            bytes.extend_from_slice(b"Host: shop.example\r\n");
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(framing.as_bytes());
    bytes.extend_from_slice(b"\r\n\r\n");
    match &sent.framing {
        Framing::Length => bytes.extend_from_slice(&sent.body),
        Framing::Chunks(lengths) => {
            let mut rest = &sent.body[..];
            for length in lengths.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, more) = rest.split_at(rest.len().min(*length));
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
                rest = more;
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
        }
    }
    bytes
}

async fn deliver(running: &Running, sent: &Sent, connection: &mut Option<TcpStream>) -> u16 {
    let mut stream = match connection.take() {
        Some(stream) => stream,
        None => TcpStream::connect(running.at).await.unwrap(),
    };
    stream.set_nodelay(true).unwrap();
    for piece in written(sent).chunks(sent.piece) {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
    *connection = Some(stream);
    status(&answer)
}

#[test]
fn the_application_gets_the_same_method_target_headers_and_body() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (running, app) = runtime.block_on(async {
        let app = App::start(OK).await;
        let mut rules = rules(&[(app.url("/"), "")]);
        // Nobody is known, so that nothing is said.
        rules.accounts.clear();
        (Running::start(rules).await, app)
    });
    let state = std::cell::RefCell::new((app, None));
    let config = ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(sent in sent())| {
        let (app, connection) = &mut *state.borrow_mut();
        let got = runtime.block_on(async {
            // Several requests share a connection, as those of a sender do.
            assert_eq!(deliver(&running, &sent, connection).await, 200);
            app.next().await
        });
        let line = format!("{} {} HTTP/1.1", sent.method, sent.target);
        prop_assert_eq!(&got.line, &line);
        prop_assert_eq!(got.own_headers(), sent.headers.clone());
        prop_assert!(got.body == sent.body);

        let captures = running.captures();
        let kept = &captures.last().unwrap().request;
        let own = kept.clone().without("host").without("content-length").without("transfer-encoding");
        let wanted = Request {
            method: sent.method,
            target: sent.target,
            headers: sent.headers.into_iter().map(|(name, value)| (name, value.into())).collect(),
            body: sent.body.into(),
        };
        prop_assert!(own == wanted);
        running_clear(&running);
    });
}

fn running_clear(running: &Running) {
    use webhook_cli::inspector::Backend as _;
    running.listener.captures().clear();
}

#[tokio::test]
async fn requests_that_are_sent_before_the_answer_to_the_last_one_are_not_mixed_up() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let mut stream = TcpStream::connect(running.at).await.unwrap();
    let mut bytes = Vec::new();
    for number in 0..20 {
        let body = "b".repeat(number * 100);
        let length = body.len();
        bytes.extend_from_slice(
            format!("POST /{number} HTTP/1.1\r\nhost: a\r\nX-Number: {number}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes(),
        );
    }
    stream.write_all(&bytes).await.unwrap();
    let mut rest = Vec::new();
    for number in 0..20 {
        let got = app.next().await;
        assert_eq!(got.target(), format!("/{number}"));
        let [(name, value)] = &got.own_headers()[..] else {
            panic!("{got:?}");
        };
        assert!(name.eq_ignore_ascii_case("x-number"));
        assert_eq!(value, number.to_string().as_bytes());
        assert_eq!(got.body.len(), number * 100);
        assert_eq!(status(&read(&mut stream, &mut rest).await.unwrap()), 200);
    }
}

#[tokio::test]
async fn what_belongs_to_the_connection_is_not_forwarded() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let sent = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nX-Own: 2\r\nContent-Length: 2\r\n\r\nhi";
    crate::support::send(running.at, sent).await;
    let got = app.next().await;
    assert_eq!(got.own_headers(), [("X-Own".to_owned(), b"2".to_vec())]);
    assert_eq!(got.body, b"hi");
}

//! What strangers send is bounded.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use webhook_cli::inspector::{Backend as _, Captures};
use webhook_cli::request::Request;

use crate::support::{App, OK, Running, read, rules, status};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn of_ten_thousand_requests_the_last_thousand_stay() {
    let mut rules = rules(&[]);
    rules.accounts.clear();
    let running = Running::keep(rules, Captures::new(1000, 64 * MIB)).await;
    let mut stream = TcpStream::connect(running.at).await.unwrap();
    let mut rest = Vec::new();
    for number in 0..10_000 {
        let text = format!("POST /{number} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{{}}");
        stream.write_all(text.as_bytes()).await.unwrap();
        assert_eq!(status(&read(&mut stream, &mut rest).await.unwrap()), 200);
    }
    let kept = running.captures();
    assert_eq!(kept.len(), 1000);
    assert_eq!((kept[0].id, kept[999].id), (9001, 10_000));
    assert_eq!(kept[999].request.target, "/9999");
}

#[tokio::test]
async fn however_many_may_stay_no_more_bytes_than_allowed_do() {
    let mut rules = rules(&[]);
    rules.accounts.clear();
    let running = Running::keep(rules, Captures::new(1000, 4 * MIB)).await;
    for _ in 0..50 {
        let request = Request {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: Vec::new(),
            body: vec![b'x'; MIB / 4].into(),
        };
        running.listener.receive(request, None).await;
        let kept = running.captures();
        let bytes: usize = kept.iter().map(|capture| capture.request.body.len()).sum();
        assert!(bytes <= 4 * MIB, "{bytes}");
    }
    assert_eq!(running.captures().last().unwrap().id, 50);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_cut_and_kept() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let mut stream = TcpStream::connect(running.at).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        3 * MIB
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; 3 * MIB]).await.unwrap();
    let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
    assert_eq!(status(&answer), 413);
    let captures = running.captures();
    assert_eq!(captures[0].verdict.code, "body_too_large");
    assert_eq!(captures[0].request.body.len(), 2 * MIB);
    assert!(app.got.try_recv().is_err());
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let running = Running::start(rules(&[])).await;
    for (name, value) in [("x", "y".repeat(300_000)), ("x\r\n", String::new())] {
        let mut stream = TcpStream::connect(running.at).await.unwrap();
        let head =
            format!("POST / HTTP/1.1\r\nhost: a\r\n{name}: {value}\r\ncontent-length: 0\r\n\r\n");
        drop(stream.write_all(head.as_bytes()).await);
        let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
        assert!((400..500).contains(&status(&answer)), "{answer:?}");
    }
    assert!(running.captures().is_empty());
}

#[tokio::test]
async fn what_is_no_http_does_not_stop_the_server() {
    let running = Running::start(rules(&[])).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        &[0xff; 5000],
    ] {
        let mut stream = TcpStream::connect(running.at).await.unwrap();
        drop(stream.write_all(bytes).await);
    }
    let sent = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(status(&crate::support::send(running.at, sent).await), 200);
}

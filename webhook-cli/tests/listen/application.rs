//! An application that is down, slow, broken or gone.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::{App, Manner, OK, Running, event, header, read, rules, send, status, wire};

fn paid() -> Vec<u8> {
    wire(&event("invoice.paid"))
}

#[tokio::test]
async fn the_sender_gets_the_answer_of_the_application() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/own"), "")])).await;
    let answer = send(running.at, &paid()).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(header(&answer, "x-app"), Some("yes"));
    assert_eq!(answer.body, b"fine");
    assert_eq!(app.next().await.target(), "/own");

    let captures = running.captures();
    assert_eq!(captures[0].verdict.code, "ok");
    assert_eq!(captures[0].answers[0].status, Some(200));
    assert_eq!(captures[0].answers[0].body, "fine");
    assert_eq!(captures[0].answers[0].from, Some(app.url("/own")));
}

#[tokio::test]
async fn a_failure_of_the_application_reaches_the_sender_as_it_is() {
    let app = App::start(Manner::With(
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops",
    ))
    .await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let answer = send(running.at, &paid()).await;
    assert_eq!((status(&answer), &answer.body[..]), (500, &b"oops"[..]));
}

#[tokio::test]
async fn an_application_may_be_down_and_come_back() {
    let app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    assert_eq!(status(&send(running.at, &paid()).await), 200);

    let at = app.stop().await;
    let answer = send(running.at, &paid()).await;
    assert_eq!(status(&answer), 502);
    assert!(answer.body.starts_with(b"webhook-cli: "));
    let captures = running.captures();
    assert_eq!(captures[1].answers[0].status, None);
    assert!(captures[1].answers[0].error.is_some());

    let mut app = App::start_at(at, OK).await;
    assert_eq!(status(&send(running.at, &paid()).await), 200);
    app.next().await;
    assert_eq!(app.connections(), 1);
}

#[tokio::test]
async fn an_application_that_goes_away_in_the_middle_of_its_answer_gave_none() {
    for manner in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
    ] {
        let app = App::start(Manner::Breaking(manner)).await;
        let running = Running::start(rules(&[(app.url("/"), "")])).await;
        let answer = send(running.at, &paid()).await;
        assert_eq!(status(&answer), 502, "{manner:?}");
        assert!(running.captures()[0].answers[0].error.is_some());
    }
}

#[tokio::test]
async fn a_slow_application_does_not_stop_the_others() {
    let mut slow = App::start(Manner::Later(
        "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n",
    ))
    .await;
    let running = Running::start(rules(&[
        (slow.url("/"), "invoice.*"),
        ("http://127.0.0.1:1/".to_owned(), "charge.*"),
    ]))
    .await;
    let at = running.at;
    let waiting = tokio::spawn(async move { send(at, &paid()).await });
    slow.next().await;
    // Nobody listens at port 1.
    assert_eq!(status(&send(at, &wire(&event("charge.failed"))).await), 502);
    assert!(!waiting.is_finished());
    slow.go.notify_one();
    assert_eq!(status(&waiting.await.unwrap()), 201);
}

#[tokio::test]
async fn what_was_received_is_forwarded_even_if_the_sender_goes_away() {
    let mut app = App::start(Manner::Later(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    ))
    .await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let mut stream = TcpStream::connect(running.at).await.unwrap();
    stream.write_all(&paid()).await.unwrap();
    app.next().await;
    drop(stream);
    app.go.notify_one();
    let captures = running.until(|all| all[0].answers.len() == 1).await;
    assert_eq!(captures[0].answers[0].status, Some(200));
}

#[tokio::test]
async fn requests_in_flight_are_finished_at_the_end() {
    let mut app = App::start(Manner::Later(
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ))
    .await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let mut stream = TcpStream::connect(running.at).await.unwrap();
    stream.write_all(&paid()).await.unwrap();
    app.next().await;
    let go = std::sync::Arc::clone(&app.go);
    let ended = tokio::spawn(running.stop());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!ended.is_finished());
    go.notify_one();
    let answer = read(&mut stream, &mut Vec::new()).await.unwrap();
    assert_eq!(answer.body, b"ok");
    ended.await.unwrap();
}

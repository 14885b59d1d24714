//! Which requests go where, and what is answered where none goes.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use webhook_cli::account::Account;
use webhook_cli::forward::Kinds;
use webhook_cli::inspector::Backend as _;
use webhook_cli::request::Request;
use webhook_core::testing::SignedRequest;

use crate::support::{App, OK, Running, SECRET, event, header, rules, send, status, wire};

fn forged() -> SignedRequest {
    let signed = event("invoice.paid");
    let body = signed.body.clone();
    signed.with_body([&body[..], b" "].concat())
}

#[tokio::test]
async fn each_application_gets_its_kinds_and_the_first_one_answers() {
    let mut invoices = App::start(OK).await;
    let mut all = App::start(crate::support::Manner::With(
        "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",
    ))
    .await;
    let running = Running::start(rules(&[
        (invoices.url("/"), "invoice.*"),
        (all.url("/"), ""),
    ]))
    .await;
    assert_eq!(
        status(&send(running.at, &wire(&event("invoice.paid"))).await),
        200
    );
    invoices.next().await;
    all.next().await;
    assert_eq!(
        status(&send(running.at, &wire(&event("charge.failed"))).await),
        202
    );
    all.next().await;
    assert!(invoices.got.try_recv().is_err());
    let captures = running.until(|all| all[0].answers.len() == 2).await;
    assert_eq!(captures[1].answers.len(), 1);
}

#[tokio::test]
async fn kinds_that_are_not_wanted_are_answered_and_stay_here() {
    let mut app = App::start(OK).await;
    let running = Running::start(webhook_cli::forward::Rules {
        events: Kinds::of("invoice.*"),
        answer: (503, 0),
        ..rules(&[(app.url("/"), "")])
    })
    .await;
    let answer = send(running.at, &wire(&event("charge.failed"))).await;
    assert_eq!((status(&answer), answer.body.len()), (200, 0));
    send(running.at, &wire(&event("invoice.paid"))).await;
    app.next().await;
    assert!(app.got.try_recv().is_err());
    assert_eq!(running.captures().len(), 2);
}

#[tokio::test]
async fn without_being_told_otherwise_what_is_not_genuine_is_forwarded_too() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    assert_eq!(status(&send(running.at, &wire(&forged())).await), 200);
    app.next().await;
    assert_eq!(running.captures()[0].verdict.code, "bad_signature");
}

#[tokio::test]
async fn only_what_is_genuine_passes_if_that_is_wanted() {
    let mut app = App::start(OK).await;
    let running = Running::start(webhook_cli::forward::Rules {
        only_genuine: true,
        ..rules(&[(app.url("/"), "")])
    })
    .await;
    let unsigned = event("invoice.paid").without_header("stripe-signature");
    for (signed, wanted, code) in [
        (forged(), 401, "bad_signature"),
        (unsigned, 400, "missing_signature"),
    ] {
        let answer = send(running.at, &wire(&signed)).await;
        assert_eq!(status(&answer), wanted);
        assert_eq!(
            header(&answer, "content-type"),
            Some("application/problem+json")
        );
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["code"], code);
    }
    assert!(app.got.try_recv().is_err());
    assert_eq!(
        status(&send(running.at, &wire(&event("invoice.paid"))).await),
        200
    );
    app.next().await;
}

#[tokio::test]
async fn nobody_passes_where_nobody_is_known_and_only_genuine_is_wanted() {
    let running = Running::start(webhook_cli::forward::Rules {
        accounts: Vec::new(),
        only_genuine: true,
        ..rules(&[])
    })
    .await;
    assert_eq!(
        status(&send(running.at, &wire(&event("invoice.paid"))).await),
        404
    );
}

#[tokio::test]
async fn both_queries_reach_the_application() {
    let mut app = App::start(OK).await;
    let mut signed = event("invoice.paid");
    signed.target = "/in?from=eu&a=%41".to_owned();
    for (path, wanted) in [
        ("/own?key=1", "/own?key=1&from=eu&a=%41"),
        ("/own", "/own?from=eu&a=%41"),
        ("/", "/in?from=eu&a=%41"),
        ("/?key=1", "/in?key=1&from=eu&a=%41"),
    ] {
        let running = Running::start(rules(&[(app.url(path), "")])).await;
        send(running.at, &wire(&signed)).await;
        assert_eq!(app.next().await.target(), wanted);
    }
}

#[tokio::test]
async fn the_answer_can_be_set_where_nothing_is_forwarded() {
    let running = Running::start(webhook_cli::forward::Rules {
        answer: (503, 30),
        ..rules(&[])
    })
    .await;
    let started = std::time::Instant::now();
    assert_eq!(status(&send(running.at, &wire(&event("a"))).await), 503);
    // Never sooner: how much later depends on the machine.
    assert!(started.elapsed().as_millis() >= 30);
    running.listener.set_answer(204, 0);
    assert_eq!(status(&send_without_body(running.at).await), 204);
    assert_eq!(running.captures()[1].answers[0].status, Some(204));
}

async fn send_without_body(at: std::net::SocketAddr) -> crate::support::Raw {
    send(at, &wire(&event("a"))).await
}

#[tokio::test]
async fn a_handshake_is_answered_where_nothing_is_forwarded() {
    let settings = serde_json::Map::from_iter([("secrets".to_owned(), json!(SECRET))]);
    let account = Account::new("slack", settings);
    let body = br#"{"type":"url_verification","challenge":"say-this","token":"t"}"#;
    let now = std::time::SystemTime::now().into();
    let signed = webhook_cli::forward::sign(&account, body, None, now).unwrap();
    let running = Running::start(webhook_cli::forward::Rules {
        accounts: vec![account],
        ..rules(&[])
    })
    .await;
    let answer = send(running.at, &webhook_cli::write::http(&signed)).await;
    assert_eq!(running.captures()[0].verdict.code, "handshake");
    assert!(String::from_utf8(answer.body).unwrap().contains("say-this"));
}

#[tokio::test]
async fn a_replay_is_a_request_that_arrives_again() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let sent = event("invoice.paid");
    send(running.at, &wire(&sent)).await;
    let first = app.next().await;
    let before = running.captures()[0].request.clone();
    let id = running.listener.receive(before.clone(), Some(1)).await;
    let again = app.next().await;
    assert_eq!(
        (again.own_headers(), again.body),
        (first.own_headers(), first.body)
    );
    let captures = running
        .until(|all| all.len() == 2 && all[1].answers.len() == 1)
        .await;
    assert_eq!((captures[1].id, captures[1].replay_of), (id, Some(1)));

    let edited = Request {
        body: br#"{"id":"evt_1","object":"event","type":"charge.failed"}"#[..].into(),
        ..before
    };
    let signed = running
        .listener
        .sign("stripe", &edited.body, Some(&edited))
        .unwrap();
    running.listener.receive(signed, Some(1)).await;
    app.next().await;
    let captures = running.captures();
    assert_eq!(captures[2].verdict.code, "ok");
    assert_eq!(captures[2].verdict.kind.as_deref(), Some("charge.failed"));
    assert!(running.listener.sign("github", b"{}", None).is_err());
    assert_eq!(running.listener.providers(), ["stripe"]);
    assert_eq!(running.listener.forwards_to(), [app.url("/")]);
}

#[tokio::test]
async fn a_request_that_the_client_cuts_is_kept_and_not_forwarded() {
    let mut app = App::start(OK).await;
    let running = Running::start(rules(&[(app.url("/"), "")])).await;
    let mut stream = TcpStream::connect(running.at).await.unwrap();
    let cut = b"POST /cut HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nContent-Length: 10\r\n\r\nhalf";
    stream.write_all(cut).await.unwrap();
    drop(stream);
    let captures = running.until(|all| !all.is_empty()).await;
    assert_eq!(captures[0].verdict.code, "body_incomplete");
    assert_eq!(captures[0].request.body, "half");
    assert_eq!(captures[0].request.headers[1].0, "X-Own");
    assert!(app.got.try_recv().is_err());
}

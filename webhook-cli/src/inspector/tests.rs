//! The interface as a client sees it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod events;
mod strict;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower_service::Service;
use webhook_core::UnixTime;

use super::*;
use crate::capture::{Answer, Capture, Verdict};

/// It keeps what it receives.
struct Program {
    captures: Captures,
    answer: Mutex<(u16, u64)>,
}

impl Backend for Program {
    fn captures(&self) -> &Captures {
        &self.captures
    }

    fn receive(
        &self,
        request: Request,
        replay_of: Option<u64>,
    ) -> Pin<Box<dyn Future<Output = u64> + Send + '_>> {
        let capture = capture(request, replay_of);
        Box::pin(async move { self.captures.push(capture) })
    }

    fn sign(&self, provider: &str, body: &[u8], anew: Option<&Request>) -> Result<Request, String> {
        if provider != "stripe" {
            return Err(format!("no account of {provider} is configured"));
        }
        let mut request = anew.cloned().unwrap_or_default();
        request.body = Bytes::copy_from_slice(body);
        Ok(request.with("stripe-signature", "new"))
    }

    fn providers(&self) -> Vec<String> {
        vec!["stripe".to_owned()]
    }

    fn forwards_to(&self) -> Vec<String> {
        vec!["http://127.0.0.1:3000/".to_owned()]
    }

    fn answer(&self) -> (u16, u64) {
        *self.answer.lock().unwrap()
    }

    fn set_answer(&self, status: u16, delay_millis: u64) {
        *self.answer.lock().unwrap() = (status, delay_millis);
    }
}

fn capture(request: Request, replay_of: Option<u64>) -> Capture {
    Capture {
        id: 0,
        at: UnixTime::from_secs(1_785_920_400),
        request,
        verdict: Verdict {
            code: "ok".to_owned(),
            provider: Some("stripe".to_owned()),
            ..Verdict::default()
        },
        answers: Vec::new(),
        replay_of,
    }
}

fn request(body: &'static [u8]) -> Request {
    Request {
        method: "POST".to_owned(),
        target: "/hooks".to_owned(),
        headers: vec![
            (
                "Stripe-Signature".to_owned(),
                Bytes::from_static(b"t=1785920400,v1=0123456789abcdef0123456789abcdef"),
            ),
            ("X-Other".to_owned(), Bytes::from_static(b"1")),
        ],
        body: Bytes::from_static(body),
    }
}

/// The program, its interface, and a token.
struct Page {
    program: Arc<Program>,
    router: Router,
    token: String,
}

impl Page {
    fn new() -> Self {
        Self::keeping(100)
    }

    fn keeping(most: usize) -> Self {
        let program = Arc::new(Program {
            captures: Captures::new(most, usize::MAX),
            answer: Mutex::new((200, 0)),
        });
        let guard = Guard::new(4040).unwrap();
        let token = guard.token().to_owned();
        Self {
            router: router(Arc::clone(&program) as Arc<dyn Backend>, guard),
            program,
            token,
        }
    }

    fn push(&self, body: &'static [u8]) -> u64 {
        self.program.captures.push(capture(request(body), None))
    }

    async fn call(&self, request: http::request::Builder, body: Body) -> http::Response<Body> {
        let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
        let request = request.extension(ConnectInfo(peer));
        let request = request.header("host", "127.0.0.1:4040");
        let mut router = self.router.clone();
        router.call(request.body(body).unwrap()).await.unwrap()
    }

    fn ask(&self, method: &str, path: &str) -> http::request::Builder {
        http::Request::builder()
            .method(method)
            .uri(format!("{PREFIX}{path}"))
            .header(TOKEN_HEADER, &self.token)
    }

    async fn get(&self, path: &str) -> (StatusCode, HeaderMap, Bytes) {
        parts(self.call(self.ask("GET", path), Body::empty()).await).await
    }

    async fn json(&self, path: &str) -> Value {
        let (status, _, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}");
        serde_json::from_slice(&body).unwrap()
    }

    async fn tell(&self, method: &str, path: &str, value: Value) -> (StatusCode, Value) {
        let request = self.ask(method, path);
        let request = request.header("content-type", "application/json");
        let answer = self.call(request, Body::from(value.to_string())).await;
        let (status, _, body) = parts(answer).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The first events, so many, of a page that has seen these already.
    async fn events(&self, last: Option<&str>) -> Events {
        let mut request = self.ask("GET", "events");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = self.call(request, Body::empty()).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Events {
            body: answer.into_body().into_data_stream(),
        }
    }
}

struct Events {
    body: axum::body::BodyDataStream,
}

impl Events {
    async fn next(&mut self) -> String {
        let event = self.body.next().await.unwrap().unwrap();
        String::from_utf8(event.to_vec()).unwrap()
    }
}

async fn parts(answer: http::Response<Body>) -> (StatusCode, HeaderMap, Bytes) {
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, head.headers, body)
}

fn ids(listed: &Value) -> Vec<u64> {
    let rows = listed["captures"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn lists_what_is_newer_and_what_has_a_text() {
    let page = Page::keeping(3);
    for body in [&b"{\"a\":1}"[..], b"{\"name\":\"Jane\"}", b"x", b"jane"] {
        page.push(body);
    }
    let all = page.json("captures").await;
    assert_eq!(ids(&all), [2, 3, 4]);
    assert_eq!((&all["oldest"], &all["newest"]), (&json!(2), &json!(4)));
    assert_eq!(ids(&page.json("captures?after=2").await), [3, 4]);
    assert_eq!(ids(&page.json("captures?search=JANE").await), [2, 4]);
    assert_eq!(ids(&page.json("captures?after=2&search=jane").await), [4]);
}

#[tokio::test]
async fn shows_a_request_with_its_signature_masked_until_it_is_wanted() {
    let page = Page::new();
    page.push(b"{}");
    let (_, _, shown) = page.get("captures/1").await;
    let shown = String::from_utf8(shown.to_vec()).unwrap();
    assert!(!shown.contains("0123456789abcdef0123456789abcdef"));
    let exact = page.json("captures/1/headers").await;
    assert_eq!(
        exact,
        json!([
            [
                "Stripe-Signature",
                "t=1785920400,v1=0123456789abcdef0123456789abcdef"
            ],
            ["X-Other", "1"],
        ])
    );
}

#[tokio::test]
async fn a_body_is_a_download_of_its_exact_bytes() {
    let page = Page::new();
    page.push(b"<script>\xff\r\n</script>");
    let (status, headers, body) = page.get("captures/1/body").await;
    assert_eq!(status, 200);
    assert_eq!(body.as_ref(), b"<script>\xff\r\n</script>");
    assert_eq!(headers["content-type"], "application/octet-stream");
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"capture-1.bin\""
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn exports_each_form() {
    let page = Page::new();
    page.push(b"{\"id\":\"evt_1\"}");
    for (form, names) in [
        ("http", &[".http"][..]),
        ("curl", &[".sh"]),
        ("vector", &[".json"]),
        ("rust-test", &[".rs", ".json"]),
    ] {
        let exported = page.json(&format!("captures/1/export?as={form}")).await;
        let files = exported["files"].as_array().unwrap();
        assert_eq!(files.len(), names.len(), "{form}");
        for (file, name) in files.iter().zip(names) {
            assert!(file["name"].as_str().unwrap().ends_with(name), "{file}");
            assert!(!file["text"].as_str().unwrap().is_empty(), "{file}");
        }
    }
    for form in ["http", "curl"] {
        let exported = page.json(&format!("captures/1/export?as={form}")).await;
        assert!(
            !exported
                .to_string()
                .contains("0123456789abcdef0123456789abcdef")
        );
        assert!(exported["note"].as_str().unwrap().contains("masked"));
    }
    let (status, ..) = page.get("captures/1/export?as=pdf").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn replays_as_it_was_signed_anew_and_edited() {
    let page = Page::new();
    page.push(b"{}");
    let replay = async |wanted: Value| {
        let (status, answer) = page.tell("POST", "captures/1/replay", wanted).await;
        assert_eq!(status, 200, "{answer}");
        let id = answer["ids"][0].as_u64().unwrap();
        let replay = page.program.captures.get(id).unwrap();
        assert_eq!(replay.replay_of, Some(1));
        replay.request.clone()
    };
    assert_eq!(replay(json!({"as": "it_was"})).await, request(b"{}"));
    let anew = replay(json!({"as": "signed_anew", "body_base64": "e30K"})).await;
    assert_eq!(anew.body, "{}\n");
    assert_eq!(anew.header("stripe-signature").unwrap(), "new");
    assert_eq!(anew.header("x-other").unwrap(), "1");
    let edited = json!({"as": "edited", "body_base64": "e30K", "headers": [["X-Other", "2"], ["stripe-signature", null]]});
    let edited = replay(edited).await;
    assert_eq!(edited.body, "{}\n");
    let expected = request(b"");
    assert_eq!(
        edited.header("stripe-signature"),
        expected.header("stripe-signature")
    );
    assert_eq!(
        edited.headers[0],
        ("X-Other".to_owned(), Bytes::from_static(b"2"))
    );
}

#[tokio::test]
async fn replays_many_times_but_not_too_many() {
    let page = Page::keeping(1000);
    page.push(b"{}");
    let many = json!({"as": "it_was", "times": 100});
    let (_, answer) = page.tell("POST", "captures/1/replay", many).await;
    assert_eq!(answer["ids"].as_array().unwrap().len(), 100);
    for times in [0, 101, u64::MAX] {
        let wrong = json!({"as": "it_was", "times": times});
        let (status, answer) = page.tell("POST", "captures/1/replay", wrong).await;
        assert_eq!(status, 422);
        assert_eq!(answer["error"], "`times` is from 1 to 100");
    }
    assert_eq!(page.program.captures.after(0).len(), 101);
}

#[tokio::test]
async fn wrong_requests_are_told_what_is_wrong() {
    let page = Page::new();
    page.push(b"{}");
    for (method, path, value, expected) in [
        ("POST", "captures/9/replay", json!({"as": "it_was"}), 404),
        ("POST", "captures/x/replay", json!({"as": "it_was"}), 400),
        ("POST", "captures/1/replay", json!({"as": "new"}), 422),
        (
            "POST",
            "captures/1/replay",
            json!({"as": "it_was", "x": 1}),
            422,
        ),
        (
            "POST",
            "captures/1/replay",
            json!({"as": "edited", "body_base64": "?"}),
            422,
        ),
        (
            "POST",
            "send",
            json!({"provider": "paypal", "body": "{}"}),
            422,
        ),
        (
            "PUT",
            "answer",
            json!({"status": 99, "delay_millis": 0}),
            422,
        ),
        (
            "PUT",
            "answer",
            json!({"status": 200, "delay_millis": 60001}),
            422,
        ),
        ("GET", "captures?after=x", Value::Null, 400),
        ("GET", "nothing", Value::Null, 404),
        ("PATCH", "captures", Value::Null, 405),
    ] {
        let (status, answer) = page.tell(method, path, value).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        assert!(answer["error"].is_string(), "{method} {path}: {answer}");
    }
    assert_eq!(page.program.captures.after(0).len(), 1);
}

#[tokio::test]
async fn sends_what_is_signed() {
    let page = Page::new();
    let new = json!({"provider": "stripe", "body": "{}"});
    let (status, answer) = page.tell("POST", "send", new).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({"ids": [1]})));
    let sent = page.program.captures.get(1).unwrap();
    assert_eq!(sent.request.header("stripe-signature").unwrap(), "new");
}

#[tokio::test]
async fn tells_kinds_and_a_body_to_begin_with() {
    let page = Page::new();
    let listed = page.json("samples?provider=stripe").await;
    let kind = listed["kinds"][0].as_str().unwrap();
    let sample = page
        .json(&format!("samples?provider=stripe&kind={kind}"))
        .await;
    assert!(sample["body"].as_str().unwrap().contains(kind));
    let none = page.json("samples?provider=nobody").await;
    assert_eq!(none, json!({"kinds": []}));
}

#[tokio::test]
async fn the_answer_can_be_changed() {
    let page = Page::new();
    let new = json!({"status": 503, "delay_millis": 250});
    let (status, _) = page.tell("PUT", "answer", new.clone()).await;
    assert_eq!(status, 204);
    let state = page.json("state").await;
    assert_eq!(state["answer"], new);
    assert_eq!(state["providers"], json!(["stripe"]));
    assert_eq!(state["forwards"], json!(["http://127.0.0.1:3000/"]));
}

//! The layer around an application, over the network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use bytes::Bytes;
use http::{Extensions, HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_layer::Layer;

use super::{InspectorLayer, layer};
use crate::account::Account;
use crate::capture::{Answer, Capture};
use crate::client::Client;
use crate::inspector::{PREFIX, TOKEN_HEADER};
use crate::request::Request;

/// An application that says what it got: the length of the body, and the names of the headers.
async fn echo(headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let names = headers.keys().map(http::HeaderName::as_str);
    let names: Vec<&str> = names.collect();
    (
        StatusCode::ACCEPTED,
        format!("{} {}", body.len(), names.join(",")),
    )
}

struct Served {
    layer: InspectorLayer,
    address: String,
}

impl Served {
    async fn start() -> Self {
        Self::with(Vec::new()).await
    }

    async fn with(accounts: Vec<Account>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let layer = layer().accounts(accounts).at(address).unwrap();
        let app = Router::new()
            .route("/hooks/{id}", any(echo))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .layer(layer.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            layer,
            address: format!("http://{address}"),
        }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Answer {
        let headers = headers.iter();
        let headers =
            headers.map(|(name, value)| ((*name).to_owned(), Bytes::from((*value).to_owned())));
        let request = Request {
            method: method.to_owned(),
            target: "/".to_owned(),
            headers: headers.collect(),
            body,
        };
        let url = format!("{}{path}", self.address).parse().unwrap();
        Client::new().send(&url, &request, Extensions::new()).await
    }

    async fn hook(&self, body: &'static str) -> Answer {
        let headers = [("x-sender", "1")];
        self.send("POST", "/hooks/7?from=eu", &headers, body.into())
            .await
    }

    fn token(&self) -> &str {
        self.layer.url().split_once('#').unwrap().1
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let headers = [
            (TOKEN_HEADER, self.token()),
            ("content-type", "application/json"),
        ];
        let path = format!("{PREFIX}{path}");
        let body = body.to_string().into();
        self.send(method, &path, &headers, body).await
    }

    /// A capture with its answer, which is there as soon as the last byte of it was sent.
    async fn answered(&self, id: u64) -> Arc<Capture> {
        let mut news = self.layer.captures().news();
        loop {
            let capture = self.layer.captures().get(id);
            if let Some(capture) = capture.filter(|capture| !capture.answers.is_empty()) {
                return capture;
            }
            let waited = tokio::time::timeout(Duration::from_secs(30), news.recv()).await;
            waited.expect("an answer").unwrap();
        }
    }
}

#[tokio::test]
async fn records_what_passes_and_what_is_answered() {
    let served = Served::start().await;
    let answer = served.hook("hello").await;
    assert_eq!(answer.status, Some(202));
    assert!(answer.body.starts_with(b"5 "), "{:?}", answer.body);
    let capture = served.answered(1).await;
    assert_eq!(capture.request.method, "POST");
    assert_eq!(capture.request.target, "/hooks/7?from=eu");
    assert_eq!(capture.request.header("x-sender").unwrap(), "1");
    assert_eq!(capture.request.body, "hello");
    assert_eq!(capture.verdict.code, "unknown");
    let recorded = &capture.answers[0];
    assert_eq!(recorded.status, Some(202));
    assert_eq!(recorded.body, answer.body);
    assert!(!recorded.cut);
}

#[tokio::test]
async fn a_body_that_is_too_large_to_keep_passes_whole() {
    let served = Served::start().await;
    let body = Bytes::from(vec![b'x'; 5 << 20]);
    let answer = served.send("POST", "/hooks/7", &[], body).await;
    assert!(answer.body.starts_with(b"5242880 "), "{:?}", answer.body);
    assert_eq!(served.answered(1).await.request.body.len(), 2 << 20);
}

#[tokio::test]
async fn what_the_application_does_not_have_is_recorded_too() {
    let served = Served::start().await;
    let answer = served.send("GET", "/nothing", &[], Bytes::new()).await;
    assert_eq!(answer.status, Some(404));
    assert_eq!(served.answered(1).await.answers[0].status, Some(404));
}

#[tokio::test]
async fn the_page_is_there_and_is_not_recorded() {
    let served = Served::start().await;
    let page = served.send("GET", PREFIX, &[], Bytes::new()).await;
    assert_eq!(page.status, Some(200));
    assert!(page.body.starts_with(b"<!doctype html>"));
    let listed = served.ask("GET", "captures", Value::Null).await;
    assert_eq!(listed.status, Some(200));
    let without = served.send("GET", "/.webhook-cli/captures", &[], Bytes::new());
    assert_eq!(without.await.status, Some(401));
    assert!(served.layer.captures().after(0).is_empty());
}

#[tokio::test]
async fn a_replay_goes_through_the_application() {
    let served = Served::start().await;
    served.hook("hello").await;
    let replay = json!({"as": "it_was", "times": 3});
    let answer = served.ask("POST", "captures/1/replay", replay).await;
    let ids: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut ids: Vec<u64> = serde_json::from_value(ids["ids"].clone()).unwrap();
    ids.sort_unstable();
    assert_eq!(ids, [2, 3, 4]);
    for id in ids {
        let replay = served.answered(id).await;
        assert_eq!(replay.replay_of, Some(1));
        assert_eq!(replay.request.target, "/hooks/7?from=eu");
        assert_eq!(replay.request.body, "hello");
        // Neither the application nor the record has seen the mark of the replay.
        let names = String::from_utf8(replay.answers[0].body.to_vec()).unwrap();
        assert!(names.contains("x-sender"), "{names}");
        assert!(!names.contains("ticket"), "{names}");
        assert!(replay.request.header("x-webhook-cli-ticket").is_none());
    }
}

#[tokio::test]
async fn nobody_can_forge_the_mark_of_a_replay() {
    let served = Served::start().await;
    for value in ["1", ".1", "0.1", "", "x.y"] {
        let headers = [("x-webhook-cli-ticket", value)];
        let answer = served
            .send("POST", "/hooks/7", &headers, Bytes::new())
            .await;
        assert_eq!(answer.status, Some(202));
    }
    for capture in served.layer.captures().after(0) {
        assert_eq!(capture.replay_of, None);
    }
}

#[tokio::test]
async fn signs_for_an_account_and_sends() {
    let settings = json!({"secrets": "whsec_for_tests_only"});
    let account = Account::new("stripe", settings.as_object().unwrap().clone());
    let served = Served::with(vec![account]).await;
    let new = json!({"provider": "stripe", "body": "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\"}"});
    let answer = served.ask("POST", "send", new).await;
    assert_eq!(answer.status, Some(200), "{:?}", answer.body);
    let sent = served.answered(1).await;
    assert!(sent.request.header("stripe-signature").is_some());
    let unknown = json!({"provider": "paypal", "body": "{}"});
    let answer = served.ask("POST", "send", unknown).await;
    assert_eq!(answer.status, Some(422));
}

#[tokio::test]
async fn an_application_that_is_gone_is_said_in_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let layer = layer().at(address).unwrap();
    let id = crate::inspector::Backend::receive(&*layer.app(), Request::default(), None).await;
    let capture = layer.captures().get(id).unwrap();
    assert_eq!(capture.answers[0].status, None);
    assert!(capture.answers[0].error.is_some());
}

#[tokio::test]
async fn it_goes_around_any_service() {
    use tower_service::Service;
    let layer = layer().at("127.0.0.1:3000".parse().unwrap()).unwrap();
    let router = Router::new().route("/hooks/{id}", any(echo));
    let mut service = layer.layer(router);
    let request = http::Request::post("/hooks/7")
        .body(Body::from("hi"))
        .unwrap();
    let answer: http::Response<Body> = service.call(request).await.unwrap();
    assert_eq!(answer.status(), 202);
    drop(answer);
    assert_eq!(
        layer.captures().get(1).unwrap().answers[0].status,
        Some(202)
    );
}

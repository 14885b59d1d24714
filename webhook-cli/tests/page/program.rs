//! A small program behind the page: it receives Stripe's events.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use tower_service::Service;
use webhook_cli::account::Account;
use webhook_cli::capture::{Answer, Capture, Verdict};
use webhook_cli::explain;
use webhook_cli::inspector::{Backend, Captures, Guard, PREFIX, router};
use webhook_cli::request::Request;
use webhook_core::UnixTime;
use webhook_core::provider::stripe;
use webhook_core::testing::{Sign, Signer};

const SECRET: &str = "whsec_for_tests_only";

pub(crate) const EVENT: &str = r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","customer_name":"Jane Doe","amount_paid":12900,"currency":"eur"}}}"#;

/// The same, as it is after a layer has read it and written it.
pub(crate) const INDENTED: &str = r#"{
  "id": "evt_1",
  "object": "event",
  "type": "invoice.paid",
  "data": {
    "object": {
      "id": "in_1",
      "customer_name": "Jane Doe",
      "amount_paid": 12900,
      "currency": "eur"
    }
  }
}"#;

/// It verifies, keeps, and answers.
pub(crate) struct Program {
    captures: Captures,
    signer: Signer,
    answer: Mutex<(u16, u64)>,
}

impl Program {
    /// Starts it. Returns it and the address of its page.
    pub(crate) async fn start() -> (Arc<Self>, String) {
        let program = Arc::new(Self {
            captures: Captures::new(10_000, 64 << 20),
            signer: Signer::new(stripe::SCHEME, SECRET).unwrap(),
            answer: Mutex::new((200, 0)),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let guard = Guard::new(listener.local_addr().unwrap().port()).unwrap();
        let url = guard.url();
        let page = router(Arc::clone(&program) as Arc<dyn Backend>, guard);
        let app = Router::new()
            .fallback(receive)
            .with_state((Arc::clone(&program), page));
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        (program, url)
    }

    /// A signed request for this body.
    pub(crate) fn signed(&self, body: &str) -> Request {
        let now = UnixTime::from(SystemTime::now());
        let signed = self.signer.sign(body.as_bytes(), now).unwrap();
        let mut request = Request::from(signed);
        request.target = "/webhooks/stripe".to_owned();
        request
            .with("User-Agent", "Stripe/1.0")
            .with("Accept", "*/*")
    }

    pub(crate) async fn arrive(&self, request: Request) -> u64 {
        self.receive(request, None).await
    }

    /// Keeps this one as it is.
    pub(crate) fn keep(&self, capture: Capture) -> u64 {
        self.captures.push(capture)
    }

    pub(crate) fn capture(&self, id: u64) -> Arc<Capture> {
        self.captures.get(id).unwrap()
    }

    pub(crate) fn captures_seen(&self) -> usize {
        self.captures.after(0).len()
    }

    pub(crate) async fn verdict(&self, request: &Request) -> Verdict {
        explain::verdict(&[account()], request, UnixTime::from(SystemTime::now())).await
    }
}

fn account() -> Account {
    let settings = json!({"secrets": SECRET});
    Account::new("stripe", settings.as_object().unwrap().clone())
}

/// The page has its own paths; every other one is for webhooks.
async fn receive(
    State((program, mut page)): State<(Arc<Program>, Router)>,
    request: axum::extract::Request,
) -> Response {
    if request.uri().path().starts_with(PREFIX) {
        return page.call(request).await.into_response();
    }
    let request = Request {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        ..Request::default()
    };
    program.arrive(request).await;
    StatusCode::OK.into_response()
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
        Box::pin(async move {
            let verdict = self.verdict(&request).await;
            let is_genuine = verdict.is_genuine();
            let id = self.captures.push(Capture {
                id: 0,
                at: UnixTime::from(SystemTime::now()),
                request,
                verdict,
                answers: Vec::new(),
                replay_of,
            });
            let answer = Answer {
                from: Some("http://127.0.0.1:3000/webhooks/stripe".to_owned()),
                status: Some(if is_genuine { 200 } else { 400 }),
                headers: vec![(
                    "content-type".to_owned(),
                    Bytes::from_static(b"application/json"),
                )],
                body: Bytes::from_static(br#"{"received":true}"#),
                millis: 14,
                ..Answer::default()
            };
            self.captures.answered(id, answer);
            id
        })
    }

    fn sign(&self, provider: &str, body: &[u8], anew: Option<&Request>) -> Result<Request, String> {
        if provider != "stripe" {
            return Err(format!("no account of {provider} is configured"));
        }
        let body = std::str::from_utf8(body).map_err(|_| "the body is no text")?;
        let signed = self.signed(body);
        Ok(match anew {
            Some(anew) => Request {
                target: anew.target.clone(),
                ..signed
            },
            None => signed,
        })
    }

    fn providers(&self) -> Vec<String> {
        vec!["stripe".to_owned()]
    }

    fn forwards_to(&self) -> Vec<String> {
        Vec::new()
    }

    fn answer(&self) -> (u16, u64) {
        *self.answer.lock().unwrap()
    }

    fn set_answer(&self, status: u16, delay_millis: u64) {
        *self.answer.lock().unwrap() = (status, delay_millis);
    }
}

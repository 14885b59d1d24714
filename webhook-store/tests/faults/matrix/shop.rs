//! A receiver with a store, and what its sender sees of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use http_body_util::BodyExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use webhook_core::dedupe::{Dedupe, DedupeKey};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer, receive};
use webhook_core::{Delivery, Endpoint, UnixTime};
use webhook_tower::{Verified, WebhookLayer};

use super::engine::Book;

const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);
const SECRET: &str = "whsec_of_the_shop_in_the_test";

#[derive(Clone)]
pub(super) struct Shop {
    router: Router,
    endpoint: Endpoint,
    seen: Seen,
}

#[derive(Clone)]
struct Seen {
    /// How often the handler was called for each event, and how often it came to its end.
    calls: Arc<Mutex<BTreeMap<String, [u32; 2]>>>,
    /// The first call for an event that is held waits for this.
    held: watch::Sender<bool>,
    /// Changes with each call.
    called: watch::Sender<()>,
    /// If the effect and the completion are one transaction.
    book: Option<Book>,
    name: String,
}

impl Shop {
    pub(super) fn new(name: &str, dedupe: Dedupe, book: Option<Book>) -> Self {
        dedupe.check().unwrap();
        let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap())
            .name(name)
            .clock(FixedClock::at(NOW))
            .dedupe(dedupe);
        let seen = Seen {
            calls: Arc::default(),
            held: watch::channel(true).0,
            called: watch::channel(()).0,
            book,
            name: name.to_owned(),
        };
        let handler = {
            let seen = seen.clone();
            move |Verified(delivery): Verified<Delivery>| seen.clone().handle(delivery)
        };
        let router = Router::new().route("/", post(handler));
        Self {
            router: router.route_layer(WebhookLayer::new(endpoint.clone())),
            endpoint,
            seen,
        }
    }

    /// What the sender is answered: the status, and the code or that it is a duplicate.
    pub(super) async fn send(&self, event: &str) -> String {
        let signed = signed(event);
        let mut request = Request::post("/");
        for (name, value) in &signed.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(signed.body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        if answer.headers().contains_key("webhook-duplicate") {
            return format!("{status} duplicate");
        }
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        match body
            .split_once(r#""code":""#)
            .and_then(|(_, rest)| rest.split_once('"'))
        {
            Some((code, _)) => format!("{status} {code}"),
            None => status.to_string(),
        }
    }

    /// As a sender does that tries again until it is acknowledged.
    pub(super) async fn send_until_acknowledged(&self, event: &str) -> String {
        loop {
            let answer = self.send(event).await;
            if !answer.starts_with("503") {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends an event whose handler does not end yet.
    pub(super) async fn begin(&self, event: &'static str) -> JoinHandle<String> {
        loop {
            let mut called = self.seen.called.subscribe();
            let shop = self.clone();
            let mut sending = tokio::spawn(async move { shop.send(event).await });
            tokio::select! {
                // The store was too slow, before anything was broken.
                answer = &mut sending => assert!(answer.unwrap().starts_with("503")),
                _ = called.changed() => return sending,
            }
        }
    }

    /// Lets what was begun go on.
    pub(super) fn go_on(&self) {
        self.seen.held.send_replace(false);
    }

    pub(super) fn effects(&self, event: &str) -> u32 {
        let calls = self.seen.calls.lock().unwrap();
        calls.get(event).map_or(0, |[_, ended]| *ended)
    }

    pub(super) fn booked_as(&self, event: &str) -> String {
        self.seen.booked_as(event)
    }

    pub(super) async fn key(&self, event: &str) -> DedupeKey {
        let delivery = receive(&self.endpoint, signed(event)).await.unwrap();
        DedupeKey::of(&delivery)
    }
}

/// The first calls for events of these names are held.
pub(super) const UNDER_WAY: &str = "under_way";
pub(super) const UNDER_WAY_MEANWHILE: &str = "under_way_meanwhile";

impl Seen {
    /// What the effect of this event is called in a table that all shops share.
    fn booked_as(&self, event: &str) -> String {
        format!("{}/{event}", self.name)
    }

    async fn handle(self, delivery: Delivery) -> StatusCode {
        let event = delivery.id().unwrap().to_owned();
        let is_first = {
            let mut calls = self.calls.lock().unwrap();
            let [called, _] = calls.entry(event.clone()).or_default();
            *called += 1;
            *called == 1
        };
        if [UNDER_WAY, UNDER_WAY_MEANWHILE].contains(&event.as_str()) && is_first {
            self.called.send_replace(());
            let mut held = self.held.subscribe();
            held.wait_for(|held| !held).await.unwrap();
        }
        if let Some(book) = &self.book {
            let claim = delivery.claim().unwrap().clone();
            if book(self.booked_as(&event), claim).await.is_err() {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        }
        self.calls.lock().unwrap().entry(event).or_default()[1] += 1;
        StatusCode::OK
    }
}

fn signed(event: &str) -> SignedRequest {
    let body = format!(r#"{{"id":"{event}","object":"event","type":"invoice.paid"}}"#);
    let signer = Signer::new(stripe::SCHEME, SECRET).unwrap();
    signer.sign(body.as_bytes(), NOW).unwrap()
}

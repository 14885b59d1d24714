//! Tenants in a database, at three senders: Stripe, whose secret is looked up; PayPal and Plaid, whose certificates and keys
//! are then fetched. Each is looked up once, and receives what is its own, through axum and through actix-web.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::post;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::task::LocalSet;
use tower::ServiceExt;

use webhook_core::provider::{paypal, plaid, stripe};
use webhook_core::published::{CertificateSource, FetchFuture, InMemory, KeySource};
use webhook_core::resolver::{self, Cached, Resolve, Resolved};
use webhook_core::scheme::SchemeVerifier;
use webhook_core::testing::{FixedClock, Sign, SignedRequest, Signer};
use webhook_core::{Delivery, Endpoint, Rejection, RejectionKind, RequestHead};

use crate::senders::NOW;

/// Nothing here waits for it.
const TTL: Duration = Duration::from_secs(4 * 24 * 60 * 60);

/// Name, sender, and what tells its requests from those of others: a secret, the id of a webhook, the id of a key. Last, what it
/// is changed to.
const TENANTS: [[&str; 4]; 6] = [
    ["acme", "stripe", "whsec_of_acme", "whsec_of_acme_2"],
    [
        "initech",
        "stripe",
        "whsec_of_initech",
        "whsec_of_initech_2",
    ],
    ["globex", "paypal", "0GLOBEX00000000", "0GLOBEX00000002"],
    ["hooli", "paypal", "0HOOLI000000000", "0HOOLI000000002"],
    ["umbrella", "plaid", "key-of-umbrella", "key-of-umbrella-2"],
    ["wayne", "plaid", "key-of-wayne", "key-of-wayne-2"],
];

/// The database, and how often it and the senders were asked.
#[derive(Clone)]
struct Tenants {
    pool: SqlitePool,
    looked_up: Arc<AtomicUsize>,
    fetched: Arc<AtomicUsize>,
}

impl Tenants {
    async fn new() -> Self {
        // Each connection has a memory of its own.
        let one = SqlitePoolOptions::new().max_connections(1);
        let pool = one.connect("sqlite::memory:").await.unwrap();
        let table = "CREATE TABLE tenants (name TEXT PRIMARY KEY, sender TEXT, secret TEXT)";
        sqlx::query(table).execute(&pool).await.unwrap();
        for [name, sender, secret, _] in TENANTS {
            let row = sqlx::query("INSERT INTO tenants VALUES (?1, ?2, ?3)");
            let row = row.bind(name).bind(sender).bind(secret);
            row.execute(&pool).await.unwrap();
        }
        Self {
            pool,
            looked_up: Arc::default(),
            fetched: Arc::default(),
        }
    }

    async fn change(&self, name: &str, secret: &str) {
        let update = sqlx::query("UPDATE tenants SET secret = ?2 WHERE name = ?1");
        let changed = update.bind(name).bind(secret).execute(&self.pool).await;
        assert_eq!(changed.unwrap().rows_affected(), 1);
    }

    async fn delete(&self, name: &str) {
        let delete = sqlx::query("DELETE FROM tenants WHERE name = ?1");
        let deleted = delete.bind(name).execute(&self.pool).await;
        assert_eq!(deleted.unwrap().rows_affected(), 1);
    }

    fn looked_up(&self) -> usize {
        self.looked_up.load(Ordering::SeqCst)
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }

    async fn find(self, name: String) -> Result<Option<Resolved<'static>>, Rejection> {
        self.looked_up.fetch_add(1, Ordering::SeqCst);
        let select = sqlx::query_as("SELECT name, sender, secret FROM tenants WHERE name = ?1");
        let row = select.bind(name).fetch_optional(&self.pool).await;
        let row: Option<(String, String, String)> = row.map_err(|_| DOWN)?;
        Ok(row.map(|(name, sender, secret)| self.account(&sender, secret).variant(name)))
    }

    /// A verifier, an endpoint, another resolver: whatever the account is.
    fn account(&self, sender: &str, secret: String) -> Resolved<'static> {
        match sender {
            "stripe" => stripe::Stripe::new(secret).unwrap().into(),
            "paypal" => {
                let signer = paypal::Signer::new().unwrap();
                let source = self.published(signer.certificates());
                let paypal = paypal::PayPal::new(secret, source).unwrap();
                Endpoint::new(paypal.roots_pem(signer.root_pem()).unwrap()).into()
            }
            "plaid" => {
                let keys = plaid::Signer::new().key_id(secret).keys().unwrap();
                let plaid: Arc<dyn Resolve> = Arc::new(plaid::Plaid::new(self.published(keys)));
                plaid.into()
            }
            other => panic!("{other}"),
        }
    }

    fn published(&self, documents: InMemory) -> Published {
        let fetched = Arc::clone(&self.fetched);
        Published { documents, fetched }
    }

    fn cached(&self) -> Cached {
        let tenants = self.clone();
        resolver::cached(TTL, last, move |name| tenants.clone().find(name))
    }
}

const DOWN: Rejection = Rejection::new(RejectionKind::KeysUnavailable, "the database is down");

fn last(head: &RequestHead<'_>) -> Option<String> {
    head.path().rsplit('/').next().map(str::to_ascii_lowercase)
}

/// What a sender publishes: to be waited for.
#[derive(Debug)]
struct Published {
    documents: InMemory,
    fetched: Arc<AtomicUsize>,
}

impl Published {
    fn fetch(&self, found: FetchFuture) -> FetchFuture {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        FetchFuture::new(async {
            tokio::task::yield_now().await;
            found.await
        })
    }
}

impl CertificateSource for Published {
    fn certificate(&self, url: &str) -> FetchFuture {
        self.fetch(self.documents.certificate(url))
    }
}

impl KeySource for Published {
    fn key(&self, id: &str) -> FetchFuture {
        self.fetch(self.documents.key(id))
    }
}

/// What the sender of a tenant sends to this address.
fn signed(sender: &str, secret: &str, to: &str) -> SignedRequest {
    let body =
        br#"{"id":"evt_1","object":"event","type":"a.b","event_type":"A.B","webhook_type":"A"}"#;
    let signer: Box<dyn Sign> = match sender {
        "stripe" => Box::new(Signer::new(stripe::SCHEME, secret).unwrap()),
        "paypal" => Box::new(paypal::Signer::new().unwrap().for_webhook(secret)),
        "plaid" => Box::new(plaid::Signer::new().key_id(secret)),
        other => panic!("{other}"),
    };
    let mut request = signer.sign(body, NOW).unwrap();
    request.target = format!("/hooks/{to}");
    request
}

/// Status and body; of an accepted request, the body is the tenant's name.
type Answer = (u16, String);

#[derive(Clone, Copy, Debug)]
enum Stack {
    Axum,
    Actix,
}

const STACKS: [Stack; 2] = [Stack::Axum, Stack::Actix];

impl Stack {
    async fn send(self, tenants: &Cached, request: SignedRequest) -> Answer {
        let endpoint = Endpoint::new(tenants.clone()).clock(FixedClock::at(NOW));
        match self {
            Self::Axum => axum(endpoint, request).await,
            Self::Actix => LocalSet::new().run_until(actix(endpoint, request)).await,
        }
    }
}

fn name(delivery: &Delivery) -> String {
    delivery.variant().unwrap_or_default().to_owned()
}

async fn axum(endpoint: Endpoint, request: SignedRequest) -> Answer {
    let take = async |delivery: webhook_tower::Verified<Delivery>| name(&delivery);
    let layer = webhook_tower::WebhookLayer::new(endpoint);
    let app = Router::new().route("/hooks/{tenant}", post(take).layer(layer));
    let answer = app.oneshot(request.into_http::<Body>().unwrap()).await;
    let answer = answer.unwrap();
    let status = answer.status().as_u16();
    text(status, &to_bytes(answer.into_body(), 1000).await.unwrap())
}

async fn actix(endpoint: Endpoint, request: SignedRequest) -> Answer {
    let take = async |delivery: webhook_actix::Verified<Delivery>| name(&delivery);
    let resource = web::resource("/hooks/{tenant}").wrap(webhook_actix::Webhook::new(endpoint));
    let app = init_service(App::new().service(resource.route(web::post().to(take)))).await;
    let mut call = TestRequest::post().uri(&request.target);
    for header in &request.headers {
        call = call.append_header((header.0.as_str(), header.1.as_str()));
    }
    let call = call.set_payload(request.body).to_request();
    let answer = call_service(&app, call).await;
    let status = answer.status().as_u16();
    text(status, &read_body(answer).await)
}

fn text(status: u16, body: &[u8]) -> Answer {
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_request_is_accepted_at_the_address_of_its_own_tenant_only() {
    for stack in STACKS {
        let tenants = Tenants::new().await;
        let cached = tenants.cached();
        for [own, sender, secret, _] in TENANTS {
            for [to, ..] in TENANTS {
                let what = format!("{own} to {to}, {stack:?}");
                let (status, body) = stack.send(&cached, signed(sender, secret, to)).await;
                match own == to {
                    true => assert_eq!((status, body.as_str()), (200, own), "{what}"),
                    false => assert!(matches!(status, 400 | 401), "{what}: {status} {body}"),
                }
            }
        }
        assert_eq!(tenants.looked_up(), TENANTS.len(), "each once, {stack:?}");
        // Two certificates, which both know; two keys that exist, and two that do not.
        assert_eq!(tenants.fetched(), 6, "each once, {stack:?}");
    }
}

#[tokio::test]
async fn a_tenant_that_nobody_knows_is_refused_whoever_has_signed() {
    for stack in STACKS {
        let tenants = Tenants::new().await;
        let plain = tenants.cached();
        let decoy = SchemeVerifier::decoy(stripe::SCHEME).unwrap();
        let secretive = tenants.cached().nobody(decoy);
        for [_, sender, secret, _] in TENANTS {
            let send = |cached| stack.send(cached, signed(sender, secret, "nobody-knows"));
            assert_eq!(send(&plain).await.0, 404, "{sender}, {stack:?}");
            let (status, body) = send(&secretive).await;
            assert!(
                matches!(status, 400 | 401),
                "{sender}, {stack:?}: {status} {body}"
            );
        }
    }
}

#[tokio::test]
async fn a_change_is_seen_once_the_tenant_is_forgotten() {
    for stack in STACKS {
        let tenants = Tenants::new().await;
        let cached = tenants.cached();
        for [name, sender, old, new] in TENANTS {
            let what = format!("{name}, {stack:?}");
            let status = async |secret| {
                let answer = stack.send(&cached, signed(sender, secret, name)).await;
                answer.0
            };
            assert_eq!((status(old).await, status(new).await), (200, 401), "{what}");
            tenants.change(name, new).await;
            assert_eq!((status(old).await, status(new).await), (200, 401), "{what}");
            cached.forget(name);
            assert_eq!((status(old).await, status(new).await), (401, 200), "{what}");
            tenants.delete(name).await;
            cached.forget(name);
            assert_eq!((status(old).await, status(new).await), (404, 404), "{what}");
        }
    }
}

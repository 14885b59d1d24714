//! Clients that hang up while their request is worked on: once it is verified, everything happens as if they had stayed.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use actix_web::dev::{Service, ServiceRequest};
use actix_web::{App, HttpServer, web};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::post;
use tokio::sync::Semaphore;
use webhook_core::dedupe::{
    Claim, ClaimState, ClaimToken, Dedupe, DedupeKey, DedupeStore, Nonce, StoreFuture,
};
use webhook_core::{Delivery, Endpoint};
use webhook_store::MemoryStore;

use crate::senders::{EVENT, stripe, typed};
use webhook_testkit::wire::{Answer, Connection};

const PATIENCE: Duration = Duration::from_secs(20);

/// Where a request waits until the test lets it go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Claim,
    Handler,
    /// As `Handler`, and the first call panics there.
    Panic,
    Completion,
}

/// One server's work, as the test sees it and stops it.
#[derive(Debug)]
struct Work {
    at: At,
    gate: Semaphore,
    seen: Mutex<Seen>,
    changed: Condvar,
    calls: AtomicUsize,
    effects: AtomicUsize,
}

#[derive(Debug, Default)]
struct Seen {
    /// Has come to the gate.
    waits: bool,
    /// Requests that the server is done with, by whatever end.
    ended: usize,
}

impl Work {
    fn new(at: At) -> Arc<Self> {
        Arc::new(Self {
            at,
            gate: Semaphore::new(0),
            seen: Mutex::default(),
            changed: Condvar::new(),
            calls: AtomicUsize::new(0),
            effects: AtomicUsize::new(0),
        })
    }

    async fn pass(&self, at: At) {
        if self.at != at {
            return;
        }
        self.see(|seen| seen.waits = true);
        // Closed is open for all.
        let _ = self.gate.acquire().await;
    }

    /// The handler.
    async fn handle(&self) {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        self.pass(At::Handler).await;
        self.pass(At::Panic).await;
        assert!(self.at != At::Panic || call > 0, "the first call panics");
        self.effects.fetch_add(1, Ordering::SeqCst);
    }

    fn see(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap());
        self.changed.notify_all();
    }

    fn wait(&self, until: impl Fn(&Seen) -> bool) {
        let seen = self.seen.lock().unwrap();
        let waits = |seen: &mut Seen| !until(seen);
        let (seen, waited) = self
            .changed
            .wait_timeout_while(seen, PATIENCE, waits)
            .unwrap();
        drop(seen);
        assert!(!waited.timed_out(), "the server does not get on");
    }

    fn calls(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.calls), count(&self.effects))
    }
}

/// Lives as long as the server works on a request for its client.
struct ForClient(Arc<Work>);

impl Drop for ForClient {
    fn drop(&mut self) {
        self.0.see(|seen| seen.ended += 1);
    }
}

/// A store that waits where the test wants it.
#[derive(Debug)]
struct Gated(Arc<MemoryStore>, Arc<Work>);

impl DedupeStore for Gated {
    fn claim(&self, key: &DedupeKey, nonce: Nonce, lease: Duration) -> StoreFuture<Claim> {
        let (store, work, key) = (self.0.clone(), self.1.clone(), key.clone());
        StoreFuture::later(async move {
            work.pass(At::Claim).await;
            store.claim(&key, nonce, lease).await
        })
    }

    fn renew(&self, token: &ClaimToken, lease: Duration) -> StoreFuture<ClaimState> {
        self.0.renew(token, lease)
    }

    fn complete(&self, token: &ClaimToken, retention: Duration) -> StoreFuture<ClaimState> {
        let (store, work, token) = (self.0.clone(), self.1.clone(), token.clone());
        StoreFuture::later(async move {
            work.pass(At::Completion).await;
            store.complete(&token, retention).await
        })
    }

    fn release(&self, token: &ClaimToken) -> StoreFuture<ClaimState> {
        self.0.release(token)
    }
}

#[derive(Clone, Copy, Debug)]
enum Server {
    AxumLayer,
    AxumRouteLayer,
    Actix,
    /// Takes a client that says nothing more for one that still listens, as actix-web does unless told otherwise.
    ActixHalfClosed,
}

const SERVERS: [Server; 4] = [
    Server::AxumLayer,
    Server::AxumRouteLayer,
    Server::Actix,
    Server::ActixHalfClosed,
];

impl Server {
    fn start(self, endpoint: Endpoint, work: Arc<Work>) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || match self {
            Self::AxumLayer | Self::AxumRouteLayer => self.axum(listener, endpoint, work),
            Self::Actix | Self::ActixHalfClosed => self.actix(listener, endpoint, work),
        });
        address
    }

    fn axum(self, listener: TcpListener, endpoint: Endpoint, work: Arc<Work>) {
        listener.set_nonblocking(true).unwrap();
        let layer = webhook_tower::WebhookLayer::new(endpoint);
        let watched = work.clone();
        let handler = post(async move |_: webhook_tower::Verified<Delivery>| work.handle().await);
        let app = match self {
            Self::AxumLayer => Router::new().route("/stripe", handler).layer(layer),
            _ => Router::new().route("/stripe", handler).route_layer(layer),
        };
        let app = app.layer(from_fn(move |request: Request, next: Next| {
            let client = ForClient(watched.clone());
            async move {
                let _client = client;
                next.run(request).await
            }
        }));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    }

    fn actix(self, listener: TcpListener, endpoint: Endpoint, work: Arc<Work>) {
        let app = move || {
            let (handled, watched) = (work.clone(), work.clone());
            let handler = move |_: webhook_actix::Verified<Delivery>| {
                let work = handled.clone();
                async move {
                    work.handle().await;
                    ""
                }
            };
            App::new()
                .service(
                    web::resource("/stripe")
                        .wrap(webhook_actix::Webhook::new(endpoint.clone()))
                        .to(handler),
                )
                .wrap_fn(move |request: ServiceRequest, inner| {
                    let client = ForClient(watched.clone());
                    let response = inner.call(request);
                    async move {
                        let _client = client;
                        response.await
                    }
                })
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.h1_allow_half_closed(matches!(self, Self::ActixHalfClosed));
        actix_web::rt::System::new().block_on(async {
            server.listen(listener).unwrap().run().await.unwrap();
        });
    }
}

/// A server, and what its endpoint is.
struct Run {
    server: Server,
    address: SocketAddr,
    endpoint: Endpoint,
    work: Arc<Work>,
}

impl Run {
    fn start(server: Server, at: At, with_store: bool) -> Self {
        let work = Work::new(at);
        let mut endpoint = typed().name("gone");
        if with_store {
            let store = Gated(Arc::default(), work.clone());
            endpoint = endpoint.dedupe(Dedupe::new(store).store_timeout(PATIENCE));
        }
        let address = server.start(endpoint.clone(), work.clone());
        Self {
            server,
            address,
            endpoint,
            work,
        }
    }

    /// Sends the event, hangs up at the gate, and lets it go on once the server knows.
    fn hang_up(&self) {
        let mut connection = Connection::open(self.address);
        connection.send(&stripe(EVENT).bytes());
        self.work.wait(|seen| seen.waits);
        drop(connection);
        if !matches!(self.server, Server::ActixHalfClosed) {
            self.work.wait(|seen| seen.ended == 1);
        }
    }

    /// Opens the gate and waits until all is done.
    fn let_go_on(&self) {
        self.work.gate.close();
        self.work.wait(|seen| seen.ended == 1);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(self.endpoint.join_detached());
    }

    fn send(&self) -> Answer {
        let mut connection = Connection::open(self.address);
        connection.send(&stripe(EVENT).bytes());
        connection.answer().unwrap()
    }
}

fn is_duplicate(answer: &Answer) -> bool {
    answer.status == 200 && answer.header("webhook-duplicate") == Some("true")
}

#[test]
fn the_effect_happens_once_and_the_next_try_is_a_duplicate() {
    for server in SERVERS {
        for at in [At::Claim, At::Handler, At::Completion] {
            let run = Run::start(server, at, true);
            run.hang_up();
            run.let_go_on();
            assert_eq!(run.work.calls(), (1, 1), "{server:?}, {at:?}");
            let next = run.send();
            assert!(is_duplicate(&next), "{server:?}, {at:?}: {next:?}");
            assert_eq!(run.work.calls(), (1, 1), "{server:?}, {at:?}");
        }
    }
}

#[test]
fn until_then_the_event_is_in_progress() {
    for server in SERVERS {
        let run = Run::start(server, At::Handler, true);
        run.hang_up();
        for _ in 0..3 {
            let again = run.send();
            assert_eq!(again.status, 503, "{server:?}");
            assert!(again.body.contains("in_progress"), "{server:?}: {again:?}");
        }
        assert_eq!(run.work.calls(), (1, 0), "{server:?}");
    }
}

#[test]
fn without_a_store_the_handler_runs_to_its_end() {
    for server in SERVERS {
        let run = Run::start(server, At::Handler, false);
        run.hang_up();
        assert_eq!(run.work.calls(), (1, 0), "{server:?}");
        run.let_go_on();
        assert_eq!(run.work.calls(), (1, 1), "{server:?}");
    }
}

#[test]
fn a_handler_that_panics_after_that_gives_its_event_back_and_its_server_lives() {
    for server in SERVERS {
        let run = Run::start(server, At::Panic, true);
        run.hang_up();
        run.let_go_on();
        assert_eq!(run.work.calls(), (1, 0), "{server:?}");
        let next = run.send();
        assert_eq!(
            (next.status, is_duplicate(&next)),
            (200, false),
            "{server:?}"
        );
        assert_eq!(run.work.calls(), (2, 1), "{server:?}");
    }
}

//! The two servers: what is tested.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::{Service, ServiceRequest};
use actix_web::{App, HttpServer, web};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use webhook_actix::Webhook;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{ConfigError, Delivery, Endpoint};
use webhook_tower::WebhookLayer;

use crate::Fallible;
use crate::plan::Plan;

pub(crate) const PATH: &str = "/webhooks/stripe";
pub(crate) const SECRET: &str = "whsec_soak";

/// Where the server tells what it has seen.
const SEEN: &str = "/seen";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

impl Framework {
    pub(crate) const ALL: [Self; 2] = [Self::Axum, Self::Actix];
}

/// What a server has seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The events that have reached the handler, once for each call.
    pub(crate) handled: Vec<String>,
    /// The most uploads that were there at any time.
    pub(crate) most_in_flight: usize,
}

/// Asks the server at this address.
pub(crate) async fn seen(address: SocketAddr) -> Fallible<Seen> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {SEEN} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok(serde_json::from_str(body)?)
}

/// Starts a server that runs as long as the runtime does.
pub(crate) async fn start(framework: Framework, plan: Plan) -> Fallible<SocketAddr> {
    let endpoint = endpoint(plan)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    match framework {
        Framework::Axum => start_axum(listener, endpoint)?,
        Framework::Actix => start_actix(listener, endpoint)?,
    }
    Ok(address)
}

fn endpoint(plan: Plan) -> Result<Endpoint, ConfigError> {
    let endpoint = Endpoint::new(Stripe::new(SECRET)?);
    Ok(endpoint
        .body_limit(plan.body)
        .body_timeout(plan.body_timeout))
}

fn start_axum(listener: TcpListener, endpoint: Endpoint) -> Fallible<()> {
    let log = Arc::new(Log::default());
    let watch = from_fn_with_state(Arc::clone(&log), watch);
    let app = Router::new()
        .route(PATH, post(handle))
        .route_layer(WebhookLayer::new(endpoint))
        .route_layer(watch)
        .route(SEEN, get(tell))
        .with_state(log);
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(())
}

async fn watch(State(log): State<Arc<Log>>, request: Request, next: Next) -> Response {
    let _upload = Log::begin(&log);
    next.run(request).await
}

async fn handle(
    State(log): State<Arc<Log>>,
    webhook_tower::Verified(delivery): webhook_tower::Verified<Delivery>,
) {
    log.note(&delivery);
}

async fn tell(State(log): State<Arc<Log>>) -> Json<Seen> {
    Json(log.seen())
}

fn start_actix(listener: TcpListener, endpoint: Endpoint) -> Fallible<()> {
    let log = web::Data::new(Log::default());
    let app = move || {
        let watched = web::Data::clone(&log);
        let webhooks = web::resource(PATH)
            .route(web::post().to(handle_at_actix))
            .wrap(Webhook::new(endpoint.clone()))
            .wrap_fn(move |request: ServiceRequest, inner| {
                let upload = Log::begin(&watched);
                let response = inner.call(request);
                async move {
                    let _upload = upload;
                    response.await
                }
            });
        App::new()
            .app_data(web::Data::clone(&log))
            .service(webhooks)
            .route(SEEN, web::get().to(tell_at_actix))
    };
    let server = HttpServer::new(app).disable_signals();
    tokio::spawn(server.listen(listener)?.run());
    Ok(())
}

async fn handle_at_actix(
    log: web::Data<Log>,
    webhook_actix::Verified(delivery): webhook_actix::Verified<Delivery>,
) -> &'static str {
    log.note(&delivery);
    ""
}

async fn tell_at_actix(log: web::Data<Log>) -> web::Json<Seen> {
    web::Json(log.seen())
}

#[derive(Default)]
struct Log {
    handled: Mutex<Vec<String>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Log {
    /// Counts an upload for as long as what it returns lives: to the answer, or until the connection is gone.
    fn begin(log: &Arc<Self>) -> Upload {
        let all = log.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        log.most_in_flight.fetch_max(all, Ordering::Relaxed);
        Upload(Arc::clone(log))
    }

    fn note(&self, delivery: &Delivery) {
        let event = delivery.id().unwrap_or("without an id").to_owned();
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        handled.push(event);
    }

    fn seen(&self) -> Seen {
        let handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        Seen {
            handled: handled.clone(),
            most_in_flight: self.most_in_flight.load(Ordering::Relaxed),
        }
    }
}

struct Upload(Arc<Log>);

impl Drop for Upload {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Axum => "axum",
            Self::Actix => "actix-web",
        })
    }
}

impl FromStr for Framework {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let mut same = Self::ALL.into_iter().filter(|own| own.to_string() == name);
        same.next().ok_or("no such framework")
    }
}

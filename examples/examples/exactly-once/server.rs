//! Two servers on one store, and one handler for both.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::{App, HttpResponse, HttpServer, Route, web};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, post};
use webhook_actix::Webhook;
use webhook_core::dedupe::{ClaimState, Dedupe};
use webhook_core::payment::{PaymentUpdate, PaymentUpdates};
use webhook_core::provider::stripe::Stripe;
use webhook_core::{ConfigError, Delivery, Endpoint};
use webhook_tower::WebhookLayer;

use crate::Failure;
use crate::ledger::{End, Ledger, Line};
use crate::plan::Trouble;

pub(crate) const PATH: &str = "/webhooks/stripe";
pub(crate) const SECRET: &str = "whsec_demo";

/// One endpoint for both servers: an event is the same event at either.
pub(crate) fn endpoint(dedupe: Dedupe) -> Result<Endpoint, ConfigError> {
    let endpoint = Endpoint::new(Stripe::new(SECRET)?);
    endpoint.name("shop").dedupe(dedupe).storable()
}

/// Books while the sender waits.
pub(crate) fn booking_at_axum(shop: Arc<Shop>) -> MethodRouter {
    post(paid_at_axum).with_state(shop)
}

pub(crate) async fn start_axum(
    endpoint: Endpoint,
    handler: MethodRouter,
) -> Result<SocketAddr, Failure> {
    let app = Router::new()
        .route(PATH, handler)
        .route_layer(WebhookLayer::new(endpoint));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(address)
}

async fn paid_at_axum(
    State(shop): State<Arc<Shop>>,
    webhook_tower::Verified(delivery): webhook_tower::Verified<Delivery>,
    webhook_tower::Verified(updates): webhook_tower::Verified<PaymentUpdates>,
) -> StatusCode {
    match shop.paid_meanwhile(&delivery, updates).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR, // Stripe sends it again
    }
}

/// Books while the sender waits.
pub(crate) fn booking_at_actix(shop: Arc<Shop>) -> impl Fn() -> Route + Clone + Send + 'static {
    move || {
        let shop = Arc::clone(&shop);
        web::post().to(move |delivery, updates| paid_at_actix(Arc::clone(&shop), delivery, updates))
    }
}

pub(crate) fn start_actix(
    endpoint: Endpoint,
    handler: impl Fn() -> Route + Clone + Send + 'static,
) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let app = move || {
        let webhooks = web::resource(PATH).wrap(Webhook::new(endpoint.clone()));
        App::new().service(webhooks.route(handler()))
    };
    let server = HttpServer::new(app).workers(1).disable_signals();
    tokio::spawn(server.listen(listener)?.run());
    Ok(address)
}

async fn paid_at_actix(
    shop: Arc<Shop>,
    webhook_actix::Verified(delivery): webhook_actix::Verified<Delivery>,
    webhook_actix::Verified(updates): webhook_actix::Verified<PaymentUpdates>,
) -> HttpResponse {
    match shop.paid_meanwhile(&delivery, updates).await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::InternalServerError().finish(), // Stripe sends it again
    }
}

/// What the handler works with.
pub(crate) struct Shop {
    pub(crate) ledger: Ledger,
    attempts: Mutex<HashMap<String, u32>>,
}

impl Shop {
    pub(crate) fn new(ledger: Ledger) -> Self {
        let attempts = Mutex::default();
        Self { ledger, attempts }
    }

    /// For a delivery whose sender waits.
    async fn paid_meanwhile(
        &self,
        delivery: &Delivery,
        updates: PaymentUpdates,
    ) -> Result<(), Failure> {
        let claim = delivery.claim().ok_or("the endpoint does not dedupe")?;
        self.paid_all(&End::Claim(claim), updates).await
    }

    pub(crate) async fn paid_all(
        &self,
        end: &End<'_>,
        updates: PaymentUpdates,
    ) -> Result<(), Failure> {
        for update in updates {
            self.paid(end, update).await?;
        }
        Ok(())
    }

    /// The handler. Called for an event that is genuine, not done, and in nobody else's hands.
    async fn paid(&self, end: &End<'_>, update: PaymentUpdate) -> Result<(), Failure> {
        let attempt = end.attempt();
        let line = Line {
            event: update.event_id.ok_or("no id")?.to_string(),
            amount: update.amount?.ok_or("no amount")?.money().minor(),
            fence: end.fence(),
        };
        let trouble = Trouble::of_order(update.reference.as_deref().unwrap_or_default());
        *self.lock().entry(line.event.clone()).or_default() += 1;

        trouble.at_the_start(attempt).await?;
        let commits = || trouble.before_the_commit(attempt);
        let held = self.ledger.book(&line, end, commits).await?;
        trouble.after_the_commit(attempt);
        match held {
            ClaimState::Held | ClaimState::Done => Ok(()),
            ClaimState::Lost => Err("somebody else has begun".into()),
        }
    }

    /// How often the handler was called, by event.
    pub(crate) fn attempts(&self) -> HashMap<String, u32> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

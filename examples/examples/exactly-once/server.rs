//! Two servers on one store, and one handler for both.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use webhook_actix::Webhook;
use webhook_core::dedupe::{ClaimState, Dedupe};
use webhook_core::payment::{PaymentUpdate, PaymentUpdates};
use webhook_core::provider::stripe::Stripe;
use webhook_core::{ConfigError, Delivery, Endpoint};
use webhook_tower::WebhookLayer;

use crate::Failure;
use crate::ledger::{Ledger, Line};
use crate::plan::Trouble;

pub(crate) const PATH: &str = "/webhooks/stripe";
pub(crate) const SECRET: &str = "whsec_demo";

/// One endpoint for both servers: an event is the same event at either.
pub(crate) fn endpoint(dedupe: Dedupe) -> Result<Endpoint, ConfigError> {
    let endpoint = Endpoint::new(Stripe::new(SECRET)?);
    Ok(endpoint.name("shop").dedupe(dedupe))
}

pub(crate) async fn start_axum(endpoint: Endpoint, shop: Arc<Shop>) -> Result<SocketAddr, Failure> {
    let app = Router::new()
        .route(PATH, post(paid_at_axum))
        .route_layer(WebhookLayer::new(endpoint))
        .with_state(shop);
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
    match shop.paid_all(&delivery, updates).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR, // Stripe sends it again
    }
}

pub(crate) fn start_actix(endpoint: Endpoint, shop: Arc<Shop>) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let shop = web::Data::from(shop);
    let app = move || {
        let webhooks = web::resource(PATH).wrap(Webhook::new(endpoint.clone()));
        App::new()
            .app_data(shop.clone())
            .service(webhooks.route(web::post().to(paid_at_actix)))
    };
    let server = HttpServer::new(app).workers(1).disable_signals();
    tokio::spawn(server.listen(listener)?.run());
    Ok(address)
}

async fn paid_at_actix(
    shop: web::Data<Shop>,
    webhook_actix::Verified(delivery): webhook_actix::Verified<Delivery>,
    webhook_actix::Verified(updates): webhook_actix::Verified<PaymentUpdates>,
) -> HttpResponse {
    match shop.paid_all(&delivery, updates).await {
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

    async fn paid_all(&self, delivery: &Delivery, updates: PaymentUpdates) -> Result<(), Failure> {
        for update in updates {
            self.paid(delivery, update).await?;
        }
        Ok(())
    }

    /// The handler. Called for an event that is genuine, not done, and in nobody else's hands.
    async fn paid(&self, delivery: &Delivery, update: PaymentUpdate) -> Result<(), Failure> {
        let claim = delivery.claim().ok_or("the endpoint does not dedupe")?;
        let line = Line {
            event: update.event_id.ok_or("no id")?.to_string(),
            amount: update.amount?.ok_or("no amount")?.money().minor(),
            fence: claim.fence(),
        };
        let trouble = Trouble::of_order(update.reference.as_deref().unwrap_or_default());
        *self.lock().entry(line.event.clone()).or_default() += 1;

        trouble.at_the_start(claim).await?;
        let commits = || trouble.before_the_commit(claim);
        let held = self.ledger.book(&line, claim, commits).await?;
        trouble.after_the_commit(claim);
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

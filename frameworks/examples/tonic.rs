//! Webhooks beside a gRPC service of tonic, on one port: gRPC by HTTP/2, webhooks by HTTP/1 or HTTP/2.
//!
//! ```sh
//! cargo run -p webhook-frameworks --example tonic
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:3000/webhooks/stripe
//! ```

use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};
use webhook_tower::{Verified, mount};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = endpoint(&Secrets::from_env())?;
    let app = app(endpoint, Shop::that_prints()).await;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}

pub(crate) async fn app(endpoint: Endpoint, shop: Shop) -> Router {
    // The layer guards the routes for webhooks alone: gRPC calls do not pass through it.
    let webhooks = mount("/webhooks", endpoint, post(received)).with_state(shop);
    grpc().await.into_axum_router().merge(webhooks)
}

/// The health service of gRPC. Your own services are added with `add_service`.
async fn grpc() -> Routes {
    let reporter = HealthReporter::new();
    let status = ServingStatus::Serving;
    reporter.set_service_status("shop", status).await;
    let health = HealthService::from_health_reporter(reporter);
    Routes::new(tonic_health::pb::health_server::HealthServer::new(health))
}

/// Called for what its sender has signed, and for nothing else.
async fn received(State(shop): State<Shop>, Verified(delivery): Verified<Delivery>) -> StatusCode {
    shop.handle(&delivery);
    StatusCode::OK
}

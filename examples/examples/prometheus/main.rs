//! An axum server whose webhooks can be watched with Prometheus: what the observer `Metrics` counts, and how long each span of a
//! request took.
//!
//! ```sh
//! cargo run --example prometheus
//! ```
//!
//! It prints a `curl` with a valid signature, ready to be pasted. Then look at the metrics:
//!
//! ```sh
//! curl http://127.0.0.1:3000/metrics
//! ```
//!
//! `LISTEN` and `STRIPE_SECRET` in the environment say where to listen and which secret Stripe signs with, `RUST_LOG=webhook=debug`
//! logs each request.
//!
//! | file | holds |
//! |---|---|
//! | `telemetry.rs` | where metrics, spans and log go: to copy |
//! | `spans.rs` | makes a metric of the spans: to copy |
//!
//! Do you send your spans to OpenTelemetry? Then put its layer in the place of `spans.rs`: the page "See what happens in production" of
//! the cookbook shows it.

mod spans;
pub(crate) mod telemetry;

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use examples::{CHECKOUT_COMPLETED, env_or, print_curls};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::time::interval;
use webhook_core::observe::Metrics;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, ConfigError, Endpoint, SystemClock};
use webhook_store::MemoryStore;
use webhook_tower::{Verified, WebhookLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = env_or("STRIPE_SECRET", "whsec_demo");
    let metrics = telemetry::start()?;
    tokio::spawn(keep_small(metrics.clone()));
    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000")).await?;
    let signer = Signer::new(stripe::SCHEME, secret.as_str())?
        .target("/webhooks/stripe")
        .header("content-type", "application/json");
    let example = signer.sign(CHECKOUT_COMPLETED.as_bytes(), SystemClock.now())?;
    print_curls(listener.local_addr()?, &[example]);
    axum::serve(listener, app(&secret, metrics)?).await?;
    Ok(())
}

pub(crate) fn app(secret: &str, metrics: PrometheusHandle) -> Result<Router, ConfigError> {
    let stripe = Endpoint::new(Stripe::new(secret)?)
        .name("shop")
        .dedupe(MemoryStore::default())
        .observe(Metrics::new()); // the recorder is installed before
    Ok(Router::new()
        .route("/webhooks/stripe", post(received))
        .route_layer(WebhookLayer::new(stripe))
        // In production, on a port that Prometheus alone reaches.
        .route("/metrics", get(async move || metrics.render())))
}

/// Called for what Stripe signed, and for nothing else.
#[axum::debug_handler]
async fn received(Verified(event): Verified<stripe::Event>) -> StatusCode {
    println!("{}: {}", event.id, event.kind);
    StatusCode::OK
}

/// Times are kept one by one until somebody sums them up: when Prometheus asks, and here, in case it does not.
async fn keep_small(metrics: PrometheusHandle) {
    let mut tick = interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        metrics.run_upkeep();
    }
}

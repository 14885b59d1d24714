//! The endpoints, and the routes in axum and in actix-web. An endpoint has the name of its framework, so that the metrics tell which it was.

use std::error::Error;
use std::future;
use std::net::SocketAddr;

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_core::observe::Metrics;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::resolver::{Resolved, from_fn};
use webhook_core::{ConfigError, Endpoint};
use webhook_store::MemoryStore;

pub(crate) const AXUM: &str = "axum";
pub(crate) const ACTIX: &str = "actix-web";
pub(crate) const SECRET: &str = "whsec_of_the_transcript";

fn shop(framework: &str) -> Result<Endpoint, ConfigError> {
    Ok(watched(Stripe::new(SECRET)?, framework))
}

/// With a mistake: the look-up does not name the account that it has found, and the store could not tell two accounts apart.
fn misconfigured(framework: &str) -> Result<Endpoint, ConfigError> {
    let stripe = Stripe::new(SECRET)?;
    let look_up = from_fn(move |_| future::ready(Ok(Resolved::from(stripe.clone()))));
    Ok(watched(look_up, framework))
}

fn watched(receiver: impl Into<Endpoint>, framework: &str) -> Endpoint {
    receiver
        .into()
        .name(framework)
        .dedupe(MemoryStore::default())
        .observe(Metrics::new())
}

pub(crate) async fn axum() -> Result<SocketAddr, Box<dyn Error>> {
    use webhook_tower::{Verified, WebhookLayer};

    async fn received(_: Verified<stripe::Event>) -> StatusCode {
        StatusCode::OK
    }

    let by = |endpoint| post(received).layer(WebhookLayer::new(endpoint));
    let app: Router = Router::new()
        .route("/webhooks/stripe", by(shop(AXUM)?))
        .route("/misconfigured", by(misconfigured(AXUM)?));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(address)
}

pub(crate) fn actix() -> Result<SocketAddr, Box<dyn Error>> {
    use webhook_actix::{Verified, Webhook};

    async fn received(_: Verified<stripe::Event>) -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    let (shop, misconfigured) = (shop(ACTIX)?, misconfigured(ACTIX)?);
    let app = move || {
        let by = |path, endpoint: &Endpoint| {
            web::resource(path)
                .wrap(Webhook::new(endpoint.clone()))
                .route(web::post().to(received))
        };
        App::new()
            .service(by("/webhooks/stripe", &shop))
            .service(by("/misconfigured", &misconfigured))
    };
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied();
    tokio::spawn(server.run());
    Ok(address.ok_or("the server has no address")?)
}

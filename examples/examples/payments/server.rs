//! The servers: the accounts of the configuration file, at `/payments/process/{variant}` with and without a slash behind it.

use std::error::Error;
use std::net::SocketAddr;
use std::{fs, io};

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use tokio::net::TcpListener;
use webhook_core::payment::PaymentUpdates;
use webhook_core::{Endpoint, VariantsConfig};

use crate::shop::Shop;

/// What comes before the name of the account.
pub(crate) const PREFIX: &str = "/payments/process";

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/payments/payments.toml"
);

/// More than the accounts may stand in the file.
#[derive(Deserialize)]
struct Config {
    variants: VariantsConfig,
}

/// The accounts of the configuration file, with their secrets from the environment that `env` knows.
pub(crate) fn payments(env: impl Fn(&str) -> Option<String>) -> Result<Endpoint, Box<dyn Error>> {
    let config: Config = toml::from_str(&fs::read_to_string(FILE)?)?;
    // A program of your own calls `build_from_env()`: then it is the environment of the process.
    Ok(Endpoint::new(config.variants.build(env)?))
}

/// An axum server on a port that happens to be free.
pub(crate) async fn axum(payments: Endpoint, shop: Shop) -> io::Result<SocketAddr> {
    async fn update(
        State(shop): State<Shop>,
        webhook_tower::Verified(updates): webhook_tower::Verified<PaymentUpdates>,
    ) -> StatusCode {
        shop.update(updates);
        StatusCode::OK
    }

    let routes = webhook_tower::mount(PREFIX, payments, post(update));
    serve(routes.with_state(shop)).await
}

pub(crate) async fn serve(app: Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(address)
}

/// The same with actix-web.
pub(crate) fn actix(payments: Endpoint, shop: Shop) -> io::Result<SocketAddr> {
    async fn update(
        shop: web::Data<Shop>,
        webhook_actix::Verified(updates): webhook_actix::Verified<PaymentUpdates>,
    ) -> HttpResponse {
        shop.update(updates);
        HttpResponse::Ok().finish()
    }

    let app = move || {
        let routes = webhook_actix::mount(PREFIX, payments.clone(), web::post().to(update));
        App::new()
            .app_data(web::Data::new(shop.clone()))
            .service(routes)
    };
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied();
    tokio::spawn(server.run());
    address.ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

//! Webhooks in salvo, through the layer of `webhook-tower`.
//!
//! ```sh
//! cargo run -p webhook-frameworks --example salvo
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:3000/webhooks/stripe
//! ```
//!
//! The handler is a tower service, and not one of salvo: those borrow the request, so they end when the client hangs up. This
//! one is finished by the layer.

use std::convert::Infallible;
use std::error::Error;
use std::io;

use bytes::Bytes;
use futures_util::TryFutureExt;
use http_body_util::{BodyExt, Full};
use salvo::conn::TcpListener;
use salvo::http::{ReqBody, StatusCode};
use salvo::hyper::{Request, Response};
use salvo::prelude::TowerServiceCompat;
use salvo::{Listener, Router, Server};
use tower::{Layer, ServiceExt, service_fn};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};
use webhook_tower::WebhookLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = endpoint(&Secrets::from_env())?;
    let acceptor = TcpListener::new("127.0.0.1:3000").try_bind().await?;
    let router = app(endpoint, Shop::that_prints());
    Server::new(acceptor).try_serve(router).await?;
    Ok(())
}

pub(crate) fn app(endpoint: Endpoint, shop: Shop) -> Router {
    let handler = service_fn(move |request| received(request, shop.clone()));
    let guarded = WebhookLayer::new(endpoint).layer(handler);
    let webhooks = service_fn(move |request: Request<ReqBody>| {
        let answer = guarded.clone().oneshot(request);
        // salvo wants a body whose error is one of `std`.
        answer.map_ok(|response| response.map(|body| body.map_err(io::Error::other)))
    });
    // For every method: some senders ask by GET whether the endpoint is there.
    Router::with_path("webhooks/{sender}")
        .goal(TowerServiceCompat::<ReqBody, _, _, _>::compat(webhooks))
}

/// Called for what its sender has signed, and for nothing else: the proof is in the extensions.
async fn received(
    request: Request<Full<Bytes>>,
    shop: Shop,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::default();
    match request.extensions().get::<Delivery>() {
        Some(delivery) => shop.handle(delivery),
        // Only if the layer is forgotten.
        None => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    Ok(response)
}

//! Webhooks in a hyper server that speaks HTTP/1 and HTTP/2 on one port, through the layer of `webhook-tower`.
//!
//! ```sh
//! cargo run -p webhook-frameworks --example hyper
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:3000/webhooks/stripe
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer, service_fn};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};
use webhook_tower::WebhookLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = endpoint(&Secrets::from_env())?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    serve(listener, endpoint, Shop::that_prints()).await?;
    Ok(())
}

pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint, shop: Shop) -> io::Result<()> {
    let handler = service_fn(move |request| received(request, shop.clone()));
    let service = TowerToHyperService::new(WebhookLayer::new(endpoint).layer(handler));
    let mut http = auto::Builder::new(TokioExecutor::new());
    // With a timer, hyper does not wait for a slow head for ever. The time for the body is the endpoint's.
    http.http1().timer(TokioTimer::new());
    http.http2().timer(TokioTimer::new());
    loop {
        let (stream, _) = listener.accept().await?;
        let (http, service) = (http.clone(), service.clone());
        tokio::spawn(async move {
            let connection = http.serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection broke: {error}");
            }
        });
    }
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

//! Stripe's webhooks in a hyper server: the same layer as for axum, on a plain tower service.
//!
//! ```sh
//! cargo run --example hyper-stripe
//! ```
//!
//! It prints a `curl` with a valid signature, ready to be pasted. `LISTEN` and `STRIPE_SECRET` in the environment say where
//! to listen and which secret Stripe signs with.

use std::convert::Infallible;
use std::error::Error;
use std::io;

use bytes::Bytes;
use examples::{CHECKOUT_COMPLETED, env_or, print_curls};
use http_body_util::Full;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer, service_fn};
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, Delivery, Endpoint, SystemClock};
use webhook_tower::WebhookLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = env_or("STRIPE_SECRET", "whsec_demo");
    let endpoint = Endpoint::new(Stripe::new(secret.as_str())?);
    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000")).await?;
    let signer = Signer::new(stripe::SCHEME, secret)?
        .target("/webhooks/stripe")
        .header("content-type", "application/json");
    let example = signer.sign(CHECKOUT_COMPLETED.as_bytes(), SystemClock.now())?;
    print_curls(listener.local_addr()?, &[example]);
    serve(listener, endpoint).await?;
    Ok(())
}

/// By HTTP/1 and by HTTP/2, on the same port.
pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint) -> io::Result<()> {
    let service = WebhookLayer::new(endpoint).layer(service_fn(received));
    let service = TowerToHyperService::new(service);
    let mut http = auto::Builder::new(TokioExecutor::new());
    // With a timer, hyper does not wait for a slow head for ever. The body's time is the endpoint's.
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

/// Called for what Stripe signed, and for nothing else: the proof is in the request's extensions.
async fn received(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let delivery = request.extensions().get::<Delivery>();
    let event = delivery.map(|delivery| delivery.decode::<stripe::Event>());
    let status = match event {
        Some(Ok(event)) => {
            println!("{}: {}", event.id, event.kind);
            StatusCode::OK
        }
        Some(Err(error)) => {
            eprintln!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR // Stripe sends it again
        }
        // Only if the layer is forgotten.
        None => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = Response::default();
    *response.status_mut() = status;
    Ok(response)
}

//! The server: what is tested.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use webhook_core::Endpoint;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_tower::{Verified, WebhookLayer};

use crate::Fallible;
use crate::store::Place;

pub(crate) const PATH: &str = "/webhooks/stripe";
pub(crate) const SECRET: &str = "whsec_load";

/// Where the server tells how often its handler was called.
const HANDLED: &str = "/handled";

/// Starts a server that runs as long as the runtime does.
pub(crate) async fn start(place: &Place) -> Fallible<SocketAddr> {
    let endpoint = Endpoint::new(Stripe::new(SECRET)?)
        .name("load")
        .dedupe(place.open().await?);
    let app = Router::new()
        .route(PATH, post(handle))
        .route_layer(WebhookLayer::new(endpoint))
        .route(HANDLED, get(tell))
        .with_state(Arc::new(AtomicUsize::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(address)
}

async fn handle(State(calls): State<Arc<AtomicUsize>>, Verified(_): Verified<stripe::Event>) {
    calls.fetch_add(1, Ordering::Relaxed);
}

async fn tell(State(calls): State<Arc<AtomicUsize>>) -> String {
    calls.load(Ordering::Relaxed).to_string()
}

/// Asks the server at this address how often its handler was called.
pub(crate) async fn handled(address: SocketAddr) -> Fallible<usize> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {HANDLED} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok(body.parse()?)
}

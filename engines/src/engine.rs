//! What an engine must do, and the receiver and the worker that stand around it.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::time::sleep;
use webhook_core::{ConfigError, Endpoint, Handover, accept};
use webhook_tower::WebhookLayer;

use crate::Error;
use crate::server::Program;
use crate::shop::{Worker, endpoint};

/// A queue of somebody else's, as a receiver and a worker see it. Each example implements it.
///
/// ```
/// use engines::{Engine, Error};
///
/// async fn how_many_wait<E: Engine>(url: &str) -> Result<u64, Error> {
///     E::open(url).await?.waiting().await
/// }
/// ```
pub trait Engine: Handover + Clone + 'static {
    /// The server that it needs.
    const PROGRAM: Program;

    /// Whether a server that is killed still knows which deliveries its workers had ended. If not, those come again.
    const KEEPS_ENDS: bool;

    /// Connects, and makes what is missing.
    fn open(url: &str) -> impl Future<Output = Result<Self, Error>> + Send;

    /// The endpoint of its receivers. An engine that does not know what it has taken before needs one that dedupes.
    ///
    /// # Errors
    /// If a setting is wrong.
    fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        endpoint()
    }

    /// Works on what waits, until something breaks.
    fn work(&self, worker: Worker) -> impl Future<Output = Result<(), Error>> + Send;

    /// How many deliveries are neither worked on nor dead.
    fn waiting(&self) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Why the dead letters are dead.
    fn dead(&self) -> impl Future<Output = Result<Vec<String>, Error>> + Send;

    /// Puts a row into the engine, past the receivers: what somebody does who can write to it and has no key.
    fn smuggle(&self, row: String) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Connects as soon as the server answers.
///
/// # Errors
/// If it has not answered within half a minute.
///
/// ```
/// async fn patient<E: engines::Engine>(url: &str) -> Result<E, engines::Error> {
///     engines::open(url).await
/// }
/// ```
pub async fn open<E: Engine>(url: &str) -> Result<E, Error> {
    let mut tries = 0;
    loop {
        let opening = tokio::time::timeout(Duration::from_secs(5), E::open(url));
        match opening.await {
            Ok(Ok(engine)) => return Ok(engine),
            Ok(Err(error)) if tries >= 300 => return Err(error),
            Err(_) if tries >= 6 => return Err("the server does not answer".into()),
            Ok(Err(_)) => tries += 1,
            Err(_) => tries += 50,
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// A receiver: a server that hands each genuine delivery over, and answers when it is safe. It ends with the runtime.
///
/// # Errors
/// If there is no socket, or a setting is wrong.
///
/// ```
/// use engines::{Engine, Error};
///
/// async fn start<E: Engine>(engine: E) -> Result<std::net::SocketAddr, Error> {
///     let endpoint = engine.endpoint()?;
///     engines::receive(endpoint, engine).await
/// }
/// ```
pub async fn receive(
    endpoint: Endpoint,
    handover: impl Handover + 'static,
) -> Result<SocketAddr, Error> {
    let app = Router::new()
        .route("/webhooks/stripe", post(accept(handover)))
        .route_layer(WebhookLayer::new(endpoint));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    Ok(address)
}

/// Works for ever: if the engine goes away, it waits until it is back.
///
/// # Errors
/// If the engine was not there in the beginning.
///
/// ```
/// use engines::{Engine, Error, Shop, Worker, endpoint};
///
/// async fn start<E: Engine>(url: &str) -> Result<(), Error> {
///     engines::run_worker::<E>(url, Worker::new(endpoint()?, Shop::new(|_| {}))).await
/// }
/// ```
pub async fn run_worker<E: Engine>(url: &str, worker: Worker) -> Result<(), Error> {
    let engine: E = open(url).await?;
    loop {
        if let Err(error) = engine.work(worker.clone()).await {
            eprintln!("the worker begins again: {error}");
        }
        sleep(Duration::from_millis(100)).await;
    }
}

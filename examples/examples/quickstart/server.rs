//! The server: one route and one endpoint for each sender, one handler for all.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_core::{ConfigError, Delivery, Endpoint, Key, Keyring};
use webhook_tower::{Verified, WebhookLayer};

use crate::senders::Sender;

/// Longest body that the endpoints accept. Far below the default, so that the demonstration is quick.
pub(crate) const BODY_LIMIT: usize = 16 * 1024;

/// Longest time that a body may take. Far below the default as well.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// The names of the keys that matched: one for each call of the handler.
type Calls = Arc<Mutex<Vec<String>>>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    calls: Calls,
}

impl Server {
    pub(crate) async fn start(senders: &[Sender]) -> Result<Self, Box<dyn Error>> {
        let calls = Calls::default();
        let mut app = Router::new();
        for sender in senders {
            app = app.merge(route(sender)?);
        }
        Self::serve(app.with_state(Arc::clone(&calls)), calls).await
    }

    /// Serves on a port that happens to be free.
    pub(crate) async fn serve(app: Router, calls: Calls) -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async { axum::serve(listener, app).await });
        Ok(Self { address, calls })
    }

    /// The keys that matched since the last time.
    pub(crate) fn take_keys(&self) -> Vec<String> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *calls)
    }
}

fn route(sender: &Sender) -> Result<Router<Calls>, ConfigError> {
    // A secret is being rotated: what either key has signed is genuine.
    let keys = Keyring::new(Key::new(sender.new_secret)?.named("new"))
        .and(Key::new(sender.old_secret)?.named("old"));
    let endpoint = Endpoint::new((sender.verifier)(keys)?)
        .name(sender.name)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT);
    Ok(Router::new()
        .route(&sender.path(), post(received))
        .route_layer(WebhookLayer::new(endpoint)))
}

/// Called for what a sender signed, and for nothing else.
async fn received(State(calls): State<Calls>, Verified(delivery): Verified<Delivery>) -> String {
    let key = delivery.key().and_then(|key| key.name()).unwrap_or("?");
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
    calls.push(key.to_owned());
    delivery.kind().unwrap_or("?").to_owned()
}

//! The server: one route and one endpoint for each sender; one handler for events of all kinds, one for payments.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_core::payment::PaymentUpdates;
use webhook_core::{ConfigError, Delivery, Endpoint, Unverified};
use webhook_tower::{Verified, WebhookLayer};

use crate::senders::{Reads, Sender};

/// Longest body that the endpoints accept. Far below the default, so that the demonstration is quick.
pub(crate) const BODY_LIMIT: usize = 16 * 1024;

/// Longest time that a body may take. Far below the default as well.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// What the handlers noted: one line for each call.
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

    /// What the handlers noted since the last time.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *calls)
    }
}

fn route(sender: &Sender) -> Result<Router<Calls>, ConfigError> {
    let endpoint = Endpoint::new((sender.resolver)(sender)?)
        .name(sender.name)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT);
    let handler = match sender.reads {
        Reads::Kind(_) => post(received),
        Reads::Payment { .. } => post(updated),
    };
    Ok(Router::new()
        .route(&sender.path(), handler)
        .route_layer(WebhookLayer::new(endpoint)))
}

/// Called for what a sender signed, and for nothing else.
async fn received(State(calls): State<Calls>, Verified(delivery): Verified<Delivery>) -> String {
    let key = delivery.key().and_then(|key| key.name()).unwrap_or("?");
    note(&calls, format!("{key} key"));
    let claimed = delivery.unverified_kind().map(Unverified::into_unverified);
    delivery.kind().or(claimed).unwrap_or("?").to_owned()
}

/// The same for payments, in the same words for every provider. Its empty success becomes the acknowledgement that the
/// provider demands.
async fn updated(
    State(calls): State<Calls>,
    Verified(updates): Verified<PaymentUpdates>,
) -> StatusCode {
    for update in updates {
        let amount = match update.amount {
            Ok(Some(amount)) => amount.to_string(),
            Ok(None) | Err(_) => "?".to_owned(),
        };
        note(&calls, format!("{} {amount}", update.status));
    }
    StatusCode::OK
}

fn note(calls: &Calls, call: String) {
    calls
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(call);
}

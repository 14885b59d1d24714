//! One server for many tenants, each with a secret of its own, looked up while the request comes in and kept for a minute:
//! by the path, and at a second address by a header. From outside, a tenant that does not exist looks like a bad signature.
//!
//! ```sh
//! cargo run --example axum-tenants
//! ```
//!
//! It prints a `curl` for each of the two, ready to be pasted. With `acme` in them changed to `initech` (another tenant) or
//! `nobody` (no tenant), the answer is the same 401. `LISTEN` in the environment says where to listen.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use examples::{CHECKOUT_COMPLETED, env_or, print_curls};
use tokio::net::TcpListener;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::resolver::{Cached, Resolved};
use webhook_core::scheme::SchemeVerifier;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{
    Clock, ConfigError, Delivery, Endpoint, Rejection, RejectionKind, RequestHead, SystemClock,
    resolver,
};
use webhook_tower::{Verified, WebhookLayer};

/// The header that names the tenant. Nobody signs it; but with another name in it, another key has to match.
const TENANT: &str = "x-tenant";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tenants = Arc::new(Tenants::demo());
    let by_path = Endpoint::new(looked_up(&tenants, last_of_path)?);
    let by_header = Endpoint::new(looked_up(&tenants, header)?);
    let paths = Router::new()
        .route("/webhooks/{tenant}", post(received))
        .route_layer(WebhookLayer::new(by_path));
    let headers = Router::new()
        .route("/webhooks", post(received))
        .route_layer(WebhookLayer::new(by_header));

    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000")).await?;
    let signer = Signer::new(stripe::SCHEME, "whsec_of_acme")?;
    let example = |signer: Signer| signer.sign(CHECKOUT_COMPLETED.as_bytes(), SystemClock.now());
    let examples = [
        example(signer.clone().target("/webhooks/acme"))?,
        example(signer.target("/webhooks").header(TENANT, "acme"))?,
    ];
    print_curls(listener.local_addr()?, &examples);
    axum::serve(listener, paths.merge(headers)).await?;
    Ok(())
}

/// How long a tenant is kept: for so long a new secret may be unknown. `Cached::forget` makes it known at once.
const KEPT: Duration = Duration::from_secs(60);

/// A resolver that looks a tenant up by the name that `key` takes from the head.
fn looked_up(tenants: &Arc<Tenants>, key: Key) -> Result<Cached, ConfigError> {
    let tenants = Arc::clone(tenants);
    let find = move |name| Arc::clone(&tenants).verifier(name);
    Ok(resolver::cached(KEPT, key, find).nobody(SchemeVerifier::decoy(stripe::SCHEME)?))
}

type Key = fn(&RequestHead<'_>) -> Option<String>;

/// In lower case, as the names are in the database, so that each tenant is kept once.
fn last_of_path(head: &RequestHead<'_>) -> Option<String> {
    head.path().rsplit('/').next().map(str::to_lowercase)
}

fn header(head: &RequestHead<'_>) -> Option<String> {
    head.header_str(TENANT).ok()?.map(str::to_lowercase)
}

/// The name of the account whose key has matched: proven, which what a path or a header says is not.
async fn received(Verified(delivery): Verified<Delivery>) -> String {
    let tenant = delivery.variant().unwrap_or("?");
    println!("{tenant}: {}", delivery.kind().unwrap_or("?"));
    format!("thank you, {tenant}\n")
}

/// Stands for a database: secrets by the name of the tenant.
struct Tenants(HashMap<&'static str, &'static str>);

impl Tenants {
    fn demo() -> Self {
        Self([("acme", "whsec_of_acme"), ("initech", "whsec_of_initech")].into())
    }

    async fn secret(&self, name: &str) -> Option<&'static str> {
        tokio::task::yield_now().await; // a real one makes us wait
        self.0.get(name).copied()
    }

    /// `None` for a tenant that does not exist.
    async fn verifier(
        self: Arc<Self>,
        name: String,
    ) -> Result<Option<Resolved<'static>>, Rejection> {
        let Some(secret) = self.secret(&name).await else {
            return Ok(None);
        };
        let stripe = Stripe::new(secret).map_err(|_| UNUSABLE)?;
        Ok(Some(Resolved::from(stripe).variant(name)))
    }
}

const UNUSABLE: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "the secret of a tenant is unusable",
);

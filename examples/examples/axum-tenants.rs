//! One server for many tenants, each with a secret of its own, looked up while the request comes in: by the path, and
//! at a second address by a header. From outside, a tenant that does not exist looks like a bad signature.
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

use axum::Router;
use axum::routing::post;
use examples::{CHECKOUT_COMPLETED, env_or, print_curls};
use tokio::net::TcpListener;
use webhook_core::provider::stripe::{self, Stripe};
use webhook_core::resolver::Resolved;
use webhook_core::scheme::SchemeVerifier;
use webhook_core::testing::{Sign, Signer};
use webhook_core::{
    Clock, ConfigError, Delivery, Endpoint, Key, Rejection, RejectionKind, SystemClock, resolver,
};
use webhook_tower::{Verified, WebhookLayer};

/// The header that names the tenant. Nobody signs it; but with another name in it, another key has to match.
const TENANT: &str = "x-tenant";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tenants = Arc::new(Tenants::demo()?);
    let by_path = {
        let tenants = Arc::clone(&tenants);
        Endpoint::new(resolver::from_fn(move |head| {
            let tenant = head
                .path()
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            Arc::clone(&tenants).verifier(tenant)
        }))
    };
    let by_header = {
        let tenants = Arc::clone(&tenants);
        Endpoint::new(resolver::from_fn(move |head| {
            let tenant = head
                .header_str(TENANT)
                .map(|name| name.unwrap_or_default().to_owned());
            let tenants = Arc::clone(&tenants);
            async move { tenants.verifier(tenant?).await }
        }))
    };
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

/// The name of the account whose key has matched: proven, which what a path or a header says is not.
async fn received(Verified(delivery): Verified<Delivery>) -> String {
    let tenant = delivery.variant().unwrap_or("?");
    println!("{tenant}: {}", delivery.kind().unwrap_or("?"));
    format!("thank you, {tenant}\n")
}

/// Stands for a database.
struct Tenants {
    /// By the name in lower case.
    accounts: HashMap<&'static str, Account>,
    nobody: Arc<SchemeVerifier>,
}

#[derive(Clone, Copy)]
struct Account {
    name: &'static str,
    secret: &'static str,
}

impl Tenants {
    fn demo() -> Result<Self, ConfigError> {
        Ok(Self {
            accounts: [("acme", "whsec_of_acme"), ("initech", "whsec_of_initech")]
                .map(|(name, secret)| (name, Account { name, secret }))
                .into(),
            nobody: Arc::new(SchemeVerifier::decoy(stripe::SCHEME)?),
        })
    }

    async fn account(&self, tenant: &str) -> Option<Account> {
        tokio::task::yield_now().await; // a real one makes us wait
        self.accounts.get(tenant.to_lowercase().as_str()).copied()
    }

    /// A server with many requests keeps the verifiers, say for a minute: they are cheap to clone.
    /// The account is called by the name that was found: the path and the header may spell it in many ways, and events are
    /// remembered under it.
    async fn verifier(self: Arc<Self>, tenant: String) -> Result<Resolved<'static>, Rejection> {
        let Some(account) = self.account(&tenant).await else {
            let nobody = Arc::clone(&self.nobody);
            return Ok(Resolved::shared(nobody).variant("nobody"));
        };
        let key = Key::new(account.secret).map(|key| key.named(account.name));
        match key.and_then(Stripe::new) {
            Ok(stripe) => Ok(Resolved::shared(Arc::new(stripe)).variant(account.name)),
            Err(_) => Err(Rejection::new(
                RejectionKind::Misconfigured,
                "the secret of a tenant is unusable",
            )),
        }
    }
}

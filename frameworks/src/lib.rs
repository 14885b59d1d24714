//! What the examples of this package share. The examples are in `frameworks/examples`, one for each framework:
//!
//! | example | how the webhooks get in |
//! |---|---|
//! | `hyper` | the layer of `webhook-tower`, around a tower service; HTTP/1 and HTTP/2 on one port |
//! | `tonic` | the layer, on a route of axum, beside a gRPC service on the same port |
//! | `salvo` | the layer, around a tower service that salvo takes as a handler |
//! | `lambda` | the layer, around the handler of AWS Lambda |
//! | `poem` | `webhook_core::adapter`, around an endpoint of poem |
//! | `warp` | `webhook_core::adapter`, in a filter |
//! | `rocket` | `webhook_core::adapter`, in a route of its own type |
//!
//! Each example serves `/webhooks/stripe`, `/webhooks/github` and `/webhooks/braintree`, and handles each event once.

use std::env;
use std::fmt;
use std::sync::Arc;

use webhook_core::provider::braintree::Braintree;
use webhook_core::provider::github::GitHub;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{ConfigError, Delivery, Endpoint, Variants};
use webhook_store::MemoryStore;

/// The secrets that the senders gave you.
///
/// ```
/// let secrets = webhook_frameworks::Secrets::from_env();
/// let endpoint = webhook_frameworks::endpoint(&secrets)?;
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Secrets {
    /// `STRIPE_WEBHOOK_SECRET`
    pub stripe: String,
    /// `GITHUB_WEBHOOK_SECRET`
    pub github: String,
    /// `BRAINTREE_PUBLIC_KEY`
    pub braintree_public_key: String,
    /// `BRAINTREE_PRIVATE_KEY`
    pub braintree_private_key: String,
}

impl Secrets {
    /// From the environment. A variable that is not set has a value for demonstrations.
    ///
    /// ```
    /// let secrets = webhook_frameworks::Secrets::from_env();
    /// assert!(!secrets.stripe.is_empty());
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        let env_or = |name, demo: &str| env::var(name).unwrap_or_else(|_| demo.to_owned());
        Self {
            stripe: env_or("STRIPE_WEBHOOK_SECRET", "whsec_demo"),
            github: env_or("GITHUB_WEBHOOK_SECRET", "github_demo"),
            braintree_public_key: env_or("BRAINTREE_PUBLIC_KEY", "public_demo"),
            braintree_private_key: env_or("BRAINTREE_PRIVATE_KEY", "private_demo"),
        }
    }
}

/// Without the values.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// One endpoint for three senders. The last segment of the path says which sender it is: `/webhooks/stripe`.
///
/// # Errors
/// If a secret is empty, or cannot be one of this sender.
///
/// ```
/// let endpoint = webhook_frameworks::endpoint(&webhook_frameworks::Secrets::from_env())?;
/// assert!(format!("{endpoint:?}").contains("shop"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
pub fn endpoint(secrets: &Secrets) -> Result<Endpoint, ConfigError> {
    let stripe = Stripe::new(secrets.stripe.as_str())?;
    let github = GitHub::new(secrets.github.as_str())?;
    let braintree = Braintree::new(
        secrets.braintree_public_key.as_str(),
        secrets.braintree_private_key.as_str(),
    )?;
    let variants = Variants::new()
        .with("stripe", Endpoint::new(stripe))?
        .with("github", Endpoint::new(github))?
        .with("braintree", Endpoint::new(braintree))?;
    // Each event is handled once, as long as this process lives. `webhook-store` has stores that live longer.
    Ok(Endpoint::new(variants)
        .name("shop")
        .dedupe(MemoryStore::default()))
}

/// Stands for your program: it is told what has happened.
///
/// ```
/// use webhook_frameworks::Shop;
///
/// let shop = Shop::new(|delivery| println!("{:?}", delivery.kind()));
/// ```
#[derive(Clone)]
pub struct Shop(Arc<dyn Fn(&Delivery) + Send + Sync>);

impl Shop {
    /// A shop that does this for each event.
    ///
    /// ```
    /// let shop = webhook_frameworks::Shop::new(|delivery| println!("{:?}", delivery.provider()));
    /// ```
    pub fn new(on_event: impl Fn(&Delivery) + Send + Sync + 'static) -> Self {
        Self(Arc::new(on_event))
    }

    /// A shop that prints a line for each event.
    ///
    /// ```
    /// let shop = webhook_frameworks::Shop::that_prints();
    /// ```
    #[must_use]
    pub fn that_prints() -> Self {
        Self::new(|delivery| {
            let kind = delivery.kind().unwrap_or("(its kind is not signed)");
            println!("{} {kind}", delivery.provider());
        })
    }

    /// Handles an event that its sender has signed.
    ///
    /// ```
    /// use webhook_core::Delivery;
    /// use webhook_frameworks::Shop;
    ///
    /// fn received(delivery: &Delivery, shop: &Shop) {
    ///     shop.handle(delivery);
    /// }
    /// ```
    pub fn handle(&self, delivery: &Delivery) {
        (self.0)(delivery);
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shop")
    }
}

//! The routes of several accounts at one address.

use axum::Router;
use axum::routing::MethodRouter;
use webhook_core::Endpoint;

use crate::layer::WebhookLayer;

/// Routes for `PREFIX/{variant}` and `PREFIX/{variant}/`, guarded by a [`WebhookLayer`] of this endpoint.
///
/// Senders call the URL that they were given to the letter, and both spellings are in use: django-payments has
/// `/payments/process/{variant}/`. Whether the prefix ends with a slash makes no difference.
///
/// ```
/// use axum::Router;
/// use axum::http::StatusCode;
/// use axum::routing::post;
/// use webhook_core::provider::stripe::Stripe;
/// use webhook_core::{Delivery, Endpoint, Variants};
/// use webhook_tower::{Verified, mount};
///
/// async fn update(Verified(delivery): Verified<Delivery>) -> StatusCode {
///     println!("{:?} {:?}", delivery.variant(), delivery.kind());
///     StatusCode::OK
/// }
///
/// let variants = Variants::new()
///     .with("stripe-eu", Endpoint::new(Stripe::new("whsec_of_europe")?))?
///     .with("stripe-us", Endpoint::new(Stripe::new("whsec_of_america")?))?;
/// let payments = Endpoint::new(variants);
/// let app: Router = Router::new()
///     .merge(mount("/payments/process", payments, post(update)));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// The layer sees every method, so that handshakes by GET are answered although the handler is for POST alone.
///
/// Keep a clone of the endpoint, and wait for [`join_detached`](Endpoint::join_detached) before the server ends: work goes on for
/// clients that have hung up.
///
/// # Panics
/// If the prefix is not one that [`Router::route`] takes.
pub fn mount<S>(prefix: &str, endpoint: Endpoint, handler: MethodRouter<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let prefix = prefix.trim_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    let path = format!("{slash}{prefix}/{{variant}}");
    Router::new()
        .route(&path, handler.clone())
        .route(&format!("{path}/"), handler)
        .route_layer(WebhookLayer::new(endpoint))
}

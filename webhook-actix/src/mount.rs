//! The routes of several accounts at one address.

use actix_web::dev::HttpServiceFactory;
use actix_web::{Route, web};
use webhook_core::Endpoint;

use crate::middleware::Webhook;

/// A resource for `PREFIX/{variant}` and `PREFIX/{variant}/`, guarded by the [`Webhook`] middleware of this endpoint.
///
/// Senders call the URL that they were given to the letter, and both spellings are in use: django-payments has
/// `/payments/process/{variant}/`. Whether the prefix ends with a slash makes no difference.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, web};
/// use webhook_actix::{Verified, mount};
/// use webhook_core::provider::stripe::Stripe;
/// use webhook_core::{Delivery, Endpoint, Variants};
///
/// async fn update(Verified(delivery): Verified<Delivery>) -> impl Responder {
///     println!("{:?} {:?}", delivery.variant(), delivery.kind());
///     HttpResponse::Ok()
/// }
///
/// let variants = Variants::new()
///     .with("stripe-eu", Endpoint::new(Stripe::new("whsec_of_europe")?))?
///     .with("stripe-us", Endpoint::new(Stripe::new("whsec_of_america")?))?;
/// let payments = Endpoint::new(variants);
/// let app = App::new()
///     .service(mount("/payments/process", payments, web::post().to(update)));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// The middleware sees every method, so that handshakes by GET are answered although the handler is for POST alone.
///
/// Keep a clone of the endpoint, and wait for [`join_detached`](Endpoint::join_detached) before the server ends: work goes on for
/// clients that have hung up.
pub fn mount(prefix: &str, endpoint: Endpoint, handler: Route) -> impl HttpServiceFactory + use<> {
    let prefix = prefix.trim_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    let path = format!("{slash}{prefix}/{{variant}}");
    let both = [format!("{path}/"), path];
    web::resource(both)
        .wrap(Webhook::new(endpoint))
        .route(handler)
}

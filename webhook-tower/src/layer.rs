//! The layer: an endpoint, waiting for a service to guard.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use http_body_util::Full;
use tower_layer::Layer;
use webhook_core::Endpoint;

use crate::service::WebhookService;

/// Guards a service: only requests that their sender signed reach it.
///
/// `B` is the type of the body that the inner service takes; see [`body`](Self::body).
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use webhook_core::Endpoint;
/// use webhook_core::provider::github::GitHub;
/// use webhook_tower::WebhookLayer;
///
/// let endpoint = Endpoint::new(GitHub::new("a secret")?);
/// let app: Router = Router::new()
///     .route("/webhooks/github", post(|| async { "thank you" }))
///     .route_layer(WebhookLayer::new(endpoint));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[must_use = "a layer does nothing until it is put around a service"]
pub struct WebhookLayer<B = Full<Bytes>> {
    endpoint: Endpoint,
    inner_body: PhantomData<fn() -> B>,
}

impl WebhookLayer {
    /// Guards with this endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            inner_body: PhantomData,
        }
    }
}

impl<B> WebhookLayer<B> {
    /// For an inner service that takes another type of body than [`Full<Bytes>`](Full).
    ///
    /// ```
    /// # use webhook_core::{Endpoint, provider::github::GitHub};
    /// use webhook_tower::WebhookLayer;
    ///
    /// # let endpoint = Endpoint::new(GitHub::new("a secret")?);
    /// let layer = WebhookLayer::new(endpoint).body::<axum::body::Body>();
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    pub fn body<B2: From<Bytes>>(self) -> WebhookLayer<B2> {
        WebhookLayer {
            endpoint: self.endpoint,
            inner_body: PhantomData,
        }
    }
}

impl<S, B> Layer<S> for WebhookLayer<B> {
    type Service = WebhookService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, self.endpoint.clone())
    }
}

// By hand, as a derive would ask the same of the body type.
impl<B> Clone for WebhookLayer<B> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            inner_body: PhantomData,
        }
    }
}

impl<B> fmt::Debug for WebhookLayer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookLayer")
            .field("endpoint", &self.endpoint)
            .finish()
    }
}

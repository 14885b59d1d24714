//! The layer: an endpoint, waiting for a service to guard.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use http::{Response, request};
use http_body_util::Full;
use tower_layer::Layer;
use webhook_core::{Endpoint, IntoEndpoint, Rejection};

use crate::response::OnRejection;
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
    on_rejection: Option<Arc<OnRejection>>,
    inner_body: PhantomData<fn() -> B>,
}

/// A [`WebhookLayer`] around what takes axum's own body, as [`axum::middleware::from_fn`] does. Directly around a route, a plain
/// `WebhookLayer` does. Feature `axum`.
///
/// [`axum::middleware::from_fn`]: https://docs.rs/axum/0.8/axum/middleware/fn.from_fn.html
///
/// ```
/// use axum::Router;
/// use axum::extract::Request;
/// use axum::middleware::{Next, from_fn};
/// use axum::response::Response;
/// use axum::routing::post;
/// use tower::ServiceBuilder;
/// use webhook_core::Endpoint;
/// use webhook_core::provider::github::GitHub;
/// use webhook_tower::AxumLayer;
///
/// /// Sees genuine requests only.
/// async fn counted(request: Request, next: Next) -> Response {
///     println!("one more");
///     next.run(request).await
/// }
///
/// let endpoint = Endpoint::new(GitHub::new("a secret")?);
/// let layers = ServiceBuilder::new().layer(AxumLayer::from(endpoint)).layer(from_fn(counted));
/// let app: Router = Router::new()
///     .route("/webhooks/github", post(|| async { "thank you" }))
///     .route_layer(layers);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "axum")]
pub type AxumLayer = WebhookLayer<axum_core::body::Body>;

impl WebhookLayer {
    /// Guards with this endpoint; or with one that is made of a verifier or a resolver, and has the default limits.
    pub fn new(endpoint: impl IntoEndpoint) -> Self {
        Self {
            endpoint: endpoint.into_endpoint(),
            on_rejection: None,
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
            on_rejection: self.on_rejection,
            inner_body: PhantomData,
        }
    }

    /// Answers what is refused in the application's own words: the rejection and the head of the request go in, a response comes out, or
    /// nothing to answer as the library does. What is genuine never comes here, nor does a handshake. The rejection stays in the
    /// extensions of the response. If the function panics, the library answers.
    ///
    /// ```
    /// # use webhook_core::{Endpoint, provider::github::GitHub};
    /// use bytes::Bytes;
    /// use http::Response;
    /// use webhook_tower::WebhookLayer;
    ///
    /// # let endpoint = Endpoint::new(GitHub::new("a secret")?);
    /// let layer = WebhookLayer::new(endpoint).on_rejection(|rejection, _head| {
    ///     let body = format!(r#"{{"error":"{}"}}"#, rejection.code());
    ///     let response = Response::builder().status(rejection.status());
    ///     response.header("content-type", "application/json").body(Bytes::from(body)).ok()
    /// });
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// Some senders switch an endpoint off that answers many requests with 4xx, and forgeries are nobody's requests but the forger's. Keep
    /// the status of what is our own fault (5xx), with which a sender tries again: a refusal that is answered with 2xx is never sent
    /// again, and if the secret is wrong, every event is lost.
    pub fn on_rejection(
        self,
        answer: impl Fn(&Rejection, &request::Parts) -> Option<Response<Bytes>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            on_rejection: Some(Arc::new(answer)),
            ..self
        }
    }
}

/// Guards with this endpoint an inner service that takes a body of type `B`: another spelling of [`new`](WebhookLayer::new) and
/// [`body`](WebhookLayer::body).
impl<B: From<Bytes>> From<Endpoint> for WebhookLayer<B> {
    fn from(endpoint: Endpoint) -> Self {
        WebhookLayer::new(endpoint).body()
    }
}

impl<S, B> Layer<S> for WebhookLayer<B> {
    type Service = WebhookService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        WebhookService::new(inner, self.endpoint.clone(), self.on_rejection.clone())
    }
}

// By hand, as a derive would ask the same of the body type.
impl<B> Clone for WebhookLayer<B> {
    fn clone(&self) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            on_rejection: self.on_rejection.clone(),
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

//! Routes by kind, for axum.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use webhook_core::adapter::KindRoutes;
use webhook_core::{Answer, Delivery};

use crate::axum::not_proven;
use crate::response;

/// A handler that gives each event to the handler for its kind: see [`Kinds`].
///
/// ```
/// use axum::Router;
/// use axum::extract::State;
/// use axum::http::StatusCode;
/// use axum::routing::post;
/// use webhook_core::provider::stripe::{self, Stripe, kind};
/// use webhook_core::{Delivery, Endpoint};
/// use webhook_tower::{Verified, WebhookLayer, kinds};
///
/// #[derive(Clone)]
/// struct Shop;
///
/// async fn paid(State(_shop): State<Shop>, Verified(event): Verified<stripe::Event>) -> StatusCode {
///     println!("{}", event.id);
///     StatusCode::OK
/// }
///
/// async fn changed(Verified(delivery): Verified<Delivery>) -> StatusCode {
///     println!("{:?}", delivery.kind());
///     StatusCode::OK
/// }
///
/// let by_kind = kinds().on(kind::INVOICE_PAID, paid).on_prefix("customer.subscription.", changed);
/// let endpoint = Endpoint::new(Stripe::new("whsec_of_the_shop")?);
/// let app: Router = Router::new()
///     .route("/webhooks/stripe", post(by_kind))
///     .route_layer(WebhookLayer::new(endpoint))
///     .with_state(Shop);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[must_use]
pub fn kinds<S>() -> Kinds<S> {
    Kinds(KindRoutes::new())
}

/// A handler behind a [`WebhookLayer`](crate::WebhookLayer) that gives each event to the handler for its kind. Each of them is any handler
/// of axum, with every extractor.
///
/// An event without a route gets an empty 200, which becomes the acknowledgement that its sender demands. Feature `axum-router`.
pub struct Kinds<S>(KindRoutes<Arc<dyn Route<S>>>);

impl<S: Clone + Send + Sync + 'static> Kinds<S> {
    /// For this kind, if the sender has signed it.
    #[must_use]
    pub fn on<H: Handler<T, S>, T: 'static>(self, kind: impl Into<Box<str>>, handler: H) -> Self {
        Self(self.0.on(kind, route(handler)))
    }

    /// For all kinds that begin so, if the sender has signed them. The longest prefix counts, and a kind of its own before all.
    #[must_use]
    pub fn on_prefix<H: Handler<T, S>, T: 'static>(
        self,
        prefix: impl Into<Box<str>>,
        handler: H,
    ) -> Self {
        Self(self.0.on_prefix(prefix, route(handler)))
    }

    /// For this kind, whether the sender has signed it or not: GitHub's stands in a header that it does not sign.
    #[must_use]
    pub fn on_unverified<H: Handler<T, S>, T: 'static>(
        self,
        kind: impl Into<Box<str>>,
        handler: H,
    ) -> Self {
        Self(self.0.on_unverified(kind, route(handler)))
    }

    /// For all kinds that begin so, whether the sender has signed them or not.
    #[must_use]
    pub fn on_unverified_prefix<H: Handler<T, S>, T: 'static>(
        self,
        prefix: impl Into<Box<str>>,
        handler: H,
    ) -> Self {
        Self(self.0.on_unverified_prefix(prefix, route(handler)))
    }

    /// For everything else.
    #[must_use]
    pub fn otherwise<H: Handler<T, S>, T: 'static>(self, handler: H) -> Self {
        Self(self.0.otherwise(route(handler)))
    }
}

impl<S> Clone for Kinds<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> fmt::Debug for Kinds<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

trait Route<S>: Send + Sync {
    fn call(&self, request: Request, state: S) -> Answering;
}

struct Made<H, T>(H, PhantomData<fn() -> T>);

fn route<H: Handler<T, S>, T: 'static, S: 'static>(handler: H) -> Arc<dyn Route<S>> {
    Arc::new(Made(handler, PhantomData))
}

impl<H: Handler<T, S>, T, S> Route<S> for Made<H, T> {
    fn call(&self, request: Request, state: S) -> Answering {
        Box::pin(self.0.clone().call(request, state))
    }
}

/// Tells this handler from those that are functions.
#[derive(Debug)]
pub enum ByKind {}

impl<S: Clone + Send + Sync + 'static> Handler<ByKind, S> for Kinds<S> {
    type Future = Answering;

    fn call(self, request: Request, state: S) -> Answering {
        let found = match request.extensions().get::<Delivery>() {
            Some(delivery) => self.0.find(delivery).map_err(Answer::from),
            None => Err(not_proven(request.extensions())),
        };
        match found {
            Ok(Some(route)) => route.call(request, state),
            Ok(None) => Box::pin(async { StatusCode::OK.into_response() }),
            Err(answer) => {
                let answer = response::answer(&answer);
                Box::pin(async { answer.map(axum::body::Body::new) })
            }
        }
    }
}

//! The layer and its service.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::{BoxError, Router};
use bytes::Bytes;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::super::{Backend, Captures, PREFIX};
use super::app::App;

/// Records what passes: see [`layer`](super::layer()).
#[derive(Clone)]
pub struct InspectorLayer {
    app: Arc<App>,
    page: Router,
    url: String,
}

impl InspectorLayer {
    pub(super) fn new(app: Arc<App>, page: Router, url: String) -> Self {
        Self { app, page, url }
    }

    #[cfg(test)]
    pub(super) fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// The address of the page, with the token.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was received.
    #[must_use]
    pub fn captures(&self) -> &Captures {
        self.app.captures()
    }
}

impl<S> Layer<S> for InspectorLayer {
    type Service = Inspector<S>;

    fn layer(&self, inner: S) -> Inspector<S> {
        Inspector {
            app: Arc::clone(&self.app),
            page: self.page.clone(),
            inner,
        }
    }
}

/// A service that an [`InspectorLayer`] made.
#[derive(Clone)]
pub struct Inspector<S> {
    app: Arc<App>,
    page: Router,
    inner: S,
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S, B, R> Service<Request<B>> for Inspector<S>
where
    S: Service<Request<Body>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let request = request.map(Body::new);
        if request.uri().path().starts_with(PREFIX) {
            let answer = self.page.call(request);
            return Box::pin(async move {
                let answer: Result<_, Infallible> = answer.await;
                match answer {
                    Ok(answer) => Ok(answer),
                    Err(never) => match never {},
                }
            });
        }
        // The service that is ready is the one to call: a clone may not be.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let app = Arc::clone(&self.app);
        Box::pin(async move {
            let (request, watch) = app.record(request).await;
            let answer = inner.call(request).await?;
            Ok(watch.answered(answer.map(Body::new)))
        })
    }
}

impl fmt::Debug for InspectorLayer {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectorLayer").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Inspector<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector").finish_non_exhaustive()
    }
}

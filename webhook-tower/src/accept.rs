//! The core's handler that hands deliveries over, for axum.

use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use webhook_core::Accept;
use webhook_core::{Answer, Delivery};

use crate::axum::not_proven;
use crate::response;

/// Tells this handler from those that are functions.
#[derive(Debug)]
pub enum ByHandover {}

/// Behind a [`WebhookLayer`](crate::WebhookLayer). Feature `axum-router`.
impl<S: Send + Sync + 'static> Handler<ByHandover, S> for Accept {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, _: S) -> Self::Future {
        Box::pin(async move {
            let taken = match request.extensions().get::<Delivery>() {
                Some(delivery) => self.take(delivery.clone()).await.map_err(Answer::from),
                None => Err(not_proven(request.extensions())),
            };
            match taken {
                Ok(()) => StatusCode::OK.into_response(),
                Err(answer) => response::answer(&answer).map(axum::body::Body::new),
            }
        })
    }
}

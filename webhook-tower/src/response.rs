//! Answers of the library, and of handlers, as responses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::request;
use http::{HeaderName, HeaderValue, Response};
use http_body::Body;
use webhook_core::adapter::HandlerResponse;
use webhook_core::{Answer, DecodeError, Rejection, Reply};

use crate::body::ResponseBody;

/// What the library answers by itself. Why a request was refused is in the extensions, for the layers outside.
#[cfg(feature = "axum")]
pub(crate) fn answer(answer: &Answer) -> Response<http_body_util::Full<Bytes>> {
    marked(answer, written(answer)).map(http_body_util::Full::new)
}

fn written(answer: &Answer) -> Response<Bytes> {
    let mut response = Response::new(answer.body());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.header_map();
    response
}

fn marked(answer: &Answer, mut response: Response<Bytes>) -> Response<Bytes> {
    if let Some(rejection) = answer.rejection() {
        response.extensions_mut().insert(rejection.clone());
    }
    if let Some(error) = answer.decode_error() {
        response.extensions_mut().insert(error.clone());
    }
    response
}

/// How an application answers what is refused.
pub(crate) type OnRejection =
    dyn Fn(&Rejection, &request::Parts) -> Option<Response<Bytes>> + Send + Sync;

/// What the library answers by itself, unless the application answers a refusal in its own words.
pub(crate) fn shaped<B>(
    answer: &Answer,
    head: Option<&request::Parts>,
    on_rejection: Option<&Arc<OnRejection>>,
) -> Response<ResponseBody<B>> {
    let own = match (answer.rejection(), head, on_rejection) {
        // If it panics, the refusal stands as it is.
        (Some(rejection), Some(head), Some(shape)) => {
            catch_unwind(AssertUnwindSafe(|| shape(rejection, head)))
                .ok()
                .flatten()
        }
        _ => None,
    };
    let response = own.unwrap_or_else(|| written(answer));
    marked(answer, response).map(ResponseBody::own)
}

fn insert<B>(response: &mut Response<B>, name: &'static str, value: &'static str) {
    let value = HeaderValue::from_static(value);
    let name = HeaderName::from_static(name);
    response.headers_mut().insert(name, value);
}

/// The answer of the inner service, unless the library puts its own body in its place.
pub(crate) struct Handled<B>(pub(crate) Response<ResponseBody<B>>);

impl<B> Handled<B> {
    pub(crate) fn of<E>(answered: Result<Response<B>, E>) -> Result<Self, E> {
        answered.map(|response| Self(response.map(ResponseBody::inner)))
    }
}

impl<B: Body<Data = Bytes>> HandlerResponse for Handled<B> {
    fn is_success(&self) -> bool {
        self.0.status().is_success()
    }

    fn is_empty(&self) -> bool {
        let body = self.0.body();
        body.is_end_stream() || body.size_hint().exact() == Some(0)
    }

    fn status(&self) -> Option<u16> {
        Some(self.0.status().as_u16())
    }

    fn decode_error(&self) -> Option<&DecodeError> {
        self.0.extensions().get()
    }

    fn acknowledged_by(self, reply: &Reply) -> Self {
        let mut response = self.0;
        *response.status_mut() = reply.status();
        for (name, value) in reply.header_changes() {
            match value {
                Some(value) => insert(&mut response, name, value),
                None => drop(response.headers_mut().remove(name)),
            }
        }
        *response.body_mut() = ResponseBody::own(reply.body().clone());
        Self(response)
    }
}

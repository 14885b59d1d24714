//! Answers of the library, and of handlers, as responses.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use http_body::Body;
use http_body_util::{Either, Full};
use webhook_core::adapter::HandlerResponse;
use webhook_core::{Answer, Reply};

/// What the library answers by itself. Why a request was refused is in the extensions, for the layers outside.
pub(crate) fn answer(answer: &Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body()));
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.header_map();
    if let Some(rejection) = answer.rejection() {
        response.extensions_mut().insert(rejection.clone());
    }
    if let Some(error) = answer.decode_error() {
        response.extensions_mut().insert(error.clone());
    }
    response
}

fn insert<B>(response: &mut Response<B>, name: &'static str, value: &'static str) {
    let value = HeaderValue::from_static(value);
    let name = HeaderName::from_static(name);
    response.headers_mut().insert(name, value);
}

/// The answer of the inner service, unless the library puts its own body in its place.
pub(crate) struct Handled<B>(pub(crate) Response<Either<B, Full<Bytes>>>);

impl<B: Body> HandlerResponse for Handled<B> {
    fn is_success(&self) -> bool {
        self.0.status().is_success()
    }

    fn is_empty(&self) -> bool {
        match self.0.body() {
            Either::Left(body) => is_empty(body),
            Either::Right(body) => is_empty(body),
        }
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
        *response.body_mut() = Either::Right(Full::new(reply.body().clone()));
        Self(response)
    }
}

fn is_empty(body: &impl Body) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
}

//! Answers of the library as responses.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use webhook_core::{Rejection, Reply};

/// The answer to a refused request. Why it was refused is in the extensions, for the layers outside.
pub(crate) fn rejection(rejection: Rejection) -> Response<Full<Bytes>> {
    let problem = Bytes::from_static(rejection.problem().as_bytes());
    let mut response = new(rejection.status(), rejection.headers(), problem);
    response.extensions_mut().insert(rejection);
    response
}

/// The answer to a handshake.
pub(crate) fn reply(reply: &Reply) -> Response<Full<Bytes>> {
    new(reply.status(), reply.headers(), reply.body().clone())
}

/// The answer to a genuine request that the handler cannot read.
#[cfg(feature = "axum")]
pub(crate) fn undecodable(error: webhook_core::DecodeError) -> Response<Full<Bytes>> {
    let problem = Bytes::from_static(error.problem().as_bytes());
    let mut response = new(error.status(), error.headers(), problem);
    response.extensions_mut().insert(error);
    response
}

fn new(
    status: StatusCode,
    headers: &[(&'static str, &'static str)],
    body: Bytes,
) -> Response<Full<Bytes>> {
    let line = |&(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers.iter().map(line).collect::<HeaderMap>();
    response
}

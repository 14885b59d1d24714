//! Answers of the library as responses.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body::Body;
use http_body_util::Full;
use webhook_core::dedupe::DUPLICATE;
use webhook_core::{Rejection, Reply};

/// The answer to a refused request. Why it was refused is in the extensions, for the layers outside.
pub(crate) fn rejection(rejection: Rejection) -> Response<Full<Bytes>> {
    let problem = Bytes::from_static(rejection.problem().as_bytes());
    let mut response = new(rejection.status(), rejection.headers(), problem);
    response.extensions_mut().insert(rejection);
    response
}

/// The answer to an event that was done before.
pub(crate) fn duplicate(acknowledgement: &Reply) -> Response<Full<Bytes>> {
    let mut response = reply(acknowledgement);
    let (name, value) = DUPLICATE;
    let value = HeaderValue::from_static(value);
    response
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
    response
}

/// The answer to a handshake.
pub(crate) fn reply(reply: &Reply) -> Response<Full<Bytes>> {
    new(reply.status(), reply.headers(), reply.body().clone())
}

/// Whether the handler says yes and nothing else. A body whose length is not known may hold something.
pub(crate) fn is_empty_success<B: Body>(response: &Response<B>) -> bool {
    let body = response.body();
    response.status().is_success() && (body.is_end_stream() || body.size_hint().exact() == Some(0))
}

/// A handler's empty success in the words that the sender demands. Headers that do not describe the body stay.
pub(crate) fn acknowledgement<B>(reply: &Reply, success: Response<B>) -> Response<Full<Bytes>> {
    let (mut head, _) = success.into_parts();
    head.status = reply.status();
    for name in ABOUT_THE_BODY {
        head.headers.remove(name);
    }
    head.headers.extend(lines(reply.headers()));
    Response::from_parts(head, Full::new(reply.body().clone()))
}

/// The length is set by the server, which knows what goes over the wire.
const ABOUT_THE_BODY: [HeaderName; 4] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::TRANSFER_ENCODING,
];

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
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = lines(headers).collect();
    response
}

fn lines(
    headers: &[(&'static str, &'static str)],
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    headers.iter().map(|&(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    })
}

//! Bodies to begin with, for whoever writes one to send.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;

use super::asked::problem;
use crate::request::Request;
use crate::samples;

/// `GET samples?provider=…&kind=…`: the kinds of a provider, or the body of one of them.
pub(super) fn samples(provider: &str, kind: Option<&str>) -> Response {
    // A request that nobody signs is none that this page could send.
    let mut signed = samples::list(provider);
    signed.retain(|sample| sample.unsigned.is_none());
    let Some(kind) = kind else {
        let kinds: Vec<&str> = signed.iter().map(|sample| sample.kind).collect();
        return Json(json!({"kinds": kinds})).into_response();
    };
    match signed.into_iter().find(|sample| sample.kind == kind) {
        Some(sample) => Json(json!({"body": sample.body})).into_response(),
        None => problem(StatusCode::NOT_FOUND, "there is no sample of this kind"),
    }
}

/// What stands beside the body of such a sample: its headers.
pub(super) fn beside(provider: &str, kind: &str) -> Option<Request> {
    let sample = samples::find(provider, Some(kind)).ok()?;
    let headers = sample.headers.into_iter();
    let headers =
        headers.map(|(name, value)| (name.to_owned(), Bytes::from_static(value.as_bytes())));
    let headers: Vec<(String, Bytes)> = headers.collect();
    (!headers.is_empty()).then(|| Request {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers,
        ..Request::default()
    })
}

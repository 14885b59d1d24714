//! A capture as something else.

use axum::response::Response;

use super::router::problem;
use crate::capture::Capture;

/// `GET captures/ID/export?as=…`.
pub(super) fn export(_capture: &Capture, _form: &str) -> Response {
    problem(
        axum::http::StatusCode::NOT_IMPLEMENTED,
        "this is not written yet",
    )
}

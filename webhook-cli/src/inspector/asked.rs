//! What a request to the page asks for, read or refused in one form.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast;

use super::{Backend, Guard};
use crate::capture::Capture;

/// What every handler knows.
#[derive(Clone)]
pub(super) struct Interface {
    pub(super) backend: Arc<dyn Backend>,
    /// Tells that everything was forgotten.
    pub(super) cleared: broadcast::Sender<()>,
    pub(super) guard: Arc<Guard>,
}

/// An answer that says what is wrong.
pub(super) fn problem(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"error": text}))).into_response()
}

pub(super) fn json_of<T: serde::Serialize>(value: &T) -> Response {
    Json(value).into_response()
}

/// The name is long because a path of an application around this one may have an `id` too.
#[derive(Deserialize)]
struct Named {
    webhook_cli_capture: u64,
}

/// The capture that the path names.
pub(super) struct One(pub(super) Arc<Capture>);

impl FromRequestParts<Interface> for One {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        interface: &Interface,
    ) -> Result<Self, Response> {
        let path: Result<Path<Named>, PathRejection> =
            Path::from_request_parts(parts, interface).await;
        let Path(named) =
            path.map_err(|_| problem(StatusCode::BAD_REQUEST, "a capture is named by its number"))?;
        let capture = interface.backend.captures().get(named.webhook_cli_capture);
        capture.map(Self).ok_or_else(|| {
            problem(
                StatusCode::NOT_FOUND,
                "there is no such capture, or no longer",
            )
        })
    }
}

/// What the query asks for.
pub(super) struct Asked<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned> FromRequestParts<Interface> for Asked<T> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        interface: &Interface,
    ) -> Result<Self, Response> {
        let query: Result<Query<T>, QueryRejection> =
            Query::from_request_parts(parts, interface).await;
        match query {
            Ok(Query(wanted)) => Ok(Self(wanted)),
            Err(wrong) => Err(problem(StatusCode::BAD_REQUEST, &wrong.body_text())),
        }
    }
}

/// What the body says.
pub(super) struct Told<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned> FromRequest<Interface> for Told<T> {
    type Rejection = Response;

    async fn from_request(request: Request, interface: &Interface) -> Result<Self, Response> {
        let json: Result<Json<T>, JsonRejection> = Json::from_request(request, interface).await;
        match json {
            Ok(Json(told)) => Ok(Self(told)),
            Err(wrong) => Err(problem(wrong.status(), &wrong.body_text())),
        }
    }
}

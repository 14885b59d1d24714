//! The page and its interface over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET captures?after=N&search=TEXT` | a summary of each capture with a greater number, the oldest first |
//! | `GET captures/ID` | all of it, with secrets masked |
//! | `GET captures/ID/headers` | its headers, exact |
//! | `GET captures/ID/body` | the bytes of its body, as a download |
//! | `GET captures/ID/export?as=rust-test\|vector\|curl\|http` | the capture as something else |
//! | `GET events` | server-sent events: see [`events`](super::events) |
//! | `GET state` | what can be signed for, where requests are forwarded to, what is answered |
//! | `GET samples?provider=NAME&kind=KIND` | the kinds of a provider, or a body of one of them |
//! | `POST captures/ID/replay` | sends it again: see [`replay`](super::replay) |
//! | `POST send` | signs and sends a body |
//! | `PUT answer` | changes what is answered |
//! | `DELETE captures` | forgets all of them |

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast;

use super::asked::{Asked, Interface, One, Told, json_of, problem};
use super::replay::Replay;
use super::view::Summary;
use super::{Backend, Guard, PREFIX, events, export, page, replay, samples, search, view};

/// A body of 2 MiB fits, in base64.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// An answer may be delayed by at most a minute.
const MOST_DELAY_MILLIS: u64 = 60_000;

/// The page and its interface: everything under [`PREFIX`]. The rest of the port is free for webhooks.
///
/// Each request must have the address of its peer as its extension [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo).
pub fn router(backend: Arc<dyn Backend>, guard: Guard) -> Router {
    let interface = Interface {
        backend,
        cleared: broadcast::channel(4).0,
        guard: Arc::new(guard),
    };
    let at = |path: &str| format!("{PREFIX}{path}");
    Router::new()
        .route(PREFIX, get(page::page))
        .route(&at("captures"), get(list).delete(clear))
        .route(&at("captures/{webhook_cli_capture}"), get(show))
        .route(&at("captures/{webhook_cli_capture}/headers"), get(headers))
        .route(&at("captures/{webhook_cli_capture}/body"), get(body))
        .route(&at("captures/{webhook_cli_capture}/export"), get(export_as))
        .route(
            &at("captures/{webhook_cli_capture}/replay"),
            post(send_again),
        )
        .route(&at("events"), get(events::events))
        .route(&at("state"), get(state))
        .route(&at("samples"), get(sample))
        .route(&at("send"), post(send))
        .route(&at("answer"), put(set_answer))
        .fallback(async || problem(StatusCode::NOT_FOUND, "there is no such page"))
        .method_not_allowed_fallback(async || {
            problem(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here")
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(interface.clone(), protect))
        .with_state(interface)
}

/// Before everything else, and for every answer.
async fn protect(State(interface): State<Interface>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match interface.guard.check(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => problem(refusal.status(), refusal.text()),
    };
    page::make_strict(response.headers_mut());
    response
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    search: String,
}

async fn list(State(interface): State<Interface>, Asked(wanted): Asked<Wanted>) -> Response {
    let (oldest, newest) = interface.backend.captures().range();
    let captures = interface.backend.captures().after(wanted.after);
    // It takes a while with many, and webhooks are received beside it.
    let listed = tokio::task::spawn_blocking(move || {
        let found = search::find(captures, &wanted.search);
        let rows = found.iter().map(|capture| Summary::of(capture));
        let rows: Vec<Summary<'_>> = rows.collect();
        json_of(&Listed {
            captures: rows,
            oldest,
            newest,
        })
    });
    listed.await.unwrap_or_else(|_| {
        problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the search came to no end",
        )
    })
}

#[derive(serde::Serialize)]
struct Listed<'a> {
    captures: Vec<Summary<'a>>,
    oldest: Option<u64>,
    newest: u64,
}

async fn show(One(capture): One) -> Response {
    json_of(&view::whole(&capture))
}

async fn headers(One(capture): One) -> Response {
    json_of(&view::exact_headers(&capture.request.headers))
}

async fn body(One(capture): One) -> Response {
    let mut response = capture.request.body.clone().into_response();
    let headers = response.headers_mut();
    let name = format!("attachment; filename=\"capture-{}.bin\"", capture.id);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    if let Ok(name) = HeaderValue::try_from(name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

#[derive(Deserialize)]
struct Form {
    r#as: String,
}

async fn export_as(
    State(interface): State<Interface>,
    One(capture): One,
    Asked(form): Asked<Form>,
) -> Response {
    export::export(&capture, &form.r#as, &interface.backend.forwards_to())
}

#[derive(Deserialize)]
struct Kind {
    provider: String,
    kind: Option<String>,
}

async fn sample(Asked(wanted): Asked<Kind>) -> Response {
    samples::samples(&wanted.provider, wanted.kind.as_deref())
}

async fn state(State(interface): State<Interface>) -> Response {
    let backend = &interface.backend;
    let (status, delay_millis) = backend.answer();
    json_of(&json!({
        "providers": backend.providers(),
        "forwards": backend.forwards_to(),
        "answer": {"status": status, "delay_millis": delay_millis},
    }))
}

async fn send_again(
    State(interface): State<Interface>,
    One(capture): One,
    Told(wanted): Told<Replay>,
) -> Response {
    match replay::replay(&*interface.backend, &capture, wanted).await {
        Ok(ids) => json_of(&json!({"ids": ids})),
        Err(wrong) => problem(StatusCode::UNPROCESSABLE_ENTITY, &wrong),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    provider: String,
    body: String,
    /// The kind of the sample that it began as: some providers write it beside the body.
    kind: Option<String>,
}

async fn send(State(interface): State<Interface>, Told(new): Told<New>) -> Response {
    let backend = &interface.backend;
    let beside = new
        .kind
        .and_then(|kind| samples::beside(&new.provider, &kind));
    match backend.sign(&new.provider, new.body.as_bytes(), beside.as_ref()) {
        Ok(request) => {
            let id = backend.receive(request, None).await;
            json_of(&json!({"ids": [id]}))
        }
        Err(wrong) => problem(StatusCode::UNPROCESSABLE_ENTITY, &wrong),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAnswer {
    status: u16,
    delay_millis: u64,
}

async fn set_answer(State(interface): State<Interface>, Told(new): Told<NewAnswer>) -> Response {
    if !(200..600).contains(&new.status) || new.delay_millis > MOST_DELAY_MILLIS {
        return problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "`status` is from 200 to 599, and `delay_millis` at most 60000",
        );
    }
    interface.backend.set_answer(new.status, new.delay_millis);
    StatusCode::NO_CONTENT.into_response()
}

async fn clear(State(interface): State<Interface>) -> Response {
    interface.backend.captures().clear();
    // Nobody may be looking.
    drop(interface.cleared.send(()));
    StatusCode::NO_CONTENT.into_response()
}

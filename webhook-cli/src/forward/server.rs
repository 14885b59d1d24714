//! Takes requests from a socket.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures_util::StreamExt as _;
use http::{HeaderName, HeaderValue, Request as HttpRequest, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

use crate::capture::Answer;
use crate::forward::body;
use crate::forward::head;
use crate::forward::listener::Listener;
use crate::forward::recorder::{MOST_HEAD, Recorder, Tape};
use crate::inspector::PREFIX;

/// Connections at a time. More wait.
const MOST_CONNECTIONS: u32 = 128;

/// Longest time for a head, and between two requests.
const MOST_TIME_FOR_HEAD: Duration = Duration::from_secs(30);

/// How long requests in flight may take when the program ends.
const MOST_TIME_TO_END: Duration = Duration::from_secs(5);

/// How long to wait when no connection can be taken, as there are too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// Belongs to one connection, and not to the answer.
const OF_CONNECTION: [&str; 9] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Takes requests from a socket and gives them to a [`Listener`].
#[derive(Debug)]
pub struct Server {
    socket: TcpListener,
    listener: Listener,
    page: Option<Router>,
}

/// What every connection needs.
#[derive(Clone)]
struct Shared {
    listener: Listener,
    page: Option<Router>,
    peer: SocketAddr,
    end: watch::Receiver<bool>,
}

impl Server {
    /// Without a page.
    #[must_use]
    pub const fn new(socket: TcpListener, listener: Listener) -> Self {
        Self {
            socket,
            listener,
            page: None,
        }
    }

    /// The same with a page for everything that begins with [`PREFIX`].
    #[must_use]
    pub fn page(self, page: Router) -> Self {
        Self {
            page: Some(page),
            ..self
        }
    }

    /// Runs until that is done. Requests in flight have five seconds then.
    pub async fn run(self, until: impl Future<Output = ()>) {
        let connections = Arc::new(Semaphore::new(MOST_CONNECTIONS as usize));
        let (end, ends) = watch::channel(false);
        let accepting = async {
            loop {
                let permit = Arc::clone(&connections).acquire_owned().await;
                let Ok((stream, peer)) = self.socket.accept().await else {
                    sleep(PAUSE).await;
                    continue;
                };
                let shared = Shared {
                    listener: self.listener.clone(),
                    page: self.page.clone(),
                    peer,
                    end: ends.clone(),
                };
                tokio::spawn(async move {
                    serve(stream, shared).await;
                    drop(permit);
                });
            }
        };
        tokio::select! {
            // First, so that the end is heard before the first connection is taken.
            biased;
            () = until => {}
            () = accepting => {}
        }
        end.send_replace(true);
        let all = async {
            drop(connections.acquire_many(MOST_CONNECTIONS).await);
            self.listener.rest().await;
        };
        // What takes longer is cut.
        drop(timeout(MOST_TIME_TO_END, all).await);
    }
}

async fn serve(stream: TcpStream, shared: Shared) {
    // Only speed is lost without it.
    drop(stream.set_nodelay(true));
    let (recorder, tape) = Recorder::new(stream);
    let mut end = shared.end.clone();
    let service = service_fn(|request| respond(request, shared.clone(), tape.clone()));
    let connection = http1::Builder::new()
        .half_close(true)
        .max_buf_size(MOST_HEAD)
        .timer(TokioTimer::new())
        .header_read_timeout(MOST_TIME_FOR_HEAD)
        .serve_connection(TokioIo::new(recorder), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // What a client does wrong is answered by hyper, or it has gone.
        _ = connection.as_mut() => return,
        _ = end.wait_for(|end| *end) => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

async fn respond(
    request: HttpRequest<Incoming>,
    shared: Shared,
    tape: Tape,
) -> Result<Response<Body>, Infallible> {
    let recorded = tape.stop();
    if request.uri().path().starts_with(PREFIX)
        && let Some(page) = shared.page.clone()
    {
        tape.start();
        return Ok(show(page, request, shared).await);
    }
    let (parts, incoming) = request.into_parts();
    let mut arrived = head::request(&parts, &recorded);
    let (body, fault) = body::read(incoming).await;
    arrived.body = body;
    // What is read from now on belongs to the next request.
    tape.start();
    let answer = match fault {
        Some(fault) => shared.listener.take_broken(arrived, fault).await,
        None => shared.listener.take(arrived).await,
    };
    Ok(response(answer))
}

async fn show(
    mut page: Router,
    mut request: HttpRequest<Incoming>,
    shared: Shared,
) -> Response<Body> {
    request.extensions_mut().insert(ConnectInfo(shared.peer));
    let Ok(response) = page.call(request).await;
    let (parts, body) = response.into_parts();
    // A stream of news would never end.
    let body = match body.size_hint().exact() {
        Some(_) => body,
        None => Body::from_stream(body.into_data_stream().take_until(ended(shared.end))),
    };
    Response::from_parts(parts, body)
}

async fn ended(mut end: watch::Receiver<bool>) {
    drop(end.wait_for(|end| *end).await);
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    let status = answer
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    *response.status_mut() = status.unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        let is_of_connection = OF_CONNECTION
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own));
        let line = (
            HeaderName::try_from(name),
            HeaderValue::from_maybe_shared(value),
        );
        if let ((Ok(name), Ok(value)), false) = (line, is_of_connection) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

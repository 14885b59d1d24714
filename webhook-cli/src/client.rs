//! Sends requests.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Extensions, Method, Uri, request, response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::capture::Answer;
use crate::request::Request;

/// A server that is there answers a connection at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// From the look-up of the host to the last byte of the answer. Senders wait less.
const TIMEOUT: Duration = Duration::from_secs(30);

/// So much of an answer's body is kept.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// What belongs to one connection, and not to the request.
const OF_CONNECTION: [&str; 10] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
];

type Inner = HyperClient<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Sends requests over connections that it keeps open. Clones share them.
///
/// It follows no redirect, and heeds no proxy of the environment: what it sends arrives at the address and nowhere else.
#[derive(Clone)]
pub struct Client {
    /// Nothing if TLS cannot be set up.
    inner: Option<Inner>,
    timeout: Duration,
}

impl Client {
    /// A client.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inner: inner(),
            timeout: TIMEOUT,
        }
    }

    /// Sends a request to this address: method, headers and body as they are, without the headers that belong to a connection, and with
    /// the `host` of the address. Never fails: what went wrong stands in the answer.
    ///
    /// The path is that of the address. The query is that of the address, then that of the request.
    ///
    /// With the `extensions` of a request that hyper received with `preserve_header_case`, the names of the headers keep their case.
    pub async fn send(&self, to: &Url, request: &Request, extensions: Extensions) -> Answer {
        let started = Instant::now();
        let mut answer = Answer {
            from: Some(to.to_string()),
            ..Answer::default()
        };
        let exchange = self.exchange(to, request, extensions, &mut answer);
        let done = tokio::time::timeout(self.timeout, exchange).await;
        let in_time = || Err(format!("no answer in {} s", self.timeout.as_secs()));
        if let Err(error) = done.unwrap_or_else(|_| in_time()) {
            answer = Answer {
                from: answer.from,
                error: Some(error),
                ..Answer::default()
            };
        }
        answer.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        answer
    }

    async fn exchange(
        &self,
        to: &Url,
        request: &Request,
        extensions: Extensions,
        answer: &mut Answer,
    ) -> Result<(), String> {
        let client = self.inner.as_ref().ok_or("TLS cannot be set up")?;
        let request = outgoing(to, request, extensions)?;
        let response = client.request(request).await.map_err(|e| reason(&e))?;
        let (head, body) = response.into_parts();
        read_head(&head, answer);
        read_body(body, answer).await
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn inner() -> Option<Inner> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    // Not the default of the process: asking for it panics where there is none.
    let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots.collect::<RootCertStore>())
        .with_no_client_auth();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    http.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    let client = HyperClient::builder(TokioExecutor::new())
        .http1_preserve_header_case(true)
        .http1_title_case_headers(false)
        .build(connector);
    Some(client)
}

fn outgoing(
    to: &Url,
    request: &Request,
    extensions: Extensions,
) -> Result<http::Request<Full<Bytes>>, String> {
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| format!("the method {:?} cannot be sent", request.method))?;
    head.extensions = extensions;
    address(to, request, &mut head)?;
    headers(request, &mut head)?;
    Ok(http::Request::from_parts(
        head,
        Full::new(request.body.clone()),
    ))
}

/// Writes where the request goes, and its `host`.
fn address(to: &Url, request: &Request, head: &mut request::Parts) -> Result<(), String> {
    if !to.username().is_empty() || to.password().is_some() {
        return Err(
            "an address with a user name or a password: write it without, and add the header `authorization`"
                .to_owned(),
        );
    }
    let host = to.host_str().ok_or("the address has no host")?;
    let host = match to.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let uri = Uri::builder()
        .scheme(to.scheme())
        .authority(host.as_str())
        .path_and_query(path_and_query(to, &request.target))
        .build();
    head.uri =
        uri.map_err(|_| "the address or the query of the request is not a URL".to_owned())?;
    let host = HeaderValue::try_from(host);
    head.headers.insert(
        HOST,
        host.map_err(|_| "the host of the address is not a name")?,
    );
    Ok(())
}

/// The path of the address, and both queries.
#[must_use]
pub fn path_and_query(to: &Url, target: &str) -> String {
    let of_request = target.split_once('?').map(|(_, query)| query);
    let queries = [to.query(), of_request];
    let queries: Vec<&str> = queries
        .into_iter()
        .flatten()
        .filter(|query| !query.is_empty())
        .collect();
    match queries.is_empty() {
        true => to.path().to_owned(),
        false => format!("{}?{}", to.path(), queries.join("&")),
    }
}

/// Writes the headers that belong to the request, and the length of the body.
fn headers(request: &Request, head: &mut request::Parts) -> Result<(), String> {
    let named = named_by_connection(request);
    for (name, value) in &request.headers {
        let lower = name.to_ascii_lowercase();
        let is_upgrade = lower == "upgrade" || named.contains(&lower);
        if is_upgrade || OF_CONNECTION.contains(&lower.as_str()) {
            continue;
        }
        let sent = HeaderName::from_bytes(lower.as_bytes())
            .map_err(|_| format!("{name:?} is not the name of a header"))?;
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| format!("the header `{sent}` has a value that cannot be sent"))?;
        append(&mut head.headers, sent, value)?;
    }
    let asks = [Method::GET, Method::HEAD].contains(&head.method);
    if !asks || !request.body.is_empty() {
        let length = HeaderValue::from(request.body.len());
        append(&mut head.headers, CONTENT_LENGTH, length)?;
    }
    Ok(())
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) -> Result<(), String> {
    let appended = headers.try_append(name, value);
    appended.map_err(|_| "too many headers to be sent".to_owned())?;
    Ok(())
}

/// The headers that the header `connection` names, in lower case.
fn named_by_connection(request: &Request) -> Vec<String> {
    let lines = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(CONNECTION.as_str()));
    let texts = lines.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase());
    let names = texts.flat_map(|text| {
        let names = text.split(',').map(|name| name.trim().to_owned());
        names.collect::<Vec<String>>()
    });
    names.collect()
}

fn read_head(head: &response::Parts, answer: &mut Answer) {
    answer.status = Some(head.status.as_u16());
    answer.headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                Bytes::copy_from_slice(value.as_bytes()),
            )
        })
        .collect();
}

/// Reads the body up to the limit. What follows is not read, and the connection is closed.
async fn read_body(mut body: Incoming, answer: &mut Answer) -> Result<(), String> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| reason(&error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = BODY_LIMIT - read.len();
        read.extend_from_slice(data.get(..room).unwrap_or(&data));
        if data.len() > room {
            answer.cut = true;
            break;
        }
    }
    answer.body = read.freeze();
    Ok(())
}

/// The innermost cause: the outer ones only say that there is one.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    /// A server for one request: its address, and what it read.
    async fn server(answer: impl Into<Vec<u8>>) -> (Url, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = answer.into();
        let read = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            while !is_whole(&read) {
                stream.read_buf(&mut read).await.unwrap();
            }
            // Who has read enough closes the connection.
            drop(stream.write_all(&answer).await);
            String::from_utf8(read).unwrap()
        });
        let url = Url::parse(&format!("http://{address}/hook?key=1")).unwrap();
        (url, read)
    }

    fn is_whole(read: &[u8]) -> bool {
        let text = String::from_utf8_lossy(read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return false;
        };
        let head = head.to_ascii_lowercase();
        let length = head.split_once("content-length: ").map(|(_, rest)| rest);
        let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
        body.len() >= length.unwrap_or(0)
    }

    fn request(headers: &[(&str, &str)], body: &'static str) -> Request {
        let headers = headers.iter();
        Request {
            method: "POST".to_owned(),
            target: "/elsewhere?from=eu".to_owned(),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), Bytes::from((*value).to_owned())))
                .collect(),
            body: body.into(),
        }
    }

    #[tokio::test]
    async fn sends_what_it_was_given_and_leaves_out_what_belongs_to_a_connection() {
        let (url, read) = server("HTTP/1.1 204 No\r\nx-why: fine\r\n\r\n").await;
        let request = request(
            &[
                ("Host", "shop.example"),
                ("X-Second", "b"),
                ("x-first", "a  a"),
                ("x-second", "c"),
                ("Connection", "keep-alive, X-Mine"),
                ("x-mine", "1"),
                ("Upgrade", "websocket"),
                ("Keep-Alive", "9"),
                ("proxy-authorization", "secret"),
                ("te", "trailers"),
                ("trailer", "x"),
                ("Content-Length", "9999"),
                ("transfer-encoding", "chunked"),
            ],
            "{\"a\": 1}",
        );
        let answer = Client::new().send(&url, &request, Extensions::new()).await;
        assert_eq!((answer.status, answer.error), (Some(204), None));
        assert!(
            answer
                .headers
                .contains(&("x-why".to_owned(), "fine".into()))
        );
        let expected = format!(
            "POST /hook?key=1&from=eu HTTP/1.1\r\nhost: {}\r\nx-second: b\r\nx-second: c\r\nx-first: a  a\r\ncontent-length: 8\r\n\r\n{{\"a\": 1}}",
            url.authority()
        );
        assert_eq!(read.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn an_empty_body_has_a_length_too() {
        let (url, read) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let request = request(&[], "");
        Client::new().send(&url, &request, Extensions::new()).await;
        assert!(read.await.unwrap().contains("\r\ncontent-length: 0\r\n"));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let (url, _) =
            server("HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n").await;
        let request = request(&[], "");
        let answer = Client::new().send(&url, &request, Extensions::new()).await;
        assert_eq!(answer.status, Some(302));
    }

    #[tokio::test]
    async fn a_long_answer_is_cut() {
        for (length, is_cut) in [(BODY_LIMIT, false), (BODY_LIMIT + 1, true)] {
            let mut bytes =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
            bytes.resize(bytes.len() + length, b'a');
            let (url, _) = server(bytes).await;
            let request = request(&[], "");
            let answer = Client::new().send(&url, &request, Extensions::new()).await;
            assert_eq!((answer.body.len(), answer.cut), (BODY_LIMIT, is_cut));
        }
    }

    #[tokio::test]
    async fn says_why_there_is_no_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let url = Url::parse(&url).unwrap();
        let client = Client::new();
        let nothing = request(&[], "");
        let answer = client.send(&url, &nothing, Extensions::new()).await;
        let error = answer.error.unwrap();
        assert!(error.to_ascii_lowercase().contains("refused"), "{error}");

        let (url, _) = server("SSH-2.0\r\n\r\n").await;
        let answer = client.send(&url, &nothing, Extensions::new()).await;
        assert_eq!(answer.status, None);
        assert!(answer.error.is_some());
    }

    #[tokio::test]
    async fn silence_ends_after_the_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let client = Client {
            timeout: Duration::ZERO,
            ..Client::new()
        };
        let url = Url::parse(&url).unwrap();
        let nothing = request(&[], "");
        let answer = client.send(&url, &nothing, Extensions::new()).await;
        assert_eq!(answer.error.as_deref(), Some("no answer in 0 s"));
    }

    #[tokio::test]
    async fn what_is_not_http_is_not_sent() {
        let url = Url::parse("http://127.0.0.1:9/").unwrap();
        let secret = Url::parse("http://jane:doe@127.0.0.1:9/").unwrap();
        let many: Vec<(String, String)> = (0..40_000)
            .map(|number| (format!("x-{number}"), String::new()))
            .collect();
        let many: Vec<(&str, &str)> = many
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let method = Request {
            method: "P OST".to_owned(),
            ..request(&[], "")
        };
        let query = Request {
            target: "/?a b".to_owned(),
            ..request(&[], "")
        };
        for (to, request, why) in [
            (&url, request(&[("x-a", "b\r\nc: d")], ""), "`x-a`"),
            (&url, request(&[("x a", "b")], ""), "x a"),
            (&url, request(&many, ""), "too many"),
            (&url, method, "P OST"),
            (&url, query, "query"),
            (&secret, request(&[], ""), "authorization"),
        ] {
            let client = Client::new();
            let answer = client.send(to, &request, Extensions::new()).await;
            let error = answer.error.unwrap();
            assert!(error.contains(why), "{error}");
        }
    }
}

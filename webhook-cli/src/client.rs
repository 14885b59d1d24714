//! Sends requests.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{Extensions, Method, Uri, request, response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::capture::Answer;
use crate::exact::{Exact, carrier};
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

/// Longest head that is sent. Servers take less.
const HEAD_LIMIT: usize = 256 * 1024;

type Inner = HyperClient<Exact<HttpsConnector<HttpConnector>>, Full<Bytes>>;

/// Path and query of one request, to be sent exactly so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(pub String);

/// Sends requests over connections that it keeps open. Clones share them.
///
/// It follows no redirect, and heeds no proxy of the environment: what it sends arrives at the address and nowhere else.
/// It trusts the servers that web browsers trust, and those of the certificates in the file that `SSL_CERT_FILE` names: a server of
/// one's own.
#[derive(Clone)]
pub struct Client {
    /// Or why TLS cannot be set up.
    inner: Result<Inner, String>,
    timeout: Duration,
}

impl Client {
    /// A client.
    #[must_use]
    pub fn new() -> Self {
        let file = std::env::var_os(OWN_ROOTS).filter(|name| !name.is_empty());
        Self {
            inner: inner(file.map(PathBuf::from)),
            timeout: TIMEOUT,
        }
    }

    /// Sends a request to this address: method, headers and body as they are, without the headers that belong to a connection, and with
    /// the `host` of the address. Never fails: what went wrong stands in the answer.
    ///
    /// The path is that of the address. The query is that of the address, then that of the request. With a [`Target`] among the
    /// `extensions`, path and query are that.
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
        let client = self.inner.as_ref().map_err(String::clone)?;
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

/// The variable that names a file of certificates, as for other programs.
const OWN_ROOTS: &str = "SSL_CERT_FILE";

fn inner(own_roots: Option<PathBuf>) -> Result<Inner, String> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let mut roots: RootCertStore = roots.collect();
    if let Some(path) = own_roots {
        add(&mut roots, &path).map_err(|why| format!("{OWN_ROOTS}={}: {why}", path.display()))?;
    }
    // Not the default of the process: asking for it panics where there is none.
    let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
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
    let client = HyperClient::builder(TokioExecutor::new()).build(Exact(connector));
    Ok(client)
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| "it is not PEM")?;
    // Files of a system hold some that are not well formed.
    let (added, _) = roots.add_parsable_certificates(certificates);
    match added {
        0 => Err("there is no certificate in it".to_owned()),
        _ => Ok(()),
    }
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
    let host = address(to, request, &mut head)?;
    write_head(request, &host, &mut head)?;
    Ok(http::Request::from_parts(
        head,
        Full::new(request.body.clone()),
    ))
}

/// Writes where the request goes. Returns its `host`.
fn address(to: &Url, request: &Request, head: &mut request::Parts) -> Result<String, String> {
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
    let target = match head.extensions.remove::<Target>() {
        Some(Target(exact)) => exact,
        None => path_and_query(to, &request.target),
    };
    let uri = Uri::builder()
        .scheme(to.scheme())
        .authority(host.as_str())
        .path_and_query(target)
        .build();
    head.uri =
        uri.map_err(|_| "the address or the query of the request is not a URL".to_owned())?;
    Ok(host)
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

/// Writes the head: the headers that belong to the request in their order and case, and `host` and the length of the body at the places
/// of the old ones.
fn write_head(request: &Request, host: &str, head: &mut request::Parts) -> Result<(), String> {
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let asks = [Method::GET, Method::HEAD].contains(&head.method);
    let length = (!asks || !request.body.is_empty()).then_some(request.body.len());
    let mut own = [
        (HOST, Some(host.to_owned())),
        (CONTENT_LENGTH, length.map(|it| it.to_string())),
    ];
    let mut text = format!("{} {target} HTTP/1.1\r\n", head.method).into_bytes();
    if request.header(HOST.as_str()).is_none() {
        write_own(&mut text, &mut own, HOST.as_str());
    }
    let named = named_by_connection(request);
    for (name, value) in &request.headers {
        if write_own(&mut text, &mut own, name) {
            continue;
        }
        let lower = name.to_ascii_lowercase();
        let is_upgrade = lower == "upgrade" || named.contains(&lower);
        if is_upgrade || OF_CONNECTION.contains(&lower.as_str()) {
            continue;
        }
        // What is no header would be read as something else by the receiver.
        HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{name:?} is not the name of a header"))?;
        HeaderValue::from_bytes(value)
            .map_err(|_| format!("the header `{lower}` has a value that cannot be sent"))?;
        write_line(&mut text, name, value);
    }
    write_own(&mut text, &mut own, CONTENT_LENGTH.as_str());
    text.extend_from_slice(b"\r\n");
    if text.len() > HEAD_LIMIT {
        return Err("too many headers to be sent".to_owned());
    }
    let (name, value) = carrier(&text).ok_or("the head cannot be sent")?;
    head.headers.insert(name, value);
    if let Some(length) = length {
        head.headers
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(())
}

/// Writes a header of our own, if this is its name and it was not written before.
fn write_own(text: &mut Vec<u8>, own: &mut [(HeaderName, Option<String>); 2], name: &str) -> bool {
    let mut found = own.iter_mut();
    let found = found.find(|(own, _)| name.eq_ignore_ascii_case(own.as_str()));
    let Some((_, value)) = found else {
        return false;
    };
    if let Some(value) = value.take() {
        write_line(text, name, value.as_bytes());
    }
    true
}

fn write_line(text: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        text.extend_from_slice(part);
    }
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
    let text = inner.to_string();
    match text.contains("UnknownIssuer") {
        true => format!(
            "{text}: if the server is yours, name its authority's certificate by {OWN_ROOTS}"
        ),
        false => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;
    use webhook_testkit::https::{self, Authority};

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
            "POST /hook?key=1&from=eu HTTP/1.1\r\nHost: {}\r\nX-Second: b\r\nx-first: a  a\r\nx-second: c\r\nContent-Length: 8\r\n\r\n{{\"a\": 1}}",
            url.authority()
        );
        assert_eq!(read.await.unwrap(), expected);
    }

    #[tokio::test]
    async fn an_https_server_must_be_trusted() {
        let authority = Authority::new();
        let server = authority.serve(https::Answer::ok("{}")).await;
        let url = Url::parse(&server.url("/hook")).unwrap();
        let path =
            std::env::temp_dir().join(format!("webhook-cli-roots-{}.pem", std::process::id()));
        std::fs::write(&path, &authority.pem).unwrap();
        let trusting = Client {
            inner: inner(Some(path.clone())),
            timeout: TIMEOUT,
        };
        let request = request(&[("X-Test", "1")], "body");
        let answer = trusting.send(&url, &request, Extensions::new()).await;
        assert_eq!((answer.status, answer.error), (Some(200), None));
        let answer = Client::new().send(&url, &request, Extensions::new()).await;
        assert!(answer.error.unwrap().contains(OWN_ROOTS));
        std::fs::write(&path, "nothing").unwrap();
        assert!(inner(Some(path.clone())).is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(inner(Some(path)).is_err());
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

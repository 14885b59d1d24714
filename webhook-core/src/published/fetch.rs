//! Documents by HTTPS.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::source::{CertificateSource, FetchFuture, Unavailable};
use crate::outcome::ConfigError;

/// Senders answer in well under a second, and the request that needs the key is waiting.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A chain of certificates or a set of keys takes a tenth of this.
const BODY_LIMIT: usize = 64 * 1024;

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Gets documents by HTTPS, and by nothing else.
///
/// Follows no redirect, knows no cookies, heeds no proxy of the environment, and gives up after 5 seconds or 64 KiB.
/// 404 and 410 mean that there is no such document; every other status but 200 is a failure. Keeps
/// nothing: what asks it does.
///
/// It needs a tokio runtime whose timer and I/O are on, and panics without one, as all of tokio does.
///
/// ```
/// use std::time::Duration;
/// use webhook_core::published::HttpsFetcher;
///
/// let certificates = HttpsFetcher::new()?.timeout(Duration::from_secs(2));
/// # Ok::<_, webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct HttpsFetcher {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
    body_limit: usize,
}

impl HttpsFetcher {
    /// Trusts the servers that web browsers trust: the roots of Mozilla, as they were when this was built.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new() -> Result<Self, ConfigError> {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        Self::trusting(roots.collect())
    }

    /// Trusts these roots and no others: certificates in PEM, one after the other.
    ///
    /// # Errors
    /// If there is none, or one cannot be read.
    pub fn with_roots_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        const BAD: ConfigError = ConfigError::fixed("the roots are not certificates in PEM");
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let added = roots.add(certificate.map_err(|_| BAD)?);
            added.map_err(|_| BAD)?;
        }
        if roots.is_empty() {
            return Err(BAD);
        }
        Self::trusting(roots)
    }

    /// Gives up after this time, counted from the look-up of the host's name to the last byte.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Refuses documents that are longer than this, as soon as they are.
    #[must_use]
    pub fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Sends this request. Whoever asks judges the status.
    pub(crate) async fn request(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), Unavailable> {
        let request = request(method, url, headers, body)?;
        self.exchange(request, |_| Ok(())).await
    }

    /// The document at this URL.
    pub(super) async fn get(&self, url: &str) -> Result<Bytes, Unavailable> {
        let request = request(Method::GET, url, &[], Bytes::new())?;
        let (_, document) = self.exchange(request, is_there).await?;
        Ok(document)
    }

    fn trusting(roots: RootCertStore) -> Result<Self, ConfigError> {
        // Not the default of the process: that is the application's, and asking for it panics where there is none.
        let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|_| ConfigError::fixed("TLS cannot be set up"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_http1()
            .build();
        // No connection is kept: documents are got rarely, and one may belong to a runtime that has ended.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self {
            client,
            timeout: TIMEOUT,
            body_limit: BODY_LIMIT,
        })
    }

    /// Asks, and reads the body if the status `allows` it.
    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        allows: fn(StatusCode) -> Result<(), Unavailable>,
    ) -> Result<(StatusCode, Bytes), Unavailable> {
        let exchange = async {
            let response = self.client.request(request).await.map_err(failed)?;
            let status = response.status();
            allows(status)?;
            let body = Limited::new(response.into_body(), self.body_limit);
            let body = body.collect().await.map_err(failed)?;
            Ok((status, body.to_bytes()))
        };
        let in_time = tokio::time::timeout(self.timeout, exchange).await;
        in_time.map_err(failed)?
    }
}

impl CertificateSource for HttpsFetcher {
    fn certificate(&self, url: &str) -> FetchFuture {
        let this = self.clone();
        let url = url.to_owned();
        FetchFuture::new(async move { this.get(&url).await })
    }
}

impl fmt::Debug for HttpsFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsFetcher")
            .field("timeout", &self.timeout)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}

/// The URL, if it is absolute and `https:`.
pub(super) fn https(url: &str) -> Option<Uri> {
    let url: Uri = url.parse().ok()?;
    (url.scheme() == Some(&Scheme::HTTPS)).then_some(url)
}

fn request(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Unavailable> {
    let url = https(url).ok_or_else(|| failed("not an https URL"))?;
    let request = Request::builder().method(method).uri(url);
    let request = request.header(header::USER_AGENT, USER_AGENT);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(Full::new(body)).map_err(failed)
}

fn is_there(status: StatusCode) -> Result<(), Unavailable> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(Unavailable::Unknown),
        other => Err(failed(other)),
    }
}

/// The operator of the receiver must be able to see why; whoever waits for the key has no use for it.
fn failed(error: impl fmt::Debug) -> Unavailable {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "webhook", ?error, "HTTPS request failed");
    #[cfg(not(feature = "tracing"))]
    let _ = error;
    Unavailable::Failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_testkit::https::{Answer, Authority, Server};

    #[test]
    fn gives_up_after_5_seconds_or_64_kib() {
        let shown = format!("{:?}", HttpsFetcher::new().unwrap());
        let wanted = "HttpsFetcher { timeout: 5s, body_limit: 65536, .. }";
        assert_eq!(shown, wanted);
    }

    #[tokio::test]
    async fn sends_the_method_the_headers_and_the_body() {
        let (server, fetcher) = serve(Answer::ok("{}")).await;
        let headers = [
            ("authorization", "Bearer token"),
            ("content-type", "text/x"),
        ];
        let answer = post(&fetcher, &server, &headers).await;
        assert_eq!(answer, Ok((StatusCode::OK, "{}".into())));
        let [request] = server.requests().try_into().unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /verify HTTP/1.1\r\n"));
        assert!(head.contains("\r\nauthorization: Bearer token\r\n"));
        assert!(head.contains("\r\ncontent-type: text/x\r\n"));
        assert_eq!(body, "body");
    }

    #[tokio::test]
    async fn hands_on_any_status_with_its_body() {
        for status in ["302 Found", "401 Unauthorized", "500 Oh"] {
            let (server, fetcher) = serve(Answer::status(status, "why")).await;
            let (given, body) = post(&fetcher, &server, &[]).await.unwrap();
            assert!(status.starts_with(given.as_str()));
            assert_eq!(body, "why");
        }
    }

    #[tokio::test]
    async fn the_limit_counts_for_every_answer() {
        let (server, fetcher) = serve(Answer::status("401 No", "four")).await;
        let answer = post(&fetcher.body_limit(3), &server, &[]).await;
        assert_eq!(answer, Err(Unavailable::Failed));
    }

    #[tokio::test]
    async fn a_header_that_cannot_be_sent_makes_no_connection() {
        let (server, fetcher) = serve(Answer::ok("")).await;
        let answer = post(&fetcher, &server, &[("authorization", "a\r\nb: c")]).await;
        assert_eq!(answer, Err(Unavailable::Failed));
        assert_eq!(server.connections(), 0);
    }

    async fn serve(answer: Answer) -> (Server, HttpsFetcher) {
        let authority = Authority::new();
        let server = authority.serve(answer).await;
        let fetcher = HttpsFetcher::with_roots_pem(authority.pem.as_bytes()).unwrap();
        (server, fetcher.timeout(Duration::from_secs(3600)))
    }

    async fn post(
        fetcher: &HttpsFetcher,
        server: &Server,
        headers: &[(&str, &str)],
    ) -> Result<(StatusCode, Bytes), Unavailable> {
        let url = server.url("/verify");
        fetcher
            .request(Method::POST, &url, headers, "body".into())
            .await
    }
}

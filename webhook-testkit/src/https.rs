//! A sender's HTTPS server on this machine, with a certificate of an authority that the test made.
use std::sync::Arc;
use std::sync::Mutex;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// An authority whose certificates nobody trusts but who is told to.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Serves `localhost`, on one task of the runtime that this is called in.
    pub async fn serve(&self, answer: Answer) -> Server {
        self.serve_as("localhost", answer).await
    }

    /// Serves with a certificate of this name.
    pub async fn serve_as(&self, name: &str, answer: Answer) -> Server {
        let tls = self.acceptor(name);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let server = Server {
            port,
            seen: seen.clone(),
        };
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                seen.lock().unwrap().connections += 1;
                tokio::spawn(converse(
                    connection,
                    tls.clone(),
                    answer.clone(),
                    seen.clone(),
                ));
            }
        });
        server
    }

    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }
}

/// What a server answers to every request.
#[derive(Clone)]
pub enum Answer {
    /// A response of this status line, these header lines and this body.
    Full(&'static str, String, Vec<u8>),
    /// 200, and a body that never ends.
    Endless,
    /// 200, the beginning of a body, and then nothing.
    Stuck,
    /// Nothing at all.
    Silence,
    /// 200, and the connection is closed in the middle of the body.
    Cut,
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::status("200 OK", body)
    }

    pub fn status(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self::Full(status, String::new(), body.into())
    }

    pub fn redirect(status: &'static str, to: &str) -> Self {
        Self::Full(status, format!("location: {to}\r\n"), Vec::new())
    }
}

pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// How many connections were made, whatever came of them.
    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Every request as it arrived.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

/// One request and its answer. Whatever fails was ended by the client.
async fn converse(
    connection: TcpStream,
    tls: TlsAcceptor,
    answer: Answer,
    seen: Arc<Mutex<Seen>>,
) -> std::io::Result<()> {
    let mut stream = tls.accept(connection).await?;
    let request = read(&mut stream).await?;
    seen.lock().unwrap().requests.push(request);
    match answer {
        Answer::Full(status, headers, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'-'; 1024]).await?;
            }
        }
        Answer::Stuck => {
            stream.write_all(HALF).await?;
            stream.flush().await?;
            std::future::pending().await
        }
        Answer::Silence => std::future::pending().await,
        Answer::Cut => stream.write_all(HALF).await?,
    }
    stream.shutdown().await
}

const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";

/// The head, and a body of the length that the head says.
async fn read(stream: &mut TlsStream<TcpStream>) -> std::io::Result<String> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        if stream.read_buf(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(request).unwrap())
}

fn is_whole(request: &[u8]) -> bool {
    let request = String::from_utf8_lossy(request);
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

//! A running `listen`, applications behind it, and senders in front of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Map, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use url::Url;
use webhook_cli::account::Account;
use webhook_cli::capture::Capture;
use webhook_cli::forward::{Kinds, Listener, Report, Route, Rules, Server, Talk};
use webhook_cli::inspector::{Backend as _, Captures};
use webhook_cli::terminal::Terminal;
use webhook_core::provider;
use webhook_core::testing::SignedRequest;
use webhook_core::{Settings, UnixTime};

pub(crate) const SECRET: &str = "whsec_4f1c2a9b7d3e8f60a5b4c3d2e1f09182";

pub(crate) fn stripe() -> Account {
    let settings = Map::from_iter([("secrets".to_owned(), json!(SECRET))]);
    Account::new("stripe", settings)
}

/// Rules that verify for Stripe and forward everything to these addresses.
pub(crate) fn rules(routes: &[(String, &str)]) -> Rules {
    let routes = routes.iter().map(|(to, kinds)| Route {
        to: Url::parse(to).unwrap(),
        kinds: Kinds::of(kinds),
    });
    Rules {
        accounts: vec![stripe()],
        routes: routes.collect(),
        events: Kinds::default(),
        only_genuine: false,
        answer: (200, 0),
        store: None,
        report: Report::new(Terminal::new(false), Talk::Failures),
    }
}

/// A `listen` that runs until it is stopped.
pub(crate) struct Running {
    pub(crate) at: SocketAddr,
    pub(crate) listener: Listener,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(rules: Rules) -> Self {
        Self::keep(rules, Captures::new(1000, 64 << 20)).await
    }

    pub(crate) async fn keep(rules: Rules, captures: Captures) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = socket.local_addr().unwrap();
        let listener = Listener::new(rules, captures);
        let server = Server::new(socket, listener.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(server.run(async {
            drop(stopped.await);
        }));
        Self {
            at,
            listener,
            stop,
            ended,
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }

    pub(crate) fn captures(&self) -> Vec<Arc<Capture>> {
        self.listener.captures().after(0)
    }

    /// Waits until something is true of what was kept.
    pub(crate) async fn until(&self, is_so: impl Fn(&[Arc<Capture>]) -> bool) -> Vec<Arc<Capture>> {
        let mut news = self.listener.captures().news();
        loop {
            let captures = self.captures();
            if is_so(&captures) {
                return captures;
            }
            drop(news.recv().await);
        }
    }
}

/// What a server without any HTTP library has read of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    /// The headers that are the request's own.
    pub(crate) fn own_headers(&self) -> Vec<(String, Vec<u8>)> {
        let theirs = ["host", "content-length", "transfer-encoding", "connection"];
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| !theirs.contains(&name.to_ascii_lowercase().as_str()));
        headers
    }

    pub(crate) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }
}

/// How an application answers.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// With these bytes.
    With(&'static str),
    /// With these bytes, when the test lets it.
    Later(&'static str),
    /// It closes the connection after these bytes.
    Breaking(&'static str),
}

pub(crate) const OK: Manner =
    Manner::With("HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-app: yes\r\n\r\nfine");

/// An application that records what it gets.
pub(crate) struct App {
    pub(crate) at: SocketAddr,
    pub(crate) got: mpsc::UnboundedReceiver<Raw>,
    pub(crate) go: Arc<tokio::sync::Notify>,
    connections: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl App {
    pub(crate) async fn start(manner: Manner) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), manner).await
    }

    pub(crate) async fn start_at(at: SocketAddr, manner: Manner) -> Self {
        let socket = bind(at).await;
        let at = socket.local_addr().unwrap();
        let (tell, got) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let go = Arc::new(tokio::sync::Notify::new());
        let (count, may_go) = (Arc::clone(&connections), Arc::clone(&go));
        let serving = tokio::spawn(async move {
            // Ends with this task, and so do its connections.
            let mut all = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                all.spawn(answer(stream, tell.clone(), manner, Arc::clone(&may_go)));
            }
        });
        Self {
            at,
            got,
            go,
            connections,
            serving,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) async fn next(&mut self) -> Raw {
        let got = tokio::time::timeout(Duration::from_secs(60), self.got.recv());
        got.await.expect("the application got nothing").unwrap()
    }

    pub(crate) async fn stop(self) -> SocketAddr {
        self.serving.abort();
        drop(self.serving.await);
        self.at
    }
}

/// A port that was used a moment ago may not be free at once.
async fn bind(at: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(at).await {
            Ok(socket) => return socket,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn answer(
    mut stream: TcpStream,
    tell: mpsc::UnboundedSender<Raw>,
    manner: Manner,
    go: Arc<tokio::sync::Notify>,
) {
    let mut rest = Vec::new();
    while let Some(raw) = read(&mut stream, &mut rest).await {
        drop(tell.send(raw));
        let bytes = match manner {
            Manner::With(bytes) | Manner::Breaking(bytes) => bytes,
            Manner::Later(bytes) => {
                go.notified().await;
                bytes
            }
        };
        drop(stream.write_all(bytes.as_bytes()).await);
        if matches!(manner, Manner::Breaking(_)) {
            return;
        }
    }
}

/// Reads a message that has its length in a header.
pub(crate) async fn read(stream: &mut TcpStream, rest: &mut Vec<u8>) -> Option<Raw> {
    let end = loop {
        if let Some(at) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(rest).await.ok()? == 0 {
            return None;
        }
    };
    let head: Vec<u8> = rest.drain(..end).collect();
    let mut lines = head[..end - 4]
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let line = String::from_utf8(lines.next()?.to_vec()).unwrap();
    let headers: Vec<(String, Vec<u8>)> = lines
        .map(|line| {
            let at = line.iter().position(|byte| *byte == b':').unwrap();
            let name = String::from_utf8(line[..at].to_vec()).unwrap();
            (name, line[at + 1..].trim_ascii().to_vec())
        })
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, value)| {
        std::str::from_utf8(value).unwrap().parse().unwrap()
    });
    while rest.len() < length {
        if stream.read_buf(rest).await.ok()? == 0 {
            return None;
        }
    }
    let body = rest.drain(..length).collect();
    Some(Raw {
        line,
        headers,
        body,
    })
}

/// Sends these bytes over a connection of its own, and reads the answer.
pub(crate) async fn send(at: SocketAddr, bytes: &[u8]) -> Raw {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    read(&mut stream, &mut Vec::new()).await.expect("no answer")
}

pub(crate) fn status(raw: &Raw) -> u16 {
    raw.line.split(' ').nth(1).unwrap().parse().unwrap()
}

pub(crate) fn header<'a>(raw: &'a Raw, name: &str) -> Option<&'a str> {
    let mut lines = raw.headers.iter();
    let (_, value) = lines.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(value).ok()
}

/// A signed request as it goes over the wire.
pub(crate) fn wire(signed: &SignedRequest) -> Vec<u8> {
    let mut bytes = format!(
        "{} {} HTTP/1.1\r\nhost: listen.example\r\n",
        signed.method, signed.target
    )
    .into_bytes();
    for (name, value) in &signed.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", signed.body.len()).as_bytes());
    bytes.extend_from_slice(&signed.body);
    bytes
}

/// An event of Stripe of this kind, signed now.
pub(crate) fn event(kind: &str) -> SignedRequest {
    let settings = Settings::new(json!({"secrets": SECRET})).unwrap();
    let signer = provider::signer("stripe", &settings).unwrap();
    let body = json!({"id": "evt_1", "object": "event", "type": kind, "created": 1}).to_string();
    let now = UnixTime::from(std::time::SystemTime::now());
    let mut signed = signer.sign(body.as_bytes(), now).unwrap();
    signed.target = "/hook".to_owned();
    signed
}

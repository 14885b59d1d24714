//! What lies between a store and its server: a forwarder of TCP that can be slow, silent or deaf.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Open,
    /// What is sent waits.
    Paused,
    /// Each piece of an answer comes so much later.
    Late(Duration),
    /// Connections are made and stay, and whatever is sent is lost. Those that have lost something are cut at its end.
    Hole,
}

pub(super) struct Proxy {
    pub(super) port: u16,
    line: watch::Sender<Line>,
}

impl Proxy {
    pub(super) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (line, now) = watch::channel(Line::Open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, server, now.clone()));
            }
        });
        Self { port, line }
    }

    pub(super) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn forward(client: TcpStream, server: u16, mut now: watch::Receiver<Line>) {
    let first = *now.borrow_and_update();
    if first == Line::Hole {
        let _ = now.wait_for(|line| *line != Line::Hole).await;
        return;
    }
    if now.wait_for(|line| *line != Line::Paused).await.is_err() {
        return;
    }
    let server = SocketAddr::from(([127, 0, 0, 1], server));
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Whichever ends takes the other one along.
    tokio::select! {
        () = pump(from_client, to_server, now.clone(), false) => {}
        () = pump(from_server, to_client, now, true) => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut now: watch::Receiver<Line>,
    answers: bool,
) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut piece).await else {
            return;
        };
        let Ok(line) = now
            .wait_for(|line| *line != Line::Paused)
            .await
            .map(|line| *line)
        else {
            return;
        };
        match line {
            Line::Hole => {
                let _ = now.wait_for(|line| *line != Line::Hole).await;
                return;
            }
            Line::Late(time) if answers => tokio::time::sleep(time).await,
            Line::Open | Line::Paused | Line::Late(_) => {}
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

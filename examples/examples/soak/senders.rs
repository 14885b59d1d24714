//! Who sends: as many as there are uploads at a time, each one upload after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::kind::Kind;
use crate::plan::Plan;
use crate::tally::Tally;
use crate::upload::Upload;

/// How long an answer may take once it is due: a server that hangs fails the run instead of hanging it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Senders {
    pub(crate) plan: Plan,
    address: SocketAddr,
    pub(crate) tally: Arc<Tally>,
}

impl Senders {
    pub(crate) fn new(address: SocketAddr, plan: Plan) -> Self {
        Self {
            plan,
            address,
            tally: Arc::default(),
        }
    }

    /// Until the time is up, and what has begun by then has ended.
    pub(crate) async fn send_all(&self) {
        let end = Instant::now() + self.plan.time;
        let mut sending = JoinSet::new();
        for sender in 0..self.plan.uploads {
            sending.spawn(self.clone().send(sender, end));
        }
        sending.join_all().await;
    }

    async fn send(self, sender: usize, end: Instant) {
        let mut round = 0;
        while Instant::now() < end {
            let kind = Kind::of(sender, round);
            // What is refused at once would otherwise come a thousand times as often as all else.
            let pace = sleep(self.plan.hold);
            self.upload(kind, format!("{sender}-{round}"), self.plan.body)
                .await;
            pace.await;
            round += 1;
        }
    }

    /// A short genuine upload, which is answered as long as the server answers at all.
    pub(crate) async fn check(&self, event: &str) {
        self.upload(Kind::Genuine, event.to_owned(), 0).await;
    }

    async fn upload(&self, kind: Kind, event: String, length: usize) {
        let answer = match Upload::new(kind, &event, length) {
            Ok(upload) => {
                let answer = upload.send(self.address, self.plan.hold, &self.tally);
                let answer = timeout(self.plan.body_timeout + PATIENCE, answer).await;
                answer.unwrap_or_else(|_| "the server hangs".to_owned())
            }
            Err(error) => error.to_string(),
        };
        self.tally.note(kind, event, answer);
    }
}

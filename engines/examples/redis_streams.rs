//! Deliveries in a stream of Redis.
//!
//! ```sh
//! cargo run -p engines --example redis_streams
//! ```
//!
//! - **The receiver dies.** One script sets the dedupe key and adds the entry: there are both, or none. The sender, who got no answer,
//!   repeats the event; a repeat adds nothing.
//! - **A worker dies.** Its entries stay in the list of the group. After [`LEASE`] another worker takes them. The event may be worked on twice.
//! - **The server dies.** With `appendfsync always`, what was answered is on the disk. With `everysec`, which is the default, a loss of power
//!   takes the last second with it; without `appendonly`, all since the last snapshot. A replica that takes over may lack the last
//!   entries: Redis answers before its replicas have them.
//!
//! All of it is in memory: entries are removed once they are worked on, and a dedupe key is about 210 bytes for as long as it is remembered.
//! Set `maxmemory-policy noeviction`: then a full server refuses, and the sender gets 503. In a cluster, a script needs all of its keys on
//! one node: the braces in their names see to that.

use std::process::ExitCode;

use engines::{Engine, Error, LEASE, Program, REMEMBERED, Verdict, Worker, stored_row};
use futures_util::future::try_join_all;
use redis::aio::{ConnectionManager, MultiplexedConnection};
use redis::streams::{StreamAutoClaimReply, StreamId, StreamPendingCountReply, StreamReadReply};
use redis::{AsyncCommands, Script, cmd, pipe};
use webhook_core::dedupe::{StoreError, StoreFuture};
use webhook_core::{Delivery, Handover};

const STREAM: &str = "{webhooks}:waiting";
const DEAD: &str = "{webhooks}:dead";
const GROUP: &str = "workers";

/// The key and the entry, or none of them.
const ADD_ONCE: &str = "
if redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[1]) then
    redis.call('XADD', KEYS[2], '*', 'row', ARGV[2])
end";

#[tokio::main]
#[allow(dead_code)]
async fn main() -> ExitCode {
    engines::main::<RedisStreams>("redis_streams").await
}

#[derive(Clone)]
pub(crate) struct RedisStreams {
    server: ConnectionManager,
    client: redis::Client,
}

/// Safe once the script has answered: see what is said of the disk above.
impl Handover for RedisStreams {
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let mut server = self.server.clone();
        StoreFuture::later(async move {
            let (key, row) = stored_row(&delivery).map_err(StoreError::new)?;
            let script = Script::new(ADD_ONCE);
            let mut adding = script.key(format!("{{webhooks}}:known:{key}"));
            adding.key(STREAM).arg(REMEMBERED.as_secs()).arg(row);
            let added = adding.invoke_async::<()>(&mut server).await;
            added.map_err(StoreError::new)
        })
    }
}

impl Engine for RedisStreams {
    const PROGRAM: Program = Program::Redis;
    const KEEPS_ENDS: bool = true;

    async fn open(url: &str) -> Result<Self, Error> {
        let client = redis::Client::open(url)?;
        let mut server = client.get_connection_manager().await?;
        let made: redis::RedisResult<()> = server.xgroup_create_mkstream(STREAM, GROUP, "0").await;
        match made {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            _ => Ok(Self { server, client }),
        }
    }

    async fn work(&self, worker: Worker) -> Result<(), Error> {
        // A connection of its own: whoever shared it would wait behind XREADGROUP.
        let mut reading = self.client.get_multiplexed_async_connection().await?;
        let name = format!("worker-{}", std::process::id());
        loop {
            for entry in left_behind(&mut reading, &name).await? {
                let attempt = attempts_of(&mut reading, &entry.id).await?;
                take(&reading, &worker, attempt, entry).await?;
            }
            let new: Option<StreamReadReply> = cmd("XREADGROUP")
                .arg(&["GROUP", GROUP, &name, "COUNT"])
                .arg(worker.at_a_time())
                .arg(&["BLOCK", "200", "STREAMS", STREAM, ">"])
                .query_async(&mut reading)
                .await?;
            let streams = new.into_iter().flat_map(|reply| reply.keys);
            let entries = streams.flat_map(|stream| stream.ids);
            try_join_all(entries.map(|entry| take(&reading, &worker, 1, entry))).await?;
        }
    }

    /// What is worked on, or dead, is removed from the stream.
    async fn waiting(&self) -> Result<u64, Error> {
        Ok(self.server.clone().xlen(STREAM).await?)
    }

    async fn dead(&self) -> Result<Vec<String>, Error> {
        let letters: redis::streams::StreamRangeReply =
            self.server.clone().xrange_all(DEAD).await?;
        let reasons = letters.ids.iter().map(|letter| letter.get("reason"));
        Ok(reasons.flatten().collect())
    }

    async fn smuggle(&self, row: String) -> Result<(), Error> {
        Ok(self
            .server
            .clone()
            .xadd(STREAM, "*", &[("row", row)])
            .await?)
    }
}

/// What failed stays in the list of the group: it comes again after [`LEASE`].
async fn take(
    server: &MultiplexedConnection,
    worker: &Worker,
    attempt: u32,
    entry: StreamId,
) -> Result<(), Error> {
    let row: Vec<u8> = entry.get("row").unwrap_or_default();
    let mut ending = pipe();
    ending.atomic();
    match worker.attempt_no(attempt, &row).await {
        Verdict::Again(_) => return Ok(()),
        Verdict::Done => {}
        Verdict::Dead(reason) => {
            let letter = [("row", row), ("reason", reason.into_bytes())];
            ending.xadd(DEAD, "*", &letter).ignore();
        }
    }
    ending.xack(STREAM, GROUP, &[&entry.id]).ignore();
    ending.xdel(STREAM, &[&entry.id]).ignore();
    Ok(ending.query_async(&mut server.clone()).await?)
}

/// Takes over what other workers have begun and not ended, and what has failed.
async fn left_behind(
    server: &mut MultiplexedConnection,
    name: &str,
) -> Result<Vec<StreamId>, Error> {
    let lease = LEASE.as_millis().to_string();
    let taken: StreamAutoClaimReply = cmd("XAUTOCLAIM")
        .arg(&[STREAM, GROUP, name, &lease, "0-0", "COUNT", "16"])
        .query_async(server)
        .await?;
    Ok(taken.claimed)
}

/// How often an entry was given to a worker, this time included. `XAUTOCLAIM` counts, and does not tell.
async fn attempts_of(server: &mut MultiplexedConnection, id: &str) -> Result<u32, Error> {
    let pending: StreamPendingCountReply = server.xpending_count(STREAM, GROUP, id, id, 1).await?;
    let times = pending.ids.first().map(|entry| entry.times_delivered);
    Ok(u32::try_from(times.unwrap_or(1))?)
}

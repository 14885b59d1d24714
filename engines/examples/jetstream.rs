//! Deliveries in a stream of NATS JetStream.
//!
//! ```sh
//! cargo run -p engines --example jetstream
//! ```
//!
//! - **The receiver dies.** Before the server has confirmed the message: the sender got no answer and repeats the event. After it: the sender
//!   repeats it too, and the server drops the repeat, since the message id is the dedupe key.
//! - **A worker dies.** The server waits for [`LEASE`], then gives the message to another worker. The event may be worked on twice.
//! - **The server dies.** What was confirmed is in its files, and so are the message ids. It confirms before they are flushed to the disk:
//!   if the machine loses power, the last messages are lost. Run three servers with `num_replicas: 3`, or set `sync_interval: always`.
//!   Which messages are done it writes a little later: what was done just before is worked on again.
//!
//! The stream keeps messages that are done until their time is over. A stream with the policy `WorkQueue` removes them, and their ids
//! with them: after a restart of the server, a repeat would be new.
//!
//! **The worker writes dead letters, and not the server.** With `max_deliver`, a message that was delivered so often is delivered no more, and
//! all that is told is an advisory: it has no reason in it, and nobody may hear it. Here the worker writes the row and the reason to
//! a second stream, which confirms it, before it ends the message. A message whose workers all die goes the same way: the next worker sees
//! that it has come too often, and does not begin.

use std::process::ExitCode;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, AckKind, Context, Message, stream};
use engines::{Engine, Error, LEASE, Program, REMEMBERED, Verdict, Worker, stored_row};
use futures_util::TryStreamExt;
use webhook_core::dedupe::{StoreError, StoreFuture};
use webhook_core::{Delivery, Handover};

const STREAM: &str = "webhooks";
const DEAD: &str = "webhooks_dead";

/// What has waited for longer is lost, worked on or not: far more than the longest outage.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const FOR_EVER: Duration = Duration::ZERO;

#[tokio::main]
#[allow(dead_code)]
async fn main() -> ExitCode {
    engines::main::<Jetstream>("jetstream").await
}

#[derive(Clone)]
pub(crate) struct Jetstream(Context);

/// Safe once the server has confirmed it. A repeat is confirmed too.
impl Handover for Jetstream {
    fn hand_over(&self, delivery: Delivery) -> StoreFuture<()> {
        let Self(server) = self.clone();
        StoreFuture::later(async move {
            let (key, row) = stored_row(&delivery).map_err(StoreError::new)?;
            put(&server, STREAM, Some(&key), row)
                .await
                .map_err(StoreError::new)
        })
    }
}

async fn put(server: &Context, subject: &str, id: Option<&str>, row: String) -> Result<(), Error> {
    let message = PublishMessage::build().payload(row.into());
    let message = match id {
        Some(id) => message.message_id(id),
        None => message,
    };
    let confirming = server.send_publish(subject.to_owned(), message).await?;
    confirming.await?;
    Ok(())
}

impl Engine for Jetstream {
    const PROGRAM: Program = Program::Nats;
    const KEEPS_ENDS: bool = false;

    async fn open(url: &str) -> Result<Self, Error> {
        let server = jetstream::new(async_nats::connect(url).await?);
        for (name, max_age) in [(STREAM, KEPT), (DEAD, FOR_EVER)] {
            let kept = stream::Config {
                name: name.to_owned(),
                duplicate_window: REMEMBERED,
                max_age,
                ..Default::default()
            };
            server.get_or_create_stream(kept).await?;
        }
        let consumer = pull::Config {
            durable_name: Some("workers".to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: LEASE,
            ..Default::default()
        };
        let stream = server.get_stream(STREAM).await?;
        stream.get_or_create_consumer("workers", consumer).await?;
        Ok(Self(server))
    }

    async fn work(&self, worker: Worker) -> Result<(), Error> {
        let consumer: PullConsumer = self.0.get_consumer_from_stream("workers", STREAM).await?;
        let at_a_time = worker.at_a_time();
        // No more than it works on: what only waits here would be kept from other workers.
        let messages = consumer.stream().max_messages_per_batch(at_a_time);
        let messages = messages.messages().await?.map_err(Error::from);
        messages
            .try_for_each_concurrent(at_a_time, |message| self.take(&worker, message))
            .await
    }

    async fn waiting(&self) -> Result<u64, Error> {
        let mut consumer: PullConsumer = self.0.get_consumer_from_stream("workers", STREAM).await?;
        let info = consumer.info().await?;
        Ok(info.num_pending + info.num_ack_pending as u64)
    }

    async fn dead(&self) -> Result<Vec<String>, Error> {
        let mut stream = self.0.get_stream(DEAD).await?;
        let last = stream.info().await?.state.last_sequence;
        let mut reasons = Vec::new();
        for number in 1..=last {
            let message = stream.get_raw_message(number).await?;
            let reason = message.headers.get("reason");
            reasons.extend(reason.map(|reason| reason.as_str().to_owned()));
        }
        Ok(reasons)
    }

    async fn smuggle(&self, row: String) -> Result<(), Error> {
        put(&self.0, STREAM, None, row).await
    }
}

impl Jetstream {
    async fn take(&self, worker: &Worker, message: Message) -> Result<(), Error> {
        let attempt = u32::try_from(message.info()?.delivered)?;
        match worker.attempt_no(attempt, &message.payload).await {
            Verdict::Done => message.double_ack().await,
            Verdict::Again(_) => {
                let wait = Duration::from_millis(200) * attempt;
                message.ack_with(AckKind::Nak(Some(wait))).await
            }
            Verdict::Dead(reason) => {
                let letter = PublishMessage::build()
                    .payload(message.payload.clone())
                    .message_id(message.info()?.stream_sequence.to_string())
                    .header("reason", reason.as_str());
                self.0.send_publish(DEAD, letter).await?.await?;
                message.double_ack_with(AckKind::Term).await
            }
        }
    }
}

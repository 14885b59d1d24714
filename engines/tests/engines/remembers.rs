//! What JetStream remembers of the messages that are done, which decides how the stream of the example is made.

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, RetentionPolicy};
use async_nats::jetstream::{self, Context};
use engines::{Program, REMEMBERED, Server};
use futures_util::StreamExt;

/// Whether the server takes this message for one that it has.
async fn is_known(server: &Context) -> bool {
    let message = PublishMessage::build().message_id("evt_1");
    let confirming = server.send_publish("s", message).await.unwrap();
    confirming.await.unwrap().duplicate
}

async fn work(server: &Context) {
    let consumer = pull::Config {
        durable_name: Some("workers".to_owned()),
        ..Default::default()
    };
    let stream = server.get_stream("s").await.unwrap();
    let consumer: PullConsumer = stream.create_consumer(consumer).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let message = messages.next().await.unwrap().unwrap();
    message.double_ack().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn jetstream_forgets_with_a_restart_what_a_work_queue_has_removed() {
    for (retention, is_remembered) in [
        (RetentionPolicy::Limits, true),
        (RetentionPolicy::WorkQueue, false),
    ] {
        let mut server = Server::start(Program::Nats).await.unwrap();
        let client = async_nats::connect(server.url()).await.unwrap();
        let jetstream = jetstream::new(client);
        let config = stream::Config {
            name: "s".to_owned(),
            retention,
            duplicate_window: REMEMBERED,
            ..Default::default()
        };
        jetstream.create_stream(config).await.unwrap();
        assert!(!is_known(&jetstream).await, "{retention:?}");
        work(&jetstream).await;
        assert!(is_known(&jetstream).await, "{retention:?}");

        server.kill().unwrap();
        server.start_again().await.unwrap();
        let jetstream = jetstream::new(async_nats::connect(server.url()).await.unwrap());
        // The server listens before it has read its streams.
        while jetstream.get_stream("s").await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(is_known(&jetstream).await, is_remembered, "{retention:?}");
    }
}

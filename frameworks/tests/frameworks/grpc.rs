//! gRPC on the port that takes webhooks.

use bytes::Bytes;
use hyper::Version;
use webhook_core::testing::SignedRequest;

use crate::cases::{Journal, endpoint};
use crate::client::{Framing, send};
use crate::servers::tonic;

/// `grpc.health.v1.HealthCheckRequest { service: "shop" }`, behind the five bytes that gRPC puts before a message.
const QUESTION: &[u8] = b"\x00\x00\x00\x00\x06\x0a\x04shop";

/// `HealthCheckResponse { status: SERVING }`.
const SERVING: &[u8] = b"\x00\x00\x00\x00\x02\x08\x01";

#[tokio::test]
async fn grpc_calls_pass_beside_the_webhooks() {
    let journal = Journal::default();
    let address = tonic(endpoint(), journal.shop()).await;
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    let question = SignedRequest {
        method: "POST".to_owned(),
        target: "/grpc.health.v1.Health/Check".to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        body: Bytes::from_static(QUESTION),
    };
    let answer = send(address, Version::HTTP_2, question, Framing::Whole).await;
    assert_eq!(answer.headers()["content-type"], "application/grpc");
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_ref()),
        (200, SERVING)
    );
}

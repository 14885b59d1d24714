//! A sender that no crate knows: a few lines describe how it signs, and everything else is as for Stripe. The tests at the
//! end show how such a description is tested.
//!
//! ```sh
//! cargo run --example custom-sender
//! cargo test --example custom-sender
//! ```
//!
//! The first prints a `curl` with a valid signature, ready to be pasted. `LISTEN` in the environment says where to listen.

use std::error::Error;

use axum::Router;
use axum::routing::post;
use examples::{env_or, print_curls};
use serde::Deserialize;
use tokio::net::TcpListener;
use webhook_core::scheme::{Algorithm, Encoding, Field, Part, Scheme, Signature, Timestamp};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, Endpoint, JsonEvent, SystemClock};
use webhook_tower::{Verified, WebhookLayer};

/// `Warehouse-Signature: v2=` and base64 HMAC-SHA512 of `POST`, a line feed, the time, a line feed, the body.
const WAREHOUSE: Scheme = Scheme::new("warehouse", Algorithm::HmacSha512)
    .signature(
        Signature::header("warehouse-signature")
            .prefix("v2=")
            .encoding(Encoding::Base64),
    )
    .timestamp(Timestamp::header("warehouse-time").tolerance(300))
    .signed_content(&[
        Part::Method,
        Part::Literal("\n"),
        Part::Timestamp,
        Part::Literal("\n"),
        Part::Body,
    ])
    .id(&[Field::Json("/delivery")])
    .kind(&[Field::Json("/event")]);

/// What our handler wants to know of an event.
#[derive(Debug, Deserialize, PartialEq)]
struct Shipped {
    order: u64,
    parcels: Vec<String>,
}

const SHIPPED: &str =
    r#"{"delivery":"d-1","event":"order.shipped","order":4711,"parcels":["00340434161094021501"]}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = Endpoint::new(WAREHOUSE.verifier("a shared secret")?);
    let app = Router::new()
        .route("/webhooks/warehouse", post(shipped))
        .route_layer(WebhookLayer::new(endpoint));

    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000")).await?;
    let signer = Signer::new(WAREHOUSE, "a shared secret")?.target("/webhooks/warehouse");
    let example = signer.sign(SHIPPED.as_bytes(), SystemClock.now())?;
    print_curls(listener.local_addr()?, &[example]);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn shipped(Verified(JsonEvent(event)): Verified<JsonEvent<Shipped>>) -> String {
    let parcels = event.parcels.join(", ");
    println!("order {} is on its way: {parcels}", event.order);
    "thank you\n".to_owned()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use webhook_core::testing::SignedRequest;
    use webhook_core::testing::receive;
    use webhook_core::{Answer, Delivery, UnixTime};

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

    fn signed(at: UnixTime) -> SignedRequest {
        let signer = Signer::new(WAREHOUSE, "a shared secret").unwrap();
        signer.sign(SHIPPED.as_bytes(), at).unwrap()
    }

    async fn verdict(request: SignedRequest) -> Result<Delivery, Answer> {
        let verifier = WAREHOUSE.verifier(["the next secret", "a shared secret"]);
        let endpoint = Endpoint::new(verifier.unwrap()).clock(|| NOW);
        receive(&endpoint, request).await
    }

    async fn refusal(request: SignedRequest) -> &'static str {
        verdict(request).await.unwrap_err().code()
    }

    #[tokio::test]
    async fn reads_what_the_sender_signed() {
        let delivery = verdict(signed(NOW)).await.unwrap();
        assert_eq!(delivery.id(), Some("d-1"));
        assert_eq!(delivery.kind(), Some("order.shipped"));
        assert_eq!(delivery.key().unwrap().index(), 1);
        let JsonEvent(event) = delivery.decode::<JsonEvent<Shipped>>().unwrap();
        assert_eq!(event.order, 4711);
    }

    /// Made by another program: `printf 'POST\n1785920400\n{}' | openssl dgst -sha512 -hmac 'a shared secret' -binary`,
    /// then `base64`. A signer and a verifier that share a mistake agree with each other.
    #[tokio::test]
    async fn accepts_a_signature_that_was_made_elsewhere() {
        let request = signed(NOW)
            .with_header("warehouse-signature", "v2=XKjtvdJffrKYjL3Mfn+AHMcxrKFktVwxuSQ3S1pBhxJqSTzl4o0bCE1r7QX/6wVUqgpuYHkXAcxeRY7D1hGwzQ==")
            .with_body(Bytes::from_static(b"{}"));
        assert!(verdict(request).await.is_ok());
    }

    #[tokio::test]
    async fn refuses_another_body_another_time_and_no_signature() {
        let request = signed(NOW);
        let changed = SHIPPED.replace("4711", "4712");
        assert_eq!(
            refusal(request.clone().with_body(changed)).await,
            "bad_signature"
        );
        let later = request.clone().with_header("warehouse-time", "1785920401");
        assert_eq!(refusal(later).await, "bad_signature");
        let unsigned = request.without_header("warehouse-signature");
        assert_eq!(refusal(unsigned).await, "missing_signature");
    }

    #[tokio::test]
    async fn refuses_what_was_signed_too_long_ago() {
        let long_ago = UnixTime::from_secs(NOW.as_secs() - 301);
        assert_eq!(refusal(signed(long_ago)).await, "stale");
    }
}

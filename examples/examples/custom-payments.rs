//! A payment sender that no crate knows: one constant says how it signs, one what its kinds mean, and the handler is that
//! of every other payment provider. The test at the end holds both.
//!
//! ```sh
//! cargo run --example custom-payments
//! cargo test --example custom-payments
//! ```
//!
//! The first prints a `curl` with a valid signature, ready to be pasted. `LISTEN` in the environment says where to listen.

use std::error::Error;

use axum::Router;
use axum::routing::post;
use examples::{env_or, print_curls};
use tokio::net::TcpListener;
use webhook_core::payment::PaymentStatus::{Failed, Paid, PartiallyRefunded, Refunded};
use webhook_core::payment::{Meaning, PaymentUpdates, Places, Rule, Unit, When};
use webhook_core::scheme::{Algorithm, Field, Part, Scheme, Signature, Timestamp, Whose};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, Endpoint, SystemClock, TimeUnit};
use webhook_tower::{Verified, WebhookLayer};

/// `Acme-Signature`: hex HMAC-SHA256 of the time, a dot and the body.
const ACME: Scheme = Scheme::new("acme", Algorithm::HmacSha256)
    .signature(Signature::header("acme-signature"))
    .timestamp(Timestamp::header("acme-time").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .meaning(&MEANING);

/// Whose account it is, and whether it is a test.
const WHOSE: Whose = Whose::new()
    .account(&[Field::Json("/merchant")])
    .live(Field::Json("/mode"), &["live"])
    .test(Field::Json("/mode"), &["sandbox"]);

/// What its kinds mean. The first rule that holds counts.
const MEANING: Meaning = Meaning::new(
    PAYMENT,
    &[
        Rule::new(&["payment.paid"], Paid),
        Rule::new(&["payment.declined", "payment.error"], Failed),
        Rule::new(&["refund.*"], Refunded)
            .when(&[When::Same("/refund/amount", "/payment/amount")])
            .places(&REFUND),
        Rule::new(&["refund.*"], PartiallyRefunded).places(&REFUND),
    ],
);

const PAYMENT: Places = Places::new(Unit::Minor)
    .amount(&["/payment/amount"])
    .currency(&["/payment/currency"])
    .reference(&["/payment/order"])
    .transaction(&["/payment/id"])
    .time(TimeUnit::Rfc3339, &["/at"]);

const REFUND: Places = PAYMENT.amount(&["/refund/amount"]);

// A mistake in either is an error of the compiler.
const _: () = assert!(ACME.check().is_ok() && MEANING.check().is_ok());

const PAID: &str = r#"{"id":"ev-1","type":"payment.paid","merchant":"m-7","mode":"live","at":"2026-08-05T09:00:00Z",
    "payment":{"id":"p-1","order":"order-4711","amount":10990,"currency":"EUR"}}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = Endpoint::new(ACME.verifier("a shared secret")?);
    let app = Router::new()
        .route("/webhooks/acme", post(payments))
        .route_layer(WebhookLayer::new(endpoint));

    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000")).await?;
    let signer = Signer::new(ACME, "a shared secret")?.target("/webhooks/acme");
    let example = signer.sign(PAID.as_bytes(), SystemClock.now())?;
    print_curls(listener.local_addr()?, &[example]);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn payments(Verified(updates): Verified<PaymentUpdates>) {
    for update in updates {
        println!("{:?} is {}", update.reference, update.status);
    }
}

#[cfg(test)]
mod tests {
    use webhook_core::UnixTime;
    use webhook_core::testing::receive;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

    /// Status, amount, reference, account and mode of what a body is read as.
    async fn line(body: &str) -> String {
        let signer = Signer::new(ACME, "a shared secret").unwrap();
        let signed = signer.sign(body.as_bytes(), NOW).unwrap();
        let endpoint = Endpoint::new(ACME.verifier("a shared secret").unwrap()).clock(|| NOW);
        let delivery = receive(&endpoint, signed).await.unwrap();
        let updates: PaymentUpdates = delivery.decode().unwrap();
        let update = updates.first().unwrap();
        let amount = update.amount.unwrap().map(|amount| amount.to_string());
        let texts = [
            amount.as_deref(),
            update.reference.as_deref(),
            update.account.as_deref(),
        ];
        let texts = texts.map(|text| text.unwrap_or("-"));
        format!(
            "{} | {} | {}",
            update.status,
            texts.join(" | "),
            update.mode
        )
    }

    #[tokio::test]
    async fn an_own_sender_is_read_as_every_other() {
        let refund = |amount: u32| {
            let refund = format!(r#""refund":{{"amount":{amount}}},"payment""#);
            PAID.replace("payment.paid", "refund.done")
                .replace(r#""payment":"#, &format!("{refund}:"))
        };
        for (body, want) in [
            (
                PAID.to_owned(),
                "paid | 109.90 EUR | order-4711 | m-7 | live",
            ),
            (
                PAID.replace(".paid", ".error"),
                "failed | 109.90 EUR | order-4711 | m-7 | live",
            ),
            (
                refund(10990),
                "refunded | 109.90 EUR | order-4711 | m-7 | live",
            ),
            (
                refund(500),
                "partially_refunded | 5.00 EUR | order-4711 | m-7 | live",
            ),
            (
                PAID.replace("\"live\"", "\"sandbox\""),
                "test | 109.90 EUR | order-4711 | m-7 | test",
            ),
            (PAID.replace(".paid", ".seen"), "other | - | - | m-7 | live"),
        ] {
            assert_eq!(line(&body).await, want, "{body}");
        }
    }
}

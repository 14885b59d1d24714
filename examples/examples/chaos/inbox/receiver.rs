//! A process that only accepts.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_core::dedupe::StoreError;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{ConfigError, Delivery, Endpoint, Handover, accept};
use webhook_store::Order;
use webhook_tower::WebhookLayer;

use super::table::Table;
use crate::Fallible;
use crate::arguments::{Sabotage, Serve};
use crate::server::{LISTENING, PATH, SECRET, end_with_the_driver};

/// How long storing may take. Then the sender is told to come again.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);

pub(crate) fn endpoint() -> Result<Endpoint, ConfigError> {
    let endpoint = Endpoint::new(Stripe::new(SECRET)?);
    endpoint.name("chaos").storable()
}

pub(crate) async fn receive(serve: &Serve) -> Fallible<()> {
    end_with_the_driver();
    let table = Table::open(serve.engine, &serve.url).await?;
    let endpoint = endpoint()?;
    let mut inbox = table.inbox(endpoint.clone())?;
    if serve.sabotage != Sabotage::NoOrder {
        inbox = inbox.in_order_of(Order::object("/data/object/id"));
    }
    let accepting = match serve.sabotage {
        Sabotage::AnswerFirst => accept(move |delivery: Delivery| {
            tokio::spawn(inbox.hand_over(delivery));
            async { Ok::<(), StoreError>(()) }
        }),
        _ => inbox.accept(),
    };
    let app = Router::new()
        .route(PATH, post(accepting.deadline(DEADLINE)))
        .route_layer(WebhookLayer::new(endpoint));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{LISTENING}{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

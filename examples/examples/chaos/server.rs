//! The server: what is tested. Killed at any moment, so that it says at once what must be known of it.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_core::dedupe::ClaimState;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{Delivery, Endpoint};
use webhook_tower::{Verified, WebhookLayer};

use crate::Fallible;
use crate::arguments::{Sabotage, Serve};
use crate::database::Database;
use crate::random::Random;

pub(crate) const PATH: &str = "/webhooks/stripe";
pub(crate) const SECRET: &str = "whsec_chaos";

/// So short that a crash costs little time, so long that a handler that lives renews it.
pub(crate) const LEASE: Duration = Duration::from_millis(1500);
const DEADLINE: Duration = Duration::from_millis(500);

/// What the server says on its standard output: where it listens, followed by the address.
pub(crate) const LISTENING: &str = "listening on ";
/// And that a completion was refused, as the claim was somebody else's by then.
pub(crate) const STALE: &str = "stale completion refused";

struct App {
    database: Database,
    sabotage: Sabotage,
    random: Mutex<Random>,
}

pub(crate) async fn serve(serve: &Serve) -> Fallible<()> {
    end_with_the_driver();
    let database = Database::open(serve.engine, &serve.url).await?;
    let endpoint = Endpoint::new(Stripe::new(SECRET)?);
    let endpoint = match serve.sabotage {
        Sabotage::NoDedupe => endpoint,
        _ => endpoint
            .name("chaos")
            .dedupe(database.dedupe().lease(LEASE).store_timeout(DEADLINE)),
    };
    let app = App {
        database,
        sabotage: serve.sabotage,
        random: Mutex::new(Random::new(serve.seed)),
    };
    let app = Router::new()
        .route(PATH, post(received))
        .route_layer(WebhookLayer::new(endpoint))
        .with_state(Arc::new(app));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{LISTENING}{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// A driver that is killed cannot end its servers; what it holds of their standard input ends with it.
pub(crate) fn end_with_the_driver() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
}

async fn received(
    State(app): State<Arc<App>>,
    Verified(delivery): Verified<Delivery>,
) -> StatusCode {
    tokio::time::sleep(app.some_time()).await;
    match app.work(&delivery).await {
        Ok(ClaimState::Held | ClaimState::Done) => StatusCode::OK,
        Ok(ClaimState::Lost) => {
            println!("{STALE}");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl App {
    /// Mostly short, now and then so long that the lease is renewed, and seldom longer than the lease.
    fn some_time(&self) -> Duration {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        match random.within(0..100) {
            0..90 => random.millis(1..60),
            90..98 => random.millis(200..700),
            _ => random.millis(1000..2000),
        }
    }

    async fn work(&self, delivery: &Delivery) -> Fallible<ClaimState> {
        let event = delivery.id().ok_or("an event without an id")?;
        let Some(token) = delivery.claim() else {
            self.database.add_effect(event, 0).await?;
            return Ok(ClaimState::Held);
        };
        match self.sabotage {
            Sabotage::DoneFirst => {
                self.database.complete(token).await?;
                tokio::time::sleep(self.some_time()).await;
                self.database.add_effect(event, token.fence()).await?;
            }
            Sabotage::NoFence => {
                self.database.add_effect(event, token.fence()).await?;
                tokio::time::sleep(self.some_time()).await;
            }
            Sabotage::Nothing
            | Sabotage::NoDedupe
            | Sabotage::DoneApart
            | Sabotage::AnswerFirst
            | Sabotage::NoOrder => {
                return self.database.complete_with_effect(token, event).await;
            }
        }
        Ok(ClaimState::Held)
    }
}

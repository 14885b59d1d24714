//! What is acknowledged was handed over before, once, and can be verified again.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web;
use axum::Router;
use axum::routing::post;
use webhook_core::provider::stripe::Stripe;
use webhook_core::testing::FixedClock;
use webhook_core::{Accept, Delivery, Endpoint, StoredDelivery, accept};
use webhook_store::MemoryStore;
use webhook_testkit::message::Message;
use webhook_testkit::wire::Connection;

use crate::servers::{serve_actix, serve_axum};
use crate::{NOW, SECRET, signed};

type Start = fn(Endpoint, Accept) -> SocketAddr;

const BOTH: [(&str, Start); 2] = [("axum", axum), ("actix-web", actix)];

/// What was handed over, as it would stand in a queue; and the kinds for which the queue is down.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<&'static str>>>);

impl Queue {
    fn accept(&self) -> Accept {
        let queue = self.clone();
        let keep = move |delivery: Delivery| {
            let queue = queue.clone();
            async move { queue.keep(&delivery).await }
        };
        accept(keep).deadline(Duration::from_millis(50))
    }

    async fn keep(
        &self,
        delivery: &Delivery,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let kind = delivery.kind().unwrap_or_default();
        let is_down = self.1.lock().unwrap().contains(&kind);
        match kind {
            "a.fails" if is_down => Err("the disk is full".into()),
            "a.hangs" if is_down => match std::future::pending::<Infallible>().await {},
            _ => {
                let row = serde_json::to_string(&delivery.to_stored()?)?;
                self.0.lock().unwrap().push(row);
                Ok(())
            }
        }
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Stripe::new(SECRET).unwrap())
        .name("shop")
        .clock(FixedClock::at(NOW))
        .dedupe(MemoryStore::with_capacity(100))
        .storable()
        .unwrap()
}

fn axum(endpoint: Endpoint, accept: Accept) -> SocketAddr {
    let app: Router = Router::new()
        .route("/", post(accept))
        .route_layer(webhook_tower::WebhookLayer::new(endpoint));
    serve_axum(app)
}

fn actix(endpoint: Endpoint, accept: Accept) -> SocketAddr {
    let app = move |app: &mut web::ServiceConfig| {
        let guarded = web::resource("/").wrap(webhook_actix::Webhook::new(endpoint.clone()));
        app.service(guarded.route(web::post().to(accept.clone())));
    };
    serve_actix(app)
}

#[test]
fn what_is_acknowledged_is_safe_and_what_is_not_comes_again() {
    for (name, start) in BOTH {
        let (queue, endpoint) = (Queue::default(), endpoint());
        let address = start(endpoint.clone(), queue.accept());
        let [ok, fails, hangs] =
            ["a.ok", "a.fails", "a.hangs"].map(|kind| Message::new(signed(kind, kind)));
        let forged = ok.clone().body(b"{}");
        let down = ["a.fails", "a.hangs"];
        let up: [&str; 0] = [];
        // What is sent while which kinds cannot be kept; the answer; how many were kept until then.
        let rows = [
            (&ok, &down[..], 200, 1),
            (&ok, &down[..], 200, 1),
            (&forged, &down[..], 401, 1),
            (&fails, &down[..], 503, 1),
            (&hangs, &down[..], 503, 1),
            (&fails, &up[..], 200, 2),
            (&fails, &up[..], 200, 2),
            (&hangs, &up[..], 200, 3),
        ];
        for (at, (message, down, status, kept)) in rows.into_iter().enumerate() {
            *queue.1.lock().unwrap() = down.to_vec();
            let mut connection = Connection::open(address);
            connection.send(&message.bytes());
            let answer = connection.answer().unwrap();
            assert_eq!(answer.status, status, "{name}, row {at}");
            assert_eq!(queue.0.lock().unwrap().len(), kept, "{name}, row {at}");
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        for row in queue.0.lock().unwrap().iter() {
            let stored: StoredDelivery = serde_json::from_str(row).unwrap();
            let again = runtime.block_on(endpoint.reopen(&stored)).unwrap();
            assert_eq!(again.id(), stored.id(), "{name}");
        }
    }
}

/// Keeps nothing but the deadlines of what it is given.
#[derive(Clone, Default)]
struct Deadlines(Arc<Mutex<Vec<Duration>>>);

impl Deadlines {
    fn accept(&self, deadline: Option<Duration>) -> Accept {
        let set = move |accept: Accept| match deadline {
            Some(time) => accept.deadline(time),
            None => accept,
        };
        let twin = set(accept(|_: Delivery| async { Ok::<_, Infallible>(()) }));
        let seen = Arc::clone(&self.0);
        set(accept(move |delivery: Delivery| {
            seen.lock().unwrap().push(twin.deadline_of(&delivery));
            async { Ok::<_, Infallible>(()) }
        }))
    }
}

/// A sender; how long it waits, in seconds; what is set, and what counts, in milliseconds.
const PATIENCE: [(&str, Option<u32>, Option<u64>, u64); 8] = [
    ("slack", Some(3), None, 1_500),
    ("slack", Some(3), Some(2_500), 2_500),
    ("slack", Some(3), Some(60_000), 1_500),
    ("shopify", Some(5), None, 3_000),
    ("github", Some(10), None, 8_000),
    ("adyen", Some(10), None, 8_000),
    ("stripe", None, None, 2_000),
    ("stripe", None, Some(60_000), 60_000),
];

#[test]
fn a_deadline_follows_from_how_long_the_sender_waits() {
    let senders = webhook_testkit::senders();
    for (name, patience, set, wanted) in PATIENCE {
        let sender = senders.iter().find(|sender| sender.provider == name);
        let sender = sender.unwrap();
        let described = webhook_core::provider::describe(name).unwrap();
        assert_eq!(described.patience_secs, patience, "{name}");
        let request = sender
            .signer
            .sign(sender.body(webhook_testkit::BODY), webhook_testkit::NOW);
        let message = Message::new(request.unwrap());
        for (adapter, start) in BOTH {
            let deadlines = Deadlines::default();
            let accept = deadlines.accept(set.map(Duration::from_millis));
            let mut connection = Connection::open(start(sender.endpoint(), accept));
            connection.send(&message.bytes());
            let answer = connection.answer().unwrap();
            assert!((200..300).contains(&answer.status), "{adapter}, {name}");
            let seen = deadlines.0.lock().unwrap().clone();
            assert_eq!(seen, [Duration::from_millis(wanted)], "{adapter}, {name}");
        }
    }
}

//! The layer under axum.

use std::net::TcpListener;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::any;
use webhook_core::Delivery;
use webhook_tower::{Verified, WebhookLayer};

use crate::case::NUMBER;
use crate::servers::{Calls, Routes, TAKEN, attack};

#[test]
fn axum_withstands_every_attack() {
    attack(serve);
}

fn serve(listener: TcpListener, routes: Routes, calls: Calls) {
    listener.set_nonblocking(true).unwrap();
    let app = routes.into_iter().fold(Router::new(), |app, route| {
        let (path, endpoint) = route;
        let calls = calls.clone();
        let take = move |headers: HeaderMap, _: Verified<Delivery>| {
            calls.note(headers.get(NUMBER).map(|number| number.as_bytes()));
            async { TAKEN }
        };
        app.route(&path, any(take).layer(WebhookLayer::new(endpoint)))
    });
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}

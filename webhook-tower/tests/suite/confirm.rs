//! A notification that proves nothing, looked up by the extractor, without a layer.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::Request;
use tower::ServiceExt;
use webhook_core::provider::mollie;
use webhook_core::{Confirm, Confirmed, Endpoint, Lookup};
use webhook_tower::VerifiedBody;

use crate::support::text;

async fn asked(lookup: Lookup) -> Result<Option<&'static str>, Infallible> {
    Ok(match lookup.unverified_id().into_unverified() {
        "tr_1" => Some("paid"),
        _ => None,
    })
}

#[tokio::test]
async fn a_handler_without_a_layer_gets_what_the_interface_says() {
    async fn paid(VerifiedBody(payments): VerifiedBody<Confirmed<&'static str>>) -> String {
        payments.iter().copied().collect()
    }
    let endpoint = Endpoint::new(Confirm::new(mollie::CLASSIC, asked));
    let app = Router::new().route("/", post(paid)).with_state(endpoint);
    let send = async |body: &'static str| {
        let request = Request::post("/").body(Body::from(body)).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        (response.status().as_u16(), text(response).await)
    };
    assert_eq!(send("id=tr_1").await, (200, "paid".to_owned()));
    assert_eq!(send("id=tr_2").await.0, 404);
}

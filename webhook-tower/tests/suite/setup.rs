//! The request that hands over a secret is answered as its sender wants it, and reaches no handler.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;
use webhook_core::Endpoint;
use webhook_core::provider::asana::Asana;
use webhook_core::provider::notion::Notion;
use webhook_tower::WebhookLayer;

use crate::support::text;

const SECRET: &str = "92f7731a76da224abaf0f99bb99e1ba346dbb28dcbdd72f120dc72def315cb61";

/// What comes back: status, the header of Asana, body. Handlers answer 418.
async fn answer(endpoint: Endpoint, request: Request<Full<Bytes>>) -> (u16, String, String) {
    let handler = service_fn(|_: Request<Full<Bytes>>| {
        let teapot = Response::builder()
            .status(418)
            .body(Full::<Bytes>::default());
        std::future::ready(Ok::<_, Infallible>(teapot.unwrap()))
    });
    let service = WebhookLayer::new(endpoint).layer(handler);
    let response = service.oneshot(request).await.unwrap();
    let header = response.headers().get("x-hook-secret");
    let header = header
        .map_or("", |value| value.to_str().unwrap())
        .to_owned();
    (response.status().as_u16(), header, text(response).await)
}

fn of_asana() -> Request<Full<Bytes>> {
    let request = Request::post("/hooks/7").header("X-Hook-Secret", SECRET);
    request.body(Full::from("{}")).unwrap()
}

fn of_notion() -> Request<Full<Bytes>> {
    let body = format!(r#"{{"verification_token":"{SECRET}"}}"#);
    Request::post("/hooks/7").body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn the_sender_gets_its_answer_and_the_application_the_secret() {
    for (verifier, request, header) in [
        (Asana::set_up(), of_asana(), SECRET),
        (Notion::set_up(), of_notion(), ""),
    ] {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        let endpoint = Endpoint::new(verifier).on_setup_secret(move |handed| {
            let secret = handed.secret().expose().to_owned();
            kept.lock()
                .unwrap()
                .push((handed.path().to_owned(), secret));
        });
        let answered = answer(endpoint, request).await;
        assert_eq!(answered, (200, header.to_owned(), String::new()));
        let taken = taken.lock().unwrap();
        assert_eq!(*taken, [("/hooks/7".to_owned(), SECRET.to_owned())]);
    }
}

#[tokio::test]
async fn once_there_is_a_key_it_is_a_request_without_a_signature() {
    let endpoint = Endpoint::new(Asana::new("a secret for tests").unwrap());
    let (status, header, _) = answer(endpoint, of_asana()).await;
    assert_eq!((status, header.as_str()), (400, ""));
    let endpoint = Endpoint::new(Notion::new("a secret for tests").unwrap());
    let (status, header, _) = answer(endpoint, of_notion()).await;
    assert_eq!((status, header.as_str()), (400, ""));
}

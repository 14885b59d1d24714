//! The request that hands over a secret is answered as its sender wants it, and reaches no handler.

use std::sync::{Arc, Mutex};

use crate::common::*;
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use webhook_actix::{Verified, Webhook};
use webhook_core::provider::asana::Asana;
use webhook_core::provider::notion::Notion;
use webhook_core::testing::SignedRequest;
use webhook_core::{Delivery, Endpoint};

const SECRET: &str = "92f7731a76da224abaf0f99bb99e1ba346dbb28dcbdd72f120dc72def315cb61";

fn of_asana() -> SignedRequest {
    signed("{}".as_bytes().to_vec(), &[("X-Hook-Secret", SECRET)])
}

fn of_notion() -> SignedRequest {
    let body = format!(r#"{{"verification_token":"{SECRET}"}}"#);
    signed(body.into_bytes(), &[])
}

fn signed(body: Vec<u8>, headers: &[(&str, &str)]) -> SignedRequest {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    SignedRequest {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: headers.iter().map(text).collect(),
        body: Bytes::from(body),
    }
}

/// What comes back through the middleware, and through the extractor alone.
async fn answers(endpoint: Endpoint, sent: &SignedRequest) -> [Answer; 2] {
    let teapot = || std::future::ready(HttpResponse::ImATeapot());
    let resource = web::resource("/").wrap(Webhook::new(endpoint.clone()));
    let resource = resource.to(teapot);
    let configure = |config: &mut web::ServiceConfig| {
        config.service(resource);
    };
    let by_middleware = send(configure, request(sent)).await;
    let handler = |_: Verified<Delivery>| std::future::ready(HttpResponse::ImATeapot());
    let configure = |config: &mut web::ServiceConfig| {
        config
            .app_data(endpoint)
            .route("/", web::post().to(handler));
    };
    [by_middleware, send(configure, request(sent)).await]
}

#[actix_web::test]
async fn the_sender_gets_its_answer_and_the_application_the_secret() {
    for (verifier, sent, header) in [
        (Asana::set_up(), of_asana(), Some(SECRET)),
        (Notion::set_up(), of_notion(), None),
    ] {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        let endpoint = Endpoint::new(verifier).on_setup_secret(move |handed| {
            let secret = handed.secret().expose().to_owned();
            kept.lock()
                .unwrap()
                .push((handed.path().to_owned(), secret));
        });
        for answer in answers(endpoint, &sent).await {
            let sent_back = answer
                .headers
                .iter()
                .find(|(name, _)| name == "x-hook-secret");
            assert_eq!(sent_back.map(|(_, value)| value.as_str()), header);
            assert_eq!((answer.status, answer.body), (200, Bytes::new()));
        }
        let handed = ("/".to_owned(), SECRET.to_owned());
        assert_eq!(*taken.lock().unwrap(), [handed.clone(), handed]);
    }
}

#[actix_web::test]
async fn once_there_is_a_key_it_is_a_request_without_a_signature() {
    let asana = Endpoint::new(Asana::new("a secret for tests").unwrap());
    let notion = Endpoint::new(Notion::new("a secret for tests").unwrap());
    for (endpoint, sent) in [(asana, of_asana()), (notion, of_notion())] {
        for answer in answers(endpoint, &sent).await {
            assert_eq!(answer.status, 400);
            assert!(answer.headers.iter().all(|(_, value)| value != SECRET));
        }
    }
}

//! Endpoints on several levels around a handler: the innermost counts.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use webhook_actix::{Verified, Webhook};
use webhook_core::testing::receive;
use webhook_core::{Delivery, Endpoint, RejectionKind};
use webhook_store::MemoryStore;

use crate::common::*;

/// How an endpoint is put around a handler.
#[derive(Clone, Copy, Debug)]
enum Form {
    None,
    Plain,
    Shared,
    Middleware,
}

use Form::*;

async fn handler(
    request: HttpRequest,
    delivery: Verified<Delivery>,
    again: Verified<Delivery>,
) -> HttpResponse {
    count(&request);
    assert_eq!(delivery.endpoint(), again.endpoint());
    HttpResponse::Ok().body(delivery.endpoint().unwrap_or_default().to_owned())
}

/// What comes of a genuine request if these are on a scope and on the resource within it. Both take the request, by names
/// of their own.
async fn between(scope: Form, resource: Form) -> Answer {
    with(
        stripe().name("scope"),
        scope,
        stripe().name("resource"),
        resource,
    )
    .await
}

async fn with(outer: Endpoint, scope: Form, inner: Endpoint, resource: Form) -> Answer {
    let inside = move |config: &mut web::ServiceConfig| {
        let here = web::resource("/");
        match resource {
            None => config.service(here.to(handler)),
            Plain => config.service(here.app_data(inner).to(handler)),
            Shared => config.service(here.app_data(web::Data::new(inner)).to(handler)),
            Middleware => config.service(here.wrap(Webhook::new(inner)).to(handler)),
        };
    };
    let outside = move |config: &mut web::ServiceConfig| {
        let around = web::scope("").configure(inside);
        match scope {
            None => config.service(around),
            Plain => config.service(around.app_data(outer)),
            Shared => config.service(around.app_data(web::Data::new(outer))),
            Middleware => config.service(around.wrap(Webhook::new(outer))),
        };
    };
    send(outside, request(&signed(BODY))).await
}

#[actix_web::test]
async fn the_innermost_counts() {
    for (scope, resource, counts) in [
        (None, Plain, "resource"),
        (None, Shared, "resource"),
        (None, Middleware, "resource"),
        (Plain, None, "scope"),
        (Plain, Plain, "resource"),
        (Plain, Middleware, "resource"),
        (Shared, None, "scope"),
        (Shared, Shared, "resource"),
        (Shared, Middleware, "resource"),
        (Middleware, None, "scope"),
        (Middleware, Plain, "resource"),
        (Middleware, Shared, "resource"),
        (Middleware, Middleware, "resource"),
    ] {
        let answer = between(scope, resource).await;
        let case = format!("{scope:?}, {resource:?}");
        assert_eq!((answer.status, answer.calls), (200, 1), "{case}");
        assert_eq!(answer.body, counts, "{case}");
    }
}

#[actix_web::test]
async fn what_the_innermost_does_not_accept_is_refused() {
    for (scope, resource) in [
        (Plain, Plain),
        (Shared, Shared),
        (Plain, Middleware),
        (Middleware, Plain),
        (Middleware, Shared),
        (Middleware, Middleware),
    ] {
        let answer = with(stripe(), scope, other_stripe(), resource).await;
        answer.assert_refused(
            RejectionKind::BadSignature,
            &format!("{scope:?}, {resource:?}"),
        );
    }
}

#[actix_web::test]
async fn two_forms_of_which_nobody_knows_the_inner_one_are_refused() {
    for (scope, resource) in [(Plain, Shared), (Shared, Plain)] {
        let case = format!("{scope:?}, {resource:?}");
        let answer = between(scope, resource).await;
        answer.assert_refused(RejectionKind::Misconfigured, &case);
        // No matter if they are the same.
        let same = stripe().name("same");
        let answer = with(same.clone(), scope, same, resource).await;
        assert_eq!((answer.status, answer.calls), (200, 1), "{case}");
    }
}

#[actix_web::test]
async fn a_middleware_and_its_own_endpoint_verify_once() {
    let endpoint = stripe().name("shop").dedupe(MemoryStore::default());
    for form in [Plain, Shared] {
        // Twice, an extractor that dedupes would be refused.
        let answer = with(endpoint.clone(), Middleware, endpoint.clone(), form).await;
        assert_eq!(answer.status, 200, "{form:?}");
    }
}

#[actix_web::test]
async fn a_delivery_that_a_test_has_left_is_taken_without_a_verification() {
    let delivery = receive(&stripe().name("test"), signed(BODY)).await.unwrap();
    for form in [None, Plain, Shared] {
        let inside = move |config: &mut web::ServiceConfig| {
            let here = web::resource("/");
            match form {
                Plain => config.service(here.app_data(other_stripe()).to(handler)),
                Shared => config.service(here.app_data(web::Data::new(other_stripe())).to(handler)),
                _ => config.service(here.to(handler)),
            };
        };
        let request = request(&signed(BODY));
        request.extensions_mut().insert(delivery.clone());
        let answer = send(inside, request).await;
        assert_eq!((answer.status, answer.calls), (200, 1), "{form:?}");
        assert_eq!(answer.body, "test", "{form:?}");
    }
}

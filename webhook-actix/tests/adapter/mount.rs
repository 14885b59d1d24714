//! Both spellings of an address for several accounts.

use crate::common::*;
use actix_web::{HttpRequest, web};
use futures_util::stream;
use webhook_actix::{Verified, mount};
use webhook_core::RejectionKind::*;
use webhook_core::testing::SignedRequest;
use webhook_core::{Delivery, Endpoint, Variants};

async fn variant(
    variant: web::Path<String>,
    _: Verified<Delivery>,
    request: HttpRequest,
) -> String {
    count(&request);
    variant.into_inner()
}

fn to(target: &str) -> SignedRequest {
    SignedRequest {
        target: target.to_owned(),
        ..signed(BODY)
    }
}

async fn answer(prefix: &str, signed: SignedRequest) -> Answer {
    let configure = |config: &mut web::ServiceConfig| {
        config.service(mount(prefix, stripe(), web::post().to(variant)));
    };
    send(configure, request(&signed)).await
}

#[actix_web::test]
async fn both_spellings_of_every_prefix_reach_the_handler() {
    for (prefix, base) in [
        ("/payments/process", "/payments/process"),
        ("/payments/process/", "/payments/process"),
        ("payments/process", "/payments/process"),
        ("/", ""),
        ("", ""),
    ] {
        for target in [
            format!("{base}/stripe-eu"),
            format!("{base}/stripe-eu/"),
            format!("{base}/stripe-eu/?a=b"),
        ] {
            let answer = answer(prefix, to(&target)).await;
            assert_eq!(answer.status, 200, "{prefix}: {target}");
            assert_eq!(answer.body, "stripe-eu");
        }
    }
}

#[actix_web::test]
async fn nothing_else_is_there() {
    for target in [
        "/",
        "/payments",
        "/payments/process",
        "/payments/process/",
        "/payments/process//",
        "/payments/process//stripe",
        "/payments/process/stripe//",
        "/payments/process/stripe/more",
        "/payments/process/stripe/more/",
        "/stripe",
    ] {
        let answer = answer("/payments/process", to(target)).await;
        assert_eq!((answer.status, answer.calls), (404, 0), "{target}");
        assert!(answer.rejection.is_none(), "{target}");
    }
}

#[actix_web::test]
async fn both_spellings_are_guarded() {
    for target in ["/payments/process/stripe", "/payments/process/stripe/"] {
        let answer = answer("/payments/process", to(target).with_body("{}")).await;
        answer.assert_refused(BadSignature, target);
    }
}

#[actix_web::test]
async fn the_middleware_sees_methods_that_the_handler_does_not_take() {
    let get = SignedRequest {
        method: "GET".to_owned(),
        ..to("/payments/process/stripe/")
    };
    let answer = answer("/payments/process", get).await;
    answer.assert_refused(MethodNotAllowed, "GET");
}

#[actix_web::test]
async fn the_resource_can_stand_in_a_scope() {
    for target in ["/shop/process/stripe", "/shop/process/stripe/"] {
        let configure = |config: &mut web::ServiceConfig| {
            let resource = mount("/process", stripe(), web::post().to(variant));
            config.service(web::scope("/shop").service(resource));
        };
        let answer = send(configure, request(&to(target))).await;
        assert_eq!(answer.body, "stripe");
    }
}

#[actix_web::test]
async fn variants_are_told_apart_before_the_body() {
    async fn name(delivery: Verified<Delivery>, request: HttpRequest) -> String {
        count(&request);
        delivery.variant().unwrap().to_owned()
    }
    let answer = async |request| {
        let variants = Variants::new().with("stripe", stripe()).unwrap();
        let configure = |config: &mut web::ServiceConfig| {
            let handler = web::post().to(name);
            config.service(mount("/payments/process", Endpoint::new(variants), handler));
        };
        send(configure, request).await
    };
    for target in ["/payments/process/stripe", "/payments/process/stripe/"] {
        assert_eq!(answer(request(&to(target))).await.body, "stripe");
    }
    for target in ["/payments/process/paypal", "/payments/process/paypal/"] {
        let poll = || panic!("the head decides: no byte of the body may be read");
        let request = streamed(&to(target), stream::repeat_with(poll));
        answer(request)
            .await
            .assert_refused(UnknownEndpoint, target);
    }
}

//! A program that does not compile: each function is one misuse. What stands behind `//~` must be in what the compiler says
//! of the last line of code before it. The words of the compiler itself change, so only ours stand here.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use webhook_actix::{Verified, Webhook};
use webhook_core::provider::stripe::Stripe;
use webhook_core::{Endpoint, JsonEvent};

#[derive(Deserialize)]
struct Mine {}

fn main() {}

fn middleware_of_a_secret() {
    let _ = Webhook::new("whsec_of_the_shop");
    //~ `&str` is neither an `Endpoint` nor a verifier or a resolver
    //~ `Endpoint::new(Stripe::new(secret)?)`
}

fn middleware_of_a_result() {
    let _ = Webhook::new(Stripe::new("whsec_of_the_shop"));
    //~ is neither an `Endpoint` nor a verifier or a resolver
    //~ of a `Result`, take the value out with `?`
}

fn middleware_of_an_option(endpoint: Option<Endpoint>) {
    let _ = Webhook::new(endpoint);
    //~ of an `Option`, when the server starts
}

fn endpoint_of_a_secret() {
    let _ = Endpoint::new("whsec_of_the_shop");
    //~ `&str` is neither a verifier nor a resolver
}

async fn my_own_type(_: Verified<Mine>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn json_of_actix(_: Verified<web::Json<Mine>>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn option_of_an_event(_: Verified<Option<JsonEvent<Mine>>>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn routes() {
    let _ = web::post().to(my_own_type);
    //~ `Mine` cannot be read from a webhook delivery
    //~ for your own `T: Deserialize`, take `JsonEvent<T>`
    let _ = web::post().to(json_of_actix);
    //~ cannot be read from a webhook delivery
    //~ for your own `T: Deserialize`, take `JsonEvent<T>`
    let _ = web::post().to(option_of_an_event);
    //~ cannot be read from a webhook delivery
    //~ there is no `Option` of an event
}

//! A program that does not compile: each function is one misuse. What stands behind `//~` must be in what the compiler says
//! of the last line of code before it. The words of the compiler itself change, so only ours stand here.

use axum::Json;
use axum::extract::FromRef;
use serde::Deserialize;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{Delivery, Endpoint, JsonEvent, Reload, RequestHead, resolver};
use webhook_tower::{Verified, VerifiedBody, WebhookLayer};

#[derive(Deserialize)]
struct Mine {}

fn main() {}

fn secret_that_may_be_missing() {
    let _ = Stripe::new(Some("whsec_of_the_shop"));
    //~ cannot be used as a secret
    //~ pass the secret as `&str` or `String`
    //~ take the value out of it when the server starts
    let _ = Stripe::new(std::env::var("STRIPE_SECRET"));
    //~ cannot be used as a secret
    //~ an `Option` or a `Result` is no secret
}

fn secret_that_is_a_number() {
    let _ = Stripe::new(7);
    //~ cannot be used as a secret
}

fn endpoint_of_a_secret() {
    let _ = Endpoint::new("whsec_of_the_shop");
    //~ `&str` is neither a verifier nor a resolver
    //~ pass a provider such as `Stripe::new(secret)?`
}

fn endpoint_of_a_result() {
    let _ = Endpoint::new(Stripe::new("whsec_of_the_shop"));
    //~ is neither a verifier nor a resolver
    //~ take the value out with `?`
}

fn endpoint_of_a_closure() {
    let _ = Endpoint::new(|_: &RequestHead<'_>| async { Stripe::new("whsec_of_the_shop") });
    //~ is neither a verifier nor a resolver
    //~ `resolver::from_fn(closure)`
}

fn resolver_that_finds_a_secret() {
    let found = resolver::from_fn(|_| async { Ok("whsec_of_the_shop") });
    //~ `Verifier`
    let _ = Endpoint::new(found);
    //~ a future of `Result<R, Rejection>`, where `R` is a verifier or a `Resolved`
    //~ that future borrows nothing from the head
}

fn layer_of_a_secret() {
    let _ = WebhookLayer::new("whsec_of_the_shop");
    //~ `&str` is neither an `Endpoint` nor a verifier or a resolver
    //~ `Endpoint::new(Stripe::new(secret)?)`
}

fn layer_of_a_result() {
    let _ = WebhookLayer::new(Stripe::new("whsec_of_the_shop"));
    //~ is neither an `Endpoint` nor a verifier or a resolver
    //~ of a `Result`, take the value out with `?`
}

fn layer_of_an_option(endpoint: Option<Endpoint>) {
    let _ = WebhookLayer::new(endpoint);
    //~ is neither an `Endpoint` nor a verifier or a resolver
    //~ of an `Option`, when the server starts
}

fn endpoint_put_in_place_of_a_result(reload: &Reload) {
    reload.replace(Stripe::new("whsec_of_the_shop"));
    //~ of a `Result`, take the value out with `?`
}

fn delivery_read_as_my_own_type(delivery: &Delivery) {
    let _ = delivery.decode::<Mine>();
    //~ `Mine` cannot be read from a webhook delivery
    //~ for your own `T: Deserialize`, take `JsonEvent<T>`
}

#[axum::debug_handler]
async fn my_own_type(Verified(_): Verified<Mine>) {}
//~ `Mine` cannot be read from a webhook delivery
//~ for your own `T: Deserialize`, take `JsonEvent<T>`

#[axum::debug_handler]
async fn json_of_axum(Verified(_): Verified<Json<Mine>>) {}
//~ cannot be read from a webhook delivery
//~ for your own `T: Deserialize`, take `JsonEvent<T>`

#[axum::debug_handler]
async fn option_of_an_event(Verified(_): Verified<Option<JsonEvent<Mine>>>) {}
//~ cannot be read from a webhook delivery
//~ there is no `Option` of an event

// axum keeps the compiler from naming a trait of ours here, so that the extractor is all that it can name.
#[axum::debug_handler]
async fn event_that_may_be_missing(_: Option<Verified<JsonEvent<Mine>>>) {}
//~ Option<Verified<JsonEvent<Mine>>>

#[derive(Clone, FromRef)]
struct App {
    endpoint: Endpoint,
}

#[axum::debug_handler(state = App)]
async fn body_read_as_my_own_type(VerifiedBody(_): VerifiedBody<Mine>) {}
//~ E: FromDelivery

//! Stripe's webhooks in an actix-web server: a middleware, an extractor, and the handler gets typed
//! events that Stripe signed.
//!
//! ```sh
//! cargo run --example actix-stripe
//! ```
//!
//! It prints a `curl` with a valid signature, ready to be pasted. To receive from Stripe itself, say where to listen and
//! what the endpoint's secret is (`stripe listen --forward-to localhost:3000/webhooks/stripe` prints one):
//!
//! ```sh
//! LISTEN=0.0.0.0:3000 STRIPE_SECRET=whsec_… cargo run --example actix-stripe
//! ```

use std::error::Error;
use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use examples::{CHECKOUT_COMPLETED, env_or, print_curls};
use webhook_actix::{Verified, Webhook};
use webhook_core::provider::stripe::{self, Object, Stripe, kind};
use webhook_core::testing::{Sign, Signer};
use webhook_core::{Clock, DecodeError, Endpoint, SystemClock};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = env_or("STRIPE_SECRET", "whsec_demo");
    let endpoint = Endpoint::new(Stripe::new(secret.as_str())?);
    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000"))?;
    let signer = Signer::new(stripe::SCHEME, secret)?
        .target("/webhooks/stripe")
        .header("content-type", "application/json");
    let example = signer.sign(CHECKOUT_COMPLETED.as_bytes(), SystemClock.now())?;
    print_curls(listener.local_addr()?, &[example]);
    serve(listener, endpoint)?.await?;
    Ok(())
}

/// By HTTP/1 and, with actix-web's feature `http2`, by HTTP/2 on the same port.
pub(crate) fn serve(listener: TcpListener, endpoint: Endpoint) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new().service(
            web::resource("/webhooks/stripe")
                // Holds the handler to its end, also when Stripe hangs up.
                .wrap(Webhook::new(endpoint.clone()))
                .to(received),
        )
    });
    Ok(server.listen_auto_h2c(listener)?.run())
}

/// Called for what Stripe signed, and for nothing else.
async fn received(Verified(event): Verified<stripe::Event>) -> HttpResponse {
    let status = match act_on(&event) {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            eprintln!("{}: {error}", event.id);
            StatusCode::INTERNAL_SERVER_ERROR // Stripe sends it again
        }
    };
    HttpResponse::new(status)
}

fn act_on(event: &stripe::Event) -> Result<(), DecodeError> {
    match event.kind.as_str() {
        kind::CHECKOUT_SESSION_COMPLETED | kind::CHECKOUT_SESSION_ASYNC_PAYMENT_SUCCEEDED => {
            match event.object()? {
                Object::CheckoutSession(session) if session.is_paid() => {
                    let order = session.client_reference_id.unwrap_or_default();
                    let amount = session.amount_total.unwrap_or_default();
                    let currency = session.currency.unwrap_or_default();
                    // The amount is in the smallest unit: cents.
                    println!("{}: order {order} is paid: {amount} {currency}", event.id);
                }
                // Completed and not yet paid: bank transfers take days, and a second event follows.
                _ => println!("{}: not yet paid", event.id),
            }
        }
        kind::CHARGE_DISPUTE_CREATED => {
            if let Object::Dispute(dispute) = event.object()? {
                let charge = dispute.charge.as_ref().map_or("?", |charge| charge.id());
                println!("{}: charge {charge} is disputed", event.id);
            }
        }
        // Kinds without a constant arrive as well: Stripe has hundreds.
        other => println!("{}: nothing to do for {other}", event.id),
    }
    Ok(())
}

//! Webhooks in poem, by an adapter of your own: all of it is the module `adapter`, which is only types.
//!
//! ```sh
//! cargo run -p webhook-frameworks --example poem
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:3000/webhooks/stripe
//! ```
//!
//! It has what those for axum and actix-web have: handshakes, acknowledgements, limits of size and time, events that are
//! handled once, handlers that outlive their client. All of that is in webhook-core.

use std::error::Error;

use poem::listener::TcpListener;
use poem::web::Data;
use poem::{EndpointExt, IntoEndpoint, Route, Server, handler, post};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};

mod adapter {
    use std::sync::Arc;

    use futures_util::TryStreamExt;
    use poem::{Body, Endpoint, IntoResponse, Request, Response, ResponseParts, Result};
    use webhook_core::adapter::{HandlerResponse, Tokio};
    use webhook_core::{Answer, Delivery, Reply, RequestHead};

    /// Calls `inner` with the requests that their sender has signed, and no others. For `EndpointExt::around`.
    pub(crate) async fn webhook<E: Endpoint + 'static>(
        endpoint: webhook_core::Endpoint,
        inner: Arc<E>,
        mut request: Request,
    ) -> Result<Response> {
        let mut body = request.take_body().into_bytes_stream();
        let handler = async move |delivery: Delivery, mut request: Request| {
            request.set_body(delivery.body().clone());
            request.extensions_mut().insert(delivery);
            let answer = inner.call(request).await?.into_response();
            Ok(Handled(answer.into_parts()))
        };
        let answering = Tokio::new(endpoint).serve(
            request,
            |it| RequestHead::http(it.method(), it.uri(), it.headers()),
            move |cx| body.try_poll_next_unpin(cx),
            handler,
            respond,
        );
        let Handled((head, body)) = answering.await?;
        Ok(Response::from_parts(head, body))
    }

    fn respond(answer: Answer) -> Result<Handled> {
        let mut response = (answer.status(), answer.body()).into_response();
        response.headers_mut().extend(answer.header_map());
        Ok(Handled(response.into_parts()))
    }

    struct Handled((ResponseParts, Body));

    impl HandlerResponse for Handled {
        fn is_success(&self) -> bool {
            self.0.0.status.is_success()
        }

        fn is_empty(&self) -> bool {
            self.0.1.is_empty()
        }

        fn acknowledged_by(self, reply: &Reply) -> Self {
            respond(reply.clone().into()).unwrap_or(self)
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = endpoint(&Secrets::from_env())?;
    let listener = TcpListener::bind("127.0.0.1:3000");
    let app = app(endpoint.clone(), Shop::that_prints());
    Server::new(listener).run(app).await?;
    // Work goes on for clients that have hung up.
    endpoint.join_detached().await;
    Ok(())
}

pub(crate) fn app(endpoint: Endpoint, shop: Shop) -> impl IntoEndpoint {
    let webhooks = post(received)
        .data(shop)
        .around(move |inner, request| adapter::webhook(endpoint.clone(), inner, request));
    Route::new().at("/webhooks/:sender", webhooks)
}

/// Called for what its sender has signed, and for nothing else.
#[handler]
fn received(Data(delivery): Data<&Delivery>, Data(shop): Data<&Shop>) {
    shop.handle(delivery);
}

//! An adapter for another framework, poem: all of it is the module `adapter`, which is only types.
//!
//! ```text
//! cargo run --example poem-adapter
//! ```
//!
//! It has what those for axum and actix-web have: handshakes, acknowledgements, limits of size and time, events that are
//! handled once, handlers that outlive their client. All of that is in webhook-core.

use poem::listener::TcpListener;
use poem::web::Data;
use poem::{EndpointExt, IntoEndpoint, Route, Server, handler, post};
use webhook_core::payment::PaymentUpdates;
use webhook_core::provider::stripe::Stripe;
use webhook_core::{Delivery, Endpoint};
use webhook_store::MemoryStore;

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

#[handler]
async fn update(Data(delivery): Data<&Delivery>) -> poem::Result<()> {
    let updates: PaymentUpdates = delivery
        .decode()
        .map_err(poem::error::InternalServerError)?;
    for update in updates {
        println!("{:?} is {}", update.reference, update.status);
    }
    Ok(())
}

fn app(endpoint: Endpoint) -> impl IntoEndpoint {
    let guarded = post(update)
        .around(move |inner, request| adapter::webhook(endpoint.clone(), inner, request));
    Route::new().at("/webhooks/stripe", guarded)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("STRIPE_WEBHOOK_SECRET")?;
    let endpoint = Endpoint::new(Stripe::new(secret)?)
        .name("shop")
        .dedupe(MemoryStore::default());
    let listener = TcpListener::bind("127.0.0.1:3000");
    println!("http://127.0.0.1:3000/webhooks/stripe");
    Server::new(listener).run(app(endpoint.clone())).await?;
    endpoint.join_detached().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;
    use poem::listener::{Acceptor, Listener};
    use webhook_core::provider::stripe::SCHEME;
    use webhook_core::testing::{Sign, SignedRequest, Signer};
    use webhook_core::{Clock, SystemClock};

    use super::*;

    const SECRET: &str = "whsec_for_tests_only";
    const PAID: &[u8] = br#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"object":"invoice"}}}"#;

    /// Serves on a port of its own, and sends these requests.
    async fn answers(endpoint: Endpoint, requests: Vec<SignedRequest>) -> Vec<(u16, String)> {
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = acceptor.local_addr().remove(0);
        let address = *address.as_socket_addr().unwrap();
        let server = tokio::spawn(Server::new_with_acceptor(acceptor).run(app(endpoint)));
        let mut answers = Vec::new();
        for request in requests {
            answers.push(send(address, request).await);
        }
        server.abort();
        answers
    }

    async fn send(to: std::net::SocketAddr, request: SignedRequest) -> (u16, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        let headers = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!(
            "POST /webhooks/stripe HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
            request.body.len(),
            headers.collect::<String>()
        );
        let mut stream = tokio::net::TcpStream::connect(to).await.unwrap();
        stream
            .write_all(&[head.as_bytes(), &request.body].concat())
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        (answer.get(9..12).unwrap().parse().unwrap(), answer)
    }

    fn signed(secret: &str) -> SignedRequest {
        let signer = Signer::new(SCHEME, secret).unwrap();
        signer.sign(PAID, SystemClock.now()).unwrap()
    }

    #[tokio::test]
    async fn a_genuine_event_is_handled_once_and_a_forgery_not_at_all() {
        let endpoint = Endpoint::new(Stripe::new(SECRET).unwrap())
            .name("shop")
            .body_limit(1000)
            .dedupe(MemoryStore::default());
        let huge = signed(SECRET).with_body(vec![b' '; 1001]);
        let requests = vec![
            signed("whsec_of_a_stranger"),
            huge,
            signed(SECRET),
            signed(SECRET),
        ];
        let answers = answers(endpoint, requests).await;
        let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [401, 413, StatusCode::OK.as_u16(), 200]);
        let problem = "content-type: application/problem+json";
        assert_eq!(answers[0].1.matches("content-type").count(), 1);
        assert!(answers[0].1.contains(problem));
        let is_duplicate = |answer: &str| answer.contains("webhook-duplicate: true");
        assert!(!is_duplicate(&answers[2].1) && is_duplicate(&answers[3].1));
    }
}

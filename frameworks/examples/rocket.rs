//! Webhooks in Rocket, by an adapter of your own: a route of its own type.
//!
//! ```sh
//! cargo run -p webhook-frameworks --example rocket
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:8000/webhooks/stripe
//! ```

use std::error::Error;

use rocket::http::Status;
use rocket::{Build, Rocket};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};

mod adapter {
    use std::io::{self, Cursor};
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use bytes::Bytes;
    use rocket::data::{ByteUnit, Data, DataStream};
    use rocket::http::{Method, Status};
    use rocket::route::{Handler, Outcome, Route};
    use rocket::tokio::io::{AsyncRead, ReadBuf};
    use rocket::{Request, Response};
    use webhook_core::adapter::{self, Arrival, HandlerResponse, Tokio};
    use webhook_core::{Answer, Delivery, Endpoint, Reply, RequestHead};

    /// Calls `handler` with what its sender has signed, and with nothing else.
    #[derive(Clone)]
    pub(crate) struct Webhook<H> {
        pub(crate) endpoint: Endpoint,
        pub(crate) handler: H,
    }

    impl<H, F> Webhook<H>
    where
        H: Fn(Delivery) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Status> + Send,
    {
        /// Routes for what senders send, and for their questions by GET whether the endpoint is there.
        pub(crate) fn routes(self, path: &str) -> Vec<Route> {
            let methods = [Method::Get, Method::Post];
            methods
                .map(|method| Route::new(method, path, self.clone()))
                .into()
        }
    }

    // Rocket runs each request in a task of its own, which goes on when the client hangs up: nothing of it has to be handed to
    // another task here.
    #[rocket::async_trait]
    impl<H, F> Handler for Webhook<H>
    where
        H: Fn(Delivery) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Status> + Send,
    {
        async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
            let runtime = Tokio::new(self.endpoint.clone());
            Outcome::Success(match self.verify(&runtime, request, data).await {
                Ok(arrival) => {
                    let handler = async |delivery| Handled::Status((self.handler)(delivery).await);
                    let handled = adapter::process(arrival, runtime, handler).await;
                    handled.unwrap_or_else(Handled::Answer).respond()
                }
                Err(answer) => respond(&answer),
            })
        }
    }

    impl<H> Webhook<H> {
        async fn verify(
            &self,
            runtime: &Tokio,
            request: &Request<'_>,
            data: Data<'_>,
        ) -> Result<Arrival, Answer> {
            let lines = request.headers().iter();
            let headers: Vec<_> = lines
                .map(|line| (line.name.to_string(), line.value.to_string()))
                .collect();
            let target = request.uri().to_string();
            let head = RequestHead::new(request.method().as_str(), &target, &headers);
            // The limit is the endpoint's.
            let mut body = data.open(ByteUnit::max_value());
            adapter::verify(&self.endpoint, runtime, &head, |cx| frame(&mut body, cx)).await
        }
    }

    fn frame(
        body: &mut DataStream<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        let mut buffer = [0; 8 * 1024];
        let mut buffer = ReadBuf::new(&mut buffer);
        let read = ready!(Pin::new(body).poll_read(cx, &mut buffer));
        Poll::Ready(match (read, buffer.filled()) {
            (Err(error), _) => Some(Err(error)),
            (Ok(()), []) => None,
            (Ok(()), data) => Some(Ok(Bytes::copy_from_slice(data))),
        })
    }

    /// What the handler says, or what the library says in its place.
    enum Handled {
        Status(Status),
        Answer(Answer),
    }

    impl Handled {
        fn respond<'r>(self) -> Response<'r> {
            match self {
                Self::Status(status) => Response::build().status(status).finalize(),
                Self::Answer(answer) => respond(&answer),
            }
        }
    }

    impl HandlerResponse for Handled {
        fn is_success(&self) -> bool {
            matches!(self, Self::Status(status) if status.class().is_success())
        }

        fn is_empty(&self) -> bool {
            true
        }

        fn acknowledged_by(self, reply: &Reply) -> Self {
            Self::Answer(reply.clone().into())
        }
    }

    fn respond<'r>(answer: &Answer) -> Response<'r> {
        let body = answer.body();
        let mut response = Response::build();
        response
            .status(Status::new(answer.status().as_u16()))
            .sized_body(body.len(), Cursor::new(body));
        for (name, value) in answer.headers() {
            response.raw_header(name, value.to_owned());
        }
        response.finalize()
    }
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = endpoint(&Secrets::from_env())?;
    let rocket = app(rocket::build(), endpoint, Shop::that_prints());
    rocket.launch().await?;
    Ok(())
}

pub(crate) fn app(rocket: Rocket<Build>, endpoint: Endpoint, shop: Shop) -> Rocket<Build> {
    let webhook = adapter::Webhook {
        endpoint,
        handler: move |delivery| received(delivery, shop.clone()),
    };
    rocket.mount("/webhooks", webhook.routes("/<sender>"))
}

/// Called for what its sender has signed, and for nothing else.
async fn received(delivery: Delivery, shop: Shop) -> Status {
    shop.handle(&delivery);
    Status::Ok
}

//! Webhooks in warp, by an adapter of your own: a filter that can stand beside your other routes.
//!
//! ```sh
//! cargo run -p webhook-frameworks --example warp
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:3000/webhooks/stripe
//! ```

use std::error::Error;
use std::net::Ipv4Addr;

use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};

mod adapter {
    use bytes::Buf;
    use futures_util::{Stream, TryStreamExt};
    use http_body::Body;
    use warp::http::{HeaderMap, Method};
    use warp::path::FullPath;
    use warp::reply::Response;
    use warp::{Filter, Rejection};
    use webhook_core::adapter::{BodyError, HandlerResponse, Tokio};
    use webhook_core::{Answer, Delivery, Endpoint, Reply, RequestHead};

    /// Calls `handler` with what its sender has signed, and with nothing else. Takes every method, as some senders ask by GET
    /// whether the endpoint is there.
    pub(crate) fn webhook<H, F>(
        endpoint: Endpoint,
        handler: H,
    ) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone
    where
        H: FnOnce(Delivery) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let query = warp::query::raw().or(warp::any().map(String::new)).unify();
        warp::method()
            .and(warp::path::full())
            .and(query)
            .and(warp::header::headers_cloned())
            .map(Head::new)
            .and(warp::body::stream())
            .then(move |head, body| serve(endpoint.clone(), head, body, handler.clone()))
    }

    struct Head {
        method: Method,
        target: String,
        headers: HeaderMap,
    }

    impl Head {
        fn new(method: Method, path: FullPath, query: String, headers: HeaderMap) -> Self {
            let target = match query.as_str() {
                "" => path.as_str().to_owned(),
                query => format!("{}?{query}", path.as_str()),
            };
            Self {
                method,
                target,
                headers,
            }
        }
    }

    async fn serve<H, F>(
        endpoint: Endpoint,
        head: Head,
        body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static,
        handler: H,
    ) -> Response
    where
        H: FnOnce(Delivery) -> F + Send + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let mut body = Box::pin(
            body.map_ok(|mut data| data.copy_to_bytes(data.remaining()))
                .map_err(|_| BodyError::Incomplete),
        );
        let answering = Tokio::new(endpoint).serve(
            head,
            |it: &Head| RequestHead::new(it.method.as_str(), &it.target, &it.headers),
            move |cx| body.try_poll_next_unpin(cx),
            async move |delivery, _| Handled(handler(delivery).await),
            |answer| Handled(respond(&answer)),
        );
        answering.await.0
    }

    fn respond(answer: &Answer) -> Response {
        let mut response = Response::new(answer.body().into());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.header_map();
        response
    }

    struct Handled(Response);

    impl HandlerResponse for Handled {
        fn is_success(&self) -> bool {
            self.0.status().is_success()
        }

        fn is_empty(&self) -> bool {
            self.0.body().is_end_stream()
        }

        fn acknowledged_by(self, reply: &Reply) -> Self {
            Self(respond(&reply.clone().into()))
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = endpoint(&Secrets::from_env())?;
    let app = app(endpoint, Shop::that_prints());
    warp::serve(app).run((Ipv4Addr::LOCALHOST, 3000)).await;
    Ok(())
}

pub(crate) fn app(
    endpoint: Endpoint,
    shop: Shop,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let handler = move |delivery| received(delivery, shop);
    warp::path!("webhooks" / String)
        .map(drop::<String>)
        .untuple_one()
        .and(adapter::webhook(endpoint, handler))
}

/// Called for what its sender has signed, and for nothing else.
async fn received(delivery: Delivery, shop: Shop) -> Response {
    shop.handle(&delivery);
    StatusCode::OK.into_response()
}

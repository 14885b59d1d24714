//! Webhooks in a function of AWS Lambda, behind API Gateway, a function URL or a load balancer, through the layer of
//! `webhook-tower`.
//!
//! On your machine, [cargo-lambda](https://www.cargo-lambda.info) takes the place of AWS:
//!
//! ```sh
//! cargo lambda watch --only-lambda-apis
//! ```
//!
//! In another terminal:
//!
//! ```sh
//! export AWS_LAMBDA_RUNTIME_API=http://127.0.0.1:9000/.rt AWS_LAMBDA_FUNCTION_NAME=_
//! export AWS_LAMBDA_FUNCTION_VERSION=1 AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128
//! cargo run -p webhook-frameworks --example lambda
//! ```
//!
//! Send it an event:
//!
//! ```sh
//! STRIPE_WEBHOOK_SECRET=whsec_demo webhook-cli send stripe invoice.paid --to http://127.0.0.1:9000/webhooks/stripe
//! ```
//!
//! The exact bytes count, as they are what is signed. A gateway gives a body as text or as base64, and `lambda_http` gives its
//! bytes back in both cases. A REST API gives text, unless the type of the content is one of its `binaryMediaTypes`: bytes that
//! are not UTF-8 are then lost before your function runs. JSON and forms are always safe.
//!
//! The memory of one function is not that of the next: in production, give the endpoint a store that is shared
//! (`webhook-store` has PostgreSQL and Redis). A function stands still once it has answered: do all the work before.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use lambda_http::http::{Request, Response, StatusCode};
use lambda_http::{Body, Error, Service};
use tower::{Layer, service_fn};
use webhook_core::{Delivery, Endpoint};
use webhook_frameworks::{Secrets, Shop, endpoint};
use webhook_tower::{ResponseBody, WebhookLayer};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let endpoint = endpoint(&Secrets::from_env())?;
    lambda_http::run(app(endpoint, Shop::that_prints())).await
}

pub(crate) fn app(
    endpoint: Endpoint,
    shop: Shop,
) -> impl Service<
    Request<Body>,
    Response = Response<ResponseBody<Full<Bytes>>>,
    Error = Infallible,
    Future = impl Send,
> {
    let handler = service_fn(move |request| received(request, shop.clone()));
    WebhookLayer::new(endpoint).layer(handler)
}

/// Called for what its sender has signed, and for nothing else: the proof is in the extensions.
async fn received(
    request: Request<Full<Bytes>>,
    shop: Shop,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::default();
    match request.extensions().get::<Delivery>() {
        Some(delivery) => shop.handle(delivery),
        // Only if the layer is forgotten.
        None => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    Ok(response)
}

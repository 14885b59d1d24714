//! The middleware.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::ErrorInternalServerError;
use actix_web::{Error, HttpMessage};
use webhook_core::adapter::{self, Tokio, stages};
use webhook_core::{Delivery, Endpoint};

use crate::acknowledge::Handled;
use crate::error::WebhookError;
use crate::future::ResponseFuture;
use crate::level::leave;
use crate::receive::receive;

/// Middleware that lets only verified requests through, for `App::wrap`, `Scope::wrap` and `Resource::wrap`.
///
/// Answers refused requests and handshakes by itself, and turns a success without a body into the
/// [acknowledgement](webhook_core::Delivery::acknowledgement) that the sender demands, if it demands one. Behind it, handlers may take [`Verified<E>`](crate::Verified),
/// `web::ReqData<Delivery>`, or read the body with extractors of their own.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, web};
/// use webhook_actix::Webhook;
/// use webhook_core::Endpoint;
/// use webhook_core::provider::github::GitHub;
///
/// async fn pushed(body: web::Bytes) -> impl Responder {
///     println!("{} bytes from GitHub", body.len());
///     HttpResponse::Ok()
/// }
///
/// let endpoint = Endpoint::new(GitHub::new("It's a Secret to Everybody")?);
/// let app = App::new().service(
///     web::resource("/webhooks/github").wrap(Webhook::new(endpoint)).to(pushed),
/// );
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
///
/// `web::Bytes`, `web::Json` and `web::Form` undo a `Content-Encoding` when actix-web has its `compress-*` features.
/// What was signed are the bytes as sent: [`Delivery::body`](webhook_core::Delivery::body).
#[derive(Clone, Debug)]
pub struct Webhook {
    endpoint: Endpoint,
}

impl Webhook {
    /// A middleware that lets through what this endpoint accepts.
    #[must_use]
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Webhook
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = WebhookService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(WebhookService {
            service: Rc::new(service),
            endpoint: self.endpoint.clone(),
        }))
    }
}

/// The service that [`Webhook`] makes.
#[derive(Debug)]
pub struct WebhookService<S> {
    service: Rc<S>,
    endpoint: Endpoint,
}

impl<S, B> Service<ServiceRequest> for WebhookService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<B>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let service = Rc::clone(&self.service);
        let endpoint = self.endpoint.clone();
        let verifying = async move {
            let payload = request.take_payload();
            match receive(&endpoint, request.request(), payload).await {
                Ok(delivery) => Ok((endpoint, delivery, request)),
                Err(error) => Err(Ok(request.error_response(error).map_into_right_body())),
            }
        };
        let handling = |(endpoint, delivery, request)| handle(endpoint, delivery, request, service);
        ResponseFuture::new(self.endpoint.clone(), stages(verifying, handling))
    }
}

/// Calls the service unless the event is done or in progress.
async fn handle<S, B>(
    endpoint: Endpoint,
    delivery: Delivery,
    request: ServiceRequest,
    service: Rc<S>,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    // Not a clone of it: actix-web's router wants the only handle.
    let mut waiting = Some(request);
    let runtime = Tokio::new(endpoint.clone());
    let call = |delivery: Delivery| {
        let request = waiting.take();
        async move {
            let mut request = request.ok_or_else(called_twice)?;
            request.set_payload(Payload::from(delivery.body().clone()));
            leave(delivery, endpoint, request.request());
            let response = service.call(request).await?;
            Ok(Handled(response.map_into_left_body()))
        }
    };
    match adapter::process(delivery, runtime, call).await {
        Ok(handled) => handled.map(|Handled(response)| response),
        Err(answer) => {
            let error = WebhookError::from(answer);
            match waiting {
                Some(request) => Ok(request.error_response(error).map_into_right_body()),
                None => Err(error.into()),
            }
        }
    }
}

fn called_twice() -> Error {
    // Not reached: a handler is called once.
    ErrorInternalServerError("the request is gone")
}

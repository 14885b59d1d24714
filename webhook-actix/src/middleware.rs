//! The middleware.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use webhook_core::dedupe::{DUPLICATE, Processed, process};
use webhook_core::unbroken::stages;
use webhook_core::{Delivery, Endpoint, Reply};

use crate::acknowledge::{acknowledge, is_empty_success};
use crate::error::WebhookError;
use crate::future::{ResponseFuture, Worker};
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

fn has_succeeded<B>(answer: &Result<ServiceResponse<B>, Error>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|response| response.status().is_success())
}

/// The answer to an event that was done before.
fn duplicate(reply: &Reply) -> HttpResponse {
    let mut response = WebhookError::from(reply.clone()).error_response();
    let (name, value) = DUPLICATE;
    let name = HeaderName::from_static(name);
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
    response
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
    B: MessageBody,
{
    let acknowledgement = delivery.acknowledgement().cloned();
    // Not a clone of it: actix-web's router wants the only handle.
    let mut waiting = Some(request);
    let by = endpoint.clone();
    let call = |delivery: Delivery| {
        let request = waiting.take();
        async move {
            let mut request = request.ok_or_else(called_twice)?;
            request.set_payload(Payload::from(delivery.body().clone()));
            leave(delivery, by, request.request());
            service.call(request).await
        }
    };
    let processed = process(delivery, Worker(endpoint), call, has_succeeded).await;
    let answer = match (processed, waiting) {
        (Ok(Processed::Handled(response)), _) => {
            return Ok(acknowledged(response?, acknowledgement));
        }
        (Ok(Processed::Duplicate(reply)), Some(request)) => {
            request.into_response(duplicate(&reply))
        }
        (Err(rejection), Some(request)) => request.error_response(WebhookError::from(rejection)),
        (Err(rejection), None) => return Err(WebhookError::from(rejection).into()),
        (Ok(Processed::Duplicate(_)), None) => return Err(called_twice()),
    };
    Ok(answer.map_into_right_body())
}

fn acknowledged<B: MessageBody>(
    response: ServiceResponse<B>,
    acknowledgement: Option<Reply>,
) -> ServiceResponse<EitherBody<B>> {
    match acknowledgement {
        Some(reply) if is_empty_success(&response) => response
            .map_body(|head, _| acknowledge(&reply, head))
            .map_into_right_body(),
        _ => response.map_into_left_body(),
    }
}

fn called_twice() -> Error {
    // Not reached: a handler is called once, and not for a duplicate.
    ErrorInternalServerError("the request is gone")
}

//! The middleware.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage};
use futures_util::future::LocalBoxFuture;
use webhook_core::Endpoint;

use crate::acknowledge::{acknowledge, is_empty_success};
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
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let service = Rc::clone(&self.service);
        let endpoint = self.endpoint.clone();
        Box::pin(async move {
            let payload = request.take_payload();
            match receive(&endpoint, request.request(), payload).await {
                Ok(delivery) => {
                    let acknowledgement = delivery.acknowledgement().cloned();
                    request.set_payload(Payload::from(delivery.body().clone()));
                    request.extensions_mut().insert(delivery);
                    let response = service.call(request).await?;
                    Ok(match acknowledgement {
                        Some(reply) if is_empty_success(&response) => response
                            .map_body(|head, _| acknowledge(&reply, head))
                            .map_into_right_body(),
                        _ => response.map_into_left_body(),
                    })
                }
                Err(error) => Ok(request.error_response(error).map_into_right_body()),
            }
        })
    }
}

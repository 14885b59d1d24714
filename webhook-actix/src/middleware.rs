//! The middleware.

use std::fmt;
use std::future::{Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::ErrorInternalServerError;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use webhook_core::adapter::{self, Arrival, Either, Judged, Reported, Tokio, stages};
use webhook_core::{Delivery, Endpoint, IntoEndpoint, Rejection, UnverifiedDelivery};

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
#[derive(Clone)]
pub struct Webhook {
    endpoint: Endpoint,
    on_rejection: Option<Rc<OnRejection>>,
}

type OnRejection = dyn Fn(&Rejection, &HttpRequest) -> Option<HttpResponse>;

impl Webhook {
    /// A middleware that lets through what this endpoint accepts; or one that is made of a verifier or a resolver, and has the
    /// default limits.
    #[must_use]
    pub fn new(endpoint: impl IntoEndpoint) -> Self {
        Self {
            endpoint: endpoint.into_endpoint(),
            on_rejection: None,
        }
    }

    /// Answers what is refused in the application's own words: the rejection and the head of the request go in, a response comes out, or
    /// nothing to answer as the library does. What is genuine never comes here, nor does a handshake. If the function panics, the
    /// library answers.
    ///
    /// ```
    /// # use webhook_core::{Endpoint, provider::github::GitHub};
    /// use actix_web::HttpResponse;
    /// use actix_web::http::StatusCode;
    /// use webhook_actix::Webhook;
    ///
    /// # let endpoint = Endpoint::new(GitHub::new("a secret")?);
    /// let webhook = Webhook::new(endpoint).on_rejection(|rejection, _head| {
    ///     let status = StatusCode::from_u16(rejection.status().as_u16()).ok()?;
    ///     let body = format!(r#"{{"error":"{}"}}"#, rejection.code());
    ///     Some(HttpResponse::build(status).content_type("application/json").body(body))
    /// });
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    ///
    /// Some senders switch an endpoint off that answers many requests with 4xx, and forgeries are nobody's requests but the forger's. Keep
    /// the status of what is our own fault (5xx), with which a sender tries again: a refusal that is answered with 2xx is never sent
    /// again, and if the secret is wrong, every event is lost.
    #[must_use]
    pub fn on_rejection(
        self,
        answer: impl Fn(&Rejection, &HttpRequest) -> Option<HttpResponse> + 'static,
    ) -> Self {
        Self {
            on_rejection: Some(Rc::new(answer)),
            ..self
        }
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
            on_rejection: self.on_rejection.clone(),
        }))
    }
}

/// The service that [`Webhook`] makes.
pub struct WebhookService<S> {
    service: Rc<S>,
    endpoint: Endpoint,
    on_rejection: Option<Rc<OnRejection>>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl<S: fmt::Debug> fmt::Debug for WebhookService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookService")
            .field("service", &self.service)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
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
        let on_rejection = self.on_rejection.clone();
        let verifying = async move {
            let payload = request.take_payload();
            match receive(&endpoint, request.request(), payload).await {
                Ok(judged) => Ok((endpoint, judged, on_rejection, request)),
                Err(error) => Err(Ok(refused(request, error, on_rejection.as_deref()))),
            }
        };
        let handling = |(endpoint, judged, on_rejection, request)| match judged {
            Judged::Genuine(arrival) => {
                Either::usual(handle(endpoint, arrival, on_rejection, request, service))
            }
            Judged::Reported(reported) => {
                Either::rare(report(endpoint, reported, request, service))
            }
        };
        ResponseFuture::new(self.endpoint.clone(), stages(verifying, handling))
    }
}

/// Calls the service with a request that would be refused.
async fn report<S, B>(
    endpoint: Endpoint,
    reported: Reported,
    mut request: ServiceRequest,
    service: Rc<S>,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let call = |unverified: UnverifiedDelivery| async move {
        let body = unverified.body().into_unverified().clone();
        request.set_payload(Payload::from(body));
        leave(unverified, endpoint, request.request());
        let response = service.call(request).await?;
        Ok(Handled(response.map_into_left_body()))
    };
    let handled = adapter::process_reported(reported, call).await;
    handled.map(|Handled(response)| response)
}

/// Calls the service unless the event is done or in progress.
async fn handle<S, B>(
    endpoint: Endpoint,
    arrival: Arrival,
    on_rejection: Option<Rc<OnRejection>>,
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
    match adapter::process(arrival, runtime, call).await {
        Ok(handled) => handled.map(|Handled(response)| response),
        Err(answer) => {
            let error = WebhookError::from(answer);
            match waiting {
                Some(request) => Ok(refused(request, error, on_rejection.as_deref())),
                None => Err(error.into()),
            }
        }
    }
}

/// The application's own words for a refusal, if it has some.
fn refused<B>(
    request: ServiceRequest,
    error: WebhookError,
    on_rejection: Option<&OnRejection>,
) -> ServiceResponse<EitherBody<B>> {
    let own = match (error.rejection(), on_rejection) {
        // If it panics, the refusal stands as it is.
        (Some(rejection), Some(answer)) => {
            let answer = || answer(rejection, request.request());
            catch_unwind(AssertUnwindSafe(answer)).ok().flatten()
        }
        _ => None,
    };
    match own {
        Some(own) => request.into_response(error.answered_by(own)),
        None => request.error_response(error),
    }
    .map_into_right_body()
}

fn called_twice() -> Error {
    // Not reached: a handler is called once.
    ErrorInternalServerError("the request is gone")
}

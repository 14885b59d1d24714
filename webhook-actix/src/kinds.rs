//! Routes by kind.

use std::fmt;
use std::rc::Rc;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, FromRequest, Handler, HttpMessage, HttpResponse, Responder};
use futures_util::future::{LocalBoxFuture, Ready, ok};
use webhook_core::adapter::{self, KindRoutes};
use webhook_core::{Delivery, UnverifiedDelivery};

use crate::error::WebhookError;

/// A service that gives each event to the handler for its kind: see [`Kinds`].
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, web};
/// use webhook_actix::{Verified, Webhook, kinds};
/// use webhook_core::provider::stripe::{self, Stripe, kind};
/// use webhook_core::{Delivery, Endpoint};
///
/// async fn paid(Verified(event): Verified<stripe::Event>) -> impl Responder {
///     println!("{}", event.id);
///     HttpResponse::Ok()
/// }
///
/// async fn changed(Verified(delivery): Verified<Delivery>) -> impl Responder {
///     println!("{:?}", delivery.kind());
///     HttpResponse::Ok()
/// }
///
/// let endpoint = Endpoint::new(Stripe::new("whsec_of_the_shop")?);
/// let by_kind = kinds().on(kind::INVOICE_PAID, paid).on_prefix("customer.subscription.", changed);
/// let app = App::new().service(
///     web::resource("/webhooks/stripe").wrap(Webhook::new(endpoint)).route(web::post().service(by_kind)),
/// );
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[must_use]
pub fn kinds() -> Kinds {
    Kinds(KindRoutes::new())
}

/// A service behind the [`Webhook`](crate::Webhook) middleware that gives each event to the handler for its kind, for `Route::service`. Each
/// of them is any handler of actix-web, with every extractor.
///
/// An event without a route gets an empty 200, which becomes the acknowledgement that its sender demands.
#[derive(Clone)]
pub struct Kinds(KindRoutes<Rc<Run>>);

type Run = dyn Fn(ServiceRequest) -> Answering;
type Answering = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

impl Kinds {
    /// For this kind, if the sender has signed it.
    #[must_use]
    pub fn on<F, A>(self, kind: impl Into<Box<str>>, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.on(kind, route(handler)))
    }

    /// For all kinds that begin so, if the sender has signed them. The longest prefix counts, and a kind of its own before all.
    #[must_use]
    pub fn on_prefix<F, A>(self, prefix: impl Into<Box<str>>, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.on_prefix(prefix, route(handler)))
    }

    /// For this kind, whether the sender has signed it or not: GitHub's stands in a header that it does not sign.
    #[must_use]
    pub fn on_unverified<F, A>(self, kind: impl Into<Box<str>>, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.on_unverified(kind, route(handler)))
    }

    /// For all kinds that begin so, whether the sender has signed them or not.
    #[must_use]
    pub fn on_unverified_prefix<F, A>(self, prefix: impl Into<Box<str>>, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.on_unverified_prefix(prefix, route(handler)))
    }

    /// For everything else.
    #[must_use]
    pub fn otherwise<F, A>(self, handler: F) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.otherwise(route(handler)))
    }
}

fn route<F, A>(handler: F) -> Rc<Run>
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Rc::new(move |request| {
        let handler = handler.clone();
        Box::pin(async move {
            let (request, mut payload) = request.into_parts();
            let response = match A::from_request(&request, &mut payload).await {
                Ok(arguments) => {
                    let answered = handler.call(arguments).await.respond_to(&request);
                    answered.map_into_boxed_body()
                }
                Err(error) => HttpResponse::from_error(error.into()),
            };
            Ok(ServiceResponse::new(request, response))
        })
    })
}

impl Service<ServiceRequest> for Kinds {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Answering;

    actix_web::dev::always_ready!();

    fn call(&self, request: ServiceRequest) -> Answering {
        let found = match request.extensions().get::<Delivery>() {
            Some(delivery) => self.0.find(delivery),
            None => Err(match request.extensions().get::<UnverifiedDelivery>() {
                Some(unverified) => unverified.rejection().clone(),
                None => adapter::misconfigured(
                    "routes by kind stand behind the `Webhook` middleware, and there is none: call `wrap(Webhook::new(endpoint))`",
                ),
            }),
        };
        match found {
            Ok(Some(run)) => run(request),
            Ok(None) => Box::pin(async { Ok(request.into_response(HttpResponse::Ok())) }),
            Err(rejection) => {
                let error = WebhookError::from(rejection);
                Box::pin(async { Ok(request.error_response(error)) })
            }
        }
    }
}

impl ServiceFactory<ServiceRequest> for Kinds {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Config = ();
    type Service = Self;
    type InitError = ();
    type Future = Ready<Result<Self, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        ok(self.clone())
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

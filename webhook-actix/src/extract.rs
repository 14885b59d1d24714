//! The extractor.

use std::future::{Future, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, Shared, WeakShared};
use webhook_core::adapter::Judged;
use webhook_core::{Delivery, Endpoint, FromDelivery, RejectionKind, UnverifiedDelivery};

use crate::error::WebhookError;
use crate::level::{Innermost, innermost, leave};
use crate::proven::{nothing_proven, proven_body};
use crate::receive::receive;

/// An event whose sender is proven. As an extractor, it verifies the request before the handler runs.
///
/// The [`Endpoint`] is looked up in the app data: `app_data(endpoint)` or `app_data(web::Data::new(endpoint))` on the
/// `App`, a scope or a resource; the innermost counts. Behind the [`Webhook`](crate::Webhook) middleware no endpoint is
/// needed: the extractor takes the delivery that the middleware left, unless there is an endpoint in the app data further in,
/// which then verifies the request once more. Without either every request gets 500, and so it does with two different
/// endpoints in the two forms, as actix-web does not tell which of them is further in.
///
/// A client that hangs up may cut the handler, as any handler of actix-web. Behind the middleware it does not.
///
/// A handler may take several, of different types; the request is verified once.
///
/// ```
/// use actix_web::{HttpResponse, Responder};
/// use webhook_actix::Verified;
/// use webhook_core::Delivery;
/// use webhook_core::provider::stripe;
///
/// async fn paid(Verified(event): Verified<stripe::Event>, delivery: Verified<Delivery>) -> impl Responder {
///     println!("{:?} signed by key {:?}", delivery.kind(), delivery.key());
///     HttpResponse::Ok()
/// }
/// ```
///
/// Extractors of the body stand *after* it: `web::Bytes`, `String`, `web::Json`, `web::Payload` then read the bytes that were proven,
/// and an error if the request is refused. An extractor before it has taken the body, so that nothing can be verified: 500
/// `body_already_taken`.
///
/// ```
/// use actix_web::{HttpResponse, Responder, web};
/// use webhook_actix::Verified;
/// use webhook_core::provider::stripe;
///
/// async fn kept(Verified(event): Verified<stripe::Event>, body: web::Bytes) -> impl Responder {
///     println!("{}: {} bytes", event.id, body.len());
///     HttpResponse::Ok()
/// }
/// ```
///
/// An extractor does not see the answer: a handler whose sender demands a certain
/// [acknowledgement](Delivery::acknowledgement) returns [`Acknowledge`](crate::Acknowledge), or stands behind the
/// middleware, which sends it by itself.
///
/// # Security
/// `Option<Verified<E>>` calls the handler for refused requests too, with `None`, and leaves handshakes unanswered.
/// Take `Result<Verified<E>, WebhookError>` to see why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<E>(pub E);

impl<E> Verified<E> {
    /// The event.
    #[must_use]
    pub fn into_inner(self) -> E {
        self.0
    }
}

impl<E> Deref for Verified<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<E: FromDelivery + 'static> FromRequest for Verified<E> {
    type Error = WebhookError;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let delivery = delivery(request, payload);
        Box::pin(async move {
            let delivery = delivery.await?;
            match delivery.decode() {
                Ok(event) => Ok(Self(event)),
                Err(error) => Err(WebhookError::undecodable(error, delivery)),
            }
        })
    }
}

/// An event whose sender is proven, or a request that would be refused and goes on because the endpoint
/// [only reports](Endpoint::dangerously_report_only): as an extractor, where [`Verified`] can stand.
///
/// ```
/// use actix_web::{HttpResponse, Responder};
/// use webhook_actix::MaybeVerified;
/// use webhook_core::provider::stripe;
///
/// async fn paid(event: MaybeVerified<stripe::Event>) -> impl Responder {
///     match event {
///         MaybeVerified::Verified(event) => println!("proven: {}", event.id),
///         MaybeVerified::Unverified(delivery) => {
///             let body = delivery.body().into_unverified();
///             println!("as until now: {} bytes, although {}", body.len(), delivery.rejection());
///         }
///     }
///     HttpResponse::Ok()
/// }
/// ```
#[derive(Clone, Debug)]
pub enum MaybeVerified<E> {
    /// Proven.
    Verified(E),
    /// Not proven, and why.
    Unverified(UnverifiedDelivery),
}

impl<E: FromDelivery + 'static> FromRequest for MaybeVerified<E> {
    type Error = WebhookError;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let event = Verified::from_request(request, payload);
        Box::pin(async move {
            match event.await {
                Ok(Verified(event)) => Ok(Self::Verified(event)),
                Err(error) => error.into_unverified().map(Self::Unverified),
            }
        })
    }
}

type Verification = LocalBoxFuture<'static, Result<Delivery, WebhookError>>;

/// The verification that another extractor of this request has begun. Weak, because it holds the request and the
/// request holds it: strong, a client that hangs up would leave both in memory for ever.
struct Begun(WeakShared<Verification>);

/// What the middleware or an earlier extractor has proven, what an extractor beside this one is about to prove, or
/// the proof begun now: actix-web starts all extractors of a handler at once, and the first takes the payload. For those after
/// it, it leaves what will be proven in its place.
fn delivery(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Delivery, WebhookError>> + use<> {
    let begun = request
        .extensions()
        .get::<Begun>()
        .and_then(|begun| begun.0.upgrade());
    if let Some(begun) = begun {
        return Either::Right(begun);
    }
    match innermost(request) {
        Ok(Innermost::Delivery(delivery)) => Either::Left(ready(Ok(delivery))),
        Ok(Innermost::Endpoint(endpoint)) => {
            let running = begin(endpoint, request, payload.take());
            *payload = proven_body(running.clone());
            Either::Right(running)
        }
        // Its body was read whole, and is there for others.
        Err(error) if error.is_of_unverified() => Either::Left(ready(Err(error))),
        Err(error) => {
            let unread = std::mem::replace(payload, nothing_proven());
            Either::Left(ready(Err(error.with_unread(unread))))
        }
    }
}

fn begin(endpoint: Endpoint, request: &HttpRequest, payload: Payload) -> Shared<Verification> {
    let owned = request.clone();
    let running = async move {
        let arrival = match receive(&endpoint, &owned, payload).await? {
            Judged::Genuine(arrival) => arrival,
            Judged::Reported(reported) => {
                return Err(WebhookError::from(reported.into_unverified()));
            }
        };
        if arrival.needs_dedupe() {
            let reason = "an endpoint that dedupes needs the Webhook middleware: an extractor does not see the answer";
            return Err(arrival.refuse(RejectionKind::Misconfigured, reason).into());
        }
        let delivery = arrival.into_delivery();
        leave(delivery.clone(), endpoint, &owned);
        Ok(delivery)
    };
    let running = running.boxed_local().shared();
    if let Some(begun) = running.downgrade() {
        request.extensions_mut().insert(Begun(begun));
    }
    running
}

//! The extractor for axum.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Extensions, StatusCode};
use webhook_core::adapter::{self, Judged, Tokio};
use webhook_core::{
    Answer, DecodeError, Delivery, Endpoint, FromDelivery, RejectionKind, UnverifiedDelivery,
};

use crate::response;
use crate::service::verify_or_report;

/// An event that its sender signed: an extractor for handlers behind a [`WebhookLayer`](crate::WebhookLayer).
///
/// It does not take the body, so that it goes together with every other extractor. A handler can be tested with a
/// `Verified` made by hand.
///
/// There is no `Option<Verified<E>>`, as nothing may go on without a proof: who wants to see what failed takes
/// `Result<Verified<E>, VerifiedRejection>`. Write `#[axum::debug_handler]` over a handler that does not compile: it names the extractor
/// that is at fault.
///
/// ```
/// use axum::http::StatusCode;
/// use webhook_core::{Delivery, JsonEvent};
/// use webhook_tower::{Verified, VerifiedRejection};
///
/// #[derive(serde::Deserialize)]
/// struct Shipped { order: u64 }
///
/// #[axum::debug_handler]
/// async fn shipped(Verified(JsonEvent(event)): Verified<JsonEvent<Shipped>>) -> String {
///     format!("order {} is on its way", event.order)
/// }
///
/// /// Sees what does not decode, and keeps it for later.
/// #[axum::debug_handler]
/// async fn careful(event: Result<Verified<JsonEvent<Shipped>>, VerifiedRejection>) -> StatusCode {
///     match event {
///         Ok(Verified(JsonEvent(event))) => { let _ = event.order; StatusCode::OK }
///         Err(rejection) => match rejection.delivery() {
///             Some(delivery) => { keep(delivery).await; StatusCode::ACCEPTED }
///             None => rejection.status(),
///         },
///     }
/// }
/// # async fn keep(_: &Delivery) {}
/// ```
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

/// An event that its sender signed, without a layer: takes the body, and so stands last. The [`Endpoint`] comes from the state, by
/// [`FromRef`].
///
/// What an extractor cannot do, a [`WebhookLayer`](crate::WebhookLayer) does: an endpoint with a store needs one, because an extractor does
/// not see the answer, and so does a sender that demands a certain acknowledgement. A client that hangs up cuts the handler.
///
/// ```
/// use axum::Router;
/// use axum::extract::FromRef;
/// use axum::http::StatusCode;
/// use axum::routing::post;
/// use webhook_core::Endpoint;
/// use webhook_core::provider::stripe::{self, Stripe};
/// use webhook_tower::VerifiedBody;
///
/// #[derive(Clone, FromRef)]
/// struct App {
///     stripe: Endpoint,
/// }
///
/// #[axum::debug_handler(state = App)]
/// async fn paid(VerifiedBody(event): VerifiedBody<stripe::Event>) -> StatusCode {
///     println!("{}", event.id);
///     StatusCode::OK
/// }
///
/// let stripe = Endpoint::new(Stripe::new("whsec_of_the_shop")?);
/// let app: Router = Router::new().route("/webhooks/stripe", post(paid)).with_state(App { stripe });
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedBody<E>(pub E);

impl<E> VerifiedBody<E> {
    /// The event.
    #[must_use]
    pub fn into_inner(self) -> E {
        self.0
    }
}

impl<E> Deref for VerifiedBody<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<E: FromDelivery, S: Sync> FromRequest<S> for VerifiedBody<E>
where
    Endpoint: FromRef<S>,
{
    type Rejection = VerifiedRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, VerifiedRejection> {
        let runtime = Tokio::new(Endpoint::from_ref(state));
        let (head, body) = request.into_parts();
        let judged = verify_or_report(&runtime, &head, body).await;
        let arrival = match judged.map_err(VerifiedRejection::from)? {
            Judged::Genuine(arrival) => arrival,
            Judged::Reported(reported) => return Err(reported.into_unverified().into()),
        };
        if arrival.needs_dedupe() {
            let rejection = arrival.refuse(RejectionKind::Misconfigured, NEEDS_LAYER);
            return Err(Answer::from(rejection).into());
        }
        decoded(&arrival.into_delivery()).map(Self)
    }
}

fn decoded<E: FromDelivery>(delivery: &Delivery) -> Result<E, VerifiedRejection> {
    delivery
        .decode()
        .map_err(|error| VerifiedRejection(Cause::Undecodable(Box::new((error, delivery.clone())))))
}

const NEEDS_LAYER: &str =
    "an endpoint that dedupes needs a `WebhookLayer`: an extractor does not see the answer";

impl<E: FromDelivery, S: Sync> FromRequestParts<S> for Verified<E> {
    type Rejection = VerifiedRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifiedRejection> {
        match parts.extensions.get::<Delivery>() {
            Some(delivery) => decoded(delivery).map(Self),
            None => Err(not_proven(&parts.extensions).into()),
        }
    }
}

/// Why nothing is proven of a request: a layer has said so, or there is none.
pub(crate) fn not_proven(extensions: &Extensions) -> Answer {
    let rejection = match extensions.get::<UnverifiedDelivery>() {
        Some(unverified) => unverified.rejection().clone(),
        None => adapter::misconfigured(NO_DELIVERY),
    };
    Answer::from(rejection)
}

/// An event that its sender signed, or a request that would be refused and goes on because the endpoint of its
/// [`WebhookLayer`](crate::WebhookLayer) [only reports](Endpoint::dangerously_report_only).
///
/// ```
/// use axum::http::StatusCode;
/// use webhook_core::provider::stripe;
/// use webhook_tower::{MaybeVerified, VerifiedRejection};
///
/// #[axum::debug_handler]
/// async fn paid(event: MaybeVerified<stripe::Event>) -> StatusCode {
///     match event {
///         MaybeVerified::Verified(event) => println!("proven: {}", event.id),
///         MaybeVerified::Unverified(delivery) => {
///             let body = delivery.body().into_unverified();
///             println!("as until now: {} bytes, although {}", body.len(), delivery.rejection());
///         }
///     }
///     StatusCode::OK
/// }
/// ```
#[derive(Clone, Debug)]
pub enum MaybeVerified<E> {
    /// Proven.
    Verified(E),
    /// Not proven, and why.
    Unverified(UnverifiedDelivery),
}

impl<E: FromDelivery, S: Sync> FromRequestParts<S> for MaybeVerified<E> {
    type Rejection = VerifiedRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, VerifiedRejection> {
        if let Some(unverified) = parts.extensions.get::<UnverifiedDelivery>() {
            return Ok(Self::Unverified(unverified.clone()));
        }
        let Verified(event) = Verified::from_request_parts(parts, state).await?;
        Ok(Self::Verified(event))
    }
}

/// Why there is no [`Verified`] event, or no [`VerifiedBody`], and the answer to the sender. Behind a layer it is our own fault each time:
/// 500, and the sender tries again.
///
/// ```
/// use webhook_core::provider::stripe;
/// use webhook_tower::{Verified, VerifiedRejection};
///
/// #[axum::debug_handler]
/// async fn paid(event: Result<Verified<stripe::Event>, VerifiedRejection>) -> Result<String, VerifiedRejection> {
///     let Verified(event) = event.inspect_err(|rejection| eprintln!("{}", rejection.code()))?;
///     Ok(event.id.to_string())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct VerifiedRejection(Cause);

#[derive(Clone, Debug)]
enum Cause {
    Answer(Answer),
    Undecodable(Box<(DecodeError, Delivery)>),
}

impl From<Answer> for VerifiedRejection {
    fn from(answer: Answer) -> Self {
        Self(Cause::Answer(answer))
    }
}

impl From<UnverifiedDelivery> for VerifiedRejection {
    fn from(unverified: UnverifiedDelivery) -> Self {
        Self::from(Answer::from(unverified.rejection().clone()))
    }
}

const NO_DELIVERY: &str = "no `WebhookLayer` is around this handler: call `route_layer(WebhookLayer::new(endpoint))` after its route";

impl VerifiedRejection {
    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match &self.0 {
            Cause::Answer(answer) => answer.status(),
            Cause::Undecodable(undecodable) => undecodable.0.status(),
        }
    }

    /// A stable word: `misconfigured` if no layer has verified the request, `undecodable` if it is authentic but not of
    /// the type that was asked for, else the [code](Answer::code) of what the library answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.0 {
            Cause::Answer(answer) => answer.code(),
            Cause::Undecodable(undecodable) => undecodable.0.code(),
        }
    }

    /// Why the delivery does not decode, if there is one.
    #[must_use]
    pub fn decode_error(&self) -> Option<&DecodeError> {
        self.undecodable().map(|(error, _)| error)
    }

    /// The delivery that does not decode, if there is one. It is authentic all the same.
    #[must_use]
    pub fn delivery(&self) -> Option<&Delivery> {
        self.undecodable().map(|(_, delivery)| delivery)
    }

    fn undecodable(&self) -> Option<&(DecodeError, Delivery)> {
        match &self.0 {
            Cause::Answer(_) => None,
            Cause::Undecodable(undecodable) => Some(undecodable),
        }
    }
}

impl IntoResponse for VerifiedRejection {
    fn into_response(self) -> Response {
        let answer = match self.0 {
            Cause::Answer(answer) => answer,
            Cause::Undecodable(undecodable) => Answer::from(undecodable.0),
        };
        response::answer(&answer).map(Body::new)
    }
}

impl fmt::Display for VerifiedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Answer(answer) => answer.fmt(f),
            Cause::Undecodable(_) => {
                f.write_str("the delivery is authentic, but not of the type that was asked for")
            }
        }
    }
}

impl Error for VerifiedRejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.decode_error().map(|error| error as _)
    }
}

//! The extractor for axum.

use std::error::Error;
use std::fmt;

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use webhook_core::{Answer, DecodeError, Delivery, FromDelivery, Rejection, RejectionKind};

use crate::response;

/// An event that its sender signed: an extractor for handlers behind a [`WebhookLayer`](crate::WebhookLayer).
///
/// It does not take the body, so that it goes together with every other extractor. A handler can be tested with a
/// `Verified` made by hand.
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
#[derive(Clone, Copy, Debug)]
pub struct Verified<E>(pub E);

impl<E: FromDelivery, S: Sync> FromRequestParts<S> for Verified<E> {
    type Rejection = VerifiedRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifiedRejection> {
        let Some(delivery) = parts.extensions.get::<Delivery>() else {
            return Err(VerifiedRejection(Cause::NoDelivery));
        };
        delivery.decode().map(Self).map_err(|error| {
            VerifiedRejection(Cause::Undecodable(Box::new((error, delivery.clone()))))
        })
    }
}

/// Why there is no [`Verified`] event. Our own fault each time, so it answers 500 and the sender tries again.
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
    NoDelivery,
    Undecodable(Box<(DecodeError, Delivery)>),
}

const NO_DELIVERY: Rejection = Rejection::new(
    RejectionKind::Misconfigured,
    "no `WebhookLayer` is around this handler",
);

impl VerifiedRejection {
    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.decode_error() {
            None => NO_DELIVERY.status(),
            Some(error) => error.status(),
        }
    }

    /// A stable word: `misconfigured` if no layer has verified the request, `undecodable` if it is authentic but not of
    /// the type that was asked for.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.decode_error() {
            None => NO_DELIVERY.code(),
            Some(error) => error.code(),
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
            Cause::NoDelivery => None,
            Cause::Undecodable(undecodable) => Some(undecodable),
        }
    }
}

impl IntoResponse for VerifiedRejection {
    fn into_response(self) -> Response {
        let answer = match self.0 {
            Cause::NoDelivery => Answer::from(NO_DELIVERY),
            Cause::Undecodable(undecodable) => Answer::from(undecodable.0),
        };
        response::answer(&answer).map(Body::new)
    }
}

impl fmt::Display for VerifiedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::NoDelivery => NO_DELIVERY.fmt(f),
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

//! The answer to a request that does not reach the handler.

use std::error::Error;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use webhook_core::{Answer, DecodeError, Delivery, Rejection, Reply, UnverifiedDelivery};

use crate::unread::Unread;

/// Why a request does not reach the handler, and the answer to it.
///
/// One of three: a [`rejection`](Self::rejection), the [`reply`](Self::reply) to a handshake, or a genuine delivery
/// that [does not decode](Self::decode_error). actix-web answers it by itself. A handler that takes the `Result`
/// sees it and must answer it, because a sender waits for the reply to its handshake:
///
/// ```
/// use actix_web::{HttpResponse, ResponseError};
/// use webhook_actix::{Verified, WebhookError};
/// use webhook_core::provider::stripe;
///
/// async fn paid(event: Result<Verified<stripe::Event>, WebhookError>) -> HttpResponse {
///     match event {
///         Ok(Verified(_event)) => HttpResponse::Ok().finish(),
///         Err(error) => {
///             if let (Some(fault), Some(delivery)) = (error.decode_error(), error.delivery()) {
///                 eprintln!("kept for later, {} bytes: {fault}", delivery.body().len());
///                 return HttpResponse::Ok().finish();
///             }
///             error.error_response()
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct WebhookError {
    answer: Answer,
    /// What does not decode.
    delivery: Option<Box<Delivery>>,
    /// What a report-only endpoint would refuse.
    unverified: Option<Box<UnverifiedDelivery>>,
    unread: Option<Unread>,
}

impl WebhookError {
    pub(crate) fn undecodable(error: DecodeError, delivery: Delivery) -> Self {
        Self {
            delivery: Some(Box::new(delivery)),
            ..Self::from(Answer::from(error))
        }
    }

    /// What a report-only endpoint lets through although it would be refused.
    pub(crate) fn into_unverified(self) -> Result<UnverifiedDelivery, Self> {
        match self.unverified {
            Some(unverified) => Ok(*unverified),
            None => Err(self),
        }
    }

    pub(crate) const fn is_of_unverified(&self) -> bool {
        self.unverified.is_some()
    }

    pub(crate) fn with_unread(self, payload: Payload) -> Self {
        Self {
            unread: Some(Unread::new(payload)),
            ..self
        }
    }

    /// Why the request was refused, if it was.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.answer.rejection()
    }

    /// The reply to a handshake, if it was one.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match &self.answer {
            Answer::Reply(reply) => Some(reply),
            _ => None,
        }
    }

    /// Why a genuine delivery could not be read as the type that was asked for, if that is the fault.
    #[must_use]
    pub fn decode_error(&self) -> Option<&DecodeError> {
        self.answer.decode_error()
    }

    /// The genuine delivery that could not be read as the type that was asked for.
    #[must_use]
    pub fn delivery(&self) -> Option<&Delivery> {
        self.delivery.as_deref()
    }
}

impl From<Answer> for WebhookError {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            delivery: None,
            unverified: None,
            unread: None,
        }
    }
}

impl From<UnverifiedDelivery> for WebhookError {
    fn from(unverified: UnverifiedDelivery) -> Self {
        Self {
            unverified: Some(Box::new(unverified.clone())),
            ..Self::from(unverified.rejection().clone())
        }
    }
}

impl From<Rejection> for WebhookError {
    fn from(rejection: Rejection) -> Self {
        Self::from(Answer::from(rejection))
    }
}

impl From<Reply> for WebhookError {
    fn from(reply: Reply) -> Self {
        Self::from(Answer::from(reply))
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.answer.fmt(f)
    }
}

impl Error for WebhookError {}

/// The reason is put into the response's extensions, as [`Rejection`] or [`DecodeError`], for a middleware that counts
/// or logs. The client sees a fixed text.
impl ResponseError for WebhookError {
    fn status_code(&self) -> StatusCode {
        status_of_actix(self.answer.status().as_u16())
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status_code());
        for header in self.answer.headers() {
            response.insert_header(header);
        }
        self.answered_by(response.body(self.answer.body()))
    }
}

impl WebhookError {
    /// This answer, with what was not read of the body, and with the reason.
    pub(crate) fn answered_by(&self, answer: HttpResponse) -> HttpResponse {
        let mut response = match &self.unread {
            Some(unread) => {
                let unread = unread.clone();
                answer.map_body(|_, body| BoxBody::new(unread.with_answer(body)))
            }
            None => answer,
        };
        if let Some(rejection) = self.rejection() {
            response.extensions_mut().insert(rejection.clone());
        }
        if let Some(error) = self.decode_error() {
            response.extensions_mut().insert(error.clone());
        }
        response
    }
}

/// actix-web has a type of its own for the same numbers.
pub(crate) fn status_of_actix(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

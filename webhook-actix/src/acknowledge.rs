//! The words in which a sender wants to hear that a delivery has arrived.

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError};
use webhook_core::adapter::{self, HandlerResponse};
use webhook_core::{DecodeError, Delivery, Reply};

use crate::error::{WebhookError, status_of_actix};

/// Answers with the [acknowledgement](Delivery::acknowledgement) that the sender of this request demands, or with an
/// empty 200 if it demands none.
///
/// For handlers behind the [`Verified`](crate::Verified) extractor alone. The [`Webhook`](crate::Webhook) middleware
/// does the same with every empty success of a handler.
///
/// ```
/// use actix_web::error::ErrorServiceUnavailable;
/// use webhook_actix::{Acknowledge, Verified};
/// use webhook_core::Delivery;
///
/// async fn update(Verified(delivery): Verified<Delivery>) -> actix_web::Result<Acknowledge> {
///     store(&delivery).await.map_err(ErrorServiceUnavailable)?; // it comes again
///     Ok(Acknowledge)
/// }
/// # async fn store(_: &Delivery) -> Result<(), std::io::Error> { Ok(()) }
/// ```
///
/// In a handler whose request nothing has verified it answers 500.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acknowledge;

impl Responder for Acknowledge {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let extensions = request.extensions();
        let Some(delivery) = extensions.get::<Delivery>() else {
            let reason = "there is nothing to acknowledge: no extractor and no middleware has verified the request";
            return WebhookError::from(adapter::misconfigured(reason)).error_response();
        };
        let success = HttpResponse::Ok().finish();
        match delivery.acknowledgement() {
            Some(reply) => success.map_body(|head, _| acknowledge(reply, head)),
            None => success,
        }
    }
}

/// What a handler behind the middleware has answered, unless the library puts its own body in its place.
pub(crate) struct Handled<B>(pub(crate) ServiceResponse<EitherBody<B>>);

impl<B: MessageBody + 'static> HandlerResponse for Handled<B> {
    fn is_success(&self) -> bool {
        self.0.status().is_success()
    }

    fn is_empty(&self) -> bool {
        let size = self.0.response().body().size();
        matches!(size, BodySize::None | BodySize::Sized(0))
    }

    fn status(&self) -> Option<u16> {
        Some(self.0.status().as_u16())
    }

    fn decode_error(&self) -> Option<&DecodeError> {
        let error = self.0.response().error()?;
        error.as_error::<WebhookError>()?.decode_error()
    }

    fn acknowledged_by(self, reply: &Reply) -> Self {
        let body = |head: &mut ResponseHead, _| EitherBody::right(acknowledge(reply, head));
        Self(self.0.map_body(body))
    }
}

/// Says a handler's empty success in the words that the sender demands: returns the body.
fn acknowledge(reply: &Reply, head: &mut ResponseHead) -> BoxBody {
    head.status = status_of_actix(reply.status().as_u16());
    head.reason = None;
    for (name, value) in reply.header_changes() {
        let name = HeaderName::from_static(name);
        match value {
            Some(value) => drop(head.headers.insert(name, HeaderValue::from_static(value))),
            None => drop(head.headers.remove(name)),
        }
    }
    BoxBody::new(reply.body().clone())
}

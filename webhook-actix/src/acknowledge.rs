//! The words in which a sender wants to hear that a delivery has arrived.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError};
use webhook_core::{Delivery, Rejection, RejectionKind, Reply};

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
            let rejection = Rejection::new(RejectionKind::Misconfigured, reason);
            return WebhookError::from(rejection).error_response();
        };
        let success = HttpResponse::Ok().finish();
        match delivery.acknowledgement() {
            Some(reply) => success.map_body(|head, _| acknowledge(reply, head)),
            None => success,
        }
    }
}

/// Whether the handler says yes and nothing else. A body whose length is not known may hold something.
pub(crate) fn is_empty_success<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let size = response.response().body().size();
    response.status().is_success() && matches!(size, BodySize::None | BodySize::Sized(0))
}

/// Says a handler's empty success in the words that the sender demands: returns the body. Headers that do not describe
/// the body stay.
pub(crate) fn acknowledge(reply: &Reply, head: &mut ResponseHead) -> BoxBody {
    head.status = status_of_actix(reply.status().as_u16());
    head.reason = None;
    for name in ABOUT_THE_BODY {
        head.headers.remove(name);
    }
    for &(name, value) in reply.headers() {
        let name = HeaderName::from_static(name);
        head.headers.insert(name, HeaderValue::from_static(value));
    }
    BoxBody::new(reply.body().clone())
}

/// The length is set by the server, which knows what goes over the wire.
const ABOUT_THE_BODY: [HeaderName; 4] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::TRANSFER_ENCODING,
];

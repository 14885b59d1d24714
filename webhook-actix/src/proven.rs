//! The body for the extractors that stand after `Verified`.

use std::future::{Future, ready};
use std::io;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use webhook_core::Delivery;

use crate::error::WebhookError;

/// The body that is being verified. Whoever reads it waits for the verdict, and sees no byte of a refused request.
pub(crate) fn proven_body(
    verdict: impl Future<Output = Result<Delivery, WebhookError>> + 'static,
) -> Payload {
    let body = stream::once(verdict).map(|verdict| match verdict {
        Ok(delivery) => Ok(delivery.body().clone()),
        // A report-only endpoint lets it through.
        Err(error) => match error.into_unverified() {
            Ok(unverified) => Ok(unverified.body().into_unverified().clone()),
            Err(_) => Err(refused()),
        },
    });
    Payload::Stream {
        payload: Box::pin(body),
    }
}

/// The body of a request that nobody can verify.
pub(crate) fn nothing_proven() -> Payload {
    let error: Result<Bytes, PayloadError> = Err(refused());
    Payload::Stream {
        payload: Box::pin(stream::once(ready(error))),
    }
}

/// Not an end: an empty body would look like a genuine one. The client may read this text, so that it says nothing more.
fn refused() -> PayloadError {
    PayloadError::Io(io::Error::other("the webhook was not accepted"))
}

//! The core's handler that hands deliveries over, for actix-web.

use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpRequest};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use webhook_core::{Accept, Delivery};

use crate::acknowledge::Acknowledge;
use crate::error::WebhookError;
use crate::extract::Verified;

/// Tells this handler from those that are functions: what it takes of a request.
#[derive(Debug)]
pub struct ByHandover(Delivery);

impl FromRequest for ByHandover {
    type Error = WebhookError;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let verified = Verified::<Delivery>::from_request(request, payload);
        let taken = verified.map(|verified| Ok(Self(verified?.into_inner())));
        taken.boxed_local()
    }
}

/// Where [`Verified`] can stand.
impl Handler<ByHandover> for Accept {
    type Output = Result<Acknowledge, WebhookError>;
    type Future = LocalBoxFuture<'static, Self::Output>;

    fn call(&self, ByHandover(delivery): ByHandover) -> Self::Future {
        let accept = self.clone();
        Box::pin(async move {
            accept.take(delivery).await?;
            Ok(Acknowledge)
        })
    }
}

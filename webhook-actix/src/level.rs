//! Which of several endpoints around a handler is the innermost.

use actix_web::dev::Extensions;
use actix_web::{HttpMessage, HttpRequest, web};
use webhook_core::{Delivery, Endpoint, RejectionKind, UnverifiedDelivery, adapter};

use crate::error::WebhookError;

/// What the app data showed at some level, in both of its forms. What is set further in hides it.
struct Level {
    plain: Option<Endpoint>,
    shared: Option<Endpoint>,
}

impl Level {
    fn of(request: &HttpRequest) -> Self {
        let shared = request.app_data::<web::Data<Endpoint>>();
        Self {
            plain: request.app_data::<Endpoint>().cloned(),
            shared: shared.map(|shared| Endpoint::clone(shared)),
        }
    }
}

/// Who has verified a request, and at which level.
struct Verified {
    by: Endpoint,
    at: Level,
}

/// Leaves for the extractors what a request was judged to be, a delivery or an unverified one. It belongs to the level that this
/// request has reached.
pub(crate) fn leave<T: 'static>(judged: T, by: Endpoint, request: &HttpRequest) {
    let verified = Verified {
        by,
        at: Level::of(request),
    };
    let mut extensions = request.extensions_mut();
    extensions.insert(verified);
    extensions.insert(judged);
}

/// What counts for a handler.
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for one request"
)]
pub(crate) enum Innermost {
    /// Verified already.
    Delivery(Delivery),
    /// To be verified by this.
    Endpoint(Endpoint),
}

/// The endpoint or the middleware that is the innermost around the handler of this request.
pub(crate) fn innermost(request: &HttpRequest) -> Result<Innermost, WebhookError> {
    let extensions = request.extensions();
    let verified = extensions.get::<Verified>();
    let level = Level::of(request);
    let plain = further_in(level.plain, verified, |at| &at.plain);
    let shared = further_in(level.shared, verified, |at| &at.shared);
    let endpoint = match (plain, shared) {
        (Some(plain), Some(shared)) if !plain.ptr_eq(&shared) => {
            let reason = "an Endpoint and a web::Data<Endpoint> are in the app data, and actix-web does not tell which \
                          of them is further in: use one of the two forms";
            return Err(plain.refuse(RejectionKind::Misconfigured, reason).into());
        }
        (plain, shared) => plain.or(shared),
    };
    match (endpoint, extensions.get::<Delivery>()) {
        // Without a mark: somebody else's doing, such as a test's.
        (_, Some(delivery)) if verified.is_none() => Ok(Innermost::Delivery(delivery.clone())),
        (None, Some(delivery)) => Ok(Innermost::Delivery(delivery.clone())),
        (Some(endpoint), _) => Ok(Innermost::Endpoint(endpoint)),
        (None, None) => Err(not_proven(&extensions)),
    }
}

/// Why nothing is proven of a request: a middleware has said so, or there is none.
fn not_proven(extensions: &Extensions) -> WebhookError {
    match extensions.get::<UnverifiedDelivery>() {
        Some(unverified) => WebhookError::from(unverified.clone()),
        None => adapter::misconfigured(NONE).into(),
    }
}

const NONE: &str = "there is no Endpoint in the app data and no Webhook middleware: call `app_data(endpoint)` on the App, or \
                    `wrap(Webhook::new(endpoint))` on the resource";

/// This endpoint, unless it was there already where the request was verified, or is the one that has verified it.
fn further_in(
    endpoint: Option<Endpoint>,
    verified: Option<&Verified>,
    same_form: fn(&Level) -> &Option<Endpoint>,
) -> Option<Endpoint> {
    let endpoint = endpoint?;
    let is_known = verified.is_some_and(|verified| {
        let seen = same_form(&verified.at).as_ref();
        endpoint.ptr_eq(&verified.by) || seen.is_some_and(|seen| endpoint.ptr_eq(seen))
    });
    (!is_known).then_some(endpoint)
}

//! Mercado Pago: payments in Latin America.
//!
//! | | |
//! |---|---|
//! | signature | `x-signature: ts=…,v1=…`: hex HMAC-SHA256 of `id:…;request-id:…;ts:…;` |
//! | key | the text of the webhook's secret signature |
//! | time window | off: `ts` is signed, but in which unit is not certain; see below |
//! | event id | `id` of a whole notification in the body, else `x-request-id`; not signed, as the body decides which |
//! | kind | `action` or `type` in the body, or `type` in the query; not signed |
//!
//! # What to know
//!
//! - **The body is not signed.** Signed are the parameter `data.id` of the query, the header `x-request-id` and the
//!   time; each is left out of the signed text where it is absent. Read the object from Mercado Pago's API, and use
//!   nothing else of the request.
//! - Mercado Pago's documentation says to lower-case a `data.id` with letters, its libraries do not: both are tried. So
//!   whoever replays a request can change the case of the id, and nothing else of it.
//! - Dedupe goes by what is signed: `data.id` and `x-request-id`, or the time where there is no `x-request-id`. So a
//!   notification that comes again under another `x-request-id` is another event.
//! - A `;` in a signed value could move from one into the next, and is refused.
//! - Mercado Pago's libraries take `ts` for seconds although their comments say milliseconds, and examples show both.
//!   If you set a [tolerance](MercadoPago::tolerance), 12 digits or more are taken for milliseconds.
//! - A body counts as a whole notification if it says when it was made, in `date_created`.
//! - Notifications of QR codes and the older IPN (`topic` and `id` in the query) are not signed, and refused here.
//! - A `ts` or `v1` that occurs twice is refused; the libraries take the last one.
//!
//! Checked against Mercado Pago's libraries `mercadopago` 3.6.0 (Python) and 3.6.1 (JavaScript). Documentation:
//! ["Webhooks"](https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks).
//!
//! # Payments
//!
//! What happened is not said, not even unsigned: there is only the id of the object that it happened to, and its type
//! is not signed. So every delivery is [`Unconfirmed`](crate::payment::PaymentStatus::Unconfirmed), with `data.id` of the query as its transaction. What the body
//! claims stands in [`unverified`](crate::payment::PaymentUpdate::unverified):
//!
//! | kind | where | status | amount |
//! |---|---|---|---|
//! | `payment*`, `order*`, `subscription_preapproval`, `subscription_authorized_payment`, `topic_claims_integration_wh`, `topic_chargebacks_wh`, `topic_merchant_order_wh` |  | `Unconfirmed` |  |
//! | any other |  | `Other` |  |
//!
//! | kind | currency | reference | transaction id | time |
//! |---|---|---|---|---|
//! | all |  |  | `data.id` | `date_created`, by RFC 3339 |
//!
//! Ask the API for the object. Orders, claims, chargebacks and subscriptions are told in the same way.
//!
//! Dedupe tells events apart by: signed `data.id`, request id and time; without a request id the unsigned `id` too. A
//! repeat is handled again if it is not recognised: signed anew.

mod payment;
mod signed;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};

pub use payment::MEANING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::MercadoPago;

pub(crate) const PROVIDER: Registered = Registered::custom(verify::SENDER, &ABOUT, |settings| {
    Ok(Arc::new(MercadoPago::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(Group::Payments, "https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks",
)
.setup(&[
    "In Your integrations, open the application and choose Webhooks, Configure notifications.",
    "Enter the URL and choose the events. Use one URL for the test mode and another for the production mode.",
    "Save, and copy the secret signature that is shown then. It becomes `secrets`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the application's secret signature, shown under Webhooks: one or a list, any of which may match",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how old the signed time may be; any time is accepted if absent",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&["x-signature", "x-request-id"])
.signed(
    "HMAC-SHA256 in hex of: `id:`, `data.id` of the query, `;request-id:`, the request id, `;ts:`, the time, `;`",
)
.acknowledgement("200 or 201");

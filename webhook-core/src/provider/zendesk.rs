//! Zendesk: tickets, users, organisations and articles.
//!
//! | | |
//! |---|---|
//! | signature | `X-Zendesk-Webhook-Signature`: base64 HMAC-SHA256 of `X-Zendesk-Webhook-Signature-Timestamp` and the body, with nothing between them |
//! | key | the **text** of the webhook's signing secret, although it looks like base64 |
//! | time window | 300 seconds both ways; the number is ours, Zendesk names none |
//! | event id | `X-Zendesk-Webhook-Invocation-Id`, **not signed** |
//! | kind | `type` in the body, signed, such as `zen:event-type:user.created`; what a trigger or an automation sends has none |
//!
//! # What to know
//!
//! - Where a webhook is connected to a trigger or an automation, its author chose method and body: `POST`, `PUT`, `PATCH`, `GET`
//!   and `DELETE` are accepted, and the body may be anything or nothing. **The URL is not signed**: do not act on what stands in its
//!   query.
//! - The time is written as in RFC 3339, so that it and the body can be cut apart in one way only.
//! - The header `X-Zendesk-Webhook-Id` names the webhook, not the event.
//! - What is sent to try a webhook that is not saved yet is said to be signed with a secret that everybody knows. That one is refused as a
//!   key.
//! - Whether a repeat keeps the invocation id is not documented.
//!
//! Checked against vectors that we computed, by Zendesk's documentation:
//! ["Verifying webhook authenticity"](https://developer.zendesk.com/documentation/webhooks/verifying/).
//!
//! Dedupe tells events apart by: body, unsigned `X-Zendesk-Webhook-Invocation-Id`; without one the body and the signed time. A repeat
//! is handled again if it is not recognised: under another invocation id.

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developer.zendesk.com/documentation/webhooks/verifying/")
    .setup(&[
        "In Admin Center, open Apps and integrations, Actions and webhooks, Webhooks, and create one with the URL of your endpoint.",
        "Open the webhook and reveal its signing secret. It becomes `secrets`, as it is shown.",
    ]);

/// Base64 HMAC-SHA256 of time and body.
pub const SCHEME: Scheme = Scheme::new("zendesk", Algorithm::HmacSha256)
    .key(KeyFormat::text().reject_prefixes(&[KNOWN_TO_ALL]))
    .methods(&["POST", "PUT", "PATCH", "GET", "DELETE"])
    .signature(Signature::header("x-zendesk-webhook-signature").encoding(Encoding::Base64))
    .timestamp(
        Timestamp::header("x-zendesk-webhook-signature-timestamp")
            .unit(TimeUnit::Rfc3339)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Body])
    .id(&[Field::Header("x-zendesk-webhook-invocation-id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE);

/// What signs the requests that try a webhook which is not saved yet, the same for everybody.
const KNOWN_TO_ALL: &str = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ";

const WHOSE: Whose = Whose::new().account(&[Field::Json("/account_id")]);

scheme_provider! {
    /// Verifies what Zendesk sends for one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::zendesk::Zendesk;
    ///
    /// let endpoint = Endpoint::new(Zendesk::new("B9DP8hsuVIjVVd19TlG0KtuYZO1CpBPIudCoak7ou84=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Zendesk, SCHEME, timed
}

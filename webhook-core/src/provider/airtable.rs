//! Airtable: changes of a base.
//!
//! | | |
//! |---|---|
//! | signature | `X-Airtable-Content-MAC: hmac-sha256=` and hex HMAC-SHA256 of the body |
//! | key | base64, `macSecretBase64` of the call that made the webhook; what is decoded is the key |
//! | time window | none: `timestamp` in the body is signed and not judged |
//! | event id | none |
//! | kind | none |
//!
//! # What to know
//!
//! - A request says only that something has changed: `base.id`, `webhook.id` and a time. Read the changes from Airtable's API, behind
//!   the cursor that you keep.
//! - The secret is shown once, when the webhook is made.
//! - Answer 200 or 204 with an empty body.
//!
//! Computed by Airtable's documentation, with which third parties agree; no library of Airtable verifies. Documentation:
//! ["Webhooks overview"](https://airtable.com/developers/web/api/webhooks-overview).
//!
//! Dedupe tells events apart by: body.

use crate::crypto::{Algorithm, KeyFormat};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://airtable.com/developers/web/api/webhooks-overview").setup(&[
    "Create the webhook with `POST /v0/bases/{baseId}/webhooks` of the API, with the URL as `notificationUrl`.",
    "Keep `macSecretBase64` of the answer. It becomes `secrets`.",
]).acknowledgement("200 or 204 with an empty body");

/// Hex HMAC-SHA256 of the body, after `hmac-sha256=`.
pub const SCHEME: Scheme = Scheme::new("airtable", Algorithm::HmacSha256)
    .key(KeyFormat::base64())
    .signature(Signature::header("x-airtable-content-mac").prefix("hmac-sha256="));

scheme_provider! {
    /// Verifies what Airtable sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::airtable::Airtable;
    ///
    /// let endpoint = Endpoint::new(Airtable::new("knR2hBm1Cj6FKuZq3IN3oFlLUdDr0nKW2oqzIuRFxCTUgEP70GfPv2yihxtGfqQ2")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Airtable, SCHEME
}

//! Typeform: answers to forms.
//!
//! | | |
//! |---|---|
//! | signature | `Typeform-Signature: sha256=` and **base64** HMAC-SHA256 of the body |
//! | key | the text of the secret that you enter for the webhook |
//! | time window | none: Typeform signs no time |
//! | event id | `event_id` in the body, signed |
//! | kind | `event_type` in the body, signed |
//!
//! # What to know
//!
//! - The prefix is that of GitHub, the digits are not: base64, not hexadecimal.
//! - A webhook without a secret is not signed at all, and is refused here.
//! - Typeform waits for 30 seconds. It switches a webhook off at once that answers 404 or 410.
//! - The rule is from Typeform's documentation as its users apply it.
//!
//! Checked against vectors that we computed; no library of Typeform verifies. Documentation:
//! ["Secure your webhooks"](https://www.typeform.com/developers/webhooks/secure-your-webhooks/).
//!
//! Dedupe tells events apart by: `event_id`, kind.

use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Business,
    "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
)
.setup(&[
    "In the form, open Connect, Webhooks, and add a webhook with the URL.",
    "Edit it and enter a long random secret. It becomes `secrets`.",
    "Switch the webhook on.",
]);

/// Base64 HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("typeform", Algorithm::HmacSha256)
    // <https://www.typeform.com/developers/webhooks/>
    .waits_secs(30)
    // Personal access tokens.
    .key(KeyFormat::text().reject_prefixes(&["tfp_"]))
    .signature(
        Signature::header("typeform-signature")
            .prefix("sha256=")
            .encoding(Encoding::Base64),
    )
    .id(&[Field::Json("/event_id")])
    .kind(&[Field::Json("/event_type")]);

scheme_provider! {
    /// Verifies what Typeform sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::typeform::Typeform;
    ///
    /// let endpoint = Endpoint::new(Typeform::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Typeform, SCHEME
}

/// Names of kinds.
pub mod kind {
    /// Somebody has sent a form.
    pub const FORM_RESPONSE: &str = "form_response";
    /// Somebody has answered a part of a form.
    pub const FORM_RESPONSE_PARTIAL: &str = "form_response_partial";
}

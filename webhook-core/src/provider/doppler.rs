//! Doppler: configurations whose secrets changed.
//!
//! | | |
//! |---|---|
//! | signature | `X-Doppler-Signature: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the webhook's secret |
//! | time window | none: Doppler signs no time |
//! | event id | none |
//! | kind | `type` in the body, signed, such as `config.secrets.update`; a payload of your own has none |
//!
//! # What to know
//!
//! - A webhook without a secret is not signed at all, and is refused here.
//! - Nothing is known to tell two changes of one configuration apart: **their bodies may be the same**. So each request is handled, also with
//!   a store: to fetch the secrets once too often does no harm.
//! - Whoever has seen one request can send it again.
//!
//! Checked against the community library `@hookflo/tern` 4.1.0. Documentation:
//! ["Webhooks"](https://docs.doppler.com/docs/webhooks).
//!
//! Dedupe tells events apart by: nothing. A repeat is handled again: always, also with a store.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Developer, "https://docs.doppler.com/docs/webhooks").setup(&[
        "In the project, open Webhooks and add one with the URL of your endpoint.",
        "Enter a long random secret there: it becomes `secrets`.",
    ]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("doppler", Algorithm::HmacSha256)
    .signature(Signature::header("x-doppler-signature").prefix("sha256="))
    .kind(&[Field::Json("/type")])
    .identity(Identity::none());

scheme_provider! {
    /// Verifies what Doppler sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::doppler::Doppler;
    ///
    /// let endpoint = Endpoint::new(Doppler::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Doppler, SCHEME
}

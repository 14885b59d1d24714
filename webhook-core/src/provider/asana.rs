//! Asana: tasks, projects, stories.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hook-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the secret that came as `X-Hook-Secret`; each webhook has its own |
//! | time window | none |
//! | event id | none |
//! | kind | `action` of the first event in the body, signed |
//! | set-up | one request, **not signed**, hands over the secret |
//!
//! # What to know
//!
//! - While the call that makes a webhook is still open, Asana sends one request with `X-Hook-Secret` and no signature, and wants the same
//!   header back with 200 or 204. The library does not answer it: whoever reaches the URL first could hand over a secret of their
//!   own. Let a handler of your own answer, at a path for this webhook, and keep the value as its key.
//! - A request that holds both headers is judged by the configured keys: nobody brings a key along.
//! - A body holds a **list of events**. They are compact: ask Asana for the rest. An empty list is a heartbeat.
//! - Asana waits 10 seconds, and tries for 24 hours.
//!
//! Checked against vectors that we computed, by Asana's documentation:
//! ["Webhooks guide"](https://developers.asana.com/docs/webhooks-guide).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: with the events in another list.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.asana.com/docs/webhooks-guide").setup(&[
    "Let a handler of your own answer at a path for this webhook with 200 and the `X-Hook-Secret` of the request, and keep its value.",
    "Make the webhook with `POST /webhooks` of the API, with the resource and the URL as `target`. The value becomes `secrets`.",
    "Let the endpoint take the place of that handler.",
]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("asana", Algorithm::HmacSha256)
    // <https://developers.asana.com/docs/webhooks-guide>
    .waits_secs(10)
    .signature(Signature::header("x-hook-signature"))
    .kind(&[Field::Json("/events/0/action")]);

scheme_provider! {
    /// Verifies what Asana sends for one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::asana::Asana;
    ///
    /// let endpoint = Endpoint::new(Asana::new("0951c228b5e05dfabf8c70b504d28b63ae04986f42eb40a27ba6fbcc20a57e6d")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Asana, SCHEME
}

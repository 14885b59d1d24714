//! Asana: tasks, projects, stories.
//!
//! | | |
//! |---|---|
//! | signature | `X-Hook-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the secret that came as `X-Hook-Secret`; each webhook has its own |
//! | time window | none |
//! | event id | none |
//! | kind | `action` of the first event in the body, signed |
//! | set-up | one request, **not signed**, hands over the secret: answered in set-up mode |
//!
//! # What to know
//!
//! - While the call that makes a webhook is still open, Asana sends one request with `X-Hook-Secret` and no signature, and wants the same
//!   header back with 200 or 204. [`Asana::set_up`], or `"mode": "setup"` without `secrets`, accepts it and nothing else, and answers so; the
//!   secret goes to [`Endpoint::on_setup_secret`](crate::Endpoint::on_setup_secret) with the path. Whoever reaches the URL first can hand over a
//!   secret of their own, and nothing in the request tells: give each webhook a path that nobody can guess, and take one secret only.
//! - Once there is a key, such a request is refused as one without a signature.
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
use crate::scheme::{Scheme, Setup, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.asana.com/docs/webhooks-guide").setup(&[
    "Choose a path for this webhook that nobody can guess. Start the endpoint there in set-up mode (`mode` is `setup`, or `Asana::set_up`), and let `Endpoint::on_setup_secret` keep the secret.",
    "Make the webhook with `POST /webhooks` of the API, with the resource and the URL as `target`. The endpoint answers while that call is open.",
    "The secret that was kept becomes `secrets`; leave out `mode` and start again.",
]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("asana", Algorithm::HmacSha256)
    // <https://developers.asana.com/docs/webhooks-guide>
    .waits_secs(10)
    .signature(Signature::header("x-hook-signature"))
    .kind(&[Field::Json("/events/0/action")])
    .setup(Setup::header("x-hook-secret"));

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
    Asana, SCHEME, set_up
}

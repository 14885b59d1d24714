//! Notion: pages, databases, comments, by webhooks of an integration.
//!
//! | | |
//! |---|---|
//! | signature | `X-Notion-Signature: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the verification token, whole |
//! | time window | none; `timestamp` in the signed body says when it happened |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed |
//! | set-up | one request, **not signed**, hands over the token: answered in set-up mode |
//!
//! # What to know
//!
//! - The first request of a subscription is the JSON object `{"verification_token": "secret_…"}`, and nobody has signed it.
//!   [`Notion::set_up`], or `"mode": "setup"` without `secrets`, accepts it and nothing else, and answers 200; the token goes to
//!   [`Endpoint::on_setup_secret`](crate::Endpoint::on_setup_secret). Paste it in Notion, configure it as the key, and leave set-up mode. Whoever
//!   reaches the URL first can hand over a token of their own: Notion does not take that one.
//! - A request of this form is refused as one without a signature once there is a key, and one that has a signature too is judged by the keys.
//! - `attempt_number` in the body counts the attempts, so that a repeat is another body. `id` stays.
//! - Bodies are thin: ask Notion for the page.
//!
//! Checked against Notion's library `@notionhq/client` 5.26.0 (JavaScript). Documentation:
//! ["Webhooks"](https://developers.notion.com/reference/webhooks).
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::crypto::Algorithm;
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Setup, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.notion.com/reference/webhooks").setup(&[
    "Start the endpoint in set-up mode (`mode` is `setup`, or `Notion::set_up`), and let `Endpoint::on_setup_secret` show you the token.",
    "In the settings of the integration, open Webhooks, create a subscription with the URL, and choose its events.",
    "Paste the token, `secret_…`, where Notion asks for it. The whole of it becomes `secrets`; leave out `mode` and start again.",
]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("notion", Algorithm::HmacSha256)
    .signature(Signature::header("x-notion-signature").prefix("sha256="))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .setup(Setup::only_member("verification_token"));

const WHOSE: Whose = Whose::new().account(&[Field::Json("/workspace_id")]);

scheme_provider! {
    /// Verifies what Notion sends for one subscription.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::notion::Notion;
    ///
    /// let endpoint = Endpoint::new(Notion::new("secret_B3QMamuwK9nmC3QsdN1j6N2XoZyWfy6Bk1tnUyytpQT")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Notion, SCHEME, set_up
}

//! Notion: pages, databases, comments, by webhooks of an integration.
//!
//! | | |
//! |---|---|
//! | signature | `X-Notion-Signature: sha256=` and hex HMAC-SHA256 of the body |
//! | key | the text of the verification token, whole |
//! | time window | none; `timestamp` in the signed body says when it happened |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed |
//! | set-up | one request, **not signed**, hands over the token |
//!
//! # What to know
//!
//! - The first request of a subscription is the JSON object `{"verification_token": "secret_…"}`, and nobody has signed it. The library
//!   does not answer it: whoever reaches the URL first could hand over a token of their own. Let a handler of your own answer it with 200 once and
//!   show you the token; paste it in Notion, and it is the key from then on. A request of this form that comes later is refused as
//!   one without a signature.
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
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Business, "https://developers.notion.com/reference/webhooks").setup(&[
    "Let a handler of your own answer at the URL with 200 and show you the body: Notion's first request holds the verification token.",
    "In the settings of the integration, open Webhooks, create a subscription with the URL, and choose its events.",
    "Paste the token, `secret_…`, where Notion asks for it. The whole of it becomes `secrets`; then let the endpoint take the place of that handler.",
]);

/// Hex HMAC-SHA256 of the body, after `sha256=`.
pub const SCHEME: Scheme = Scheme::new("notion", Algorithm::HmacSha256)
    .signature(Signature::header("x-notion-signature").prefix("sha256="))
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE);

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
    Notion, SCHEME
}

//! Supabase Auth hooks: your own step of a sign-in.
//!
//! | | |
//! |---|---|
//! | signature | [Standard Webhooks](super::standard_webhooks) `v1`: base64 HMAC-SHA256 of `webhook-id`, `.`, `webhook-timestamp`, `.`, body |
//! | key | `v1,whsec_` and base64; what is decoded is the key. Several with `\|` between them |
//! | time window | 300 seconds both ways |
//! | event id | `webhook-id`, signed |
//! | kind | none: the hook is known by its URL |
//!
//! # What to know
//!
//! - A hook asks: the JSON that your handler answers decides what Supabase does. A store for dedupe would answer a repeat without it, so use
//!   none here.
//! - Use one URL for each hook: a request does not reliably say which one it is.
//! - Database webhooks are not signed, and are refused here.
//! - Hooks that are signed with a key pair, `v1a,…`, are not taken.
//!
//! Checked against the libraries of Standard Webhooks, 1.1.0 (Python) and 1.1.1 (JavaScript), once the prefix is taken off. Documentation:
//! ["Auth Hooks"](https://supabase.com/docs/guides/auth/auth-hooks).
//!
//! Dedupe tells events apart by: `webhook-id`, kind.

use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::scheme::Scheme;

use super::standard_webhooks;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Developer,
    "https://supabase.com/docs/guides/auth/auth-hooks",
)
.setup(&[
    "In the project, open Authentication, Hooks, and add a hook of the type HTTPS with the URL.",
    "Generate the secret, `v1,whsec_…`, and copy the whole of it. It becomes `secrets`.",
])
.acknowledgement("200 with the hook's result in JSON, which your handler answers");

/// Standard Webhooks with secrets as Supabase shows them, and without a kind.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("supabase")
    .kind(&[])
    .without_events();

scheme_provider! {
    /// Verifies what Supabase Auth asks of one hook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::supabase::Supabase;
    ///
    /// let endpoint = Endpoint::new(Supabase::new("v1,whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Supabase, SCHEME, timed
}

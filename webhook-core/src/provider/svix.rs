//! Svix, and those who send through it: Clerk, Resend and many more.
//!
//! [Standard Webhooks](super::standard_webhooks) `v1` under Svix's own names: `svix-id`, `svix-timestamp`,
//! `svix-signature`. Each of them wins over its common name `webhook-…`, which is read where it is absent. Signed
//! bytes, keys, time window, event id and kind are the same, and so is [`Event`].
//!
//! Checked against Svix's libraries `svix` 2.9.1 (Python) and 1.99.1 (JavaScript), `@clerk/backend` 3.25.0 and
//! `resend` 6.38.0. Documentation:
//! ["Verifying Webhooks Manually"](https://docs.svix.com/receiving/verifying-payloads/how-manual).
//!
//! Dedupe tells events apart by: `svix-id`, kind.

use crate::crypto::Encoding;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

use super::standard_webhooks;
pub use super::standard_webhooks::Event;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Standards,
    "https://docs.svix.com/receiving/verifying-payloads/how-manual",
)
.setup(&[
    "Where the sender manages its webhooks, add an endpoint with the URL and choose the events.",
    "Open the endpoint and copy the signing secret, `whsec_…`. It becomes `secrets`.",
]);

const ID: &[Field] = &[Field::Header("svix-id"), Field::Header("webhook-id")];

/// Standard Webhooks under Svix's own header names, which win over the common ones.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("svix")
    // <https://docs.svix.com/receiving/introduction>
    .waits_secs(15)
    .signature(
        Signature::first_of(&[
            Field::Header("svix-signature"),
            Field::Header("webhook-signature"),
        ])
        .separator(b' ')
        .prefix("v1,")
        .encoding(Encoding::Base64),
    )
    .timestamp(
        Timestamp::first_of(&[
            Field::Header("svix-timestamp"),
            Field::Header("webhook-timestamp"),
        ])
        .tolerance(300),
    )
    .signed_content(&[
        Part::FirstOf(ID),
        Part::Literal("."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .id(ID);

/// The same where the common names win: for senders that have left Svix's names, or may have.
pub(crate) const COMMON_FIRST: Scheme = standard_webhooks::SCHEME
    .signature(
        Signature::first_of(&[
            Field::Header("webhook-signature"),
            Field::Header("svix-signature"),
        ])
        .separator(b' ')
        .prefix("v1,")
        .encoding(Encoding::Base64)
        .ignore_other_versions(),
    )
    .timestamp(
        Timestamp::first_of(&[
            Field::Header("webhook-timestamp"),
            Field::Header("svix-timestamp"),
        ])
        .tolerance(300),
    )
    .signed_content(&[
        Part::FirstOf(COMMON_ID),
        Part::Literal("."),
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
    .id(COMMON_ID);

const COMMON_ID: &[Field] = &[Field::Header("webhook-id"), Field::Header("svix-id")];

scheme_provider! {
    /// Verifies what Svix sends for one of its customers to one endpoint.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::svix::Svix;
    ///
    /// let endpoint = Endpoint::new(Svix::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Svix, SCHEME, timed
}

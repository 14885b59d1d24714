//! PandaDoc: documents and their recipients.
//!
//! | | |
//! |---|---|
//! | signature | the parameter `signature` of the query: hex HMAC-SHA256 of the body |
//! | key | the text of the subscription's shared key |
//! | time window | none: PandaDoc signs no time |
//! | event id | none |
//! | kind | `event` of the first event in the body, signed, such as `document_state_changed` |
//!
//! # What to know
//!
//! - PandaDoc adds the parameter to the URL that it was given. What else stands in the query stays there, and is not signed. A log of whole URLs holds the
//!   signatures, not the key.
//! - The body is a list of events. The kind is that of the first one: read all of them.
//! - Nothing says when a request was signed: whoever has seen one can send it again.
//!
//! Checked against vectors that we computed, by PandaDoc's documentation. Documentation:
//! ["How to Verify Webhook Authenticity"](https://developers.pandadoc.com/docs/webhook-verification).
//!
//! Dedupe tells events apart by: body. A repeat is handled again if it is not recognised: rendered anew.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Business,
    "https://developers.pandadoc.com/docs/webhook-verification",
)
.setup(&[
    "In the Developer Dashboard, add a webhook with the URL of your endpoint and the events.",
    "Copy the shared key of that webhook. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of the body, in the query.
pub const SCHEME: Scheme = Scheme::new("pandadoc", Algorithm::HmacSha256)
    .signature(Signature::first_of(&[Field::Query("signature")]))
    .kind(&[Field::Json("/0/event")]);

scheme_provider! {
    /// Verifies what PandaDoc sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::pandadoc::PandaDoc;
    ///
    /// let endpoint = Endpoint::new(PandaDoc::new(["new shared key", "old shared key"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    PandaDoc, SCHEME
}

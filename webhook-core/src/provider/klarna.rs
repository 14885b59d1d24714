//! Klarna: network webhooks.
//!
//! | | |
//! |---|---|
//! | signature | `Klarna-Signature`: hex HMAC-SHA256 of the body |
//! | key | the text of the signing key; chosen by `Klarna-Signing-Key-Id`. Setting `secrets_by_key_id`: a table |
//! | time window | none: Klarna signs no time of the request |
//! | event id | `metadata.event_id` in the body, signed |
//! | kind | `metadata.event_type` in the body, signed, such as `payment.request.state-change.authorized` |
//! | test or live | `metadata.live` |
//!
//! # What to know
//!
//! - A signing key is shown once, when it is created; its id begins with `krn:partner:global:notification:signing-key:`. A key that is not
//!   in the table is untrusted, whatever it has signed.
//! - Klarna's document does not say how the code is written; its plug-in for WooCommerce compares hexadecimal digits, and takes the key as
//!   text. There is other code that writes base64: that is refused here.
//! - Only the ports 443 and 8443 are reached.
//! - Payments are not read: what each kind means for money is more than we could check. Read the payment from Klarna's API.
//! - The push calls of the older Checkout and Payments APIs are not signed, and are refused here.
//!
//! Checked against vectors that we computed, by Klarna's documentation:
//! ["Setup your webhooks"](https://docs.klarna.com/klarna-network-distribution/setup-your-integration/connection-configuration/setup-your-webhooks/).
//!
//! Dedupe tells events apart by: `metadata.event_id`, kind; without an id the body.

use crate::crypto::Algorithm;
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(Group::Payments, "https://docs.klarna.com/klarna-network-distribution/setup-your-integration/connection-configuration/setup-your-webhooks/",
)
.setup(&[
    "In the Partner Portal, open Webhooks, or use the API, and create a signing key. It is shown once.",
    "The key with its id becomes an entry of `secrets_by_key_id`.",
    "Create a webhook with the URL of your endpoint, the kinds and that key.",
])
.acknowledgement("200, 201, 202 or 204");

/// Hex HMAC-SHA256 of the body, by the key of an id.
pub const SCHEME: Scheme = Scheme::new("klarna", Algorithm::HmacSha256)
    .signature(Signature::header("klarna-signature"))
    .key_id(&[Field::Header("klarna-signing-key-id")])
    .id(&[Field::Json("/metadata/event_id")])
    .kind(&[Field::Json("/metadata/event_type")])
    .whose(&WHOSE);

const WHOSE: Whose = Whose::new()
    .live(Field::Json("/metadata/live"), &["true"])
    .test(Field::Json("/metadata/live"), &["false"]);

scheme_provider! {
    /// Verifies what Klarna sends to one partner. Every key is named with its id.
    ///
    /// ```
    /// use webhook_core::provider::klarna::Klarna;
    /// use webhook_core::{Endpoint, Key};
    ///
    /// let id = "krn:partner:global:notification:signing-key:3d418c85-a3c9-4f2f-a3e8-1bc5a526abf2";
    /// let key = Key::new("aU3teb7dshpS38unvhVqz33Mb0DI9a7z")?.named(id);
    /// let endpoint = Endpoint::new(Klarna::new(key)?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Klarna, SCHEME
}

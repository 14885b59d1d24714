//! Worldline: Connect (formerly Ingenico, GlobalCollect) and Direct.
//!
//! | | |
//! |---|---|
//! | signature | `X-GCS-Signature`: base64 HMAC-SHA256 of the body |
//! | key | the text of the secret key; chosen by `X-GCS-KeyId`. Setting `secrets_by_key_id`: a table |
//! | time window | none: Worldline signs no time of the request |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed, such as `payment.captured` |
//! | account | `merchantId` |
//! | set-up | `GET` with `X-GCS-Webhooks-Endpoint-Verification`, unsigned: the library answers with its value as plain text |
//!
//! # What to know
//!
//! - While a key is replaced the old and the new one are in use side by side: keep both in the table. A key that is not in it is untrusted,
//!   whatever it has signed.
//! - Two lines of the header of the key's id are refused if they differ.
//! - Payments are not read: what each kind means for money is more than we could check. Ask Worldline for the payment.
//!
//! Checked against Worldline's libraries `connect-sdk-python3` 6.3.0, `onlinepayments-sdk-python3` 10.3.0 (Python) and
//! `onlinepayments-sdk-nodejs` 6.2.0 (JavaScript). Documentation:
//! ["Webhooks"](https://docs.connect.worldline-solutions.com/documentation/webhooks).
//!
//! Dedupe tells events apart by: `id`, kind; without an id the body.

use crate::crypto::{Algorithm, Encoding};
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Handshake, HandshakeReply, Scheme, Signature};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Payments, "https://docs.connect.worldline-solutions.com/documentation/webhooks").setup(&[
        "In the Configuration Center or the Merchant Portal, open Webhooks, and generate a key id and a secret key.",
        "Both become an entry of `secrets_by_key_id`.",
        "Start the endpoint, and add its URL: Worldline asks it by `GET`.",
    ]);

/// Base64 HMAC-SHA256 of the body, by the key of an id.
pub const SCHEME: Scheme = Scheme::new("worldline", Algorithm::HmacSha256)
    .signature(Signature::header("x-gcs-signature").encoding(Encoding::Base64))
    .key_id(&[Field::Header("x-gcs-keyid")])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")])
    .whose(&WHOSE)
    .handshakes(&[Handshake::unsigned(
        "GET",
        &[Condition::Present(VERIFICATION)],
        HandshakeReply::Echo(VERIFICATION),
    )]);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/merchantId")]);
const VERIFICATION: Field = Field::Header("x-gcs-webhooks-endpoint-verification");

scheme_provider! {
    /// Verifies what Worldline sends to one merchant. Every key is named with its id.
    ///
    /// ```
    /// use webhook_core::provider::worldline::Worldline;
    /// use webhook_core::{Endpoint, Key};
    ///
    /// let new = Key::new("0d4eab48-7375-4d5c-83e3-fc929f64eb93")?.named("ff970181-9224-47b6-bae3-46e1868d1b0e");
    /// let old = Key::new("140497f0-f7d6-47ed-a883-7e317ebd33a8")?.named("a374447b-8be0-409d-a499-5755da15998c");
    /// let endpoint = Endpoint::new(Worldline::new([new, old])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Worldline, SCHEME
}

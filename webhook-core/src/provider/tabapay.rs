//! TabaPay: transactions and accounts.
//!
//! | | |
//! |---|---|
//! | signature | `X-HMAC-Signature: t=…,v1=…`, hex HMAC-SHA256 of `t`, `.`, body; `v2=…` beside it while a secret is replaced |
//! | key | the text of the signing secret |
//! | time window | 300 seconds both ways; the number is ours |
//! | event id | `Idempotency-Key`, **not signed** |
//! | kind | none |
//!
//! # What to know
//!
//! - `v1` and `v2` are no versions: for 48 hours after a change `v1` is made with the new secret, and `v2` with the one before. Either may
//!   match.
//! - `Idempotency-Key` stays the same when TabaPay tries again, and whoever replays a request can change it.
//! - Nothing is signed until you have asked for a secret; such requests are refused here.
//! - What the bodies say could not be checked: no kind is read, and no payment.
//!
//! Checked against vectors that we computed, by TabaPay's documentation; no library of TabaPay verifies:
//! ["Verifying webhook signatures"](https://developers.tabapay.com/reference/verifying-webhook-signatures).
//!
//! Dedupe tells events apart by: body, unsigned `Idempotency-Key`; without one the body and the signed time. A repeat is handled again if
//! it is not recognised: under another key, or signed anew without one.

use crate::crypto::Algorithm;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About =
    About::new(Group::Payments, "https://developers.tabapay.com/reference/verifying-webhook-signatures").setup(&[
        "Give TabaPay the URL of your endpoint.",
        "Ask for a secret with `POST /v2/clients/{ClientID}/webhooks/secrets` of the API. It is shown once, and becomes `secrets`.",
    ]);

/// Hex HMAC-SHA256 of time, dot and body, with one secret or with two.
pub const SCHEME: Scheme = Scheme::new("tabapay", Algorithm::HmacSha256)
    .signature(
        Signature::header("x-hmac-signature")
            .separator(b',')
            .prefix("v1=")
            .or_prefix("v2="),
    )
    .timestamp(Timestamp::entry("t=").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("."), Part::Body])
    .id(&[Field::Header("idempotency-key")]);

scheme_provider! {
    /// Verifies what TabaPay sends to one client.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::tabapay::TabaPay;
    ///
    /// let endpoint = Endpoint::new(TabaPay::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    TabaPay, SCHEME, timed
}

//! dLocal: pay-ins.
//!
//! | | |
//! |---|---|
//! | signature | `Authorization: V2-HMAC-SHA256, Signature:` and hex HMAC-SHA256 of `X-Login`, `X-Date` and the body, nothing between them |
//! | key | the text of the secret key |
//! | time window | 3,600 seconds both ways, by `X-Date`, RFC 3339; the number is ours |
//! | event id | none: `id` in the body is that of the payment |
//! | kind | `status` in the body, signed |
//!
//! # What to know
//!
//! - A payment keeps its `id` through all of its statuses: do not take it for the id of an event.
//! - `X-Login` is the public name of your account. It is signed, and not compared with anything.
//! - dLocal tries for days. Whether a repeat has a new `X-Date` is not known, which is why the window is an hour: set a wider one with
//!   [`DLocal::tolerance`] if repeats are refused as stale.
//! - Notices of the platform, such as those of verifications, have their signature in a header `Signature`. In which form is not
//!   known; they are refused.
//! - Payments are not read: what each status means for money is more than we could check. Ask dLocal for the payment, or read the body.
//!
//! Checked against vectors that we computed, by dLocal's documentation:
//! ["Receive notifications"](https://docs.dlocal.com/docs/receive-notifications).
//!
//! Dedupe tells events apart by: `id`, kind, `status_code`; without an id the body and the signed time. A repeat is handled again if it is
//! not recognised: without an id, signed anew.

use crate::crypto::Algorithm;
use crate::message::Identity;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Condition, Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.dlocal.com/docs/receive-notifications",
)
.setup(&[
    "Give the URL as `notification_url` with each payment, or in the dashboard.",
    "Copy the secret key of the account's integration. It becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of login, time and body.
pub const SCHEME: Scheme = Scheme::new("dlocal", Algorithm::HmacSha256)
    .signature(Signature::header("authorization").prefix("V2-HMAC-SHA256, Signature: "))
    .timestamp(
        Timestamp::header("x-date")
            .unit(TimeUnit::Rfc3339)
            .tolerance(3600),
    )
    .require(&[Condition::Present(LOGIN)])
    .signed_content(&[Part::FirstOf(&[LOGIN]), Part::Timestamp, Part::Body])
    .kind(&[Field::Json("/status")])
    // The time may be that of the attempt.
    .identity(Identity::fields(&[
        &[Field::Json("/id")],
        &[Field::Json("/status")],
        &[Field::Json("/status_code")],
    ]));

const LOGIN: Field = Field::Header("x-login");

scheme_provider! {
    /// Verifies what dLocal sends to one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::dlocal::DLocal;
    ///
    /// let endpoint = Endpoint::new(DLocal::new(["new secret key", "old secret key"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    DLocal, SCHEME, timed
}

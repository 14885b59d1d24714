//! Airwallex: payments, payouts, accounts.
//!
//! | | |
//! |---|---|
//! | signature | `x-signature`: hex HMAC-SHA256 of `x-timestamp`, body |
//! | key | the text of the webhook's secret |
//! | time window | 300 seconds both ways, **our number**: Airwallex names none |
//! | event id | `id` in the body, signed |
//! | kind | `name` in the body, signed |
//!
//! # What to know
//!
//! - The time is in milliseconds, and stands right before the body in what is signed.
//! - Airwallex takes 200 for a success and nothing else. It tries again for about three days, in any order.
//! - An event of the button "Test event" is signed with a secret of its own, which is in a header of that very request: it proves nothing,
//!   and is refused here.
//! - Payments are not told yet: every kind is [`Other`](crate::payment::PaymentStatus::Other). Read them from the body.
//!
//! Computed by Airwallex' documentation, with which two third parties agree; no library of Airwallex verifies. One of its tables calls the
//! signature a digest of the body alone, its steps and samples put the time before it. Documentation:
//! ["Listen for webhook events"](https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events).
//!
//! Dedupe tells events apart by: `id`, kind.

use crate::crypto::Algorithm;
use crate::message::Whose;
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::Registered;
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
use crate::time::TimeUnit;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME));

const ABOUT: About = About::new(
    Group::Payments,
    "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events",
)
.setup(&[
    "In the web app, open Developer, Webhooks, and create a webhook with the URL and its events.",
    "Open the webhook and copy its secret. It becomes `secrets`.",
])
.acknowledgement("200");

/// Hex HMAC-SHA256 of the time and the body.
pub const SCHEME: Scheme = Scheme::new("airwallex", Algorithm::HmacSha256)
    .signature(Signature::header("x-signature"))
    .timestamp(
        Timestamp::header("x-timestamp")
            .unit(TimeUnit::Milliseconds)
            .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::Body])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/name")])
    .whose(&WHOSE);

const WHOSE: Whose = Whose::new().account(&[Field::Json("/account_id")]);

scheme_provider! {
    /// Verifies what Airwallex sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::airwallex::Airwallex;
    ///
    /// let endpoint = Endpoint::new(Airwallex::new("whsec_hQIxLzXrz3B9cn5SejFxkuRBNvZChM1Q")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Airwallex, SCHEME, timed
}

/// Names of kinds of events. Airwallex has many more; all of them arrive.
pub mod kind {
    /// A payment succeeded.
    pub const PAYMENT_INTENT_SUCCEEDED: &str = "payment_intent.succeeded";
    /// A payout was paid.
    pub const PAYOUT_TRANSFER_PAID: &str = "payout.transfer.paid";
    /// A refund is settled.
    pub const REFUND_SETTLED: &str = "refund.settled";
}

//! Telnyx: calls, messages and faxes.
//!
//! | | |
//! |---|---|
//! | signature | `telnyx-signature-ed25519`: base64 Ed25519 of `telnyx-timestamp`, `\|`, body |
//! | key | the account's public key: base64 of 32 bytes; setting `public_keys`; feature `asymmetric` |
//! | time window | 300 seconds both ways |
//! | event id | `data.id` in the body, signed |
//! | kind | `data.event_type` in the body, signed |
//!
//! # What to know
//!
//! - One key signs everything of an account.
//! - `meta.attempt` counts the attempts to deliver: a repeat has another body, and the same `data.id`.
//! - Connections with API version 1 send other bodies, which are not read here. A connection that is set to `GET` sends no body; such
//!   requests are refused.
//!
//! # Messages
//!
//! | kind | where | status |
//! |---|---|---|
//! | `message.sent`, `message.finalized` | `data.payload.to.*.status` is `scheduled` or `queued` or `sending` | `Accepted` |
//! | `message.sent`, `message.finalized` | `data.payload.to.*.status` is `sent` or `delivery_unconfirmed` | `Sent` |
//! | `message.sent`, `message.finalized` | `data.payload.to.*.status` is `delivered` | `Delivered` |
//! | `message.sent`, `message.finalized` | `data.payload.to.*.status` is `cancelled` | `Dropped(Unknown)` |
//! | `message.sent`, `message.finalized` | `data.payload.to.*.status` is `expired` or `sending_failed` or `delivery_failed` | `Failed` |
//! | `message.received` |  | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `message.sent`, `message.finalized` as `Dropped(Unknown)`, `Failed` | `message.received` | all others |
//! |---|---|---|---|
//! | channel | `data.payload.type`: `SMS` is `Sms`, `MMS` is `Sms` | `data.payload.type`: `SMS` is `Sms`, `MMS` is `Sms` | `data.payload.type`: `SMS` is `Sms`, `MMS` is `Sms` |
//! | to | `data.payload.to.*.phone_number`, each an update of its own | `data.payload.to.*.phone_number` | `data.payload.to.*.phone_number`, each an update of its own |
//! | from | `data.payload.from.phone_number` | `data.payload.from.phone_number` | `data.payload.from.phone_number` |
//! | message id | `data.payload.id` | `data.payload.id` | `data.payload.id` |
//! | reason | `data.payload.errors.0.detail`, else `data.payload.errors.0.title` |  |  |
//! | code | `data.payload.errors.0.code` |  |  |
//! | time | `data.occurred_at`, by RFC 3339 | `data.occurred_at`, by RFC 3339 | `data.occurred_at`, by RFC 3339 |
//!
//! - A message to several numbers is told in one event: each of them is an update.
//! - `delivery_unconfirmed` is the last that is told of a message whose carrier says nothing of its arrival: `Sent`.
//! - Whether a number is at fault is not told: what did not arrive is `Failed`, with Telnyx' code. The first error is that of all numbers
//!   of the event.
//! - Calls, faxes, and mail by Telnyx are `Other`.
//! - What each status means is from Telnyx'
//!   ["Receiving Webhooks for Messaging"](https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks).
//!
//! Checked against Telnyx' libraries `telnyx` 4.189.0 (Python) and 7.24.0 (JavaScript). Documentation:
//! ["Webhook Fundamentals"](https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks).
//!
//! Dedupe tells events apart by: `data.id`, kind.

use crate::TimeUnit;
use crate::crypto::{Algorithm, Encoding, KeyFormat};
use crate::mailing::MessageStatus::{Accepted, Delivered, Dropped, Failed, Inbound, Sent};
use crate::mailing::{Channel, DropReason, Meaning, Places, Rule};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(Group::Messages, "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks",
)
.setup(&[
    "In the Mission Control Portal, open Account Settings, Keys & Credentials, Public Key, and copy it. It becomes `public_keys`.",
    "Enter the URL of your endpoint in the connection, the messaging profile or the fax application.",
]);

/// Base64 Ed25519 of time, `|`, body.
pub const SCHEME: Scheme = Scheme::new("telnyx", Algorithm::Ed25519)
    .key(KeyFormat::base64())
    .signature(Signature::header("telnyx-signature-ed25519").encoding(Encoding::Base64))
    .timestamp(Timestamp::header("telnyx-timestamp").tolerance(300))
    .signed_content(&[Part::Timestamp, Part::Literal("|"), Part::Body])
    .id(&[Field::Json("/data/id")])
    .kind(&[Field::Json("/data/event_type")])
    .mailing(&MAILING);

scheme_provider! {
    /// Verifies what Telnyx sends for one account. The key is the account's public one.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::telnyx::Telnyx;
    ///
    /// let endpoint = Endpoint::new(Telnyx::new("9rONU52qBxxEcrXSjnZY6aRiGhd76aSTmDr7QfcxK4o=")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Telnyx, SCHEME, timed
}

/// What Telnyx' kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    MESSAGE,
    &[
        Rule::by(
            TOLD,
            STATUS,
            &[
                ("scheduled", Accepted),
                ("queued", Accepted),
                ("sending", Accepted),
                ("sent", Sent),
                ("delivery_unconfirmed", Sent),
                ("delivered", Delivered),
            ],
        ),
        Rule::by(
            TOLD,
            STATUS,
            &[
                ("cancelled", Dropped(DropReason::Unknown)),
                ("expired", Failed),
                ("sending_failed", Failed),
                ("delivery_failed", Failed),
            ],
        )
        .places(&FAILED),
        Rule::new(&["message.received"], Inbound).places(&RECEIVED),
    ],
);

const _: () = assert!(MAILING.check().is_ok());

const TOLD: &[&str] = &["message.sent", "message.finalized"];

const STATUS: &str = "/data/payload/to/*/status";

const RECEIVED: Places = Places::NONE
    .channel_by(
        "/data/payload/type",
        &[("SMS", Channel::Sms), ("MMS", Channel::Sms)],
    )
    .to(&["/data/payload/to/*/phone_number"])
    .from(&["/data/payload/from/phone_number"])
    .message_id(&["/data/payload/id"])
    .time(TimeUnit::Rfc3339, &["/data/occurred_at"]);

const MESSAGE: Places = RECEIVED.each("/data/payload/to");

const FAILED: Places = MESSAGE
    .reason(&[
        "/data/payload/errors/0/detail",
        "/data/payload/errors/0/title",
    ])
    .code(&["/data/payload/errors/0/code"]);

/// Names of kinds. Telnyx has many more; all of them arrive.
pub mod kind {
    /// A call begins.
    pub const CALL_INITIATED: &str = "call.initiated";
    /// A message has arrived, or has failed, for good.
    pub const MESSAGE_FINALIZED: &str = "message.finalized";
    /// Somebody sent you a message.
    pub const MESSAGE_RECEIVED: &str = "message.received";
    /// A message was handed to the carrier.
    pub const MESSAGE_SENT: &str = "message.sent";
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, crate::ConfigError> {
    Ok(vec![Sample::of_asymmetric(SCHEME)?.made_by(Telnyx::new)])
}

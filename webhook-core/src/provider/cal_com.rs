//! Cal.com: bookings and meetings.
//!
//! | | |
//! |---|---|
//! | signature | `X-Cal-Signature-256`: hex HMAC-SHA256 of the body; the key is the secret's text |
//! | time window | none: Cal.com signs no time |
//! | event id | none |
//! | kind | `triggerEvent` in the body, signed |
//!
//! # What to know
//!
//! - Without a secret the header is there and reads `no-secret-provided`. That is refused here.
//! - There is no event id: `payload.uid` is the booking, which has many events.
//! - A webhook with a template of its own has any body, not only JSON. What is signed is the body as it was sent.
//!
//! Computed by Cal.com's documentation and code; no library of Cal.com verifies. Documentation:
//! ["Webhooks"](https://cal.com/docs/developing/guides/automation/webhooks).
//!
//! Dedupe tells events apart by: body.

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
    "https://cal.com/docs/developing/guides/automation/webhooks",
)
.setup(&[
    "Open Settings, Developer, Webhooks, and create a webhook with the URL and its events.",
    "Enter a long random secret there: it becomes `secrets`.",
]);

/// Hex HMAC-SHA256 of the body.
pub const SCHEME: Scheme = Scheme::new("cal-com", Algorithm::HmacSha256)
    .signature(Signature::header("x-cal-signature-256"))
    .kind(&[Field::Json("/triggerEvent")]);

scheme_provider! {
    /// Verifies what Cal.com sends to one webhook.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::cal_com::CalCom;
    ///
    /// let endpoint = Endpoint::new(CalCom::new(["new secret", "old secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    CalCom, SCHEME
}

/// Names of kinds of events. All others arrive too.
pub mod kind {
    /// No guest came to a meeting.
    pub const AFTER_GUESTS_CAL_VIDEO_NO_SHOW: &str = "AFTER_GUESTS_CAL_VIDEO_NO_SHOW";
    /// No host came to a meeting.
    pub const AFTER_HOSTS_CAL_VIDEO_NO_SHOW: &str = "AFTER_HOSTS_CAL_VIDEO_NO_SHOW";
    /// A booking was cancelled.
    pub const BOOKING_CANCELLED: &str = "BOOKING_CANCELLED";
    /// There is one booking more.
    pub const BOOKING_CREATED: &str = "BOOKING_CREATED";
    /// Whether somebody came was changed.
    pub const BOOKING_NO_SHOW_UPDATED: &str = "BOOKING_NO_SHOW_UPDATED";
    /// A booking was paid.
    pub const BOOKING_PAID: &str = "BOOKING_PAID";
    /// The payment of a booking has begun.
    pub const BOOKING_PAYMENT_INITIATED: &str = "BOOKING_PAYMENT_INITIATED";
    /// A booking was turned down.
    pub const BOOKING_REJECTED: &str = "BOOKING_REJECTED";
    /// Somebody asks for a booking.
    pub const BOOKING_REQUESTED: &str = "BOOKING_REQUESTED";
    /// A booking has another time.
    pub const BOOKING_RESCHEDULED: &str = "BOOKING_RESCHEDULED";
    /// A form was filled in.
    pub const FORM_SUBMITTED: &str = "FORM_SUBMITTED";
    /// A form was filled in and nothing was booked.
    pub const FORM_SUBMITTED_NO_EVENT: &str = "FORM_SUBMITTED_NO_EVENT";
    /// Somebody wants to meet at once.
    pub const INSTANT_MEETING: &str = "INSTANT_MEETING";
    /// A meeting is over.
    pub const MEETING_ENDED: &str = "MEETING_ENDED";
    /// A meeting has begun.
    pub const MEETING_STARTED: &str = "MEETING_STARTED";
    /// Somebody is out of office.
    pub const OOO_CREATED: &str = "OOO_CREATED";
    /// Somebody tries the webhook from the settings.
    pub const PING: &str = "PING";
    /// A recording is there.
    pub const RECORDING_READY: &str = "RECORDING_READY";
    /// A transcript is there.
    pub const RECORDING_TRANSCRIPTION_GENERATED: &str = "RECORDING_TRANSCRIPTION_GENERATED";
}

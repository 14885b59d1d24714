//! Twilio: messages, calls and what else happens to a phone number.
//!
//! | | |
//! |---|---|
//! | signature | `X-Twilio-Signature`: base64 HMAC-SHA1 of the URL and, of a form, each field by name: the name and the value, with nothing between them |
//! | another body | the URL holds `bodySHA256`, its hex SHA-256 |
//! | key | the text of the account's auth token; or a shared key, which `X-Twilio-Webhooks-Signature-Settings` names with its algorithm, HMAC-SHA1 or HMAC-SHA256. Setting `shared_keys`: a table by their ids |
//! | time window | none: Twilio signs no time |
//! | event id | `I-Twilio-Idempotency-Token`, **not signed** |
//! | kind | none: each product has a field of its own, such as `MessageStatus` or `CallStatus` |
//!
//! # What to know
//!
//! - The URL is signed as Twilio was given it: scheme, host, path, query. Configure that text. Twilio signs it with a port or without one,
//!   so both are tried. A query that Twilio adds is taken from the request, and stands behind that of the configured URL.
//! - **Nothing stands between the fields of a form.** Whoever has a genuine request can cut it in another way: `a=1&b=2` and `a1b=2` have
//!   one signature. So a form is covered as [`Coverage::Fields`](crate::Coverage::Fields): ask Twilio's interface before you act on what
//!   would hurt. A JSON body is covered whole.
//! - A body that is no form needs `bodySHA256`. A request without a body, such as a `GET`, is covered by its URL.
//! - Fields are sorted by the bytes of their names. One that is written twice with one value counts once, as in Twilio's libraries.
//! - A request names its shared key by the id. An id that is not configured is `untrusted_key`; no other key is tried, and the request
//!   never chooses the algorithm of the auth token. **Doubtful**: shared keys are in beta, and were run with
//!   Twilio's Python library alone.
//! - While the primary auth token is replaced, configure both. An API key's secret does not sign.
//! - Without `public_url` the request itself must say its whole URL, which it does in vector files and hardly ever on a server.
//!
//! # Messages
//!
//! Since the fields of a form can be cut in another way, each update is `Unconfirmed`, and all of this is in its `unverified` part.
//!
//! The kind is `MessageStatus`, else `SmsStatus`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `accepted`, `scheduled`, `queued`, `sending` |  | `Accepted` |
//! | `sent` |  | `Sent` |
//! | `delivered` |  | `Delivered` |
//! | `read` |  | `Opened` |
//! | `canceled` |  | `Dropped(Unknown)` |
//! | `undelivered`, `failed` |  | `Failed` |
//! | `received` | `OptOutType` is `STOP` | `Unsubscribed` |
//! | `received` | `OptOutType` is `START` | `Resubscribed` |
//! | `received` |  | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `received` as `Unsubscribed`, `Resubscribed` | `received` as `Inbound` | all others |
//! |---|---|---|---|
//! | channel | `From`: `+…` is `Sms`, `whatsapp:…` is `WhatsApp` | `From`: `+…` is `Sms`, `whatsapp:…` is `WhatsApp` | `To`: `+…` is `Sms`, `whatsapp:…` is `WhatsApp` |
//! | to | `From` | `To` | `To` |
//! | from |  | `From` | `From` |
//! | message id | `MessageSid`, else `SmsSid` | `MessageSid`, else `SmsSid` | `MessageSid`, else `SmsSid` |
//! | list | `MessagingServiceSid` |  |  |
//! | reason |  |  | `ChannelStatusMessage` |
//! | code |  |  | `ErrorCode` |
//!
//! - Status callbacks and messages that come in are read, both as forms. An empty body, as of a `GET`, is an error: let Twilio use `POST`.
//!   JSON, such as that of Event Streams, is `Other`, and so is what Twilio tells of calls.
//! - Whether a number is at fault is not told: `undelivered` and `failed` are `Failed`, with Twilio's error code.
//! - `OptOutType` is there where Advanced Opt-Out of a messaging service is switched on. `STOP` and `START` are then told instead of
//!   `Inbound`; `HELP` is a message as any other. The list is the messaging service.
//! - The forms tell no time but that of the carrier, `RawDlrDoneDate`, which has no time zone: it is not read.
//! - **Doubtful**: `partially_delivered` stands in Twilio's list of statuses, and nothing says when it is sent. It is `Other`.
//! - What each status means is from Twilio's
//!   ["Outbound Message Status in Status Callbacks"](https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks);
//!   the words of `OptOutType` are from
//!   ["Advanced Opt-Out"](https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out).
//!
//! Checked against Twilio's libraries `twilio` 9.13.0 (Python) and `twilio` 6.2.0 (JavaScript). The second also tries a normalised URL, which is
//! not done here. Documentation: ["Webhooks Security"](https://www.twilio.com/docs/usage/webhooks/webhooks-security).
//!
//! Dedupe tells events apart by: URL and signed fields, or URL and body; with the id, which is not signed. A repeat is handled again if it is not
//! recognised: under another id.

mod mailing;
#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::registry::{Registered, testing};
use verify::{ABOUT, SENDER};

pub use mailing::MAILING;
#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::Twilio;

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(Twilio::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

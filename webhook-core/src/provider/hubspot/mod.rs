//! HubSpot: contacts, companies, deals and what else happens in its CRM.
//!
//! | | |
//! |---|---|
//! | signature | `X-HubSpot-Signature-v3`: base64 HMAC-SHA256 of the method, the URL, the body and `X-HubSpot-Request-Timestamp` |
//! | key | the text of the app's client secret |
//! | time window | 300 seconds both ways |
//! | event id | none: `eventId` is not unique |
//! | kind | `subscriptionType` of the first event in the body, signed |
//! | older | `X-HubSpot-Signature`, hex. Version 1: SHA-256 of the secret and the body; version 2: of the secret, the method, the URL and the body. Setting `mode`: `v1` or `v2` |
//!
//! # What to know
//!
//! - The URL is signed as HubSpot called it. Configure that text. A query that HubSpot adds is taken from the request, and stands behind that
//!   of the configured URL. Version 3 signs it with twelve escapes decoded: `%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B`. **Doubtful**: the
//!   list is from HubSpot's document, whose libraries do not decode; in lower case they stay as they are.
//! - Nothing stands between the parts. So the time has thirteen digits, a query holds neither `[` nor `{`, and a body behind a query begins with
//!   one of them, or is empty.
//! - **Versions 1 and 2 are weak**: plain hashes that begin with the secret. Whoever has one can compute that of the same text with more behind it,
//!   so a body that is not JSON is refused. They sign no time: every replay passes. Use them for what HubSpot signs in no other way.
//! - `X-HubSpot-Signature-Version` must be that of the `mode`. Webhooks of the CRM carry version 1 beside version 3.
//! - One request holds up to 100 events in one list.
//! - Without `public_url` the request itself must say its whole URL, which it does in vector files and hardly ever on a server.
//!
//! Checked against HubSpot's libraries `hubspot-api-client` 12.0.0 (Python) and `@hubspot/api-client` 13.5.0 (JavaScript), which only
//! refuse what is too old. Documentation:
//! ["Validating requests"](https://developers.hubspot.com/docs/api/webhooks/validating-requests).
//!
//! Dedupe tells events apart by: method, URL, signed time and body; in version 1 by the body. A repeat is handled again if it is not recognised:
//! signed anew, or with another `attemptNumber`.

#[cfg(feature = "testing")]
mod signer;
mod verify;

use std::sync::Arc;

use crate::provider::registry::{Registered, testing};
use verify::{ABOUT, SENDER};

#[cfg(feature = "testing")]
pub use signer::Signer;
pub use verify::HubSpot;

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(HubSpot::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

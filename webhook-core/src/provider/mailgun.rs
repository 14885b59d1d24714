//! Mailgun: what became of e-mails.
//!
//! | | |
//! |---|---|
//! | signature | `signature.signature` in a JSON body, `signature` in an older form: hex HMAC-SHA256 of `timestamp` and `token` beside it, with nothing between them |
//! | key | the text of the HTTP webhook signing key |
//! | time window | 300 seconds both ways; the number is ours, Mailgun names none |
//! | event id | `token`, signed |
//! | kind | `event-data.event`, `event` in a form; **not signed** |
//!
//! # What to know
//!
//! - **Nothing of the event is signed**: whoever has seen one request can send any event under its signature, for as long as the time
//!   allows. Give the endpoint a store: each token is then taken once. Ask Mailgun before you act on what would hurt.
//! - Nothing stands between time and token. A time has ten digits; one that took a digit from its token lies in the future, and is refused
//!   for it.
//! - `event-data.id` names the event. It is not signed: the token goes before it.
//! - Where the event is a subaccount's, `parent-signature` stands beside the signature. It is not looked at: configure the
//!   subaccount's key.
//! - A form in which a field that counts stands twice is refused.
//! - Whether a repeat keeps its token is not documented.
//!
//! Checked against the community library `django-anymail` 15.2, which looks at no time. Documentation:
//! ["Securing Webhooks"](https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks).
//!
//! Dedupe tells events apart by: `token`. A repeat is handled again if it is not recognised: under another token.

use crate::crypto::Algorithm;
use crate::provider::about::About;
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Signer};
#[cfg(feature = "testing")]
use crate::{ConfigError, Coverage};
#[cfg(feature = "testing")]
use serde_json::json;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(
    "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
)
.setup(&[
    "In the control panel, copy the HTTP webhook signing key. It becomes `secrets`.",
    "Give the endpoint a store: the event is not signed, so that each signature must be taken once.",
    "Open Sending, Webhooks, and add the URL of your endpoint for each kind of event.",
]);

const TOKEN: &[Field] = &[Field::Json("/signature/token"), Field::Form("token")];

/// Hex HMAC-SHA256 of time and token, all three in the body.
pub const SCHEME: Scheme = Scheme::new("mailgun", Algorithm::HmacSha256)
    .signature(Signature::first_of(&[
        Field::Json("/signature/signature"),
        Field::Form("signature"),
    ]))
    .timestamp(
        Timestamp::first_of(&[
            Field::Json("/signature/timestamp"),
            Field::Form("timestamp"),
        ])
        .tolerance(300),
    )
    .signed_content(&[Part::Timestamp, Part::FirstOf(TOKEN)])
    .id(TOKEN)
    .kind(&[Field::Json("/event-data/event"), Field::Form("event")]);

scheme_provider! {
    /// Verifies what Mailgun sends for one account.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::mailgun::Mailgun;
    ///
    /// let endpoint = Endpoint::new(Mailgun::new("2ea361d36261f3dcbfdf13e793b007d5")?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Mailgun, SCHEME, timed
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const TOKEN: &str = "28446be05eb30b53d242fc423d60cdab8bef78bb672de172a2";
    let body = json!({"signature": {"token": TOKEN}, "event-data": {"event": "delivered", "note": Sample::CARD}});
    let [key, _] = keys.text;
    let place = Place::Body(r#""signature":""#);
    let signer = Signer::new(SCHEME, key)?;
    let sample = Sample::new(SCHEME.name(), signer, secrets(keys.text), place);
    Ok(vec![Sample {
        bodies: Bodies::Own(body.to_string().into()),
        coverage: Coverage::Fields,
        window: Some([300, 300]),
        id: Some(TOKEN),
        ..sample.keyed(keys.text, Mailgun::new)
    }])
}

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
//! # Messages
//!
//! Since nothing of the event is signed, each update is `Unconfirmed`, and all of this is in its `unverified` part.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `accepted` |  | `Accepted` |
//! | `delivered` |  | `Delivered` |
//! | `failed` | `event-data.severity` is `temporary` | `Deferred` |
//! | `failed` | `event-data.reason` begins with `suppress-` | `Dropped(Suppressed)` |
//! | `failed` | `event-data.reason` is `bounce` | `Bounced(Hard)` |
//! | `failed` |  | `Bounced(Unknown)` |
//! | `rejected` |  | `Dropped(Unknown)` |
//! | `complained` |  | `Complained` |
//! | `opened` |  | `Opened` |
//! | `clicked` |  | `Clicked` |
//! | `unsubscribed` |  | `Unsubscribed` |
//! | all others | | `Other` |
//!
//! | field | all |
//! |---|---|
//! | channel | always `Email` |
//! | to | `event-data.recipient` |
//! | message id | `event-data.message.headers.message-id` |
//! | reason | `event-data.delivery-status.message`, else `event-data.delivery-status.description`, else `event-data.reject.reason` |
//! | code | `event-data.delivery-status.code` |
//! | URL | `event-data.url` |
//! | time | `event-data.timestamp` |
//!
//! - A failure that is `permanent` is a hard bounce only where its reason is `bounce`: Mailgun calls blocks, and messages that were tried
//!   too often, permanent too.
//! - The older form, and mail that a route forwards, are forms: they are not read, and are an error.
//! - What each kind means is from Mailgun's
//!   ["Webhook Payloads"](https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads) and
//!   ["Tracking Failures"](https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages/tracking-failures). The reasons
//!   that begin with `suppress-` are known from examples only.
//!
//! Dedupe tells events apart by: `token`. A repeat is handled again if it is not recognised: under another token.

use crate::crypto::Algorithm;
use crate::mailing::MessageStatus::{
    Accepted, Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Opened, Unsubscribed,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule, When};
use crate::provider::about::{About, Group};
use crate::provider::macros::scheme_provider;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Part, Scheme, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Bodies, Place, Sample, SampleKeys, Signer};
use crate::time::{TimeUnit, UnixTime};
#[cfg(feature = "testing")]
use crate::{ConfigError, Coverage};
#[cfg(feature = "testing")]
use serde_json::json;

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(Group::Messages, "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
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
    .kind(&[Field::Json("/event-data/event"), Field::Form("event")])
    .mailing(&MAILING);

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

/// What Mailgun's kinds mean for a message.
pub const MAILING: Meaning = Meaning::new(
    EMAIL,
    &[
        Rule::new(&["accepted"], Accepted),
        Rule::new(&["delivered"], Delivered),
        Rule::by(
            &["failed"],
            "/event-data/severity",
            &[("temporary", Deferred)],
        ),
        Rule::new(&["failed"], Dropped(DropReason::Suppressed))
            .when(&[When::Begins("/event-data/reason", &["suppress-"])]),
        Rule::by(
            &["failed"],
            "/event-data/reason",
            &[("bounce", Bounced(Bounce::Hard))],
        ),
        Rule::new(&["failed"], Bounced(Bounce::Unknown)),
        Rule::new(&["rejected"], Dropped(DropReason::Unknown)),
        Rule::new(&["complained"], Complained),
        Rule::new(&["opened"], Opened),
        Rule::new(&["clicked"], Clicked),
        Rule::new(&["unsubscribed"], Unsubscribed),
    ],
);

const _: () = assert!(MAILING.check().is_ok());

const EMAIL: Places = Places::NONE
    .channel(Channel::Email)
    .to(&["/event-data/recipient"])
    .message_id(&["/event-data/message/headers/message-id"])
    .reason(&[
        "/event-data/delivery-status/message",
        "/event-data/delivery-status/description",
        "/event-data/reject/reason",
    ])
    .code(&["/event-data/delivery-status/code"])
    .url(&["/event-data/url"])
    .time_by(seconds, &["/event-data/timestamp"]);

/// Seconds since 1970 with a fraction, as in `1521233195.375624`.
fn seconds(text: &str) -> Option<UnixTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    TimeUnit::Seconds
        .parse(whole.as_bytes())
        .filter(|_| is_number)
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

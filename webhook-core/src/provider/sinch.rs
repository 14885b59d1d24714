//! Sinch: Conversation, Numbers, Voice and Verification.
//!
//! | | |
//! |---|---|
//! | `conversation` | `X-Sinch-Webhook-Signature`: base64 HMAC-SHA256 of body, `.`, `…-Nonce`, `.`, `…-Timestamp` |
//! | `numbers` | `X-Sinch-Signature`: hex HMAC-SHA1 of the body |
//! | `application` | `Authorization: Application key:…`, base64 HMAC-SHA256 of method, base64 MD5 of the body, `Content-Type`, `x-timestamp:` with its value and the path, a line feed between them; for Voice and Verification |
//! | key | the text of the secret; `application`: base64, of the application whose key is the setting `application_key` |
//! | time window | 300 seconds both ways, by the signed time; the number is ours. `numbers`: none |
//! | event id | `numbers`: `eventId` in the body, signed; else none |
//! | kind | `numbers`: `eventType`; `application`: `event`, such as `ace`, both signed; `conversation`: none, a member of the body says it |
//!
//! # What to know
//!
//! - The setting `mode` chooses: the products sign in three ways.
//! - `application` signs the path of the callback URL: as it arrives, or, where a proxy rewrites it, that of the setting `public_url`. The host
//!   and the query are not signed.
//! - `application` signs the MD5 of the body. Two bodies of one MD5 can be made by whoever makes both; nobody can make another body for the MD5
//!   of one that Sinch has made.
//! - Another application's key is untrusted, whatever it has signed.
//! - `conversation`: `…-Algorithm` must be `HmacSHA256`; it is not signed. A secret must be set for the webhook, else nothing is signed.
//! - Voice 2.0 signs under another word, `service`; it is not read.
//! - Answers that steer a call are yours to write: Voice reads the body of the answer.
//!
//! Checked against Sinch's library `sinch` 2.3.0 (Python) for `conversation` and `numbers`, and the example of the documentation for
//! `application`: ["Callback Request Signing"](https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request).
//!
//! # Messages
//!
//! The kind is `message_delivery_report.status`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `QUEUED_ON_CHANNEL` |  | `Sent` |
//! | `DELIVERED` |  | `Delivered` |
//! | `READ` |  | `Opened` |
//! | `FAILED` |  | `Failed` |
//! | `SWITCHING_CHANNEL` |  | `Deferred` |
//! | any other | `message_delivery_report` is not there and `message.direction` is `TO_APP` | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | any other | all others |
//! |---|---|---|
//! | channel | `message.channel_identity.channel`: `SMS` is `Sms`, `MMS` is `Sms`, `WHATSAPP` is `WhatsApp` | `message_delivery_report.channel_identity.channel`: `SMS` is `Sms`, `MMS` is `Sms`, `WHATSAPP` is `WhatsApp` |
//! | to | `message.sender_id` | `message_delivery_report.channel_identity.identity` |
//! | from | `message.channel_identity.identity` |  |
//! | message id | `message.id` | `message_delivery_report.message_id` |
//! | reference |  | `correlation_id` |
//! | reason |  | `message_delivery_report.reason.description` |
//! | code |  | `message_delivery_report.reason.code` |
//! | time | `event_time`, else `accepted_time`, by RFC 3339 | `event_time`, else `accepted_time`, by RFC 3339 |
//!
//! - `conversation` alone is read so: its delivery reports, and the messages that come in. The rest is `Other`.
//! - `FAILED` says in `reason` why; whether the address is at fault is no word of its own. `SWITCHING_CHANNEL`: one channel has failed, and
//!   Sinch tries the next.
//! - `correlation_id` is what the request that sent the message had there.
//! - What each status means is from Sinch's ["Conversation API callbacks"](https://developers.sinch.com/docs/conversation/callbacks/).
//!
//! Dedupe tells events apart by: `numbers`: `eventId`, kind, without an id the body; else the body and the signed time. A repeat is handled
//! again if it is not recognised: signed anew.

use std::sync::Arc;

use crate::crypto::{Algorithm, Encoding, Hash, KeyFormat};
use crate::mailing::MessageStatus::{Deferred, Delivered, Failed, Inbound, Opened, Sent};
use crate::mailing::{Channel, Meaning, Places, Rule, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::verifies_by_inner;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Condition, Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer, reads};
use crate::time::TimeUnit;
use crate::{ConfigError, IntoKeyring, Key, Settings, Tolerance};

pub(crate) const PROVIDER: Registered =
    Registered::custom(CONVERSATION_SCHEME.provider(), &ABOUT, |settings| {
        Ok(Arc::new(Sinch::from_settings(settings)?))
    })
    .tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Messages, "https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request",
)
.setup(&[
    "For Conversation: in the app, add a webhook with the URL and a secret. It becomes `secrets`, and `mode` is `conversation`.",
    "For Numbers: set the HMAC secret of the callback configuration. It becomes `secrets`, and `mode` is `numbers`.",
    "For Voice and Verification: copy key and secret of the application. They become `application_key` and `secrets`, and `mode` is `application`. Then enter the callback URL.",
])
.settings(&[
    Setting::required("mode", "`conversation`, `numbers` or `application`"),
    Setting::required(
        "secrets",
        "the secret of the webhook or of the application: one or a list, any of which may match",
    ),
    Setting::optional(
        APPLICATION_KEY,
        "the key of the application, needed for `application`",
    ),
    Setting::optional(
        "public_url",
        "the callback URL that Sinch was given, for `application`: its path is signed; that of the request if absent",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how old a signed time may be, but for `numbers`; 300 if absent",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&[
    "x-sinch-webhook-signature",
    TIMESTAMP,
    "x-sinch-webhook-signature-nonce",
    "x-sinch-signature",
    "authorization",
    "x-timestamp",
    "content-type",
])
.signed(
    "`conversation`: HMAC-SHA256 in base64 of: the body, `.`, the nonce, `.`, the time; `numbers`: HMAC-SHA1 in hex of: the body; `application`: HMAC-SHA256 in base64 of: the method, the MD5 of the body, the content type, the time, the path",
)
.tolerance_secs(300);

/// Of Conversation: base64 HMAC-SHA256 of body, nonce and time.
pub const CONVERSATION_SCHEME: Scheme = Scheme::new("sinch", Algorithm::HmacSha256)
    .signature(Signature::header("x-sinch-webhook-signature").encoding(Encoding::Base64))
    .timestamp(Timestamp::header(TIMESTAMP).tolerance(300))
    .require(&[
        Condition::Equals(
            Field::Header("x-sinch-webhook-signature-algorithm"),
            "HmacSHA256",
        ),
        Condition::Present(NONCE),
    ])
    .signed_content(&[
        Part::Body,
        Part::Literal("."),
        Part::FirstOf(&[NONCE]),
        Part::Literal("."),
        Part::Timestamp,
    ])
    .mailing(&MAILING);

/// What the delivery reports and the messages of Conversation mean for a message.
pub const MAILING: Meaning = Meaning::new(
    REPORT,
    &[
        Rule::new(&["QUEUED_ON_CHANNEL"], Sent),
        Rule::new(&["DELIVERED"], Delivered),
        Rule::new(&["READ"], Opened),
        Rule::new(&["FAILED"], Failed),
        Rule::new(&["SWITCHING_CHANNEL"], Deferred),
        Rule::new(&["*"], Inbound)
            .when(&[
                When::Absent("/message_delivery_report"),
                When::Is("/message/direction", &["TO_APP"]),
            ])
            .places(&INBOUND),
    ],
)
.kind_at(&["/message_delivery_report/status"]);

const _: () = assert!(MAILING.check().is_ok());

const REPORT: Places = Places::NONE
    .channel_by(
        "/message_delivery_report/channel_identity/channel",
        CHANNELS,
    )
    .to(&["/message_delivery_report/channel_identity/identity"])
    .message_id(&["/message_delivery_report/message_id"])
    .reference(&["/correlation_id"])
    .reason(&["/message_delivery_report/reason/description"])
    .code(&["/message_delivery_report/reason/code"])
    .time(TimeUnit::Rfc3339, TIMES);

const INBOUND: Places = Places::NONE
    .channel_by("/message/channel_identity/channel", CHANNELS)
    .to(&["/message/sender_id"])
    .from(&["/message/channel_identity/identity"])
    .message_id(&["/message/id"])
    .time(TimeUnit::Rfc3339, TIMES);

const CHANNELS: &[(&str, Channel)] = &[
    ("SMS", Channel::Sms),
    ("MMS", Channel::Sms),
    ("WHATSAPP", Channel::WhatsApp),
];

/// When it happened on the channel; where that does not say it, when Sinch was told.
const TIMES: &[&str] = &["/event_time", "/accepted_time"];

/// Of Numbers: hex HMAC-SHA1 of the body.
pub const NUMBERS_SCHEME: Scheme = Scheme::new("sinch", Algorithm::HmacSha1)
    .signature(Signature::header("x-sinch-signature"))
    .id(&[Field::Json("/eventId")])
    .kind(&[Field::Json("/eventType")]);

/// Of Voice and Verification: base64 HMAC-SHA256 of method, digest, content type, time and path, by the key of an application.
pub const APPLICATION_SCHEME: Scheme = Scheme::new("sinch", Algorithm::HmacSha256)
    .key(KeyFormat::base64())
    .signature(
        Signature::header("authorization")
            .credentials("Application")
            .encoding(Encoding::Base64),
    )
    .timestamp(
        Timestamp::header("x-timestamp")
            .unit(TimeUnit::Rfc3339)
            .tolerance(300),
    )
    .require(&[Condition::Present(CONTENT_TYPE)])
    .signed_content(&[
        Part::Method,
        Part::Literal("\n"),
        Part::BodyDigest(Hash::Md5, Encoding::Base64),
        Part::Literal("\n"),
        Part::FirstOf(&[CONTENT_TYPE]),
        Part::Literal("\nx-timestamp:"),
        Part::Timestamp,
        Part::Literal("\n"),
        Part::Path,
    ])
    .kind(&[Field::Json("/event")]);

const TIMESTAMP: &str = "x-sinch-webhook-signature-timestamp";
const NONCE: Field = Field::Header("x-sinch-webhook-signature-nonce");
const CONTENT_TYPE: Field = Field::Header("content-type");
const APPLICATION_KEY: &str = "application_key";

const _: () = assert!(
    CONVERSATION_SCHEME.check().is_ok()
        && NUMBERS_SCHEME.check().is_ok()
        && APPLICATION_SCHEME.check().is_ok()
);

/// Verifies what one product of Sinch sends to one account.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::sinch::Sinch;
///
/// let conversation = Endpoint::new(Sinch::conversation("ifp4C17m5hjFNTxu")?);
/// let numbers = Endpoint::new(Sinch::numbers("VZvWshWayCD7eY0Ja1yUbhhM")?);
/// let voice = Sinch::application("669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA==")?;
/// let voice = Endpoint::new(voice);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sinch(SchemeVerifier);

impl Sinch {
    /// Accepts what any of these secrets of a webhook of Conversation has signed.
    ///
    /// # Errors
    /// If there is no secret, or one is empty.
    pub fn conversation(secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        CONVERSATION_SCHEME.verifier(secrets).map(Self)
    }

    /// Accepts what any of these secrets of Numbers has signed.
    ///
    /// # Errors
    /// If there is no secret, or one is empty.
    pub fn numbers(secrets: impl IntoKeyring) -> Result<Self, ConfigError> {
        NUMBERS_SCHEME.verifier(secrets).map(Self)
    }

    /// Accepts what any of these secrets of the application of this key has signed. Each is named with the application's key.
    ///
    /// # Errors
    /// If there is no secret, one is not base64, or the application's key is empty.
    pub fn application(
        application_key: &str,
        secrets: impl IntoKeyring,
    ) -> Result<Self, ConfigError> {
        let secrets = secrets.into_keyring()?.into_keys().into_iter();
        let named: Vec<Key> = secrets.map(|key| key.named(application_key)).collect();
        APPLICATION_SCHEME.verifier(named).map(Self)
    }

    /// The callback URL as Sinch was given it, whose path an application signs. Without it the path of the request counts.
    ///
    /// # Errors
    /// If it does not begin with `https://` or `http://`; for Conversation and Numbers, which sign no path.
    pub fn public_url(self, url: impl Into<String>) -> Result<Self, ConfigError> {
        self.0.public_url(url).map(Self)
    }

    /// Another tolerance than 300 seconds.
    ///
    /// # Errors
    /// For Numbers, which signs no time.
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        self.0.tolerance(tolerance).map(Self)
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let mode = settings.required("mode")?;
        let secrets = settings.keys("secrets")?;
        let sinch = match mode {
            "conversation" => Self::conversation(secrets),
            "numbers" => Self::numbers(secrets),
            "application" => Self::application(settings.required(APPLICATION_KEY)?, secrets),
            _ => {
                return Err(ConfigError::new(
                    "`mode` is none of `conversation`, `numbers` and `application`",
                ));
            }
        };
        let mut sinch = sinch.map_err(|error| error.of_setting("secrets"))?;
        if let Some(url) = settings.text("public_url")? {
            let with_url = sinch.public_url(url);
            sinch = with_url.map_err(|error| error.of_setting("public_url"))?;
        }
        let of_setting = |error: ConfigError| error.of_setting("tolerance_seconds");
        match settings.tolerance()? {
            Some(tolerance) => sinch.tolerance(tolerance).map_err(of_setting),
            None => Ok(sinch),
        }
    }
}

verifies_by_inner!(Sinch);

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let secret = settings.first_key("secrets")?;
    Ok(Box::new(match settings.required("mode")? {
        "conversation" => Signer::new(CONVERSATION_SCHEME, secret)?,
        "numbers" => Signer::new(NUMBERS_SCHEME, secret)?,
        _ => {
            let signer = of_application(&secret, settings.required(APPLICATION_KEY)?)?;
            match settings.text("public_url")? {
                Some(url) => signer.public_url(url),
                None => signer,
            }
        }
    }))
}

#[cfg(feature = "testing")]
fn of_application(secret: &str, key: &str) -> Result<Signer, ConfigError> {
    let signer = Signer::new(APPLICATION_SCHEME, secret)?.key_id(key);
    Ok(signer.header("content-type", "application/json"))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let by = |scheme| Sample::of_scheme(scheme, keys);
    let conversation = by(CONVERSATION_SCHEME)?.made_by(Sinch::conversation);
    let application = by(APPLICATION_SCHEME)?
        .signed_by(of_application(keys.base64[0], Sample::KEY_ID)?.public_url(Sample::URL))
        .set("public_url", Sample::URL)
        .set(APPLICATION_KEY, Sample::KEY_ID);
    Ok(vec![
        Sample {
            needed: &["mode"],
            ..conversation
                .named("sinch conversation")
                .set("mode", "conversation")
        },
        Sample {
            needed: &["mode"],
            ..by(NUMBERS_SCHEME)?
                .made_by(Sinch::numbers)
                .named("sinch numbers")
                .set("mode", "numbers")
        },
        Sample {
            needed: &["mode", APPLICATION_KEY],
            scheme: None,
            keyed: None,
            reads: reads::credentials,
            ..application
                .named("sinch application")
                .set("mode", "application")
        },
    ])
}

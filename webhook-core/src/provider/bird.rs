//! Bird, once MessageBird: channels, conversations, numbers.
//!
//! | | mode `standard` | mode `jwt` |
//! |---|---|---|
//! | signature | `webhook-signature`: Standard Webhooks `v1` over `webhook-id`, `webhook-timestamp` and the body | `MessageBird-Signature-JWT`: a JWT with HS256, HS384 or HS512 that holds the hex SHA-256 of the body and of the URL |
//! | key | `whsec_` and base64; what is decoded is the key | the text of the signing key |
//! | time window | 300 seconds both ways | from `nbf`, five seconds sooner at the most, until `exp` of the token |
//! | event id | `webhook-id`, signed | none |
//! | kind | `type` in the body, signed | `event` in the body, signed |
//!
//! # What to know
//!
//! - Mode `standard`, the default, is the one of Bird's new API. Mode `jwt` is for what signs as MessageBird does; it needs `public_url`, the URL as
//!   it was given to the sender, with its query.
//! - In mode `jwt` the claim `iss` must be `MessageBird`. `payload_hash` is left out exactly if the body is empty, as in a request by
//!   `GET`: a token without it vouches for no body, and one with it for no empty one.
//! - A third way is not offered: `MessageBird-Signature` beside `MessageBird-Request-Timestamp`, as Bird's Notifications API has it.
//!
//! Checked against the libraries `messagebird-sdk` 0.106.0 and `messagebird` 2.2.0 (Python), and `messagebird` 4.0.1 (JavaScript).
//! Documentation: ["Verifying HTTP requests"](https://developers.messagebird.com/api/#verifying-http-requests).
//!
//! # Messages
//!
//! | kind | where | status |
//! |---|---|---|
//! | `email.accepted`, `email.scheduled` |  | `Accepted` |
//! | `email.processed` |  | `Sent` |
//! | `email.delivered` |  | `Delivered` |
//! | `email.deferred` |  | `Deferred` |
//! | `email.bounced`, `email.out_of_band_bounce` | `data.bounce_type` is `hard` | `Bounced(Hard)` |
//! | `email.bounced`, `email.out_of_band_bounce` | `data.bounce_type` is `soft` or `block` | `Bounced(Soft)` |
//! | `email.bounced`, `email.out_of_band_bounce` |  | `Bounced(Unknown)` |
//! | `email.rejected` | `data.rejection_reason` is `recipient_suppressed` | `Dropped(Suppressed)` |
//! | `email.rejected` |  | `Dropped(Unknown)` |
//! | `email.complained` |  | `Complained` |
//! | `email.opened` |  | `Opened` |
//! | `email.clicked` |  | `Clicked` |
//! | `email.unsubscribed`, `email.list_unsubscribed` |  | `Unsubscribed` |
//! | `email.received` |  | `Inbound` |
//! | `sms.accepted` |  | `Accepted` |
//! | `sms.sent` |  | `Sent` |
//! | `sms.delivered` |  | `Delivered` |
//! | `sms.undelivered`, `sms.failed`, `sms.expired` |  | `Failed` |
//! | `sms.rejected` | `data.error.code` is `recipient_opted_out` | `Dropped(Suppressed)` |
//! | `sms.rejected` | `data.error.code` is `invalid_destination` | `Dropped(Invalid)` |
//! | `sms.rejected` |  | `Dropped(Unknown)` |
//! | `sms.received` |  | `Inbound` |
//! | `whatsapp.accepted` |  | `Accepted` |
//! | `whatsapp.sent` |  | `Sent` |
//! | `whatsapp.delivered` |  | `Delivered` |
//! | `whatsapp.read` |  | `Opened` |
//! | `whatsapp.failed` |  | `Failed` |
//! | `whatsapp.rejected` | `data.error.code` is `recipient_suppressed` | `Dropped(Suppressed)` |
//! | `whatsapp.rejected` |  | `Dropped(Unknown)` |
//! | `whatsapp.received` |  | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `email.received` | `sms.accepted`, `sms.sent`, `sms.delivered`, `sms.undelivered`, `sms.failed`, `sms.expired`, `sms.rejected`, `sms.received` | `whatsapp.accepted`, `whatsapp.sent`, `whatsapp.delivered`, `whatsapp.read`, `whatsapp.failed`, `whatsapp.rejected`, `whatsapp.received` | all others |
//! |---|---|---|---|---|
//! | channel | always `Email` | always `Sms` | always `WhatsApp` | always `Email` |
//! | to | `data.to.*` | `data.to` | `data.to.phone_number` | `data.recipient` |
//! | from | `data.from` | `data.from` | `data.from.phone_number` |  |
//! | message id | `data.inbound_message_id` | `data.sms_id` | `data.whatsapp_id` | `data.email_id` |
//! | reason |  | `data.error.description` | `data.error.description` | `data.bounce_description`, else `data.defer_reason` |
//! | code |  | `data.error.code` | `data.error.code` | `data.bounce_code`, else `data.rejection_reason` |
//! | URL |  |  |  | `data.url` |
//! | time | `timestamp`, by RFC 3339 | `timestamp`, by RFC 3339 | `timestamp`, by RFC 3339 | `timestamp`, by RFC 3339 |
//!
//! - Mode `standard` alone is read so. In mode `jwt` all is `Other`.
//! - A `soft` bounce is given up, as is a `block`, which is about the sending address; `admin` and `undetermined` do not say whether the
//!   address is at fault.
//! - Mailboxes, Apple Messages for Business, calls, verifications, suppressions and preferences are `Other`.
//! - What each kind means is from the library `messagebird-sdk` 0.106.0 (Python), which describes every event.
//!
//! Dedupe tells events apart by: standard: `webhook-id`, kind; jwt: body and the signed time. A repeat is handled again if it is not
//! recognised: jwt: signed anew.

use std::sync::Arc;

use super::standard_webhooks;
use crate::crypto::jws::JwsAlgorithm;
use crate::crypto::{Algorithm, Encoding};
use crate::mailing::MessageStatus::{
    Accepted, Bounced, Clicked, Complained, Deferred, Delivered, Dropped, Failed, Inbound, Opened,
    Sent, Unsubscribed,
};
use crate::mailing::{Bounce, Channel, DropReason, Meaning, Places, Rule};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Scheme, SchemeVerifier};
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, Signer, TokenSigner};
use crate::time::TimeUnit;
use crate::verify::{TokenRule, TokenTime, TokenVerifier};
use crate::{
    Answer, BodyCheck, ConfigError, IntoKeyring, KeyPrint, RequestHead, Settings, Tolerance,
    UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(SCHEME.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Bird::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Messages, "https://developers.messagebird.com/api/#verifying-http-requests")
    .setup(&[
        "Make the webhook with the URL, and copy its signing secret, `whsec_…`, which is shown once. It becomes `secrets`.",
        "For what signs with `MessageBird-Signature-JWT`, copy the signing key of the account instead. It becomes `secrets`, with `mode` \
         set to `jwt` and the URL as `public_url`.",
    ])
    .settings(&[
        Setting::required(
            "secrets",
            "the signing secret, or in mode `jwt` the signing key: one or a list, any of which may match",
        ),
        Setting::optional(
            "mode",
            "`standard`, the default, or `jwt` for `MessageBird-Signature-JWT`",
        ),
        Setting::optional(
            "public_url",
            "in mode `jwt`: the URL that Bird was given, to the last character",
        ),
        Setting::optional(
            "tolerance_seconds",
            "in mode `standard`: how old the signed time may be; 300 if absent",
        ),
        Setting::optional(
            "future_tolerance_seconds",
            "in mode `standard`: how far ahead it may be; the same if absent",
        ),
    ])
    .headers(&[
        "webhook-signature",
        "webhook-timestamp",
        "webhook-id",
        TOKEN_HEADER,
    ])
    .signed(
        "`standard`: HMAC-SHA256 in base64 of: the id, `.`, the time, `.`, the body; `jwt`: JWT that holds: from when until when it \
         holds, the SHA-256 of the URL, the SHA-256 of the body",
    )
    .tolerance_secs(300);

const TOKEN_HEADER: &str = "messagebird-signature-jwt";

/// Mode `standard`: Standard Webhooks.
pub const SCHEME: Scheme = standard_webhooks::SCHEME
    .named("bird")
    .without_events()
    .mailing(&MAILING);

/// What the kinds of Bird's new API mean for a message.
pub const MAILING: Meaning = Meaning::new(
    EMAIL,
    &[
        Rule::new(&["email.accepted", "email.scheduled"], Accepted),
        Rule::new(&["email.processed"], Sent),
        Rule::new(&["email.delivered"], Delivered),
        Rule::new(&["email.deferred"], Deferred),
        Rule::by(
            BOUNCED,
            "/data/bounce_type",
            &[
                ("hard", Bounced(Bounce::Hard)),
                ("soft", Bounced(Bounce::Soft)),
                ("block", Bounced(Bounce::Soft)),
            ],
        ),
        Rule::new(BOUNCED, Bounced(Bounce::Unknown)),
        Rule::by(
            &["email.rejected"],
            "/data/rejection_reason",
            &[("recipient_suppressed", Dropped(DropReason::Suppressed))],
        ),
        Rule::new(&["email.rejected"], Dropped(DropReason::Unknown)),
        Rule::new(&["email.complained"], Complained),
        Rule::new(&["email.opened"], Opened),
        Rule::new(&["email.clicked"], Clicked),
        Rule::new(
            &["email.unsubscribed", "email.list_unsubscribed"],
            Unsubscribed,
        ),
        Rule::new(&["email.received"], Inbound).places(&EMAIL_IN),
        Rule::new(&["sms.accepted"], Accepted).places(&SMS),
        Rule::new(&["sms.sent"], Sent).places(&SMS),
        Rule::new(&["sms.delivered"], Delivered).places(&SMS),
        Rule::new(&["sms.undelivered", "sms.failed", "sms.expired"], Failed).places(&SMS),
        Rule::by(
            &["sms.rejected"],
            "/data/error/code",
            &[
                ("recipient_opted_out", Dropped(DropReason::Suppressed)),
                ("invalid_destination", Dropped(DropReason::Invalid)),
            ],
        )
        .places(&SMS),
        Rule::new(&["sms.rejected"], Dropped(DropReason::Unknown)).places(&SMS),
        Rule::new(&["sms.received"], Inbound).places(&SMS),
        Rule::new(&["whatsapp.accepted"], Accepted).places(&WHATSAPP),
        Rule::new(&["whatsapp.sent"], Sent).places(&WHATSAPP),
        Rule::new(&["whatsapp.delivered"], Delivered).places(&WHATSAPP),
        Rule::new(&["whatsapp.read"], Opened).places(&WHATSAPP),
        Rule::new(&["whatsapp.failed"], Failed).places(&WHATSAPP),
        Rule::by(
            &["whatsapp.rejected"],
            "/data/error/code",
            &[("recipient_suppressed", Dropped(DropReason::Suppressed))],
        )
        .places(&WHATSAPP),
        Rule::new(&["whatsapp.rejected"], Dropped(DropReason::Unknown)).places(&WHATSAPP),
        Rule::new(&["whatsapp.received"], Inbound).places(&WHATSAPP),
    ],
);

const _: () = assert!(MAILING.check().is_ok());

const BOUNCED: &[&str] = &["email.bounced", "email.out_of_band_bounce"];

const EMAIL: Places = TIMED
    .channel(Channel::Email)
    .to(&["/data/recipient"])
    .message_id(&["/data/email_id"])
    .reason(&["/data/bounce_description", "/data/defer_reason"])
    .code(&["/data/bounce_code", "/data/rejection_reason"])
    .url(&["/data/url"]);

const EMAIL_IN: Places = TIMED
    .channel(Channel::Email)
    .to(&["/data/to/*"])
    .from(&["/data/from"])
    .message_id(&["/data/inbound_message_id"]);

const SMS: Places = FAILED
    .channel(Channel::Sms)
    .to(&["/data/to"])
    .from(&["/data/from"])
    .message_id(&["/data/sms_id"]);

const WHATSAPP: Places = FAILED
    .channel(Channel::WhatsApp)
    .to(&["/data/to/phone_number"])
    .from(&["/data/from/phone_number"])
    .message_id(&["/data/whatsapp_id"]);

const FAILED: Places = TIMED
    .reason(&["/data/error/description"])
    .code(&["/data/error/code"]);

const TIMED: Places = Places::NONE.time(TimeUnit::Rfc3339, &["/timestamp"]);

static RULE: TokenRule = TokenRule {
    names: Scheme::new("bird", Algorithm::HmacSha256)
        .methods(&["POST", "GET"])
        .kind(&[Field::Json("/event")]),
    header: TOKEN_HEADER,
    word: "",
    algorithms: &[
        JwsAlgorithm::Hs256,
        JwsAlgorithm::Hs384,
        JwsAlgorithm::Hs512,
    ],
    issuer: Some("MessageBird"),
    body: "/payload_hash",
    encoding: Encoding::Hex,
    nothing_for_empty: true,
    url: Some("/url_hash"),
    time: TokenTime::Until,
};

/// Verifies what Bird sends to one webhook.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::bird::Bird;
///
/// let endpoint = Endpoint::new(Bird::new("whsec_KN0FLdZPuWtBPI2//6XrPWUtcltbfyG1ALcQzZDe7dY=")?);
/// let with_tokens = Endpoint::new(Bird::with_tokens("the signing key", "https://shop.example/bird")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bird(By);

#[derive(Clone, Debug)]
enum By {
    Scheme(SchemeVerifier),
    Token(Box<TokenVerifier>),
}

impl Bird {
    /// Mode `standard`: accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret of this sender.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        Ok(Self(By::Scheme(SCHEME.verifier(keys)?)))
    }

    /// Mode `jwt`: accepts tokens that any of these keys has signed for `public_url`, the URL exactly as Bird was given it.
    ///
    /// # Errors
    /// If there is no key, one cannot be a secret, or the URL is none.
    pub fn with_tokens(
        keys: impl IntoKeyring,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let verifier = TokenVerifier::new(&RULE, keys)?;
        Ok(Self(By::Token(Box::new(verifier.public_url(public_url)?))))
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let keys = settings.keys("secrets")?;
        match settings.text("mode")? {
            None | Some("standard") => {
                let bird = Self::new(keys).map_err(|error| error.of_setting("secrets"))?;
                match settings.tolerance()? {
                    Some(tolerance) => bird.tolerance(tolerance),
                    None => Ok(bird),
                }
            }
            Some("jwt") => {
                let verifier = TokenVerifier::new(&RULE, keys);
                let verifier = verifier.map_err(|error| error.of_setting("secrets"))?;
                let verifier = verifier.public_url(settings.required("public_url")?);
                let verifier = verifier.map_err(|error| error.of_setting("public_url"))?;
                Ok(Self(By::Token(Box::new(verifier))))
            }
            Some(_) => Err(ConfigError::new("`mode` is neither `standard` nor `jwt`")),
        }
    }

    /// Another tolerance than the 300 seconds both ways.
    ///
    /// # Errors
    /// If it is for [tokens](Self::with_tokens), which say themselves how long they hold.
    pub fn tolerance(self, tolerance: Tolerance) -> Result<Self, ConfigError> {
        match self.0 {
            By::Scheme(scheme) => Ok(Self(By::Scheme(scheme.judging_time(tolerance)))),
            By::Token(_) => Err(ConfigError::new(
                "Bird's tokens say themselves how long they hold: leave the tolerance out",
            )),
        }
    }

    fn verifier(&self) -> &dyn Verifier {
        match &self.0 {
            By::Scheme(scheme) => scheme,
            By::Token(token) => &**token,
        }
    }
}

impl Verifier for Bird {
    fn provider(&self) -> crate::Provider {
        self.verifier().provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.verifier().key_prints()
    }

    fn replay_window(&self) -> Option<std::time::Duration> {
        self.verifier().replay_window()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        self.verifier().begin(head, now)
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    match settings.text("mode")? {
        Some("jwt") => {
            let signer = TokenSigner::new(&RULE, settings.first_key("secrets")?)?;
            Ok(Box::new(signer.url(settings.required("public_url")?)))
        }
        _ => Ok(Box::new(Signer::configured(SCHEME, settings)?)),
    }
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let standard = Sample::of_scheme(SCHEME, keys)?.made_by(Bird::new);
    let token = TokenSigner::new(&RULE, keys.text[0])?.url(Sample::URL);
    let token = token.sample(secrets(keys.text));
    let token = token.keyed(keys.text, |keys| Bird::with_tokens(keys, Sample::URL));
    let token = Sample {
        needed: &["public_url"],
        ..token
    };
    Ok(vec![
        standard.named("bird standard").set("mode", "standard"),
        token
            .named("bird jwt")
            .set("mode", "jwt")
            .set("public_url", Sample::URL),
    ])
}

//! Vonage: messages, calls, verifications, by signed webhooks.
//!
//! | | |
//! |---|---|
//! | signature | `Authorization: Bearer` and a JWT with HS256; its claim `payload_hash` is the hex SHA-256 of the body |
//! | key | the text of the signature secret, of the account or the application |
//! | time window | 300 seconds both ways, by the claim `iat`; the number is ours |
//! | event id | none |
//! | kind | none |
//!
//! # What to know
//!
//! - The claim `iss` must be `Vonage`.
//! - A token without `payload_hash` vouches for no body, and is **refused**. It is not known which products of Vonage leave it out; older
//!   ones are said to. What they send cannot be told from what somebody has put behind a captured token.
//! - Vonage's own libraries check the token alone. Who compares no hash accepts any body for five minutes.
//! - Signed SMS webhooks with `sig` among their parameters are another thing, and are not covered here.
//! - What happened stands at a place of its own for each product, such as `status`: read the body.
//!
//! # Messages
//!
//! The kind is `status`.
//!
//! | kind | where | status |
//! |---|---|---|
//! | `submitted` | `message_uuid` is there | `Sent` |
//! | `delivered` | `message_uuid` is there | `Delivered` |
//! | `read` | `message_uuid` is there | `Opened` |
//! | `rejected`, `undeliverable` | `message_uuid` is there | `Failed` |
//! | any other | `status` is not there and `message_type` is there and `message_uuid` is there | `Inbound` |
//! | all others | | `Other` |
//!
//! | field | `rejected`, `undeliverable` | all others |
//! |---|---|---|
//! | channel | `channel`: `sms` is `Sms`, `mms` is `Sms`, `whatsapp` is `WhatsApp` | `channel`: `sms` is `Sms`, `mms` is `Sms`, `whatsapp` is `WhatsApp` |
//! | to | `to` | `to` |
//! | from | `from` | `from` |
//! | message id | `message_uuid` | `message_uuid` |
//! | reference | `client_ref` | `client_ref` |
//! | reason | `error.detail`, else `error.error.detail` |  |
//! | code | `error.title`, else `error.error.title` |  |
//! | time | `timestamp`, by RFC 3339 | `timestamp`, by RFC 3339 |
//!
//! - The Messages API is read, in its version 1. In its older version, 0.1, numbers are objects: an error. Calls and verifications,
//!   some of which have a `status` of the same words, have no `message_uuid`, and are `Other`.
//! - `rejected` does not tell whether the number is at fault: `Failed`, with Vonage's code.
//! - RCS, Viber and Messenger have no channel here.
//! - What each status means is from Vonage's
//!   ["Messages API Status Callbacks"](https://developer.vonage.com/en/messages/concepts/messages-status-callbacks). **Doubtful**: `error`
//!   is also seen with another `error` inside of it; both are read.
//!
//! Checked against Vonage's libraries `vonage-jwt` 1.1.5 (Python) and `@vonage/jwt` 1.14.0 (JavaScript), and the hash by hand.
//! Documentation: ["Webhooks"](https://developer.vonage.com/en/getting-started/concepts/webhooks).
//!
//! Dedupe tells events apart by: body and the signed time. A repeat is handled again if it is not recognised: signed anew.

use std::sync::Arc;

use crate::crypto::jws::JwsAlgorithm;
use crate::crypto::{Algorithm, Encoding};
use crate::mailing::MessageStatus::{Delivered, Failed, Inbound, Opened, Sent};
use crate::mailing::{Channel, Meaning, Places, Rule, When};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::token_provider;
use crate::provider::registry::{Registered, testing};
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::sample::secrets;
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys, Sign, TokenSigner};
use crate::time::TimeUnit;
use crate::verify::{TokenRule, TokenTime, TokenVerifier};
use crate::{ConfigError, IntoKeyring, Settings, Tolerance};

pub(crate) const PROVIDER: Registered =
    Registered::custom(RULE.names.provider(), &ABOUT, |settings| {
        Ok(Arc::new(Vonage::from_settings(settings)?))
    })
    .tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Messages,
    "https://developer.vonage.com/en/getting-started/concepts/webhooks",
)
.setup(&[
    "In the dashboard, open the application, and enter the URLs of its webhooks.",
    "Turn on signed webhooks for what offers them.",
    "Copy the signature secret of the account or the application. It becomes `secrets`.",
])
.settings(&[
    Setting::required(
        "secrets",
        "the signature secret: one or a list, any of which may match",
    ),
    Setting::optional(
        "tolerance_seconds",
        "how old the signed time may be; 300 if absent",
    ),
    Setting::optional(
        "future_tolerance_seconds",
        "how far ahead it may be; the same if absent",
    ),
])
.headers(&[HEADER])
.signed("JWT with HS256 that holds: the time, the SHA-256 of the body")
.tolerance_secs(300);

const HEADER: &str = "authorization";

static RULE: TokenRule = TokenRule {
    names: Scheme::new("vonage", Algorithm::HmacSha256).mailing(&MAILING),
    header: HEADER,
    word: "Bearer",
    algorithms: &[JwsAlgorithm::Hs256],
    issuer: Some("Vonage"),
    body: "/payload_hash",
    encoding: Encoding::Hex,
    nothing_for_empty: false,
    url: None,
    time: TokenTime::Issued,
};

/// What the statuses of Vonage's Messages API mean for a message.
pub const MAILING: Meaning = Meaning::new(
    MESSAGE,
    &[
        Rule::new(&["submitted"], Sent).when(OF_A_MESSAGE),
        Rule::new(&["delivered"], Delivered).when(OF_A_MESSAGE),
        Rule::new(&["read"], Opened).when(OF_A_MESSAGE),
        Rule::new(&["rejected", "undeliverable"], Failed)
            .when(OF_A_MESSAGE)
            .places(&FAILED),
        Rule::new(&["*"], Inbound).when(&[
            When::Absent("/status"),
            When::Present("/message_type"),
            When::Present("/message_uuid"),
        ]),
    ],
)
.kind_at(&["/status"]);

const _: () = assert!(MAILING.check().is_ok());

const OF_A_MESSAGE: &[When] = &[When::Present("/message_uuid")];

const MESSAGE: Places = Places::NONE
    .channel_by(
        "/channel",
        &[
            ("sms", Channel::Sms),
            ("mms", Channel::Sms),
            ("whatsapp", Channel::WhatsApp),
        ],
    )
    .to(&["/to"])
    .from(&["/from"])
    .message_id(&["/message_uuid"])
    .reference(&["/client_ref"])
    .time(TimeUnit::Rfc3339, &["/timestamp"]);

const FAILED: Places = MESSAGE
    .reason(&["/error/detail", "/error/error/detail"])
    .code(&["/error/title", "/error/error/title"]);

token_provider! {
    /// Verifies what Vonage sends to one account or application.
    ///
    /// ```
    /// use webhook_core::Endpoint;
    /// use webhook_core::provider::vonage::Vonage;
    ///
    /// let endpoint = Endpoint::new(Vonage::new(["new signature secret", "old signature secret"])?);
    /// # Ok::<(), webhook_core::ConfigError>(())
    /// ```
    Vonage
}

impl Vonage {
    /// Accepts what any of these keys has signed.
    ///
    /// # Errors
    /// If there is no key, or one cannot be a secret.
    pub fn new(keys: impl IntoKeyring) -> Result<Self, ConfigError> {
        TokenVerifier::new(&RULE, keys).map(Self)
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let vonage = Self::new(settings.keys("secrets")?);
        let vonage = vonage.map_err(|error| error.of_setting("secrets"))?;
        Ok(match settings.tolerance()? {
            Some(tolerance) => vonage.tolerance(tolerance),
            None => vonage,
        })
    }

    /// Another tolerance than the 300 seconds both ways.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self(self.0.tolerance(tolerance))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let secret = settings.first_key("secrets")?;
    Ok(Box::new(TokenSigner::new(&RULE, secret)?))
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let signer = TokenSigner::new(&RULE, keys.text[0])?;
    let sample = signer.sample(secrets(keys.text));
    Ok(vec![sample.keyed(keys.text, Vonage::new)])
}

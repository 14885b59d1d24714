//! Deepgram: transcriptions and other results, by callback.
//!
//! | | mode `basic` | mode `token` |
//! |---|---|---|
//! | signature | **none**: `Authorization: Basic` shows the user name and the password in the callback URL | **none**: `dg-token` shows the identifier of the API key that made the request |
//! | time window | none | none |
//! | event id | none | none |
//! | kind | none | none |
//!
//! Settings: in mode `basic`, the default, `username` and `password`; in mode `token`, `secrets`. Of passwords and identifiers, one or a list.
//!
//! # What to know
//!
//! - Nothing of the request is signed. Whoever learns what is shown, from a log or a proxy, can send anything. Ask Deepgram before you act
//!   on what matters.
//! - Choose `basic`. Deepgram does not support `dg-token` as a proof any more, since October 2026, and an identifier is no strong secret:
//!   others may have seen it. Mode `token` is for callbacks that still have nothing else.
//! - User name and password stand in the callback URL, `https://user:password@shop.example/…`. What is not a letter or a digit is percent-encoded
//!   there, and plain in the settings.
//! - The identifier is that of the API key, not the key itself.
//! - Results come by `POST`, which is Deepgram's default.
//! - The request that a result is for is `metadata.request_id` in the body.
//!
//! Checked against vectors that we computed. Documentation: ["STT Callback"](https://developers.deepgram.com/docs/callback).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use std::sync::Arc;

use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::scheme::{Scheme, SchemeVerifier, Signature};
#[cfg(feature = "testing")]
use crate::testing::{BasicSigner, Sample, SampleKeys, Sign, Signer};
use crate::verify::Login;
use crate::{
    Answer, BodyCheck, ConfigError, IntoKeyring, KeyPrint, RequestHead, Settings, ShowsSecret,
    UnixTime, Verifier,
};

pub(crate) const PROVIDER: Registered =
    Registered::custom(TOKEN_SCHEME.provider(), &ABOUT, |settings| {
        Ok(Arc::new(Deepgram::from_settings(settings)?))
    })
    .tested(testing!(signer, samples));

const ABOUT: About = About::new(Group::Developer, "https://developers.deepgram.com/docs/callback")
    .setup(&[
        "Choose a user name and a long random password of letters and digits. They become `username` and `password`.",
        "Ask Deepgram with `callback` set to the URL of your endpoint with both in it: `https://username:password@` and the rest.",
    ])
    .settings(&[
        Setting::optional(
            "mode",
            "`basic`, the default, or `token` for the header `dg-token`, which Deepgram does not support any more",
        ),
        Setting::optional("username", "in mode `basic`: the user name in the callback URL"),
        Setting::optional(
            "password",
            "in mode `basic`: the password in the callback URL; one or a list, any of which may match",
        ),
        Setting::optional(
            "secrets",
            "in mode `token`: the identifier of the API key; one or a list, any of which may match",
        ),
    ])
    .headers(&["authorization", HEADER])
    .signed("nothing: the sender shows a user name and a password, or the identifier of an API key");

const HEADER: &str = "dg-token";

/// Mode `basic`: no id and no kind.
const NAMES: Scheme = Scheme::new("deepgram", Algorithm::Token);

/// Mode `token`: the identifier in a header.
pub const TOKEN_SCHEME: Scheme =
    NAMES.signature(Signature::header(HEADER).encoding(Encoding::Text));

const _: () = assert!(TOKEN_SCHEME.check().is_ok());

/// Verifies that a request shows what Deepgram was given for its callbacks.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::deepgram::Deepgram;
///
/// let endpoint = Endpoint::new(Deepgram::new("deepgram", ["new password", "old password"])?);
/// let by_token = Endpoint::new(Deepgram::with_token("7d10256f-f072-4b56-8880-5a16208ec08c")?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Deepgram(By);

#[derive(Clone, Debug)]
enum By {
    Basic(Box<Login>),
    Token(SchemeVerifier),
}

impl Deepgram {
    /// Mode `basic`: accepts this user name with any of these passwords.
    ///
    /// # Errors
    /// If the name or a password is empty, there is none, or the name holds a colon, which HTTP cannot express.
    pub fn new(
        username: impl Into<String>,
        passwords: impl IntoKeyring,
    ) -> Result<Self, ConfigError> {
        Login::new(NAMES, username, passwords).map(Self::of_basic)
    }

    /// Mode `token`: accepts any of these identifiers of API keys.
    ///
    /// # Errors
    /// If there is none, or one is empty.
    ///
    /// # Security
    /// An identifier is no strong secret, and Deepgram does not support this any more: prefer [`new`](Self::new).
    pub fn with_token(identifiers: impl IntoKeyring) -> Result<Self, ConfigError> {
        let verifier = TOKEN_SCHEME.verifier(identifiers)?;
        Ok(Self(By::Token(verifier)))
    }

    fn of_basic(basic: Login) -> Self {
        Self(By::Basic(Box::new(basic)))
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        match settings.text("mode")? {
            None | Some("basic") => Login::configured(NAMES, settings).map(Self::of_basic),
            Some("token") => {
                let verifier = Self::with_token(settings.keys("secrets")?);
                verifier.map_err(|error| error.of_setting("secrets"))
            }
            Some(_) => Err(ConfigError::new("`mode` is neither `basic` nor `token`")),
        }
    }

    fn verifier(&self) -> &dyn Verifier {
        match &self.0 {
            By::Basic(basic) => &**basic,
            By::Token(scheme) => scheme,
        }
    }
}

impl Verifier for Deepgram {
    fn provider(&self) -> crate::Provider {
        self.verifier().provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        self.verifier().key_prints()
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        self.verifier().begin(head, now)
    }

    fn shows_secret(&self) -> Option<&dyn ShowsSecret> {
        self.verifier().shows_secret()
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    Ok(match settings.text("mode")? {
        Some("token") => Box::new(Signer::configured(TOKEN_SCHEME, settings)?),
        _ => Box::new(BasicSigner::configured(settings)?),
    })
}

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    let basic = BasicSigner::sample(NAMES.name(), keys, |keys| {
        Deepgram::new(BasicSigner::USER, keys)
    })?;
    let token = Sample::of_scheme(TOKEN_SCHEME, keys)?.made_by(Deepgram::with_token);
    let basic = Sample { id: None, ..basic };
    Ok(vec![
        basic.named("deepgram basic").set("mode", "basic"),
        token.named("deepgram token").set("mode", "token"),
    ])
}

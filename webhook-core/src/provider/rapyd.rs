//! Rapyd: payments, refunds, payouts, wallets.
//!
//! | | |
//! |---|---|
//! | signature | `Signature`: base64 of the hex digits of HMAC-SHA256 of URL, `Salt`, `Timestamp`, access key, secret key and body, nothing between them |
//! | key | the text of the secret key. Settings `access_key` and `public_url` beside it |
//! | time window | 300 seconds both ways; the number is ours |
//! | event id | `id` in the body, signed |
//! | kind | `type` in the body, signed, such as `PAYMENT_COMPLETED` |
//!
//! # What to know
//!
//! - It is **doubtful what is written in base64**: Rapyd's page can be read as the digest itself, and Rapyd's sample for Postman writes its
//!   hexadecimal digits, as does other code that is in use with Rapyd. The digits it is here, in lower case; nothing else is tried.
//! - The URL is the one that the Client Portal has, to the last character: the setting `public_url`. It is never taken from what arrives,
//!   which a proxy may have changed.
//! - The body counts as it came; Rapyd's examples write it anew, which fits only while both write alike.
//! - Access key and secret key of the sandbox differ from those of production.
//! - Payments are not read: what each kind means for money is more than we could check. Ask Rapyd for the payment.
//!
//! Checked against vectors that we computed, by Rapyd's documentation and two third parties; no library of Rapyd verifies:
//! ["Webhook Authentication"](https://docs.rapyd.net/en/webhook-authentication.html).
//!
//! Dedupe tells events apart by: `id`, kind; without an id the body and the signed time.

use crate::crypto::{Algorithm, Encoding};
use crate::provider::about::{About, Group, Setting};
use crate::provider::macros::verifies_by_inner;
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::{Condition, Part, Scheme, SchemeVerifier, Signature, Timestamp};
#[cfg(feature = "testing")]
use crate::testing::{Sample, SampleKeys};
use crate::{ConfigError, IntoKeyring, Tolerance};

pub(crate) const PROVIDER: Registered =
    Registered::scheme(SCHEME.provider(), &ABOUT, |_| Ok(SCHEME)).tested(testing!(samples));

const ABOUT: About = About::new(Group::Payments, "https://docs.rapyd.net/en/webhook-authentication.html")
    .setup(&[
        "In the Client Portal, open Developers, and copy access key and secret key. They become `access_key` and `secrets`.",
        "Under Webhooks, enter the URL of your endpoint. It becomes `public_url`, exactly as it stands there.",
    ])
    .settings(&[Setting::required(
        ACCESS_KEY,
        "the access key of the organisation, which Rapyd signs with each request",
    )]);

/// Base64 of the hex digits of HMAC-SHA256 of URL, salt, time, both keys and body.
pub const SCHEME: Scheme = Scheme::new("rapyd", Algorithm::HmacSha256)
    .signature(Signature::header("signature").encoding(Encoding::HexInBase64))
    .timestamp(Timestamp::header("timestamp").tolerance(300))
    .require(&[Condition::Present(SALT)])
    .signed_content(&[
        Part::PublicUrl,
        Part::FirstOf(&[SALT]),
        Part::Timestamp,
        Part::Setting(ACCESS_KEY),
        Part::Secret,
        Part::Body,
    ])
    .id(&[Field::Json("/id")])
    .kind(&[Field::Json("/type")]);

const SALT: Field = Field::Header("salt");
const ACCESS_KEY: &str = "access_key";

const _: () = assert!(SCHEME.check().is_ok());

/// Verifies what Rapyd sends to one organisation. The key is its secret key.
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::rapyd::Rapyd;
///
/// let rapyd = Rapyd::new("rsk_c7b6cc7e9cf30d38", "rak_b2cfdff577b4", "https://shop.example/webhooks/rapyd")?;
/// let endpoint = Endpoint::new(rapyd);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rapyd(SchemeVerifier);

impl Rapyd {
    /// Accepts what any of these secret keys has signed with this access key for `public_url`: the URL exactly as the Client Portal
    /// has it.
    ///
    /// # Errors
    /// If there is no key, one is empty, or the URL does not begin with `https://` or `http://`.
    pub fn new(
        secret_keys: impl IntoKeyring,
        access_key: impl Into<String>,
        public_url: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let scheme = SCHEME.verifier(secret_keys)?.public_url(public_url)?;
        scheme.setting(ACCESS_KEY, access_key).map(Self)
    }

    /// Another tolerance than 300 seconds.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        Self(self.0.judging_time(tolerance))
    }
}

verifies_by_inner!(Rapyd);

#[cfg(feature = "testing")]
fn samples(keys: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    const KEY: &str = "rak_b2cfdff577b479310c8d";
    let signer = crate::testing::Signer::new(SCHEME, keys.text[0])?.setting(ACCESS_KEY, KEY);
    let sample = Sample::of_scheme(SCHEME, keys)?.signed_by(signer.public_url(Sample::URL));
    let sample = sample.set("public_url", Sample::URL).set(ACCESS_KEY, KEY);
    Ok(vec![Sample {
        needed: &["public_url", ACCESS_KEY],
        scheme: None,
        ..sample.made_by(|keys| Rapyd::new(keys, KEY, Sample::URL))
    }])
}

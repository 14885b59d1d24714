//! Apple App Store: server notifications, version 2, about purchases and subscriptions.
//!
//! | | |
//! |---|---|
//! | signature | `signedPayload` in the body: a JWS with ES256 and a chain of three certificates |
//! | key | that of the first certificate, if the chain leads to a root that you configure: Apple Root CA - G3 |
//! | time window | none: a notification is as good later, and Apple tries again for days. The certificates must have been valid when it was signed |
//! | event id | `notificationUUID` in the payload, signed |
//! | kind | `notificationType`, with `.` and `subtype` where there is one, such as `SUBSCRIBED.INITIAL_BUY`; signed |
//!
//! # What to know
//!
//! - The signature covers the payload inside `signedPayload` and nothing beside it, so the coverage of a delivery is
//!   [`Coverage::Fields`]. Read [`Notification`] rather than the body: it holds what was signed and nothing else.
//! - The transaction, the renewal and the app transaction inside are tokens of their own. Each is verified like the
//!   first and must be for the same app and environment, or the request is refused.
//! - The root in the request is never trusted by itself. The crate brings none: get `AppleRootCA-G3.cer` from Apple's page
//!   of certificate authorities and pass its bytes.
//! - Whether a certificate was revoked is not asked. Apple's own library asks only where it is told to.
//! - Notifications of version 1, which Apple has retired, are not signed and are refused.
//! - Payloads of the environments `Xcode` and `LocalTesting` are not signed by Apple and are refused.
//! - A notification that was answered with anything but a success comes again after 1, 12, 24, 48 and 72 hours. The
//!   figures could not be checked; nothing depends on them.
//!
//! Checked against Apple's library `app-store-server-library` 3.1.2 (Python). Documentation:
//! [`responseBodyV2`](https://developer.apple.com/documentation/appstoreservernotifications/responsebodyv2),
//! `responseBodyV2DecodedPayload`, `JWSTransactionDecodedPayload`.
//!
//! # Payments
//!
//! | kind | status |
//! |---|---|
//! | `ONE_TIME_CHARGE`, `REFUND_REVERSED` | `Paid` |
//! | `REFUND` | `Refunded`; `PartiallyRefunded` where `revocationType` is `REFUND_PRORATED` |
//! | `SUBSCRIBED`, `DID_RENEW`, `OFFER_REDEEMED`, `RENEWAL_EXTENDED` | `SubscriptionActive` |
//! | `DID_CHANGE_RENEWAL_PREF.UPGRADE`, `DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_ENABLED` | `SubscriptionActive` |
//! | `DID_FAIL_TO_RENEW`, `GRACE_PERIOD_EXPIRED` | `SubscriptionPastDue` |
//! | `EXPIRED`, `DID_CHANGE_RENEWAL_STATUS.AUTO_RENEW_DISABLED` | `SubscriptionCanceled` |
//! | all others | `Other` |
//!
//! All fields are those of the signed transaction. `amount` is its `price`, in thousandths of its `currency`, where the
//! kind says that something was bought: `ONE_TIME_CHARGE`, `SUBSCRIBED`, `DID_RENEW`, `OFFER_REDEEMED` and the upgrade.
//! Where several pieces were bought at once it is an error, because Apple does not say whether the price is that of one.
//! Of a refund Apple does not say how much went back. `reference` is `appAccountToken`, `transaction_id` is
//! `transactionId`, `time` is the notification's `signedDate`.
//!
//! Dedupe tells events apart by: `notificationUUID`, kind; without an id the signed payload.

mod check;
mod notification;
mod payments;
#[cfg(feature = "testing")]
mod signer;

use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use rustls_pki_types::CertificateDer;

use crate::crypto::certificate;
use crate::crypto::certificate::Roots;
use crate::provider::about::{About, Setting};
use crate::provider::registry::{Registered, testing};
use crate::verify::buffered;
use crate::verify::require_post;
use crate::{Answer, BodyCheck, ConfigError, RequestHead, Settings, UnixTime, Verifier};

use check::Account;
pub use notification::{Notification, Transaction};
#[cfg(feature = "testing")]
pub use signer::{Signer, TEST_ROOT};

#[cfg(doc)]
use crate::Coverage;

const NAME: &str = "apple-appstore";

pub(crate) const PROVIDER: Registered = Registered::custom(SENDER, &ABOUT, |settings| {
    Ok(Arc::new(AppleAppStore::from_settings(settings)?))
})
.tested(testing!(signer::signer, signer::samples));

const ABOUT: About = About::new(
    "https://developer.apple.com/documentation/appstoreservernotifications/responsebodyv2",
)
.setup(&[
    "In App Store Connect, open the app, App Information, App Store Server Notifications, \
     and set the production and the sandbox URL; choose version 2.",
    "The bundle id and the Apple ID on that page become `bundle_id` and `app_apple_id`.",
    "Download Apple Root CA - G3 from Apple's page of certificate authorities: it becomes \
     `roots_pem` or `roots_der_base64`.",
    "Make one account with `environment` `Production` and one with `Sandbox`.",
])
.settings(&[
    Setting::required(
        "bundle_id",
        "the bundle id of the app, shown in App Store Connect",
    ),
    Setting::required("environment", "`Sandbox` or `Production`"),
    Setting::optional(
        "app_apple_id",
        "the number of the app, shown in App Store Connect as its Apple ID; required for \
         `Production`",
    ),
    Setting::optional(
        "roots_pem",
        "Apple's root certificates in PEM: one or a list; this or `roots_der_base64` is \
         required",
    ),
    Setting::optional("roots_der_base64", "the same in DER, written in base64"),
])
.signed(
    "ECDSA with P-256 and SHA-256 in a JWS, with its certificates: the payload in \
     `signedPayload` of the body",
)
.acknowledgement("200 to 206");

const SENDER: crate::Provider = crate::Provider::new(NAME)
    .with_events()
    .payments(payments::read);

/// Verifies the notifications about one app.
///
/// ```no_run
/// use webhook_core::Endpoint;
/// use webhook_core::provider::apple_appstore::{AppleAppStore, Environment};
///
/// let root = std::fs::read("AppleRootCA-G3.cer")?;
/// let app = Environment::Production { app_apple_id: 1_234_567_890 };
/// let endpoint = Endpoint::new(AppleAppStore::new("com.example.app", app, [root])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As settings: `bundle_id`, `environment` (`Sandbox` or `Production`), `app_apple_id` (a number, for `Production`), and the
/// roots as `roots_pem` or `roots_der_base64`, one or a list.
#[derive(Clone)]
pub struct AppleAppStore(Arc<Account>);

/// Which of Apple's systems sends.
///
/// ```
/// use webhook_core::provider::apple_appstore::Environment;
///
/// let app = Environment::Production { app_apple_id: 1_234_567_890 };
/// assert_ne!(app, Environment::Sandbox);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Purchases for tests.
    Sandbox,
    /// Purchases of customers.
    Production {
        /// The app's id in the App Store, which notifications of this environment must name.
        app_apple_id: u64,
    },
}

impl AppleAppStore {
    /// Accepts what is about the app with this bundle id, if its certificates lead to one of these roots, each in PEM or DER.
    ///
    /// # Errors
    /// If the bundle id is empty, there is no root, or one is not a certificate.
    pub fn new<R: AsRef<[u8]>>(
        bundle_id: impl Into<String>,
        environment: Environment,
        roots: impl IntoIterator<Item = R>,
    ) -> Result<Self, ConfigError> {
        let bundle_id = bundle_id.into();
        if bundle_id.trim().is_empty() {
            return Err(ConfigError::new("the bundle id is empty"));
        }
        let roots = trusted(roots)?;
        Ok(Self(Arc::new(Account {
            bundle_id,
            environment,
            roots,
        })))
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        // One app has the same number in both, though only production says it.
        let app_apple_id = settings.number("app_apple_id")?;
        let environment = match settings.required("environment")? {
            "Sandbox" => Environment::Sandbox,
            "Production" => Environment::Production {
                app_apple_id: app_apple_id
                    .ok_or_else(|| ConfigError::new("`app_apple_id` is missing"))?,
            },
            _ => {
                return Err(ConfigError::new(
                    "`environment` is neither `Sandbox` nor `Production`",
                ));
            }
        };
        let pem = settings.texts("roots_pem")?.unwrap_or_default();
        let der = settings.texts("roots_der_base64")?.unwrap_or_default();
        let der = der.into_iter().map(|text| {
            Base64::decode_vec(text)
                .map_err(|_| ConfigError::new("`roots_der_base64` holds what is not base64"))
        });
        let pem = pem.into_iter().map(|text| Ok(text.as_bytes().to_vec()));
        let roots: Vec<_> = pem.chain(der).collect::<Result<_, _>>()?;
        let account = Self::new(settings.required("bundle_id")?, environment, roots);
        account
            .map_err(|error| ConfigError::new(format!("`roots_pem`, `roots_der_base64`: {error}")))
    }
}

/// PEM begins with what DER cannot.
fn trusted<R: AsRef<[u8]>>(roots: impl IntoIterator<Item = R>) -> Result<Roots, ConfigError> {
    let mut certificates = Vec::new();
    for root in roots {
        let root = root.as_ref();
        if root.trim_ascii_start().starts_with(b"-----BEGIN") {
            let more = certificate::from_pem(root);
            certificates.extend(more.map_err(|_| ConfigError::new("a root is not PEM"))?);
        } else {
            certificates.push(CertificateDer::from(root.to_vec()));
        }
    }
    Roots::from_der(&certificates)
}

impl Verifier for AppleAppStore {
    fn provider(&self) -> crate::Provider {
        SENDER
    }

    fn key_prints(&self) -> Vec<crate::KeyPrint> {
        vec![self.0.print()]
    }

    fn begin(&self, head: &RequestHead<'_>, now: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let account = Arc::clone(&self.0);
        Ok(buffered(move |body| account.judge(body, now)))
    }
}

impl fmt::Debug for AppleAppStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppleAppStore")
            .field("bundle_id", &self.0.bundle_id)
            .field("environment", &self.0.environment)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ROOT: &[u8] = include_bytes!("../../testing/keys/apple-root.der");

    fn pem() -> String {
        let body = Base64::encode_string(ROOT);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn roots_come_in_pem_and_der() {
        let new = |roots: &[&[u8]]| AppleAppStore::new("app", Environment::Sandbox, roots);
        let pem = pem();
        assert!(new(&[ROOT, pem.as_bytes()]).is_ok());
        assert!(new(&[]).is_err());
        for junk in ["", "junk", "-----BEGIN CERTIFICATE-----"] {
            assert!(new(&[ROOT, junk.as_bytes()]).is_err(), "{junk}");
        }
    }

    #[test]
    fn the_bundle_id_is_not_empty() {
        assert!(AppleAppStore::new(" ", Environment::Sandbox, [ROOT]).is_err());
    }

    #[test]
    fn settings_say_what_is_missing() {
        let good = json!({
            "bundle_id": "app", "environment": "Production", "app_apple_id": 7, "roots_pem": pem(),
        });
        let made = |settings: &Value| {
            AppleAppStore::from_settings(&Settings::new(settings.clone()).unwrap())
        };
        assert!(made(&good).is_ok());
        for (name, value) in [
            ("bundle_id", Value::Null),
            ("environment", Value::Null),
            ("environment", json!("Xcode")),
            ("environment", json!("LocalTesting")),
            ("environment", json!("production")),
            ("app_apple_id", Value::Null),
            ("app_apple_id", json!("7")),
            ("roots_pem", Value::Null),
            ("roots_der_base64", json!("%")),
        ] {
            let mut settings = good.clone();
            settings[name] = value;
            let error = made(&settings).unwrap_err().to_string();
            assert!(
                error.contains(name) || error.contains("root"),
                "{name}: {error}"
            );
        }
    }
}

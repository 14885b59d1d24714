//! EBANX: payments in Latin America and Africa. Feature `asymmetric`.
//!
//! | | |
//! |---|---|
//! | signature | `X-SignatureContent`: base64 RSA signature (PKCS#1 v1.5, **SHA-1**) of the body |
//! | key | EBANX's certificate of the fingerprint in `X-SignatureFingerprint` |
//! | time window | none |
//! | event id | none |
//! | kind | `notification_type` in the form; not told as signed |
//!
//! Settings: `public_keys_by_id`, a table of PEM documents by their fingerprint.
//!
//! # What to know
//!
//! - **The signature proves too little to act on.** Two texts of one SHA-1 can be made by whoever chooses both, so the coverage is
//!   [`Coverage::BodyChecksum`], and nothing of the body is told as signed. Nor does the body say what became of
//!   a payment: it holds hashes alone. Nor whose it is: EBANX shows one certificate to all merchants. And no time is signed, so that a captured
//!   notification can be sent again for ever.
//! - Ask EBANX for each payment, as its document wants it too: [`PAYMENTS`] describes the notifications for a [`Confirm`](crate::Confirm). Behind
//!   this verifier it asks only about what EBANX has signed.
//! - A certificate is not a public key: `openssl x509 -in certificate.pem -pubkey -noout` writes the one in it, and
//!   `openssl x509 -in certificate.pem -fingerprint -sha1 -noout` its fingerprint. Colons in it and the case of its letters do not count.
//! - EBANX writes the headers without inner hyphens, and its example in PHP reads `X-Signature-Content`. Both spellings of each header are read;
//!   two that differ are malformed.
//! - `X-SignatureType` must be `rsa,sha1`. It chooses nothing.
//! - EBANX takes 200 for a success.
//!
//! ```
//! use webhook_core::provider::ebanx::{Ebanx, PAYMENTS};
//! use webhook_core::{Confirm, Endpoint};
//!
//! # const PUBLIC_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/public-key.pem"));
//! # struct Payment { hash: String, status: String }
//! # async fn query(_: &str) -> Result<Option<Payment>, std::io::Error> { Ok(None) }
//! let confirm = Confirm::new(PAYMENTS, |lookup| async move { query(lookup.unverified_id().into_unverified()).await });
//! let confirm = confirm.identity(|payment: &Payment| format!("{} {}", payment.hash, payment.status));
//! let keys = [("4EBCEC197458BF3429D47436E9A304574E397B7F", PUBLIC_KEY)]; // the text of a PEM file
//! let endpoint = Endpoint::new(confirm.behind(Ebanx::new(keys)?));
//! # Ok::<(), webhook_core::ConfigError>(())
//! ```
//!
//! Checked against vectors that we computed, by the sender's documentation. Documentation:
//! ["Payment Notification"](https://docs.ebanx.com/docs/payments/guides/features/payment-notifications).
//!
//! Dedupe tells events apart by: body, unsigned. A repeat is handled again if it is not recognised: rendered anew.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding};

use crate::crypto::{Algorithm, RsaPublicKey, rsa_public_keys};
use crate::message::Ident;
use crate::outcome::{malformed, missing};
use crate::provider::about::{About, Group, Setting};
use crate::provider::registry::{Registered, testing};
use crate::request::Field;
use crate::scheme::Scheme;
#[cfg(feature = "testing")]
use crate::testing::{Code, Place, RsaPrivateKey, Sample, SampleKeys, Sign, SignedRequest};
use crate::verify::{NO_MATCH, buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, KeyPrint, MatchedKey, Notice, Proof, Rejection,
    RejectionKind, RequestHead, Settings, UnixTime, Verdict, Verifier,
};

pub(crate) const PROVIDER: Registered = Registered::custom(NAMES.provider(), &ABOUT, |settings| {
    Ok(Arc::new(Ebanx::from_settings(settings)?))
})
.tested(testing!(signer, samples));

const ABOUT: About = About::new(
    Group::Payments,
    "https://docs.ebanx.com/docs/payments/guides/features/payment-notifications",
)
.setup(&[
    "In the EBANX dashboard, open the account settings, Integrations, and enter the URL as the notification URL.",
    "Download EBANX's certificate from its document. The public key in it becomes a row of `public_keys_by_id`, under the fingerprint that stands beside it.",
    "Have a key for EBANX's interface ready: each payment that is named is to be looked up.",
])
.settings(&[Setting::required(
    KEYS,
    "a table of EBANX's public keys (PEM) by the SHA-1 fingerprint of the certificate that holds them, in hexadecimal digits",
)])
.headers(&[
    CONTENT[0],
    FINGERPRINT[0],
    TYPE[0],
    CONTENT[1],
    FINGERPRINT[1],
    TYPE[1],
])
.signed("RSA-SHA1 (PKCS#1 v1.5) in base64 of: the body")
.acknowledgement("200");

const KEYS: &str = "public_keys_by_id";

/// As the document writes them, and as its example reads them.
const CONTENT: [&str; 2] = ["x-signaturecontent", "x-signature-content"];
const FINGERPRINT: [&str; 2] = ["x-signaturefingerprint", "x-signature-fingerprint"];
const TYPE: [&str; 2] = ["x-signaturetype", "x-signature-type"];

/// The one algorithm there is.
const RSA_SHA1: &str = "rsa,sha1";

/// Where the kind stands. SHA-1 signs it no better than a token would, so it is not signed.
const NAMES: Scheme =
    Scheme::new("ebanx", Algorithm::Token).kind(&[Field::Form("notification_type")]);

/// What a notification names: EBANX's hashes of the payments whose state has changed, as its interface wants them.
pub const PAYMENTS: Notice = Notice::new(NAMES.name(), &[Field::Form("hash_codes")]).separator(',');

/// Verifies that EBANX has signed a notification. That proves too little to act on: put it in front of a [`Confirm`](crate::Confirm).
///
/// ```
/// use webhook_core::Endpoint;
/// use webhook_core::provider::ebanx::Ebanx;
///
/// # const PUBLIC_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/public-key.pem"));
/// let keys = [("4EBCEC197458BF3429D47436E9A304574E397B7F", PUBLIC_KEY)]; // the text of a PEM file
/// let endpoint = Endpoint::new(Ebanx::new(keys)?);
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Ebanx(Arc<Keys>);

/// By their fingerprints, in the order of these.
type Keys = BTreeMap<Arc<str>, RsaPublicKey>;

impl Ebanx {
    /// Accepts what is signed with the public key, a PEM document, of the certificate whose fingerprint the request names.
    ///
    /// # Errors
    /// If there is none, a fingerprint has not 40 hexadecimal digits, with or without colons, two are the same, or a key is no RSA key of 2048
    /// to 8192 bits in a `PUBLIC KEY` document.
    pub fn new<I: AsRef<str>, K: AsRef<str>>(
        public_keys: impl IntoIterator<Item = (I, K)>,
    ) -> Result<Self, ConfigError> {
        let mut keys = Keys::new();
        for (of, document) in public_keys {
            let of = of.as_ref().replace(':', "").to_ascii_uppercase();
            if of.len() != 40 || !of.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(ConfigError::fixed(
                    "every public key needs the SHA-1 fingerprint of its certificate, 40 hexadecimal digits, as EBANX shows it",
                ));
            }
            let [key] = <[_; 1]>::try_from(rsa_public_keys(document.as_ref())?)
                .map_err(|_| ConfigError::fixed("a fingerprint stands for one public key"))?;
            if keys.insert(of.into(), key).is_some() {
                return Err(ConfigError::fixed("two public keys have one fingerprint"));
            }
        }
        match keys.is_empty() {
            true => Err(ConfigError::fixed("there is no public key")),
            false => Ok(Self(Arc::new(keys))),
        }
    }

    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let keys = settings.text_table(KEYS)?;
        let keys = keys.ok_or(ConfigError::fixed("`public_keys_by_id` is missing"))?;
        Self::new(keys).map_err(|error| error.of_setting(KEYS))
    }

    /// Fingerprint and place of the key that the request names.
    fn named(&self, fingerprint: &[u8]) -> Result<(Arc<str>, usize), Rejection> {
        let mut keys = self.0.keys().enumerate();
        let is_named = |of: &str| of.as_bytes().eq_ignore_ascii_case(fingerprint);
        let found = keys.find(|(_, of)| is_named(of));
        let unknown = Rejection::new(
            RejectionKind::UntrustedKey,
            "no public key of this fingerprint is configured: add it to `public_keys_by_id`",
        );
        let (at, of) = found.ok_or(unknown.of_header(FINGERPRINT[0]))?;
        Ok((Arc::clone(of), at))
    }
}

impl Verifier for Ebanx {
    fn provider(&self) -> crate::Provider {
        NAMES.provider()
    }

    fn key_prints(&self) -> Vec<KeyPrint> {
        let keys = self.0.values();
        keys.map(|key| key.print(&[NAMES.name()])).collect()
    }

    fn begin(&self, head: &RequestHead<'_>, _: UnixTime) -> Result<BodyCheck, Answer> {
        require_post(head)?;
        let [signature, fingerprint, by] =
            [CONTENT, FINGERPRINT, TYPE].map(|spellings| required(head, spellings));
        let (signature, fingerprint, by) = (signature?, fingerprint?, by?);
        if by != RSA_SHA1.as_bytes() {
            let other = malformed("the request is signed in another way than `rsa,sha1`");
            return Err(other.of_header(TYPE[0]).into());
        }
        let (fingerprint, at) = self.named(fingerprint)?;
        let signature = std::str::from_utf8(signature).ok();
        let signature = signature.and_then(|signature| Base64::decode_vec(signature).ok());
        let signature =
            signature.ok_or(malformed("the signature is not base64").of_header(CONTENT[0]))?;
        let keys = Arc::clone(&self.0);
        Ok(buffered(move |body| {
            let key = keys.get(&fingerprint);
            if !key.is_some_and(|key| key.verifies_sha1(body, &signature)) {
                return Err(NO_MATCH.into());
            }
            let proof = Proof {
                ident: Ident::of(&NAMES.described()),
                ..Proof::dangerously_assert(Coverage::BodyChecksum)
            };
            let key = MatchedKey::new(at, Some(fingerprint));
            Ok(Verdict::Authentic(proof.key(key)))
        }))
    }
}

/// The value of a header in either spelling; a blank one counts as absent.
fn required<'a>(
    head: &RequestHead<'a>,
    [usual, other]: [&'static str; 2],
) -> Result<&'a [u8], Rejection> {
    let value = |name| {
        let value = head.header(name)?.map(<[u8]>::trim_ascii);
        Ok::<_, Rejection>(value.filter(|value| !value.is_empty()))
    };
    match (value(usual)?, value(other)?) {
        (Some(one), Some(another)) if one != another => {
            Err(malformed("the header is there in two spellings that differ").of_header(usual))
        }
        (Some(value), _) | (None, Some(value)) => Ok(value),
        (None, None) => {
            Err(missing("the request has no signature, or not all of it").of_header(usual))
        }
    }
}

impl fmt::Debug for Ebanx {
    /// The fingerprints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.0.keys().collect::<Vec<_>>();
        f.debug_struct("Ebanx").field("public_keys", &of).finish()
    }
}

/// Signs as EBANX does, with a key of your own.
///
/// ```
/// use webhook_core::UnixTime;
/// use webhook_core::provider::ebanx::Signer;
/// use webhook_core::testing::Sign;
///
/// # const PRIVATE_KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/keys/wise/private-key.pem"));
/// // What `openssl genpkey -algorithm RSA` writes.
/// let signer = Signer::new("4EBCEC197458BF3429D47436E9A304574E397B7F", PRIVATE_KEY)?;
/// let form = b"operation=payment_status_change&notification_type=update&hash_codes=53ad936c";
/// let request = signer.sign(form, UnixTime::from_secs(1_785_920_400))?;
/// assert_eq!(request.header("x-signaturetype"), Some("rsa,sha1"));
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[derive(Clone, Debug)]
pub struct Signer {
    fingerprint: String,
    key: RsaPrivateKey,
}

#[cfg(feature = "testing")]
impl Signer {
    /// A signer with this private key, a `PRIVATE KEY` document in PEM (PKCS#8), that names this fingerprint.
    ///
    /// # Errors
    /// If it is anything else, or no RSA key of 2048 bits or more.
    pub fn new(fingerprint: impl Into<String>, private_key: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            fingerprint: fingerprint.into(),
            key: RsaPrivateKey::new(private_key)?,
        })
    }
}

#[cfg(feature = "testing")]
impl Sign for Signer {
    fn sign(&self, body: &[u8], _: UnixTime) -> Result<SignedRequest, ConfigError> {
        Ok(SignedRequest::form(body.to_vec())
            .with_header(TYPE[0], RSA_SHA1)
            .with_header(FINGERPRINT[0], &*self.fingerprint)
            .with_header(CONTENT[0], self.key.sign_sha1(body)?))
    }
}

#[cfg(feature = "testing")]
fn signer(settings: &Settings) -> Result<Box<dyn Sign>, ConfigError> {
    let keys = settings.text_table(KEYS)?;
    let of = keys.and_then(|keys| keys.first().map(|(of, _)| (*of).to_owned()));
    let of = of.ok_or(ConfigError::fixed("`public_keys_by_id` is missing"))?;
    let signer = Signer::new(of, settings.required("private_key")?)?;
    Ok(Box::new(signer))
}

#[cfg(feature = "testing")]
fn samples(_: &SampleKeys) -> Result<Vec<Sample>, ConfigError> {
    use serde_json::json;

    const FINGERPRINT_OF_SAMPLE: &str = "4EBCEC197458BF3429D47436E9A304574E397B7F";
    let settings = RsaPrivateKey::PUBLIC.map(|key| json!({KEYS: {FINGERPRINT_OF_SAMPLE: key}}));
    let signer = Signer::new(FINGERPRINT_OF_SAMPLE, RsaPrivateKey::PEM)?;
    Ok(vec![Sample {
        keys: &[KEYS],
        secrets: RsaPrivateKey::secrets(),
        coverage: Coverage::BodyChecksum,
        code: Code::Base64,
        reads: crate::testing::reads::exactly,
        signed: vec![TYPE[0]],
        id: None,
        ..Sample::new(NAMES.name(), signer, settings, Place::Header(CONTENT[0]))
    }])
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::dedupe::DedupeKey;
    use crate::testing::{receive, support};
    use crate::{Confirm, Confirmed, Endpoint};

    /// The body of its document, "Notifications".
    const BODY: &str = "operation=payment_status_change&notification_type=update&hash_codes=\
        53ad936c0dfb7b008d57bf7d396c83a28d24869949fdc84f,cc6d7065bd3842c9fd56f993dba4d900b428d9373878aff8";

    const OF: &str = "4ABAD89CF66B99998465470550EB15E3E271A246";

    fn request() -> SignedRequest {
        let signer = Signer::new(OF, RsaPrivateKey::PEM).unwrap();
        signer.sign(BODY.as_bytes(), support::NOW).unwrap()
    }

    fn verifier() -> Ebanx {
        Ebanx::new([(OF, RsaPrivateKey::PUBLIC[0])]).unwrap()
    }

    #[test]
    fn nothing_of_a_body_is_told_as_signed() {
        let delivery = support::run(receive(&Endpoint::new(verifier()), request())).unwrap();
        assert_eq!(delivery.coverage(), Coverage::BodyChecksum);
        assert_eq!((delivery.id(), delivery.kind()), (None, None));
        let kind = delivery
            .unverified_kind()
            .map(|kind| kind.into_unverified());
        assert_eq!(kind, Some("update"));
        assert_eq!(delivery.key().and_then(MatchedKey::name), Some(OF));
        assert!(!DedupeKey::of(&delivery).is_signed());
    }

    #[test]
    fn a_fingerprint_is_written_as_openssl_writes_it_too() {
        let pairs: Vec<String> = (0..20).map(|at| OF[2 * at..][..2].to_owned()).collect();
        for of in [pairs.join(":"), OF.to_lowercase()] {
            let [key, _] = RsaPrivateKey::PUBLIC;
            let endpoint = Endpoint::new(Ebanx::new([(of.as_str(), key)]).unwrap());
            for named in [OF.to_owned(), OF.to_lowercase()] {
                let request = request().with_header(FINGERPRINT[0], named);
                assert!(support::run(receive(&endpoint, request)).is_ok(), "{of}");
            }
        }
    }

    #[test]
    fn each_key_has_a_fingerprint_of_its_own() {
        let [own, other] = RsaPrivateKey::PUBLIC;
        let another = OF.replace('4', "5");
        assert!(Ebanx::new([(OF, own), (&another, other)]).is_ok());
        let both = format!("{own}\n{other}");
        let lower = OF.to_lowercase();
        for keys in [
            vec![],
            vec![("", own)],
            vec![("4ABAD8", own)],
            vec![("GABAD89CF66B99998465470550EB15E3E271A246", own)],
            vec![(OF, own), (lower.as_str(), other)],
            vec![(OF, "no key")],
            vec![(OF, &*both)],
        ] {
            assert!(Ebanx::new(keys.clone()).is_err(), "{keys:?}");
        }
    }

    #[test]
    fn only_what_ebanx_has_signed_is_looked_up_and_each_payment_is() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let confirm = Confirm::new(PAYMENTS, move |lookup| {
            count.fetch_add(1, Ordering::Relaxed);
            let hash = lookup.unverified_id().into_unverified().to_owned();
            async move { Ok::<_, ()>(Some(hash)) }
        });
        let endpoint = Endpoint::new(confirm.behind(verifier()));
        let forged = request().with_body(BODY.replace("53ad", "53ae"));
        let refused = support::run(receive(&endpoint, forged)).unwrap_err();
        assert_eq!(
            (refused.code(), asked.load(Ordering::Relaxed)),
            ("bad_signature", 0)
        );
        let delivery = support::run(receive(&endpoint, request())).unwrap();
        let hashes: Confirmed<String> = delivery.decode().unwrap();
        assert_eq!((hashes.len(), asked.load(Ordering::Relaxed)), (2, 2));
        assert!(
            hashes
                .iter()
                .all(|hash| BODY.contains(hash.as_str()) && hash.len() == 48)
        );
    }
}

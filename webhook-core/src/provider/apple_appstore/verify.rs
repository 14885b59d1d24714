//! What makes a notification Apple's, and one for this app.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use rustls_pki_types::CertificateDer;
use serde::Deserialize;

use super::event::{NAME, token};
use super::payment;
use crate::crypto::certificate;
use crate::crypto::certificate::{Certificate, Roots};
use crate::crypto::jws;
use crate::crypto::jws::{Jws, JwsAlgorithm};
use crate::message::Mode;
use crate::outcome::malformed;
use crate::verify::{buffered, require_post};
use crate::{
    Answer, BodyCheck, ConfigError, Coverage, Proof, Rejection, RejectionKind, RequestHead,
    Settings, UnixTime, Verdict, Verifier,
};

pub(super) const SENDER: crate::Provider = crate::Provider::new(NAME)
    .with_events()
    .meaning(&payment::MEANING)
    .payments(payment::read);

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
#[derive(Clone, Debug)]
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

    pub(super) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
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

/// One app and the roots that its notifications may lead to.
#[derive(Debug)]
struct Account {
    bundle_id: String,
    environment: Environment,
    roots: Roots,
}

impl Account {
    fn judge(&self, body: &Bytes, now: UnixTime) -> Result<Verdict, Answer> {
        let signed = self.verify(&token(body)?, now)?;
        let payload: Payload = jws::claims(&signed)?;
        self.judge_subject(&payload)?;
        for nested in payload.nested() {
            let subject: Subject = jws::claims(&self.verify(nested.token, now)?)?;
            self.judge_nested(&nested, &subject)?;
        }
        let mut proof = Proof::dangerously_assert(Coverage::Fields).kind(payload.kind());
        proof = match payload.notification_uuid {
            Some(id) => proof.id(id),
            // Never the envelope, which nobody signs.
            None => proof.identity(&[&signed]),
        };
        proof = self.owner(proof);
        if let Some(millis) = payload.signed_date {
            proof = proof.sent_at(UnixTime::from_millis(millis));
        }
        Ok(Verdict::Authentic(proof))
    }

    /// Every account has Apple's keys: the app and its environment tell them apart.
    fn print(&self) -> crate::KeyPrint {
        let environment = match self.environment {
            Environment::Sandbox => SANDBOX,
            Environment::Production { .. } => PRODUCTION,
        };
        crate::KeyPrint::of(&[NAME, &self.bundle_id, environment])
    }

    /// Whose app it is, and whether money moves: what is not of the configured app and environment was refused.
    fn owner(&self, proof: Proof) -> Proof {
        match self.environment {
            Environment::Sandbox => proof
                .owner(&[&self.bundle_id], Mode::Test)
                .of_test_account(),
            Environment::Production { .. } => proof.owner(&[&self.bundle_id], Mode::Live),
        }
    }

    /// The payload of a token that Apple has signed.
    fn verify(&self, token: &str, now: UnixTime) -> Result<Bytes, Rejection> {
        let token = Jws::parse(token, JwsAlgorithm::Es256)?;
        // The certificates were valid when Apple signed, and may have expired since. That the payload is not
        // verified yet does no harm: whoever can sign with them can choose the date in any case.
        let signed: SignedAt = token.unverified()?;
        let signed_at = signed.signed_date.or(signed.receipt_creation_date);
        let signed_at = signed_at.map_or(now, UnixTime::from_millis);
        let leaf = self.leaf(token.certificates(), signed_at)?;
        let key = leaf.p256_key()?;
        token.verify(|signed, signature| key.verify(signed, signature))
    }

    /// The certificate that signs, if its chain is Apple's.
    fn leaf(&self, chain: &[String], at: UnixTime) -> Result<Certificate, Rejection> {
        let [leaf, intermediate, _root] = chain else {
            return Err(malformed("the token does not bring three certificates"));
        };
        let (leaf, intermediate) = (decode(leaf)?, decode(intermediate)?);
        certificate::verify_chain(&leaf, std::slice::from_ref(&intermediate), &self.roots, at)?;
        let (leaf, intermediate) = (
            Certificate::parse(&leaf)?,
            Certificate::parse(&intermediate)?,
        );
        let is_apples = leaf.has_extension(SIGNS_RECEIPTS)
            && intermediate.has_extension(INTERMEDIATE)
            && leaf.names_as_issuer(&intermediate);
        is_apples.then_some(leaf).ok_or(UNTRUSTED)
    }

    fn judge_subject(&self, payload: &Payload) -> Result<(), Rejection> {
        let subject = payload.subject().ok_or(OTHER_APP)?;
        self.judge_bundle(subject)?;
        self.judge_app_id(subject)?;
        self.judge_environment(subject.environment())
    }

    fn judge_nested(&self, nested: &Nested<'_>, subject: &Subject) -> Result<(), Rejection> {
        match nested.kind {
            NestedKind::Transaction => {
                self.judge_bundle(subject)?;
                self.judge_environment(subject.environment())
            }
            // Holds no bundle id.
            NestedKind::Renewal => self.judge_environment(subject.environment()),
            NestedKind::AppTransaction => {
                self.judge_bundle(subject)?;
                self.judge_app_id(subject)?;
                self.judge_environment(subject.receipt_type.as_deref())
            }
        }
    }

    fn judge_bundle(&self, subject: &Subject) -> Result<(), Rejection> {
        let same = subject.bundle_id.as_deref() == Some(&*self.bundle_id);
        same.then_some(()).ok_or(OTHER_APP)
    }

    fn judge_app_id(&self, subject: &Subject) -> Result<(), Rejection> {
        match self.environment {
            Environment::Production { app_apple_id }
                if subject.app_apple_id != Some(app_apple_id) =>
            {
                Err(OTHER_APP)
            }
            _ => Ok(()),
        }
    }

    fn judge_environment(&self, environment: Option<&str>) -> Result<(), Rejection> {
        let ours = match self.environment {
            Environment::Sandbox => SANDBOX,
            Environment::Production { .. } => PRODUCTION,
        };
        let same = environment == Some(ours);
        same.then_some(()).ok_or(Rejection::new(
            RejectionKind::WrongAudience,
            "the notification is of another environment",
        ))
    }
}

const SANDBOX: &str = "Sandbox";
const PRODUCTION: &str = "Production";

/// Marks the certificate that signs. Both marks are those that Apple's own library asks for.
const SIGNS_RECEIPTS: &str = "1.2.840.113635.100.6.11.1";

/// Marks the authority between it and the root.
const INTERMEDIATE: &str = "1.2.840.113635.100.6.2.1";

const UNTRUSTED: Rejection = Rejection::new(
    RejectionKind::UntrustedKey,
    "the certificates are not those with which Apple signs notifications",
);

const OTHER_APP: Rejection = Rejection::new(
    RejectionKind::WrongAudience,
    "the notification is about another app",
);

fn decode(certificate: &str) -> Result<CertificateDer<'static>, Rejection> {
    Base64::decode_vec(certificate)
        .map(CertificateDer::from)
        .map_err(|_| malformed("a certificate in the token is not base64"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedAt {
    signed_date: Option<i64>,
    receipt_creation_date: Option<i64>,
}

/// What a notification says about itself and whom it is for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    notification_type: String,
    subtype: Option<String>,
    #[serde(rename = "notificationUUID")]
    notification_uuid: Option<String>,
    signed_date: Option<i64>,
    data: Option<Subject>,
    summary: Option<Subject>,
    external_purchase_token: Option<Subject>,
    app_data: Option<Subject>,
}

/// What a notification or a token in it is about. No kind has all of these.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    bundle_id: Option<String>,
    app_apple_id: Option<u64>,
    environment: Option<String>,
    receipt_type: Option<String>,
    external_purchase_id: Option<String>,
    signed_transaction_info: Option<String>,
    signed_renewal_info: Option<String>,
    signed_app_transaction_info: Option<String>,
}

struct Nested<'a> {
    kind: NestedKind,
    token: &'a str,
}

enum NestedKind {
    Transaction,
    Renewal,
    AppTransaction,
}

impl Payload {
    fn kind(&self) -> String {
        match &self.subtype {
            Some(subtype) => format!("{}.{subtype}", self.notification_type),
            None => self.notification_type.clone(),
        }
    }

    /// Apple sends one of them; its own library looks in this order.
    fn subject(&self) -> Option<&Subject> {
        let first = self.data.as_ref().or(self.summary.as_ref());
        let second = self.external_purchase_token.as_ref();
        first.or(second).or(self.app_data.as_ref())
    }

    /// The tokens in it, wherever they stand.
    fn nested(&self) -> impl Iterator<Item = Nested<'_>> {
        let subjects = [
            &self.data,
            &self.summary,
            &self.external_purchase_token,
            &self.app_data,
        ];
        subjects.into_iter().flatten().flat_map(Subject::nested)
    }
}

impl Subject {
    /// A token for a purchase outside of the App Store names its environment by the beginning of its id only.
    fn environment(&self) -> Option<&str> {
        match (&self.environment, &self.external_purchase_id) {
            (Some(environment), _) => Some(environment),
            (None, Some(id)) if id.starts_with("SANDBOX") => Some(SANDBOX),
            (None, Some(_)) => Some(PRODUCTION),
            (None, None) => None,
        }
    }

    fn nested(&self) -> impl Iterator<Item = Nested<'_>> {
        let all = [
            (NestedKind::Transaction, &self.signed_transaction_info),
            (NestedKind::Renewal, &self.signed_renewal_info),
            (
                NestedKind::AppTransaction,
                &self.signed_app_transaction_info,
            ),
        ];
        all.into_iter().filter_map(|(kind, token)| {
            let token = token.as_deref()?;
            Some(Nested { kind, token })
        })
    }
}

#[cfg(test)]
mod settings {
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

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CustomExtension, IsCa, Issuer, KeyPair, date_time_ymd,
    };
    use serde_json::{Value, json};

    use super::super::signer::{self, Signer, TEST_ROOT};
    use super::*;
    use crate::Endpoint;
    use crate::testing::support::{NOW, judge};
    use crate::testing::{Sign, SignedRequest, token};

    const BUNDLE: &str = "com.example.app";
    const APP_ID: u64 = 1_234_567_890;

    fn endpoint(environment: Environment, root: &[u8]) -> Endpoint {
        let apple = AppleAppStore::new(BUNDLE, environment, [root]).unwrap();
        Endpoint::new(apple).clock(|| NOW)
    }

    fn sandbox() -> Endpoint {
        endpoint(Environment::Sandbox, TEST_ROOT)
    }

    fn production() -> Endpoint {
        let environment = Environment::Production {
            app_apple_id: APP_ID,
        };
        endpoint(environment, TEST_ROOT)
    }

    fn notification(data: Value) -> Value {
        json!({"notificationType": "TEST", "notificationUUID": "id", "data": data})
    }

    fn for_sandbox() -> Value {
        notification(json!({"bundleId": BUNDLE, "environment": "Sandbox"}))
    }

    fn signed(payload: &Value) -> SignedRequest {
        Signer::new()
            .sign(payload.to_string().as_bytes(), NOW)
            .unwrap()
    }

    fn refused(endpoint: &Endpoint, request: SignedRequest) -> Option<RejectionKind> {
        judge(endpoint, request).err()
    }

    /// A certificate with its key.
    struct Holder {
        der: Vec<u8>,
        key: KeyPair,
        params: CertificateParams,
    }

    /// How a certificate is made.
    #[derive(Clone, Copy, PartialEq)]
    enum Made {
        Authority,
        AuthorityWithMark,
        Leaf,
        LeafWithMark,
        LeafOfLastYear,
    }

    fn make(name: &str, made: Made, issuer: Option<&Holder>) -> Holder {
        certify(name, made, issuer, KeyPair::generate().unwrap())
    }

    fn certify(name: &str, made: Made, issuer: Option<&Holder>, key: KeyPair) -> Holder {
        let mut params = CertificateParams::new([]).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2120, 1, 1);
        let mark = |oid: &[u64]| vec![CustomExtension::from_oid_content(oid, vec![5, 0])];
        let leaf = || mark(&[1, 2, 840, 113_635, 100, 6, 11, 1]);
        match made {
            Made::Authority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            Made::AuthorityWithMark => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                params.custom_extensions = mark(&[1, 2, 840, 113_635, 100, 6, 2, 1]);
            }
            Made::Leaf => {}
            Made::LeafWithMark => params.custom_extensions = leaf(),
            Made::LeafOfLastYear => {
                params.custom_extensions = leaf();
                params.not_after = date_time_ymd(2025, 1, 1);
            }
        }
        let certificate = match issuer {
            None => params.self_signed(&key).unwrap(),
            Some(issuer) => {
                let issuer = Issuer::from_params(&issuer.params, &issuer.key);
                params.signed_by(&key, &issuer).unwrap()
            }
        };
        Holder {
            der: certificate.der().to_vec(),
            key,
            params,
        }
    }

    /// Root, intermediate and leaf.
    fn chain(intermediate: Made, leaf: Made) -> [Holder; 3] {
        let root = make("root", Made::Authority, None);
        let intermediate = make("intermediate", intermediate, Some(&root));
        let leaf = make("leaf", leaf, Some(&intermediate));
        [root, intermediate, leaf]
    }

    fn sign_with(certificates: &[&[u8]], key: &KeyPair, payload: &Value) -> SignedRequest {
        let header = signer::header("ES256", certificates);
        let payload = payload.to_string();
        let token = token::es256(&key.serialize_der(), &header, payload.as_bytes());
        signer::request(&token.unwrap())
    }

    fn dated(millis: i64) -> Value {
        let mut payload = for_sandbox();
        payload["signedDate"] = json!(millis);
        payload
    }

    #[test]
    fn the_chain_bears_the_marks_of_apple() {
        use Made::{Authority, AuthorityWithMark, Leaf, LeafWithMark};

        for (intermediate, leaf, verdict) in [
            (AuthorityWithMark, LeafWithMark, None),
            (Authority, LeafWithMark, Some(RejectionKind::UntrustedKey)),
            (AuthorityWithMark, Leaf, Some(RejectionKind::UntrustedKey)),
            (Leaf, LeafWithMark, Some(RejectionKind::UntrustedKey)),
            (
                AuthorityWithMark,
                AuthorityWithMark,
                Some(RejectionKind::UntrustedKey),
            ),
        ] {
            let [root, intermediate, leaf] = chain(intermediate, leaf);
            let endpoint = endpoint(Environment::Sandbox, &root.der);
            let certificates = [&*leaf.der, &intermediate.der, &root.der];
            let request = sign_with(&certificates, &leaf.key, &dated(NOW.as_millis()));
            assert_eq!(refused(&endpoint, request), verdict);
        }
    }

    /// As those of Apple are.
    #[test]
    fn authorities_may_sign_with_p384() {
        let key = || KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let root = certify("root", Made::Authority, None, key());
        let intermediate = certify("mid", Made::AuthorityWithMark, Some(&root), key());
        let leaf = make("leaf", Made::LeafWithMark, Some(&intermediate));
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let certificates = [&*leaf.der, &intermediate.der, &root.der];
        let request = sign_with(&certificates, &leaf.key, &dated(NOW.as_millis()));
        assert_eq!(refused(&endpoint, request), None);
    }

    #[test]
    fn the_root_in_the_token_is_not_trusted() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let payload = dated(NOW.as_millis());
        for third in [&*root.der, TEST_ROOT] {
            let certificates = [&*leaf.der, &intermediate.der, third];
            let request = sign_with(&certificates, &leaf.key, &payload);
            assert_eq!(
                refused(&sandbox(), request),
                Some(RejectionKind::UntrustedKey)
            );
        }
    }

    #[test]
    fn a_leaf_that_the_root_has_signed_itself_is_not_apples() {
        let [root, intermediate, _] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let leaf = make("leaf", Made::LeafWithMark, Some(&root));
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let certificates = [&*leaf.der, &intermediate.der, &root.der];
        let request = sign_with(&certificates, &leaf.key, &dated(NOW.as_millis()));
        assert_eq!(
            refused(&endpoint, request),
            Some(RejectionKind::UntrustedKey)
        );
    }

    #[test]
    fn there_are_exactly_three_certificates_in_their_order() {
        use RejectionKind::{Malformed, UntrustedKey};

        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let (l, i, r) = (&*leaf.der, &*intermediate.der, &*root.der);
        let hundred = [l; 100];
        for (certificates, verdict) in [
            (&[l, i, r][..], None),
            (&[], Some(Malformed)),
            (&[l], Some(Malformed)),
            (&[l, i], Some(Malformed)),
            (&[l, i, r, r], Some(Malformed)),
            (&hundred, Some(Malformed)),
            (&[r, i, l], Some(UntrustedKey)),
            (&[i, l, r], Some(UntrustedKey)),
            (&[l, l, l], Some(UntrustedKey)),
            (&[l, r, i], Some(UntrustedKey)),
            (&[i, i, r], Some(UntrustedKey)),
            (&[b"", i, r], Some(UntrustedKey)),
            (&[b"not a certificate", i, r], Some(UntrustedKey)),
        ] {
            let request = sign_with(certificates, &leaf.key, &dated(NOW.as_millis()));
            assert_eq!(
                refused(&endpoint, request),
                verdict,
                "{}",
                certificates.len()
            );
        }
    }

    #[test]
    fn certificates_must_be_valid_when_apple_signed() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafOfLastYear);
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let certificates = [&*leaf.der, &intermediate.der, &root.der];
        for (signed, verdict) in [
            (1_700_000_000_000, None),
            (NOW.as_millis(), Some(RejectionKind::UntrustedKey)),
            (0, Some(RejectionKind::UntrustedKey)),
            (-1, Some(RejectionKind::UntrustedKey)),
            (i64::MAX, Some(RejectionKind::UntrustedKey)),
        ] {
            let request = sign_with(&certificates, &leaf.key, &dated(signed));
            assert_eq!(refused(&endpoint, request), verdict, "{signed}");
        }
    }

    #[test]
    fn without_a_date_certificates_must_be_valid_now() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafOfLastYear);
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let certificates = [&*leaf.der, &intermediate.der, &root.der];
        let request = sign_with(&certificates, &leaf.key, &for_sandbox());
        assert_eq!(
            refused(&endpoint, request),
            Some(RejectionKind::UntrustedKey)
        );
    }

    #[test]
    fn another_key_than_that_of_the_leaf_does_not_match() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let certificates = [&*leaf.der, &intermediate.der, &root.der];
        for key in [&intermediate.key, &root.key, &KeyPair::generate().unwrap()] {
            let request = sign_with(&certificates, key, &dated(NOW.as_millis()));
            assert_eq!(
                refused(&endpoint, request),
                Some(RejectionKind::BadSignature)
            );
        }
    }

    #[test]
    fn the_token_does_not_choose_the_algorithm() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        for alg in ["none", "None", "HS256", "RS256", "ES384", ""] {
            let header = signer::header(alg, &[&leaf.der, &intermediate.der, &root.der]);
            let payload = dated(NOW.as_millis()).to_string();
            let token = token::es256(&leaf.key.serialize_der(), &header, payload.as_bytes());
            let request = signer::request(&token.unwrap());
            assert_eq!(
                refused(&endpoint, request),
                Some(RejectionKind::Malformed),
                "{alg}"
            );
        }
    }

    #[test]
    fn the_notification_is_for_this_app_in_this_environment() {
        use RejectionKind::{Malformed, WrongAudience};

        for (data, verdict) in [
            (json!({"bundleId": BUNDLE, "environment": "Sandbox"}), None),
            (
                json!({"bundleId": "com.example.other", "environment": "Sandbox"}),
                Some(WrongAudience),
            ),
            (
                json!({"bundleId": "com.example.App", "environment": "Sandbox"}),
                Some(WrongAudience),
            ),
            (json!({"environment": "Sandbox"}), Some(WrongAudience)),
            (
                json!({"bundleId": BUNDLE, "environment": "Production"}),
                Some(WrongAudience),
            ),
            (
                json!({"bundleId": BUNDLE, "environment": "Xcode"}),
                Some(WrongAudience),
            ),
            (
                json!({"bundleId": BUNDLE, "environment": "LocalTesting"}),
                Some(WrongAudience),
            ),
            (json!({"bundleId": BUNDLE}), Some(WrongAudience)),
            (
                json!({"bundleId": [BUNDLE], "environment": "Sandbox"}),
                Some(Malformed),
            ),
            (Value::Null, Some(WrongAudience)),
            (json!(7), Some(Malformed)),
        ] {
            let request = signed(&notification(data.clone()));
            assert_eq!(refused(&sandbox(), request), verdict, "{data}");
        }
    }

    #[test]
    fn production_names_the_app_by_its_id_too() {
        use RejectionKind::{Malformed, WrongAudience};

        for (id, verdict) in [
            (json!(APP_ID), None),
            (json!(APP_ID + 1), Some(WrongAudience)),
            (Value::Null, Some(WrongAudience)),
            (json!(APP_ID.to_string()), Some(Malformed)),
        ] {
            let data = json!({"bundleId": BUNDLE, "environment": "Production", "appAppleId": id});
            let request = signed(&notification(data));
            assert_eq!(refused(&production(), request), verdict, "{id}");
        }
        assert_eq!(
            refused(&production(), signed(&for_sandbox())),
            Some(WrongAudience)
        );
    }

    #[test]
    fn the_app_is_named_wherever_the_kind_has_it() {
        let subject = json!({"bundleId": BUNDLE, "environment": "Sandbox"});
        let token = |id: &str| json!({"bundleId": BUNDLE, "externalPurchaseId": id});
        for (place, subject, verdict) in [
            ("summary", subject.clone(), None),
            ("appData", subject.clone(), None),
            ("externalPurchaseToken", token("SANDBOX_1"), None),
            (
                "externalPurchaseToken",
                token("1"),
                Some(RejectionKind::WrongAudience),
            ),
            ("other", subject, Some(RejectionKind::WrongAudience)),
        ] {
            let request = signed(&json!({"notificationType": "TEST", place: subject}));
            assert_eq!(refused(&sandbox(), request), verdict, "{place}");
        }
    }

    #[test]
    fn tokens_inside_are_for_the_same_app_and_environment() {
        use RejectionKind::WrongAudience;

        let transaction = json!({"bundleId": BUNDLE, "environment": "Sandbox"});
        let app = json!({"bundleId": BUNDLE, "receiptType": "Sandbox"});
        for (name, nested, verdict) in [
            ("signedTransactionInfo", transaction.clone(), None),
            (
                "signedTransactionInfo",
                json!({"bundleId": "com.example.other", "environment": "Sandbox"}),
                Some(WrongAudience),
            ),
            (
                "signedTransactionInfo",
                json!({"bundleId": BUNDLE, "environment": "Production"}),
                Some(WrongAudience),
            ),
            ("signedTransactionInfo", json!({}), Some(WrongAudience)),
            ("signedRenewalInfo", json!({"environment": "Sandbox"}), None),
            (
                "signedRenewalInfo",
                json!({"environment": "Production"}),
                Some(WrongAudience),
            ),
            ("signedAppTransactionInfo", app, None),
            ("signedAppTransactionInfo", transaction, Some(WrongAudience)),
        ] {
            let data = json!({"bundleId": BUNDLE, "environment": "Sandbox", name: nested});
            let request = signed(&notification(data));
            assert_eq!(refused(&sandbox(), request), verdict, "{name} {nested}");
        }
    }

    #[test]
    fn tokens_inside_are_verified_like_the_first() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let nested =
            json!({"bundleId": BUNDLE, "environment": "Sandbox", "signedDate": NOW.as_millis()});
        let certificates = [&*leaf.der, &intermediate.der, &root.der];
        let foreign = sign_with(&certificates, &leaf.key, &nested);
        let foreign = super::token(&foreign.body).unwrap();
        let own = super::token(&signed(&nested).body).unwrap();
        let unsigned = format!("{}.{}", own.rsplit_once('.').unwrap().0, "A".repeat(86));
        for name in [
            "signedTransactionInfo",
            "signedRenewalInfo",
            "signedAppTransactionInfo",
        ] {
            for (token, kind) in [
                (foreign.as_str(), RejectionKind::UntrustedKey),
                (&unsigned, RejectionKind::BadSignature),
                ("a.b.c", RejectionKind::Malformed),
                ("", RejectionKind::Malformed),
            ] {
                let data = json!({"bundleId": BUNDLE, "environment": "Sandbox", name: token});
                for place in ["data", "summary"] {
                    let mut payload = for_sandbox();
                    payload[place] = data.clone();
                    assert_eq!(refused(&sandbox(), signed(&payload)), Some(kind), "{name}");
                }
            }
        }
    }

    /// Every app gets the tokens of its transactions.
    #[test]
    fn a_transaction_is_no_notification() {
        let transaction =
            json!({"bundleId": BUNDLE, "environment": "Sandbox", "transactionId": "1"});
        assert_eq!(
            refused(&sandbox(), signed(&transaction)),
            Some(RejectionKind::Malformed)
        );
    }

    #[test]
    fn bodies_that_are_no_notification_are_refused() {
        use RejectionKind::{Malformed, MissingSignature};

        for (body, kind) in [
            (&b""[..], Malformed),
            (b"[]", Malformed),
            (b"[\"a.b.c\"]", Malformed),
            (b"\xff", Malformed),
            (b"{}", MissingSignature),
            (
                br#"{"notification_type":"CANCEL","password":"x"}"#,
                MissingSignature,
            ),
            (br#"{"signedPayload":null}"#, MissingSignature),
            (br#"{"signedPayload":7}"#, Malformed),
            (br#"{"signedPayload":""}"#, Malformed),
            (
                br#"{"signedPayload":"a.b.c","signedPayload":"a.b.c"}"#,
                Malformed,
            ),
        ] {
            let request = signed(&for_sandbox()).with_body(body.to_vec());
            assert_eq!(refused(&sandbox(), request), Some(kind));
        }
    }

    #[test]
    fn signed_payloads_that_cannot_be_read_are_refused() {
        let [root, intermediate, leaf] = chain(Made::AuthorityWithMark, Made::LeafWithMark);
        let key = leaf.key.serialize_der();
        let header = signer::header("ES256", &[&leaf.der, &intermediate.der, &root.der]);
        let endpoint = endpoint(Environment::Sandbox, &root.der);
        let subject = format!(r#""data":{{"bundleId":"{BUNDLE}","environment":"Sandbox"}}"#);
        for (payload, verdict) in [
            (format!(r#"{{"notificationType":"A",{subject}}}"#), None),
            (
                format!(r#"{{"notificationType":"A","notificationType":"B",{subject}}}"#),
                Some(RejectionKind::Malformed),
            ),
            (
                format!(r#"{{"notificationType":"A",{subject},{subject}}}"#),
                Some(RejectionKind::Malformed),
            ),
            (
                format!(r#"{{"notificationType":7,{subject}}}"#),
                Some(RejectionKind::Malformed),
            ),
            ("[]".to_owned(), Some(RejectionKind::Malformed)),
            (String::new(), Some(RejectionKind::Malformed)),
        ] {
            let token = token::es256(&key, &header, payload.as_bytes()).unwrap();
            assert_eq!(
                refused(&endpoint, signer::request(&token)),
                verdict,
                "{payload}"
            );
        }
    }

    #[test]
    fn only_what_is_signed_is_covered() {
        let mut body: Value = serde_json::from_slice(&signed(&for_sandbox()).body).unwrap();
        body["added"] = json!("on the way");
        let request = signed(&for_sandbox()).with_body(body.to_string());
        let delivery = judge(&sandbox(), request).unwrap();
        assert_eq!(delivery.coverage(), Coverage::Fields);
        assert_eq!((delivery.id(), delivery.kind()), (Some("id"), Some("TEST")));
    }

    #[test]
    fn apple_sends_by_post() {
        let mut request = signed(&for_sandbox());
        request.method = "PUT".to_owned();
        assert_eq!(
            refused(&sandbox(), request),
            Some(RejectionKind::MethodNotAllowed)
        );
    }

    #[test]
    fn no_character_of_a_token_can_be_changed() {
        let request = signed(&for_sandbox());
        let token = super::token(&request.body).unwrap();
        let endpoint = sandbox();
        for at in (0..token.len()).step_by(61) {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(judge(&endpoint, signer::request(&changed)).is_err(), "{at}");
        }
    }
}

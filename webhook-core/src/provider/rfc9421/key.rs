//! Keys, each with its id and the algorithm that it is for.

use std::fmt;
use std::sync::Arc;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::crypto::spki::{self, Curve};
use crate::crypto::{Algorithm, KeyFormat, PreparedKey, require_no_header};
use crate::{ConfigError, KeyPrint, Secret};

/// A key by which a sender signs: its id, which the sender names as `keyid`, and its algorithm, which the sender cannot choose.
///
/// ```
/// use webhook_core::provider::rfc9421::HttpKey;
///
/// let key = HttpKey::hmac_sha256("key-1", "0wk4RUY40FwCMGVMY1ifFBG+hqOifEqTEWPZYSazibg=")?;
/// # Ok::<(), webhook_core::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct HttpKey {
    pub(super) id: Arc<str>,
    pub(super) algorithm: &'static str,
    print: KeyPrint,
    made: Made,
}

#[derive(Clone)]
enum Made {
    Shared(Arc<PreparedKey>),
    Public(Arc<UnparsedPublicKey<Vec<u8>>>),
}

impl HttpKey {
    /// A shared secret in base64, for `hmac-sha256`.
    ///
    /// # Errors
    /// If the id is empty, or the secret cannot be one.
    pub fn hmac_sha256(
        id: impl Into<Arc<str>>,
        secret: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let secret = Secret::new(secret)?;
        require_no_header(&secret)?;
        let prepared = PreparedKey::new(Algorithm::HmacSha256, KeyFormat::base64(), &secret)?;
        let print = KeyPrint::of(&[HMAC_SHA256, secret.expose()]);
        Self::new(id, HMAC_SHA256, print, Made::Shared(Arc::new(prepared)))
    }

    /// The key of this id in a configuration: its `alg`, with `secret_base64` or `public_pem`.
    pub(super) fn configured(id: &str, about: &[(&str, &str)]) -> Result<Self, ConfigError> {
        const NAMES: [&str; 3] = ["alg", "secret_base64", "public_pem"];
        if about.iter().any(|(name, _)| !NAMES.contains(name)) {
            return Err(ConfigError::fixed(
                "a key has something else than `alg`, `secret_base64` and `public_pem`",
            ));
        }
        let [alg, secret, pem] = NAMES.map(|name| {
            let found = about.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| *value)
        });
        let alg = alg.ok_or(ConfigError::fixed("a key has no `alg`: its algorithm"))?;
        if !ALGORITHMS.contains(&alg) {
            return Err(ConfigError::fixed(
                "the `alg` of a key is none of `hmac-sha256`, `ed25519`, `ecdsa-p256-sha256`, `ecdsa-p384-sha384`, `rsa-pss-sha512` and \
                 `rsa-v1_5-sha256`",
            ));
        }
        let key = match (alg, secret, pem) {
            (HMAC_SHA256, Some(secret), None) => return Self::hmac_sha256(id, secret),
            (HMAC_SHA256, ..) => {
                return Err(ConfigError::fixed(
                    "a key for `hmac-sha256` has its secret in `secret_base64`, and nothing else",
                ));
            }
            (RSA_PSS_SHA512, None, Some(pem)) => Self::rsa_pss_sha512(id, pem)?,
            (RSA_V1_5_SHA256, None, Some(pem)) => Self::rsa_v1_5_sha256(id, pem)?,
            (_, None, Some(pem)) => Self::public_pem(id, pem)?,
            _ => {
                return Err(ConfigError::fixed(
                    "a key for another algorithm than `hmac-sha256` stands in `public_pem`, without a secret",
                ));
            }
        };
        match key.algorithm == alg {
            true => Ok(key),
            false => Err(ConfigError::fixed(
                "a `public_pem` is a key for another algorithm than its `alg`",
            )),
        }
    }

    /// A public key in PEM whose kind says the algorithm: Ed25519 is for `ed25519`, P-256 for `ecdsa-p256-sha256`, P-384 for
    /// `ecdsa-p384-sha384`.
    ///
    /// # Errors
    /// If the id is empty, or the document is not one such key. An RSA key has two algorithms: say which.
    pub fn public_pem(id: impl Into<Arc<str>>, pem: &str) -> Result<Self, ConfigError> {
        let der = one(pem)?;
        let (curve, point) = spki::point(&der).ok_or(ConfigError::fixed(
            "this is no public key of Ed25519, P-256 or P-384; for one of RSA, say the algorithm",
        ))?;
        let (algorithm, by): (_, &'static dyn VerificationAlgorithm) = match curve {
            Curve::Ed25519 => (ED25519_PURE, &ED25519),
            Curve::P256 => (ECDSA_P256_SHA256, &ECDSA_P256_SHA256_FIXED),
            Curve::P384 => (ECDSA_P384_SHA384, &ECDSA_P384_SHA384_FIXED),
        };
        Self::public(id, algorithm, by, point)
    }

    /// An RSA key in PEM, for `rsa-pss-sha512`.
    ///
    /// # Errors
    /// If the id is empty, or the document is not one RSA key of 2048 to 8192 bits.
    pub fn rsa_pss_sha512(id: impl Into<Arc<str>>, pem: &str) -> Result<Self, ConfigError> {
        let der = one(pem)?;
        Self::public(
            id,
            RSA_PSS_SHA512,
            &RSA_PSS_2048_8192_SHA512,
            spki::rsa_key(&der)?,
        )
    }

    /// An RSA key in PEM, for `rsa-v1_5-sha256`.
    ///
    /// # Errors
    /// If the id is empty, or the document is not one RSA key of 2048 to 8192 bits.
    pub fn rsa_v1_5_sha256(id: impl Into<Arc<str>>, pem: &str) -> Result<Self, ConfigError> {
        let der = one(pem)?;
        Self::public(
            id,
            RSA_V1_5_SHA256,
            &RSA_PKCS1_2048_8192_SHA256,
            spki::rsa_key(&der)?,
        )
    }

    fn public(
        id: impl Into<Arc<str>>,
        algorithm: &'static str,
        by: &'static dyn VerificationAlgorithm,
        bytes: &[u8],
    ) -> Result<Self, ConfigError> {
        let print = KeyPrint::of(&[algorithm, &const_hex::encode(bytes)]);
        let made = Made::Public(Arc::new(UnparsedPublicKey::new(by, bytes.to_vec())));
        Self::new(id, algorithm, print, made)
    }

    fn new(
        id: impl Into<Arc<str>>,
        algorithm: &'static str,
        print: KeyPrint,
        made: Made,
    ) -> Result<Self, ConfigError> {
        let id = id.into();
        if id.is_empty() {
            return Err(ConfigError::fixed("the id of a key is empty"));
        }
        Ok(Self {
            id,
            algorithm,
            print,
            made,
        })
    }

    pub(super) const fn print(&self) -> KeyPrint {
        self.print
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.made {
            Made::Shared(key) => key.tag_of(message) == *signature,
            Made::Public(key) => key.verify(message, signature).is_ok(),
        }
    }
}

pub(super) const HMAC_SHA256: &str = "hmac-sha256";
const ED25519_PURE: &str = "ed25519";
const ECDSA_P256_SHA256: &str = "ecdsa-p256-sha256";
const ECDSA_P384_SHA384: &str = "ecdsa-p384-sha384";
const RSA_PSS_SHA512: &str = "rsa-pss-sha512";
const RSA_V1_5_SHA256: &str = "rsa-v1_5-sha256";

/// RFC 9421, section 3.3.
const ALGORITHMS: [&str; 6] = [
    HMAC_SHA256,
    ED25519_PURE,
    ECDSA_P256_SHA256,
    ECDSA_P384_SHA384,
    RSA_PSS_SHA512,
    RSA_V1_5_SHA256,
];

/// The key of a document that holds one.
fn one(pem: &str) -> Result<Vec<u8>, ConfigError> {
    let mut documents = spki::documents(pem)?;
    match (documents.pop(), documents.is_empty()) {
        (Some(der), true) => Ok(der),
        _ => Err(ConfigError::fixed(
            "there are several public keys where one has its id",
        )),
    }
}

impl fmt::Debug for HttpKey {
    /// Its id and its algorithm.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

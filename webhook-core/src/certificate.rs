//! X.509: which certificates are trusted, and what is read of them.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::der::asn1::{
    Ia5StringRef, ObjectIdentifier, PrintableStringRef, UintRef, Utf8StringRef,
};
use x509_cert::der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, Tagged as _};
use x509_cert::name::Name;

use crate::rejection::{ConfigError, Rejection, RejectionKind};
use crate::time::UnixTime;

/// Longest PEM document that is read. A chain of four RSA certificates has 8 KiB.
const MAX_PEM: usize = 64 * 1024;

/// How many certificates one document or token may hold.
const MAX_CERTIFICATES: usize = 10;

/// The certificates of a PEM document, in order. Other sections are skipped.
pub(crate) fn from_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Rejection> {
    if pem.len() > MAX_PEM {
        return Err(untrusted(
            "a document of certificates is longer than 64 KiB",
        ));
    }
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        if certificates.len() == MAX_CERTIFICATES {
            return Err(untrusted(
                "a document holds more certificates than are read",
            ));
        }
        certificates.push(certificate.map_err(|_| untrusted("a document is not PEM"))?);
    }
    if certificates.is_empty() {
        return Err(untrusted("a document holds no certificate"));
    }
    Ok(certificates)
}

/// The authorities that are trusted.
#[derive(Clone)]
pub(crate) struct Roots(Arc<[TrustAnchor<'static>]>);

impl Roots {
    /// Those of the web, as Mozilla keeps them.
    pub(crate) fn web() -> Self {
        Self(webpki_roots::TLS_SERVER_ROOTS.into())
    }

    /// Those of one or more PEM documents.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, ConfigError> {
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        Self::from_der(&certificates.map_err(|_| ConfigError::new("the roots are not PEM"))?)
    }

    /// These certificates.
    pub(crate) fn from_der(certificates: &[CertificateDer<'_>]) -> Result<Self, ConfigError> {
        let anchor = |certificate| {
            anchor_from_trusted_cert(certificate)
                .map(|anchor| anchor.to_owned())
                .map_err(|_| ConfigError::new("a root is not an X.509 certificate"))
        };
        let anchors: Vec<_> = certificates.iter().map(anchor).collect::<Result<_, _>>()?;
        if anchors.is_empty() {
            return Err(ConfigError::new("there is no root to trust"));
        }
        Ok(Self(anchors.into()))
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} roots", self.0.len())
    }
}

/// Checks that `leaf` leads to a root over some of the `intermediates`, each of them valid `now`.
///
/// An extended key usage is only looked at where there is one: it must name servers then. The search for a path is
/// bounded, whatever the intermediates look like.
pub(crate) fn verify_chain(
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    roots: &Roots,
    now: UnixTime,
) -> Result<(), Rejection> {
    const NO_CHAIN: Rejection = untrusted("a certificate does not lead to a trusted root");
    if intermediates.len() > MAX_CERTIFICATES {
        return Err(NO_CHAIN);
    }
    let now = u64::try_from(now.as_secs()).map_err(|_| NO_CHAIN)?;
    EndEntityCert::try_from(leaf)
        .and_then(|leaf| {
            leaf.verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &roots.0,
                intermediates,
                rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(now)),
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map(drop)
        })
        .map_err(|_| NO_CHAIN)
}

/// What is read of one certificate. Says nothing about whether it is trusted.
pub(crate) struct Certificate(x509_cert::Certificate);

impl Certificate {
    /// Reads one.
    pub(crate) fn parse(der: &CertificateDer<'_>) -> Result<Self, Rejection> {
        x509_cert::Certificate::from_der(der)
            .map(Self)
            .map_err(|_| untrusted("a certificate cannot be read"))
    }

    /// The common name of the subject, if there is exactly one.
    pub(crate) fn common_name(&self) -> Option<&str> {
        common_name(self.0.tbs_certificate().subject())
    }

    /// When it is valid. Both ends belong to it, the last one with the whole of its second.
    pub(crate) fn valid(&self) -> RangeInclusive<UnixTime> {
        let validity = self.0.tbs_certificate().validity();
        let secs = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        let last = secs(validity.not_after).saturating_mul(1000);
        UnixTime::from_secs(secs(validity.not_before))
            ..=UnixTime::from_millis(last.saturating_add(999))
    }

    /// Whether it has an extension of this object identifier, such as `1.2.840.113635.100.6.11.1`.
    pub(crate) fn has_extension(&self, oid: &str) -> bool {
        let extensions = self.0.tbs_certificate().extensions();
        let mut ids = extensions.into_iter().flatten().map(|one| one.extn_id);
        ObjectIdentifier::new(oid).is_ok_and(|oid| ids.any(|id| id == oid))
    }

    /// Whether its issuer has the name of this one's subject.
    pub(crate) fn names_as_issuer(&self, issuer: &Self) -> bool {
        self.0.tbs_certificate().issuer() == issuer.0.tbs_certificate().subject()
    }

    /// Its key, if that is one for RSA of 2048 to 8192 bits.
    pub(crate) fn rsa_key(&self) -> Result<RsaKey, Rejection> {
        const FAULT: Rejection =
            untrusted("a certificate's key is not one for RSA of 2048 bits or more");
        let spki = self.0.tbs_certificate().subject_public_key_info();
        let key = spki.subject_public_key.as_bytes().ok_or(FAULT)?;
        let bits = modulus_bits(key).ok_or(FAULT)?;
        if spki.algorithm.oid != RSA_ENCRYPTION || !(2048..=8192).contains(&bits) {
            return Err(FAULT);
        }
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.to_vec());
        Ok(RsaKey(Arc::new(key)))
    }

    /// Its key, if that is one for ECDSA on P-256.
    pub(crate) fn p256_key(&self) -> Result<P256Key, Rejection> {
        const FAULT: Rejection = untrusted("a certificate's key is not one for P-256");
        let spki = self.0.tbs_certificate().subject_public_key_info();
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
        let point = spki.subject_public_key.as_bytes().ok_or(FAULT)?;
        if spki.algorithm.oid != EC_PUBLIC_KEY || curve != Some(P256) || point.len() != 65 {
            return Err(FAULT);
        }
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.to_vec());
        Ok(P256Key(Arc::new(key)))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?})", self.common_name())
    }
}

/// An RSA key. Cheap to clone.
#[derive(Clone)]
pub(crate) struct RsaKey(Arc<UnparsedPublicKey<Vec<u8>>>);

impl RsaKey {
    /// The key of these numbers, written from their highest byte on; 2048 to 8192 bits.
    pub(crate) fn from_numbers(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let numbers = [UintRef::new(modulus).ok()?, UintRef::new(exponent).ok()?];
        let key = numbers.to_vec().to_der().ok()?;
        let fits = (2048..=8192).contains(&modulus_bits(&key)?);
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        fits.then(|| Self(Arc::new(key)))
    }

    /// Whether this is a signature of the message by PKCS#1 v1.5 with SHA-256.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKey")
    }
}

/// A key on the curve P-256. Cheap to clone.
#[derive(Clone)]
pub(crate) struct P256Key(Arc<UnparsedPublicKey<Vec<u8>>>);

impl P256Key {
    /// The key at this point of the curve.
    pub(crate) fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Self {
        // 4: neither coordinate is left out (SEC 1, section 2.3.3).
        let point = [&[4], x.as_slice(), y].concat();
        Self(Arc::new(UnparsedPublicKey::new(
            &ECDSA_P256_SHA256_FIXED,
            point,
        )))
    }

    /// Whether this is a signature of the message by ECDSA with SHA-256, written as `r` and `s` of 32 bytes each.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256Key")
    }
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Never by searching a printed name: `O=CN=x` prints like a common name.
fn common_name(subject: &Name) -> Option<&str> {
    let mut names = subject.iter().filter(|one| one.oid == COMMON_NAME);
    let name = &names.next()?.value;
    if names.next().is_some() {
        return None;
    }
    match name.tag() {
        Tag::Utf8String => Some(Utf8StringRef::try_from(name).ok()?.as_str()),
        Tag::PrintableString => Some(PrintableStringRef::try_from(name).ok()?.as_str()),
        Tag::Ia5String => Some(Ia5StringRef::try_from(name).ok()?.as_str()),
        _ => None,
    }
}

/// The length of the modulus of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus = reader.sequence(|fields| {
        let modulus = UintRef::decode(fields)?;
        UintRef::decode(fields)?;
        Ok::<_, x509_cert::der::Error>(modulus)
    });
    let modulus = modulus.ok()?.as_bytes();
    let zeros = modulus.first()?.leading_zeros() as usize;
    Some(modulus.len() * 8 - zeros)
}

const fn untrusted(reason: &'static str) -> Rejection {
    Rejection::new(RejectionKind::UntrustedKey, reason)
}

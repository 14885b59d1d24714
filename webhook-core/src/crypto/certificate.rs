//! X.509: which certificates are trusted, and what is read of them.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::der::asn1::{
    Ia5StringRef, ObjectIdentifier, PrintableStringRef, UintRef, Utf8StringRef,
};
use x509_cert::der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, Tagged as _};
use x509_cert::name::Name;

use crate::outcome::{ConfigError, Rejection, RejectionKind};
use crate::time::UnixTime;

#[cfg(test)]
pub(crate) mod made;

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
            return Err(ConfigError::new(
                "no root certificate to trust: give at least one",
            ));
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
    chain(leaf, intermediates, roots, now).map(drop)
}

/// The same, and says when the whole chain is valid: as long as each of its certificates is.
pub(crate) fn chain(
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    roots: &Roots,
    now: UnixTime,
) -> Result<RangeInclusive<UnixTime>, Rejection> {
    const NO_CHAIN: Rejection = untrusted("a certificate does not lead to a trusted root");
    if intermediates.len() > MAX_CERTIFICATES {
        return Err(NO_CHAIN);
    }
    let now = u64::try_from(now.as_secs()).map_err(|_| NO_CHAIN)?;
    let end = EndEntityCert::try_from(leaf).map_err(|_| NO_CHAIN)?;
    let path = end.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &roots.0,
        intermediates,
        rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(now)),
        KeyUsage::server_auth(),
        None,
        None,
    );
    let path = path.map_err(|_| NO_CHAIN)?;
    let mut valid = Certificate::parse(leaf)?.valid();
    for certificate in path.intermediate_certificates() {
        let own = Certificate::parse(&certificate.der())?.valid();
        valid = *valid.start().max(own.start())..=*valid.end().min(own.end());
    }
    Ok(valid)
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

    /// The same with SHA-1, for the one sender that still signs so by default. Whoever can choose a part of what is signed may
    /// find two texts with one signature.
    pub(crate) fn verify_sha1(&self, message: &[u8], signature: &[u8]) -> bool {
        let key: &[u8] = (*self.0).as_ref();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, key)
            .verify(message, signature)
            .is_ok()
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

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};
    use rcgen::{
        CertificateParams, CustomExtension, DnType, DnValue, ExtendedKeyUsagePurpose, KeyPair,
        PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, date_time_ymd,
    };
    use ring::digest::{SHA256, digest};

    use super::made::{Authority, NOW, name};
    use super::*;

    fn is_untrusted<T: fmt::Debug>(result: Result<T, Rejection>) -> bool {
        result.is_err_and(|rejection| rejection.kind() == RejectionKind::UntrustedKey)
    }

    fn trusting(root: &Authority) -> Roots {
        Roots::from_der(&[root.certificate.der().clone()]).unwrap()
    }

    fn leaf(
        root: &Authority,
        change: impl FnOnce(&mut CertificateParams),
    ) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        root.issue(&key, change).der().clone()
    }

    #[test]
    fn the_certificates_of_a_document_come_in_its_order() {
        let (one, two) = (Authority::root().certificate, Authority::root().certificate);
        let document = format!("Bag Attributes\n{}\n\n{}", one.pem(), two.pem());
        let certificates = from_pem(document.as_bytes()).unwrap();
        assert_eq!(certificates, [one.der().clone(), two.der().clone()]);
    }

    #[test]
    fn a_document_without_certificates_is_none() {
        let pem = Authority::root().certificate.pem();
        for document in [
            "",
            "<!doctype html><title>Not found</title>",
            &pem[..pem.len() / 2],
            &pem.replace("CERTIFICATE", "PRIVATE KEY"),
            &pem.replace("MII", "M!I"),
        ] {
            assert!(is_untrusted(from_pem(document.as_bytes())), "{document}");
        }
        assert!(is_untrusted(from_pem(b"\xff\xfe\x00")));
    }

    #[test]
    fn a_document_is_read_up_to_64_kib_and_10_certificates() {
        let pem = Authority::root().certificate.pem();
        assert_eq!(from_pem(pem.repeat(10).as_bytes()).unwrap().len(), 10);
        assert!(is_untrusted(from_pem(pem.repeat(11).as_bytes())));
        let blank = |len: usize| [pem.as_bytes(), &vec![b'\n'; len - pem.len()]].concat();
        assert!(from_pem(&blank(65_536)).is_ok());
        assert!(is_untrusted(from_pem(&blank(65_537))));
    }

    #[test]
    fn what_is_not_a_certificate_is_neither_read_nor_trusted() {
        let roots = Roots::web();
        for bytes in [&b""[..], b"text", b"\x30\x03\x02\x01\x01", &[0x30; 400]] {
            let der = CertificateDer::from(bytes);
            assert!(is_untrusted(Certificate::parse(&der)));
            assert!(is_untrusted(verify_chain(&der, &[], &roots, NOW)));
        }
    }

    #[test]
    fn roots_are_certificates_and_at_least_one() {
        assert!(Roots::from_pem(b"").is_err());
        assert!(
            Roots::from_pem(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----")
                .is_err()
        );
        assert!(Roots::from_der(&[]).is_err());
        let pem = Authority::root().certificate.pem();
        assert!(Roots::from_pem(pem.repeat(20).as_bytes()).is_ok());
    }

    #[test]
    fn only_a_chain_to_a_root_is_trusted() {
        let (root, other) = (Authority::root(), Authority::root());
        let between = root.intermediate("Between", |_| {});
        let below = leaf(&between, |_| {});
        let between = [between.certificate.der().clone()];
        let roots = trusting(&root);
        assert_eq!(verify_chain(&leaf(&root, |_| {}), &[], &roots, NOW), Ok(()));
        assert_eq!(verify_chain(&below, &between, &roots, NOW), Ok(()));
        assert!(is_untrusted(verify_chain(&below, &[], &roots, NOW)));
        let foreign = leaf(&other, |_| {});
        let its_root = [other.certificate.der().clone()];
        assert!(is_untrusted(verify_chain(&foreign, &[], &roots, NOW)));
        assert!(is_untrusted(verify_chain(&foreign, &its_root, &roots, NOW)));
        assert!(is_untrusted(verify_chain(
            &foreign,
            &[],
            &Roots::web(),
            NOW
        )));
    }

    #[test]
    fn an_authority_and_a_self_signed_certificate_are_no_leaves() {
        let root = Authority::root();
        let between = root.intermediate("Between", |_| {});
        let roots = trusting(&root);
        for der in [root.certificate.der(), between.certificate.der()] {
            assert!(is_untrusted(verify_chain(der, &[], &roots, NOW)));
        }
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::default().self_signed(&key).unwrap();
        let alone = [own.der().clone()];
        assert!(is_untrusted(verify_chain(own.der(), &alone, &roots, NOW)));
    }

    #[test]
    fn a_leaf_issues_nothing() {
        let root = Authority::root();
        let not_an_authority = root.intermediate("Leaf", |params| params.is_ca = rcgen::IsCa::NoCa);
        let below = leaf(&not_an_authority, |_| {});
        let chain = [not_an_authority.certificate.der().clone()];
        assert!(is_untrusted(verify_chain(
            &below,
            &chain,
            &trusting(&root),
            NOW
        )));
    }

    #[test]
    fn an_extended_key_usage_must_name_servers_where_there_is_one() {
        let root = Authority::root();
        let server = ExtendedKeyUsagePurpose::ServerAuth;
        let client = ExtendedKeyUsagePurpose::ClientAuth;
        for (usages, trusted) in [
            (vec![], true),
            (vec![server.clone()], true),
            (vec![client.clone(), server], true),
            (vec![client], false),
            (vec![ExtendedKeyUsagePurpose::CodeSigning], false),
        ] {
            let leaf = leaf(&root, |params| params.extended_key_usages = usages.clone());
            let result = verify_chain(&leaf, &[], &trusting(&root), NOW);
            assert_eq!(result.is_ok(), trusted, "{usages:?}");
        }
    }

    #[test]
    fn every_certificate_of_the_chain_must_be_valid() {
        let root = Authority::root();
        let from = |day| {
            move |params: &mut CertificateParams| params.not_before = date_time_ymd(2026, 9, day)
        };
        let until = |params: &mut CertificateParams| params.not_after = date_time_ymd(2026, 8, 1);
        let roots = trusting(&root);
        assert!(is_untrusted(verify_chain(
            &leaf(&root, from(1)),
            &[],
            &roots,
            NOW
        )));
        assert!(is_untrusted(verify_chain(
            &leaf(&root, until),
            &[],
            &roots,
            NOW
        )));
        let expired = root.intermediate("Between", until);
        let below = leaf(&expired, |_| {});
        let expired = [expired.certificate.der().clone()];
        assert!(is_untrusted(verify_chain(&below, &expired, &roots, NOW)));
        assert!(is_untrusted(verify_chain(
            &below,
            &expired,
            &roots,
            UnixTime::from_secs(-1)
        )));
    }

    #[test]
    fn a_chain_is_valid_as_long_as_each_of_its_certificates() {
        let root = Authority::root();
        let between = root.intermediate("Between", |params| {
            params.not_before = date_time_ymd(2026, 7, 1);
            params.not_after = date_time_ymd(2028, 1, 1);
        });
        let below = leaf(&between, |params| {
            params.not_after = date_time_ymd(2026, 9, 1)
        });
        let between = [between.certificate.der().clone()];
        let valid = chain(&below, &between, &trusting(&root), NOW).unwrap();
        let first = UnixTime::from_secs(1_782_864_000);
        let last = UnixTime::from_secs(1_788_220_800).plus_secs(1);
        assert_eq!(*valid.start(), first);
        assert_eq!(valid.end().as_millis(), last.as_millis() - 1);
        for (now, trusted) in [
            (first, true),
            (UnixTime::from_millis(first.as_millis() - 1), false),
            (*valid.end(), true),
            (last, false),
        ] {
            assert_eq!(valid.contains(&now), trusted);
            assert_eq!(
                verify_chain(&below, &between, &trusting(&root), now).is_ok(),
                trusted
            );
        }
    }

    /// RUSTSEC-2023-0053: the number of paths grows exponentially where every authority may have issued every other.
    #[test]
    fn the_search_for_a_path_is_bounded() {
        let root = Authority::root();
        let between = root.intermediate("Between", |_| {});
        let below = leaf(&between, |_| {});
        let crafted = (0..10).map(|_| root.intermediate("Between", |_| {}));
        let mut ders: Vec<_> = crafted.map(|one| one.certificate.der().clone()).collect();
        // The right one comes last: as many as may be are all tried, and one more is too many.
        ders.push(between.certificate.der().clone());
        let roots = trusting(&root);
        assert!(is_untrusted(verify_chain(&below, &ders, &roots, NOW)));
        assert_eq!(verify_chain(&below, &ders[1..], &roots, NOW), Ok(()));
        let foreign = leaf(&Authority::root().intermediate("Between", |_| {}), |_| {});
        assert!(is_untrusted(verify_chain(
            &foreign,
            &ders[1..],
            &roots,
            NOW
        )));
    }

    #[test]
    fn a_common_name_is_read_where_there_is_exactly_one() {
        let again = DnType::CustomDnType(vec![2, 5, 4, 3]);
        let root = Authority::root();
        for (parts, want) in [
            (vec![(DnType::CommonName, "a.example")], Some("a.example")),
            (
                vec![(DnType::OrganizationName, "O"), (DnType::CommonName, "b")],
                Some("b"),
            ),
            (vec![], None),
            (vec![(DnType::OrganizationName, "O")], None),
            (vec![(DnType::OrganizationName, "O, CN=a.example")], None),
            (
                vec![
                    (DnType::OrganizationName, "CN=a"),
                    (DnType::CommonName, "b"),
                ],
                Some("b"),
            ),
            (vec![(DnType::CommonName, "a"), (again, "b")], None),
        ] {
            let leaf = leaf(&root, |params| params.distinguished_name = name(&parts));
            let certificate = Certificate::parse(&leaf).unwrap();
            assert_eq!(certificate.common_name(), want, "{parts:?}");
        }
    }

    #[test]
    fn a_common_name_is_a_text_of_a_kind_that_is_ascii_or_utf_8() {
        let root = Authority::root();
        for (value, want) in [
            (
                DnValue::PrintableString("name".try_into().unwrap()),
                Some("name"),
            ),
            (DnValue::Ia5String("name".try_into().unwrap()), Some("name")),
            (DnValue::BmpString("name".try_into().unwrap()), None),
            (DnValue::TeletexString("name".try_into().unwrap()), None),
        ] {
            let leaf = leaf(&root, |params| {
                params.distinguished_name = rcgen::DistinguishedName::new();
                params.distinguished_name.push(DnType::CommonName, value);
            });
            assert_eq!(Certificate::parse(&leaf).unwrap().common_name(), want);
        }
    }

    #[test]
    fn extensions_are_known_by_their_identifiers() {
        let oid = [1, 2, 840, 113_635, 100, 6, 11, 1];
        let leaf = leaf(&Authority::root(), |params| {
            let extension = CustomExtension::from_oid_content(&oid, vec![5, 0]);
            params.custom_extensions = vec![extension];
        });
        let certificate = Certificate::parse(&leaf).unwrap();
        assert!(certificate.has_extension("1.2.840.113635.100.6.11.1"));
        for other in [
            "1.2.840.113635.100.6.11",
            "1.2.840.113635.100.6.2.1",
            "text",
            "",
        ] {
            assert!(!certificate.has_extension(other), "{other}");
        }
    }

    #[test]
    fn a_p256_key_verifies_signatures_of_fixed_length() {
        use ring::rand::SystemRandom;
        use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

        let key = KeyPair::generate().unwrap();
        let certificate = Authority::root().issue(&key, |_| {});
        let public = Certificate::parse(certificate.der())
            .unwrap()
            .p256_key()
            .unwrap();
        let random = SystemRandom::new();
        let pkcs8 = key.serialize_der();
        let private =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8, &random).unwrap();
        let signature = private.sign(&random, b"message").unwrap();
        assert!(public.verify(b"message", signature.as_ref()));
        assert!(!public.verify(b"another", signature.as_ref()));
        assert!(!public.verify(b"message", &[0; 64]));
        assert!(!public.verify(b"message", b""));
    }

    #[test]
    fn a_key_is_what_its_certificate_says() {
        let root = Authority::root();
        let ec = Certificate::parse(&leaf(&root, |_| {})).unwrap();
        assert!(is_untrusted(ec.rsa_key()));
        let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let p384 = Certificate::parse(root.issue(&p384, |_| {}).der()).unwrap();
        assert!(is_untrusted(p384.p256_key()));
        let rsa = Certificate::parse(&rsa(E_1)).unwrap();
        assert!(is_untrusted(rsa.p256_key()));
        assert!(rsa.rsa_key().is_ok());
    }

    #[test]
    fn a_short_rsa_key_is_none() {
        let short = Certificate::parse(&rsa(SHORT)).unwrap();
        assert!(is_untrusted(short.rsa_key()));
    }

    /// With an exponent of 1 the padded digest is its own signature.
    #[test]
    fn an_rsa_key_that_everybody_can_sign_for_verifies_nothing() {
        let key = Certificate::parse(&rsa(E_1)).unwrap().rsa_key().unwrap();
        const INFO: &[u8] = &[
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        let digest = digest(&SHA256, b"message");
        let tail = [&[0][..], INFO, digest.as_ref()].concat();
        let signature = [&[0, 1][..], &vec![0xff; 254 - tail.len()], &tail].concat();
        assert_eq!(signature.len(), 256);
        assert!(!key.verify(b"message", &signature));
    }

    /// A key of which nobody has the private one.
    struct Public(Vec<u8>);

    impl PublicKeyData for Public {
        fn der_bytes(&self) -> &[u8] {
            &self.0
        }

        fn algorithm(&self) -> &'static SignatureAlgorithm {
            &PKCS_RSA_SHA256
        }
    }

    fn rsa(spki: &str) -> CertificateDer<'static> {
        let spki = Base64::decode_vec(spki).unwrap();
        let spki = x509_cert::SubjectPublicKeyInfo::from_der(&spki).unwrap();
        let key = Public(spki.subject_public_key.as_bytes().unwrap().to_vec());
        Authority::root().issue(&key, |_| {}).der().clone()
    }

    /// 1024 bits.
    const SHORT: &str = "\
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDI36qJmQUKDM5SlL15q1lbO5wz\
        AgsXhXbIdnHfVvZ/wSIvoAsaEn8XXrPiKew7u7MT3/YBXjrbvksQKsHny1KyZW2M\
        PzkQJngQvgObtGDd0HHJYXlZ5G+lee7v12crOXmgaSeIwvNFc1pvSN9oH1226Jqm\
        X6zHpgMljSX76Fm6nQIDAQAB";

    /// 2048 bits, and 1 as the exponent.
    const E_1: &str = "\
        MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAx1XPSw7Q+O3Jsb3y+YC1\
        KqipvtpIStmgOCqEqLzIU5Sx5tM3KprljPlD3ew84JVjX0bB1WdpAsukIKnYv8PI\
        HssmJSxzwrwDfkUTrwCxKyvlgT9ueQf9mrvG20auqmSd4m6axDUCw+5iNEkuzZnN\
        4dHtu2Ex8/DjEeYVl+D1BOgHjMZxuawedz9Mwqq2W33fl0/rwgL8s2FNqGAgB/wE\
        PI0ghVkscNqSXG0um2FT+q7NXY1c2o7+SzTpZejoeLM/l2zeHDzpYYpljblt6V/p\
        EDLvcpC+YX/5/zd3edv5kCiORnsxlYxFdJAqZ06QfuXi8QzmONauGgnQBdd2NItJ\
        8wIBAQ==";
}

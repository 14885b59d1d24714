//! Certificates of authorities that the test made.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, PublicKeyData, date_time_ymd,
};

use crate::UnixTime;

/// Within the validity of everything here: 2026-08-05.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_785_920_400);

/// An authority whose certificates nobody trusts but who is told to.
pub(crate) struct Authority {
    pub(crate) certificate: Certificate,
    pub(crate) issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A root.
    pub(crate) fn root() -> Self {
        let (params, key) = (authority("Root"), KeyPair::generate().unwrap());
        Self {
            certificate: params.self_signed(&key).unwrap(),
            issuer: Issuer::new(params, key),
        }
    }

    /// An authority below this one.
    pub(crate) fn intermediate(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self {
            certificate: params.signed_by(&key, &self.issuer).unwrap(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for this key: of the common name `leaf`, valid from 2026 to 2027, without further extensions.
    pub(crate) fn issue(
        &self,
        key: &impl PublicKeyData,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        let mut params = valid();
        params.distinguished_name = name(&[(DnType::CommonName, "leaf")]);
        change(&mut params);
        params.signed_by(key, &self.issuer).unwrap()
    }
}

/// A name of these parts.
pub(crate) fn name(parts: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, text) in parts {
        name.push(kind.clone(), *text);
    }
    name
}

fn authority(common_name: &str) -> CertificateParams {
    let mut params = valid();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = name(&[(DnType::CommonName, common_name)]);
    params
}

fn valid() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params
}

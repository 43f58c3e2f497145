//! Development certificates, made on the spot: a private authority per tier.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tender_token::date::Timestamp;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// A certificate and its secret key, both PEM.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its secret key, PEM.
    pub key: String,
}

impl core::fmt::Debug for Credential {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Credential(redacted)")
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves at a DNS name.
    Server,
    /// Calls a server that asks who is calling.
    Client,
}

/// What stands for every caller's own name where only ASCII can: who it is, its common name says.
const CALLER: &str = "caller";

/// A certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("the certificate authority is unusable: {0}")]
pub struct Unusable(#[from] rcgen::Error);

/// Makes a private certificate authority with this name.
/// Errors: [`Unusable`] if the library cannot make a key.
pub fn authority(name: &str) -> Result<Credential, Unusable> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?;
    Ok(Credential { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// Issues a certificate for a name under an authority, without an end that anybody will see.
/// Errors: [`Unusable`] if the authority cannot be read.
pub fn issue(authority: &Credential, name: &str, role: Role) -> Result<Credential, Unusable> {
    signed(authority, parameters(name, role)?, name, role)
}

/// The same, valid up to a moment. Errors: [`Unusable`], also for a moment beyond the year 9999.
pub fn issue_until(
    authority: &Credential,
    name: &str,
    role: Role,
    end: Timestamp,
) -> Result<Credential, Unusable> {
    let mut parameters = parameters(name, role)?;
    let seconds = i64::try_from(end.0).map_err(|_| rcgen::Error::Time)?;
    let end = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| rcgen::Error::Time)?;
    parameters.not_after = end;
    signed(authority, parameters, name, role)
}

fn parameters(name: &str, role: Role) -> Result<CertificateParams, Unusable> {
    let dns = match role {
        Role::Server => name,
        Role::Client => CALLER,
    };
    Ok(CertificateParams::new(vec![dns.to_owned()])?)
}

fn signed(
    authority: &Credential,
    mut parameters: CertificateParams,
    name: &str,
    role: Role,
) -> Result<Credential, Unusable> {
    let issuer =
        Issuer::from_ca_cert_pem(&authority.certificate, KeyPair::from_pem(&authority.key)?)?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![match role {
        Role::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Role::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    let key = KeyPair::generate()?;
    let certificate = parameters.signed_by(&key, &issuer)?;
    Ok(Credential { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// SHA-256 of a certificate's DER bytes: how a caller is recognised.
#[must_use]
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}

/// [`fingerprint`] of a PEM certificate. `None` if it is no certificate.
#[must_use]
pub fn fingerprint_of_pem(pem: &str) -> Option<[u8; 32]> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    Some(fingerprint(&der))
}

/// Until when a PEM certificate is valid. `None` if it is no certificate.
#[must_use]
pub fn end_of_pem(pem: &str) -> Option<Timestamp> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    u64::try_from(certificate.validity().not_after.timestamp()).ok().map(Timestamp)
}

/// Whose a PEM certificate is: its common name. `None` if it has none, or is no certificate.
#[must_use]
pub fn holder_of_pem(pem: &str) -> Option<String> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    name.as_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_when_it_ends() {
        let authority = authority("a test's authority").expect("certificates can be made");
        let end = Timestamp(1_900_000_000);
        for role in [Role::Server, Role::Client] {
            let made = issue_until(&authority, "somebody", role, end).expect("it can be made");
            assert_eq!(end_of_pem(&made.certificate), Some(end));
            let made = issue(&authority, "somebody", role).expect("it can be made");
            let years = end_of_pem(&made.certificate).map(|end| end.0 / (365 * 86_400));
            assert!(years.is_some_and(|years| years > 2_000), "{years:?}");
        }
        assert!(issue_until(&authority, "somebody", Role::Client, Timestamp(u64::MAX)).is_err());
        assert_eq!(end_of_pem("no certificate"), None);
    }

    #[test]
    fn a_caller_s_certificate_says_its_name_in_any_script() {
        let authority = authority("a test's authority").expect("certificates can be made");
        for name in ["Jürgen", "日本銀行", "First Bank"] {
            let made = issue(&authority, name, Role::Client).expect("it can be made");
            assert_eq!(holder_of_pem(&made.certificate).as_deref(), Some(name));
        }
    }
}

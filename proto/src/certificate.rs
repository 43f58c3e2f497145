//! Development certificates, made on the spot: a private authority per tier.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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

/// Issues a certificate for a name under an authority.
/// Errors: [`Unusable`] if the authority cannot be read.
pub fn issue(authority: &Credential, name: &str, role: Role) -> Result<Credential, Unusable> {
    let issuer =
        Issuer::from_ca_cert_pem(&authority.certificate, KeyPair::from_pem(&authority.key)?)?;
    let mut parameters = CertificateParams::new(vec![name.to_owned()])?;
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

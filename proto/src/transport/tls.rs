//! What both ends show and demand before the first byte of a request: TLS 1.3 and nothing older,
//! HTTP/2 and nothing older, no early data, and a whole handshake every time.
//!
//! Without tickets and remembered sessions nobody resumes what a revoked certificate once began.

use crate::certificate::Credential;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem};
use std::error::Error;
use std::sync::Arc;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::{NoServerSessionStorage, VerifierBuilderError};
use tokio_rustls::rustls::server::{WebPkiClientVerifier, danger::ClientCertVerifier};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The application protocol of both ends.
const HTTP_2: &[u8] = b"h2";

/// A certificate or its key cannot be used, or an address.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The text is no PEM of its kind.
    #[error("a certificate or its key cannot be read: {0}")]
    Pem(#[from] pem::Error),
    /// The library refuses it.
    #[error("a certificate or its key cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// The authority of the callers cannot be used.
    #[error("the authority of the callers cannot be used: {0}")]
    Authority(#[from] VerifierBuilderError),
    /// The address is none.
    #[error("the address cannot be used: {0}")]
    Address(#[from] tonic::transport::Error),
}

/// Whether a connection failed because the other end showed a certificate that its authority did
/// not issue, or one that is over: somebody else is there, and asking again changes nothing.
#[must_use]
pub fn is_stranger(failure: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(failure);
    while let Some(error) = cause {
        // An error of the system's kind does not name what it holds as its source.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = held.and_then(|held| held.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// An acceptor that shows `own`; with `client_authority`, callers must show a certificate of it.
/// Errors: [`Unusable`].
pub fn acceptor(own: &Credential, client_authority: Option<&str>) -> Result<TlsAcceptor, Unusable> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&TLS13])?;
    let builder = match client_authority {
        None => builder.with_no_client_auth(),
        Some(authority) => builder.with_client_cert_verifier(verifier(authority, provider)?),
    };
    let (chain, key) = shown(own)?;
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    config.max_early_data_size = 0;
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A connector to servers of this authority (PEM), who are shown `own` if they ask.
/// Errors: [`Unusable`].
pub fn connector(authority: &str, own: Option<&Credential>) -> Result<TlsConnector, Unusable> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots(authority)?);
    let mut config = match own.map(shown).transpose()? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
    };
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A certificate with its chain, and its key.
fn shown(
    own: &Credential,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Unusable> {
    let chain = CertificateDer::pem_slice_iter(own.certificate.as_bytes());
    Ok((chain.collect::<Result<_, _>>()?, PrivateKeyDer::from_pem_slice(own.key.as_bytes())?))
}

/// Callers need a certificate of the authority. Which of them are known is asked at every request,
/// so there is no list of revoked ones: whoever is not known is refused.
fn verifier(
    authority: &str,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Unusable> {
    let roots = Arc::new(roots(authority)?);
    Ok(WebPkiClientVerifier::builder_with_provider(roots, provider).build()?)
}

fn roots(authority: &str) -> Result<RootCertStore, Unusable> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate?)?;
    }
    Ok(roots)
}

//! What a server shows and demands before the first byte of a request: TLS 1.3 and nothing older,
//! HTTP/2 and nothing older, no early data, and a whole handshake every time.
//!
//! Without tickets and remembered sessions nobody resumes what a revoked certificate once began.

use crate::certificate::Credential;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::{NoServerSessionStorage, VerifierBuilderError};
use tokio_rustls::rustls::server::{WebPkiClientVerifier, danger::ClientCertVerifier};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

/// A certificate or its key cannot be used.
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
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(own.certificate.as_bytes()).collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes())?;
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.max_early_data_size = 0;
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Callers need a certificate of the authority. Which of them are known is asked at every request,
/// so there is no list of revoked ones: whoever is not known is refused.
fn verifier(
    authority: &str,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Unusable> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate?)?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?)
}

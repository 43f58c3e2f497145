//! Connections below gRPC: TLS as a test wants it, and what lies within byte by byte.

pub use super::half_open::{SOON, answered, plain};

use crate::served::Served;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io;
use std::sync::Arc;
use tender_proto::certificate::Credential;
use tender_proto::transport::SERVER_NAME;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

/// A client of the server's authority that shows `own`, speaks these versions and these protocols.
pub fn config(
    served: &Served,
    own: &Credential,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
) -> Arc<ClientConfig> {
    let read = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("it is PEM");
    let mut roots = RootCertStore::empty();
    roots.add(read(&served.authority.certificate)).expect("it is an authority");
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("it is a key");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![read(&own.certificate)], key)
        .expect("key and certificate belong together");
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// A handshake over a plain connection.
pub async fn handshake(
    stream: TcpStream,
    config: &Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(SERVER_NAME).expect("it is a name");
    TlsConnector::from(Arc::clone(config)).connect(name, stream).await
}

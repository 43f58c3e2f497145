//! How a client gets onto a wire: TCP, then TLS 1.3 towards the authority that it was told of.

use super::SERVER_NAME;
use super::bound::{self, Bound};
use super::tls::{Unusable, connector};
use crate::certificate::Credential;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::Uri;
use tower::Service;

/// Connects to where it was told, whenever a channel needs a connection.
#[derive(Clone)]
pub(super) struct Dial {
    address: String,
    tls: TlsConnector,
    bound: Bound,
}

impl Dial {
    /// Errors: [`Unusable`].
    pub(super) fn new(
        address: &str,
        authority: &str,
        own: Option<&Credential>,
        bound: Bound,
    ) -> Result<Self, Unusable> {
        Ok(Self { address: address.to_owned(), tls: connector(authority, own)?, bound })
    }

    async fn connect(self) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
        let stream = TcpStream::connect(&self.address).await?;
        // Requests are small and somebody waits for each.
        let _best_effort = stream.set_nodelay(true);
        let name = ServerName::try_from(SERVER_NAME).expect("a DNS name");
        let stream = self.tls.connect(name, stream).await?;
        self.bound.bind(bound::exporter(stream.get_ref().1)?);
        Ok(TokioIo::new(stream))
    }
}

impl Service<Uri> for Dial {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

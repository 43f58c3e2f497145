//! How a client connects.

use super::{
    HEADER_BYTES_MAX, KEEPALIVE, KEEPALIVE_TIMEOUT, REQUEST_TIMEOUT, REQUESTS_PER_CONNECTION_MAX,
    SERVER_NAME,
};
use crate::certificate::Credential;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Error, Identity};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A channel that connects when it is first used, and again when it must.
/// `own` is shown to servers that ask who is calling.
/// Errors: if the address or a certificate cannot be used.
pub fn channel(
    address: &str,
    server_authority: &str,
    own: Option<&Credential>,
) -> Result<Channel, Error> {
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(server_authority))
        .domain_name(SERVER_NAME);
    if let Some(own) = own {
        tls = tls.identity(Identity::from_pem(&own.certificate, &own.key));
    }
    let endpoint = Endpoint::from_shared(format!("https://{address}"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        // A server turns away what one connection sends beyond this; waiting here is cheaper.
        .concurrency_limit(REQUESTS_PER_CONNECTION_MAX)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .tls_config(tls)?;
    Ok(endpoint.connect_lazy())
}

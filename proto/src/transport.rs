//! The hardened connection settings of every server and client, in one place.
//!
//! tonic removes several of hyper's limits; they are set here again, so that a peer can hold
//! neither streams, memory nor a connection for nothing.

use crate::certificate::Credential;
use std::time::Duration;
use tonic::transport::{
    Certificate, Channel, ClientTlsConfig, Endpoint, Error, Identity, Server, ServerTlsConfig,
};

/// The DNS name in every development server certificate.
pub const SERVER_NAME: &str = "tender.localhost";
/// Largest message an intermediary reads from a wallet, in bytes: a request with 64 funding items
/// of many hops.
pub const WALLET_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Largest message between the tiers, in bytes: whatever a wallet may send still fits after the
/// intermediary has added its signature.
pub const TIER_MESSAGE_BYTES_MAX: usize = WALLET_MESSAGE_BYTES_MAX + 4096;

const STREAMS_MAX: u32 = 64;
const REQUESTS_PER_CONNECTION_MAX: usize = 32;
const HEADER_BYTES_MAX: u32 = 8 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(3);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTION_AGE_MAX: Duration = Duration::from_mins(10);

/// A server with its own certificate; with `client_authority`, callers must show a certificate of
/// that authority.
/// Errors: if a certificate or key cannot be used.
pub fn server(own: &Credential, client_authority: Option<&str>) -> Result<Server, Error> {
    let mut tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(&own.certificate, &own.key))
        .timeout(HANDSHAKE_TIMEOUT);
    if let Some(authority) = client_authority {
        tls = tls.client_ca_root(Certificate::from_pem(authority));
    }
    Server::builder()
        .max_concurrent_streams(STREAMS_MAX)
        .http2_max_local_error_reset_streams(Some(128))
        .http2_max_pending_accept_reset_streams(Some(20))
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(CONNECTION_AGE_MAX)
        .concurrency_limit_per_connection(REQUESTS_PER_CONNECTION_MAX)
        .load_shed(true)
        .timeout(REQUEST_TIMEOUT)
        .tls_config(tls)
}

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
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .tls_config(tls)?;
    Ok(endpoint.connect_lazy())
}

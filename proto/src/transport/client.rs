//! How a client connects.

use super::bound::Bound;
use super::dial::Dial;
use super::tls::Unusable;
use super::{
    HEADER_BYTES_MAX, KEEPALIVE, KEEPALIVE_TIMEOUT, REQUEST_TIMEOUT, REQUESTS_PER_CONNECTION_MAX,
};
use crate::certificate::Credential;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A channel that connects when it is first used, and again when it must.
/// `own` is shown to servers that ask who is calling.
/// Errors: if the address or a certificate cannot be used.
pub fn channel(
    address: &str,
    server_authority: &str,
    own: Option<&Credential>,
) -> Result<Channel, Unusable> {
    bound_channel(address, server_authority, own).map(|(channel, _)| channel)
}

/// A channel, and what is unique to the connection that it uses.
/// Errors: if the address or a certificate cannot be used.
pub fn bound_channel(
    address: &str,
    server_authority: &str,
    own: Option<&Credential>,
) -> Result<(Channel, Bound), Unusable> {
    let bound = Bound::default();
    let dial = Dial::new(address, server_authority, own, bound.clone())?;
    // The dial does TLS itself, which tonic's own would not let us look into.
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        // A server turns away what one connection sends beyond this; waiting here is cheaper.
        .concurrency_limit(REQUESTS_PER_CONNECTION_MAX)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true);
    Ok((endpoint.connect_with_connector_lazy(dial), bound))
}

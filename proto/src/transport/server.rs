//! What one connection may do: streams, windows, frames, resets, time.

use super::{
    HEADER_BYTES_MAX, KEEPALIVE, KEEPALIVE_TIMEOUT, REQUEST_TIMEOUT, REQUESTS_PER_CONNECTION_MAX,
};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tonic::transport::Server;

const STREAMS_MAX: u32 = 64;
/// Streams that the peer's own errors made the server reset, before the connection ends.
const LOCAL_ERROR_RESETS_MAX: usize = 128;
/// Streams that the peer reset before the server looked at them, before the connection ends.
const PENDING_RESETS_MAX: usize = 20;
const FRAME_BYTES_MAX: u32 = 16 * 1024;
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
const AGE_MAX: Duration = Duration::from_mins(10);
/// Servers that start together must not lose all their clients together later.
const AGE_JITTER_MAX_MS: u64 = 60_000;
const AGE_GRACE: Duration = Duration::from_secs(30);

/// A server's settings. What comes in at its door is [`super::incoming()`]'s.
#[must_use]
pub fn server() -> Server {
    let jitter = RandomState::new().hash_one(()) % AGE_JITTER_MAX_MS;
    Server::builder()
        .max_concurrent_streams(STREAMS_MAX)
        .http2_max_local_error_reset_streams(Some(LOCAL_ERROR_RESETS_MAX))
        .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_adaptive_window(Some(false))
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_connection_age(AGE_MAX + Duration::from_millis(jitter))
        .max_connection_age_grace(AGE_GRACE)
        .concurrency_limit_per_connection(REQUESTS_PER_CONNECTION_MAX)
        .load_shed(true)
        .timeout(REQUEST_TIMEOUT)
        .accept_http1(false)
}

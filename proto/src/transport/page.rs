//! The metrics page: plain HTTP, for the operator's network only.

use crate::metrics::Metrics;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use core::fmt::Display;
use tokio::net::TcpListener;

/// Shows metrics at `/metrics` to whoever asks, looked up anew for every look, until this is
/// dropped.
/// Errors: the listener's.
pub async fn show_page<E: Display + Send + 'static>(
    listener: TcpListener,
    measured: impl Fn() -> Result<Metrics, E> + Clone + Send + Sync + 'static,
) -> std::io::Result<()> {
    let look = move || {
        let measured = measured.clone();
        async move {
            match tokio::task::spawn_blocking(measured).await {
                Ok(Ok(metrics)) => (StatusCode::OK, metrics.page),
                Ok(Err(fault)) => {
                    tracing::error!(%fault, "the metrics could not be read");
                    (StatusCode::SERVICE_UNAVAILABLE, String::new())
                }
                Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
            }
        }
    };
    axum::serve(listener, Router::new().route("/metrics", get(look))).await
}

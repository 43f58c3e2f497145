//! Pauses: how a listener goes on after it could not accept a connection.

use std::io::{self, ErrorKind};
use std::time::Duration;

const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long the next pause is: longer after each failure that follows another one, so that nothing
/// spins while the system has no descriptors left.
#[derive(Debug)]
pub struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(PAUSE_MIN)
    }
}

impl Pauses {
    /// A connection was accepted.
    pub fn over(&mut self) {
        self.0 = PAUSE_MIN;
    }

    /// Waits until the listener may be asked again.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

/// Whether an error is that of the connection that was to be accepted, and says nothing of the
/// next.
#[must_use]
pub fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    )
}

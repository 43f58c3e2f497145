//! How long answers are whose length nobody knows before they are read.

use prost::Message;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The length of the last answer of a kind, in bytes. The next one is charged as that before it is
/// read, so that whoever cannot pay for it makes no work; only the first one of a server costs less
/// than it is.
#[derive(Debug, Default)]
pub struct Length(AtomicUsize);

impl Length {
    /// What the next answer is charged as.
    pub fn expected(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Remembers an answer that was made.
    pub fn of<T: Message>(&self, answer: T) -> T {
        self.0.store(answer.encoded_len(), Ordering::Relaxed);
        answer
    }
}

/// The lengths of all such answers.
#[derive(Debug, Default)]
pub struct Lengths {
    /// Accounts, and who was admitted and appointed.
    pub overview: Length,
    /// The page of metrics.
    pub metrics: Length,
    /// Wallets of an intermediary.
    pub wallets: Length,
}

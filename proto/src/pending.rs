//! Pending: what a wallet is told when the issuer does not answer its intermediary soon.

/// What became of a request that goes on to the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<T> {
    /// The outcome, which stays the same for ever.
    Decided(T),
    /// The intermediary keeps it and sends it until the issuer answers. The outcome follows as a
    /// notice, and to whoever asks with the same bytes.
    Pending,
}

//! Known answers of others: the test vectors of the standards that the protocol stands on.

mod ed25519;
mod ristretto;
mod rsa;
mod wycheproof;

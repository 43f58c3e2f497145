//! The signer: everything that needs a secret key, behind one seam.
//!
//! [`Signer`] is what the rest of the issuer sees. [`InProcess`] holds the keys in this process,
//! opened from sealed files. A signing process of its own, or hardware, takes the seam by
//! implementing the same functions; nothing else in the issuer changes:
//!
//! - Calls come from many threads at once, block until they are answered, and are made only after
//!   the ledger's commit that they rest on; only [`Signer::owe`] is called before it.
//! - Every slot and value key counts its own signatures, repeated ones too, and stops at a cap that
//!   the ledger has no say in. What is owed is signed when the cap is raised.
//! - Answers are functions of the arguments: the same arguments give the same bytes for ever.
//!   RSA with full-domain blinding, RFC 8032 and the challenge are deterministic, and a retry
//!   depends on it.
//! - An implementation uses a key only if a published manifest names it, tests every key before its
//!   first use, and checks every RSA result before it releases it: one faulty result reveals the
//!   key to whoever receives it.
//! - The root's key is not behind the seam. It signs manifests and revocations in [`ceremony`],
//!   under a passphrase of its own, and serving never opens it.

pub mod ceremony;
mod count;
mod files;
mod in_process;
pub mod root;

pub use count::{Made, Uncounted};
pub use files::{Unusable, open_key, seal_key, seal_waiting, series_keys};
pub use in_process::InProcess;

use tender_token::error::{Error, Result};
use tender_token::log::checkpoint::{Checkpoint, SignedCheckpoint};
use tender_token::provision::{Receipt, SignedOpen};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::vrf;

/// Why a signature that is owed is not made. What it rests on is durable, and asking again later
/// may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The key is unknown, or its computation was faulty.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The key has made as many signatures as it may.
    #[error("the key has made all the signatures that its cap allows")]
    Capped,
    /// The signature could not be counted durably.
    #[error("the signatures cannot be counted, because their file cannot be written")]
    Uncounted,
}

/// A signature, or why there is none.
pub type Signed<T> = core::result::Result<T, Withheld>;

/// Signs what the ledger owes.
pub trait Signer: core::fmt::Debug + Send + Sync {
    /// The receipt for an opening that is durably stored (`[PR3]`, `[PR4]`).
    /// Errors: `E_ENCODING` with negligible probability.
    fn receipt(&self, open: &SignedOpen) -> Result<Receipt>;

    /// The challenge of an opening that is durably stored. Errors: as for the receipt.
    fn challenge(&self, open: &SignedOpen) -> Result<vrf::Challenge>;

    /// Certifies a slot: `s_t` for a blinded message that a REVEAL showed (`[PR8]`).
    /// Errors: [`Withheld`]: `E_CERT` for an unknown series, `E_KEY_SUSPECT` if the computation was
    /// faulty, or the key's cap.
    fn certify(&self, series: SeriesId, blinded: &[u8]) -> Signed<Vec<u8>>;

    /// Signs a token: `s_t` for a blinded message that is paid for (`[W5]`, `[I15]`).
    /// Errors: [`Withheld`]: `E_DENOMINATION` if unknown, `E_KEY_SUSPECT` if the computation was
    /// faulty, or the key's cap.
    fn mint(&self, denomination: DenominationId, blinded: &[u8]) -> Signed<Vec<u8>>;

    /// Whether the key of a series' slots is kept. That of a series that is over may be gone.
    fn certifies(&self, series: SeriesId) -> bool;

    /// Whether the key of a denomination is kept. That of a series that is over may be gone.
    fn mints(&self, denomination: DenominationId) -> bool;

    /// Remembers durably, before the commit that promises them, that the ledger owes so many tokens
    /// of a denomination in all. Errors: the file system's; nothing may be committed then.
    fn owe(&self, denomination: DenominationId, tokens: u64) -> std::io::Result<()>;

    /// What each slot and value key has signed.
    fn made(&self) -> Vec<Made>;

    /// Signs the head of the log, which is durable and which the anchor remembers (`[S4]`).
    fn checkpoint(&self, checkpoint: Checkpoint) -> SignedCheckpoint;
}

//! An officer's approval of a proposal: read, signed and written where no issuer is.

use super::founded::{file_failure, refuse_taken};
use super::officer;
use super::outcome::Failure;
use super::passphrase::Whose;
use super::series::read;
use clap::Args;
use std::path::{Path, PathBuf};
use tender_store::files::write_private;
use tender_token::encode::{Decode, Encode};
use tender_token::treasury::Approvable;

/// What the file of a ceremony's proposal should hold, and what writes it.
pub const CEREMONY: &str = "proposal of a series, as `ceremony new` writes it";
/// The same of a revocation's.
pub const REVOCATION: &str = "proposal of a revocation, as `revocation new` writes it";
/// The same of a rollback's.
pub const ROLLBACK: &str = "proposal of a rollback, as `rollback new` writes it";
/// The same of an officer's approval of one of these.
pub const APPROVAL: &str = "officer's approval, as the command `approve` writes it";

/// A proposal that an officer approves.
#[derive(Debug, Args)]
pub struct Approving {
    /// The proposal, as the command `new` beside this one wrote it.
    #[arg(long, value_name = "FILE")]
    proposal: PathBuf,
    /// The officer's sealed key; see `officer new`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the approval. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Signs what officers sign of a proposal, with a key whose passphrase is in a file, or asked for.
/// `expected` says which proposal that should be.
/// Returns the proposal and the officer's public key, hex. Errors: wrong usage, or a
/// file.
pub fn approve<P: Decode, A: Approvable>(
    arguments: &Approving,
    passphrase: Option<&Path>,
    expected: &str,
    signed: impl FnOnce(&P) -> A,
) -> Result<(P, String), Failure> {
    let Approving { proposal, key, out } = arguments;
    let proposal = read(proposal, expected)?;
    refuse_taken(out)?;
    let officer = officer::open(key, Whose::Officer(key), passphrase)?;
    let approval = officer.approve(&signed(&proposal));
    write_private(out, &approval.to_bytes()).map_err(|error| file_failure(out, &error))?;
    Ok((proposal, hex::encode(officer.public().0)))
}

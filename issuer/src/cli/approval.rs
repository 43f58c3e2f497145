//! An officer's approval of a proposal: signed and written where no issuer is, and read where it
//! counts.

use super::founded::{refuse_taken, unread, unwritten};
use super::officer;
use super::outcome::Failure;
use super::passphrase::Whose;
use super::series::read;
use clap::Args;
use std::path::{Path, PathBuf};
use tender_store::files::write_private;
use tender_token::encode::{Decode, Encode};
use tender_token::treasury::{Approvable, Approval};

/// What the file of a ceremony's proposal should hold, and what writes it.
pub const CEREMONY: &str = "proposal of a series, as `ceremony new` writes it";
/// The same of a revocation's.
pub const REVOCATION: &str = "proposal of a revocation, as `revocation new` writes it";
/// The same of a rollback's.
pub const ROLLBACK: &str = "proposal of a rollback, as `rollback new` writes it";

/// What officers approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An instruction of the supply.
    Supply,
    /// A ceremony's proposal.
    Series,
    /// A revocation's.
    Revocation,
    /// A rollback's.
    Rollback,
}

impl Kind {
    /// The command that makes an approval of this kind.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Supply => "treasury approve",
            Self::Series => "ceremony approve",
            Self::Revocation => "revocation approve",
            Self::Rollback => "rollback approve",
        }
    }

    /// What an approval that reads like one of this kind may be of instead: an approval does not
    /// say, and is held against what it should be of.
    pub const fn another(self) -> &'static str {
        match self {
            Self::Supply => "another instruction",
            Self::Series => "another proposal, a revocation or a rollback",
            Self::Revocation => "another revocation, the proposal of a series or a rollback",
            Self::Rollback => "another rollback, the proposal of a series or a revocation",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Supply => "an instruction of the supply",
            Self::Series => "the proposal of a series",
            Self::Revocation => "a revocation",
            Self::Rollback => "a rollback",
        }
    }
}

/// Reads the approvals of one kind. Those of instructions are handed over in hex, the others as
/// their bytes. Errors: wrong usage, which says of what another one is; or a file.
pub fn read_all(files: &[PathBuf], kind: Kind) -> Result<Vec<Approval>, Failure> {
    files.iter().map(|file| read_approval(file, kind)).collect()
}

fn read_approval(file: &Path, kind: Kind) -> Result<Approval, Failure> {
    let bytes = std::fs::read(file).map_err(|error| unread(file, &error))?;
    let of_supply = hex::decode(bytes.trim_ascii()).ok();
    let of_supply = of_supply.and_then(|bytes| Approval::from_bytes(&bytes).ok());
    let of_proposal = Approval::from_bytes(&bytes).ok();
    let (own, is_other) = match kind {
        Kind::Supply => (of_supply, of_proposal.is_some()),
        Kind::Series | Kind::Revocation | Kind::Rollback => (of_proposal, of_supply.is_some()),
    };
    let (shown, command, wanted) = (file.display(), kind.command(), kind.word());
    own.ok_or_else(|| {
        Failure::usage(if !is_other {
            format!("{shown} is no officer's approval, as `{command}` writes it")
        } else if kind == Kind::Supply {
            format!(
                "{shown} approves the proposal of a series, a revocation or a rollback, and not \
                 {wanted}: `{command}` makes an approval of one; nothing was changed"
            )
        } else {
            format!(
                "{shown} approves {}, and not {wanted}: `{command}` makes an approval of one; \
                 nothing was changed",
                Kind::Supply.word()
            )
        })
    })
}

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
    write_private(out, &approval.to_bytes()).map_err(|error| unwritten(out, &error))?;
    Ok((proposal, hex::encode(officer.public().0)))
}

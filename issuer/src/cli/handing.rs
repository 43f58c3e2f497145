//! Where an instruction goes: to officers in a file, or on at once with keys that are at hand.

use super::officer;
use super::outcome::Failure;
use super::passphrase::Whose;
use clap::Args;
use std::path::PathBuf;
use tender_token::treasury::Officer;

/// For how long an instruction holds, and where it goes.
#[derive(Debug, Args)]
pub struct Handing {
    /// For how many hours it may be carried out, at most 720.
    #[arg(long, value_name = "HOURS", default_value_t = 24, allow_hyphen_values = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=720))]
    pub valid_hours: u32,
    /// Where to write the instruction for the officers. Nothing may be there.
    #[arg(long, value_name = "FILE", required_unless_present = "keys")]
    #[arg(conflicts_with_all = ["keys", "passphrases"])]
    pub out: Option<PathBuf>,
    /// An officer's key: approve and submit at once, for tests and demonstrations. Otherwise every
    /// officer approves on a machine of their own, with `treasury approve`.
    #[arg(long = "key", value_name = "FILE")]
    pub keys: Vec<PathBuf>,
    /// Where the passphrase of a `--key` is, if nobody is there to be asked for it: once for each
    /// key, in their order, or once for all.
    #[arg(long = "key-passphrase-file", value_name = "FILE")]
    passphrases: Vec<PathBuf>,
}

impl Handing {
    /// The officers whose keys are here, each with its own passphrase, or all with one.
    /// Errors: wrong usage, or a key that does not open.
    pub fn officers(&self) -> Result<Vec<Officer>, Failure> {
        let Self { keys, passphrases, .. } = self;
        if passphrases.len() > 1 && passphrases.len() != keys.len() {
            return Err(Failure::usage(
                "give --key-passphrase-file once for all keys, or once for each; nothing was \
                 changed",
            ));
        }
        let one = |(place, key): (usize, &PathBuf)| {
            let passphrase = passphrases.get(place).or(passphrases.first());
            officer::open(key, Whose::OfficerAtHome(key), passphrase.map(PathBuf::as_path))
        };
        keys.iter().enumerate().map(one).collect()
    }
}

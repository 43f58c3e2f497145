//! `officer`: an officer's key, made where the officer keeps it.

use super::founded::{file_failure, refuse_taken};
use super::outcome::{Failure, Outcome};
use super::place::Place;
use clap::Subcommand;
use rand_core::CryptoRng;
use serde_json::json;
use std::path::{Path, PathBuf};
use tender_store::files::write_private;
use tender_token::treasury::Officer;
use zeroize::Zeroizing;

/// What can be done with an officer's key.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an officer's key. The public half goes into the issuer's configuration.
    New {
        /// Where to write the secret key. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Carries an `officer` command out; it needs no issuer.
pub fn run(place: &Place, command: &Command, rng: &mut impl CryptoRng) -> Result<Outcome, Failure> {
    place.nowhere()?;
    let Command::New { out } = command;
    refuse_taken(out)?;
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *seed);
    let text = Zeroizing::new(hex::encode(*seed));
    write_private(out, text.as_bytes()).map_err(|error| file_failure(out, &error))?;
    let public = hex::encode(Officer::from_seed(&seed).public().0);
    let sentence = format!(
        "The officer's public key is {public}.\nThe secret key is in {}: keep it private.",
        out.display()
    );
    Ok(Outcome::done(sentence, json!({ "officer": public })).written_to(out))
}

/// Reads an officer's key. Errors: a failure that names the file.
pub fn read(path: &Path) -> Result<Officer, Failure> {
    let text = std::fs::read(path).map_err(|error| file_failure(path, &error))?;
    let (text, mut seed) = (Zeroizing::new(text), Zeroizing::new([0; 32]));
    match hex::decode_to_slice(text.trim_ascii(), &mut *seed) {
        Ok(()) => Ok(Officer::from_seed(&seed)),
        Err(_) => Err(Failure::usage(format!("{} is no officer's key", path.display()))),
    }
}

//! `officer`: an officer's key, made where the officer keeps it, sealed under the officer's own
//! passphrase.

use super::founded::{refuse_taken, unread, unwritten};
use super::outcome::{Failure, Outcome};
use super::passphrase::{Whose, fresh, known};
use super::place::Place;
use clap::Subcommand;
use rand_core::CryptoRng;
use serde_json::json;
use std::path::{Path, PathBuf};
use tender_store::envelope::{Cost, Unopened};
use tender_store::files::write_private;
use tender_token::treasury::Officer;
use zeroize::Zeroizing;

/// The name that every officer's key is sealed under, whatever its file is called.
const SEALED_AS: &str = "officer";

/// What can be done with an officer's key.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an officer's key, where the officer keeps it. It is sealed under the officer's own
    /// passphrase, which every approval asks for; nothing brings a lost one back. The public half
    /// goes into the issuer's configuration.
    New {
        /// Where to write the sealed key. Nothing may be there.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Carries an `officer` command out; it needs no issuer.
pub fn run(place: &Place, command: &Command, rng: &mut impl CryptoRng) -> Result<Outcome, Failure> {
    place.nowhere()?;
    let Command::New { out } = command;
    refuse_taken(out)?;
    let mut lock = fresh(Whose::Officer(out), place.passphrase())?;
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *seed);
    let sealed = lock.seal(SEALED_AS, &*seed, Cost::USUAL, rng);
    write_private(out, &sealed).map_err(|error| unwritten(out, &error))?;
    let public = hex::encode(Officer::from_seed(&seed).public().0);
    let sentence = format!(
        "The officer's public key is {public}.\n\
         The secret key is in {}, sealed under the passphrase: keep both private.",
        out.display()
    );
    Ok(Outcome::done(sentence, json!({ "officer": public })).written_to(out))
}

/// Opens an officer's key with the passphrase in a file, or asks for it. `whose` says which key.
/// Errors: a failure that names the key's file; those of [`known`].
pub fn open(path: &Path, whose: Whose<'_>, passphrase: Option<&Path>) -> Result<Officer, Failure> {
    let bytes = std::fs::read(path).map_err(|error| unread(path, &error))?;
    let (bytes, file) = (Zeroizing::new(bytes), path.display());
    if hex::decode_to_slice(bytes.trim_ascii(), &mut *Zeroizing::new([0; 32])).is_ok() {
        return Err(Failure::usage(format!(
            "{file} is an officer's key that lies open, as an earlier version wrote it, and opens \
             nothing; make a new one with officer new, let its public half be named in the \
             issuer's configuration, and remove {file}"
        )));
    }
    let none = || Failure::usage(format!("{file} is no officer's key"));
    let secret = known(whose, passphrase)?.open(SEALED_AS, &bytes).map_err(|why| match why {
        Unopened::NoEnvelope => none(),
        Unopened::Version(_) | Unopened::Cost | Unopened::Wrong => {
            Failure::usage(format!("the officer's key {file} cannot be opened: {why}"))
        }
    })?;
    secret.as_slice().try_into().map(Officer::from_seed).map_err(|_| none())
}

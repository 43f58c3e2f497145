//! Passphrases: from a file, or from whoever sits at the terminal.

use super::founded::file_failure;
use super::outcome::Failure;
use std::io::IsTerminal;
use std::path::Path;
use tender_store::envelope::Lock;
use tender_store::passphrase::{self, NoPassphrase};
use zeroize::Zeroizing;

/// Which keys a passphrase is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// All keys that serving and admitting need.
    Issuer,
    /// The root's key, which only ceremonies need.
    Root,
    /// The key in a file of an officer, where no issuer is.
    Officer(&'a Path),
    /// The same beside the issuer's home, whose own passphrase is another one.
    OfficerAtHome(&'a Path),
}

impl Whose<'_> {
    const fn option(self) -> &'static str {
        match self {
            Self::Issuer | Self::Officer(_) => "--passphrase-file",
            Self::Root => "--root-passphrase-file",
            Self::OfficerAtHome(_) => "--key-passphrase-file",
        }
    }

    fn words(self) -> String {
        match self {
            Self::Issuer => "the issuer's keys".to_owned(),
            Self::Root => "the root's key".to_owned(),
            Self::Officer(path) | Self::OfficerAtHome(path) => {
                format!("the officer's key {}", path.display())
            }
        }
    }
}

/// The lock of keys that exist. Errors: wrong usage, or a file that cannot be read.
pub fn known(whose: Whose<'_>, file: Option<&Path>) -> Result<Lock, Failure> {
    match file {
        Some(file) => read(whose, file),
        None => lock(whose, ask(whose, "Passphrase of")?),
    }
}

/// The lock of keys that are about to be made; at a terminal it is asked for twice.
/// Errors: as for [`known`], and two that differ.
pub fn fresh(whose: Whose<'_>, file: Option<&Path>) -> Result<Lock, Failure> {
    let Some(file) = file else {
        let first = ask(whose, "New passphrase of")?;
        let second = ask(whose, "The same again, of")?;
        if first != second {
            return Err(Failure::usage("the two passphrases differ; nothing was done"));
        }
        return lock(whose, first);
    };
    read(whose, file)
}

/// The one line of a file.
fn read(whose: Whose<'_>, file: &Path) -> Result<Lock, Failure> {
    let refused = |why| {
        let (file, words) = (file.display(), whose.words());
        Failure::usage(format!("{file} does not hold the passphrase of {words}: {why}"))
    };
    match passphrase::read(file) {
        Ok(line) => lock(whose, line),
        Err(NoPassphrase::File(error)) => Err(file_failure(file, &error)),
        Err(why @ (NoPassphrase::Empty | NoPassphrase::Lines | NoPassphrase::Long)) => {
            Err(refused(why))
        }
    }
}

fn ask(whose: Whose<'_>, what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (words, option) = (whose.words(), whose.option());
    if !std::io::stdin().is_terminal() {
        let sentence = format!("the passphrase of {words} is needed: {option} FILE");
        return Err(Failure::usage(sentence));
    }
    rpassword::prompt_password(format!("{what} {words}: "))
        .map(|text| Zeroizing::new(text.into_bytes()))
        .map_err(|error| Failure::fault(format!("no passphrase could be asked for: {error}")))
}

fn lock(whose: Whose<'_>, passphrase: Zeroizing<Vec<u8>>) -> Result<Lock, Failure> {
    let empty = || Failure::usage(format!("the passphrase of {} is empty", whose.words()));
    Lock::new(passphrase).ok_or_else(empty)
}

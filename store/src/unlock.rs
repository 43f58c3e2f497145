//! Unlocking: a passphrase from its file, or from whoever sits at the terminal.

use crate::envelope::Lock;
use crate::passphrase::{NoPassphrase, read};
use std::io::{Error, ErrorKind, IsTerminal as _, stdin};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Which passphrase is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Passphrase<'a> {
    /// What it opens, for people.
    pub opens: &'a str,
    /// The option of the command line that names its file.
    pub option: &'static str,
    /// Its file, if the option was given.
    pub file: Option<&'a Path>,
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum Withheld {
    /// The file that was named cannot be read.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, #[source] Error),
    /// The file that was named holds something else.
    #[error("{0} does not hold the passphrase of {1}: {2}")]
    Content(PathBuf, String, #[source] NoPassphrase),
    /// No file was named, and nobody can be asked.
    #[error("the passphrase of {0} is needed: {1} FILE")]
    Nobody(String, &'static str),
    /// Nothing was typed.
    #[error("the passphrase of {0} is empty")]
    Empty(String),
    /// A new passphrase was typed in two ways.
    #[error("the two passphrases differ; nothing was done")]
    Differ,
    /// The terminal failed.
    #[error("no passphrase could be asked for: {0}")]
    Terminal(#[source] Error),
}

impl Withheld {
    /// Whether it may work when it is tried again, without another command line.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        match self {
            Self::File(_, error) => !matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory
            ),
            Self::Terminal(_) => true,
            Self::Content(..) | Self::Nobody(..) | Self::Empty(_) | Self::Differ => false,
        }
    }
}

impl Passphrase<'_> {
    /// The lock of keys that exist. Errors: [`Withheld`].
    pub fn known(&self) -> Result<Lock, Withheld> {
        self.file.map_or_else(|| self.lock(self.ask("Passphrase of")?), |file| self.read(file))
    }

    /// The lock of keys that are about to be made; at a terminal it is asked for twice.
    /// Errors: [`Withheld`].
    pub fn fresh(&self) -> Result<Lock, Withheld> {
        let Some(file) = self.file else {
            let first = self.ask("New passphrase of")?;
            let second = self.ask("The same again, of")?;
            return if first == second { self.lock(first) } else { Err(Withheld::Differ) };
        };
        self.read(file)
    }

    fn read(&self, file: &Path) -> Result<Lock, Withheld> {
        match read(file) {
            Ok(line) => self.lock(line),
            Err(NoPassphrase::File(error)) => Err(Withheld::File(file.to_owned(), error)),
            Err(why) => Err(Withheld::Content(file.to_owned(), self.opens.to_owned(), why)),
        }
    }

    fn ask(&self, what: &str) -> Result<Zeroizing<Vec<u8>>, Withheld> {
        let Self { opens, option, .. } = self;
        if !stdin().is_terminal() {
            return Err(Withheld::Nobody((*opens).to_owned(), option));
        }
        rpassword::prompt_password(format!("{what} {opens}: "))
            .map(|text| Zeroizing::new(text.into_bytes()))
            .map_err(Withheld::Terminal)
    }

    fn lock(&self, passphrase: Zeroizing<Vec<u8>>) -> Result<Lock, Withheld> {
        Lock::new(passphrase).ok_or_else(|| Withheld::Empty(self.opens.to_owned()))
    }
}

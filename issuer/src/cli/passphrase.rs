//! Which passphrase a command needs, and which option names its file.

use super::outcome::Failure;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tender_store::envelope::Lock;
use tender_store::unlock::{Passphrase, Withheld};

/// The bit of a file's mode that lets everybody read it.
const EVERYBODY_READS: u32 = 0o004;

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

/// The lock of keys that exist. Errors: those of [`Passphrase::known`].
pub fn known(whose: Whose<'_>, file: Option<&Path>) -> Result<Lock, Failure> {
    let (opens, option) = (&*whose.words(), whose.option());
    file.into_iter().for_each(warn_of_readers);
    Ok(Passphrase { opens, option, file }.known()?)
}

/// The lock of keys that are about to be made. Errors: those of [`Passphrase::fresh`].
pub fn fresh(whose: Whose<'_>, file: Option<&Path>) -> Result<Lock, Failure> {
    let (opens, option) = (&*whose.words(), whose.option());
    file.into_iter().for_each(warn_of_readers);
    Ok(Passphrase { opens, option, file }.fresh()?)
}

/// Warns of a passphrase that everybody on this machine can read: whoever copies the keys as well
/// has them open. It works all the same, as some systems hand secrets over so.
fn warn_of_readers(file: &Path) {
    let mode = std::fs::metadata(file).map(|found| found.permissions().mode());
    if mode.is_ok_and(|mode| mode & EVERYBODY_READS != 0) {
        let file = file.display();
        tracing::warn!(%file, "everybody on this machine can read this passphrase: chmod 600 it");
    }
}

impl From<Withheld> for Failure {
    fn from(withheld: Withheld) -> Self {
        let sentence = withheld.to_string();
        if withheld.is_fault() { Self::fault(sentence) } else { Self::usage(sentence) }
    }
}

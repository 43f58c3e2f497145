//! Which passphrase a command needs, and which option names its file.

use super::outcome::Failure;
use std::path::Path;
use tender_store::envelope::Lock;
use tender_store::unlock::{Passphrase, Withheld};

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
    Ok(Passphrase { opens, option, file }.known()?)
}

/// The lock of keys that are about to be made. Errors: those of [`Passphrase::fresh`].
pub fn fresh(whose: Whose<'_>, file: Option<&Path>) -> Result<Lock, Failure> {
    let (opens, option) = (&*whose.words(), whose.option());
    Ok(Passphrase { opens, option, file }.fresh()?)
}

impl From<Withheld> for Failure {
    fn from(withheld: Withheld) -> Self {
        let sentence = withheld.to_string();
        if withheld.is_fault() { Self::fault(sentence) } else { Self::usage(sentence) }
    }
}

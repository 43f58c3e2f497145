//! The passphrase of our keys: from a file, or from whoever sits at the terminal.

use super::problem::Problem;
use std::path::PathBuf;
use tender_store::envelope::Lock;
use tender_store::unlock::{Passphrase, Withheld};

/// Where the passphrase is, if it is in a file.
#[derive(Clone, Debug)]
pub struct Keys(pub Option<PathBuf>);

impl Keys {
    /// The lock of our keys. Errors: [`Problem`].
    pub fn known(&self) -> Result<Lock, Problem> {
        Ok(self.passphrase().known()?)
    }

    /// The lock of keys that are about to be made. Errors: [`Problem`].
    pub fn fresh(&self) -> Result<Lock, Problem> {
        Ok(self.passphrase().fresh()?)
    }

    fn passphrase(&self) -> Passphrase<'_> {
        let (option, opens) = ("--passphrase-file", "the intermediary's keys");
        Passphrase { option, opens, file: self.0.as_deref() }
    }
}

impl From<Withheld> for Problem {
    fn from(withheld: Withheld) -> Self {
        let sentence = format!("{withheld}.");
        if withheld.is_fault() { Self::fault(sentence) } else { Self::usage(sentence) }
    }
}

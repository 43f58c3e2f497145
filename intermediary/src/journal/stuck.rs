//! Stuck: why an entry is not settled.

use crate::teller::NoAnswer;
use crate::upstream;
use crate::verbs::Implausible;
use std::sync::Arc;

/// Why an entry is not settled. It stays open, and the same request may be asked again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stuck {
    /// The issuer gave no answer.
    #[error(transparent)]
    Upstream(#[from] upstream::Fault),
    /// The issuer's answer does not fit what was asked.
    #[error(transparent)]
    Implausible(#[from] Implausible),
    /// The journal takes no more work now: nothing was begun.
    #[error("the journal is full")]
    Full,
    /// As much is relayed to the issuer as may be, or this customer restores: nothing was asked.
    #[error("too much is on its way to the issuer")]
    Busy,
    /// What goes back to another intermediary is more than our vault holds now.
    #[error("the vault does not cover what goes back to another intermediary; it waits until then")]
    Uncovered,
    /// Our own books gave no answer.
    #[error(transparent)]
    Counter(Arc<NoAnswer>),
}

impl Stuck {
    /// Whether the issuer does not know us, or has suspended us: then nothing is answered before it
    /// admits us again.
    #[must_use]
    pub fn is_not_admitted(&self) -> bool {
        use upstream::Fault::{NotAdmitted, Suspended};
        matches!(self, Self::Upstream(NotAdmitted | Suspended))
    }

    /// Whether the issuer was not reached at all: then other entries need not be tried now.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        let unreachable = matches!(self, Self::Upstream(upstream::Fault::Unreachable));
        unreachable || self.is_not_admitted()
    }
}

impl From<NoAnswer> for Stuck {
    fn from(error: NoAnswer) -> Self {
        Self::Counter(Arc::new(error))
    }
}

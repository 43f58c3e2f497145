//! Stuck: why an entry is not settled.

use crate::teller::NoAnswer;
use crate::upstream;
use crate::verbs::Implausible;
use std::sync::Arc;
use std::time::Duration;

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

    /// Whether the issuer answers nobody of us.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        use upstream::Fault::{Stranger, Unable, Unreachable};
        let silent = matches!(self, Self::Upstream(Unreachable | Stranger | Unable(_)));
        silent || self.is_not_admitted()
    }

    /// How long the issuer refuses us, if it does because we ask for too much in a time.
    #[must_use]
    pub fn refused_for(&self) -> Option<Duration> {
        match self {
            Self::Upstream(upstream::Fault::TooMuch(wait)) => Some(*wait),
            Self::Upstream(_)
            | Self::Implausible(_)
            | Self::Full
            | Self::Busy
            | Self::Uncovered
            | Self::Counter(_) => None,
        }
    }

    /// Whether other entries need not be tried now.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.is_out_of_reach() || self.refused_for().is_some()
    }
}

impl From<NoAnswer> for Stuck {
    fn from(error: NoAnswer) -> Self {
        Self::Counter(Arc::new(error))
    }
}

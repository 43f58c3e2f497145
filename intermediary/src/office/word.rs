//! The words for programs of what the office refuses: one for each reason, the same for ever.

use super::Problem;
use crate::verbs::customer::Refused;
use crate::verbs::tier::Unchanged;

impl Problem {
    /// The word for what was refused; `None` where nothing was, but no answer could be given.
    #[must_use]
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Self::Books(_) | Self::Keys(_) | Self::Damaged(_) | Self::Refused(Refused::Raced) => {
                None
            }
            Self::Refused(refused) => Some(refused_word(refused)),
            Self::Erased(_) => Some("ERASED"),
            Self::Kept { .. } => Some("KEPT"),
            Self::NotClosed(_) => Some("NOT_CLOSED"),
            Self::Unpaid(_) => Some("UNPAID"),
        }
    }
}

fn refused_word(refused: &Refused) -> &'static str {
    match refused {
        Refused::Tier(unchanged) => unchanged_word(unchanged),
        Refused::Raced => "RACED",
        Refused::Invites(_) => "TAKEN",
        Refused::Holding(_) => "HOLDING",
        Refused::Unlinked(_) => "NOT_LINKED",
        Refused::NoOutside(_) => "UNKNOWN_PAYMENT",
        Refused::Paid { .. } => "PAID",
        Refused::NoWallet(_) => "UNKNOWN_WALLET",
        Refused::UnderWay(_) => "UNDER_WAY",
    }
}

fn unchanged_word(unchanged: &Unchanged) -> &'static str {
    match unchanged {
        Unchanged::Missed { .. } => "TIER_IN_USE",
        Unchanged::NoCustomer(_) => "UNKNOWN_CUSTOMER",
        Unchanged::Closed(_) => "CLOSED",
        Unchanged::NoTier(_) => "UNKNOWN_TIER",
        Unchanged::Unverified { .. } => "UNVERIFIED",
        Unchanged::NotLinked(_) => "NOT_LINKED",
    }
}

//! Alerts: what somebody must look at, decided from a few facts and from nothing else.
//!
//! Each alert has a gauge `tender_intermediary_alert{alert="…"}` that is 1 while it stands, so
//! whoever scrapes the page needs no arithmetic. What to do about each is in the operator's manual.

use crate::verbs::OPEN_MAX;

/// What alerts are decided from, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether the issuer is only asked whether it is back.
    pub is_cut_off: bool,
    /// Entries of the journal that are open.
    pub open: u64,
    /// Places where books and statement disagree.
    pub differences: u64,
    /// Proven double spends of our wallets.
    pub accused: u64,
    /// Whether the vault is below the mark that the operator set.
    pub vault_is_low: bool,
    /// Whether the disk has so little room left that nothing new is begun.
    pub disk_is_short: bool,
}

/// How many entries may be open before somebody must know: half of what the journal takes.
pub const OPEN_HIGH: u64 = OPEN_MAX / 2;

/// What somebody must look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// The issuer does not answer, or does not admit us.
    IssuerDown,
    /// The journal is half full, and will turn new work away when it is full.
    JournalLong,
    /// Books and statement disagree.
    Difference,
    /// A wallet of ours is proven to have spent twice.
    DoubleSpend,
    /// The vault is below its mark: withdrawals will soon be refused.
    VaultLow,
    /// The disk is nearly full, and nothing new is begun.
    DiskFull,
}

impl Alert {
    /// Every alert.
    pub const ALL: [Self; 6] = [
        Self::IssuerDown,
        Self::JournalLong,
        Self::Difference,
        Self::DoubleSpend,
        Self::VaultLow,
        Self::DiskFull,
    ];

    /// The alert's name, as the gauge's label says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::IssuerDown => "issuer_down",
            Self::JournalLong => "journal_long",
            Self::Difference => "difference",
            Self::DoubleSpend => "double_spend",
            Self::VaultLow => "vault_low",
            Self::DiskFull => "disk_full",
        }
    }

    /// Whether it stands.
    #[must_use]
    pub fn stands(self, facts: &Facts) -> bool {
        match self {
            Self::IssuerDown => facts.is_cut_off,
            Self::JournalLong => facts.open >= OPEN_HIGH,
            Self::Difference => facts.differences > 0,
            Self::DoubleSpend => facts.accused > 0,
            Self::VaultLow => facts.vault_is_low,
            Self::DiskFull => facts.disk_is_short,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Alert, Facts, OPEN_HIGH};

    #[test]
    fn every_alert_stands_for_its_own_fact_and_none_without() {
        let standing = |facts: &Facts| -> Vec<_> {
            Alert::ALL.into_iter().filter(|alert| alert.stands(facts)).map(Alert::name).collect()
        };
        assert_eq!(standing(&Facts { open: OPEN_HIGH - 1, ..Facts::default() }), [""; 0]);
        for (facts, name) in [
            (Facts { is_cut_off: true, ..Facts::default() }, "issuer_down"),
            (Facts { open: OPEN_HIGH, ..Facts::default() }, "journal_long"),
            (Facts { differences: 1, ..Facts::default() }, "difference"),
            (Facts { accused: 1, ..Facts::default() }, "double_spend"),
            (Facts { vault_is_low: true, ..Facts::default() }, "vault_low"),
            (Facts { disk_is_short: true, ..Facts::default() }, "disk_full"),
        ] {
            assert_eq!(standing(&facts), [name]);
        }
    }
}

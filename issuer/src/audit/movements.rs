//! Entries and effects, one for one: what moved in every vault is what some verb did.
//!
//! An entry does not say which request it belongs to. So the audit drafts the entry of every effect
//! again, with its accounts, sides, amounts and causes, and each draft must find an entry of its
//! own.

use crate::rows::{Account, Count, Leg, Side};
use crate::verbs::ledger::Draft;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tender_proto::statement::Cause;
use tender_token::amount::Currency;
use tender_token::encode::Writer;

/// What an entry moves and why, whenever that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Movement([u8; 32]);

impl Movement {
    /// The movement of these lines.
    pub fn of<'a>(
        currency: Currency,
        lines: impl IntoIterator<Item = (&'a Leg, Option<Cause>)>,
    ) -> Self {
        let mut writer = Writer::default();
        writer.put(&currency);
        for (Leg { account, side, amount }, cause) in lines {
            writer.put(account);
            writer.u8(u8::from(*side == Side::Debit));
            writer.put(amount);
            writer.u8(u8::from(cause.is_some()));
            if let Some(cause) = cause {
                writer.put(&cause);
            }
        }
        Self(Sha256::digest(writer.finish()).into())
    }

    /// The movement of a draft.
    pub fn drafted(draft: &Draft) -> Self {
        Self::of(draft.currency(), draft.lines())
    }
}

/// Entries that are equal but for their time.
#[derive(Debug, Default)]
struct Alike {
    entries: u64,
    last: Count,
}

/// The entries that no instruction ordered, until an effect accounts for them.
#[derive(Debug, Default)]
pub struct Movements {
    unexplained: BTreeMap<Movement, Alike>,
    wrong: Vec<String>,
}

impl Movements {
    /// Takes an entry that no instruction ordered.
    pub fn entry(&mut self, number: Count, movement: Movement) {
        let alike = self.unexplained.entry(movement).or_default();
        alike.entries = alike.entries.saturating_add(1);
        alike.last = number;
    }

    /// Accounts for an effect, which one entry at least may have been made for in either of these
    /// ways. `name` says whose effect it is.
    pub fn effect(&mut self, drafts: &[Draft], name: impl FnOnce() -> String) {
        let found = drafts.iter().map(Movement::drafted).any(|movement| self.take(movement));
        if !found {
            self.wrong.push(format!("{} has no entry that moves just that", name()));
        }
    }

    fn take(&mut self, movement: Movement) -> bool {
        let Some(alike) = self.unexplained.get_mut(&movement) else { return false };
        alike.entries = alike.entries.saturating_sub(1);
        if alike.entries == 0 {
            self.unexplained.remove(&movement);
        }
        true
    }

    /// Says which effects lack their entry, and which entries their effect.
    pub fn check(&self, violations: &mut Vec<String>) {
        violations.extend(self.wrong.iter().map(|wrong| format!("conservation: {wrong}")));
        for Alike { entries, last } in self.unexplained.values() {
            let more = entries.saturating_sub(1);
            let others = if more > 0 { format!(", as {more} before it,") } else { String::new() };
            violations.push(format!(
                "conservation: entry {}{others} moves what no request tells of",
                last.0
            ));
        }
    }
}

/// How a violation names an account.
pub fn named(account: Account) -> String {
    match account {
        Account::Vault(id) => format!("the vault of {}", hex::encode(id.0)),
        Account::Guarantee(id) => format!("the guarantee of {}", hex::encode(id.0)),
        Account::Reserves(id) => format!("the reserves of {}", hex::encode(id.0)),
        Account::Circulation(id) => format!("the circulation of {}", hex::encode(id.0)),
        Account::Issued
        | Account::Treasury
        | Account::Destroyed
        | Account::Settlement
        | Account::Backing
        | Account::Forged => format!("{account:?}"),
    }
}

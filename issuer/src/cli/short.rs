//! Which account does not cover an order, or holds too much after it, and by how much: told to
//! whoever gives the order. It is read from the books right after they refused.

use super::desk::Desk;
use super::outcome::Failure;
use crate::overview::Overview;
use crate::rows::{Account, Side};
use crate::verbs::treasury::movements;
use serde_json::json;
use tender_token::amount::Amount;
use tender_token::error::Error;
use tender_token::treasury::{Instruction, Order};

/// What keeps an amount from moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// An account that pays holds too little.
    Funds {
        /// Which one.
        account: Account,
        /// What is in it.
        held: Amount,
        /// What must come out of it.
        needed: Amount,
    },
    /// A vault would hold too much.
    Quota {
        /// Which one.
        account: Account,
        /// What is in it.
        held: Amount,
        /// What would come in.
        needed: Amount,
        /// What may be in it.
        quota: Amount,
    },
}

impl Short {
    /// What an instruction is refused for with `E_FUNDS` or `E_LIMIT`, unless the books changed
    /// since.
    pub fn of(instruction: &Instruction, overview: &Overview) -> Option<Self> {
        let Instruction { order, amount: needed, .. } = *instruction;
        let pays = |(debited, credited): &(Account, Account)| {
            let debited = Some(*debited).filter(|account| account.side() == Side::Credit);
            debited.or(Some(*credited).filter(|account| account.side() == Side::Debit))
        };
        let (movements, _) = movements(order);
        let mut paying = movements.iter().filter_map(pays);
        let short = paying.find(|account| overview.balance(*account) < needed);
        if let Some(account) = short {
            return Some(Self::funds(account, needed, overview));
        }
        let Order::Distribute(id) = order else { return None };
        let quota = overview.intermediaries.get(&id)?.quota;
        let account = Account::Vault(id);
        let held = overview.balance(account);
        let fits = held.checked_add(needed).is_some_and(|after| after <= quota);
        (!fits).then_some(Self::Quota { account, held, needed, quota })
    }

    /// An account out of which something must come.
    pub fn funds(account: Account, needed: Amount, overview: &Overview) -> Self {
        Self::Funds { account, held: overview.balance(account), needed }
    }

    /// The failure, with the account, what is there and what is missing.
    pub fn failure(self, desk: &Desk, overview: &Overview) -> Failure {
        match self {
            Self::Funds { account, held, needed } => {
                let missing = needed.checked_sub(held).unwrap_or_default();
                let [shown_needed, shown_held, shown_missing] =
                    [needed, held, missing].map(|amount| desk.shown(amount));
                let sentence = format!(
                    "{shown_needed} must come out of {}, where {shown_held} are: {shown_missing} \
                     are missing; nothing was changed",
                    named(account, overview)
                );
                Failure::refused(Error::Funds, sentence).with(json!({
                    "account": word(account),
                    "held": held.minor_units(),
                    "needed": needed.minor_units(),
                    "missing": missing.minor_units(),
                }))
            }
            Self::Quota { account, held, needed, quota } => {
                let [shown_needed, shown_held, shown_quota] =
                    [needed, held, quota].map(|amount| desk.shown(amount));
                let sentence = format!(
                    "{shown_needed} would come into {}, where {shown_held} are and {shown_quota} \
                     may be by its quota; nothing was changed",
                    named(account, overview)
                );
                Failure::refused(Error::Limit, sentence).with(json!({
                    "account": word(account),
                    "held": held.minor_units(),
                    "needed": needed.minor_units(),
                    "quota": quota.minor_units(),
                }))
            }
        }
    }
}

/// An account for programs, by the word that `supply` and `intermediary list` have for it.
fn word(account: Account) -> &'static str {
    match account {
        Account::Issued => "issued",
        Account::Treasury => "treasury",
        Account::Vault(_) => "vault",
        Account::Circulation(_) => "circulation",
        Account::Guarantee(_) => "guarantee",
        Account::Destroyed => "destroyed",
        Account::Settlement => "settlement",
        Account::Reserves(_) => "reserves",
        Account::Backing => "backing",
        Account::Forged => "forged",
    }
}

/// An account for people, an intermediary's by its name.
fn named(account: Account, overview: &Overview) -> String {
    let word = word(account);
    let Some(id) = account.holder() else { return format!("the {word}") };
    let row = overview.intermediaries.get(&id);
    let whose = row.map_or_else(|| hex::encode(id.0), |row| row.name.0.clone());
    format!("the {word} of {whose}")
}

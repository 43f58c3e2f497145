//! The model: what every holder should have in the end, kept beside the real thing.

use crate::scenario::{Cheat, Payment, Scenario, WalletIndex};
use std::collections::BTreeMap;
use tender_token::amount::Amount;

/// What holders should have, and what was tried.
#[derive(Clone, Debug)]
pub struct Ledger {
    worth: BTreeMap<WalletIndex, Amount>,
    cheats: Vec<Cheat>,
}

impl Ledger {
    /// Everybody begins with their account.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let worth = (0..).map(WalletIndex).zip(scenario.wallets.iter().map(|w| w.account));
        Self { worth: worth.collect(), cheats: Vec::new() }
    }

    /// An honest payment moves worth.
    pub fn pay(&mut self, payment: &Payment) {
        self.debit(payment.from, payment.amount);
        self.credit(payment.to, payment.amount);
    }

    /// A double spend is paid for once and received twice; one of the two will not be paid out.
    pub fn cheat(&mut self, cheat: Cheat) {
        self.debit(cheat.who, cheat.amount);
        self.credit(cheat.first, cheat.amount);
        self.credit(cheat.then, cheat.amount);
        self.cheats.push(cheat);
    }

    /// What a holder should have: account, tokens, and tokens it was paid that turned out spent.
    #[must_use]
    pub fn worth(&self, wallet: WalletIndex) -> Amount {
        self.worth.get(&wallet).copied().unwrap_or_default()
    }

    /// The double spends that were tried.
    #[must_use]
    pub fn cheats(&self) -> &[Cheat] {
        &self.cheats
    }

    fn credit(&mut self, wallet: WalletIndex, amount: Amount) {
        let worth = self.worth(wallet).checked_add(amount).expect("supply fits an amount");
        self.worth.insert(wallet, worth);
    }

    fn debit(&mut self, wallet: WalletIndex, amount: Amount) {
        let worth = self.worth(wallet).checked_sub(amount).expect("the wallet had paid it");
        self.worth.insert(wallet, worth);
    }
}

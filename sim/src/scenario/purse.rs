//! What a wallet can have at most at one point of the story.
//!
//! These are upper bounds, not balances: which tokens a wallet chooses and what it turns into what
//! when it reconciles is not known before the run. A bound only refuses what no run could do.

use tender_token::amount::Amount;

use super::cast::Cast;
use super::problem::Problem;
use super::{Mode, Wallet};

/// The bounds of one wallet.
pub(super) struct Purse<'a> {
    wallet: &'a Wallet,
    /// Account money.
    account: Amount,
    /// Tokens that can be passed on.
    spendable: Amount,
    /// Tokens received on a key, which can only be cashed until the wallet reconciles.
    on_keys: Amount,
    /// Everything received that may still be cashed.
    uncashed: Amount,
    /// Exactly what was received since the last reconciliation.
    received: Amount,
    /// Exactly how many payments were made since the last reconciliation.
    payments: u16,
}

impl<'a> Purse<'a> {
    pub(super) fn at_the_start(wallet: &'a Wallet) -> Self {
        let mut purse = Self {
            wallet,
            account: wallet.account,
            spendable: Amount::ZERO,
            on_keys: Amount::ZERO,
            uncashed: Amount::ZERO,
            received: Amount::ZERO,
            payments: 0,
        };
        purse.withdraw(wallet.withdraw.unwrap_or(Amount::ZERO));
        purse
    }

    pub(super) fn account(&self) -> Amount {
        self.account
    }

    /// Moves account money, which was checked against [`Purse::account`], into tokens.
    pub(super) fn withdraw(&mut self, amount: Amount) {
        self.account = self.account.checked_sub(amount).expect("withdrawals are checked");
        self.spendable = sum(self.spendable, amount);
    }

    /// Pays, within the limits and with what there is.
    pub(super) fn spend(&mut self, cast: &Cast, amount: Amount) -> Result<(), Problem> {
        let (limits, notation) = (cast.limits, cast.currency.notation());
        if amount > limits.payment {
            let (amount, limit) = (notation.show(amount), notation.show(limits.payment));
            return Err(Problem::AbovePaymentLimit { amount, limit });
        }
        let wallet = self.wallet.name.clone();
        if self.payments >= limits.payments {
            return Err(Problem::TooManyPayments { wallet, limit: limits.payments });
        }
        let Some(left) = self.spendable.checked_sub(amount) else {
            let spendable = notation.show(self.spendable);
            return Err(Problem::PaymentAboveHolding { wallet, spendable });
        };
        self.spendable = left;
        self.payments += 1;
        Ok(())
    }

    /// Is paid, within the limit.
    pub(super) fn receive(
        &mut self,
        cast: &Cast,
        amount: Amount,
        mode: Mode,
    ) -> Result<(), Problem> {
        let (limit, notation) = (cast.limits.received, cast.currency.notation());
        self.received = sum(self.received, amount);
        if self.received > limit {
            let wallet = self.wallet.name.clone();
            let (total, limit) = (notation.show(self.received), notation.show(limit));
            return Err(Problem::AboveReceivedLimit { wallet, total, limit });
        }
        self.uncashed = sum(self.uncashed, amount);
        match mode {
            Mode::Slot => self.spendable = sum(self.spendable, amount),
            Mode::Key => self.on_keys = sum(self.on_keys, amount),
        }
        Ok(())
    }

    /// Cashes what was received.
    pub(super) fn deposit(&mut self) {
        self.account = sum(self.account, self.uncashed);
        self.uncashed = Amount::ZERO;
        self.on_keys = Amount::ZERO;
    }

    /// Brings in what was received, as account money or as fresh tokens; the limits start anew.
    pub(super) fn reconcile(&mut self) {
        self.spendable = sum(self.spendable, self.on_keys);
        self.deposit();
        self.received = Amount::ZERO;
        self.payments = 0;
    }
}

/// The sum; a bound that leaves the range bounds nothing any more.
fn sum(one: Amount, other: Amount) -> Amount {
    one.checked_add(other).unwrap_or(Amount::from_minor_units(u64::MAX))
}

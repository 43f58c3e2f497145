//! The ledger: whatever moves, moves in an entry that has as much on the one side as on the other.

use crate::rows::{Account, AccountKey, Balance, Entry, Leg, PostingKey, PostingRow, Side, Total};
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::error::{Error, Result};
use tender_token::series::DenominationId;
use tender_token::treasury::InstructionId;

/// The rows that an entry over these accounts needs.
pub fn touches(view: &mut View, currency: Currency, accounts: impl IntoIterator<Item = Account>) {
    view.totals.want(Total::Entries);
    for account in accounts {
        view.accounts.want(AccountKey { currency, account });
    }
}

/// What an account holds.
#[must_use]
pub fn balance(view: &View, currency: Currency, account: Account) -> Amount {
    view.accounts.get(&AccountKey { currency, account }).copied().unwrap_or_default().amount
}

/// Whether an account covers an amount. Errors: `E_FUNDS`.
pub fn check_funds(
    view: &View,
    currency: Currency,
    account: Account,
    amount: Amount,
) -> Result<()> {
    if balance(view, currency, account) >= amount { Ok(()) } else { Err(Error::Funds) }
}

/// An entry that is being written.
#[derive(Debug)]
#[must_use = "an entry moves nothing before it is posted"]
pub struct Draft {
    entry: Entry,
    causes: Vec<Option<Cause>>,
}

impl Draft {
    /// An entry without lines.
    pub fn new(currency: Currency, time: Timestamp) -> Self {
        let entry = Entry { time, instruction: None, currency, legs: Vec::new() };
        Self { entry, causes: Vec::new() }
    }

    /// An entry that carries out an instruction.
    pub fn by(currency: Currency, time: Timestamp, instruction: InstructionId) -> Self {
        let mut draft = Self::new(currency, time);
        draft.entry.instruction = Some(instruction);
        draft
    }

    /// Adds a line on the debit side; nothing leaves no line.
    pub fn debit(self, account: Account, amount: Amount, cause: Cause) -> Self {
        self.line(Leg { account, side: Side::Debit, amount }, Some(cause))
    }

    /// Adds a line on the credit side; nothing leaves no line.
    pub fn credit(self, account: Account, amount: Amount, cause: Cause) -> Self {
        self.line(Leg { account, side: Side::Credit, amount }, Some(cause))
    }

    /// A token leaves circulation.
    pub fn cashed(self, denomination: DenominationId, value: Amount) -> Self {
        let account = Account::Circulation(denomination);
        self.line(Leg { account, side: Side::Debit, amount: value }, None)
    }

    /// A token comes into circulation.
    pub fn signed(self, denomination: DenominationId, value: Amount) -> Self {
        let account = Account::Circulation(denomination);
        self.line(Leg { account, side: Side::Credit, amount: value }, None)
    }

    /// Adds a line. Circulation's, which has no cause, is one per side and denomination.
    fn line(mut self, leg: Leg, cause: Option<Cause>) -> Self {
        if leg.amount.is_zero() {
            return self;
        }
        let mut legs = self.entry.legs.iter_mut();
        let same =
            |one: &&mut Leg| cause.is_none() && (one.account, one.side) == (leg.account, leg.side);
        if let Some(one) = legs.find(same) {
            let sum = one.amount.checked_add(leg.amount);
            one.amount = sum.expect("conservation: what circulates is less than was issued");
            return self;
        }
        self.entry.legs.push(leg);
        self.causes.push(cause);
        self
    }

    /// Of what its lines are.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.entry.currency
    }

    /// Every line, and why it is there; circulation's have no cause.
    pub fn lines(&self) -> impl Iterator<Item = (&Leg, Option<Cause>)> {
        self.entry.legs.iter().zip(self.causes.iter().copied())
    }

    /// Whether every account covers its lines, and no balance leaves the range of amounts.
    /// Errors: `E_FUNDS`, `E_AMOUNT`.
    pub fn check(&self, view: &View) -> Result<()> {
        let mut balances: BTreeMap<Account, Amount> = BTreeMap::new();
        for leg in &self.entry.legs {
            let before = || balance(view, self.entry.currency, leg.account);
            let balance = balances.entry(leg.account).or_insert_with(before);
            *balance = moved(*balance, leg)?;
        }
        Ok(())
    }

    /// Writes the entry, its postings and the balances. The accounts cover it; see [`Self::check`].
    pub fn post(self, view: &mut View) {
        let Self { entry, causes } = self;
        assert!(is_balanced(&entry), "conservation: an entry has equal sides");
        if entry.legs.is_empty() {
            return;
        }
        let number = view.totals.get(&Total::Entries).copied().unwrap_or_default().plus(1);
        for (leg, cause) in entry.legs.iter().zip(causes) {
            let key = AccountKey { currency: entry.currency, account: leg.account };
            let mut row: Balance = view.accounts.get(&key).copied().unwrap_or_default();
            let balance = moved(row.amount, leg);
            row.amount = balance.expect("conservation: an account covers what leaves it");
            if let Some(cause) = cause {
                row.postings = row.postings.plus(1);
                let (amount, balance) = (leg.amount, row.amount);
                let posting = Posting { number: row.postings.0, cause, amount, balance };
                let key = PostingKey { account: key, number: row.postings };
                view.postings.append(key, PostingRow { posting, entry: number });
            }
            view.accounts.insert(key, row);
        }
        view.entries.append(number, entry);
        view.totals.insert(Total::Entries, number);
    }
}

/// A balance after a line. Errors: `E_FUNDS` below zero, `E_AMOUNT` beyond the range.
pub fn moved(balance: Amount, leg: &Leg) -> Result<Amount> {
    if leg.side == leg.account.side() {
        balance.checked_add(leg.amount).ok_or(Error::Amount)
    } else {
        balance.checked_sub(leg.amount).ok_or(Error::Funds)
    }
}

/// Whether an entry has as much on the one side as on the other.
#[must_use]
pub fn is_balanced(entry: &Entry) -> bool {
    let sum = |side| {
        let legs = entry.legs.iter().filter(|leg| leg.side == side);
        legs.map(|leg| u128::from(leg.amount.minor_units())).sum::<u128>()
    };
    sum(Side::Debit) == sum(Side::Credit)
}

/// Asserts that what a view changes leaves the books in balance: both sides grew by the same.
pub fn assert_balanced(view: &View) {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    let minor = |row: Option<&Balance>| row.map_or(0, |row| i128::from(row.amount.minor_units()));
    for (key, before, after) in view.accounts.replaced() {
        let grown = minor(after).saturating_sub(minor(before));
        let sum = sums.entry(key.currency).or_default();
        *sum = match key.account.side() {
            Side::Debit => sum.saturating_add(grown),
            Side::Credit => sum.saturating_sub(grown),
        };
    }
    assert!(sums.values().all(|sum| *sum == 0), "conservation: the books sum to zero");
}

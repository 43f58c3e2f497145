//! The ledger, added up again from its first entry, each line with its posting.

use super::instructions;
use super::movements::{Movement, Movements, named};
use crate::rows::{
    Account, AccountKey, Accounts, Balance, Count, Entries, Entry, PostingKey, Postings,
};
use crate::store::{Fault, Store};
use crate::verbs::ledger::{is_balanced, moved};
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::Currency;
use tender_token::date::Timestamp;
use tender_token::identity::RegistrarId;
use tender_token::treasury::InstructionId;

/// An entry that an instruction ordered.
#[derive(Clone, Copy, Debug)]
pub struct Instructed {
    pub number: Count,
    pub time: Timestamp,
    pub movement: Movement,
}

/// What the entries add up to, beside what the accounts say.
#[derive(Debug)]
pub struct Ledger {
    currency: Currency,
    accounts: BTreeMap<AccountKey, Balance>,
    replayed: BTreeMap<AccountKey, Balance>,
    entries: u64,
    pub instructed: BTreeMap<InstructionId, Instructed>,
    pub wrong: Vec<String>,
}

impl Ledger {
    /// Reads accounts, entries, postings and instructions. Entries that no instruction ordered go
    /// to `movements`. Errors: [`Fault`].
    pub fn read(
        store: &Store,
        currency: Currency,
        movements: &mut Movements,
    ) -> Result<Self, Fault> {
        let mut ledger = Self {
            currency,
            accounts: BTreeMap::new(),
            replayed: BTreeMap::new(),
            entries: 0,
            instructed: BTreeMap::new(),
            wrong: Vec::new(),
        };
        store.scan::<Accounts>(|key, row| {
            ledger.accounts.insert(key, row);
        })?;
        store.scan_some::<Entries>(|rows| {
            let view = ledger.load_postings(store, &rows)?;
            for (number, entry) in rows {
                ledger.replay(number, &entry, &view, movements);
            }
            Ok(())
        })?;
        ledger.count_postings(store)?;
        instructions::compare(store, &mut ledger)?;
        Ok(ledger)
    }

    /// What an account holds by the entries, in minor units.
    pub fn balance(&self, account: Account) -> u128 {
        let key = AccountKey { currency: self.currency, account };
        let row = self.replayed.get(&key);
        row.map_or(0, |row| u128::from(row.amount.minor_units()))
    }

    /// What accounts hold together by the entries, in minor units.
    pub fn sum(&self, of: impl Fn(&Account) -> bool) -> u128 {
        let held = self.replayed.iter().filter(|(key, _)| of(&key.account));
        held.map(|(_, row)| u128::from(row.amount.minor_units())).sum()
    }

    /// The intermediaries that have accounts, some of them more than once.
    pub fn holders(&self) -> impl Iterator<Item = RegistrarId> {
        self.replayed.keys().filter_map(|key| key.account.holder())
    }

    /// How many entries there are.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Says what does not agree.
    pub fn check(&self, violations: &mut Vec<String>) {
        violations.extend(self.wrong.iter().map(|wrong| format!("conservation: {wrong}")));
        if self.accounts != self.replayed {
            let differs = |key: &&AccountKey| self.accounts.get(key) != self.replayed.get(key);
            let all = self.accounts.keys().chain(self.replayed.keys());
            let mut keys: Vec<_> = all.filter(differs).collect();
            keys.sort_unstable();
            keys.dedup();
            for AccountKey { account, .. } in keys {
                violations.push(format!(
                    "conservation: {} is not the sum of its entries",
                    named(*account)
                ));
            }
        }
    }

    /// The postings of some entries: each line of a stated account has the account's next one.
    fn load_postings(&self, store: &Store, rows: &[(Count, Entry)]) -> Result<View, Fault> {
        let mut given: BTreeMap<AccountKey, Count> = BTreeMap::new();
        let mut view = View::default();
        for (_, entry) in rows {
            for leg in entry.legs.iter().filter(|leg| leg.account.is_stated()) {
                let account = AccountKey { currency: entry.currency, account: leg.account };
                let before = || self.replayed.get(&account).copied().unwrap_or_default().postings;
                let number = given.entry(account).or_insert_with(before);
                *number = number.plus(1);
                view.postings.want(PostingKey { account, number: *number });
            }
        }
        store.load(&mut view)?;
        Ok(view)
    }

    fn replay(&mut self, number: Count, entry: &Entry, view: &View, movements: &mut Movements) {
        self.entries += 1;
        if number.0 != self.entries {
            self.wrong.push(format!("entry {} is missing", self.entries));
            self.entries = number.0;
        }
        if !is_balanced(entry) {
            self.wrong.push(format!("entry {} has unequal sides", number.0));
        }
        let mut causes: Vec<Option<Cause>> = Vec::with_capacity(entry.legs.len());
        for leg in &entry.legs {
            let account = AccountKey { currency: entry.currency, account: leg.account };
            let row = self.replayed.entry(account).or_default();
            match moved(row.amount, leg) {
                Ok(amount) => row.amount = amount,
                Err(_) => self.wrong.push(format!("entry {} overdraws an account", number.0)),
            }
            if !leg.account.is_stated() {
                causes.push(None);
                continue;
            }
            row.postings = row.postings.plus(1);
            let (posting_number, balance) = (row.postings, row.amount);
            let stored = view.postings.get(&PostingKey { account, number: posting_number });
            let cause = stored.map(|stored| stored.posting.cause);
            causes.push(cause);
            let fits = stored.zip(cause).is_some_and(|(stored, cause)| {
                let (number, amount) = (posting_number.0, leg.amount);
                stored.posting == Posting { number, cause, amount, balance }
            });
            if !fits || stored.is_some_and(|stored| stored.entry != number) {
                self.wrong.push(format!(
                    "posting {} of {} does not say what entry {} does",
                    posting_number.0,
                    named(leg.account),
                    number.0
                ));
            }
        }
        let movement = Movement::of(entry.currency, entry.legs.iter().zip(causes));
        let Some(id) = entry.instruction else {
            movements.entry(number, movement);
            return;
        };
        let instructed = Instructed { number, time: entry.time, movement };
        if self.instructed.insert(id, instructed).is_some() {
            self.wrong.push(format!("entry {} repeats an instruction", number.0));
        }
    }

    /// Every posting is that of a line: none was left over.
    fn count_postings(&mut self, store: &Store) -> Result<(), Fault> {
        let mut counted: BTreeMap<AccountKey, u64> = BTreeMap::new();
        store.scan::<Postings>(|key, _| *counted.entry(key.account).or_default() += 1)?;
        for (key, count) in counted {
            let known = self.replayed.get(&key).copied().unwrap_or_default().postings.0;
            if count > known {
                self.wrong.push(format!(
                    "{} postings of {} belong to no entry",
                    count.saturating_sub(known),
                    named(key.account)
                ));
            }
        }
        Ok(())
    }
}

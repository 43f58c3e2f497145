//! The ledger, added up again from its first entry.

use super::claims::Credited;
use crate::rows::{
    Account, AccountKey, Accounts, Balance, Bytes, Count, Entries, Entry, Instructions, Leg,
    Manifests, PostingKey, PostingRow, Postings, Table,
};
use crate::store::{self, Fault, Store};
use crate::verbs::ledger::{is_balanced, moved};
use crate::verbs::treasury::movements;
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::statement::Cause;
use tender_proto::trust::Trust;
use tender_token::amount::{Amount, Currency};
use tender_token::encode::Decode;
use tender_token::identity::RegistrarId;
use tender_token::manifest::ManifestRecord;
use tender_token::policy::Policy;
use tender_token::signature::PublicKey;
use tender_token::treasury::{InstructionId, Submission};

/// Postings that are compared with their entries at a time.
const CHUNK: usize = 1024;

/// What the entries add up to, beside what the accounts say.
#[derive(Debug)]
pub struct Ledger {
    currency: Currency,
    accounts: BTreeMap<AccountKey, Balance>,
    replayed: BTreeMap<AccountKey, Balance>,
    entries: u64,
    instructed: BTreeMap<InstructionId, Count>,
    deposited: u128,
    claimed: Credited,
    redressed: BTreeMap<Account, u128>,
    wrong: Vec<String>,
}

impl Ledger {
    /// Reads accounts, entries, postings and instructions. Errors: [`Fault`].
    pub fn read(store: &Store, currency: Currency) -> Result<Self, Fault> {
        let mut ledger = Self {
            currency,
            accounts: BTreeMap::new(),
            replayed: BTreeMap::new(),
            entries: 0,
            instructed: BTreeMap::new(),
            deposited: 0,
            claimed: Credited::new(),
            redressed: BTreeMap::new(),
            wrong: Vec::new(),
        };
        store.scan::<Accounts>(|key, row| {
            ledger.accounts.insert(key, row);
        })?;
        store.scan::<Entries>(|number, entry| ledger.replay(number, &entry))?;
        ledger.compare_postings(store)?;
        ledger.compare_instructions(store)?;
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
        self.replayed.keys().filter_map(|key| match key.account {
            Account::Vault(id) | Account::Reserves(id) | Account::Guarantee(id) => Some(id),
            Account::Issued
            | Account::Treasury
            | Account::Circulation(_)
            | Account::Destroyed
            | Account::Settlement
            | Account::Backing
            | Account::Forged => None,
        })
    }

    /// How many entries there are.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// What was credited for cashed tokens, in minor units.
    pub fn deposited(&self) -> u128 {
        self.deposited
    }

    /// What was credited for claims, in minor units.
    pub fn claimed(&self) -> &Credited {
        &self.claimed
    }

    /// What went out of guarantees and into vaults for losses, in minor units.
    pub fn redressed(&self) -> &BTreeMap<Account, u128> {
        &self.redressed
    }

    /// Says what does not agree.
    pub fn check(&self, violations: &mut Vec<String>) {
        violations.extend(self.wrong.iter().map(|wrong| format!("conservation: {wrong}")));
        if self.accounts != self.replayed {
            let named = |key: &&AccountKey| self.accounts.get(key) != self.replayed.get(key);
            let all = self.accounts.keys().chain(self.replayed.keys());
            let mut keys: Vec<_> = all.filter(named).collect();
            keys.dedup();
            for AccountKey { account, .. } in keys {
                violations.push(format!("conservation: {account:?} is not the sum of its entries"));
            }
        }
    }

    fn replay(&mut self, number: Count, entry: &Entry) {
        self.entries += 1;
        if number.0 != self.entries {
            self.wrong.push(format!("entry {} is missing", self.entries));
            self.entries = number.0;
        }
        if !is_balanced(entry) {
            self.wrong.push(format!("entry {} has unequal sides", number.0));
        }
        for leg in &entry.legs {
            let key = AccountKey { currency: entry.currency, account: leg.account };
            let row = self.replayed.entry(key).or_default();
            match moved(row.amount, leg) {
                Ok(amount) => row.amount = amount,
                Err(_) => self.wrong.push(format!("entry {} overdraws an account", number.0)),
            }
            if leg.account.is_stated() {
                row.postings = row.postings.plus(1);
            }
        }
        if let Some(id) = entry.instruction
            && self.instructed.insert(id, number).is_some()
        {
            self.wrong.push(format!("entry {} repeats an instruction", number.0));
        }
    }

    fn compare_postings(&mut self, store: &Store) -> Result<(), Fault> {
        let mut rows: Vec<(PostingKey, PostingRow)> = Vec::new();
        let mut last = Balance::default();
        let mut account = None;
        let mut fault = Ok(());
        let mut counted: BTreeMap<AccountKey, u64> = BTreeMap::new();
        store.scan::<Postings>(|key, row| {
            if account != Some(key.account) {
                (account, last) = (Some(key.account), Balance::default());
            }
            *counted.entry(key.account).or_default() += 1;
            let consecutive = key.number == last.postings.plus(1)
                && row.posting.number == key.number.0
                && steps(last.amount, row.posting.balance) == row.posting.amount.minor_units();
            if !consecutive {
                self.wrong.push(format!(
                    "posting {} of {:?} does not follow from the one before",
                    key.number.0, key.account.account
                ));
            }
            last = Balance { amount: row.posting.balance, postings: key.number };
            let amount = u128::from(row.posting.amount.minor_units());
            match (key.account.account, row.posting.cause) {
                (Account::Vault(_), Cause::Deposit(_)) => self.deposited += amount,
                (Account::Vault(id), Cause::Claim(account)) => {
                    *self.claimed.entry((id, account)).or_default() += amount;
                }
                (account, Cause::Redress(_) | Cause::GuaranteePaid) => {
                    *self.redressed.entry(account).or_default() += amount;
                }
                _ => {}
            }
            rows.push((key, row));
            if rows.len() == CHUNK && fault.is_ok() {
                fault = self.compare_with_entries(store, core::mem::take(&mut rows));
            }
        })?;
        fault?;
        self.compare_with_entries(store, rows)?;
        for (key, row) in &self.replayed {
            let postings = counted.remove(key).unwrap_or_default();
            if key.account.is_stated() && postings != row.postings.0 {
                self.wrong.push(format!("{:?} lacks postings", key.account));
            }
        }
        if !counted.is_empty() {
            self.wrong.push("postings belong to no account".to_owned());
        }
        Ok(())
    }

    fn compare_with_entries(
        &mut self,
        store: &Store,
        rows: Vec<(PostingKey, PostingRow)>,
    ) -> Result<(), Fault> {
        let mut view = View::default();
        for (_, row) in &rows {
            view.entries.want(row.entry);
        }
        store.load(&mut view)?;
        for (key, row) in rows {
            let named =
                |leg: &Leg| leg.account == key.account.account && leg.amount == row.posting.amount;
            let entry = view.entries.get(&row.entry);
            if !entry.is_some_and(|entry| entry.legs.iter().any(named)) {
                self.wrong.push(format!(
                    "posting {} of {:?} is not in its entry",
                    key.number.0, key.account.account
                ));
            }
        }
        Ok(())
    }

    /// Every instruction made its entry and nothing else, and its officers approved it.
    fn compare_instructions(&mut self, store: &Store) -> Result<(), Fault> {
        let Trust { policy, manifest, .. } = store::trust(store)?;
        let manifest = ManifestRecord::from_bytes(&manifest);
        let issuer = manifest.map_err(|_| Fault::Missing(Manifests::NAME))?.issuer;
        let mut found = BTreeMap::new();
        store.scan::<Instructions>(|id, row| {
            let Bytes(bytes) = row.submission;
            found.insert(id, (row.entry, row.policy, Submission::from_bytes(&bytes).ok()));
        })?;
        let mut view = View::default();
        for (entry, ..) in found.values() {
            view.entries.want(*entry);
        }
        store.load(&mut view)?;
        for (id, (number, approved_under, submission)) in found {
            let instructed = self.instructed.remove(&id) == Some(number);
            let entry = view.entries.get(&number);
            let kept = submission.zip(entry).is_some_and(|(submission, entry)| {
                carries_out(&submission, id, entry)
                    && is_approved(&submission, approved_under, &issuer, &policy)
            });
            if !instructed || !kept {
                self.wrong.push(format!("entry {} is not what officers approved", number.0));
            }
        }
        for number in self.instructed.values() {
            self.wrong.push(format!("entry {} has no instruction", number.0));
        }
        Ok(())
    }
}

/// Whether an entry has exactly the lines that an instruction orders.
fn carries_out(submission: &Submission, id: InstructionId, entry: &Entry) -> bool {
    let instruction = submission.instruction;
    let (movements, _) = movements(instruction.order);
    let accounts = movements.into_iter().flat_map(|(debited, credited)| [debited, credited]);
    instruction.id == id
        && entry.currency == instruction.currency
        && entry.legs.iter().map(|leg| leg.account).eq(accounts)
        && entry.legs.iter().all(|leg| leg.amount == instruction.amount)
}

/// Whether the officers approved. Approvals under another policy than the one at hand are for the
/// readers of the log, which has all policies.
fn is_approved(
    submission: &Submission,
    approved_under: [u8; 32],
    issuer: &PublicKey,
    policy: &Policy,
) -> bool {
    approved_under != policy.hash() || submission.verify_approvals(issuer, policy).is_ok()
}

fn steps(before: Amount, after: Amount) -> u64 {
    before.minor_units().abs_diff(after.minor_units())
}

//! The money side of an audit.

use super::claims::{ClaimBooks, PaidClaim};
use super::ledger::Ledger;
use super::{DenominationLine, VaultLine};
use crate::rows::{
    Account, Blinded, CashedTokens, Circulation, Count, Denominations, Exchanges, Intermediaries,
    Manifests, Presentations, Presented, Shown, Table, Withdrawals,
};
use crate::store::{Fault, Store};
use std::collections::BTreeMap;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::Instruction;
use tender_token::exchange::Request as Exchange;
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;
use tender_token::series::DenominationId;
use tender_token::token::TokenId;
use tender_token::withdraw::{Output, Request};

/// Everything that must add up. Sums are wide enough for whatever a damaged store may hold.
#[derive(Debug)]
pub struct Books {
    pub currency: Currency,
    pub ledger: Ledger,
    denominations: Vec<Denomination>,
    names: BTreeMap<RegistrarId, String>,
    /// Signed outputs and credit postings as the stored withdrawals and exchanges promise them.
    withdrawn: BTreeMap<DenominationId, u64>,
    change: u128,
    unreadable: u64,
    /// Blinded messages that are named.
    blinded: u64,
    /// What tokens that were cashed for an account are worth.
    credited: u128,
    /// What was paid to claims, and what waits.
    claims: ClaimBooks,
    /// Cashed tokens whose presentation is not there.
    unfounded_cashings: u64,
}

#[derive(Debug)]
struct Denomination {
    id: DenominationId,
    value: Amount,
    circulation: Circulation,
    rows: u64,
}

impl Denomination {
    /// What is signed and not paid out, in minor units.
    fn outstanding(&self) -> u128 {
        u128::from(self.circulation.outstanding()) * u128::from(self.value.minor_units())
    }

    /// What was paid out beyond that, in minor units.
    fn forged(&self) -> u128 {
        u128::from(self.circulation.forged()) * u128::from(self.value.minor_units())
    }
}

impl Books {
    /// Reads every table that money shows in. Errors: [`Fault`].
    pub fn read(store: &Store, manifest: &Manifest) -> Result<Self, Fault> {
        let currency = manifest.slot_keys().map(|(_, key)| key.series.currency).next();
        let currency = currency.ok_or(Fault::Missing(Manifests::NAME))?;
        let mut books = Self {
            currency,
            ledger: Ledger::read(store, currency)?,
            denominations: denominations(store, manifest)?,
            names: BTreeMap::new(),
            withdrawn: BTreeMap::new(),
            change: 0,
            unreadable: 0,
            blinded: 0,
            credited: 0,
            claims: ClaimBooks::default(),
            unfounded_cashings: 0,
        };
        store.scan::<Intermediaries>(|id, row| {
            books.names.insert(id, row.name.0);
        })?;
        store.scan::<Blinded>(|_, _| books.blinded += 1)?;
        books.read_cashed(store, manifest)?;
        store.scan::<Withdrawals>(|_, bytes| match Request::from_bytes(&bytes.0, manifest) {
            Ok(request) => {
                let plan = request.signed.plan;
                books.change += u128::from(plan.credit.minor_units());
                books.count(plan.outputs);
            }
            Err(_) => books.unreadable += 1,
        })?;
        store.scan::<Exchanges>(|_, bytes| match Exchange::from_bytes(&bytes.0, manifest) {
            Ok(exchange) => books.count(exchange.plan.outputs),
            Err(_) => books.unreadable += 1,
        })?;
        Ok(books)
    }

    fn count(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            *self.withdrawn.entry(output.denomination).or_default() += 1;
        }
    }

    /// Reads every cashed token and the item or claim that was paid for it.
    fn read_cashed(&mut self, store: &Store, manifest: &Manifest) -> Result<(), Fault> {
        let mut paid: BTreeMap<Count, TokenId> = BTreeMap::new();
        let mut rows: u64 = 0;
        store.scan::<CashedTokens>(|token, number| {
            rows += 1;
            paid.insert(number, token);
        })?;
        let mut founded: u64 = 0;
        let mut claims = Vec::new();
        store.scan::<Presentations>(|number, row| {
            let Some(token) = paid.get(&number) else { return };
            if let Shown::Claim(asked) = row.shown {
                founded += 1;
                let (token, intermediary) = (*token, row.intermediary);
                claims.push(PaidClaim { token, intermediary, asked });
                return;
            }
            let Ok(Presented::Item(item)) = row.read(manifest) else { return };
            if item.chain().token_id() != *token {
                return;
            }
            founded += 1;
            let id = item.chain().token().denomination();
            if let Some(denomination) = self.denominations.iter_mut().find(|one| one.id == id) {
                denomination.rows += 1;
                if let Ok(Instruction::Credit(_)) = item.stated_instruction() {
                    self.credited += u128::from(denomination.value.minor_units());
                }
            }
        })?;
        self.unfounded_cashings = rows.saturating_sub(founded);
        self.claims = ClaimBooks::read(store, manifest, claims)?;
        Ok(())
    }

    /// What is signed and not paid out, in minor units.
    pub fn circulation(&self) -> u128 {
        self.denominations.iter().map(Denomination::outstanding).sum()
    }

    /// Nothing appears and nothing vanishes.
    pub fn check_conservation(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        self.ledger.check(violations);
        let sum = |of: fn(&Account) -> bool| self.ledger.sum(of);
        let outside = sum(|account| matches!(account, Account::Vault(_) | Account::Guarantee(_)))
            + self.circulation();
        let issued = sum(|account| *account == Account::Issued);
        let kept = sum(|account| matches!(account, Account::Treasury | Account::Destroyed));
        if issued != kept + outside {
            violations.push(format!(
                "conservation: {issued} were issued, but {} are held, out or destroyed",
                kept + outside
            ));
        }
        let backing = sum(|account| *account == Account::Backing);
        if backing != outside {
            violations.push(format!(
                "conservation: {outside} are outside of the treasury, backed by {backing}"
            ));
        }
        for id in self.ledger.holders().filter(|id| !self.names.contains_key(id)) {
            violations.push(format!("conservation: {id:?} has an account and is not admitted"));
        }
        for one in &self.denominations {
            let Circulation { signed, cashed, claimed } = one.circulation;
            let requested = self.withdrawn.get(&one.id).copied().unwrap_or_default();
            let booked = self.ledger.balance(Account::Circulation(one.id));
            if cashed > signed || signed.0 != requested || booked != one.outstanding() {
                violations.push(format!(
                    "conservation: of {:?} {} were signed, {requested} requested, {} cashed and {} \
                     claimed, and {booked} are booked as circulating",
                    one.id, signed.0, cashed.0, claimed.0
                ));
            }
        }
        let forged: u128 = self.denominations.iter().map(Denomination::forged).sum();
        let booked = sum(|account| *account == Account::Forged);
        if forged != booked {
            violations.push(format!(
                "conservation: {forged} were paid beyond what was signed, and {booked} booked"
            ));
        }
        if self.unreadable > 0 {
            violations.push(format!(
                "conservation: {} withdrawals and exchanges cannot be read",
                self.unreadable
            ));
        }
        violations.len() == before
    }

    /// Every cashed token has its one row, and every credit its tokens.
    pub fn check_single_spend(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        for one in &self.denominations {
            if one.circulation.cashed.0 != one.rows {
                violations.push(format!(
                    "single-spend: of {:?} {} are counted as cashed, {} are recorded",
                    one.id, one.circulation.cashed.0, one.rows
                ));
            }
        }
        self.claims.check(violations);
        for one in &self.denominations {
            let recorded = self.claims.paid.get(&one.id).copied().unwrap_or_default();
            if one.circulation.claimed.0 != recorded {
                violations.push(format!(
                    "single-spend: of {:?} {} are counted as claimed, {recorded} are recorded",
                    one.id, one.circulation.claimed.0
                ));
            }
        }
        if *self.ledger.claimed() != self.claims.credited {
            violations.push("single-spend: claims were credited otherwise than paid".to_owned());
        }
        if self.unfounded_cashings > 0 {
            violations.push(format!(
                "single-spend: {} cashed tokens have no presentation of their own",
                self.unfounded_cashings
            ));
        }
        let withdrawn: u64 = self.withdrawn.values().sum();
        if self.blinded != withdrawn {
            violations.push(format!(
                "single-spend: {withdrawn} tokens were promised for {} blinded messages",
                self.blinded
            ));
        }
        let deposited = self.ledger.deposited();
        if deposited != self.credited + self.change {
            violations.push(format!(
                "single-spend: {deposited} were credited for tokens worth {}",
                self.credited + self.change
            ));
        }
        violations.len() == before
    }

    /// The vaults as the report lists them.
    pub fn vault_lines(&self) -> Vec<VaultLine> {
        let held = |account| u64::try_from(self.ledger.balance(account)).unwrap_or(u64::MAX);
        let line = |(id, name): (&RegistrarId, &String)| VaultLine {
            intermediary: name.clone(),
            balance: held(Account::Vault(*id)),
            reserves: held(Account::Reserves(*id)),
        };
        self.names.iter().map(line).collect()
    }

    /// The denominations as the report lists them, the smallest first.
    pub fn denomination_lines(&self) -> Vec<DenominationLine> {
        let line = |one: &Denomination| DenominationLine {
            value: one.value.minor_units(),
            signed: one.circulation.signed.0,
            cashed: one.circulation.cashed.0,
            claimed: one.circulation.claimed.0,
        };
        self.denominations.iter().map(line).collect()
    }
}

fn denominations(store: &Store, manifest: &Manifest) -> Result<Vec<Denomination>, Fault> {
    let mut rows = BTreeMap::new();
    store.scan::<Denominations>(|id, circulation| {
        rows.insert(id, circulation);
    })?;
    let one = |(id, key): (DenominationId, &tender_token::manifest::ValueKey)| Denomination {
        id,
        value: key.denomination.value,
        circulation: rows.get(&id).copied().unwrap_or_default(),
        rows: 0,
    };
    let mut all: Vec<_> = manifest.value_keys().map(one).collect();
    all.sort_by_key(|one| one.value);
    Ok(all)
}

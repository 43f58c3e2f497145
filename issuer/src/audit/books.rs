//! The money side of an audit.

use super::claims::ClaimBooks;
use super::guarantees::Guarantees;
use super::ledger::Ledger;
use super::log::Log;
use super::marks::Marks;
use super::movements::Movements;
use super::paid::Paid;
use super::requests::Requests;
use super::tally::Tally;
use super::{DenominationLine, VaultLine, transfers};
use crate::rows::{Account, Circulation, Denominations, Intermediaries, Manifests, Table};
use crate::store::{Fault, Store};
use std::collections::{BTreeMap, BTreeSet};
use tender_token::amount::{Amount, Currency};
use tender_token::identity::RegistrarId;
use tender_token::log::leaf::Transfer;
use tender_token::manifest::{Manifest, ValueKey};
use tender_token::series::{DenominationId, SeriesId};

/// Everything that must add up. Sums are wide enough for whatever a damaged store may hold.
#[derive(Debug)]
pub struct Books {
    pub currency: Currency,
    pub ledger: Ledger,
    /// Who signed, cashed and claimed how much.
    pub tally: Tally,
    /// Presentations that paid tokens and claims refer to.
    pub marks: Marks,
    movements: Movements,
    denominations: Vec<Denomination>,
    /// Denominations that no manifest has.
    unknown: Vec<DenominationId>,
    names: BTreeMap<RegistrarId, String>,
    paid: Paid,
    requests: Requests,
    claims: ClaimBooks,
    guarantees: Guarantees,
    transfers: (Vec<Transfer>, Vec<String>),
}

#[derive(Debug)]
struct Denomination {
    id: DenominationId,
    series: SeriesId,
    /// The series' number.
    number: u32,
    value: Amount,
    circulation: Circulation,
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
        let (mut movements, mut tally) = (Movements::default(), Tally::default());
        let mut marks = Marks::default();
        let ledger = Ledger::read(store, currency, &mut movements)?;
        let mut paid = Paid::read(store, manifest, (&mut movements, &mut tally, &mut marks))?;
        let claims = core::mem::take(&mut paid.claims);
        let found = (&mut movements, &mut tally, &mut marks);
        let claims = ClaimBooks::read(store, manifest, claims, found)?;
        let requests = Requests::read(store, manifest, (&mut movements, &mut tally))?;
        let guarantees = Guarantees::read(store, manifest, (&mut movements, &mut marks))?;
        let transfers = transfers::read(store, &mut movements)?;
        let (denominations, unknown) = denominations(store, manifest)?;
        let mut names = BTreeMap::new();
        store.scan::<Intermediaries>(|id, row| {
            names.insert(id, row.name.0);
        })?;
        Ok(Self {
            currency,
            ledger,
            tally,
            marks,
            movements,
            denominations,
            unknown,
            names,
            paid,
            requests,
            claims,
            guarantees,
            transfers,
        })
    }

    /// What is signed and not paid out, in minor units.
    pub fn circulation(&self) -> u128 {
        self.denominations.iter().map(Denomination::outstanding).sum()
    }

    /// Nothing appears and nothing vanishes.
    pub fn check_conservation(&self, log: &Log, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        self.ledger.check(violations);
        self.movements.check(violations);
        self.guarantees.check(log, violations);
        let (told, wrong) = &self.transfers;
        violations.extend(wrong.iter().map(|wrong| format!("conservation: {wrong}")));
        if *told != log.told_transfers {
            let sentence = "conservation: the log tells other transfers than the books";
            violations.push(sentence.to_owned());
        }
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
        let counted = self.tally.by_denomination();
        for id in &self.unknown {
            violations.push(format!("conservation: no manifest has the denomination {id:?}"));
        }
        for one in &self.denominations {
            let Circulation { signed, cashed, claimed } = one.circulation;
            let requested = counted.get(&one.id).copied().unwrap_or_default().signed.0;
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
        violations.len() == before
    }

    /// Every cashed token has its one row, and every credit its tokens.
    pub fn check_single_spend(&self, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        for one in &self.denominations {
            let recorded = self.paid.cashed.get(&one.id).copied().unwrap_or_default();
            if one.circulation.cashed.0 != recorded {
                violations.push(format!(
                    "single-spend: of {:?} {} are counted as cashed, {recorded} are recorded",
                    one.id, one.circulation.cashed.0
                ));
            }
        }
        self.paid.check(violations);
        self.requests.check(violations);
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
        if self.paid.funding != self.requests.funding {
            violations.push(format!(
                "single-spend: {} tokens were cashed to fund requests, which name {}",
                self.paid.funding, self.requests.funding
            ));
        }
        violations.len() == before
    }

    /// How many tokens of each series were cashed.
    pub fn cashed_by_series(&self) -> &BTreeMap<SeriesId, u64> {
        &self.paid.by_series
    }

    /// Who was admitted.
    pub fn admitted(&self) -> BTreeSet<RegistrarId> {
        self.names.keys().copied().collect()
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

    /// The denominations as the report lists them, by series and then by value.
    pub fn denomination_lines(&self) -> Vec<DenominationLine> {
        let line = |one: &Denomination| DenominationLine {
            series: one.number,
            series_id: hex::encode(one.series.0),
            id: hex::encode(one.id.0),
            value: one.value.minor_units(),
            signed: one.circulation.signed.0,
            cashed: one.circulation.cashed.0,
            claimed: one.circulation.claimed.0,
        };
        self.denominations.iter().map(line).collect()
    }
}

fn denominations(
    store: &Store,
    manifest: &Manifest,
) -> Result<(Vec<Denomination>, Vec<DenominationId>), Fault> {
    let mut rows = BTreeMap::new();
    store.scan::<Denominations>(|id, circulation| {
        rows.insert(id, circulation);
    })?;
    let one = |(id, key): (DenominationId, &ValueKey)| Denomination {
        id,
        series: key.denomination.series,
        // A manifest names no denomination without its series.
        number: manifest.series_of(id).map_or(0, |key| key.series.number),
        value: key.denomination.value,
        circulation: rows.remove(&id).unwrap_or_default(),
    };
    let mut all: Vec<_> = manifest.value_keys().map(one).collect();
    all.sort_by_key(|one| (one.number, one.value));
    Ok((all, rows.into_keys().collect()))
}

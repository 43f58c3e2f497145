//! The audit: adds everything up again and checks the named invariants against the whole store.

mod actions;
mod books;
mod claims;
mod guarantees;
mod ledger;
mod log;
mod offences;
mod report;
mod sessions;

pub use report::{
    DenominationLine, IncidentLine, Invariants, LogLine, Report, SlotCounts, VaultLine,
    WalletCounts,
};

use crate::rows::{Account, Untraced};
use crate::store::{Fault, Store};
use books::Books;
use guarantees::Guarantees;
use log::Log;
use offences::Offences;
use tender_token::manifest::Manifest;

/// Reads the whole store and checks it. Errors: [`Fault`].
pub fn audit(store: &Store, manifest: &Manifest) -> Result<Report, Fault> {
    let mut violations = Vec::new();
    let books = Books::read(store, manifest)?;
    let offences = Offences::read(store, manifest)?;
    let log = Log::read(store, manifest)?;
    let guarantees = Guarantees::read(store, manifest)?;
    let mut unrecorded = Vec::new();
    let recorded = actions::check(store, &mut unrecorded)?;
    let ordered = sessions::check(store, &mut unrecorded)?;
    let invariants = Invariants {
        conservation: books.check_conservation(&mut violations)
            & guarantees.check(&books.ledger, &log, &mut violations),
        single_spend: books.check_single_spend(&mut violations),
        no_framing: offences.check(&mut violations),
        append_only: log.check(&mut violations) && recorded && ordered,
    };
    violations.extend(unrecorded);
    let mut untraced = 0;
    store.scan::<Untraced>(|_, _| untraced += 1)?;
    let sum =
        |of: &dyn Fn(&Account) -> bool| u64::try_from(books.ledger.sum(of)).unwrap_or(u64::MAX);
    Ok(Report {
        currency: books.currency.code().to_owned(),
        issued: sum(&|account| *account == Account::Issued),
        destroyed: sum(&|account| *account == Account::Destroyed),
        treasury: sum(&|account| *account == Account::Treasury),
        guarantees: sum(&|account| matches!(account, Account::Guarantee(_))),
        backing: sum(&|account| *account == Account::Backing),
        reserves: sum(&|account| matches!(account, Account::Reserves(_))),
        entries: books.ledger.entries(),
        circulation: u64::try_from(books.circulation()).unwrap_or(u64::MAX),
        vaults: books.vault_lines(),
        denominations: books.denomination_lines(),
        wallets: offences.wallets,
        slots: offences.slots,
        incidents: offences.incidents,
        untraced,
        log: LogLine { size: log.head.size, root: hex::encode(log.head.root.0) },
        invariants,
        violations,
    })
}

//! The audit: adds everything up again and checks the named invariants against the whole store.

mod actions;
mod books;
mod claims;
mod currencies;
mod evidence;
mod frozen;
mod guarantees;
mod instructions;
mod ledger;
mod lists;
mod log;
mod marks;
mod movements;
mod numbers;
mod offences;
mod paid;
mod refusals;
mod registered;
mod report;
mod requests;
mod sessions;
mod tally;
mod transfers;

pub use report::{
    DenominationLine, IncidentLine, Invariants, LogLine, Report, SlotCounts, VaultLine,
    WalletCounts,
};

use crate::rows::{Account, Untraced};
use crate::store::{Fault, Store};
use books::Books;
use evidence::Kept;
use log::Log;
use offences::Offences;
use tender_token::manifest::Manifest;

/// Reads the whole store and checks it. Errors: [`Fault`].
pub fn audit(store: &Store, manifest: &Manifest) -> Result<Report, Fault> {
    let mut violations = Vec::new();
    let mut books = Books::read(store, manifest)?;
    let kept = Kept::read(store, manifest, &mut books.marks)?;
    let offences = Offences::read(store, manifest)?;
    let log = Log::read(store, manifest)?;
    let (mut unrecorded, mut unfounded) = (Vec::new(), Vec::new());
    let recorded = actions::check(store, &mut unrecorded)?
        & sessions::check(store, &mut unrecorded)?
        & numbers::check(store, &mut unrecorded)?
        & lists::check(store, books.cashed_by_series(), &mut unrecorded)?;
    let frozen = frozen::check(store, &kept, &mut unfounded)?;
    let refused = refusals::check(store, &mut unfounded)?;
    let shown = currencies::check(store, &mut unfounded)?;
    let registered = registered::check(store, manifest, &books.admitted(), &mut unfounded)?;
    let invariants = Invariants {
        conservation: books.check_conservation(&log, &mut violations) & frozen & refused & shown,
        single_spend: books.check_single_spend(&mut violations) & kept.check(&mut violations),
        no_framing: offences.check(&mut violations)
            & kept.check_judged(&mut violations)
            & registered,
        append_only: log.check(&mut violations)
            & log.check_tally(&books.tally, &mut violations)
            & recorded,
    };
    violations.extend(unfounded);
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

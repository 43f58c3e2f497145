//! The audit: adds everything up again and checks the named invariants against the whole store.

mod books;
mod log;
mod offences;
mod report;

pub use report::{
    DenominationLine, IncidentLine, Invariants, LogLine, Report, SlotCounts, VaultLine,
    WalletCounts,
};

use crate::office::Office;
use crate::rows::Untraced;
use crate::store::{Fault, Store};
use books::Books;
use log::Log;
use offences::Offences;

/// Reads the whole store and checks it. Errors: [`Fault`].
pub fn audit(store: &Store, office: &Office) -> Result<Report, Fault> {
    let manifest = &office.manifest;
    let mut violations = Vec::new();
    let books = Books::read(store, manifest)?;
    let offences = Offences::read(store, manifest)?;
    let log = Log::read(store, manifest)?;
    let invariants = Invariants {
        conservation: books.check_conservation(&mut violations),
        single_spend: books.check_single_spend(&mut violations),
        no_framing: offences.check(&mut violations),
        append_only: log.check(&mut violations),
    };
    let mut untraced = 0;
    store.scan::<Untraced>(|_, _| untraced += 1)?;
    Ok(Report {
        currency: books.currency.code().to_owned(),
        issued: books.treasury.issued.minor_units(),
        destroyed: books.treasury.destroyed.minor_units(),
        treasury: books.treasury.balance.minor_units(),
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

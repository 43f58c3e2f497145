//! `audit`: checks the invariants against the whole store, or against a copy of it while a server
//! writes into it.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use crate::audit::audit;
use crate::home::Home;
use std::path::Path;
use tender_token::amount::Amount;

/// Adds everything up again.
pub fn run(home: &Home, passphrase: Option<&Path>) -> Result<Outcome, Failure> {
    let founded = Desk::open(home, passphrase)?.books(home)?;
    let report = audit(&founded.store, &founded.archive(home)?)?;
    let shown = |minor_units| founded.config.shown(Amount::from_minor_units(minor_units));
    let vaults = report.vaults.iter().map(|vault| vault.balance).fold(0, u64::saturating_add);
    let mut lines = vec![
        format!("issued      {}", shown(report.issued)),
        format!("destroyed   {}", shown(report.destroyed)),
        format!("treasury    {}", shown(report.treasury)),
        format!("vaults      {}", shown(vaults)),
        format!("guarantees  {}", shown(report.guarantees)),
        format!("circulation {}", shown(report.circulation)),
        format!("backing     {}", shown(report.backing)),
        format!("reserves    {}", shown(report.reserves)),
        format!(
            "wallets     {} open, {} closed, {} frozen",
            report.wallets.open, report.wallets.closed, report.wallets.frozen
        ),
        format!("incidents   {} proved, {} untraced", report.incidents.len(), report.untraced),
        format!("log         {} leaves, root {}", report.log.size, report.log.root),
    ];
    let object = serde_json::to_value(&report).expect("a report is numbers and strings");
    if report.is_clean() {
        lines.push("Every invariant holds.".to_owned());
        return Ok(Outcome::done(lines.join("\n"), object));
    }
    lines.push("An invariant is violated. Stop the server and keep the store as it is.".to_owned());
    lines.extend(report.violations);
    Ok(Outcome::violated(lines.join("\n"), object))
}

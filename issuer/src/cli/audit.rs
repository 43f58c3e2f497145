//! `audit`: looks at every page and row of the store for damage, then checks the invariants.
//! Nothing is written into the store. While a server writes into it, a copy is audited.

use super::desk::Desk;
use super::founded::{Founded, read_config_of};
use super::outcome::{Failure, Outcome};
use super::today::Today;
use crate::anchor;
use crate::audit::audit;
use crate::home::Home;
use crate::store::{Fault, Inspection, Store};
use serde_json::json;
use std::path::Path;
use tender_token::amount::Amount;

/// Adds everything up again.
pub fn run(home: &Home, passphrase: Option<&Path>, today: Today) -> Result<Outcome, Failure> {
    let config = read_config_of(home)?;
    let mut founded = match Store::open_aside(&home.directory()) {
        Ok(store) => Founded { config, store },
        Err(Fault::Held) => Desk::open(home, passphrase, today)?.books(home)?,
        Err(fault) => return Err(fault.into()),
    };
    let inspection = founded.store.examine()?;
    if !inspection.is_clean() {
        let sentence = "The store is damaged. Stop the server, keep the store as it is, and \
                        restore it from a copy.";
        return Ok(damaged(sentence, &inspection));
    }
    anchor::check(home, &founded.store)?;
    founded.check_unchanged()?;
    let report = audit(&founded.store, &founded.archive(home)?)?;
    let shown = |minor_units| founded.config.shown(Amount::from_minor_units(minor_units));
    let vaults = report.vaults.iter().map(|vault| vault.balance).fold(0, u64::saturating_add);
    let leaves = if report.log.size == 1 { "leaf" } else { "leaves" };
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
        format!("log         {} {leaves}, root {}", report.log.size, report.log.root),
        format!("rows        {} read, each with its seal", inspection.rows),
    ];
    let mut object = serde_json::to_value(&report).expect("a report is numbers and strings");
    if let Some(object) = object.as_object_mut() {
        object.insert("rows".to_owned(), json!(inspection.rows));
    }
    if report.is_clean() {
        lines.push("Every invariant holds.".to_owned());
        return Ok(Outcome::done(lines.join("\n"), object));
    }
    lines.push("An invariant is violated. Stop the server and keep the store as it is.".to_owned());
    lines.extend(report.violations);
    Ok(Outcome::violated(lines.join("\n"), object))
}

/// Names every damaged place, after a sentence that says what to do.
pub fn damaged(sentence: &str, inspection: &Inspection) -> Outcome {
    let Inspection { rows, pages, count, damaged, .. } = inspection;
    let mut lines = vec![sentence.to_owned()];
    if *pages == Some(false) {
        lines.push("damage: a page of the file does not match its checksum".to_owned());
    }
    lines.extend(damaged.iter().map(|place| format!("damage: {place}")));
    let listed = u64::try_from(damaged.len()).expect("a length fits");
    if *count > listed {
        lines.push(format!("damage: and {} more places", count.saturating_sub(listed)));
    }
    lines.push(format!("{rows} rows were read; the books were not added up"));
    let places = damaged.iter().map(|one| {
        json!({
            "table": one.table,
            "key": hex::encode(&one.key),
            "row": one.place,
            "damage": one.damage.name(),
        })
    });
    let places: Vec<_> = places.collect();
    let object = json!({
        "damage": { "pages": *pages == Some(false), "count": count, "places": places },
        "rows": rows,
    });
    Outcome::violated(lines.join("\n"), object)
}

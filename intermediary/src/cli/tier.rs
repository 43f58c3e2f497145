//! `tier`: what customers may do, and whether `tiers.toml` can be used.

use super::Output;
use super::commands::{admission, office};
use super::problem::Problem;
use crate::home::Home;
use crate::rows::{Tier, TierFiles, TierName};
use serde_json::{Value, json};
use tender_store::Table as _;
use tender_token::date::Timestamp;
use tender_token::date::calendar::iso;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put tiers.toml in force and list its tiers, and since when which version held.
    List,
    /// Read tiers.toml, and change nothing.
    Check,
}

pub fn run(home: &Home, command: &Command, clock: fn() -> Timestamp) -> Result<Output, Problem> {
    match command {
        Command::List => list(home, clock),
        Command::Check => check(home),
    }
}

fn list(home: &Home, clock: fn() -> Timestamp) -> Result<Output, Problem> {
    let admission = admission(home)?;
    let office = office(home, clock)?;
    let (mut lines, mut tiers, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    office.store().scan::<crate::rows::Tiers>(|name, tier| {
        if !tier.ended {
            lines.push(line(&name, &tier, admission.decimals));
            tiers.push(object(&name, &tier));
        }
    })?;
    office.store().scan::<TierFiles>(|number, file| {
        lines.push(format!("version {} since {}", number.0, iso(file.since)));
        versions.push(json!({ "version": number.0, "since": iso(file.since) }));
    })?;
    let object = json!({ crate::rows::Tiers::NAME: tiers, "versions": versions });
    Ok(Output { sentence: lines.join("\n"), object })
}

fn check(home: &Home) -> Result<Output, Problem> {
    let tiers = home.tiers(admission(home)?.decimals)?;
    let names: Vec<_> = tiers.tiers.keys().map(|name| name.0.clone()).collect();
    Ok(Output {
        sentence: format!("tiers.toml can be used; its tiers are {}.", names.join(", ")),
        object: json!({ "tiers": names, "retention_years": tiers.retention_years }),
    })
}

fn line(name: &TierName, tier: &Tier, decimals: u8) -> String {
    let limits = tier.limits;
    let [payment, day, holding, offline, withdrawal] =
        [limits.payment, limits.day, limits.holding, limits.offline, limits.withdrawal]
            .map(|amount| amount.to_decimal(decimals));
    let waterfall = if tier.waterfall { ", the rest goes outside" } else { "" };
    format!(
        "{:<12} {} customers; {payment} a payment, {withdrawal} a withdrawal, {offline} as tokens \
         and {day} in all a day, {} slots a day; holds {holding}{waterfall}",
        name.0, tier.customers, limits.slots
    )
}

fn object(name: &TierName, tier: &Tier) -> Value {
    let limits = tier.limits;
    json!({
        "name": name.0,
        "customers": tier.customers,
        "payment": limits.payment.minor_units(),
        "day": limits.day.minor_units(),
        "holding": limits.holding.minor_units(),
        "offline": limits.offline.minor_units(),
        "withdrawal": limits.withdrawal.minor_units(),
        "slots": limits.slots,
        "requires": tier.requires.names().collect::<Vec<_>>(),
        "waterfall": tier.waterfall,
    })
}

//! `tier`: which tiers are in force, with how many customers, and since when which version held.

use super::{Answer, Clerk, Shown};
use crate::rows::{Tier, TierFiles, TierName, Tiers};
use serde_json::{Value, json};
use tender_store::Table as _;
use tender_token::date::calendar::iso;

/// Puts the tiers of the home's file in force and lists them. Errors: the answer that says why not.
pub fn list(clerk: &Clerk, shown: &Shown) -> Result<Answer, Answer> {
    clerk.tiers(shown.decimals)?;
    let books = clerk.office().store();
    let (mut lines, mut tiers, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    books.scan::<Tiers>(|name, tier| {
        if !tier.ended {
            lines.push(line(&name, &tier, shown.decimals));
            tiers.push(object(&name, &tier));
        }
    })?;
    books.scan::<TierFiles>(|number, file| {
        lines.push(format!("version {} since {}", number.0, iso(file.since)));
        versions.push(json!({ "version": number.0, "since": iso(file.since) }));
    })?;
    Ok(Answer::done(lines.join("\n"), json!({ Tiers::NAME: tiers, "versions": versions })))
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

//! `tier`: which tiers are in force, with how many customers, since when which version held, and
//! that the file's are put in force.

use super::{Answer, Clerk, Shown};
use crate::counted::counted;
use crate::rows::{Epoch, Tier, TierFile, TierFiles, TierName, Tiers};
use crate::store::{Fault, Store};
use crate::verbs::action::Ordered;
use serde_json::{Value, json};
use tender_store::Table as _;
use tender_token::date::calendar::iso;

/// Puts the tiers of the home's file in force. Errors: the answer that says why not.
pub fn adopt(clerk: &Clerk, shown: &Shown) -> Result<Answer, Answer> {
    let before = newest(clerk.office().store())?;
    clerk.tiers(shown.decimals)?;
    let now = newest(clerk.office().store())?;
    let number = now.as_ref().map(|(number, _)| number.0);
    let since = now.as_ref().map(|(_, file)| iso(file.since));
    let (day, version) = (since.as_deref().unwrap_or_default(), number.unwrap_or_default());
    Ok(Answer::ordered(
        if before == now { Ordered::Already } else { Ordered::Done },
        format!("tiers.toml is in force from now on, as version {version}."),
        &format!("tiers.toml is in force already, as version {version} since {day}"),
        json!({ "version": number, "since": since }),
    ))
}

fn newest(books: &Store) -> Result<Option<(Epoch, TierFile)>, Fault> {
    let mut newest = None;
    books.scan::<TierFiles>(|number, file| newest = Some((number, file)))?;
    Ok(newest)
}

/// Lists the tiers in force, and says whether the home's file is. Errors: the books'.
pub fn list(clerk: &Clerk, shown: &Shown) -> Result<Answer, Fault> {
    let books = clerk.office().store();
    let (mut lines, mut tiers, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    let in_force = newest(books)?.map(|(_, file)| file.text.0);
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
    let written = clerk.written_tiers(shown.decimals).map(|written| written.text);
    let is_in_force = written.as_ref().is_ok_and(|text| in_force.as_ref() == Some(text));
    match written {
        Ok(_) if is_in_force => (),
        Ok(_) => lines.push("tiers.toml is not in force: tier adopt puts it in force".to_owned()),
        Err(unusable) => lines.push(format!("tiers.toml is not in force: {unusable}")),
    }
    let object =
        json!({ Tiers::NAME: tiers, "versions": versions, "file_is_in_force": is_in_force });
    Ok(Answer::done(lines.join("\n"), object))
}

fn line(name: &TierName, tier: &Tier, decimals: u8) -> String {
    let limits = tier.limits;
    let [payment, day, holding, offline, withdrawal] =
        [limits.payment, limits.day, limits.holding, limits.offline, limits.withdrawal]
            .map(|amount| amount.to_decimal(decimals));
    let waterfall = if tier.waterfall { ", the rest goes outside" } else { "" };
    let customers = counted(tier.customers, "customer", "customers");
    format!(
        "{:<12} {customers}; {payment} a payment, {withdrawal} a withdrawal, {offline} as tokens \
         and {day} in all a day, {} slots a day; holds {holding}{waterfall}",
        name.0, limits.slots
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

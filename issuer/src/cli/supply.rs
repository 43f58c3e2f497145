//! `supply`: how much currency there is, and where.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use crate::rows::Account;
use serde_json::{Map, json};
use tender_token::amount::Amount;
use tender_token::date::calendar::moment;

/// Adds the accounts up.
pub fn run(desk: &Desk) -> Result<Outcome, Failure> {
    let (overview, now) = (desk.overview()?, desk.moment()?);
    let sum = |of: fn(&Account) -> bool| -> Result<Amount, Failure> {
        let sum = overview.sum(of);
        sum.ok_or_else(|| Failure::fault("the accounts hold more than fits; run audit"))
    };
    let figures = [
        ("issued", sum(|account| *account == Account::Issued)?),
        ("destroyed", sum(|account| *account == Account::Destroyed)?),
        ("treasury", sum(|account| *account == Account::Treasury)?),
        ("vaults", sum(|account| matches!(account, Account::Vault(_)))?),
        ("guarantees", sum(|account| matches!(account, Account::Guarantee(_)))?),
        ("circulation", sum(|account| matches!(account, Account::Circulation(_)))?),
        ("backing", sum(|account| *account == Account::Backing)?),
        ("reserves", sum(|account| matches!(account, Account::Reserves(_)))?),
    ];
    let when = format!("{:12}{}", "as of", moment(now));
    let line = |(name, amount): &(&str, Amount)| format!("{name:12}{}", desk.shown(*amount));
    let lines: Vec<_> = figures.iter().map(line).chain([when]).collect();
    let currency = ("currency".to_owned(), json!(desk.currency.code()));
    let time = ("time".to_owned(), json!(now.0));
    let figure = |(name, amount): (&str, Amount)| (name.to_owned(), json!(amount.minor_units()));
    let object: Map<_, _> = figures.into_iter().map(figure).chain([currency, time]).collect();
    Ok(Outcome::done(lines.join("\n"), object.into()))
}

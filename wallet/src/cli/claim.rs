//! Claiming.

use super::Session;
use super::online::{connect, refusals};
use super::output::{Answer, Failure};
use super::progress::Progress;
use crate::error::Money;
use crate::online::{self, Claimed};
use crate::records::ClaimState;
use rand_core::CryptoRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::date::calendar::iso;
use tender_token::error::Error as Rule;

impl<R: CryptoRng> Session<R> {
    pub(super) fn claim(&mut self) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let mut client = connect(wallet.invitation())?;
        let progress = Progress::of("questions asked");
        let done = online::claim(wallet, &mut client, now, rng, &|asked, all| {
            progress.show(asked, all);
        });
        progress.end();
        let (done, money) = (done?, wallet.money()?);
        let next = wallet.claimable_days()?.into_iter().find(|day| *day > now.day()).map(iso);
        Ok(Answer {
            text: claimed_text(&done, next.as_deref(), money),
            json: json!({
                "leads": by_day_json(&done.leads),
                "paid": sum_json(&done.paid), "cashed": sum_json(&done.cashed),
                "refused": refusals(&done.refused), "claimable_from": next,
                "deposited": done.deposited.credited.minor_units(),
            }),
        })
    }
}

/// What became of the claims, and when the next can be made.
fn claimed_text(done: &Claimed, next: Option<&str>, money: Money) -> String {
    let mut lines = Vec::new();
    if !done.deposited.credited.is_zero() {
        lines.push(format!("{} went to the account.", money.show(done.deposited.credited)));
    }
    for (day, values) in &done.leads {
        lines.push(format!(
            "{} in {} tokens is claimed, and paid when {} is over, unless somebody shows more of \
             a token's story.",
            show_sum(values, money),
            values.len(),
            iso(*day)
        ));
    }
    if !done.paid.is_empty() {
        lines.push(format!("{} was paid to the account.", show_sum(&done.paid, money)));
    }
    if !done.cashed.is_empty() {
        lines.push(format!(
            "{} in {} tokens was cashed in time by whoever held it, and is not claimed.",
            show_sum(&done.cashed, money),
            done.cashed.len()
        ));
    }
    for (value, rule) in &done.refused {
        lines.push(refused_text(*value, *rule, money));
    }
    if lines.is_empty() {
        lines.push("There is nothing to claim now.".to_owned());
    }
    if let Some(day) = next {
        lines.push(format!("More can be claimed from {day} on."));
    }
    lines.join("\n")
}

/// What happened, where the money is, and what to do.
fn refused_text(value: Amount, rule: Rule, money: Money) -> String {
    let (where_it_is, what_to_do) = if matches!(rule, Rule::Cashed | Rule::Double) {
        (
            "It went to somebody else, or another claim of it comes first, such as one that the \
             lost wallet made.",
            "If you passed it on to nobody, tell the intermediary: the list of what was cashed \
             does not have it.",
        )
    } else {
        (
            "It stays with the issuer until the last claim day.",
            "Run `claim` again; if it happens again, tell the intermediary.",
        )
    };
    let (value, rule, name) = (money.show(value), rule.text(), rule.name());
    format!("The claim of {value} was refused: {rule} ({name}). {where_it_is} {what_to_do}")
}

/// Lines about claims, for the balance.
pub(super) fn standing_text(claimed: &[(Amount, ClaimState)], today: Day, money: Money) -> String {
    let mut by_state: BTreeMap<String, Vec<Amount>> = BTreeMap::new();
    for (value, state) in claimed {
        let says = match state {
            ClaimState::Open => "is claimed, and not answered yet: run `claim` again.".to_owned(),
            ClaimState::Leads(day) if *day < today => {
                format!("was claimed, and paid after {}: see `statement`.", iso(*day))
            }
            ClaimState::Leads(day) => format!("is claimed, and paid when {} is over.", iso(*day)),
            ClaimState::Paid => "was claimed and paid.".to_owned(),
            ClaimState::Refused(_) => continue,
        };
        by_state.entry(says).or_default().push(*value);
    }
    let lines =
        by_state.iter().map(|(says, values)| format!("\n{} {says}", show_sum(values, money)));
    lines.collect()
}

/// Claims, for programs.
pub(super) fn standing_json(claimed: &[(Amount, ClaimState)]) -> Value {
    let rows = claimed.iter().map(|(value, state)| {
        let (status, day) = match state {
            ClaimState::Open => ("open", None),
            ClaimState::Leads(day) => ("leads", Some(iso(*day))),
            ClaimState::Paid => ("paid", None),
            ClaimState::Refused(_) => ("refused", None),
        };
        json!({ "value": value.minor_units(), "status": status, "paid_after": day })
    });
    rows.collect()
}

fn by_day_json(leads: &BTreeMap<Day, Vec<Amount>>) -> Value {
    let rows = leads.iter().map(|(day, values)| {
        let value = Amount::checked_sum(values.iter().copied()).map(Amount::minor_units);
        json!({ "paid_after": iso(*day), "value": value, "tokens": values.len() })
    });
    rows.collect()
}

fn sum_json(values: &[Amount]) -> Value {
    let value = Amount::checked_sum(values.iter().copied()).map(Amount::minor_units);
    json!({ "value": value, "tokens": values.len() })
}

fn show_sum(values: &[Amount], money: Money) -> String {
    let sum = Amount::checked_sum(values.iter().copied());
    sum.map_or_else(|| "More than can be counted".to_owned(), |sum| money.show(sum))
}

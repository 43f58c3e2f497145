//! `treasury statement`: every change of what the treasury holds, with its day and instruction.

use super::desk::Desk;
use super::outcome::{Failure, Outcome};
use super::period::Period;
use crate::overview::Booked;
use crate::rows::Account;
use clap::Args;
use serde_json::{Value, json};
use tender_proto::statement::Posting;
use tender_token::date::calendar::{iso, moment};

/// Which postings.
#[derive(Debug, Args)]
pub struct Asked {
    /// Only postings after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    period: Period,
}

/// Prints the postings of the treasury, oldest first.
pub fn run(desk: &Desk, asked: &Asked) -> Result<Outcome, Failure> {
    asked.period.check()?;
    let mut booked = desk.postings(Account::Treasury, asked.after)?;
    booked.retain(|booked| asked.period.has(booked.time));
    let lines: Vec<_> = booked.iter().map(|booked| line(booked, desk.decimals)).collect();
    let objects: Vec<_> = booked.iter().map(object).collect();
    let heading = format!(
        "{:>6} {:23} {:14} {:>20} {:>20}  {}",
        "number", "moment", "cause", "amount", "balance", "instruction"
    );
    Ok(Outcome::listed(&heading, &lines, json!({ "postings": objects })))
}

fn line(booked: &Booked, decimals: u8) -> String {
    let Posting { number, amount, balance, .. } = booked.posting;
    let (amount, balance) = (amount.to_decimal(decimals), balance.to_decimal(decimals));
    let instruction = instruction(booked).unwrap_or_else(|| "no instruction".to_owned());
    format!(
        "{number:6} {} {:14} {amount:>20} {balance:>20}  {instruction}",
        moment(booked.time),
        cause(booked)
    )
}

fn object(booked: &Booked) -> Value {
    json!({
        "number": booked.posting.number,
        "entry": booked.entry,
        "time": booked.time.0,
        "day": iso(booked.time.day()),
        "cause": cause(booked),
        "amount": booked.posting.amount.minor_units(),
        "balance": booked.posting.balance.minor_units(),
        "instruction": instruction(booked),
    })
}

fn cause(booked: &Booked) -> String {
    format!("{:?}", booked.posting.cause).to_lowercase()
}

fn instruction(booked: &Booked) -> Option<String> {
    booked.instruction.map(|id| hex::encode(id.0))
}

//! `claim`: claims that wait to be paid, and the word on those that nothing proves.

use super::desk::Desk;
use super::ordered::Ordered;
use super::outcome::{Failure, Outcome};
use super::place::Place;
use super::short::Short;
use crate::overview::Waiting;
use crate::rows::Account;
use clap::Subcommand;
use serde_json::json;
use tender_proto::operator::{Operation, Refusal};
use tender_token::amount::Amount;
use tender_token::date::calendar::iso;
use tender_token::error::Error;
use tender_token::token::TokenId;

/// What can be done with claims.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the claims that wait, in the order in which they are paid.
    List,
    /// Pay a claim whose last day is over, although nobody opened its token.
    Pay {
        /// The token, 64 hex digits, as `claim list` prints it.
        #[arg(long, value_name = "HEX")]
        token: String,
    },
}

/// Carries a `claim` command out.
pub fn run(place: &Place, command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List => list(&place.desk()?),
        Command::Pay { token } => {
            let mut id = [0; 32];
            hex::decode_to_slice(token, &mut id)
                .map_err(|_| Failure::usage("a token is 64 hex digits"))?;
            let desk = place.desk()?;
            let ordered = match desk.ask(Operation::PayClaim(TokenId(id)))? {
                Err(Refusal::Protocol(Error::Funds)) => return Err(short(&desk, TokenId(id))?),
                asked => Ordered::of(asked)?,
            };
            let now = format!("The claim of token {token} is paid.");
            let before = format!("the claim of token {token} was paid before, as ordered");
            Ok(ordered.told(now, &before, json!({ "token": token })))
        }
    }
}

/// What is missing where the treasury has to pay a claim: circulation did not cover it.
fn short(desk: &Desk, token: TokenId) -> Result<Failure, Failure> {
    let claim = desk.claims()?.into_iter().find(|claim| claim.place.token == token);
    let value = claim.map_or(Amount::ZERO, |claim| claim.value);
    let overview = desk.overview()?;
    Ok(Short::funds(Account::Treasury, value, &overview).failure(desk, &overview))
}

/// Lists the claims that wait.
fn list(desk: &Desk) -> Result<Outcome, Failure> {
    let claims = desk.claims()?;
    let line = |claim: &Waiting| {
        let opened = if claim.is_opened() { "opened" } else { "not opened" };
        format!(
            "{} {} for {} after {}, {opened}",
            hex::encode(claim.place.token.0),
            desk.shown(claim.value),
            hex::encode(claim.intermediary.0),
            iso(claim.place.group.day)
        )
    };
    let object = |claim: &Waiting| {
        json!({
            "token": hex::encode(claim.place.token.0),
            "denomination": hex::encode(claim.place.group.denomination.0),
            "value": claim.value.minor_units(),
            "intermediary": hex::encode(claim.intermediary.0),
            "day": claim.place.group.day.0,
            "opened": claim.is_opened(),
        })
    };
    let lines: Vec<_> = claims.iter().map(line).collect();
    let objects: Vec<_> = claims.iter().map(object).collect();
    let heading = format!("{:64} value, intermediary and last day", "token");
    Ok(Outcome::listed(&heading, &lines, json!({ "claims": objects })))
}

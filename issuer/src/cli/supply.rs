//! `issue` and `distribute`: how much currency there is, and in whose vault.

use super::founded::Founded;
use super::outcome::{Failure, Outcome};
use super::{Distribution, Issuance};
use crate::home::Home;
use crate::rows::VaultKey;
use crate::verbs::treasury;
use crate::view::View;
use serde_json::json;
use tender_token::error::Error;

/// Creates currency in the treasury.
pub fn issue(home: &Home, arguments: &Issuance) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let amount = founded.amount(&arguments.amount)?;
    let currency = founded.config.currency;
    let mut view = View::default();
    treasury::touches(currency, None, &mut view);
    founded.store.load(&mut view)?;
    let account = treasury::issue(&mut view, currency, amount).map_err(refusal)?;
    founded.store.commit(view)?;
    let sentence = format!(
        "{} are issued; the treasury holds {}.",
        founded.shown(amount),
        founded.shown(account.balance)
    );
    let object = json!({
        "issued": account.issued.minor_units(),
        "treasury": account.balance.minor_units(),
    });
    Ok(Outcome::done(sentence, object))
}

/// Moves currency from the treasury into an intermediary's vault.
pub fn distribute(home: &Home, arguments: &Distribution) -> Result<Outcome, Failure> {
    let founded = Founded::open(home)?;
    let amount = founded.amount(&arguments.amount)?;
    let name = &arguments.to;
    let known = founded.intermediaries()?.into_iter().find(|(_, row)| row.name.0 == *name);
    let Some((intermediary, _)) = known else {
        return Err(Failure::usage(format!("no intermediary named {name} is admitted")));
    };
    let key = VaultKey { intermediary, currency: founded.config.currency };
    let mut view = View::default();
    treasury::touches(key.currency, Some(key), &mut view);
    founded.store.load(&mut view)?;
    let account = treasury::distribute(&mut view, key, amount).map_err(refusal)?;
    let vault = view.vaults.get(&key).copied().unwrap_or_default();
    founded.store.commit(view)?;
    let sentence = format!(
        "{} are distributed; the vault of {name} holds {}.",
        founded.shown(amount),
        founded.shown(vault.balance)
    );
    let object = json!({
        "intermediary": name,
        "vault": vault.balance.minor_units(),
        "treasury": account.balance.minor_units(),
    });
    Ok(Outcome::done(sentence, object))
}

fn refusal(error: Error) -> Failure {
    let sentence = if error == Error::Funds {
        "the treasury does not cover this; issue more first; nothing was changed"
    } else {
        "the amount must be above zero and within range; nothing was changed"
    };
    Failure::refused(error, sentence)
}

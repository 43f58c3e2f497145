//! What a message says, and whether the holder agrees to it.

use super::output::{Answer, Failure};
use super::{Session, files};
use crate::error::Money;
use crate::handover::{Kind, Message};
use crate::verbs::inspect::{Asked, Inspected, Paid};
use crate::wallet::Wallet;
use rand_core::CryptoRng;
use serde_json::{Value, json};
use std::io::{IsTerminal as _, stderr, stdin};
use std::path::Path;
use tender_token::date::Timestamp;
use tender_token::date::calendar::{iso, moment};

impl<R: CryptoRng> Session<R> {
    pub(super) fn inspect(&mut self, path: &Path) -> Result<Answer, Failure> {
        let message = files::any_message(path)?;
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let inspected = wallet.inspect(&message, now, rng)?;
        let text = sentence(&inspected, wallet.money()?);
        let mut json = fields(&inspected);
        if let Value::Object(fields) = &mut json {
            fields.insert("kind".to_owned(), json!(message.kind.name()));
        }
        Ok(Answer { text, json })
    }
}

/// Whether somebody is there who can be asked, and reads what is written.
pub(super) fn can_be_asked() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Shows what a message says, and asks the holder whether to go on. Errors: it cannot be done, or
/// the holder does not want it.
pub(super) fn agree(
    wallet: &Wallet,
    kind: Kind,
    body: &[u8],
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<(), Failure> {
    let message = Message { kind, body: body.to_vec() };
    let inspected = wallet.inspect(&message, now, rng)?;
    let what = sentence(&inspected, wallet.money()?);
    let verb = if kind == Kind::Offer { "Pay it" } else { "Take it" };
    eprint!("{what}\n{verb}? [y/N] ");
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(Failure::fault)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Failure::Declined) }
}

/// What was seen, for people; the mode comes first.
fn sentence(inspected: &Inspected, money: Money) -> String {
    match inspected {
        Inspected::Offer(asked) => of_offer(asked, money),
        Inspected::Payment(paid) => of_payment(paid, money),
        Inspected::Receipt => {
            "A receipt for a payment; `confirm` checks it and keeps it.".to_owned()
        }
    }
}

fn of_offer(asked: &Asked, money: Money) -> String {
    let mode = if asked.onward {
        "Offline: the payee can hand the tokens on before it is online again."
    } else {
        "Offline: the payee can only deposit the tokens."
    };
    let (amount, until) = (money.show(asked.amount), moment(asked.expires));
    let paid = if asked.repeated { " It is paid already; the same bytes come again." } else { "" };
    format!("{mode}\n{amount} in {} tokens, to be paid until {until}.{paid}", asked.tokens)
}

fn of_payment(paid: &Paid, money: Money) -> String {
    let mode = if paid.onward > 0 {
        format!(
            "Offline: the tokens can be handed on {} more times, until {}.",
            paid.onward,
            iso(paid.spend_until)
        )
    } else {
        "Offline: the tokens can only be deposited.".to_owned()
    };
    let (amount, until) = (money.show(paid.amount), iso(paid.deposit_until));
    let taken = if paid.repeated { " It was taken already." } else { "" };
    format!(
        "{mode}\n{amount} in {} good tokens, handed over {} times at most, to be deposited until \
         {until}. Whether somebody spent them twice shows when they are deposited.{taken}",
        paid.tokens, paid.handovers
    )
}

fn fields(inspected: &Inspected) -> Value {
    match inspected {
        Inspected::Offer(asked) => json!({
            "offer": hex::encode(asked.offer.0), "amount": asked.amount.minor_units(),
            "tokens": asked.tokens, "onward": asked.onward, "expires": asked.expires.0,
            "repeated": asked.repeated,
        }),
        Inspected::Payment(paid) => json!({
            "offer": hex::encode(paid.offer.0), "amount": paid.amount.minor_units(),
            "tokens": paid.tokens, "handovers": paid.handovers, "onward": paid.onward,
            "spend_until": iso(paid.spend_until), "deposit_until": iso(paid.deposit_until),
            "repeated": paid.repeated,
        }),
        Inspected::Receipt => json!({}),
    }
}

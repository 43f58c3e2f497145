//! `purchases`: what was ordered for the vault.

use super::{Answer, Shown};
use crate::rows::Purchases;
use crate::store::{Fault, Store};
use serde_json::json;
use tender_token::date::calendar::iso;

/// Lists every order, the open one with what to do about it.
pub fn purchases(books: &Store, shown: &Shown) -> Result<Answer, Fault> {
    let (mut lines, mut orders) = (Vec::new(), Vec::new());
    books.scan::<Purchases>(|number, purchase| {
        let (day, amount) = (iso(purchase.time.day()), shown.amount(purchase.amount));
        let number = number.0;
        let open = || "open; purchases --out FILE writes it for the issuer's operator".to_owned();
        let met = purchase.met.map(|posting| format!("met by posting {}", posting.0));
        let state = met.unwrap_or_else(open);
        lines.push(format!("{number:>6}  {day} {amount:>18}  {state}"));
        orders.push(json!({
            "purchase": number,
            "time": purchase.time.0,
            "intermediary": shown.name,
            "currency": shown.currency,
            "amount": purchase.amount.minor_units(),
            "met_by_posting": purchase.met.map(|posting| posting.0),
        }));
    })?;
    let sentence =
        if lines.is_empty() { "Nothing was ordered.".to_owned() } else { lines.join("\n") };
    Ok(Answer::done(sentence, json!({ "purchases": orders })))
}

//! `purchases`: what was ordered for the vault, and the open order in a file that we signed.

use super::Output;
use super::commands::joined;
use super::desk::Desk;
use super::problem::Problem;
use crate::desk::Asked;
use crate::home;
use rand_core::CryptoRng;
use serde_json::Value;
use std::path::Path;
use tender_proto::purchase::Purchase;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::Encode as _;

/// Lists every order, and writes the open one into a file if that is asked. Errors: [`Problem`].
pub fn purchases<R: CryptoRng + Clone + Send + 'static>(
    desk: &Desk<R>,
    out: Option<&Path>,
) -> Result<Output, Problem> {
    let (home, listed) = (desk.home(), desk.ask(Asked::Purchases)?);
    let Some(out) = out else { return Ok(listed) };
    if out.exists() {
        let place = out.display();
        return Err(Problem::usage(format!("{place} is there already: nothing was changed.")));
    }
    let code = joined(home)?.currency;
    let unusable = || Problem::usage(format!("The admission's currency {code:?} is none."));
    let currency = Currency::new(&code).ok_or_else(unusable)?;
    let registrar = home.registrar()?;
    let last = listed.object.get("purchases").and_then(Value::as_array);
    let last = last.and_then(|orders| orders.last());
    let is_open = |order: &&Value| order.get("met_by_posting").is_some_and(Value::is_null);
    let open = last.filter(is_open).and_then(|order| {
        let number = |field: &str| order.get(field)?.as_u64();
        Some(Purchase {
            registrar,
            number: number("purchase")?,
            currency,
            amount: Amount::from_minor_units(number("amount")?),
            time: Timestamp(number("time")?),
        })
    });
    let purchase = open.ok_or_else(|| {
        let why = "Nothing is ordered now: the vault is not low.".to_owned();
        Problem::refused("NOTHING_ORDERED", why)
    })?;
    let signed = home.signer(&mut desk.keys().known()?)?.sign_purchase(purchase);
    home::write_private(out, &format!("{}\n", hex::encode(signed.to_bytes())))?;
    let mut object = listed.object;
    if let Value::Object(fields) = &mut object {
        fields.insert("out".to_owned(), Value::from(out.display().to_string()));
    }
    let sentence = format!(
        "Order {} is in {}, signed. The issuer's operator makes an instruction of it with: \
         treasury fulfil --purchase FILE --out INSTRUCTION.",
        purchase.number,
        out.display()
    );
    Ok(Output { sentence, object })
}

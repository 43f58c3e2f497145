//! Accounts outside: what went there and came from there, and what is held ready there.

use super::super::commands::admission;
use super::super::{Output, problem::Problem};
use crate::home::Home;
use crate::office::Office;
use crate::rows::{CustomerId, Outsides};
use serde_json::json;
use tender_token::amount::Amount;

/// Lists what went outside and came from there. Which account it is stands in the person's record.
pub fn list(home: &Home) -> Result<Output, Problem> {
    let decimals = admission(home)?.decimals;
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    home.open_books()?.scan::<Outsides>(|number, row| {
        let (number, customer, cause) = (number.0, row.customer.0, row.cause.word());
        let amount = row.amount.to_decimal(decimals);
        let direction = if row.cause.is_inward() { "collect" } else { "pay" };
        lines.push(format!(
            "{number:>6}  customer {customer:>6}  {direction:<7} {amount:>14}  {cause}"
        ));
        rows.push(json!({
            "number": number,
            "customer": customer,
            "do": direction,
            "amount": row.amount.minor_units(),
            "cause": cause,
        }));
    })?;
    Ok(Output { sentence: lines.join("\n"), object: json!({ "outside": rows }) })
}

/// Sets what the bank's other systems hold ready at a customer's account outside.
pub fn cover(home: &Home, office: &Office, customer: u64, amount: &str) -> Result<Output, Problem> {
    let admission = admission(home)?;
    let ready = Amount::parse_decimal(amount, admission.decimals).ok_or_else(|| {
        Problem::usage(format!("{amount} is no amount of {}.", admission.currency))
    })?;
    office.cover(CustomerId(customer), ready)?;
    let shown = ready.to_decimal(admission.decimals);
    Ok(Output {
        sentence: format!(
            "Up to {shown} {} of what customer {customer} pays comes from the account outside if \
             the account here does not cover it; customer outside says what is to be collected.",
            admission.currency
        ),
        object: json!({ "customer": customer, "cover": ready.minor_units() }),
    })
}

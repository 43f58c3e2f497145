//! Accounts outside: what went there and came from there, and what is held ready there.

use super::super::{Answer, Clerk, Shown};
use crate::rows::{CustomerId, Outsides};
use crate::store::Fault;
use serde_json::json;

/// Lists what went outside and came from there. Which account it is stands in the person's record.
pub fn list(clerk: &Clerk, shown: &Shown) -> Result<Answer, Fault> {
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    clerk.office().store().scan::<Outsides>(|number, row| {
        let (number, customer, cause) = (number.0, row.customer.0, row.cause.word());
        let amount = row.amount.to_decimal(shown.decimals);
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
    Ok(Answer::listed(&lines, json!({ "outside": rows })))
}

/// Sets what the bank's other systems hold ready at a customer's account outside.
pub fn cover(clerk: &Clerk, id: CustomerId, amount: &str, shown: &Shown) -> Result<Answer, Answer> {
    let ready = shown.read(amount)?;
    clerk.office().cover(id, ready)?;
    let customer = id.0;
    Ok(Answer::done(
        format!(
            "Up to {} of what customer {customer} pays comes from the account outside if the \
             account here does not cover it; customer outside says what is to be collected.",
            shown.amount(ready)
        ),
        json!({ "customer": customer, "cover": ready.minor_units() }),
    ))
}

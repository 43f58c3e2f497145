//! Accounts outside: what went there and came from there, and what is held ready there.

use super::super::{Answer, Clerk, Shown};
use super::{Marked, staff};
use crate::office::Staff;
use crate::rows::{CustomerId, OutsideNumber, Outsides, UnixUser};
use crate::store::Fault;
use serde_json::json;
use tender_token::date::calendar::iso;

/// Lists what went outside and came from there, or only what is neither paid nor collected yet.
/// Which account it is stands in the person's record, which counts them; what is nobody's has the
/// reference under which it came.
pub fn list(clerk: &Clerk, open: bool, shown: &Shown) -> Result<Answer, Fault> {
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    clerk.office().store().scan::<Outsides>(|number, row| {
        if open && row.paid.is_some() {
            return;
        }
        let paid = row.paid.map(|paid| iso(paid.day));
        let state = paid.as_ref().map_or_else(|| "open".to_owned(), |day| format!("paid on {day}"));
        let (number, customer, cause) = (number.0, row.customer.0, row.cause.word());
        let reference = row.cause.account().map(|account| hex::encode(account.0));
        let under = reference.as_ref().map(|one| format!(" under reference {one}"));
        let why = format!("{cause}{}, {state}", under.unwrap_or_default());
        let amount = row.amount.to_decimal(shown.decimals);
        let direction = if row.cause.is_inward() { "collect" } else { "pay" };
        let address = row.address.0;
        lines.push(format!(
            "{number:>6}  customer {customer:>6}  account {address}  {direction:<7} {amount:>14}  \
             {why}"
        ));
        rows.push(json!({
            "number": number,
            "customer": customer,
            "account": address,
            "do": direction,
            "amount": row.amount.minor_units(),
            "cause": cause,
            "reference": reference,
            "paid_on": paid,
        }));
    })?;
    Ok(Answer::listed(&lines, json!({ "outside": rows })))
}

/// Marks an amount as paid or collected on this day.
pub fn pay(
    clerk: &Clerk,
    Marked { number, by }: &Marked,
    user: UnixUser,
) -> Result<Answer, Answer> {
    let (by, now) = (staff(by, user)?, clerk.now());
    let (row, ordered) = clerk.office().pay(OutsideNumber(*number), &by, now)?;
    let (customer, day) = (row.customer.0, row.paid.map(|paid| iso(paid.day)));
    let (whose, on) = (format!("Number {number}, of customer {customer},"), day.as_deref());
    Ok(Answer::ordered(
        ordered,
        format!("{whose} is marked as paid."),
        &format!("{whose} was marked as paid on {} already", on.unwrap_or_default()),
        json!({ "number": number, "customer": customer, "paid_on": day }),
    ))
}

/// Takes such a mark back.
pub fn reopen(
    clerk: &Clerk,
    Marked { number, by }: &Marked,
    user: UnixUser,
) -> Result<Answer, Answer> {
    let (number, by) = (OutsideNumber(*number), staff(by, user)?);
    let (row, ordered) = clerk.office().reopen(number, &by, clerk.now())?;
    let (number, customer) = (number.0, row.customer.0);
    let whose = format!("Number {number}, of customer {customer},");
    Ok(Answer::ordered(
        ordered,
        format!("{whose} is to be paid again."),
        &format!("{whose} is not marked as paid"),
        json!({ "number": number, "customer": customer, "paid_on": null }),
    ))
}

/// Sets what the bank's other systems hold ready at a customer's account outside.
pub fn cover(
    clerk: &Clerk,
    (id, by): (CustomerId, Staff),
    amount: &str,
    shown: &Shown,
) -> Result<Answer, Answer> {
    let ready = shown.read(amount)?;
    let ordered = clerk.office().cover(id, ready, &by, clerk.now())?;
    let (customer, amount) = (id.0, shown.amount(ready));
    Ok(Answer::ordered(
        ordered,
        format!(
            "Up to {amount} of what customer {customer} pays comes from the account outside if the \
             account here does not cover it; customer outside says what is to be collected."
        ),
        &format!("{amount} are held ready for customer {customer} already"),
        json!({ "customer": customer, "cover": ready.minor_units() }),
    ))
}

//! `account`: what is owed to whom, and where it came from.

use super::{Answer, Shown};
use crate::audit::Holder;
use crate::rows::{Customer, CustomerId, Entries, Entry, Job, Line, Outcome, Outcomes};
use crate::store::{self, Fault, Store};
use crate::view::View;
use serde_json::{Value, json};
use tender_token::amount::Amount;
use tender_token::date::calendar::iso;

/// Lists all accounts.
pub fn accounts(books: &Store, shown: &Shown) -> Result<Answer, Fault> {
    let customers = store::customers(books)?;
    let lines = customers.iter().map(|(id, customer)| line(*id, customer, shown)).collect();
    let holders: Vec<_> = customers.iter().map(|(id, row)| Holder::new(*id, row)).collect();
    Ok(Answer::table(heading(shown), lines, json!({ "accounts": holders })))
}

/// What the columns of [`line`] are.
fn heading(shown: &Shown) -> String {
    let [balance, held] = ["balance", "held"].map(|what| format!("{what} {}", shown.currency));
    format!("{:>8}  {:<12} {balance:>14} {held:>14}", "customer", "tier")
}

/// One line about an account.
fn line(id: CustomerId, customer: &Customer, shown: &Shown) -> String {
    let [balance, held] =
        [customer.balance, customer.held].map(|amount| amount.to_decimal(shown.decimals));
    format!("{:>8}  {:<12} {balance:>14} {held:>14}", id.0, customer.tier.0)
}

/// Shows one account with every entry of the journal that concerns it.
pub fn account(books: &Store, number: u64, shown: &Shown) -> Result<Answer, Fault> {
    let id = CustomerId(number);
    let mut view = View::default();
    view.customers.want(id);
    books.load(&mut view)?;
    let Some(customer) = view.customers.get(&id) else {
        return Ok(Answer::refused(
            "UNKNOWN_CUSTOMER",
            format_args!("there is no customer {number}; account lists all"),
        ));
    };
    let mut lines = vec![heading(shown), line(id, customer, shown)];
    let mut entries = Vec::new();
    books.scan::<Entries>(|entry_number, entry| {
        if entry.customer() != id {
            return;
        }
        let Told { verb, state, debited, credited } = told(&entry);
        let [out, back] = [debited, credited].map(|amount| amount.to_decimal(shown.decimals));
        let number = entry_number.0;
        lines.push(format!("{number:>8}  {verb:<10} {state:<8} {out:>14} out {back:>14} in"));
        entries.push(json!({
            "entry": number,
            "verb": verb,
            "state": state,
            "debited": debited.minor_units(),
            "credited": credited.minor_units(),
        }));
    })?;
    let mut object = serde_json::to_value(Holder::new(id, customer)).expect("numbers and strings");
    if let Value::Object(object) = &mut object {
        for (name, amount) in [
            ("opened", customer.opened),
            ("credited", customer.credited),
            ("debited", customer.debited),
            ("paid_out", customer.paid_out),
            ("pulled", customer.pulled),
            ("cover", customer.cover),
        ] {
            object.insert(name.to_owned(), json!(amount.minor_units()));
        }
        object.insert("entries".to_owned(), json!(entries));
        let (told, objects) = statement(books, id, shown)?;
        lines.extend(told);
        object.insert("lines".to_owned(), json!(objects));
    }
    Ok(Answer::done(lines.join("\n"), object))
}

/// What moved, line by line: for people, and for programs.
fn statement(
    books: &Store,
    id: CustomerId,
    shown: &Shown,
) -> Result<(Vec<String>, Vec<Value>), Fault> {
    let (mut told, mut objects) = (Vec::new(), Vec::new());
    for (number, line) in store::lines(books, id)? {
        let [amount, balance] =
            [line.amount, line.balance].map(|amount| amount.to_decimal(shown.decimals));
        let (day, word) = (iso(line.day), line.movement.word());
        told.push(format!("{number:>8}  {day} {word:<14} {amount:>14} {balance:>14} owed then"));
        objects.push(line_object(number, &line));
    }
    Ok((told, objects))
}

/// A line for programs.
#[must_use]
pub fn line_object(number: u64, line: &Line) -> Value {
    json!({
        "line": number,
        "day": iso(line.day),
        "movement": line.movement.word(),
        "amount": line.amount.minor_units(),
        "owed": line.balance.minor_units(),
        "reference": line.account.map(|account| hex::encode(account.0)),
    })
}

/// An entry as an account shows it.
pub struct Told {
    /// What was asked.
    pub verb: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// What left the account, or is set aside to.
    pub debited: Amount,
    /// What came in.
    pub credited: Amount,
}

/// An entry as an account shows it.
pub fn told(entry: &Entry) -> Told {
    let none = Amount::ZERO;
    let (verb, state, debited, credited) = match entry {
        Entry::Enrol(job) => {
            ("enrol", state(job.reply.as_ref().map(|one| one.0.is_ok())), none, none)
        }
        Entry::Withdraw(job) => {
            let paid = job.is_paid();
            let credited = if paid == Some(true) { job.work.credit } else { none };
            let debited = if paid == Some(false) { none } else { job.work.debit };
            ("withdraw", state(paid), debited, credited)
        }
        Entry::Deposit(Job { reply, .. }) => {
            let paid = reply.iter().flat_map(|Outcomes(all)| all);
            let paid =
                Amount::checked_sum(paid.filter_map(|Outcome(one)| one.as_ref().ok().copied()));
            let paid = paid.unwrap_or_default();
            ("deposit", state(reply.as_ref().map(|_| !paid.is_zero())), none, paid)
        }
        Entry::Transfer(Job { work, reply, .. }) => {
            let granted = reply.as_ref().map(|Outcome(outcome)| outcome.is_ok());
            let debited = if granted == Some(false) { none } else { work.transfer.amount };
            ("transfer", state(granted), debited, none)
        }
        Entry::Claim(job) => {
            ("claim", state(job.reply.as_ref().map(|one| one.0.is_ok())), none, none)
        }
    };
    Told { verb, state, debited, credited }
}

fn state(granted: Option<bool>) -> &'static str {
    match granted {
        None => "open",
        Some(true) => "done",
        Some(false) => "refused",
    }
}

//! `reconcile`: what differs between books and statement, by name, with the entries and postings
//! that it is about and what to do. Nothing is ever made equal by hand.

use super::account::{Told, told};
use super::statement::{line as posting_line, object as posting_object};
use super::{Answer, Shown};
use crate::counted::counted;
use crate::rows::{
    CustomerId, Difference, Differences, Entries, Entry, EntryNumber, Flow, Postings, Reference,
    References, Unreconciled,
};
use crate::store::{Fault, Store};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tender_token::cash::AccountRef;

/// Names every difference.
pub fn reconcile(books: &Store, shown: &Shown) -> Result<Answer, Fault> {
    let (mut differences, mut waiting) = (Vec::new(), 0_u64);
    books.scan::<Differences>(|difference, _| differences.push(difference))?;
    books.scan::<Unreconciled>(|_, _| waiting = waiting.saturating_add(1))?;
    let mut found: BTreeMap<_, _> =
        differences.iter().filter_map(account).map(|account| (account, Found::default())).collect();
    look(books, &mut found, shown)?;
    let named = differences.iter().map(|difference| {
        let of = account(difference).and_then(|account| found.get(&account));
        named(difference, of, shown)
    });
    let (lines, objects): (Vec<String>, Vec<Value>) = named.unzip();
    let object = json!({ "waiting": waiting, "differences": objects });
    if differences.is_empty() {
        let sentence = match waiting {
            0 => "Books and statement agree, to the last posting.".to_owned(),
            _ => format!(
                "Nothing differs; {} for entries or for a statement.",
                counted(waiting, "reference waits", "references wait")
            ),
        };
        return Ok(Answer::done(sentence, object));
    }
    let places = u64::try_from(differences.len()).unwrap_or(u64::MAX);
    let places = counted(places, "place", "places");
    let problem = format!("books and statement disagree in {places}; nothing was changed");
    Ok(Answer::violated(problem, lines.join("\n"), object))
}

/// What the books know of a reference that differs.
#[derive(Default)]
struct Found {
    reference: Option<Reference>,
    entries: Vec<(EntryNumber, CustomerId, Told)>,
    postings: Vec<(String, Value)>,
}

/// Finds the entries and postings of each reference.
fn look(
    books: &Store,
    found: &mut BTreeMap<AccountRef, Found>,
    shown: &Shown,
) -> Result<(), Fault> {
    if found.is_empty() {
        return Ok(());
    }
    books.scan::<References>(|account, row| {
        if let Some(found) = found.get_mut(&account) {
            found.reference = Some(row);
        }
    })?;
    books.scan::<Entries>(|number, entry| {
        for account in accounts(&entry) {
            if let Some(found) = found.get_mut(&account) {
                found.entries.push((number, entry.customer(), told(&entry)));
            }
        }
    })?;
    books.scan::<Postings>(|number, posted| {
        let found = posted.cause.account().and_then(|account| found.get_mut(&account));
        if let Some(found) = found {
            let line = posting_line(number, &posted, shown);
            found.postings.push((line, posting_object(number, &posted)));
        }
    })
}

/// The references that an entry moves money under.
fn accounts(entry: &Entry) -> Vec<AccountRef> {
    match entry {
        Entry::Enrol(_) => Vec::new(),
        Entry::Withdraw(job) => job.work.movements().into_keys().collect(),
        Entry::Deposit(job) => vec![job.work.account],
        Entry::Claim(job) => vec![job.work.account],
        Entry::Transfer(job) => vec![job.work.transfer.payer_account],
    }
}

fn account(difference: &Difference) -> Option<AccountRef> {
    match difference {
        Difference::Movement(account) | Difference::UnknownReference(account) => Some(*account),
        Difference::Gap(_)
        | Difference::Balance(_)
        | Difference::Vault(_)
        | Difference::Proof(_)
        | Difference::Reserves(_) => None,
    }
}

fn named(difference: &Difference, found: Option<&Found>, shown: &Shown) -> (String, Value) {
    let (text, advice) = (difference.text(), advice(difference));
    let nothing = Found::default();
    let Found { reference, entries, postings } = found.unwrap_or(&nothing);
    let told = |Flow { inward, outward }: Flow| {
        format!("{} in, {} out", shown.amount(inward), shown.amount(outward))
    };
    let mut lines = vec![format!("{text}.")];
    lines.extend(reference.map(|reference| {
        let (moved, posted) = (told(reference.moved), told(reference.posted));
        let whose = match reference.customer {
            CustomerId::NOBODY => "nobody".to_owned(),
            CustomerId(customer) => format!("customer {customer}"),
        };
        format!("    {whose}: by our entries {moved}; by the postings {posted}")
    }));
    for (number, customer, Told { verb, state, debited, credited }) in entries {
        let (out, back) = (shown.amount(*debited), shown.amount(*credited));
        let (number, customer) = (number.0, customer.0);
        lines.push(format!(
            "    entry {number}: {verb}, {state}, of customer {customer}: {out} out, {back} in"
        ));
    }
    let postings_told = postings.iter().map(|(line, _)| line.trim_start());
    lines.extend(postings_told.map(|line| format!("    posting {line}")));
    lines.push(format!("    {advice}"));
    let object = json!({
        "difference": text,
        "what_to_do": advice,
        "customer": reference.map(|reference| reference.customer.0),
        "moved": reference.map(|reference| flow(reference.moved)),
        "posted": reference.map(|reference| flow(reference.posted)),
        "entries": entries.iter().map(|(number, ..)| number.0).collect::<Vec<_>>(),
        "postings": postings.iter().map(|(_, posting)| posting).collect::<Vec<_>>(),
    });
    (lines.join("\n"), object)
}

fn flow(Flow { inward, outward }: Flow) -> Value {
    json!({ "inward": inward.minor_units(), "outward": outward.minor_units() })
}

/// What an operator does about a difference.
fn advice(difference: &Difference) -> &'static str {
    match difference {
        Difference::Movement(_) => {
            "Hold the entries against the issuer's postings of this reference. If an entry is \
             missing, the books are older than what was answered: keep them and restore the newest \
             copy. Otherwise the issuer owes an explanation."
        }
        Difference::UnknownReference(_) => {
            "No entry names this reference. Were these books restored from a copy? Then what \
             happened since is missing in them: find the newest copy. If there is none, have the \
             holders reconcile: what their wallets send again gets the issuer's first answer, and \
             moves their accounts once; a withdrawal that nobody sends again was paid out of the \
             vault and not by an account. If they were not restored, somebody else used our \
             certificate: have the issuer suspend us, and ask for a new one."
        }
        Difference::Gap(_) => "Ask the issuer for its postings between these numbers.",
        Difference::Balance(_) | Difference::Vault(_) | Difference::Reserves(_) => {
            "Keep the books, and have the issuer audit its ledger."
        }
        Difference::Proof(_) => "Accuse nobody, and ask the issuer for the evidence.",
    }
}

//! Accounts: opening, tiers, freezing, closing.

use super::super::commands::{self, admission, signer};
use super::super::{Output, problem::Problem};
use super::{readable, wallet};
use crate::audit::Holder;
use crate::home::Home;
use crate::office::{self, Office};
use crate::person::Person;
use crate::rows::{Attributes, CustomerId, TierName};
use crate::store;
use rand_core::CryptoRng;
use serde_json::json;
use std::path::{Path, PathBuf};
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::date::calendar::years_later;

/// What an account may begin with, in minor units: far above any, far below where sums would
/// overflow.
const OPENING_BALANCE_MAX: Amount = Amount::from_minor_units(1 << 60);

/// Somebody who was identified: what is given here was verified today.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The customer's name.
    #[arg(long)]
    name: String,
    /// The tier; the first of tiers.toml if none is named.
    #[arg(long)]
    tier: Option<String>,
    /// Something else that was verified, such as phone=+41791234567.
    #[arg(long = "verified", value_name = "ATTRIBUTE=VALUE")]
    verified: Vec<String>,
    /// The person's account outside, for what goes there.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// What the account is opened with, such as 12.50.
    #[arg(long, value_name = "AMOUNT")]
    balance: String,
    /// The invitation; it contains a one-time code. Nothing may be there.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What closes an account.
#[derive(Debug, clap::Args)]
pub struct Close {
    /// The customer's number.
    pub customer: u64,
    /// The account outside to which the remainder goes.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: String,
    /// Which member of the staff closes it.
    #[arg(long, value_name = "STAFF")]
    pub by: String,
}

impl Close {
    /// Refuses what nobody can read. Errors: [`Problem`].
    pub fn check(&self) -> Result<(), Problem> {
        readable("--account", &self.account)?;
        readable("--by", &self.by).map(drop)
    }
}

/// Opens an account. The invitation is written first: its code works once the books know it.
pub fn add(
    home: &Home,
    add: &Add,
    clock: fn() -> Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    let Add { name, balance, out, .. } = add;
    let admission = admission(home)?;
    let opened = Amount::parse_decimal(balance, admission.decimals).ok_or_else(|| {
        Problem::usage(format!("{balance} is no amount of {}.", admission.currency))
    })?;
    if opened > OPENING_BALANCE_MAX {
        return Err(Problem::usage(format!("{balance} is more than an account may begin with.")));
    }
    let person = identified(add, clock())?;
    nothing_at(out)?;
    let registrar = signer(home)?.registrar();
    let office = commands::office(home, clock)?;
    let tier = add.tier.clone().map_or_else(|| office.tiers().first.clone(), TierName);
    let code = wallet::write_invitation(home, &admission, registrar, out, rng)?;
    let added = office.add(&person, tier.clone(), opened, code, rng);
    let customer = added.inspect_err(|problem| withdraw_file(out, problem))?;
    let out = out.display().to_string();
    let shown = format!("{} {}", opened.to_decimal(admission.decimals), admission.currency);
    Ok(Output {
        sentence: format!(
            "{name} is customer {} in tier {} and has an account with {shown}; \
             {out} invites a wallet once.",
            customer.0, tier.0
        ),
        object: json!({
            "customer": customer.0,
            "name": name,
            "tier": tier.0,
            "balance": opened.minor_units(),
            "invitation": out,
        }),
    })
}

/// The person as the arguments say.
fn identified(add: &Add, now: Timestamp) -> Result<Person, Problem> {
    let mut person = Person::default();
    let mut verify = |name: &str, value: &str| {
        let known = person.verify(name, readable(name, value)?, now.day());
        if known { Ok(()) } else { Err(not_verifiable(name)) }
    };
    verify("name", &add.name)?;
    for written in &add.verified {
        let (name, value) = written.split_once('=').ok_or_else(|| {
            Problem::usage(format!("{written:?} is not ATTRIBUTE=VALUE, such as phone=112."))
        })?;
        verify(name, value)?;
    }
    if let Some(account) = &add.account {
        person.link(readable("--account", account)?);
    }
    Ok(person)
}

/// What cannot be verified.
pub fn not_verifiable(name: &str) -> Problem {
    let known = Attributes::NAMES.join(", ");
    Problem::usage(format!("{name:?} cannot be verified: write one of {known}."))
}

/// Refuses a place where something is.
pub fn nothing_at(out: &Path) -> Result<(), Problem> {
    if out.exists() {
        let out = out.display();
        return Err(Problem::usage(format!("{out} is there already: nothing was changed.")));
    }
    Ok(())
}

/// Removes a file that was written for something that was refused. After a fault it stays: the
/// decision may have been made.
pub fn withdraw_file(out: &Path, problem: &office::Problem) {
    if let office::Problem::Refused(_) = problem {
        // If it cannot be removed, the next attempt says that it is there.
        let _stays = std::fs::remove_file(out);
    }
}

/// Lists all accounts, without anybody's name.
pub fn list(home: &Home) -> Result<Output, Problem> {
    let decimals = admission(home)?.decimals;
    let customers = store::customers(&home.open_books()?)?;
    let lines = customers.iter().map(|(id, customer)| {
        let [balance, held] =
            [customer.balance, customer.held].map(|amount| amount.to_decimal(decimals));
        let (tier, state) = (&customer.tier.0, customer.state.word());
        let enrolled = if customer.enrolled { "enrolled" } else { "invited" };
        let id = id.0;
        format!("{id:>6}  {tier:<12} {state:<7} {balance:>14} {held:>14} held  {enrolled}")
    });
    let sentence = lines.collect::<Vec<_>>().join("\n");
    let holders: Vec<_> = customers.iter().map(|(id, row)| Holder::new(*id, row)).collect();
    Ok(Output { sentence, object: json!({ "customers": holders }) })
}

/// Puts a customer into another tier.
pub fn tier(office: &Office, customer: u64, to: &str) -> Result<Output, Problem> {
    let to = TierName(to.to_owned());
    office.change_tier(CustomerId(customer), &to)?;
    let sentence = format!(
        "Customer {customer} is in tier {}; its limits hold from now on, \
         and nothing was taken away.",
        to.0
    );
    Ok(Output { sentence, object: json!({ "customer": customer, "tier": to.0 }) })
}

/// Freezes an account, or lets it be used again.
pub fn freeze(office: &Office, customer: u64, frozen: bool) -> Result<Output, Problem> {
    office.freeze(CustomerId(customer), frozen)?;
    let (state, sentence) = if frozen {
        ("frozen", "is frozen: nothing leaves it, and what comes in is credited")
    } else {
        ("active", "can be used again")
    };
    let sentence = format!("The account of customer {customer} {sentence}.");
    Ok(Output { sentence, object: json!({ "customer": customer, "state": state }) })
}

/// Closes an account.
pub fn close(
    home: &Home,
    close: &Close,
    clock: fn() -> Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Output, Problem> {
    close.check()?;
    let office = commands::office(home, clock)?;
    let paid = close_at(&office, close, clock(), rng)?;
    Ok(closed(close, paid, admission(home)?.decimals))
}

/// Closes an account at the office; gives what remained. Errors: [`office::Problem`].
pub fn close_at(
    office: &Office,
    close: &Close,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Amount, office::Problem> {
    let Close { customer, account, by } = close;
    let years = office.tiers().retention_years;
    let until = (years > 0).then(|| years_later(now.day(), years)).flatten();
    office.close(CustomerId(*customer), account, by, now, until, rng)
}

/// What is said of a closed account.
pub fn closed(close: &Close, paid: Amount, decimals: u8) -> Output {
    let Close { customer, account, .. } = close;
    let shown = paid.to_decimal(decimals);
    Output {
        sentence: format!(
            "The account of customer {customer} is closed; {shown} goes to {account}, \
             see customer outside."
        ),
        object: json!({ "customer": customer, "state": "closed", "paid_out": paid.minor_units() }),
    }
}

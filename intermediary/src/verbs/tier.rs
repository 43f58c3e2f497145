//! Tiers: which are in force, and in which a customer is.

use crate::counted::counted;
use crate::rows::{Attributes, Customer, CustomerId, Epoch, State, Tier, TierFile, TierName};
use crate::tier::Tiers;
use crate::view::View;
use tender_store::plain::Name;
use tender_token::date::Timestamp;

/// Why tiers or a customer stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unchanged {
    /// The file lacks a tier that customers are in.
    #[error(
        "tiers.toml has no tier {} any more, and {} in it; write it again, or move them to another \
         tier first", .tier.0, counted(*.customers, "customer is", "customers are")
    )]
    Missed {
        /// The tier.
        tier: TierName,
        /// How many are in it.
        customers: u64,
    },
    /// There is no such customer.
    #[error("there is no customer {0}")]
    NoCustomer(u64),
    /// The account is closed.
    #[error("the account of customer {0} is closed")]
    Closed(u64),
    /// There is no such tier.
    #[error("there is no tier {}; tiers.toml has the tiers", .0.0)]
    NoTier(TierName),
    /// Something must be verified first.
    #[error("tier {} wants verified: {}; verify it first", .tier.0, .requires.list())]
    Unverified {
        /// The tier.
        tier: TierName,
        /// What is missing.
        requires: Attributes,
    },
    /// A waterfall needs an account outside.
    #[error("tier {} pays out what is beyond its limit; link an account outside first", .0.0)]
    NotLinked(TierName),
}

/// The rows that [`adopt`] needs; `known` are the tiers in the books.
pub fn touches_adoption(tiers: &Tiers, known: &[TierName], view: &mut View) {
    for name in tiers.tiers.keys().chain(known) {
        view.tiers.want(name.clone());
    }
    if let Some(newest) = newest(view) {
        view.tier_files.want(newest);
    }
}

fn newest(view: &View) -> Option<Epoch> {
    let number = view.books.known(&tender_store::plain::Sole)?.tier_files;
    (number > 0).then_some(Epoch(number))
}

/// Puts the file's tiers in force, and keeps the file as a version if it is not the newest one's.
/// Gives the number of the version. Errors: [`Unchanged::Missed`]; nothing is written then.
pub fn adopt(view: &mut View, tiers: &Tiers, now: Timestamp) -> Result<u32, Unchanged> {
    let held: Vec<_> = view.tiers.all().map(|(name, tier)| (name.clone(), tier.clone())).collect();
    let missed =
        held.iter().find(|(name, tier)| !tiers.tiers.contains_key(name) && tier.customers > 0);
    if let Some((name, tier)) = missed {
        return Err(Unchanged::Missed { tier: name.clone(), customers: tier.customers });
    }
    let text = newest(view).and_then(|newest| view.tier_files.get(&newest));
    if text.is_some_and(|file| file.text.0 == tiers.text) {
        return Ok(view.book().tier_files);
    }
    for (name, tier) in held {
        if !tiers.tiers.contains_key(&name) {
            view.tiers.insert(name, Tier { ended: true, ..tier });
        }
    }
    for (name, tier) in &tiers.tiers {
        let customers = view.tiers.get(name).map_or(0, |known| known.customers);
        view.tiers.insert(name.clone(), Tier { customers, ..tier.clone() });
    }
    view.change_book(|book| book.tier_files = book.tier_files.saturating_add(1));
    let number = view.book().tier_files;
    let file = TierFile { since: now.day(), text: Name(tiers.text.clone()) };
    view.tier_files.append(Epoch(number), file);
    Ok(number)
}

/// The rows that [`change`] needs.
pub fn touches_change(customer: CustomerId, to: &TierName, view: &mut View) {
    super::touches_account(view, customer);
    view.tiers.want(to.clone());
}

/// Puts a customer into another tier. Its limits hold from the next request on; what the account
/// has beyond them stays where it is. Gives the tier before.
/// Errors: [`Unchanged`]; nothing is written then.
pub fn change(view: &mut View, id: CustomerId, to: &TierName) -> Result<TierName, Unchanged> {
    let customer = view.customers.get(&id).ok_or(Unchanged::NoCustomer(id.0))?.clone();
    if let State::Closed(_) = customer.state {
        return Err(Unchanged::Closed(id.0));
    }
    admit(view, to, customer.verified, customer.is_linked())?;
    if customer.tier == *to {
        return Ok(customer.tier);
    }
    leave(view, &customer.tier);
    enter(view, to);
    let from = customer.tier.clone();
    view.customers.insert(id, Customer { tier: to.clone(), ..customer });
    Ok(from)
}

/// Whether a person of whom this was verified may be in a tier, and gives it.
/// Errors: [`Unchanged`].
pub fn admit<'a>(
    view: &'a View,
    name: &TierName,
    verified: Attributes,
    linked: bool,
) -> Result<&'a Tier, Unchanged> {
    let tier = view.tiers.get(name).filter(|tier| !tier.ended);
    let tier = tier.ok_or_else(|| Unchanged::NoTier(name.clone()))?;
    if !tier.admits(verified) {
        return Err(Unchanged::Unverified { tier: name.clone(), requires: tier.requires });
    }
    if tier.waterfall && !linked {
        return Err(Unchanged::NotLinked(name.clone()));
    }
    Ok(tier)
}

/// Counts one customer more in a tier.
pub fn enter(view: &mut View, name: &TierName) {
    count(view, name, |customers| customers.saturating_add(1));
}

/// Counts one customer fewer in a tier.
pub fn leave(view: &mut View, name: &TierName) {
    count(view, name, |customers| customers.saturating_sub(1));
}

fn count(view: &mut View, name: &TierName, change: impl FnOnce(u64) -> u64) {
    let tier = view.tiers.get(name).expect("whoever enters or leaves a tier asked for it").clone();
    let customers = change(tier.customers);
    view.tiers.insert(name.clone(), Tier { customers, ..tier });
}

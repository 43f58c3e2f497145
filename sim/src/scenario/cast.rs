//! The cast: the currency, the limits, the intermediaries and the wallets, checked against each
//! other before the first step.

use tender_token::amount::{Amount, Currency};
use toml::Spanned;

use super::money::Notation;
use super::names::{Register, find};
use super::problem::{Problem, ScenarioError};
use super::written::{self, Decimal, Page};
use super::{CurrencyTerms, Intermediary, IntermediaryIndex, Limits, Wallet, WalletIndex};

const DECIMALS_MAX: i64 = 4;
const SLOTS_MAX: i64 = 512;

/// Everything of a scenario but its steps.
pub(super) struct Cast {
    pub currency: CurrencyTerms,
    pub limits: Limits,
    pub intermediaries: Vec<Intermediary>,
    pub wallets: Vec<Wallet>,
}

impl Cast {
    pub(super) fn intermediary(&self, index: IntermediaryIndex) -> &Intermediary {
        self.intermediaries.get(index.0).expect("an index is made from a place in the list")
    }

    pub(super) fn wallet(&self, index: WalletIndex) -> &Wallet {
        self.wallets.get(index.0).expect("an index is made from a place in the list")
    }
}

/// Checks the cast in the order of the file.
pub(super) fn check(page: &Page<'_>, written: &written::Scenario) -> Result<Cast, ScenarioError> {
    let currency = check_currency(page, &written.currency)?;
    let limits = check_limits(page, currency.notation(), &written.limits)?;
    let mut names = Register::default();
    let intermediaries = check_intermediaries(page, &currency, &mut names, &written.intermediary)?;
    let mut cast = Cast { currency, limits, intermediaries, wallets: Vec::new() };
    if written.wallet.is_empty() {
        return Err(ScenarioError { line: 1, problem: Problem::NoWallet });
    }
    for wallet in &written.wallet {
        let wallet = check_wallet(page, &cast, &mut names, wallet)?;
        cast.wallets.push(wallet);
    }
    Ok(cast)
}

fn check_currency(
    page: &Page<'_>,
    written: &written::CurrencyTerms,
) -> Result<CurrencyTerms, ScenarioError> {
    let code = written.code.get_ref();
    let currency = Currency::new(code)
        .ok_or_else(|| page.refuse(&written.code, Problem::NotACurrency { code: code.clone() }))?;
    let decimals = whole_number(page, "decimals", &written.decimals, 0, DECIMALS_MAX)?;
    let notation = Notation { currency, decimals };
    let mut denominations: Vec<Amount> = Vec::new();
    for value in written.denominations.get_ref() {
        let amount = read_amount(page, notation, value)?;
        let shown = notation.show(amount);
        let problem = match denominations.last() {
            _ if amount.is_zero() => {
                Problem::ZeroAmount { least: notation.show(Amount::from_minor_units(1)) }
            }
            Some(last) if *last >= amount => Problem::DenominationOrder { value: shown },
            Some(_) | None => {
                denominations.push(amount);
                continue;
            }
        };
        return Err(page.refuse(value, problem));
    }
    if denominations.is_empty() {
        return Err(page.refuse(&written.denominations, Problem::NoDenomination));
    }
    let issue = read_amount(page, notation, &written.issue)?;
    Ok(CurrencyTerms { code: currency, decimals, denominations, issue })
}

fn check_limits(
    page: &Page<'_>,
    notation: Notation,
    written: &written::Limits,
) -> Result<Limits, ScenarioError> {
    let most = i64::from(u16::MAX);
    Ok(Limits {
        payment: read_amount(page, notation, &written.payment)?,
        holding: read_amount(page, notation, &written.holding)?,
        received: read_amount(page, notation, &written.received)?,
        payments: whole_number(page, "payments", &written.payments, 1, most)?,
        reconcile_days: whole_number(page, "reconcile_days", &written.reconcile_days, 1, most)?,
    })
}

fn check_intermediaries(
    page: &Page<'_>,
    currency: &CurrencyTerms,
    names: &mut Register,
    written: &[written::Intermediary],
) -> Result<Vec<Intermediary>, ScenarioError> {
    if written.is_empty() {
        return Err(ScenarioError { line: 1, problem: Problem::NoIntermediary });
    }
    let notation = currency.notation();
    let mut sold = Amount::ZERO;
    let mut checked = Vec::new();
    for intermediary in written {
        give_name(page, names, &intermediary.name)?;
        let vault = read_amount(page, notation, &intermediary.vault)?;
        sold = add_up_to(sold, vault, currency.issue).map_err(|total| {
            let (total, issue) = (notation.show(total), notation.show(currency.issue));
            page.refuse(&intermediary.vault, Problem::VaultsAboveIssue { total, issue })
        })?;
        checked.push(Intermediary { name: intermediary.name.get_ref().clone(), vault });
    }
    Ok(checked)
}

fn check_wallet(
    page: &Page<'_>,
    cast: &Cast,
    names: &mut Register,
    written: &written::Wallet,
) -> Result<Wallet, ScenarioError> {
    give_name(page, names, &written.name)?;
    let name = written.name.get_ref().clone();
    let known: Vec<&str> = cast.intermediaries.iter().map(|one| one.name.as_str()).collect();
    let place = find(&known, written.intermediary.get_ref())
        .map_err(|problem| page.refuse(&written.intermediary, problem))?;
    let intermediary = IntermediaryIndex(place);
    let account = check_account(page, cast, intermediary, &written.account)?;
    let slots = whole_number(page, "slots", &written.slots, 1, SLOTS_MAX)?;
    let withdraw = match &written.withdraw {
        Some(amount) => Some(read_withdrawal(page, cast, &name, account, amount)?),
        None => None,
    };
    Ok(Wallet { name, kind: written.kind, intermediary, account, slots, withdraw })
}

/// Reads what is in an account; with the accounts before it, it fits into the vault of the bank.
fn check_account(
    page: &Page<'_>,
    cast: &Cast,
    intermediary: IntermediaryIndex,
    written: &Spanned<Decimal>,
) -> Result<Amount, ScenarioError> {
    let notation = cast.currency.notation();
    let account = read_amount(page, notation, written)?;
    let bank = cast.intermediary(intermediary);
    let others = cast.wallets.iter().filter(|wallet| wallet.intermediary == intermediary);
    let entrusted = Amount::checked_sum(others.map(|wallet| wallet.account))
        .expect("the accounts before this one fit into the vault");
    add_up_to(entrusted, account, bank.vault).map_err(|total| {
        let (total, vault) = (notation.show(total), notation.show(bank.vault));
        let intermediary = bank.name.clone();
        page.refuse(written, Problem::AccountsAboveVault { intermediary, total, vault })
    })?;
    Ok(account)
}

/// Reads what a wallet withdraws, out of at most so much in its account.
pub(super) fn read_withdrawal(
    page: &Page<'_>,
    cast: &Cast,
    wallet: &str,
    account: Amount,
    written: &Spanned<Decimal>,
) -> Result<Amount, ScenarioError> {
    let refuse = |problem| page.refuse(written, problem);
    let amount = cast.currency.read_payable(&written.get_ref().0).map_err(refuse)?;
    let notation = cast.currency.notation();
    if amount > account {
        let (wallet, account) = (wallet.to_owned(), notation.show(account));
        return Err(refuse(Problem::WithdrawalAboveAccount { wallet, account }));
    }
    if amount > cast.limits.holding {
        let (amount, limit) = (notation.show(amount), notation.show(cast.limits.holding));
        return Err(refuse(Problem::AboveHoldingLimit { amount, limit }));
    }
    Ok(amount)
}

fn read_amount(
    page: &Page<'_>,
    notation: Notation,
    written: &Spanned<Decimal>,
) -> Result<Amount, ScenarioError> {
    notation.read(&written.get_ref().0).map_err(|problem| page.refuse(written, problem))
}

fn give_name(
    page: &Page<'_>,
    names: &mut Register,
    written: &Spanned<String>,
) -> Result<(), ScenarioError> {
    let line = page.line(written);
    names.give(written.get_ref(), line).map_err(|problem| page.refuse(written, problem))
}

/// The sum, or as an error the sum that is beyond the bound.
fn add_up_to(total: Amount, more: Amount, bound: Amount) -> Result<Amount, Amount> {
    let sum = total.checked_add(more).unwrap_or(Amount::from_minor_units(u64::MAX));
    if sum > bound { Err(sum) } else { Ok(sum) }
}

fn whole_number<T: TryFrom<i64>>(
    page: &Page<'_>,
    key: &'static str,
    written: &Spanned<i64>,
    least: i64,
    most: i64,
) -> Result<T, ScenarioError> {
    let found = *written.get_ref();
    let refuse = || page.refuse(written, Problem::OutOfRange { key, found, least, most });
    if !(least..=most).contains(&found) {
        return Err(refuse());
    }
    T::try_from(found).map_err(|_| refuse())
}

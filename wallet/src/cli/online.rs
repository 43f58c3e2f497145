//! Commands that ask the intermediary.

use super::claim::{standing_json, standing_text};
use super::output::{Answer, Failure};
use super::progress::Progress;
use super::{Session, amount, files};
use crate::client::{Client, Unusable};
use crate::error::{Error, Money};
use crate::online::{self, Bring, Exchanges, Reconciled};
use crate::records::TokenState;
use crate::store::Store;
use crate::verbs::balance::Balance;
use crate::verbs::deposit::{Deposited, Scope};
use crate::wallet::Wallet;
use anyhow::{Context as _, anyhow};
use rand_core::CryptoRng;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use tender_proto::account::Account;
use tender_proto::invitation::Invitation;
use tender_proto::unread::Unread;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::error::Error as Rule;

impl<R: CryptoRng> Session<R> {
    pub(super) fn enrol(&mut self, path: &Path) -> Result<Answer, Failure> {
        let invitation = invitation(path)?;
        let mut client = connect(&invitation)?;
        let now = self.now;
        let (wallet, moved) = if self.file()?.exists() {
            let mut wallet = Wallet::open(Store::open(&self.file()?).map_err(Error::Store)?)?;
            let moved = wallet.begin_enrol(invitation, now)?;
            (wallet, moved)
        } else {
            files::make_home(self.home()?)?;
            (Wallet::create(&self.file()?, invitation, now, &mut self.rng)?, false)
        };
        let wallet = self.wallet.insert(wallet);
        online::enrol(wallet, &mut client, now)?;
        let invitation = wallet.invitation();
        let (name, address) = (&invitation.intermediary, &invitation.address);
        Ok(Answer {
            text: if moved {
                format!("{name} has moved; the wallet now asks it at {address}.")
            } else {
                format!(
                    "The wallet is enrolled with {name} and holds {}. Write down its 24 words, \
                     which `words` shows: without them nobody restores it.",
                    invitation.currency
                )
            },
            json: json!({
                "enrolled": true, "moved": moved, "identity": hex::encode(wallet.identity().0),
                "intermediary": invitation.intermediary, "currency": invitation.currency,
                "decimals": invitation.decimals,
            }),
        })
    }

    pub(super) fn provision(&mut self, slots: u16) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let mut client = connect(wallet.invitation())?;
        let (money, before) = (wallet.money()?, wallet.balance()?.slots_free);
        let progress = Progress::of("slots prepared");
        progress.show(0, usize::from(slots));
        let got = online::provision(wallet, &mut client, usize::from(slots), now, rng, &|| {
            progress.step();
        });
        progress.end();
        let free = wallet.balance()?.slots_free;
        // What came in before a refusal stays, so it is no failure.
        let came = free.saturating_sub(before);
        let (got, refused) = match got {
            Ok(got) => (got, None),
            Err(error @ Error::Refused { .. }) if came > 0 => (came, Some(error)),
            Err(error) => return Err(error.into()),
        };
        let mut text = format!("{got} slots came in; {free} are free.");
        if let Some(error) = &refused {
            let (wanted, told) = (usize::from(slots).saturating_sub(got), error.tell(money));
            write!(text, " {wanted} more did not: {told}")
                .expect("writing to a string cannot fail");
        }
        let refused = refused.map(|error| error.code());
        Ok(Answer { text, json: json!({ "slots": got, "slots_free": free, "refused": refused }) })
    }

    pub(super) fn withdraw(&mut self, text: &str) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let money = wallet.money()?;
        let amount = amount(text, money)?;
        let mut client = connect(wallet.invitation())?;
        let tokens = online::withdraw(wallet, &mut client, amount, now, rng)?;
        Ok(Answer {
            text: format!("{} came in as {tokens} tokens.", money.show(amount)),
            json: json!({ "withdrawn": amount.minor_units(), "tokens": tokens }),
        })
    }

    pub(super) fn balance(&mut self, ask: bool) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, _) = self.open()?;
        let (money, balance) = (wallet.money()?, wallet.balance()?);
        let account = if ask { account_if_reachable(wallet, now)? } else { None };
        let mut text = balance_text(&balance, money);
        text.push_str(&standing_text(&balance.claimed, now.day(), money));
        match account {
            Some(account) => {
                write!(text, "\nThe account {}.", money.holds(&account))
                    .expect("writing to a string cannot fail");
            }
            None if ask => text.push_str("\nThe account could not be asked."),
            None => {}
        }
        Ok(Answer { text, json: balance_json(&balance, account) })
    }

    pub(super) fn deposit(&mut self, all: bool, again: bool) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        if again {
            wallet.ask_again(now)?;
        }
        let mut client = connect(wallet.invitation())?;
        let scope = if all { Scope::All } else { Scope::Received };
        let done = online::deposit(wallet, &mut client, scope, now, rng)?;
        let money = wallet.money()?;
        Ok(Answer { text: deposit_text(&done, money), json: deposit_json(&done) })
    }

    pub(super) fn exchange(&mut self, all: bool) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let mut client = connect(wallet.invitation())?;
        let scope = if all { Scope::All } else { Scope::Received };
        let done = online::exchange(wallet, &mut client, scope, now, rng)?;
        let text = exchanges_text(&done, wallet.money()?);
        let text = if text.is_empty() { "There is nothing to exchange.".to_owned() } else { text };
        Ok(Answer { text, json: exchanges_json(&done) })
    }

    pub(super) fn reconcile(&mut self, bring: Bring) -> Result<Answer, Failure> {
        let now = self.now;
        let (wallet, rng) = self.open()?;
        let money = wallet.money()?;
        let mut client = connect(wallet.invitation())?;
        let done = online::reconcile(wallet, &mut client, bring, now, rng)?;
        let account = online::account(wallet, &mut client, now)?;
        let json = json!({
            "deposited": done.deposited.credited.minor_units(), "tokens": done.deposited.tokens,
            "refused": refusals(&done.deposited.lost),
            "waiting": refusals(&done.deposited.waiting),
            "transferred": done.transferred.value.minor_units(),
            "transfers_refused": refusals(&done.transferred.refused),
            "exchanges": exchanges_json(&done.exchanged),
            "withdrawn": done.withdrawn.minor_units(),
            "withdrawals_refused": refusals(&done.refused),
            "slots": done.slots, "slots_released": done.released,
            "manifest_changed": done.new_manifest,
            "reconciled": done.anew,
            "account": account.balance.minor_units(),
            "account_ready": account.ready.minor_units(),
        });
        let parts = [
            exchanges_text(&done.exchanged, money),
            deposit_text(&done.deposited, money),
            format!(
                "{} came in from withdrawals left open, and {} slots. The account {}.",
                money.show(done.withdrawn),
                done.slots.saturating_add(done.released),
                money.holds(&account),
            ),
            limits_text(&done, money),
        ];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        Ok(Answer { text: parts.collect::<Vec<_>>().join("\n"), json })
    }
}

/// Reads an invitation.
pub(super) fn invitation(path: &Path) -> Result<Invitation, Failure> {
    let text = String::from_utf8(files::read(path)?).map_err(Failure::usage)?;
    toml::from_str(&text)
        .map_err(|error| Unread::new(&error, &text))
        .context("the invitation cannot be read")
        .map_err(Failure::usage)
}

/// The account, or `None` if the intermediary cannot be reached.
fn account_if_reachable(wallet: &Wallet, now: Timestamp) -> Result<Option<Account>, Failure> {
    match online::account(wallet, &mut connect(wallet.invitation())?, now) {
        Err(Error::Unanswered { .. }) => Ok(None),
        outcome => Ok(Some(outcome?)),
    }
}

pub(super) fn connect(invitation: &Invitation) -> Result<Client, Failure> {
    Client::new(&invitation.address, &invitation.authority).map_err(|error| match error {
        Unusable::Transport(_) => Failure::usage(anyhow!(
            "The intermediary's address or certificate cannot be used. Ask the intermediary for a \
             new invitation."
        )),
        Unusable::System(_) => Failure::fault(error),
    })
}

fn balance_text(balance: &Balance, money: Money) -> String {
    let held = balance.tokens.iter().filter(|piece| piece.state == TokenState::Held).count();
    let mut text = format!(
        "{} in {held} tokens; {} on its way; {} slots free.",
        money.show(balance.value),
        money.show(balance.pending),
        balance.slots_free
    );
    if !balance.unconfirmed.is_zero() {
        let unconfirmed = money.show(balance.unconfirmed);
        write!(text, "\n{unconfirmed} was handed over and is not confirmed by the payee yet.")
            .expect("writing to a string cannot fail");
    }
    for (value, rule) in &balance.refused {
        text.push_str(&lost_text(*value, *rule, money));
    }
    text
}

fn balance_json(balance: &Balance, account: Option<Account>) -> Value {
    let tokens = balance.tokens.iter().map(|piece| {
        json!({
            "value": piece.value.minor_units(), "hops": piece.hops,
            "status": status(piece.state), "received": piece.received,
            "spendable": piece.spendable,
        })
    });
    json!({
        "value": balance.value.minor_units(),
        "tokens": tokens.collect::<Vec<_>>(),
        "slots_free": balance.slots_free,
        "pending": balance.pending.minor_units(),
        "unconfirmed": balance.unconfirmed.minor_units(),
        "claimed": standing_json(&balance.claimed),
        "refused": refusals(&balance.refused),
        "account": account.map(|account| account.balance.minor_units()),
        "account_ready": account.map(|account| account.ready.minor_units()),
    })
}

fn status(state: TokenState) -> &'static str {
    match state {
        TokenState::Held => "held",
        TokenState::Paid(_) => "paid",
        TokenState::Depositing(_) => "depositing",
        TokenState::Deposited(_) => "deposited",
        TokenState::Refused(_) => "refused",
        TokenState::Exchanging(_) => "exchanging",
        TokenState::Exchanged(_) => "exchanged",
    }
}

fn deposit_text(done: &Deposited, money: Money) -> String {
    let mut text = format!("{} went to the account.", money.show(done.credited));
    for (value, rule) in &done.lost {
        text.push_str(&lost_text(*value, *rule, money));
    }
    for (value, rule) in &done.waiting {
        let (value, rule, name) = (money.show(*value), rule.text(), rule.name());
        write!(text, "\n{value} waits: {rule} ({name}). It is kept, and will be sent again.")
            .expect("writing to a string cannot fail");
    }
    text
}

fn exchanges_text(done: &Exchanges, money: Money) -> String {
    let mut lines = Vec::new();
    if done.tokens > 0 {
        let (value, tokens) = (money.show(done.value), done.tokens);
        lines.push(format!("{value} were exchanged for {tokens} fresh tokens."));
    }
    for (value, rule) in &done.waiting {
        let (value, rule, name) = (money.show(*value), rule.text(), rule.name());
        lines.push(format!(
            "{value} wait to be exchanged: {rule} ({name}). They are sent again, and are free \
             after an hour."
        ));
    }
    if !done.returned.is_zero() {
        let value = money.show(done.returned);
        lines.push(format!("{value} could not be exchanged, and can be deposited."));
    }
    lines.join("\n")
}

fn exchanges_json(done: &Exchanges) -> Value {
    json!({
        "exchanged": done.value.minor_units(), "tokens": done.tokens,
        "waiting": refusals(&done.waiting), "returned": done.returned.minor_units(),
    })
}

/// Whether the limits began anew, and if not, why.
fn limits_text(done: &Reconciled, money: Money) -> String {
    if done.anew {
        return "The limits began anew.".to_owned();
    }
    let waiting = done.deposited.waiting.iter().chain(&done.exchanged.waiting);
    let value = Amount::checked_sum(waiting.map(|(value, _)| *value));
    let value = value.map_or_else(|| "More than can be counted".to_owned(), |sum| money.show(sum));
    format!("{value} wait, so the limits did not begin anew. Run `reconcile` again later.")
}

fn lost_text(value: Amount, rule: Rule, money: Money) -> String {
    if rule == Rule::Expired {
        let value = money.show(value);
        return format!("\n{value} came too late to be cashed ({}): run `claim`.", rule.name());
    }
    format!("\n{} is lost: {} ({}).", money.show(value), rule.text(), rule.name())
}

fn deposit_json(done: &Deposited) -> Value {
    json!({
        "deposited": done.credited.minor_units(), "tokens": done.tokens,
        "refused": refusals(&done.lost), "waiting": refusals(&done.waiting),
    })
}

pub(super) fn refusals(list: &[(Amount, Rule)]) -> Value {
    let rows = list.iter();
    rows.map(|(value, rule)| json!({ "value": value.minor_units(), "error": rule.name() }))
        .collect()
}

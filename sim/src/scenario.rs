//! The scenario of a demonstration: who takes part, with how much money, and what happens.
//!
//! A scenario is a TOML file that people edit. [`Scenario::parse`] turns its text into the types of
//! this file or refuses it with the line and what to write instead, before anything starts. What it
//! returns is checked: every name is resolved, every amount is payable with the denominations, and
//! no step needs a server that is stopped or money that cannot be there.
//!
//! `sim/scenarios/market-day.toml` is the commented example.

mod cast;
mod money;
mod names;
mod problem;
mod purse;
mod story;
mod written;

#[cfg(test)]
mod tests;

pub use problem::ScenarioError;

use serde::Deserialize;
use tender_token::amount::{Amount, Currency};

/// A checked scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The heading of the demonstration.
    pub title: String,
    /// The currency and what the issuer creates of it.
    pub currency: CurrencyTerms,
    /// What a wallet may do between two reconciliations.
    pub limits: Limits,
    /// The intermediaries in the order of the file; never empty.
    pub intermediaries: Vec<Intermediary>,
    /// The wallets in the order of the file; never empty.
    pub wallets: Vec<Wallet>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Reads and checks a scenario; the first thing that is wrong refuses it.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let page = written::Page::new(text);
        let written = page.read()?;
        let cast = cast::check(&page, &written)?;
        let steps = story::check(&page, &cast, &written.step)?;
        Ok(Self {
            title: written.title,
            currency: cast.currency,
            limits: cast.limits,
            intermediaries: cast.intermediaries,
            wallets: cast.wallets,
            steps,
        })
    }

    /// The intermediary that an index of this scenario names.
    pub fn intermediary(&self, index: IntermediaryIndex) -> &Intermediary {
        self.intermediaries.get(index.0).expect("an index of another scenario")
    }

    /// The wallet that an index of this scenario names.
    pub fn wallet(&self, index: WalletIndex) -> &Wallet {
        self.wallets.get(index.0).expect("an index of another scenario")
    }

    /// The name of a server: `issuer`, or that of the intermediary.
    pub fn server_name(&self, server: Server) -> &str {
        match server {
            Server::Issuer => names::ISSUER,
            Server::Intermediary(index) => &self.intermediary(index).name,
        }
    }
}

/// The currency of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyTerms {
    /// Its three letters.
    pub code: Currency,
    /// How many digits after the point an amount has, 0 to 4.
    pub decimals: u8,
    /// The values of its tokens, rising, none of them zero; never empty.
    pub denominations: Vec<Amount>,
    /// What the issuer creates before the first step.
    pub issue: Amount,
}

/// The policy limits of a wallet, which hold between two reconciliations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Greatest value of one payment.
    pub payment: Amount,
    /// Greatest value held.
    pub holding: Amount,
    /// Greatest value received.
    pub received: Amount,
    /// Greatest number of payments made.
    pub payments: u16,
    /// Days after which a wallet neither pays nor accepts without reconciling.
    pub reconcile_days: u16,
}

/// A bank that serves wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intermediary {
    /// Its name, unique in the scenario.
    pub name: String,
    /// What it buys from the issuer before the first step.
    pub vault: Amount,
}

/// A person or a shop with an account and a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Whether a person or a shop holds it.
    pub kind: WalletKind,
    /// The intermediary that keeps its account.
    pub intermediary: IntermediaryIndex,
    /// What is in the account before the first step.
    pub account: Amount,
    /// How many slots it provisions before the first step, 1 to 512.
    pub slots: u16,
    /// What it withdraws before the first step.
    pub withdraw: Option<Amount>,
}

/// Who holds a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WalletKind {
    /// A person.
    Person,
    /// A shop.
    Shop,
}

/// The place of an intermediary in [`Scenario::intermediaries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntermediaryIndex(pub usize);

/// The place of a wallet in [`Scenario::wallets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalletIndex(pub usize);

/// A process that a step can stop and start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Server {
    /// The issuer.
    Issuer,
    /// One of the intermediaries.
    Intermediary(IntermediaryIndex),
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of its `[[step]]` in the file.
    pub line: usize,
    /// What the narrator says before it.
    pub say: Option<String>,
    /// What happens.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// These servers stop.
    Offline(Vec<Server>),
    /// These servers start again.
    Online(Vec<Server>),
    /// One wallet pays another.
    Pay(Payment),
    /// One wallet spends the same tokens twice.
    Cheat(Cheat),
    /// Account money becomes tokens.
    Withdraw {
        /// The wallet.
        who: WalletIndex,
        /// How much.
        amount: Amount,
    },
    /// Everything the wallet has received becomes account money.
    Deposit {
        /// The wallet.
        who: WalletIndex,
    },
    /// These wallets reconcile, in this order; `everyone` is written out.
    Reconcile(Vec<WalletIndex>),
}

/// A payment from wallet to wallet; payer and payee differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The payer.
    pub from: WalletIndex,
    /// The payee.
    pub to: WalletIndex,
    /// How much; not zero.
    pub amount: Amount,
    /// What the payee offers to receive on.
    pub mode: Mode,
}

/// A double spend: copy the store, pay `first`, restore the copy, pay `then` with the same tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cheat {
    /// The cheat; differs from both payees.
    pub who: WalletIndex,
    /// The payee of the first spending.
    pub first: WalletIndex,
    /// The payee of the second spending; differs from the first.
    pub then: WalletIndex,
    /// How much each of them is paid; not zero.
    pub amount: Amount,
    /// What the payees offer to receive on.
    pub mode: Mode,
}

/// What a payee offers to receive on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Slots: the payee can pass the tokens on.
    Slot,
    /// A key: the payee can only cash the tokens.
    Key,
}

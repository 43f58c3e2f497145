//! The scenario as it is written: the keys of the file, the spans of their values, nothing checked.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use toml::Spanned;

use super::problem::{Problem, ScenarioError};
use super::{Mode, WalletKind};

/// The text of a scenario file, which knows its lines.
pub(super) struct Page<'a> {
    text: &'a str,
}

impl<'a> Page<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// Reads the text into the tables below, with every key known and every value of its type.
    pub(super) fn read(&self) -> Result<Scenario, ScenarioError> {
        let document = toml::de::Deserializer::parse(self.text)
            .map_err(|error| self.refuse_text(&error, Problem::syntax))?;
        Scenario::deserialize(document).map_err(|error| self.refuse_text(&error, Problem::shape))
    }

    fn refuse_text(&self, error: &toml::de::Error, sort: fn(&str) -> Problem) -> ScenarioError {
        let start = error.span().map_or(0, |span| span.start);
        ScenarioError { line: self.line_at(start), problem: sort(error.message()) }
    }

    /// The line of a written value, counted from 1.
    pub(super) fn line<T>(&self, place: &Spanned<T>) -> usize {
        self.line_at(place.span().start)
    }

    /// Refuses the scenario for what is written at this place.
    pub(super) fn refuse<T>(&self, place: &Spanned<T>, problem: Problem) -> ScenarioError {
        ScenarioError { line: self.line(place), problem }
    }

    fn line_at(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        before.split(|byte| *byte == b'\n').count()
    }
}

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub title: String,
    pub currency: CurrencyTerms,
    pub limits: Limits,
    #[serde(default)]
    pub intermediary: Vec<Intermediary>,
    #[serde(default)]
    pub wallet: Vec<Wallet>,
    #[serde(default)]
    pub step: Vec<Spanned<Step>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table `[currency]`")]
pub(super) struct CurrencyTerms {
    pub code: Spanned<String>,
    pub decimals: Spanned<i64>,
    pub denominations: Spanned<Vec<Spanned<Decimal>>>,
    pub issue: Spanned<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table `[limits]`")]
pub(super) struct Limits {
    pub payment: Spanned<Decimal>,
    pub holding: Spanned<Decimal>,
    pub received: Spanned<Decimal>,
    pub payments: Spanned<i64>,
    pub reconcile_days: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table `[[intermediary]]`")]
pub(super) struct Intermediary {
    pub name: Spanned<String>,
    pub vault: Spanned<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table `[[wallet]]`")]
pub(super) struct Wallet {
    pub name: Spanned<String>,
    pub kind: WalletKind,
    pub intermediary: Spanned<String>,
    pub account: Spanned<Decimal>,
    pub slots: Spanned<i64>,
    pub withdraw: Option<Spanned<Decimal>>,
}

/// A step with every action it might have; exactly one is written in a step that is accepted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table `[[step]]`")]
pub(super) struct Step {
    pub say: Option<String>,
    pub offline: Option<Names>,
    pub online: Option<Names>,
    pub pay: Option<Pay>,
    pub cheat: Option<Cheat>,
    pub withdraw: Option<Withdraw>,
    pub deposit: Option<Deposit>,
    pub reconcile: Option<Names>,
}

/// A list of names.
pub(super) type Names = Spanned<Vec<Spanned<String>>>;

/// One action of a step.
#[derive(Clone, Copy)]
pub(super) enum Action<'a> {
    Offline(&'a Names),
    Online(&'a Names),
    Pay(&'a Pay),
    Cheat(&'a Cheat),
    Withdraw(&'a Withdraw),
    Deposit(&'a Deposit),
    Reconcile(&'a Names),
}

impl Step {
    /// The actions that are written in the step, each with its key.
    pub(super) fn actions(&self) -> Vec<(&'static str, Action<'_>)> {
        let actions = [
            ("offline", self.offline.as_ref().map(Action::Offline)),
            ("online", self.online.as_ref().map(Action::Online)),
            ("pay", self.pay.as_ref().map(Action::Pay)),
            ("cheat", self.cheat.as_ref().map(Action::Cheat)),
            ("withdraw", self.withdraw.as_ref().map(Action::Withdraw)),
            ("deposit", self.deposit.as_ref().map(Action::Deposit)),
            ("reconcile", self.reconcile.as_ref().map(Action::Reconcile)),
        ];
        actions.into_iter().filter_map(|(key, action)| Some((key, action?))).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ from = ..., to = ..., amount = ..., mode = ... }`")]
pub(super) struct Pay {
    pub from: Spanned<String>,
    pub to: Spanned<String>,
    pub amount: Spanned<Decimal>,
    pub mode: Mode,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "`{ who = ..., first = ..., then = ..., amount = ..., mode = ... }`"
)]
pub(super) struct Cheat {
    pub who: Spanned<String>,
    pub first: Spanned<String>,
    pub then: Spanned<String>,
    pub amount: Spanned<Decimal>,
    pub mode: Mode,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ who = ..., amount = ... }`")]
pub(super) struct Withdraw {
    pub who: Spanned<String>,
    pub amount: Spanned<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{ who = ... }`")]
pub(super) struct Deposit {
    pub who: Spanned<String>,
}

/// An amount as text. A bare TOML number is refused: it would pass through a float.
pub(super) struct Decimal(pub String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecimalVisitor).map(Self)
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = String;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the amount in quotes, such as \"12.50\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

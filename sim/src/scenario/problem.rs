//! Everything that can be wrong with a scenario, and what to write instead.

use thiserror::Error;

/// Why a scenario is refused, and in which line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct ScenarioError {
    pub(super) line: usize,
    pub(super) problem: Problem,
}

impl ScenarioError {
    /// The line in the file, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// What is wrong. The text has two parts: what is wrong; what to write instead.
///
/// The variants carry text because they quote the file back to the person who edits it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Problem {
    // The text and its keys.
    #[error("{found}; write {expected}")]
    Syntax { found: String, expected: String },
    #[error("{found}; write {expected}")]
    WrongType { found: String, expected: String },
    #[error("unknown key {key}; write {known}")]
    UnknownKey { key: String, known: String },
    #[error("the key {key} is missing; write it as in market-day.toml")]
    MissingKey { key: String },
    #[error("{key} = {found} is out of range; write a whole number from {least} to {most}")]
    OutOfRange { key: &'static str, found: i64, least: i64, most: i64 },

    // Names.
    #[error(
        "`{name}` is not a name; write 1 to 32 letters, digits, single spaces or hyphens, \
         a hyphen never first"
    )]
    NotAName { name: String },
    #[error("the name `{name}` is reserved; write another name")]
    ReservedName { name: String },
    #[error("the name `{name}` is used in line {first_line} already; write another name")]
    DuplicateName { name: String, first_line: usize },
    #[error("unknown name `{name}`; write `{nearest}`")]
    UnknownName { name: String, nearest: String },
    #[error("there is no intermediary; write an [[intermediary]] with a name and a vault")]
    NoIntermediary,
    #[error("there is no wallet; write a [[wallet]] for each person and shop")]
    NoWallet,

    // Amounts.
    #[error("`{code}` is not a currency code; write three capital letters, such as FLN")]
    NotACurrency { code: String },
    #[error("`{found}` is not the currency of this scenario; write the amount in {code}")]
    OtherCurrency { found: String, code: String },
    #[error("`{amount}` is negative; write an amount without a sign")]
    NegativeAmount { amount: String },
    #[error("`{amount}` is not a decimal number; write digits such as {example}")]
    NotANumber { amount: String, example: String },
    #[error("`{amount}` has too many decimals; write at most {decimals} after the point")]
    TooManyDecimals { amount: String, decimals: u8 },
    #[error("`{amount}` is too large; write at most {most}")]
    AmountTooLarge { amount: String, most: String },
    #[error("an amount of zero is nothing; write at least {least}")]
    ZeroAmount { least: String },
    #[error("{amount} cannot be paid with the denominations; write a multiple of {smallest}")]
    NotPayable { amount: String, smallest: String },
    #[error("{amount} takes more than {tokens} tokens; write at most {most}")]
    TooManyTokens { amount: String, tokens: u16, most: String },
    #[error("there is no denomination; write at least one, such as [\"1.00\"]")]
    NoDenomination,
    #[error("the denomination {value} is not above the one before it; write them rising")]
    DenominationOrder { value: String },

    // Money that cannot be there.
    #[error("the vaults come to {total}; write vaults of at most the issue, {issue}, together")]
    VaultsAboveIssue { total: String, issue: String },
    #[error(
        "the accounts at `{intermediary}` come to {total}; \
         write accounts of at most its vault, {vault}, together"
    )]
    AccountsAboveVault { intermediary: String, total: String, vault: String },
    #[error("`{wallet}` withdraws more than the account holds; write at most {account}")]
    WithdrawalAboveAccount { wallet: String, account: String },
    #[error(
        "`{wallet}` has at most {spendable} to pass on; \
         write at most that, or let it withdraw or be paid on slots first"
    )]
    PaymentAboveHolding { wallet: String, spendable: String },

    // Limits.
    #[error("{amount} is beyond the payment limit; write at most {limit}")]
    AbovePaymentLimit { amount: String, limit: String },
    #[error("{amount} is beyond the holding limit; write at most {limit}")]
    AboveHoldingLimit { amount: String, limit: String },
    #[error(
        "`{wallet}` would receive {total} before it reconciles; \
         write payments of at most {limit} together"
    )]
    AboveReceivedLimit { wallet: String, total: String, limit: String },
    #[error(
        "`{wallet}` makes more than {limit} payments before it reconciles; \
         write a reconcile step before this one"
    )]
    TooManyPayments { wallet: String, limit: u16 },

    // Steps.
    #[error("the step does nothing; write one of {actions}")]
    NoAction { actions: String },
    #[error("the step has {written}; write one action and a [[step]] for each other")]
    SeveralActions { written: String },
    #[error("`{key}` names nobody; write at least one name")]
    EmptyList { key: &'static str },
    #[error("`{name}` is named twice; write it once")]
    NamedTwice { name: String },
    #[error("`everyone` stands beside other names; write [\"everyone\"] alone")]
    EveryoneAndOthers,
    #[error("`{wallet}` pays itself; write another payee")]
    PaysItself { wallet: String },
    #[error("`{wallet}` is paid the same tokens twice; write another payee for `then`")]
    CheatsOnePayee { wallet: String },
    #[error(
        "`{wallet}` needs `{server}`, which is offline; \
         write a step online = [\"{server}\"] before this one"
    )]
    ServerOffline { wallet: String, server: String },
    #[error("`{server}` is offline already; write only servers that are online")]
    AlreadyOffline { server: String },
    #[error("`{server}` is online already; write only servers that are offline")]
    AlreadyOnline { server: String },
}

impl Problem {
    /// Reads what the TOML parser says of text that is not TOML: `found, expected ...`.
    pub(super) fn syntax(message: &str) -> Self {
        let (found, expected) = halves(message, "valid TOML");
        Self::Syntax { found, expected }
    }

    /// Reads what serde says of TOML that is not a scenario.
    pub(super) fn shape(message: &str) -> Self {
        if let Some(rest) = message.strip_prefix("unknown field ") {
            let (key, known) = halves(rest, "a key of market-day.toml");
            return Self::UnknownKey { key, known };
        }
        if let Some(key) = message.strip_prefix("missing field ") {
            return Self::MissingKey { key: key.to_owned() };
        }
        let (found, expected) = halves(message, "a value as in market-day.toml");
        Self::WrongType { found, expected }
    }
}

/// Splits a message of the parser into what it found and what it expected instead.
fn halves(message: &str, otherwise: &str) -> (String, String) {
    if message == "duplicate key" {
        let once = "each key once, and tables that repeat in double brackets";
        return (message.to_owned(), once.to_owned());
    }
    let (found, expected) = message.split_once(", expected ").unwrap_or((message, otherwise));
    let plain = PLAIN_WORDS.iter().find(|(word, _)| *word == expected);
    (found.to_owned(), plain.map_or(expected, |(_, plain)| plain).to_owned())
}

/// What the parser expects, in the words of people.
const PLAIN_WORDS: [(&str, &str); 4] = [
    ("i64", "a whole number"),
    ("a string", "text in quotes"),
    ("literal string", "text in quotes"),
    ("a sequence", "a list in brackets, or a table that repeats in double brackets"),
];

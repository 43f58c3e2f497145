//! Why a verb did not do what was asked, and what a person is told about it.

mod advice;
mod next_step;

use crate::intermediary::Unanswered;
use crate::seed::WordsError;
use crate::store::StoreError;
use tender_proto::account::Account;
use tender_token::amount::Amount;
use tender_token::error::Error as Rule;
use tender_token::policy::limits::Bound;

pub use advice::Money;

/// Result of a verb.
pub type Result<T> = core::result::Result<T, Error>;

/// The verbs of a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Becoming known to an intermediary.
    Enrol,
    /// Learning the manifest.
    Trust,
    /// Getting slots certified.
    Provision,
    /// Turning account money into tokens.
    Withdraw,
    /// Asking for a payment.
    Offer,
    /// Paying an offer.
    Pay,
    /// Taking a payment.
    Receive,
    /// Keeping the payee's word.
    Confirm,
    /// Turning tokens into account money.
    Deposit,
    /// Turning tokens into fresh tokens.
    Exchange,
    /// Making a reference of the account known.
    Reference,
    /// Sending account money to another account.
    Transfer,
    /// Reading what moved the account.
    Statement,
    /// Getting back what nobody cashed.
    Claim,
    /// Finding again what a lost wallet had.
    Restore,
    /// Reading the account.
    Account,
}

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule of the protocol says no, checked here or by the other side.
    #[error("{rule}")]
    Refused {
        /// Who asked.
        verb: Verb,
        /// Which rule.
        rule: Rule,
    },
    /// A limit of the policy would be exceeded.
    #[error("{}: {}", Rule::Limit.name(), Rule::Limit.text())]
    Limit {
        /// Who asked.
        verb: Verb,
        /// Which limit.
        bound: Bound,
    },
    /// A withdrawal is not covered by the account, or not by who keeps it.
    #[error("{}: {}", Rule::Funds.name(), Rule::Funds.text())]
    Funds {
        /// What was asked for.
        amount: Amount,
        /// What there is in the account, and what is held ready outside.
        account: Account,
    },
    /// Nothing was asked for.
    #[error("the amount is zero")]
    Zero {
        /// Who asked.
        verb: Verb,
    },
    /// No set of tokens is worth exactly this.
    #[error("no set of tokens is worth exactly {} minor units", amount.minor_units())]
    NotPayable {
        /// Who asked.
        verb: Verb,
        /// What was asked for.
        amount: Amount,
        /// The greatest amount below that can be paid.
        below: Option<Amount>,
        /// The least amount above that can be paid.
        above: Option<Amount>,
    },
    /// The offer has another number of slots than the payment has tokens.
    #[error("the offer has {offered} slots, the payment would take {needed} tokens")]
    SlotCount {
        /// Slots in the offer.
        offered: usize,
        /// Tokens that would pay it.
        needed: usize,
    },
    /// The offer's slots are of several series, which this wallet does not pay.
    #[error("the offer's slots are of several series")]
    MixedSeries,
    /// There are not enough free slots.
    #[error("{needed} free slots are needed, there are {free}")]
    SlotsMissing {
        /// Who asked.
        verb: Verb,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        free: usize,
    },
    /// The wallet is not enrolled.
    #[error("the wallet is not enrolled")]
    NotEnrolled,
    /// The invitation is of another intermediary or issuer than the wallet's.
    #[error("the invitation is of another intermediary or issuer")]
    AnotherIntermediary,
    /// The invitation cannot be used.
    #[error("the invitation is unusable")]
    Invitation,
    /// The words are no seed.
    #[error("the words cannot be used: {0}")]
    Words(#[from] WordsError),
    /// The wallet holds no manifest.
    #[error("the wallet holds no manifest")]
    Untrusted,
    /// The intermediary gave no answer.
    #[error("the intermediary gave no answer")]
    Unanswered {
        /// Who asked.
        verb: Verb,
        /// Why.
        cause: Unanswered,
    },
    /// The wallet's file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a program tells errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Refused: nothing is lost. Exit code 1.
    Refused,
    /// The caller's mistake. Exit code 2.
    Usage,
    /// No answer: ask again. Exit code 3.
    Fault,
}

impl Error {
    /// How a program tells this error apart.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { .. }
            | Self::Limit { .. }
            | Self::Funds { .. }
            | Self::Zero { .. }
            | Self::NotPayable { .. }
            | Self::SlotCount { .. }
            | Self::MixedSeries => Class::Refused,
            Self::SlotsMissing { .. }
            | Self::NotEnrolled
            | Self::AnotherIntermediary
            | Self::Invitation
            | Self::Words(_)
            | Self::Untrusted
            | Self::Store(StoreError::Missing) => Class::Usage,
            Self::Unanswered { .. } | Self::Store(_) => Class::Fault,
        }
    }

    /// The rule of the protocol that this error stands for, if one does.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::Refused { rule, .. } => Some(*rule),
            Self::Limit { .. } => Some(Rule::Limit),
            Self::Funds { .. } | Self::NotPayable { above: None, .. } => Some(Rule::Funds),
            Self::Zero { .. } | Self::NotPayable { .. } | Self::SlotCount { .. } => {
                Some(Rule::Amount)
            }
            Self::MixedSeries => Some(Rule::Offer),
            Self::SlotsMissing { .. }
            | Self::NotEnrolled
            | Self::AnotherIntermediary
            | Self::Invitation
            | Self::Words(_)
            | Self::Untrusted
            | Self::Unanswered { .. }
            | Self::Store(_) => None,
        }
    }

    /// `E_…`, `USAGE` or `FAULT`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (self.rule(), self.class()) {
            (Some(rule), _) => rule.name(),
            (None, Class::Refused | Class::Usage) => "USAGE",
            (None, Class::Fault) => "FAULT",
        }
    }
}

impl Verb {
    /// Names the rule that said no to this verb.
    pub(crate) fn refused(self) -> impl Fn(Rule) -> Error {
        move |rule| Error::Refused { verb: self, rule }
    }

    /// The wallet was told something that is no answer to what it asked.
    pub(crate) fn misunderstood(self) -> Error {
        Error::Unanswered { verb: self, cause: Unanswered::Misunderstood }
    }
}

//! What a person can do about an error.

use super::{Error, Money, Verb};
use crate::intermediary::Unanswered;
use crate::store::StoreError;
use std::borrow::Cow;
use tender_token::error::Error as Rule;
use tender_token::policy::limits::Bound;

/// What to do about a rule that said no; anything else is [`otherwise`].
const ADVICE: &[(Rule, &str)] = &[
    (Rule::OfferExpired, "Ask the payee for a new offer."),
    (Rule::SplitView, "Both sides run `reconcile`, and the payee makes a new offer."),
    (Rule::Manifest, "Run `reconcile`; if it happens again, tell the intermediary."),
    (Rule::Funds, "Ask for less, or have the account filled up."),
    (Rule::Quota, "Use the slots you have; new ones come with the next series."),
    (Rule::Rate, "Try again tomorrow."),
    (Rule::Wallet, "The wallet may be closed: talk to the intermediary."),
    (Rule::Pop, "Enrol again with a new invitation."),
    (Rule::DuplicateU, "Talk to the intermediary: this identity is registered already."),
    (Rule::Double, "Do not hand anything over. Keep the payment: it proves who paid twice."),
    (Rule::SlotReused, "Do not hand anything over, and ask for another payment."),
    (Rule::AlreadyAnswered, "Pay again with other tokens. Never restore a copy of a wallet."),
    (Rule::Expired, "Cash tokens of this series with `deposit --all`, or later with `claim`."),
    (Rule::Vrf, "Nothing was revealed. Tell the intermediary: the issuer's answer is wrong."),
    (Rule::Receipt, "Nothing was revealed. Tell the intermediary: the issuer's answer is wrong."),
    (Rule::Cert, "Keep the wallet as it is: it holds the evidence. Tell the intermediary."),
    (Rule::Value, "Keep the wallet as it is: it holds the evidence. Tell the intermediary."),
    (Rule::KeySuspect, "Do not use this series any more, and tell the intermediary."),
];

impl Error {
    /// What to do.
    pub(super) fn next_step(&self, money: Money) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Limit { bound, .. } => return within(*bound, money),
            Self::Refused { verb: Verb::Receive, rule: Rule::OfferExpired } => {
                "Tell the payer: the tokens stay bound to this payment, which came too late. \
                 Payments must arrive before their offer expires."
            }
            Self::Refused { verb: Verb::Withdraw, rule: Rule::Expired } => {
                "The last day to claim them was over before their signatures came. Keep the wallet \
                 as it is, and talk to the intermediary."
            }
            Self::Refused { verb: Verb::Withdraw | Verb::Transfer, rule: Rule::Limit } => {
                "Ask for less: the bank limits what goes out at once, in a day and to this wallet."
            }
            Self::Refused { verb: Verb::Transfer, rule: Rule::Wallet | Rule::SidConflict } => {
                "Ask the payee for a new reference: each is for one transfer."
            }
            Self::Refused { verb: Verb::Exchange, rule: Rule::Limit } => {
                "The policy allows no exchange without a name: use `deposit`."
            }
            Self::Refused { verb: Verb::Enrol, rule: Rule::Auth } => {
                "An invitation enrols one wallet once: ask the intermediary for a new one."
            }
            Self::Refused { verb: Verb::Claim, rule: Rule::Window } => {
                "Wait: the issuer publishes what was cashed when the last deposit day is over. Run \
                 `claim` again tomorrow."
            }
            Self::Refused { verb: Verb::Claim, rule: Rule::Encoding } => {
                "Run `claim` again; if it happens again, tell the intermediary that its cashed \
                 list is damaged."
            }
            Self::Refused { verb, rule } => advice(*rule).unwrap_or_else(|| otherwise(*verb)),
            Self::Funds { amount, account } if account.available() < *amount => {
                advice(Rule::Funds).unwrap_or_else(|| otherwise(Verb::Withdraw))
            }
            Self::Funds { .. } => "Ask for less, or tell the intermediary: its vault may be empty.",
            Self::NotPayable { verb: Verb::Withdraw, .. } => "Ask for another amount.",
            Self::NotPayable { .. } => "Agree on another amount, or withdraw smaller tokens.",
            Self::SlotCount { .. } => {
                "Show the payee the number from `plan`, and ask for an offer with so many slots."
            }
            Self::Zero { .. } => "Name an amount above zero.",
            Self::MixedSeries => "Ask the payee for an offer with slots of one series.",
            Self::SlotsMissing { .. } => "Run `provision --slots N` first.",
            Self::NotEnrolled => "Run `enrol --invitation FILE` first.",
            Self::AnotherIntermediary | Self::Store(StoreError::Exists) => {
                "Use another folder for another wallet."
            }
            Self::Invitation | Self::Unanswered { cause: Unanswered::Untrusted, .. } => {
                "Ask the intermediary for a new invitation."
            }
            Self::Words(_) => "Compare them with what you wrote down, word by word, in order.",
            Self::Untrusted => "Run `reconcile` when you are online.",
            Self::Unanswered { .. } => "Run the same command again later.",
            Self::Store(error) => stored(error),
        })
    }
}

/// What to do about the wallet's file.
fn stored(error: &StoreError) -> &'static str {
    match error {
        StoreError::Missing => {
            "Name another folder with `--home`, or run `enrol --invitation FILE` first."
        }
        StoreError::InUse => "Let it finish, and run the same command again.",
        StoreError::Schema { .. } => "Use the version of this program that wrote it.",
        error if error.is_damage() => {
            "Keep the file as it is, put no older copy in its place, and ask the intermediary."
        }
        StoreError::Exists
        | StoreError::Corrupt { .. }
        | StoreError::Answered(_)
        | StoreError::File(_)
        | StoreError::Engine(_) => "Mend that, and run the same command again.",
    }
}

/// What to do about a limit. Zero forbids, and no reconciliation changes that.
fn within(bound: Bound, money: Money) -> Cow<'static, str> {
    let forbidden = match bound {
        Bound::Payment(limit) | Bound::Holding(limit) | Bound::Received(limit) => limit.is_zero(),
        Bound::Payments(limit) | Bound::ReconcileDays(limit) => limit == 0,
    };
    if forbidden {
        return "That limit forbids it altogether: use the account instead.".into();
    }
    match bound {
        Bound::Payment(limit) => {
            format!("Agree on at most {} for one payment.", money.show(limit)).into()
        }
        Bound::Holding(_) | Bound::Received(_) => {
            "Run `reconcile` when you are online, or use a smaller amount.".into()
        }
        Bound::Payments(_) | Bound::ReconcileDays(_) => {
            "Run `reconcile` when you are online.".into()
        }
    }
}

/// What to do about a rule, if it has advice of its own.
fn advice(rule: Rule) -> Option<&'static str> {
    ADVICE.iter().find(|(known, _)| *known == rule).map(|(_, advice)| *advice)
}

/// What to do about a rule that has no advice of its own.
fn otherwise(verb: Verb) -> &'static str {
    match verb {
        Verb::Enrol => "Ask the intermediary for a new invitation.",
        Verb::Pay => "Ask the payee for a new offer.",
        Verb::Receive => "Do not hand anything over, and ask the payer for a right payment.",
        Verb::Confirm => "Ask the payee for the right receipt.",
        Verb::Offer => "Make another offer.",
        Verb::Trust
        | Verb::Provision
        | Verb::Withdraw
        | Verb::Deposit
        | Verb::Exchange
        | Verb::Reference
        | Verb::Transfer
        | Verb::Statement
        | Verb::Claim
        | Verb::Restore
        | Verb::Account => "Tell the intermediary.",
    }
}

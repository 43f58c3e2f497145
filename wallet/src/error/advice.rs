//! What a person is told: what happened, where the money is, what to do.

use super::{Bound, Error, Verb};
use crate::intermediary::Unanswered;
use crate::store::StoreError;
use tender_token::amount::{Amount, Currency};
use tender_token::error::Error as Rule;

/// How amounts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The currency.
    pub currency: Currency,
    /// Digits after the point.
    pub decimals: u8,
}

impl Money {
    /// An amount as people write it, such as `12.50 FLN`.
    #[must_use]
    pub fn show(self, amount: Amount) -> String {
        format!("{} {}", amount.to_decimal(self.decimals), self.currency)
    }
}

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
    (Rule::Expired, "Cash tokens of this series with `deposit --all`."),
    (Rule::Vrf, "Nothing was revealed. Tell the intermediary: the issuer's answer is wrong."),
    (Rule::Receipt, "Nothing was revealed. Tell the intermediary: the issuer's answer is wrong."),
    (Rule::Cert, "Keep the wallet as it is: it holds the evidence. Tell the intermediary."),
    (Rule::Value, "Keep the wallet as it is: it holds the evidence. Tell the intermediary."),
    (Rule::KeySuspect, "Do not use this series any more, and tell the intermediary."),
];

impl Error {
    /// Three sentences for a person: what happened, where the money is, what to do.
    #[must_use]
    pub fn tell(&self, money: Money) -> String {
        format!("{} {} {}", self.happened(money), self.whereabouts(), self.next_step())
    }

    fn happened(&self, money: Money) -> String {
        match self {
            Self::Refused { verb, rule } => {
                format!("{} was refused: {} ({}).", verb.name(), rule.text(), rule.name())
            }
            Self::Limit { bound, .. } => format!("{} (E_LIMIT).", bound.text(money)),
            Self::NotPayable { verb, amount, below, above } => {
                let amount = money.show(*amount);
                let nearest = match (below, above) {
                    (Some(below), Some(above)) => {
                        format!("; nearest are {} and {}", money.show(*below), money.show(*above))
                    }
                    (Some(near), None) | (None, Some(near)) => {
                        format!("; nearest is {}", money.show(*near))
                    }
                    (None, None) => String::new(),
                };
                match verb {
                    Verb::Withdraw => format!("No denominations make exactly {amount}{nearest}."),
                    Verb::Enrol
                    | Verb::Trust
                    | Verb::Provision
                    | Verb::Offer
                    | Verb::Pay
                    | Verb::Receive
                    | Verb::Confirm
                    | Verb::Deposit
                    | Verb::Account => {
                        format!("No tokens in this wallet make exactly {amount}{nearest}.")
                    }
                }
            }
            Self::SlotCount { offered, needed } => format!(
                "The offer has {offered} slots, but this wallet pays that with {needed} tokens."
            ),
            Self::MixedSeries => "The offer mixes slots of several series.".to_owned(),
            Self::SlotsMissing { needed, free, .. } => {
                format!("This takes {needed} free slots, and the wallet has {free}.")
            }
            Self::NotEnrolled => "The wallet is not enrolled.".to_owned(),
            Self::EnrolledAlready => "The wallet is enrolled by another invitation.".to_owned(),
            Self::Invitation => "The invitation cannot be used.".to_owned(),
            Self::Untrusted => "The wallet has not learned the manifest yet.".to_owned(),
            Self::Unanswered { cause, .. } => cause.text().to_owned(),
            Self::Store(error) => format!("The wallet cannot be used: {error}."),
        }
    }

    /// Where the money is now.
    fn whereabouts(&self) -> &'static str {
        match self {
            Self::Refused { verb, rule } => match (verb, rule) {
                (Verb::Pay | Verb::Deposit, Rule::AlreadyAnswered) => {
                    "A token in this wallet was passed on before, and is now marked as gone."
                }
                (Verb::Withdraw, Rule::Value) => {
                    "The tokens that verify are in this wallet; the others are owed to you."
                }
                (Verb::Provision, _) => "No money is involved in slots.",
                (verb, _) => verb.untouched(),
            },
            Self::Limit { verb, .. }
            | Self::NotPayable { verb, .. }
            | Self::SlotsMissing { verb, .. } => verb.untouched(),
            Self::SlotCount { .. } | Self::MixedSeries => Verb::Pay.untouched(),
            Self::NotEnrolled
            | Self::EnrolledAlready
            | Self::Invitation
            | Self::Untrusted
            | Self::Store(StoreError::Missing | StoreError::Exists) => "No money has moved.",
            Self::Unanswered { verb, .. } => match verb {
                Verb::Withdraw | Verb::Deposit => {
                    "The request is kept in this wallet, so nothing is lost whoever has the money."
                }
                Verb::Enrol
                | Verb::Trust
                | Verb::Provision
                | Verb::Offer
                | Verb::Pay
                | Verb::Receive
                | Verb::Confirm
                | Verb::Account => "Your tokens are where they were.",
            },
            Self::Store(_) => "Your money is as the file last recorded it.",
        }
    }

    /// What to do.
    fn next_step(&self) -> &'static str {
        match self {
            Self::Refused { verb, rule } => {
                let known = ADVICE.iter().find(|(known, _)| known == rule);
                known.map_or_else(|| otherwise(*verb), |(_, advice)| advice)
            }
            Self::Limit { .. } => "Run `reconcile` when you are online, or use a smaller amount.",
            Self::NotPayable { verb: Verb::Withdraw, .. } => "Ask for another amount.",
            Self::NotPayable { .. } => "Agree on another amount, or withdraw smaller tokens.",
            Self::SlotCount { .. } => {
                "Show the payee the number from `plan`, and ask for an offer with so many slots."
            }
            Self::MixedSeries => "Ask the payee for an offer with slots of one series.",
            Self::SlotsMissing { .. } => "Run `provision --slots N` first.",
            Self::NotEnrolled => "Run `enrol --invitation FILE` first.",
            Self::EnrolledAlready | Self::Store(StoreError::Exists) => {
                "Use another folder for another wallet."
            }
            Self::Invitation => "Ask the intermediary for a new invitation.",
            Self::Untrusted => "Run `reconcile` when you are online.",
            Self::Unanswered { .. } => "Run the same command again later.",
            Self::Store(StoreError::Missing) => {
                "Name another folder with `--home`, or run `enrol --invitation FILE` first."
            }
            Self::Store(StoreError::InUse) => "Let it finish, and run the same command again.",
            Self::Store(_) => "Repair that, and run the same command again.",
        }
    }
}

/// What to do about a rule that has no advice of its own.
fn otherwise(verb: Verb) -> &'static str {
    match verb {
        Verb::Enrol => "Ask the intermediary for a new invitation.",
        Verb::Pay => "Ask the payee for a new offer.",
        Verb::Receive => "Do not hand anything over, and ask the payer for a right payment.",
        Verb::Confirm => "Ask the payee for the right receipt.",
        Verb::Offer => "Make another offer.",
        Verb::Trust | Verb::Provision | Verb::Withdraw | Verb::Deposit | Verb::Account => {
            "Tell the intermediary."
        }
    }
}

impl Verb {
    /// What the verb is called.
    fn name(self) -> &'static str {
        match self {
            Self::Enrol => "Enrolling",
            Self::Trust => "The manifest",
            Self::Provision => "Provisioning",
            Self::Withdraw => "The withdrawal",
            Self::Offer => "The offer",
            Self::Pay => "Paying",
            Self::Receive => "The payment",
            Self::Confirm => "The receipt",
            Self::Deposit => "The deposit",
            Self::Account => "Reading the account",
        }
    }

    /// Where the money is after the verb was refused.
    fn untouched(self) -> &'static str {
        match self {
            Self::Enrol | Self::Trust | Self::Provision | Self::Account => "No money has moved.",
            Self::Withdraw => "The money is still in the account.",
            Self::Offer => "Nothing was asked for.",
            Self::Pay => "Your tokens are still in this wallet.",
            Self::Receive => "Nothing was taken: the payer still owes you the money.",
            Self::Confirm => "The payment stands as it was.",
            Self::Deposit => "The tokens are still in this wallet.",
        }
    }
}

impl Bound {
    fn text(self, money: Money) -> String {
        match self {
            Self::Payment(limit) => {
                format!("One offline payment may be worth at most {}", money.show(limit))
            }
            Self::Holding(limit) => format!("A wallet may hold at most {}", money.show(limit)),
            Self::Received(limit) => {
                format!("A wallet may receive at most {} until it reconciles", money.show(limit))
            }
            Self::Payments(limit) => {
                format!("A wallet may make at most {limit} payments until it reconciles")
            }
            Self::ReconcileDays(limit) => {
                format!("A wallet must reconcile every {limit} days to pay and to be paid")
            }
        }
    }
}

impl Unanswered {
    fn text(self) -> &'static str {
        match self {
            Self::Unreachable => "The intermediary cannot be reached.",
            Self::Untrusted => "The other end of the line is not the intermediary.",
            Self::Overloaded => "The intermediary has kept the request but has no answer yet.",
            Self::Rejected => "The intermediary could not make sense of the request.",
            Self::Misunderstood => "The intermediary's answer makes no sense.",
        }
    }
}

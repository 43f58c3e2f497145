//! What a person is told: what happened and where the money is. What to do is in
//! [`super::next_step`].

use super::{Error, Verb};
use crate::intermediary::Unanswered;
use crate::store::StoreError;
use tender_proto::account::Account;
use tender_token::amount::{Amount, Currency};
use tender_token::error::Error as Rule;
use tender_token::policy::limits::Bound;

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

    /// What an account holds, after its name.
    pub(crate) fn holds(self, account: &Account) -> String {
        let (balance, ready) = (self.show(account.balance), self.show(account.ready));
        if account.ready.is_zero() {
            return format!("holds {balance}");
        }
        format!("holds {balance}, and {ready} more are held ready for it outside")
    }
}

impl Error {
    /// Three sentences for a person: what happened, where the money is, what to do.
    #[must_use]
    pub fn tell(&self, money: Money) -> String {
        format!("{} {} {}", self.happened(money), self.whereabouts(), self.next_step(money))
    }

    fn happened(&self, money: Money) -> String {
        match self {
            Self::Refused { verb: Verb::Enrol, rule: Rule::Auth } => {
                "The invitation was used already, or is none of this intermediary's (E_AUTH)."
                    .to_owned()
            }
            Self::Refused { verb, rule } => {
                format!("{} was refused: {} ({}).", verb.name(), rule.text(), rule.name())
            }
            Self::Limit { bound, .. } => format!("{} (E_LIMIT).", exceeded(*bound, money)),
            Self::Funds { amount, account } => {
                let (wanted, holds) = (money.show(*amount), money.holds(account));
                if account.available() < *amount {
                    format!("The account {holds}, which is less than {wanted} (E_FUNDS).")
                } else {
                    format!("{wanted} was refused although the account {holds} (E_FUNDS).")
                }
            }
            Self::NotPayable { verb, amount, below, above } => {
                let withdraws = *verb == Verb::Withdraw;
                let pieces = if withdraws { "denominations" } else { "tokens in this wallet" };
                let nearest =
                    nearest([*below, *above].map(|near| near.map(|near| money.show(near))));
                format!("No {pieces} make exactly {}{nearest}.", money.show(*amount))
            }
            Self::SlotCount { offered, needed } => format!(
                "The offer has {offered} slots, but this wallet pays that with {needed} tokens."
            ),
            Self::Zero { .. } => "The amount is zero (E_AMOUNT).".to_owned(),
            Self::MixedSeries => "The offer mixes slots of several series.".to_owned(),
            Self::SlotsMissing { needed, free, .. } => {
                format!("This takes {needed} free slots, and the wallet has {free}.")
            }
            Self::NotEnrolled => "The wallet is not enrolled.".to_owned(),
            Self::AnotherIntermediary => {
                "The invitation is not of this wallet's intermediary and issuer.".to_owned()
            }
            Self::Invitation => "The invitation cannot be used.".to_owned(),
            Self::Words(error) => format!("The words cannot be used: {error}."),
            Self::Untrusted => "The wallet has not learned the manifest yet.".to_owned(),
            Self::Unanswered { cause, .. } => cause.text().to_owned(),
            Self::Store(error) if error.is_damage() => {
                format!("The wallet's file is damaged: {error}.")
            }
            Self::Store(error) => format!("The wallet cannot be used: {error}."),
        }
    }

    /// Where the money is now.
    fn whereabouts(&self) -> &'static str {
        match self {
            Self::Refused { verb, rule } => match (verb, rule) {
                (Verb::Pay | Verb::Deposit | Verb::Exchange, Rule::AlreadyAnswered) => {
                    "A token in this wallet was passed on before, and is now marked as gone."
                }
                (Verb::Withdraw | Verb::Exchange, Rule::Value) => {
                    "The tokens that verify are in this wallet; the others are owed to you."
                }
                (Verb::Withdraw, Rule::Expired) => {
                    "The account paid for these tokens, and they are worth nothing any more."
                }
                (Verb::Provision, _) => "No money is involved in slots.",
                (verb, _) => verb.untouched(),
            },
            Self::Limit { verb, .. }
            | Self::Zero { verb }
            | Self::NotPayable { verb, .. }
            | Self::SlotsMissing { verb, .. } => verb.untouched(),
            Self::Funds { .. } => Verb::Withdraw.untouched(),
            Self::SlotCount { .. } | Self::MixedSeries => Verb::Pay.untouched(),
            Self::NotEnrolled
            | Self::AnotherIntermediary
            | Self::Invitation
            | Self::Words(_)
            | Self::Untrusted
            | Self::Store(StoreError::Missing | StoreError::Exists) => "No money has moved.",
            Self::Unanswered { verb, .. } => match verb {
                Verb::Withdraw | Verb::Deposit | Verb::Exchange | Verb::Transfer | Verb::Claim => {
                    "The request is kept in this wallet, so nothing is lost whoever has the money."
                }
                Verb::Enrol
                | Verb::Trust
                | Verb::Provision
                | Verb::Offer
                | Verb::Pay
                | Verb::Receive
                | Verb::Confirm
                | Verb::Reference
                | Verb::Statement
                | Verb::Restore
                | Verb::Account => "Your tokens are where they were.",
            },
            Self::Store(error) if error.is_damage() => {
                "Its tokens are in that file and nowhere else; the account is as it was."
            }
            Self::Store(_) => "Your money is as the file last recorded it.",
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
            Self::Exchange => "The exchange",
            Self::Reference => "The reference",
            Self::Transfer => "The transfer",
            Self::Statement => "Reading the statement",
            Self::Claim => "The claim",
            Self::Restore => "Restoring",
            Self::Account => "Reading the account",
        }
    }

    /// Where the money is after the verb was refused.
    fn untouched(self) -> &'static str {
        match self {
            Self::Enrol
            | Self::Trust
            | Self::Provision
            | Self::Reference
            | Self::Statement
            | Self::Restore
            | Self::Account => "No money has moved.",
            Self::Withdraw | Self::Transfer => "The money is still in the account.",
            Self::Offer => "Nothing was asked for.",
            Self::Pay => "Your tokens are still in this wallet.",
            Self::Receive => "Nothing was taken: the payer still owes you the money.",
            Self::Confirm => "The payment stands as it was.",
            Self::Deposit | Self::Exchange => "The tokens are still in this wallet.",
            Self::Claim => {
                "Nothing was claimed: what nobody cashed stays with the issuer until the last \
                 claim day."
            }
        }
    }
}

/// Names the nearest amounts below and above that can be had.
fn nearest(amounts: [Option<String>; 2]) -> String {
    match amounts {
        [Some(below), Some(above)] => format!("; nearest are {below} and {above}"),
        [Some(near), None] | [None, Some(near)] => format!("; nearest is {near}"),
        [None, None] => String::new(),
    }
}

/// Which limit is in the way.
fn exceeded(bound: Bound, money: Money) -> String {
    match bound {
        Bound::Payment(limit) => {
            format!("One offline payment may be worth at most {}", money.show(limit))
        }
        Bound::Holding(limit) => format!("A wallet may hold at most {}", money.show(limit)),
        Bound::Received(limit) => {
            format!("A wallet may receive at most {} until it reconciles", money.show(limit))
        }
        Bound::Payments(limit) => {
            format!("A wallet may make at most {limit} payments until it reconciles")
        }
        Bound::ReconcileDays(limit) => {
            format!("A wallet must reconcile every {limit} days to pay and to be paid")
        }
    }
}

impl Unanswered {
    fn text(self) -> &'static str {
        match self {
            Self::Unreachable => "The intermediary cannot be reached.",
            Self::Untrusted => "The other end of the line is not the intermediary.",
            Self::Overloaded => "The intermediary has kept the request but has no answer yet.",
            Self::Pending => "It is pending: the intermediary keeps it until the issuer answers.",
            Self::Absent => "The intermediary does not know yet which device asks.",
            Self::Rejected => "The intermediary could not make sense of the request.",
            Self::Misunderstood => "The intermediary's answer makes no sense.",
        }
    }
}

//! Statement: a vault's postings and the issuer's incidents, since a point.

use crate::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};

/// From where a statement shall begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Postings after this number; zero for all.
    pub after_posting: u64,
    /// Incidents after this number; zero for all.
    pub after_incident: u64,
}

/// Why a vault's balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The intermediary bought currency.
    Distribution,
    /// A withdrawal debited the vault for this account.
    Withdrawal(AccountRef),
    /// A cashed token credited the vault for this account.
    Deposit(AccountRef),
}

/// One change of a vault's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Counts the vault's postings from 1.
    pub number: u64,
    /// Why.
    pub cause: Cause,
    /// How much.
    pub amount: Amount,
    /// The balance afterwards.
    pub balance: Amount,
}

/// A double spend that the issuer can prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Counts the issuer's incidents from 1.
    pub number: u64,
    /// Canonical bytes of the double-spend proof.
    pub proof: Vec<u8>,
    /// When the issuer found it.
    pub time: Timestamp,
}

/// The statement of one vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The vault's balance.
    pub vault: Amount,
    /// Its postings, oldest first.
    pub postings: Vec<Posting>,
    /// The issuer's incidents, oldest first.
    pub incidents: Vec<Incident>,
}

impl From<Request> for wire::StatementRequest {
    fn from(request: Request) -> Self {
        let Request { after_posting, after_incident } = request;
        Self { after_posting, after_incident }
    }
}

impl From<wire::StatementRequest> for Request {
    fn from(request: wire::StatementRequest) -> Self {
        let wire::StatementRequest { after_posting, after_incident } = request;
        Self { after_posting, after_incident }
    }
}

impl From<Posting> for wire::Posting {
    fn from(posting: Posting) -> Self {
        let (kind, account) = match posting.cause {
            Cause::Distribution => (wire::PostingKind::Distribution, Vec::new()),
            Cause::Withdrawal(account) => (wire::PostingKind::Withdrawal, account.to_bytes()),
            Cause::Deposit(account) => (wire::PostingKind::Deposit, account.to_bytes()),
        };
        Self {
            number: posting.number,
            kind: kind.into(),
            amount: posting.amount.minor_units(),
            balance: posting.balance.minor_units(),
            account,
        }
    }
}

impl TryFrom<wire::Posting> for Posting {
    type Error = Malformed;

    fn try_from(posting: wire::Posting) -> Result<Self, Malformed> {
        let account =
            || AccountRef::from_bytes(&posting.account).map_err(Malformed::field("account"));
        let cause = match posting.kind() {
            wire::PostingKind::Unspecified => return Err(Malformed::Missing("kind")),
            wire::PostingKind::Distribution => Cause::Distribution,
            wire::PostingKind::Withdrawal => Cause::Withdrawal(account()?),
            wire::PostingKind::Deposit => Cause::Deposit(account()?),
        };
        Ok(Self {
            number: posting.number,
            cause,
            amount: Amount::from_minor_units(posting.amount),
            balance: Amount::from_minor_units(posting.balance),
        })
    }
}

impl From<Statement> for wire::StatementReply {
    fn from(statement: Statement) -> Self {
        let incident = |Incident { number, proof, time }: Incident| wire::Incident {
            number,
            proof,
            time: time.0,
        };
        Self {
            vault: statement.vault.minor_units(),
            postings: statement.postings.into_iter().map(Into::into).collect(),
            incidents: statement.incidents.into_iter().map(incident).collect(),
        }
    }
}

impl TryFrom<wire::StatementReply> for Statement {
    type Error = Malformed;

    fn try_from(reply: wire::StatementReply) -> Result<Self, Malformed> {
        let postings = reply.postings.into_iter().map(Posting::try_from);
        let incident = |wire::Incident { number, proof, time }| Incident {
            number,
            proof,
            time: Timestamp(time),
        };
        Ok(Self {
            vault: Amount::from_minor_units(reply.vault),
            postings: postings.collect::<Result<_, _>>()?,
            incidents: reply.incidents.into_iter().map(incident).collect(),
        })
    }
}

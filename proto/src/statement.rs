//! Statement: the postings of vault and reserves and the issuer's incidents, since a point.

use crate::{Malformed, wire};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result as TokenResult};
use tender_token::identity::RegistrarId;

/// From where a statement shall begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Postings after this number; zero for all.
    pub after_posting: u64,
    /// Incidents after this number; zero for all.
    pub after_incident: u64,
    /// Postings of the reserves after this number; zero for all.
    pub after_reserve_posting: u64,
}

/// Why an account's balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The intermediary bought currency.
    Distribution,
    /// A withdrawal debited the vault for this account.
    Withdrawal(AccountRef),
    /// A cashed token credited the vault for this account.
    Deposit(AccountRef),
    /// The intermediary returned currency for reserves.
    Redemption,
    /// Currency was created.
    Issuance,
    /// Currency was retired.
    Destruction,
    /// Reserves came in from outside.
    ReservesIn,
    /// Reserves went out.
    ReservesOut,
    /// Currency was set aside as a guarantee.
    Pledge,
    /// Currency of a guarantee came back.
    Release,
    /// Currency went to another intermediary for this account.
    TransferOut(AccountRef),
    /// Currency came for this account, from this other intermediary: who does not know the account
    /// sends it back there.
    TransferIn(AccountRef, RegistrarId),
    /// A claim credited the vault for this account.
    Claim(AccountRef),
    /// The issuer paid a claim itself, because forged tokens had taken what circulated.
    Forged,
    /// A guarantee made good what a double spend took from this account.
    Redress(AccountRef),
    /// A guarantee was paid for the double spend of a wallet that it vouches for.
    GuaranteePaid,
}

impl Cause {
    /// Whether the cause raises a vault, or lowers it. `None` if it does not concern vaults.
    #[must_use]
    pub fn raises_vault(self) -> Option<bool> {
        match self {
            Self::Distribution
            | Self::Deposit(_)
            | Self::Release
            | Self::TransferIn(..)
            | Self::Claim(_)
            | Self::Redress(_) => Some(true),
            Self::Withdrawal(_) | Self::Redemption | Self::Pledge | Self::TransferOut(_) => {
                Some(false)
            }
            Self::Issuance
            | Self::Destruction
            | Self::ReservesIn
            | Self::ReservesOut
            | Self::Forged
            | Self::GuaranteePaid => None,
        }
    }

    /// Whether the cause raises reserves, or lowers them. `None` if it does not concern reserves.
    #[must_use]
    pub fn raises_reserves(self) -> Option<bool> {
        match self {
            Self::Redemption | Self::ReservesIn => Some(true),
            Self::Distribution | Self::ReservesOut => Some(false),
            Self::Withdrawal(_)
            | Self::Deposit(_)
            | Self::Issuance
            | Self::Destruction
            | Self::Pledge
            | Self::Release
            | Self::TransferOut(_)
            | Self::TransferIn(..)
            | Self::Claim(_)
            | Self::Forged
            | Self::Redress(_)
            | Self::GuaranteePaid => None,
        }
    }

    /// The account reference that it names.
    #[must_use]
    pub fn account(self) -> Option<AccountRef> {
        match self {
            Self::Withdrawal(account)
            | Self::Deposit(account)
            | Self::TransferOut(account)
            | Self::TransferIn(account, _)
            | Self::Claim(account)
            | Self::Redress(account) => Some(account),
            Self::Distribution
            | Self::Redemption
            | Self::Issuance
            | Self::Destruction
            | Self::ReservesIn
            | Self::ReservesOut
            | Self::Pledge
            | Self::Release
            | Self::Forged
            | Self::GuaranteePaid => None,
        }
    }
}

/// As rows write it: its number, the account if it has one, and who a transfer came from.
impl Encode for Cause {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Distribution => 1,
            Self::Withdrawal(_) => 2,
            Self::Deposit(_) => 3,
            Self::Redemption => 4,
            Self::Issuance => 5,
            Self::Destruction => 6,
            Self::ReservesIn => 7,
            Self::ReservesOut => 8,
            Self::Pledge => 9,
            Self::Release => 10,
            Self::TransferOut(_) => 11,
            Self::TransferIn(..) => 12,
            Self::Claim(_) => 13,
            Self::Forged => 14,
            Self::Redress(_) => 15,
            Self::GuaranteePaid => 16,
        });
        if let Some(account) = self.account() {
            writer.put(&account);
        }
        if let Self::TransferIn(_, from) = self {
            writer.put(from);
        }
    }
}

impl Decode for Cause {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        match reader.u8()? {
            1 => Ok(Self::Distribution),
            2 => reader.get().map(Self::Withdrawal),
            3 => reader.get().map(Self::Deposit),
            4 => Ok(Self::Redemption),
            5 => Ok(Self::Issuance),
            6 => Ok(Self::Destruction),
            7 => Ok(Self::ReservesIn),
            8 => Ok(Self::ReservesOut),
            9 => Ok(Self::Pledge),
            10 => Ok(Self::Release),
            11 => reader.get().map(Self::TransferOut),
            12 => Ok(Self::TransferIn(reader.get()?, reader.get()?)),
            13 => reader.get().map(Self::Claim),
            14 => Ok(Self::Forged),
            15 => reader.get().map(Self::Redress),
            16 => Ok(Self::GuaranteePaid),
            _ => Err(Error::Encoding),
        }
    }
}

/// One change of an account's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Counts the account's postings from 1.
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

/// What an intermediary has at the central bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserves {
    /// The balance.
    pub balance: Amount,
    /// Its postings, oldest first.
    pub postings: Vec<Posting>,
}

/// The statement of one intermediary's vault and reserves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The vault's balance.
    pub vault: Amount,
    /// Its postings, oldest first.
    pub postings: Vec<Posting>,
    /// The issuer's incidents, oldest first.
    pub incidents: Vec<Incident>,
    /// The reserves.
    pub reserves: Reserves,
}

impl From<Request> for wire::StatementRequest {
    fn from(request: Request) -> Self {
        let Request { after_posting, after_incident, after_reserve_posting } = request;
        Self { after_posting, after_incident, after_reserve_posting }
    }
}

impl From<wire::StatementRequest> for Request {
    fn from(request: wire::StatementRequest) -> Self {
        let wire::StatementRequest { after_posting, after_incident, after_reserve_posting } =
            request;
        Self { after_posting, after_incident, after_reserve_posting }
    }
}

impl From<Posting> for wire::Posting {
    fn from(posting: Posting) -> Self {
        let kind = match posting.cause {
            Cause::Distribution => wire::PostingKind::Distribution,
            Cause::Withdrawal(_) => wire::PostingKind::Withdrawal,
            Cause::Deposit(_) => wire::PostingKind::Deposit,
            Cause::Redemption => wire::PostingKind::Redemption,
            Cause::Issuance => wire::PostingKind::Issuance,
            Cause::Destruction => wire::PostingKind::Destruction,
            Cause::ReservesIn => wire::PostingKind::ReservesIn,
            Cause::ReservesOut => wire::PostingKind::ReservesOut,
            Cause::Pledge => wire::PostingKind::Pledge,
            Cause::Release => wire::PostingKind::Release,
            Cause::TransferOut(_) => wire::PostingKind::TransferOut,
            Cause::TransferIn(..) => wire::PostingKind::TransferIn,
            Cause::Claim(_) => wire::PostingKind::Claim,
            Cause::Forged => wire::PostingKind::Forged,
            Cause::Redress(_) => wire::PostingKind::Redress,
            Cause::GuaranteePaid => wire::PostingKind::GuaranteePaid,
        };
        let account = posting.cause.account().map(|account| account.to_bytes());
        let mut intermediary = Vec::new();
        if let Cause::TransferIn(_, from) = posting.cause {
            intermediary = from.to_bytes();
        }
        Self {
            number: posting.number,
            kind: kind.into(),
            amount: posting.amount.minor_units(),
            balance: posting.balance.minor_units(),
            account: account.unwrap_or_default(),
            intermediary,
        }
    }
}

impl TryFrom<wire::Posting> for Posting {
    type Error = Malformed;

    fn try_from(posting: wire::Posting) -> Result<Self, Malformed> {
        let account =
            || AccountRef::from_bytes(&posting.account).map_err(Malformed::field("account"));
        let intermediary = || {
            let read = RegistrarId::from_bytes(&posting.intermediary);
            read.map_err(Malformed::field("intermediary"))
        };
        let cause = match posting.kind() {
            wire::PostingKind::Unspecified => return Err(Malformed::Missing("kind")),
            wire::PostingKind::Distribution => Cause::Distribution,
            wire::PostingKind::Withdrawal => Cause::Withdrawal(account()?),
            wire::PostingKind::Deposit => Cause::Deposit(account()?),
            wire::PostingKind::Redemption => Cause::Redemption,
            wire::PostingKind::Issuance => Cause::Issuance,
            wire::PostingKind::Destruction => Cause::Destruction,
            wire::PostingKind::ReservesIn => Cause::ReservesIn,
            wire::PostingKind::ReservesOut => Cause::ReservesOut,
            wire::PostingKind::Pledge => Cause::Pledge,
            wire::PostingKind::Release => Cause::Release,
            wire::PostingKind::TransferOut => Cause::TransferOut(account()?),
            wire::PostingKind::TransferIn => Cause::TransferIn(account()?, intermediary()?),
            wire::PostingKind::Claim => Cause::Claim(account()?),
            wire::PostingKind::Forged => Cause::Forged,
            wire::PostingKind::Redress => Cause::Redress(account()?),
            wire::PostingKind::GuaranteePaid => Cause::GuaranteePaid,
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
            reserves: statement.reserves.balance.minor_units(),
            reserve_postings: statement.reserves.postings.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::StatementReply> for Statement {
    type Error = Malformed;

    fn try_from(reply: wire::StatementReply) -> Result<Self, Malformed> {
        let postings = reply.postings.into_iter().map(Posting::try_from);
        let reserve_postings = reply.reserve_postings.into_iter().map(Posting::try_from);
        let incident = |wire::Incident { number, proof, time }| Incident {
            number,
            proof,
            time: Timestamp(time),
        };
        Ok(Self {
            vault: Amount::from_minor_units(reply.vault),
            postings: postings.collect::<Result<_, _>>()?,
            incidents: reply.incidents.into_iter().map(incident).collect(),
            reserves: Reserves {
                balance: Amount::from_minor_units(reply.reserves),
                postings: reserve_postings.collect::<Result<_, _>>()?,
            },
        })
    }
}

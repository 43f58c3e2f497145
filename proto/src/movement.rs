//! Movement: what moves a holder's account, as its lines and notices name it.

use crate::{Malformed, wire};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result as TokenResult};

/// What moves an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Account money became tokens.
    Withdrawal,
    /// What a withdrawal gave back.
    Change,
    /// Tokens became account money.
    Deposit,
    /// A claim that was paid.
    Claim,
    /// Account money went to somebody else's account.
    TransferOut,
    /// Account money came from somebody else's account.
    TransferIn,
    /// A transfer that came back, because nobody knew its payee.
    Returned,
    /// A claim that goes before all others so far. Nothing has moved yet.
    ClaimLeads,
    /// What the account may not hold, or what remained when it was closed, went to the one outside.
    PaidOut,
    /// What the account did not cover of a payment came from the account outside.
    PulledIn,
    /// Another wallet was enrolled on the account. Nothing has moved.
    Enrolled,
}

impl Movement {
    const ALL: [Self; 11] = [
        Self::Withdrawal,
        Self::Change,
        Self::Deposit,
        Self::Claim,
        Self::TransferOut,
        Self::TransferIn,
        Self::Returned,
        Self::ClaimLeads,
        Self::PaidOut,
        Self::PulledIn,
        Self::Enrolled,
    ];

    fn kind(self) -> wire::MovementKind {
        match self {
            Self::Withdrawal => wire::MovementKind::Withdrawal,
            Self::Change => wire::MovementKind::Change,
            Self::Deposit => wire::MovementKind::Deposit,
            Self::Claim => wire::MovementKind::Claim,
            Self::TransferOut => wire::MovementKind::TransferOut,
            Self::TransferIn => wire::MovementKind::TransferIn,
            Self::Returned => wire::MovementKind::Returned,
            Self::ClaimLeads => wire::MovementKind::ClaimLeads,
            Self::PaidOut => wire::MovementKind::PaidOut,
            Self::PulledIn => wire::MovementKind::PulledIn,
            Self::Enrolled => wire::MovementKind::Enrolled,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Withdrawal => "withdrawal",
            Self::Change => "change",
            Self::Deposit => "deposit",
            Self::Claim => "claim",
            Self::TransferOut => "transfer out",
            Self::TransferIn => "transfer in",
            Self::Returned => "returned",
            Self::ClaimLeads => "claim leads",
            Self::PaidOut => "paid out",
            Self::PulledIn => "pulled in",
            Self::Enrolled => "enrolled",
        }
    }

    /// The number in the schema.
    pub(crate) fn number(self) -> i32 {
        self.kind().into()
    }

    /// What a number of the schema means. Errors: [`Malformed`].
    pub(crate) fn of(number: i32) -> Result<Self, Malformed> {
        let known = Self::ALL.into_iter().find(|movement| movement.number() == number);
        known.ok_or(Malformed::Field("kind"))
    }
}

impl Encode for Movement {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(u8::try_from(self.number()).expect("there are few"));
    }
}

impl Decode for Movement {
    fn decode(reader: &mut Reader<'_>) -> TokenResult<Self> {
        Self::of(i32::from(reader.u8()?)).map_err(|_| Error::Encoding)
    }
}

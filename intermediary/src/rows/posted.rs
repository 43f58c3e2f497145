//! The issuer's postings of our vault, as they were taken up.

use tender_proto::statement::{Cause, Posting};
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// A posting under its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Why.
    pub cause: Cause,
    /// How much.
    pub amount: Amount,
    /// The vault afterwards.
    pub balance: Amount,
}

impl From<&Posting> for Posted {
    fn from(posting: &Posting) -> Self {
        Self { cause: posting.cause, amount: posting.amount, balance: posting.balance }
    }
}

impl Encode for Posted {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self.cause {
            Cause::Distribution => 1,
            Cause::Withdrawal(_) => 2,
            Cause::Deposit(_) => 3,
            Cause::Redemption => 4,
            Cause::Issuance => 5,
            Cause::Destruction => 6,
            Cause::ReservesIn => 7,
            Cause::ReservesOut => 8,
            Cause::Pledge => 9,
            Cause::Release => 10,
            Cause::TransferOut(_) => 11,
            Cause::TransferIn(_) => 12,
            Cause::Claim(_) => 13,
            Cause::Forged => 14,
            Cause::Redress(_) => 15,
            Cause::GuaranteePaid => 16,
        });
        if let Some(account) = self.cause.account() {
            writer.put(&account);
        }
        writer.put(&self.amount);
        writer.put(&self.balance);
    }
}

impl Decode for Posted {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let cause = match reader.u8()? {
            1 => Cause::Distribution,
            2 => Cause::Withdrawal(reader.get()?),
            3 => Cause::Deposit(reader.get()?),
            4 => Cause::Redemption,
            5 => Cause::Issuance,
            6 => Cause::Destruction,
            7 => Cause::ReservesIn,
            8 => Cause::ReservesOut,
            9 => Cause::Pledge,
            10 => Cause::Release,
            11 => Cause::TransferOut(reader.get()?),
            12 => Cause::TransferIn(reader.get()?),
            13 => Cause::Claim(reader.get()?),
            14 => Cause::Forged,
            15 => Cause::Redress(reader.get()?),
            16 => Cause::GuaranteePaid,
            _ => return Err(Error::Encoding),
        };
        Ok(Self { cause, amount: reader.get()?, balance: reader.get()? })
    }
}

//! Transfers: what is asked of the issuer, and what was sent to whom.

use super::{EntryNumber, read_flag, read_option, write_flag, write_option};
use tender_proto::transfer::Transfer;
use tender_store::plain::Count;
use tender_store::record;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::Result;
use tender_token::identity::{IdentityKey, RegistrarId};

/// Money to be transferred, to an account of ours or to another intermediary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Canonical bytes of the order that the payer's device signed, which is why the account is
    /// debited. Empty for what goes back, which nobody ordered.
    pub order: Vec<u8>,
    /// The wallet whose device signed it; none for what goes back.
    pub wallet: Option<IdentityKey>,
    /// How many grants of it had been decided then.
    pub grants: Count,
    /// The day against whose limits it counts.
    pub day: Day,
    /// What of it came from the payer's account outside.
    pub pulled: Amount,
    /// What is transferred. The issuer hears of it unless the payee is ours.
    pub transfer: Transfer,
}

impl Sending {
    /// Whether payer and payee both have their accounts here.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.transfer.payer == self.transfer.payee
    }
}

impl Encode for Sending {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.order);
        write_option(writer, self.wallet.as_ref());
        writer.put(&self.grants);
        writer.put(&self.day);
        writer.put(&self.pulled);
        writer.put(&self.transfer);
    }
}

impl Decode for Sending {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            order: reader.sized()?.to_vec(),
            wallet: read_option(reader)?,
            grants: reader.get()?,
            day: reader.get()?,
            pulled: reader.get()?,
            transfer: reader.get()?,
        })
    }
}

record! {
    /// To whom something was sent: a payee's reference at another intermediary.
    #[derive(Copy, PartialOrd, Ord)]
    Payee {
        /// The intermediary.
        intermediary: RegistrarId,
        /// The reference.
        account: AccountRef,
    }
}

/// What was sent to a payee, once at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The entry.
    pub entry: EntryNumber,
    /// Whether it came back.
    pub returned: bool,
}

impl Encode for Sent {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.entry);
        write_flag(writer, self.returned);
    }
}

impl Decode for Sent {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { entry: reader.get()?, returned: read_flag(reader)? })
    }
}

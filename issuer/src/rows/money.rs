//! What money is where: treasury, vaults, circulation, presented tokens.

use super::record::record;
use super::{Bytes, Count, Name};
use tender_proto::statement::{Cause, Posting};
use tender_token::amount::{Amount, Currency};
use tender_token::cash::{AccountRef, CashItem};
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;

record! {
    /// An intermediary that was admitted.
    Intermediary {
        /// Its name, unique among intermediaries.
        name: Name,
        /// SHA-256 of the certificate it calls with.
        fingerprint: [u8; 32],
    }
}

record! {
    /// The currency's account of itself, in minor units.
    #[derive(Copy, Default)]
    TreasuryAccount {
        /// All that was ever created.
        issued: Amount,
        /// All that was ever retired.
        destroyed: Amount,
        /// Created, and not yet distributed.
        balance: Amount,
    }
}

record! {
    /// Names a vault: an intermediary's holding of one currency.
    #[derive(Copy, PartialOrd, Ord)]
    VaultKey {
        /// Whose.
        intermediary: RegistrarId,
        /// Of what.
        currency: Currency,
    }
}

record! {
    /// A vault.
    #[derive(Copy, Default)]
    Vault {
        /// What may be withdrawn, in minor units.
        balance: Amount,
        /// How many postings it has.
        postings: Count,
    }
}

record! {
    /// Names a posting.
    #[derive(Copy, PartialOrd, Ord)]
    PostingKey {
        /// The vault.
        vault: VaultKey,
        /// Counts from 1.
        number: Count,
    }
}

/// A posting as statements carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingRow(pub Posting);

impl Encode for PostingRow {
    fn encode(&self, writer: &mut Writer) {
        let Posting { number, cause, amount, balance } = &self.0;
        writer.u64(*number);
        let (kind, account) = match cause {
            Cause::Distribution => (1, None),
            Cause::Withdrawal(account) => (2, Some(account)),
            Cause::Deposit(account) => (3, Some(account)),
        };
        writer.u8(kind);
        if let Some(account) = account {
            writer.put(account);
        }
        writer.put(amount);
        writer.put(balance);
    }
}

impl Decode for PostingRow {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let number = reader.u64()?;
        let cause = match reader.u8()? {
            1 => Cause::Distribution,
            2 => Cause::Withdrawal(reader.get::<AccountRef>()?),
            3 => Cause::Deposit(reader.get::<AccountRef>()?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self(Posting { number, cause, amount: reader.get()?, balance: reader.get()? }))
    }
}

record! {
    /// How much of a denomination is out.
    #[derive(Copy, Default)]
    Circulation {
        /// Tokens signed.
        signed: Count,
        /// Tokens cashed.
        cashed: Count,
    }
}

record! {
    /// An item that was presented: everything its endorsements and its cashing rest on.
    Presentation {
        /// The intermediary that presented it.
        intermediary: RegistrarId,
        /// Canonical bytes of the item.
        item: Bytes,
    }
}

impl Presentation {
    /// The item. Errors: those of an item whose series the manifest does not name.
    pub fn read(&self, manifest: &Manifest) -> Result<CashItem> {
        CashItem::from_bytes(&self.item.0, manifest)
    }
}

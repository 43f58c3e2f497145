//! Claims that wait for the day on which they are paid, and the tokens that were opened.

use super::Count;
use tender_store::record;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::AccountRef;
use tender_token::date::Day;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::RegistrarId;
use tender_token::series::DenominationId;
use tender_token::token::TokenId;

record! {
    /// The claim that leads among those of its token, with all that paying it takes: its series may
    /// have left the manifest by then.
    #[derive(Copy)]
    LeadingClaim {
        /// The presentation of the claim.
        presentation: Count,
        /// The intermediary to be credited.
        intermediary: RegistrarId,
        /// For this account.
        account: AccountRef,
        /// The token's denomination.
        denomination: DenominationId,
        /// Of what.
        currency: Currency,
        /// How much.
        value: Amount,
        /// It is paid when this day is over.
        until: Day,
    }
}

/// Whether it was shown that the issuer signed a token (`[X2]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// It was: an output was opened.
    Opened,
    /// It was not.
    Unopened,
}

impl Proof {
    /// What it is of a token that was opened, or not.
    #[must_use]
    pub fn of(is_opened: bool) -> Self {
        if is_opened { Self::Opened } else { Self::Unopened }
    }
}

impl Encode for Proof {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(match self {
            Self::Opened => 1,
            Self::Unopened => 2,
        });
    }
}

impl Decode for Proof {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => Ok(Self::Opened),
            2 => Ok(Self::Unopened),
            _ => Err(Error::Encoding),
        }
    }
}

record! {
    /// Claims that are decided together: of one day, one denomination and one kind of proof.
    #[derive(Copy, PartialOrd, Ord)]
    DueGroup {
        /// They are paid when this day is over.
        day: Day,
        /// Of which denomination.
        denomination: DenominationId,
        /// Whether their tokens were opened.
        proof: Proof,
    }
}

record! {
    /// Where a leading claim stands in the order of payment.
    #[derive(Copy, PartialOrd, Ord)]
    DueKey {
        /// With which others.
        group: DueGroup,
        /// The token.
        token: TokenId,
    }
}

impl DueGroup {
    /// The place behind its last claim.
    #[must_use]
    pub fn end(self) -> DueKey {
        DueKey { group: self, token: TokenId([u8::MAX; 32]) }
    }
}

record! {
    /// How many claims and openings of a denomination there are.
    #[derive(Copy, Default)]
    ClaimCounts {
        /// Claims that wait, of tokens that were opened.
        waiting_opened: Count,
        /// Claims that wait, of tokens that were not.
        waiting_unopened: Count,
        /// Tokens that were opened.
        opened: Count,
        /// Tokens that were opened, and are cashed or paid to a claim.
        opened_paid: Count,
    }
}

impl ClaimCounts {
    /// The count of waiting claims of one kind of proof.
    pub fn waiting(&mut self, proof: Proof) -> &mut Count {
        match proof {
            Proof::Opened => &mut self.waiting_opened,
            Proof::Unopened => &mut self.waiting_unopened,
        }
    }
}

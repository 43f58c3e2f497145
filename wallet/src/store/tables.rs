//! The tables by name: what the key is, and what the row.

use crate::records::{
    ClaimRecord, DepositRecord, EnrolmentRecord, Epoch, Event, EventNumber, Evidence,
    ExchangeRecord, OfferRecord, OrderId, OutputKey, PaymentRecord, ProvisionRecord,
    RestoredRecord, Secrets, SeenAnswers, SlotRecord, Standing, TokenRecord, TransferRecord,
    TrustRecord, WithdrawalRecord,
};
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::endorse::Digest;
use tender_token::error::Result;
use tender_token::offer::OfferHash;
use tender_token::provision::SessionId;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// A table of the store.
pub trait Table {
    /// Its name in the file.
    const NAME: &'static str;
    /// What finds a row.
    type Key: Encode + Decode;
    /// What a row holds.
    type Row: Encode + Decode;
}

/// Says nothing but that it is there: the key of a table with a single row, or a row whose key says
/// it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only;

impl Encode for Only {
    fn encode(&self, _: &mut Writer) {}
}

impl Decode for Only {
    fn decode(_: &mut Reader<'_>) -> Result<Self> {
        Ok(Self)
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $text:literal: $key:ty => $row:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;

            impl Table for $name {
                const NAME: &'static str = $text;
                type Key = $key;
                type Row = $row;
            }
        )*
    };
}

tables! {
    /// Everything the wallet derives from. Must not be in a backup that can be rolled back
    /// (`[E1]`).
    SecretsTable = "secrets": Only => Secrets;
    /// Who invited the wallet, and its registration.
    Enrolment = "enrolment": Only => EnrolmentRecord;
    /// The clock, the last reconciliation and what was done since.
    StandingTable = "standing": Only => Standing;
    /// The manifest, its policy and the manifest before.
    Trust = "trust": Only => TrustRecord;
    /// Provision sessions (`[PR1]`).
    Provisions = "provisions": SessionId => ProvisionRecord;
    /// Certified slots and where they are in their life (`[PR10]`).
    Slots = "slots": SlotId => SlotRecord;
    /// What each slot has answered (`[E1]`). Written once.
    Answers = "answers": SlotId => Digest;
    /// Withdrawals (`[W2]`).
    Withdrawals = "withdrawals": SessionId => WithdrawalRecord;
    /// Tokens, held and gone.
    Tokens = "tokens": TokenId => TokenRecord;
    /// Offers made.
    Offers = "offers": OfferHash => OfferRecord;
    /// Payments made.
    Payments = "payments": OfferHash => PaymentRecord;
    /// Deposits.
    Deposits = "deposits": AccountRef => DepositRecord;
    /// Exchanges (`[W9]`).
    Exchanges = "exchanges": SessionId => ExchangeRecord;
    /// Endorsements seen in received chains (`[P4]` 13).
    Seen = "seen": SlotId => SeenAnswers;
    /// Payments refused because they contradict what was seen: evidence against their payer.
    EvidenceTable = "evidence": OfferHash => Evidence;
    /// Transfers of account money.
    Transfers = "transfers": OrderId => TransferRecord;
    /// Earlier identities of a restored wallet (`[ID3]`) of which everything is here.
    Earlier = "earlier": Epoch => Only;
    /// What earlier identities withdrew (`[R5]`).
    Restored = "restored": OutputKey => RestoredRecord;
    /// Claims of tokens that nobody cashed (`[R2]`).
    Claims = "claims": TokenId => ClaimRecord;
    /// What happened, in order.
    Events = "events": EventNumber => Event;
}

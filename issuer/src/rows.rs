//! The tables: what the issuer remembers, under which key, as canonical bytes.
//!
//! No row names a person. A wallet is its identity key and the pseudonym under which one
//! intermediary registered it; an account is a reference that means something to that one only.

mod actions;
mod claims;
mod currencies;
mod ledger;
mod lists;
mod money;
mod number;
mod offences;
mod presentation;
mod refused;
mod staff;
mod wallets;

pub use actions::{Action, Change};
pub use claims::{ClaimCounts, DueGroup, DueKey, LeadingClaim, Proof};
pub use currencies::Decimals;
pub use ledger::{
    Account, AccountKey, Balance, CarriedOut, Entry, Leg, PostingKey, PostingRow, Side,
};
pub use lists::ListedKey;
pub use money::{BlindedKey, Circulation, FrozenKey, Intermediary, Membership, TransferKey};
pub use number::Total;
pub use offences::{AnswerList, ConvictionKey, Found, Incident, Position, Redress, RedressList};
pub use presentation::{AskedClaim, Presentation, Presented, Shown};
pub use refused::{Asked, ContentDigest, Refused, RefusedKey};
pub use staff::{Dismissed, Held, Member};
pub use wallets::{
    Acceptance, AcceptanceKey, QuotaKey, Resolution, Session, SessionKey, SessionKind, Standing,
    Wallet,
};

use tender_proto::trust::Trust;
pub use tender_store::plain::{Bytes, Count, Daily, Epoch, Mark, Name};
use tender_store::table;
pub use tender_store::{Keyed, Table};
use tender_token::amount::{Amount, Currency};
use tender_token::cashed_list::Commitment;
use tender_token::date::Timestamp;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::log::LogHash;
use tender_token::log::tree::NodeId;
use tender_token::provision::SessionId;
use tender_token::revocation::SignedRevocation;
use tender_token::series::{DenominationId, SeriesId};
use tender_token::slot::SlotId;
use tender_token::token::TokenId;
use tender_token::treasury::InstructionId;

table! {
    /// Every manifest that was ever published, with its policy and the root's signature.
    Manifests = "manifests": Epoch => Trust
}
table! {
    /// Every revocation by the root (`[X1]`), numbered from 1.
    Revocations = "revocations": Count => SignedRevocation
}
table! {
    /// The currencies, with what the issuer was founded with and no signed record says.
    Currencies = "currencies": Currency => Decimals
}
table! {
    /// The intermediaries that were admitted, by their Ed25519 public key.
    Intermediaries = "intermediaries": RegistrarId => Intermediary
}
table! {
    /// Who runs the issuer or reads its books, by the fingerprint of the certificate.
    Staff = "staff": [u8; 32] => Member
}
table! {
    /// What operators changed, numbered from 1.
    Actions = "actions": Count => Action
}
table! {
    /// Every account of the ledger, and what it holds.
    Accounts = "accounts": AccountKey => Balance
}
table! {
    /// Every movement, numbered from 1: the same amount on both sides.
    Entries = "entries": Count => Entry
}
table! {
    /// Every change of every stated account, numbered from 1 within the account.
    Postings = "postings": PostingKey => PostingRow
}
table! {
    /// Every supply instruction that was carried out, for ever.
    Instructions = "instructions": InstructionId => CarriedOut
}
table! {
    /// How many tokens of each denomination were signed, cashed and paid to claims.
    Denominations = "denominations": DenominationId => Circulation
}
table! {
    /// Denominations of which more was presented than was ever signed: their keys are in other
    /// hands, and nothing is cashed or signed under them any more.
    Frozen = "frozen": DenominationId => FrozenKey
}
table! {
    /// Every registered wallet by its identity key.
    Wallets = "wallets": IdentityKey => Wallet
}
table! {
    /// Every provision session that was ever opened.
    Sessions = "sessions": SessionKey => Session
}
table! {
    /// The one provision session of a wallet that still waits for its REVEAL (`[I3]`).
    Unresolved = "unresolved": IdentityKey => SessionId
}
table! {
    /// How many provision sessions a wallet opened on its latest day with any (`[PR3]`).
    Openings = "openings": IdentityKey => Daily
}
table! {
    /// How many slots of a series a wallet has or may still get.
    SlotQuotas = "slot_quotas": QuotaKey => Count
}
table! {
    /// Every accepted withdrawal: the bytes of the request, with both signatures.
    annexed Withdrawals = "withdrawals": SessionKey => Bytes
}
table! {
    /// Every session of a wallet in the order in which they were accepted (`[R5]`).
    Acceptances = "acceptances": AcceptanceKey => Acceptance
}
table! {
    /// How many sessions of a wallet were accepted.
    AcceptanceCounts = "acceptance_counts": IdentityKey => Count
}
table! {
    /// Every transfer between vaults: its bytes, with the payer's signature.
    Transfers = "transfers": TransferKey => Bytes
}
table! {
    /// Every withdrawal and transfer that was refused, neither of which is carried out later: until
    /// a withdrawal has expired, and a transfer's for ever.
    Refusals = "refusals": RefusedKey => Refused
}
table! {
    /// Every accepted exchange without a name: the bytes of the request.
    annexed Exchanges = "exchanges": SessionId => Bytes
}
table! {
    /// Every blinded message that tokens were promised for, and the session that has it.
    Blinded = "blinded": BlindedKey => SessionId
}
table! {
    /// Every token that was cashed or paid to a claim, for ever, and the presentation that was paid
    /// (`[I13]`).
    CashedTokens = "cashed": TokenId => Count
}
table! {
    /// The same tokens by their series, but for those that were paid to claims: what the list of
    /// the series has (`[C4]`).
    Listed = "listed": ListedKey => Mark
}
table! {
    /// The series whose list is published, and what the log has of it.
    CashedLists = "cashed_lists": SeriesId => Commitment
}
table! {
    /// Where every verified endorsement is kept, by the slot that answered (`[D1]`).
    Answers = "answers": SlotId => AnswerList
}
table! {
    /// Every verified item and claim that was paid, leads or showed a new endorsement, numbered
    /// from 1.
    annexed Presentations = "presentations": Count => Presentation
}
table! {
    /// The claim that leads among those of a token, until it is paid (`[R3]`).
    Claims = "claims": TokenId => LeadingClaim
}
table! {
    /// The leading claims in the order in which they are paid.
    Due = "due": DueKey => Mark
}
table! {
    /// Tokens of which an output was opened, and the presentation that did it: the issuer signed
    /// them (`[X2]`).
    Opened = "opened": TokenId => Count
}
table! {
    /// How many claims and openings of each denomination there are.
    Claimants = "claimants": DenominationId => ClaimCounts
}
table! {
    /// Double spends and reused slots that are proved, numbered from 1.
    Incidents = "incidents": Count => Incident
}
table! {
    /// Which incident proves an offence of a slot, so that it is logged once.
    Convictions = "convictions": ConvictionKey => Count
}
table! {
    /// What guarantees made good for tokens that were spent twice, beside what cashed them.
    Redresses = "redresses": TokenId => RedressList
}
table! {
    /// What an incident has cost the guarantee of the offender's intermediary.
    IncidentCosts = "incident_costs": Count => Amount
}
table! {
    /// Slots that answered twice and belong to no registered wallet: the alarm UNTRACED of `[D2]`.
    Untraced = "untraced": SlotId => Timestamp
}
table! {
    /// Running numbers.
    Totals = "totals": Total => Count
}
table! {
    /// The public log: canonical bytes of every leaf, numbered from 0 in the order of the effects.
    Leaves = "leaves": Count => Bytes
}
table! {
    /// The complete subtrees of the log's tree.
    LogNodes = "log_nodes": NodeId => LogHash
}

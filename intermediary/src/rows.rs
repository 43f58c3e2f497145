//! What the books hold: typed rows and their canonical bytes.

mod accused;
mod action;
mod arrival;
mod claimed;
mod customer;
mod difference;
mod entry;
mod ledger;
mod mailbox;
mod outcome;
mod outside;
mod person;
mod posted;
mod purchase;
mod reference;
mod request;
mod sending;
mod tier;
mod vault;
mod wallet;
mod work;

pub use accused::{Accused, IncidentNumber};
pub use action::{Action, ActionNumber, Deed};
pub use arrival::{Arrival, ArrivalKey};
pub use claimed::{Claimed, Standing};
pub use customer::{Customer, CustomerId, State};
pub use difference::Difference;
pub use entry::{Entry, EntryNumber, Job, OpenEntry};
pub use ledger::{Ledger, LedgerAccount, Movement, MovementNumber, Origin};
pub use mailbox::{Addressee, Letter, Line, Mailbox, Notice};
pub use outcome::{Outcome, Outcomes, Signatures};
pub use outside::{Cause, Outside, OutsideNumber, Paid};
pub use person::{Kept, Purpose, Read, ReadNumber, UnixUser};
pub use posted::Posted;
pub use purchase::{Purchase, PurchaseNumber};
pub use reference::{Flow, Reference};
pub use request::{Request, RequestDigest, RequestKey};
pub use sending::{Payee, Sending, Sent};
pub use tender_store::plain::Epoch;
pub use tier::{Attributes, Limits, Opening, Tier, TierFile, TierName, Usage, Vouched};
pub use vault::{Book, Credit, PostingNumber, Reserves, Vault};
pub use wallet::{CodeDigest, Grant, Invitation, Wallet};
pub use work::{DepositItem, Deposition, Enrolment, Withdrawal};

use tender_proto::trust::{Notices, Trust};
use tender_store::plain::{Bytes, Mark, Sole};
use tender_store::table;
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::signature::PublicKey;

table! {
    /// Counters, vault and reserves, in one row.
    Books = "books": Sole => Book
}
table! {
    /// Every manifest that is held, as it was published. Verified again whenever it is read.
    Manifests = "manifests": Epoch => Trust
}
table! {
    /// What was revoked and denied, in one row.
    Revoked = "revoked": Sole => Notices
}
table! {
    /// Customers and their accounts.
    Customers = "customers": CustomerId => Customer
}
table! {
    /// The tiers in force, and those that ended.
    Tiers = "tiers": TierName => Tier
}
table! {
    /// Every version of the tiers that held, counted from 1.
    TierFiles = "tier_files": Epoch => TierFile
}
table! {
    /// What customers did today.
    Usages = "usage": CustomerId => Usage
}
table! {
    /// What went to accounts outside.
    Outsides = "outside": OutsideNumber => Outside
}
table! {
    /// Who customers are: sealed, each record under a key of its own.
    Persons = "persons": CustomerId => Bytes
}
table! {
    /// What law wants kept of customers whose accounts are closed.
    Keeps = "kept": CustomerId => Kept
}
table! {
    /// Who read what of whom, and what for.
    Reads = "reads": ReadNumber => Read
}
table! {
    /// What the staff changed for customers, and who did.
    Actions = "actions": ActionNumber => Action
}
table! {
    /// Sessions of slots that we vouched for and counted.
    Openings = "openings": Opening => Vouched
}
table! {
    /// One-time codes, by their digests.
    Invitations = "invitations": CodeDigest => Invitation
}
table! {
    /// Enrolled wallets.
    Wallets = "wallets": IdentityKey => Wallet
}
table! {
    /// Which wallet a device signs for.
    Devices = "devices": PublicKey => IdentityKey
}
table! {
    /// Account references: whom each stands for, and what moved under it.
    References = "references": AccountRef => Reference
}
table! {
    /// Which entry a request began.
    Requests = "requests": RequestKey => Request
}
table! {
    /// The journal.
    Entries = "entries": EntryNumber => Entry
}
table! {
    /// Which entries are open, each customer's together.
    Open = "open": OpenEntry => Mark
}
table! {
    /// Every movement of money in our books.
    Movements = "movements": MovementNumber => Movement
}
table! {
    /// The issuer's postings of the vault, as they were taken up.
    Postings = "postings": PostingNumber => Posted
}
table! {
    /// Tokens that were credited by replies, and with how much.
    Credits = "credits": Credit => Amount
}
table! {
    /// What was credited unasked, by what brought it.
    Arrivals = "arrivals": ArrivalKey => Arrival
}
table! {
    /// What was sent to payees elsewhere, once to each reference.
    SentTransfers = "sent": Payee => Sent
}
table! {
    /// How much each customer was written.
    Mailboxes = "mailboxes": CustomerId => Mailbox
}
table! {
    /// The lines of each account's statement.
    Lines = "lines": Letter => Line
}
table! {
    /// Notices that were not acknowledged yet.
    Unread = "notices": Letter => Notice
}
table! {
    /// What was ordered for the vault.
    Purchases = "purchases": PurchaseNumber => Purchase
}
table! {
    /// References that still have to be compared with the statement.
    Unreconciled = "unreconciled": AccountRef => Mark
}
table! {
    /// Where books and statement disagree.
    Differences = "differences": Difference => Mark
}
table! {
    /// Proven double spends of our wallets.
    AccusedWallets = "accused": IncidentNumber => Accused
}

/// Appends one byte: whether something is there.
fn write_flag(writer: &mut Writer, flag: bool) {
    writer.u8(u8::from(flag));
}

/// Reads one byte that is 0 or 1. Errors: `E_ENCODING`.
fn read_flag(reader: &mut Reader<'_>) -> Result<bool> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::Encoding),
    }
}

/// Writes a structure behind a flag that announces it.
fn write_option<T: Encode>(writer: &mut Writer, value: Option<&T>) {
    write_flag(writer, value.is_some());
    if let Some(value) = value {
        writer.put(value);
    }
}

/// Reads a structure that a flag announces. Errors: those of its decoder.
fn read_option<T: Decode>(reader: &mut Reader<'_>) -> Result<Option<T>> {
    if read_flag(reader)? { reader.get().map(Some) } else { Ok(None) }
}

//! What the books hold: typed rows and their canonical bytes.

mod accused;
mod customer;
mod difference;
mod entry;
mod number;
mod outcome;
mod request;
mod vault;
mod work;

pub use accused::{Accused, IncidentNumber};
pub use customer::{CodeDigest, Customer, CustomerId, Invitation, Wallet};
pub use difference::Difference;
pub use entry::{Entry, EntryNumber, Job};
pub use number::Epoch;
pub use outcome::{Outcome, Outcomes, Signatures};
pub use request::{Request, RequestDigest, RequestKey};
pub use vault::{Book, Credit, Flow, PostingNumber, Reference, Reserves, Vault};
pub use work::{DepositItem, Deposition, Enrolment, Withdrawal};

use tender_proto::trust::{Notices, Trust};
use tender_store::plain::{Mark, Sole};
use tender_store::table;
use tender_token::cash::AccountRef;
use tender_token::encode::{Decode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::identity::IdentityKey;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;

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
    /// Which entries are open.
    Open = "open": EntryNumber => Mark
}
table! {
    /// Tokens that were credited.
    Credits = "credits": TokenId => Credit
}
table! {
    /// Claims that were credited, by the posting that paid them.
    Claims = "claims": PostingNumber => Credit
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

/// Reads a structure that a flag announces. Errors: those of its decoder.
fn read_option<T: Decode>(reader: &mut Reader<'_>) -> Result<Option<T>> {
    if read_flag(reader)? { reader.get().map(Some) } else { Ok(None) }
}

//! What the books hold: typed rows and their canonical bytes.

mod accused;
mod customer;
mod difference;
mod entry;
mod outcome;
mod published;
mod request;
mod vault;
mod work;

pub use accused::{Accused, IncidentNumber};
pub use customer::{CodeDigest, Customer, CustomerId, Invitation, Wallet};
pub use difference::{Difference, Mark};
pub use entry::{Entry, EntryNumber, Job};
pub use outcome::{Outcome, Outcomes, Signatures};
pub use published::{Epoch, Published};
pub use request::{Request, RequestDigest, RequestKey};
pub use vault::{Book, Credit, Flow, PostingNumber, Reference, Reserves, Vault};
pub use work::{DepositItem, Deposition, Enrolment, Withdrawal};

use tender_token::encode::{Decode, Reader, Writer};
use tender_token::error::{Error, Result};

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

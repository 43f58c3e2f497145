//! What the wallet keeps: the rows of its tables, in canonical bytes.

mod cash;
mod claim;
mod deposit;
mod enrolment;
mod event;
mod exchange;
mod payment;
mod restored;
mod seen;
mod session;
mod slot;
mod standing;
mod token;
mod transfer;
mod trust;

pub use cash::CashRecord;
pub use claim::{ClaimRecord, ClaimState};
pub use deposit::DepositRecord;
pub use enrolment::{EnrolmentRecord, Secrets};
pub use event::{Event, EventNumber, What};
pub use exchange::{ExchangeRecord, ExchangeState};
pub use payment::{OfferRecord, Paid, PaymentRecord};
pub use restored::{Epoch, OutputKey, RestoredRecord};
pub use seen::{Evidence, SeenAnswers};
pub use session::{ProvisionRecord, ProvisionState, WithdrawalRecord, WithdrawalState};
pub use slot::{SlotRecord, SlotState};
pub use standing::Standing;
pub use token::{Holder, TokenRecord, TokenState};
pub use transfer::{OrderId, TransferRecord, TransferState};
pub use trust::TrustRecord;

use crate::outputs::Assigned;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};

/// Writes `u8 1` and the value, or `u8 0`.
fn write_option<T: Encode>(writer: &mut Writer, value: Option<&T>) {
    writer.u8(u8::from(value.is_some()));
    if let Some(value) = value {
        writer.put(value);
    }
}

fn read_option<T: Decode>(reader: &mut Reader<'_>) -> Result<Option<T>> {
    if read_flag(reader)? { reader.get().map(Some) } else { Ok(None) }
}

fn read_flag(reader: &mut Reader<'_>) -> Result<bool> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::Encoding),
    }
}

/// Writes `u16 n` and each output's denomination and slot.
fn write_outputs(writer: &mut Writer, outputs: &[Assigned]) {
    writer.u16(u16::try_from(outputs.len()).expect("at most 64 outputs"));
    for (denomination, slot) in outputs {
        writer.put(denomination);
        writer.put(slot);
    }
}

fn read_outputs(reader: &mut Reader<'_>) -> Result<Vec<Assigned>> {
    (0..reader.u16()?).map(|_| Ok((reader.get()?, reader.get()?))).collect()
}

fn read_sized(reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    reader.sized().map(<[u8]>::to_vec)
}

fn read_text(reader: &mut Reader<'_>) -> Result<String> {
    String::from_utf8(read_sized(reader)?).map_err(|_| Error::Encoding)
}

/// A protocol error by its number.
fn read_error(reader: &mut Reader<'_>) -> Result<Error> {
    let number = reader.u8()?;
    Error::ALL.iter().find(|error| error.number() == number).copied().ok_or(Error::Encoding)
}

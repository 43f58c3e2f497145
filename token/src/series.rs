//! Series and denominations (section 3): one slot key, the value keys that name it, one set of
//! dates.

use crate::amount::{Amount, Currency};
use crate::bounds::{DEPTH_MAX, DEPTH_MIN, HOPS_MAX, MODULUS_BYTES};
use crate::date::Day;
use crate::encode::{Decode, Encode, Reader, Writer, identifier};
use crate::error::{Error, Result};
use crate::transcript::{Label, h32};

const VERSION: u8 = 1;

identifier! {
    /// Names a series: the hash of its record with the slot key (`slot_key_id`).
    SeriesId
}

identifier! {
    /// Names a denomination and, by commitment, its series (`[S2]`).
    DenominationId
}

/// The dates of a series (`[S1]`, `[S5]`); each names the last day of its phase, but the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// First day of provisioning and withdrawing.
    pub issue_from: Day,
    /// Last day of withdrawing.
    pub issue_until: Day,
    /// Last day of offline acceptance and of provisioning.
    pub spend_until: Day,
    /// Last day of cashing.
    pub deposit_until: Day,
    /// Last day of claims.
    pub claim_until: Day,
}

impl Dates {
    /// Whether the phases follow each other as `[S1]` demands.
    #[must_use]
    pub fn are_ordered(&self) -> bool {
        self.issue_from <= self.issue_until
            && self.issue_until <= self.spend_until
            && self.spend_until < self.deposit_until
            && self.deposit_until < self.claim_until
    }

    /// The phase on this day (`[S5]`).
    #[must_use]
    pub fn phase(&self, today: Day) -> Phase {
        match today {
            today if today < self.issue_from => Phase::Early,
            today if today <= self.issue_until => Phase::Issue,
            today if today <= self.spend_until => Phase::Spend,
            today if today <= self.deposit_until => Phase::Deposit,
            today if today <= self.claim_until => Phase::Claim,
            _ => Phase::Closed,
        }
    }

    /// Whether tokens may be withdrawn on this day (`[S5]`).
    #[must_use]
    pub fn may_withdraw(&self, today: Day) -> bool {
        (self.issue_from..=self.issue_until).contains(&today)
    }

    /// Whether slots may be provisioned and tokens accepted offline on this day (`[S5]`).
    #[must_use]
    pub fn may_spend(&self, today: Day) -> bool {
        (self.issue_from..=self.spend_until).contains(&today)
    }

    /// Whether tokens may be cashed on this day (`[S5]`).
    #[must_use]
    pub fn may_cash(&self, today: Day) -> bool {
        today <= self.deposit_until
    }

    /// Whether what nobody cashed may be claimed on this day (`[S5]`, `[R3]`).
    #[must_use]
    pub fn may_claim(&self, today: Day) -> bool {
        self.deposit_until < today && today <= self.claim_until
    }
}

/// Where in its life a series is (`[S5]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Published, and not begun.
    Early,
    /// Slots are provisioned, tokens withdrawn, paid and cashed.
    Issue,
    /// No more withdrawals; everything else goes on.
    Spend,
    /// Tokens are only cashed.
    Deposit,
    /// What nobody cashed is claimed.
    Claim,
    /// Over.
    Closed,
}

impl Phase {
    /// The phase's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Issue => "issue",
            Self::Spend => "spend",
            Self::Deposit => "deposit",
            Self::Claim => "claim",
            Self::Closed => "closed",
        }
    }
}

impl Encode for Dates {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.issue_from);
        writer.put(&self.issue_until);
        writer.put(&self.spend_until);
        writer.put(&self.deposit_until);
        writer.put(&self.claim_until);
    }
}

impl Decode for Dates {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            issue_from: reader.get()?,
            issue_until: reader.get()?,
            spend_until: reader.get()?,
            deposit_until: reader.get()?,
            claim_until: reader.get()?,
        })
    }
}

/// The record of a series as the manifest carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The issuer's running number.
    pub number: u32,
    /// The currency of all its denominations.
    pub currency: Currency,
    /// Its phases.
    pub dates: Dates,
    /// `d`: a provision session commits to 2^d candidates per slot.
    pub depth: u8,
    /// How many slots a token may pass through.
    pub max_hops: u8,
    /// The slot key's modulus, big-endian, nb bytes.
    pub modulus: Vec<u8>,
}

impl Series {
    /// `slot_key_id`: the series' name, a hash of the whole record.
    #[must_use]
    pub fn id(&self) -> SeriesId {
        SeriesId(h32(Label::SlotKey, &[&self.to_bytes()]))
    }

    /// kappa, the number of candidates per slot. A record that no manifest has checked may name any
    /// depth; from 32 on it counts as the greatest number.
    #[must_use]
    pub fn candidates(&self) -> u32 {
        1_u32.checked_shl(u32::from(self.depth)).unwrap_or(u32::MAX)
    }

    /// Whether dates, depth and hops are within the ranges of `[S1]`.
    #[must_use]
    pub fn is_in_range(&self) -> bool {
        self.dates.are_ordered()
            && (DEPTH_MIN..=DEPTH_MAX).contains(&self.depth)
            && (1..=HOPS_MAX).contains(&self.max_hops)
    }
}

impl Encode for Series {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION);
        writer.u32(self.number);
        writer.put(&self.currency);
        writer.put(&self.dates);
        writer.u8(self.depth);
        writer.u8(self.max_hops);
        write_modulus(writer, &self.modulus);
    }
}

impl Decode for Series {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        read_version(reader)?;
        let series = Self {
            number: reader.u32()?,
            currency: reader.get()?,
            dates: reader.get()?,
            depth: reader.u8()?,
            max_hops: reader.u8()?,
            modulus: read_modulus(reader)?,
        };
        Ok(series)
    }
}

/// The record of a denomination as the manifest carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denomination {
    /// The series it belongs to.
    pub series: SeriesId,
    /// What one token of it is worth.
    pub value: Amount,
    /// The value key's modulus, big-endian, nb bytes.
    pub modulus: Vec<u8>,
}

impl Denomination {
    /// `denomination_id`: a hash of the whole record.
    #[must_use]
    pub fn id(&self) -> DenominationId {
        DenominationId(h32(Label::Denomination, &[&self.to_bytes()]))
    }
}

impl Encode for Denomination {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION);
        writer.put(&self.series);
        writer.put(&self.value);
        write_modulus(writer, &self.modulus);
    }
}

impl Decode for Denomination {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        read_version(reader)?;
        Ok(Self { series: reader.get()?, value: reader.get()?, modulus: read_modulus(reader)? })
    }
}

/// Reads the version byte that begins a record. Errors: `E_ENCODING` for another version.
pub(crate) fn read_version(reader: &mut Reader<'_>) -> Result<()> {
    reader.version(VERSION)
}

fn write_modulus(writer: &mut Writer, modulus: &[u8]) {
    writer.u16(u16::try_from(modulus.len()).expect("moduli are at most 384 bytes"));
    writer.bytes(modulus);
}

fn read_modulus(reader: &mut Reader<'_>) -> Result<Vec<u8>> {
    let length = usize::from(reader.u16()?);
    if !MODULUS_BYTES.contains(&length) {
        return Err(Error::Encoding);
    }
    reader.bytes(length).map(<[u8]>::to_vec)
}

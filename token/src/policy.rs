//! The policy record (section 3, `[S6]`): every number that could otherwise differ per user.

pub mod limits;

use crate::amount::{Amount, Currency};
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::series::read_version;
use crate::signature::PublicKey;
use crate::transcript::{Label, h32};

/// Who bears the loss of a double spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossRule {
    /// The payee who came second.
    PayeeBears,
    /// The payer's intermediary, up to the guarantee cap per incident.
    PayerIntermediaryGuarantees,
}

/// The limits of one currency, in minor units, between two reconciliations; zero forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The currency these limits are for.
    pub currency: Currency,
    /// Greatest value of one offline payment.
    pub payment: Amount,
    /// Greatest value held offline.
    pub holding: Amount,
    /// Greatest value received offline.
    pub received: Amount,
    /// Greatest number of payments made offline.
    pub payments: u16,
    /// Days since the last reconciliation after which a wallet neither pays nor accepts offline.
    pub reconcile_days: u16,
    /// Greatest value of one exchange without a name (`[W9]`).
    pub exchange: Amount,
    /// Greatest guarantee per incident.
    pub guarantee_cap: Amount,
}

/// The policy that travels with a manifest and is used only if its hash matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Slots per wallet and series.
    pub slot_quota: u32,
    /// Who bears the loss of a double spend.
    pub loss_rule: LossRule,
    /// Limits, one entry per currency.
    pub limits: Vec<Limits>,
    /// How many officers must approve a supply instruction.
    pub officers_k: u8,
    /// The officers' keys.
    pub officers: Vec<PublicKey>,
    /// How many witnesses must cosign a checkpoint.
    pub witnesses_k: u8,
    /// The witnesses' keys.
    pub witnesses: Vec<PublicKey>,
}

impl Policy {
    /// `policy_hash` as the manifest names it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        h32(Label::Policy, &[&self.to_bytes()])
    }

    /// The limits of a currency, or `None` if the policy has none: everything is then forbidden.
    #[must_use]
    pub fn limits(&self, currency: Currency) -> Option<&Limits> {
        self.limits.iter().find(|limits| limits.currency == currency)
    }
}

impl Encode for Limits {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.currency);
        writer.put(&self.payment);
        writer.put(&self.holding);
        writer.put(&self.received);
        writer.u16(self.payments);
        writer.u16(self.reconcile_days);
        writer.put(&self.exchange);
        writer.put(&self.guarantee_cap);
    }
}

impl Decode for Limits {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            currency: reader.get()?,
            payment: reader.get()?,
            holding: reader.get()?,
            received: reader.get()?,
            payments: reader.u16()?,
            reconcile_days: reader.u16()?,
            exchange: reader.get()?,
            guarantee_cap: reader.get()?,
        })
    }
}

impl Encode for Policy {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(1);
        writer.u32(self.slot_quota);
        writer.u8(match self.loss_rule {
            LossRule::PayeeBears => 1,
            LossRule::PayerIntermediaryGuarantees => 2,
        });
        write_short_list(writer, &self.limits);
        writer.u8(self.officers_k);
        write_short_list(writer, &self.officers);
        writer.u8(self.witnesses_k);
        write_short_list(writer, &self.witnesses);
    }
}

impl Decode for Policy {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        read_version(reader)?;
        Ok(Self {
            slot_quota: reader.u32()?,
            loss_rule: match reader.u8()? {
                1 => LossRule::PayeeBears,
                2 => LossRule::PayerIntermediaryGuarantees,
                _ => return Err(Error::Encoding),
            },
            limits: read_short_list(reader)?,
            officers_k: reader.u8()?,
            officers: read_short_list(reader)?,
            witnesses_k: reader.u8()?,
            witnesses: read_short_list(reader)?,
        })
    }
}

/// `u8 n` and the structures.
fn write_short_list(writer: &mut Writer, values: &[impl Encode]) {
    writer.u8(u8::try_from(values.len()).expect("a policy lists at most 255 of each"));
    for value in values {
        writer.put(value);
    }
}

fn read_short_list<T: Decode>(reader: &mut Reader<'_>) -> Result<Vec<T>> {
    let count = reader.u8()?;
    (0..count).map(|_| reader.get()).collect()
}

//! What is to be signed, and the issuer's reply: the same for a withdrawal and an exchange.

use super::Plan;
use crate::bounds::WITHDRAW_OUTPUTS_MAX;
use crate::encode::{Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::provision::SessionId;
use crate::series::DenominationId;

/// One token to be signed: which denomination, and the blinded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The denomination.
    pub denomination: DenominationId,
    /// `B`, nb bytes, `1 < B < N`.
    pub blinded: Vec<u8>,
}

impl Encode for Output {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.denomination);
        writer.bytes(&self.blinded);
    }
}

/// Reads `u16 n` outputs. Errors: `E_DENOMINATION`, `E_ENCODING` also for `B` out of range.
pub(crate) fn read_outputs(reader: &mut Reader<'_>, manifest: &Manifest) -> Result<Vec<Output>> {
    let count = reader.count(1..=WITHDRAW_OUTPUTS_MAX)?;
    let mut outputs = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let denomination = reader.get()?;
        let key = &manifest.value_key(denomination)?.key;
        let blinded = reader.bytes(key.length())?.to_vec();
        if !key.in_range(&blinded) {
            return Err(Error::Encoding);
        }
        outputs.push(Output { denomination, blinded });
    }
    Ok(outputs)
}

/// The issuer's reply: one blind signature per output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The session.
    pub sid: SessionId,
    /// Hash of the plan.
    pub plan_hash: [u8; 32],
    /// `s_t`, nb bytes each, in the order of the outputs.
    pub signatures: Vec<Vec<u8>>,
}

impl Reply {
    /// Reads the reply to a withdrawal's plan. Errors: `E_ENCODING`, `E_DENOMINATION`; `E_RECEIPT`
    /// if it answers another session or plan.
    pub fn from_bytes(bytes: &[u8], plan: &Plan, manifest: &Manifest) -> Result<Self> {
        Self::decode(bytes, plan.sid, plan.hash(), &plan.outputs, manifest)
    }

    /// Reads the reply to any plan with this session, hash and outputs. Errors: `E_ENCODING`,
    /// `E_DENOMINATION`, `E_RECEIPT`.
    pub(crate) fn decode(
        bytes: &[u8],
        sid: SessionId,
        plan_hash: [u8; 32],
        outputs: &[Output],
        manifest: &Manifest,
    ) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let answered: (SessionId, [u8; 32]) = (reader.get()?, reader.get()?);
        let count = usize::from(reader.count(1..=WITHDRAW_OUTPUTS_MAX)?);
        if answered != (sid, plan_hash) || count != outputs.len() {
            return Err(Error::Receipt);
        }
        let mut signatures = Vec::with_capacity(count);
        for output in outputs {
            let length = manifest.value_key(output.denomination)?.key.length();
            signatures.push(reader.bytes(length)?.to_vec());
        }
        reader.finish()?;
        Ok(Self { sid, plan_hash, signatures })
    }
}

impl Encode for Reply {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.sid);
        writer.put(&self.plan_hash);
        writer.u16(u16::try_from(self.signatures.len()).expect("at most 64 outputs"));
        self.signatures.iter().for_each(|signature| writer.bytes(signature));
    }
}

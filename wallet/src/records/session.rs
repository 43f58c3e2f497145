//! The journal of provisioning and withdrawing: what was sent, and how far it came.

use super::{read_error, read_outputs, read_sized, write_outputs};
use crate::outputs::Assigned;
use tender_token::amount::Amount;
use tender_token::encode::{Decode, Encode, Reader, Writer};
use tender_token::error::{Error, Result};
use tender_token::provision::{Plan, Receipt};

/// How far a provision session came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvisionState {
    /// Committed: OPEN may have been sent.
    Committed,
    /// The receipt is verified and stored: REVEAL may have been sent (`[PR5]`).
    Challenged(Receipt),
    /// The slots are here.
    Done(Receipt),
    /// The issuer refused OPEN: nothing of the session exists there.
    Refused(Error),
    /// Some certificates do not verify. Receipt, REVEAL and these answers prove it (`[PR9]`).
    Disputed(Receipt, Vec<Vec<u8>>),
}

impl ProvisionState {
    /// The receipt, once it is here.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Challenged(receipt) | Self::Done(receipt) | Self::Disputed(receipt, _) => {
                Some(receipt)
            }
            Self::Committed | Self::Refused(_) => None,
        }
    }

    /// Whether the session waits for an answer.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Committed | Self::Challenged(_))
    }
}

/// A provision session (`[PR1]`). All its secrets follow from its id and plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionRecord {
    /// Counts this wallet's sessions from 1.
    pub number: u32,
    /// What was asked for.
    pub plan: Plan,
    /// The commitment.
    pub h: [u8; 32],
    /// How far it came.
    pub state: ProvisionState,
}

impl Encode for ProvisionRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.u32(self.number);
        writer.put(&self.plan);
        writer.put(&self.h);
        match &self.state {
            ProvisionState::Committed => writer.u8(1),
            ProvisionState::Challenged(receipt) => {
                writer.u8(2);
                writer.put(receipt);
            }
            ProvisionState::Done(receipt) => {
                writer.u8(3);
                writer.put(receipt);
            }
            ProvisionState::Refused(error) => {
                writer.u8(4);
                writer.u8(error.number());
            }
            ProvisionState::Disputed(receipt, answers) => {
                writer.u8(5);
                writer.put(receipt);
                writer.u16(u16::try_from(answers.len()).expect("a plan has at most 64 slots"));
                for answer in answers {
                    writer.sized(answer);
                }
            }
        }
    }
}

impl Decode for ProvisionRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (number, plan, h) = (reader.u32()?, reader.get()?, reader.get()?);
        let state = match reader.u8()? {
            1 => ProvisionState::Committed,
            2 => ProvisionState::Challenged(reader.get()?),
            3 => ProvisionState::Done(reader.get()?),
            4 => ProvisionState::Refused(read_error(reader)?),
            5 => {
                let receipt = reader.get()?;
                let answers = (0..reader.u16()?).map(|_| read_sized(reader));
                ProvisionState::Disputed(receipt, answers.collect::<Result<_>>()?)
            }
            _ => return Err(Error::Encoding),
        };
        Ok(Self { number, plan, h, state })
    }
}

/// How far a withdrawal came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithdrawalState {
    /// It may have been sent.
    Open,
    /// The tokens are here.
    Done,
    /// It was refused. Its slots stay reserved: the refusal is nobody's signed word (`[W8]`).
    Refused(Error),
    /// It was refused, and after its time the issuer did not know it: its slots were free again.
    Released(Error),
    /// Some signatures do not verify. The request and this reply prove it (`[W7]`).
    Disputed(Vec<u8>),
}

/// A withdrawal (`[W2]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalRecord {
    /// The bytes that belong to its session id for ever.
    pub request: Vec<u8>,
    /// What it debits.
    pub amount: Amount,
    /// Denomination and slot of every output.
    pub outputs: Vec<Assigned>,
    /// How far it came.
    pub state: WithdrawalState,
}

impl Encode for WithdrawalRecord {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.request);
        writer.put(&self.amount);
        write_outputs(writer, &self.outputs);
        match &self.state {
            WithdrawalState::Open => writer.u8(1),
            WithdrawalState::Done => writer.u8(2),
            WithdrawalState::Refused(error) => {
                writer.u8(3);
                writer.u8(error.number());
            }
            WithdrawalState::Released(error) => {
                writer.u8(5);
                writer.u8(error.number());
            }
            WithdrawalState::Disputed(reply) => {
                writer.u8(4);
                writer.sized(reply);
            }
        }
    }
}

impl Decode for WithdrawalRecord {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let (request, amount) = (read_sized(reader)?, reader.get()?);
        let outputs = read_outputs(reader)?;
        let state = match reader.u8()? {
            1 => WithdrawalState::Open,
            2 => WithdrawalState::Done,
            3 => WithdrawalState::Refused(read_error(reader)?),
            4 => WithdrawalState::Disputed(read_sized(reader)?),
            5 => WithdrawalState::Released(read_error(reader)?),
            _ => return Err(Error::Encoding),
        };
        Ok(Self { request, amount, outputs, state })
    }
}

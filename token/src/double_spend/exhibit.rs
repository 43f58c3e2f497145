//! A proof as it is handed out: with the chains that lead to its states, which show the amount
//! (`[D3]`).

use super::{DoubleSpendProof, Statement};
use crate::chain::Chain;
use crate::encode::{Encode, Reader, Writer};
use crate::endorse::Place;
use crate::error::{Error, Result};
use crate::manifest::Manifest;

/// A proof has two states at most.
const CHAINS_MAX: u8 = 2;

/// A proof, and the chains that lead to its states. What is logged is the proof alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// The proof.
    pub proof: DoubleSpendProof,
    /// One for each state that somebody has kept the chain to; none in a proof that was handed out
    /// alone.
    pub chains: Vec<Chain>,
}

impl Exhibit {
    /// Reads a proof with its chains, or alone, that is all of `bytes`.
    /// Errors: `E_CERT` for an unknown slot key, those of a chain, `E_ENCODING`.
    pub fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let proof = DoubleSpendProof::decode(&mut reader, manifest)?;
        let mut chains = Vec::new();
        if !reader.rest().is_empty() {
            let count = reader.u8()?;
            if !(1..=CHAINS_MAX).contains(&count) {
                return Err(Error::Encoding);
            }
            for _ in 0..count {
                chains.push(Chain::decode(&mut reader, manifest)?);
            }
        }
        reader.finish()?;
        Ok(Self { proof, chains })
    }

    /// Verifies the proof, then that each chain leads to a state of its own of the proof, and
    /// everything that the chain says of itself.
    /// Errors: those of the proof; `E_TARGET` for a chain that leads elsewhere; those of
    /// [`Chain::check_again`].
    pub fn verify(&self, manifest: &Manifest) -> Result<()> {
        self.proof.verify(manifest)?;
        let place = |statement: &Statement| {
            let Statement { state, position, .. } = *statement;
            Place { slot: self.proof.slot.id(), position, state }
        };
        let mut open = vec![place(&self.proof.first)];
        // A double spend has one state.
        if self.proof.second.state != self.proof.first.state
            || self.proof.second.position != self.proof.first.position
        {
            open.push(place(&self.proof.second));
        }
        for chain in &self.chains {
            let led = open.iter().position(|place| chain.next_place() == Some(*place));
            open.remove(led.ok_or(Error::Target)?);
            chain.check_again(manifest)?;
        }
        Ok(())
    }
}

impl Encode for Exhibit {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.proof);
        if !self.chains.is_empty() {
            writer.u8(u8::try_from(self.chains.len()).expect("a proof has two states at most"));
            self.chains.iter().for_each(|chain| writer.put(chain));
        }
    }
}

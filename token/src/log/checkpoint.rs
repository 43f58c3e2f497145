//! Checkpoints: the log's signed word on size and root, and the witnesses' word that it only grew
//! (C2SP tlog-checkpoint and tlog-cosignature/v1).
//!
//! These signatures are over readable text instead of `X(label, data)`, so that any witness can
//! give them; keys of log and witnesses sign nothing else in this form.

use super::note::{self, Algorithm, Name, SignatureLine, key_id};
use super::{LogHash, TreeHead};
use crate::date::Timestamp;
use crate::error::{Error, Result};
use crate::signature::{PublicKey, SecretKey, Signature};
use std::collections::BTreeSet;

/// What a log says about its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, also the name of its key.
    pub origin: Name,
    /// Size and root.
    pub head: TreeHead,
}

impl Checkpoint {
    /// The three lines that are signed, each with its end.
    #[must_use]
    pub fn text(&self) -> String {
        let root = note::encode(&self.head.root.0);
        format!("{}\n{}\n{root}\n", self.origin.text(), self.head.size)
    }

    /// Reads the three lines, without the last one's end. Lines beyond them, which other logs may
    /// have, are refused. Errors: `E_ENCODING`.
    fn from_text(text: &str) -> Result<Self> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().ok_or(Error::Encoding);
        let origin = Name::new(line()?).ok_or(Error::Encoding)?;
        let (size, root) = (decimal(line()?)?, note::decode(line()?)?);
        let root = LogHash(root.try_into().map_err(|_| Error::Encoding)?);
        if lines.next().is_some() {
            return Err(Error::Encoding);
        }
        Ok(Self { origin, head: TreeHead { size, root } })
    }

    /// Signs with the log's key.
    #[must_use]
    pub fn sign(self, log: &SecretKey) -> SignedCheckpoint {
        let line = SignatureLine {
            name: self.origin.clone(),
            key_id: key_id(&self.origin, Algorithm::Ed25519, &log.public()),
            signature: log.sign_text(self.text().as_bytes()).0.to_vec(),
        };
        SignedCheckpoint { checkpoint: self, lines: vec![line] }
    }

    /// The line of a witness that has seen this checkpoint extend every earlier one it saw.
    /// Errors: `E_ENCODING` for a time from 2^63 on.
    pub fn cosign(
        &self,
        name: &Name,
        witness: &SecretKey,
        time: Timestamp,
    ) -> Result<SignatureLine> {
        let text = self.cosigned_text(time).ok_or(Error::Encoding)?;
        let signature = witness.sign_text(text.as_bytes()).0;
        Ok(SignatureLine {
            name: name.clone(),
            key_id: key_id(name, Algorithm::Cosignature, &witness.public()),
            signature: [&time.0.to_be_bytes()[..], &signature].concat(),
        })
    }

    /// What a witness signs; `None` for a time from 2^63 on.
    fn cosigned_text(&self, time: Timestamp) -> Option<String> {
        let seconds = i64::try_from(time.0).ok()?;
        Some(format!("cosignature/v1\ntime {seconds}\n{}", self.text()))
    }
}

/// A checkpoint with signatures that nobody has verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    lines: Vec<SignatureLine>,
}

impl SignedCheckpoint {
    /// Reads a checkpoint that is all of `bytes`, with 1 to 256 signatures. Errors: `E_ENCODING`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (text, lines) = note::read(bytes)?;
        Ok(Self { checkpoint: Checkpoint::from_text(text)?, lines })
    }

    /// The checkpoint as a note: text, empty line, signature lines.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut note = self.checkpoint.text();
        for line in &self.lines {
            note.extend(["\n", &line.to_string()]);
        }
        note.push('\n');
        note.into_bytes()
    }

    /// What is signed, for a witness to compare with what it saw before.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Adds the line of a witness.
    #[must_use]
    pub fn with(mut self, line: SignatureLine) -> Self {
        self.lines.push(line);
        self
    }

    /// Verifies that the log signed and that at least `least` of the witnesses cosigned (`[S4]`,
    /// `[S6]`). A witness counts once, under whatever name; signatures of other keys are ignored.
    /// Errors: `E_MANIFEST`, also for a wrong signature under one of these keys or another origin.
    pub fn verify(
        &self,
        origin: &Name,
        log: &PublicKey,
        witnesses: &[PublicKey],
        least: u8,
    ) -> Result<VerifiedCheckpoint> {
        if self.checkpoint.origin != *origin {
            return Err(Error::Manifest);
        }
        let (mut signed, mut cosigned) = (false, BTreeSet::new());
        for line in &self.lines {
            let is_log =
                line.name == *origin && line.key_id == key_id(&line.name, Algorithm::Ed25519, log);
            if is_log {
                self.verify_log(log, line)?;
                signed = true;
            }
            for witness in witnesses {
                if line.key_id == key_id(&line.name, Algorithm::Cosignature, witness) {
                    self.verify_cosignature(witness, line)?;
                    cosigned.insert(witness);
                }
            }
        }
        let enough = cosigned.len() >= usize::from(least);
        let verified = VerifiedCheckpoint(self.checkpoint.clone());
        if signed && enough { Ok(verified) } else { Err(Error::Manifest) }
    }

    fn verify_log(&self, log: &PublicKey, line: &SignatureLine) -> Result<()> {
        let signature = line.signature.as_slice().try_into().map_err(|_| Error::Manifest)?;
        let text = self.checkpoint.text();
        log.verify_text(text.as_bytes(), &Signature(signature)).map_err(|_| Error::Manifest)
    }

    fn verify_cosignature(&self, witness: &PublicKey, line: &SignatureLine) -> Result<()> {
        let (time, signature) = line.signature.split_first_chunk().ok_or(Error::Manifest)?;
        let time = Timestamp(u64::from_be_bytes(*time));
        let signature = signature.try_into().map_err(|_| Error::Manifest)?;
        let text = self.checkpoint.cosigned_text(time).ok_or(Error::Manifest)?;
        witness.verify_text(text.as_bytes(), &Signature(signature)).map_err(|_| Error::Manifest)
    }
}

/// Evidence that the log signed a checkpoint and enough witnesses cosigned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint(Checkpoint);

impl VerifiedCheckpoint {
    /// What was verified.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.0
    }

    /// Verifies that a leaf with this content is in the log, as number `index` from 0 (`[S4]`).
    /// Errors: `E_MANIFEST`.
    pub fn includes(&self, index: u64, content: &[u8], proof: &[LogHash]) -> Result<()> {
        self.0.head.verify_inclusion(index, &LogHash::leaf(content), proof)
    }

    /// Verifies that the log only grew since the checkpoint that is held (`[S4]`). The same tree
    /// follows itself with an empty proof. Errors: `E_MANIFEST`, also for another log.
    pub fn follows(&self, held: &Self, proof: &[LogHash]) -> Result<()> {
        if self.0 == held.0 && proof.is_empty() {
            return Ok(());
        }
        if self.0.origin != held.0.origin {
            return Err(Error::Manifest);
        }
        self.0.head.verify_consistency(&held.0.head, proof)
    }
}

/// Reads a decimal number without sign and leading zeros. Errors: `E_ENCODING`.
fn decimal(text: &str) -> Result<u64> {
    let number: u64 = text.parse().map_err(|_| Error::Encoding)?;
    if number.to_string() == text { Ok(number) } else { Err(Error::Encoding) }
}

//! Rollbacks (`[X4]`): the issuer goes on from books that are older than they were.
//!
//! An **issuer** that lost its books, and of which an older copy is the newest, would forget what
//! happened since: tokens that were cashed could be cashed once more. **Officers** of the policy
//! decide whether that is borne ([`Proposal`]). What they approved is the first leaf behind those
//! of the copy, so **anybody** who reads the log sees that it was longer, and by whose word it is
//! not any more.

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::log::TreeHead;
use crate::policy::Policy;
use crate::signature::PublicKey;
use crate::treasury::{Approvable, Approval, check_approvals, get_approvals, put_approvals};

const VERSION: u8 = 1;

/// How far an issuer's books have come: 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The log's size and root.
    pub head: TreeHead,
    /// Commits since the founding.
    pub commits: u64,
}

/// From where an issuer shall go on, and what it forgets by that: 129 bytes.
///
/// It says how far the books had come, so that it cannot be used a second time: whoever goes on
/// from the copy has other books from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// `issuer_pk` of the issuer's manifests.
    pub issuer: PublicKey,
    /// What the copy knows.
    pub kept: Reached,
    /// What the issuer remembers of its books: as much is at least lost.
    pub known: Reached,
}

impl Approvable for Proposal {
    const PREFIX: &'static [u8] = b"tender/rollback/v1/";
}

impl Proposal {
    /// Leaves of the log that are forgotten at least.
    #[must_use]
    pub fn leaves_lost(&self) -> u64 {
        self.known.head.size.saturating_sub(self.kept.head.size)
    }

    /// Commits that are forgotten at least.
    #[must_use]
    pub fn commits_lost(&self) -> u64 {
        self.known.commits.saturating_sub(self.kept.commits)
    }
}

/// A proposal with its approvals, as the log keeps it, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// From where to go on.
    pub proposal: Proposal,
    /// Who approves; at most 255.
    pub approvals: Vec<Approval>,
}

impl Rollback {
    /// Checks that this is for the issuer, for a log of just these leaves, and that enough officers
    /// of the policy in force after them have approved it. Errors: `E_AUTH`.
    pub fn verify(
        self,
        issuer: &PublicKey,
        policy: &Policy,
        kept: TreeHead,
    ) -> Result<ApprovedRollback> {
        let Proposal { issuer: named, kept: Reached { head, .. }, .. } = self.proposal;
        if named != *issuer || head != kept {
            return Err(Error::Auth);
        }
        check_approvals(&self.proposal, &self.approvals, policy)?;
        Ok(ApprovedRollback(self))
    }
}

/// What enough officers have agreed to forget. Only [`Rollback::verify`] makes one.
#[derive(Clone, Debug)]
pub struct ApprovedRollback(Rollback);

impl ApprovedRollback {
    /// The proposal with the approvals that were verified.
    #[must_use]
    pub fn rollback(&self) -> &Rollback {
        &self.0
    }
}

impl Encode for Reached {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.head.size);
        writer.put(&self.head.root);
        writer.u64(self.commits);
    }
}

impl Decode for Reached {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let head = TreeHead { size: reader.u64()?, root: reader.get()? };
        Ok(Self { head, commits: reader.u64()? })
    }
}

impl Encode for Proposal {
    fn encode(&self, writer: &mut Writer) {
        writer.u8(VERSION);
        writer.put(&self.issuer);
        writer.put(&self.kept);
        writer.put(&self.known);
    }
}

impl Decode for Proposal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.version(VERSION)?;
        Ok(Self { issuer: reader.get()?, kept: reader.get()?, known: reader.get()? })
    }
}

impl Encode for Rollback {
    fn encode(&self, writer: &mut Writer) {
        writer.put(&self.proposal);
        put_approvals(writer, &self.approvals);
    }
}

impl Decode for Rollback {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self { proposal: reader.get()?, approvals: get_approvals(reader)? })
    }
}

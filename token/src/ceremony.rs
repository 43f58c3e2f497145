//! Ceremonies: a new manifest is proposed, approved by officers, and only then signed by the root.
//!
//! Whoever makes the keys cannot put them into circulation alone: the proposal needs `officers_k`
//! officers of the policy in force, and the root's key besides. What a proposal may change is
//! narrow: it adds series and a policy, and keeps every series that is not over as it is.

use crate::date::Day;
use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::{Error, Result};
use crate::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use crate::policy::Policy;
use crate::series::{Denomination, Phase, Series};
use crate::treasury::{Approvable, Approval, check_approvals};

/// What officers sign of a proposal: its manifest, which names the policy too.
impl Approvable for ManifestHash {
    const PREFIX: &'static [u8] = b"tender/ceremony/v1/";
}

/// A manifest that nobody has signed yet, with its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The manifest.
    pub record: ManifestRecord,
    /// The policy that it names.
    pub policy: Policy,
}

impl Proposal {
    /// Proposes the manifest after the one in force: what is not over of that one, and a new
    /// series.
    #[must_use]
    pub fn after(
        held: &Manifest,
        series: Series,
        denominations: Vec<Denomination>,
        policy: Policy,
        min_lead: u8,
        today: Day,
    ) -> Self {
        let old = held.record();
        let mut record = ManifestRecord {
            epoch: old.epoch.saturating_add(1),
            previous: held.hash(),
            min_lead,
            policy_hash: policy.hash(),
            series: old.series.clone(),
            ..old.clone()
        };
        record.series.retain(|series| !is_over(series, today));
        let kept: Vec<_> = record.series.iter().map(Series::id).collect();
        record.denominations.retain(|denomination| kept.contains(&denomination.series));
        record.series.push(series);
        record.denominations.extend(denominations);
        Self { record, policy }
    }

    /// Checks that the proposal follows the manifest in force and takes nothing from it that is not
    /// over, and that enough officers of the policy in force have approved it.
    /// Errors: `E_MANIFEST`; `E_AUTH` if the approvals do not suffice.
    pub fn verify(
        self,
        held: &Manifest,
        held_policy: &Policy,
        approvals: &[Approval],
        today: Day,
    ) -> Result<ApprovedManifest> {
        let old = held.record();
        let Self { record, policy } = self;
        let manifest = Manifest::check(record, Strictness::Production)?;
        let record = manifest.record();
        let continues = manifest.follows(held)
            && record.policy_hash == policy.hash()
            && held_policy.hash() == old.policy_hash
            && (record.issuer, record.vrf) == (old.issuer, old.vrf);
        let numbers = old.series.iter().map(|series| series.number);
        let highest = numbers.max().unwrap_or_default();
        let keeps_series = old
            .series
            .iter()
            .filter(|series| !is_over(series, today))
            .all(|series| record.series.contains(series));
        let only_adds = record.series.iter().all(|series| {
            old.series.contains(series)
                || (series.number > highest && series.dates.issue_from >= today)
        });
        let kept = |one: &&Denomination| {
            let series = old.series.iter().find(|series| series.id() == one.series);
            series.is_some_and(|series| record.series.contains(series))
        };
        let kept: Vec<_> = old.denominations.iter().filter(kept).collect();
        let keeps_values = kept.iter().all(|one| record.denominations.contains(*one));
        let of_old = |one: &&Denomination| old.series.iter().any(|old| old.id() == one.series);
        let adds_no_value = record.denominations.iter().filter(of_old).count() == kept.len();
        if !(continues && keeps_series && only_adds && keeps_values && adds_no_value) {
            return Err(Error::Manifest);
        }
        check_approvals(&manifest.hash(), approvals, held_policy)?;
        Ok(ApprovedManifest { manifest, policy })
    }
}

/// Whether nothing can be asked of a series any more.
fn is_over(series: &Series, today: Day) -> bool {
    series.dates.phase(today) == Phase::Closed
}

impl Encode for Proposal {
    fn encode(&self, writer: &mut Writer) {
        writer.sized(&self.record.to_bytes());
        writer.put(&self.policy);
    }
}

impl Decode for Proposal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let record = ManifestRecord::from_bytes(reader.sized()?)?;
        Ok(Self { record, policy: reader.get()? })
    }
}

/// A manifest that enough officers have approved: what the root may sign. Only
/// [`Proposal::verify`] makes one.
#[derive(Clone, Debug)]
pub struct ApprovedManifest {
    manifest: Manifest,
    policy: Policy,
}

impl ApprovedManifest {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The policy that it names.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

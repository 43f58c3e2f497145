//! The manifest a wallet trusts: verified under the root it was invited with, never stepped back.

use crate::error::{Error, Result, Verb};
use crate::records::TrustRecord;
use crate::store::{Only, StoreError, Trust as TrustTable};
use crate::wallet::Wallet;
use std::collections::BTreeSet;
use tender_proto::trust::{Notices, Reply, Trust};
use tender_token::amount::Currency;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Decode;
use tender_token::error::Error as Rule;
use tender_token::manifest::{Manifest, ManifestHash};
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::revocation::VerifiedRevocation;
use tender_token::series::{Dates, DenominationId, SeriesId};
use tender_token::signature::PublicKey;

/// A verified manifest with its policy.
#[derive(Clone, Debug)]
pub struct Trusted {
    manifest: Manifest,
    policy: Policy,
    accepted: [ManifestHash; 2],
    revocations: Vec<VerifiedRevocation>,
    notices: Notices,
}

impl Trusted {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The names of this manifest and of the one before, as this one names it.
    #[must_use]
    pub fn accepted(&self) -> &[ManifestHash] {
        &self.accepted
    }

    /// The limits of a currency; none means that everything is forbidden.
    #[must_use]
    pub fn limits(&self, currency: Currency) -> Option<&Limits> {
        self.policy.limits(currency)
    }

    /// Whether the guarantee of a cheat's intermediary pays what a double spend takes from a payee.
    pub(crate) fn guarantees(&self) -> bool {
        self.policy.loss_rule == LossRule::PayerIntermediaryGuarantees
    }

    /// Tokens and slots that are not accepted (`[D2]`).
    pub(crate) fn denied(&self) -> &BTreeSet<[u8; 32]> {
        self.notices.denied.ids()
    }

    /// Whether a denomination, its series or everything is revoked (`[X1]`): its tokens are neither
    /// paid with nor accepted, only cashed.
    pub(crate) fn is_revoked(&self, denomination: DenominationId, series: SeriesId) -> bool {
        self.revocations.iter().any(|one| one.ends_denomination(denomination, series))
    }

    /// Whether a series is revoked: its slots serve nobody any more.
    pub(crate) fn is_series_revoked(&self, series: SeriesId) -> bool {
        self.revocations.iter().any(|one| one.ends_series(series))
    }

    /// The series in which tokens of a currency may be withdrawn today, the longest-lived first.
    pub(crate) fn issuing(&self, currency: Currency, today: Day) -> Vec<SeriesId> {
        self.longest_lived(currency, |dates| dates.may_withdraw(today))
    }

    /// The series in which slots may be provisioned today (`[S5]`), the longest-lived first.
    pub(crate) fn spendable(&self, currency: Currency, today: Day) -> Vec<SeriesId> {
        self.longest_lived(currency, |dates| dates.may_spend(today))
    }

    fn longest_lived(&self, currency: Currency, open: impl Fn(&Dates) -> bool) -> Vec<SeriesId> {
        let keys = self.manifest.slot_keys().map(|(id, key)| (id, &key.series));
        let mut open: Vec<_> = keys
            .filter(|(id, series)| {
                let open = series.currency == currency && open(&series.dates);
                open && !self.is_series_revoked(*id)
            })
            .map(|(id, series)| (series.dates.spend_until, id))
            .collect();
        open.sort_unstable_by(|one, other| other.cmp(one));
        open.into_iter().map(|(_, id)| id).collect()
    }

    /// The denominations of a series, the smallest first.
    pub(crate) fn denominations(&self, series: SeriesId) -> Vec<(u64, DenominationId)> {
        let keys = self.manifest.value_keys().map(|(id, key)| (id, &key.denomination));
        let mut values: Vec<_> = keys
            .filter(|(id, denomination)| {
                denomination.series == series && !self.is_revoked(*id, series)
            })
            .map(|(id, denomination)| (denomination.value.minor_units(), id))
            .collect();
        values.sort_unstable();
        values
    }
}

impl Wallet {
    /// Epoch of the manifest that this wallet holds; 0 if it holds none.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.trusted.as_ref().map_or(0, |trusted| trusted.manifest.record().epoch)
    }

    /// Adopts manifest after manifest, so that a wallet that slept through some still sees that
    /// each follows the one before, and heeds what was revoked and denied. `true` if the manifest
    /// is a new one.
    /// Errors: as for [`Self::adopt`]; `E_AUTH` for a revocation that the root did not sign.
    pub fn follow(&mut self, reply: Reply, now: Timestamp) -> Result<bool> {
        let mut new = false;
        for trust in reply.manifests {
            new |= self.adopt(trust, now)?;
        }
        self.heed(reply.notices, now)?;
        Ok(new)
    }

    /// Keeps what was revoked and denied. A revocation is never forgotten.
    fn heed(&mut self, notices: Notices, now: Timestamp) -> Result<()> {
        let root = self.root()?;
        let Some(record) = self.store.get::<TrustTable>(&Only)? else { return Ok(()) };
        let mut kept = record.notices.clone();
        for revocation in notices.revocations {
            revocation.verify(&root).map_err(Verb::Trust.refused())?;
            if !kept.revocations.contains(&revocation) {
                kept.revocations.push(revocation);
            }
        }
        kept.denied = notices.denied;
        if kept == record.notices {
            return Ok(());
        }
        let mut draft = self.draft(now)?;
        draft.batch.put::<TrustTable>(&Only, &TrustRecord { notices: kept, ..record });
        self.commit(draft)?;
        self.trusted = self.load_trusted()?;
        Ok(())
    }

    /// Verifies a manifest and makes it this wallet's, if it is newer. `true` if it was.
    /// Errors: `E_MANIFEST`, `E_ENCODING`: it does not hold under the root, or does not follow the
    /// one held, and nothing of it is used (`[S4]`).
    pub fn adopt(&mut self, trust: Trust, now: Timestamp) -> Result<bool> {
        let refused = Verb::Trust.refused();
        let manifest = trust.verify(&self.root()?).map_err(&refused)?;
        let notices = match &self.trusted {
            Some(held) if held.manifest.hash() == manifest.hash() => return Ok(false),
            Some(held) if !manifest.follows(&held.manifest) => {
                return Err(refused(Rule::Manifest));
            }
            Some(held) => held.notices.clone(),
            None => Notices::default(),
        };
        let mut draft = self.draft(now)?;
        draft.batch.put::<TrustTable>(&Only, &TrustRecord { trust, notices });
        self.commit(draft)?;
        self.trusted = self.load_trusted()?;
        Ok(true)
    }

    /// Reads back what is trusted, and verifies it again.
    pub(crate) fn load_trusted(&self) -> Result<Option<Trusted>> {
        let Some(record) = self.store.get::<TrustTable>(&Only)? else { return Ok(None) };
        let TrustRecord { trust, notices } = record;
        let corrupt = |_| Error::from(StoreError::Corrupt { table: "trust" });
        let root = self.root()?;
        let manifest = trust.verify(&root).map_err(corrupt)?;
        let accepted = [manifest.hash(), manifest.record().previous];
        let revocations = notices.revocations.iter().map(|one| one.verify(&root));
        let revocations = revocations.collect::<core::result::Result<_, _>>().map_err(corrupt)?;
        Ok(Some(Trusted { manifest, policy: trust.policy, accepted, revocations, notices }))
    }

    /// The root's key, as the invitation names it.
    pub(crate) fn root(&self) -> Result<PublicKey> {
        read_hex(&self.enrolment.invitation.root)
    }
}

/// Reads a hexadecimal value of an invitation. Errors: [`Error::Invitation`].
pub(crate) fn read_hex<T: Decode>(text: &str) -> Result<T> {
    let bytes = hex::decode(text).map_err(|_| Error::Invitation)?;
    T::from_bytes(&bytes).map_err(|_| Error::Invitation)
}

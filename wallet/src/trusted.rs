//! The manifest a wallet trusts: verified under the root it was invited with, never stepped back.

use crate::error::{Error, Result, Verb};
use crate::records::TrustRecord;
use crate::store::{Only, StoreError, Trust as TrustTable};
use crate::wallet::Wallet;
use tender_proto::trust::Trust;
use tender_token::amount::Currency;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Decode;
use tender_token::error::Error as Rule;
use tender_token::manifest::{Manifest, ManifestHash};
use tender_token::policy::{Limits, Policy};
use tender_token::series::{Dates, DenominationId, SeriesId};
use tender_token::signature::PublicKey;

/// A verified manifest with its policy.
#[derive(Clone, Debug)]
pub struct Trusted {
    manifest: Manifest,
    policy: Policy,
    accepted: Vec<ManifestHash>,
}

impl Trusted {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The names of this manifest and of the one before.
    #[must_use]
    pub fn accepted(&self) -> &[ManifestHash] {
        &self.accepted
    }

    /// The limits of a currency; none means that everything is forbidden.
    #[must_use]
    pub fn limits(&self, currency: Currency) -> Option<&Limits> {
        self.policy.limits(currency)
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
            .filter(|(_, series)| series.currency == currency && open(&series.dates))
            .map(|(id, series)| (series.dates.spend_until, id))
            .collect();
        open.sort_unstable_by(|one, other| other.cmp(one));
        open.into_iter().map(|(_, id)| id).collect()
    }

    /// The denominations of a series, the smallest first.
    pub(crate) fn denominations(&self, series: SeriesId) -> Vec<(u64, DenominationId)> {
        let keys = self.manifest.value_keys().map(|(id, key)| (id, &key.denomination));
        let mut values: Vec<_> = keys
            .filter(|(_, denomination)| denomination.series == series)
            .map(|(id, denomination)| (denomination.value.minor_units(), id))
            .collect();
        values.sort_unstable();
        values
    }
}

impl Wallet {
    /// Verifies a manifest and makes it this wallet's, if it is newer. `true` if it was.
    /// Errors: `E_MANIFEST`, `E_ENCODING`: it does not hold under the root, or does not follow the
    /// one held, and nothing of it is used (`[S4]`).
    pub fn adopt(&mut self, trust: Trust, now: Timestamp) -> Result<bool> {
        let refused = Verb::Trust.refused();
        let manifest = trust.verify(&self.root()?).map_err(&refused)?;
        let held = self.trusted.as_ref().map(|trusted| &trusted.manifest);
        let previous = match held {
            Some(held) if held.hash() == manifest.hash() => return Ok(false),
            Some(held) if !manifest.follows(held) => return Err(refused(Rule::Manifest)),
            Some(held) => Some(held.hash()),
            None => None,
        };
        let mut draft = self.draft(now)?;
        draft.batch.put::<TrustTable>(&Only, &TrustRecord { trust, previous });
        self.commit(draft)?;
        self.trusted = self.load_trusted()?;
        Ok(true)
    }

    /// Reads back what is trusted, and verifies it again.
    pub(crate) fn load_trusted(&self) -> Result<Option<Trusted>> {
        let Some(record) = self.store.get::<TrustTable>(&Only)? else { return Ok(None) };
        let TrustRecord { trust, previous } = record;
        let corrupt = |_| Error::from(StoreError::Corrupt { table: "trust" });
        let manifest = trust.verify(&self.root()?).map_err(corrupt)?;
        let accepted = [manifest.hash()].into_iter().chain(previous).collect();
        Ok(Some(Trusted { manifest, policy: trust.policy, accepted }))
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

//! The wallet: a store, the keys that derive from its secrets, and the manifest it trusts.
//!
//! Each verb adds its methods in its own file. All of them are synchronous, take the time and the
//! randomness they need, and are durable when they return.

use crate::error::{Error, Money, Result};
use crate::records::{EnrolmentRecord, Event, EventNumber, Secrets, Standing, What};
use crate::seed::Seed;
use crate::store::{
    Batch, Enrolment, Events, Only, SecretsTable, StandingTable, Store, StoreError, Table,
};
use crate::trusted::Trusted;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::identity::{Identity, Master, Pseudonym};
use tender_token::signature::SecretKey;

/// A holder's wallet.
#[derive(Debug)]
pub struct Wallet {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    pub(crate) enrolment: EnrolmentRecord,
    pub(crate) trusted: Option<Trusted>,
}

/// The keys that derive from the secrets. Wiped on drop.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) seed: Seed,
    pub(crate) master: Master,
    pub(crate) identity: Identity,
    pub(crate) device: SecretKey,
    pub(crate) pseudonym: Pseudonym,
}

/// Writes in the making: what a verb changes, the clock, and the history.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) batch: Batch,
    pub(crate) standing: Standing,
}

impl Wallet {
    /// Opens the wallet in a store. Errors: the store cannot be read.
    pub fn open(store: Store) -> Result<Self> {
        let secrets = store.get::<SecretsTable>(&Only)?;
        let secrets = secrets.ok_or(StoreError::Corrupt { table: SecretsTable::NAME })?;
        let enrolment = store.get::<Enrolment>(&Only)?;
        let enrolment = enrolment.ok_or(StoreError::Corrupt { table: Enrolment::NAME })?;
        let keys = Keys::new(secrets)?;
        let mut wallet = Self { store, keys, enrolment, trusted: None };
        wallet.trusted = wallet.load_trusted()?;
        Ok(wallet)
    }

    /// How this wallet's amounts are shown. Errors: [`Error::Invitation`] for no currency.
    pub fn money(&self) -> Result<Money> {
        let invitation = &self.enrolment.invitation;
        let currency = Currency::new(&invitation.currency).ok_or(Error::Invitation)?;
        Ok(Money { currency, decimals: invitation.decimals })
    }

    pub(crate) fn currency(&self) -> Result<Currency> {
        self.money().map(|money| money.currency)
    }

    pub(crate) fn trusted(&self) -> Result<&Trusted> {
        self.trusted.as_ref().ok_or(Error::Untrusted)
    }

    pub(crate) fn standing(&self) -> Result<Standing> {
        let corrupt = StoreError::Corrupt { table: StandingTable::NAME };
        Ok(self.store.get::<StandingTable>(&Only)?.ok_or(corrupt)?)
    }

    /// Begins a batch. Its clock never runs backwards (`[P5]`).
    pub(crate) fn draft(&self, now: Timestamp) -> Result<Draft> {
        let mut standing = self.standing()?;
        standing.clock = standing.clock.max(now);
        Ok(Draft { batch: Batch::default(), standing })
    }

    /// Makes a batch durable. Errors: as for [`Store::commit`], and then nothing is written.
    pub(crate) fn commit(&mut self, mut draft: Draft) -> core::result::Result<(), StoreError> {
        draft.batch.put::<StandingTable>(&Only, &draft.standing);
        self.store.commit(&draft.batch)
    }
}

impl Draft {
    /// The time by the wallet's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.standing.clock
    }

    /// Adds a line to the history.
    pub(crate) fn note(&mut self, what: What, amount: Amount, count: usize) {
        self.standing.events = self.standing.events.saturating_add(1);
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let event = Event { time: self.now(), what, amount, count };
        self.batch.put::<Events>(&EventNumber(self.standing.events), &event);
    }
}

impl Keys {
    /// Errors: the seed has no such identity, with negligible probability.
    pub(crate) fn new(secrets: Secrets) -> core::result::Result<Self, StoreError> {
        let Secrets { seed, epoch } = secrets;
        let master = seed.master();
        let unusable = |_| StoreError::Corrupt { table: SecretsTable::NAME };
        let identity = master.identity(epoch).map_err(unusable)?;
        let (device, pseudonym) = (seed.device(epoch), seed.pseudonym());
        Ok(Self { seed, master, identity, device, pseudonym })
    }
}

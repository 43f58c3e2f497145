//! Restore (`[R5]`, `[ID3]`): a wallet that is lost begins anew from its seed, as another identity,
//! and finds its own again in what the issuer stored of the earlier ones.
//!
//! Nothing that the earlier wallet held is spent any more: nobody knows what its slots answered.
//! What nobody cashes can be claimed. What is found is a function of the seed and of what the
//! issuer returns, so finding it again changes nothing.

use crate::error::{Result, Verb};
use crate::records::{Epoch, OutputKey, RestoredRecord, What};
use crate::store::{Earlier, Only, Restored as RestoredTable};
use crate::wallet::{Draft, Wallet};
use std::collections::BTreeSet;
use tender_proto::call::{self, Call};
use tender_proto::restore::{Asked, Request, Stored};
use tender_token::amount::Amount;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::endorse::Digest;
use tender_token::error::Error as Rule;
use tender_token::identity::IdentityKey;
use tender_token::manifest::Manifest;
use tender_token::provision::Reveal;
use tender_token::restore::{OwnSlots, RestoredOutput, RestoredProvision};

/// What was found of an earlier identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Tokens that it withdrew, spent or not.
    pub tokens: usize,
    /// What they are worth together.
    pub value: Amount,
    /// Outputs that went onto slots of others.
    pub pushed: usize,
    /// Sessions of series that have left the manifest, or that are not its own.
    pub unread: usize,
    /// Answers that give its open provision sessions up, to be sent.
    pub given_up: Vec<Reveal>,
}

impl Wallet {
    /// Earlier identities of which not everything is here yet, the last first: the first one may
    /// have been lost before it was enrolled. Errors: the store cannot be read.
    pub fn earlier(&self) -> Result<Vec<Epoch>> {
        let mut open = Vec::new();
        for epoch in (0..self.keys.identity.epoch()).rev().map(Epoch) {
            if self.store.get::<Earlier>(&epoch)?.is_none() {
                open.push(epoch);
            }
        }
        Ok(open)
    }

    /// The question for what is stored of an earlier identity, after so many sessions, signed as
    /// its device to be sent now. Errors: the seed has no such identity, with negligible
    /// probability.
    pub fn restore_call(&self, epoch: Epoch, after: u64, now: Timestamp) -> Result<Call> {
        let identity = self.earlier_identity(epoch)?;
        let body = Request { identity, asked: Asked::After(after) }.to_bytes();
        Ok(Call::sign(call::Verb::Restore, body, now, &self.keys.seed.device(epoch.0)))
    }

    /// Finds the wallet's own in all that is stored of an earlier identity. Its slots never answer
    /// again (`[ID3]`), and what it withdrew is kept to be claimed. Repeating it changes nothing.
    /// Errors: the store cannot be written.
    pub fn find(&mut self, epoch: Epoch, stored: Vec<Stored>, now: Timestamp) -> Result<Found> {
        let device = self.keys.seed.device(epoch.0);
        let (master, manifest) = (&self.keys.master, self.trusted()?.manifest());
        let (mut found, mut provisions, mut withdrawals) = (Found::default(), vec![], vec![]);
        for session in stored {
            match session {
                Stored::Provision(session) => match session.restore(master, &device, manifest) {
                    Ok(RestoredProvision::Slots(slots)) => provisions.push(slots),
                    Ok(RestoredProvision::Abandon(reveal)) => found.given_up.push(reveal),
                    Ok(RestoredProvision::Abandoned) => {}
                    Err(_) => found.unread = found.unread.saturating_add(1),
                },
                Stored::Withdrawal(session) => withdrawals.push(session),
            }
        }
        let mut slots = OwnSlots::new(provisions);
        let mut draft = self.draft(now)?;
        slots.all().iter().for_each(|slot| draft.batch.answer(slot.id(), Digest::DEAD));
        for session in withdrawals {
            let outputs = session.read(manifest).and_then(|session| {
                session.restore(master, &device.public(), &mut slots, &[], manifest)
            });
            match outputs {
                Ok(outputs) => keep(&mut draft, &mut found, epoch, outputs, manifest)?,
                Err(_) => found.unread = found.unread.saturating_add(1),
            }
        }
        self.commit(draft)?;
        Ok(found)
    }

    /// Notes that everything of an earlier identity is here. Errors: the store cannot be written.
    pub fn finish_restore(&mut self, epoch: Epoch, found: &Found, now: Timestamp) -> Result<()> {
        let mut draft = self.draft(now)?;
        draft.batch.put::<Earlier>(&epoch, &Only);
        if found.tokens > 0 {
            draft.note(What::Restored, found.value, found.tokens);
        }
        Ok(self.commit(draft)?)
    }

    /// What earlier identities withdrew. Errors: the store cannot be read.
    pub fn restored(&self) -> Result<Vec<RestoredRecord>> {
        let rows = self.store.all::<RestoredTable>()?;
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The first days on which restored tokens may be claimed (`[R3]`), without those whose series
    /// has left the manifest. Errors: the wallet holds no manifest; the store cannot be read.
    pub fn claimable_days(&self) -> Result<BTreeSet<Day>> {
        let manifest = self.trusted()?.manifest();
        let first = |row: RestoredRecord| {
            let key = manifest.series_of(row.denomination).ok()?;
            key.series.dates.deposit_until.0.checked_add(1).map(Day)
        };
        Ok(self.restored()?.into_iter().filter_map(first).collect())
    }

    /// The name of an earlier identity.
    pub fn earlier_identity(&self, epoch: Epoch) -> Result<IdentityKey> {
        let identity = self.keys.master.identity(epoch.0);
        Ok(identity.map_err(Verb::Restore.refused())?.key())
    }
}

/// Keeps the outputs of a withdrawal whose slots are the wallet's own.
fn keep(
    draft: &mut Draft,
    found: &mut Found,
    epoch: Epoch,
    outputs: Vec<Option<RestoredOutput>>,
    manifest: &Manifest,
) -> Result<()> {
    let refused = Verb::Restore.refused();
    for output in outputs {
        let Some(RestoredOutput { denomination, opening, own, token }) = output else {
            found.pushed = found.pushed.saturating_add(1);
            continue;
        };
        let value = manifest.value_key(denomination).map_err(&refused)?.denomination.value;
        let key = OutputKey { sid: opening.sid, output: opening.output };
        let token = token.map(|token| token.to_bytes());
        let epoch = epoch.0;
        let row = RestoredRecord { epoch, denomination, value, opening, slot: own, token };
        draft.batch.put::<RestoredTable>(&key, &row);
        found.tokens = found.tokens.saturating_add(1);
        found.value = found.value.checked_add(value).ok_or_else(|| refused(Rule::Amount))?;
    }
    Ok(())
}

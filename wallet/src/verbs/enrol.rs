//! Enrol (`[ID1]`): a wallet comes into being, and an intermediary learns who it is.
//!
//! Begin makes secrets and registration durable, in one file that appears complete or not at all.
//! Finish notes that the intermediary accepted. In between the same registration is sent again.

use crate::error::{Error, Result, Verb};
use crate::records::{EnrolmentRecord, Secrets, Standing, What};
use crate::seed::Seed;
use crate::store::{Batch, Enrolment, Only, SecretsTable, StandingTable, Store, StoreError};
use crate::trusted::read_hex;
use crate::wallet::{Keys, Wallet};
use rand_core::CryptoRng;
use std::path::Path;
use tender_proto::enrol::{Reply, Request};
use tender_proto::invitation::Invitation;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::identity::{IdentityKey, RegistrarId, Registration};
use tender_token::signature::PublicKey;

impl Wallet {
    /// Makes a wallet in a new file, for an invitation.
    /// Errors: [`Error::Invitation`]; [`StoreError::Exists`]; the folder cannot be written.
    pub fn create(
        path: &Path,
        invitation: Invitation,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let seed = Seed::new(random(rng));
        Self::founded(path, Secrets { seed, epoch: 0 }, invitation, now, rng)
    }

    /// Makes a wallet in a new file that follows one which is lost, from its seed. It is another
    /// identity under the same name (`[ID3]`).
    /// Errors: as for [`Self::create`].
    pub fn recreate(
        path: &Path,
        seed: Seed,
        invitation: Invitation,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        Self::founded(path, Secrets { seed, epoch: 1 }, invitation, now, rng)
    }

    fn founded(
        path: &Path,
        secrets: Secrets,
        invitation: Invitation,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let mut batch = Batch::default();
        batch.put::<SecretsTable>(&Only, &secrets);
        let keys = Keys::new(secrets)?;
        batch.put::<Enrolment>(&Only, &registered(&keys, invitation, rng)?);
        batch.put::<StandingTable>(
            &Only,
            &Standing {
                clock: now,
                reconciled: now.day(),
                payments: 0,
                received: Amount::ZERO,
                events: 0,
            },
        );
        Self::open(Store::create(path, &batch)?)
    }

    /// Takes the next identity of the seed, because a wallet that followed the lost one before has
    /// this one. `false` if this wallet follows none or is enrolled, and then nothing is changed.
    /// Errors: the store cannot be written.
    pub fn next_identity(&mut self, now: Timestamp, rng: &mut impl CryptoRng) -> Result<bool> {
        let epoch = self.keys.identity.epoch();
        let Some(next) = epoch.checked_add(1).filter(|_| epoch > 0 && !self.enrolment.done) else {
            return Ok(false);
        };
        let secrets = || Secrets { seed: Seed::new(*self.keys.seed.expose()), epoch: next };
        let keys = Keys::new(secrets())?;
        let enrolment = registered(&keys, self.enrolment.invitation.clone(), rng)?;
        let mut draft = self.draft(now)?;
        draft.batch.put::<SecretsTable>(&Only, &secrets());
        draft.batch.put::<Enrolment>(&Only, &enrolment);
        self.commit(draft)?;
        (self.keys, self.enrolment) = (keys, enrolment);
        Ok(true)
    }

    /// The 24 words from which the wallet can be restored (BIP-39).
    pub fn words(&self) -> Vec<&'static str> {
        self.keys.seed.words()
    }

    /// Takes up another invitation of the wallet's own intermediary: all of it until the wallet is
    /// enrolled; then only where the intermediary serves and under which authority. `true` if an
    /// enrolled wallet learned that its intermediary moved.
    /// Errors: [`Error::AnotherIntermediary`]; [`Error::Invitation`].
    pub fn begin_enrol(&mut self, invitation: Invitation, now: Timestamp) -> Result<bool> {
        let (held, done) = (&self.enrolment.invitation, self.enrolment.done);
        if origin(&invitation)? != origin(held)? {
            return Err(Error::AnotherIntermediary);
        }
        let Invitation { address, authority, .. } = &invitation;
        if done && (address, authority) == (&held.address, &held.authority) {
            return Ok(false);
        }
        let invitation = if done {
            let Invitation { address, authority, .. } = invitation;
            Invitation { address, authority, ..held.clone() }
        } else {
            invitation
        };
        // The intermediary may know the registration already, and an identity has one proof.
        let enrolment = EnrolmentRecord { invitation, ..self.enrolment.clone() };
        let mut draft = self.draft(now)?;
        draft.batch.put::<Enrolment>(&Only, &enrolment);
        self.commit(draft)?;
        self.enrolment = enrolment;
        Ok(done)
    }

    /// What to send, or nothing if the wallet is enrolled. Errors: the store cannot be read.
    pub fn enrol_request(&self) -> Result<Option<Request>> {
        if self.enrolment.done {
            return Ok(None);
        }
        let registration = Registration::from_bytes(&self.enrolment.registration);
        let registration = registration.map_err(|_| StoreError::Corrupt { table: "enrolment" })?;
        Ok(Some(Request { registration, invitation: self.enrolment.invitation.code.clone() }))
    }

    /// Takes the answer. Errors: the refusal; the wallet stays as it is and can be invited again.
    pub fn finish_enrol(&mut self, reply: Reply, now: Timestamp) -> Result<()> {
        reply.map_err(|refusal| Error::Refused { verb: Verb::Enrol, rule: refusal.error })?;
        if self.enrolment.done {
            return Ok(());
        }
        let mut draft = self.draft(now)?;
        let enrolment = EnrolmentRecord { done: true, ..self.enrolment.clone() };
        draft.batch.put::<Enrolment>(&Only, &enrolment);
        draft.standing.reconciled = draft.now().day();
        draft.note(What::Enrolled, Amount::ZERO, 0);
        self.commit(draft)?;
        self.enrolment = enrolment;
        Ok(())
    }

    /// The wallet's public identity, `U`.
    pub fn identity(&self) -> IdentityKey {
        self.keys.identity.key()
    }

    /// Who invited the wallet, and how to reach it.
    pub fn invitation(&self) -> &Invitation {
        &self.enrolment.invitation
    }

    /// Whether the intermediary accepted the registration.
    pub fn is_enrolled(&self) -> bool {
        self.enrolment.done
    }

    pub(crate) fn require_enrolled(&self) -> Result<()> {
        if self.enrolment.done { Ok(()) } else { Err(Error::NotEnrolled) }
    }
}

/// Who speaks in an invitation: the intermediary, and the root of the issuer behind it.
/// Errors: [`Error::Invitation`] if these or the currency cannot be used.
fn origin(invitation: &Invitation) -> Result<(RegistrarId, PublicKey)> {
    let root: PublicKey = read_hex(&invitation.root)?;
    root.check().map_err(|_| Error::Invitation)?;
    Currency::new(&invitation.currency).ok_or(Error::Invitation)?;
    Ok((read_hex(&invitation.registrar)?, root))
}

/// Registers an identity for an invitation, whose contents are checked first.
fn registered(
    keys: &Keys,
    invitation: Invitation,
    rng: &mut impl CryptoRng,
) -> Result<EnrolmentRecord> {
    let (registrar, _) = origin(&invitation)?;
    let fresh = random(rng);
    let registration =
        keys.identity.register(&keys.master, registrar, keys.pseudonym, &keys.device, &fresh);
    Ok(EnrolmentRecord { invitation, registration: registration.to_bytes(), done: false })
}

/// Fresh random bytes.
pub(crate) fn random<const N: usize>(rng: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

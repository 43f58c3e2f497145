//! Enrol ([ID1]): a wallet comes into being, and an intermediary learns who it is.
//!
//! Begin makes secrets and registration durable, in one file that appears complete or not at all.
//! Finish notes that the intermediary accepted. In between the same registration is sent again.

use crate::error::{Error, Result, Verb};
use crate::records::{EnrolmentRecord, Secrets, Standing, What};
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
        let secrets =
            Secrets { master: random(rng), device: random(rng), pseudonym: random(rng), epoch: 0 };
        let keys = Keys::new(&secrets)?;
        let enrolment = registered(&keys, invitation, rng)?;
        let mut batch = Batch::default();
        batch.put::<SecretsTable>(&Only, &secrets);
        batch.put::<Enrolment>(&Only, &enrolment);
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

    /// Takes up an invitation: the one the wallet holds, or another one while it is not enrolled.
    /// Errors: [`Error::EnrolledAlready`]; [`Error::Invitation`].
    pub fn begin_enrol(
        &mut self,
        invitation: Invitation,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let held = &self.enrolment.invitation;
        if invitation.code == held.code && invitation.registrar == held.registrar {
            return Ok(());
        }
        if self.enrolment.done {
            return Err(Error::EnrolledAlready);
        }
        let mut enrolment = registered(&self.keys, invitation, rng)?;
        if enrolment.invitation.registrar == held.registrar {
            // The intermediary may know this registration already: an identity has one proof.
            enrolment.registration.clone_from(&self.enrolment.registration);
        }
        let mut draft = self.draft(now)?;
        draft.batch.put::<Enrolment>(&Only, &enrolment);
        self.commit(draft)?;
        self.enrolment = enrolment;
        Ok(())
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

/// Registers an identity for an invitation, whose contents are checked first.
fn registered(
    keys: &Keys,
    invitation: Invitation,
    rng: &mut impl CryptoRng,
) -> Result<EnrolmentRecord> {
    let registrar: RegistrarId = read_hex(&invitation.registrar)?;
    let root: PublicKey = read_hex(&invitation.root)?;
    root.check().map_err(|_| Error::Invitation)?;
    Currency::new(&invitation.currency).ok_or(Error::Invitation)?;
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

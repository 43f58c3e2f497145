//! Provision (section 5): getting slots certified by cut and choose.
//!
//! Begin derives and commits to all candidates, checks itself, and makes the session durable. Then
//! OPEN and REVEAL are sent, each as often as it takes: both are functions of what is stored.

use crate::error::{Error, Result, Verb};
use crate::records::{ProvisionRecord, ProvisionState, SlotRecord, SlotState, What};
use crate::store::{Provisions, Slots};
use crate::trusted::Trusted;
use crate::verbs::enrol::random;
use crate::wallet::{Draft, Wallet};
use rand_core::CryptoRng;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use tender_proto::provision::{Granted, Reply, Request};
use tender_token::amount::Amount;
use tender_token::bounds::PLAN_SLOTS_MAX;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error as Rule;
use tender_token::group::Point;
use tender_token::provision::{Commitment, Plan, Receipt, Session, SessionId, SignedOpen, Want};
use tender_token::vrf::Challenge;

/// What an answer brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provisioned {
    /// The challenge is here: REVEAL comes next.
    Challenge,
    /// So many slots are here.
    Slots(u16),
}

impl Wallet {
    /// Commits to the candidates of up to 64 new slots, or takes up the session that is open.
    /// `progress` is called once per slot whose candidates are computed.
    /// Errors: `E_PLAN` if no series is open; `E_KEY_SUSPECT`.
    pub fn begin_provision(
        &mut self,
        count: u16,
        now: Timestamp,
        rng: &mut impl CryptoRng,
        progress: &(dyn Fn() + Sync),
    ) -> Result<SessionId> {
        self.require_enrolled()?;
        if let Some((sid, _)) = self.open_provision()? {
            return Ok(sid);
        }
        let refused = Verb::Provision.refused();
        let trusted = self.trusted()?;
        let open = trusted.spendable(self.currency()?, now.day());
        let series = *open.first().ok_or_else(|| refused(Rule::Plan))?;
        let plan = Plan {
            manifest: trusted.manifest().hash(),
            identity: *self.keys.identity.point(),
            series,
            count: count.clamp(1, PLAN_SLOTS_MAX),
        };
        let sid = SessionId(random(rng));
        let session = Session::new(&self.keys.master, sid, plan.clone());
        let h = commit(&session, trusted, progress).map_err(&refused)?;
        check_oneself(&session, sid, h, trusted, rng).map_err(&refused)?;
        let sessions = self.store.all::<Provisions>()?;
        let last = sessions.iter().map(|(_, row)| row.number).max().unwrap_or_default();
        let number = last.saturating_add(1);
        let mut draft = self.draft(now)?;
        let state = ProvisionState::Committed;
        draft.batch.put::<Provisions>(&sid, &ProvisionRecord { number, plan, h, state });
        self.commit(draft)?;
        Ok(sid)
    }

    /// What to send for the open session, if there is one: the same bytes every time.
    /// Errors: the store cannot be read.
    pub fn provision_request(&self) -> Result<Option<Request<SignedOpen>>> {
        let Some((sid, row)) = self.open_provision()? else { return Ok(None) };
        let session = Session::new(&self.keys.master, sid, row.plan);
        let request = match row.state.receipt() {
            None => Request::Open(session.open(row.h, &self.keys.device)),
            Some(receipt) => {
                let manifest = self.trusted()?.manifest();
                let reveal = session.reveal(receipt, Want::Sign, &self.keys.device, manifest);
                let reveal = reveal.map_err(Verb::Provision.refused())?.to_bytes();
                Request::Reveal { identity: self.identity(), reveal }
            }
        };
        Ok(Some(request))
    }

    /// Takes the answer to either step: verifies the receipt and stores it before anything is
    /// revealed (`[PR5]`), or verifies the certificates and stores the slots (`[PR9]`).
    /// Errors: the refusal; `E_RECEIPT`, `E_AUTH`, `E_VRF` for a wrong receipt; `E_CERT` for wrong
    /// certificates, which are kept as evidence.
    pub fn finish_provision(&mut self, reply: Reply, now: Timestamp) -> Result<Provisioned> {
        let verb = Verb::Provision;
        let open = self.open_provision()?;
        let (sid, row) = open.ok_or_else(|| verb.misunderstood())?;
        match (reply, row.state.receipt().cloned()) {
            (Err(refusal), None) => {
                let state = ProvisionState::Refused(refusal.error);
                self.store_session(sid, &ProvisionRecord { state, ..row }, now)?;
                Err(Error::Refused { verb, rule: refusal.error })
            }
            (Err(refusal), Some(_)) => Err(Error::Refused { verb, rule: refusal.error }),
            (Ok(Granted::Receipt(receipt)), None) => {
                let manifest = self.trusted()?.manifest();
                let (plan_hash, issuer) = (row.plan.hash(), manifest.issuer());
                let verified = receipt.verify(&sid, &plan_hash, &row.h, issuer, manifest.vrf());
                verified.map_err(verb.refused())?;
                let state = ProvisionState::Challenged(receipt);
                self.store_session(sid, &ProvisionRecord { state, ..row }, now)?;
                Ok(Provisioned::Challenge)
            }
            (Ok(Granted::Receipt(_)), Some(_)) => Ok(Provisioned::Challenge),
            (Ok(Granted::Certificates(answers)), Some(receipt)) => {
                self.keep_slots(sid, &row, receipt, answers, now)
            }
            (Ok(Granted::Certificates(_)), None) => Err(verb.misunderstood()),
        }
    }

    /// Unblinds and verifies every certificate; good ones become free slots, whatever the others
    /// are.
    fn keep_slots(
        &mut self,
        sid: SessionId,
        row: &ProvisionRecord,
        receipt: Receipt,
        answers: Vec<Vec<u8>>,
        now: Timestamp,
    ) -> Result<Provisioned> {
        if answers.len() != usize::from(row.plan.count) {
            return Err(Verb::Provision.misunderstood());
        }
        let mut draft = self.draft(now)?;
        let kept = self.unblind(&mut draft, sid, row, &receipt, &answers)?;
        draft.note(What::Provisioned, Amount::ZERO, kept);
        let complete = kept == answers.len();
        let state = if complete {
            ProvisionState::Done(receipt)
        } else {
            ProvisionState::Disputed(receipt, answers)
        };
        draft.batch.put::<Provisions>(&sid, &ProvisionRecord { state, ..row.clone() });
        self.commit(draft)?;
        if complete {
            Ok(Provisioned::Slots(row.plan.count))
        } else {
            Err(Error::Refused { verb: Verb::Provision, rule: Rule::Cert })
        }
    }

    /// Adds the slots whose certificates verify to a batch, and counts them.
    fn unblind(
        &self,
        draft: &mut Draft,
        sid: SessionId,
        row: &ProvisionRecord,
        receipt: &Receipt,
        answers: &[Vec<u8>],
    ) -> Result<usize> {
        let manifest = self.trusted()?.manifest();
        let session = Session::new(&self.keys.master, sid, row.plan.clone());
        let mut kept = 0_usize;
        for (t, answer) in (0_u16..).zip(answers) {
            let Ok(slot) = session.finish(t, receipt, answer, manifest) else { continue };
            let record = SlotRecord {
                session_number: row.number,
                sid,
                t,
                series: slot.series,
                slot: slot.to_bytes(),
                state: SlotState::Free,
            };
            draft.batch.put::<Slots>(&slot.id(), &record);
            kept = kept.saturating_add(1);
        }
        Ok(kept)
    }

    fn store_session(
        &mut self,
        sid: SessionId,
        row: &ProvisionRecord,
        now: Timestamp,
    ) -> Result<()> {
        let mut draft = self.draft(now)?;
        draft.batch.put::<Provisions>(&sid, row);
        Ok(self.commit(draft)?)
    }

    fn open_provision(&self) -> Result<Option<(SessionId, ProvisionRecord)>> {
        let sessions = self.store.all::<Provisions>()?;
        Ok(sessions.into_iter().find(|(_, row)| row.state.is_open()))
    }
}

/// Derives and blinds every candidate, slots side by side.
fn commit(
    session: &Session,
    trusted: &Trusted,
    progress: &(dyn Fn() + Sync),
) -> core::result::Result<[u8; 32], Rule> {
    let hash = |t| {
        let hash = session.candidates_hash(t, trusted.manifest());
        progress();
        hash
    };
    let slots = (0..session.plan().count).into_par_iter().map(hash);
    let slots = slots.collect::<core::result::Result<Vec<_>, _>>()?;
    Ok(session.commitment(&slots))
}

/// The issuer's check on oneself, for a random challenge (`[PR1]`).
fn check_oneself(
    session: &Session,
    sid: SessionId,
    h: [u8; 32],
    trusted: &Trusted,
    rng: &mut impl CryptoRng,
) -> core::result::Result<(), Rule> {
    let manifest = trusted.manifest();
    let key = manifest.slot_key(session.plan().series)?;
    let challenge = Challenge::from_bytes(&Point::from_uniform(&random(rng))?.bytes())?;
    let opened = session.opened(&challenge, manifest)?;
    let commitment = Commitment::new(session.plan(), sid, h);
    commitment.verify_opened(&opened, &challenge, key).map(|_| ())
}

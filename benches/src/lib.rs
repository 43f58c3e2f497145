//! Canonical workloads: one series, one wallet, and the objects that the benches measure.
//!
//! Everything is made with the real protocol and fresh randomness; nothing is precomputed.

use getrandom::SysRng;
use rand_core::{Rng, UnwrapErr};
use tender_token::amount::{Amount, Currency};
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::endorse::Terms;
use tender_token::identity::{Identity, Master};
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, Strictness};
use tender_token::provision::{self, Commitment, Plan, Receipt, SessionId, Want};
use tender_token::rsa;
use tender_token::series::{Dates, Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotSecret};
use tender_token::token::Token;
use tender_token::{vrf, withdraw};

/// The operating system's randomness.
#[must_use]
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The day on which every workload plays.
pub const TODAY: Day = Day(20_000);

/// A moment of that day.
pub const NOW: Timestamp = Timestamp(20_000 * 86_400);

/// One issuer with one series of one denomination.
pub struct Mint {
    /// The slot key.
    pub slot_key: rsa::SecretKey,
    /// The value key.
    pub value_key: rsa::SecretKey,
    /// The challenge key.
    pub vrf: vrf::SecretKey,
    /// Signs receipts.
    pub issuer: SecretKey,
    /// What everyone knows.
    pub manifest: Manifest,
    /// The series.
    pub series: SeriesId,
    /// The denomination.
    pub denomination: DenominationId,
}

/// One wallet.
pub struct Holder {
    master: Master,
    /// Its identity.
    pub identity: Identity,
    device: SecretKey,
}

/// Random bytes.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rng().fill_bytes(&mut bytes);
    bytes
}

impl Mint {
    /// An issuer whose provision sessions commit to 2^`depth` candidates per slot.
    #[must_use]
    pub fn new(depth: u8) -> Self {
        let key = || rsa::SecretKey::generate(&mut rng(), 256).expect("256 bytes are permitted");
        let (slot_key, value_key) = (key(), key());
        let vrf = vrf::SecretKey::from_random(&random()).expect("zero has probability 2^-252");
        let issuer = SecretKey::from_seed(&random());
        let days = |days| TODAY.checked_add(days).expect("a small number of days");
        let series = Series {
            number: 1,
            currency: Currency::new("FLN").expect("three capital letters"),
            dates: Dates {
                issue_from: TODAY,
                issue_until: days(28),
                spend_until: days(56),
                deposit_until: days(84),
                claim_until: days(112),
            },
            depth,
            max_hops: 8,
            modulus: slot_key.public().modulus().to_vec(),
        };
        let denomination = Denomination {
            series: series.id(),
            value: Amount::from_minor_units(100),
            modulus: value_key.public().modulus().to_vec(),
        };
        let (series_id, denomination_id) = (series.id(), denomination.id());
        let record = ManifestRecord {
            epoch: 1,
            previous: ManifestHash([0; 32]),
            issuer: issuer.public(),
            vrf: vrf.public().bytes(),
            min_lead: 1,
            policy_hash: [0; 32],
            series: vec![series],
            denominations: vec![denomination],
        };
        let manifest = Manifest::check(record, Strictness::Test).expect("a sound manifest");
        let (series, denomination) = (series_id, denomination_id);
        Self { slot_key, value_key, vrf, issuer, manifest, series, denomination }
    }

    /// Certifies one slot for a holder, both halves.
    #[must_use]
    pub fn provision(&self, holder: &Holder) -> (Slot, SlotSecret) {
        let (session, receipt, commitment) = self.open(holder);
        let reveal = session.reveal(&receipt, Want::Sign, &holder.device, &self.manifest);
        let opened = reveal.expect("the series is known").opened;
        let key = self.manifest.slot_key(self.series).expect("the series is known");
        let challenge = receipt.proof.challenge();
        let verified = commitment.verify_opened(&opened, &challenge, key).expect("honest");
        let kept = verified.kept().first().expect("one slot");
        let answer = self.slot_key.sign(kept).expect("in range");
        let slot = session.finish(0, &receipt, &answer, &self.manifest).expect("well signed");
        let secret = session.secret(0, &receipt, &self.manifest).expect("the series is known");
        (slot, secret)
    }

    /// A session for one slot up to the receipt.
    #[must_use]
    pub fn open(&self, holder: &Holder) -> (provision::Session, Receipt, Commitment) {
        let plan = Plan {
            manifest: self.manifest.hash(),
            identity: *holder.identity.point(),
            series: self.series,
            count: 1,
        };
        let sid = SessionId(random());
        let session = provision::Session::new(&holder.master, sid, plan.clone());
        let hash = session.candidates_hash(0, &self.manifest).expect("sound keys");
        let open = session.open(session.commitment(&[hash]), &holder.device);
        let receipt = Receipt::issue(&open, &self.vrf, &self.issuer).expect("a sound session");
        let commitment = Commitment::new(&plan, sid, open.h);
        (session, receipt, commitment)
    }

    /// Signs a token onto a slot, both halves.
    #[must_use]
    pub fn withdraw(&self, holder: &Holder, slot: &Slot) -> Token {
        let session = withdraw::Session::new(&holder.master, SessionId(random()));
        let output = session.output(0, self.denomination, slot, &self.manifest);
        let answer = self.value_key.sign(&output.expect("sound keys").blinded).expect("in range");
        let token = session.finish(0, self.denomination, slot, &answer, &self.manifest);
        token.expect("well signed")
    }

    /// A token that went through so many slots of `holder` and ended on a random key.
    #[must_use]
    pub fn chain(&self, holder: &Holder, hops: usize) -> Chain {
        let (slot, mut secret) = self.provision(holder);
        let mut chain = Chain::new(self.withdraw(holder, &slot));
        for _ in 0..hops {
            let (next, next_secret) = self.provision(holder);
            let terms = Terms::to_slot(next.id(), random());
            chain = holder.endorse(chain, secret, terms, Some(next));
            secret = next_secret;
        }
        let key = SecretKey::from_seed(&random()).public();
        holder.endorse(chain, secret, Terms::to_key(key, random()), None)
    }
}

impl Holder {
    /// A wallet with fresh secrets.
    #[must_use]
    pub fn new() -> Self {
        let master = Master::new(random());
        let identity = master.identity(0).expect("zero has probability 2^-252");
        Self { master, identity, device: SecretKey::from_seed(&random()) }
    }

    /// Answers for the slot that holds a chain.
    #[must_use]
    pub fn endorse(
        &self,
        chain: Chain,
        secret: SlotSecret,
        terms: Terms,
        next: Option<Slot>,
    ) -> Chain {
        let place = chain.next_place().expect("the chain ends with a slot");
        let pledge = secret.pledge(&place, terms);
        let digest = pledge.digest();
        let (endorsement, answer) = pledge.answer(&digest, &self.identity).expect("its digest");
        let chain = chain.endorsed(endorsement, answer, next.map(|slot| slot.body));
        chain.expect("kind and slot fit")
    }
}

impl Default for Holder {
    fn default() -> Self {
        Self::new()
    }
}

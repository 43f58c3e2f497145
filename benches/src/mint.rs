//! The issuer of one series, and both halves of what it does with a wallet.

use crate::holder::Holder;
use crate::{random, rng};
use tender_token::amount::{Amount, Currency};
use tender_token::chain::Chain;
use tender_token::date::{Day, Timestamp};
use tender_token::endorse::Terms;
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord, SlotKey, Strictness};
use tender_token::provision::{self, Commitment, Plan, Receipt, SessionId, Want};
use tender_token::rsa;
use tender_token::series::{Dates, Denomination, DenominationId, Series, SeriesId};
use tender_token::signature::SecretKey;
use tender_token::slot::{Slot, SlotSecret};
use tender_token::token::Token;
use tender_token::{vrf, withdraw};

/// The day on which every workload plays.
pub const TODAY: Day = Day(20_000);

/// A moment of that day.
pub const NOW: Timestamp = Timestamp(20_000 * 86_400);

/// What every token is worth.
pub const VALUE: Amount = Amount::from_minor_units(100);

/// The currency of the series.
#[must_use]
pub fn currency() -> Currency {
    Currency::new("FLN").expect("three capital letters")
}

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

/// A certified slot and its secrets.
pub struct Provisioned {
    /// The slot.
    pub slot: Slot,
    /// Its secrets, good for one answer.
    pub secret: SlotSecret,
    /// The same secrets once more, as only whoever copies a store has them: for spending twice.
    pub copy: SlotSecret,
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
            currency: currency(),
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
            value: VALUE,
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

    /// The slot key with its series.
    #[must_use]
    pub fn slots(&self) -> &SlotKey {
        self.manifest.slot_key(self.series).expect("the series is known")
    }

    /// Certifies one slot for a holder, both halves.
    #[must_use]
    pub fn provision(&self, holder: &Holder) -> Provisioned {
        let (session, receipt, commitment) = self.open(holder);
        let reveal = session.reveal(&receipt, Want::Sign, &holder.device, &self.manifest);
        let opened = reveal.expect("the series is known").opened;
        let challenge = receipt.proof.challenge();
        let verified = commitment.verify_opened(&opened, &challenge, self.slots());
        let verified = verified.expect("the holder is honest");
        let answer = self.slot_key.sign(verified.kept().first().expect("one slot"));
        let answer = answer.expect("in range");
        let slot = session.finish(0, &receipt, &answer, &self.manifest).expect("well signed");
        let secret = || session.secret(0, &receipt, &self.manifest).expect("the series is known");
        Provisioned { slot, secret: secret(), copy: secret() }
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

    /// A fresh session in which a holder withdraws.
    #[must_use]
    pub fn withdrawal(&self, holder: &Holder) -> withdraw::Session {
        withdraw::Session::new(&holder.master, SessionId(random()))
    }

    /// Signs a token onto a slot, both halves.
    #[must_use]
    pub fn withdraw(&self, holder: &Holder, slot: &Slot) -> Token {
        let session = self.withdrawal(holder);
        let output = session.output(0, self.denomination, slot, &self.manifest);
        let answer = self.value_key.sign(&output.expect("sound keys").blinded).expect("in range");
        let token = session.finish(0, self.denomination, slot, &answer, &self.manifest);
        token.expect("well signed")
    }

    /// A token that went through so many slots of `holder` behind the first, and the last slot.
    #[must_use]
    pub fn held(&self, holder: &Holder, hops: usize) -> (Chain, Provisioned) {
        let mut last = self.provision(holder);
        let mut chain = Chain::new(self.withdraw(holder, &last.slot));
        for _ in 0..hops {
            let next = self.provision(holder);
            let terms = Terms::to_slot(next.slot.id(), random());
            chain = holder.endorse(chain, last.secret, terms, Some(next.slot.clone()));
            last = next;
        }
        (chain, last)
    }
}

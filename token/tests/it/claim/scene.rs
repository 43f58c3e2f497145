//! A story whose claims are decided: who claims what, and what the issuer stored.

use crate::cast::OwnSlot;
use crate::conformance::file::{Entry, File};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::claim::{
    self as protocol, Claim, Grounds, Outcome, StoredSession, VerifiedClaim,
};
use tender_token::date::Day;
use tender_token::double_spend::Evidence;
use tender_token::encode::Encode;
use tender_token::endorse::{Kind, Terms};
use tender_token::error::{Error, Result};
use tender_token::identity::Record;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision;
use tender_token::provision::SessionId;
use tender_token::series::Dates;
use tender_token::signature::SecretKey;
use tender_token::slot::SlotId;
use tender_token::withdraw::{Output, Session};

/// A story, and the day on which its claims are decided.
pub struct Scene {
    pub file: File,
    pub today: Day,
    pub dates: Dates,
}

/// What the issuer stored about a session.
pub struct Stored {
    pub sid: SessionId,
    pub owner: Record,
    pub outputs: Vec<Output>,
    pub kept: Vec<Vec<u8>>,
}

pub fn scenes() -> Vec<Scene> {
    let scene = |file: File| {
        let entry = file.root().get("withdrawal").get("outputs").members();
        let series = file.manifest.series_of(entry[0].get("denomination_id").read());
        let dates = series.expect("it is known").series.dates;
        Scene { file, dates, today: Day(dates.deposit_until.0 + 1) }
    };
    File::all().into_iter().map(scene).collect()
}

impl Scene {
    pub fn record(&self, wallet: &Entry<'_>) -> Record {
        self.file.wallet_entry(wallet).get("record").read()
    }

    /// The withdrawal of the story, its wallet's opening of the first output, and its token.
    pub fn withdrawal(&self) -> (Stored, ValueOpening, Chain) {
        let entry = self.file.root().get("withdrawal");
        let outputs = entry.get("outputs").members();
        let wallet = self.file.wallet(&entry.get("wallet"));
        let session = Session::new(&wallet.master, entry.get("sid").read());
        let ids = (outputs[0].get("denomination_id").read(), outputs[0].get("slot_id").read());
        let opening = ValueOpening::new(&session, 0, ids.0, ids.1);
        let chain = self.file.chain_at(outputs[0].get("token_id").read());
        let read = |output: &Entry<'_>| Output {
            denomination: output.get("denomination_id").read(),
            blinded: output.get("B").bytes(),
        };
        let stored = Stored {
            sid: session.sid(),
            owner: self.record(&entry.get("wallet")),
            outputs: outputs.iter().map(read).collect(),
            kept: Vec::new(),
        };
        (stored, opening, chain)
    }

    /// The provision session that a slot of the story comes from, and its owner's opening.
    pub fn provision(&self, slot: SlotId) -> (Stored, SlotOpening, OwnSlot) {
        for entry in self.file.root().get("provisions").members() {
            let slots = entry.get("slots").members();
            let index =
                slots.iter().position(|entry| entry.get("slot_id").read::<SlotId>() == slot);
            let Some(index) = index else { continue };
            let own = self.file.own_slot(slot);
            let (sid, plan) = (entry.get("sid").read(), entry.get("plan").read());
            let session = provision::Session::new(&own.wallet.master, sid, plan);
            let index = u16::try_from(index).expect("at most 64 slots");
            let opening = SlotOpening::new(&session, index, &own.secret);
            let kept = slots.iter().map(|slot| slot.get("B").bytes()).collect();
            let owner = self.record(&entry.get("wallet"));
            return (Stored { sid, owner, outputs: Vec::new(), kept }, opening, own);
        }
        panic!("{slot:?} is not in the story");
    }

    /// A form 2 claim of whoever's slot holds the chain.
    pub fn holder(&self, chain: Chain) -> (Stored, Claim) {
        let (stored, opening, own) = self.provision(chain.holder().expect("a slot holds it"));
        let claim = Claim::holder(chain, opening, &own.wallet.device).expect("a slot holds it");
        (stored, claim)
    }

    /// A form 4 claim: the chain is passed on to a key until a day, and taken back.
    pub fn payer(&self, chain: Chain, day: Day, seed: u8) -> (Stored, Result<Claim>) {
        let (stored, opening, own) = self.provision(chain.holder().expect("a slot holds it"));
        let chain = self.to_key(chain, day, seed);
        (stored, Claim::payer(chain, opening, &own.wallet.device))
    }

    /// The chain after its holder passed it on to the key of this seed.
    pub fn to_key(&self, chain: Chain, day: Day, seed: u8) -> Chain {
        let key = SecretKey::from_seed(&[seed; 32]);
        let terms = Terms { day, ..Terms::to_key(key.public(), [seed; 32]) };
        self.passed_on(chain, terms)
    }

    pub fn passed_on(&self, chain: Chain, terms: Terms) -> Chain {
        let place = chain.next_place().expect("a slot holds it");
        let own = self.file.own_slot(place.slot);
        let pledge = own.secret.pledge(&place, terms);
        let digest = pledge.digest();
        let (endorsement, answer) =
            pledge.answer(&digest, &own.wallet.identity).expect("it is the digest");
        let next = (terms.kind == Kind::Slot).then(|| self.file.own_slot(SlotId(terms.target)));
        let next = next.map(|own| own.slot.body);
        chain.endorsed(endorsement, answer, next).expect("it fits")
    }

    /// A form 3 claim: the chain is passed on to a key that has an item for CREDIT.
    pub fn payee(&self, chain: Chain, day: Day, seed: u8) -> Claim {
        let chain = self.to_key(chain, day, seed);
        let key = SecretKey::from_seed(&[seed; 32]);
        let item = CashItem::sign(chain, Instruction::Credit(AccountRef([seed; 32])), &key);
        Claim::payee(item.expect("it ends with this key"))
    }

    pub fn verified(&self, claim: &Claim, grounds: &Grounds<'_>) -> VerifiedClaim {
        let read = Claim::from_bytes(&claim.to_bytes(), &self.file.manifest);
        assert_eq!(read.as_ref(), Ok(claim));
        let verified = claim.clone().verify(grounds, &self.file.manifest, &mut UnwrapErr(SysRng));
        verified.expect("the chain holds")
    }

    pub fn decide(&self, claim: &Claim, registry: &Registry<'_>) -> Outcome {
        let Registry { today, requester, session, cashed, leading, known } = *registry;
        let verified = self.verified(claim, &Grounds { requester, session });
        verified.decide(&protocol::Registry { today, cashed, leading, known })
    }

    /// A registry that knows nothing but a session and its owner, who asks.
    pub fn registry<'a>(&self, stored: &'a Stored) -> Registry<'a> {
        let session = if stored.kept.is_empty() {
            StoredSession::Withdrawal(stored.sid, &stored.owner, &stored.outputs)
        } else {
            StoredSession::Provision(stored.sid, &stored.owner, &stored.kept)
        };
        Registry {
            today: self.today,
            requester: Some(&stored.owner),
            session: Some(session),
            cashed: false,
            leading: None,
            known: &[],
        }
    }

    pub fn lead(&self) -> Outcome {
        Outcome::Lead(self.dates.claim_until)
    }

    /// A chain of the story that a slot holds after at least one endorsement.
    pub fn passed_chain(&self) -> Chain {
        let claim = self.file.root().get("openings").get("claim_form_2").bytes();
        let claim = Claim::from_bytes(&claim, &self.file.manifest).expect("as the file is written");
        claim.form().chain().expect("form 2 shows a chain").clone()
    }
}

/// All that the issuer knows when a claim is verified and decided.
#[derive(Clone, Copy)]
pub struct Registry<'a> {
    pub today: Day,
    pub requester: Option<&'a Record>,
    pub session: Option<StoredSession<'a>>,
    pub cashed: bool,
    pub leading: Option<&'a Claim>,
    pub known: &'a [Evidence],
}

pub fn refused(error: Error) -> Outcome {
    Outcome::Refused(error, Vec::new())
}

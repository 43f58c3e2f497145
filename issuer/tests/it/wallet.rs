//! A wallet made of the protocol's own halves. It does as it is told, also twice.

use crate::stage::{Bank, Stage, random};
use tender_issuer::request::Request;
use tender_proto::provision::Granted;
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::date::Day;
use tender_token::encode::Encode;
use tender_token::endorse::{Kind, Terms};
use tender_token::exchange;
use tender_token::identity::{Identity, Master, Pseudonym, Registration};
use tender_token::manifest::Manifest;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::{Open, Plan, Receipt, Session, SessionId, Want};
use tender_token::series::{DenominationId, SeriesId};
use tender_token::signature::SecretKey;
use tender_token::slot::Slot;
use tender_token::token::message;
use tender_token::withdraw::{self, Output};

pub const ACCOUNT: AccountRef = AccountRef([7; 32]);

pub struct Wallet {
    pub identity: Identity,
    pub device: SecretKey,
    pub registration: Registration,
    pub master: Master,
}

/// A wallet's slot, and what its secret can be derived from as often as a cheat likes.
pub struct Place<'a> {
    pub slot: Slot,
    session: &'a Opened,
    t: u16,
}

/// A provision session whose receipt came.
pub struct Opened {
    pub session: Session,
    pub receipt: Receipt,
}

/// A withdrawal that is ready to be sent.
pub struct Withdrawal {
    pub bytes: Vec<u8>,
    pub plan: withdraw::Plan,
    session: withdraw::Session,
}

/// A plan to exchange tokens for others of these values onto these slots.
pub fn exchange_plan(stage: &Stage, wanted: &[(&Place<'_>, u64)]) -> exchange::Plan {
    let manifest = stage.manifest();
    let output = |(place, value): &(&Place<'_>, u64)| {
        let denomination = denomination(manifest, *value);
        let key = &manifest.value_key(denomination).expect("the manifest has it").key;
        let message = message(denomination, place.slot.id());
        Output { denomination, blinded: key.blinded(&message, &random()) }
    };
    exchange::Plan {
        manifest: manifest.hash(),
        sid: SessionId(random()),
        expires: stage.now.checked_add(3600).expect("time goes on"),
        outputs: wanted.iter().map(output).collect(),
    }
}

pub fn series(manifest: &Manifest) -> SeriesId {
    let newest = manifest.slot_keys().max_by_key(|(_, key)| key.series.number);
    newest.map(|(id, _)| id).expect("there is a series")
}

/// The denomination of so many minor units.
pub fn denomination(manifest: &Manifest, value: u64) -> DenominationId {
    let value = Amount::from_minor_units(value);
    let mut keys = manifest.value_keys();
    keys.find(|(_, key)| key.denomination.value == value)
        .map(|(id, _)| id)
        .expect("there is such a denomination")
}

impl Wallet {
    /// A wallet that is ready to be registered by a bank.
    pub fn new(bank: &Bank) -> Self {
        let master = Master::new(random());
        let identity = master.identity(0).expect("a hash is not zero");
        let device = SecretKey::from_seed(&random());
        let pseudonym = Pseudonym(random());
        let registration = identity.register(&master, bank.id(), pseudonym, &device, &random());
        Self { identity, device, registration, master }
    }

    /// A wallet that the stage's first bank has registered.
    pub fn enrolled(stage: &Stage) -> Self {
        let wallet = Self::new(&stage.bank);
        stage.enrol(&stage.bank, &wallet).expect("the identity is new");
        wallet
    }

    /// Makes another registration of the same identity.
    pub fn register_again(&mut self, bank: &Bank) {
        let (pseudonym, fresh) = (Pseudonym(random()), random());
        let (identity, device) = (&self.identity, &self.device);
        self.registration = identity.register(&self.master, bank.id(), pseudonym, device, &fresh);
    }

    /// A session for so many slots, and its opening.
    pub fn open(&self, bank: &Bank, manifest: &Manifest, count: u16) -> (Session, Open) {
        self.open_as(bank, manifest, count, SessionId(random()))
    }

    pub fn open_as(
        &self,
        bank: &Bank,
        manifest: &Manifest,
        count: u16,
        sid: SessionId,
    ) -> (Session, Open) {
        self.open_in(bank, manifest, series(manifest), count, sid)
    }

    pub fn open_in(
        &self,
        bank: &Bank,
        manifest: &Manifest,
        series: SeriesId,
        count: u16,
        sid: SessionId,
    ) -> (Session, Open) {
        let identity = *self.identity.point();
        let plan = Plan { manifest: manifest.hash(), identity, series, count };
        let session = Session::new(&self.master, sid, plan);
        let hashes: Vec<_> = (0..count)
            .map(|t| session.candidates_hash(t, manifest).expect("no candidate is the identity"))
            .collect();
        let open = session.open(session.commitment(&hashes), &self.device);
        (session, open.authorise(&bank.key))
    }

    pub fn reveal(&self, opened: &Opened, want: Want, manifest: &Manifest) -> Request {
        let reveal = opened
            .session
            .reveal(&opened.receipt, want, &self.device, manifest)
            .expect("the session is of this series");
        Request::reveal(self.identity.key(), reveal.to_bytes())
    }

    /// Opens a session and gets the receipt.
    pub fn opened(&self, stage: &Stage, count: u16) -> Opened {
        self.opened_in(stage, series(stage.manifest()), count)
    }

    /// The same for slots of a given series.
    pub fn opened_in(&self, stage: &Stage, series: SeriesId, count: u16) -> Opened {
        let sid = SessionId(random());
        let (session, open) = self.open_in(&stage.bank, stage.manifest(), series, count, sid);
        let h = open.request.h;
        let reply = stage.provision(&stage.bank, Request::Open(Box::new(open)));
        let Ok(Granted::Receipt(receipt)) = reply else { panic!("no receipt: {reply:?}") };
        let manifest = stage.manifest();
        let plan_hash = session.plan().hash();
        let (issuer, vrf) = (manifest.issuer(), manifest.vrf());
        receipt.verify(&session.sid(), &plan_hash, &h, issuer, vrf).expect("the receipt is ours");
        Opened { session, receipt }
    }

    /// Reveals, and finishes the slots.
    pub fn slots<'a>(&self, stage: &Stage, opened: &'a Opened) -> Vec<Place<'a>> {
        let manifest = stage.manifest();
        let reply = stage.provision(&stage.bank, self.reveal(opened, Want::Sign, manifest));
        let Ok(Granted::Certificates(answers)) = reply else { panic!("no slots: {reply:?}") };
        let finish = |(t, answer): (u16, &Vec<u8>)| {
            let slot = opened
                .session
                .finish(t, &opened.receipt, answer, manifest)
                .expect("the issuer signed it");
            Place { slot, session: opened, t }
        };
        (0..).zip(&answers).map(finish).collect()
    }

    /// A withdrawal of tokens of these values onto these slots, paid by the account.
    pub fn withdrawal(&self, stage: &Stage, wanted: &[(&Place<'_>, u64)]) -> Withdrawal {
        let debit = wanted.iter().map(|(_, value)| value).sum();
        self.funded(stage, wanted, SessionId(random()), debit, |_| Vec::new())
    }

    /// The same under a given session id, with a given debit and whatever items fund the rest.
    pub fn funded(
        &self,
        stage: &Stage,
        wanted: &[(&Place<'_>, u64)],
        sid: SessionId,
        debit: u64,
        items: impl FnOnce(Instruction) -> Vec<Vec<u8>>,
    ) -> Withdrawal {
        let manifest = stage.manifest();
        let session = withdraw::Session::new(&self.master, sid);
        let output = |(t, (place, value)): (u16, &(&Place<'_>, u64))| {
            session
                .output(t, denomination(manifest, *value), &place.slot, manifest)
                .expect("the slot is of the series")
        };
        let plan = withdraw::Plan {
            manifest: manifest.hash(),
            identity: *self.identity.point(),
            sid,
            expires: stage.now.checked_add(3600).expect("time goes on"),
            debit: Amount::from_minor_units(debit),
            debit_account: ACCOUNT,
            credit: Amount::ZERO,
            credit_account: ACCOUNT,
            outputs: (0..).zip(wanted).map(output).collect(),
        };
        let items = items(Instruction::Fund(plan.hash()));
        let signed = withdraw::SignedRequest::sign(plan.clone(), items, &self.device);
        let bytes = signed.authorise(&stage.bank.key).to_bytes();
        Withdrawal { bytes, plan, session }
    }

    /// An exchange of a token onto another slot, for one of the same value.
    pub fn exchange(
        &self,
        stage: &Stage,
        (chain, from): (&Chain, &Place<'_>),
        onto: &Place<'_>,
    ) -> exchange::Request {
        let plan = exchange_plan(stage, &[(onto, chain.value().minor_units())]);
        let instruction = Instruction::Fund(plan.hash());
        let item = self.cash(chain, from, instruction, stage.manifest()).item;
        exchange::Request { plan, items: vec![item] }
    }

    /// Withdraws one token onto a slot.
    pub fn token(&self, stage: &Stage, place: &Place<'_>, value: u64) -> Chain {
        self.drawn(stage, place, value).1
    }

    /// The same, with the withdrawal that can be opened.
    pub fn drawn(&self, stage: &Stage, place: &Place<'_>, value: u64) -> (Withdrawal, Chain) {
        let withdrawal = self.withdrawal(stage, &[(place, value)]);
        let reply = stage.withdraw(&stage.bank, &withdrawal.bytes).expect("the vault covers it");
        let chain = withdrawal.finish(&reply, &[place], stage.manifest()).remove(0);
        (withdrawal, chain)
    }

    /// Passes a chain on from a slot to a payee's slot.
    pub fn pay(&self, chain: &Chain, from: &Place<'_>, to: &Place<'_>, m: &Manifest) -> Chain {
        let terms = Terms::to_slot(to.slot.id(), random());
        self.endorse(chain, from, terms, Some(to), m)
    }

    fn endorse(
        &self,
        chain: &Chain,
        from: &Place<'_>,
        terms: Terms,
        to: Option<&Place<'_>>,
        manifest: &Manifest,
    ) -> Chain {
        let secret = from
            .session
            .session
            .secret(from.t, &from.session.receipt, manifest)
            .expect("the series is known");
        let pledge = secret.pledge(&chain.next_place().expect("a slot holds the token"), terms);
        let stored = pledge.digest();
        let (endorsement, answer) =
            pledge.answer(&stored, &self.identity).expect("the digest is stored");
        let slot = to.map(|place| place.slot.body.clone());
        chain.clone().endorsed(endorsement, answer, slot).expect("a slot holds the token")
    }

    /// A CASH item for an instruction, endorsed from a slot to a fresh key.
    pub fn cash(&self, chain: &Chain, from: &Place<'_>, instr: Instruction, m: &Manifest) -> Cash {
        self.cash_until(chain, from, instr, Day(0), m)
    }

    pub fn cash_until(
        &self,
        chain: &Chain,
        from: &Place<'_>,
        instr: Instruction,
        day: Day,
        m: &Manifest,
    ) -> Cash {
        let key = SecretKey::from_seed(&random());
        let terms = Terms { kind: Kind::Key, target: key.public().0, day, nonce: random() };
        let chain = self.endorse(chain, from, terms, None, m);
        let item = CashItem::sign(chain.clone(), instr, &key)
            .expect("the chain ends with the key")
            .to_bytes();
        Cash { item, chain, key }
    }
}

impl Place<'_> {
    /// The opening of the slot.
    pub fn opening(&self, manifest: &Manifest) -> SlotOpening {
        let Opened { session, receipt } = self.session;
        let secret = session.secret(self.t, receipt, manifest).expect("the series is known");
        SlotOpening::new(session, self.t, &secret)
    }
}

/// A CASH item, and what another instruction could be signed with.
pub struct Cash {
    pub item: Vec<u8>,
    pub chain: Chain,
    pub key: SecretKey,
}

impl Cash {
    /// The same chain with another instruction.
    pub fn instead(&self, instruction: Instruction) -> Vec<u8> {
        CashItem::sign(self.chain.clone(), instruction, &self.key)
            .expect("the chain ends with the key")
            .to_bytes()
    }
}

impl Withdrawal {
    /// The opening of an output that was blinded for a slot.
    pub fn opening(&self, t: u16, place: &Place<'_>) -> ValueOpening {
        let denomination = self.plan.outputs[usize::from(t)].denomination;
        ValueOpening::new(&self.session, t, denomination, place.slot.id())
    }

    /// Unblinds the reply's tokens, one per slot.
    pub fn finish(&self, reply: &[u8], onto: &[&Place<'_>], manifest: &Manifest) -> Vec<Chain> {
        let reply =
            withdraw::Reply::from_bytes(reply, &self.plan, manifest).expect("it is the reply");
        let finish = |t: u16| {
            let at = usize::from(t);
            let (denomination, slot) = (self.plan.outputs[at].denomination, &onto[at].slot);
            let answer = &reply.signatures[at];
            Chain::new(
                self.session
                    .finish(t, denomination, slot, answer, manifest)
                    .expect("the issuer signed it"),
            )
        };
        (0..).take(onto.len()).map(finish).collect()
    }
}

/// Deposits into [`ACCOUNT`].
pub const CREDIT: Instruction = Instruction::Credit(ACCOUNT);

//! A holder's side: real registrations, slots, withdrawals and deposits from the wallet halves.

use crate::bank::{Bank, Client};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, currency, minor, random};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tender_proto::call::{Call, Verb};
use tender_proto::deposit::Deposit;
use tender_proto::order::Order;
use tender_proto::provision::{Granted, Request};
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::date::Timestamp;
use tender_token::encode::Encode as _;
use tender_token::endorse::Terms;
use tender_token::identity::{Identity, Master, Pseudonym, RegistrarId, Registration};
use tender_token::provision::{Plan, Receipt, Session, SessionId, SignedOpen, Want};
use tender_token::signature::SecretKey;
use tender_token::slot::Slot;
use tender_token::token::Token;
use tender_token::withdraw::{self, SignedRequest};

/// The seed of every holder's device, by what their requests name: the identity, or the device.
static DEVICES: Mutex<BTreeMap<[u8; 32], [u8; 32]>> = Mutex::new(BTreeMap::new());

/// The device of whoever is named in a request.
pub fn device_of(named: [u8; 32]) -> SecretKey {
    let devices = DEVICES.lock().expect("no holder of this lock panics");
    SecretKey::from_seed(devices.get(&named).expect("a holder's"))
}

pub struct Holder {
    pub master: Master,
    pub identity: Identity,
    pub device: SecretKey,
    pub registration: Registration,
}

/// A certified slot and what its secrets derive from.
pub struct Place {
    pub slot: Slot,
    t: u16,
    session: Session,
    receipt: Receipt,
}

/// A bank that serves alice, who has withdrawn 5.00 of her 20.00 onto a slot.
pub struct Drawn {
    pub bank: Bank,
    pub holder: Holder,
    pub place: Place,
    pub request: SignedRequest,
    pub reply: Vec<u8>,
}

/// An order of a bank's customer, under a fresh name and reference.
pub fn order(
    registrar: RegistrarId,
    (payee, payee_account): (RegistrarId, AccountRef),
    amount: u64,
) -> Order {
    Order {
        id: random(),
        registrar,
        payee,
        payee_account,
        payer_account: AccountRef(random()),
        currency: currency(),
        amount: minor(amount),
        expires: NOW,
    }
}

impl Drawn {
    pub fn at(issuer: &TestIssuer) -> Self {
        let mut bank = Bank::new(issuer, &[("alice", 2_000, "code")]);
        bank.start();
        let (client, holder) = (bank.client(), Holder::new(bank.registrar()));
        client.enrol(&holder.registration, "code").expect("reached").expect("enrolled");
        let place = holder.provision(&client, 1).remove(0);
        let request = holder.request(SessionId(random()), &place.slot, 500);
        let reply = client.withdraw(&request).expect("reached").expect("granted");
        Self { bank, holder, place, request, reply }
    }

    /// Another customer of the bank, whose wallet is enrolled, and a connection.
    pub fn neighbour(&mut self) -> (Client, Holder) {
        self.bank.crash();
        self.bank.add(&[("bob", 0, "code-b")]);
        self.bank.start();
        let (client, bob) = (self.bank.client(), Holder::new(self.bank.registrar()));
        client.enrol(&bob.registration, "code-b").expect("reached").expect("enrolled");
        (client, bob)
    }
}

impl Holder {
    pub fn new(registrar: RegistrarId) -> Self {
        let master = Master::new(random());
        let identity = master.identity(0).expect("not zero");
        let seed = random();
        let device = SecretKey::from_seed(&seed);
        for named in [identity.key().0, device.public().0] {
            DEVICES.lock().expect("no holder of this lock panics").insert(named, seed);
        }
        let pseudonym = Pseudonym(random());
        let registration = identity.register(&master, registrar, pseudonym, &device, &random());
        Self { master, identity, device, registration }
    }

    /// Gets slots certified, through the bank.
    pub fn provision(&self, client: &Client, count: u16) -> Vec<Place> {
        self.provision_by(count, |request| {
            client.provision(request).expect("reached").expect("granted")
        })
    }

    /// Gets slots certified by whoever asks the bank.
    pub fn provision_by(
        &self,
        count: u16,
        ask: impl Fn(Request<SignedOpen>) -> Granted,
    ) -> Vec<Place> {
        let (sid, identity) = (SessionId(random()), *self.identity.point());
        let manifest = MINT.manifest.hash();
        let plan = Plan { manifest, identity, series: MINT.series, count };
        let session = || Session::new(&self.master, sid, plan.clone());
        let hashes = (0..count).map(|t| session().candidates_hash(t, &MINT.manifest));
        let hashes = hashes.collect::<Result<Vec<_>, _>>().expect("our own plan");
        let h = session().commitment(&hashes);
        let open = session().open(h, &self.device);
        let Granted::Receipt(receipt) = ask(Request::Open(open)) else {
            panic!("OPEN is answered by a receipt")
        };
        let reveal = session().reveal(&receipt, Want::Sign, &self.device, &MINT.manifest);
        let reveal = reveal.expect("our own session").to_bytes();
        let request = Request::Reveal { identity: self.identity.key(), reveal };
        let Granted::Certificates(signatures) = ask(request) else { panic!("certificates") };
        let place = |(t, signature): (u16, &Vec<u8>)| {
            let slot = session().finish(t, &receipt, signature, &MINT.manifest);
            Place {
                slot: slot.expect("certified"),
                t,
                session: session(),
                receipt: receipt.clone(),
            }
        };
        (0..).zip(&signatures).map(place).collect()
    }

    /// A signed request for one token of 500 onto a slot, out of a debit.
    pub fn request(&self, sid: SessionId, slot: &Slot, debit: u64) -> withdraw::SignedRequest {
        let session = withdraw::Session::new(&self.master, sid);
        let output = session.output(0, MINT.denomination, slot, &MINT.manifest);
        self.request_for(sid, output.expect("our series"), debit, NOW)
    }

    /// A signed request for an output that somebody blinded.
    pub fn request_for(
        &self,
        sid: SessionId,
        output: withdraw::Output,
        debit: u64,
        expires: Timestamp,
    ) -> withdraw::SignedRequest {
        let plan = withdraw::Plan {
            manifest: MINT.manifest.hash(),
            identity: *self.identity.point(),
            sid,
            expires,
            debit: minor(debit),
            debit_account: AccountRef(sid.0),
            credit: minor(0),
            credit_account: AccountRef([0; 32]),
            outputs: vec![output],
        };
        withdraw::SignedRequest::sign(plan, Vec::new(), &self.device)
    }

    /// The token that a reply gives, verified.
    pub fn token(&self, request: &withdraw::SignedRequest, slot: &Slot, reply: &[u8]) -> Token {
        let reply = withdraw::Reply::from_bytes(reply, &request.plan, &MINT.manifest);
        let signature = &reply.expect("an answer to our request").signatures[0];
        let session = withdraw::Session::new(&self.master, request.plan.sid);
        session.finish(0, MINT.denomination, slot, signature, &MINT.manifest).expect("signed")
    }

    /// An item that cashes a token for an account.
    pub fn cash(&self, token: Token, place: &Place, account: AccountRef) -> Vec<u8> {
        self.fund(token, place, Instruction::Credit(account))
    }

    /// An item that cashes a token for whatever the instruction says.
    pub fn fund(&self, token: Token, place: &Place, instruction: Instruction) -> Vec<u8> {
        let chain = Chain::new(token);
        let key = SecretKey::from_seed(&random());
        let secret = place.session.secret(place.t, &place.receipt, &MINT.manifest);
        let next = chain.next_place().expect("held by a slot");
        let pledge = secret.expect("our slot").pledge(&next, Terms::to_key(key.public(), random()));
        let digest = pledge.digest();
        let (endorsement, answer) = pledge.answer(&digest, &self.identity).expect("stored");
        let chain = chain.endorsed(endorsement, answer, None).expect("to a key");
        let item = CashItem::sign(chain, instruction, &key);
        item.expect("ends with the key").to_bytes()
    }

    /// A signed call that deposits items.
    pub fn deposit(&self, account: AccountRef, items: Vec<Vec<u8>>) -> Call {
        Call::sign(Verb::Deposit, Deposit { account, items }.to_bytes(), NOW, &self.device)
    }
}

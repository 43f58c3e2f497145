//! The wallets of the load: they are equipped over the wire, as every wallet is.

use super::client::{Asked, Heard};
use super::{Load, SLOTS};
use crate::holder::Holder;
use crate::random;
use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;
use tender_proto::provision::Granted;
use tender_proto::{deposit, enrol, provision, withdraw as wire};
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::identity::{Pseudonym, RegistrarId};
use tender_token::manifest::Manifest;
use tender_token::provision::{Open, Plan, Receipt, Session, SessionId, Want};
use tender_token::series::DenominationId;
use tender_token::signature::SecretKey;
use tender_token::slot::Slot;
use tender_token::withdraw;

/// How long a request may be sent, in seconds.
const LIFETIME_S: u64 = 3_600;

/// A wallet and its slots.
pub struct Account {
    holder: Holder,
    bank: usize,
    session: Session,
    receipt: Receipt,
    slots: Vec<Slot>,
}

/// A withdrawal that is ready to be sent.
pub struct Withdrawal {
    /// At which bank.
    pub bank: usize,
    bytes: Vec<u8>,
    plan: withdraw::Plan,
    session: withdraw::Session,
}

impl Withdrawal {
    /// What is sent.
    pub fn asked(&self) -> Asked {
        Asked::Withdraw(self.bytes.clone(), self.plan.outputs.len())
    }
}

impl Account {
    /// Registers a wallet and gets its slots certified. Errors: a refusal, or no answer.
    pub fn equip(bank: usize, load: &Load<'_>) -> Result<Self> {
        let (holder, manifest) = (Holder::new(), &load.manifest);
        let (name, pseudonym) = (load.bank(bank), Pseudonym(random()));
        let registrar = RegistrarId(name.key.public().0);
        let Holder { identity, master, device } = &holder;
        let registration = identity.register(master, registrar, pseudonym, device, &random());
        let request = enrol::Request { registration, invitation: String::new() };
        name.enrol(&load.runtime, request)?;
        let (series, _) = manifest.slot_keys().next().context("no series")?;
        let identity = *identity.point();
        let plan = Plan { manifest: manifest.hash(), identity, series, count: SLOTS };
        let session = Session::new(master, SessionId(random()), plan);
        let hashes = (0..SLOTS).map(|t| session.candidates_hash(t, manifest));
        let commitment = session.commitment(&hashes.collect::<Result<Vec<_>, _>>()?);
        let open = session.open(commitment, device).authorise(&name.key);
        let ask = |request| name.provision(&load.runtime, request);
        let Granted::Receipt(receipt) = ask(provision::Request::<Open>::Open(open))? else {
            bail!("no receipt");
        };
        let reveal = session.reveal(&receipt, Want::Sign, device, manifest)?.to_bytes();
        let identity = holder.identity.key();
        let Granted::Certificates(answers) = ask(provision::Request::Reveal { identity, reveal })?
        else {
            bail!("no certificates");
        };
        let slots = (0..).zip(&answers);
        let slots = slots.map(|(t, answer)| session.finish(t, &receipt, answer, manifest));
        let slots = slots.collect::<Result<_, _>>()?;
        Ok(Self { holder, bank, session, receipt, slots })
    }

    /// Withdrawals onto every slot, so many tokens each.
    pub fn withdrawals(&self, load: &Load<'_>, tokens: usize) -> Vec<Withdrawal> {
        self.slots.chunks(tokens).map(|slots| self.withdrawal(load, slots)).collect()
    }

    fn withdrawal(&self, load: &Load<'_>, slots: &[Slot]) -> Withdrawal {
        let (manifest, key) = (&load.manifest, &load.bank(self.bank).key);
        let (denomination, value) = denomination(manifest);
        let session = withdraw::Session::new(&self.holder.master, SessionId(random()));
        let output = |(t, slot)| {
            session.output(t, denomination, slot, manifest).expect("the slot is of this series")
        };
        let account = AccountRef(random());
        let plan = withdraw::Plan {
            manifest: manifest.hash(),
            identity: *self.holder.identity.point(),
            sid: session.sid(),
            expires: (load.surroundings.today)().checked_add(LIFETIME_S).expect("time goes on"),
            debit: Amount::checked_sum(slots.iter().map(|_| value)).expect("a few tokens"),
            debit_account: account,
            credit: Amount::ZERO,
            credit_account: account,
            outputs: (0..).zip(slots).map(output).collect(),
        };
        let signed = withdraw::SignedRequest::sign(plan.clone(), Vec::new(), &self.holder.device);
        Withdrawal { bank: self.bank, bytes: signed.authorise(key).to_bytes(), plan, session }
    }

    /// Passes the chain on from slot `t`. Each slot answers once.
    fn endorse(
        &self,
        t: usize,
        chain: Chain,
        terms: Terms,
        to: Option<Slot>,
        manifest: &Manifest,
    ) -> Chain {
        let t = u16::try_from(t).expect("a session has few slots");
        let secret = self.session.secret(t, &self.receipt, manifest).expect("its own series");
        self.holder.endorse(chain, secret, terms, to)
    }
}

/// The one denomination, and what it is worth.
fn denomination(manifest: &Manifest) -> (DenominationId, Amount) {
    let (id, key) = manifest.value_keys().next().expect("the issuer has a denomination");
    (id, key.denomination.value)
}

/// Unblinds what was withdrawn, pays it over one hop and makes the items that deposit it: for each
/// pair of wallets its bank and the items. Errors: a withdrawal was refused.
pub fn pay(
    accounts: Vec<[Account; 2]>,
    withdrawals: &[Withdrawal],
    replies: &[Heard],
    load: &Load<'_>,
) -> Result<Vec<(usize, Vec<Vec<u8>>)>> {
    let per_account = withdrawals.len() / accounts.len().max(1);
    let rounds: Vec<_> = withdrawals.iter().zip(replies).collect();
    let rounds = accounts.into_par_iter().zip(rounds.par_chunks(per_account.max(1)));
    let cash = rounds.map(|([payer, payee], round)| {
        let mut items = Vec::new();
        for (withdrawal, reply) in round {
            for (output, answer) in (0..).zip(signatures(withdrawal, reply, &load.manifest)?) {
                let places = Places { slot: items.len(), output, payer: &payer, payee: &payee };
                items.push(places.cash(withdrawal, &answer, &load.manifest)?);
            }
        }
        Ok((payer.bank, items))
    });
    cash.collect()
}

fn signatures(withdrawal: &Withdrawal, reply: &Heard, manifest: &Manifest) -> Result<Vec<Vec<u8>>> {
    let Heard::Withdraw(reply) = reply else { bail!("another verb's reply") };
    let reply = wire::from_wire(reply.clone()).context("a reply that cannot be read")?;
    let bytes = reply.map_err(|refusal| anyhow::anyhow!("no tokens: {refusal:?}"))?;
    Ok(withdraw::Reply::from_bytes(&bytes, &withdrawal.plan, manifest)?.signatures)
}

/// Where a token goes: onto a slot of the payer, and through the same one of the payee.
struct Places<'a> {
    slot: usize,
    /// Which of its withdrawal's tokens it is.
    output: u16,
    payer: &'a Account,
    payee: &'a Account,
}

impl Places<'_> {
    /// The item that deposits the token.
    fn cash(&self, withdrawal: &Withdrawal, answer: &[u8], manifest: &Manifest) -> Result<Vec<u8>> {
        let Self { slot, output, payer, payee } = self;
        let (denomination, _) = denomination(manifest);
        let (from, to) = (payer.slots.get(*slot), payee.slots.get(*slot));
        let (from, to) = (from.context("no slot")?, to.context("no slot")?);
        let token = withdrawal.session.finish(*output, denomination, from, answer, manifest)?;
        let terms = Terms::to_slot(to.id(), random());
        let chain = payer.endorse(*slot, Chain::new(token), terms, Some(to.clone()), manifest);
        let key = SecretKey::from_seed(&random());
        let terms = Terms::to_key(key.public(), random());
        let chain = payee.endorse(*slot, chain, terms, None, manifest);
        let credit = Instruction::Credit(AccountRef(random()));
        Ok(CashItem::sign(chain, credit, &key)?.to_bytes())
    }
}

/// Checks that everything was paid. Errors: it was not.
pub fn check_paid(reply: &Heard) -> Result<()> {
    let Heard::Deposit(reply) = reply else { bail!("another verb's reply") };
    let outcomes = deposit::from_wire(reply.clone()).context("a reply that cannot be read")?;
    ensure!(outcomes.iter().all(Result::is_ok), "not paid: {outcomes:?}");
    Ok(())
}

//! What the test issuer knows, and how it decides.

use crate::mint::{MINT, NOW, rng};
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use tender_proto::call::{Call, Verb};
use tender_proto::refusal::Refusal;
use tender_proto::statement::{Cause, Posting, Reserves, Statement};
use tender_proto::transfer::{SignedTransfer, Transfer};
use tender_proto::transport::Peer;
use tender_proto::{cashed_list, claim, enrol, restore, statement, trust, withdraw};
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Cashed, Instruction, Outcome, Purpose};
use tender_token::cashed_list::Prefix;
use tender_token::claim::{self as claims, Claim, Form};
use tender_token::date::Day;
use tender_token::double_spend::Evidence;
use tender_token::encode::{Decode as _, Encode as _};
use tender_token::error::{Error, Result};
use tender_token::exchange;
use tender_token::identity::{IdentityKey, Record, RegistrarId};
use tender_token::manifest::ManifestHash;
use tender_token::provision::{Commitment, Open, Receipt, Reveal, SessionId};
use tender_token::restore::Query;
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;
use tender_token::withdraw::{Authority, Reply, Request};

/// Which bank calls.
pub type Caller = usize;

/// What the issuer knows.
#[derive(Default)]
pub struct Registry {
    /// Whether nobody is admitted; whoever calls then is refused, which is told to the test.
    pub refusing: Option<Sender<()>>,
    /// The only certificate that is known, if others are not any more.
    pub known: Option<Peer>,
    /// How many replies to state changes will be lost.
    pub lose_replies: usize,
    /// How long withdrawals and restores take.
    pub slow: std::time::Duration,
    /// Whether no state change can be read.
    pub illiterate: bool,
    /// Whether the keys of what was signed are gone, so that nothing is signed again.
    pub keyless: bool,
    /// State changes that arrived, repetitions included.
    pub asked: usize,
    /// The manifests after the first.
    pub later: Vec<trust::Trust>,
    pub notices: trust::Notices,
    /// The banks, in the order in which they were admitted.
    pub banks: Vec<Branch>,
    /// Whether it never comes to an end of signing a wallet's sessions again.
    pub mute: bool,
    /// How many days have passed for claims.
    pub days_later: u32,
    /// What the list of each series has, in ascending order.
    pub listed: Vec<TokenId>,
    /// What a guarantee still covers of double spends.
    pub pledged: Amount,
    /// Items that it made good.
    made_good: Vec<Vec<u8>>,
    /// Claims that lead: who is credited with what.
    leading: BTreeMap<TokenId, (Caller, AccountRef, Amount)>,
    transfers: BTreeMap<(RegistrarId, [u8; 32]), (SignedTransfer, Result<()>)>,
    exchanges: BTreeMap<SessionId, (Vec<u8>, Vec<u8>)>,
    wallets: BTreeMap<IdentityKey, Record>,
    sessions: BTreeMap<(IdentityKey, SessionId), (Commitment, Receipt)>,
    withdrawals: BTreeMap<(IdentityKey, SessionId), (Vec<u8>, withdraw::Reply)>,
    cashed: BTreeMap<TokenId, Cashed>,
    evidence: Vec<Evidence>,
}

/// A bank as the issuer knows it.
#[derive(Default)]
pub struct Branch {
    /// The key whose word counts.
    pub key: Option<PublicKey>,
    pub vault: Amount,
    pub postings: Vec<Posting>,
}

impl Branch {
    pub fn post(&mut self, cause: Cause, amount: Amount) {
        let vault = if cause.raises_vault().expect("a vault's posting") {
            self.vault.checked_add(amount)
        } else {
            self.vault.checked_sub(amount)
        };
        self.vault = vault.expect("checked before");
        let number = self.postings.len() as u64 + 1;
        self.postings.push(Posting { number, cause, amount, balance: self.vault });
    }

    fn registrar(&self) -> Option<RegistrarId> {
        self.key.map(|key| RegistrarId(key.0))
    }
}

impl Registry {
    /// A registry with room for the first bank.
    pub fn new() -> Self {
        Self { banks: vec![Branch::default()], ..Self::default() }
    }

    pub fn bank(&mut self, caller: Caller) -> &mut Branch {
        if self.banks.len() <= caller {
            self.banks.resize_with(caller + 1, Branch::default);
        }
        &mut self.banks[caller]
    }

    fn post(&mut self, caller: Caller, cause: Cause, amount: Amount) {
        self.bank(caller).post(cause, amount);
    }

    fn key_of(&self, caller: Caller) -> &PublicKey {
        self.banks[caller].key.as_ref().expect("admitted before serving")
    }

    pub fn enrol(&mut self, caller: Caller, request: enrol::Request) -> Result<()> {
        let verified = request.registration.verify()?;
        let registration = verified.registration();
        if registration.record.registrar.0 != self.key_of(caller).0 {
            return Err(Error::Auth);
        }
        match self.wallets.get(&registration.key()) {
            Some(known) if *known != registration.record => Err(Error::DuplicateU),
            _ => {
                self.wallets.insert(registration.key(), registration.record.clone());
                Ok(())
            }
        }
    }

    pub fn open(&mut self, caller: Caller, open: &Open) -> Result<Receipt> {
        let identity = IdentityKey(open.request.plan.identity.bytes());
        let device = &self.wallets.get(&identity).ok_or(Error::Wallet)?.device;
        open.verify(device, self.key_of(caller))?;
        let receipt = Receipt::issue(&open.request, &MINT.vrf, &MINT.issuer)?;
        let request = &open.request;
        let commitment = Commitment::new(&request.plan, request.sid, request.h);
        self.sessions.insert((identity, request.sid), (commitment, receipt.clone()));
        Ok(receipt)
    }

    pub fn reveal(&mut self, identity: IdentityKey, reveal: &[u8]) -> Result<Vec<Vec<u8>>> {
        let sid = Reveal::session_of(reveal)?;
        let (commitment, receipt) = self.sessions.get(&(identity, sid)).ok_or(Error::Session)?;
        let device = &self.wallets.get(&identity).ok_or(Error::Wallet)?.device;
        let key = MINT.manifest.slot_key(MINT.series)?;
        let challenge = receipt.proof.challenge();
        let (_, verified) = commitment.verify(reveal, &challenge, device, key)?;
        verified.kept().iter().map(|blinded| MINT.slot.sign(blinded)).collect()
    }

    pub fn withdraw(&mut self, caller: Caller, bytes: &[u8]) -> withdraw::Reply {
        let request = Request::from_bytes(bytes, &MINT.manifest)?;
        let plan = request.signed.plan.clone();
        let identity = IdentityKey(plan.identity.bytes());
        let content = request.signed.to_bytes();
        if let Some((known, reply)) = self.withdrawals.get(&(identity, plan.sid)) {
            if *known != content {
                return Err(Error::SidConflict.into());
            }
            let spent = self.keyless && reply.is_ok();
            return if spent { Err(Refusal::spent(plan.sid)) } else { reply.clone() };
        }
        let reply = self.sign(caller, request);
        self.withdrawals.insert((identity, plan.sid), (content, reply.clone()));
        reply
    }

    fn sign(&mut self, caller: Caller, request: Request) -> withdraw::Reply {
        let plan = request.signed.plan.clone();
        let identity = IdentityKey(plan.identity.bytes());
        let accepted: [ManifestHash; 1] = [MINT.manifest.hash()];
        let authority = Authority {
            manifest: &MINT.manifest,
            accepted: &accepted,
            device: self.wallets.get(&identity).map(|record| &record.device),
            intermediary: self.key_of(caller),
            now: NOW,
        };
        authority.verify(request, &mut rng())?;
        if self.banks[caller].vault < plan.debit {
            return Err(Error::Funds.into());
        }
        self.post(caller, Cause::Withdrawal(plan.debit_account), plan.debit);
        let sign = |output: &tender_token::withdraw::Output| MINT.value.sign(&output.blinded);
        let signatures = plan.outputs.iter().map(sign).collect::<Result<_>>()?;
        Ok(Reply { sid: plan.sid, plan_hash: plan.hash(), signatures }.to_bytes())
    }

    pub fn deposit(&mut self, caller: Caller, bytes: &[u8]) -> Result<Amount> {
        let item = CashItem::from_bytes(bytes, &MINT.manifest)?;
        let item = item.verify(Purpose::Deposit, &MINT.manifest, &mut rng())?;
        let known = self.evidence.clone();
        self.evidence.extend(item.evidence());
        let chain = item.item().chain();
        let cashed = self.cashed.get(&chain.token_id());
        match item.decide(NOW.day(), cashed, &known) {
            Outcome::Refused(Error::Double, _) => {
                let Instruction::Credit(account) = item.instruction() else {
                    return Err(Error::Instr);
                };
                let value = chain.value();
                if !self.made_good.iter().any(|one| one == bytes) {
                    self.pledged = self.pledged.checked_sub(value).ok_or(Error::Double)?;
                    self.made_good.push(bytes.to_vec());
                    self.post(caller, Cause::Redress(account), value);
                }
                Ok(value)
            }
            Outcome::Refused(error, _) => Err(error),
            Outcome::AlreadyPaid => Ok(chain.value()),
            Outcome::Pay => {
                let Instruction::Credit(account) = item.instruction() else {
                    return Err(Error::Instr);
                };
                let (final_state, instruction) = (chain.final_state(), item.instruction());
                self.cashed.insert(chain.token_id(), Cashed::Item { final_state, instruction });
                self.post(caller, Cause::Deposit(account), chain.value());
                Ok(chain.value())
            }
        }
    }

    pub fn statement(&self, caller: Caller, request: statement::Request) -> Statement {
        let after = |posting: &&Posting| posting.number > request.after_posting;
        let Branch { vault, postings, .. } = &self.banks[caller];
        let postings = postings.iter().filter(after).copied().collect();
        let reserves = Reserves { balance: Amount::ZERO, postings: Vec::new() };
        Statement { vault: *vault, postings, incidents: Vec::new(), reserves }
    }

    /// Moves currency between the vaults of two banks.
    pub fn transfer(&mut self, caller: Caller, signed: &SignedTransfer) -> Result<()> {
        signed.verify()?;
        let transfer = signed.transfer;
        if self.banks[caller].registrar() != Some(transfer.payer) {
            return Err(Error::Auth);
        }
        if let Some((known, outcome)) = self.transfers.get(&(transfer.payer, transfer.id)) {
            return if known == signed { *outcome } else { Err(Error::SidConflict) };
        }
        let outcome = self.carry_out(caller, transfer);
        self.transfers.insert((transfer.payer, transfer.id), (signed.clone(), outcome));
        outcome
    }

    fn carry_out(&mut self, caller: Caller, transfer: Transfer) -> Result<()> {
        let named = |bank: &Branch| bank.registrar() == Some(transfer.payee);
        let payee = self.banks.iter().position(named).ok_or(Error::Wallet)?;
        if self.banks[caller].vault < transfer.amount {
            return Err(Error::Funds);
        }
        self.post(caller, Cause::TransferOut(transfer.payer_account), transfer.amount);
        let came = Cause::TransferIn(transfer.payee_account, transfer.payer);
        self.post(payee, came, transfer.amount);
        Ok(())
    }

    /// Cashes tokens and signs fresh ones, for whoever holds them.
    pub fn exchange(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let request = exchange::Request::from_bytes(bytes, &MINT.manifest)?;
        if let Some((known, reply)) = self.exchanges.get(&request.plan.sid) {
            return if known == bytes { Ok(reply.clone()) } else { Err(Error::SidConflict) };
        }
        let plan = request.plan.clone();
        let authority = exchange::Authority {
            manifest: &MINT.manifest,
            accepted: &[MINT.manifest.hash()],
            policy: &MINT.trust.policy,
            now: NOW,
        };
        let verified = authority.verify(request, &mut rng())?;
        let outcome = verified.decide(|item| {
            let known = self.evidence.clone();
            self.evidence.extend(item.evidence());
            item.decide(NOW.day(), self.cashed.get(&item.item().chain().token_id()), &known)
        });
        match outcome {
            Outcome::Pay => {}
            Outcome::Refused(error, _) => return Err(error),
            Outcome::AlreadyPaid => return Err(Error::Cashed),
        }
        for item in verified.items() {
            let (chain, instruction) = (item.item().chain(), item.instruction());
            let cashed = Cashed::Item { final_state: chain.final_state(), instruction };
            self.cashed.insert(chain.token_id(), cashed);
        }
        let sign = |output: &tender_token::withdraw::Output| MINT.value.sign(&output.blinded);
        let signatures = plan.outputs.iter().map(sign).collect::<Result<_>>()?;
        let reply = Reply { sid: plan.sid, plan_hash: plan.hash(), signatures }.to_bytes();
        self.exchanges.insert(plan.sid, (bytes.to_vec(), reply.clone()));
        Ok(reply)
    }

    /// What was cashed of a series, two tokens at a time, when its last deposit day is over.
    pub fn cashed_list(&self, request: &cashed_list::Request) -> Result<cashed_list::Tokens> {
        let cashed_list::Request { series, prefix, after } = *request;
        let dates = MINT.manifest.slot_key(series)?.series.dates;
        if NOW.day().0 + self.days_later <= dates.deposit_until.0 {
            return Err(Error::Window);
        }
        let all = self.listed.iter().filter(|token| Prefix::of(**token) == prefix);
        let rest: Vec<_> = all.filter(|token| after.is_none_or(|after| after < **token)).collect();
        let ids = rest.iter().take(2).flat_map(|token| token.0).collect();
        Ok(cashed_list::Tokens { ids, more: rest.len() > 2 })
    }

    /// Lets a claim in form 3 lead, until its day is over.
    pub fn claim(&mut self, caller: Caller, request: &claim::Request) -> Result<claim::Granted> {
        let claim = Claim::from_bytes(&request.claim, &MINT.manifest)?;
        let token = claim.token_id(None).ok_or(Error::Wallet)?;
        let Form::Payee(item) = claim.form() else { return Err(Error::Opening) };
        let Instruction::Credit(account) = item.stated_instruction()? else {
            return Err(Error::Instr);
        };
        let value = item.chain().value();
        let registry = claims::Registry {
            today: Day(NOW.day().0 + self.days_later),
            cashed: self.cashed.contains_key(&token),
            leading: None,
            known: &[],
        };
        let verified = claim.verify(&claims::Grounds::NONE, &MINT.manifest, &mut rng())?;
        match verified.decide(&registry) {
            claims::Outcome::Lead(day) => {
                self.leading.insert(token, (caller, account, value));
                Ok(claim::Granted::Leads(day))
            }
            claims::Outcome::Pay => Ok(claim::Granted::Paid(value)),
            claims::Outcome::Outranked(_) => Err(Error::Cashed),
            claims::Outcome::Refused(error, _) => Err(error),
        }
    }

    /// Pays the claims that lead.
    pub fn pay_claims(&mut self) {
        for (_, (caller, account, value)) in core::mem::take(&mut self.leading) {
            self.post(caller, Cause::Claim(account), value);
        }
    }

    /// Whether a withdrawal of a wallet is known.
    pub fn restore(&mut self, call: &Call) -> Result<restore::Told> {
        let asked = restore::Request::from_bytes(&call.body)?;
        let wallet = self.wallets.get(&asked.identity).ok_or(Error::Wallet)?;
        call.verify(Verb::Restore, NOW)?;
        if call.device != wallet.device {
            return Err(Error::Auth);
        }
        let restore::Asked::Session(sid) = asked.asked else { return Err(Error::Session) };
        let known = self.withdrawals.contains_key(&(asked.identity, sid));
        Ok(restore::Told::Query(Query { answered: NOW, known }))
    }
}

//! A small real issuer with an intermediary in front of it: real keys, real blind signing, real
//! cashing, all in memory. It can lose its answers, and clones of it share nothing.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};
use tender_proto::account::Account;
use tender_proto::call::{self, Call};
use tender_proto::deposit::Deposit;
use tender_proto::lines::{self, LINES_MAX, Line};
use tender_proto::movement::Movement;
use tender_proto::order::SignedOrder;
use tender_proto::provision::{Granted, Request};
use tender_proto::refusal::Refusal;
use tender_proto::restore::{self, Asked, Page, Stored, Told, Withdrawal};
use tender_proto::trust::{self, Notices, Trust};
use tender_proto::{
    account, cashed_list, claim, deposit, enrol, exchange, provision, reference, session, transfer,
    withdraw,
};
use tender_token::amount::{Amount, Currency};
use tender_token::cash::{AccountRef, CashItem, Cashed, Outcome, Purpose, VerifiedItem};
use tender_token::cashed_list::CashedList;
use tender_token::claim::{self as claims, Claim, Form, Grounds, Registry, StoredSession};
use tender_token::date::{Day, Timestamp};
use tender_token::double_spend::{Conflict, DoubleSpendProof, Evidence};
use tender_token::encode::{Decode, Encode};
use tender_token::error::Error as Rule;
use tender_token::exchange as exchanging;
use tender_token::identity::{IdentityKey, Registration};
use tender_token::manifest::{Manifest, ManifestHash, ManifestRecord};
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::provision::{Commitment, Receipt, SessionId, SignedOpen, Want};
use tender_token::restore::{Query, Resolution, StoredProvision};
use tender_token::revocation::{Revocation, Subject};
use tender_token::rsa;
use tender_token::series::{Dates, Denomination, DenominationId, Series};
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::token::TokenId;
use tender_token::vrf;
use tender_token::withdraw::{Authority, Output, Reply, SignedRequest};
use tender_wallet::intermediary::{Answered, Intermediary, Unanswered};

/// The denominations, in minor units.
pub const VALUES: [u64; 4] = [50, 100, 200, 500];
/// Candidates per slot: 2^6, the least that production accepts.
const DEPTH: u8 = 6;

/// The operating system's randomness.
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The moment the tests happen in.
pub fn now() -> Timestamp {
    static NOW: LazyLock<u64> = LazyLock::new(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
    });
    Timestamp(*NOW)
}

/// The issuer's keys, made once per run.
struct Mint {
    root: SecretKey,
    issuer: SecretKey,
    vrf: vrf::SecretKey,
    intermediary: SecretKey,
    series: Series,
    slot_key: rsa::SecretKey,
    value_keys: BTreeMap<DenominationId, rsa::SecretKey>,
    denominations: Vec<Denomination>,
}

static MINT: LazyLock<Mint> = LazyLock::new(|| {
    let key = || rsa::SecretKey::generate(&mut rng(), 256).expect("a key");
    let slot_key = key();
    let day = |days: u32| Day(now().day().0 + days);
    let series = Series {
        number: 1,
        currency: currency(),
        dates: Dates {
            issue_from: Day(now().day().0 - 1),
            issue_until: day(28),
            spend_until: day(84),
            deposit_until: day(112),
            claim_until: day(140),
        },
        depth: DEPTH,
        max_hops: 3,
        modulus: slot_key.public().modulus().to_vec(),
    };
    let (mut value_keys, mut denominations) = (BTreeMap::new(), Vec::new());
    for value in VALUES {
        let key = key();
        let denomination = Denomination {
            series: series.id(),
            value: Amount::from_minor_units(value),
            modulus: key.public().modulus().to_vec(),
        };
        value_keys.insert(denomination.id(), key);
        denominations.push(denomination);
    }
    Mint {
        root: SecretKey::from_seed(&[1; 32]),
        issuer: SecretKey::from_seed(&[2; 32]),
        vrf: vrf::SecretKey::from_random(&[3; 64]).expect("a key"),
        intermediary: SecretKey::from_seed(&[4; 32]),
        series,
        slot_key,
        value_keys,
        denominations,
    }
});

/// The tests' currency.
pub fn currency() -> Currency {
    Currency::new("FLN").expect("three letters")
}

/// The intermediary's key.
pub fn registrar() -> PublicKey {
    MINT.intermediary.public()
}

/// The key everything is verified under.
pub fn root() -> PublicKey {
    MINT.root.public()
}

/// Limits that nobody meets by accident.
pub fn wide() -> Limits {
    Limits {
        currency: currency(),
        payment: Amount::from_minor_units(20_000),
        holding: Amount::from_minor_units(100_000),
        received: Amount::from_minor_units(100_000),
        payments: 50,
        reconcile_days: 14,
        exchange: Amount::from_minor_units(50_000),
        guarantee_cap: Amount::ZERO,
    }
}

/// A provision session.
#[derive(Clone)]
struct Session {
    open: SignedOpen,
    receipt: Receipt,
    device: PublicKey,
    /// What REVEAL got, once it came: nothing if it gave up.
    revealed: Option<Vec<Vec<u8>>>,
    /// The candidates that stayed closed.
    kept: Vec<Vec<u8>>,
}

/// How a bank lies about what was cashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FalseList {
    /// It leaves everything out.
    Missing,
    /// It lists something twice.
    Twice,
}

/// Issuer and intermediary.
#[derive(Clone)]
pub struct Bank {
    published: Vec<Trust>,
    /// What is published beside the manifests.
    pub notices: Notices,
    manifest: Manifest,
    previous: Option<ManifestHash>,
    wallets: BTreeMap<IdentityKey, Registration>,
    sessions: BTreeMap<SessionId, Session>,
    /// Sessions of both verbs and whose they are, in the order in which they were accepted.
    accepted: Vec<(IdentityKey, SessionId)>,
    withdrawals: BTreeMap<SessionId, (Vec<u8>, Vec<u8>)>,
    exchanges: BTreeMap<SessionId, (Vec<u8>, Vec<u8>)>,
    references: BTreeMap<AccountRef, PublicKey>,
    transfers: BTreeMap<[u8; 32], transfer::Reply>,
    lines: BTreeMap<PublicKey, Vec<Line>>,
    accounts: BTreeMap<PublicKey, u64>,
    /// What is held ready outside for accounts.
    ready: BTreeMap<PublicKey, u64>,
    cashed: BTreeMap<TokenId, Cashed>,
    evidence: Vec<Evidence>,
    /// Proofs against wallets that paid twice.
    pub proofs: Vec<DoubleSpendProof>,
    /// Every request for a withdrawal that came in.
    pub seen: Vec<Vec<u8>>,
    /// How many of the next answers get lost on the way back.
    pub lost_answers: usize,
    /// After how many answers one gets lost.
    answers_left: Option<usize>,
    /// Refuses the next withdrawal with this rule.
    pub refuse_withdrawal: Option<Rule>,
    /// Whether no device is heard any more.
    pub deaf: bool,
    /// How many more sessions may be opened today.
    pub openings_left: usize,
    /// Refuses the next exchange with this rule.
    pub refuse_exchange: Option<Rule>,
    /// Every request for an exchange that came in.
    pub seen_exchanges: Vec<Vec<u8>>,
    /// Refuses every item of the next deposit with this rule.
    pub refuse_deposit: Option<Rule>,
    /// Claims that lead.
    pub leading: BTreeMap<TokenId, Claim>,
    /// What was answered to claims.
    claims: BTreeMap<Vec<u8>, claim::Reply>,
    /// Every claim that came in, as it was asked.
    pub seen_claims: Vec<Vec<u8>>,
    /// Every part of a list that was asked for.
    pub seen_lists: Vec<cashed_list::Request>,
    /// What it lies about.
    pub false_list: Option<FalseList>,
    /// What the clock shows here.
    pub time: Timestamp,
}

impl Bank {
    pub fn new(limits: Limits) -> Self {
        let (trust, manifest) = published(limits, 1, ManifestHash([0; 32]));
        Self {
            published: vec![trust],
            notices: Notices::default(),
            manifest,
            previous: None,
            wallets: BTreeMap::new(),
            sessions: BTreeMap::new(),
            accepted: Vec::new(),
            withdrawals: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            references: BTreeMap::new(),
            transfers: BTreeMap::new(),
            lines: BTreeMap::new(),
            accounts: BTreeMap::new(),
            ready: BTreeMap::new(),
            cashed: BTreeMap::new(),
            evidence: Vec::new(),
            proofs: Vec::new(),
            seen: Vec::new(),
            lost_answers: 0,
            answers_left: None,
            refuse_withdrawal: None,
            deaf: false,
            openings_left: usize::MAX,
            refuse_exchange: None,
            seen_exchanges: Vec::new(),
            refuse_deposit: None,
            leading: BTreeMap::new(),
            claims: BTreeMap::new(),
            seen_claims: Vec::new(),
            seen_lists: Vec::new(),
            false_list: None,
            time: now(),
        }
    }

    /// The manifest of an epoch.
    pub fn manifest_of(&self, epoch: usize) -> Trust {
        self.published.get(epoch - 1).expect("it was published").clone()
    }

    /// Revokes something for good.
    pub fn revoke(&mut self, subject: Subject) {
        let epoch = self.manifest.record().epoch;
        let revocation = Revocation { epoch, subject, day: now().day() };
        self.notices.revocations.push(revocation.sign(&MINT.root));
    }

    /// Publishes another manifest, with other limits.
    pub fn publish(&mut self, limits: Limits) {
        let held = self.manifest.hash();
        let (trust, manifest) = published(limits, self.manifest.record().epoch + 1, held);
        self.published.push(trust);
        self.manifest = manifest;
        self.previous = Some(held);
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What became of the provision session that was opened last.
    pub fn last_session(&self) -> Resolution {
        let sids = self.accepted.iter().rev().map(|(_, sid)| sid);
        let sid = sids.into_iter().find(|sid| self.sessions.contains_key(sid)).expect("one");
        let Stored::Provision(stored) = self.stored(sid) else { panic!("a provision session") };
        stored.resolution
    }

    /// Shows the first session of one identity among those of another.
    pub fn slip_in(&mut self, whose: IdentityKey, among: IdentityKey) {
        let first = self.accepted.iter().find(|(identity, _)| *identity == whose);
        let (_, sid) = *first.expect("it has one");
        self.accepted.push((among, sid));
    }

    /// Answers so many times, and loses one answer then.
    pub fn lost_after(&mut self, answers: usize) {
        self.answers_left = Some(answers);
    }

    /// The device that registered an identity.
    pub fn device_of(&self, identity: IdentityKey) -> PublicKey {
        self.wallets.get(&identity).expect("enrolled").record.device
    }

    pub fn balance_of(&self, identity: IdentityKey) -> u64 {
        let wallet = self.wallets.get(&identity).expect("enrolled");
        *self.accounts.get(&wallet.record.device).expect("has an account")
    }

    /// All but this of an account is held ready outside from now on.
    pub fn keep_outside_all_but(&mut self, identity: IdentityKey, left: u64) {
        let device = self.device_of(identity);
        let balance = self.accounts.get_mut(&device).expect("has an account");
        *self.ready.entry(device).or_default() += *balance - left;
        *balance = left;
    }

    /// Verifies and cashes an item, as `[C2]` and `[D1]` say.
    pub fn cash(&mut self, item: &[u8]) -> Result<Amount, Refusal> {
        let item = CashItem::from_bytes(item, &self.manifest)?;
        let verified = item.verify(Purpose::Deposit, &self.manifest, &mut rng())?;
        let value = verified.item().chain().value();
        match self.judge(&verified) {
            Outcome::Pay => {
                self.mark(&verified);
                Ok(value)
            }
            Outcome::AlreadyPaid => Ok(value),
            Outcome::Refused(rule, conflicts) => Err(self.accuse(rule, &conflicts)),
        }
    }

    /// What the registry says of an item, whose evidence is kept whatever that is.
    fn judge(&mut self, item: &VerifiedItem) -> Outcome {
        let known = self.evidence.clone();
        self.evidence.extend(item.evidence());
        let token = item.item().chain().token_id();
        item.decide(self.time.day(), self.cashed.get(&token), &known)
    }

    fn mark(&mut self, item: &VerifiedItem) {
        let (chain, instruction) = (item.item().chain(), item.instruction());
        let cashed = Cashed::Item { final_state: chain.final_state(), instruction };
        self.cashed.insert(chain.token_id(), cashed);
    }

    fn accuse(&mut self, rule: Rule, conflicts: &[Conflict]) -> Refusal {
        for conflict in conflicts {
            let culprit = conflict.culprit().expect("two answers open the slot");
            let registration = self.wallets.get(&culprit).expect("enrolled").clone();
            let proof = conflict.prove(registration.identity, registration.record);
            proof.verify(&self.manifest).expect("anyone can check the proof");
            self.proofs.push(proof);
        }
        rule.into()
    }

    fn swap(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let request = exchanging::Request::from_bytes(bytes, &self.manifest)?;
        let sid = request.plan.sid;
        if let Some((known, reply)) = self.exchanges.get(&sid) {
            return if known == bytes { Ok(reply.clone()) } else { Err(Rule::SidConflict.into()) };
        }
        if let Some(rule) = self.refuse_exchange.take() {
            return Err(rule.into());
        }
        let accepted: Vec<_> = [self.manifest.hash()].into_iter().chain(self.previous).collect();
        let policy = &self.published.last().expect("one was published").policy;
        let (manifest, now) = (&self.manifest, self.time);
        let authority = exchanging::Authority { manifest, accepted: &accepted, policy, now };
        let verified = authority.verify(request, &mut rng())?;
        match verified.decide(|item| self.judge(item)) {
            Outcome::Pay => verified.items().for_each(|item| self.mark(item)),
            Outcome::AlreadyPaid => return Err(Rule::Cashed.into()),
            Outcome::Refused(rule, conflicts) => return Err(self.accuse(rule, &conflicts)),
        }
        let plan = &verified.request().plan;
        let signatures = plan.outputs.iter().map(sign).collect();
        let reply = Reply { sid, plan_hash: plan.hash(), signatures }.to_bytes();
        self.exchanges.insert(sid, (bytes.to_vec(), reply.clone()));
        Ok(reply)
    }

    /// Gives an answer, or loses it on the way.
    fn answer<T>(&mut self, answer: T) -> Answered<T> {
        if let Some(left) = self.answers_left.take() {
            match left.checked_sub(1) {
                Some(left) => self.answers_left = Some(left),
                None => return Err(Unanswered::Unreachable),
            }
        }
        match self.lost_answers.checked_sub(1) {
            Some(left) => {
                self.lost_answers = left;
                Err(Unanswered::Unreachable)
            }
            None => Ok(answer),
        }
    }

    fn open(&mut self, open: &SignedOpen) -> Result<Receipt, Refusal> {
        if let Some(known) = self.sessions.get(&open.sid) {
            let same = known.open == *open;
            return if same { Ok(known.receipt.clone()) } else { Err(Rule::SidConflict.into()) };
        }
        let key = IdentityKey(open.plan.identity.bytes());
        let wallet = self.wallets.get(&key).ok_or(Rule::Wallet)?;
        open.verify(&wallet.record.device)?;
        self.openings_left = self.openings_left.checked_sub(1).ok_or(Rule::Rate)?;
        let receipt = Receipt::issue(open, &MINT.vrf, &MINT.issuer)?;
        let (device, kept) = (wallet.record.device, receipt.clone());
        let session =
            Session { open: open.clone(), receipt: kept, device, revealed: None, kept: vec![] };
        self.sessions.insert(open.sid, session);
        self.accepted.push((key, open.sid));
        Ok(receipt)
    }

    fn reveal(&mut self, reveal: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
        let sid = tender_token::provision::Reveal::session_of(reveal)?;
        let session = self.sessions.get_mut(&sid).ok_or(Rule::Session)?;
        if let Some(answers) = &session.revealed {
            return Ok(answers.clone());
        }
        let commitment = Commitment::new(&session.open.plan, sid, session.open.h);
        let key = self.manifest.slot_key(commitment.series)?;
        let challenge = session.receipt.proof.challenge();
        let (reveal, verified) = commitment.verify(reveal, &challenge, &session.device, key)?;
        let sign = |blinded: &Vec<u8>| MINT.slot_key.sign(blinded).expect("in range");
        let answers = match reveal.want {
            Want::Sign => verified.kept().iter().map(sign).collect(),
            Want::Abandon => Vec::new(),
        };
        session.revealed = Some(answers.clone());
        session.kept = verified.kept().to_vec();
        Ok(answers)
    }

    fn blind_sign(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let signed = SignedRequest::from_bytes(&bytes, &self.manifest)?;
        let (sid, debit) = (signed.plan.sid, signed.plan.debit.minor_units());
        if let Some((known, reply)) = self.withdrawals.get(&sid) {
            return if *known == bytes { Ok(reply.clone()) } else { Err(Rule::SidConflict.into()) };
        }
        if let Some(rule) = self.refuse_withdrawal.take() {
            return Err(rule.into());
        }
        let wallet = IdentityKey(signed.plan.identity.bytes());
        let device = self.wallets.get(&wallet).ok_or(Rule::Wallet)?.record.device;
        let accepted: Vec<_> = [self.manifest.hash()].into_iter().chain(self.previous).collect();
        let authority = Authority {
            manifest: &self.manifest,
            accepted: &accepted,
            device: Some(&device),
            intermediary: &MINT.intermediary.public(),
            now: now(),
        };
        let request = signed.authorise(&MINT.intermediary);
        let verified = authority.verify(request, &mut rng())?;
        let balance = self.accounts.get_mut(&device).ok_or(Rule::Wallet)?;
        let ready = self.ready.entry(device).or_default();
        let pulled = debit.saturating_sub(*balance);
        *ready = ready.checked_sub(pulled).ok_or(Rule::Funds)?;
        *balance = balance.saturating_sub(debit);
        let plan = &verified.request().signed.plan;
        let signatures = plan.outputs.iter().map(sign).collect();
        let reply = Reply { sid, plan_hash: plan.hash(), signatures }.to_bytes();
        self.withdrawals.insert(sid, (bytes, reply.clone()));
        self.accepted.push((wallet, sid));
        Ok(reply)
    }

    /// What is stored of a wallet, for its own device (`[R5]`, `[W8]`).
    fn tell(&self, call: &Call) -> restore::Reply {
        call.verify(call::Verb::Restore, self.time)?;
        let asked = restore::Request::from_bytes(&call.body)?;
        let wallet = self.wallets.get(&asked.identity).ok_or(Rule::Wallet)?;
        if wallet.record.device != call.device {
            return Err(Rule::Auth.into());
        }
        match asked.asked {
            Asked::Session(sid) => {
                let known = self.withdrawals.contains_key(&sid);
                Ok(Told::Query(Query { answered: self.time, known }))
            }
            Asked::After(number) => {
                let of = self.accepted.iter().filter(|(whose, _)| *whose == asked.identity);
                let skipped = usize::try_from(number).expect("few");
                let sids = of.skip(skipped).map(|(_, sid)| *sid).collect::<Vec<_>>();
                // Two to a page, so that every test turns some.
                let more = (sids.len() > 2).then_some(number + 2);
                let sessions = sids.iter().take(2).map(|sid| self.stored(sid)).collect();
                Ok(Told::Page(Page { sessions, more }))
            }
        }
    }

    fn move_within(&mut self, signed: &SignedOrder) -> transfer::Reply {
        signed.verify()?;
        let order = signed.order;
        if order.expires < self.time {
            return Err(Rule::RequestExpired.into());
        }
        let payee = *self.references.get(&order.payee_account).ok_or(Rule::Wallet)?;
        let balance = self.accounts.get_mut(&signed.device).ok_or(Rule::Wallet)?;
        *balance = balance.checked_sub(order.amount.minor_units()).ok_or(Rule::Funds)?;
        *self.accounts.get_mut(&payee).ok_or(Rule::Wallet)? += order.amount.minor_units();
        self.write_line(signed.device, Movement::TransferOut, order.amount, order.payer_account);
        self.write_line(payee, Movement::TransferIn, order.amount, order.payee_account);
        Ok(())
    }

    fn write_line(&mut self, of: PublicKey, movement: Movement, amount: Amount, under: AccountRef) {
        let lines = self.lines.entry(of).or_default();
        let balance = Amount::from_minor_units(*self.accounts.get(&of).expect("it has one"));
        let number = lines.len() as u64 + 1;
        let (day, account) = (self.time.day(), Some(under));
        lines.push(Line { number, day, movement, amount, balance, account });
    }

    fn stored(&self, sid: &SessionId) -> Stored {
        if let Some((request, reply)) = self.withdrawals.get(sid) {
            let (request, reply) = (request.clone(), Some(reply.clone()));
            return Stored::Withdrawal(Withdrawal { request, reply });
        }
        let session = self.sessions.get(sid).expect("it was accepted");
        let Session { open, receipt, revealed, .. } = session.clone();
        let resolution = match revealed {
            None => Resolution::Unresolved,
            Some(answers) if answers.is_empty() => Resolution::Abandoned,
            Some(answers) => Resolution::Signed(answers),
        };
        Stored::Provision(StoredProvision { request: open, receipt, resolution })
    }

    /// A part of the list of what was cashed, two tokens at a time.
    fn list(&self, request: &cashed_list::Request) -> cashed_list::Reply {
        let cashed_list::Request { series, prefix, after } = *request;
        let dates = self.manifest.slot_key(series)?.series.dates;
        if self.time.day() <= dates.deposit_until {
            return Err(Rule::Window.into());
        }
        let list = CashedList::new(series, self.cashed.keys().copied());
        let page = list.page(prefix);
        let tokens = page.tokens().iter().filter(|token| after.is_none_or(|last| last < **token));
        let (first, more) = (tokens.clone().take(2).copied(), tokens.count() > 2);
        let mut ids: Vec<u8> = first.flat_map(|token| token.0).collect();
        match self.false_list {
            None => {}
            Some(FalseList::Missing) => ids.clear(),
            Some(FalseList::Twice) => ids = [prefix.least().0, prefix.least().0].concat(),
        }
        Ok(cashed_list::Tokens { ids, more: more && self.false_list.is_none() })
    }

    /// Decides a claim, as `[R1]` to `[R3]` say.
    fn claimed(&mut self, call: &Call) -> claim::Reply {
        call.verify(call::Verb::Claim, self.time)?;
        let body = claim::Body::from_bytes(&call.body)?;
        let claim = Claim::from_bytes(&body.claim, &self.manifest)?;
        let record = |identity| self.wallets.get(identity).map(|wallet| &wallet.record);
        let owner = body.session_identity.as_ref().and_then(record);
        let mut records = self.wallets.values().map(|wallet| &wallet.record);
        let requester = records.find(|record| record.device == call.device);
        let outputs: Vec<Output>;
        let session = match (claim.form(), owner) {
            (Form::Withdrawer(opening), Some(owner)) => {
                let (request, _) = self.withdrawals.get(&opening.sid).ok_or(Rule::Wallet)?;
                outputs = SignedRequest::from_bytes(request, &self.manifest)?.plan.outputs;
                Some(StoredSession::Withdrawal(opening.sid, owner, &outputs))
            }
            (Form::Withdrawer(opening), None) => {
                let (request, _) = self.exchanges.get(&opening.sid).ok_or(Rule::Wallet)?;
                outputs = exchanging::Request::from_bytes(request, &self.manifest)?.plan.outputs;
                Some(StoredSession::Exchange(opening.sid, &outputs))
            }
            (Form::Holder(_, opening) | Form::Payer(_, opening), Some(owner)) => {
                let session = self.sessions.get(&opening.sid).ok_or(Rule::Wallet)?;
                Some(StoredSession::Provision(opening.sid, owner, &session.kept))
            }
            (Form::Holder(..) | Form::Payer(..), None) | (Form::Payee(_), _) => None,
        };
        let token = claim.token_id(session.as_ref()).ok_or(Rule::Opening)?;
        let verified =
            claim.clone().verify(&Grounds { requester, session }, &self.manifest, &mut rng())?;
        let registry = Registry {
            today: self.time.day(),
            cashed: self.cashed.contains_key(&token),
            leading: self.leading.get(&token),
            known: &self.evidence,
        };
        let outcome = verified.decide(&registry);
        match outcome {
            claims::Outcome::Lead(day) => {
                self.leading.insert(token, claim);
                Ok(claim::Granted::Leads(day))
            }
            claims::Outcome::Pay => Err(Rule::Kind.into()),
            claims::Outcome::Outranked(_) => Err(Rule::Cashed.into()),
            claims::Outcome::Refused(rule, _) => Err(rule.into()),
        }
    }

    fn credit(&mut self, call: &Call) -> Result<Vec<deposit::Outcome>, Rule> {
        call.verify(call::Verb::Deposit, self.time)?;
        let Deposit { items, .. } = Deposit::from_bytes(&call.body)?;
        if let Some(rule) = self.refuse_deposit.take() {
            return Ok(items.iter().map(|_| Err(rule.into())).collect());
        }
        let mut outcomes = Vec::new();
        for item in items {
            let before = self.cashed.len();
            let outcome = self.cash(&item);
            if let (Ok(value), true) = (&outcome, self.cashed.len() > before) {
                *self.accounts.get_mut(&call.device).ok_or(Rule::Wallet)? += value.minor_units();
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
}

fn sign(output: &Output) -> Vec<u8> {
    let key = MINT.value_keys.get(&output.denomination).expect("decoded");
    key.sign(&output.blinded).expect("in range")
}

/// Signs a manifest and its policy.
fn published(limits: Limits, epoch: u32, previous: ManifestHash) -> (Trust, Manifest) {
    let policy = Policy {
        slot_quota: 4096,
        loss_rule: if limits.guarantee_cap.is_zero() {
            LossRule::PayeeBears
        } else {
            LossRule::PayerIntermediaryGuarantees
        },
        limits: vec![limits],
        officers_k: 0,
        officers: Vec::new(),
        witnesses_k: 0,
        witnesses: Vec::new(),
    };
    let record = ManifestRecord {
        epoch,
        previous,
        issuer: MINT.issuer.public(),
        vrf: MINT.vrf.public().bytes(),
        min_lead: 1,
        policy_hash: policy.hash(),
        series: vec![MINT.series.clone()],
        denominations: MINT.denominations.clone(),
    };
    let (manifest, signature) = (record.to_bytes(), record.sign(&MINT.root));
    let trust = Trust { manifest, signature, policy };
    let manifest = trust.verify(&root()).expect("our own manifest");
    (trust, manifest)
}

impl Intermediary for Bank {
    fn trust(&mut self, held: u32) -> Answered<trust::Reply> {
        let reply = trust::Reply::to(held, (1..).zip(&self.published), self.notices.clone());
        self.answer(reply)
    }

    fn enrol(&mut self, request: enrol::Request) -> Answered<enrol::Reply> {
        let registration = request.registration;
        let outcome = match self.wallets.get(&registration.key()) {
            Some(known) if *known == registration => Ok(()),
            Some(_) => Err(Rule::DuplicateU.into()),
            None if request.invitation != "code" => Err(Rule::Auth.into()),
            None => registration.clone().verify().map(|_| ()).map_err(Refusal::from),
        };
        if outcome.is_ok() {
            self.accounts.entry(registration.record.device).or_insert(10_000);
            self.wallets.insert(registration.key(), registration);
        }
        self.answer(outcome)
    }

    fn present(&mut self, device: &SecretKey) -> Answered<session::Reply> {
        let known = self.accounts.contains_key(&device.public()) && !self.deaf;
        Ok(if known { Ok(()) } else { Err(Rule::Wallet.into()) })
    }

    fn provision(&mut self, request: Request<SignedOpen>) -> Answered<provision::Reply> {
        let reply = match request {
            Request::Open(open) => self.open(&open).map(Granted::Receipt),
            Request::Reveal { reveal, .. } => self.reveal(&reveal).map(Granted::Certificates),
        };
        self.answer(reply)
    }

    fn withdraw(&mut self, request: Vec<u8>) -> Answered<withdraw::Reply> {
        self.seen.push(request.clone());
        let reply = self.blind_sign(request);
        self.answer(reply)
    }

    fn deposit(&mut self, call: Call) -> Answered<Vec<deposit::Outcome>> {
        let outcomes = self.credit(&call).map_err(|_| Unanswered::Rejected)?;
        self.answer(outcomes)
    }

    fn exchange(&mut self, request: Vec<u8>) -> Answered<exchange::Reply> {
        self.seen_exchanges.push(request.clone());
        let reply = self.swap(&request);
        self.answer(reply)
    }

    fn cashed_list(&mut self, request: cashed_list::Request) -> Answered<cashed_list::Reply> {
        self.seen_lists.push(request);
        let reply = self.list(&request);
        self.answer(reply)
    }

    fn claim(&mut self, call: Call) -> Answered<claim::Reply> {
        self.seen_claims.push(call.body.clone());
        let known = self.claims.get(&call.body).cloned();
        let reply = known.unwrap_or_else(|| self.claimed(&call));
        self.claims.insert(call.body, reply.clone());
        self.answer(reply)
    }

    fn restore(&mut self, call: Call) -> Answered<restore::Reply> {
        let reply = self.tell(&call);
        self.answer(reply)
    }

    fn reference(&mut self, call: Call) -> Answered<reference::Reply> {
        call.verify(call::Verb::Reference, self.time).map_err(|_| Unanswered::Rejected)?;
        let account = AccountRef::from_bytes(&call.body).map_err(|_| Unanswered::Rejected)?;
        self.references.insert(account, call.device);
        self.answer(Ok(()))
    }

    fn transfer(&mut self, order: SignedOrder) -> Answered<transfer::Reply> {
        let known = self.transfers.get(&order.order.id).cloned();
        let reply = known.unwrap_or_else(|| self.move_within(&order));
        self.transfers.insert(order.order.id, reply.clone());
        self.answer(reply)
    }

    fn statement(&mut self, call: Call) -> Answered<lines::Reply> {
        call.verify(call::Verb::Statement, self.time).map_err(|_| Unanswered::Rejected)?;
        let after = u64::from_be_bytes(call.body.try_into().map_err(|_| Unanswered::Rejected)?);
        let lines = self.lines.get(&call.device).cloned().unwrap_or_default();
        let lines = lines.into_iter().filter(|line| line.number > after);
        let few = usize::try_from(LINES_MAX).expect("few");
        self.answer(Ok(lines.take(few).collect()))
    }

    fn account(&mut self, call: Call) -> Answered<account::Reply> {
        call.verify(call::Verb::Account, self.time).map_err(|_| Unanswered::Rejected)?;
        let balance = self.accounts.get(&call.device).copied().unwrap_or_default();
        let balance = Amount::from_minor_units(balance);
        let ready = self.ready.get(&call.device).copied().unwrap_or_default();
        let ready = Amount::from_minor_units(ready);
        self.answer(Ok(Account { balance, held: Amount::ZERO, ready }))
    }
}

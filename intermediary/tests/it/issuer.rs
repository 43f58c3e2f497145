//! A small real issuer: the protocol's issuer halves over maps, behind mutual TLS. It can be taken
//! down, keeps what it knows, and can lose its replies.

use crate::mint::{MINT, NOW, minor, rng};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, LazyLock, Mutex};
use tender_proto::admission::Admission;
use tender_proto::certificate::{self, Credential, Role};
use tender_proto::refusal::Refusal;
use tender_proto::statement::{Cause, Posting, Reserves, Statement};
use tender_proto::wire::issuer_server::{Issuer, IssuerServer};
use tender_proto::{deposit, enrol, provision, statement, transport, trust, wire, withdraw};
use tender_token::amount::Amount;
use tender_token::cash::{CashItem, Cashed, Instruction, Outcome, Purpose};
use tender_token::double_spend::Evidence;
use tender_token::encode::Encode as _;
use tender_token::error::{Error, Result};
use tender_token::identity::{IdentityKey, Record};
use tender_token::manifest::ManifestHash;
use tender_token::provision::{Commitment, Open, Receipt, Reveal, SessionId};
use tender_token::signature::PublicKey;
use tender_token::token::TokenId;
use tender_token::withdraw::{Authority, Reply, Request};
use tokio::runtime::Runtime;
use tonic::{Request as Asked, Response, Status};

/// The certificates between the tiers.
struct Certificates {
    authority: Credential,
    server: Credential,
    client: Credential,
}

static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(|| {
    let authority = certificate::authority("issuer").expect("a key");
    let issue = |name, role| certificate::issue(&authority, name, role).expect("a certificate");
    let server = issue(transport::SERVER_NAME, Role::Server);
    let client = issue("bank", Role::Client);
    Certificates { authority, server, client }
});

/// What the issuer knows.
#[derive(Default)]
pub struct Registry {
    /// The intermediary whose word counts.
    pub intermediary: Option<PublicKey>,
    /// Whether nobody is admitted; whoever calls then is refused, which is told to the test.
    pub refusing: Option<Sender<()>>,
    /// How many replies to state changes will be lost.
    pub lose_replies: usize,
    /// Whether no state change can be read.
    pub illiterate: bool,
    /// State changes that arrived, repetitions included.
    pub asked: usize,
    /// The manifests after the first.
    pub later: Vec<trust::Trust>,
    pub notices: trust::Notices,
    pub vault: Amount,
    pub postings: Vec<Posting>,
    wallets: BTreeMap<IdentityKey, Record>,
    sessions: BTreeMap<(IdentityKey, SessionId), (Commitment, Receipt)>,
    withdrawals: BTreeMap<(IdentityKey, SessionId), (Vec<u8>, Vec<u8>)>,
    cashed: BTreeMap<TokenId, Cashed>,
    evidence: Vec<Evidence>,
}

impl Registry {
    /// Gives the intermediary currency.
    pub fn distribute(&mut self, amount: Amount) {
        self.post(Cause::Distribution, amount);
    }

    fn post(&mut self, cause: Cause, amount: Amount) {
        let vault = if cause.raises_vault().expect("a vault's posting") {
            self.vault.checked_add(amount)
        } else {
            self.vault.checked_sub(amount)
        };
        self.vault = vault.expect("checked before");
        let number = self.postings.len() as u64 + 1;
        self.postings.push(Posting { number, cause, amount, balance: self.vault });
    }

    fn intermediary(&self) -> &PublicKey {
        self.intermediary.as_ref().expect("set before serving")
    }

    fn enrol(&mut self, request: enrol::Request) -> Result<()> {
        let verified = request.registration.verify()?;
        let registration = verified.registration();
        if registration.record.registrar.0 != self.intermediary().0 {
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

    fn open(&mut self, open: &Open) -> Result<Receipt> {
        let identity = IdentityKey(open.request.plan.identity.bytes());
        let device = &self.wallets.get(&identity).ok_or(Error::Wallet)?.device;
        open.verify(device, self.intermediary())?;
        let receipt = Receipt::issue(&open.request, &MINT.vrf, &MINT.issuer)?;
        let request = &open.request;
        let commitment = Commitment::new(&request.plan, request.sid, request.h);
        self.sessions.insert((identity, request.sid), (commitment, receipt.clone()));
        Ok(receipt)
    }

    fn reveal(&mut self, identity: IdentityKey, reveal: &[u8]) -> Result<Vec<Vec<u8>>> {
        let sid = Reveal::session_of(reveal)?;
        let (commitment, receipt) = self.sessions.get(&(identity, sid)).ok_or(Error::Session)?;
        let device = &self.wallets.get(&identity).ok_or(Error::Wallet)?.device;
        let key = MINT.manifest.slot_key(MINT.series)?;
        let challenge = receipt.proof.challenge();
        let (_, verified) = commitment.verify(reveal, &challenge, device, key)?;
        verified.kept().iter().map(|blinded| MINT.slot.sign(blinded)).collect()
    }

    fn withdraw(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let request = Request::from_bytes(bytes, &MINT.manifest)?;
        let plan = request.signed.plan.clone();
        let identity = IdentityKey(plan.identity.bytes());
        let content = request.signed.to_bytes();
        if let Some((known, reply)) = self.withdrawals.get(&(identity, plan.sid)) {
            return if *known == content { Ok(reply.clone()) } else { Err(Error::SidConflict) };
        }
        let accepted: [ManifestHash; 1] = [MINT.manifest.hash()];
        let authority = Authority {
            manifest: &MINT.manifest,
            accepted: &accepted,
            device: self.wallets.get(&identity).map(|record| &record.device),
            intermediary: self.intermediary(),
            now: NOW,
        };
        authority.verify(request, &mut rng())?;
        if self.vault < plan.debit {
            return Err(Error::Funds);
        }
        self.post(Cause::Withdrawal(plan.debit_account), plan.debit);
        let sign = |output: &tender_token::withdraw::Output| MINT.value.sign(&output.blinded);
        let signatures = plan.outputs.iter().map(sign).collect::<Result<_>>()?;
        let reply = Reply { sid: plan.sid, plan_hash: plan.hash(), signatures }.to_bytes();
        self.withdrawals.insert((identity, plan.sid), (content, reply.clone()));
        Ok(reply)
    }

    fn deposit(&mut self, item: &[u8]) -> Result<Amount> {
        let item = CashItem::from_bytes(item, &MINT.manifest)?;
        let item = item.verify(Purpose::Deposit, &MINT.manifest, &mut rng())?;
        let known = self.evidence.clone();
        self.evidence.extend(item.evidence());
        let chain = item.item().chain();
        let cashed = self.cashed.get(&chain.token_id());
        match item.decide(NOW.day(), cashed, &known) {
            Outcome::Refused(error, _) => Err(error),
            Outcome::AlreadyPaid => Ok(chain.value()),
            Outcome::Pay => {
                let Instruction::Credit(account) = item.instruction() else {
                    return Err(Error::Instr);
                };
                let (final_state, instruction) = (chain.final_state(), item.instruction());
                self.cashed.insert(chain.token_id(), Cashed::Item { final_state, instruction });
                self.post(Cause::Deposit(account), chain.value());
                Ok(chain.value())
            }
        }
    }

    fn statement(&self, request: statement::Request) -> Statement {
        let after = |posting: &&Posting| posting.number > request.after_posting;
        let postings = self.postings.iter().filter(after).copied().collect();
        let reserves = Reserves { balance: Amount::ZERO, postings: Vec::new() };
        Statement { vault: self.vault, postings, incidents: Vec::new(), reserves }
    }
}

struct Desk(Arc<Mutex<Registry>>);

impl Desk {
    /// Decides; then the reply may get lost.
    fn change<T>(
        &self,
        decide: impl FnOnce(&mut Registry) -> T,
    ) -> core::result::Result<T, Status> {
        let mut registry = self.0.lock().expect("no test panics here");
        registry.asked += 1;
        if registry.illiterate {
            return Err(Status::out_of_range("cannot be read"));
        }
        let decided = decide(&mut registry);
        if registry.lose_replies == 0 {
            return Ok(decided);
        }
        registry.lose_replies -= 1;
        Err(Status::unavailable("lost on the way"))
    }
}

type Answer<T> = core::result::Result<Response<T>, Status>;

#[tonic::async_trait]
impl Issuer for Desk {
    async fn trust(&self, asked: Asked<wire::TrustRequest>) -> Answer<wire::TrustReply> {
        let wire::TrustRequest { held } = asked.into_inner();
        let registry = self.0.lock().expect("no test panics here");
        let published = std::iter::once(&MINT.trust).chain(&registry.later);
        let published: Vec<_> = (1..).zip(published).collect();
        let told = trust::Reply::to(held, published.into_iter(), registry.notices.clone());
        Ok(Response::new(told.into()))
    }

    async fn enrol(&self, request: Asked<wire::EnrolRequest>) -> Answer<wire::EnrolReply> {
        let request = request.into_inner().try_into()?;
        let reply = self.change(|registry| registry.enrol(request))?;
        Ok(Response::new(enrol::to_wire(reply.map_err(Refusal::from))))
    }

    async fn provision(
        &self,
        request: Asked<wire::ProvisionRequest>,
    ) -> Answer<wire::ProvisionReply> {
        let request: provision::Request<Open> = request.into_inner().try_into()?;
        let reply = self.change(|registry| match request {
            provision::Request::Open(open) => registry.open(&open).map(provision::Granted::Receipt),
            provision::Request::Reveal { identity, reveal } => {
                registry.reveal(identity, &reveal).map(provision::Granted::Certificates)
            }
        })?;
        Ok(Response::new(provision::to_wire(reply.map_err(Refusal::from))))
    }

    async fn withdraw(&self, request: Asked<wire::WithdrawRequest>) -> Answer<wire::WithdrawReply> {
        let reply = self.change(|registry| registry.withdraw(&request.into_inner().request))?;
        Ok(Response::new(withdraw::to_wire(reply.map_err(Refusal::from))))
    }

    async fn deposit(&self, request: Asked<wire::DepositRequest>) -> Answer<wire::DepositReply> {
        let items = request.into_inner().items;
        let outcomes = self.change(|registry| {
            let outcomes = items.iter().map(|item| registry.deposit(item).map_err(Refusal::from));
            outcomes.collect()
        })?;
        Ok(Response::new(deposit::to_wire(outcomes)))
    }

    async fn exchange(&self, _: Asked<wire::ExchangeRequest>) -> Answer<wire::ExchangeReply> {
        Err(Status::unimplemented("intermediaries do not relay exchanges yet"))
    }

    async fn claim(&self, _: Asked<wire::ClaimRequest>) -> Answer<wire::ClaimReply> {
        Err(Status::unimplemented("intermediaries do not relay claims yet"))
    }

    async fn transfer(&self, _: Asked<wire::TransferRequest>) -> Answer<wire::TransferReply> {
        Err(Status::unimplemented("intermediaries do not transfer yet"))
    }

    async fn restore(&self, _: Asked<wire::Call>) -> Answer<wire::RestoreReply> {
        Err(Status::unimplemented("intermediaries do not relay restoring yet"))
    }

    async fn statement(
        &self,
        request: Asked<wire::StatementRequest>,
    ) -> Answer<wire::StatementReply> {
        let registry = self.0.lock().expect("no test panics here");
        Ok(Response::new(registry.statement(request.into_inner().into()).into()))
    }
}

/// The issuer as a server that can be taken down and brought up again.
pub struct TestIssuer {
    pub registry: Arc<Mutex<Registry>>,
    address: SocketAddr,
    running: Option<Runtime>,
}

impl TestIssuer {
    /// Finds an address; nobody serves there yet.
    pub fn down() -> Self {
        let address = free_address();
        let registry = Arc::new(Mutex::new(Registry::default()));
        Self { registry, address, running: None }
    }

    pub fn up() -> Self {
        let mut issuer = Self::down();
        issuer.start();
        issuer
    }

    pub fn start(&mut self) {
        let runtime = Runtime::new().expect("threads");
        let Certificates { authority, server, .. } = &*CERTIFICATES;
        let mut router = transport::server();
        let registry = Arc::clone(&self.registry);
        let known = move |asked: Asked<()>| {
            let registry = registry.lock().expect("no test panics here");
            let Some(refused) = &registry.refusing else { return Ok(asked) };
            let _the_test_may_be_over = refused.send(());
            Err(Status::unauthenticated("not admitted"))
        };
        let desk = Desk(Arc::clone(&self.registry));
        let router = router.add_service(IssuerServer::with_interceptor(desk, known));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(self.address));
        let inside = runtime.enter();
        let (listener, bounds) = (listener.expect("our port"), transport::Bounds::TIERS);
        let incoming = transport::incoming(
            listener,
            server,
            Some(&authority.certificate),
            bounds,
            Arc::default(),
        );
        drop(inside);
        let incoming = incoming.expect("usable certificates");
        runtime.spawn(router.serve_with_incoming(incoming));
        self.running = Some(runtime);
    }

    pub fn stop(&mut self) {
        drop(self.running.take());
    }

    pub fn admission(&self) -> Admission {
        Admission {
            issuer_address: self.address.to_string(),
            root: hex::encode(MINT.root.0),
            currency: "FLN".to_owned(),
            decimals: 2,
            authority: CERTIFICATES.authority.certificate.clone(),
            credential: CERTIFICATES.client.clone(),
        }
    }

    /// Looks at or changes what the issuer knows.
    pub fn with<T>(&self, look: impl FnOnce(&mut Registry) -> T) -> T {
        look(&mut self.registry.lock().expect("no test panics here"))
    }

    /// How many withdrawals were posted.
    pub fn withdrawals(&self) -> usize {
        let withdrawal = |posting: &&Posting| matches!(posting.cause, Cause::Withdrawal(_));
        self.with(|registry| registry.postings.iter().filter(withdrawal).count())
    }

    /// Fills the vault.
    pub fn distribute(&self, minor_units: u64) {
        self.with(|registry| registry.distribute(minor(minor_units)));
    }
}

/// A loopback address that stays free until this issuer comes up: its port is below those that the
/// system gives to outgoing connections, which once took the port of a stopped issuer.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 10_000).expect("below 10,000");
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if let Ok(listener) = std::net::TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().expect("bound");
        }
    }
}

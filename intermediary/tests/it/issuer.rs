//! A small real issuer: the protocol's issuer halves over maps, behind mutual TLS. It can be taken
//! down, keeps what it knows, and can lose its replies.

mod registry;

pub use registry::Registry;

use crate::mint::{MINT, minor};
use registry::Caller;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};
use tender_proto::admission::Admission;
use tender_proto::call::Call;
use tender_proto::certificate::{self, Credential, Role, fingerprint_of_pem};
use tender_proto::refusal::Refusal;
use tender_proto::statement::{Cause, Posting};
use tender_proto::transfer::SignedTransfer;
use tender_proto::transport::{Line, Peer};
use tender_proto::wire::issuer_server::{Issuer, IssuerServer};
use tender_proto::{
    cashed_list, claim, deposit, enrol, exchange, provision, restore, transfer, transport, trust,
    wire, withdraw,
};
use tender_token::provision::Open;
use tender_token::signature::PublicKey;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::{Request as Asked, Response, Status};

/// The certificates between the tiers.
struct Certificates {
    authority: Credential,
    server: Credential,
    clients: [Credential; 3],
}

static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(|| {
    let authority = certificate::authority("issuer").expect("a key");
    let issue = |name, role| certificate::issue(&authority, name, role).expect("a certificate");
    let server = issue(transport::SERVER_NAME, Role::Server);
    let clients = ["bank", "other bank", "third bank"].map(|name| issue(name, Role::Client));
    Certificates { authority, server, clients }
});

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

    /// Lets the caller wait for what was decided.
    async fn take_time(&self) {
        let slow = self.0.lock().expect("no test panics here").slow;
        tokio::time::sleep(slow).await;
    }
}

/// Which bank calls, by its certificate. A home that has joined is the first bank.
fn caller<T>(asked: &Asked<T>) -> Caller {
    let line = asked.extensions().get::<Line>().expect("every connection has its line");
    let is_shown = |client: &Credential| {
        fingerprint_of_pem(&client.certificate).map(Peer::Certificate) == Some(line.peer)
    };
    CERTIFICATES.clients.iter().position(is_shown).unwrap_or(0)
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
        let caller = caller(&request);
        let request = request.into_inner().try_into()?;
        let reply = self.change(|registry| registry.enrol(caller, request))?;
        Ok(Response::new(enrol::to_wire(reply.map_err(Refusal::from))))
    }

    async fn provision(
        &self,
        request: Asked<wire::ProvisionRequest>,
    ) -> Answer<wire::ProvisionReply> {
        let caller = caller(&request);
        let request: provision::Request<Open> = request.into_inner().try_into()?;
        let reply = self.change(|registry| match request {
            provision::Request::Open(open) => {
                registry.open(caller, &open).map(provision::Granted::Receipt)
            }
            provision::Request::Reveal { identity, reveal } => {
                registry.reveal(identity, &reveal).map(provision::Granted::Certificates)
            }
        })?;
        Ok(Response::new(provision::to_wire(reply.map_err(Refusal::from))))
    }

    async fn withdraw(&self, request: Asked<wire::WithdrawRequest>) -> Answer<wire::WithdrawReply> {
        let (caller, request) = (caller(&request), request.into_inner().request);
        let reply = self.change(|registry| registry.withdraw(caller, &request))?;
        self.take_time().await;
        Ok(Response::new(withdraw::to_wire(reply)))
    }

    async fn deposit(&self, request: Asked<wire::DepositRequest>) -> Answer<wire::DepositReply> {
        let (caller, items) = (caller(&request), request.into_inner().items);
        let outcomes = self.change(|registry| {
            let decide = |item| registry.deposit(caller, item).map_err(Refusal::from);
            items.iter().map(|item: &Vec<u8>| item.as_slice()).map(decide).collect()
        })?;
        Ok(Response::new(deposit::to_wire(outcomes)))
    }

    async fn exchange(&self, request: Asked<wire::ExchangeRequest>) -> Answer<wire::ExchangeReply> {
        let request = request.into_inner().request;
        let reply = self.change(|registry| registry.exchange(&request))?;
        Ok(Response::new(exchange::to_wire(reply.map_err(Refusal::from))))
    }

    async fn cashed_list(
        &self,
        asked: Asked<wire::CashedListRequest>,
    ) -> Answer<wire::CashedListReply> {
        let request: cashed_list::Request = asked.into_inner().try_into()?;
        let reply = self.change(|registry| registry.cashed_list(&request))?;
        Ok(Response::new(cashed_list::to_wire(reply.map_err(Refusal::from))))
    }

    async fn claim(&self, request: Asked<wire::ClaimRequest>) -> Answer<wire::ClaimReply> {
        let caller = caller(&request);
        let request: claim::Request = request.into_inner().try_into()?;
        let reply = self.change(|registry| registry.claim(caller, &request))?;
        Ok(Response::new(claim::to_wire(reply.map_err(Refusal::from))))
    }

    async fn transfer(&self, request: Asked<wire::TransferRequest>) -> Answer<wire::TransferReply> {
        let caller = caller(&request);
        let signed: SignedTransfer = request.into_inner().try_into()?;
        let reply = self.change(|registry| registry.transfer(caller, &signed))?;
        Ok(Response::new(transfer::to_wire(reply.map_err(Refusal::from))))
    }

    async fn restore(&self, call: Asked<wire::Call>) -> Answer<wire::RestoreReply> {
        let call: Call = call.into_inner().try_into()?;
        let reply = self.change(|registry| registry.restore(&call))?;
        self.take_time().await;
        if self.0.lock().expect("no test panics here").mute {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(restore::to_wire(reply.map_err(Refusal::from))))
    }

    async fn statement(
        &self,
        request: Asked<wire::StatementRequest>,
    ) -> Answer<wire::StatementReply> {
        let caller = caller(&request);
        let registry = self.0.lock().expect("no test panics here");
        Ok(Response::new(registry.statement(caller, request.into_inner().into()).into()))
    }
}

/// How long a port that was given up may stay taken.
const FREE_WITHIN: Duration = Duration::from_mins(1);

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
        let registry = Arc::new(Mutex::new(Registry::new()));
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
            let peer = asked.extensions().get::<Line>().map(|line| line.peer);
            if registry.known.is_some() && registry.known != peer {
                return Err(Status::unauthenticated("another certificate has its place"));
            }
            let Some(refused) = &registry.refusing else { return Ok(asked) };
            let _the_test_may_be_over = refused.send(());
            Err(Status::unauthenticated("not admitted"))
        };
        let desk = Desk(Arc::clone(&self.registry));
        let router = router.add_service(IssuerServer::with_interceptor(desk, known));
        let listener = runtime.block_on(listen(self.address));
        let (inside, bounds) = (runtime.enter(), transport::Bounds::TIERS);
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

    /// Where it listens when it is up.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Admits one more bank.
    pub fn admit(&self, key: PublicKey) -> Admission {
        let bank = self.with(|registry| {
            let bank = registry.banks.iter().take_while(|bank| bank.key.is_some()).count();
            registry.bank(bank).key = Some(key);
            bank
        });
        self.admission_of(bank)
    }

    /// What the first bank is handed that applied with this key, in hex.
    pub fn admission_for(&self, public_key: &str) -> Admission {
        let mut key = [0; 32];
        if hex::decode_to_slice(public_key, &mut key).is_ok() {
            self.with(|registry| registry.bank(0).key = Some(PublicKey(key)));
        }
        let credential = certificate::issue(&CERTIFICATES.authority, public_key, Role::Client);
        Admission { credential: credential.expect("a certificate"), ..self.admission() }
    }

    /// From now on only this admission's certificate is known, also over connections that are open.
    pub fn know_only(&self, admission: &Admission) {
        let known = fingerprint_of_pem(&admission.credential.certificate).map(Peer::Certificate);
        self.with(|registry| registry.known = known);
    }

    /// What the first bank is handed.
    pub fn admission(&self) -> Admission {
        self.admission_of(0)
    }

    fn admission_of(&self, bank: Caller) -> Admission {
        Admission {
            issuer_address: self.address.to_string(),
            root: hex::encode(MINT.root.0),
            currency: "FLN".to_owned(),
            decimals: 2,
            authority: CERTIFICATES.authority.certificate.clone(),
            credential: CERTIFICATES.clients[bank].clone(),
        }
    }

    /// Looks at or changes what the issuer knows.
    pub fn with<T>(&self, look: impl FnOnce(&mut Registry) -> T) -> T {
        look(&mut self.registry.lock().expect("no test panics here"))
    }

    /// How many withdrawals were posted.
    pub fn withdrawals(&self) -> usize {
        let withdrawal = |posting: &&Posting| matches!(posting.cause, Cause::Withdrawal(_));
        self.with(|registry| registry.bank(0).postings.iter().filter(withdrawal).count())
    }

    /// Fills the vault of the first bank.
    pub fn distribute(&self, minor_units: u64) {
        self.distribute_to(0, minor_units);
    }

    /// Fills the vault of a bank.
    pub fn distribute_to(&self, bank: Caller, minor_units: u64) {
        self.with(|registry| registry.bank(bank).post(Cause::Distribution, minor(minor_units)));
    }
}

/// Listens at an address whose last listener is gone. A program that another test is just starting
/// holds a copy of that socket until it executes: this once failed a run of everything.
async fn listen(address: SocketAddr) -> TcpListener {
    let begun = Instant::now();
    loop {
        match TcpListener::bind(address).await {
            Err(taken) if taken.kind() == ErrorKind::AddrInUse && begun.elapsed() < FREE_WITHIN => {
                tokio::task::yield_now().await;
            }
            bound => return bound.expect("our port"),
        }
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

#[test]
fn a_stopped_issuer_comes_up_again_while_programs_are_being_started() {
    let mut issuer = TestIssuer::up();
    let restarts = std::thread::spawn(move || {
        for _ in 0..200 {
            issuer.stop();
            issuer.start();
        }
    });
    while !restarts.is_finished() {
        assert!(Command::new("true").status().expect("it is there").success());
    }
    restarts.join().expect("it came up each time");
}

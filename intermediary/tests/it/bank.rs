//! The intermediary under test: its books in a folder, and the server as it runs in production.

use crate::holder::device_of;
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, clock, currency, minor, random, rng};
use crate::rows::{basic, tiers};
use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tender_intermediary::audit::{Audit, examine};
use tender_intermediary::books::Books;
use tender_intermediary::desk::{Answer, Clerk, Order};
use tender_intermediary::home::Home;
use tender_intermediary::journal::{Journal, Stuck};
use tender_intermediary::office::{Office, Staff, adopt};
use tender_intermediary::person::Person;
use tender_intermediary::persons::Keys;
use tender_intermediary::rows::{CodeDigest, Entry, UnixUser};
use tender_intermediary::service::{Serving, Terms, serve};
use tender_intermediary::signer::Signer;
use tender_intermediary::store::{self, Directory, Store};
use tender_intermediary::teller::Teller;
use tender_intermediary::upstream::Upstream;
use tender_intermediary::verbs::purchase::Stock;
use tender_proto::admission::Admission;
use tender_proto::call::{Call, Verb};
use tender_proto::certificate::{self, Credential, Role};
use tender_proto::lines::{self, Line};
use tender_proto::notices::{self, Notice};
use tender_proto::order::SignedOrder;
use tender_proto::pending::Standing;
use tender_proto::session::{self, Binding, Challenge, Presence};
use tender_proto::transfer::{SignedTransfer, Transfer};
use tender_proto::transport::Bound;
use tender_proto::wire::intermediary_client::IntermediaryClient;
use tender_proto::{
    account, cashed_list, claim, deposit, enrol, exchange, provision, reference, restore, transfer,
    transport, wire, withdraw,
};
use tender_token::cash::AccountRef;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode as _, Encode as _};
use tender_token::identity::{RegistrarId, Registration};
use tender_token::provision::SignedOpen;
use tender_token::signature::{PublicKey, SecretKey};
use tender_token::withdraw::SignedRequest;
use tokio::runtime::Runtime;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A member of the staff.
pub fn clerk() -> Staff {
    Staff { name: "Clerk".to_owned(), user: UnixUser(1_000) }
}

pub struct Bank {
    folder: TempDir,
    seed: [u8; 32],
    authority: Credential,
    server: Credential,
    admission: Admission,
    running: Option<(Runtime, SocketAddr)>,
}

impl Bank {
    /// A bank that the issuer knows, with customers: name, balance and code.
    pub fn new(issuer: &TestIssuer, customers: &[(&str, u64, &str)]) -> Self {
        let authority = certificate::authority("bank").expect("a key");
        let server = certificate::issue(&authority, transport::SERVER_NAME, Role::Server);
        let server = server.expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        let seed = random();
        let admission = issuer.admit(Signer::from_seed(&seed).public());
        let bank = Self { folder, seed, authority, server, admission, running: None };
        store::create(&bank.directory()).expect("new books");
        Keys::create(bank.folder.path()).expect("a new file");
        bank.add(customers);
        bank
    }

    /// Adds customers to the books, which nobody else may have open.
    pub fn add(&self, customers: &[(&str, u64, &str)]) {
        let office = self.office();
        for (name, balance, code) in customers {
            let mut person = Person::default();
            assert!(person.verify("name", name, NOW.day()));
            let (balance, code) = (minor(*balance), CodeDigest::of(code));
            office.add(&person, basic(), balance, code, &mut rng()).expect("books");
        }
    }

    /// The office over the books, which nobody else may have open.
    pub fn office(&self) -> Office {
        let store = Store::open(&self.directory()).expect("the books are free");
        let books = Arc::new(Books::open(store));
        adopt(&books, &tiers(), NOW).expect("sound books");
        Office::new(books, Keys::of(self.folder.path()))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn directory(&self) -> Directory {
        Directory::new(self.folder.path())
    }

    fn signer(&self) -> Signer {
        Signer::from_seed(&self.seed)
    }

    /// The teller over the books, which nobody else may have open.
    pub fn teller(&self) -> Teller {
        let store = Store::open(&self.directory()).expect("the books are free");
        Teller::new(store, self.signer(), currency(), MINT.root, clock).expect("sound books")
    }

    /// What comes of an order at the stopped bank's desk.
    pub fn order(&self, order: &Order) -> Answer {
        self.order_at(order, clock)
    }

    /// The same at another time.
    pub fn order_at(&self, order: &Order, clock: fn() -> Timestamp) -> Answer {
        let home = Home::new(self.folder.path().to_owned());
        Clerk::new(home, Arc::clone(self.teller().books()), clock, rng())
            .carry_out(order, UnixUser(1_000))
    }

    /// Lets it reach the issuer at another address.
    pub fn reach_issuer_at(&mut self, address: SocketAddr) {
        self.admission.issuer_address = address.to_string();
    }

    pub fn registrar(&self) -> RegistrarId {
        self.signer().registrar()
    }

    /// Starts the server.
    pub fn start(&mut self) {
        self.start_under(Terms::usual());
    }

    /// Starts the server, and gives a clerk over the books that it serves.
    pub fn start_attended(&mut self) -> Clerk {
        let (home, teller) = (Home::new(self.folder.path().to_owned()), self.teller());
        let clerk = Clerk::new(home, Arc::clone(teller.books()), clock, rng());
        self.serve(teller, Terms::usual());
        clerk
    }

    /// Starts the server under other conditions than the usual ones.
    pub fn start_under(&mut self, terms: Terms) {
        self.serve(self.teller(), terms);
    }

    fn serve(&mut self, teller: Teller, terms: Terms) {
        let runtime = Runtime::new().expect("threads");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let inside = runtime.enter();
        let upstream = Upstream::new(&self.admission).expect("a usable admission");
        drop(inside);
        let credential = self.server.clone();
        let listener = listener.expect("bound");
        let serving = Serving { teller, upstream, credential, listener, terms };
        let (tell, told) = std::sync::mpsc::channel();
        let ready = move |address| tell.send(address).expect("the test waits");
        runtime.spawn(serve(serving, rng(), ready, std::future::pending()));
        let address = told.recv().expect("the server starts");
        self.running = Some((runtime, address));
    }

    /// Where it listens, and whose certificate it shows.
    pub fn door(&self) -> (SocketAddr, &str) {
        let (_, address) = self.running.as_ref().expect("started");
        (*address, &self.authority.certificate)
    }

    /// The folder of the books.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server where it stands, as a crash would.
    pub fn crash(&mut self) {
        drop(self.running.take());
    }

    /// One round over journal, manifest and statement, as the server's loop does it.
    pub fn catch_up(&self) {
        self.try_catch_up().expect("the issuer is up");
    }

    /// One round of the journal's loop, which may leave something open.
    pub fn try_catch_up(&self) -> Result<(), Stuck> {
        self.with_journal(async |journal| Arc::new(journal).catch_up().await)
    }

    /// One round of the journal's loop, which keeps a stock.
    pub fn catch_up_keeping(&self, stock: Stock) {
        let round =
            async |journal: Journal| Arc::new(journal.keeping(Some(stock))).catch_up().await;
        self.with_journal(round).expect("the issuer is up");
    }

    /// Asks something of a journal over the books, which nobody else may have open.
    pub fn with_journal<T>(&self, ask: impl AsyncFnOnce(Journal) -> T) -> T {
        let runtime = Runtime::new().expect("threads");
        runtime.block_on(async {
            let upstream = Upstream::new(&self.admission).expect("a usable admission");
            ask(Journal::new(Arc::new(self.teller()), upstream)).await
        })
    }

    /// The orders that the books hold, which nobody else may have open.
    pub fn orders(&self) -> Vec<SignedOrder> {
        let store = Store::open(&self.directory()).expect("free");
        let view = store::everything(&store).expect("sound books");
        let orders = view.entries.all().filter_map(|(_, entry)| match entry {
            Entry::Transfer(job) => Some(SignedOrder::from_bytes(&job.work.order)),
            _ => None,
        });
        orders.map(|order| order.expect("as it was signed")).collect()
    }

    /// Signs a transfer out of the bank's vault, as only the bank can.
    pub fn sign_transfer(&self, transfer: Transfer) -> SignedTransfer {
        self.signer().sign_transfer(transfer)
    }

    /// The audit of the books, which nobody else may have open.
    pub fn audit(&self) -> Audit {
        let store = Store::open(&self.directory()).expect("free");
        let view = store::everything(&store).expect("sound books");
        examine(&view, "bank", "FLN")
    }

    pub fn client(&self) -> Client {
        let (_, address) = self.running.as_ref().expect("started");
        Client::to(&address.to_string(), &self.authority.certificate)
    }
}

/// A wallet's wire.
pub struct Client {
    runtime: Runtime,
    wire: IntermediaryClient<Channel>,
    bound: Bound,
    present: Cell<Option<PublicKey>>,
}

impl Client {
    /// A client of whoever listens there with a certificate of this authority.
    pub fn to(address: &str, authority: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a thread");
        let inside = runtime.enter();
        let channel = transport::bound_channel(address, authority, None);
        drop(inside);
        let (channel, bound) = channel.expect("a channel");
        let (wire, present) = (IntermediaryClient::new(channel), Cell::new(None));
        Self { runtime, wire, bound, present }
    }

    /// Lets a device be present at this end, unless it is. Refusal: the bank's.
    pub fn present(&self, device: &SecretKey) -> Result<session::Reply, Status> {
        if self.present.get() == Some(device.public()) {
            return Ok(Ok(()));
        }
        let asked = self.challenge()?;
        let reply = self.authenticate(Presence::sign(asked, self.binding(), device))?;
        self.present.set(reply.is_ok().then(|| device.public()));
        Ok(reply)
    }

    /// The bank has said that no device is present: the connection is another one.
    pub fn is_absent(&self) {
        self.present.set(None);
    }

    pub fn challenge(&self) -> Result<Challenge, Status> {
        let request = wire::ChallengeRequest {};
        let reply = self.runtime.block_on(self.wire.clone().challenge(request))?;
        Ok(reply.into_inner().try_into()?)
    }

    pub fn authenticate(&self, presence: Presence) -> Result<session::Reply, Status> {
        let request = wire::AuthenticateRequest::from(presence);
        let reply = self.runtime.block_on(self.wire.clone().authenticate(request))?;
        Ok(session::from_wire(reply.into_inner())?)
    }

    /// What is unique to its connection.
    pub fn binding(&self) -> Binding {
        self.bound.binding().expect("it has asked something")
    }

    pub fn enrol(&self, registration: &Registration, code: &str) -> Result<enrol::Reply, Status> {
        let (registration, invitation) = (registration.clone(), code.to_owned());
        let request = wire::EnrolRequest::from(enrol::Request { registration, invitation });
        let reply = self.runtime.block_on(self.wire.clone().enrol(request))?;
        Ok(enrol::from_wire(reply.into_inner())?)
    }

    pub fn trust(&self, held: u32) -> Result<wire::TrustReply, Status> {
        let request = wire::TrustRequest { held };
        self.runtime.block_on(self.wire.clone().trust(request)).map(tonic::Response::into_inner)
    }

    pub fn provision(
        &self,
        request: provision::Request<SignedOpen>,
    ) -> Result<provision::Reply, Status> {
        let named = match &request {
            provision::Request::Open(open) => open.plan.identity.bytes(),
            provision::Request::Reveal { identity, .. } => identity.0,
        };
        if let Err(refusal) = self.present(&device_of(named))? {
            return Ok(Err(refusal));
        }
        let request = wire::ProvisionRequest::from(request);
        let reply = self.runtime.block_on(self.wire.clone().provision(request))?;
        Ok(provision::from_wire(reply.into_inner())?)
    }

    pub fn withdraw(&self, request: &SignedRequest) -> Result<withdraw::Reply, Status> {
        if let Err(refusal) = self.present(&device_of(request.plan.identity.bytes()))? {
            return Ok(Err(refusal));
        }
        self.relay_withdrawal(request.to_bytes())
    }

    /// Sends what may be a request, as whoever is present.
    pub fn relay_withdrawal(&self, request: Vec<u8>) -> Result<withdraw::Reply, Status> {
        let request = wire::WithdrawRequest { request };
        let reply = self.runtime.block_on(self.wire.clone().withdraw(request))?;
        decided(withdraw::standing_from_wire(reply.into_inner())?)
    }

    /// Sends what is no step of a provision session, as whoever is present.
    pub fn relay_provision(&self) -> Result<(), Status> {
        let nothing = wire::ProvisionRequest::default();
        self.runtime.block_on(self.wire.clone().provision(nothing)).map(drop)
    }

    /// Sends what is no question of a wallet, as whoever is present.
    pub fn relay_restore(&self) -> Result<(), Status> {
        self.runtime.block_on(self.wire.clone().restore(wire::Call::default())).map(drop)
    }

    pub fn deposit(&self, call: Call) -> Result<Vec<deposit::Outcome>, Status> {
        self.present(&device_of(call.device.0))?.expect("known");
        let reply = self.runtime.block_on(self.wire.clone().deposit(wire::Call::from(call)))?;
        decided(deposit::standing_from_wire(reply.into_inner())?)
    }

    pub fn exchange(&self, request: Vec<u8>) -> Result<exchange::Reply, Status> {
        let request = wire::ExchangeRequest { request };
        let reply = self.runtime.block_on(self.wire.clone().exchange(request))?;
        Ok(exchange::from_wire(reply.into_inner())?)
    }

    pub fn cashed_list(&self, request: cashed_list::Request) -> Result<cashed_list::Reply, Status> {
        let request = wire::CashedListRequest::from(request);
        let reply = self.runtime.block_on(self.wire.clone().cashed_list(request))?;
        Ok(cashed_list::from_wire(reply.into_inner())?)
    }

    pub fn claim(&self, call: Call) -> Result<claim::Reply, Status> {
        if let Err(refusal) = self.present(&device_of(call.device.0))? {
            return Ok(Err(refusal));
        }
        let reply = self.runtime.block_on(self.wire.clone().claim(wire::Call::from(call)))?;
        decided(claim::standing_from_wire(reply.into_inner())?)
    }

    /// Sends the same question so often at the same time, waits until all but one are answered, and
    /// goes away. Gives what was answered within ten seconds.
    pub fn restore_and_go(&self, call: &Call, times: usize) -> Vec<Code> {
        self.present(&device_of(call.device.0)).expect("reached").expect("known");
        self.runtime.block_on(async {
            let mut all = tokio::task::JoinSet::new();
            for _ in 0..times {
                let (mut wire, call) = (self.wire.clone(), wire::Call::from(call.clone()));
                all.spawn(async move {
                    wire.restore(call).await.map_or_else(|s| s.code(), |_| Code::Ok)
                });
            }
            let mut codes = Vec::new();
            let patience = tokio::time::sleep(Duration::from_secs(10));
            tokio::pin!(patience);
            while codes.len() + 1 < times {
                tokio::select! {
                    Some(code) = all.join_next() => codes.push(code.expect("no panic")),
                    () = &mut patience => break,
                }
            }
            codes
        })
    }

    pub fn restore(&self, call: Call) -> Result<restore::Reply, Status> {
        self.restore_as(&device_of(call.device.0), call)
    }

    /// Hands a call on as another device, which is present.
    pub fn restore_as(&self, device: &SecretKey, call: Call) -> Result<restore::Reply, Status> {
        if let Err(refusal) = self.present(device)? {
            return Ok(Err(refusal));
        }
        let reply = self.runtime.block_on(self.wire.clone().restore(wire::Call::from(call)))?;
        Ok(restore::from_wire(reply.into_inner())?)
    }

    pub fn transfer(&self, order: &SignedOrder) -> Result<transfer::Reply, Status> {
        if let Err(refusal) = self.present(&device_of(order.device.0))? {
            return Ok(Err(refusal));
        }
        let request = wire::OrderRequest::from(order.clone());
        let reply = self.runtime.block_on(self.wire.clone().transfer(request))?;
        decided(transfer::standing_from_wire(reply.into_inner())?)
    }

    /// Makes a reference known.
    pub fn reference(
        &self,
        account: AccountRef,
        device: &SecretKey,
    ) -> Result<reference::Reply, Status> {
        if let Err(refusal) = self.present(device)? {
            return Ok(Err(refusal));
        }
        let call = Call::sign(Verb::Reference, account.to_bytes(), NOW, device);
        let reply = self.runtime.block_on(self.wire.clone().reference(wire::Call::from(call)))?;
        Ok(reference::from_wire(reply.into_inner())?)
    }

    /// The account's lines after so many.
    pub fn lines(&self, after: u64, device: &SecretKey) -> Vec<Line> {
        self.ask_lines(after, device).expect("reached").expect("known")
    }

    pub fn ask_lines(&self, after: u64, device: &SecretKey) -> Result<lines::Reply, Status> {
        if let Err(refusal) = self.present(device)? {
            return Ok(Err(refusal));
        }
        let call = Call::sign(Verb::Statement, after.to_be_bytes().to_vec(), NOW, device);
        let reply = self.runtime.block_on(self.wire.clone().statement(wire::Call::from(call)))?;
        Ok(lines::from_wire(reply.into_inner())?)
    }

    /// The notices after so many; those up to there are forgotten.
    pub fn notices(&self, after: u64, device: &SecretKey) -> Vec<Notice> {
        self.ask_notices(after, device).expect("reached").expect("known")
    }

    pub fn ask_notices(&self, after: u64, device: &SecretKey) -> Result<notices::Reply, Status> {
        if let Err(refusal) = self.present(device)? {
            return Ok(Err(refusal));
        }
        let call = Call::sign(Verb::Notices, after.to_be_bytes().to_vec(), NOW, device);
        let reply = self.runtime.block_on(self.wire.clone().notices(wire::Call::from(call)))?;
        Ok(notices::from_wire(reply.into_inner())?)
    }

    pub fn account(&self, device: &SecretKey) -> Result<account::Reply, Status> {
        if let Err(refusal) = self.present(device)? {
            return Ok(Err(refusal));
        }
        self.call_account(Call::sign(Verb::Account, Vec::new(), NOW, device))
    }

    /// Sends a call as whoever is present.
    pub fn call_account(&self, call: Call) -> Result<account::Reply, Status> {
        let reply = self.runtime.block_on(self.wire.clone().account(wire::Call::from(call)))?;
        Ok(account::from_wire(reply.into_inner())?)
    }

    /// Balance and hold in minor units.
    pub fn balance(&self, device: &SecretKey) -> (u64, u64) {
        let account = self.account(device).expect("reached").expect("known");
        (account.balance.minor_units(), account.held.minor_units())
    }
}

/// Whether the issuer could not be reached, and the wallet is to ask again.
pub fn is_unavailable<T: core::fmt::Debug>(answer: Result<T, Status>) -> bool {
    answer.is_err_and(|status| status.code() == Code::Unavailable)
}

/// The outcome; that there is none yet is told in the place of one.
fn decided<T>(standing: Standing<T>) -> Result<T, Status> {
    match standing {
        Standing::Decided(outcome) => Ok(outcome),
        Standing::Pending => Err(Status::cancelled("pending")),
    }
}

/// Whether the wallet was told that the outcome will follow.
pub fn is_pending<T: core::fmt::Debug>(answer: Result<T, Status>) -> bool {
    answer.is_err_and(|status| status.code() == Code::Cancelled)
}

//! The real wire: TLS on the loopback, the bank behind it, the client in front.

use crate::bank::{Bank, now, rng, wide};
use crate::people::{invitation, minor};
use rand_core::Rng as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use tempfile::TempDir;
use tender_proto::call::Call;
use tender_proto::certificate::{self, Credential, Role};
use tender_proto::pending::Standing;
use tender_proto::session::{self, Challenge};
use tender_proto::transport::Line;
use tender_proto::wire::intermediary_server::{Intermediary as Service, IntermediaryServer};
use tender_proto::{
    account, cashed_list, claim, deposit, enrol, exchange, lines, provision, reference, restore,
    transfer, transport, wire, withdraw,
};
use tender_wallet::client::Client;
use tender_wallet::intermediary::{Intermediary as _, Unanswered};
use tender_wallet::online::{self, Bring};
use tender_wallet::verbs::deposit::Scope;
use tender_wallet::{Error, Wallet};
use tokio::sync::oneshot;
use tonic::{Request, Response, Status};

#[derive(Clone)]
struct Served {
    bank: Arc<Mutex<Bank>>,
    /// Whether the next withdrawal is told that it is pending.
    pending: Arc<AtomicBool>,
}

impl Served {
    fn new(bank: Bank) -> Self {
        Self { bank: Arc::new(Mutex::new(bank)), pending: Arc::default() }
    }

    fn bank(&self) -> MutexGuard<'_, Bank> {
        self.bank.lock().expect("no test panics with the bank in hand")
    }
}

fn replied<T>(reply: Result<T, Unanswered>) -> Result<Response<T>, Status> {
    reply.map(Response::new).map_err(|_| Status::unavailable("lost"))
}

/// What the wallet does not ask yet.
fn not_asked() -> Status {
    Status::unimplemented("wallets do not ask this yet")
}

fn line<T>(request: &Request<T>) -> Line {
    request.extensions().get::<Line>().expect("every connection has its line").clone()
}

/// A call of the device that is present.
fn called(request: Request<wire::Call>) -> Result<Call, Status> {
    let present = line(&request).session.present();
    let call: Call = request.into_inner().try_into()?;
    let absent = || Status::unauthenticated("somebody else is present, or nobody");
    (present == Some(call.device)).then_some(call).ok_or_else(absent)
}

#[tonic::async_trait]
impl Service for Served {
    async fn trust(
        &self,
        request: Request<wire::TrustRequest>,
    ) -> Result<Response<wire::TrustReply>, Status> {
        replied(self.bank().trust(request.into_inner().held).map(Into::into))
    }

    async fn enrol(
        &self,
        request: Request<wire::EnrolRequest>,
    ) -> Result<Response<wire::EnrolReply>, Status> {
        let request = request.into_inner().try_into()?;
        replied(self.bank().enrol(request).map(enrol::to_wire))
    }

    async fn challenge(
        &self,
        request: Request<wire::ChallengeRequest>,
    ) -> Result<Response<wire::ChallengeReply>, Status> {
        let mut challenge = Challenge([0; 32]);
        rng().fill_bytes(&mut challenge.0);
        line(&request).session.ask(challenge);
        Ok(Response::new(challenge.into()))
    }

    async fn authenticate(
        &self,
        request: Request<wire::AuthenticateRequest>,
    ) -> Result<Response<wire::AuthenticateReply>, Status> {
        let session = line(&request).session;
        let answer = session.answer(&request.into_inner().try_into()?);
        Ok(Response::new(session::to_wire(answer.map_err(Into::into))))
    }

    async fn provision(
        &self,
        request: Request<wire::ProvisionRequest>,
    ) -> Result<Response<wire::ProvisionReply>, Status> {
        let request = request.into_inner().try_into()?;
        replied(self.bank().provision(request).map(provision::to_wire))
    }

    async fn withdraw(
        &self,
        request: Request<wire::WithdrawRequest>,
    ) -> Result<Response<wire::WithdrawReply>, Status> {
        let request = request.into_inner().request;
        let pending = self.pending.swap(false, Ordering::Relaxed);
        let reply = self.bank().withdraw(request);
        let standing = |reply| if pending { Standing::Pending } else { Standing::Decided(reply) };
        replied(reply.map(|reply| withdraw::standing_to_wire(standing(reply))))
    }

    async fn deposit(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::DepositReply>, Status> {
        let call = called(request)?;
        replied(self.bank().deposit(call).map(deposit::to_wire))
    }

    async fn exchange(
        &self,
        request: Request<wire::ExchangeRequest>,
    ) -> Result<Response<wire::ExchangeReply>, Status> {
        if line(&request).session.present().is_some() {
            return Err(Status::internal("it is known here who exchanges"));
        }
        replied(self.bank().exchange(request.into_inner().request).map(exchange::to_wire))
    }

    async fn cashed_list(
        &self,
        request: Request<wire::CashedListRequest>,
    ) -> Result<Response<wire::CashedListReply>, Status> {
        if line(&request).session.present().is_some() {
            return Err(Status::internal("it is known here who claims"));
        }
        let request = request.into_inner().try_into()?;
        replied(self.bank().cashed_list(request).map(cashed_list::to_wire))
    }

    async fn claim(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::ClaimReply>, Status> {
        let call = called(request)?;
        replied(self.bank().claim(call).map(claim::to_wire))
    }

    async fn restore(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::RestoreReply>, Status> {
        // The call may be signed by the device that was lost.
        let present = line(&request).session.present();
        present.ok_or_else(|| Status::unauthenticated("nobody is present"))?;
        let call = request.into_inner().try_into()?;
        replied(self.bank().restore(call).map(restore::to_wire))
    }

    async fn transfer(
        &self,
        request: Request<wire::OrderRequest>,
    ) -> Result<Response<wire::TransferReply>, Status> {
        let order = request.into_inner().try_into()?;
        replied(self.bank().transfer(order).map(transfer::to_wire))
    }

    async fn reference(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::ReferenceReply>, Status> {
        let call = called(request)?;
        replied(self.bank().reference(call).map(reference::to_wire))
    }

    async fn statement(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::LinesReply>, Status> {
        let call = called(request)?;
        replied(self.bank().statement(call).map(lines::to_wire))
    }

    async fn notices(
        &self,
        _: Request<wire::Call>,
    ) -> Result<Response<wire::NoticesReply>, Status> {
        Err(not_asked())
    }

    async fn account(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::AccountReply>, Status> {
        let call = called(request)?;
        replied(self.bank().account(call).map(account::to_wire))
    }
}

/// Serves a bank until the sender is dropped.
pub fn serve(bank: Bank, own: &Credential) -> (SocketAddr, oneshot::Sender<()>) {
    serve_with(Served::new(bank), own)
}

fn serve_with(served: Served, own: &Credential) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    (address, serve_at(listener, served, own))
}

fn serve_at(listener: TcpListener, served: Served, own: &Credential) -> oneshot::Sender<()> {
    listener.set_nonblocking(true).expect("set");
    let own = own.clone();
    let service = IntermediaryServer::new(served);
    let (stop, stopped) = oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("usable");
            let bounds = transport::Bounds::WALLETS;
            let incoming = transport::incoming(listener, &own, None, bounds, Arc::default());
            let incoming = incoming.expect("usable");
            let stopped = async { drop(stopped.await) };
            let server = transport::server().add_service(service);
            server.serve_with_incoming_shutdown(incoming, stopped).await.expect("served");
        });
    });
    stop
}

#[test]
fn a_wallet_lives_its_life_over_tls() {
    let authority = certificate::authority("Harbour Bank").unwrap();
    let own = certificate::issue(&authority, transport::SERVER_NAME, Role::Server).unwrap();
    let bank = Bank::new(wide());
    let invitation = invitation();
    let (address, stop) = serve(bank, &own);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.redb");
    let mut wallet = Wallet::create(&path, invitation, now(), &mut rng()).unwrap();

    let mut client = Client::new(&address.to_string(), &authority.certificate).unwrap();
    assert!(online::enrol(&mut wallet, &mut client, now()).unwrap());
    let got = online::provision(&mut wallet, &mut client, 4, now(), &mut rng(), &|| {});
    assert_eq!(got.unwrap(), 4);
    let tokens = online::withdraw(&mut wallet, &mut client, minor(850), now(), &mut rng());
    assert_eq!(tokens.unwrap(), 4);
    let done = online::deposit(&mut wallet, &mut client, Scope::All, now(), &mut rng()).unwrap();
    assert_eq!(done.credited, minor(850));
    let done =
        online::reconcile(&mut wallet, &mut client, Bring::Deposit, now(), &mut rng()).unwrap();
    assert!(!done.new_manifest);
    let account = online::account(&wallet, &mut client, now()).unwrap();
    assert_eq!(account.balance, minor(10_000));

    let stranger = certificate::authority("Stranger").unwrap();
    let mut misled = Client::new(&address.to_string(), &stranger.certificate).unwrap();
    assert_eq!(misled.trust(0).expect_err("another authority"), Unanswered::Untrusted);
    drop((client, stop));
    let mut silent = Client::new("127.0.0.1:1", &authority.certificate).unwrap();
    assert_eq!(silent.trust(0).expect_err("nobody there"), Unanswered::Unreachable);
}

#[test]
fn ra31_a_pending_withdrawal_stays_open_and_the_same_bytes_get_its_outcome() {
    let authority = certificate::authority("Harbour Bank").unwrap();
    let own = certificate::issue(&authority, transport::SERVER_NAME, Role::Server).unwrap();
    let pending = Arc::new(AtomicBool::new(true));
    let served = Served { pending: Arc::clone(&pending), ..Served::new(Bank::new(wide())) };
    let (address, _stop) = serve_with(served, &own);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.redb");
    let mut wallet = Wallet::create(&path, invitation(), now(), &mut rng()).unwrap();
    let mut client = Client::new(&address.to_string(), &authority.certificate).unwrap();
    online::enrol(&mut wallet, &mut client, now()).unwrap();
    online::provision(&mut wallet, &mut client, 4, now(), &mut rng(), &|| {}).unwrap();
    let told = online::withdraw(&mut wallet, &mut client, minor(850), now(), &mut rng());
    let told = told.expect_err("no outcome yet");
    assert!(matches!(told, Error::Unanswered { cause: Unanswered::Pending, .. }), "{told:?}");
    let open = wallet.open_withdrawals().unwrap();
    assert_eq!(open.len(), 1);
    let tokens = online::withdraw(&mut wallet, &mut client, minor(850), now(), &mut rng());
    assert_eq!(tokens.unwrap(), 4, "the one that was open, and no other");
    assert!(wallet.open_withdrawals().unwrap().is_empty());
    let account = online::account(&wallet, &mut client, now()).unwrap();
    assert_eq!(account.balance, minor(9_150), "debited once");
}

#[test]
fn over_a_new_connection_a_wallet_proves_its_presence_again() {
    let authority = certificate::authority("Harbour Bank").unwrap();
    let own = certificate::issue(&authority, transport::SERVER_NAME, Role::Server).unwrap();
    let served = Served::new(Bank::new(wide()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, again) = (listener.local_addr().unwrap(), listener.try_clone().unwrap());
    let stop = serve_at(listener, served.clone(), &own);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.redb");
    let mut wallet = Wallet::create(&path, invitation(), now(), &mut rng()).unwrap();
    let mut client = Client::new(&address.to_string(), &authority.certificate).unwrap();
    assert!(online::enrol(&mut wallet, &mut client, now()).unwrap());
    assert_eq!(online::account(&wallet, &mut client, now()).unwrap().balance, minor(10_000));
    drop(stop);
    let _stop = serve_at(again, served, &own);
    // While the first server ends, a call may still be lost on its connection.
    let account = (0..10).find_map(|_| online::account(&wallet, &mut client, now()).ok());
    assert_eq!(account.expect("it proves its presence again").balance, minor(10_000));
}

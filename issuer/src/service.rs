//! The server side of the wire: who is calling, what it says, and the reply.
//!
//! The caller is whom the verified client certificate names, and nobody else.

use crate::batch::Call;
use crate::office::Office;
use crate::pipeline::{Ended, Pipeline, Running, Unanswered};
use crate::request::{Reply, Request as Asked};
use crate::store::{Fault, Store};
use crate::verbs::statement;
use crate::view::View;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tender_proto::certificate::{Credential, fingerprint};
use tender_proto::transport::{self, TIER_MESSAGE_BYTES_MAX};
use tender_proto::wire::issuer_server::{Issuer, IssuerServer};
use tender_proto::{Malformed, deposit, enrol, exchange, provision, wire, withdraw};
use tender_token::amount::Currency;
use tender_token::bounds::PAYMENT_ITEMS_MAX;
use tender_token::identity::RegistrarId;
use tender_token::provision::Open;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// How long connections get to end when the server stops. Their requests are answered in the store.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who may call: the intermediary behind each certificate's fingerprint.
pub type Callers = BTreeMap<[u8; 32], RegistrarId>;

/// The issuer's rpcs.
#[derive(Debug)]
pub struct Service {
    office: Arc<Office>,
    store: Arc<Store>,
    pipeline: Pipeline,
    callers: Callers,
    currency: Currency,
}

/// Why serving ended before anybody asked for it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The writer ended; the process must end too.
    #[error(transparent)]
    Writer(#[from] Ended),
    /// The listener or a certificate cannot be used.
    #[error("the server cannot run: {0}")]
    Transport(#[from] tonic::transport::Error),
}

impl Service {
    /// The rpcs over an office, its store and the way to its writer.
    #[must_use]
    pub fn new(
        office: Arc<Office>,
        store: Arc<Store>,
        pipeline: Pipeline,
        callers: Callers,
        currency: Currency,
    ) -> Self {
        Self { office, store, pipeline, callers, currency }
    }

    /// Serves until `stop` resolves or the writer ends, then finishes what is begun.
    /// `authority` is whose client certificates are accepted, PEM. Errors: [`Failure`].
    pub async fn run(
        self,
        listener: TcpListener,
        own: &Credential,
        authority: &str,
        mut writer: Running,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let server = IssuerServer::new(self).max_decoding_message_size(TIER_MESSAGE_BYTES_MAX);
        let (tell, told) = oneshot::channel::<()>();
        let ended = async {
            tokio::select! {
                () = stop => {}
                () = writer.ended() => tracing::error!("the writer ended; the server stops"),
            }
            drop(tell);
        };
        let patience = async {
            let _told = told.await;
            tokio::time::sleep(PATIENCE).await;
        };
        let serving = transport::server(own, Some(authority))?
            .add_service(server)
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), ended);
        tokio::select! {
            served = serving => served?,
            () = patience => tracing::warn!("connections that did not end are dropped"),
        }
        Ok(writer.stop()?)
    }

    /// The intermediary that the verified client certificate names.
    fn caller<T>(&self, request: &Request<T>) -> Result<RegistrarId, Status> {
        let certificates = request.peer_certs();
        let leaf = certificates.as_deref().and_then(|certificates| certificates.first());
        let caller = leaf.and_then(|leaf| self.callers.get(&fingerprint(leaf)));
        let unknown = || Status::unauthenticated("no admitted intermediary has this certificate");
        caller.copied().ok_or_else(unknown)
    }

    /// Reads a request off the async threads, which does not change anything, and queues it.
    async fn ask(
        &self,
        caller: RegistrarId,
        read: impl FnOnce(&Office) -> Asked + Send + 'static,
    ) -> Result<Reply, Status> {
        let office = Arc::clone(&self.office);
        let request = blocking(move || read(&office)).await?;
        Ok(self.pipeline.ask(Call { caller, request }).await?)
    }
}

impl From<Unanswered> for Status {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Overloaded | Unanswered::Stopped => {
                Self::unavailable(unanswered.to_string())
            }
            Unanswered::Unsigned(error) => {
                tracing::error!(error = error.name(), "a reply could not be signed");
                Self::internal(unanswered.to_string())
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Status::internal("the request could not be worked on; send it again"))
}

/// The writer answers a verb with the same verb's reply.
fn other_verb() -> Status {
    Status::internal("the reply is of another verb")
}

#[tonic::async_trait]
impl Issuer for Service {
    async fn trust(
        &self,
        request: Request<wire::TrustRequest>,
    ) -> Result<Response<wire::TrustReply>, Status> {
        self.caller(&request)?;
        Ok(Response::new(self.office.trust.clone().into()))
    }

    async fn enrol(
        &self,
        request: Request<wire::EnrolRequest>,
    ) -> Result<Response<wire::EnrolReply>, Status> {
        let caller = self.caller(&request)?;
        let enrol::Request { registration, .. } = request.into_inner().try_into()?;
        match self.ask(caller, move |_| Asked::Enrol(Box::new(registration))).await? {
            Reply::Enrol(reply) => Ok(Response::new(enrol::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn provision(
        &self,
        request: Request<wire::ProvisionRequest>,
    ) -> Result<Response<wire::ProvisionReply>, Status> {
        let caller = self.caller(&request)?;
        let request: provision::Request<Open> = request.into_inner().try_into()?;
        let read = move |_: &Office| match request {
            provision::Request::Open(open) => Asked::Open(Box::new(open)),
            provision::Request::Reveal { identity, reveal } => Asked::reveal(identity, reveal),
        };
        match self.ask(caller, read).await? {
            Reply::Provision(reply) => Ok(Response::new(provision::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn withdraw(
        &self,
        request: Request<wire::WithdrawRequest>,
    ) -> Result<Response<wire::WithdrawReply>, Status> {
        let caller = self.caller(&request)?;
        let wire::WithdrawRequest { request: bytes } = request.into_inner();
        match self.ask(caller, move |office| Asked::withdraw(&bytes, office)).await? {
            Reply::Withdraw(reply) => Ok(Response::new(withdraw::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn deposit(
        &self,
        request: Request<wire::DepositRequest>,
    ) -> Result<Response<wire::DepositReply>, Status> {
        let caller = self.caller(&request)?;
        let wire::DepositRequest { items } = request.into_inner();
        if !(1..=usize::from(PAYMENT_ITEMS_MAX)).contains(&items.len()) {
            return Err(Malformed::Field("items").into());
        }
        match self.ask(caller, move |office| Asked::deposit(&items, office)).await? {
            Reply::Deposit(outcomes) => Ok(Response::new(deposit::to_wire(outcomes))),
            _ => Err(other_verb()),
        }
    }

    async fn exchange(
        &self,
        request: Request<wire::ExchangeRequest>,
    ) -> Result<Response<wire::ExchangeReply>, Status> {
        let caller = self.caller(&request)?;
        let wire::ExchangeRequest { request: bytes } = request.into_inner();
        match self.ask(caller, move |office| Asked::exchange(&bytes, office)).await? {
            Reply::Exchange(reply) => Ok(Response::new(exchange::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn statement(
        &self,
        request: Request<wire::StatementRequest>,
    ) -> Result<Response<wire::StatementReply>, Status> {
        let (intermediary, currency) = (self.caller(&request)?, self.currency);
        let holder = statement::Holder { intermediary, currency };
        let request = request.into_inner().into();
        let store = Arc::clone(&self.store);
        let statement = blocking(move || -> Result<_, Fault> {
            let mut view = View::default();
            statement::touches_totals(holder, &mut view);
            store.load(&mut view)?;
            statement::touches(request, holder, &mut view);
            store.load(&mut view)?;
            Ok(statement::decide(request, holder, &view))
        });
        let statement = statement.await?.map_err(|fault| {
            tracing::error!(%fault, "a statement could not be read");
            Status::unavailable("the issuer could not read its books; ask again")
        })?;
        Ok(Response::new(statement.into()))
    }
}

/// Resolves on SIGTERM and SIGINT and, if `until_stdin_closes`, when standard input ends, so that a
/// child dies with its parent. Errors: if the system refuses a signal handler.
pub fn stopped(until_stdin_closes: bool) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (open, closed) = oneshot::channel::<()>();
    let kept = if until_stdin_closes {
        // A thread of its own: a blocked read cannot be cancelled and must not be waited for.
        std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let _open = open;
            let _ended = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        })?;
        None
    } else {
        Some(open)
    };
    Ok(async move {
        let _kept = kept;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = closed => {}
        }
    })
}

//! The wire to the wallets: requests in, replies out, and nothing decided here.

use crate::journal::{Journal, Stuck};
use crate::teller::{NoAnswer, Teller};
use crate::upstream::Upstream;
use crate::verbs::{deposit, enrol, withdraw};
use rand_core::CryptoRng;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tender_proto::call::Call;
use tender_proto::certificate::Credential;
use tender_proto::refusal::Refusal;
use tender_proto::transport::{
    self, Bounds, REPLY_BYTES_MAX, Traced, Traffic, Unusable, WALLET_MESSAGE_BYTES_MAX,
};
use tender_proto::wire::intermediary_server::{Intermediary, IntermediaryServer};
use tender_proto::{account, provision, wire};
use tender_token::error::Error;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

/// How long requests under way may take after the stop.
const GRACE: Duration = Duration::from_secs(3);

/// Why serving ended other than by being stopped.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// There is no manifest, neither in the books nor from the issuer.
    #[error("the issuer cannot be reached, and no manifest is in the books yet ({0})")]
    NoTrust(#[source] Stuck),
    /// The issuer refuses us, which no waiting mends.
    #[error(transparent)]
    NotAdmitted(Stuck),
    /// The server cannot run.
    #[error("the server cannot run: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// Our certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] Unusable),
    /// The listener has no address.
    #[error("the listener cannot be used: {0}")]
    Listener(#[from] std::io::Error),
    /// The books failed.
    #[error("the books failed; nothing that was answered is lost")]
    Books,
}

/// What serving needs.
pub struct Serving {
    /// The teller over the open books.
    pub teller: Teller,
    /// The issuer.
    pub upstream: Upstream,
    /// Our certificate towards wallets.
    pub credential: Credential,
    /// Where wallets connect.
    pub listener: TcpListener,
}

/// Serves until `stop`: takes up what is open, keeps the mirror, answers wallets.
/// `ready` is told the address once wallets can connect. Errors: [`Ended`].
pub async fn serve(
    serving: Serving,
    rng: impl CryptoRng + Send + 'static,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), Ended> {
    let Serving { teller, upstream, credential, listener } = serving;
    let teller = Arc::new(teller);
    let journal = Arc::new(Journal::new(Arc::clone(&teller), upstream));
    if let Err(stuck) = journal.refresh_trust().await {
        if stuck.is_not_admitted() {
            return Err(Ended::NotAdmitted(stuck));
        }
        if teller.trusted().is_none() {
            return Err(Ended::NoTrust(stuck));
        }
        tracing::warn!(%stuck, "serving with the manifest in the books");
    }
    let service = IntermediaryServer::new(Service { journal: Arc::clone(&journal), teller })
        .max_decoding_message_size(WALLET_MESSAGE_BYTES_MAX)
        .max_encoding_message_size(REPLY_BYTES_MAX);
    let address = listener.local_addr()?;
    let traffic = Arc::new(Traffic::default());
    let incoming = transport::incoming(listener, &credential, None, Bounds::WALLETS, traffic)?;
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let drained = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let router = transport::server().layer(Traced).add_service(service);
    let mut answering = std::pin::pin!(router.serve_with_incoming_shutdown(incoming, drained));
    let looping = tokio::spawn(Arc::clone(&journal).run(rng));
    ready(address);
    let ended = tokio::select! {
        ended = &mut answering => ended.map_err(Ended::from),
        () = journal.broken() => Err(Ended::Books),
        () = stop => Ok(()),
    };
    stopping.send_replace(true);
    looping.abort();
    if ended.is_ok() {
        let _ = tokio::time::timeout(GRACE, &mut answering).await;
        // A last look at the statement, so that the books rest compared; it is no loss without.
        let _ = tokio::time::timeout(GRACE, journal.catch_up()).await;
    }
    ended
}

/// A future that ends when the process is asked to stop: by SIGTERM, SIGINT or, if wanted, the end
/// of stdin. Call within an async runtime. Errors: if signals cannot be heard.
pub fn stop_requested(until_stdin_closes: bool) -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (closed, stdin_closed) = tokio::sync::oneshot::channel();
    if until_stdin_closes {
        // A thread of its own: a blocked read must not keep the runtime from ending.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = closed.send(());
        });
    }
    let stdin_closed = async move {
        if until_stdin_closes {
            let _ = stdin_closed.await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
            () = stdin_closed => (),
        }
    })
}

struct Service {
    journal: Arc<Journal>,
    teller: Arc<Teller>,
}

/// Runs a state change in a task of its own: a caller that goes away does not stop it.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Result<Response<T>, Status> {
    let done = tokio::spawn(transport::carried(work)).await;
    let failed = |_| Err(Status::internal("the work did not come to its end: ask again"));
    done.unwrap_or_else(failed).map(Response::new)
}

#[tonic::async_trait]
impl Intermediary for Service {
    async fn trust(
        &self,
        request: Request<wire::TrustRequest>,
    ) -> Result<Response<wire::TrustReply>, Status> {
        let told = self.teller.publish(request.into_inner().held);
        if told.manifests.is_empty() {
            return Err(Status::unavailable("no manifest is held yet"));
        }
        Ok(Response::new(told.into()))
    }

    async fn enrol(
        &self,
        request: Request<wire::EnrolRequest>,
    ) -> Result<Response<wire::EnrolReply>, Status> {
        let request = request.into_inner().try_into()?;
        let journal = Arc::clone(&self.journal);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.enrol(request)).await?;
            let reply = journal.answer(begun, enrol::reply).await?;
            Ok(tender_proto::enrol::to_wire(reply))
        })
        .await
    }

    async fn provision(
        &self,
        request: Request<wire::ProvisionRequest>,
    ) -> Result<Response<wire::ProvisionReply>, Status> {
        let request = request.into_inner().try_into()?;
        let journal = Arc::clone(&self.journal);
        detached(async move { relay(&journal, request).await.map(provision::to_wire) }).await
    }

    async fn withdraw(
        &self,
        request: Request<wire::WithdrawRequest>,
    ) -> Result<Response<wire::WithdrawReply>, Status> {
        let wire::WithdrawRequest { request } = request.into_inner();
        let journal = Arc::clone(&self.journal);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.withdraw(&request)).await?;
            let reply = journal.answer(begun, withdraw::reply).await?;
            Ok(tender_proto::withdraw::to_wire(reply))
        })
        .await
    }

    async fn deposit(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::DepositReply>, Status> {
        let call: Call = request.into_inner().try_into()?;
        let journal = Arc::clone(&self.journal);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.deposit(&call)).await?;
            let reply = journal.answer(begun, deposit::reply).await?;
            Ok(tender_proto::deposit::to_wire(reply))
        })
        .await
    }

    async fn account(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::AccountReply>, Status> {
        let call: Call = request.into_inner().try_into()?;
        let reply = self.journal.at_the_counter(move |teller| teller.account(&call)).await?;
        Ok(Response::new(account::to_wire(reply)))
    }
}

/// Relays a step of a provision session. The session is the issuer's and its answers are the same
/// for ever, so nothing is kept here. Errors: a status that tells the wallet to ask again.
async fn relay(
    journal: &Journal,
    request: provision::Request<tender_token::provision::SignedOpen>,
) -> Result<provision::Reply, Status> {
    let admitted = match request {
        provision::Request::Open(open) => journal
            .at_the_counter(move |teller| teller.open(open))
            .await?
            .map(provision::Request::Open),
        provision::Request::Reveal { identity, reveal } => journal
            .at_the_counter(move |teller| {
                let admitted = teller.reveal(identity, &reveal)?;
                Ok::<_, NoAnswer>(admitted.map(|()| (identity, reveal)))
            })
            .await?
            .map(|(identity, reveal)| provision::Request::Reveal { identity, reveal }),
    };
    match admitted {
        Ok(request) => Ok(journal.upstream().provision(request).await.map_err(Stuck::from)?),
        Err(Refusal { error: Error::Encoding, .. }) => Err(NoAnswer::Malformed.into()),
        Err(refusal) => Ok(Err(refusal)),
    }
}

impl From<NoAnswer> for Status {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Malformed => Self::invalid_argument(error.to_string()),
            NoAnswer::Books(_) => Self::internal("the books failed: ask again later"),
        }
    }
}

impl From<Stuck> for Status {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Upstream(_) | Stuck::Implausible(_) => Self::unavailable(
                "the issuer does not answer: ask again with the same request, nothing is lost",
            ),
            Stuck::Counter(_) => Self::internal("the books failed: ask again later"),
        }
    }
}

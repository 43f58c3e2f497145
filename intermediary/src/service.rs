//! The wire to the wallets: requests in, replies out, and nothing decided here.
//!
//! A connection comes in at the door of [`tender_proto::transport`]; every request passes the
//! [`gate`], which knows the [`methods`] and the [`rates`]; here it is read and handed to the
//! teller. Who may do what is decided by the signatures within the requests.

pub mod alerts;
mod desk;
pub mod gate;
pub mod methods;
mod page;
pub mod rates;
mod relay;
mod serving;

pub use desk::Attended;
pub use serving::{Ended, Serving, Terms, USUAL_PATIENCE, serve};

use crate::journal::{Journal, Place, Stuck};
use crate::rows::Entry;
use crate::teller::{NoAnswer, Teller};
use crate::upstream::Fault;
use crate::verbs::cashed_list::Kept;
use crate::verbs::{Begun, claim, deposit, enrol, transfer, withdraw};
use gate::Caller;
use rand_core::CryptoRng;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tender_proto::call::Call;
use tender_proto::order::SignedOrder;
use tender_proto::pending::Standing;
use tender_proto::refusal::Refusal;
use tender_proto::session::{self, Challenge, Presence};
use tender_proto::wire::intermediary_server::Intermediary;
use tender_proto::{account, cashed_list, transport, wire};
use tender_token::error::Error;
use tender_token::signature::PublicKey;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// How long a wallet is told to wait when nothing new can be begun.
const FULL_PAUSE: Duration = Duration::from_mins(1);

struct Service {
    journal: Arc<Journal>,
    teller: Arc<Teller>,
    patience: Duration,
    /// What was cashed of series, as the issuer published it.
    lists: Arc<Mutex<Kept>>,
    /// What challenges are made of.
    rng: Mutex<Box<dyn CryptoRng + Send>>,
}

impl Service {
    fn new(
        journal: &Arc<Journal>,
        teller: &Arc<Teller>,
        patience: Duration,
        rng: impl CryptoRng + Send + 'static,
    ) -> Self {
        let (journal, teller) = (Arc::clone(journal), Arc::clone(teller));
        Self { journal, teller, patience, lists: Arc::default(), rng: Mutex::new(Box::new(rng)) }
    }

    /// A place for a relay, before the task begins that no dropped connection cancels.
    async fn place(&self) -> Result<(Arc<Journal>, Place), Stuck> {
        Ok((Arc::clone(&self.journal), self.journal.place(self.patience).await?))
    }

    fn challenge(&self) -> Challenge {
        let mut challenge = Challenge([0; 32]);
        let mut rng = self.rng.lock().expect("no holder of this lock panics");
        rng.fill_bytes(&mut challenge.0);
        challenge
    }
}

/// Runs a state change in a task of its own: a caller that goes away does not stop it.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Result<Response<T>, Status> {
    let done = tokio::spawn(transport::carried(work)).await;
    let failed = |_| Err(Status::internal("the work did not come to its end: ask again"));
    done.unwrap_or_else(failed).map(Response::new)
}

/// A request, charged to its address for its size.
fn charged<T: prost::Message>(request: Request<T>) -> Result<T, Status> {
    Caller::charged(&request)?;
    Ok(request.into_inner())
}

/// The call of the device that is present, charged to its address and to the device. Its signature
/// is not looked at yet.
fn called(request: Request<wire::Call>) -> Result<Call, Status> {
    let caller = Caller::charged(&request)?;
    let call: Call = request.into_inner().try_into()?;
    caller.asks_as(call.device)?;
    Ok(call)
}

/// What a device is told of what it began, or that it is pending. One that was blocked while the
/// issuer was asked is told nothing: what is open is finished in the books all the same.
/// Errors: a status.
async fn told<T>(
    journal: &Arc<Journal>,
    device: PublicKey,
    begun: Begun<T>,
    patience: Duration,
    reply: impl FnOnce(&Entry) -> Option<T>,
) -> Result<Standing<T>, Status> {
    let waits = matches!(begun, Begun::Open(_));
    let standing = journal.answer_soon(begun, patience, reply).await?;
    if waits {
        journal.at_the_counter(move |teller| teller.hears(device)).await?;
    }
    Ok(standing)
}

#[tonic::async_trait]
impl Intermediary for Service {
    async fn trust(
        &self,
        request: Request<wire::TrustRequest>,
    ) -> Result<Response<wire::TrustReply>, Status> {
        let told = self.teller.publish(charged(request)?.held);
        if told.manifests.is_empty() {
            return Err(Status::unavailable("no manifest is held yet"));
        }
        Ok(Response::new(told.into()))
    }

    async fn enrol(
        &self,
        request: Request<wire::EnrolRequest>,
    ) -> Result<Response<wire::EnrolReply>, Status> {
        let request = charged(request)?.try_into()?;
        let journal = Arc::clone(&self.journal);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.enrol(request)).await?;
            let reply = journal.answer(begun, enrol::reply).await?;
            Ok(tender_proto::enrol::to_wire(reply))
        })
        .await
    }

    async fn challenge(
        &self,
        request: Request<wire::ChallengeRequest>,
    ) -> Result<Response<wire::ChallengeReply>, Status> {
        let challenge = self.challenge();
        Caller::charged(&request)?.session().ask(challenge);
        Ok(Response::new(challenge.into()))
    }

    async fn authenticate(
        &self,
        request: Request<wire::AuthenticateRequest>,
    ) -> Result<Response<wire::AuthenticateReply>, Status> {
        let caller = Caller::charged(&request)?;
        let presence: Presence = request.into_inner().try_into()?;
        caller.charge_device(presence.device)?;
        let device = presence.device;
        let known = self.journal.at_the_counter(move |teller| teller.knows(device)).await?;
        let reply = if known { Ok(()) } else { Err(Error::Wallet) };
        let reply = reply.and_then(|()| caller.session().answer(&presence));
        Ok(Response::new(session::to_wire(reply.map_err(Refusal::from))))
    }

    async fn provision(
        &self,
        request: Request<wire::ProvisionRequest>,
    ) -> Result<Response<wire::ProvisionReply>, Status> {
        let present = Caller::charged(&request)?.asks_present()?;
        let request = request.into_inner().try_into()?;
        let (journal, place) = self.place().await?;
        detached(async move { relay::provision(&journal, &place, request, present).await }).await
    }

    async fn withdraw(
        &self,
        request: Request<wire::WithdrawRequest>,
    ) -> Result<Response<wire::WithdrawReply>, Status> {
        let present = Caller::charged(&request)?.asks_present()?;
        let wire::WithdrawRequest { request } = request.into_inner();
        let (journal, patience) = (Arc::clone(&self.journal), self.patience);
        detached(async move {
            let begun =
                journal.at_the_counter(move |teller| teller.withdraw(&request, present)).await?;
            let standing = told(&journal, present, begun, patience, withdraw::reply).await?;
            Ok(tender_proto::withdraw::standing_to_wire(standing))
        })
        .await
    }

    async fn deposit(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::DepositReply>, Status> {
        let call = called(request)?;
        let device = call.device;
        let (journal, patience) = (Arc::clone(&self.journal), self.patience);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.deposit(&call)).await?;
            let standing = told(&journal, device, begun, patience, deposit::reply).await?;
            Ok(tender_proto::deposit::standing_to_wire(standing))
        })
        .await
    }

    async fn exchange(
        &self,
        request: Request<wire::ExchangeRequest>,
    ) -> Result<Response<wire::ExchangeReply>, Status> {
        let wire::ExchangeRequest { request } = charged(request)?;
        let (journal, place) = self.place().await?;
        detached(async move { relay::exchange(&journal, &place, request).await }).await
    }

    async fn cashed_list(
        &self,
        request: Request<wire::CashedListRequest>,
    ) -> Result<Response<wire::CashedListReply>, Status> {
        let caller = Caller::charged(&request)?;
        let request: cashed_list::Request = request.into_inner().try_into()?;
        let (journal, lists) = (Arc::clone(&self.journal), Arc::clone(&self.lists));
        let patience = self.patience;
        detached(async move {
            let reply = relay::cashed_list(&journal, &lists, request, patience).await?;
            if let Ok(tokens) = &reply {
                caller.charge(tokens.ids.len())?;
            }
            Ok(cashed_list::to_wire(reply))
        })
        .await
    }

    async fn claim(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::ClaimReply>, Status> {
        let call = called(request)?;
        let device = call.device;
        let (journal, patience) = (Arc::clone(&self.journal), self.patience);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.claim(&call)).await?;
            let standing = told(&journal, device, begun, patience, claim::reply).await?;
            Ok(tender_proto::claim::standing_to_wire(standing))
        })
        .await
    }

    async fn restore(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::RestoreReply>, Status> {
        // The call may be signed by the device that was lost.
        let present = Caller::charged(&request)?.asks_present()?;
        let call: Call = request.into_inner().try_into()?;
        let asked = call.clone();
        let admitted =
            self.journal.at_the_counter(move |teller| teller.restore(&asked, present)).await?;
        let customer = match admitted {
            Ok(customer) => customer,
            Err(refusal) => {
                return Ok(Response::new(tender_proto::restore::to_wire(Err(refusal))));
            }
        };
        let place = self.journal.restore_place(customer, self.patience).await?;
        let journal = Arc::clone(&self.journal);
        detached(async move { relay::restore(&journal, &place, call, present).await }).await
    }

    async fn transfer(
        &self,
        request: Request<wire::OrderRequest>,
    ) -> Result<Response<wire::TransferReply>, Status> {
        let caller = Caller::charged(&request)?;
        let order: SignedOrder = request.into_inner().try_into()?;
        caller.asks_as(order.device)?;
        let device = order.device;
        let (journal, patience) = (Arc::clone(&self.journal), self.patience);
        detached(async move {
            let begun = journal.at_the_counter(move |teller| teller.transfer(order)).await?;
            let standing = told(&journal, device, begun, patience, transfer::reply).await?;
            Ok(tender_proto::transfer::standing_to_wire(standing))
        })
        .await
    }

    async fn reference(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::ReferenceReply>, Status> {
        let call = called(request)?;
        let reply = self.journal.at_the_counter(move |teller| teller.reference(&call)).await?;
        Ok(Response::new(tender_proto::reference::to_wire(reply)))
    }

    async fn statement(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::LinesReply>, Status> {
        let call = called(request)?;
        let reply = self.journal.at_the_counter(move |teller| teller.lines(&call)).await?;
        Ok(Response::new(tender_proto::lines::to_wire(reply)))
    }

    async fn notices(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::NoticesReply>, Status> {
        let call = called(request)?;
        let reply = self.journal.at_the_counter(move |teller| teller.notices(&call)).await?;
        Ok(Response::new(tender_proto::notices::to_wire(reply)))
    }

    async fn account(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::AccountReply>, Status> {
        let call = called(request)?;
        let reply = self.journal.at_the_counter(move |teller| teller.account(&call)).await?;
        Ok(Response::new(account::to_wire(reply)))
    }
}

/// Nothing new can be begun now, and when to ask again.
fn wait(why: &str, pause: Duration) -> Status {
    Status::with_error_details(
        Code::Unavailable,
        format!(
            "{why}; nothing was begun and nothing set aside: send the same request again later"
        ),
        ErrorDetails::with_retry_info(Some(pause)),
    )
}

impl From<NoAnswer> for Status {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Malformed => Self::invalid_argument(error.to_string()),
            NoAnswer::Absent => gate::absent(),
            NoAnswer::Short => {
                wait("the bank's disk is nearly full, so nothing new is begun", FULL_PAUSE)
            }
            NoAnswer::Books(_) => Self::internal("the books failed: ask again later"),
        }
    }
}

impl From<Stuck> for Status {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Upstream(Fault::TooMuch(pause)) => {
                wait("the issuer takes nothing more from this bank for now", pause)
            }
            Stuck::Upstream(_) | Stuck::Implausible(_) | Stuck::Uncovered => Self::unavailable(
                "the issuer does not answer: ask again with the same request, nothing is lost",
            ),
            Stuck::Full => {
                wait("the bank has as much work waiting for the issuer as it takes", FULL_PAUSE)
            }
            Stuck::Busy => {
                wait("the bank has as much on its way to the issuer as it takes", FULL_PAUSE)
            }
            Stuck::Counter(_) => Self::internal("the books failed: ask again later"),
        }
    }
}

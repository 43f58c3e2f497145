//! The server side of the wire: who is calling, what it says, and the reply.
//!
//! A connection comes in at the door of [`tender_proto::transport`]; every request passes the
//! [`gate`], which knows the [`callers`] and the matrix of [`roles`]; here it is read and queued.
//! The caller is whom the verified client certificate names, and nobody else.

pub mod alerts;
pub mod callers;
pub mod gate;
mod measures;
pub mod operator;
pub mod roles;
mod scrape;
mod serving;

pub use serving::{Failure, Listening};

use crate::anchor::Freshness;
use crate::batch::Call;
use crate::office::Office;
use crate::pipeline::{Pipeline, Unanswered};
use crate::publisher::Publisher;
use crate::request::{Reply, Request as Asked};
use crate::signer::Withheld;
use crate::store::{self, Fault, Store};
use crate::verbs::cashed_list;
use crate::verbs::restore::{Granted, Request as Restoring, page};
use crate::verbs::statement;
use crate::view::View;
use callers::Callers;
use gate::Caller;
use measures::Requests;
use std::sync::Arc;
use std::time::Duration;
use tender_proto::call::Call as SignedCall;
use tender_proto::restore::{self, Asked as Wanted, Told};
use tender_proto::wire::issuer_server::Issuer;
use tender_proto::{
    Malformed, cashed_list as listed, claim, deposit, enrol, exchange, provision, transfer, wire,
    withdraw,
};
use tender_token::amount::Currency;
use tender_token::bounds::PAYMENT_ITEMS_MAX;
use tender_token::identity::RegistrarId;
use tender_token::provision::Open;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

/// What reading one session of a wallet is charged as, beside what the page then has of it.
const SESSION_BYTES: usize = 1024;
/// Pages of restoring wallets that are signed at the same time, beside everybody's batches.
const PAGES_MAX: usize = 2;
/// How long a restoring wallet waits for its turn.
const PAGE_WAIT: Duration = Duration::from_secs(10);

/// The issuer's rpcs.
#[derive(Debug)]
pub struct Service {
    office: Arc<Office>,
    store: Arc<Store>,
    pipeline: Pipeline,
    callers: Callers,
    currency: Currency,
    publisher: Arc<Publisher>,
    anchored: Arc<Freshness>,
    requests: Requests,
    pages: Arc<Semaphore>,
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
        publisher: Publisher,
        anchored: Arc<Freshness>,
    ) -> Self {
        let (publisher, requests) = (Arc::new(publisher), Requests::new());
        let pages = Arc::new(Semaphore::new(PAGES_MAX));
        Self { office, store, pipeline, callers, currency, publisher, anchored, requests, pages }
    }

    /// Reads a request off the async threads, which does not change anything, and queues it.
    async fn ask(
        &self,
        caller: RegistrarId,
        read: impl FnOnce(&Office) -> Asked + Send + 'static,
    ) -> Result<Reply, Status> {
        let office = Arc::clone(&self.office);
        let request = blocking(move || read(&office)).await?;
        let reply = self.pipeline.ask(Call { caller, request }).await?;
        self.requests.look_at(&reply, self.pipeline.now());
        Ok(reply)
    }
}

impl Service {
    /// Reads a page of a wallet's sessions and signs it again. The caller is charged for both, each
    /// time before it is done, and waits until few others do so. Who goes away is not waited for.
    async fn read_page(
        &self,
        cursor: page::Cursor,
        caller: &Caller,
    ) -> Result<restore::Page, Status> {
        let place = tokio::time::timeout(PAGE_WAIT, Arc::clone(&self.pages).acquire_owned()).await;
        let busy = |_| Status::unavailable("too many wallets restore themselves now; ask again");
        let place = place.map_err(busy)?.expect("it is never closed");
        let store = Arc::clone(&self.store);
        let ordered = blocking(move || -> Result<_, Fault> {
            let mut view = View::default();
            page::touches_count(cursor, &mut view);
            store.load(&mut view)?;
            page::touches_order(cursor, &mut view);
            store.load(&mut view)?;
            Ok(view)
        });
        let mut view = ordered.await?.map_err(unreadable)?;
        caller.charge(page::sessions(cursor, &view).saturating_mul(SESSION_BYTES))?;
        let (office, store) = (Arc::clone(&self.office), Arc::clone(&self.store));
        let promised = blocking(move || -> Result<_, Fault> {
            page::touches_sessions(cursor, &mut view);
            store.load(&mut view)?;
            Ok(page::decide(cursor, &view, &office))
        });
        let promised = promised.await?.map_err(unreadable)?;
        caller.charge(promised.bytes)?;
        let office = Arc::clone(&self.office);
        let page = blocking(move || {
            let page = promised.keep(&office);
            drop(place);
            page
        });
        let page = page.await?;
        page.map_err(|error| Unanswered::Unsigned(error).into())
    }
}

impl From<Unanswered> for Status {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Overloaded | Unanswered::Short | Unanswered::Stopped => {
                Self::unavailable(unanswered.to_string())
            }
            Unanswered::Suspended => Self::permission_denied(unanswered.to_string()),
            Unanswered::Full => Self::resource_exhausted(unanswered.to_string()),
            Unanswered::Unsigned(withheld) => {
                tracing::error!(%withheld, "a reply could not be signed");
                match withheld {
                    Withheld::Refused(_) => Self::internal(unanswered.to_string()),
                    Withheld::Capped | Withheld::Uncounted => {
                        Self::unavailable(unanswered.to_string())
                    }
                }
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

#[allow(clippy::needless_pass_by_value, reason = "it maps errors")]
fn unreadable(fault: Fault) -> Status {
    tracing::error!(%fault, "the books could not be read");
    Status::unavailable("the issuer could not read its books; ask again")
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
        Caller::anyone(&request)?;
        let wire::TrustRequest { held } = request.into_inner();
        let (office, store) = (Arc::clone(&self.office), Arc::clone(&self.store));
        let told =
            blocking(move || -> Result<_, Fault> { Ok(office.tell(held, store::denied(&store)?)) });
        let told = told.await?.map_err(unreadable)?;
        Ok(Response::new(told.into()))
    }

    async fn enrol(
        &self,
        request: Request<wire::EnrolRequest>,
    ) -> Result<Response<wire::EnrolReply>, Status> {
        let caller = Caller::intermediary(&request)?;
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
        let caller = Caller::intermediary(&request)?;
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
        let caller = Caller::intermediary(&request)?;
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
        let caller = Caller::intermediary(&request)?;
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
        let caller = Caller::intermediary(&request)?;
        let wire::ExchangeRequest { request: bytes } = request.into_inner();
        match self.ask(caller, move |office| Asked::exchange(&bytes, office)).await? {
            Reply::Exchange(reply) => Ok(Response::new(exchange::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn claim(
        &self,
        request: Request<wire::ClaimRequest>,
    ) -> Result<Response<wire::ClaimReply>, Status> {
        let caller = Caller::intermediary(&request)?;
        let asked: claim::Request = request.into_inner().try_into()?;
        match self.ask(caller, move |office| Asked::claim(asked, office)).await? {
            Reply::Claim(reply) => Ok(Response::new(claim::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn transfer(
        &self,
        request: Request<wire::TransferRequest>,
    ) -> Result<Response<wire::TransferReply>, Status> {
        let caller = Caller::intermediary(&request)?;
        let signed = Box::new(request.into_inner().try_into()?);
        match self.ask(caller, move |_| Asked::Transfer(signed)).await? {
            Reply::Transfer(reply) => Ok(Response::new(transfer::to_wire(reply))),
            _ => Err(other_verb()),
        }
    }

    async fn restore(
        &self,
        request: Request<wire::Call>,
    ) -> Result<Response<wire::RestoreReply>, Status> {
        let intermediary = Caller::intermediary(&request)?;
        let caller = Caller::of(&request)?.clone();
        let call = SignedCall::try_from(request.into_inner())?;
        let asked = Restoring::read(call).map_err(|_| Malformed::Field("body"))?;
        let body = asked.body;
        let asked = self.ask(intermediary, move |_| Asked::Restore(Box::new(asked))).await?;
        let reply = match (asked, body.asked) {
            (Reply::Restore(Err(refusal)), _) => Err(refusal),
            (Reply::Restore(Ok(Granted::Query(query))), _) => Ok(Told::Query(query)),
            (Reply::Restore(Ok(Granted::Sessions)), Wanted::After(after)) => {
                let cursor = page::Cursor { identity: body.identity, after };
                Ok(Told::Page(self.read_page(cursor, &caller).await?))
            }
            _ => return Err(other_verb()),
        };
        Ok(Response::new(restore::to_wire(reply)))
    }

    async fn cashed_list(
        &self,
        request: Request<wire::CashedListRequest>,
    ) -> Result<Response<wire::CashedListReply>, Status> {
        let caller = Caller::anyone(&request)?.clone();
        let request: listed::Request = request.into_inner().try_into()?;
        let (office, store) = (Arc::clone(&self.office), Arc::clone(&self.store));
        let today = self.pipeline.now().day();
        let decided = blocking(move || -> Result<_, Fault> {
            let mut view = View::default();
            cashed_list::touches(&request, &mut view);
            store.load(&mut view)?;
            Ok(cashed_list::decide(request, &view, &office, today))
        });
        let decided = decided.await?.map_err(unreadable)?;
        let unlisted = "the list is being put together; ask again later";
        let published = match decided.ok_or_else(|| Status::unavailable(unlisted))? {
            Ok(published) => published,
            Err(refusal) => {
                self.requests.refused(refusal.error);
                return Ok(Response::new(listed::to_wire(Err(refusal))));
            }
        };
        caller.charge(published.length())?;
        let store = Arc::clone(&self.store);
        let tokens = blocking(move || published.read(&store));
        let tokens = tokens.await?.map_err(unreadable)?;
        Ok(Response::new(listed::to_wire(Ok(tokens))))
    }

    async fn statement(
        &self,
        request: Request<wire::StatementRequest>,
    ) -> Result<Response<wire::StatementReply>, Status> {
        let (intermediary, currency) = (Caller::intermediary(&request)?, self.currency);
        let caller = Caller::of(&request)?.clone();
        let holder = statement::Holder { intermediary, currency };
        let request = request.into_inner().into();
        let store = Arc::clone(&self.store);
        let totals = blocking(move || -> Result<_, Fault> {
            let mut view = View::default();
            statement::touches_totals(holder, &mut view);
            store.load(&mut view)?;
            Ok(view)
        });
        let mut view = totals.await?.map_err(unreadable)?;
        caller.charge(statement::length(request, holder, &view))?;
        let store = Arc::clone(&self.store);
        let statement = blocking(move || -> Result<_, Fault> {
            statement::touches(request, holder, &mut view);
            store.load(&mut view)?;
            Ok(statement::decide(request, holder, &view))
        });
        let statement = statement.await?.map_err(unreadable)?;
        Ok(Response::new(statement.into()))
    }
}

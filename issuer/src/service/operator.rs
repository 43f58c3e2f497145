//! The operators' rpcs: the same operations and the same books as without a server. Auditors and
//! supervisors read what the matrix lets them.

pub mod copies;
mod lengths;
mod rows;

use super::callers::Callers;
use super::gate::Caller;
use super::roles::Role;
use super::scrape::Page;
use super::{Service, blocking};
use crate::office::Office;
use crate::operation::{Done, Order};
use crate::overview::{self, Overview, PAGE_BYTES};
use crate::pipeline::Pipeline;
use crate::publisher::Publisher;
use crate::rows::{Account, AccountKey, Change, DueKey, Intermediary, Member, Membership};
use crate::store::{self, Fault, Store};
use crate::view::View;
use copies::Copies;
use lengths::Lengths;
use std::sync::Arc;
use tender_proto::operator::{Duty, Operation, to_wire};
use tender_proto::wire::operator_server::Operator;
use tender_proto::{Malformed, wire};
use tender_token::amount::Currency;
use tender_token::encode::Decode;
use tender_token::identity::{IdentityKey, RegistrarId};
use tokio::sync::{Mutex, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// The operators' rpcs.
#[derive(Clone)]
pub struct OperatorService {
    store: Arc<Store>,
    office: Arc<Office>,
    publisher: Arc<Publisher>,
    pipeline: Pipeline,
    callers: Callers,
    currency: Currency,
    copies: Copies,
    copying: Arc<Mutex<()>>,
    page: Arc<Page>,
    lengths: Arc<Lengths>,
}

/// Whom an intermediary's certificate stands for.
#[must_use]
pub fn role(id: RegistrarId, row: &Intermediary) -> Role {
    match row.standing {
        Membership::Admitted => Role::Intermediary(id),
        Membership::Suspended(_) => Role::Suspended(id),
    }
}

impl OperatorService {
    /// The rpcs beside those of intermediaries. The service's callers follow what is changed.
    #[must_use]
    pub(super) fn new(service: &Service, page: Arc<Page>, copies: Copies) -> Self {
        let Service { office, store, publisher, pipeline, callers, currency, .. } = service;
        Self {
            store: Arc::clone(store),
            office: Arc::clone(office),
            publisher: Arc::clone(publisher),
            pipeline: pipeline.clone(),
            callers: callers.clone(),
            currency: *currency,
            copies,
            copying: Arc::default(),
            page,
            lengths: Arc::default(),
        }
    }

    /// Reads from the store, off the async threads.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store, Currency) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Status> {
        let (store, currency) = (Arc::clone(&self.store), self.currency);
        blocking(move || read(&store, currency)).await?.map_err(|fault| {
            tracing::error!(%fault, "an operator could not read the books");
            Status::unavailable("the issuer could not read its books; ask again")
        })
    }
}

/// Whom a certificate of the staff stands for; nobody, once its holder was dismissed.
#[must_use]
pub fn duty(row: &Member) -> Option<Role> {
    row.may_call().then_some(match row.duty.0 {
        Duty::Operator => Role::Operator,
        Duty::Auditor => Role::Auditor,
        Duty::Supervisor => Role::Supervisor,
    })
}

/// Lets the callers follow a change of an intermediary or of the staff.
fn follow(callers: &Callers, done: &Done) {
    tracing::info!(action = done.number, "an operator's order is carried out");
    match &done.change {
        Change::Intermediary { id, old, new } => {
            let had = old.as_ref().map(|row| row.fingerprint);
            callers.follow(had, new.fingerprint, role(*id, new));
        }
        Change::Staff { fingerprint, new, .. } => callers.set(*fingerprint, duty(new)),
        Change::Wallet { .. }
        | Change::Supply { .. }
        | Change::Claim { .. }
        | Change::Rollback { .. } => {}
    }
}

#[tonic::async_trait]
impl Operator for OperatorService {
    type BackupStream = ReceiverStream<Result<wire::BackupReply, Status>>;

    /// When this returns, the next request of whom it concerns is answered accordingly.
    async fn operate(
        &self,
        request: Request<wire::OperateRequest>,
    ) -> Result<Response<wire::OperateReply>, Status> {
        let operator = Caller::operator(&request)?;
        let operation = Operation::try_from(request.into_inner())?;
        let callers = self.callers.clone();
        let heard = move |done: &Done| follow(&callers, done);
        let outcome = self.pipeline.operate(Order { operator, operation }, heard).await?;
        Ok(Response::new(to_wire(outcome.map(|done| done.number))))
    }

    async fn overview(
        &self,
        request: Request<wire::OverviewRequest>,
    ) -> Result<Response<wire::OverviewReply>, Status> {
        let length = &self.lengths.overview;
        Caller::reader(&request)?.charge(length.expected())?;
        let overview = self.read(Overview::read).await?;
        Ok(Response::new(length.of(rows::overview(overview))))
    }

    async fn currencies(
        &self,
        request: Request<wire::CurrenciesRequest>,
    ) -> Result<Response<wire::CurrenciesReply>, Status> {
        Caller::reader(&request)?;
        let currencies = self.read(|store, _| store::currencies(store)).await?;
        let currencies = currencies.into_iter().map(rows::currency).collect();
        Ok(Response::new(wire::CurrenciesReply { currencies }))
    }

    async fn leaves(
        &self,
        request: Request<wire::LeavesRequest>,
    ) -> Result<Response<wire::LeavesReply>, Status> {
        let caller = Caller::reader(&request)?.clone();
        let from = request.into_inner().from;
        let length = move |store: &Store, _| overview::leaves_length(store, from, PAGE_BYTES);
        caller.charge(self.read(length).await?)?;
        let leaves = self.read(move |store, _| overview::leaves(store, from, PAGE_BYTES)).await?;
        Ok(Response::new(wire::LeavesReply { leaves }))
    }

    /// Whoever gets it may hold the issuer to it, so the anchor remembers it first.
    async fn checkpoint(
        &self,
        request: Request<wire::CheckpointRequest>,
    ) -> Result<Response<wire::CheckpointReply>, Status> {
        Caller::reader(&request)?;
        let (store, office) = (Arc::clone(&self.store), Arc::clone(&self.office));
        let publisher = Arc::clone(&self.publisher);
        let signed = blocking(move || publisher.checkpoint(&store, &*office.signer)).await?;
        let signed = signed.map_err(|astray| {
            tracing::error!(%astray, "the log's head could not be given to somebody");
            Status::unavailable("the issuer could not sign its log; ask again")
        })?;
        Ok(Response::new(wire::CheckpointReply { checkpoint: signed.to_bytes() }))
    }

    async fn metrics(
        &self,
        request: Request<wire::MetricsRequest>,
    ) -> Result<Response<wire::MetricsReply>, Status> {
        let length = &self.lengths.metrics;
        Caller::reader(&request)?.charge(length.expected())?;
        let shown = Arc::clone(&self.page);
        let metrics = self.read(move |_, _| shown.look()).await?;
        Ok(Response::new(length.of(metrics.into())))
    }

    async fn postings(
        &self,
        request: Request<wire::PostingsRequest>,
    ) -> Result<Response<wire::PostingsReply>, Status> {
        let caller = Caller::reader(&request)?.clone();
        let wire::PostingsRequest { account, after } = request.into_inner();
        let account = Account::from_bytes(&account).map_err(|_| Malformed::Field("account"))?;
        let length = move |store: &Store, currency| {
            overview::postings_length(store, AccountKey { currency, account }, after)
        };
        caller.charge(self.read(length).await?)?;
        let read = move |store: &Store, currency| {
            overview::postings(store, AccountKey { currency, account }, after)
        };
        let (postings, bookings) = self.read(read).await?.into_iter().map(rows::booked).unzip();
        Ok(Response::new(wire::PostingsReply { postings, bookings }))
    }

    async fn incidents(
        &self,
        request: Request<wire::IncidentsRequest>,
    ) -> Result<Response<wire::IncidentsReply>, Status> {
        let caller = Caller::reader(&request)?.clone();
        let after = request.into_inner().after;
        let length = move |store: &Store, _| overview::incidents_length(store, after);
        caller.charge(self.read(length).await?)?;
        let office = Arc::clone(&self.office);
        let read = move |store: &Store, _| overview::incidents(store, &office.archive, after);
        let incidents = self.read(read).await?;
        let incidents = incidents.into_iter().map(rows::incident).collect();
        Ok(Response::new(wire::IncidentsReply { incidents }))
    }

    async fn claims(
        &self,
        request: Request<wire::ClaimsRequest>,
    ) -> Result<Response<wire::ClaimsReply>, Status> {
        let caller = Caller::reader(&request)?.clone();
        let after = request.into_inner().after;
        let after = (!after.is_empty()).then(|| DueKey::from_bytes(&after)).transpose();
        let after = after.map_err(|_| Malformed::Field("after"))?;
        let places = self.read(move |store, _| overview::due(store, after.as_ref())).await?;
        caller.charge(places.len().saturating_mul(overview::CLAIM_BYTES))?;
        let claims = self.read(move |store, _| overview::claims(store, &places)).await?;
        let claims = claims.into_iter().map(rows::claim).collect();
        Ok(Response::new(wire::ClaimsReply { claims }))
    }

    async fn actions(
        &self,
        request: Request<wire::ActionsRequest>,
    ) -> Result<Response<wire::ActionsReply>, Status> {
        let caller = Caller::reader(&request)?.clone();
        let after = request.into_inner().after;
        let length = move |store: &Store, _| overview::actions_length(store, after);
        caller.charge(self.read(length).await?)?;
        let actions = self.read(move |store, _| overview::actions(store, after)).await?;
        let actions = actions.into_iter().map(rows::action).collect();
        Ok(Response::new(wire::ActionsReply { actions }))
    }

    async fn wallets(
        &self,
        request: Request<wire::WalletsRequest>,
    ) -> Result<Response<wire::WalletsReply>, Status> {
        Caller::operator(&request)?;
        let length = &self.lengths.wallets;
        Caller::of(&request)?.charge(length.expected())?;
        let wire::WalletsRequest { intermediary, after } = request.into_inner();
        let intermediary = RegistrarId::from_bytes(&intermediary);
        let intermediary = intermediary.map_err(|_| Malformed::Field("intermediary"))?;
        let after = (!after.is_empty()).then(|| IdentityKey::from_bytes(&after)).transpose();
        let after = after.map_err(|_| Malformed::Field("after"))?;
        let read = move |store: &Store, _| overview::wallets(store, intermediary, after.as_ref());
        Ok(Response::new(length.of(rows::wallets(self.read(read).await?))))
    }

    /// One copy at a time, of one state; the writer goes on beside it. It is completed also when
    /// the operator does not wait.
    async fn backup(
        &self,
        request: Request<wire::BackupRequest>,
    ) -> Result<Response<Self::BackupStream>, Status> {
        let operator = Caller::operator(&request)?;
        let (copies, out) = (self.copies.clone(), request.into_inner().out);
        let out = blocking(move || copies.place(&out)).await??;
        let Ok(copying) = Arc::clone(&self.copying).try_lock_owned() else {
            return Err(Status::failed_precondition("another copy is being made"));
        };
        let (done, stream) = mpsc::channel(1);
        let holder = self.read(move |store, _| holder(store, operator)).await?;
        let certificate = hex::encode(operator);
        tracing::warn!(holder, certificate, out = %out.display(), "an operator copies the store");
        let store = Arc::clone(&self.store);
        tokio::spawn(async move {
            let copied = blocking(move || store.copy_out(&out)).await;
            drop(copying);
            let reply = copied.and_then(|copied| {
                copied.map_err(|fault| {
                    tracing::error!(%fault, "the store could not be copied");
                    Status::unavailable(format!("the store could not be copied: {fault}"))
                })
            });
            // An operator who went away finds the folder.
            let _gone = done.send(reply.map(|()| wire::BackupReply {})).await;
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// Whose certificate it is, as it was appointed. Errors: [`Fault`].
fn holder(store: &Store, operator: [u8; 32]) -> Result<Option<String>, Fault> {
    let mut view = View::default();
    view.staff.want(operator);
    store.load(&mut view)?;
    Ok(view.staff.get(&operator).map(|row| row.name.0.clone()))
}

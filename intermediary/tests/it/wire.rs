//! An issuer in memory, at the other end of a wire without sockets: it can be down, lose replies
//! and take its time, in simulated time. It verifies nothing and remembers everything.

use crate::mint::{MINT, minor};
use hyper_util::rt::TokioIo;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tender_intermediary::upstream::Upstream;
use tender_proto::statement::{Cause, Posting, Reserves, Statement};
use tender_proto::transfer::{SignedTransfer, Transfer};
use tender_proto::wire::issuer_server::{Issuer, IssuerServer};
use tender_proto::{deposit, enrol, transfer, transport, trust, wire, withdraw};
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::encode::Encode as _;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::token::TokenId;
use tender_token::withdraw::{Reply, Request};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Request as Asked, Response, Status};

/// How long an answer takes.
const ANSWER: Duration = Duration::from_millis(5);

/// What the issuer remembers.
#[derive(Default)]
pub struct Memory {
    /// Whether nobody gets through.
    pub down: bool,
    /// Until when every request is refused, as the bank asked for too much in a time.
    pub refusing_until: Option<Instant>,
    /// Requests that were refused so.
    pub refused: usize,
    /// Whether half of the replies to state changes are lost, at random.
    pub lossy: bool,
    /// State changes that arrived, repetitions included.
    pub asked: usize,
    /// Attempts of every kind, those included that did not get through.
    pub attempts: usize,
    /// Tokens that were paid, in the order in which they were, under their references.
    pub paid: Vec<(AccountRef, TokenId)>,
    pub postings: Vec<Posting>,
    /// Transfers that were carried out, each once.
    pub went: Vec<Transfer>,
    /// References that the other banks do not know: what comes for them goes back at once.
    pub unknown: BTreeSet<AccountRef>,
    vault: Amount,
    transfers: BTreeMap<[u8; 32], SignedTransfer>,
    cashed: BTreeMap<TokenId, Amount>,
    signed: BTreeMap<Vec<u8>, Vec<u8>>,
    chance: u64,
}

impl Memory {
    /// Gives the intermediary currency.
    pub fn distribute(&mut self, minor_units: u64) {
        self.post(Cause::Distribution, minor(minor_units));
    }

    fn post(&mut self, cause: Cause, amount: Amount) {
        let vault = if cause.raises_vault().expect("a vault's posting") {
            self.vault.checked_add(amount)
        } else {
            self.vault.checked_sub(amount)
        };
        self.vault = vault.expect("enough");
        let number = self.postings.len() as u64 + 1;
        self.postings.push(Posting { number, cause, amount, balance: self.vault });
    }

    /// Whether the next reply is lost: the high bits of a linear congruential generator.
    fn loses(&mut self) -> bool {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.lossy && self.chance >> 63 == 1
    }

    fn deposit(&mut self, item: &[u8]) -> deposit::Outcome {
        let item = CashItem::from_bytes(item, &MINT.manifest)?;
        let Instruction::Credit(account) = item.stated_instruction()? else {
            panic!("deposits are credited");
        };
        let (token, value) = (item.chain().token_id(), item.chain().value());
        if self.cashed.insert(token, value).is_none() {
            self.paid.push((account, token));
            self.post(Cause::Deposit(account), value);
        }
        Ok(value)
    }

    /// Currency comes from another bank.
    pub fn arrive(&mut self, account: AccountRef, from: RegistrarId, amount: Amount) {
        self.post(Cause::TransferIn(account, from), amount);
    }

    fn transfer(&mut self, signed: &SignedTransfer) -> transfer::Reply {
        let transfer = signed.transfer;
        if let Some(known) = self.transfers.get(&transfer.id) {
            return if known == signed { Ok(()) } else { Err(Error::SidConflict.into()) };
        }
        self.post(Cause::TransferOut(transfer.payer_account), transfer.amount);
        if self.unknown.contains(&transfer.payee_account) {
            self.arrive(transfer.payee_account, transfer.payee, transfer.amount);
        }
        self.transfers.insert(transfer.id, signed.clone());
        self.went.push(transfer);
        Ok(())
    }

    fn withdraw(&mut self, bytes: &[u8]) -> withdraw::Reply {
        let plan = Request::from_bytes(bytes, &MINT.manifest)?.signed.plan;
        if let Some(reply) = self.signed.get(bytes) {
            return Ok(reply.clone());
        }
        self.post(Cause::Withdrawal(plan.debit_account), plan.debit);
        let signatures = plan.outputs.iter().map(|_| vec![1; 256]).collect();
        let reply = Reply { sid: plan.sid, plan_hash: plan.hash(), signatures }.to_bytes();
        self.signed.insert(bytes.to_vec(), reply.clone());
        Ok(reply)
    }
}

/// The wire with the issuer at its end. Clones are the same.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Memory>>);

impl Wire {
    /// Looks at or changes what the issuer remembers.
    pub fn with<T>(&self, look: impl FnOnce(&mut Memory) -> T) -> T {
        look(&mut self.0.lock().expect("no test panics here"))
    }

    /// The bank's end. Call within an async runtime.
    pub fn upstream(&self) -> Upstream {
        let (hand, ends) = unbounded_channel::<std::io::Result<tokio::io::DuplexStream>>();
        let serving = transport::server().add_service(IssuerServer::new(self.clone()));
        tokio::spawn(serving.serve_with_incoming(UnboundedReceiverStream::new(ends)));
        let wire = self.clone();
        let connect = move |_| {
            let (near, far) = tokio::io::duplex(1 << 16);
            let down = wire.with(|memory| {
                memory.attempts += usize::from(memory.down);
                memory.down
            });
            let handed = !down && hand.send(Ok(far)).is_ok();
            async move {
                let refused = std::io::ErrorKind::ConnectionRefused;
                if handed { Ok(TokioIo::new(near)) } else { Err(std::io::Error::from(refused)) }
            }
        };
        let endpoint = Endpoint::from_static("http://issuer");
        Upstream::over(endpoint.connect_with_connector_lazy(tower::service_fn(connect)))
    }

    /// Decides a state change, if it gets through; then the reply may get lost.
    async fn change<T>(&self, decide: impl FnOnce(&mut Memory) -> T) -> Result<T, Status> {
        self.reach()?;
        tokio::time::sleep(ANSWER).await;
        self.with(|memory| {
            memory.asked += 1;
            let decided = decide(memory);
            if memory.loses() { Err(Status::unavailable("lost on the way")) } else { Ok(decided) }
        })
    }

    fn reach(&self) -> Result<(), Status> {
        self.with(|memory| {
            memory.attempts += 1;
            if memory.down {
                return Err(Status::unavailable("down"));
            }
            let left = memory.refusing_until.map(|until| until - Instant::now());
            let Some(left) = left.filter(|left| !left.is_zero()) else { return Ok(()) };
            memory.refused += 1;
            Err(transport::too_much(left))
        })
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn not_asked<T>() -> Answer<T> {
    Err(Status::unimplemented("the storm does not ask this"))
}

#[tonic::async_trait]
impl Issuer for Wire {
    async fn trust(&self, asked: Asked<wire::TrustRequest>) -> Answer<wire::TrustReply> {
        self.reach()?;
        let (held, published) = (asked.into_inner().held, [(1, &MINT.trust)]);
        let told = trust::Reply::to(held, published.into_iter(), trust::Notices::default());
        Ok(Response::new(told.into()))
    }

    async fn enrol(&self, _: Asked<wire::EnrolRequest>) -> Answer<wire::EnrolReply> {
        self.change(|_| Response::new(enrol::to_wire(Ok(())))).await
    }

    async fn withdraw(&self, asked: Asked<wire::WithdrawRequest>) -> Answer<wire::WithdrawReply> {
        let request = asked.into_inner().request;
        let reply = self.change(|memory| memory.withdraw(&request)).await?;
        Ok(Response::new(withdraw::to_wire(reply)))
    }

    async fn deposit(&self, asked: Asked<wire::DepositRequest>) -> Answer<wire::DepositReply> {
        let items = asked.into_inner().items;
        let decide = |memory: &mut Memory| items.iter().map(|item| memory.deposit(item)).collect();
        Ok(Response::new(deposit::to_wire(self.change(decide).await?)))
    }

    async fn statement(
        &self,
        asked: Asked<wire::StatementRequest>,
    ) -> Answer<wire::StatementReply> {
        self.reach()?;
        let request = tender_proto::statement::Request::from(asked.into_inner());
        let statement = self.with(|memory| {
            let after = |posting: &&Posting| posting.number > request.after_posting;
            let postings = memory.postings.iter().filter(after).take(1_000).copied().collect();
            let reserves = Reserves { balance: Amount::ZERO, postings: Vec::new() };
            Statement { vault: memory.vault, postings, incidents: Vec::new(), reserves }
        });
        Ok(Response::new(statement.into()))
    }

    async fn provision(&self, _: Asked<wire::ProvisionRequest>) -> Answer<wire::ProvisionReply> {
        not_asked()
    }

    async fn exchange(&self, _: Asked<wire::ExchangeRequest>) -> Answer<wire::ExchangeReply> {
        not_asked()
    }

    async fn cashed_list(
        &self,
        _: Asked<wire::CashedListRequest>,
    ) -> Answer<wire::CashedListReply> {
        not_asked()
    }

    async fn claim(&self, _: Asked<wire::ClaimRequest>) -> Answer<wire::ClaimReply> {
        not_asked()
    }

    async fn transfer(&self, asked: Asked<wire::TransferRequest>) -> Answer<wire::TransferReply> {
        let signed: SignedTransfer = asked.into_inner().try_into()?;
        let reply = self.change(|memory| memory.transfer(&signed)).await?;
        Ok(Response::new(transfer::to_wire(reply)))
    }

    async fn restore(&self, _: Asked<wire::Call>) -> Answer<wire::RestoreReply> {
        not_asked()
    }
}

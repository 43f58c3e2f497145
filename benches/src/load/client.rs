//! The callers' side of the wire: single calls, and lanes that never pause.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tender_proto::admission::Admission;
use tender_proto::transport::channel;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_proto::{enrol, provision, trust, wire};
use tender_token::provision::Open;
use tender_token::signature::SecretKey;
use tokio::runtime::Runtime;
use tonic::Code;
use tonic::transport::Channel;

/// Calls of one connection at the same time: fewer than a server takes of one.
const CALLS_PER_CONNECTION: usize = 24;

/// An intermediary: the key that authorises, and its connections.
#[derive(Debug)]
pub struct Bank {
    /// Authorises requests.
    pub key: SecretKey,
    clients: Vec<IssuerClient<Channel>>,
}

/// What a lane asks.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A withdrawal, and how many tokens it is for.
    Withdraw(Vec<u8>, usize),
    /// Items.
    Deposit(Vec<Vec<u8>>),
}

impl Asked {
    /// How many tokens it is for.
    pub fn tokens(&self) -> usize {
        match self {
            Self::Withdraw(_, tokens) => *tokens,
            Self::Deposit(items) => items.len(),
        }
    }
}

/// What a lane hears.
#[derive(Debug)]
pub enum Heard {
    /// Of a withdrawal.
    Withdraw(wire::WithdrawReply),
    /// Of a deposit.
    Deposit(wire::DepositReply),
}

impl Bank {
    /// An admitted intermediary that will have so many calls under way at the same time.
    /// Errors: the admission cannot be used.
    pub fn new(address: &str, admission: &Admission, key: SecretKey, calls: usize) -> Result<Self> {
        let one = |_| {
            let own = Some(&admission.credential);
            channel(address, &admission.authority, own).map(IssuerClient::new)
        };
        let connections = calls.div_ceil(CALLS_PER_CONNECTION).max(1);
        let clients = (0..connections).map(one).collect::<Result<_, _>>();
        Ok(Self { key, clients: clients.context("no channel")? })
    }

    fn client(&self, lane: usize) -> IssuerClient<Channel> {
        let client = self.clients.get(lane % self.clients.len());
        client.expect("a bank has a connection").clone()
    }

    /// The newest manifest that the issuer gives to trust. Errors: no answer.
    pub fn trust(&self, runtime: &Runtime) -> Result<trust::Trust> {
        let request = wire::TrustRequest { held: 0 };
        let reply = runtime.block_on(self.client(0).trust(request))?.into_inner();
        let reply: trust::Reply = reply.try_into().context("trust that cannot be read")?;
        reply.manifests.last().cloned().context("no manifest")
    }

    /// Registers a wallet. Errors: a refusal, or no answer.
    pub fn enrol(&self, runtime: &Runtime, request: enrol::Request) -> Result<()> {
        let request = wire::EnrolRequest::from(request);
        let reply = runtime.block_on(self.client(0).enrol(request))?.into_inner();
        let reply = enrol::from_wire(reply).context("a reply that cannot be read")?;
        reply.map_err(|refusal| anyhow::anyhow!("not enrolled: {refusal:?}"))
    }

    /// Opens a session or reveals it. Errors: a refusal, or no answer.
    pub fn provision(
        &self,
        runtime: &Runtime,
        request: provision::Request<Open>,
    ) -> Result<provision::Granted> {
        let request = wire::ProvisionRequest::from(request);
        let reply = runtime.block_on(self.client(0).provision(request))?.into_inner();
        let reply = provision::from_wire(reply).context("a reply that cannot be read")?;
        reply.map_err(|refusal| anyhow::anyhow!("no slots: {refusal:?}"))
    }
}

/// Sends what each bank asks on so many lanes of it, each one request after the other, and gives
/// the replies in the order of the requests with the time that each took. A request that finds the
/// issuer overloaded is sent again at once. Errors: any other fault.
pub async fn closed_loop(
    banks: &[Bank],
    asked: Vec<(usize, Asked)>,
    lanes: usize,
    clock: fn() -> Instant,
) -> Result<Vec<(Heard, Duration)>> {
    let count = asked.len();
    let mut queues: BTreeMap<usize, Vec<(usize, Asked)>> = BTreeMap::new();
    for (place, (bank, asked)) in asked.into_iter().enumerate() {
        queues.entry(bank).or_default().push((place, asked));
    }
    let mut tasks = Vec::new();
    for (bank, queue) in queues {
        let bank = banks.get(bank).context("no such bank")?;
        let (queue, next) = (Arc::new(queue), Arc::new(AtomicUsize::new(0)));
        for lane in 0..lanes {
            let (queue, next) = (Arc::clone(&queue), Arc::clone(&next));
            tasks.push(tokio::spawn(run_lane(bank.client(lane), queue, next, clock)));
        }
    }
    let mut heard = BTreeMap::new();
    for task in tasks {
        heard.extend(task.await.context("a lane broke")??);
    }
    ensure!(heard.len() == count, "every request has one reply");
    Ok(heard.into_values().collect())
}

type Timed = (usize, (Heard, Duration));

async fn run_lane(
    mut client: IssuerClient<Channel>,
    queue: Arc<Vec<(usize, Asked)>>,
    next: Arc<AtomicUsize>,
    clock: fn() -> Instant,
) -> Result<Vec<Timed>> {
    let mut heard = Vec::new();
    while let Some((place, asked)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
        let begun = clock();
        let reply = loop {
            match ask(&mut client, asked.clone()).await {
                Err(status) if is_overload(&status) => tokio::task::yield_now().await,
                reply => break reply?,
            }
        };
        heard.push((*place, (reply, clock().duration_since(begun))));
    }
    Ok(heard)
}

fn is_overload(status: &tonic::Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted)
}

async fn ask(client: &mut IssuerClient<Channel>, asked: Asked) -> Result<Heard, tonic::Status> {
    Ok(match asked {
        Asked::Withdraw(request, _) => {
            let request = wire::WithdrawRequest { request };
            Heard::Withdraw(client.withdraw(request).await?.into_inner())
        }
        Asked::Deposit(items) => {
            let request = wire::DepositRequest { items };
            Heard::Deposit(client.deposit(request).await?.into_inner())
        }
    })
}

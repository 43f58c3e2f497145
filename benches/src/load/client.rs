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
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

/// Calls of one connection at the same time: fewer than a server takes of one.
const CALLS_PER_CONNECTION: usize = 24;
/// How often a request is sent at most.
const TRIES: usize = 10_000;

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
        let reply = runtime.block_on(answered(|| {
            let (mut client, request) = (self.client(0), request.clone());
            async move { client.enrol(request).await }
        }))?;
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
        let reply = runtime.block_on(answered(|| {
            let (mut client, request) = (self.client(0), request.clone());
            async move { client.provision(request).await }
        }))?;
        let reply = provision::from_wire(reply).context("a reply that cannot be read")?;
        reply.map_err(|refusal| anyhow::anyhow!("no slots: {refusal:?}"))
    }
}

/// Sends what each bank asks on so many lanes of it, each one request after the other, and gives
/// the replies in the order of the requests with the time that each took. Errors: those of
/// [`answered`].
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
    client: IssuerClient<Channel>,
    queue: Arc<Vec<(usize, Asked)>>,
    next: Arc<AtomicUsize>,
    clock: fn() -> Instant,
) -> Result<Vec<Timed>> {
    let mut heard = Vec::new();
    while let Some((place, asked)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
        let begun = clock();
        let reply = ask(&client, asked).await?;
        heard.push((*place, (reply, clock().duration_since(begun))));
    }
    Ok(heard)
}

async fn ask(client: &IssuerClient<Channel>, asked: &Asked) -> Result<Heard, Status> {
    Ok(match asked {
        Asked::Withdraw(request, _) => {
            let reply = answered(|| {
                let request = wire::WithdrawRequest { request: request.clone() };
                let mut client = client.clone();
                async move { client.withdraw(request).await }
            });
            Heard::Withdraw(reply.await?)
        }
        Asked::Deposit(items) => {
            let reply = answered(|| {
                let request = wire::DepositRequest { items: items.clone() };
                let mut client = client.clone();
                async move { client.deposit(request).await }
            });
            Heard::Deposit(reply.await?)
        }
    })
}

/// Sends a request until it is answered, the same one again at once if the issuer is overloaded or
/// closes the connection, as it does with those that have lasted long. Errors: any other fault, or
/// the last one of [`TRIES`].
async fn answered<T, F>(send: impl Fn() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut tries = 1;
    loop {
        match send().await {
            Err(status) if tries < TRIES && is_passing(&status) => tokio::task::yield_now().await,
            reply => return reply.map(Response::into_inner),
        }
        tries += 1;
    }
}

fn is_passing(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted | Code::Unknown)
}

//! Kill: the real server, killed at random moments while it answers, and started again.

use super::chance::Chance;
use super::effect::{Effect, present};
use crate::command_line::{founded, program, run as run_program};
use crate::stage::Stage;
use crate::wallet::{CREDIT, Wallet};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tender_issuer::audit::audit;
use tender_issuer::office::{Office, Published};
use tender_issuer::rows::SessionKey;
use tender_issuer::signer::InProcess;
use tender_issuer::store::{Directory, Store};
use tender_proto::admission::Admission;
use tender_proto::transport::channel;
use tender_proto::wire;
use tender_proto::wire::issuer_client::IssuerClient;
use tender_store::envelope::Lock;
use tender_token::amount::Amount;
use tender_token::date::Timestamp;
use tender_token::signature::PublicKey;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;
use tonic::Status;
use tonic::transport::Channel;

/// How the server is called.
pub const SERVE: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes"];
/// Callers that ask at the same time, each one request after the other.
const LANES: usize = 4;
/// Fresh requests per kill, about.
const PER_KILL: usize = 4;
/// Slots in one provision session.
const SLOTS: u16 = 32;
/// Answers that are waited for before a server's last moment begins, at most.
const ANSWERS_MAX: usize = 8;
/// How long that moment may be, in microseconds.
const MOMENT_US_MAX: u64 = 60_000;
/// How long anything that must happen may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request as it goes over the wire.
#[derive(Clone)]
enum Asked {
    Deposit(Vec<u8>),
    Withdraw(Vec<u8>),
}

/// A reply as it came.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Deposit(wire::DepositReply),
    Withdraw(wire::WithdrawReply),
}

/// What is asked, and what was answered so far.
pub struct Log {
    requests: Vec<Asked>,
    effects: Vec<Effect>,
    heard: Mutex<BTreeMap<usize, Heard>>,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub kills: u64,
    /// Answers, repeated ones too.
    pub answers: usize,
    pub requests: usize,
    /// Requests that are there and whose answer nobody heard yet, counted anew after each kill.
    pub unheard: usize,
}

/// When a server is killed. A machine that is busy answers fewer requests in the same time, so a
/// time alone would be a random moment on one machine and before the first answer on another.
struct Life {
    /// So many answers have come.
    answers: usize,
    /// And then so much time has passed.
    moment: Duration,
}

impl Life {
    fn new(chance: &mut Chance) -> Self {
        let answers = chance.below(ANSWERS_MAX + 1);
        Self { answers, moment: Duration::from_micros(1 + chance.next() % MOMENT_US_MAX) }
    }
}

/// Kills a server so often, then lets it answer everything and end.
pub fn run(seed: u64, kills: u64) -> Tally {
    let (home, log) = Home::prepare(usize::try_from(kills).expect("it is small") * PER_KILL);
    let mut chance = Chance::new(seed);
    let mut tally = Tally { requests: log.requests.len(), ..Tally::default() };
    for _ in 0..kills {
        let server = home.serve();
        let life = Life::new(&mut chance);
        let seeds = [(); LANES].map(|()| chance.next());
        tally.answers += home.runtime.block_on(server.answer_until_killed(&log, seeds, life));
        tally.unheard += home.check(&log);
        tally.kills += 1;
    }
    let server = home.serve();
    let asked = home.runtime.block_on(server.answer_all(&log));
    tally.answers += asked;
    assert_eq!(home.check(&log), 0, "everything is answered");
    tally
}

/// A founded issuer's home, and the intermediary that calls it.
pub struct Home {
    pub folder: TempDir,
    office: Arc<Office>,
    admission: Admission,
    pub runtime: Runtime,
}

impl Home {
    /// Founds an issuer and makes so many requests, half of them withdrawals, half deposits.
    pub fn prepare(requests: usize) -> (Self, Arc<Log>) {
        let folder = founded();
        let home = folder.path().join("home");
        let office = office(&home);
        let elsewhere = TempDir::new().expect("the system has room for a folder");
        let mut stage = Stage::over(elsewhere, Arc::clone(&office), store(&home));
        stage.now = now();
        let value = u64::try_from(requests).expect("it is small") * 100;
        stage.distribute(&stage.bank, Amount::from_minor_units(value));
        let log = Arc::new(Log::make(&stage, requests));
        drop(stage);
        let rotate = ["intermediary", "rotate", "--name", "Nordhaven", "--out", "admission.toml"];
        assert_eq!(run_program(folder.path(), &rotate).0, 0);
        let text = std::fs::read_to_string(folder.path().join("admission.toml"));
        let admission = toml::from_str(&text.expect("it was written")).expect("it is one");
        let runtime = Runtime::new().expect("the system has threads");
        (Self { folder, office, admission, runtime }, log)
    }

    /// Starts the server and waits until it answers.
    pub fn serve(&self) -> Server {
        let mut command = program(self.folder.path());
        command.args(SERVE);
        self.start(command)
    }

    /// Starts a server this way, and waits until it answers.
    pub fn start(&self, mut command: Command) -> Server {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
        let mut said = String::new();
        let out = child.stdout.take().expect("standard output is a pipe");
        BufReader::new(out).read_line(&mut said).expect("standard output is a pipe");
        let said: Value = serde_json::from_str(&said).expect("durable: the server starts again");
        let address = said["listening"].as_str().expect("it is text");
        let Admission { authority, credential, .. } = &self.admission;
        let _inside = self.runtime.enter();
        let channel = channel(address, authority, Some(credential)).expect("the address is one");
        Server { child, client: IssuerClient::new(channel) }
    }

    /// Everything that was heard is there, nothing is half there. Returns how many requests are
    /// there unheard.
    pub fn check(&self, log: &Log) -> usize {
        let store = store(&self.folder.path().join("home"));
        let report = audit(&store, &self.office.manifest).expect("the store is sound");
        assert!(report.is_clean(), "{:?}", report.violations);
        let present = present(&store, &log.effects);
        let heard = log.heard();
        let lost: Vec<_> = heard.keys().filter(|one| !present.contains(one)).collect();
        assert!(lost.is_empty(), "durable: {lost:?} were answered and are not there");
        present.len() - heard.len()
    }
}

/// The keys and the manifest, as the server has them.
fn office(home: &Path) -> Arc<Office> {
    let published = Published::read(&store(home)).expect("the store is sound");
    let text = std::fs::read_to_string(home.join("keys/root.pub")).expect("it was written");
    let mut root = [0; 32];
    hex::decode_to_slice(text, &mut root).expect("it is a key in hex");
    let (_, manifest) = published.verify(&PublicKey(root)).expect("the root signed it");
    let home = tender_issuer::home::Home::new(home.to_owned());
    let passphrase = zeroize::Zeroizing::new(b"of the issuer".to_vec());
    let mut lock = Lock::new(passphrase).expect("it is not empty");
    let signer = InProcess::load(&home, &manifest, &mut lock).expect("the keys are there");
    let signer = signer.counted(&home, None, &BTreeMap::new()).expect("the founding wrote them");
    let office = Office::new(published, &PublicKey(root), Box::new(signer), 10_000);
    Arc::new(office.expect("the root signed it"))
}

fn store(home: &Path) -> Store {
    Store::open(&Directory::new(home)).expect("durable: the store can be opened again")
}

fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp(elapsed.expect("it is after 1970").as_secs())
}

impl Log {
    fn make(stage: &Stage, count: usize) -> Self {
        let (mut requests, mut effects) = (Vec::new(), Vec::new());
        while requests.len() < count {
            let wallet = Wallet::enrolled(stage);
            let session = wallet.opened(stage, SLOTS);
            let places = wallet.slots(stage, &session);
            let (spent, free) = places.split_at(places.len() / 2);
            for place in spent {
                let chain = wallet.token(stage, place, 100);
                let cash = wallet.cash(&chain, place, CREDIT, stage.manifest());
                requests.push(Asked::Deposit(cash.item));
                effects.push(Effect::Cashed(chain.token_id()));
            }
            for place in free {
                let withdrawal = wallet.withdrawal(stage, &[(place, 100)]);
                let (identity, sid) = (wallet.identity.key(), withdrawal.plan.sid);
                requests.push(Asked::Withdraw(withdrawal.bytes));
                effects.push(Effect::Withdrawal(SessionKey { identity, sid }));
            }
        }
        Self { requests, effects, heard: Mutex::default() }
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<usize, Heard>> {
        self.heard.lock().expect("no caller panicked")
    }

    /// Mostly a request that has no answer yet, at times one that has.
    fn choose(&self, chance: &mut Chance) -> usize {
        let heard = self.heard();
        let again = chance.below(4) == 0;
        let fits = |one: &usize| heard.contains_key(one) == again;
        let fitting: Vec<usize> = (0..self.requests.len()).filter(fits).collect();
        match fitting.len() {
            0 => chance.below(self.requests.len()),
            count => fitting[chance.below(count)],
        }
    }

    /// Asks and keeps the answer, which is the same as the last time.
    pub async fn ask(&self, client: &mut IssuerClient<Channel>, one: usize) -> Result<(), Status> {
        let heard = match self.requests[one].clone() {
            Asked::Deposit(item) => {
                let request = wire::DepositRequest { items: vec![item] };
                Heard::Deposit(client.deposit(request).await?.into_inner())
            }
            Asked::Withdraw(request) => {
                let request = wire::WithdrawRequest { request };
                Heard::Withdraw(client.withdraw(request).await?.into_inner())
            }
        };
        if let Some(before) = self.heard().insert(one, heard.clone()) {
            assert_eq!(before, heard, "one-answer: request {one}");
        }
        Ok(())
    }
}

/// A server that runs.
pub struct Server {
    pub child: Child,
    pub client: IssuerClient<Channel>,
}

impl Server {
    /// Asks on all lanes until the server is killed. Returns how many answers came.
    async fn answer_until_killed(
        mut self,
        log: &Arc<Log>,
        seeds: [u64; LANES],
        life: Life,
    ) -> usize {
        let (came, mut coming) = unbounded_channel();
        let lanes = seeds.map(|seed| {
            let (log, mut client, came) = (Arc::clone(log), self.client.clone(), came.clone());
            tokio::spawn(async move {
                let (mut chance, mut answers) = (Chance::new(seed), 0);
                while log.ask(&mut client, log.choose(&mut chance)).await.is_ok() {
                    answers += 1;
                    // Nobody counts them any more once there were enough.
                    let _enough = came.send(());
                }
                answers
            })
        });
        drop(came);
        for _ in 0..life.answers {
            let next = timeout(PATIENCE, coming.recv()).await.expect("an answer comes");
            next.expect("the server answers until it is killed");
        }
        // The moment is random, and not when anything in particular happens: that is the point.
        tokio::time::sleep(life.moment).await;
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
        let mut answers = 0;
        for lane in lanes {
            answers += lane.await.expect("an answer was another one than before");
        }
        answers
    }

    /// Ends the server.
    pub fn end(mut self) {
        drop((self.client, self.child.stdin.take()));
        assert_eq!(self.child.wait().expect("it is our child").code(), Some(0));
    }

    /// Asks everything once, and ends the server. Returns how many answers came.
    pub async fn answer_all(mut self, log: &Arc<Log>) -> usize {
        for one in 0..log.requests.len() {
            log.ask(&mut self.client, one).await.expect("the server answers");
        }
        self.end();
        log.requests.len()
    }
}

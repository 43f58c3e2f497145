//! The stage: an issuer with one set of keys for all tests, and a fresh store for each.

use crate::wallet::Wallet;
use getrandom::SysRng;
use rand_core::{Rng, UnwrapErr};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tempfile::TempDir;
use tender_issuer::audit::{Report, audit};
use tender_issuer::batch::{Call, Writer};
use tender_issuer::clock::{Clocks, LedgerClock, Tolerance};
use tender_issuer::config::Config;
use tender_issuer::home::Home;
use tender_issuer::keeping::KEPT_MAX;
use tender_issuer::office::{Office, Published};
use tender_issuer::operation::{Done, Order as Asked, carry_out};
use tender_issuer::publisher::Publisher;
use tender_issuer::request::{Reply, Request};
use tender_issuer::rows::{Account, AccountKey, Decimals, Epoch, Table};
use tender_issuer::settlement::Paid;
use tender_issuer::signer::ceremony::Founding;
use tender_issuer::store::{self, Directory, Store};
use tender_issuer::verbs;
use tender_issuer::verbs::restore::{Granted, page};
use tender_issuer::verbs::statement::Holder;
use tender_issuer::view::View;
use tender_proto::call::Call as SignedCall;
use tender_proto::operator::{Operation, Refusal};
use tender_proto::transfer::SignedTransfer;
use tender_proto::{
    claim, deposit, enrol, exchange, provision, refusal, restore, statement, transfer, withdraw,
};
use tender_token::amount::{Amount, Currency};
use tender_token::date::{Day, Timestamp};
use tender_token::error::Error;
use tender_token::identity::RegistrarId;
use tender_token::manifest::Manifest;
use tender_token::signature::SecretKey;
use tender_token::treasury::{Instruction, InstructionId, Officer, Order, Submission};

pub const TODAY: Day = Day(20_000);
/// Digits after the point of the currency.
pub const DECIMALS: Decimals = Decimals::new(2).expect("there can be two");
pub const NOW: Timestamp = Timestamp(20_000 * 86_400 + 43_200);
pub const VAULT: Amount = Amount::from_minor_units(10_000);

const CONFIG: &str = r#"
listen = "127.0.0.1:0"
slot_quota = 6
sessions_per_day = 3
min_lead_days = 1
loss_rule = "payee_bears"
[currency]
code = "FLN"
decimals = 2
denominations = ["1.00", "2.00", "5.00"]
[series]
depth = 6
max_hops = 3
issue_days = 10
spend_days = 20
deposit_days = 30
claim_days = 40
[limits]
payment = "200.00"
holding = "1000.00"
received = "1000.00"
payments = 50
reconcile_days = 14
exchange = "6.00"
guarantee_cap = "0.00"
[keys]
memory_kib = 8192
passes = 1
[officers]
k = 2
keys = [OFFICERS]
"#;

/// The officers' seeds; two of the three must approve.
pub const OFFICERS: [u8; 3] = [101, 102, 103];
/// Reserves that each intermediary begins with.
pub const RESERVES: Amount = Amount::from_minor_units(50_000);
/// The operator's certificate, as its fingerprint.
pub const OPERATOR: [u8; 32] = [9; 32];

static OFFICE: LazyLock<Arc<Office>> = LazyLock::new(|| founded(&config()));

/// An office with keys of its own.
pub fn founded(config: &Config) -> Arc<Office> {
    let keys = Founding::generate(&config.denominations, &mut UnwrapErr(SysRng), || {})
        .expect("keys can be made");
    let (signer, trust, root) =
        keys.establish(config, TODAY).expect("the keys fit the configuration");
    let published = Published { manifests: vec![(Epoch(1), trust)], revocations: Vec::new() };
    let office = Office::new(published, &root.public(), Box::new(signer), config.sessions_per_day);
    Arc::new(office.expect("the root signed it"))
}

/// What every stage is founded with.
pub fn config() -> Config {
    config_with(&[])
}

/// The same with some words in the place of others.
pub fn config_with(instead: &[(&str, &str)]) -> Config {
    let keys = OFFICERS.map(|seed| hex::encode(officer(seed).public().0));
    let mut text = CONFIG.replace("OFFICERS", &format!("\"{}\"", keys.join("\", \"")));
    for (before, after) in instead {
        assert!(text.contains(before), "the configuration says `{before}`");
        text = text.replace(before, after);
    }
    Config::parse(&text).expect("this text is a configuration")
}

/// The office of every stage, whose keys are made once.
pub fn office() -> Arc<Office> {
    Arc::clone(&OFFICE)
}

/// Clocks that stand still.
pub const STILL: Clocks = Clocks::new(|| NOW, || Duration::ZERO);

/// A clock that goes on from the books of a store, however old they are.
pub fn clock(store: &Store, clocks: Clocks) -> LedgerClock {
    let tolerance = Tolerance { gap_days: u32::MAX, ..Tolerance::DEFAULT };
    LedgerClock::start(clocks, store.newest_time(), tolerance, None).expect("any gap is tolerated")
}

/// The officer of a seed.
pub fn officer(seed: u8) -> Officer {
    Officer::from_seed(&[seed; 32])
}

/// 32 fresh random bytes.
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

pub fn currency() -> Currency {
    Currency::new("FLN").expect("three capital letters")
}

/// An intermediary: its key is its name.
pub struct Bank {
    pub key: SecretKey,
}

impl Bank {
    pub fn id(&self) -> RegistrarId {
        RegistrarId(self.key.public().0)
    }

    pub fn vault(&self) -> AccountKey {
        AccountKey { currency: currency(), account: Account::Vault(self.id()) }
    }

    pub fn holder(&self) -> Holder {
        Holder { intermediary: self.id(), currency: currency() }
    }
}

/// The two banks of every stage.
fn banks() -> [Bank; 2] {
    [1, 2].map(|seed| Bank { key: SecretKey::from_seed(&[seed; 32]) })
}

/// An issuer over a fresh store, with two admitted intermediaries whose vaults are filled.
pub struct Stage {
    pub office: Arc<Office>,
    pub store: Arc<Store>,
    pub bank: Bank,
    pub other_bank: Bank,
    pub now: Timestamp,
    folder: TempDir,
}

impl Stage {
    pub fn new() -> Self {
        Self::of(Arc::clone(&OFFICE))
    }

    /// A stage under an office of its own.
    pub fn of(office: Arc<Office>) -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let store = store::create(&Directory::new(folder.path()), &office.trust, DECIMALS, TODAY)
            .expect("the store can be created");
        Self::over(folder, office, store)
    }

    /// The same over another office's store.
    pub fn over(folder: TempDir, office: Arc<Office>, store: Store) -> Self {
        let [bank, other_bank] = banks();
        let stage = Self { office, store: Arc::new(store), bank, other_bank, now: NOW, folder };
        stage.fill();
        stage
    }

    /// Who gives the log's head away. The stage has thrown its root's key away, and a log is only
    /// named by it.
    pub fn publisher(&self) -> Publisher {
        let home = Home::new(self.folder.path().to_owned());
        Publisher::new(home, *self.office.manifest.issuer())
    }

    fn fill(&self) {
        self.supply(Order::Issue, 1_000_000).expect("the currency is new");
        for (bank, name) in [(&self.bank, "Nordhaven"), (&self.other_bank, "Suedhaven")] {
            let admit = Operation::Admit {
                id: bank.id(),
                name: name.to_owned(),
                fingerprint: random(),
                quota: Amount::from_minor_units(800_000),
            };
            self.operate(admit).expect("the name is free");
            let reserves = Order::CreditReserves(bank.id());
            self.supply(reserves, RESERVES.minor_units()).expect("the bank is admitted");
            self.distribute(bank, VAULT);
        }
    }

    /// Fills a bank's vault, for reserves that come in.
    pub fn distribute(&self, bank: &Bank, amount: Amount) {
        let (reserves, vault) = (Order::CreditReserves(bank.id()), Order::Distribute(bank.id()));
        self.supply(reserves, amount.minor_units()).expect("the bank is admitted");
        self.supply(vault, amount.minor_units()).expect("the treasury covers it");
    }

    /// Carries an operation out, as the operator.
    pub fn operate(&self, operation: Operation) -> Result<Done, Refusal> {
        let order = Asked { operator: OPERATOR, operation };
        carry_out(&self.store, self.office.terms(), &order, self.now).expect("the store answers")
    }

    /// An instruction that is fresh, and valid for an hour.
    pub fn instruction(&self, order: Order, minor_units: u64) -> Instruction {
        Instruction {
            issuer: self.manifest().record().issuer,
            id: InstructionId(random()),
            order,
            currency: currency(),
            amount: Amount::from_minor_units(minor_units),
            expiry: Timestamp(self.now.0 + 3_600),
        }
    }

    /// Submits an instruction with the approvals of these officers.
    pub fn submit(&self, instruction: Instruction, officers: &[u8]) -> Result<Done, Refusal> {
        let approvals = officers.iter().map(|seed| officer(*seed).approve(&instruction)).collect();
        let submission = Submission { instruction, approvals };
        self.operate(Operation::Supply(Box::new(submission)))
    }

    /// Orders something that two officers approve.
    pub fn supply(&self, order: Order, minor_units: u64) -> Result<Done, Refusal> {
        self.submit(self.instruction(order, minor_units), &OFFICERS[..2])
    }

    /// What an account holds, in minor units.
    pub fn held(&self, account: Account) -> u64 {
        let key = AccountKey { currency: currency(), account };
        let mut view = View::default();
        view.accounts.want(key);
        self.store.load(&mut view).expect("the store answers");
        view.accounts.get(&key).map_or(0, |row| row.amount.minor_units())
    }

    /// Loads, changes and commits.
    pub fn change(&self, touches: impl FnOnce(&mut View), change: impl FnOnce(&mut View)) {
        let mut view = View::default();
        touches(&mut view);
        self.store.load(&mut view).expect("the store answers");
        change(&mut view);
        self.store.commit_at(view, self.now).expect("the store answers");
    }

    /// Closes the store and opens it again, as a new process would.
    pub fn restarted(self) -> Self {
        let Self { office, store, bank, other_bank, now, folder } = self;
        drop(Arc::into_inner(store).expect("nobody else holds the store"));
        let store =
            Arc::new(Store::open(&Directory::new(folder.path())).expect("the store can be opened"));
        Self { office, store, bank, other_bank, now, folder }
    }

    /// What somebody does who is a customer of the other bank.
    pub fn at_other_bank<T>(&mut self, act: impl FnOnce(&Self) -> T) -> T {
        std::mem::swap(&mut self.bank, &mut self.other_bank);
        let done = act(self);
        std::mem::swap(&mut self.bank, &mut self.other_bank);
        done
    }

    /// The same over a copy of the store.
    pub fn copied(&self) -> Self {
        let folder = TempDir::new().expect("the system has room for a folder");
        let directory = Directory::new(folder.path());
        self.store.copy(&directory).expect("the store can be copied");
        let store = Arc::new(Store::open(&directory).expect("the copy can be opened"));
        let [bank, other_bank] = banks();
        Self { office: Arc::clone(&self.office), store, bank, other_bank, now: self.now, folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn manifest(&self) -> &Manifest {
        &self.office.manifest
    }

    pub fn writer(&self) -> Writer<UnwrapErr<SysRng>> {
        self.writer_keeping(KEPT_MAX)
    }

    /// A writer that keeps so many refusals of each bank at most.
    pub fn writer_keeping(&self, most: u64) -> Writer<UnwrapErr<SysRng>> {
        let (office, store) = (Arc::clone(&self.office), Arc::clone(&self.store));
        Writer::new(office, store, UnwrapErr(SysRng), most).expect("the store answers")
    }

    /// Asks in one batch.
    pub fn ask_all(&self, calls: Vec<(&Bank, Request)>) -> Vec<Reply> {
        let calls = calls.into_iter();
        let calls = calls.map(|(bank, request)| Call { caller: bank.id(), request }).collect();
        let answers = self.writer().answer(calls, self.now).expect("the store answers");
        answers.into_iter().map(|answer| answer.expect("the signer answers")).collect()
    }

    fn ask(&self, bank: &Bank, request: Request) -> Reply {
        self.ask_all(vec![(bank, request)]).remove(0)
    }

    pub fn enrol(&self, bank: &Bank, wallet: &Wallet) -> enrol::Reply {
        let request = Request::Enrol(Box::new(wallet.registration.clone()));
        match self.ask(bank, request) {
            Reply::Enrol(reply) => reply,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    pub fn provision(&self, bank: &Bank, request: Request) -> provision::Reply {
        match self.ask(bank, request) {
            Reply::Provision(reply) => reply,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    pub fn withdraw(&self, bank: &Bank, bytes: &[u8]) -> withdraw::Reply {
        match self.ask(bank, Request::withdraw(bytes, &self.office)) {
            Reply::Withdraw(reply) => reply,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    pub fn exchange(&self, bank: &Bank, bytes: &[u8]) -> exchange::Reply {
        match self.ask(bank, Request::exchange(bytes, &self.office)) {
            Reply::Exchange(reply) => reply,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    pub fn transfer(&self, bank: &Bank, signed: &SignedTransfer) -> transfer::Reply {
        match self.ask(bank, Request::Transfer(Box::new(signed.clone()))) {
            Reply::Transfer(reply) => reply,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    pub fn claim(&self, bank: &Bank, asked: &claim::Request) -> claim::Reply {
        match self.ask(bank, Request::claim(asked.clone(), &self.office)) {
            Reply::Claim(reply) => reply,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    /// Pays claims until none is left that may be paid. Says how many were, and how many wait.
    pub fn pay_due(&self) -> (usize, u64) {
        let mut paid = 0;
        loop {
            let Paid { claims, held } = self.writer().pay_due(self.now).expect("the store answers");
            paid += claims;
            if claims == 0 {
                return (paid, held);
            }
        }
    }

    /// Publishes every list of cashed tokens that is due.
    pub fn list(&self) {
        let writer = self.writer();
        while writer.list(self.now).expect("the store answers") {}
    }

    pub fn deposit(&self, bank: &Bank, items: &[Vec<u8>]) -> Vec<deposit::Outcome> {
        match self.ask(bank, Request::deposit(items, &self.office)) {
            Reply::Deposit(outcomes) => outcomes,
            other => panic!("another verb's reply: {other:?}"),
        }
    }

    /// Asks for a wallet's sessions, as its device signed it.
    pub fn restore(&self, bank: &Bank, call: &SignedCall) -> restore::Reply {
        let request = verbs::restore::Request::read(call.clone()).expect("it is a question");
        let body = request.body;
        let granted = match self.ask(bank, Request::Restore(Box::new(request))) {
            Reply::Restore(reply) => reply?,
            other => panic!("another verb's reply: {other:?}"),
        };
        match (granted, body.asked) {
            (Granted::Query(query), _) => Ok(restore::Told::Query(query)),
            (Granted::Sessions, restore::Asked::After(after)) => {
                Ok(restore::Told::Page(self.page(page::Cursor { identity: body.identity, after })))
            }
            (Granted::Sessions, restore::Asked::Session(_)) => panic!("it asked about one"),
        }
    }

    fn page(&self, cursor: page::Cursor) -> restore::Page {
        let mut view = View::default();
        page::touches_count(cursor, &mut view);
        self.store.load(&mut view).expect("the store answers");
        page::touches_order(cursor, &mut view);
        self.store.load(&mut view).expect("the store answers");
        page::touches_sessions(cursor, &mut view);
        self.store.load(&mut view).expect("the store answers");
        let promised = page::decide(cursor, &view, &self.office);
        promised.keep(&self.office).expect("the signer answers")
    }

    pub fn statement(&self, bank: &Bank, request: statement::Request) -> statement::Statement {
        let (holder, mut view) = (bank.holder(), View::default());
        verbs::statement::touches_totals(holder, &mut view);
        self.store.load(&mut view).expect("the store answers");
        verbs::statement::touches(request, holder, &mut view);
        self.store.load(&mut view).expect("the store answers");
        verbs::statement::decide(request, holder, &view)
    }

    pub fn balance(&self, bank: &Bank) -> Amount {
        Amount::from_minor_units(self.held(Account::Vault(bank.id())))
    }

    pub fn count<T: Table>(&self) -> usize {
        let mut count = 0;
        self.store.scan::<T>(|_, _| count += 1).expect("the store answers");
        count
    }

    pub fn audit(&self) -> Report {
        audit(&self.store, &self.office.archive).expect("the store answers")
    }

    /// A test's last look: every invariant holds.
    pub fn assert_clean(&self) {
        let report = self.audit();
        assert!(report.is_clean(), "{:?}", report.violations);
    }
}

/// The refusal's error.
pub fn refused<T: core::fmt::Debug>(reply: Result<T, refusal::Refusal>) -> Error {
    reply.expect_err("this should be refused").error
}

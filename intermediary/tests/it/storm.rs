//! Outages, storms and lost replies in simulated time: everything is settled once, in order, and
//! the mirror is the statement.

mod freezing;
mod refused;
mod share;
mod transfers;

use crate::bank::Bank;
use crate::holder::{Drawn, Holder};
use crate::issuer::TestIssuer;
use crate::mint::{MINT, NOW, minor, random, rng};
use crate::wire::Wire;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tender_intermediary::audit::{Audit, examine};
use tender_intermediary::journal::{Journal, Stuck};
use tender_intermediary::store;
use tender_intermediary::teller::Teller;
use tender_intermediary::verbs::{deposit, enrol, withdraw};
use tender_proto::call::Call;
use tender_token::cash::{AccountRef, CashItem};
use tender_token::encode::Encode as _;
use tender_token::identity::Master;
use tender_token::provision::SessionId;
use tender_token::withdraw::Output;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const CUSTOMERS: usize = 100;
const DEPOSITS_EACH: usize = 100;
const OPENED: u64 = 100_000;
const VAULT: u64 = 1_000_000_000;
/// Where an item's first commitment is: behind the denomination.
const COMMITMENT: std::ops::Range<usize> = 32..64;

/// One real item and one real output, from which many are made that a bank cannot tell from real
/// ones: it does not verify signatures of the issuer.
struct Pattern {
    item: Vec<u8>,
    account: AccountRef,
    output: Output,
}

impl Pattern {
    fn new() -> Self {
        let issuer = TestIssuer::up();
        issuer.distribute(10_000);
        let Drawn { holder, place, request, reply, .. } = Drawn::at(&issuer);
        let (account, output) = (AccountRef(random()), request.plan.outputs[0].clone());
        let token = holder.token(&request, &place.slot, &reply);
        Self { item: holder.cash(token, &place, account), account, output }
    }

    /// An item of another token, for another account.
    fn item(&self, account: AccountRef) -> Vec<u8> {
        let mut item = self.item.clone();
        let point = *Master::new(random()).identity(0).expect("not zero").point();
        item[COMMITMENT].copy_from_slice(&point.bytes());
        let at = item.windows(32).position(|bytes| bytes == self.account.0).expect("it is named");
        item[at..at + 32].copy_from_slice(&account.0);
        item
    }
}

/// A bank whose issuer is at the other end of a wire in memory, and its customers' wallets.
struct Storm {
    bank: Bank,
    wire: Wire,
    pattern: Pattern,
    customers: usize,
}

impl Storm {
    fn new() -> Self {
        Self::of(CUSTOMERS, OPENED)
    }

    /// So many customers, each of whose accounts was opened with this.
    fn of(customers: usize, opened: u64) -> Self {
        let codes: Vec<_> =
            (0..customers).map(|n| (format!("c{n}"), format!("code-{n}"))).collect();
        let customers: Vec<_> =
            codes.iter().map(|(name, code)| (name.as_str(), opened, code.as_str())).collect();
        let bank = Bank::new(&TestIssuer::down(), &customers);
        let wire = Wire::default();
        wire.with(|memory| memory.distribute(VAULT));
        Self { bank, wire, pattern: Pattern::new(), customers: customers.len() }
    }

    /// Lets something happen in simulated time, with the journal's loop running.
    fn run<F: Future<Output = ()>>(
        self,
        scene: impl FnOnce(Arc<Self>, Arc<Journal>, Vec<Holder>) -> F,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(async move {
            let upstream = self.wire.upstream();
            let journal = Arc::new(Journal::new(Arc::new(self.bank.teller()), upstream));
            journal.refresh_trust().await.expect("up");
            let holders: Vec<_> =
                (0..self.customers).map(|_| Holder::new(self.bank.registrar())).collect();
            for (n, holder) in holders.iter().enumerate() {
                let registration = holder.registration.clone();
                let request =
                    tender_proto::enrol::Request { registration, invitation: format!("code-{n}") };
                let begun = journal.at_the_counter(move |teller| teller.enrol(request)).await;
                let begun = begun.expect("books");
                journal.answer(begun, enrol::reply).await.expect("up").expect("enrolled");
            }
            let looping = tokio::spawn(Arc::clone(&journal).run(rng()));
            scene(Arc::new(self), journal, holders).await;
            looping.abort();
        });
    }
}

async fn deposit(journal: &Arc<Journal>, call: &Call) -> Result<deposit::Reply, Stuck> {
    let call = call.clone();
    let begun = journal.at_the_counter(move |teller| teller.deposit(&call)).await;
    journal.answer(begun.expect("books"), deposit::reply).await
}

async fn open(journal: &Arc<Journal>) -> u64 {
    journal.at_the_counter(Teller::book).await.expect("books").open()
}

/// Waits until no entry is open, and compares the books with the statement.
async fn settled(journal: &Arc<Journal>) -> Audit {
    while open(journal).await > 0 {
        sleep(Duration::from_millis(50)).await;
    }
    while journal.catch_up().await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    let books = journal.at_the_counter(|teller| store::everything(teller.store()));
    let audit = examine(&books.await.expect("sound"), "bank", "FLN");
    assert!(audit.invariants.settled && audit.violations.is_empty(), "{:?}", audit.violations);
    assert_eq!(audit.vault_mirror, i128::from(audit.vault_stated), "mirror difference zero");
    audit
}

#[test]
fn d13_after_an_hour_without_the_issuer_ten_thousand_deposits_drain_once_and_in_order() {
    Storm::new().run(|storm, journal, holders| async move {
        storm.wire.with(|memory| memory.down = true);
        let mut begun = BTreeMap::new();
        let mut wallets = JoinSet::new();
        for holder in &holders {
            let account = AccountRef(random());
            let items: Vec<_> = (0..DEPOSITS_EACH).map(|_| storm.pattern.item(account)).collect();
            let token = |item: &Vec<u8>| {
                CashItem::from_bytes(item, &MINT.manifest).expect("an item").chain().token_id()
            };
            begun.insert(account, items.iter().map(token).collect::<Vec<_>>());
            let calls: Vec<_> =
                items.into_iter().map(|item| holder.deposit(account, vec![item])).collect();
            let journal = Arc::clone(&journal);
            wallets.spawn(async move {
                for call in calls {
                    let answer = deposit(&journal, &call).await;
                    assert!(answer.is_err(), "the issuer is down: {answer:?}");
                }
            });
        }
        while let Some(ended) = wallets.join_next().await {
            ended.expect("queued");
        }
        let all = CUSTOMERS * DEPOSITS_EACH;
        assert_eq!(open(&journal).await, all as u64);
        let before = storm.wire.with(|memory| (memory.asked, memory.attempts));
        sleep(Duration::from_hours(1)).await;
        assert_eq!(open(&journal).await, all as u64, "nothing is given up");
        assert!(journal.is_cut_off());
        let probes = storm.wire.with(|memory| memory.attempts) - before.1;
        assert!((300..1_000).contains(&probes), "a question every 4 to 8 seconds: {probes}");
        assert_eq!(storm.wire.with(|memory| memory.asked), before.0);

        storm.wire.with(|memory| memory.down = false);
        let back = Instant::now();
        while open(&journal).await > 0 {
            sleep(Duration::from_millis(50)).await;
        }
        let took = back.elapsed();
        // One after another they would take 50 s; the loop looks again within 8 s.
        assert!(took < Duration::from_secs(25), "{took:?}");
        let audit = settled(&journal).await;
        let (asked, paid) = storm.wire.with(|memory| (memory.asked, memory.paid.clone()));
        assert_eq!(asked - before.0, all, "every deposit is sent once: the storm makes no second");
        let mut order = BTreeMap::<_, Vec<_>>::new();
        for (account, token) in paid {
            order.entry(account).or_default().push(token);
        }
        assert!(order == begun, "each customer's deposits come in the order they were made in");
        let credited = OPENED + 500 * DEPOSITS_EACH as u64;
        assert!(audit.customers.iter().all(|customer| customer.balance == credited));
        assert_eq!(audit.vault_stated, VAULT + 500 * all as u64);
    });
}

#[test]
fn e6_ra27_with_half_of_the_replies_lost_ten_thousand_operations_leave_no_difference() {
    Storm::new().run(|storm, journal, holders| async move {
        storm.wire.with(|memory| memory.lossy = true);
        let before = storm.wire.with(|memory| memory.asked);
        let each = DEPOSITS_EACH / 2;
        let mut wallets = JoinSet::new();
        for holder in holders {
            let account = AccountRef(random());
            let items: Vec<_> = (0..each).map(|_| storm.pattern.item(account)).collect();
            let output = storm.pattern.output.clone();
            let journal = Arc::clone(&journal);
            wallets.spawn(async move {
                for item in items {
                    let call = holder.deposit(account, vec![item]);
                    let paid = loop {
                        match deposit(&journal, &call).await {
                            Ok(paid) => break paid,
                            Err(_) => sleep(Duration::from_millis(100)).await,
                        }
                    };
                    assert_eq!(paid, [Ok(minor(500))]);
                    let sid = SessionId(random());
                    let request = holder.request_for(sid, output.clone(), 500, NOW).to_bytes();
                    let device = holder.device.public();
                    loop {
                        let request = request.clone();
                        let begun =
                            journal.at_the_counter(move |teller| teller.withdraw(&request, device));
                        let begun = begun.await.expect("books");
                        match journal.answer(begun, withdraw::reply).await {
                            Ok(reply) => break assert!(reply.is_ok(), "{reply:?}"),
                            Err(_) => sleep(Duration::from_millis(100)).await,
                        }
                    }
                }
            });
        }
        while let Some(ended) = wallets.join_next().await {
            ended.expect("settled");
        }
        storm.wire.with(|memory| memory.lossy = false);
        let audit = settled(&journal).await;
        let all = 2 * CUSTOMERS * each;
        let (asked, effects) = storm.wire.with(|memory| (memory.asked, memory.postings.len()));
        assert!(asked - before > all + all / 2, "half of the replies are lost: {asked}");
        assert_eq!(effects, 1 + all, "one effect for each operation");
        assert!(audit.customers.iter().all(|customer| customer.balance == OPENED));
        assert_eq!((audit.vault_stated, audit.journal_open), (VAULT, 0));
    });
}

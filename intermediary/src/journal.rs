//! The journal's loop: sending, sending again and recovering from a crash are the same thing.
//!
//! An entry holds the bytes that are sent, so every attempt is the same request. Each customer's
//! entries go out one after another in a lane of its own, many customers' at the same time, and no
//! more than the issuer is to be asked at once. Whoever needs an entry settled waits at its lane; a
//! background loop drives in all lanes that have open entries, for as long as it takes. A reply
//! finishes the entry; no reply leaves it open. While the issuer does not answer, or refuses us for
//! having asked too much, a breaker keeps wallets from waiting for it, and the loop alone asks it
//! whether it is back.

mod attempt;
mod breaker;
mod differing;
mod lanes;
mod pause;
mod relays;
mod stuck;

pub use relays::Place;
pub use stuck::Stuck;

use crate::books::Failed;
use crate::rows::{CustomerId, Entry, EntryNumber};
use crate::teller::{NoAnswer, Teller};
use crate::upstream::{self, Upstream};
use crate::verbs::purchase::Stock;
use crate::verbs::{Begun, Implausible};
use breaker::Breaker;
use differing::Differing;
use lanes::{Driver, Lanes};
use pause::{PAUSE_MIN, Pause};
use rand_core::CryptoRng;
use relays::{RELAYED_MAX, Relays};
use std::sync::Arc;
use std::time::Duration;
use tender_proto::pending::Standing;
use tender_proto::transport::carried;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

/// Requests that the issuer takes over one connection at the same time.
const CHANNEL_MAX: usize = 32;
/// Entries that are on their way to the issuer at most. The rest of the channel is for relays.
const UNDER_WAY_MAX: usize = CHANNEL_MAX - RELAYED_MAX;
/// Lanes in which the loop drives at the same time; the rest is for wallets that wait.
const ROUND_LANES_MAX: usize = UNDER_WAY_MAX * 3 / 4;

type Settled = Result<Arc<Entry>, Stuck>;

/// The issuer was not reached.
const UNREACHABLE: Stuck = Stuck::Upstream(upstream::Fault::Unreachable);

/// Sends what the books hold, and finishes it with what comes back.
pub struct Journal {
    teller: Arc<Teller>,
    upstream: Upstream,
    stock: Option<Stock>,
    lanes: Lanes,
    breaker: Breaker,
    under_way: Semaphore,
    relays: Relays,
    moved: Notify,
    broken: Notify,
}

impl Journal {
    /// The journal of these books.
    #[must_use]
    pub fn new(teller: Arc<Teller>, upstream: Upstream) -> Self {
        Self {
            teller,
            upstream,
            stock: None,
            lanes: Lanes::default(),
            breaker: Breaker::default(),
            under_way: Semaphore::new(UNDER_WAY_MAX),
            relays: Relays::new(),
            moved: Notify::new(),
            broken: Notify::new(),
        }
    }

    /// The same, with the vault's stock kept by orders.
    #[must_use]
    pub fn keeping(self, stock: Option<Stock>) -> Self {
        Self { stock, ..self }
    }

    /// Waits for a place on the way to the issuer, for what needs no journal. Whoever goes away
    /// meanwhile gets none. Errors: [`Stuck::Busy`].
    pub async fn place(&self, patience: Duration) -> Result<Place, Stuck> {
        self.relays.place(patience).await
    }

    /// The same for a restoring wallet of a customer. Errors: [`Stuck::Busy`].
    pub async fn restore_place(
        &self,
        customer: CustomerId,
        patience: Duration,
    ) -> Result<Place, Stuck> {
        self.relays.restore(customer, patience).await
    }

    /// The issuer, for whoever has a place there. Errors: [`Stuck`], while it does not answer.
    pub fn upstream(&self, _place: &Place) -> Result<&Upstream, Stuck> {
        self.breaker.pass().map(|()| &self.upstream)
    }

    /// Whether the issuer is only asked whether it is back.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.breaker.is_open()
    }

    /// Returns when the books have failed: whoever serves must then stop.
    pub async fn broken(&self) {
        self.broken.notified().await;
    }

    /// Lets the teller work off the async workers. Errors: those of the work.
    pub async fn at_the_counter<T: Send + 'static, E: Into<NoAnswer> + Send + 'static>(
        &self,
        work: impl FnOnce(&Teller) -> Result<T, E> + Send + 'static,
    ) -> Result<T, NoAnswer> {
        let teller = Arc::clone(&self.teller);
        let done = match tokio::task::spawn_blocking(move || work(&teller)).await {
            Ok(done) => done,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is ending, and with it whoever waits here.
                Err(_) => std::future::pending().await,
            },
        };
        done.map_err(Into::into).inspect_err(|error| {
            if let NoAnswer::Books(fault) = error {
                tracing::error!(%fault, "the books failed: stopping");
                self.broken.notify_one();
            }
        })
    }

    /// The answer of what was begun: the stored one, or the issuer's. Errors: [`Stuck`].
    pub async fn answer<T>(
        self: &Arc<Self>,
        begun: Begun<T>,
        reply: impl FnOnce(&Entry) -> Option<T>,
    ) -> Result<T, Stuck> {
        match begun {
            Begun::Answered(answer) => Ok(answer),
            Begun::Full => Err(Stuck::Full),
            Begun::Open(number) => {
                let entry = self.settle(number).await?;
                Ok(reply(&entry).expect("a settled entry has the reply of its own kind"))
            }
        }
    }

    /// The answer of what was begun, or that it is pending if the issuer does not answer soon. It
    /// goes on in either case. Errors: [`Stuck::Full`], for then nothing was begun, and
    /// [`Stuck::Counter`].
    pub async fn answer_soon<T>(
        self: &Arc<Self>,
        begun: Begun<T>,
        patience: Duration,
        reply: impl FnOnce(&Entry) -> Option<T>,
    ) -> Result<Standing<T>, Stuck> {
        match tokio::time::timeout(patience, self.answer(begun, reply)).await {
            Ok(Ok(answer)) => Ok(Standing::Decided(answer)),
            Ok(Err(stuck @ (Stuck::Full | Stuck::Busy | Stuck::Counter(_)))) => Err(stuck),
            Ok(Err(Stuck::Upstream(_) | Stuck::Implausible(_) | Stuck::Uncovered)) | Err(_) => {
                Ok(Standing::Pending)
            }
        }
    }

    /// Settles an entry: waits for the next attempt at it, which goes on if the caller goes away.
    /// Errors: [`Stuck`].
    pub async fn settle(self: &Arc<Self>, number: EntryNumber) -> Settled {
        let entry = self.entry(number).await?;
        if !entry.is_open() {
            return Ok(Arc::new(entry));
        }
        self.breaker.pass()?;
        let (told, driver) = self.lanes.wait(entry.customer(), number);
        if let Some(driver) = driver {
            // The issuer is asked under the id of the request that this attempt answers.
            tokio::spawn(carried(Arc::clone(self).drive(driver)));
        }
        told.await.unwrap_or(Err(UNREACHABLE))
    }

    async fn entry(&self, number: EntryNumber) -> Result<Entry, Stuck> {
        let entry = self.at_the_counter(move |teller| teller.entry(number)).await?;
        Ok(entry.ok_or(Implausible)?)
    }

    /// Drives in a lane until nobody waits at it. Errors: [`Stuck`], the last one met.
    async fn drive(self: Arc<Self>, driver: Driver) -> Result<(), Stuck> {
        let mut driver = driver;
        loop {
            let passed = self.pass(&driver).await;
            let Some((still, waited_for)) = driver.leave() else { return passed };
            driver = still;
            for number in waited_for {
                // It was settled before somebody waited for it, or comes behind what failed.
                let settled = match self.entry(number).await {
                    Ok(entry) if entry.is_open() => {
                        Err(passed.clone().err().unwrap_or(UNREACHABLE))
                    }
                    looked => looked.map(Arc::new),
                };
                driver.tell(number, &settled);
            }
        }
    }

    /// Settles a lane's open entries in their order. One that the issuer cannot answer does not
    /// hold up those behind it. Errors: [`Stuck`], the last one met, or being out of reach.
    async fn pass(&self, driver: &Driver) -> Result<(), Stuck> {
        let (customer, mut after, mut outcome) = (driver.customer(), EntryNumber(0), Ok(()));
        loop {
            let next = move |teller: &Teller| teller.next_open(customer, after);
            let Some(number) = self.at_the_counter(next).await? else { return outcome };
            let permit = self.under_way.acquire().await.expect("it is never closed");
            let settled = self.attempt(number).await;
            drop(permit);
            self.breaker.saw(&settled);
            driver.tell(number, &settled);
            match settled {
                Ok(_) => self.moved.notify_one(),
                // That we are not admitted is said once, by the loop.
                Err(stuck) if stuck.is_not_admitted() => return Err(stuck),
                Err(stuck) => {
                    tracing::warn!(entry = number.0, %stuck, "an entry stays open");
                    if stuck.is_of_all() {
                        return Err(stuck);
                    }
                    outcome = Err(stuck);
                }
            }
            after = number;
        }
    }

    /// Settles every open entry, many customers' at the same time, until the issuer cannot be
    /// reached or knows us not. Errors: [`Stuck`], the last one met.
    pub async fn round(self: &Arc<Self>) -> Result<(), Stuck> {
        let waiting = self.at_the_counter(Teller::waiting_customers).await?;
        let (mut driving, mut outcome) = (JoinSet::new(), Ok(()));
        for customer in waiting {
            while driving.len() >= ROUND_LANES_MAX && reached(&outcome) {
                outcome = joined(&mut driving).await.unwrap_or(Ok(())).and(outcome);
            }
            if !reached(&outcome) {
                break;
            }
            if let Some(driver) = self.lanes.enter(customer) {
                driving.spawn(Arc::clone(self).drive(driver));
            }
        }
        while let Some(passed) = joined(&mut driving).await {
            outcome = if reached(&outcome) { passed.and(outcome) } else { outcome };
        }
        outcome
    }

    /// Fetches the manifests that are new, and what was revoked and denied. Errors: [`Stuck`].
    pub async fn refresh_trust(&self) -> Result<(), Stuck> {
        loop {
            let held = self.at_the_counter(|teller| Ok::<_, Failed>(teller.epoch())).await?;
            let told = self.upstream.trust(held).await?;
            let full = told.is_full();
            match self.at_the_counter(move |teller| teller.adopt(told)).await? {
                Ok(new) if full && new => {}
                Ok(_) => return Ok(()),
                Err(error) => {
                    report_split_view(error);
                    return Ok(());
                }
            }
        }
    }

    /// Fetches the statement, piece by piece until nothing is missing, and compares it with the
    /// mirror. Errors: [`Stuck`].
    pub async fn refresh_mirror(&self) -> Result<(), Stuck> {
        loop {
            let asked = self.at_the_counter(Teller::ask_statement).await?;
            let statement = self.upstream.statement(asked.request).await?;
            let complete = statement.postings.is_empty()
                && statement.incidents.is_empty()
                && statement.reserves.postings.is_empty();
            self.at_the_counter(move |teller| teller.take_statement(asked, statement)).await?;
            if complete {
                return Ok(());
            }
        }
    }

    /// One round of everything: manifest, open entries, statement, orders for the vault. The
    /// manifest comes first, for asking for it costs least and tells whether the issuer is there.
    /// An entry that the issuer cannot answer keeps nobody from the statement. Errors: [`Stuck`].
    pub async fn catch_up(self: &Arc<Self>) -> Result<(), Stuck> {
        let probe = self.refresh_trust().await;
        self.breaker.saw(&probe);
        probe?;
        let round = self.round().await;
        if !reached(&round) {
            return round;
        }
        self.refresh_mirror().await?;
        if let Some(stock) = self.stock {
            self.at_the_counter(move |teller| teller.restock(stock)).await?;
        }
        round
    }

    /// Catches up for ever: soon after something moved, else periodically, and with doubling,
    /// jittered pauses while the issuer does not answer. An issuer that refuses us for having asked
    /// too much is not asked before it said.
    pub async fn run(self: Arc<Self>, rng: impl CryptoRng) {
        let (mut pause, mut admitted) = (Pause::new(rng), true);
        let mut differing = Differing::default();
        loop {
            if let Some(wait) = self.breaker.refused_for() {
                tokio::time::sleep(wait).await;
            }
            let caught_up = self.catch_up().await;
            admitted = still_admitted(admitted, &caught_up);
            differing.saw(self.at_the_counter(Teller::differences).await.ok());
            if caught_up.is_ok() {
                tokio::time::sleep(PAUSE_MIN).await;
                tokio::select! {
                    () = tokio::time::sleep(pause.answered()) => (),
                    () = self.moved.notified() => (),
                }
            } else {
                tokio::time::sleep(pause.unanswered()).await;
            }
        }
    }
}

/// Whether the issuer was there and heard us, whatever it said.
fn reached(round: &Result<(), Stuck>) -> bool {
    !round.as_ref().is_err_and(Stuck::is_of_all)
}

/// The next lane that was driven in to its end, if there is one.
async fn joined(driving: &mut JoinSet<Result<(), Stuck>>) -> Option<Result<(), Stuck>> {
    match driving.join_next().await? {
        Ok(passed) => Some(passed),
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the runtime cancels it, and with it whoever waits here.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Whether the issuer knows our certificate after a round; says when that changes. A round that did
/// not reach the issuer changes nothing.
fn still_admitted(admitted: bool, round: &Result<(), Stuck>) -> bool {
    match round {
        Ok(()) => {
            if !admitted {
                tracing::warn!("the issuer knows our certificate again");
            }
            true
        }
        Err(stuck) if stuck.is_not_admitted() => {
            if admitted {
                tracing::error!("{stuck}");
            }
            false
        }
        Err(_) => admitted,
    }
}

/// Somebody shows two views, or has forgotten one.
fn report_split_view(error: tender_token::error::Error) {
    tracing::error!(%error, "the issuer shows a manifest that does not follow ours");
}

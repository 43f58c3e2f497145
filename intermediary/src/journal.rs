//! The journal's loop: sending, sending again and recovering from a crash are the same thing.
//!
//! An entry holds the bytes that are sent. Whoever needs it settled joins the one attempt under way
//! or starts one; a background loop does the same for every entry that is still open, oldest first,
//! for as long as it takes. A reply finishes the entry; no reply leaves it open.

use crate::books::Failed;
use crate::rows::{Entry, EntryNumber};
use crate::teller::{NoAnswer, Teller};
use crate::upstream::{self, Upstream};
use crate::verbs::{Begun, Implausible, deposit, enrol, withdraw};
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tender_proto::transport::carried;
use tokio::sync::{Notify, watch};

/// Pause between two rounds while the issuer answers.
const PERIOD: Duration = Duration::from_secs(2);
/// First pause after the issuer did not answer; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(200);
/// Longest pause between two rounds.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Why an entry is not settled. It stays open, and the same request may be asked again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stuck {
    /// The issuer gave no answer.
    #[error(transparent)]
    Upstream(#[from] upstream::Fault),
    /// The issuer's answer does not fit what was asked.
    #[error(transparent)]
    Implausible(#[from] Implausible),
    /// Our own books gave no answer.
    #[error(transparent)]
    Counter(Arc<NoAnswer>),
}

impl Stuck {
    /// Whether the issuer does not know us, or has suspended us: then nothing is answered before it
    /// admits us again.
    #[must_use]
    pub fn is_not_admitted(&self) -> bool {
        use upstream::Fault::{NotAdmitted, Suspended};
        matches!(self, Self::Upstream(NotAdmitted | Suspended))
    }

    /// Whether the issuer was not reached at all: then other entries need not be tried now.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        let unreachable = matches!(self, Self::Upstream(upstream::Fault::Unreachable));
        unreachable || self.is_not_admitted()
    }
}

impl From<NoAnswer> for Stuck {
    fn from(error: NoAnswer) -> Self {
        Self::Counter(Arc::new(error))
    }
}

type Settled = Result<Arc<Entry>, Stuck>;
type Attempt = watch::Receiver<Option<Settled>>;

/// Sends what the books hold, and finishes it with what comes back.
pub struct Journal {
    teller: Arc<Teller>,
    upstream: Upstream,
    attempts: Mutex<BTreeMap<EntryNumber, Attempt>>,
    moved: Notify,
    broken: Notify,
}

impl Journal {
    /// The journal of these books.
    #[must_use]
    pub fn new(teller: Arc<Teller>, upstream: Upstream) -> Self {
        let attempts = Mutex::new(BTreeMap::new());
        Self { teller, upstream, attempts, moved: Notify::new(), broken: Notify::new() }
    }

    /// The issuer, for what needs no journal.
    #[must_use]
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
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
            Begun::Open(number) => {
                let entry = self.settle(number).await?;
                Ok(reply(&entry).expect("a settled entry has the reply of its own kind"))
            }
        }
    }

    /// Settles an entry: joins the attempt under way or starts one. The attempt goes on if the
    /// caller goes away. Errors: [`Stuck`].
    pub async fn settle(self: &Arc<Self>, number: EntryNumber) -> Settled {
        let mut attempt = self.join(number);
        let settled = attempt.wait_for(Option::is_some).await;
        let settled = settled.ok().and_then(|settled| settled.clone());
        settled.unwrap_or(Err(Stuck::Upstream(upstream::Fault::Unreachable)))
    }

    fn join(self: &Arc<Self>, number: EntryNumber) -> Attempt {
        let mut attempts = self.attempts();
        // An attempt whose sender is gone is over, whatever became of it.
        let under_way = attempts.get(&number).filter(|attempt| attempt.has_changed().is_ok());
        if let Some(attempt) = under_way {
            return attempt.clone();
        }
        let (sender, attempt) = watch::channel(None);
        attempts.insert(number, attempt.clone());
        let journal = Arc::clone(self);
        // The issuer is asked under the id of the request that this attempt answers.
        tokio::spawn(carried(async move {
            let settled = journal.attempt(number).await;
            // That we are not admitted is said once, by the loop.
            if let Err(stuck) = &settled
                && !stuck.is_not_admitted()
            {
                tracing::warn!(entry = number.0, %stuck, "an entry stays open");
            }
            journal.attempts().remove(&number);
            sender.send_replace(Some(settled));
            journal.moved.notify_one();
        }));
        attempt
    }

    fn attempts(&self) -> MutexGuard<'_, BTreeMap<EntryNumber, Attempt>> {
        self.attempts.lock().expect("no holder of this lock panics")
    }

    /// Sends an entry's bytes and finishes it with the reply. Errors: [`Stuck`].
    async fn attempt(&self, number: EntryNumber) -> Settled {
        let entry = self.at_the_counter(move |teller| teller.entry(number)).await?;
        let entry = entry.ok_or(Implausible)?;
        if !entry.is_open() {
            return Ok(Arc::new(entry));
        }
        let finished = match entry {
            Entry::Enrol(job) => {
                let registration = job.work.registration;
                let invitation = String::new();
                let request = tender_proto::enrol::Request { registration, invitation };
                let reply = self.upstream.enrol(request).await?;
                let finish = move |view: &mut _| enrol::finish(view, number, reply);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
            Entry::Withdraw(job) => {
                let reply = self.upstream.withdraw(job.work.request).await?;
                let finish = move |view: &mut _| withdraw::finish(view, number, reply);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
            Entry::Deposit(job) => {
                let items = job.work.sent().map(|(_, bytes)| bytes.to_vec()).collect();
                let reply = self.upstream.deposit(items).await?;
                let finish = move |view: &mut _| deposit::finish(view, number, reply);
                self.at_the_counter(move |teller| teller.finish(number, finish)).await?
            }
        };
        Ok(Arc::new(finished?))
    }

    /// Settles every open entry, oldest first, until the issuer cannot be reached or knows us not.
    /// Errors: [`Stuck`], the last one met.
    pub async fn round(self: &Arc<Self>) -> Result<(), Stuck> {
        let open = self.at_the_counter(Teller::open_entries).await?;
        let mut outcome = Ok(());
        for number in open {
            match self.settle(number).await {
                Ok(_) => (),
                Err(stuck) if stuck.is_out_of_reach() => return Err(stuck),
                Err(stuck) => outcome = Err(stuck),
            }
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

    /// One round of everything: open entries, manifest, statement. An entry that the issuer cannot
    /// answer keeps nobody from the manifest and the statement. Errors: [`Stuck`].
    pub async fn catch_up(self: &Arc<Self>) -> Result<(), Stuck> {
        let round = self.round().await;
        if round.as_ref().is_err_and(Stuck::is_out_of_reach) {
            return round;
        }
        self.refresh_trust().await?;
        self.refresh_mirror().await?;
        round
    }

    /// Catches up for ever: soon after something moved, else periodically, and with doubling,
    /// jittered pauses while the issuer does not answer.
    pub async fn run(self: Arc<Self>, mut rng: impl CryptoRng) {
        let (mut pause, mut admitted) = (PAUSE_MIN, true);
        loop {
            let caught_up = self.catch_up().await;
            admitted = still_admitted(admitted, &caught_up);
            if caught_up.is_ok() {
                pause = PAUSE_MIN;
                tokio::time::sleep(PAUSE_MIN).await;
                tokio::select! {
                    () = tokio::time::sleep(jittered(PERIOD, &mut rng)) => (),
                    () = self.moved.notified() => (),
                }
            } else {
                tokio::time::sleep(jittered(pause, &mut rng)).await;
                pause = pause.saturating_mul(2).min(PAUSE_MAX);
            }
        }
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

/// Between half of a pause and all of it, so that many intermediaries do not ask in step.
fn jittered(pause: Duration, rng: &mut impl CryptoRng) -> Duration {
    let sixteenths = rng.next_u32() & 0b111;
    let half = pause.checked_div(2).unwrap_or_default();
    let sixteenth = pause.checked_div(16).unwrap_or_default();
    half.saturating_add(sixteenth.saturating_mul(sixteenths))
}

/// Somebody shows two views, or has forgotten one.
fn report_split_view(error: tender_token::error::Error) {
    tracing::error!(%error, "the issuer shows a manifest that does not follow ours");
}

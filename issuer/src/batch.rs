//! The batch: many requests, one durable commit, and only then the replies.
//!
//! A batch goes through three steps, which may run beside those of other batches: its checks, its
//! decisions with their commit, its signatures. Only the second one must be alone.

use crate::forgetting::forget;
use crate::keeping::{Full, Kept};
use crate::listing::Listing;
use crate::office::{Case, Office};
use crate::operation::{Done, Order, carry_out};
use crate::request::{Checked, Promise, Reply, Request};
use crate::rows::Membership;
use crate::settlement::{Paid, pay_due};
use crate::signer::{Signer, Withheld};
use crate::store::{Fault, Store};
use crate::verbs::guarantee::{self, Loss};
use crate::verbs::incident::{self, Accusation, Finding};
use crate::verbs::{ledger, log};
use crate::view::View;
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tender_proto::operator::Refusal;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;

/// For how long the time of an idle issuer need not be durable, in seconds.
const KEPT_S: u64 = 3_600;

/// A request and the intermediary that sent it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whom the verified client certificate names.
    pub caller: RegistrarId,
    /// What it asks for.
    pub request: Request,
}

/// Why nothing was decided of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// The caller was suspended after its request came through the gate.
    #[error("the caller was suspended before its request was decided; nothing was")]
    Suspended,
    /// It would be refused, and no more refusals of the caller are kept.
    #[error("no more refusals of the caller are kept; nothing was decided")]
    Full,
}

impl From<Full> for Undecided {
    fn from(Full: Full) -> Self {
        Self::Full
    }
}

/// What was decided of a call, or that nothing was.
pub type Decided = Result<Promise, Undecided>;

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsaid {
    /// Nothing was decided.
    #[error(transparent)]
    Undecided(#[from] Undecided),
    /// It could not be signed; the decision stands, so asking again may help.
    #[error(transparent)]
    Unsigned(#[from] Withheld),
}

/// The reply, or why there is none.
pub type Answer = Result<Reply, Unsaid>;

/// The only one who writes into the store.
#[derive(Debug)]
pub struct Writer<R> {
    office: Arc<Office>,
    store: Arc<Store>,
    kept: Mutex<Kept>,
    listing: Mutex<Listing>,
    rng: R,
}

/// Tells of keys that are frozen now.
pub fn tell_frozen(view: &View) {
    for (denomination, row) in view.frozen.changes() {
        let refused = row.map_or(0, |row| row.refused.0);
        tracing::error!(?denomination, refused, "FROZEN: more was presented than was signed");
    }
}

/// Lets the signer know what the ledger is about to owe. Errors: [`Fault`].
fn owe(signer: &dyn Signer, view: &View) -> Result<(), Fault> {
    for (denomination, row) in view.denominations.changes() {
        if let Some(row) = row {
            signer.owe(*denomination, row.signed.0)?;
        }
    }
    Ok(())
}

/// What was called whose costly checks are done, and by whom, in the order of the calls.
#[derive(Debug)]
pub struct Batch {
    now: Timestamp,
    calls: Vec<(RegistrarId, Checked)>,
}

impl<R: CryptoRng + Clone + Send> Writer<R> {
    /// The writer of a store. There must be one only. Clones of `rng` must be independent. Of each
    /// intermediary it keeps so many refusals at most. Errors: [`Fault`].
    pub fn new(
        office: Arc<Office>,
        store: Arc<Store>,
        rng: R,
        refusals_max: u64,
    ) -> Result<Self, Fault> {
        let kept = Kept::read(&store, refusals_max)?;
        kept.tell_full(&Kept::none(refusals_max));
        let listing = Mutex::new(Listing::read(&store, &office)?);
        Ok(Self { office, store, kept: Mutex::new(kept), listing, rng })
    }

    /// How many refusals are kept, of each intermediary.
    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store that it writes into.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Answers calls in their order: [`Self::verify`], [`Self::commit`] and [`Self::keep`] in one.
    /// Errors: [`Fault`]; nothing may be answered then, and the writer must not be used again.
    pub fn answer(&self, calls: Vec<Call>, now: Timestamp) -> Result<Vec<Answer>, Fault> {
        let batch = self.verify(calls, now)?;
        Ok(self.keep(self.commit(batch)?))
    }

    /// Does what changes nothing, side by side, with rows that are durable now. Errors: [`Fault`].
    pub fn verify(&self, calls: Vec<Call>, now: Timestamp) -> Result<Batch, Fault> {
        let office = &*self.office;
        let mut view = View::default();
        for call in &calls {
            call.request.touches_checks(&mut view);
        }
        self.store.load(&mut view)?;
        let calls: Vec<_> = calls.into_iter().map(|call| (call, self.rng.clone())).collect();
        let checked = calls.into_par_iter().map(|(call, mut rng)| {
            let Call { caller, request } = call;
            (caller, request.verify(&view, &Case { office, caller, now }, &mut rng))
        });
        Ok(Batch { now, calls: checked.collect() })
    }

    /// Decides the calls one after the other, by what all earlier batches left, and makes it
    /// durable. Of a caller that one of them suspended, nothing is decided. Batches come here in
    /// their order, one at a time. Errors: as for [`Self::answer`].
    pub fn commit(&self, batch: Batch) -> Result<Vec<Decided>, Fault> {
        let Batch { now, calls } = batch;
        let mut view = self.load(&calls, now)?;
        let mut decided = Vec::with_capacity(calls.len());
        for (caller, checked) in calls {
            let row = view.intermediaries.get(&caller);
            if row.is_some_and(|row| matches!(row.standing, Membership::Suspended(_))) {
                decided.push(Err(Undecided::Suspended));
                continue;
            }
            let case = Case { office: &self.office, caller, now };
            let (mut accusations, mut losses) = (Vec::new(), Vec::new());
            let promise = checked.decide(&mut view, &case, &mut accusations, &mut losses);
            self.judge(&accusations, &mut view, now)?;
            let mut promise = promise.map_err(Undecided::from);
            if let Ok(promise) = &mut promise {
                self.make_good(&losses, promise, &mut view, &case)?;
            }
            decided.push(promise);
        }

        log::publish(&mut view, now.day());
        ledger::assert_balanced(&view);
        tell_frozen(&view);
        owe(&*self.office.signer, &view)?;
        let (rests_on_time, kept) = (view.rests_on_time, core::mem::take(&mut view.kept));
        self.store.commit_at(view, now)?;
        kept.tell_full(&self.kept());
        *self.kept() = kept;
        if rests_on_time {
            self.store.keep_time(now)?;
        }
        Ok(decided)
    }

    /// Makes the time durable if nothing else has done so for an hour, so that an issuer that
    /// nobody asks for anything does not find its books old at the next start. Errors: as for
    /// [`Self::answer`].
    pub fn keep_time(&self, now: Timestamp) -> Result<(), Fault> {
        if now.0.saturating_sub(self.store.newest_time().0) < KEPT_S {
            return Ok(());
        }
        self.store.keep_time(now)
    }

    /// Pays claims whose last day is over, as many as go into one commit, and says what waits.
    /// Errors: as for [`Self::answer`].
    pub fn pay_due(&self, now: Timestamp) -> Result<Paid, Fault> {
        pay_due(&self.store, &self.office, now)
    }

    /// Does a step towards the next list of cashed tokens that is due, and says whether there was
    /// one. `now` is the time of the last batch, or later. Errors: as for [`Self::answer`].
    pub fn list(&self, now: Timestamp) -> Result<bool, Fault> {
        let mut listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        listing.step(&self.store, now)
    }

    /// Forgets refusals of what has expired, in a step of its own, if there are at least so many.
    /// `now` is the time of the last batch. Errors: as for [`Self::answer`].
    pub fn forget(&self, now: Timestamp, least: usize) -> Result<usize, Fault> {
        let forgotten = forget(&self.store, now, least)?;
        let mut kept = self.kept();
        for key in &forgotten {
            kept.remove(key.caller);
        }
        Ok(forgotten.len())
    }

    /// Carries an operator's order out and makes it durable, between two batches. Refused with
    /// `E_AUTH` is what waited while its operator was dismissed. Errors: as for [`Self::answer`].
    pub fn operate(&self, order: &Order, now: Timestamp) -> Result<Result<Done, Refusal>, Fault> {
        if self.is_dismissed(order.operator)? {
            return Ok(Err(Error::Auth.into()));
        }
        carry_out(&self.store, self.office.terms(), order, now)
    }

    fn is_dismissed(&self, operator: [u8; 32]) -> Result<bool, Fault> {
        let mut view = View::default();
        view.staff.want(operator);
        self.store.load(&mut view)?;
        Ok(view.staff.get(&operator).is_some_and(|row| !row.may_call()))
    }

    /// Signs what was promised, side by side. What it rests on is durable.
    pub fn keep(&self, decided: Vec<Decided>) -> Vec<Answer> {
        let office = &*self.office;
        decided.into_par_iter().map(|promise| Ok(promise?.keep(office)?)).collect()
    }

    fn load(&self, calls: &[(RegistrarId, Checked)], now: Timestamp) -> Result<View, Fault> {
        let mut view = View { kept: self.kept().clone(), ..View::default() };
        for (caller, checked) in calls {
            view.intermediaries.want(*caller);
            checked.touches(&mut view, &Case { office: &self.office, caller: *caller, now });
        }
        log::touches_size(&mut view);
        self.store.load(&mut view)?;
        log::touches_frontier(&mut view);
        for (_, checked) in calls {
            checked.touches_more(&mut view);
        }
        self.store.load(&mut view)?;
        Ok(view)
    }

    /// Follows up contradictions before the next request is decided. Whom they name is only known
    /// now, so the wallets' rows are loaded now.
    fn judge(
        &self,
        accusations: &[Accusation],
        view: &mut View,
        now: Timestamp,
    ) -> Result<(), Fault> {
        for accusation in accusations {
            incident::touches(accusation, view);
            self.store.load(view)?;
            if incident::is_known(accusation, view) {
                continue;
            }
            let (slot, culprit) = (accusation.slot(), accusation.culprit());
            if let Some(culprit) = culprit {
                view.wallets.want(culprit);
                self.store.load(view)?;
            }
            match incident::decide(accusation, culprit, view, now) {
                Finding::Proved(number) => tracing::warn!(number, ?slot, "a wallet is closed"),
                Finding::Untraced => tracing::error!(?slot, "UNTRACED: a slot has no owner"),
            }
        }
        Ok(())
    }

    /// Makes losses good, if the policy says so, once it is known who caused them. Each row that is
    /// needed is only named by the one before.
    fn make_good(
        &self,
        losses: &[Loss],
        promise: &mut Promise,
        view: &mut View,
        case: &Case<'_>,
    ) -> Result<(), Fault> {
        for loss in losses {
            for touches in guarantee::TOUCHES {
                touches(loss, view, case);
                self.store.load(view)?;
            }
            if let Some(value) = guarantee::decide(loss, view, case) {
                promise.redress(loss.index, value);
            }
        }
        Ok(())
    }
}

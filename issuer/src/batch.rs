//! The batch: many requests, one durable commit, and only then the replies.
//!
//! A batch goes through three steps, which may run beside those of other batches: its checks, its
//! decisions with their commit, its signatures. Only the second one must be alone.

use crate::office::{Case, Office};
use crate::operation::{Done, Order, carry_out};
use crate::request::{Checked, Promise, Reply, Request};
use crate::settlement::{Paid, pay_due};
use crate::signer::{Signed, Signer};
use crate::store::{Fault, Store};
use crate::verbs::guarantee::{self, Loss};
use crate::verbs::incident::{self, Accusation, Finding};
use crate::verbs::{ledger, log};
use crate::view::View;
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::sync::Arc;
use tender_proto::operator::Refusal;
use tender_token::date::Timestamp;
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

/// The reply, or why it could not be signed; the decision stands, so asking again may help.
pub type Answer = Signed<Reply>;

/// The only one who writes into the store.
#[derive(Debug)]
pub struct Writer<R> {
    office: Arc<Office>,
    store: Arc<Store>,
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
    /// The writer of a store. There must be one only. Clones of `rng` must be independent.
    pub fn new(office: Arc<Office>, store: Arc<Store>, rng: R) -> Self {
        Self { office, store, rng }
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
    /// durable. Batches come here in their order, one at a time. Errors: as for [`Self::answer`].
    pub fn commit(&self, batch: Batch) -> Result<Vec<Promise>, Fault> {
        let Batch { now, calls } = batch;
        let mut view = self.load(&calls, now)?;
        let mut promises = Vec::with_capacity(calls.len());
        for (caller, checked) in calls {
            let case = Case { office: &self.office, caller, now };
            let (mut accusations, mut losses) = (Vec::new(), Vec::new());
            let mut promise = checked.decide(&mut view, &case, &mut accusations, &mut losses);
            self.judge(&accusations, &mut view, now)?;
            self.make_good(&losses, &mut promise, &mut view, &case)?;
            promises.push(promise);
        }

        log::publish(&mut view, now.day());
        ledger::assert_balanced(&view);
        tell_frozen(&view);
        owe(&*self.office.signer, &view)?;
        let rests_on_time = view.rests_on_time;
        self.store.commit_at(view, now)?;
        if rests_on_time {
            self.store.keep_time(now)?;
        }
        Ok(promises)
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

    /// Carries an operator's order out and makes it durable, between two batches.
    /// Errors: as for [`Self::answer`].
    pub fn operate(&self, order: &Order, now: Timestamp) -> Result<Result<Done, Refusal>, Fault> {
        carry_out(&self.store, self.office.terms(), order, now)
    }

    /// Signs what was promised, side by side. What it rests on is durable.
    pub fn keep(&self, promises: Vec<Promise>) -> Vec<Answer> {
        let office = &*self.office;
        promises.into_par_iter().map(|promise| promise.keep(office)).collect()
    }

    fn load(&self, calls: &[(RegistrarId, Checked)], now: Timestamp) -> Result<View, Fault> {
        let mut view = View::default();
        for (caller, checked) in calls {
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

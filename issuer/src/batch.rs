//! The batch: many requests, one read, one durable commit, and only then the replies.

use crate::office::{Case, Office};
use crate::request::{Promise, Reply, Request};
use crate::store::{Fault, Store};
use crate::verbs::incident::{self, Accusation, Finding};
use crate::verbs::log;
use crate::view::View;
use rand_core::CryptoRng;
use rayon::prelude::*;
use std::sync::Arc;
use tender_token::date::Timestamp;
use tender_token::error::Error;
use tender_token::identity::RegistrarId;

/// A request and the intermediary that sent it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whom the verified client certificate names.
    pub caller: RegistrarId,
    /// What it asks for.
    pub request: Request,
}

/// The reply, or why it could not be signed; the decision stands, so asking again may help.
pub type Answer = Result<Reply, Error>;

/// The only one who writes into the store.
#[derive(Debug)]
pub struct Writer<R> {
    office: Arc<Office>,
    store: Arc<Store>,
    rng: R,
}

impl<R: CryptoRng + Clone + Send> Writer<R> {
    /// The writer of a store. There must be one only. Clones of `rng` must be independent.
    pub fn new(office: Arc<Office>, store: Arc<Store>, rng: R) -> Self {
        Self { office, store, rng }
    }

    /// Answers calls in their order. When this returns, whatever the replies rest on is durable.
    /// Errors: [`Fault`]; nothing may be answered then, and the writer must not be used again.
    pub fn answer(&self, calls: Vec<Call>, now: Timestamp) -> Result<Vec<Answer>, Fault> {
        let office = &*self.office;
        let mut view = self.load(&calls, now)?;

        let calls: Vec<_> = calls.into_iter().map(|call| (call, self.rng.clone())).collect();
        let checked: Vec<_> = calls
            .into_par_iter()
            .map(|(Call { caller, request }, mut rng)| {
                let case = Case { office, caller, now };
                (case, request.verify(&view, &case, &mut rng))
            })
            .collect();

        let mut promises = Vec::with_capacity(checked.len());
        for (case, checked) in checked {
            let mut accusations = Vec::new();
            promises.push(checked.decide(&mut view, &case, &mut accusations));
            self.judge(&accusations, &mut view, now)?;
        }

        log::publish(&mut view, now.day());
        self.store.commit(view)?;
        Ok(promises.into_par_iter().map(|promise: Promise| promise.keep(office)).collect())
    }

    fn load(&self, calls: &[Call], now: Timestamp) -> Result<View, Fault> {
        let mut view = View::default();
        for Call { caller, request } in calls {
            request.touches(&mut view, &Case { office: &self.office, caller: *caller, now });
        }
        log::touches_size(&mut view);
        self.store.load(&mut view)?;
        log::touches_frontier(&mut view);
        for call in calls {
            call.request.touches_more(&mut view);
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
            let slot = accusation.slot();
            match incident::decide(accusation, view, now) {
                Finding::Proved(number) => tracing::warn!(number, ?slot, "a wallet is closed"),
                Finding::Known => {}
                Finding::Untraced => tracing::error!(?slot, "UNTRACED: a slot has no owner"),
            }
        }
        Ok(())
    }
}

//! Release (`[W8]`): what a refusal left reserved is free again, once it is certain that the
//! request can never be accepted.
//!
//! A refusal is nobody's signed word, and an earlier sending may still be on its way. So the wallet
//! waits until the last second in which the issuer could accept the request, and then asks whether
//! it knows it.

use crate::error::{Result, Verb};
use crate::records::{WithdrawalRecord, WithdrawalState};
use crate::store::Withdrawals;
use crate::wallet::Wallet;
use tender_proto::call::{self, Call};
use tender_proto::restore::{Asked, Request};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::provision::SessionId;
use tender_token::restore::{Query, Reservation};
use tender_token::withdraw::SignedRequest;

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// So many slots are free again.
    Slots(usize),
    /// The issuer accepted the request that was called refused: it is open again, and its bytes
    /// will get the reply.
    Accepted,
    /// The answer came too early to tell.
    NotYet,
}

impl Wallet {
    /// Refused withdrawals whose time is over, with the question for each, signed to be sent now.
    /// Errors: the store cannot be read.
    pub fn release_calls(&self, now: Timestamp) -> Result<Vec<(SessionId, Call)>> {
        let mut calls = Vec::new();
        for (sid, row) in self.store.all::<Withdrawals>()? {
            let over = self.reservation(&row)?.is_some_and(|held| held.expires < now);
            if over && matches!(row.state, WithdrawalState::Refused(_)) {
                let request = Request { identity: self.identity(), asked: Asked::Session(sid) };
                let body = request.to_bytes();
                calls.push((sid, Call::sign(call::Verb::Restore, body, now, &self.keys.device)));
            }
        }
        Ok(calls)
    }

    /// Takes the issuer's answer. Repeating it changes nothing. Errors: the store cannot be used.
    pub fn finish_release(
        &mut self,
        sid: SessionId,
        query: Query,
        now: Timestamp,
    ) -> Result<Released> {
        let verb = Verb::Withdraw;
        let row = self.store.get::<Withdrawals>(&sid)?.ok_or_else(|| verb.misunderstood())?;
        let WithdrawalState::Refused(rule) = row.state else { return Ok(Released::NotYet) };
        let mut draft = self.draft(now)?;
        if query.known {
            let state = WithdrawalState::Open;
            draft.batch.put::<Withdrawals>(&sid, &WithdrawalRecord { state, ..row });
            self.commit(draft)?;
            return Ok(Released::Accepted);
        }
        let held = self.reservation(&row)?;
        if !held.is_some_and(|held| held.is_released(draft.now(), Some(query))) {
            return Ok(Released::NotYet);
        }
        draft.free(self, &row.outputs)?;
        let slots = row.outputs.len();
        let state = WithdrawalState::Released(rule);
        draft.batch.put::<Withdrawals>(&sid, &WithdrawalRecord { state, ..row });
        self.commit(draft)?;
        Ok(Released::Slots(slots))
    }

    /// Until when slots are held for a request; `None` if their series has left the manifest, after
    /// which nobody needs them.
    fn reservation(&self, row: &WithdrawalRecord) -> Result<Option<Reservation>> {
        let manifest = self.trusted()?.manifest();
        let Ok(request) = SignedRequest::from_bytes(&row.request, manifest) else {
            return Ok(None);
        };
        let denomination = row.outputs.first().map(|(denomination, _)| *denomination);
        let key = denomination.and_then(|id| manifest.series_of(id).ok());
        let expires = request.plan.expires;
        Ok(key.map(|key| Reservation { expires, dates: key.series.dates }))
    }
}

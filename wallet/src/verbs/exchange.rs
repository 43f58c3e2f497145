//! Exchange without a name (`[W9]`): tokens become fresh tokens, and nobody learns whose.
//!
//! Begin binds tokens, reserves slots and blinds; request and answers of the slots are functions of
//! what is stored. The same bytes are sent until the fresh tokens are here, or until the issuer
//! says after their last second that they came too late: only then can nobody hand in an earlier
//! sending any more, and the tokens are free again. They are on keys then and can be cashed.

use crate::error::{Error, Result, Verb};
use crate::records::{ExchangeRecord, ExchangeState, Holder, TokenRecord, TokenState, What};
use crate::store::{Exchanges, StoreError, Tokens};
use crate::verbs::deposit::Scope;
use crate::verbs::enrol::random;
use crate::wallet::{Draft, Wallet};
use rand_core::CryptoRng;
use std::cmp::Reverse;
use tender_proto::exchange::Reply;
use tender_token::amount::Amount;
use tender_token::bounds::PAYMENT_ITEMS_MAX;
use tender_token::cash::{CashItem, Instruction};
use tender_token::date::Timestamp;
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::exchange::{Plan, Request};
use tender_token::manifest::Manifest;
use tender_token::provision::SessionId;
use tender_token::token::TokenId;

/// How long a request may be accepted, in seconds: so long its tokens are bound at most.
const LIFETIME_S: u64 = 3600;

/// What became of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// So many fresh tokens are here.
    Tokens(usize),
    /// It is refused for now, and its tokens stay bound until the request's time is over.
    Waiting(Rule),
    /// It can never be accepted any more: its tokens are free again, to be cashed.
    Returned,
}

impl Wallet {
    /// Binds tokens to an exchange, those that travelled most first, as many as the policy, the
    /// free slots and one request allow. `None` if there are none.
    /// Errors: `E_LIMIT` if the policy allows no exchange; `E_PLAN` if nothing is issued today;
    /// [`Error::SlotsMissing`] for the first token; `E_ALREADY_ANSWERED` if the wallet was rolled
    /// back.
    pub fn begin_exchange(
        &mut self,
        scope: Scope,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<SessionId>> {
        let verb = Verb::Exchange;
        self.require_enrolled()?;
        let limit = self.trusted()?.limits(self.currency()?).map(|limits| limits.exchange);
        let limit = limit.filter(|limit| !limit.is_zero());
        let limit = limit.ok_or(Error::Refused { verb, rule: Rule::Limit })?;
        let mut tokens = self.cashable(scope, now.day())?;
        tokens.sort_by_key(|(id, token)| (Reverse(token.hops), token.series, *id));
        let Some((amount, outputs)) = self.fitting(&mut tokens, limit, now)? else {
            return Ok(None);
        };
        let sid = SessionId(random(rng));
        let expires = now.checked_add(LIFETIME_S);
        let plan = Plan {
            manifest: self.trusted()?.manifest().hash(),
            sid,
            expires: expires.ok_or_else(|| verb.refused()(Rule::RequestExpired))?,
            outputs: self.blind(sid, &outputs, verb)?,
        };
        let mut draft = self.draft(now)?;
        let items = self.bind(&mut draft, tokens, TokenState::Exchanging(sid), verb, rng)?;
        let row = ExchangeRecord {
            plan: plan.to_bytes(),
            expires: plan.expires,
            amount,
            items,
            outputs: draft.reserve(sid, outputs),
            state: ExchangeState::Open,
        };
        draft.batch.put::<Exchanges>(&sid, &row);
        self.commit_answers(draft, verb)?;
        Ok(Some(sid))
    }

    /// Every exchange that waits for its answer, with what to send: the same bytes every time.
    /// Errors: the store cannot be used.
    pub fn open_exchanges(&mut self, now: Timestamp) -> Result<Vec<(SessionId, Vec<u8>)>> {
        let rows = self.store.all::<Exchanges>()?.into_iter();
        let mut requests = Vec::new();
        for (sid, row) in rows.filter(|(_, row)| row.state == ExchangeState::Open) {
            requests.push((sid, self.exchange_request(sid, row, now)?));
        }
        Ok(requests)
    }

    /// Takes the answer. `None` if it was here before.
    /// Errors: `E_VALUE` for wrong signatures, which are kept as evidence while the right ones
    /// become tokens.
    pub fn finish_exchange(
        &mut self,
        sid: SessionId,
        reply: Reply,
        now: Timestamp,
    ) -> Result<Option<(Amount, Exchanged)>> {
        let verb = Verb::Exchange;
        let row = self.store.get::<Exchanges>(&sid)?.ok_or_else(|| verb.misunderstood())?;
        if row.state != ExchangeState::Open {
            return Ok(None);
        }
        let (amount, mut draft) = (row.amount, self.draft(now)?);
        let bytes = match reply {
            Ok(bytes) => bytes,
            Err(refusal) => {
                let late = refusal.error == Rule::RequestExpired && row.expires < draft.now();
                if !late {
                    return Ok(Some((amount, Exchanged::Waiting(refusal.error))));
                }
                self.give_back(&mut draft, &row)?;
                draft.note(What::Returned, amount, row.items.len());
                let state = ExchangeState::Returned(refusal.error);
                draft.batch.put::<Exchanges>(&sid, &ExchangeRecord { state, ..row });
                self.commit(draft)?;
                return Ok(Some((amount, Exchanged::Returned)));
            }
        };
        let manifest = self.trusted()?.manifest();
        let answer = plan_of(&row, manifest)?.read_reply(&bytes, manifest);
        let answer = answer.map_err(|_| verb.misunderstood())?;
        let (kept, value) = self.unblind_tokens(&mut draft, sid, &row.outputs, &answer, verb)?;
        for item in &row.items {
            let mut token = self.token(item.token)?;
            token.state = TokenState::Exchanged(sid);
            draft.batch.put::<Tokens>(&item.token, &token);
        }
        let complete = kept == row.outputs.len();
        let state = if complete { ExchangeState::Done } else { ExchangeState::Disputed(bytes) };
        draft.note(What::Exchanged, value, kept);
        draft.batch.put::<Exchanges>(&sid, &ExchangeRecord { state, ..row });
        self.commit(draft)?;
        if complete {
            Ok(Some((amount, Exchanged::Tokens(kept))))
        } else {
            Err(verb.refused()(Rule::Value))
        }
    }

    /// Cuts the list down to what one request may exchange: what that is worth, and the outputs for
    /// it. `None` if the list is empty or no token of it is below the limit.
    fn fitting(
        &self,
        tokens: &mut Vec<(TokenId, TokenRecord)>,
        limit: Amount,
        now: Timestamp,
    ) -> Result<Option<(Amount, Vec<crate::outputs::Output>)>> {
        tokens.retain(|(_, token)| token.value <= limit);
        tokens.truncate(usize::from(PAYMENT_ITEMS_MAX));
        while !tokens.is_empty() {
            let amount = Amount::checked_sum(tokens.iter().map(|(_, token)| token.value));
            if let Some(amount) = amount.filter(|amount| *amount <= limit) {
                match self.assign(amount, Verb::Exchange, now) {
                    Ok(outputs) => return Ok(Some((amount, outputs))),
                    Err(Error::SlotsMissing { .. } | Error::NotPayable { .. })
                        if tokens.len() > 1 => {}
                    Err(error) => return Err(error),
                }
            }
            tokens.pop();
        }
        Ok(None)
    }

    /// The bytes of an exchange, for which the slots answer now if they have not yet.
    fn exchange_request(
        &mut self,
        sid: SessionId,
        row: ExchangeRecord,
        now: Timestamp,
    ) -> Result<Vec<u8>> {
        let plan = plan_of(&row, self.trusted()?.manifest())?;
        let mut items = row.items.clone();
        if items.iter().any(|item| item.item.is_none()) {
            items = self.shown(items, Instruction::Fund(plan.hash()), Verb::Exchange)?;
            let mut draft = self.draft(now)?;
            let row = ExchangeRecord { items: items.clone(), ..row };
            draft.batch.put::<Exchanges>(&sid, &row);
            self.commit(draft)?;
        }
        let items = items.into_iter().filter_map(|item| item.item).collect();
        Ok(Request { plan, items }.to_bytes())
    }

    /// Frees slots and tokens of an exchange that nobody can accept any more. The tokens' slots
    /// have answered, so the tokens are on the keys of their items now.
    fn give_back(&self, draft: &mut Draft, row: &ExchangeRecord) -> Result<()> {
        let refused = Verb::Exchange.refused();
        let manifest = self.trusted()?.manifest();
        for item in &row.items {
            let mut token = self.token(item.token)?;
            let bytes = item.item.as_deref().unwrap_or_default();
            let shown = CashItem::from_bytes(bytes, manifest).map_err(&refused)?;
            token.chain = shown.chain().to_bytes();
            token.holder = Holder::Key(item.seed);
            token.state = TokenState::Held;
            draft.batch.put::<Tokens>(&item.token, &token);
        }
        draft.free(self, &row.outputs)
    }
}

fn plan_of(row: &ExchangeRecord, manifest: &Manifest) -> Result<Plan> {
    let corrupt = |_| Error::from(StoreError::Corrupt { table: "exchanges" });
    Plan::from_bytes(&row.plan, manifest).map_err(corrupt)
}

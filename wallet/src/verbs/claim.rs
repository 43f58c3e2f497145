//! Claim (`[R1]` to `[R4]`): after the last deposit day, what nobody cashed comes back.
//!
//! What a wallet withdrew it claims by what it blinded (form 1), what it was paid with by the slot
//! that holds it (form 2), and what came too late to be cashed by the item (form 3). It passes
//! nothing on with a day by which it must be cashed, so form 4 does not arise. Claims are in the
//! journal before the first is sent, and the same bytes are sent until there is an answer.

mod ground;

pub use ground::Claimable;

use crate::error::{Result, Verb};
use crate::records::{ClaimRecord, ClaimState, Epoch, PaymentRecord, TokenState, What};
use crate::store::{Claims, Deposits, Payments, Tokens};
use crate::verbs::enrol::random;
use crate::wallet::Wallet;
use ground::Ground;
use rand_core::CryptoRng;
use std::collections::{BTreeMap, BTreeSet};
use tender_proto::call::{self, Call};
use tender_proto::claim::{Granted, Reply};
use tender_token::amount::Amount;
use tender_token::cash::AccountRef;
use tender_token::date::{Day, Timestamp};
use tender_token::encode::Encode;
use tender_token::error::Error as Rule;
use tender_token::token::{TokenId, token_id};

/// The item that would have cashed a token, and the reference it is for.
type Items = BTreeMap<TokenId, (AccountRef, Vec<u8>)>;

impl Wallet {
    /// What may be claimed today, unless somebody cashed it: tokens of earlier identities, and
    /// those of one's own that are here, came too late, or were handed over and never confirmed.
    /// Without those of which a claim is made already. Errors: the wallet holds no manifest; the
    /// store cannot be read.
    pub fn claimable(&self, today: Day) -> Result<Vec<Claimable>> {
        let manifest = self.trusted()?.manifest();
        let rows = self.store.all::<Claims>()?.into_iter();
        let made: BTreeSet<_> =
            rows.filter(|(_, row)| row.is_final()).map(|(token, _)| token).collect();
        let mut found = Vec::new();
        for row in self.restored()? {
            let token = token_id(row.denomination, row.opening.slot);
            let Ok(key) = manifest.series_of(row.denomination) else { continue };
            if key.series.dates.may_claim(today) && !made.contains(&token) {
                let (series, value) = (key.series.id(), row.value);
                let whose = self.earlier_identity(Epoch(row.epoch))?;
                let ground = Ground::Output(row.opening, Some(whose));
                found.push(Claimable { token, series, value, ground });
            }
        }
        let (outputs, items, confirmed) = (self.outputs()?, self.items()?, self.confirmed()?);
        for (token, row) in self.store.all::<Tokens>()? {
            let (series, value) = (row.series, row.value);
            let dates = manifest.slot_key(series).map(|key| key.series.dates);
            let in_time = dates.is_ok_and(|dates| dates.may_claim(today));
            if !in_time || made.contains(&token) || confirmed.contains(&token) {
                continue;
            }
            let ground = match row.state {
                TokenState::Held | TokenState::Paid(_) => Some(Ground::of(row, &outputs)),
                TokenState::Depositing(_) | TokenState::Refused(Rule::Expired) => {
                    items.get(&token).cloned().map(|(account, item)| Ground::Item(account, item))
                }
                TokenState::Deposited(_)
                | TokenState::Exchanging(_)
                | TokenState::Exchanged(_)
                | TokenState::Refused(_) => None,
            };
            found.extend(ground.map(|ground| Claimable { token, series, value, ground }));
        }
        Ok(found)
    }

    /// Makes claims of these tokens and keeps them, to be sent. Errors: the store cannot be used;
    /// what is there cannot be read under the manifest.
    pub fn begin_claims(
        &mut self,
        tokens: Vec<Claimable>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        let mut draft = self.draft(now)?;
        for Claimable { token, value, ground, .. } in tokens {
            let fresh = AccountRef(random(rng));
            let Some((account, session, claim)) = self.claim_on(ground, fresh)? else { continue };
            let (claim, state) = (claim.to_bytes(), ClaimState::Open);
            let row = ClaimRecord { account, session, claim, value, state };
            draft.batch.put::<Claims>(&token, &row);
        }
        Ok(self.commit(draft)?)
    }

    /// Every claim that waits for its answer, signed to be sent now. Its body is the same every
    /// time. Errors: the store cannot be read.
    pub fn open_claims(&self, now: Timestamp) -> Result<Vec<(TokenId, Call)>> {
        let rows = self.store.all::<Claims>()?.into_iter();
        let open = rows.filter(|(_, row)| row.state == ClaimState::Open);
        let sign = |(token, row): (TokenId, ClaimRecord)| {
            let body = row.body().to_bytes();
            (token, Call::sign(call::Verb::Claim, body, now, &self.keys.device))
        };
        Ok(open.map(sign).collect())
    }

    /// Takes the answer: what the token is worth, and how its claim stands. `None` if it was here
    /// before. Errors: [`crate::Error::Unanswered`] if there is no such claim.
    pub fn finish_claim(
        &mut self,
        token: TokenId,
        reply: Reply,
        now: Timestamp,
    ) -> Result<Option<(Amount, ClaimState)>> {
        let row = self.store.get::<Claims>(&token)?.ok_or_else(|| Verb::Claim.misunderstood())?;
        if row.state != ClaimState::Open {
            return Ok(None);
        }
        let mut draft = self.draft(now)?;
        let (state, what) = match reply {
            Ok(Granted::Leads(day)) => (ClaimState::Leads(day), What::Claimed),
            Ok(Granted::Paid(_)) => (ClaimState::Paid, What::ClaimPaid),
            Err(refusal) => (ClaimState::Refused(refusal.error), What::ClaimRefused),
        };
        draft.note(what, row.value, 1);
        let value = row.value;
        draft.batch.put::<Claims>(&token, &ClaimRecord { state, ..row });
        self.commit(draft)?;
        Ok(Some((value, state)))
    }

    /// Every claim that was made. Errors: the store cannot be read.
    pub fn claims(&self) -> Result<Vec<(TokenId, ClaimRecord)>> {
        Ok(self.store.all::<Claims>()?)
    }

    /// Tokens of which a claim is live. Errors: the store cannot be read.
    pub(crate) fn claimed(&self) -> Result<BTreeSet<TokenId>> {
        let rows = self.store.all::<Claims>()?.into_iter();
        Ok(rows.filter(|(_, row)| row.is_live()).map(|(token, _)| token).collect())
    }

    /// Tokens for which a payee's receipt is here (`[R4]`). Errors: the store cannot be read.
    pub fn confirmed(&self) -> Result<BTreeSet<TokenId>> {
        let rows = self.store.all::<Payments>()?.into_iter();
        let confirmed = rows.filter(|(_, row)| row.receipt.is_some());
        Ok(confirmed.flat_map(|(_, PaymentRecord { tokens, .. })| tokens).collect())
    }

    fn items(&self) -> Result<Items> {
        let mut items = Items::new();
        for (account, row) in self.store.all::<Deposits>()? {
            for item in row.items {
                items.extend(item.item.map(|bytes| (item.token, (account, bytes))));
            }
        }
        Ok(items)
    }
}

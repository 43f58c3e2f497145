//! The only place where a slot answers (`[E1]`).
//!
//! First the digests become durable, in the same commit as the journal entry that needs them. Only
//! then, and only against the digest read back from the store, do the answers exist. Doing it again
//! after a crash gives the same bytes; asking for anything else is refused for ever.

use crate::error::{Error, Result, Verb};
use crate::records::{Holder, SlotState, TokenRecord, TokenState, What};
use crate::store::{Answers, Provisions, Slots, StoreError, Tokens};
use crate::wallet::{Draft, Wallet};
use tender_token::chain::Chain;
use tender_token::endorse::{Pledge, Terms};
use tender_token::error::Error as Rule;
use tender_token::provision::Session;
use tender_token::slot::{SlotBody, SlotId, SlotSecret};
use tender_token::token::TokenId;

impl Wallet {
    /// Adds the digest of an answer to a batch, and marks its slot as answered.
    pub(crate) fn will_answer(
        &self,
        draft: &mut Draft,
        token: &TokenRecord,
        terms: Terms,
        verb: Verb,
    ) -> Result<()> {
        let (slot, pledge, _) = self.pledge(token, terms, verb)?;
        let mut row = self.slot(slot)?;
        row.state = SlotState::Answered;
        draft.batch.answer(slot, pledge.digest());
        draft.batch.put::<Slots>(&slot, &row);
        Ok(())
    }

    /// Answers what is durably recorded: the chain with one more endorsement.
    /// Errors: `E_ALREADY_ANSWERED` if the record is another.
    pub(crate) fn answer(
        &self,
        token: &TokenRecord,
        terms: Terms,
        target: Option<SlotBody>,
        verb: Verb,
    ) -> Result<Chain> {
        let refused = verb.refused();
        let (slot, pledge, chain) = self.pledge(token, terms, verb)?;
        let stored =
            self.store.get::<Answers>(&slot)?.ok_or(StoreError::Corrupt { table: "answers" })?;
        let (endorsement, answer) =
            pledge.answer(&stored, &self.keys.identity).map_err(&refused)?;
        chain.endorsed(endorsement, answer, target).map_err(refused)
    }

    /// Commits a batch with answers. If a slot already stands for something else, then this wallet
    /// was rolled back: its token is marked as gone, and nothing else is written.
    pub(crate) fn commit_answers(&mut self, draft: Draft, verb: Verb) -> Result<()> {
        let now = draft.now();
        match self.commit(draft) {
            Err(StoreError::Answered(slot)) => {
                let mut draft = self.draft(now)?;
                let mut row = self.slot(slot)?;
                row.state = SlotState::Dead;
                for (id, mut token) in self.store.all::<Tokens>()? {
                    if token.holder == Holder::Slot(slot) && token.state == TokenState::Held {
                        token.state = TokenState::Refused(Rule::AlreadyAnswered);
                        draft.note(What::Lost, token.value, 1);
                        draft.batch.put::<Tokens>(&id, &token);
                    }
                }
                draft.batch.put::<Slots>(&slot, &row);
                self.commit(draft)?;
                Err(Error::Refused { verb, rule: Rule::AlreadyAnswered })
            }
            outcome => Ok(outcome?),
        }
    }

    /// Binds the secret of the slot that holds a token to one endorsement.
    fn pledge(
        &self,
        token: &TokenRecord,
        terms: Terms,
        verb: Verb,
    ) -> Result<(SlotId, Pledge, Chain)> {
        let refused = verb.refused();
        let manifest = self.trusted()?.manifest();
        let Holder::Slot(slot) = token.holder else { return Err(refused(Rule::Kind)) };
        let (_, secret, _) = self.secret(slot, verb)?;
        let chain = Chain::from_bytes(&token.chain, manifest).map_err(&refused)?;
        let place = chain.next_place().ok_or_else(|| refused(Rule::Kind))?;
        Ok((slot, secret.pledge(&place, terms), chain))
    }

    /// The secret of a slot of one's own, and where in which session it is.
    pub(crate) fn secret(&self, slot: SlotId, verb: Verb) -> Result<(Session, SlotSecret, u16)> {
        let refused = verb.refused();
        let row = self.slot(slot)?;
        let corrupt = StoreError::Corrupt { table: "provisions" };
        let provision = self.store.get::<Provisions>(&row.sid)?.ok_or(corrupt)?;
        let receipt = provision.state.receipt().ok_or_else(|| refused(Rule::Session))?;
        let session = Session::new(&self.keys.master, row.sid, provision.plan.clone());
        let secret = session.secret(row.t, receipt, self.trusted()?.manifest());
        Ok((session, secret.map_err(&refused)?, row.t))
    }

    pub(crate) fn slot(&self, id: SlotId) -> Result<crate::records::SlotRecord> {
        Ok(self.store.get::<Slots>(&id)?.ok_or(StoreError::Corrupt { table: "slots" })?)
    }

    pub(crate) fn token(&self, id: TokenId) -> Result<TokenRecord> {
        Ok(self.store.get::<Tokens>(&id)?.ok_or(StoreError::Corrupt { table: "tokens" })?)
    }
}

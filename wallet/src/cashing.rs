//! Cashing (`[C1]`): a token goes to a fresh key of one's own, and that key signs what its money is
//! for. A deposit and an exchange bind and show their tokens alike.

use crate::error::{Result, Verb};
use crate::records::{CashRecord, Holder, TokenRecord, TokenState};
use crate::store::Tokens;
use crate::verbs::enrol::random;
use crate::wallet::{Draft, Wallet};
use rand_core::CryptoRng;
use tender_token::cash::{CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::encode::Encode;
use tender_token::endorse::Terms;
use tender_token::signature::SecretKey;
use tender_token::token::TokenId;

impl Wallet {
    /// Adds to a batch that these tokens are bound to something, and what their slots will answer.
    /// The items are then functions of what is stored.
    pub(crate) fn bind(
        &self,
        draft: &mut Draft,
        tokens: Vec<(TokenId, TokenRecord)>,
        state: TokenState,
        verb: Verb,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<CashRecord>> {
        let mut items = Vec::with_capacity(tokens.len());
        for (id, mut token) in tokens {
            let seed = match token.holder {
                Holder::Slot(_) => random(rng),
                Holder::Key(seed) => seed,
            };
            let item = CashRecord { token: id, seed, nonce: random(rng), item: None };
            if matches!(token.holder, Holder::Slot(_)) {
                self.will_answer(draft, &token, to_own_key(&item), verb)?;
            }
            token.state = state;
            draft.batch.put::<Tokens>(&id, &token);
            items.push(item);
        }
        Ok(items)
    }

    /// Lets the slots answer what is recorded, and makes the items.
    /// Errors: `E_ALREADY_ANSWERED` if a record is another.
    pub(crate) fn shown(
        &self,
        items: Vec<CashRecord>,
        instruction: Instruction,
        verb: Verb,
    ) -> Result<Vec<CashRecord>> {
        let refused = verb.refused();
        let manifest = self.trusted()?.manifest();
        let mut shown = Vec::with_capacity(items.len());
        for item in items {
            let token = self.token(item.token)?;
            let chain = match token.holder {
                Holder::Slot(_) => self.answer(&token, to_own_key(&item), None, verb)?,
                Holder::Key(_) => Chain::from_bytes(&token.chain, manifest).map_err(&refused)?,
            };
            let key = SecretKey::from_seed(&item.seed);
            let cash = CashItem::sign(chain, instruction, &key);
            let cash = cash.map_err(&refused)?.to_bytes();
            shown.push(CashRecord { item: Some(cash), ..item });
        }
        Ok(shown)
    }
}

/// The endorsement of a token to a fresh key of one's own.
fn to_own_key(item: &CashRecord) -> Terms {
    Terms::to_key(SecretKey::from_seed(&item.seed).public(), item.nonce)
}

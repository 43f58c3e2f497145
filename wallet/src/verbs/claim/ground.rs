//! What a claim rests on.

use crate::error::{Result, Verb};
use crate::records::{ExchangeState, Holder, TokenRecord, WithdrawalState};
use crate::store::{Exchanges, Withdrawals};
use crate::wallet::Wallet;
use std::collections::BTreeMap;
use tender_token::amount::Amount;
use tender_token::cash::{AccountRef, CashItem, Instruction};
use tender_token::chain::Chain;
use tender_token::claim::Claim;
use tender_token::date::Day;
use tender_token::identity::IdentityKey;
use tender_token::opening::{SlotOpening, ValueOpening};
use tender_token::provision::SessionId;
use tender_token::series::SeriesId;
use tender_token::signature::SecretKey;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;
use tender_token::withdraw::Session;

/// A token that may be claimed, unless somebody cashed it.
#[derive(Clone, Debug)]
pub struct Claimable {
    /// The token.
    pub token: TokenId,
    /// Its series.
    pub series: SeriesId,
    /// What it is worth.
    pub value: Amount,
    /// What the claim rests on.
    pub(super) ground: Ground,
}

/// What a claim rests on.
#[derive(Clone)]
pub(super) enum Ground {
    /// Form 1: an output was blinded here, in a session of this wallet or of nobody.
    Output(ValueOpening, Option<IdentityKey>),
    /// Form 2: this slot holds the token, and this chain leads there.
    Slot(SlotId, Vec<u8>),
    /// Form 3: this item was for this reference, and came too late.
    Item(AccountRef, Vec<u8>),
    /// Form 3: the chain ends on the key of this seed.
    Key([u8; 32], Vec<u8>),
}

impl core::fmt::Debug for Ground {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Output(..) => "Output(redacted)",
            Self::Slot(..) => "Slot(redacted)",
            Self::Item(..) => "Item(redacted)",
            Self::Key(..) => "Key(redacted)",
        })
    }
}

/// What was withdrawn or exchanged onto which slot, and whose session that was.
pub(super) type Outputs = BTreeMap<SlotId, (ValueOpening, Option<IdentityKey>)>;

impl Ground {
    /// What a token that is on a slot or a key is claimed by: what was blinded for it, if it came
    /// from a session of this wallet.
    pub(super) fn of(token: TokenRecord, outputs: &Outputs) -> Self {
        match token.holder {
            Holder::Key(seed) => Self::Key(seed, token.chain),
            Holder::Slot(slot) => match outputs.get(&slot) {
                Some((opening, whose)) if !token.received => Self::Output(opening.clone(), *whose),
                Some(_) | None => Self::Slot(slot, token.chain),
            },
        }
    }
}

impl Wallet {
    /// Everything that was signed onto slots of one's own, and what opens it.
    pub(super) fn outputs(&self) -> Result<Outputs> {
        let own = Some(self.identity());
        let mut outputs = Outputs::new();
        let mut add = |sid: SessionId, assigned: &[crate::outputs::Assigned], whose| {
            let session = Session::new(&self.keys.master, sid);
            for (t, (denomination, slot)) in (0_u16..).zip(assigned) {
                let opening = ValueOpening::new(&session, t, *denomination, *slot);
                outputs.insert(*slot, (opening, whose));
            }
        };
        for (sid, row) in self.store.all::<Withdrawals>()? {
            if matches!(row.state, WithdrawalState::Done | WithdrawalState::Disputed(_)) {
                add(sid, &row.outputs, own);
            }
        }
        for (sid, row) in self.store.all::<Exchanges>()? {
            if matches!(row.state, ExchangeState::Done | ExchangeState::Disputed(_)) {
                add(sid, &row.outputs, None);
            }
        }
        Ok(outputs)
    }

    /// The claim, the reference to credit, and whose session it opens. `None` for a key that had
    /// to cash by a day of its own: that day is over. Errors: what is there cannot be read.
    pub(super) fn claim_on(
        &self,
        ground: Ground,
        fresh: AccountRef,
    ) -> Result<Option<(AccountRef, Option<IdentityKey>, Claim)>> {
        let verb = Verb::Claim;
        let refused = verb.refused();
        let (manifest, device) = (self.trusted()?.manifest(), &self.keys.device);
        let (account, session, claim) = match ground {
            Ground::Output(opening, whose) => (fresh, whose, Claim::withdrawer(opening, device)),
            Ground::Slot(slot, chain) => {
                let chain = Chain::from_bytes(&chain, manifest).map_err(&refused)?;
                let (session, secret, t) = self.secret(slot, verb)?;
                let opening = SlotOpening::new(&session, t, &secret);
                let claim = Claim::holder(chain, opening, device).map_err(&refused)?;
                (fresh, Some(self.identity()), claim)
            }
            Ground::Item(account, item) => {
                let item = CashItem::from_bytes(&item, manifest).map_err(&refused)?;
                (account, None, Claim::payee(item))
            }
            Ground::Key(seed, chain) => {
                let chain = Chain::from_bytes(&chain, manifest).map_err(&refused)?;
                let (key, credit) = (SecretKey::from_seed(&seed), Instruction::Credit(fresh));
                let item = CashItem::sign(chain, credit, &key).map_err(&refused)?;
                (fresh, None, Claim::payee(item))
            }
        };
        let last = claim.form().chain().and_then(|chain| chain.links().last());
        let is_over = last.is_some_and(|link| link.endorsement.day != Day(0));
        Ok((!is_over).then_some((account, session, claim)))
    }
}

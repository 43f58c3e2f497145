//! Guarantees (`[S6]`): under the second loss rule the intermediary of a cheat makes good what a
//! payee lost to it, out of what it has pledged, up to the policy's cap per incident.
//!
//! The chains of one token that were paid form a tree: one was cashed or claimed, others were made
//! good. A chain that is lost leaves it at the last holder that it has in common with any of them,
//! and that holder is who answered twice. So each answer too many is made good once, by whoever
//! vouches for the one that gave it.

use crate::office::Case;
use crate::rows::{Account, ConvictionKey, Count, Presented, Redress, RedressList};
use crate::verbs::ledger::{self, Draft};
use crate::verbs::{cash, evidence, log};
use crate::view::View;
use tender_proto::statement::Cause;
use tender_token::amount::{Amount, Currency};
use tender_token::cash::{AccountRef, Instruction, VerifiedItem};
use tender_token::chain::Chain;
use tender_token::double_spend::{Evidence, Offence};
use tender_token::error::Error;
use tender_token::identity::{IdentityKey, RegistrarId};
use tender_token::log::leaf::{Effect, Leaf, Transfer};
use tender_token::policy::LossRule;
use tender_token::slot::SlotId;
use tender_token::token::TokenId;

/// An item of a deposit that was refused although it holds, because its token is cashed.
#[derive(Debug)]
pub struct Loss {
    /// Which item of the deposit.
    pub index: usize,
    item: VerifiedItem,
    account: AccountRef,
    error: Error,
}

impl Loss {
    /// What was refused with this error. `None` if its token is not cashed.
    pub fn new(index: usize, item: VerifiedItem, error: Error, view: &View) -> Option<Self> {
        let Instruction::Credit(account) = item.instruction() else { return None };
        view.cashed.get(&item.item().chain().token_id())?;
        Some(Self { index, item, account, error })
    }

    fn token(&self) -> TokenId {
        self.item.item().chain().token_id()
    }

    fn value(&self) -> Amount {
        self.item.item().chain().value()
    }

    fn currency(&self, case: &Case<'_>) -> Option<Currency> {
        let denomination = self.item.item().chain().token().denomination();
        let series = case.office.manifest.series_of(denomination).ok()?;
        Some(series.series.currency)
    }
}

/// The rows that a loss needs, each step naming those that the step before made known.
pub const TOUCHES: [fn(&Loss, &mut View, &Case<'_>); 6] = [
    |loss, view, _| view.redresses.want(loss.token()),
    |loss, view, _| paid(loss, view).into_iter().for_each(|one| view.presentations.want(one)),
    |loss, view, case| {
        if let Some(slot) = parting(loss, view, case) {
            view.convictions.want(conviction(slot));
        }
    },
    |loss, view, case| {
        if let Some(incident) = incident(loss, view, case) {
            view.incidents.want(incident);
            view.incident_costs.want(incident);
        }
    },
    |loss, view, case| {
        if let Some(culprit) = culprit(loss, view, case) {
            view.wallets.want(culprit);
        }
    },
    |loss, view, case| {
        let guarantor = guarantor(loss, view, case);
        if let Some((currency, guarantor)) = loss.currency(case).zip(guarantor) {
            let accounts = [Account::Guarantee(guarantor), Account::Vault(case.caller)];
            ledger::touches(view, currency, accounts);
        }
    },
];

/// Makes a loss good, wholly or not at all, and says how much is paid then. An item that was made
/// good before gets the same answer for ever, and only from the intermediary that presented it.
pub fn decide(loss: &Loss, view: &mut View, case: &Case<'_>) -> Option<Amount> {
    let value = loss.value();
    if was_made_good(loss, view, case) {
        return Some(value);
    }
    let policy = &case.office.trust.policy;
    if loss.error != Error::Double || policy.loss_rule != LossRule::PayerIntermediaryGuarantees {
        return None;
    }
    // Nobody vouches for tokens that a thief of the key may have made.
    let denomination = loss.item.item().chain().token().denomination();
    if case.office.is_compromised(denomination) || view.frozen.get(&denomination).is_some() {
        return None;
    }
    let currency = loss.currency(case)?;
    let cap = policy.limits(currency)?.guarantee_cap;
    let number = incident(loss, view, case)?;
    let guarantor = guarantor(loss, view, case)?;
    let cost = view.incident_costs.get(&number).copied().unwrap_or_default();
    let cost = cost.checked_add(value).filter(|cost| *cost <= cap)?;
    ledger::check_funds(view, currency, Account::Guarantee(guarantor), value).ok()?;
    let redresses = view.redresses.get(&loss.token()).cloned().unwrap_or_default();
    let chain = loss.item.item().chain();
    let presentation = evidence::number(Some(chain), &cash::shown(&loss.item), view, case);
    let redresses = redresses.and(Redress { presentation, incident: number })?;
    view.redresses.insert(loss.token(), redresses);
    view.incident_costs.insert(number, cost);
    Draft::new(currency, case.now)
        .debit(Account::Guarantee(guarantor), value, Cause::GuaranteePaid)
        .credit(Account::Vault(case.caller), value, Cause::Redress(loss.account))
        .post(view);
    let moved = Transfer { payer: guarantor, payee: case.caller, currency, amount: value };
    log::append(view, Leaf { day: case.now.day(), effect: Effect::Redress(moved) });
    Some(value)
}

/// Whether this very item of this caller was made good.
fn was_made_good(loss: &Loss, view: &View, case: &Case<'_>) -> bool {
    let shown = cash::shown(&loss.item);
    let redresses = view.redresses.get(&loss.token());
    redresses.into_iter().flat_map(RedressList::entries).any(|redress| {
        let row = evidence::presentation(redress.presentation, view);
        row.intermediary == case.caller && row.shown == shown
    })
}

/// The presentations of the token that were paid.
fn paid(loss: &Loss, view: &View) -> Vec<Count> {
    let redresses = view.redresses.get(&loss.token());
    let made_good = redresses.into_iter().flat_map(RedressList::entries);
    let made_good = made_good.map(|redress| redress.presentation);
    view.cashed.get(&loss.token()).copied().into_iter().chain(made_good).collect()
}

fn parting(loss: &Loss, view: &View, case: &Case<'_>) -> Option<SlotId> {
    let paid = paid(loss, view).into_iter();
    let paid = paid.map(|number| evidence::read(evidence::presentation(number, view), case));
    parting_of(loss.item.item().chain(), paid.map(Presented::chain))
}

/// The slot of the last holder that a chain has in common with any that was paid for its token.
/// `None` if it does not part from one of them: then nobody but its own holder asks twice. `None`
/// too if one of them is a claim that shows no chain: then nothing proves who answered twice.
#[must_use]
pub fn parting_of<'a>(
    chain: &Chain,
    paid: impl Iterator<Item = Option<&'a Chain>>,
) -> Option<SlotId> {
    let own: Vec<_> = Evidence::of(chain).collect();
    let parted = paid.map(|paid| {
        let paid: Vec<_> = Evidence::of(paid?).collect();
        let double = |second: &&Evidence| {
            paid.iter().any(|first| first.against(second) == Some(Offence::DoubleSpend))
        };
        own.iter().find(double).map(|second| second.place)
    });
    let parted = parted.collect::<Option<Vec<_>>>()?;
    parted.into_iter().max_by_key(|place| place.position).map(|place| place.slot)
}

fn conviction(slot: SlotId) -> ConvictionKey {
    ConvictionKey::new(slot, Offence::DoubleSpend)
}

/// The incident that proves the double spend. `None` if nobody could be named (`[D2]`).
fn incident(loss: &Loss, view: &View, case: &Case<'_>) -> Option<Count> {
    view.convictions.get(&conviction(parting(loss, view, case)?)).copied()
}

fn culprit(loss: &Loss, view: &View, case: &Case<'_>) -> Option<IdentityKey> {
    let incident = view.incidents.get(&incident(loss, view, case)?)?;
    Some(incident.identity)
}

fn guarantor(loss: &Loss, view: &View, case: &Case<'_>) -> Option<RegistrarId> {
    let wallet = view.wallets.get(&culprit(loss, view, case)?)?;
    Some(wallet.record().registrar)
}

//! What guarantees made good, told again from the items: each loss once, by whoever vouches for the
//! cheat, within the cap.

use super::log::Log;
use super::marks::Marks;
use super::movements::Movements;
use crate::rows::{Account, Count, IncidentCosts, Manifests, Presented, Redress, Redresses};
use crate::store::{Fault, Store};
use crate::verbs::guarantee::parting_of;
use crate::verbs::ledger::Draft;
use crate::view::View;
use std::collections::BTreeMap;
use tender_proto::statement::Cause;
use tender_token::amount::Currency;
use tender_token::cash::{AccountRef, Instruction};
use tender_token::date::Timestamp;
use tender_token::double_spend::{DoubleSpendProof, Offence};
use tender_token::log::leaf::Transfer;
use tender_token::manifest::Manifest;
use tender_token::policy::LossRule;
use tender_token::token::TokenId;

/// What the rows say, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Guarantees {
    transfers: Vec<Transfer>,
    /// Per incident, in minor units.
    costs: BTreeMap<Count, u128>,
    stored_costs: BTreeMap<Count, u128>,
    /// The largest cap that a policy ever had.
    caps: BTreeMap<Currency, u128>,
    currencies: BTreeMap<Count, Currency>,
    wrong: Vec<String>,
}

impl Guarantees {
    /// Reads what was made good, and what it rests on. Errors: [`Fault`].
    pub fn read(
        store: &Store,
        manifest: &Manifest,
        (movements, marks): (&mut Movements, &mut Marks),
    ) -> Result<Self, Fault> {
        let mut all = Self::default();
        let mut rows = Vec::new();
        store.scan::<Redresses>(|token, list| rows.push((token, list)))?;
        let mut view = View::default();
        for (token, _) in &rows {
            view.cashed.want(*token);
        }
        store.load(&mut view)?;
        for (token, list) in &rows {
            view.cashed
                .get(token)
                .copied()
                .into_iter()
                .for_each(|one| view.presentations.want(one));
            for redress in list.entries() {
                view.presentations.want(redress.presentation);
                view.incidents.want(redress.incident);
            }
        }
        store.load(&mut view)?;
        for (token, list) in rows {
            if list.entries().is_empty() {
                all.wrong.push(format!("nothing was made good for {token:?}"));
            }
            let mut paid: Vec<_> = view.cashed.get(&token).copied().into_iter().collect();
            for redress in list.entries() {
                marks.mark(redress.presentation);
                match redressed(token, *redress, &paid, &view, manifest) {
                    Some((transfer, account)) => {
                        movements.effect(&[paid_out(transfer, account)], || {
                            format!("what was made good for {token:?}")
                        });
                        all.count(*redress, transfer);
                    }
                    None => {
                        all.wrong.push(format!("what was made good for {token:?} was not lost"));
                    }
                }
                paid.push(redress.presentation);
            }
        }
        store.scan::<IncidentCosts>(|incident, cost| {
            all.stored_costs.insert(incident, u128::from(cost.minor_units()));
        })?;
        store.scan::<Manifests>(|_, trust| {
            if trust.policy.loss_rule == LossRule::PayerIntermediaryGuarantees {
                for limits in &trust.policy.limits {
                    let cap = all.caps.entry(limits.currency).or_default();
                    *cap = (*cap).max(u128::from(limits.guarantee_cap.minor_units()));
                }
            }
        })?;
        all.transfers.sort_unstable();
        Ok(all)
    }

    fn count(&mut self, redress: Redress, transfer: Transfer) {
        let cost = self.costs.entry(redress.incident).or_default();
        *cost += u128::from(transfer.amount.minor_units());
        self.currencies.insert(redress.incident, transfer.currency);
        self.transfers.push(transfer);
    }

    /// Rows, costs and leaves tell the same.
    pub fn check(&self, log: &Log, violations: &mut Vec<String>) -> bool {
        let before = violations.len();
        violations.extend(self.wrong.iter().map(|wrong| format!("conservation: {wrong}")));
        if self.costs != self.stored_costs {
            let sentence = "conservation: incidents have cost guarantees something else";
            violations.push(sentence.to_owned());
        }
        for (incident, cost) in &self.costs {
            let cap = self.currencies.get(incident).and_then(|currency| self.caps.get(currency));
            if cap.is_none_or(|cap| cost > cap) {
                violations.push(format!(
                    "conservation: incident {} cost a guarantee {cost}, which is beyond the cap",
                    incident.0
                ));
            }
        }
        if self.transfers != log.told_redresses {
            let sentence = "conservation: the log tells of other losses that were made good";
            violations.push(sentence.to_owned());
        }
        violations.len() == before
    }
}

/// The entry of a loss that was made good.
fn paid_out(transfer: Transfer, account: AccountRef) -> Draft {
    let Transfer { payer, payee, currency, amount } = transfer;
    Draft::new(currency, Timestamp(0))
        .debit(Account::Guarantee(payer), amount, Cause::GuaranteePaid)
        .credit(Account::Vault(payee), amount, Cause::Redress(account))
}

/// What moved for a loss, and for which account. `None` unless the item parts from all that was
/// paid before at the slot whose double spend the incident proves.
fn redressed(
    token: TokenId,
    redress: Redress,
    paid: &[Count],
    view: &View,
    manifest: &Manifest,
) -> Option<(Transfer, AccountRef)> {
    let read = |number: &Count| view.presentations.get(number)?.read(manifest).ok();
    let Presented::Item(item) = read(&redress.presentation)? else { return None };
    let chain = item.chain();
    let Ok(Instruction::Credit(account)) = item.stated_instruction() else { return None };
    let signed = item.check_signature().is_ok();
    if chain.token_id() != token || !signed || paid.is_empty() {
        return None;
    }
    let paid = paid.iter().map(read).collect::<Option<Vec<_>>>()?;
    let slot = parting_of(chain, paid.into_iter().map(Presented::chain))?;
    let incident = view.incidents.get(&redress.incident)?;
    let proof = DoubleSpendProof::from_bytes(&incident.proof.0, manifest).ok()?;
    if proof.offence != Offence::DoubleSpend || proof.slot.id() != slot {
        return None;
    }
    let transfer = Transfer {
        payer: proof.record.registrar,
        payee: view.presentations.get(&redress.presentation)?.intermediary,
        currency: manifest.series_of(chain.token().denomination()).ok()?.series.currency,
        amount: chain.value(),
    };
    Some((transfer, account))
}

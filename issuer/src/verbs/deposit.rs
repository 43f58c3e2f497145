//! Deposit (`[C2]`, `[C3]`): tokens become money in the caller's vault, item by item.

use crate::office::Case;
use crate::rows::Account;
use crate::verbs::guarantee::Loss;
use crate::verbs::incident::Accusation;
use crate::verbs::ledger::{self, Draft};
use crate::verbs::{cash, evidence};
use crate::view::View;
use rand_core::CryptoRng;
use tender_proto::deposit::Outcome;
use tender_proto::statement::Cause;
use tender_token::cash::{self as protocol, CashItem, Instruction, Purpose, VerifiedItem};
use tender_token::error::{Error, Result};
use tender_token::manifest::Manifest;

/// The items of a deposit, each read or refused.
#[derive(Clone, Debug)]
pub struct Request {
    items: Vec<Result<CashItem>>,
}

impl Request {
    /// Reads every item; one that cannot be read is refused alone.
    #[must_use]
    pub fn read(items: &[Vec<u8>], manifest: &Manifest) -> Self {
        let items = items.iter().map(|bytes| CashItem::from_bytes(bytes, manifest));
        Self { items: items.collect() }
    }
}

/// The items whose chains hold, each with what it is worth.
#[derive(Debug)]
pub struct Checked {
    items: Vec<Result<VerifiedItem>>,
}

/// The rows that the items need whose chains hold.
pub fn touches(checked: &Checked, view: &mut View, case: &Case<'_>) {
    for item in checked.items.iter().flatten() {
        cash::touches(item, view, case);
        let denomination = item.item().chain().token().denomination();
        if let Ok(series) = case.office.manifest.series_of(denomination) {
            ledger::touches(view, series.series.currency, [Account::Vault(case.caller)]);
        }
    }
}

/// The presentations that those rows name.
pub fn touches_presentations(checked: &Checked, view: &mut View) {
    checked.items.iter().flatten().for_each(|item| cash::touches_presentations(item, view));
}

/// The checks of `[C2]` up to the evidence.
pub fn verify(request: Request, case: &Case<'_>, rng: &mut impl CryptoRng) -> Checked {
    let manifest = &case.office.archive;
    Checked { items: CashItem::verify_all(request.items, Purpose::Deposit, manifest, rng) }
}

/// Pays every item that is the first valid one of its token, and refuses the others by name. The
/// evidence of all stays. What was lost to a double spend goes to `losses`.
pub fn decide(
    checked: Checked,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
    losses: &mut Vec<Loss>,
) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(checked.items.len());
    for item in checked.items {
        let outcome = item.map_err(Into::into).and_then(|item| {
            let outcome = decide_item(&item, view, case, accusations);
            let lost = outcome.as_ref().err().map(|refusal| refusal.error);
            losses.extend(lost.and_then(|error| Loss::new(outcomes.len(), item, error, view)));
            outcome
        });
        outcomes.push(outcome);
    }
    outcomes
}

fn decide_item(
    item: &VerifiedItem,
    view: &mut View,
    case: &Case<'_>,
    accusations: &mut Vec<Accusation>,
) -> Outcome {
    let value = item.item().chain().value();
    let Instruction::Credit(account) = item.instruction() else {
        return Err(Error::Instr.into());
    };
    match cash::decide(item, view, case, accusations) {
        protocol::Outcome::Pay => {}
        protocol::Outcome::AlreadyPaid => return Ok(value),
        protocol::Outcome::Refused(error, conflicts) => {
            return Err(evidence::refusal(error, &conflicts));
        }
    }
    let denomination = item.item().chain().token().denomination();
    let series = case.office.manifest.series_of(denomination)?;
    cash::check_signed(core::iter::once(item), view, case)?;
    let draft = cash::pay(item, view, case, Draft::new(series.series.currency, case.now));
    draft.credit(Account::Vault(case.caller), value, Cause::Deposit(account)).post(view);
    Ok(value)
}

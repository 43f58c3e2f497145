//! Treasury (`[T1]` to `[T3]`): supply instructions that officers approved, each carried out once.

use crate::operation::Terms;
use crate::rows::{Account, Bytes, CarriedOut, Count, Total};
use crate::verbs::ledger::{self, Draft};
use crate::view::View;
use tender_proto::statement::Cause;
use tender_token::date::Timestamp;
use tender_token::encode::{Decode, Encode};
use tender_token::error::{Error, Result};
use tender_token::policy::Policy;
use tender_token::treasury::{Approved, Instruction, Order, Submission};

/// The accounts that an order moves between: from the debited to the credited one, and why.
#[must_use]
pub fn movements(order: Order) -> (Vec<(Account, Account)>, Cause) {
    use Account::{Backing, Destroyed, Guarantee, Issued, Reserves, Settlement, Treasury, Vault};
    match order {
        Order::Issue => (vec![(Issued, Treasury)], Cause::Issuance),
        Order::Destroy => (vec![(Treasury, Destroyed)], Cause::Destruction),
        Order::Distribute(id) => {
            (vec![(Treasury, Vault(id)), (Reserves(id), Backing)], Cause::Distribution)
        }
        Order::Redeem(id) => {
            (vec![(Vault(id), Treasury), (Backing, Reserves(id))], Cause::Redemption)
        }
        Order::CreditReserves(id) => (vec![(Settlement, Reserves(id))], Cause::ReservesIn),
        Order::DebitReserves(id) => (vec![(Reserves(id), Settlement)], Cause::ReservesOut),
        Order::Pledge(id) => (vec![(Vault(id), Guarantee(id))], Cause::Pledge),
        Order::Release(id) => (vec![(Guarantee(id), Vault(id))], Cause::Release),
    }
}

/// The rows that an instruction needs.
pub fn touches(submission: &Submission, view: &mut View) {
    let Instruction { id, order, currency, .. } = submission.instruction;
    let (movements, _) = movements(order);
    let accounts = movements.into_iter().flat_map(|(debited, credited)| [debited, credited]);
    ledger::touches(view, currency, accounts);
    view.instructions.want(id);
    if let Some(intermediary) = order.intermediary() {
        view.intermediaries.want(intermediary);
    }
}

/// Whether this very instruction was carried out, whoever approved it: asked for again it changes
/// nothing, now or after its expiry (`[T1]`).
#[must_use]
pub fn was_carried_out(instruction: &Instruction, view: &View) -> bool {
    let known = view.instructions.get(&instruction.id);
    known.is_some_and(|known| {
        let known = Submission::from_bytes(&known.submission.0);
        known.is_ok_and(|known| known.instruction == *instruction)
    })
}

/// The checks of `[T2]` up to the approvals.
/// Errors: `E_PLAN`, `E_AMOUNT`, `E_REQUEST_EXPIRED`, `E_AUTH`.
pub fn verify(submission: Submission, terms: Terms<'_>, now: Timestamp) -> Result<Approved> {
    submission.verify(&terms.issuer, terms.policy, now)
}

/// Carries an instruction out, all or nothing (`[T3]`), and says which entry did it.
/// Errors: `E_SID_CONFLICT` for an id that another instruction has, `E_AUTH` if the intermediary is
/// not admitted, `E_FUNDS`, `E_LIMIT` beyond the intermediary's quota, `E_AMOUNT`.
pub fn decide(
    approved: &Approved,
    policy: &Policy,
    view: &mut View,
    now: Timestamp,
) -> Result<Count> {
    let Instruction { id, order, currency, amount, .. } = *approved.instruction();
    if view.instructions.get(&id).is_some() {
        return Err(Error::SidConflict);
    }
    let (movements, cause) = movements(order);
    let mut draft = Draft::by(currency, now, id);
    for (debited, credited) in movements {
        draft = draft.debit(debited, amount, cause).credit(credited, amount, cause);
    }
    if let Some(intermediary) = order.intermediary() {
        let row = view.intermediaries.get(&intermediary).ok_or(Error::Auth)?;
        draft.check(view)?;
        if let Order::Distribute(_) = order {
            let held = ledger::balance(view, currency, Account::Vault(intermediary));
            let after = held.checked_add(amount);
            after.filter(|after| *after <= row.quota).ok_or(Error::Limit)?;
        }
    }
    draft.check(view)?;
    draft.post(view);
    let entry = view.totals.get(&Total::Entries).copied().unwrap_or_default();
    let submission = Bytes(approved.submission().to_bytes());
    let row = CarriedOut { time: now, entry, policy: policy.hash(), submission };
    view.instructions.insert(id, row);
    Ok(entry)
}

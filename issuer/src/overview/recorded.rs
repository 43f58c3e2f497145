//! The record of actions, each with the instruction that it carried out.

use super::pages::total;
use crate::rows::{Action, Actions, Change, Count, Instructions, Table, Total};
use crate::store::{Fault, Store};
use crate::view::View;
use tender_token::encode::Decode;
use tender_token::treasury::{Instruction, InstructionId, Submission};

/// An action, and the instruction that it carried out, if it was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Counts the actions from 1.
    pub number: u64,
    /// What was changed, by whom and when.
    pub action: Action,
    /// What officers signed.
    pub instruction: Option<Instruction>,
}

/// Actions in one answer; whoever wants more asks again after the last one.
const ACTIONS_MAX: usize = 1024;

/// Length of an action, about.
const ACTION_BYTES: usize = 256;

/// About how many bytes [`actions`] will have. Errors: [`Fault`].
pub fn actions_length(store: &Store, after: u64) -> Result<usize, Fault> {
    let more = total(store, Total::Actions)?.saturating_sub(after);
    let count = usize::try_from(more).unwrap_or(usize::MAX).min(ACTIONS_MAX);
    Ok(count.saturating_mul(ACTION_BYTES))
}

/// The actions after a number, oldest first, so many at most. Errors: [`Fault`].
pub fn actions(store: &Store, after: u64) -> Result<Vec<Recorded>, Fault> {
    let rows = store.after::<Actions>(Some(&Count(after)), ACTIONS_MAX)?;
    let mut view = View::default();
    rows.iter().filter_map(|(_, action)| carried(action)).for_each(|id| view.instructions.want(id));
    store.load(&mut view)?;
    let recorded = |(number, action): (Count, Action)| {
        let signed = |id| {
            let row = view.instructions.get(&id).ok_or(Fault::Missing(Instructions::NAME))?;
            let damaged = |_| Fault::Damaged { table: Instructions::NAME, key: id.0.to_vec() };
            let submission = Submission::from_bytes(&row.submission.0).map_err(damaged)?;
            Ok::<_, Fault>(submission.instruction)
        };
        let instruction = carried(&action).map(signed).transpose()?;
        Ok(Recorded { number: number.0, action, instruction })
    };
    rows.into_iter().map(recorded).collect()
}

/// The id of the instruction that an action carried out.
fn carried(action: &Action) -> Option<InstructionId> {
    match action.change {
        Change::Supply { instruction, .. } => Some(instruction),
        Change::Intermediary { .. }
        | Change::Wallet { .. }
        | Change::Staff { .. }
        | Change::Claim { .. }
        | Change::Rollback { .. } => None,
    }
}

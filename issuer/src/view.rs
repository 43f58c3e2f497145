//! The view: the rows of all tables that a batch works on.

use crate::keeping::Kept;
use crate::rows::{
    AcceptanceCounts, Acceptances, Accounts, Actions, Answers, Blinded, CashedLists, CashedTokens,
    Claimants, Claims, Convictions, Currencies, Denominations, Due, Entries, Exchanges, Frozen,
    IncidentCosts, Incidents, Instructions, Intermediaries, Leaves, Listed, LogNodes, Manifests,
    Opened, Openings, Postings, Presentations, Redresses, Refusals, Revocations, Sessions,
    SlotQuotas, Staff, Totals, Transfers, Unresolved, Untraced, Wallets, Withdrawals,
};
use crate::verbs::log::Tally;

tender_store::view! {
    /// Rows of every table.
    View, 9 {
        manifests: Manifests,
        revocations: Revocations,
        currencies: Currencies,
        intermediaries: Intermediaries,
        staff: Staff,
        actions: Actions,
        accounts: Accounts,
        entries: Entries,
        postings: Postings,
        instructions: Instructions,
        denominations: Denominations,
        frozen: Frozen,
        wallets: Wallets,
        sessions: Sessions,
        unresolved: Unresolved,
        openings: Openings,
        slot_quotas: SlotQuotas,
        withdrawals: Withdrawals,
        acceptances: Acceptances,
        acceptance_counts: AcceptanceCounts,
        exchanges: Exchanges,
        transfers: Transfers,
        refused: Refusals,
        blinded: Blinded,
        cashed: CashedTokens,
        listed: Listed,
        cashed_lists: CashedLists,
        claims: Claims,
        due: Due,
        opened: Opened,
        claimants: Claimants,
        answers: Answers,
        presentations: Presentations,
        incidents: Incidents,
        convictions: Convictions,
        redresses: Redresses,
        incident_costs: IncidentCosts,
        untraced: Untraced,
        totals: Totals,
        leaves: Leaves,
        log_nodes: LogNodes,
    } beside {
        /// What was signed, cashed and claimed and has no leaf in the log yet.
        tally: Tally,
        /// Whether somebody is told what stays true only if time never runs backwards, so that the
        /// time must be durable before.
        rests_on_time: bool,
        /// How many refusals are kept, those of this batch among them.
        kept: Kept,
    }
}

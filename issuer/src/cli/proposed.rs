//! What the proposal of a ceremony says, for officers who read it before they approve it.

use serde_json::{Map, Value, json};
use tender_token::amount::Amount;
use tender_token::ceremony::Proposal;
use tender_token::date::calendar::iso;
use tender_token::manifest::ManifestRecord;
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::series::Series;

/// The proposal for people. It names everything that would hold, also what held before: an officer
/// has no issuer at hand to compare it with.
pub fn lines(proposal: &Proposal, decimals: u8) -> Vec<String> {
    let Proposal { record, policy } = proposal;
    let mut lines = vec![format!("manifest     {}", record.epoch)];
    for series in &record.series {
        let [from, issue, spend, deposit, claim] = dates(series);
        lines.push(format!(
            "series       {} of {}, from {from}, withdrawn until {issue}, paid until {spend}, \
             cashed until {deposit}, claimed until {claim}",
            series.number, series.currency
        ));
        lines.push(format!("             id {}", hex::encode(series.id().0)));
        let values = values(record, series);
        let values: Vec<_> = values.iter().map(|value| value.to_decimal(decimals)).collect();
        lines.push(format!(
            "             tokens of {}; at most {} hops, kappa {}",
            values.join(", "),
            series.max_hops,
            series.candidates()
        ));
        lines.push(format!(
            "             (kappa: candidates per slot, of which a wallet opens all but one; a \
             cheat is found but for 1 in {})",
            series.candidates()
        ));
    }
    lines.extend(policy.limits.iter().map(|limits| limited(limits, decimals)));
    lines.push(format!(
        "policy       {} slots in a wallet and series, loss rule {}",
        policy.slot_quota,
        rule(policy)
    ));
    let count = policy.officers.len();
    lines.push(format!("officers     {} of {count} must approve", policy.officers_k));
    lines.extend(policy.officers.iter().map(|key| format!("             {}", hex::encode(key.0))));
    lines
}

/// The proposal for programs.
pub fn object(proposal: &Proposal) -> Map<String, Value> {
    let Proposal { record, policy } = proposal;
    let series = |series: &Series| {
        let [from, issue, spend, deposit, claim] = dates(series);
        let values = values(record, series);
        json!({
            "number": series.number,
            "id": hex::encode(series.id().0),
            "issue_from": from,
            "issue_until": issue,
            "spend_until": spend,
            "deposit_until": deposit,
            "claim_until": claim,
            "denominations": values.iter().map(|value| value.minor_units()).collect::<Vec<_>>(),
            "max_hops": series.max_hops,
            "kappa": series.candidates(),
        })
    };
    let limits = |limits: &Limits| {
        json!({
            "currency": limits.currency.code(),
            "payment": limits.payment.minor_units(),
            "holding": limits.holding.minor_units(),
            "received": limits.received.minor_units(),
            "payments": limits.payments,
            "reconcile_days": limits.reconcile_days,
            "exchange": limits.exchange.minor_units(),
            "guarantee_cap": limits.guarantee_cap.minor_units(),
        })
    };
    let officers = policy.officers.iter().map(|key| hex::encode(key.0));
    [
        ("epoch", json!(record.epoch)),
        ("series", record.series.iter().map(series).collect()),
        ("limits", policy.limits.iter().map(limits).collect()),
        ("slot_quota", json!(policy.slot_quota)),
        ("loss_rule", json!(rule(policy))),
        ("officers_k", json!(policy.officers_k)),
        ("officers", officers.collect()),
    ]
    .map(|(field, value)| (field.to_owned(), value))
    .into_iter()
    .collect()
}

fn dates(series: &Series) -> [String; 5] {
    let dates = &series.dates;
    let ends = [dates.issue_until, dates.spend_until, dates.deposit_until, dates.claim_until];
    let [issue, spend, deposit, claim] = ends.map(iso);
    [iso(dates.issue_from), issue, spend, deposit, claim]
}

fn values(record: &ManifestRecord, series: &Series) -> Vec<Amount> {
    let id = series.id();
    let own = record.denominations.iter().filter(|denomination| denomination.series == id);
    let mut values: Vec<_> = own.map(|denomination| denomination.value).collect();
    values.sort_unstable();
    values
}

fn limited(limits: &Limits, decimals: u8) -> String {
    let shown = |amount: Amount| amount.to_decimal(decimals);
    format!(
        "limits       {}: payment {}, holding {}, received {}, {} payments, {} days without \
         reconciling, exchange {}, guarantee {}",
        limits.currency,
        shown(limits.payment),
        shown(limits.holding),
        shown(limits.received),
        limits.payments,
        limits.reconcile_days,
        shown(limits.exchange),
        shown(limits.guarantee_cap)
    )
}

fn rule(policy: &Policy) -> &'static str {
    match policy.loss_rule {
        LossRule::PayeeBears => "payee_bears",
        LossRule::PayerIntermediaryGuarantees => "payer_intermediary_guarantees",
    }
}

//! The home's issuer.toml says what the issuer was founded with, too. Nothing reads that again, so
//! an edit of it would be without effect and look like one: it is refused by the setting's name.

use super::outcome::Failure;
use crate::config::Config;
use tender_proto::trust::Trust;
use tender_token::amount::Amount;
use tender_token::date::Day;
use tender_token::encode::Decode;
use tender_token::error::Error;
use tender_token::manifest::ManifestRecord;
use tender_token::policy::LossRule;
use tender_token::series::Series;
use tender_token::signature::PublicKey;

/// A setting: its name, what the file says, and what the issuer was founded with.
type Setting = (&'static str, String, String);

/// Refuses a configuration that says something else of the founding than the first manifest does.
/// Errors: wrong usage that names the first such setting; the manifest cannot be read.
pub fn check(config: &Config, first: &Trust) -> Result<(), Failure> {
    let record = ManifestRecord::from_bytes(&first.manifest);
    let settings = record.and_then(|record| settings(config, first, &record));
    let settings = settings.map_err(super::founded::unusable)?;
    let Some((name, says, was)) = settings.into_iter().find(|(_, says, was)| says != was) else {
        return Ok(());
    };
    Err(Failure::usage(format!(
        "the home's issuer.toml says {name} = {says}, and this issuer was founded with {was}, \
         which the file cannot change: put it back; officers change the rules with the next \
         series, see ceremony new --config; nothing was changed"
    )))
}

fn settings(
    config: &Config,
    first: &Trust,
    record: &ManifestRecord,
) -> Result<Vec<Setting>, Error> {
    let Trust { policy, .. } = first;
    let series = record.series.first().ok_or(Error::Manifest)?;
    let (was, says) = (policy.limits.first(), config.policy.limits.first());
    let (was, says) = (was.ok_or(Error::Manifest)?, says.ok_or(Error::Manifest)?);
    let decimals = config.decimals;
    let number = |name, says: u32, was: u32| (name, says.to_string(), was.to_string());
    let amount = |name, says: Amount, was: Amount| {
        (name, says.to_decimal(decimals), was.to_decimal(decimals))
    };
    let values: Vec<_> = record.denominations.iter().map(|one| one.value).collect();
    let mut all = vec![
        ("currency.code", config.currency.to_string(), series.currency.to_string()),
        number("currency.decimals", decimals.into(), decimals_of(&values, config).into()),
        (
            "currency.denominations",
            listed(&config.denominations, decimals),
            listed(&values, decimals),
        ),
        number("slot_quota", config.policy.slot_quota, policy.slot_quota),
        number("min_lead_days", config.min_lead_days.into(), record.min_lead.into()),
        ("loss_rule", word(config.policy.loss_rule), word(policy.loss_rule)),
        number("series.depth", config.series.depth.into(), series.depth.into()),
        number("series.max_hops", config.series.max_hops.into(), series.max_hops.into()),
        amount("limits.payment", says.payment, was.payment),
        amount("limits.holding", says.holding, was.holding),
        amount("limits.received", says.received, was.received),
        number("limits.payments", says.payments.into(), was.payments.into()),
        number("limits.reconcile_days", says.reconcile_days.into(), was.reconcile_days.into()),
        amount("limits.exchange", says.exchange, was.exchange),
        amount("limits.guarantee_cap", says.guarantee_cap, was.guarantee_cap),
        number("officers.k", config.policy.officers_k.into(), policy.officers_k.into()),
        ("officers.keys", keys(&config.policy.officers), keys(&policy.officers)),
    ];
    all.extend(days(config, series).ok_or(Error::Manifest)?);
    Ok(all)
}

/// The four lengths of the first series, in days from its first one.
fn days(config: &Config, series: &Series) -> Option<[Setting; 4]> {
    let (was, from) = (&series.dates, series.dates.issue_from);
    let says = config.series.dates(from)?;
    let length = |day: Day| day.0.saturating_sub(from.0).to_string();
    Some([
        ("series.issue_days", says.issue_until, was.issue_until),
        ("series.spend_days", says.spend_until, was.spend_until),
        ("series.deposit_days", says.deposit_until, was.deposit_until),
        ("series.claim_days", says.claim_until, was.claim_until),
    ])
    .map(|all| all.map(|(name, says, was)| (name, length(says), length(was))))
}

/// How many decimals there were: those with which the denominations that the file says are the
/// manifest's, whose amounts have no point. What the file says, if there are none.
fn decimals_of(values: &[Amount], config: &Config) -> u8 {
    let units = |amount: &Amount, decimals: u8| {
        u128::from(amount.minor_units()).checked_mul(10_u128.checked_pow(decimals.into())?)
    };
    let same = |decimals: &u8| {
        let pairs = || config.denominations.iter().zip(values);
        config.denominations.len() == values.len()
            && pairs().all(|(says, was)| units(says, *decimals) == units(was, config.decimals))
    };
    let candidates = core::iter::once(config.decimals).chain(0..=6);
    candidates.into_iter().find(same).unwrap_or(config.decimals)
}

fn listed(values: &[Amount], decimals: u8) -> String {
    let values: Vec<_> = values.iter().map(|value| value.to_decimal(decimals)).collect();
    format!("[{}]", values.join(", "))
}

fn keys(officers: &[PublicKey]) -> String {
    let officers: Vec<_> = officers.iter().map(|officer| hex::encode(officer.0)).collect();
    format!("[{}]", officers.join(", "))
}

fn word(rule: LossRule) -> String {
    match rule {
        LossRule::PayeeBears => "payee_bears",
        LossRule::PayerIntermediaryGuarantees => "payer_intermediary_guarantees",
    }
    .to_owned()
}

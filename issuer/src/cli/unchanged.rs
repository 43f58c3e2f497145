//! The home's issuer.toml says what the issuer was founded with, too. Nothing reads that again, so
//! an edit of it would be without effect and look like one: it is refused by the setting's name.

use super::founded::unusable;
use super::outcome::Failure;
use crate::config::Config;
use crate::rows::Decimals;
use tender_proto::trust::Trust;
use tender_token::amount::{Amount, Currency};
use tender_token::date::Day;
use tender_token::encode::Decode;
use tender_token::error::Error;
use tender_token::manifest::ManifestRecord;
use tender_token::policy::LossRule;
use tender_token::series::Series;
use tender_token::signature::PublicKey;

/// A setting: its name, what the file says, and what the issuer was founded with.
type Setting = (&'static str, String, String);

/// Refuses a configuration that says something else of the founding than the first manifest does,
/// or than the store does where no manifest says anything: `decimals` knows those of a currency.
/// Errors: wrong usage that names the first such setting; the manifest cannot be read; those of
/// `decimals`.
pub fn check(
    config: &Config,
    first: &Trust,
    decimals: impl FnOnce(Currency) -> Result<Decimals, Failure>,
) -> Result<(), Failure> {
    let record = ManifestRecord::from_bytes(&first.manifest).map_err(unusable)?;
    let series = record.series.first().ok_or(Error::Manifest).map_err(unusable)?;
    let decimals = decimals(series.currency)?;
    let settings = settings(config, first, &record, decimals).map_err(unusable)?;
    let Some((name, says, was)) = settings.into_iter().find(|(_, says, was)| says != was) else {
        return Ok(());
    };
    Err(Failure::usage(format!(
        "the home's issuer.toml says {name} = {says}, and this issuer was founded with {was}, \
         which the file cannot change: put it back; officers change the rules with the next \
         series, see ceremony new --config; nothing was changed"
    )))
}

/// Names of the settings in which a file of rules differs from the home's, and that are no rules:
/// they have effect in the home's only.
pub fn ignored(config: &Config, home: &Config) -> Vec<&'static str> {
    let (clock, own) = (config.clock, home.clock);
    let settings = [
        ("listen", config.listen != home.listen),
        ("metrics", config.metrics != home.metrics),
        ("reflection", config.reflection != home.reflection),
        ("disk_free_percent", config.disk_free_percent != home.disk_free_percent),
        ("signatures_max", config.signatures_max != home.signatures_max),
        ("backups", config.backups != home.backups),
        ("refusals_max", config.refusals_max != home.refusals_max),
        ("store_cache", config.store_cache != home.store_cache),
        ("sessions_per_day", config.sessions_per_day != home.sessions_per_day),
        ("clock.jump_seconds", clock.jump_s != own.jump_s),
        ("clock.gap_days", clock.gap_days != own.gap_days),
    ];
    settings.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

fn settings(
    config: &Config,
    first: &Trust,
    record: &ManifestRecord,
    founded: Decimals,
) -> Result<Vec<Setting>, Error> {
    let Trust { policy, .. } = first;
    let series = record.series.first().ok_or(Error::Manifest)?;
    let (was, says) = (policy.limits.first(), config.policy.limits.first());
    let (was, says) = (was.ok_or(Error::Manifest)?, says.ok_or(Error::Manifest)?);
    let decimals = config.decimals.digits();
    let number = |name, says: u32, was: u32| (name, says.to_string(), was.to_string());
    let amount = |name, says: Amount, was: Amount| {
        (name, says.to_decimal(decimals), was.to_decimal(decimals))
    };
    let values: Vec<_> = record.denominations.iter().map(|one| one.value).collect();
    let mut all = vec![
        ("currency.code", config.currency.to_string(), series.currency.to_string()),
        number("currency.decimals", decimals.into(), founded.digits().into()),
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

//! The configuration that the issuer is founded with, parsed and checked once.

use crate::clock::Tolerance;
use crate::keeping::KEPT_MAX;
use crate::rows::Decimals;
use crate::store::Cache;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tender_proto::transport::{ADDRESS, is_address};
use tender_proto::unread::Unread;
use tender_store::envelope::Cost;
use tender_token::amount::{Amount, Currency};
use tender_token::bounds::{DEPTH_MAX, DEPTH_MIN_PRODUCTION, HOPS_MAX};
use tender_token::date::Day;
use tender_token::policy::{Limits, LossRule, Policy};
use tender_token::series::Dates;
use tender_token::signature::PublicKey;

/// The configuration as it is written. Every number is given; what is not mentioned is off, but for
/// the clock, which is always watched, and the store's cache.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: String,
    metrics: Option<String>,
    #[serde(default)]
    reflection: bool,
    #[serde(default)]
    disk_free_percent: u8,
    signatures_max: Option<u64>,
    refusals_max: Option<u64>,
    backups: Option<String>,
    store_cache: Option<String>,
    #[serde(default)]
    clock: WrittenClock,
    slot_quota: u32,
    sessions_per_day: u32,
    min_lead_days: u8,
    loss_rule: WrittenLossRule,
    currency: WrittenCurrency,
    series: WrittenSeries,
    keys: WrittenKeys,
    limits: WrittenLimits,
    officers: WrittenOfficers,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOfficers {
    k: u8,
    keys: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenClock {
    jump_seconds: Option<u32>,
    gap_days: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenLossRule {
    PayeeBears,
    PayerIntermediaryGuarantees,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCurrency {
    code: String,
    decimals: u8,
    denominations: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names)] // The unit comes last in every name.
struct WrittenSeries {
    depth: u8,
    max_hops: u8,
    issue_days: u32,
    spend_days: u32,
    deposit_days: u32,
    claim_days: u32,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKeys {
    memory_kib: u32,
    passes: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLimits {
    payment: String,
    holding: String,
    received: String,
    payments: u16,
    reconcile_days: u16,
    exchange: String,
    guarantee_cap: String,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It is no TOML, or a field is missing, unknown or of another type.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(#[from] Unread),
    /// A field holds a value that cannot be.
    #[error("the configuration's field `{field}` must be {rule}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
}

/// The officers of the example, whose secret halves everybody can make.
const EXAMPLES: [&str; 3] = [
    "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
    "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394",
    "ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1",
];

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the issuer serves, `host:port`.
    pub listen: String,
    /// Where metrics are shown in plain HTTP, `host:port`, if they are.
    pub metrics: Option<String>,
    /// Whether the server tells what it can be asked.
    pub reflection: bool,
    /// The share of the disk that must be free for anything new to be decided; 0 asks for none.
    pub disk_free_percent: u8,
    /// The most signatures that each slot and value key ever makes, whatever the ledger says.
    pub signatures_max: Option<u64>,
    /// The most refusals that are kept of one intermediary.
    pub refusals_max: u64,
    /// The folder that operators elsewhere have the store copied into, from the home's on.
    pub backups: PathBuf,
    /// How much of the store's database is held in memory at most.
    pub store_cache: Cache,
    /// How far the machine's clock may be off before somebody must say so.
    pub clock: Tolerance,
    /// Provision sessions per wallet and day.
    pub sessions_per_day: u32,
    /// Days that a KEY endorsement's deadline must lie ahead.
    pub min_lead_days: u8,
    /// The currency.
    pub currency: Currency,
    /// Digits after the point when amounts are shown.
    pub decimals: Decimals,
    /// What tokens of the first series are worth, each once, ascending.
    pub denominations: Vec<Amount>,
    /// The first series' shape.
    pub series: SeriesShape,
    /// What guessing a passphrase of the sealed keys costs.
    pub cost: Cost,
    /// The policy.
    pub policy: Policy,
}

/// The first series, without its key and before its first day is known.
#[derive(Clone, Copy, Debug)]
pub struct SeriesShape {
    /// `d`: a provision session commits to 2^d candidates per slot.
    pub depth: u8,
    /// How many slots a token may pass through.
    pub max_hops: u8,
    issue_days: u32,
    spend_days: u32,
    deposit_days: u32,
    claim_days: u32,
}

impl SeriesShape {
    /// The dates of a series that begins today. `None` beyond the range of days.
    #[must_use]
    pub fn dates(&self, today: Day) -> Option<Dates> {
        Some(Dates {
            issue_from: today,
            issue_until: today.checked_add(self.issue_days)?,
            spend_until: today.checked_add(self.spend_days)?,
            deposit_until: today.checked_add(self.deposit_days)?,
            claim_until: today.checked_add(self.claim_days)?,
        })
    }
}

impl Config {
    /// An amount with the currency's code, for people.
    #[must_use]
    pub fn shown(&self, amount: Amount) -> String {
        format!("{} {}", amount.to_decimal(self.decimals.digits()), self.currency)
    }

    /// Refuses what can be written and cannot work, before anything is made of it.
    /// Errors: [`Unusable::Field`].
    pub fn check_works(&self) -> Result<(), Unusable> {
        require(is_address(&self.listen), "listen", ADDRESS)?;
        if let Some(metrics) = &self.metrics {
            require(is_address(metrics), "metrics", ADDRESS)?;
            require(*metrics != self.listen, "metrics", "another address than `listen`")?;
        }
        let is_example = |officer: &PublicKey| EXAMPLES.contains(&hex::encode(officer.0).as_str());
        let are_own = !self.policy.officers.iter().any(is_example);
        let rule = "those of your own officers, each made by officer new: for the example's keys \
                    everybody can sign";
        require(are_own, "officers.keys", rule)?;
        let some = self.sessions_per_day > 0;
        require(some, "sessions_per_day", "above 0, or no wallet can be given money")?;
        let is_paid = self.policy.limits.iter().any(|limits| !limits.guarantee_cap.is_zero());
        let is_borne = self.policy.loss_rule == LossRule::PayeeBears;
        let rule = "0 under `payee_bears`, where no loss is made good";
        require(!(is_paid && is_borne), "limits.guarantee_cap", rule)
    }

    /// Reads and checks a configuration. Errors: [`Unusable`].
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let written = toml::from_str(text).map_err(|error| Unread::new(&error, text));
        let written: Written = written?;
        let code = Currency::new(&written.currency.code);
        let currency = rule(code, "currency.code", "three capital letters")?;
        let digits = written.currency.decimals;
        let decimals = rule(Decimals::new(digits), "currency.decimals", "at most 6")?;
        require(written.disk_free_percent <= 100, "disk_free_percent", "at most 100")?;
        require(written.signatures_max != Some(0), "signatures_max", "above 0")?;
        require(written.refusals_max != Some(0), "refusals_max", "above 0")?;
        let officers = officers(&written.officers.keys)?;
        let officers_k = written.officers.k;
        let enough = (1..=officers.len()).contains(&usize::from(officers_k));
        require(enough, "officers.k", "at least 1, and at most as many as there are keys")?;
        Ok(Self {
            listen: written.listen,
            metrics: written.metrics,
            reflection: written.reflection,
            disk_free_percent: written.disk_free_percent,
            signatures_max: written.signatures_max,
            refusals_max: written.refusals_max.unwrap_or(KEPT_MAX),
            backups: backups(written.backups)?,
            store_cache: store_cache(written.store_cache.as_deref())?,
            clock: clock(written.clock)?,
            sessions_per_day: written.sessions_per_day,
            min_lead_days: written.min_lead_days,
            currency,
            decimals,
            denominations: denominations(&written.currency.denominations, digits)?,
            series: series(written.series)?,
            cost: cost(written.keys)?,
            policy: Policy {
                slot_quota: written.slot_quota,
                loss_rule: match written.loss_rule {
                    WrittenLossRule::PayeeBears => LossRule::PayeeBears,
                    WrittenLossRule::PayerIntermediaryGuarantees => {
                        LossRule::PayerIntermediaryGuarantees
                    }
                },
                limits: vec![limits(&written.limits, currency, digits)?],
                officers_k,
                officers,
                witnesses_k: 0,
                witnesses: Vec::new(),
            },
        })
    }
}

fn denominations(written: &[String], decimals: u8) -> Result<Vec<Amount>, Unusable> {
    const FIELD: &str = "currency.denominations";
    let values = written.iter().map(|text| Amount::parse_decimal(text, decimals));
    let values: Option<Vec<_>> = values.collect();
    let values = rule(values, FIELD, "decimal numbers in quotes, such as \"0.50\"")?;
    let ascending = values.windows(2).all(|pair| pair.first() < pair.last());
    let first = rule(values.first(), FIELD, "at least one")?;
    require(!first.is_zero() && ascending, FIELD, "above zero, each once, ascending")?;
    Ok(values)
}

fn store_cache(written: Option<&str>) -> Result<Cache, Unusable> {
    let Some(text) = written else { return Ok(Cache::DEFAULT) };
    rule(Cache::parse(text), "store_cache", Cache::RULE)
}

fn backups(written: Option<String>) -> Result<PathBuf, Unusable> {
    let folder = written.unwrap_or_else(|| "backups".to_owned());
    require(!folder.is_empty(), "backups", "a folder, such as \"backups\" below the home")?;
    Ok(folder.into())
}

fn clock(written: WrittenClock) -> Result<Tolerance, Unusable> {
    let Tolerance { jump_s, gap_days } = Tolerance::DEFAULT;
    let jump_s = written.jump_seconds.unwrap_or(jump_s);
    let gap_days = written.gap_days.unwrap_or(gap_days);
    require((2..=3_600).contains(&jump_s), "clock.jump_seconds", "2 to 3600")?;
    require((1..=366).contains(&gap_days), "clock.gap_days", "1 to 366")?;
    Ok(Tolerance { jump_s, gap_days })
}

/// `[S1]`, and the depth that production demands.
fn series(written: WrittenSeries) -> Result<SeriesShape, Unusable> {
    let WrittenSeries { depth, max_hops, issue_days, spend_days, deposit_days, claim_days } =
        written;
    require((DEPTH_MIN_PRODUCTION..=DEPTH_MAX).contains(&depth), "series.depth", "6 to 16")?;
    require((1..=HOPS_MAX).contains(&max_hops), "series.max_hops", "1 to 32")?;
    require(issue_days >= 1, "series.issue_days", "at least 1")?;
    require(spend_days >= issue_days, "series.spend_days", "at least issue_days")?;
    require(deposit_days > spend_days, "series.deposit_days", "more than spend_days")?;
    require(claim_days > deposit_days, "series.claim_days", "more than deposit_days")?;
    Ok(SeriesShape { depth, max_hops, issue_days, spend_days, deposit_days, claim_days })
}

fn officers(written: &[String]) -> Result<Vec<PublicKey>, Unusable> {
    const FIELD: &str = "officers.keys";
    let key = |text: &String| {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).ok()?;
        PublicKey(key).check().ok().map(|()| PublicKey(key))
    };
    let keys: Option<Vec<_>> = written.iter().map(key).collect();
    let keys = rule(keys, FIELD, "Ed25519 public keys of 64 hex digits; see officer new")?;
    require(u8::try_from(keys.len()).is_ok(), FIELD, "at most 255")?;
    let distinct: BTreeSet<_> = keys.iter().collect();
    require(distinct.len() == keys.len(), FIELD, "each once")?;
    Ok(keys)
}

fn cost(written: WrittenKeys) -> Result<Cost, Unusable> {
    let WrittenKeys { memory_kib, passes } = written;
    let cost = Cost::new(memory_kib, passes);
    rule(cost, "keys", "8192 to 1048576 in memory_kib, 1 to 16 in passes")
}

fn limits(written: &WrittenLimits, currency: Currency, decimals: u8) -> Result<Limits, Unusable> {
    let amount = |text: &str, field| {
        let amount = Amount::parse_decimal(text, decimals);
        rule(amount, field, "a decimal number in quotes, such as \"200.00\"")
    };
    Ok(Limits {
        currency,
        payment: amount(&written.payment, "limits.payment")?,
        holding: amount(&written.holding, "limits.holding")?,
        received: amount(&written.received, "limits.received")?,
        payments: written.payments,
        reconcile_days: written.reconcile_days,
        exchange: amount(&written.exchange, "limits.exchange")?,
        guarantee_cap: amount(&written.guarantee_cap, "limits.guarantee_cap")?,
    })
}

fn rule<T>(value: Option<T>, field: &'static str, rule: &'static str) -> Result<T, Unusable> {
    value.ok_or(Unusable::Field { field, rule })
}

fn require(holds: bool, field: &'static str, text: &'static str) -> Result<(), Unusable> {
    rule(holds.then_some(()), field, text)
}

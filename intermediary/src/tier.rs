//! Tiers as data: `tiers.toml`, read strictly, with everything impossible refused by name.

use crate::rows::{Attributes, Limits, Tier, TierName};
use serde::Deserialize;
use std::collections::BTreeMap;
use tender_proto::unread::Unread;
use tender_token::amount::Amount;

/// The file that a new home begins with.
pub const DEFAULT: &str = include_str!("tier/default.toml");

/// Years that a law may want records to be kept, at most.
const RETENTION_YEARS_MAX: u32 = 30;
/// Days after a closing for which a record may be left as it is, at most.
const ERASE_AFTER_DAYS_MAX: u32 = 3_650;
/// Letters of a tier's name at most.
const NAME_LETTERS_MAX: usize = 32;

/// What `tiers.toml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers {
    /// The file, word for word.
    pub text: String,
    /// Whole years from the closing of an account for which what law wants kept is kept.
    pub retention_years: u32,
    /// Whole days from the closing of an account after which the rest of the record is erased when
    /// the records are swept; only by hand if none are given.
    pub erase_after_days: Option<u32>,
    /// The tier of a new customer if nothing else is said.
    pub first: TierName,
    /// The tiers.
    pub tiers: BTreeMap<TierName, Tier>,
}

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// It is no such file at all.
    #[error("it cannot be understood: {0}")]
    Content(#[from] Unread),
    /// It has no tier.
    #[error("it has no tier; write at least one [tier.NAME]")]
    Empty,
    /// A tier's name is none.
    #[error("{0:?} is no name of a tier; write 1 to 32 small letters, digits and hyphens")]
    Name(String),
    /// `first` is not among the tiers.
    #[error("first = {0:?} is no tier of the file; write the name of one")]
    First(String),
    /// Nobody keeps records for so long.
    #[error("retention_years = {0} is impossible; write 0 to 30")]
    Retention(u32),
    /// Nobody waits for so long.
    #[error("erase_after_days = {0} is impossible; write 0 to 3650")]
    EraseAfter(u32),
    /// An amount is none.
    #[error(
        "tier {tier}: {field} = {written:?} is no amount; write one such as \"{}\"",
        sample(*decimals)
    )]
    Amount {
        /// The tier.
        tier: String,
        /// The field.
        field: &'static str,
        /// What the file has.
        written: String,
        /// Decimals of the currency.
        decimals: u8,
    },
    /// A smaller limit lies above a larger one.
    #[error("tier {tier}: {small} is more than {large}; write at most {allowed} for {small}")]
    Order {
        /// The tier.
        tier: String,
        /// The limit that is too high.
        small: &'static str,
        /// The limit that it must not exceed.
        large: &'static str,
        /// What may be written.
        allowed: String,
    },
    /// Money beyond a holding limit of zero would have nowhere to go.
    #[error("tier {0}: holding is 0 and waterfall is false; write waterfall = true")]
    Nowhere(String),
    /// An attribute is none.
    #[error(
        "tier {tier}: {written:?} cannot be verified; write some of {}",
        Attributes::NAMES.join(", ")
    )]
    Attribute {
        /// The tier.
        tier: String,
        /// What the file has.
        written: String,
    },
}

fn sample(decimals: u8) -> String {
    let digits = usize::from(decimals);
    if digits == 0 { "2000".to_owned() } else { format!("2000.{:0digits$}", 0) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    first: String,
    retention_years: u32,
    #[serde(default)]
    erase_after_days: Option<u32>,
    #[serde(default)]
    tier: BTreeMap<String, Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    payment: String,
    day: String,
    holding: String,
    offline: String,
    withdrawal: String,
    slots: u32,
    requires: Vec<String>,
    waterfall: bool,
}

impl Tiers {
    /// Reads the file's text, with amounts of a currency with so many decimals. Errors: [`Wrong`].
    pub fn parse(text: &str, decimals: u8) -> Result<Self, Wrong> {
        let file = toml::from_str(text).map_err(|error| Unread::new(&error, text));
        let file: File = file?;
        if file.tier.is_empty() {
            return Err(Wrong::Empty);
        }
        if file.retention_years > RETENTION_YEARS_MAX {
            return Err(Wrong::Retention(file.retention_years));
        }
        if let Some(days) = file.erase_after_days.filter(|days| *days > ERASE_AFTER_DAYS_MAX) {
            return Err(Wrong::EraseAfter(days));
        }
        if !file.tier.contains_key(&file.first) {
            return Err(Wrong::First(file.first));
        }
        let mut tiers = BTreeMap::new();
        for (name, written) in &file.tier {
            if !is_name(name) {
                return Err(Wrong::Name(name.clone()));
            }
            tiers.insert(TierName(name.clone()), written.read(name, decimals)?);
        }
        let (text, first) = (text.to_owned(), TierName(file.first));
        let (retention_years, erase_after_days) = (file.retention_years, file.erase_after_days);
        Ok(Self { text, retention_years, erase_after_days, first, tiers })
    }
}

impl Written {
    fn read(&self, tier: &str, decimals: u8) -> Result<Tier, Wrong> {
        let amount = |field, written: &str| {
            let wrong = || Wrong::Amount {
                tier: tier.to_owned(),
                field,
                written: written.to_owned(),
                decimals,
            };
            Amount::parse_decimal(written, decimals).ok_or_else(wrong)
        };
        let limits = Limits {
            payment: amount("payment", &self.payment)?,
            day: amount("day", &self.day)?,
            holding: amount("holding", &self.holding)?,
            offline: amount("offline", &self.offline)?,
            withdrawal: amount("withdrawal", &self.withdrawal)?,
            slots: u64::from(self.slots),
        };
        for ((small, least), (large, most)) in [
            (("withdrawal", limits.withdrawal), ("offline", limits.offline)),
            (("offline", limits.offline), ("day", limits.day)),
        ] {
            if least > most {
                let (tier, allowed) = (tier.to_owned(), most.to_decimal(decimals));
                return Err(Wrong::Order { tier, small, large, allowed });
            }
        }
        if limits.holding.is_zero() && !self.waterfall {
            return Err(Wrong::Nowhere(tier.to_owned()));
        }
        let mut requires = Attributes::default();
        for written in &self.requires {
            let one = Attributes::named(written).ok_or_else(|| Wrong::Attribute {
                tier: tier.to_owned(),
                written: written.clone(),
            })?;
            requires = requires.with(one);
        }
        let waterfall = self.waterfall;
        Ok(Tier { limits, requires, waterfall, customers: 0, ended: false })
    }
}

fn is_name(name: &str) -> bool {
    let fits =
        |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=NAME_LETTERS_MAX).contains(&name.len()) && name.bytes().all(fits)
}

//! The configuration: what the operator decided, read and checked at every start.

mod terms;

use super::to_toml;
use serde::{Deserialize, Serialize};
use tender_proto::name::{RULE, is_readable};
use tender_proto::transport::{ADDRESS, is_address};
use tender_store::Cache;
use tender_store::envelope::Cost;

/// A setting that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Nobody could read the name, and the issuer would refuse it.
    #[error("the name cannot be used: {RULE}")]
    Name,
    /// No server listens there.
    #[error("{0} must be {ADDRESS}")]
    Address(&'static str),
    /// No key is sealed at this cost.
    #[error("write 8192 to 1048576 in keys_memory_kib, and 1 to 16 in keys_passes")]
    Cost,
    /// Wallets would wait too long, or not at all.
    #[error("write 1 to 20 in patience_seconds")]
    Patience,
    /// Nobody would be admitted, or nobody with a great request.
    #[error("write 1 or more in address_units_per_second, and 1025 or more in address_burst_units")]
    AddressRate,
    /// No wallet could reconcile.
    #[error("write 1 or more in device_units_per_second, and 64 or more in device_burst_units")]
    DeviceRate,
    /// Too few, or more than there are descriptors for.
    #[error(
        "write 16 to 65536 in connections and in connections_per_address, and no more in the latter"
    )]
    Connections,
}

/// Everything that a configuration may say.
const EXAMPLE: &str = include_str!("../../intermediary.example.toml");

/// `intermediary.toml`: what the operator decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The intermediary's name.
    pub name: String,
    /// Where wallets reach it, `host:port`; invitations carry it.
    pub listen: String,
    /// Where metrics are shown in plain HTTP, `host:port`, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// Whether the server tells what it can be asked.
    #[serde(default)]
    pub reflection: bool,
    /// The share of the disk that must be free for anything new to be begun; 0 asks for none.
    #[serde(default)]
    pub disk_free_percent: u8,
    /// Below this the vault is low, such as 10000.00; if it is not given, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_low: Option<String>,
    /// When the vault is low, currency is ordered to fill it to this; if it is not given, none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_fill: Option<String>,
    /// After so many seconds without an answer of the issuer a wallet is told that its request is
    /// pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience_seconds: Option<u32>,
    /// Units that an address may spend per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_units_per_second: Option<u32>,
    /// Units that an address may spend at once after a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_burst_units: Option<u32>,
    /// Units that a device may spend per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_units_per_second: Option<u32>,
    /// Units that a device may spend at once after a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_burst_units: Option<u32>,
    /// Connections of wallets altogether.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// Connections of wallets from one address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections_per_address: Option<u32>,
    /// The memory that a guess of the keys' passphrase takes, in KiB, for keys that are sealed from
    /// now on.
    #[serde(default = "usual_memory_kib")]
    pub keys_memory_kib: u32,
    /// How often a guess goes over that memory.
    #[serde(default = "usual_passes")]
    pub keys_passes: u32,
    /// How much of the books' database is held in memory at most, such as 1 GiB, if somebody
    /// decided.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "written_cache")]
    pub store_cache: Option<Cache>,
}

/// The size of a cache as it is written.
mod written_cache {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use tender_store::Cache;

    #[allow(clippy::ref_option)] // The field is handed over like this.
    pub fn serialize<S: Serializer>(cache: &Option<Cache>, to: S) -> Result<S::Ok, S::Error> {
        match cache {
            Some(cache) => to.collect_str(cache),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Option<Cache>, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || D::Error::custom(format_args!("`store_cache` must be {}", Cache::RULE));
        Cache::parse(&text).map(Some).ok_or_else(wrong)
    }
}

impl Config {
    /// A name, an address and what a guess of the keys' passphrase costs, and nothing else.
    #[must_use]
    pub fn new(name: String, listen: String, keys_memory_kib: u32, keys_passes: u32) -> Self {
        Self {
            name,
            listen,
            metrics: None,
            reflection: false,
            disk_free_percent: 0,
            vault_low: None,
            vault_fill: None,
            patience_seconds: None,
            address_units_per_second: None,
            address_burst_units: None,
            device_units_per_second: None,
            device_burst_units: None,
            connections: None,
            connections_per_address: None,
            keys_memory_kib,
            keys_passes,
            store_cache: None,
        }
    }

    /// How much of the books' database is held in memory at most.
    #[must_use]
    pub fn cache(&self) -> Cache {
        self.store_cache.unwrap_or(Cache::DEFAULT)
    }

    /// What guessing the passphrase of keys that are sealed from now on costs. Errors: [`Wrong`].
    pub fn cost(&self) -> Result<Cost, Wrong> {
        Cost::new(self.keys_memory_kib, self.keys_passes).ok_or(Wrong::Cost)
    }

    /// Refuses what cannot work. Errors: [`Wrong`].
    pub fn check(&self) -> Result<(), Wrong> {
        if !is_readable(&self.name) {
            return Err(Wrong::Name);
        }
        if !is_address(&self.listen) {
            return Err(Wrong::Address("listen"));
        }
        if self.metrics.as_deref().is_some_and(|metrics| !is_address(metrics)) {
            return Err(Wrong::Address("metrics"));
        }
        self.cost()?;
        self.patience()?;
        self.rates()?;
        self.bounds()?;
        Ok(())
    }

    /// The configuration of a new home, and what else can be written into it, as comments.
    pub(super) fn explained(&self) -> String {
        let mut text = to_toml(self);
        for line in EXAMPLE.lines().filter(|line| !line.starts_with('#')) {
            let key = line.split('=').next().unwrap_or_default();
            if !text.lines().any(|known| known.starts_with(key)) {
                text = format!("{text}# {line}\n");
            }
        }
        text
    }
}

fn usual_memory_kib() -> u32 {
    Cost::USUAL.memory_kib()
}

fn usual_passes() -> u32 {
    Cost::USUAL.passes()
}

//! How much wallets may take up of the server, and how long they wait: what is usual, or what the
//! operator decided.

use super::{Config, Wrong};
use crate::service::USUAL_PATIENCE;
use crate::service::rates::{Rate, Rates};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;
use tender_proto::transport::{Bounds, WALLET_MESSAGE_BYTES_MAX};

/// Who waits longer than this takes the connection for dead.
const PATIENCE_SECONDS: RangeInclusive<u32> = 1..=20;
/// A request of the greatest size costs an address so many units: a smaller burst never admits it.
const ADDRESS_BURST_MIN: u32 = kib_of(WALLET_MESSAGE_BYTES_MAX) + 1;
/// What a device may ask for at once, at least: what one reconciliation asks.
const DEVICE_BURST_MIN: u32 = 64;
/// Each takes a descriptor.
const CONNECTIONS: RangeInclusive<u32> = 16..=65_536;

#[expect(clippy::cast_possible_truncation, reason = "a message has a few KiB")]
const fn kib_of(bytes: usize) -> u32 {
    (bytes / 1024) as u32
}

impl Config {
    /// How long a wallet waits for the issuer before it is told that its request is pending.
    /// Errors: [`Wrong::Patience`].
    pub fn patience(&self) -> Result<Duration, Wrong> {
        let Some(seconds) = self.patience_seconds else { return Ok(USUAL_PATIENCE) };
        if PATIENCE_SECONDS.contains(&seconds) {
            Ok(Duration::from_secs(seconds.into()))
        } else {
            Err(Wrong::Patience)
        }
    }

    /// How much each address, and each device from its address, may ask for in a time.
    /// Errors: [`Wrong::AddressRate`], [`Wrong::DeviceRate`].
    pub fn rates(&self) -> Result<[Rate; 2], Wrong> {
        let address = rate(
            Rates::ADDRESS,
            [self.address_units_per_second, self.address_burst_units],
            ADDRESS_BURST_MIN,
        );
        let device = rate(
            Rates::DEVICE,
            [self.device_units_per_second, self.device_burst_units],
            DEVICE_BURST_MIN,
        );
        Ok([address.ok_or(Wrong::AddressRate)?, device.ok_or(Wrong::DeviceRate)?])
    }

    /// How many connections wallets may have. Errors: [`Wrong::Connections`].
    pub fn bounds(&self) -> Result<Bounds, Wrong> {
        let usual = Bounds::WALLETS;
        let decided = |decided: Option<u32>, usual: usize| match decided {
            None => Some(usual),
            Some(count) => usize::try_from(count).ok().filter(|_| CONNECTIONS.contains(&count)),
        };
        let connections = decided(self.connections, usual.connections);
        let connections_per_peer = decided(
            self.connections_per_address,
            usual.connections_per_peer.min(connections.unwrap_or(0)),
        );
        match (connections, connections_per_peer) {
            (Some(connections), Some(connections_per_peer))
                if connections_per_peer <= connections =>
            {
                Ok(Bounds { connections, connections_per_peer, ..usual })
            }
            (Some(_) | None, Some(_) | None) => Err(Wrong::Connections),
        }
    }
}

fn rate(usual: Rate, [per_second, burst]: [Option<u32>; 2], burst_min: u32) -> Option<Rate> {
    let decided = |decided: Option<u32>, usual| decided.map_or(Some(usual), NonZeroU32::new);
    let units_per_second = decided(per_second, usual.units_per_second)?;
    let burst_units = decided(burst, usual.burst_units)?;
    (burst_units.get() >= burst_min).then_some(Rate { units_per_second, burst_units })
}

#[cfg(test)]
mod tests {
    use super::{ADDRESS_BURST_MIN, Config, Rates, USUAL_PATIENCE, Wrong};
    use std::time::Duration;
    use tender_proto::transport::Bounds;

    fn with(lines: &str) -> Config {
        let text = format!("name = \"bank\"\nlisten = \"127.0.0.1:0\"\n{lines}");
        toml::from_str(&text).expect("of the right types")
    }

    #[test]
    fn what_nobody_decided_is_as_usual() {
        let config = with("");
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.patience(), Ok(USUAL_PATIENCE));
        assert_eq!(config.rates(), Ok([Rates::ADDRESS, Rates::DEVICE]));
        assert_eq!(config.bounds(), Ok(Bounds::WALLETS));
    }

    #[test]
    fn what_cannot_work_is_refused_at_each_edge() {
        let burst = |units: u32| format!("address_burst_units = {units}");
        for (lines, wrong) in [
            ("patience_seconds = 1".to_owned(), None),
            ("patience_seconds = 20".to_owned(), None),
            ("patience_seconds = 0".to_owned(), Some(Wrong::Patience)),
            ("patience_seconds = 21".to_owned(), Some(Wrong::Patience)),
            (burst(ADDRESS_BURST_MIN), None),
            (burst(ADDRESS_BURST_MIN - 1), Some(Wrong::AddressRate)),
            ("address_units_per_second = 1".to_owned(), None),
            ("address_units_per_second = 0".to_owned(), Some(Wrong::AddressRate)),
            ("device_burst_units = 64".to_owned(), None),
            ("device_burst_units = 63".to_owned(), Some(Wrong::DeviceRate)),
            ("device_units_per_second = 0".to_owned(), Some(Wrong::DeviceRate)),
            ("connections = 16".to_owned(), None),
            ("connections = 15".to_owned(), Some(Wrong::Connections)),
            ("connections = 65537".to_owned(), Some(Wrong::Connections)),
            ("connections_per_address = 2048".to_owned(), None),
            ("connections_per_address = 2049".to_owned(), Some(Wrong::Connections)),
        ] {
            assert_eq!(with(&lines).check().err(), wrong, "{lines}");
        }
    }

    #[test]
    fn what_was_decided_holds() {
        let config = with(
            "patience_seconds = 7\naddress_units_per_second = 5000\naddress_burst_units = 20000\n\
             device_units_per_second = 10\ndevice_burst_units = 100\nconnections = 4096\n\
             connections_per_address = 64\n",
        );
        assert_eq!(config.patience(), Ok(Duration::from_secs(7)));
        let told = config.rates().expect("possible");
        let told = told.map(|rate| (rate.units_per_second.get(), rate.burst_units.get()));
        assert_eq!(told, [(5_000, 20_000), (10, 100)]);
        let bounds = config.bounds().expect("possible");
        assert_eq!((bounds.connections, bounds.connections_per_peer), (4_096, 64));
    }
}

//! Cache: how much of its database a store holds in memory.

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Pages of the database that a store holds in memory at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cache(u64);

impl Cache {
    /// What a store has unless its operator decides otherwise: the rows of about 14 million spent
    /// tokens, so that a lookup among ten millions takes hardly longer than among one.
    pub const DEFAULT: Self = Self(4 * GIB);
    /// The least: less would not hold what one batch touches.
    pub const LEAST: Self = Self(16 * MIB);
    /// The most.
    pub const MOST: Self = Self(1024 * GIB);
    /// What a size must be.
    pub const RULE: &str = "a size in quotes, in whole MiB or GiB, from \"16 MiB\" to \"1024 GiB\"";

    /// Reads a size such as `256 MiB` or `1 GiB`. `None` if it is none, or below the least or
    /// above the most.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.trim().split_once(' ')?;
        let unit = match unit.trim_start() {
            "MiB" => MIB,
            "GiB" => GIB,
            _ => return None,
        };
        // A sign is no digit of a size.
        let number = number.bytes().all(|byte| byte.is_ascii_digit()).then_some(number)?;
        let cache = Self(number.parse::<u64>().ok()?.checked_mul(unit)?);
        (Self::LEAST..=Self::MOST).contains(&cache).then_some(cache)
    }

    /// Its bytes, as far as this machine can address them.
    #[must_use]
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl core::fmt::Display for Cache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.0.is_multiple_of(GIB) {
            write!(f, "{} GiB", self.0 / GIB)
        } else {
            write!(f, "{} MiB", self.0 / MIB)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_and_shown_as_people_write_it() {
        for (text, bytes, shown) in [
            ("16 MiB", 16 << 20, "16 MiB"),
            ("256 MiB", 256 << 20, "256 MiB"),
            (" 1  GiB ", 1 << 30, "1 GiB"),
            ("1024 MiB", 1 << 30, "1 GiB"),
            ("1536 MiB", 1536 << 20, "1536 MiB"),
            ("1024 GiB", 1024 << 30, "1024 GiB"),
        ] {
            let cache = Cache::parse(text).expect(text);
            assert_eq!((cache.bytes(), cache.to_string().as_str()), (bytes, shown));
            assert_eq!(Cache::parse(shown), Some(cache));
        }
        for cache in [Cache::DEFAULT, Cache::LEAST, Cache::MOST] {
            assert_eq!(Cache::parse(&cache.to_string()), Some(cache));
        }
    }

    #[test]
    fn what_is_no_size_or_out_of_bounds_is_none() {
        for text in [
            "",
            "1",
            "GiB",
            "1GiB",
            "1 GB",
            "1 gib",
            "1 KiB",
            "1.5 GiB",
            "-1 GiB",
            "+1 GiB",
            "0x1 GiB",
            "0 GiB",
            "15 MiB",
            "1025 GiB",
            "18446744073709551615 GiB",
            "1 GiB 1 MiB",
            "one GiB",
        ] {
            assert_eq!(Cache::parse(text), None, "{text:?}");
        }
    }
}

//! Amounts of money and the currency they are counted in.

use crate::encode::{Decode, Encode, Reader, Writer};
use crate::error::Result;

/// An amount in minor units: an unsigned integer of the currency's smallest part, never a float.
///
/// Arithmetic is closed: it is checked and returns `None` where it would leave the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many minor units.
    #[must_use]
    pub const fn from_minor_units(minor_units: u64) -> Self {
        Self(minor_units)
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor_units(self) -> u64 {
        self.0
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond 2^64 - 1 minor units.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// So many times this amount, or `None` beyond 2^64 - 1 minor units.
    #[must_use]
    pub fn checked_mul(self, count: u64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// The sum of all, or `None` beyond 2^64 - 1 minor units.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads a decimal number such as `12.50` with at most `decimals` digits after the point.
    ///
    /// Returns `None` for signs, spaces, empty parts, too many decimals or too large a number.
    #[must_use]
    pub fn parse_decimal(text: &str, decimals: u8) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let has_point = text.contains('.');
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fraction_fits = fraction.len() <= usize::from(decimals);
        if whole.is_empty() || has_point == fraction.is_empty() || !fraction_fits {
            return None;
        }
        if !digits(whole) || !digits(fraction) {
            return None;
        }
        let scale = 10_u64.checked_pow(u32::from(decimals))?;
        let missing = u32::from(decimals).checked_sub(u32::try_from(fraction.len()).ok()?)?;
        let fraction = match fraction {
            "" => 0,
            digits => digits.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(missing)?)?,
        };
        whole.parse::<u64>().ok()?.checked_mul(scale)?.checked_add(fraction).map(Self)
    }

    /// Writes the amount as a decimal number with exactly `decimals` digits after the point.
    #[must_use]
    pub fn to_decimal(self, decimals: u8) -> String {
        let places = usize::from(decimals);
        let least = places.saturating_add(1);
        let digits = format!("{:0least$}", self.0);
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
        if places == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

impl Encode for Amount {
    fn encode(&self, writer: &mut Writer) {
        writer.u64(self.0);
    }
}

impl Decode for Amount {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.u64().map(Self)
    }
}

/// A currency: three capital letters, as in ISO 4217. The protocol gives the three bytes no form,
/// so any can be read; a currency that no series has is refused where it matters, by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency with this code, or `None` unless it is three capital ASCII letters.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The three letters, or three question marks for bytes that should not reach a screen.
    #[must_use]
    pub fn code(&self) -> &str {
        let code = core::str::from_utf8(&self.0).ok();
        code.filter(|code| Self::new(code).is_some()).unwrap_or("???")
    }
}

impl core::fmt::Debug for Currency {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl core::fmt::Display for Currency {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl Encode for Currency {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for Currency {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn decimals_read_back_as_written() {
        for (text, decimals, minor_units) in [
            ("12.50", 2, 1250),
            ("0.05", 2, 5),
            ("7", 2, 700),
            ("7.5", 2, 750),
            ("3", 0, 3),
            ("184467440737095516.15", 2, u64::MAX),
        ] {
            let amount = Amount::parse_decimal(text, decimals).expect(text);
            assert_eq!(amount.minor_units(), minor_units, "{text}");
            let written = amount.to_decimal(decimals);
            assert_eq!(Amount::parse_decimal(&written, decimals), Some(amount), "{written}");
        }
        assert_eq!(Amount::from_minor_units(5).to_decimal(2), "0.05");
    }

    #[test]
    fn anything_but_a_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1.234", "1e3", " 1", "1,5", "0x1"] {
            assert_eq!(Amount::parse_decimal(text, 2), None, "{text}");
        }
        assert_eq!(Amount::parse_decimal("184467440737095516.16", 2), None);
    }
}
